//! What segments look at of an endpoint, from wherever the endpoint comes.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::model::endpoint::{AttributeMap, EndpointResponse, MetricMap, ValuesOfAnyAge};

/// The members of an endpoint that decide about segments.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Profile<'a> {
    /// `Id`
    pub(crate) id: &'a str,
    /// `User.UserId`
    pub(crate) user_id: Option<&'a str>,
    /// `ChannelType`
    pub(crate) channel: Option<&'a str>,
    /// `Demographic.AppVersion`
    pub(crate) app_version: Option<&'a str>,
    /// `Demographic.Make`
    pub(crate) make: Option<&'a str>,
    /// `Demographic.Model`
    pub(crate) model: Option<&'a str>,
    /// `Demographic.Platform`
    pub(crate) platform: Option<&'a str>,
    /// `Location.Country`
    pub(crate) country: Option<&'a str>,
    /// `Location.Latitude`   (degrees)
    pub(crate) latitude: Option<f64>,
    /// `Location.Longitude`   (degrees)
    pub(crate) longitude: Option<f64>,
    /// `EffectiveDate`
    pub(crate) effective_date: Option<&'a str>,
    /// `Attributes`
    pub(crate) attributes: Attributes<'a>,
    /// `User.UserAttributes`
    pub(crate) user_attributes: Attributes<'a>,
    /// `Metrics`
    pub(crate) metrics: Metrics<'a>,
}

/// Names and lists of values.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Attributes<'a> {
    #[default]
    None,
    Made(&'a AttributeMap),
    Read(&'a Members<'a, ValuesOfAnyAge<Text<'a>>>),
}

/// Names and numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Metrics<'a> {
    #[default]
    None,
    Made(&'a MetricMap),
    Read(&'a Members<'a, f64>),
}

impl Attributes<'_> {
    /// The values of a name; none if there is no such name.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &str> + Clone {
        let (made, read): (&[String], &[Text<'_>]) = match self {
            Self::None => (&[], &[]),
            Self::Made(map) => (map.get(name).map_or(&[], Vec::as_slice), &[]),
            Self::Read(members) => (&[], members.get(name).map_or(&[], |values| &values.0)),
        };
        let read = read.iter().map(|text| text.0.as_ref());
        made.iter().map(String::as_str).chain(read)
    }
}

impl Metrics<'_> {
    /// The number of a name.
    pub(crate) fn get(&self, name: &str) -> Option<f64> {
        match self {
            Self::None => None,
            Self::Made(map) => map.get(name).copied(),
            Self::Read(members) => members.get(name).copied(),
        }
    }
}

impl<'a> From<&'a EndpointResponse> for Profile<'a> {
    fn from(endpoint: &'a EndpointResponse) -> Self {
        let user = endpoint.user.as_ref();
        let demographic = endpoint.demographic.as_ref();
        let location = endpoint.location.as_ref();
        Self {
            id: &endpoint.id,
            user_id: user.and_then(|user| user.user_id.as_deref()),
            channel: endpoint.channel_type.as_deref(),
            app_version: demographic.and_then(|it| it.app_version.as_deref()),
            make: demographic.and_then(|it| it.make.as_deref()),
            model: demographic.and_then(|it| it.model.as_deref()),
            platform: demographic.and_then(|it| it.platform.as_deref()),
            country: location.and_then(|location| location.country.as_deref()),
            latitude: location.and_then(|location| location.latitude),
            longitude: location.and_then(|location| location.longitude),
            effective_date: endpoint.effective_date.as_deref(),
            attributes: (endpoint.attributes.as_ref()).map_or(Attributes::None, Attributes::Made),
            user_attributes: user
                .and_then(|user| user.user_attributes.as_ref())
                .map_or(Attributes::None, Attributes::Made),
            metrics: (endpoint.metrics.as_ref()).map_or(Metrics::None, Metrics::Made),
        }
    }
}

/// The same members read from an export line, and no others: most of a line is skipped, and texts are
/// left where they are, since an export of a segment reads every line.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LineProfile<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    channel_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    demographic: Option<LineDemographic<'a>>,
    #[serde(borrow)]
    location: Option<LineLocation<'a>>,
    #[serde(borrow)]
    effective_date: Option<Cow<'a, str>>,
    #[serde(borrow)]
    attributes: Option<Members<'a, ValuesOfAnyAge<Text<'a>>>>,
    #[serde(borrow)]
    metrics: Option<Members<'a, f64>>,
    #[serde(borrow)]
    user: Option<LineUser<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LineDemographic<'a> {
    #[serde(borrow)]
    app_version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    make: Option<Cow<'a, str>>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    platform: Option<Cow<'a, str>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LineLocation<'a> {
    #[serde(borrow)]
    country: Option<Cow<'a, str>>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct LineUser<'a> {
    #[serde(borrow)]
    user_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    user_attributes: Option<Members<'a, ValuesOfAnyAge<Text<'a>>>>,
}

impl LineProfile<'_> {
    /// The members.
    pub(crate) fn profile(&self) -> Profile<'_> {
        let demographic = self.demographic.as_ref();
        let location = self.location.as_ref();
        Profile {
            id: &self.id,
            user_id: self.user.as_ref().and_then(|user| user.user_id.as_deref()),
            channel: self.channel_type.as_deref(),
            app_version: demographic.and_then(|it| it.app_version.as_deref()),
            make: demographic.and_then(|it| it.make.as_deref()),
            model: demographic.and_then(|it| it.model.as_deref()),
            platform: demographic.and_then(|it| it.platform.as_deref()),
            country: location.and_then(|location| location.country.as_deref()),
            latitude: location.and_then(|location| location.latitude),
            longitude: location.and_then(|location| location.longitude),
            effective_date: self.effective_date.as_deref(),
            attributes: (self.attributes.as_ref()).map_or(Attributes::None, Attributes::Read),
            user_attributes: (self.user.as_ref())
                .and_then(|user| user.user_attributes.as_ref())
                .map_or(Attributes::None, Attributes::Read),
            metrics: (self.metrics.as_ref()).map_or(Metrics::None, Metrics::Read),
        }
    }
}

/// A text of a line, copied only if it has escapes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The members of an object, few enough to be looked through.
#[derive(Debug)]
pub(crate) struct Members<'a, T>(Vec<(Text<'a>, T)>);

impl<T> Members<'_, T> {
    /// The value of a name; of a name that occurs twice, the last.
    fn get(&self, name: &str) -> Option<&T> {
        let mut members = self.0.iter().rev();
        members.find_map(|(other, value)| (other.0 == name).then_some(value))
    }
}

impl<'a, 'de: 'a, T: Deserialize<'de>> Deserialize<'de> for Members<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor<'a, T>(PhantomData<(&'a (), T)>);

        impl<'a, 'de: 'a, T: Deserialize<'de>> Visitor<'de> for MembersVisitor<'a, T> {
            type Value = Members<'a, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor(PhantomData))
    }
}

//! What segments look at of an endpoint, from wherever the endpoint comes.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde::Deserialize;

use crate::model::endpoint::{AttributeMap, EndpointResponse, MetricMap, attributes_of_any_age};

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
    pub(crate) attributes: Option<&'a AttributeMap>,
    /// `User.UserAttributes`
    pub(crate) user_attributes: Option<&'a AttributeMap>,
    /// `Metrics`
    pub(crate) metrics: Option<&'a MetricMap>,
}

impl Profile<'_> {
    /// The metric of a name.
    pub(crate) fn metric(&self, name: &str) -> Option<f64> {
        self.metrics?.get(name).copied()
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
            attributes: endpoint.attributes.as_ref(),
            user_attributes: user.and_then(|user| user.user_attributes.as_ref()),
            metrics: endpoint.metrics.as_ref(),
        }
    }
}

/// The same members read from an export line, and no others: most of a line is skipped.
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
    #[serde(default, deserialize_with = "attributes_of_any_age")]
    attributes: Option<AttributeMap>,
    metrics: Option<IndexMap<String, f64>>,
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
    #[serde(default, deserialize_with = "attributes_of_any_age")]
    user_attributes: Option<AttributeMap>,
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
            attributes: self.attributes.as_ref(),
            user_attributes: self
                .user
                .as_ref()
                .and_then(|user| user.user_attributes.as_ref()),
            metrics: self.metrics.as_ref(),
        }
    }
}

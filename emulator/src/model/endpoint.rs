//! The endpoint shapes: `EndpointRequest` as clients send it, `EndpointResponse` as the service
//! stores, answers and exports it.

use std::fmt;
use std::marker::PhantomData;

use indexmap::IndexMap;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{self, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::open_shape::{UnknownMembers, open_shape};
use super::string_enum::string_enum;

/// Names to lists of values, in order of first write.
pub(crate) type AttributeMap = IndexMap<String, Vec<String>>;

/// Names to numbers, in order of first write.
pub(crate) type MetricMap = IndexMap<String, f64>;

/// Body of UpdateEndpoint, and with `Id` one item of UpdateEndpointsBatch. Absent and `null`
/// members leave what is stored as it is.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EndpointRequest {
    /// Which endpoint; in a batch only.
    pub(crate) id: Option<String>,
    /// One of [`ChannelType`].
    pub(crate) channel_type: Option<ChannelType>,
    /// Where messages go.
    pub(crate) address: Option<String>,
    /// `ACTIVE` or `INACTIVE`.
    pub(crate) endpoint_status: Option<EndpointStatus>,
    /// `NONE` or `ALL`.
    pub(crate) opt_out: Option<OptOut>,
    /// The client's own id of the request.
    pub(crate) request_id: Option<String>,
    /// Members to set.
    pub(crate) location: Option<EndpointLocation>,
    /// Members to set.
    pub(crate) demographic: Option<EndpointDemographic>,
    /// Kept verbatim.
    pub(crate) effective_date: Option<String>,
    /// Names to set; each replaces its whole list.
    pub(crate) attributes: Option<AttributeMap>,
    /// Names to set.
    pub(crate) metrics: Option<MetricMap>,
    /// Members to set.
    pub(crate) user: Option<EndpointUser>,
}

/// Body of UpdateEndpointsBatch.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EndpointBatchRequest {
    /// The endpoints; required.
    pub(crate) item: Vec<EndpointRequest>,
}

string_enum! {
    /// # Source
    /// API model, ChannelType; documented; case: endpoints/unknown-channel-type
    ChannelType {
        Push = "PUSH",
        Gcm = "GCM",
        Apns = "APNS",
        ApnsSandbox = "APNS_SANDBOX",
        ApnsVoip = "APNS_VOIP",
        ApnsVoipSandbox = "APNS_VOIP_SANDBOX",
        Adm = "ADM",
        Sms = "SMS",
        Voice = "VOICE",
        Email = "EMAIL",
        Baidu = "BAIDU",
        Custom = "CUSTOM",
        InApp = "IN_APP",
    }
}

string_enum! {
    /// # Source
    /// API model, EndpointRequest (`EndpointStatus`); documented;
    /// case: endpoints/inactive-by-request
    EndpointStatus { Active = "ACTIVE", Inactive = "INACTIVE" }
}

string_enum! {
    /// # Source
    /// API model, EndpointRequest (`OptOut`); documented; case: endpoints/opt-out
    OptOut { All = "ALL", None = "NONE" }
}

/// Answer of GetUserEndpoints and DeleteUserEndpoints.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EndpointsResponse {
    /// The user's endpoints.
    pub(crate) item: Vec<EndpointResponse>,
}

/// `202 Accepted` of the endpoint calls.
///
/// # Source
/// Member order: Developer Guide, audience-define-endpoints; recorded;
/// case: endpoints/update-is-accepted
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct MessageBody {
    /// The value of `x-amzn-RequestId`.
    #[serde(rename = "RequestID")]
    pub(crate) request_id: String,
    /// The text.
    #[serde(rename = "Message")]
    pub(crate) message: &'static str,
}

/// One endpoint as GetEndpoint answers it. An export line is the same without `CohortId`.
///
/// Members that are absent are left out, never `null`. Members this model does not name (they come
/// from loaded archives only) are kept in `unknown` and follow the known ones.
///
/// # Source
/// Member order: Developer Guide, audience-data-endpoints, and two real export objects; recorded;
/// case: file-format/member-order.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EndpointResponse {
    /// The way to reach the recipient, e.g. `EMAIL`. Old endpoints may lack it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) channel_type: Option<String>,
    /// Where messages go: an e-mail address, a phone number, a device token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) address: Option<String>,
    /// `ACTIVE` or `INACTIVE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint_status: Option<String>,
    /// `NONE` or `ALL`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) opt_out: Option<String>,
    /// The value the client sent in its last request, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_id: Option<String>,
    /// Where the endpoint is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<EndpointLocation>,
    /// What device it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) demographic: Option<EndpointDemographic>,
    /// When it last changed: the client's text verbatim, or the service's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) effective_date: Option<String>,
    /// Custom attributes. Lists may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) attributes: Option<AttributeMap>,
    /// Custom numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) metrics: Option<MetricMap>,
    /// The user it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<EndpointUser>,
    /// The application, 32 lower-case hex characters.
    pub(crate) application_id: String,
    /// The endpoint's id; may hold `/` and `+`.
    pub(crate) id: String,
    /// `"0"` to `"99"`; answered by GetEndpoint for endpoints made by the API, never exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cohort_id: Option<String>,
    /// When it was first written, in the form of the first `EffectiveDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) creation_date: Option<String>,
    /// Members that the model does not know.
    #[serde(flatten)]
    pub(crate) unknown: UnknownMembers,
}

open_shape! { EndpointResponse {
    "ChannelType" => channel_type;
    "Address" => address;
    "EndpointStatus" => endpoint_status;
    "OptOut" => opt_out;
    "RequestId" => request_id;
    "Location" => location;
    "Demographic" => demographic;
    "EffectiveDate" => effective_date;
    "Attributes" => attributes by AttributesOfAnyAge;
    "Metrics" => metrics;
    "User" => user by UserOfAnyAge;
    "CohortId" => cohort_id;
    "CreationDate" => creation_date;
    required {
        "ApplicationId" => application_id;
        "Id" => id;
    }
} }

impl EndpointResponse {
    /// The user it belongs to. Clients take it out of one by the empty id, which stands for nobody.
    pub(crate) fn user_id(&self) -> Option<&str> {
        let user_id = self.user.as_ref()?.user_id.as_deref();
        user_id.filter(|user_id| !user_id.is_empty())
    }

    /// Whether its status says so; archives may hold endpoints without one.
    pub(crate) fn is_inactive(&self) -> bool {
        self.endpoint_status.as_deref() == Some(EndpointStatus::Inactive.as_str())
    }

    /// Its copy of the user's attributes.
    pub(crate) fn user_attributes(&self) -> Option<&AttributeMap> {
        self.user.as_ref()?.user_attributes.as_ref()
    }
}

/// Where an endpoint is. Coordinates are degrees.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EndpointLocation {
    /// Degrees, rounded to one decimal by the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) latitude: Option<f64>,
    /// Degrees, rounded to one decimal by the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) longitude: Option<f64>,
    /// Postal or ZIP code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) postal_code: Option<String>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) city: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    /// Two or three letters; not validated by the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<String>,
    /// Members that the model does not know.
    #[serde(flatten)]
    pub(crate) unknown: UnknownMembers,
}

open_shape! { EndpointLocation {
    "Latitude" => latitude;
    "Longitude" => longitude;
    "PostalCode" => postal_code;
    "City" => city;
    "Region" => region;
    "Country" => country;
} }

/// What device an endpoint is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EndpointDemographic {
    /// Manufacturer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) make: Option<String>,
    /// Model name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model: Option<String>,
    /// Model version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) model_version: Option<String>,
    /// Zone name such as `America/Los_Angeles`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timezone: Option<String>,
    /// Locale such as `en_US`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) locale: Option<String>,
    /// Version of the client's application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) app_version: Option<String>,
    /// Operating system, lower-cased by the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform: Option<String>,
    /// Version of the operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) platform_version: Option<String>,
    /// Members that the model does not know.
    #[serde(flatten)]
    pub(crate) unknown: UnknownMembers,
}

open_shape! { EndpointDemographic {
    "Make" => make;
    "Model" => model;
    "ModelVersion" => model_version;
    "Timezone" => timezone;
    "Locale" => locale;
    "AppVersion" => app_version;
    "Platform" => platform;
    "PlatformVersion" => platform_version;
} }

/// The user an endpoint belongs to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EndpointUser {
    /// The client's id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<String>,
    /// Custom attributes of the user. Lists may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_attributes: Option<AttributeMap>,
    /// Members that the model does not know.
    #[serde(flatten)]
    pub(crate) unknown: UnknownMembers,
}

open_shape! { EndpointUser {
    "UserId" => user_id;
    "UserAttributes" => user_attributes;
} }

/// Attributes of an archive. Since 2018 values are lists; before, single texts occur.
///
/// # Source
/// Developer Guide samples of 2018 (`"Gender":"Female"`); recorded; case: none, since no call sends
/// or answers the old form.
struct AttributesOfAnyAge(AttributeMap);

impl<'de> Deserialize<'de> for AttributesOfAnyAge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AttributesVisitor)
    }
}

struct AttributesVisitor;

impl<'de> Visitor<'de> for AttributesVisitor {
    type Value = AttributesOfAnyAge;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("attributes by their names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AttributesOfAnyAge, A::Error> {
        let mut attributes = AttributeMap::new();
        while let Some((name, ValuesOfAnyAge(values))) = map.next_entry()? {
            attributes.insert(name, values);
        }
        Ok(AttributesOfAnyAge(attributes))
    }
}

/// The values of one attribute in all forms that archives have. Read by hand, since an enum without tags
/// takes every text twice, and segments read many lines.
#[derive(Debug)]
pub(crate) struct ValuesOfAnyAge<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for ValuesOfAnyAge<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValuesVisitor(PhantomData))
    }
}

struct ValuesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ValuesVisitor<T> {
    type Value = ValuesOfAnyAge<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts as the values of an attribute")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut texts: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::with_capacity(1);
        while let Some(text) = texts.next_element()? {
            values.push(text);
        }
        Ok(ValuesOfAnyAge(values))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        let value = T::deserialize(BorrowedStrDeserializer::new(text))?;
        Ok(ValuesOfAnyAge(vec![value]))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        let value = T::deserialize(text.into_deserializer())?;
        Ok(ValuesOfAnyAge(vec![value]))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(ValuesOfAnyAge(Vec::new()))
    }
}

/// The user in an archive.
struct UserOfAnyAge(EndpointUser);

impl<'de> Deserialize<'de> for UserOfAnyAge {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let user = ArchivedUser::deserialize(deserializer)?;
        Ok(Self(EndpointUser {
            user_id: user.user_id,
            user_attributes: user.user_attributes,
            unknown: user.unknown,
        }))
    }
}

#[derive(Default)]
struct ArchivedUser {
    user_id: Option<String>,
    user_attributes: Option<AttributeMap>,
    unknown: UnknownMembers,
}

open_shape! { ArchivedUser {
    "UserId" => user_id;
    "UserAttributes" => user_attributes by AttributesOfAnyAge;
} }

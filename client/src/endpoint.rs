//! One endpoint as a line of an export holds it.
//!
//! Written from the lines of real exports. Whatever a line can be imagined to lack may be absent: old web
//! libraries made endpoints without a channel, imports make them without users, and only the id is what a
//! line cannot do without. Members that nobody has described are kept. Values are kept verbatim, dates
//! among them, since the service keeps what clients sent.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An endpoint: an address that messages can be sent to, and what is known of whom it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Endpoint {
    /// `EMAIL`, `SMS`, `GCM`, `APNS`, and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel_type: Option<String>,
    /// Mail address, phone number or device token; not validated by the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// `ACTIVE` or `INACTIVE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint_status: Option<String>,
    /// `NONE` or `ALL`; `ALL` means that the user wants no messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_out: Option<String>,
    /// Id that the client gave to its last update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Where the endpoint is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Device and system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub demographic: Option<Demographic>,
    /// Time of the last update, ISO 8601, verbatim as the client sent it if it did (`2020-03-10T11:00Z`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_date: Option<String>,
    /// Custom attributes, in the order of the line; a list may be empty.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[serde(deserialize_with = "attributes")]
    pub attributes: IndexMap<String, Vec<String>>,
    /// Custom numbers, in the order of the line.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[serde(deserialize_with = "null_as_empty")]
    pub metrics: IndexMap<String, f64>,
    /// Whom the endpoint belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// Application the endpoint was exported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application_id: Option<String>,
    /// Id, unique in the application; ids made by the service hold `/` and `+`.
    pub id: String,
    /// `0` to `99`; seen in other answers of the service, not in exports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cohort_id: Option<String>,
    /// Time of the first write, ISO 8601, verbatim like `EffectiveDate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<String>,
    /// Members not listed here, in the order of the line.
    #[serde(flatten)]
    pub unknown: IndexMap<String, Value>,
}

/// Where an endpoint is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Location {
    /// Degrees north, rounded to one decimal by the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<f64>,
    /// Degrees east, rounded to one decimal by the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<f64>,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// State or province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Country: two letters by the documentation, anything in practice (`USA`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Members not listed here.
    #[serde(flatten)]
    pub unknown: IndexMap<String, Value>,
}

/// Device and system of an endpoint.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Demographic {
    /// Maker of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    /// Model of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Version of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model_version: Option<String>,
    /// Time zone, `Europe/Rome`; a member in one word, unlike what the others suggest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Language and country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Version of the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// Operating system, in lower case (`ios`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Version of the operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform_version: Option<String>,
    /// Members not listed here.
    #[serde(flatten)]
    pub unknown: IndexMap<String, Value>,
}

/// Whom an endpoint belongs to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct User {
    /// Id of the user, shared by all endpoints of one person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Custom attributes of the user, in the order of the line.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[serde(deserialize_with = "attributes")]
    pub user_attributes: IndexMap<String, Vec<String>>,
    /// Members not listed here.
    #[serde(flatten)]
    pub unknown: IndexMap<String, Value>,
}

/// Attributes as lists of strings; a bare string, as samples of 2018 show it, is a list of one.
fn attributes<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<IndexMap<String, Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Values {
        Several(Vec<String>),
        One(String),
    }
    let values: IndexMap<String, Values> = null_as_empty(deserializer)?;
    Ok(values
        .into_iter()
        .map(|(name, values)| match values {
            Values::Several(values) => (name, values),
            Values::One(value) => (name, vec![value]),
        })
        .collect())
}

fn null_as_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE_LINE: &str = r#"{"ChannelType":"APNS","Address":"00aa","EndpointStatus":"ACTIVE","OptOut":"NONE","RequestId":"r-1","Location":{"Latitude":34.0,"Longitude":-118.2,"PostalCode":"90001","City":"Exampleton","Region":"CA","Country":"USA"},"Demographic":{"Make":"apple","Model":"iPhone","ModelVersion":"7","Timezone":"America/Los_Angeles","AppVersion":"1.0","Platform":"ios","PlatformVersion":"10.1.1"},"EffectiveDate":"2020-03-10T11:00Z","Attributes":{"team":["b","a "],"interests":[]},"Metrics":{"luck":75.0,"health":100.0},"User":{"UserId":"u","UserAttributes":{"z":["1"],"a":[]}},"ApplicationId":"0123","Id":"a/b+c","CreationDate":"2020-03-10T11:00Z"}"#;

    fn read(line: &str) -> Endpoint {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn line_of_the_observed_shape_is_read_without_loss() {
        let endpoint = read(WHOLE_LINE);
        assert!(endpoint.unknown.is_empty());
        assert_eq!(endpoint.metrics["luck"].to_bits(), 75.0_f64.to_bits());
        assert_eq!(serde_json::to_string(&endpoint).unwrap(), WHOLE_LINE);
    }

    #[test]
    fn id_alone_makes_an_endpoint_and_nothing_does_without_it() {
        assert_eq!(read(r#"{"Id":"i"}"#).id, "i");
        assert!(serde_json::from_str::<Endpoint>(r#"{"ChannelType":"SMS"}"#).is_err());
    }

    #[test]
    fn unknown_members_are_kept_at_every_level() {
        let line = r#"{"Location":{"Planet":"Earth"},"Demographic":{"X":null},"User":{"Y":[1]},"Id":"i","Z":{"a":1.5}}"#;
        assert_eq!(serde_json::to_string(&read(line)).unwrap(), line);
    }

    #[test]
    fn old_and_odd_forms_of_attributes_are_read() {
        let endpoint = read(
            r#"{"Id":"i","Attributes":null,"Metrics":null,"User":{"UserAttributes":{"Gender":"Female"}}}"#,
        );
        assert!(endpoint.attributes.is_empty() && endpoint.metrics.is_empty());
        assert_eq!(endpoint.user.unwrap().user_attributes["Gender"], ["Female"]);
    }
}

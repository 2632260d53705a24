//! An endpoint as an export shows it, and its JSON.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::{array, object, quoted};

/// Order in which members of Location stand.
const LOCATION: [&str; 6] = [
    "Latitude",
    "Longitude",
    "PostalCode",
    "City",
    "Region",
    "Country",
];
/// Order in which members of Demographic stand.
const DEMOGRAPHIC: [&str; 8] = [
    "Make",
    "Model",
    "ModelVersion",
    "Timezone",
    "Locale",
    "AppVersion",
    "Platform",
    "PlatformVersion",
];

/// Lists of values by name, in the order of first write.
pub(crate) type Lists = IndexMap<String, Vec<String>>;

/// All members of an endpoint; metrics as they are written, since Java writes numbers its own way.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Endpoint {
    pub channel_type: Option<String>,
    pub address: Option<String>,
    #[serde(rename = "EndpointStatus")]
    pub status: String,
    pub opt_out: String,
    pub request_id: Option<String>,
    #[serde(default)]
    pub location: IndexMap<String, Value>,
    #[serde(default)]
    pub demographic: IndexMap<String, String>,
    pub effective_date: String,
    #[serde(default)]
    pub attributes: Lists,
    #[serde(default)]
    pub metrics: IndexMap<String, Box<RawValue>>,
    #[serde(default)]
    pub user: User,
    pub application_id: String,
    pub id: String,
    pub cohort_id: Option<String>,
    pub creation_date: String,
}

/// Member User.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct User {
    pub user_id: Option<String>,
    #[serde(default)]
    pub user_attributes: Lists,
}

impl Endpoint {
    /// The user it belongs to; an empty id is nobody.
    pub(crate) fn user_id(&self) -> Option<&str> {
        self.user.user_id.as_deref().filter(|id| !id.is_empty())
    }

    /// The line of an export, without its line break.
    pub(crate) fn line(&self) -> String {
        self.json(false)
    }

    /// The answer of GetEndpoint.
    pub(crate) fn response(&self) -> String {
        self.json(true)
    }

    fn json(&self, with_cohort: bool) -> String {
        let text = |text: &Option<String>| text.as_deref().map(quoted);
        let cohort = self.cohort_id.as_deref().filter(|_| with_cohort);
        let members = [
            ("ChannelType", text(&self.channel_type)),
            ("Address", text(&self.address)),
            ("EndpointStatus", Some(quoted(&self.status))),
            ("OptOut", Some(quoted(&self.opt_out))),
            ("RequestId", text(&self.request_id)),
            ("Location", self.location()),
            ("Demographic", self.demographic()),
            ("EffectiveDate", Some(quoted(&self.effective_date))),
            ("Attributes", lists(&self.attributes)),
            ("Metrics", self.metrics()),
            ("User", self.user.json()),
            ("ApplicationId", Some(quoted(&self.application_id))),
            ("Id", Some(quoted(&self.id))),
            ("CohortId", cohort.map(quoted)),
            ("CreationDate", Some(quoted(&self.creation_date))),
        ];
        object(
            members
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        )
    }

    fn location(&self) -> Option<String> {
        let present = LOCATION
            .iter()
            .filter_map(|name| Some((*name, self.location.get(*name)?.to_string())));
        (!self.location.is_empty()).then(|| object(present))
    }

    fn demographic(&self) -> Option<String> {
        let present = DEMOGRAPHIC
            .iter()
            .filter_map(|name| Some((*name, quoted(self.demographic.get(*name)?))));
        (!self.demographic.is_empty()).then(|| object(present))
    }

    fn metrics(&self) -> Option<String> {
        let metrics = self.metrics.iter();
        let members = metrics.map(|(name, number)| (name.as_str(), number.get().to_owned()));
        (!self.metrics.is_empty()).then(|| object(members))
    }
}

impl User {
    fn json(&self) -> Option<String> {
        let id = self.user_id.as_deref().map(|id| ("UserId", quoted(id)));
        let attributes = lists(&self.user_attributes).map(|lists| ("UserAttributes", lists));
        let members: Vec<(&str, String)> = id.into_iter().chain(attributes).collect();
        (!members.is_empty()).then(|| object(members))
    }
}

fn lists(lists: &Lists) -> Option<String> {
    let members = lists.iter().map(|(name, values)| {
        let values = array(values.iter().map(|value| quoted(value)));
        (name.as_str(), values)
    });
    (!lists.is_empty()).then(|| object(members))
}

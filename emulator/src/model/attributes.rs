//! The shapes of RemoveAttributes.

use serde::{Deserialize, Serialize};

/// Body of RemoveAttributes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct UpdateAttributesRequest {
    /// Names and patterns of names.
    pub(crate) blacklist: Option<Vec<String>>,
}

/// Answer of RemoveAttributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AttributesResource {
    /// The application.
    pub(crate) application_id: String,
    /// What kind of names, as in the path.
    pub(crate) attribute_type: String,
    /// The names that were removed.
    pub(crate) attributes: Vec<String>,
}

//! The application shapes ("project" in the console).

use indexmap::IndexMap;

use serde::{Deserialize, Serialize};

/// Body of CreateApp.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateApplicationRequest {
    /// The name.
    pub(crate) name: String,
    /// Tags; the member is lower-case on the wire.
    #[serde(rename = "tags")]
    pub(crate) tags: Option<IndexMap<String, String>>,
}

/// One application.
///
/// # Source
/// Member order: Developer Guide, tutorials (Postman); recorded. `CreationDate` last: assumed, the
/// member is newer than the sample; case: apps/create-answers-the-application
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ApplicationResponse {
    /// The name.
    pub(crate) name: String,
    /// 32 lower-case hex characters.
    pub(crate) id: String,
    /// `arn:aws:mobiletargeting:{region}:{account}:apps/{id}`
    pub(crate) arn: String,
    /// Tags, `{}` when there are none.
    #[serde(rename = "tags")]
    pub(crate) tags: IndexMap<String, String>,
    /// When it was made, `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub(crate) creation_date: String,
}

/// Answer of GetApps.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ApplicationsResponse {
    /// This page's applications.
    pub(crate) item: Vec<ApplicationResponse>,
    /// The token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

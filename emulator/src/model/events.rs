//! The shapes of PutEvents.
//!
//! Events are not kept, so most of their members are read for one reason: a wrong type is refused.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::endpoint::EndpointRequest;

/// Body of PutEvents.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EventsRequest {
    /// Endpoint ids to what is sent for each; required.
    pub(crate) batch_item: IndexMap<String, EventsBatch>,
}

/// What is sent for one endpoint.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EventsBatch {
    /// Members of the endpoint to set (`PublicEndpoint`, the members of an `EndpointRequest`);
    /// required, but may be empty.
    pub(crate) endpoint: Option<EndpointRequest>,
    /// Event ids, the client's own, to events; required, but may be empty.
    pub(crate) events: Option<IndexMap<String, Event>>,
}

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the API's names")]
pub(crate) struct Event {
    /// The client's package, e.g. `com.example.app`.
    pub(crate) app_package_name: Option<String>,
    /// The client's title.
    pub(crate) app_title: Option<String>,
    /// The client's version.
    pub(crate) app_version_code: Option<String>,
    /// Custom attributes: single texts, unlike those of endpoints.
    pub(crate) attributes: Option<IndexMap<String, String>>,
    /// Version of the client's SDK.
    pub(crate) client_sdk_version: Option<String>,
    /// What happened, e.g. `_session.start`; required.
    pub(crate) event_type: Option<String>,
    /// Custom numbers.
    pub(crate) metrics: Option<IndexMap<String, f64>>,
    /// Name of the client's SDK.
    pub(crate) sdk_name: Option<String>,
    /// The session that it happened in.
    pub(crate) session: Option<Session>,
    /// When it happened, ISO 8601; required.
    pub(crate) timestamp: Option<String>,
}

/// A session of an app.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Session {
    /// How long it took.   (milliseconds)
    pub(crate) duration: Option<i32>,
    /// The client's id of it; required.
    pub(crate) id: Option<String>,
    /// When it began; required.
    pub(crate) start_timestamp: Option<String>,
    /// When it ended.
    pub(crate) stop_timestamp: Option<String>,
}

/// Answer of PutEvents.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EventsResponse {
    /// Endpoint ids, in the order of the request, to what became of each.
    pub(crate) results: IndexMap<String, ItemResponse>,
}

/// What became of what was sent for one endpoint.
///
/// # Source
/// Member order: a captured call of a mobile app (2022); recorded;
/// case: events/endpoint-and-events-are-answered-one-by-one
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ItemResponse {
    /// The endpoint.
    pub(crate) endpoint_item_response: ItemStatus,
    /// Event ids, in the order of the request, to what became of each.
    pub(crate) events_item_response: IndexMap<String, ItemStatus>,
}

/// `EndpointItemResponse` and `EventItemResponse`, which are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ItemStatus {
    /// 202 or 400.
    pub(crate) status_code: u16,
    /// `Accepted`, or why not.
    pub(crate) message: String,
}

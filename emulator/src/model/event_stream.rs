//! The event stream shapes.

use serde::{Deserialize, Serialize};

/// Body of PutEventStream.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct WriteEventStream {
    /// The ARN of a Kinesis data stream or a Firehose delivery stream.
    pub(crate) destination_stream_arn: String,
    /// The ARN of the role that may write to it.
    pub(crate) role_arn: String,
}

/// Where an application's events go.
///
/// # Source
/// Member order: API reference, Event Stream, schema of the answer, which keeps the order on the
/// wire where both are known; documented. `ExternalId`, deprecated, and `LastUpdatedBy`, a user that
/// no request names here, are left out; assumed; case: event-stream/put-answers-the-stream
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct EventStream {
    /// The application.
    pub(crate) application_id: String,
    /// As given.
    pub(crate) destination_stream_arn: String,
    /// As given.
    pub(crate) role_arn: String,
    /// When it was put, `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub(crate) last_modified_date: String,
}

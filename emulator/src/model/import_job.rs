//! What import jobs are asked to do. Their answers are in `job`.

use serde::{Deserialize, Serialize};

use crate::model::job::JobDefinition;
use crate::model::segment::Format;

/// Body of CreateImportJob, as sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImportJobRequest {
    /// `s3://bucket/folder/` or `s3://bucket/folder/file`
    #[serde(rename = "S3Url")]
    pub(crate) s3_url: String,
    /// The role that may read there.
    pub(crate) role_arn: String,
    /// What the files are.
    pub(crate) format: Format,
    /// Whether the application gets the endpoints.
    pub(crate) register_endpoints: Option<bool>,
    /// Whether a segment is made of them.
    pub(crate) define_segment: Option<bool>,
    /// The segment to go on with instead of a new one.
    pub(crate) segment_id: Option<String>,
    /// The name of the segment.
    pub(crate) segment_name: Option<String>,
    /// The account, as old roles asked for it.
    pub(crate) external_id: Option<String>,
}

/// What a job was asked to do, filled up by the service.
///
/// # Source
/// Member order up to `DefineSegment`: Developer Guide, audience-define-import; recorded;
/// case: import-jobs/create-answers-created. The two behind it: assumed;
/// case: import-jobs/new-segment
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ImportJobResource {
    /// Where from, as given.
    #[serde(rename = "S3Url")]
    pub(crate) s3_url: String,
    /// As which role, as given.
    pub(crate) role_arn: String,
    /// As given, or the account.
    pub(crate) external_id: String,
    /// What the files are.
    pub(crate) format: Format,
    /// Whether the application gets the endpoints.
    pub(crate) register_endpoints: bool,
    /// Whether a segment is made of them.
    pub(crate) define_segment: bool,
    /// That segment, also when the job makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) segment_id: Option<String>,
    /// Its name, as given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) segment_name: Option<String>,
}

impl JobDefinition for ImportJobResource {
    const TYPE: &'static str = "IMPORT";
}

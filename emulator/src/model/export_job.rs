//! What export jobs are asked to do. Their answers are in `job`.

use serde::{Deserialize, Serialize};

use crate::model::job::JobDefinition;

/// Body of CreateExportJob, as sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ExportJobRequest {
    /// `s3://bucket/folder/`
    pub(crate) s3_url_prefix: String,
    /// The role that may write there.
    pub(crate) role_arn: String,
    /// Export this segment only.
    pub(crate) segment_id: Option<String>,
    /// Export this version of the segment.
    pub(crate) segment_version: Option<i32>,
}

/// What a job was asked to do, as given.
///
/// # Source
/// Member order of the first two: Developer Guide, audience-data-export; recorded;
/// case: export-jobs/create-answers-created
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ExportJobResource {
    /// Where to, as given.
    pub(crate) s3_url_prefix: String,
    /// As which role, as given.
    pub(crate) role_arn: String,
    /// Which segment; all endpoints when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) segment_id: Option<String>,
    /// Which version of the segment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) segment_version: Option<i32>,
}

impl JobDefinition for ExportJobResource {
    const TYPE: &'static str = "EXPORT";
}

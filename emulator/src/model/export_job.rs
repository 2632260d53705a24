//! The export job shapes.

use serde::{Deserialize, Serialize};

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

/// Where a job stands.
///
/// # Source
/// API model, JobStatus; documented. The API reference lists `CANCELLING` and `CANCELLED` besides,
/// but no call brings them about; case: export-jobs/states-in-order
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum JobStatus {
    Created,
    PreparingForInitialization,
    Initializing,
    Processing,
    Completing,
    Completed,
    Failing,
    Failed,
}

/// One export job. The create answer holds neither `ApplicationId` nor counters.
///
/// # Source
/// Member order: Developer Guide, audience-data-export; recorded. `Failures` before `Definition`:
/// assumed; case: export-jobs/finished-job
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ExportJobResponse {
    /// The application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) application_id: Option<String>,
    /// 32 lower-case hex characters.
    pub(crate) id: String,
    /// Where it stands.
    pub(crate) job_status: JobStatus,
    /// Pieces written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completed_pieces: Option<u64>,
    /// Pieces that could not be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed_pieces: Option<u64>,
    /// Pieces in all; the number of `.gz` objects of a completed job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_pieces: Option<u64>,
    /// When it was created, `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub(crate) creation_date: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completion_date: Option<String>,
    /// Always `EXPORT`.
    #[serde(rename = "Type")]
    pub(crate) job_type: &'static str,
    /// Endpoints that could not be processed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_failures: Option<u64>,
    /// Endpoints that were processed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_processed: Option<u64>,
    /// What went wrong, at most the first 100; absent when nothing did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) failures: Vec<String>,
    /// What it was asked to do.
    pub(crate) definition: ExportJobResource,
}

/// Answer of GetExportJobs and GetSegmentExportJobs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ExportJobsResponse {
    /// This page's jobs, newest first.
    pub(crate) item: Vec<ExportJobResponse>,
    /// The token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

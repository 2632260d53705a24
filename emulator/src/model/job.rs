//! The shapes that export and import jobs share: their statuses and their answers.

use serde::{Deserialize, Serialize};

/// What jobs of a kind are asked to do.
pub(crate) trait JobDefinition {
    /// `Type` of the jobs.
    const TYPE: &'static str;
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

/// One job of any kind. The create answer holds neither `ApplicationId` nor counters.
///
/// # Source
/// Member order: Developer Guide, audience-data-export; recorded. `Failures` before `Definition`:
/// assumed; case: export-jobs/finished-job
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct JobResponse<Definition> {
    /// The application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) application_id: Option<String>,
    /// 32 lower-case hex characters.
    pub(crate) id: String,
    /// Where it stands.
    pub(crate) job_status: JobStatus,
    /// Pieces done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completed_pieces: Option<u64>,
    /// Pieces that could not be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed_pieces: Option<u64>,
    /// Pieces in all; the number of `.gz` objects of a completed export.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) total_pieces: Option<u64>,
    /// When it was created, `yyyy-MM-ddTHH:mm:ss.SSSZ`.
    pub(crate) creation_date: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) completion_date: Option<String>,
    /// `EXPORT` or `IMPORT`.
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
    pub(crate) definition: Definition,
}

/// Answer of the calls that list jobs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct JobsResponse<Definition> {
    /// This page's jobs, newest first.
    pub(crate) item: Vec<JobResponse<Definition>>,
    /// The token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

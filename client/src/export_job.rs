//! The export job at Pinpoint: create it, look at it, wait for its end.
//!
//! Speaks to Pinpoint only; the objects a job writes are the business of `objects` and `download`. Used
//! by `run` and by whoever wants the steps one by one.

use aws_sdk_pinpoint::config::Config;
use aws_sdk_pinpoint::config::retry::RetryConfig;
use aws_sdk_pinpoint::types::{ExportJobRequest as WireRequest, ExportJobResponse, JobStatus};

use crate::ExportClient;
use crate::destination::Destination;
use crate::error::{Error, from_sdk, missing};
use crate::waiter::{PollSchedule, pause};

/// How often in a row a look at a job may fail for a passing reason before waiting gives up; the SDK has
/// already repeated each of them.
const FAILED_LOOKS_MAX: u32 = 4;

/// The status that the SDK makes up for an answer without one.
const STATUS_FILLED_IN: &str = "no value was set";

/// What to export and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportJobRequest {
    /// Application whose endpoints are exported.
    pub application_id: String,
    /// ARN of the role by which Pinpoint writes to the bucket.
    pub role_arn: String,
    /// Bucket and prefix of the objects.
    pub destination: Destination,
    /// Only the members of this segment; all endpoints of the application if `None`.
    pub segment: Option<SegmentRef>,
}

/// A segment, and possibly one version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRef {
    /// Id of the segment.
    pub id: String,
    /// Version, counted from 1; the newest if `None`.
    pub version: Option<i32>,
}

/// What the service says about an export job.
///
/// Counters are `None` until the service gives them, which it does not do before the job is at work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportJob {
    /// Id of the job.
    pub id: String,
    /// Where the job stands.
    pub status: JobStatus,
    /// When the job was made, verbatim: UTC, `2018-06-06T00:12:43.271Z`.
    pub creation_date: Option<String>,
    /// When the job ended, verbatim; absent before.
    pub completion_date: Option<String>,
    /// Pieces, hence `.gz` objects, that the job consists of.
    pub total_pieces: Option<u64>,
    /// Pieces that are done.
    pub completed_pieces: Option<u64>,
    /// Pieces that could not be done.
    pub failed_pieces: Option<u64>,
    /// Endpoints that were processed.
    pub total_processed: Option<u64>,
    /// Endpoints that could not be processed.
    pub total_failures: Option<u64>,
    /// What went wrong, for at most the first hundred failures.
    pub failures: Vec<String>,
}

/// How a job can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All pieces are in S3.
    Completed,
    /// At least one piece is not.
    Failed,
    /// Somebody inside the service stopped it; there is no call to do so.
    Cancelled,
}

impl ExportJob {
    /// How the job has ended; `None` while it has not.
    ///
    /// `CANCELLED` is documented but missing in the SDK's model. A state that nobody has heard of is taken
    /// for one on the way: ending the wait on it would leave a job alone that may still complete.
    pub fn ending(&self) -> Option<Ending> {
        match self.status.as_str() {
            "COMPLETED" => Some(Ending::Completed),
            "FAILED" => Some(Ending::Failed),
            "CANCELLED" => Some(Ending::Cancelled),
            _ => None,
        }
    }

    /// Whether the job says that any endpoint or piece could not be processed.
    pub fn has_failures(&self) -> bool {
        self.failed_pieces.unwrap_or(0) > 0
            || self.total_failures.unwrap_or(0) > 0
            || !self.failures.is_empty()
    }

    fn from_wire(operation: &'static str, job: ExportJobResponse) -> Result<Self, Error> {
        // A negative number is no count; treating it as absent switches off the check that uses it.
        let count = |number: Option<i32>| number.and_then(|number| u64::try_from(number).ok());
        // Where a required member is missing, the SDK fills in something rather than fail.
        let is_there = |text: &String| !text.is_empty();
        let id = job.id.filter(is_there);
        let status = job
            .job_status
            .filter(|status| status.as_str() != STATUS_FILLED_IN);
        Ok(Self {
            id: id.ok_or_else(|| missing(operation, "Id"))?,
            status: status.ok_or_else(|| missing(operation, "JobStatus"))?,
            creation_date: job.creation_date.filter(is_there),
            completion_date: job.completion_date,
            total_pieces: count(job.total_pieces),
            completed_pieces: count(job.completed_pieces),
            failed_pieces: count(job.failed_pieces),
            total_processed: count(job.total_processed),
            total_failures: count(job.total_failures),
            failures: job.failures.unwrap_or_default(),
        })
    }
}

impl ExportClient {
    /// Starts an export job.
    ///
    /// The SDK does not repeat this call, whatever its configuration says: if the answer to the first request
    /// was lost, the second would start a second job that writes to the same prefix, and nobody could tell
    /// the files of the two apart.
    ///
    /// # Errors
    /// If the service refuses, for example because the application does not exist or too many exports
    /// are at work, or cannot be reached.
    pub async fn create(&self, request: &ExportJobRequest) -> Result<ExportJob, Error> {
        const OPERATION: &str = "CreateExportJob";
        let segment = request.segment.as_ref();
        let wire_request = WireRequest::builder()
            .s3_url_prefix(request.destination.to_string())
            .role_arn(&request.role_arn)
            .set_segment_id(segment.map(|segment| segment.id.clone()))
            .set_segment_version(segment.and_then(|segment| segment.version))
            .build();
        let answer = self
            .pinpoint
            .create_export_job()
            .application_id(&request.application_id)
            .export_job_request(wire_request)
            .customize()
            .config_override(Config::builder().retry_config(RetryConfig::disabled()))
            .send()
            .await
            .map_err(|error| from_sdk(OPERATION, error))?;
        let job = answer
            .export_job_response
            .ok_or_else(|| missing(OPERATION, "body"))?;
        ExportJob::from_wire(OPERATION, job)
    }

    /// Looks at a job.
    ///
    /// # Errors
    /// If the service refuses, for example because it does not know the job, or cannot be reached.
    pub async fn get(&self, application_id: &str, job_id: &str) -> Result<ExportJob, Error> {
        const OPERATION: &str = "GetExportJob";
        let answer = self
            .pinpoint
            .get_export_job()
            .application_id(application_id)
            .job_id(job_id)
            .send()
            .await
            .map_err(|error| from_sdk(OPERATION, error))?;
        let job = answer
            .export_job_response
            .ok_or_else(|| missing(OPERATION, "body"))?;
        ExportJob::from_wire(OPERATION, job)
    }

    /// Looks at a job by `schedule` until it has ended, and shows each look to `observe`.
    ///
    /// There is no limit in time: wrap the call in `tokio::time::timeout` for one. Looks that fail for a
    /// passing reason are repeated a few times, for a job may outlast a short outage.
    ///
    /// # Errors
    /// If the service refuses a look for good, or several in a row failed.
    pub async fn wait(
        &self,
        application_id: &str,
        job_id: &str,
        schedule: PollSchedule,
        mut observe: impl FnMut(&ExportJob),
    ) -> Result<ExportJob, Error> {
        let mut failed_looks = 0;
        for delay in schedule {
            match self.get(application_id, job_id).await {
                Ok(job) => {
                    failed_looks = 0;
                    observe(&job);
                    if job.ending().is_some() {
                        return Ok(job);
                    }
                }
                Err(error) if error.is_transient() && failed_looks < FAILED_LOOKS_MAX => {
                    failed_looks += 1;
                }
                Err(error) => return Err(error),
            }
            pause(delay).await;
        }
        unreachable!("a schedule has no end")
    }
}

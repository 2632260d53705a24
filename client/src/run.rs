//! The whole export in one call: create, wait, list, download, verify.
//!
//! Called by the program's `run` and by whoever wants a finished export in a folder. It prints nothing;
//! whoever wants to see it at work gives an [`Observer`]. Each step is a function of its own module, and
//! only the order, and what continues after an interruption, is decided here.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::ExportClient;
use crate::destination::Destination;
use crate::download::{DownloadedFile, Existing, FileFailure, file_error, temporary_file_in};
use crate::error::{ClientError, Error};
use crate::export_job::{Ending, ExportJob, ExportJobRequest, SegmentRef};
use crate::objects::pieces_of;
use crate::unfinished::UnfinishedExport;
use crate::verify::{Census, Problem, verify};
use crate::waiter::{PollSchedule, pause};

/// How often a run tries to start its job before it gives up.
const START_ATTEMPTS_MAX: usize = 3;

/// What to export, and where to put it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RunRequest {
    /// Application whose endpoints are exported.
    pub application_id: String,
    /// ARN of the role by which Pinpoint writes to the bucket.
    pub role_arn: String,
    /// Bucket the export goes to.
    pub bucket: String,
    /// Prefix in the bucket; `exports/{application-id}_{UTC time}/` if `None`.
    pub prefix: Option<String>,
    /// Only the members of this segment.
    pub segment: Option<SegmentRef>,
    /// Local folder for the files; made if it does not exist.
    pub download_dir: PathBuf,
    /// Whether to make the bucket first, in the region of the client.
    pub create_bucket: bool,
    /// When the run started, which names its prefix.
    pub started: Timestamp,
    /// Delays between looks at the job.
    pub schedule: PollSchedule,
}

/// What became of an export.
#[derive(Debug)]
#[non_exhaustive]
pub struct RunReport {
    /// Where in S3 the export is.
    pub destination: Destination,
    /// The job at its end.
    pub job: ExportJob,
    /// Whether the job was started by an earlier, interrupted run.
    pub was_continued: bool,
    /// The job of an earlier, interrupted run that could not be continued, since the service no longer
    /// knows it. Its files may still be in the folder.
    pub lost_job: Option<String>,
    /// Files that are home, by key. None if the job did not complete.
    pub files: Vec<DownloadedFile>,
    /// Objects that could not be brought home, by key.
    pub failed_files: Vec<FileFailure>,
    /// What the files hold and what is wrong with that. Empty if the job did not complete.
    pub census: Census,
}

/// Something that happens in the course of a run, for whoever shows it to people.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum RunEvent<'a> {
    /// There is a job to wait for.
    JobStarted {
        /// The job as created, or as found again.
        job: &'a ExportJob,
        /// Where it writes.
        destination: &'a Destination,
        /// Whether an earlier run started it.
        was_continued: bool,
    },
    /// The job was looked at.
    JobPolled(&'a ExportJob),
    /// The job has completed, and its objects are known.
    DownloadStarted {
        /// Number of objects.
        files: usize,
        /// Their sizes together.   \[bytes\]
        bytes: u64,
    },
    /// So many more bytes of some object are here.
    BytesReceived(u64),
    /// So many bytes were received in vain; they are asked for again or given up.
    BytesDiscarded(u64),
    /// A file is home.
    FileDownloaded(&'a DownloadedFile),
    /// The files are read to see whether they are whole.
    VerificationStarted {
        /// Number of files.
        files: usize,
    },
    /// One more file was read.
    FileVerified,
}

/// Called with each event, from any thread of the runtime; must not block for long.
pub type Observer<'a> = &'a (dyn Fn(RunEvent<'_>) + Send + Sync);

impl RunRequest {
    /// An export of all endpoints of an application, with defaults for everything else.
    pub fn new(
        application_id: impl Into<String>,
        role_arn: impl Into<String>,
        bucket: impl Into<String>,
        download_dir: impl Into<PathBuf>,
        started: Timestamp,
    ) -> Self {
        Self {
            application_id: application_id.into(),
            role_arn: role_arn.into(),
            bucket: bucket.into(),
            prefix: None,
            segment: None,
            download_dir: download_dir.into(),
            create_bucket: false,
            started,
            schedule: PollSchedule::default(),
        }
    }

    /// Where the job of this attempt to start one writes, the first being 1.
    fn destination(&self, attempt: usize) -> Result<Destination, Error> {
        let prefix = match &self.prefix {
            Some(prefix) => prefix.clone(),
            None => Destination::prefix_for_run(&self.application_id, self.started, attempt),
        };
        Destination::new(&self.bucket, prefix)
            .map_err(|error| ClientError::Destination(error).into())
    }

    fn job_request(&self) -> Result<ExportJobRequest, Error> {
        Ok(ExportJobRequest {
            application_id: self.application_id.clone(),
            role_arn: self.role_arn.clone(),
            destination: self.destination(1)?,
            segment: self.segment.clone(),
        })
    }
}

impl ExportClient {
    /// Runs an export from its creation to verified files in `request.download_dir`.
    ///
    /// If an earlier run of the same export (application, bucket, segment, and prefix if one is given)
    /// into the same folder was interrupted, goes on with its job and leaves the files it brought home as
    /// they are. Dropping the future interrupts the run; files that are not complete vanish.
    ///
    /// A job that fails, objects that cannot be fetched and an export that is not whole are all part of the
    /// report and no error.
    ///
    /// # Errors
    /// If a service refuses a step or cannot be reached, or the download folder cannot be used. The next
    /// run continues.
    pub async fn run(
        &self,
        request: &RunRequest,
        observer: Observer<'_>,
    ) -> Result<RunReport, Error> {
        let mut job_request = request.job_request()?;
        let folder = &request.download_dir;
        fs::create_dir_all(folder).map_err(|error| file_error("create", folder, error))?;
        // A folder that takes no files is found out before a job is started, not after.
        temporary_file_in(folder).map_err(|error| file_error("create a file in", folder, error))?;

        let earlier = self.find_unfinished(request, &job_request).await?;
        let was_continued = matches!(earlier, Unfinished::Known(..));
        let mut lost_job = None;
        let job = match earlier {
            Unfinished::Known(job, destination) => {
                job_request.destination = destination;
                *job
            }
            Unfinished::Lost(job_id) => {
                lost_job = Some(job_id);
                self.start(request, &mut job_request).await?
            }
            Unfinished::None => self.start(request, &mut job_request).await?,
        };
        observer(RunEvent::JobStarted {
            job: &job,
            destination: &job_request.destination,
            was_continued,
        });

        let schedule = request.schedule.clone();
        let job = self
            .wait(&request.application_id, &job.id, schedule, |job| {
                observer(RunEvent::JobPolled(job));
            })
            .await?;
        let mut report = RunReport {
            destination: job_request.destination,
            job,
            was_continued,
            lost_job,
            files: Vec::new(),
            failed_files: Vec::new(),
            census: Census::default(),
        };
        if report.job.ending() == Some(Ending::Completed) {
            self.collect(&mut report, request, observer).await?;
        }
        if !report.can_be_continued() {
            UnfinishedExport::remove(folder)?;
        }
        Ok(report)
    }

    /// The job that an interrupted run of the same export left behind.
    async fn find_unfinished(
        &self,
        request: &RunRequest,
        job_request: &ExportJobRequest,
    ) -> Result<Unfinished, Error> {
        let Some(note) = UnfinishedExport::load(&request.download_dir) else {
            return Ok(Unfinished::None);
        };
        let mut wanted = UnfinishedExport::new(job_request, &note.job_id);
        if request.prefix.is_none() {
            wanted.prefix.clone_from(&note.prefix);
        }
        if note != wanted {
            return Ok(Unfinished::None);
        }
        match self.get(&request.application_id, &note.job_id).await {
            Ok(job) => {
                let destination =
                    Destination::new(note.bucket, note.prefix).map_err(ClientError::Destination)?;
                Ok(Unfinished::Known(Box::new(job), destination))
            }
            Err(error) if error.is_not_found() => Ok(Unfinished::Lost(note.job_id)),
            Err(error) => Err(error),
        }
    }

    /// Starts a job, in a few attempts if need be.
    ///
    /// An answer that got lost may hide a job at work. The next attempt therefore gets a prefix of its own;
    /// where the prefix is given, only an answer that says no is followed by another attempt. A server that
    /// broke down, or a gateway that gave up waiting for it, does not say no.
    async fn start(
        &self,
        request: &RunRequest,
        job_request: &mut ExportJobRequest,
    ) -> Result<ExportJob, Error> {
        if request.create_bucket {
            self.create_bucket(&job_request.destination).await?;
        }
        let mut attempt = 1;
        let mut delays = PollSchedule::new(Duration::from_secs(1), Duration::from_secs(5));
        let job = loop {
            let error = match self.create(job_request).await {
                Ok(job) => break job,
                Err(error) => error,
            };
            let says_no = matches!(
                error,
                Error::Service {
                    status: 429 | 503,
                    ..
                }
            );
            let is_repeatable = error.is_transient() && (says_no || request.prefix.is_none());
            match delays.next() {
                Some(delay) if is_repeatable && attempt < START_ATTEMPTS_MAX => pause(delay).await,
                _ => return Err(error),
            }
            attempt += 1;
            job_request.destination = request.destination(attempt)?;
        };
        UnfinishedExport::new(job_request, &job.id).save(&request.download_dir)?;
        Ok(job)
    }

    /// Brings the objects of a completed job home and looks whether they are all there.
    async fn collect(
        &self,
        report: &mut RunReport,
        request: &RunRequest,
        observer: Observer<'_>,
    ) -> Result<(), Error> {
        let listed = self.list(&report.destination).await?;
        let objects = pieces_of(&report.job, listed);
        observer(RunEvent::DownloadStarted {
            files: objects.len(),
            bytes: objects.iter().map(|object| object.bytes).sum(),
        });
        let folder = &request.download_dir;
        // The note is as old as the job. In a run that starts its job no file can be younger.
        let existing =
            UnfinishedExport::written(folder).map_or(Existing::Replace, Existing::KeepWrittenAfter);
        (report.files, report.failed_files) = self
            .download(&report.destination, &objects, folder, existing, observer)
            .await;

        observer(RunEvent::VerificationStarted {
            files: report.files.len(),
        });
        let paths: Vec<PathBuf> = report.files.iter().map(|file| file.path.clone()).collect();
        report.census = verify(&paths, &|_| observer(RunEvent::FileVerified)).await?;
        compare_with_job(report, objects.len());
        Ok(())
    }
}

/// What an earlier run left behind.
enum Unfinished {
    None,
    /// A job that the service no longer knows.
    Lost(String),
    Known(Box<ExportJob>, Destination),
}

impl RunReport {
    /// Whether the next run of the same export goes on with this job, because objects are missing that may
    /// yet be fetched. A job that failed and objects that are damaged in S3 will not get better.
    pub fn can_be_continued(&self) -> bool {
        self.failed_files
            .iter()
            .any(|failure| !matches!(failure.error, Error::Client(ClientError::Damaged { .. })))
    }
}

/// Notes where the files differ in number from what the job says.
///
/// `TotalProcessed` is taken to include `TotalFailures` or not to: the documentation allows both readings,
/// and they differ only for jobs that report failures. Endpoints are not compared if files are missing,
/// since that is told already.
fn compare_with_job(report: &mut RunReport, found_objects: usize) {
    let found = u64::try_from(found_objects).expect("a list fits in memory");
    if let Some(expected) = report.job.total_pieces
        && expected != found
    {
        report
            .census
            .report(Problem::PieceCount { expected, found });
    }
    if let Some(expected) = report.job.total_processed
        && report.failed_files.is_empty()
    {
        let found = report.census.endpoints;
        let least = expected.saturating_sub(report.job.total_failures.unwrap_or(0));
        if !(least..=expected).contains(&found) {
            report
                .census
                .report(Problem::EndpointCount { expected, found });
        }
    }
}

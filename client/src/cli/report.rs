//! How a run ended, in words, as JSON and as an exit code.
//!
//! The one place that maps what the library reports to what scripts see. Results go to stdout, troubles
//! to stderr; with `--json` everything is in the one object on stdout.

use std::error::Error as StdError;
use std::io::{self, Write};

use indicatif::{HumanBytes, HumanCount};
use pinpoint_export::{ClientError, Ending, Error, ExportJob, RunReport};
use serde::Serialize;

use super::args::RunArgs;
use super::config::ConfigError;
use super::progress::{StartedJob, counted};

const COMPLETED: u8 = 0;
const FAILED: u8 = 1;
const UNUSABLE: u8 = 2;
const REFUSED: u8 = 3;
const UNREACHABLE: u8 = 4;
const DAMAGED: u8 = 5;
const TIMED_OUT: u8 = 6;
const INTERRUPTED: u8 = 130;

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Ended(Box<RunReport>),
    Error(Error),
    NotConfigured(ConfigError),
    TimedOut,
    Interrupted,
}

impl Outcome {
    /// Code that the program exits with, as the help text lists them.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Ended(report) => exit_code_of_report(report),
            Self::Error(error) => exit_code_of_error(error),
            Self::NotConfigured(_) => UNUSABLE,
            Self::TimedOut => TIMED_OUT,
            Self::Interrupted => INTERRUPTED,
        }
    }

    /// Prints the outcome for a person or, with `--json`, for a machine.
    ///
    /// # Errors
    /// If stdout or stderr cannot be written to.
    pub(crate) fn print(&self, args: &RunArgs, started: Option<&StartedJob>) -> io::Result<()> {
        if args.json {
            let mut stdout = io::stdout().lock();
            serde_json::to_writer(&mut stdout, &self.document(args, started))?;
            return writeln!(stdout);
        }
        let mut stderr = io::stderr().lock();
        match self {
            Self::Ended(report) => print_report(report, args, &mut stderr)?,
            Self::Error(error) => print_error(error, &mut stderr)?,
            Self::NotConfigured(error) => print_error(error, &mut stderr)?,
            Self::TimedOut => writeln!(stderr, "pinpoint-export: out of time")?,
            Self::Interrupted => writeln!(stderr, "pinpoint-export: interrupted")?,
        }
        let can_be_continued = match self {
            Self::Ended(report) => report.can_be_continued(),
            _ => true,
        };
        if let Some(started) = started
            && can_be_continued
        {
            let id = &started.job.id;
            writeln!(stderr, "  the same command continues with job {id}")?;
        }
        Ok(())
    }

    fn document<'a>(&'a self, args: &'a RunArgs, started: Option<&'a StartedJob>) -> Document<'a> {
        let exit_code = self.exit_code();
        let report = match self {
            Self::Ended(report) => Some(report),
            _ => None,
        };
        let error: Option<&(dyn StdError + 'static)> = match self {
            Self::Error(error) => Some(error),
            Self::NotConfigured(error) => Some(error),
            _ => None,
        };
        let census = report.map(|report| &report.census);
        Document {
            outcome: match exit_code {
                COMPLETED => "completed",
                FAILED => "failed",
                REFUSED => "refused",
                UNREACHABLE => "unreachable",
                DAMAGED => "damaged",
                TIMED_OUT => "timed_out",
                INTERRUPTED => "interrupted",
                _ => "unusable",
            },
            exit_code,
            application_id: &args.application_id,
            url: started.map(|started| started.destination.to_string()),
            was_continued: started.is_some_and(|started| started.was_continued),
            job: started.map(|started| JobDocument::new(&started.job)),
            files: report.map_or_else(Vec::new, |report| file_documents(report)),
            failed_files: report.map_or_else(Vec::new, |report| {
                report
                    .failed_files
                    .iter()
                    .map(|failure| FailedFileDocument {
                        key: &failure.key,
                        error: ErrorDocument::new(&failure.error),
                    })
                    .collect()
            }),
            endpoints: census.map_or(0, |census| census.endpoints),
            duplicates: census.map_or(0, |census| census.duplicates),
            problems: census.map_or_else(Vec::new, |census| {
                census
                    .problems
                    .iter()
                    .map(|problem| in_one_line(problem))
                    .collect()
            }),
            problem_count: census.map_or(0, |census| census.problem_count),
            error: error.map(ErrorDocument::new),
        }
    }
}

/// The worst of what a report holds: damage before trouble on the way before failures at the service.
fn exit_code_of_report(report: &RunReport) -> u8 {
    if report.job.ending() != Some(Ending::Completed) {
        return FAILED;
    }
    if !report.census.is_whole() {
        return DAMAGED;
    }
    let worst = report
        .failed_files
        .iter()
        .map(|failure| exit_code_of_error(&failure.error))
        .max();
    worst.unwrap_or(if report.job.has_failures() {
        FAILED
    } else {
        COMPLETED
    })
}

fn exit_code_of_error(error: &Error) -> u8 {
    match error {
        Error::Service { .. } => REFUSED,
        Error::Client(
            ClientError::Unreachable { .. }
            | ClientError::NoAnswer { .. }
            | ClientError::Senseless { .. }
            | ClientError::BrokenOff { .. },
        ) => UNREACHABLE,
        Error::Client(ClientError::Damaged { .. }) => DAMAGED,
        _ => UNUSABLE,
    }
}

fn print_report(report: &RunReport, args: &RunArgs, stderr: &mut impl Write) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    let job = &report.job;
    write!(stdout, "job {} {}", job.id, job.status.as_str())?;
    if job.ending() == Some(Ending::Completed) {
        writeln!(
            stdout,
            ": {} endpoints in {} ({}) in {}",
            HumanCount(report.census.endpoints),
            files_of(report),
            HumanBytes(report.files.iter().map(|file| file.bytes).sum()),
            args.download_dir.display(),
        )?;
    } else {
        writeln!(
            stdout,
            ": anything it wrote is under {}",
            report.destination
        )?;
    }
    drop(stdout);
    for failure in &job.failures {
        writeln!(stderr, "pinpoint-export: the job reports: {failure}")?;
    }
    if let Some(failures @ 1..) = job.total_failures {
        writeln!(stderr, "pinpoint-export: {failures} endpoints failed")?;
    }
    if let Some(lost) = &report.lost_job {
        writeln!(
            stderr,
            "pinpoint-export: the service no longer knows job {lost} of an earlier run, so this is another export; \
             files of that job may still be in {}",
            args.download_dir.display(),
        )?;
    }
    for failure in &report.failed_files {
        writeln!(stderr, "pinpoint-export: {} did not come home", failure.key)?;
        print_error(&failure.error, stderr)?;
    }
    for problem in &report.census.problems {
        writeln!(stderr, "pinpoint-export: {}", in_one_line(problem))?;
    }
    let described = u64::try_from(report.census.problems.len()).unwrap_or(u64::MAX);
    if let more @ 1.. = report.census.problem_count.saturating_sub(described) {
        writeln!(stderr, "pinpoint-export: and {more} problems more")?;
    }
    Ok(())
}

/// `2 files`, or `1 of 2 files` if one is missing.
fn files_of(report: &RunReport) -> String {
    let home = report.files.len();
    match report.failed_files.len() {
        0 => counted(home),
        missing => format!("{home} of {}", counted(home + missing)),
    }
}

/// The message, the id of a refused request, and the causes, each on a line of its own.
fn print_error(error: &(dyn StdError + 'static), stderr: &mut impl Write) -> io::Result<()> {
    writeln!(stderr, "pinpoint-export: {error}")?;
    if let Some(Error::Service {
        request_id: Some(id),
        ..
    }) = error.downcast_ref()
    {
        writeln!(stderr, "  request id: {id}")?;
    }
    for cause in causes(error) {
        writeln!(stderr, "  caused by: {cause}")?;
    }
    Ok(())
}

fn in_one_line(error: &(dyn StdError + 'static)) -> String {
    let mut line = error.to_string();
    for cause in causes(error) {
        line.push_str(": ");
        line.push_str(&cause);
    }
    line
}

/// The texts of the causes. Some errors quote their cause in their own text; that is not said twice.
fn causes(error: &(dyn StdError + 'static)) -> Vec<String> {
    let mut last = error.to_string();
    std::iter::successors(error.source(), |&cause| cause.source())
        .filter_map(|cause| {
            let text = cause.to_string();
            let is_news = !last.contains(&text);
            last.clone_from(&text);
            is_news.then_some(text)
        })
        .collect()
}

fn file_documents(report: &RunReport) -> Vec<FileDocument<'_>> {
    report
        .files
        .iter()
        .zip(&report.census.files)
        .map(|(file, counted)| FileDocument {
            key: &file.key,
            path: file.path.to_string_lossy().into_owned(),
            bytes: file.bytes,
            endpoints: counted.endpoints,
            was_there: file.was_there,
        })
        .collect()
}

/// The object printed with `--json`; its members are described in the help text of `run`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    outcome: &'static str,
    exit_code: u8,
    application_id: &'a str,
    url: Option<String>,
    was_continued: bool,
    job: Option<JobDocument<'a>>,
    files: Vec<FileDocument<'a>>,
    failed_files: Vec<FailedFileDocument<'a>>,
    endpoints: u64,
    duplicates: u64,
    problems: Vec<String>,
    problem_count: u64,
    error: Option<ErrorDocument<'a>>,
}

#[derive(Debug, Serialize)]
struct JobDocument<'a> {
    id: &'a str,
    status: &'a str,
    creation_date: Option<&'a str>,
    completion_date: Option<&'a str>,
    total_pieces: Option<u64>,
    completed_pieces: Option<u64>,
    failed_pieces: Option<u64>,
    total_processed: Option<u64>,
    total_failures: Option<u64>,
    failures: &'a [String],
}

#[derive(Debug, Serialize)]
struct FileDocument<'a> {
    key: &'a str,
    path: String,
    bytes: u64,
    endpoints: u64,
    was_there: bool,
}

#[derive(Debug, Serialize)]
struct FailedFileDocument<'a> {
    key: &'a str,
    error: ErrorDocument<'a>,
}

#[derive(Debug, Serialize)]
struct ErrorDocument<'a> {
    message: String,
    causes: Vec<String>,
    operation: Option<&'a str>,
    status: Option<u16>,
    code: Option<&'a str>,
    request_id: Option<&'a str>,
}

impl<'a> JobDocument<'a> {
    fn new(job: &'a ExportJob) -> Self {
        Self {
            id: &job.id,
            status: job.status.as_str(),
            creation_date: job.creation_date.as_deref(),
            completion_date: job.completion_date.as_deref(),
            total_pieces: job.total_pieces,
            completed_pieces: job.completed_pieces,
            failed_pieces: job.failed_pieces,
            total_processed: job.total_processed,
            total_failures: job.total_failures,
            failures: &job.failures,
        }
    }
}

impl<'a> ErrorDocument<'a> {
    fn new(error: &'a (dyn StdError + 'static)) -> Self {
        let mut document = Self {
            message: error.to_string(),
            causes: causes(error),
            operation: None,
            status: None,
            code: None,
            request_id: None,
        };
        if let Some(Error::Service {
            operation,
            status,
            code,
            message,
            request_id,
        }) = error.downcast_ref()
        {
            document.message.clone_from(message);
            document.operation = Some(operation);
            document.status = Some(*status);
            document.code = Some(code);
            document.request_id = request_id.as_deref();
        }
        document
    }
}

//! The command line: its commands, flags and what their words mean.
//!
//! Only shapes and parsing; nothing here acts. Used by `main`.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 the job ended FAILED or some endpoints failed; 2 usage, or a local file or folder \
cannot be used; 3 the service refused; 4 it could not be reached; 5 damaged data; 6 out of time; \
130 interrupted.";

const RUN_DETAILS: &str = "\
Files get their final names only when they are whole. A run that is interrupted, runs out of time or cannot \
go on leaves .pinpoint-export.json in the download folder; the next run of the same export into that folder \
continues with the same job and fetches only what is missing. Delete the note to start afresh.

With --json, one object is printed on stdout at the end, errors of the command line apart:
  outcome         completed, failed, unusable, refused, unreachable, damaged, timed_out or interrupted
  exit_code       the number this program exits with
  application_id  as given
  url             s3://bucket/prefix/ of the export, null if no job was started
  was_continued   whether an earlier run started the job
  job             null if none was started, else id, status, creation_date, completion_date, total_pieces,
                  completed_pieces, failed_pieces, total_processed, total_failures (null where the service
                  gave nothing) and failures (texts)
  files           of each file that is here: key, path, bytes, endpoints, was_there (from an earlier run)
  failed_files    of each object that could not be fetched: key, error
  endpoints       number of endpoints in the files
  duplicates      how many of them were there before
  problems        what is wrong with the files, as texts, at most 100
  problem_count   how many things are wrong
  error           what ended the run, or null: message, causes (texts), and for a refusal operation, status,
                  code, request_id";

/// Runs Amazon Pinpoint export jobs and brings their files home, whole and checked.
#[derive(Debug, Parser)]
#[command(name = "pinpoint-export", version, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Export endpoints: create the job, wait for it, download its files and verify them
    Run(Box<RunArgs>),
    /// Create an export job (not built yet)
    Create(NotBuilt),
    /// Show where an export job stands (not built yet)
    Status(NotBuilt),
    /// Wait for an export job to end (not built yet)
    Wait(NotBuilt),
    /// List the files of an export (not built yet)
    List(NotBuilt),
    /// Download the files of an export (not built yet)
    Download(NotBuilt),
    /// Check whether an archive is whole (not built yet)
    Verify(NotBuilt),
    /// Look at the endpoints of an archive (not built yet)
    Show(NotBuilt),
    /// Count the endpoints of an archive by their traits (not built yet)
    Summary(NotBuilt),
    /// Convert an archive to other formats (not built yet)
    Convert(NotBuilt),
    /// Compare two exports (not built yet)
    Diff(NotBuilt),
}

/// Whatever else stands on the line of a command that is not built yet.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct NotBuilt {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    _rest: Vec<OsString>,
}

#[derive(Debug, Args)]
#[command(after_long_help = format!("{RUN_DETAILS}\n\n{EXIT_CODES}"), after_help = EXIT_CODES)]
pub(crate) struct RunArgs {
    /// Application whose endpoints are exported
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) application_id: String,

    /// Bucket the export goes to
    #[arg(long, value_name = "NAME")]
    pub(crate) bucket: String,

    /// Role by which Pinpoint writes to the bucket
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) role_arn: String,

    /// Local folder for the files, made if it does not exist
    #[arg(long, value_name = "DIR")]
    pub(crate) download_dir: PathBuf,

    /// Prefix in the bucket [default: exports/{application-id}_{UTC time}/]
    #[arg(long)]
    pub(crate) prefix: Option<String>,

    /// Export only the members of this segment
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) segment_id: Option<String>,

    /// Version of the segment [default: the newest]
    #[arg(long, value_name = "N", requires = "segment_id")]
    pub(crate) segment_version: Option<i32>,

    /// Make the bucket first, unless it is there
    #[arg(long)]
    pub(crate) create_bucket: bool,

    /// Give up after this time: seconds, or with units as in 90s, 10m, 1h30m
    #[arg(long, value_name = "TIME", value_parser = parse_timeout)]
    pub(crate) timeout: Option<Duration>,

    /// Print one JSON object on stdout at the end (its members: --help)
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
}

/// Where the services are and who asks; whatever is not given comes from the SDK's usual configuration.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    // Texts as attributes: a doc comment would want backticks around the variables.
    #[arg(
        long,
        value_name = "URL",
        help = "Send all requests to this URL instead of AWS [default: AWS_ENDPOINT_URL, \
                AWS_ENDPOINT_URL_PINPOINT, AWS_ENDPOINT_URL_S3 or the profile's]"
    )]
    pub(crate) endpoint_url: Option<String>,

    #[arg(
        long,
        value_parser = NonEmptyStringValueParser::new(),
        help = "Region [default: AWS_REGION or the profile's]"
    )]
    pub(crate) region: Option<String>,

    #[arg(
        long,
        value_parser = NonEmptyStringValueParser::new(),
        help = "Profile of the AWS configuration files [default: AWS_PROFILE]"
    )]
    pub(crate) profile: Option<String>,
}

impl Command {
    /// The command's word on the line.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Run(_) => "run",
            Self::Create(_) => "create",
            Self::Status(_) => "status",
            Self::Wait(_) => "wait",
            Self::List(_) => "list",
            Self::Download(_) => "download",
            Self::Verify(_) => "verify",
            Self::Show(_) => "show",
            Self::Summary(_) => "summary",
            Self::Convert(_) => "convert",
            Self::Diff(_) => "diff",
        }
    }
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    let duration = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => text
            .parse::<jiff::SignedDuration>()
            .map_err(|error| error.to_string())?
            .try_into()
            .map_err(|_| "a time limit is not negative".to_owned())?,
    };
    if duration.is_zero() {
        return Err("a time limit is more than nothing".to_owned());
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn timeouts_are_seconds_or_have_units() {
        for (text, millis) in [
            ("90", Some(90_000)),
            ("90s", Some(90_000)),
            ("1h30m", Some(5_400_000)),
            ("250ms", Some(250)),
            ("PT2M", Some(120_000)),
            ("0", None),
            ("-1s", None),
            ("soon", None),
            ("", None),
        ] {
            let expected = millis.map(Duration::from_millis);
            assert_eq!(parse_timeout(text).ok(), expected, "{text}");
        }
    }
}

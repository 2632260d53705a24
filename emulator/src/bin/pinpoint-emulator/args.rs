//! The command line, as it is typed and as it is meant.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::Resettable;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;
use pinpoint_emulator::{AuthMode, Emulator, EmulatorBuilder, Pace, Quotas};

/// The application of `--demo`, an id as the service makes them.
const DEMO_APPLICATION: &str = "0123456789abcdef0123456789abcdef";
const DEMO_ENDPOINTS: u64 = 1000;
const DEMO_BUCKET: &str = "pinpoint-exports";

/// Amazon Pinpoint's REST API and an S3 store on one port.
///
/// Point any AWS tool at it with AWS_ENDPOINT_URL=http://127.0.0.1:4566 and any credentials. An
/// environment variable that is empty counts as not set.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    /// Where to listen; port 0 picks a free one.
    #[arg(
        long,
        value_name = "ADDR",
        env = "PINPOINT_EMULATOR_LISTEN",
        default_value = "127.0.0.1:4566",
        value_parser = address,
        global = true
    )]
    listen: SocketAddr,

    /// Keep state in this directory (not built yet: all is in memory).
    #[arg(long, value_name = "DIR", env = "PINPOINT_EMULATOR_DATA_DIR")]
    data_dir: Option<PathBuf>,

    /// An application with this id and COUNT synthetic endpoints; repeatable.
    #[arg(long, value_name = "ID[=COUNT]", value_parser = application)]
    application: Vec<(String, Option<u64>)>,

    /// A bucket; repeatable.
    #[arg(long, value_name = "NAME")]
    bucket: Vec<String>,

    /// Synthetic endpoints that every newly created application starts with (AWS: none).
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole_number::<u64>, allow_negative_numbers = true)]
    population: u64,

    /// An application with 1000 endpoints and a bucket, and commands to try on stderr.
    #[arg(long)]
    demo: bool,

    /// Archived exports, gzipped or plain JSON Lines, a file or a folder; repeatable.
    #[arg(long, value_name = "PATH")]
    load: Vec<PathBuf>,

    /// What ids and synthetic endpoints derive from; random and printed at start unless given.
    #[arg(long, value_name = "N", env = "PINPOINT_EMULATOR_SEED", value_parser = whole_number::<u64>, allow_negative_numbers = true)]
    seed: Option<u64>,

    /// What the clock shows at start, e.g. 2026-01-01T00:00:00Z; now unless given.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    clock_start: Option<Timestamp>,

    /// The pace of job time: instant, fast, realistic, manual.
    #[arg(
        long,
        value_name = "P",
        env = "PINPOINT_EMULATOR_PACE",
        default_value_t
    )]
    pace: Pace,

    /// How signatures are judged.
    #[arg(long, value_enum, env = "PINPOINT_EMULATOR_AUTH", default_value_t = Auth::Lenient)]
    auth: Auth,

    /// A key pair that can sign, and whose account and user it is; repeatable, test:test unless
    /// given.
    #[arg(long, value_name = "ID:SECRET[:ACCOUNT[:NAME]]")]
    access_key: Vec<String>,

    /// The account of what the emulator starts with, and of callers whose key pair names no account
    /// and whose access key id is not a 12-digit account id itself.
    #[arg(long, value_name = "ID", default_value = "000000000000")]
    account_id: String,

    /// The region of what the emulator starts with, and of callers whose signature names none.
    #[arg(long, value_name = "NAME", default_value = "us-east-1")]
    region: String,

    /// Jobs write to and read from this S3 endpoint (not built yet).
    #[arg(long, value_name = "URL")]
    s3_endpoint: Option<String>,

    /// Most endpoints in one piece of an export.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = whole_number::<u64>, allow_negative_numbers = true)]
    endpoints_per_piece: u64,

    /// How objects of an export are named: words {prefix} {application-id} {job-id} {created}
    /// {piece} {pieces}.
    #[arg(long, value_name = "TEMPLATE")]
    object_key: Option<String>,

    /// How hard files are compressed, 0 to 9.
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = whole_number::<u32>, allow_negative_numbers = true)]
    gzip_level: u32,

    /// A domain under which host names are buckets; repeatable, replaces s3.localhost and
    /// localhost.
    #[arg(long, value_name = "NAME")]
    s3_domain: Vec<String>,

    /// Answer 429 to requests and jobs beyond AWS's quotas of that year; none are too many unless given.
    #[arg(long, value_name = "YEAR", value_enum)]
    quotas: Option<QuotaYear>,

    /// Most memory that S3 objects may take (not built yet).
    #[arg(long, value_name = "BYTES", value_parser = whole_number::<u64>, allow_negative_numbers = true)]
    memory_limit: Option<u64>,

    /// Serve HTTPS on this address (not built yet).
    #[arg(long, value_name = "ADDR", value_parser = address)]
    tls_listen: Option<SocketAddr>,

    /// Write the certificate authority of HTTPS to this file (not built yet).
    #[arg(long, value_name = "FILE")]
    write_ca: Option<PathBuf>,

    /// The form of the log on stderr: text on a terminal, JSON otherwise, unless given. RUST_LOG
    /// filters it.
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) log: Option<LogFormat>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Asks a running emulator whether it is ready: exit code 0 if it is.
    Health {
        /// Its endpoint URL; the one of `--listen` unless given.
        url: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum QuotaYear {
    /// 5000 endpoint updates a second, 300 of most other requests.
    #[value(name = "2023")]
    Of2023,
    /// 10 endpoint updates a second, 300 of most other requests.
    #[value(name = "2026")]
    Of2026,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Auth {
    /// Any well-formed signature passes.
    Lenient,
    /// Signatures are verified with the pairs of `--access-key`.
    Strict,
    /// Every request is the default account's.
    Off,
}

impl Args {
    /// The arguments of this process; ends it if they cannot be. An empty environment variable is none,
    /// since container tools and CI set those they were given no value for.
    pub(crate) fn of_process() -> Self {
        let command = Self::command().mut_args(|arg| {
            let value = arg.get_env().and_then(std::env::var_os);
            if value.is_some_and(|value| value.is_empty()) {
                arg.env(Resettable::Reset)
            } else {
                arg
            }
        });
        Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit())
    }

    /// The endpoint URL of an emulator started with the same `--listen`.
    pub(crate) fn own_url(&self) -> String {
        let port = self.listen.port();
        match self.listen.ip() {
            ip if ip.is_unspecified() => format!("http://127.0.0.1:{port}"),
            _ => format!("http://{}", self.listen),
        }
    }

    /// The demo, if it is wished: by the first key pair that can sign.
    pub(crate) fn demo(&self) -> Option<Demo> {
        let mut pair = self
            .access_key
            .first()
            .map_or("test:test", String::as_str)
            .split(':');
        let mut field = || pair.next().unwrap_or_default().to_owned();
        self.demo.then(|| Demo {
            region: self.region.clone(),
            access_key_id: field(),
            secret: field(),
        })
    }

    /// The settings; the reason if one of them is not built yet.
    pub(crate) fn into_builder(self) -> Result<EmulatorBuilder, String> {
        for (flag, given) in [
            ("--data-dir", self.data_dir.is_some()),
            ("--s3-endpoint", self.s3_endpoint.is_some()),
            ("--memory-limit", self.memory_limit.is_some()),
            ("--tls-listen", self.tls_listen.is_some()),
            ("--write-ca", self.write_ca.is_some()),
        ] {
            if given {
                return Err(format!("{flag} is not built yet"));
            }
        }
        let of_demo = |(id, count): &(String, Option<u64>)| {
            id == DEMO_APPLICATION && count.is_some_and(|count| count != DEMO_ENDPOINTS)
        };
        if self.demo && self.application.iter().any(of_demo) {
            return Err(format!(
                "--application {DEMO_APPLICATION} must have {DEMO_ENDPOINTS} endpoints with --demo"
            ));
        }
        let auth = match self.auth {
            Auth::Lenient => AuthMode::Lenient,
            Auth::Off => AuthMode::Off,
            Auth::Strict => AuthMode::Strict,
        };
        let mut builder = Emulator::builder()
            .listen(self.listen)
            .population(self.population)
            .pace(self.pace)
            .auth(auth)
            .account_id(self.account_id)
            .region(self.region)
            .endpoints_per_piece(self.endpoints_per_piece)
            .gzip_level(self.gzip_level);
        if self.demo {
            builder = builder
                .application(DEMO_APPLICATION, DEMO_ENDPOINTS)
                .bucket(DEMO_BUCKET);
        }
        builder = self
            .application
            .into_iter()
            .fold(builder, |builder, (id, count)| {
                builder.application(id, count)
            });
        builder = self
            .bucket
            .into_iter()
            .fold(builder, EmulatorBuilder::bucket);
        builder = self
            .access_key
            .into_iter()
            .fold(builder, EmulatorBuilder::access_key);
        builder = self.load.into_iter().fold(builder, EmulatorBuilder::load);
        builder = self
            .s3_domain
            .into_iter()
            .fold(builder, EmulatorBuilder::s3_domain);
        builder = self.seed.into_iter().fold(builder, EmulatorBuilder::seed);
        builder = self
            .clock_start
            .into_iter()
            .fold(builder, EmulatorBuilder::clock_start);
        builder = self
            .object_key
            .into_iter()
            .fold(builder, EmulatorBuilder::object_key);
        builder = self.quotas.into_iter().fold(builder, |builder, year| {
            builder.quotas(match year {
                QuotaYear::Of2023 => Quotas::Of2023,
                QuotaYear::Of2026 => Quotas::Of2026,
            })
        });
        Ok(builder)
    }
}

/// What the demo's commands depend on.
#[derive(Debug)]
pub(crate) struct Demo {
    region: String,
    access_key_id: String,
    secret: String,
}

impl Demo {
    /// What to type next.
    pub(crate) fn commands(&self, endpoint_url: &str) -> String {
        let Self {
            region,
            access_key_id,
            secret,
        } = self;
        format!(
        "
Application {DEMO_APPLICATION} has {DEMO_ENDPOINTS} endpoints. Try, in another terminal:

  export AWS_ENDPOINT_URL={endpoint_url} AWS_ACCESS_KEY_ID={access_key_id} AWS_SECRET_ACCESS_KEY={secret} AWS_DEFAULT_REGION={region}
  aws pinpoint create-export-job --application-id {DEMO_APPLICATION} \\
      --export-job-request S3UrlPrefix=s3://{DEMO_BUCKET}/demo/,RoleArn=arn:aws:iam::000000000000:role/export
  aws pinpoint get-export-jobs --application-id {DEMO_APPLICATION}
  aws s3 ls --recursive s3://{DEMO_BUCKET}/demo/
  aws s3 cp --recursive s3://{DEMO_BUCKET}/demo/ demo && gunzip --stdout demo/*.gz | head -3

or the whole job by our own client:

  cargo run --release --locked -p pinpoint-export -- run --application-id {DEMO_APPLICATION} \\
      --bucket {DEMO_BUCKET} --role-arn arn:aws:iam::000000000000:role/export --download-dir exports

"
        )
    }
}

fn application(text: &str) -> Result<(String, Option<u64>), String> {
    match text.split_once('=') {
        None => Ok((text.to_owned(), None)),
        Some((id, count)) => {
            let count = whole_number(count).map_err(|reason| format!("COUNT {reason}"))?;
            Ok((id.to_owned(), Some(count)))
        }
    }
}

// What the parsers of the standard library say would not tell what is right.

fn whole_number<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse()
        .map_err(|_| "must be a whole number, and not too large")
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse()
        .map_err(|_| "must be an IP address and a port, such as 127.0.0.1:4566 or [::1]:0")
}

fn instant(text: &str) -> Result<Timestamp, &'static str> {
    text.parse()
        .map_err(|_| "must be a date, a time and an offset, such as 2026-01-01T00:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_bad_value_is_told_what_would_be_right() {
        for (flag, value, expected) in [
            ("--listen", "localhost:4566", "an IP address and a port"),
            ("--listen", "127.0.0.1", "an IP address and a port"),
            ("--application", "x=many", "COUNT must be a whole number"),
            ("--population", "-1", "a whole number"),
            ("--seed", "0x7", "a whole number"),
            ("--clock-start", "2026-01-01", "2026-01-01T00:00:00Z"),
            ("--endpoints-per-piece", "1e6", "a whole number"),
            ("--gzip-level", "-1", "a whole number"),
            ("--memory-limit", "1G", "a whole number"),
            ("--pace", "slow", "instant, fast, realistic, manual"),
            ("--auth", "none", "lenient, strict, off"),
            ("--quotas", "2024", "2023, 2026"),
            ("--log", "xml", "text, json"),
        ] {
            let error = Args::try_parse_from(["pinpoint-emulator", flag, value]).unwrap_err();
            let text = error.to_string();
            assert!(
                text.contains(flag) && text.contains(value) && text.contains(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_built_is_refused_by_name() {
        for (flag, value) in [
            ("--data-dir", "d"),
            ("--memory-limit", "1"),
            ("--tls-listen", "127.0.0.1:0"),
        ] {
            let args = Args::try_parse_from(["pinpoint-emulator", flag, value]).unwrap();
            assert_eq!(
                args.into_builder().unwrap_err(),
                format!("{flag} is not built yet")
            );
        }
    }
}

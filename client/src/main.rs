//! The program `pinpoint-export`: flags in, the library's steps, words and an exit code out.
//!
//! Everything about exports is the library's; here are only what a command line needs: the moving line on
//! a terminal, signals, the time limit, and the end of the process.

mod cli {
    //! The parts of the command line.

    pub(crate) mod args;
    pub(crate) mod config;
    pub(crate) mod progress;
    pub(crate) mod report;
}

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use jiff::Timestamp;
use pinpoint_export::{RunRequest, SegmentRef};

use crate::cli::args::{Cli, Command, RunArgs};
use crate::cli::config;
use crate::cli::progress::Progress;
use crate::cli::report::Outcome;

/// How long threads that are at work on the disk may take to end after the run itself has.
const CLEAN_UP_MAX: Duration = Duration::from_secs(5);

const USAGE: u8 = 2;

fn main() -> ExitCode {
    let args = match Cli::parse().command {
        Command::Run(args) => args,
        other => {
            // If stderr is gone there is nobody to tell.
            let _ = writeln!(
                io::stderr(),
                "pinpoint-export: {} is not built yet",
                other.name()
            );
            return ExitCode::from(USAGE);
        }
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = writeln!(io::stderr(), "pinpoint-export: cannot start: {error}");
            return ExitCode::from(USAGE);
        }
    };
    let progress = Progress::new();
    let outcome = runtime.block_on(run(&args, &progress));
    let started = progress.finish();
    // Threads that still write notice that they are no longer wanted and remove their temporary files.
    runtime.shutdown_timeout(CLEAN_UP_MAX);
    // A reader that has gone away does not change how the run ended.
    let _ = outcome.print(&args, started.as_ref());
    ExitCode::from(outcome.exit_code())
}

/// Runs until the end, the time limit or a signal, whichever comes first.
async fn run(args: &RunArgs, progress: &Progress) -> Outcome {
    let export = async {
        let client = match config::client(&args.connection).await {
            Ok(client) => client,
            Err(error) => return Outcome::NotConfigured(error),
        };
        let observer = |event: pinpoint_export::RunEvent<'_>| progress.observe(event);
        match client.run(&request(args), &observer).await {
            Ok(report) => Outcome::Ended(Box::new(report)),
            Err(error) => Outcome::Error(error),
        }
    };
    let within_limit = async {
        match args.timeout {
            Some(limit) => tokio::time::timeout(limit, export)
                .await
                .unwrap_or(Outcome::TimedOut),
            None => export.await,
        }
    };
    tokio::select! {
        outcome = within_limit => outcome,
        () = interruption() => Outcome::Interrupted,
    }
}

fn request(args: &RunArgs) -> RunRequest {
    let mut request = RunRequest::new(
        &args.application_id,
        &args.role_arn,
        &args.bucket,
        &args.download_dir,
        now(),
    );
    request.prefix.clone_from(&args.prefix);
    request.segment = args.segment_id.clone().map(|id| SegmentRef {
        id,
        version: args.segment_version,
    });
    request.create_bucket = args.create_bucket;
    request
}

#[expect(
    clippy::disallowed_methods,
    reason = "the prefix of a run is named after the time at which a person started it"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

/// Waits for Ctrl-C or, where there is such a thing, a polite request to end.
async fn interruption() {
    let ctrl_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a way to listen, the system's own handling of the signal stays in force.
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending();
    tokio::select! {
        () = ctrl_c => {}
        () = terminate => {}
    }
}

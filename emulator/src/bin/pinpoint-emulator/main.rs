//! The program: flags to settings, one line when it is ready, exit codes.
//!
//! Exit codes: 0 after SIGINT or SIGTERM, or when `health` finds a ready emulator; 1 when it does
//! not; 2 for a flag that cannot work.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is the program that talks to people"
)]

mod args;
mod health;

use std::io::IsTerminal as _;
use std::pin::pin;
use std::process::ExitCode;

use pinpoint_emulator::{EmulatorBuilder, StartError};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use self::args::{Args, Command, Demo, LogFormat};

/// The exit code of flags that cannot work, as clap's own.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let args = Args::of_process();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&format!("cannot start: {error}")),
    };
    let code = runtime.block_on(async {
        match &args.command {
            Some(Command::Health { url }) => {
                health::ask(url.as_deref().unwrap_or(&args.own_url())).await
            }
            None => serve(args).await,
        }
    });
    // A thread that still reads an archive must not hold up a stop.
    runtime.shutdown_background();
    code
}

async fn serve(args: Args) -> ExitCode {
    if let Err(reason) = start_log(args.log) {
        return refuse(&reason);
    }
    let demo = args.demo();
    let builder = match args.into_builder() {
        Ok(builder) => builder,
        Err(reason) => return refuse(&reason),
    };
    match run(builder, demo).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => refuse(&reason),
    }
}

async fn run(builder: EmulatorBuilder, demo: Option<Demo>) -> Result<(), String> {
    let mut stop = pin!(stop_signal()?);
    let emulator = tokio::select! {
        started = builder.start() => started.map_err(|error| in_terms_of_flags(&error))?,
        () = &mut stop => return Ok(()),
    };
    tracing::info!(seed = emulator.seed(), "started");
    if let Some(demo) = demo {
        eprint!("{}", demo.commands(&emulator.endpoint_url()));
    }
    println!("pinpoint-emulator listening on {}", emulator.endpoint_url());
    stop.await;
    emulator.shutdown().await;
    Ok(())
}

/// A setting is called as the flag is typed.
fn in_terms_of_flags(error: &StartError) -> String {
    match error {
        StartError::Setting { .. } => format!("--{error}"),
        _ => error.to_string(),
    }
}

/// Ends with the first SIGINT or SIGTERM from now on.
fn stop_signal() -> Result<impl Future<Output = ()>, String> {
    let unable = |error: std::io::Error| format!("cannot listen for signals: {error}");
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unable)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(unable)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("pinpoint-emulator: {reason}");
    ExitCode::from(USAGE)
}

fn start_log(format: Option<LogFormat>) -> Result<(), String> {
    let on_terminal = std::io::stderr().is_terminal();
    let format = format.unwrap_or(if on_terminal {
        LogFormat::Text
    } else {
        LogFormat::Json
    });
    let filter = match std::env::var("RUST_LOG") {
        Ok(filter) if !filter.is_empty() => {
            EnvFilter::try_new(filter).map_err(|error| format!("RUST_LOG: {error}"))?
        }
        // The S3 protocol crate logs every refused request as an error, which it is not.
        _ => EnvFilter::new("info,s3s=off"),
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(on_terminal).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

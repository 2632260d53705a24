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
use std::process::ExitCode;

use clap::Parser as _;
use pinpoint_emulator::EmulatorBuilder;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use self::args::{Args, Command, LogFormat};

/// The exit code of flags that cannot work, as clap's own.
const USAGE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match &args.command {
        Some(Command::Health { url }) => {
            health::ask(url.as_deref().unwrap_or(&args.own_url())).await
        }
        None => serve(args).await,
    }
}

async fn serve(args: Args) -> ExitCode {
    start_log(args.log);
    let demo = args.demo;
    let builder = match args.into_builder() {
        Ok(builder) => builder,
        Err(reason) => return refuse(&reason),
    };
    match run(builder, demo).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => refuse(&reason),
    }
}

async fn run(builder: EmulatorBuilder, demo: bool) -> Result<(), String> {
    // Installed first, so that a signal during start-up is not lost.
    let unable = |error: std::io::Error| format!("cannot listen for signals: {error}");
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unable)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(unable)?;
    let emulator = builder.start().await.map_err(|error| error.to_string())?;
    eprintln!("seed {}", emulator.seed());
    if demo {
        eprint!("{}", args::demo_commands(&emulator.endpoint_url()));
    }
    println!("pinpoint-emulator listening on {}", emulator.endpoint_url());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    emulator.shutdown().await;
    Ok(())
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("pinpoint-emulator: {reason}");
    ExitCode::from(USAGE)
}

fn start_log(format: Option<LogFormat>) {
    let on_terminal = std::io::stderr().is_terminal();
    let format = format.unwrap_or(if on_terminal {
        LogFormat::Text
    } else {
        LogFormat::Json
    });
    // The S3 protocol crate logs every refused request as an error, which it is not.
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,s3s=off"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(on_terminal).init(),
        LogFormat::Json => log.json().init(),
    }
}

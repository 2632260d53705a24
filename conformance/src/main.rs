//! The command line of the conformance suite: reads flags, runs, prints; the only exit codes.
//!
//! 0: everything passed or failed as listed. 1: anything else. 2: the command line cannot work, a
//! suite breaks a rule, or what was asked for is not built yet. 130: interrupted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use miette::{IntoDiagnostic, WrapErr, bail, miette};
use pinpoint_conformance::{
    Case, Group, KnownFailing, Library, ModelSettings, Report, Target, explain, list, model, run,
};
use tokio::runtime::Runtime;

/// The exit code after SIGINT, as shells count it.
const INTERRUPTED: u8 = 130;

/// What Amazon Pinpoint does on the wire, run against any implementation.
#[derive(Debug, Parser)]
#[command(name = "pinpoint-conformance", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Folder of suite files to use instead of those compiled in
    #[arg(long, global = true, value_name = "DIR")]
    cases: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the suite against a target
    Run(RunArgs),
    /// List the cases: name, evidence, claim
    List {
        /// Only cases whose name fits; `*` stands for any text, a word without `/` for a suite
        #[arg(long, value_name = "PATTERN")]
        select: Vec<String>,
    },
    /// What one case checks, from which source, how strong the evidence is
    Explain {
        /// Name of the case, `suite/case`
        case: String,
    },
    /// Random sequences of requests against a naive reference model; prints the shortest that fails
    Model(ModelArgs),
    /// Run a client program under scenarios (not built yet)
    Client(NotBuilt),
    /// Keep exchanges with a target as files (not built yet)
    Record(NotBuilt),
    /// Compare a target with kept exchanges (not built yet)
    Replay(NotBuilt),
}

#[derive(Debug, Args)]
struct RunArgs {
    /// `embedded` starts emulators in this process; else http://host:port of a running service
    #[arg(long, default_value = "embedded", value_name = "embedded|URL|aws")]
    target: String,
    /// Only cases whose name fits; `*` stands for any text, a word without `/` for a suite
    #[arg(long, value_name = "PATTERN")]
    select: Vec<String>,
    /// Write a JUnit report to this file
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write a JSON report to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write an HTML report to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Seed of the embedded emulators
    #[arg(long, default_value_t = 7, value_name = "N")]
    seed: u64,
    /// List of known failures to use instead of the target's own
    #[arg(long, value_name = "FILE")]
    known_failing: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct ModelArgs {
    /// `embedded` starts emulators in this process; else http://host:port of a running service
    #[arg(long, default_value = "embedded", value_name = "embedded|URL|aws")]
    target: String,
    /// Only this group of resources; all of them unless given
    #[arg(long, value_name = "GROUP", value_parser = group)]
    group: Option<Group>,
    /// Steps to take, for each group
    #[arg(long, default_value_t = 2000, value_name = "N")]
    steps: usize,
    /// Seed of the first sequence; the next ones count up from it
    #[arg(long, default_value_t = 7, value_name = "S")]
    seed: u64,
}

#[derive(Debug, Args)]
struct NotBuilt {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    rest: Vec<String>,
}

/// Exit code of a command line that cannot work.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match perform(cli) {
        Ok(code) => code,
        Err(report) => {
            complain(&report);
            ExitCode::from(USAGE)
        }
    }
}

fn perform(cli: Cli) -> miette::Result<ExitCode> {
    let library = match &cli.cases {
        Some(dir) => Library::from_dir(dir),
        None => Library::embedded(),
    }
    .into_diagnostic()?;
    match cli.command {
        Command::Run(args) => run_suite(&args, &library, cli.cases.is_some()),
        Command::List { select } => {
            print(&list(&selected(&library, &select)?));
            Ok(ExitCode::SUCCESS)
        }
        Command::Explain { case } => {
            let case = library
                .find(&case)
                .ok_or_else(|| miette!("no case is called `{case}`; `list` shows them all"))?;
            print(&explain(case));
            Ok(ExitCode::SUCCESS)
        }
        Command::Model(args) => run_model(&args),
        Command::Client(_) => bail!("`client` is not built yet"),
        Command::Record(_) => bail!("`record` is not built yet"),
        Command::Replay(_) => bail!("`replay` is not built yet"),
    }
}

fn run_suite(args: &RunArgs, library: &Library, foreign_cases: bool) -> miette::Result<ExitCode> {
    let mut cases = selected(library, &args.select)?;
    let runtime = Runtime::new().into_diagnostic()?;
    let Some(target) = open_target(&args.target, args.seed, &runtime)? else {
        return Ok(ExitCode::FAILURE);
    };
    let known = match &args.known_failing {
        Some(file) => {
            let text = fs::read_to_string(file)
                .into_diagnostic()
                .wrap_err_with(|| format!("could not read {}", file.display()))?;
            KnownFailing::parse(&file.display().to_string(), &text, library)
        }
        // The lists of this crate speak of its own cases.
        None if foreign_cases => Ok(KnownFailing::default()),
        None => KnownFailing::of_target(target.name(), library),
    }
    .into_diagnostic()?;
    if args.select.is_empty() {
        cases.retain(|case| !target.leaves_out(case));
    }
    let target = Arc::new(target);
    let results = runtime.block_on(async {
        tokio::select! {
            results = run(&cases, &target, &known) => Some(results),
            _ = tokio::signal::ctrl_c() => {
                // Somebody's running emulator must not be left with its clock standing still.
                target.restore_clock().await;
                None
            }
        }
    });
    let Some(results) = results else {
        return Ok(ExitCode::from(INTERRUPTED));
    };
    let report = Report {
        target: args.target.clone(),
        results,
    };
    print(&report.to_text());
    if let Some(file) = &args.junit {
        write(file, &report.to_junit().into_diagnostic()?)?;
    }
    if let Some(file) = &args.html {
        write(file, &report.to_html())?;
    }
    if let Some(file) = &args.json {
        write(file, &report.to_json())?;
    }
    Ok(if report.is_success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Holds the target against the models, group by group, until the first failure.
fn run_model(args: &ModelArgs) -> miette::Result<ExitCode> {
    let runtime = Runtime::new().into_diagnostic()?;
    let Some(target) = open_target(&args.target, args.seed, &runtime)? else {
        return Ok(ExitCode::FAILURE);
    };
    let target = Arc::new(target);
    let settings = ModelSettings {
        target: args.target.clone(),
        steps: args.steps,
        seed: args.seed,
    };
    for group in Group::ALL {
        if args.group.is_some_and(|wanted| wanted != group) {
            continue;
        }
        let (done, outcome) = tokio::sync::oneshot::channel();
        let (target_of_run, settings) = (Arc::clone(&target), settings.clone());
        let handle = runtime.handle().clone();
        // The models block; a thread of their own leaves this one free to be interrupted.
        std::thread::spawn(move || {
            done.send(model(group, &target_of_run, &settings, &handle))
                .ok()
        });
        let outcome = runtime.block_on(async {
            tokio::select! {
                outcome = outcome => Some(outcome),
                _ = tokio::signal::ctrl_c() => {
                    target.restore_clock().await;
                    None
                }
            }
        });
        match outcome {
            None => return Ok(ExitCode::from(INTERRUPTED)),
            Some(outcome) => match outcome.into_diagnostic().wrap_err("the model panicked")? {
                Ok(run) => print(&format!("{}: {run}\n", group.name())),
                Err(failure) => {
                    print(&format!("{}: FAILED, {failure}\n", group.name()));
                    return Ok(ExitCode::FAILURE);
                }
            },
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The group of this name.
fn group(name: &str) -> Result<Group, String> {
    let known = Group::ALL.into_iter().find(|group| group.name() == name);
    known.ok_or_else(|| {
        let names: Vec<&str> = Group::ALL.into_iter().map(Group::name).collect();
        format!("the groups are {}", names.join(", "))
    })
}

/// The target of that name; none if nothing answers there, which has been said.
fn open_target(name: &str, seed: u64, runtime: &Runtime) -> miette::Result<Option<Target>> {
    match name {
        "aws" => bail!("`--target aws` is not built yet"),
        "embedded" => Ok(Some(Target::Embedded { seed })),
        url => match runtime.block_on(Target::at_url(url)) {
            Ok(target) => Ok(Some(target)),
            Err(error @ pinpoint_conformance::TargetError::Unreachable { .. }) => {
                complain(&miette!("{error}"));
                Ok(None)
            }
            Err(error) => Err(error).into_diagnostic(),
        },
    }
}

/// Cases that fit any of the patterns, in the library's order; all if there is none.
fn selected<'a>(library: &'a Library, patterns: &[String]) -> miette::Result<Vec<&'a Case>> {
    if patterns.is_empty() {
        return Ok(library.cases().iter().collect());
    }
    let mut names = std::collections::BTreeSet::new();
    for pattern in patterns {
        let fitting = library.select(pattern);
        if fitting.is_empty() {
            bail!("no case fits `{pattern}`; `list` shows them all");
        }
        names.extend(fitting.into_iter().map(|case| case.name.as_str()));
    }
    let cases = library.cases().iter();
    Ok(cases
        .filter(|case| names.contains(case.name.as_str()))
        .collect())
}

fn write(file: &Path, text: &str) -> miette::Result<()> {
    fs::write(file, text)
        .into_diagnostic()
        .wrap_err_with(|| format!("could not write {}", file.display()))
}

#[expect(clippy::print_stdout, reason = "printing is what the binary is for")]
fn print(text: &str) {
    print!("{text}");
}

#[expect(clippy::print_stderr, reason = "complaining is what the binary is for")]
fn complain(report: &miette::Report) {
    eprintln!("pinpoint-conformance: {report:?}");
}

//! The whole suite against emulators in this process, each case a test of its own name.
//!
//! `cargo test -p pinpoint-conformance --test suite guide/` runs a part of it. The judgement is the
//! runner's: a case that is listed as known failing passes here when it fails, and no other does.

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use pinpoint_conformance::{Case, KnownFailing, Library, Report, Target, Verdict, run};
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let library = Arc::new(Library::embedded().expect("the suite's own files keep its rules"));
    let target = Arc::new(Target::Embedded { seed: 7 });
    let known = KnownFailing::of_target(target.name(), &library)
        .expect("the list of known failures is true to the library");
    let known = Arc::new(known);
    let runtime = Arc::new(Runtime::new().expect("a runtime for the tests"));
    let trials = library
        .cases()
        .iter()
        .map(|case| {
            let (runtime, target, known) = (
                Arc::clone(&runtime),
                Arc::clone(&target),
                Arc::clone(&known),
            );
            let case = case.clone();
            Trial::test(case.name.clone(), move || {
                runtime.block_on(judge(&case, &target, &known))
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

async fn judge(case: &Case, target: &Arc<Target>, known: &KnownFailing) -> Result<(), Failed> {
    let report = Report {
        target: "embedded".to_owned(),
        results: run(&[case], target, known).await,
    };
    match report.results[0].verdict {
        Verdict::Passed | Verdict::KnownFailing { .. } => Ok(()),
        Verdict::Failed(_) | Verdict::CouldNotRun { .. } => Err(report.to_text().into()),
    }
}

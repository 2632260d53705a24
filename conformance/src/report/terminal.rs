//! The report people read: what failed and how, then the counts.
//!
//! Passed cases are counted and not listed; `list` shows them.

use std::fmt::Write as _;

use super::{Counts, Report};
use crate::run::{Failure, Verdict};

pub(super) fn render(report: &Report) -> String {
    let mut text = String::new();
    write(report, &mut text).expect("a string takes all writes");
    text
}

fn write(report: &Report, out: &mut String) -> std::fmt::Result {
    for result in &report.results {
        let case = &result.case;
        match &result.verdict {
            Verdict::Passed => {}
            Verdict::Failed(failure) => {
                writeln!(out, "FAILED {}", case.name)?;
                writeln!(out, "  {}", case.about)?;
                writeln!(
                    out,
                    "  {}: {}, read {}",
                    case.evidence, case.source, case.read
                )?;
                write_failure(out, failure)?;
                writeln!(out)?;
            }
            Verdict::KnownFailing { reason, .. } => {
                writeln!(out, "known failing {}: {reason}\n", case.name)?;
            }
            Verdict::CouldNotRun { reason } => {
                writeln!(out, "could not run {}: {reason}\n", case.name)?;
            }
        }
    }
    for (level, counts) in report.counts_by_evidence() {
        writeln!(out, "{level:10}  {}", Words(counts))?;
    }
    let time: f64 = report
        .results
        .iter()
        .map(|result| result.duration.as_secs_f64())
        .sum();
    writeln!(out, "target {}, {time:.1} s of exchanges", report.target)?;
    writeln!(
        out,
        "{} cases: {}",
        report.results.len(),
        Words(report.counts())
    )
}

fn write_failure(out: &mut String, failure: &Failure) -> std::fmt::Result {
    writeln!(out, "  at {}", failure.at)?;
    for difference in &failure.differences {
        writeln!(out, "  - {difference}")?;
    }
    for exchange in &failure.exchanges {
        for line in exchange.to_string().lines() {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

struct Words(Counts);

impl std::fmt::Display for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts {
            passed,
            failed,
            known_failing,
            could_not_run,
        } = self.0;
        write!(
            f,
            "{passed} passed, {failed} failed, {known_failing} known failing, {could_not_run} could not run"
        )
    }
}

//! The report as one HTML page without scripts or other files: counts, then every case.
//!
//! What failed stands open with its differences and exchanges; the rest can be unfolded.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::{Counts, Report};
use crate::run::{CaseResult, Failure, Verdict};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}\
table{border-collapse:collapse}td,th{padding:.2rem .8rem;border-bottom:1px solid #ddd;text-align:right}\
td:first-child,th:first-child{text-align:left}details{margin:.3rem 0}summary{cursor:pointer}\
pre{background:#f5f5f5;padding:.6rem;overflow-x:auto;font-size:13px}small{color:#666}\
.passed{color:#176b2c}.failed{color:#b3161b;font-weight:600}.known-failing{color:#8a5a00}.could-not-run{color:#555}";

pub(super) fn render(report: &Report) -> String {
    let mut page = String::new();
    write(report, &mut page).expect("a string takes all writes");
    page
}

fn write(report: &Report, out: &mut String) -> std::fmt::Result {
    let target = escape(&report.target);
    write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <title>pinpoint-conformance: {target}</title><style>{STYLE}</style></head><body>\n\
         <h1>Conformance of {target}</h1>\n\
         <table><tr><th>evidence</th><th>passed</th><th>failed</th><th>known failing</th>\
         <th>could not run</th></tr>\n"
    )?;
    for (level, counts) in report.counts_by_evidence() {
        write_row(out, &level.to_string(), counts)?;
    }
    write_row(out, "all", report.counts())?;
    writeln!(out, "</table>")?;
    for results in report
        .results
        .chunk_by(|left, right| left.case.suite() == right.case.suite())
    {
        writeln!(out, "<h2>{}</h2>", escape(results[0].case.suite()))?;
        for result in results {
            write_case(out, result)?;
        }
    }
    writeln!(out, "</body></html>")
}

fn write_row(out: &mut String, name: &str, counts: Counts) -> std::fmt::Result {
    let Counts {
        passed,
        failed,
        known_failing,
        could_not_run,
    } = counts;
    writeln!(
        out,
        "<tr><td>{name}</td><td>{passed}</td><td>{failed}</td><td>{known_failing}</td>\
         <td>{could_not_run}</td></tr>"
    )
}

fn write_case(out: &mut String, result: &CaseResult) -> std::fmt::Result {
    let case = &result.case;
    let outcome = result.verdict.name();
    let open = if matches!(result.verdict, Verdict::Failed(_)) {
        " open"
    } else {
        ""
    };
    writeln!(
        out,
        "<details{open}><summary><span class=\"{outcome}\">{}</span> {}</summary>\n\
         <p>{}<br><small>{}: {}, read {}</small></p>",
        outcome.replace('-', " "),
        escape(&case.name),
        escape(&case.about),
        case.evidence,
        escape(&case.source),
        case.read
    )?;
    match &result.verdict {
        Verdict::Passed => {}
        Verdict::Failed(failure) => write_failure(out, failure)?,
        Verdict::KnownFailing { reason, failure } => {
            writeln!(out, "<p>{}</p>", escape(reason))?;
            write_failure(out, failure)?;
        }
        Verdict::CouldNotRun { reason } => writeln!(out, "<p>{}</p>", escape(reason))?,
    }
    writeln!(out, "</details>")
}

fn write_failure(out: &mut String, failure: &Failure) -> std::fmt::Result {
    writeln!(out, "<p>at {}</p><ul>", escape(&failure.at))?;
    for difference in &failure.differences {
        writeln!(out, "<li>{}</li>", escape(difference))?;
    }
    writeln!(out, "</ul>")?;
    for exchange in &failure.exchanges {
        writeln!(out, "<pre>{}</pre>", escape(exchange.to_string()))?;
    }
    Ok(())
}

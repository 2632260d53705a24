//! The report as JUnit XML: a test suite per suite, a test case per case.
//!
//! Known failures and cases that could not run are *skipped* with their reason, the only way the
//! format has to say "not a success, not a failure".

use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::Report;
use crate::run::{CaseResult, Verdict};

pub(super) fn render(report: &Report) -> Result<String, SerializeError> {
    let mut junit = quick_junit::Report::new(format!("pinpoint-conformance {}", report.target));
    for results in report
        .results
        .chunk_by(|left, right| left.case.suite() == right.case.suite())
    {
        let mut suite = TestSuite::new(results[0].case.suite());
        suite.add_test_cases(results.iter().map(test_case));
        junit.add_test_suite(suite);
    }
    junit.to_string()
}

fn test_case(result: &CaseResult) -> TestCase {
    let case = &result.case;
    let mut status = match &result.verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::Failed(failure) if failure.is_setup => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
        Verdict::Failed(_) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::KnownFailing { .. } | Verdict::CouldNotRun { .. } => TestCaseStatus::skipped(),
    };
    match &result.verdict {
        Verdict::Passed => {}
        Verdict::Failed(failure) => {
            let exchanges: Vec<String> =
                failure.exchanges.iter().map(ToString::to_string).collect();
            let description = format!(
                "at {}\n{}\n\n{}",
                failure.at,
                failure.differences.join("\n"),
                exchanges.join("\n")
            );
            status
                .set_message(failure.differences.join("; "))
                .set_description(description);
        }
        Verdict::KnownFailing { reason, .. } => {
            status.set_message(format!("known failing: {reason}"));
        }
        Verdict::CouldNotRun { reason } => {
            status.set_message(format!("could not run: {reason}"));
        }
    }
    let mut test_case = TestCase::new(case.name.as_str(), status);
    test_case
        .set_classname(case.suite())
        .set_time(result.duration)
        .add_property(("source", case.source.as_str()))
        .add_property(("read", case.read.as_str()))
        .add_property(("evidence", case.evidence.to_string().as_str()));
    test_case
}

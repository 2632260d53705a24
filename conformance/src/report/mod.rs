//! What a run found out, for people and for machines.
//!
//! [`Report`] holds the judged results and counts them; each format has its module. Called by the
//! binary; printing and files are its business.

mod html;
mod json;
mod junit;
mod terminal;

use std::collections::BTreeMap;

use crate::case::Evidence;
use crate::run::{CaseResult, Verdict};

/// The results of one run.
#[derive(Debug)]
pub struct Report {
    /// Name or URL of the target.
    pub target: String,
    /// Judged cases in order.
    pub results: Vec<CaseResult>,
}

/// How many cases had which outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// As expected.
    pub passed: usize,
    /// Not as expected, or listed as known failing and passed.
    pub failed: usize,
    /// Failed as listed.
    pub known_failing: usize,
    /// The target lacks a feature.
    pub could_not_run: usize,
}

impl Report {
    /// Counts of all cases.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.results)
    }

    /// Counts per evidence level, all levels that occur, strongest first.
    pub fn counts_by_evidence(&self) -> BTreeMap<Evidence, Counts> {
        Evidence::ALL
            .into_iter()
            .map(|level| {
                let of_level = self
                    .results
                    .iter()
                    .filter(|result| result.case.evidence == level);
                (level, Counts::of(of_level))
            })
            .filter(|(_, counts)| *counts != Counts::default())
            .collect()
    }

    /// Whether every case passed or failed as listed; nothing else is a success.
    pub fn is_success(&self) -> bool {
        let counts = self.counts();
        counts.failed == 0 && counts.could_not_run == 0
    }

    /// The report for a terminal or a log.
    pub fn to_text(&self) -> String {
        terminal::render(self)
    }

    /// The report as JUnit XML, for CI systems.
    ///
    /// # Errors
    /// If it cannot be written as XML.
    pub fn to_junit(&self) -> Result<String, quick_junit::SerializeError> {
        junit::render(self)
    }

    /// The report as one HTML page, for whoever was not there.
    pub fn to_html(&self) -> String {
        html::render(self)
    }

    /// The report as JSON, for other programs.
    pub fn to_json(&self) -> String {
        json::render(self)
    }
}

impl Counts {
    fn of<'a>(results: impl IntoIterator<Item = &'a CaseResult>) -> Self {
        let mut counts = Self::default();
        for result in results {
            match result.verdict {
                Verdict::Passed => counts.passed += 1,
                Verdict::Failed(_) => counts.failed += 1,
                Verdict::KnownFailing { .. } => counts.known_failing += 1,
                Verdict::CouldNotRun { .. } => counts.could_not_run += 1,
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::library::Library;
    use crate::run::Failure;

    fn report() -> Report {
        let library = Library::embedded().unwrap();
        let failure = Failure {
            at: "step 1: GET /v1/apps".to_owned(),
            differences: vec!["the status is 500, expected 200".to_owned(), "b".to_owned()],
            ..Failure::default()
        };
        let verdicts = [
            Verdict::Passed,
            Verdict::Failed(failure.clone()),
            Verdict::KnownFailing {
                reason: "not built".to_owned(),
                failure,
            },
            Verdict::CouldNotRun {
                reason: "the target lacks control".to_owned(),
            },
        ];
        let results = library.cases().iter().zip(verdicts);
        Report {
            target: "embedded".to_owned(),
            results: results
                .map(|(case, verdict)| CaseResult {
                    case: case.clone(),
                    verdict,
                    duration: Duration::from_millis(5),
                })
                .collect(),
        }
    }

    #[test]
    fn the_text_names_what_failed_and_ends_with_the_counts() {
        let report = report();
        let text = report.to_text();
        assert!(
            text.contains(&format!("FAILED {}", report.results[1].case.name)),
            "{text}"
        );
        assert!(text.contains("the status is 500, expected 200\n"), "{text}");
        assert!(text.contains("not built"), "{text}");
        assert!(text.contains("the target lacks control"), "{text}");
        let end = "4 cases: 1 passed, 1 failed, 1 known failing, 1 could not run\n";
        assert!(text.ends_with(end), "{text}");
    }

    #[test]
    fn junit_has_one_test_per_case() {
        let report = report();
        let xml = report.to_junit().unwrap();
        assert!(xml.contains(r#"tests="4""#), "{xml}");
        assert!(xml.contains(r#"failures="1""#), "{xml}");
        assert_eq!(xml.matches("<skipped").count(), 2, "{xml}");
    }

    #[test]
    fn json_has_counts_and_differences() {
        let report = report();
        let value: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!(value["counts"]["known-failing"], 1);
        assert_eq!(value["cases"][1]["outcome"], "failed");
        assert_eq!(value["cases"][1]["differences"][1], "b");
        assert_eq!(value["cases"][0]["differences"], serde_json::Value::Null);
    }

    #[test]
    fn html_has_every_case_and_escapes_what_was_exchanged() {
        let mut report = report();
        let Verdict::Failed(failure) = &mut report.results[1].verdict else {
            panic!("the second case failed");
        };
        failure.differences.push("<b>&".to_owned());
        let page = report.to_html();
        assert_eq!(page.matches("<details").count(), 4, "{page}");
        assert_eq!(page.matches("<details open>").count(), 1, "{page}");
        assert!(page.contains("<li>&lt;b&gt;&amp;</li>"), "{page}");
    }

    #[test]
    fn only_passes_and_known_failures_are_a_success() {
        let mut report = report();
        assert!(!report.is_success());
        report.results.remove(3);
        assert!(!report.is_success());
        report.results.remove(1);
        assert!(report.is_success());
    }
}

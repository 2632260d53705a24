//! The report as one JSON document: target, counts, and every case with its outcome.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Counts, Report};
use crate::case::Evidence;
use crate::run::{CaseResult, Verdict};

#[derive(Serialize)]
struct Document<'a> {
    target: &'a str,
    counts: Counts,
    #[serde(rename = "counts-by-evidence")]
    counts_by_evidence: BTreeMap<String, Counts>,
    cases: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Entry<'a> {
    name: &'a str,
    about: &'a str,
    source: &'a str,
    read: &'a str,
    evidence: Evidence,
    outcome: &'static str,
    duration_ms: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exchanges: Option<Vec<String>>,
}

pub(super) fn render(report: &Report) -> String {
    let by_evidence = report.counts_by_evidence().into_iter();
    let document = Document {
        target: &report.target,
        counts: report.counts(),
        counts_by_evidence: by_evidence
            .map(|(level, counts)| (level.to_string(), counts))
            .collect(),
        cases: report.results.iter().map(entry).collect(),
    };
    serde_json::to_string_pretty(&document).expect("the document has string keys only")
}

fn entry(result: &CaseResult) -> Entry<'_> {
    let case = &result.case;
    let (reason, failure) = match &result.verdict {
        Verdict::Passed => (None, None),
        Verdict::Failed(failure) => (None, Some(failure)),
        Verdict::KnownFailing { reason, failure } => (Some(reason), Some(failure)),
        Verdict::CouldNotRun { reason } => (Some(reason), None),
    };
    Entry {
        name: &case.name,
        about: &case.about,
        source: &case.source,
        read: &case.read,
        evidence: case.evidence,
        outcome: result.verdict.name(),
        duration_ms: result.duration.as_millis(),
        reason: reason.map(String::as_str),
        at: failure.map(|failure| failure.at.as_str()),
        differences: failure.map(|failure| failure.differences.as_slice()),
        exchanges: failure
            .map(|failure| failure.exchanges.iter().map(ToString::to_string).collect()),
    }
}

//! The list of cases that a target is known to fail, with the reason for each.
//!
//! One file per target in `known-failing/`. A line is a case's name, blanks and the reason; `#`
//! begins a comment. The list must stay true: a listed case that passes is a failure, and one that
//! does not exist is an error. Applied by [`run`](mod@crate::run).

use std::collections::BTreeMap;

use crate::library::Library;
use crate::run::{CaseResult, Failure, Verdict};

/// The lists of this crate: target and text.
const EMBEDDED: &[(&str, &str)] = &[
    ("embedded", include_str!("../known-failing/embedded.txt")),
    ("url", include_str!("../known-failing/url.txt")),
];

/// Names of cases that are known to fail, each with the reason.
#[derive(Debug, Clone, Default)]
pub struct KnownFailing {
    reasons: BTreeMap<String, String>,
}

/// A list that is not true to the library.
#[derive(Debug, thiserror::Error)]
#[error("known-failing/{target}.txt:{line}: {reason}")]
pub struct KnownFailingError {
    target: String,
    line: usize,
    reason: String,
}

impl KnownFailing {
    /// The list of this crate for a target; empty if there is none.
    ///
    /// # Errors
    /// A list that is not true to the library.
    pub fn of_target(target: &str, library: &Library) -> Result<Self, KnownFailingError> {
        match EMBEDDED.iter().find(|(name, _)| *name == target) {
            Some((_, text)) => Self::parse(target, text, library),
            None => Ok(Self::default()),
        }
    }

    /// Reads a list.
    ///
    /// # Errors
    /// A line without a reason, a name twice, or a name that the library lacks.
    pub fn parse(target: &str, text: &str, library: &Library) -> Result<Self, KnownFailingError> {
        let mut reasons = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line_error = |reason: String| KnownFailingError {
                target: target.to_owned(),
                line: index + 1,
                reason,
            };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, reason) = line
                .split_once(char::is_whitespace)
                .ok_or_else(|| line_error(format!("`{line}` has no reason")))?;
            if library.find(name).is_none() {
                return Err(line_error(format!("no case is called `{name}`")));
            }
            if reasons
                .insert(name.to_owned(), reason.trim().to_owned())
                .is_some()
            {
                return Err(line_error(format!("`{name}` is listed twice")));
            }
        }
        Ok(Self { reasons })
    }

    /// Excuses a failure that is listed, and turns a listed pass into a failure.
    pub(crate) fn judge(&self, mut result: CaseResult) -> CaseResult {
        let Some(reason) = self.reasons.get(&result.case.name) else {
            return result;
        };
        result.verdict = match result.verdict {
            Verdict::Passed => Verdict::Failed(Failure {
                at: "the list of known failures".to_owned(),
                differences: vec![format!(
                    "the case passed, but it is listed as known failing: {reason}"
                )],
                ..Failure::default()
            }),
            Verdict::Failed(failure) if !failure.is_setup => Verdict::KnownFailing {
                reason: reason.clone(),
                failure,
            },
            other => other,
        };
        result
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn judged(verdict: Verdict) -> Verdict {
        let library = Library::embedded().unwrap();
        let case = library.cases()[0].clone();
        let list = format!("# why\n\n{}  not built\n", case.name);
        let known = KnownFailing::parse("embedded", &list, &library).unwrap();
        let duration = Duration::ZERO;
        known
            .judge(CaseResult {
                case,
                verdict,
                duration,
            })
            .verdict
    }

    #[test]
    fn only_a_failed_check_is_excused() {
        let failed = |is_setup| {
            Verdict::Failed(Failure {
                is_setup,
                ..Failure::default()
            })
        };
        assert!(matches!(
            judged(failed(false)),
            Verdict::KnownFailing { .. }
        ));
        assert!(matches!(judged(failed(true)), Verdict::Failed(_)));
        assert!(matches!(judged(Verdict::Passed), Verdict::Failed(_)));
        let reason = String::new();
        assert!(matches!(
            judged(Verdict::CouldNotRun { reason }),
            Verdict::CouldNotRun { .. }
        ));
    }

    #[test]
    fn a_list_must_be_true_to_the_library() {
        let library = Library::embedded().unwrap();
        let name = &library.cases()[0].name;
        for (list, complaint) in [
            (format!("{name}\n"), "has no reason"),
            (format!("{name} a\n{name} b\n"), "listed twice"),
            ("nobody/knows it\n".to_owned(), "no case is called"),
        ] {
            let error = KnownFailing::parse("url", &list, &library)
                .unwrap_err()
                .to_string();
            assert!(error.contains(complaint), "{error}");
        }
    }

    #[test]
    fn the_lists_of_this_crate_are_true() {
        let library = Library::embedded().unwrap();
        for (target, _) in EMBEDDED {
            KnownFailing::of_target(target, &library).unwrap();
        }
    }
}

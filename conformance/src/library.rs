//! The library of cases: reads the suite files, refuses what is wrong with them, selects.
//!
//! The files of `cases/` are compiled in, so that the binary works from anywhere; `--cases DIR`
//! reads others. Everything that can be wrong with a case on its own (no source, a name twice, a
//! placeholder that nothing binds) is refused here, before anything is sent.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use toml::Spanned;

use crate::case::{DataCase, Evidence, Feature, RequestBody, Step, Suite, Texts};
use crate::client_cases;
use crate::pattern;
use crate::run::Program;

/// The suite files of this crate: stem and text.
const EMBEDDED: &[(&str, &str)] = &[
    ("apps", include_str!("../cases/apps.toml")),
    ("attributes", include_str!("../cases/attributes.toml")),
    ("channels", include_str!("../cases/channels.toml")),
    (
        "endpoint-limits",
        include_str!("../cases/endpoint-limits.toml"),
    ),
    ("endpoints", include_str!("../cases/endpoints.toml")),
    ("event-stream", include_str!("../cases/event-stream.toml")),
    ("events", include_str!("../cases/events.toml")),
    ("export-jobs", include_str!("../cases/export-jobs.toml")),
    ("file-format", include_str!("../cases/file-format.toml")),
    ("guide", include_str!("../cases/guide.toml")),
    ("import-jobs", include_str!("../cases/import-jobs.toml")),
    ("operations", include_str!("../cases/operations.toml")),
    ("phone-numbers", include_str!("../cases/phone-numbers.toml")),
    ("population", include_str!("../cases/population.toml")),
    ("protocol", include_str!("../cases/protocol.toml")),
    ("quotas", include_str!("../cases/quotas.toml")),
    ("s3-attributes", include_str!("../cases/s3-attributes.toml")),
    ("s3-buckets", include_str!("../cases/s3-buckets.toml")),
    ("s3-conditions", include_str!("../cases/s3-conditions.toml")),
    ("s3-errors", include_str!("../cases/s3-errors.toml")),
    ("s3-listing", include_str!("../cases/s3-listing.toml")),
    ("s3-multipart", include_str!("../cases/s3-multipart.toml")),
    ("s3-objects", include_str!("../cases/s3-objects.toml")),
    ("s3-tagging", include_str!("../cases/s3-tagging.toml")),
    ("s3-versioning", include_str!("../cases/s3-versioning.toml")),
    (
        "segment-evaluation",
        include_str!("../cases/segment-evaluation.toml"),
    ),
    ("segments", include_str!("../cases/segments.toml")),
    ("settings", include_str!("../cases/settings.toml")),
    ("signatures", include_str!("../cases/signatures.toml")),
    ("tags", include_str!("../cases/tags.toml")),
    ("users", include_str!("../cases/users.toml")),
    ("validation", include_str!("../cases/validation.toml")),
];

/// Names every case may use without binding them; see [`run`](mod@crate::run).
pub(crate) const GIVEN: &[&str] = &["application", "bucket", "prefix", "host", "region", "role"];

/// One claim about the service, ready to be run.
#[derive(Debug, Clone)]
pub struct Case {
    /// `suite/case-in-kebab-case`.
    pub name: String,
    /// The claim, one sentence.
    pub about: String,
    /// Document, address or recording the claim comes from.
    pub source: String,
    /// Day the source was read, `yyyy-mm-dd`.
    pub read: String,
    /// How strong the source is.
    pub evidence: Evidence,
    /// Why the choice was made, if the evidence is `assumed`.
    pub why: Option<String>,
    /// What the target must be able to do.
    pub features: Vec<Feature>,
    /// How it is checked.
    pub action: Action,
}

/// How a case is checked.
#[derive(Debug, Clone)]
pub enum Action {
    /// By exchanges written down as data.
    Steps(Vec<Step>),
    /// By a function of this crate; only for what drives a library instead of the wire.
    Program(Program),
}

impl Case {
    /// First half of the name.
    pub fn suite(&self) -> &str {
        self.name.split_once('/').map_or("", |(suite, _)| suite)
    }
}

/// All cases, in order of the suites' names and then of the files.
#[derive(Debug, Clone)]
pub struct Library {
    cases: Vec<Case>,
}

/// What is wrong with the library. A user cannot repair it on the command line, an author can.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A folder or file that cannot be read.
    #[error("could not read {path}")]
    Read {
        /// The folder or file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file that is not a suite.
    #[error("cases/{file}.toml is not a suite:\n{source}")]
    Syntax {
        /// Stem of the file.
        file: String,
        /// Line, column and reason.
        source: Box<toml::de::Error>,
    },
    /// A case that breaks a rule of the library.
    #[error("cases/{file}.toml:{line}: {name}: {reason}")]
    Rule {
        /// Stem of the file.
        file: String,
        /// Line of the case's name, from 1.
        line: usize,
        /// Name of the case.
        name: String,
        /// Which rule.
        reason: String,
    },
}

impl Library {
    /// The cases of this crate.
    ///
    /// # Errors
    /// If a suite file of this crate breaks a rule, which a test prevents.
    pub fn embedded() -> Result<Self, LibraryError> {
        Self::from_suites(EMBEDDED.iter().copied(), client_cases::all())
    }

    /// The suite files (`*.toml`) of a folder.
    ///
    /// # Errors
    /// A folder or file that cannot be read, or a suite that breaks a rule.
    pub fn from_dir(dir: &Path) -> Result<Self, LibraryError> {
        let read_error = |path: &Path| {
            let path = path.display().to_string();
            |source| LibraryError::Read { path, source }
        };
        let mut suites = Vec::new();
        for entry in fs::read_dir(dir).map_err(read_error(dir))? {
            let path = entry.map_err(read_error(dir))?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                let stem = path.file_stem().unwrap_or_default();
                let text = fs::read_to_string(&path).map_err(read_error(&path))?;
                suites.push((stem.to_string_lossy().into_owned(), text));
            }
        }
        suites.sort();
        let borrowed = suites
            .iter()
            .map(|(stem, text)| (stem.as_str(), text.as_str()));
        Self::from_suites(borrowed, Vec::new())
    }

    fn from_suites<'a>(
        suites: impl Iterator<Item = (&'a str, &'a str)>,
        programs: Vec<Case>,
    ) -> Result<Self, LibraryError> {
        let mut names = BTreeSet::new();
        let mut cases = Vec::new();
        for (file, text) in suites {
            let suite: Suite = toml::from_str(text).map_err(|source| LibraryError::Syntax {
                file: file.to_owned(),
                source: Box::new(source),
            })?;
            for case in suite.cases {
                let rule_broken = |reason: String| LibraryError::Rule {
                    file: file.to_owned(),
                    line: line_of(text, &case.name),
                    name: case.name.get_ref().clone(),
                    reason,
                };
                if suite.suite != file {
                    return Err(rule_broken(format!(
                        "the file's suite is called `{}`",
                        suite.suite
                    )));
                }
                check_rules(file, &case).map_err(rule_broken)?;
                if !names.insert(case.name.get_ref().clone()) {
                    return Err(rule_broken("the name is taken".to_owned()));
                }
                cases.push(Case::from(case));
            }
        }
        for case in programs {
            assert!(
                names.insert(case.name.clone()),
                "the suites of programs and of data have different names"
            );
            cases.push(case);
        }
        cases.sort_by(|left, right| left.suite().cmp(right.suite()));
        Ok(Self { cases })
    }

    /// All cases in order.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The case of this name.
    pub fn find(&self, name: &str) -> Option<&Case> {
        self.cases.iter().find(|case| case.name == name)
    }

    /// Cases whose name fits the pattern: `*` stands for any text, a word without `/` for a suite.
    pub fn select(&self, pattern: &str) -> Vec<&Case> {
        self.cases
            .iter()
            .filter(|case| fits(pattern, &case.name) || fits(pattern, case.suite()))
            .collect()
    }
}

/// Whether `*` in the pattern can be replaced so that it becomes the name.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, rest)) => name.strip_prefix(before).is_some_and(|after| {
            after
                .char_indices()
                .map(|(at, _)| at)
                .chain([after.len()])
                .any(|at| fits(rest, &after[at..]))
        }),
    }
}

impl From<DataCase> for Case {
    fn from(case: DataCase) -> Self {
        Self {
            name: case.name.into_inner(),
            about: case.about,
            source: case.source,
            read: case.read,
            evidence: case.evidence,
            why: case.why,
            features: case.features,
            action: Action::Steps(case.steps),
        }
    }
}

fn line_of<T>(text: &str, spanned: &Spanned<T>) -> usize {
    text[..spanned.span().start].matches('\n').count() + 1
}

fn check_rules(suite: &str, case: &DataCase) -> Result<(), String> {
    let kebab = |word: &str| {
        !word.is_empty()
            && word.split('-').all(|part| {
                !part.is_empty()
                    && part
                        .chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
            })
    };
    if !case
        .name
        .get_ref()
        .strip_prefix(suite)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(kebab)
    {
        return Err(format!("the name must be `{suite}/case-in-kebab-case`"));
    }
    if case.source.trim().is_empty() {
        return Err("it has no source".to_owned());
    }
    if case.read.parse::<jiff::civil::Date>().is_err() {
        return Err("`read` is the day the source was read, as yyyy-mm-dd".to_owned());
    }
    if (case.evidence == Evidence::Assumed) != case.why.is_some() {
        return Err("`why` belongs to `assumed` evidence, and to no other".to_owned());
    }
    if case.steps.is_empty() {
        return Err("it has no steps".to_owned());
    }
    check_placeholders(&case.steps)
}

/// Every name must be given or bound by an earlier expectation, and every kind must exist.
fn check_placeholders(steps: &[Step]) -> Result<(), String> {
    let mut bound: BTreeSet<String> = GIVEN.iter().map(|&name| name.to_owned()).collect();
    for step in steps {
        let (sent, expected) = texts(step);
        for text in sent {
            if let Some(name) = pattern::names(text).find(|&name| !bound.contains(name)) {
                return Err(format!("nothing is bound to {{{name}}}"));
            }
        }
        for text in expected {
            for (name, kind) in pattern::placeholders(text) {
                match kind {
                    Some(kind) if !pattern::KINDS.contains(&kind) => {
                        return Err(format!("no kind is called `{kind}`"));
                    }
                    Some(_) => {
                        bound.insert(name.to_owned());
                    }
                    None if !bound.contains(name) => {
                        return Err(format!("nothing is bound to {{{name}}}"));
                    }
                    None => {}
                }
            }
        }
        if let Step::Export(_) | Step::Segment(_) = step {
            bound.insert("job".to_owned());
        }
        if let Step::Segment(_) = step {
            bound.insert("segment".to_owned());
        }
    }
    Ok(())
}

/// All texts of a step that are sent, and all that are compared, each in order.
pub(crate) fn texts(step: &Step) -> (Vec<&str>, Vec<&str>) {
    match step {
        Step::Request(request) => {
            let mut sent = vec![request.line.as_str()];
            sent.extend(request.headers.values().map(String::as_str));
            sent.extend(request.wrong.signed_body.as_deref());
            match &request.body {
                Some(RequestBody::Text(text) | RequestBody::Repeat { text, .. }) => sent.push(text),
                Some(RequestBody::Hex(_)) | None => {}
            }
            let expect = &request.expect;
            let mut expected: Vec<&str> = expect.headers.values().map(String::as_str).collect();
            expected.extend(expect.json.as_deref());
            expected.extend(expect.subset.as_deref());
            expected.extend(
                expect
                    .xml
                    .values()
                    .flat_map(Texts::as_slice)
                    .map(String::as_str),
            );
            expected.extend(expect.text.as_deref());
            (sent, expected)
        }
        Step::PutEndpoints(endpoints) => (
            endpoints
                .iter()
                .flat_map(|(id, body)| [id.as_str(), body.as_str()])
                .collect(),
            Vec::new(),
        ),
        Step::Export(prefix) => (vec![prefix], Vec::new()),
        Step::Segment(segment) => (vec![&segment.body], Vec::new()),
        Step::List(list) => (
            vec![&list.prefix],
            list.names.iter().map(String::as_str).collect(),
        ),
        Step::ReadExport(read) => (
            vec![&read.prefix],
            read.lines.iter().flatten().map(String::as_str).collect(),
        ),
        Step::AdvanceMs(_) => (Vec::new(), Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        suite = "s"
        about = "a"
        [[case]]
        name = "s/one"
        about = "a"
        source = "d"
        read = "2026-11-23"
        evidence = "documented"
        [[case.step]]
        request = "GET /v1/apps"
        expect.status = 200
    "#;

    fn load(text: &str) -> Result<Library, LibraryError> {
        Library::from_suites([("s", text)].into_iter(), Vec::new())
    }

    #[test]
    fn rules_name_the_file_and_line() {
        load(GOOD).unwrap();
        for (from, to, complaint) in [
            (r#"source = "d""#, "", "s.toml:5: s/one: it has no source"),
            (r#"source = "d""#, r#"source = " ""#, "it has no source"),
            (r#""2026-11-23""#, r#""yesterday""#, "yyyy-mm-dd"),
            ("documented", "assumed", "`why` belongs to"),
            ("s/one", "s/One", "kebab-case"),
            ("s/one", "t/one", "kebab-case"),
            (r#"suite = "s""#, r#"suite = "t""#, "suite is called `t`"),
            ("/v1/apps", "/v1/apps/{app}", "nothing is bound to {app}"),
            (
                "about = \"a\"\n        source",
                "abuot = \"a\"\n        source",
                "line 6",
            ),
            (
                "expect.status = 200",
                "expect.text = '{a:b}'",
                "no kind is called `b`",
            ),
        ] {
            let error = load(&GOOD.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(complaint), "{from} -> {to}: {error}");
        }
        let twice = format!("{GOOD}{}", &GOOD[GOOD.find("[[case]]").unwrap()..]);
        let error = load(&twice).unwrap_err().to_string();
        assert!(error.contains("the name is taken"), "{error}");
    }

    #[test]
    fn patterns_select_by_suite_and_by_star() {
        for (pattern, name, expected) in [
            ("s/one", "s/one", true),
            ("s/*", "s/one", true),
            ("*one", "s/one", true),
            ("*", "s/one", true),
            ("s/o*e*", "s/one", true),
            ("s", "s/one", false),
            ("s/o*x", "s/one", false),
            ("*é", "aé", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
        assert_eq!(load(GOOD).unwrap().select("s").len(), 1);
    }

    #[test]
    fn the_cases_of_this_crate_keep_the_rules() {
        Library::embedded().unwrap();
    }
}

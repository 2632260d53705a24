//! The shape of a conformance case: what a suite file under `cases/` may contain.
//!
//! Read by [`crate::library`], interpreted by [`run`](mod@crate::run). Every struct refuses unknown members,
//! so that a misspelt word in a case is an error with file and line instead of a check that never
//! runs. `cases/README.md` tells authors what each member means; this module says how it is typed.

use std::fmt;
use std::num::NonZeroU32;

use indexmap::IndexMap;
use serde::Deserialize;
use toml::Spanned;

/// One suite file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Name of the suite, the first half of each of its cases' names; equals the file's stem.
    pub suite: String,
    /// What the cases of the suite have in common, one sentence.
    pub about: String,
    /// The cases, in the order of the file.
    #[serde(rename = "case", default)]
    pub cases: Vec<DataCase>,
}

/// One case of a suite file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataCase {
    /// `suite/case-in-kebab-case`.
    pub name: Spanned<String>,
    /// The claim, one sentence.
    pub about: String,
    /// Document, address or recording the claim comes from.
    #[serde(default)]
    pub source: String,
    /// Day the source was read, `yyyy-mm-dd`.
    #[serde(default)]
    pub read: String,
    /// How strong the source is.
    pub evidence: Evidence,
    /// Why the choice was made; required when `evidence` is `assumed`, refused otherwise.
    pub why: Option<String>,
    /// What the target must be able to do, else the case could not run.
    #[serde(default)]
    pub features: Vec<Feature>,
    /// What is done and what is expected, in order.
    #[serde(rename = "step", default)]
    pub steps: Vec<Step>,
}

/// How strong the source of a case is, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Seen in a captured exchange, a real file or a sample output of the service.
    Recorded,
    /// Written in the service's documentation or API model.
    Documented,
    /// Chosen because nothing is known; `why` gives the reason.
    Assumed,
}

impl Evidence {
    /// All levels, strongest first.
    pub const ALL: [Self; 3] = [Self::Recorded, Self::Documented, Self::Assumed];
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Recorded => "recorded",
            Self::Documented => "documented",
            Self::Assumed => "assumed",
        })
    }
}

/// Something only some targets can do. Cases name what they need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// The control interface under `/_emulator`.
    Control,
    /// The target is an emulator, and the case claims what only an emulator would do.
    Emulator,
    /// Job time stands still until the suite advances it.
    SteppedTime,
    /// Applications can be given synthetic endpoints.
    SeededPopulation,
    /// Signatures are verified, and not only looked at.
    StrictAuth,
    /// AWS's quotas of 2026 are kept, and nobody else's requests count against them.
    Quotas,
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Control => "control",
            Self::Emulator => "emulator",
            Self::SteppedTime => "stepped-time",
            Self::SeededPopulation => "seeded-population",
            Self::StrictAuth => "strict-auth",
            Self::Quotas => "quotas",
        })
    }
}

/// One step of a case. In a file a step is told by the one member that names its kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "StepFields")]
pub enum Step {
    /// `request`: one HTTP exchange, sent as written.
    Request(Box<RequestStep>),
    /// `put-endpoints`: stores endpoints (id → body of UpdateEndpoint), each must be answered 202.
    PutEndpoints(IndexMap<String, String>),
    /// `export`: creates an export job to this prefix and waits for COMPLETED; binds `{job}`.
    Export(String),
    /// `segment`: creates a segment, exports it and looks who is in it.
    Segment(SegmentStep),
    /// `list`: the names of all objects under a prefix.
    List(ListStep),
    /// `read-export`: downloads, unpacks and checks the `.gz` objects under a prefix.
    ReadExport(ReadExportStep),
    /// `advance-ms`: lets the target's clock pass; needs the feature `stepped-time`.
    AdvanceMs(u64),
}

/// One HTTP exchange.
#[derive(Debug, Clone, Default)]
pub struct RequestStep {
    /// `METHOD /raw/path?query`.
    pub line: String,
    /// How it is signed; by default the service follows from the path.
    pub sign: Option<String>,
    /// Access key to sign with instead of the target's own; an emulator takes twelve digits as an
    /// account.
    pub access_key_id: Option<String>,
    /// What is wrong with the signature.
    pub wrong: Wrong,
    /// Headers sent and signed in addition to `host`, `x-amz-date` and what the service needs.
    pub headers: IndexMap<String, String>,
    /// The body.
    pub body: Option<RequestBody>,
    /// Repeat until the reply's `JobStatus` is this one, or one that never changes again.
    pub until: Option<String>,
    /// How often it is sent, once by default; every reply must look like `expect`.
    pub times: Option<NonZeroU32>,
    /// What the last reply must look like.
    pub expect: Expect,
}

/// What is wrong with the signature of a request; nothing by default.
#[derive(Debug, Clone, Default)]
pub struct Wrong {
    /// Secret to sign with instead of the caller's own.
    pub secret_access_key: Option<String>,
    /// A session token that goes with the key.
    pub session_token: Option<String>,
    /// Region to sign for instead of the target's own.
    pub region: Option<String>,
    /// How long ago it was made, by its date.   (seconds, negative for the future)
    pub signed_seconds_ago: i64,
    /// Headers sent and not signed.
    pub unsigned_headers: IndexMap<String, String>,
    /// The body that is signed instead of the one that is sent.
    pub signed_body: Option<String>,
}

/// The body of a request.
#[derive(Debug, Clone)]
pub enum RequestBody {
    /// Text in which placeholders are replaced.
    Text(String),
    /// Bytes in hexadecimal, for what no text can say.
    Hex(String),
    /// One text many times, for large bodies.
    Repeat {
        /// What is repeated.
        text: String,
        /// How often.
        times: usize,
    },
}

/// Names of the objects under a prefix.
#[derive(Debug, Clone)]
pub struct ListStep {
    /// The prefix inside `{bucket}`.
    pub prefix: String,
    /// Patterns of the names after the prefix, in any order; every object must have its pattern.
    pub names: Vec<String>,
}

/// A segment, and who is in it. Binds `{segment}` and `{job}`.
#[derive(Debug, Clone)]
pub struct SegmentStep {
    /// The body of CreateSegment, which must be answered 201.
    pub body: String,
    /// The ids of the endpoints that an export of it holds, in any order.
    pub selects: Vec<String>,
}

/// Contents of the `.gz` objects under a prefix.
#[derive(Debug, Clone)]
pub struct ReadExportStep {
    /// The prefix inside `{bucket}`.
    pub prefix: String,
    /// Patterns of the lines, in any order; every line must have its pattern.
    pub lines: Option<Vec<String>>,
    /// Number of lines in all objects together.
    pub line_count: Option<usize>,
    /// Number of `.gz` objects.
    pub pieces: Option<usize>,
}

/// What a reply must look like; each member given is one check, all of them are made.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Expect {
    /// HTTP status.
    pub status: Option<u16>,
    /// Header name → pattern of its value.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// Names of headers that must be missing.
    #[serde(default)]
    pub absent_headers: Vec<String>,
    /// The whole body as JSON text: members, their order, and no blanks between.
    pub json: Option<String>,
    /// Members the body must have; others may stand beside them, order is free.
    pub subset: Option<String>,
    /// JSON pointers (`/Definition/SegmentId`) that must lead nowhere.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Path of an XML element from the root → its text, or the texts of all such elements in order.
    #[serde(default)]
    pub xml: IndexMap<String, Texts>,
    /// Pattern of the whole body.
    pub text: Option<String>,
    /// The whole body in hexadecimal.
    pub hex: Option<String>,
    /// Length of the body, bytes.
    pub length: Option<usize>,
}

/// One text or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Texts {
    /// Exactly one.
    One(String),
    /// Exactly these, in order; none at all when empty.
    Many(Vec<String>),
}

impl Texts {
    /// The patterns in order.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(text) => std::slice::from_ref(text),
            Self::Many(texts) => texts,
        }
    }
}

/// A step as it stands in a file, before it is known which kind it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct StepFields {
    request: Option<String>,
    sign: Option<String>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    region: Option<String>,
    signed_seconds_ago: Option<i64>,
    unsigned_headers: Option<IndexMap<String, String>>,
    signed_body: Option<String>,
    headers: Option<IndexMap<String, String>>,
    body: Option<String>,
    body_hex: Option<String>,
    body_repeat: Option<BodyRepeat>,
    until: Option<String>,
    times: Option<NonZeroU32>,
    expect: Option<Expect>,
    put_endpoints: Option<IndexMap<String, String>>,
    export: Option<String>,
    segment: Option<String>,
    selects: Option<Vec<String>>,
    list: Option<String>,
    names: Option<Vec<String>>,
    read_export: Option<String>,
    lines: Option<Vec<String>>,
    line_count: Option<usize>,
    pieces: Option<usize>,
    advance_ms: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyRepeat {
    text: String,
    times: usize,
}

/// A step that is of no kind, of two kinds, or has members of another kind.
#[derive(Debug, thiserror::Error)]
enum StepError {
    #[error(
        "a step has exactly one of `request`, `put-endpoints`, `export`, `segment`, `list`, `read-export`, `advance-ms`"
    )]
    Kind,
    #[error("`{member}` belongs to a step of another kind")]
    Foreign { member: &'static str },
    #[error("a request has at most one of `body`, `body-hex`, `body-repeat`")]
    Bodies,
    #[error("`request` is a method, one blank and a path that begins with `/`")]
    RequestLine,
    #[error("a request without any expectation checks nothing")]
    NoExpectation,
    #[error("`list` needs `names`")]
    NoNames,
    #[error("`segment` needs `selects`")]
    NoSelection,
}

impl TryFrom<StepFields> for Step {
    type Error = StepError;

    fn try_from(mut fields: StepFields) -> Result<Self, StepError> {
        let step = match (
            fields.request.take(),
            fields.put_endpoints.take(),
            fields.export.take(),
            fields.segment.take(),
            fields.list.take(),
            fields.read_export.take(),
            fields.advance_ms.take(),
        ) {
            (Some(line), None, None, None, None, None, None) => request_step(line, &mut fields)?,
            (None, Some(endpoints), None, None, None, None, None) => Self::PutEndpoints(endpoints),
            (None, None, Some(prefix), None, None, None, None) => Self::Export(prefix),
            (None, None, None, Some(body), None, None, None) => Self::Segment(SegmentStep {
                body,
                selects: fields.selects.take().ok_or(StepError::NoSelection)?,
            }),
            (None, None, None, None, Some(prefix), None, None) => Self::List(ListStep {
                prefix,
                names: fields.names.take().ok_or(StepError::NoNames)?,
            }),
            (None, None, None, None, None, Some(prefix), None) => {
                Self::ReadExport(ReadExportStep {
                    prefix,
                    lines: fields.lines.take(),
                    line_count: fields.line_count.take(),
                    pieces: fields.pieces.take(),
                })
            }
            (None, None, None, None, None, None, Some(millis)) => Self::AdvanceMs(millis),
            _ => return Err(StepError::Kind),
        };
        match fields.left_over() {
            Some(member) => Err(StepError::Foreign { member }),
            None => Ok(step),
        }
    }
}

fn request_step(line: String, fields: &mut StepFields) -> Result<Step, StepError> {
    if !line
        .split_once(' ')
        .is_some_and(|(_, path)| path.starts_with('/'))
    {
        return Err(StepError::RequestLine);
    }
    let body = match (
        fields.body.take(),
        fields.body_hex.take(),
        fields.body_repeat.take(),
    ) {
        (None, None, None) => None,
        (Some(text), None, None) => Some(RequestBody::Text(text)),
        (None, Some(hex), None) => Some(RequestBody::Hex(hex)),
        (None, None, Some(BodyRepeat { text, times })) => Some(RequestBody::Repeat { text, times }),
        _ => return Err(StepError::Bodies),
    };
    Ok(Step::Request(Box::new(RequestStep {
        line,
        sign: fields.sign.take(),
        access_key_id: fields.access_key_id.take(),
        wrong: Wrong {
            secret_access_key: fields.secret_access_key.take(),
            session_token: fields.session_token.take(),
            region: fields.region.take(),
            signed_seconds_ago: fields.signed_seconds_ago.take().unwrap_or_default(),
            unsigned_headers: fields.unsigned_headers.take().unwrap_or_default(),
            signed_body: fields.signed_body.take(),
        },
        headers: fields.headers.take().unwrap_or_default(),
        body,
        until: fields.until.take(),
        times: fields.times.take(),
        expect: fields.expect.take().ok_or(StepError::NoExpectation)?,
    })))
}

impl StepFields {
    /// The first member that the step's kind did not take.
    fn left_over(&self) -> Option<&'static str> {
        [
            (self.sign.is_some(), "sign"),
            (self.access_key_id.is_some(), "access-key-id"),
            (self.secret_access_key.is_some(), "secret-access-key"),
            (self.session_token.is_some(), "session-token"),
            (self.region.is_some(), "region"),
            (self.signed_seconds_ago.is_some(), "signed-seconds-ago"),
            (self.unsigned_headers.is_some(), "unsigned-headers"),
            (self.signed_body.is_some(), "signed-body"),
            (self.headers.is_some(), "headers"),
            (self.body.is_some(), "body"),
            (self.body_hex.is_some(), "body-hex"),
            (self.body_repeat.is_some(), "body-repeat"),
            (self.until.is_some(), "until"),
            (self.times.is_some(), "times"),
            (self.expect.is_some(), "expect"),
            (self.selects.is_some(), "selects"),
            (self.names.is_some(), "names"),
            (self.lines.is_some(), "lines"),
            (self.line_count.is_some(), "line-count"),
            (self.pieces.is_some(), "pieces"),
        ]
        .into_iter()
        .find_map(|(given, member)| given.then_some(member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(step: &str) -> Result<Step, String> {
        toml::from_str(step).map_err(|error| error.to_string())
    }

    #[test]
    fn a_step_is_of_one_kind_and_has_only_its_members() {
        for (step, complaint) in [
            ("advance-ms = 1\nexport = 'p/'", "exactly one of"),
            ("status = 200", "unknown field `status`"),
            ("list = 'p/'", "needs `names`"),
            (
                "list = 'p/'\nnames = []\nsign = 'none'",
                "`sign` belongs to",
            ),
            (
                "request = 'GET'\nexpect.status = 200",
                "path that begins with",
            ),
            ("request = 'GET /'", "checks nothing"),
            (
                "request = 'GET /'\nexpect.sttus = 200",
                "unknown field `sttus`",
            ),
            (
                "request = 'GET /'\ntimes = 0\nexpect.status = 200",
                "nonzero",
            ),
            ("export = 'p/'\ntimes = 2", "`times` belongs to"),
            (
                "request = 'GET /'\nbody = ''\nbody-hex = ''\nexpect = {}",
                "at most one",
            ),
        ] {
            let error = parse(step).unwrap_err();
            assert!(error.contains(complaint), "{step}: {error}");
        }
        assert!(matches!(
            parse("request = 'GET /a b'\nexpect.xml = { 'A/B' = ['x'] }"),
            Ok(Step::Request(_))
        ));
    }
}

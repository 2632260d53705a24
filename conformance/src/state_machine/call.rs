//! What a reference model wants sent, and the answer it predicts.
//!
//! Made by the models in [`reference`](super::reference), played by the [`Subject`](super::subject::Subject).
//! Texts hold the placeholders of [`pattern`](crate::pattern): what a model cannot know, an id for
//! instance, is bound where it is first seen and has to stay equal from then on.

use std::fmt;

/// One thing to do to the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    /// Send a request and compare the answer.
    Request(RequestCall),
    /// Advance the clock by so many milliseconds.
    Advance(u64),
    /// Run an export job to its end, read its files and compare all lines.
    Export(ExportCall),
    /// Read what an export job that completed has written.
    ReadFiles(FilesCall),
    /// Delete all objects of the bucket, then the bucket.
    RemoveBucket,
}

/// One request with the answer that is predicted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestCall {
    /// The operation of the API, or what is asked of S3.
    pub operation: &'static str,
    /// `METHOD /raw/path?query`.
    pub line: String,
    /// The body, possibly empty.
    pub body: String,
    /// What must come back.
    pub answer: Answer,
}

/// A predicted answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// This status, whatever the body.
    Status(u16),
    /// 202 and the message `Accepted`.
    Accepted,
    /// This status and exactly this body, order of members included.
    Json(u16, String),
    /// This status and a list of these items, in any order.
    Items(u16, Vec<String>),
    /// A job, as far as it can be told.
    Job(JobAnswer),
    /// 400, with this message where the facts have one.
    BadRequest(Option<String>),
    /// 404, with this message where the facts have one.
    NotFound(Option<&'static str>),
}

/// A job whose status cannot be told to the millisecond, because something broke under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobAnswer {
    /// Name that keeps the status seen last.
    pub name: String,
    /// Whether it must have ended by now.
    pub ended: bool,
    /// Whether it may have succeeded.
    pub may_complete: bool,
}

/// An export whose lines are all predicted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExportCall {
    /// Members of the request besides prefix and role, `"SegmentId":"{segment-0}"` for instance.
    pub members: String,
    /// Folder under the prefix of the run, one for each export.
    pub folder: String,
    /// The lines, in any order.
    pub lines: Vec<String>,
}

/// Files of a job whose lines are all predicted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FilesCall {
    /// Where they lie, slash included.
    pub folder: String,
    /// The lines, in any order.
    pub lines: Vec<String>,
}

/// Time in which any job of an export ends: five states of 100 ms and some to spare.   (ms)
pub(crate) const EXPORT_MS: u64 = 1000;

impl Call {
    /// A request to Pinpoint.
    pub(crate) fn request(
        operation: &'static str,
        line: impl Into<String>,
        body: impl Into<String>,
        answer: Answer,
    ) -> Self {
        Self::Request(RequestCall {
            operation,
            line: line.into(),
            body: body.into(),
            answer,
        })
    }

    /// The operation of the API that the target must have written for this call.
    pub(crate) fn operation(&self) -> Option<&'static str> {
        match self {
            Self::Request(call) => Some(call.operation).filter(|name| *name != S3),
            Self::Export(_) => Some("CreateExportJob"),
            Self::Advance(_) | Self::ReadFiles(_) | Self::RemoveBucket => None,
        }
    }
}

/// Stands for an operation that is S3's.
pub(crate) const S3: &str = "S3";

/// Longest body that is shown of a request; those that aim at limits are longer than any screen.
const SHOWN_BYTES_MAX: usize = 600;

impl fmt::Display for Call {
    /// As somebody would type it, placeholders included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(call) if call.body.is_empty() => f.write_str(&call.line),
            Self::Request(call) => write!(f, "{} {}", call.line, shown(&call.body)),
            Self::Advance(millis) => write!(f, "advance the clock by {millis} ms"),
            Self::Export(call) => write!(
                f,
                "export {}to {}, {} lines expected",
                call.members,
                call.folder,
                call.lines.len()
            ),
            Self::ReadFiles(call) => write!(
                f,
                "read the files under {}, {} lines expected",
                call.folder,
                call.lines.len()
            ),
            Self::RemoveBucket => f.write_str("remove the bucket with all its objects"),
        }
    }
}

fn shown(body: &str) -> String {
    if body.len() <= SHOWN_BYTES_MAX {
        return body.to_owned();
    }
    let start: String = body.chars().take(SHOWN_BYTES_MAX).collect();
    format!("{start} … ({} bytes)", body.len())
}

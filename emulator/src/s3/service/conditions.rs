//! `If-Match` and its like, for reading an object or the source of a copy, and as requests to write
//! bring them. Those are judged by the store, when it commits.

use http::{HeaderMap, HeaderValue};
use s3s::dto::{ETag, ETagCondition, Timestamp};
use s3s::{S3Error, S3Result};

use super::dates;
use super::refusals::{detail, error, not_implemented};
use crate::domain::s3_conditions::WriteCondition;
use crate::facts::s3_errors;
use crate::s3::object_store::ObjectInfo;

/// What a request asks of the object it is about to read.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    pub(super) matching: Option<ETagCondition>,
    pub(super) none_matching: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

impl Conditions {
    /// For a read: 412 if the object is not the wanted one, 304 if the reader has it already.
    pub(super) fn check_read(&self, info: &ObjectInfo) -> S3Result<()> {
        self.check(info, || not_modified(info))
    }

    /// For the source of a copy: 412 in both cases.
    pub(super) fn check_copy(&self, info: &ObjectInfo) -> S3Result<()> {
        self.check(info, || error("PreconditionFailed"))
    }

    /// A date counts only where no `ETag` decides (RFC 9110, 13.2.2).
    fn check(&self, info: &ObjectInfo, already_there: impl Fn() -> S3Error) -> S3Result<()> {
        let modified = dates::shown(info.attributes.last_modified);
        let is_wanted = match (&self.matching, &self.unmodified_since) {
            (Some(condition), _) => holds(condition, info),
            (None, Some(date)) => modified <= *date,
            (None, None) => true,
        };
        if !is_wanted {
            return Err(error("PreconditionFailed"));
        }
        let is_new = match (&self.none_matching, &self.modified_since) {
            (Some(condition), _) => !holds(condition, info),
            (None, Some(date)) => modified > *date,
            (None, None) => true,
        };
        if is_new { Ok(()) } else { Err(already_there()) }
    }
}

/// The condition of `PutObject`, `CopyObject` and `CompleteMultipartUpload`: an `ETag` in `If-Match`
/// or `*` in `If-None-Match`, not both.
///
/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`TestS3ObjectWritePrecondition`, 2026-02-21);
/// recorded; case: s3-conditions/values-that-s3-does-not-take
pub(super) fn of_write(
    matching: Option<ETagCondition>,
    none_matching: Option<ETagCondition>,
) -> S3Result<WriteCondition> {
    match (matching, none_matching) {
        (None, None) => Ok(WriteCondition::Always),
        (Some(ETagCondition::ETag(etag)), None) => Ok(WriteCondition::IfMatch(compared(etag))),
        (None, Some(ETagCondition::Any)) => Ok(WriteCondition::IfAbsent),
        (Some(_), Some(_)) => Err(not_taken(
            "If-Match,If-None-Match",
            s3_errors::CONDITIONS_BOTH,
        )),
        (Some(_), None) => Err(not_taken(
            "If-Match",
            &s3_errors::condition_value("If-Match"),
        )),
        (None, Some(_)) => Err(not_taken(
            "If-None-Match",
            &s3_errors::condition_value("If-None-Match"),
        )),
    }
}

/// What an `ETag` is compared by. A weak one matches nothing, and so keeps its mark, which no object's has.
///
/// # Source
/// RFC 9110, 13.1.1; that S3 keeps to it: assumed; case: s3-conditions/a-weak-etag-matches-nothing
fn compared(etag: ETag) -> String {
    match etag {
        ETag::Strong(value) => value,
        ETag::Weak(value) => format!("W/{value}"),
    }
}

/// A condition in the header of this name.
pub(super) fn by_header(headers: &HeaderMap, name: &str) -> S3Result<Option<ETagCondition>> {
    let value = headers.get(name).map(HeaderValue::as_bytes);
    let condition = value.map(ETagCondition::parse_http_header).transpose();
    condition.map_err(|_| error("InvalidArgument"))
}

/// The condition of a deletion: an `ETag` or `*`.
///
/// # Source
/// User Guide, How to perform conditional deletes; documented; case: s3-conditions/delete-if-match
pub(super) fn of_delete(matching: Option<ETagCondition>) -> WriteCondition {
    match matching {
        None => WriteCondition::Always,
        Some(ETagCondition::ETag(etag)) => WriteCondition::IfMatch(compared(etag)),
        Some(ETagCondition::Any) => WriteCondition::IfThere,
    }
}

/// For operations that know no conditions: none is dropped in silence.
pub(super) fn refuse_any(headers: &HeaderMap) -> S3Result<()> {
    for name in ["if-match", "if-none-match"] {
        if headers.contains_key(name) {
            return Err(not_implemented(&format!("The header {name} on a bucket")));
        }
    }
    Ok(())
}

fn not_taken(header: &str, why: &str) -> S3Error {
    let mut refusal = error("NotImplemented");
    detail(&mut refusal, "Header", header);
    detail(&mut refusal, "additionalMessage", why);
    refusal
}

fn holds(condition: &ETagCondition, info: &ObjectInfo) -> bool {
    condition
        .as_etag()
        .is_none_or(|etag| etag.value() == info.etag)
}

fn not_modified(info: &ObjectInfo) -> S3Error {
    let mut answer = error("NotModified");
    let mut headers = HeaderMap::new();
    let date = dates::http(info.attributes.last_modified);
    for (name, value) in [
        (http::header::ETAG, format!("\"{}\"", info.etag)),
        (http::header::LAST_MODIFIED, date),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    answer.set_headers(headers);
    answer
}

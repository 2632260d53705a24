//! `If-Match` and its like, for reading an object or the source of a copy.
//!
//! Conditions on writes are not here.

use http::{HeaderMap, HeaderValue};
use s3s::dto::{ETagCondition, Timestamp};
use s3s::{S3Error, S3Result};

use super::dates;
use super::refusals::error;
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

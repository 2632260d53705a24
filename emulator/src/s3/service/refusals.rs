//! From an error of the store, or a code of S3, to an answer of `s3s`.

use std::borrow::Cow;

use http::header::{ALLOW, LAST_MODIFIED};
use http::{HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use s3s::{S3Error, S3ErrorCode};

use super::dates;
use crate::domain::s3_version::VersionId;
use crate::facts::s3_errors;
use crate::s3::answer::ERROR_DETAIL;
use crate::s3::object_store::ObjectStoreError;

/// The error of this code with S3's own text.
pub(super) fn error(code: &'static str) -> S3Error {
    error_with(code, s3_errors::answer(code).message)
}

/// The error of this code with another text.
pub(super) fn error_with(code: &'static str, message: impl Into<Cow<'static, str>>) -> S3Error {
    let name = S3ErrorCode::from_bytes(code.as_bytes())
        .unwrap_or_else(|| S3ErrorCode::Custom(code.into()));
    let mut error = S3Error::with_message(name, message);
    let status = s3_errors::find(code).and_then(|known| StatusCode::from_u16(known.status).ok());
    error.set_status_code(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    error
}

/// Says what is not done here.
pub(super) fn not_implemented(what: &str) -> S3Error {
    error_with("NotImplemented", s3_errors::not_implemented(what))
}

/// What S3 answers when the store says no.
pub(super) fn of_store(refusal: ObjectStoreError) -> S3Error {
    match refusal {
        ObjectStoreError::NoSuchBucket => error("NoSuchBucket"),
        ObjectStoreError::NoSuchKey => error("NoSuchKey"),
        ObjectStoreError::NoSuchVersion => error("NoSuchVersion"),
        ObjectStoreError::InvalidVersion { version } => invalid_argument(
            "versionId",
            &version.to_string(),
            s3_errors::VERSION_ID_INVALID,
        ),
        ObjectStoreError::DeleteMarker {
            version,
            last_modified,
            is_named,
        } => delete_marker(&version, last_modified, is_named),
        ObjectStoreError::PreconditionFailed { header } => {
            let mut refusal = error("PreconditionFailed");
            detail(&mut refusal, "Condition", header);
            refusal
        }
        ObjectStoreError::NoSuchUpload => error("NoSuchUpload"),
        ObjectStoreError::BucketAlreadyExists => error("BucketAlreadyExists"),
        ObjectStoreError::BucketAlreadyOwnedByYou => error("BucketAlreadyOwnedByYou"),
        ObjectStoreError::BucketNotEmpty => error("BucketNotEmpty"),
        ObjectStoreError::InvalidPart { part_number, etag } => {
            let mut refusal = error("InvalidPart");
            detail(&mut refusal, "PartNumber", &part_number.to_string());
            detail(&mut refusal, "ETag", &etag);
            refusal
        }
        ObjectStoreError::InvalidPartOrder => error("InvalidPartOrder"),
        ObjectStoreError::EntityTooSmall { .. } => error("EntityTooSmall"),
        ObjectStoreError::UnexpectedObject { .. } => error("BadDigest"),
        ObjectStoreError::KeyTooLong { .. } => error("KeyTooLongError"),
        ObjectStoreError::Internal(source) => {
            let mut answer = error("InternalError");
            answer.set_source(source);
            answer
        }
    }
}

/// A value that S3 does not take, named as its answer names it.
pub(super) fn invalid_argument(name: &str, value: &str, message: &'static str) -> S3Error {
    let mut refusal = error_with("InvalidArgument", message);
    detail(&mut refusal, "ArgumentName", name);
    detail(&mut refusal, "ArgumentValue", value);
    refusal
}

/// Adds an element to the error's XML.
pub(super) fn detail(refusal: &mut S3Error, name: &str, text: &str) {
    let mut headers = refusal.headers().cloned().unwrap_or_default();
    if let Ok(value) = HeaderValue::from_str(&format!("{name}={}", hex::encode(text))) {
        headers.append(ERROR_DETAIL, value);
    }
    refusal.set_headers(headers);
}

fn header(refusal: &mut S3Error, name: HeaderName, value: &str) {
    let mut headers = refusal.headers().cloned().unwrap_or_default();
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
    refusal.set_headers(headers);
}

/// A read of a deleted object: it is not there, but the answer says why.
///
/// # Source
/// User Guide, Working with delete markers; API reference, `GetObject`, `HeadObject`; documented;
/// case: s3-versioning/a-delete-marker-hides-the-object
fn delete_marker(version: &VersionId, last_modified: Timestamp, is_named: bool) -> S3Error {
    if is_named {
        return delete_marker_named(version, last_modified);
    }
    let mut refusal = error("NoSuchKey");
    header(&mut refusal, DELETE_MARKER, "true");
    header(&mut refusal, VERSION_ID, &version.to_string());
    refusal
}

/// Something that only an object has was asked of a delete marker.
///
/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_delete_object_versioned`, 2026-02-23); headers:
/// API reference, `GetObject`, `HeadObject`; recorded;
/// case: s3-versioning/a-delete-marker-cannot-be-read
pub(super) fn delete_marker_named(version: &VersionId, last_modified: Timestamp) -> S3Error {
    let mut refusal = error("MethodNotAllowed");
    header(&mut refusal, DELETE_MARKER, "true");
    header(&mut refusal, VERSION_ID, &version.to_string());
    header(&mut refusal, ALLOW, "DELETE");
    header(&mut refusal, LAST_MODIFIED, &dates::http(last_modified));
    detail(&mut refusal, "ResourceType", "DeleteMarker");
    refusal
}

const DELETE_MARKER: HeaderName = HeaderName::from_static("x-amz-delete-marker");
const VERSION_ID: HeaderName = HeaderName::from_static("x-amz-version-id");

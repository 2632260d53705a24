//! From an error of the store, or a code of S3, to an answer of `s3s`.

use std::borrow::Cow;

use http::StatusCode;
use s3s::{S3Error, S3ErrorCode};

use crate::facts::s3_errors;
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
        ObjectStoreError::NoSuchUpload => error("NoSuchUpload"),
        ObjectStoreError::BucketAlreadyExists => error("BucketAlreadyExists"),
        ObjectStoreError::BucketAlreadyOwnedByYou => error("BucketAlreadyOwnedByYou"),
        ObjectStoreError::BucketNotEmpty => error("BucketNotEmpty"),
        ObjectStoreError::InvalidPart { .. } => error("InvalidPart"),
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

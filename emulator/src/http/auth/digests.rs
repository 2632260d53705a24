//! The digests of a body that headers give beside S3's checksums: Content-MD5 and the payload's
//! hash.
//!
//! Read by `body`, which verifies them, and by `sigv4`, which wants to see that one is there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;

use crate::facts::answer::ErrorAnswer;
use crate::facts::auth as facts;
use crate::facts::s3_errors;

/// Reads `Content-MD5`.
pub(super) fn content_md5(headers: &HeaderMap) -> Result<Option<Vec<u8>>, ErrorAnswer> {
    let Some(value) = headers.get("content-md5") else {
        return Ok(None);
    };
    let value = BASE64
        .decode(value.as_bytes())
        .ok()
        .filter(|value| value.len() == 16);
    value
        .map(Some)
        .ok_or_else(|| s3_errors::answer("InvalidDigest"))
}

/// What `x-amz-content-sha256` says about the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PayloadHash {
    /// `UNSIGNED-PAYLOAD`
    Unsigned,
    /// The hash of the body.
    Sha256(Vec<u8>),
    /// One of the `STREAMING-…` words: the body is `aws-chunked`.
    Streaming(Streaming),
}

/// How the chunks of an `aws-chunked` body are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Streaming {
    /// Not at all.
    Unsigned,
    /// Each by version 4.
    Signed,
    /// Each by version 4, and the trailers as well.
    SignedWithTrailer,
    /// By version 4A.
    Asymmetric,
}

impl PayloadHash {
    /// Reads the header by S3's rules.
    pub(super) fn in_headers(headers: &HeaderMap) -> Result<Option<Self>, ErrorAnswer> {
        let Some(value) = headers.get("x-amz-content-sha256") else {
            return Ok(None);
        };
        let streaming = |kind| Ok(Some(Self::Streaming(kind)));
        match value.as_bytes() {
            b"UNSIGNED-PAYLOAD" => Ok(Some(Self::Unsigned)),
            b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" => streaming(Streaming::Unsigned),
            b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => streaming(Streaming::Signed),
            b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => {
                streaming(Streaming::SignedWithTrailer)
            }
            b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
            | b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER" => {
                streaming(Streaming::Asymmetric)
            }
            other => match hex::decode(other) {
                Ok(hash) if hash.len() == 32 => Ok(Some(Self::Sha256(hash))),
                _ => Err(facts::PAYLOAD_HASH_INVALID),
            },
        }
    }
}

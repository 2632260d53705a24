//! Form of Signature Version 2, which only S3 ever took: header, presigned URL and POST form.
//!
//! Called by `identify` and `post_form`. AWS CLI and boto3 still presign with it on custom
//! endpoints. Whether a signature is the right one is judged by `verify`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use jiff::Timestamp;

use super::{Now, date, query};
use crate::facts::answer::ErrorAnswer;
use crate::facts::auth as facts;

/// What a well-formed signature says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) access_key_id: String,
    /// In base64, as it is made.
    pub(super) signature: String,
    pub(super) validity: Validity,
}

/// What bounds the life of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Validity {
    /// The date of a header, and how it was sent.
    Date { signed_at: Timestamp, sent: String },
    /// The end of a presigned URL's life as it was sent.
    Expires(String),
}

/// Checks `AWS AKID:signature` and the date header.
pub(super) fn check_header(headers: &HeaderMap, value: &str) -> Result<Claim, ErrorAnswer> {
    let (access_key_id, signature) = value
        .strip_prefix("AWS ")
        .and_then(|rest| rest.trim().split_once(':'))
        .filter(|(access_key_id, signature)| !access_key_id.is_empty() && !signature.is_empty())
        .ok_or(facts::V2_HEADER_SHAPE)?;
    let sent = date::header(headers).ok_or(facts::DATE_REQUIRED)?;
    let signed_at = date::in_header(sent).ok_or(facts::DATE_REQUIRED)?;
    Ok(Claim {
        access_key_id: access_key_id.to_owned(),
        signature: check_signature(signature)?,
        validity: Validity::Date {
            signed_at,
            sent: sent.to_owned(),
        },
    })
}

/// Checks the query of a presigned URL and its life.
pub(super) fn check_query(query: &str, now: Now) -> Result<Claim, ErrorAnswer> {
    let parameter = |name| {
        query::value(query, name)
            .filter(|value| !value.is_empty())
            .ok_or(facts::V2_QUERY_INCOMPLETE)
    };
    let access_key_id = parameter("AWSAccessKeyId")?;
    let signature = parameter("Signature")?;
    let expires = parameter("Expires")?;
    let expiry = expires
        .parse()
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or_else(|| facts::v2_expires(&expires))?;
    if now.is_past(expiry, 0) {
        return Err(facts::REQUEST_HAS_EXPIRED);
    }
    Ok(Claim {
        access_key_id,
        signature: check_signature(&signature)?,
        validity: Validity::Expires(expires),
    })
}

/// A signature is the base64 of a SHA-1; anything else cannot match any. Yields it as it was made.
pub(super) fn check_signature(signature: &str) -> Result<String, ErrorAnswer> {
    // Writers that forget to encode a plus sign have it arrive as a space.
    let signature = signature.replace(' ', "+");
    match BASE64.decode(&signature) {
        Ok(mac) if mac.len() == 20 => Ok(signature),
        _ => Err(facts::SIGNATURE_DOES_NOT_MATCH),
    }
}

//! Form of Signature Version 2, which only S3 ever took: header, presigned URL and POST form.
//!
//! Called by `identify` and `post_form`. AWS CLI and boto3 still presign with it on custom
//! endpoints. The signature itself is not compared.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use jiff::Timestamp;

use super::{Now, date, query};
use crate::facts::answer::ErrorAnswer;
use crate::facts::auth as facts;

/// Checks `AWS AKID:signature` and the date header; yields the access key id.
pub(super) fn check_header(headers: &HeaderMap, value: &str) -> Result<String, ErrorAnswer> {
    let (access_key_id, signature) = value
        .strip_prefix("AWS ")
        .and_then(|rest| rest.trim().split_once(':'))
        .filter(|(access_key_id, signature)| !access_key_id.is_empty() && !signature.is_empty())
        .ok_or(facts::V2_HEADER_SHAPE)?;
    date::header(headers)
        .and_then(date::in_header)
        .ok_or(facts::DATE_REQUIRED)?;
    check_signature(signature)?;
    Ok(access_key_id.to_owned())
}

/// Checks the query of a presigned URL and its life; yields the access key id.
pub(super) fn check_query(query: &str, now: Now) -> Result<String, ErrorAnswer> {
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
    check_signature(&signature)?;
    Ok(access_key_id)
}

/// A signature is the base64 of a SHA-1; anything else cannot match any.
pub(super) fn check_signature(signature: &str) -> Result<(), ErrorAnswer> {
    // Writers that forget to encode a plus sign have it arrive as a space.
    match BASE64.decode(signature.replace(' ', "+")) {
        Ok(mac) if mac.len() == 20 => Ok(()),
        _ => Err(facts::SIGNATURE_DOES_NOT_MATCH),
    }
}

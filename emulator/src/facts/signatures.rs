//! How AWS refuses a signature that is well-formed and does not hold: its age, its key, what it
//! leaves out, and the signature itself.
//!
//! Read by `http::auth` where signatures are verified. What is wrong with their form is told in
//! [`super::auth`].

use super::answer::ErrorAnswer;
use super::{auth, s3_errors};

/// How far the date of a request to Pinpoint may be from the service's clock.   (seconds, this much
/// is allowed)
///
/// # Source
/// <https://github.com/aws-amplify/amplify-js/issues/3699>, PutEvents; recorded;
/// case: signatures/date-in-the-future
pub(crate) const PINPOINT_SKEW_SECONDS_MAX: i64 = 5 * 60;

/// How far the date of a request to S3 may be from the service's clock.   (seconds, this much is
/// allowed)
///
/// # Source
/// `MaxAllowedSkewMilliseconds` in an answer quoted in
/// <https://github.com/versity/versitygw/issues/1514>; recorded; case: signatures/s3-date-in-the-past
pub(crate) const S3_SKEW_SECONDS_MAX: i64 = 15 * 60;

/// The headers that need not be signed although their names begin with `x-amz-`: this one stands in
/// what is signed in any case.
///
/// # Source
/// <https://github.com/zengularity/benji/pull/309>, where AWS takes what a stricter store refuses;
/// recorded for headers to S3, assumed elsewhere; case: signatures/s3-payload-hash-need-not-be-listed
pub(crate) const SIGNED_OTHERWISE: &str = "x-amz-content-sha256";

// Pinpoint

/// A date too far ahead; all three as `yyyyMMddTHHmmssZ`.
///
/// # Source
/// <https://github.com/aws-amplify/amplify-js/issues/3699>, PutEvents; recorded;
/// case: signatures/date-in-the-future
pub(crate) fn not_yet_current(sent: &str, latest: &str, now: &str) -> ErrorAnswer {
    let minutes = PINPOINT_SKEW_SECONDS_MAX / 60;
    pinpoint_invalid(format!(
        "Signature not yet current: {sent} is still later than {latest} ({now} + {minutes} min.)"
    ))
}

/// A date too far back; all three as `yyyyMMddTHHmmssZ`.
///
/// # Source
/// Answers of other services, such as <https://github.com/jlevers/selling-partner-api/issues/32>;
/// recorded there, assumed for Pinpoint; case: signatures/date-in-the-past
pub(crate) fn expired(sent: &str, earliest: &str, now: &str) -> ErrorAnswer {
    let minutes = PINPOINT_SKEW_SECONDS_MAX / 60;
    pinpoint_invalid(format!(
        "Signature expired: {sent} is now earlier than {earliest} ({now} - {minutes} min.)"
    ))
}

/// A key id that nobody has, or a session token, since none is ever given out here.
///
/// # Source
/// Developer Guide, tutorials-using-postman-configuration, for the text; the error type is that of
/// API Gateway in <https://github.com/badslug/Paw-AWSSignature4DynamicValue/issues/5>; documented;
/// case: signatures/unknown-key
pub(crate) const UNRECOGNIZED_CLIENT: ErrorAnswer = ErrorAnswer::fixed(
    403,
    "UnrecognizedClientException",
    "The security token included in the request is invalid.",
);

/// A header that has to be signed and is not.
///
/// # Source
/// Modelled on the answer about `Host`; that Pinpoint asks for all `x-amz-` headers follows the IAM
/// User Guide, Create a signed AWS API request; assumed; case: signatures/unsigned-header
pub(crate) fn must_be_signed(header: &str) -> ErrorAnswer {
    ErrorAnswer::with(
        403,
        "IncompleteSignatureException",
        format!("'{header}' must be a 'SignedHeader' in the AWS Authorization."),
    )
}

/// The signature is another one than ours. Whoever debugs a signer finds what we signed.
///
/// # Source
/// Answers of API Gateway, such as <https://github.com/mhart/aws4/issues/110>; recorded there, assumed
/// for Pinpoint; case: signatures/wrong-secret
pub(crate) fn pinpoint_mismatch(canonical_request: &str, string_to_sign: &str) -> ErrorAnswer {
    let sentence = auth::PINPOINT_WRONG_SIGNATURE.message;
    pinpoint_invalid(format!(
        "{sentence}\n\nThe Canonical String for this request should have been\n'{canonical_request}'\n\n\
         The String-to-Sign should have been\n'{string_to_sign}'\n"
    ))
}

fn pinpoint_invalid(message: String) -> ErrorAnswer {
    ErrorAnswer::with(403, "InvalidSignatureException", message)
}

// S3

/// A date too far from ours, as it was sent; ours as `yyyy-MM-ddTHH:mm:ssZ`.
///
/// # Source
/// Answer quoted in <https://github.com/versity/versitygw/issues/1514>; recorded;
/// case: signatures/s3-date-in-the-past
pub(crate) fn request_time_too_skewed(sent: &str, now: String) -> ErrorAnswer {
    s3_errors::answer("RequestTimeTooSkewed").detailed([
        ("RequestTime", sent.to_owned()),
        ("ServerTime", now),
        (
            "MaxAllowedSkewMilliseconds",
            (S3_SKEW_SECONDS_MAX * 1000).to_string(),
        ),
    ])
}

/// A presigned URL from the future: its date in milliseconds, its end and our time.
///
/// # Source
/// Answer quoted in <https://github.com/minio/minio/issues/2638>; recorded; how far ahead S3 lets a URL
/// be is not known, here as far as any other request; assumed
pub(crate) fn not_yet_valid(sent_millis: i64, expiry: String, now: String) -> ErrorAnswer {
    ErrorAnswer::fixed(403, "AccessDenied", "Request is not yet valid").detailed([
        ("X-Amz-Date", sent_millis.to_string()),
        ("Expires", expiry),
        ("ServerTime", now),
    ])
}

/// A key id that nobody has.
///
/// # Source
/// Answer quoted in <https://github.com/versity/versitygw/issues/2042>; recorded;
/// case: signatures/s3-unknown-key
pub(crate) fn invalid_access_key_id(access_key_id: &str) -> ErrorAnswer {
    s3_errors::answer("InvalidAccessKeyId").detailed([("AWSAccessKeyId", access_key_id.to_owned())])
}

/// A session token; none is ever given out here.
///
/// # Source
/// S3 Error responses, `InvalidToken`; documented; case: signatures/s3-session-token
pub(crate) fn invalid_token(token: &str) -> ErrorAnswer {
    s3_errors::answer("InvalidToken").detailed([("Token-0", token.to_owned())])
}

/// Headers that have to be signed and are not.
///
/// # Source
/// Answer quoted in <https://github.com/soto-project/soto/issues/374>; recorded; how several are
/// separated is not known; assumed; case: signatures/s3-unsigned-header
pub(crate) fn headers_not_signed(names: &[&str]) -> ErrorAnswer {
    auth::HEADERS_NOT_SIGNED.detailed([("HeadersNotSigned", names.join(", "))])
}

/// The signature is another one than ours. Whoever debugs a signer finds what we signed.
///
/// # Source
/// Answer quoted in <https://github.com/minio/minio/issues/2986>; recorded;
/// case: signatures/s3-wrong-secret
pub(crate) fn s3_mismatch(
    access_key_id: &str,
    signature: &str,
    string_to_sign: &str,
    canonical_request: Option<&[u8]>,
) -> ErrorAnswer {
    let mut answer = auth::SIGNATURE_DOES_NOT_MATCH.detailed([
        ("AWSAccessKeyId", access_key_id.to_owned()),
        ("StringToSign", string_to_sign.to_owned()),
        ("SignatureProvided", signature.to_owned()),
        ("StringToSignBytes", spaced_hex(string_to_sign.as_bytes())),
    ]);
    if let Some(canonical) = canonical_request {
        let text = String::from_utf8_lossy(canonical).into_owned();
        answer.details.push(("CanonicalRequest", text));
        let bytes = spaced_hex(canonical);
        answer.details.push(("CanonicalRequestBytes", bytes));
    }
    answer
}

/// A header signed for another region than that of the bucket.
///
/// # Source
/// Answer quoted in <https://github.com/aws/aws-sdk-js/issues/986>, its element `Region` in
/// <https://github.com/bigassforce/aws-sdk/issues/5>; recorded; case: signatures/s3-other-region
pub(crate) fn header_region(signed_for: &str, expected: &str) -> ErrorAnswer {
    region_of(expected, auth::header_malformed, signed_for)
}

/// A URL or form signed for another region than that of the bucket.
///
/// # Source
/// Answer quoted in <https://github.com/bigassforce/aws-sdk/issues/5>; recorded for URLs, assumed for
/// forms; case: signatures/s3-presigned-for-other-region
pub(crate) fn query_region(signed_for: &str, expected: &str) -> ErrorAnswer {
    region_of(expected, auth::query_credential, signed_for)
}

fn region_of(expected: &str, wrap: fn(&str) -> ErrorAnswer, signed_for: &str) -> ErrorAnswer {
    wrap(&format!(
        "the region '{signed_for}' is wrong; expecting '{expected}'"
    ))
    .detailed([("Region", expected.to_owned())])
}

fn spaced_hex(bytes: &[u8]) -> String {
    let pairs = hex::encode(bytes);
    let mut spaced = String::with_capacity(bytes.len() * 3);
    for (index, digit) in pairs.char_indices() {
        if index > 0 && index % 2 == 0 {
            spaced.push(' ');
        }
        spaced.push(digit);
    }
    spaced
}

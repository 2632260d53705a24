//! What Pinpoint's front, Amazon API Gateway, answers before the service sees a request.
//!
//! Its refusals of signatures are in [`super::auth`].

/// An answer of the front, byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrontAnswer {
    /// HTTP status.
    pub(crate) status: u16,
    /// What `x-amzn-ErrorType` says.
    pub(crate) code: &'static str,
    /// The whole body.
    pub(crate) body: &'static str,
}

/// A body of another media type than JSON.
///
/// # Source
/// aws-amplify/amplify-js issue 440 (2018: status, and a body of 37 bytes); its text from the same front's SMS
/// and voice API, aws/aws-sdk-php-laravel issue 161 (2019); recorded. The code was seen in the same
/// answer of another service of this front, aws/aws-sdk-java-v2 issue 3188 (2022);
/// case: protocol/body-of-another-media-type
pub(crate) const UNSUPPORTED_MEDIA_TYPE: FrontAnswer = FrontAnswer {
    status: 415,
    code: "BadRequestException",
    body: r#"{"message": "Unsupported Media Type"}"#,
};

/// Whether a body of this media type (without parameters, lower case) is taken as JSON. None given
/// counts as JSON.
///
/// # Source
/// API Gateway Developer Guide, content type of requests (`application/json` when none is given);
/// documented. That other forms of JSON pass: assumed, older SDKs sent `application/x-amz-json-1.1`;
/// case: protocol/other-names-of-json
pub(crate) fn is_json(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/json" | "application/x-amz-json-1.0" | "application/x-amz-json-1.1"
    ) || media_type
        .split_once('/')
        .is_some_and(|(_, subtype)| subtype.ends_with("+json"))
}

/// More requests than the quota allows.
///
/// # Source
/// Developer Guide, quotas (`TooManyRequests`), and the exception of the API model; documented. Header
/// and a body of 31 bytes from another service of this front, amberelectric/public-api issue 280:
/// assumed for Pinpoint; case: quotas/answer-to-too-many
pub(crate) const TOO_MANY_REQUESTS: FrontAnswer = FrontAnswer {
    status: 429,
    code: "TooManyRequestsException",
    body: r#"{"message":"Too Many Requests"}"#,
};

/// The headers that a browser may send: `Access-Control-Allow-Headers` of the answer to OPTIONS.
///
/// No answer recorded from this front has `Access-Control-Expose-Headers` or `Access-Control-Max-Age`.
///
/// # Source
/// Answer of another service of this front (QLDB), aws/aws-sdk-js-v3 pull request 1934 (2021), which says
/// that Pinpoint's SMS and voice API allows the same two SDK headers; recorded there, assumed for
/// Pinpoint; case: protocol/preflight-allows-what-sdks-send
pub(crate) const ALLOWED_HEADERS: &str = "Content-Type,X-Amz-Date,Authorization,X-Api-Key,X-Amz-Security-Token,\
     X-Amz-Content-Sha256,X-Amz-User-Agent,amz-sdk-invocation-id,amz-sdk-request";

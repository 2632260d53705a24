//! How AWS refuses requests whose signature, form or body is not in order.
//!
//! Read by `http::auth` only. S3's texts are known from AWS documentation and from error answers
//! quoted in public issue threads; Pinpoint's front is Amazon API Gateway, whose texts are known
//! the same way. None was recorded against Pinpoint itself, and the service ended before it could
//! be.

use super::answer::ErrorAnswer;

/// Longest life of a presigned URL.   (seconds)
///
/// # Source
/// S3 API Reference, Authenticating Requests: Using Query Parameters (AWS Signature Version 4);
/// documented
pub(crate) const PRESIGNED_SECONDS_MAX: u64 = 604_800;

/// All form fields before the file together.   (bytes)
///
/// # Source
/// S3 API Reference, `PostObject`, and the error code `MaxPostPreDataLengthExceeded`; documented
pub(crate) const FORM_FIELDS_BYTES_MAX: usize = 20 * 1024;

/// Length of one chunk's header line in `aws-chunked`.   (bytes)
///
/// # Source
/// Our bound; a header with a signature of version 4A takes under 200; assumed
pub(crate) const CHUNK_HEADER_BYTES_MAX: usize = 1024;

/// All trailers of an `aws-chunked` body together.   (bytes)
///
/// # Source
/// Our bound, twice what S3 allows for the metadata of an object; assumed
pub(crate) const TRAILERS_BYTES_MAX: usize = 4096;

// Pinpoint: answers of the front.

/// # Source
/// API Gateway Developer Guide, troubleshooting of the `Missing Authentication Token` answer;
/// documented
pub(crate) const MISSING_TOKEN: ErrorAnswer = ErrorAnswer::fixed(
    403,
    "MissingAuthenticationTokenException",
    "Missing Authentication Token",
);

/// The body is not the one that was signed, so the signature cannot hold.
///
/// # Source
/// API Gateway's general text for a wrong signature, quoted in many issue threads; assumed for
/// Pinpoint
pub(crate) const PINPOINT_WRONG_SIGNATURE: ErrorAnswer = ErrorAnswer::fixed(
    403,
    "InvalidSignatureException",
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and \
     signing method. Consult the service documentation for details.",
);

/// The connection ended before the body did.
///
/// # Source
/// None found; assumed
pub(crate) const PINPOINT_BODY_CUT: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "BadRequestException",
    "The request body terminated unexpectedly",
);

/// The parameters the `Authorization` header lacks, in API Gateway's order; the header is quoted as
/// a hash.
///
/// # Source
/// <https://github.com/aws/chalice/issues/828> (2018, header quoted openly; since about 2023
/// hashed); recorded on API Gateway, assumed for Pinpoint
pub(crate) fn header_requires(missing: &[&str], header_hash: &str) -> ErrorAnswer {
    let sentences: String = missing
        .iter()
        .map(|what| match *what {
            "Date" => {
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ".to_owned()
            }
            name => format!("Authorization header requires '{name}' parameter. "),
        })
        .collect();
    incomplete(format!(
        "{sentences}(Hashed with SHA-256 and encoded with Base64) Authorization={header_hash}"
    ))
}

/// # Source
/// <https://github.com/awslabs/fhir-works-on-aws-deployment/issues/379> (header quoted openly;
/// since about 2023 hashed); recorded on other services, assumed for Pinpoint
pub(crate) fn not_a_pair(header_hash: &str) -> ErrorAnswer {
    incomplete(format!(
        "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with \
         Base64): '{header_hash}'."
    ))
}

/// # Source
/// General text of AWS's signature check; assumed for Pinpoint
pub(crate) fn unsupported_algorithm(got: &str) -> ErrorAnswer {
    incomplete(format!("Unsupported AWS 'algorithm': '{got}'."))
}

/// # Source
/// General text of AWS's signature check; assumed for Pinpoint
pub(crate) fn query_must_include(parameter: &str) -> ErrorAnswer {
    incomplete(format!(
        "AWS query-string parameters must include '{parameter}'. Re-examine the query-string parameters."
    ))
}

/// # Source
/// General text of AWS's signature check; assumed for Pinpoint
pub(crate) fn credential_shape(got: &str) -> ErrorAnswer {
    incomplete(format!(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{got}'"
    ))
}

/// What a credential is scoped to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScopeFound<'a> {
    pub(crate) date: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
    pub(crate) terminator: &'a str,
}

/// All that is wrong with a scope, if anything is: the region is missing, or service, terminator or
/// date is another. `day` is that of `date`, the date of the request.
///
/// # Source
/// The sentences: IAM User Guide, Troubleshoot signed requests for AWS APIs, and mhart/dynalite, whose
/// answer has them in this order; that a blank follows one: JuliaCloud/AWS.jl issue 334, by the length
/// of the answer. The error type: aws/aws-sdk-go issue 1850. All of other services with a JSON
/// protocol; assumed for Pinpoint; case: protocol/credential-of-a-wrong-scope
pub(crate) fn wrong_scope(
    found: ScopeFound<'_>,
    service: &str,
    day: &str,
    date: &str,
) -> Option<ErrorAnswer> {
    let region = found.region.is_empty().then(|| {
        let found = found.region;
        format!("Credential should be scoped to a valid region, not '{found}'. ")
    });
    let service = (found.service != service)
        .then(|| format!("Credential should be scoped to correct service: '{service}'. "));
    let terminator = (found.terminator != "aws4_request").then(|| {
        let found = found.terminator;
        format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', not '{found}'. "
        )
    });
    let date = (found.date != day).then(|| {
        let found = found.date;
        format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
             '{found}' != '{day}', from '{date}'."
        )
    });
    let sentences: String = [region, service, terminator, date]
        .into_iter()
        .flatten()
        .collect();
    (!sentences.is_empty()).then(|| invalid(sentences))
}

/// # Source
/// General text of AWS's signature check; assumed for Pinpoint
pub(crate) fn date_not_basic(got: &str) -> ErrorAnswer {
    incomplete(format!(
        "Date must be in ISO-8601 'basic format'. Got '{got}'. See http://en.wikipedia.org/wiki/ISO_8601"
    ))
}

/// # Source
/// General text of AWS's signature check; assumed for Pinpoint
pub(crate) const HOST_MUST_BE_SIGNED: ErrorAnswer = ErrorAnswer::fixed(
    403,
    "IncompleteSignatureException",
    "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
);

/// The signature is not 64 hex digits.
///
/// # Source
/// None found (AWS would probably call it a wrong signature); assumed
pub(crate) const PINPOINT_SIGNATURE_SHAPE: ErrorAnswer = ErrorAnswer::fixed(
    403,
    "IncompleteSignatureException",
    "The signature must be 64 hexadecimal digits.",
);

/// # Source
/// None found; assumed
pub(crate) const PINPOINT_EXPIRES_RANGE: ErrorAnswer = ErrorAnswer::fixed(
    403,
    "IncompleteSignatureException",
    "X-Amz-Expires must be a number from 1 to 604800.",
);

/// A presigned URL past its life.
///
/// # Source
/// Modelled on the answer for a skewed clock in
/// <https://github.com/aws-amplify/amplify-js/issues/3699>; assumed
pub(crate) fn signature_expired(expiry: &str, now: &str) -> ErrorAnswer {
    invalid(format!(
        "Signature expired: {expiry} is now earlier than {now}"
    ))
}

fn invalid(message: String) -> ErrorAnswer {
    ErrorAnswer::with(403, "InvalidSignatureException", message)
}

fn incomplete(message: String) -> ErrorAnswer {
    ErrorAnswer::with(403, "IncompleteSignatureException", message)
}

/// A service that AWS has and this program has not. The text is ours.
///
/// # Source
/// Our own answer, not AWS's; assumed
pub(crate) fn service_not_emulated(service: &str) -> ErrorAnswer {
    ErrorAnswer::with(
        501,
        "NotImplemented",
        format!(
            "The request is signed for the service '{service}', which is not emulated here; Pinpoint's signing name is \
             'mobiletargeting', that of S3 's3'."
        ),
    )
}

// S3: the Authorization header.

/// # Source
/// Answer quoted in <https://github.com/versity/versitygw/issues/1705>; recorded
pub(crate) const UNSUPPORTED_AUTHORIZATION: ErrorAnswer =
    ErrorAnswer::fixed(400, "InvalidArgument", "Unsupported Authorization Type");

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) const ONE_MECHANISM: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "InvalidArgument",
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the \
     Authorization header should be specified",
);

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) const V2_HEADER_SHAPE: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "InvalidArgument",
    "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
);

/// # Source
/// Answer quoted in <https://github.com/aws/aws-sdk-js/issues/120>; recorded
pub(crate) const DATE_REQUIRED: ErrorAnswer = ErrorAnswer::fixed(
    403,
    "AccessDenied",
    "AWS authentication requires a valid Date or x-amz-date header",
);

/// # Source
/// S3 Error responses, `SignatureDoesNotMatch`; documented
pub(crate) const SIGNATURE_DOES_NOT_MATCH: ErrorAnswer = ErrorAnswer::fixed(
    403,
    "SignatureDoesNotMatch",
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
);

/// # Source
/// Answer quoted in <https://github.com/soto-project/soto/issues/374>; recorded
pub(crate) const HEADERS_NOT_SIGNED: ErrorAnswer = ErrorAnswer::fixed(
    403,
    "AccessDenied",
    "There were headers present in the request which were not signed",
);

/// # Source
/// Answer quoted in <https://github.com/jinlo02/Jmeter_AWS_Signature/issues/5>; recorded
pub(crate) const PAYLOAD_HASH_REQUIRED: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "InvalidRequest",
    "Missing required header for this request: x-amz-content-sha256",
);

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) const PAYLOAD_HASH_INVALID: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "InvalidArgument",
    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
     STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, \
     STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
);

/// `AuthorizationHeaderMalformed`; the detail follows the fixed beginning.
///
/// # Source
/// Answer quoted in <https://github.com/ex-aws/ex_aws/issues/537>; recorded
pub(crate) fn header_malformed(detail: &str) -> ErrorAnswer {
    ErrorAnswer::with(
        400,
        "AuthorizationHeaderMalformed",
        format!("The authorization header is malformed; {detail}"),
    )
}

/// Detail of [`header_malformed`].
///
/// # Source
/// Answer quoted in <https://github.com/ex-aws/ex_aws/issues/537>; recorded
pub(crate) const THREE_COMPONENTS: &str =
    "the authorization header requires three components: Credential, SignedHeaders, and Signature.";

/// What is wrong with a credential, in S3's words; the beginning says where it stood.
///
/// # Source
/// Answer quoted in <https://github.com/krobertson/deb-s3/issues/157>; recorded
pub(crate) const CREDENTIAL_SHAPE: &str =
    "the Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".";

/// # Source
/// Answer quoted in <https://github.com/stefansundin/s3verify/issues/1>; recorded
pub(crate) const CREDENTIAL_KEY_EMPTY: &str =
    "a non-empty Access Key (AKID) must be provided in the credential.";

/// # Source
/// Answer quoted in <https://github.com/secretflow/secretpad/issues/95>; recorded
pub(crate) const CREDENTIAL_REGION_EMPTY: &str =
    "a non-empty region must be provided in the credential.";

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) fn credential_date(got: &str) -> String {
    format!(
        "incorrect date format \"{got}\". This date in the credential must be in the format \"yyyyMMdd\"."
    )
}

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) fn credential_service(got: &str) -> String {
    format!("incorrect service \"{got}\". This endpoint belongs to \"s3\".")
}

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) fn credential_terminal(got: &str) -> String {
    format!("incorrect terminal \"{got}\". This endpoint uses \"aws4_request\".")
}

/// # Source
/// Answer quoted in <https://github.com/arqbackup/arq_restore/issues/48>; recorded
pub(crate) const CREDENTIAL_DAY: &str =
    "Invalid credential date. Date is not the same as X-Amz-Date.";

// S3: presigned URLs.

/// `AuthorizationQueryParametersError` about the credential; the detail follows the fixed
/// beginning.
///
/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) fn query_credential(detail: &str) -> ErrorAnswer {
    ErrorAnswer::with(
        400,
        "AuthorizationQueryParametersError",
        format!("Error parsing the X-Amz-Credential parameter; {detail}"),
    )
}

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) const QUERY_INCOMPLETE: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "AuthorizationQueryParametersError",
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, \
     X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
);

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) const QUERY_ALGORITHM: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "AuthorizationQueryParametersError",
    "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"",
);

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) const QUERY_DATE: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "AuthorizationQueryParametersError",
    "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"",
);

/// # Source
/// Answer quoted in <https://github.com/minio/minio-js/issues/1312>; recorded
pub(crate) const QUERY_EXPIRES_NUMBER: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "AuthorizationQueryParametersError",
    "X-Amz-Expires should be a number",
);

/// Also our answer to zero, which AWS documents as too small.
///
/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) const QUERY_EXPIRES_NEGATIVE: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "AuthorizationQueryParametersError",
    "X-Amz-Expires must be non-negative",
);

/// # Source
/// Answer quoted in <https://github.com/bryanjos/aws_auth/issues/31>; recorded
pub(crate) const QUERY_EXPIRES_WEEK: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "AuthorizationQueryParametersError",
    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
);

/// # Source
/// Answer quoted in <https://github.com/dansalias/aws_s3_presign/issues/9>; recorded
pub(crate) const REQUEST_HAS_EXPIRED: ErrorAnswer =
    ErrorAnswer::fixed(403, "AccessDenied", "Request has expired");

/// # Source
/// Answer quoted in <https://github.com/aws/aws-sdk-php/issues/97>; recorded
pub(crate) const V2_QUERY_INCOMPLETE: ErrorAnswer = ErrorAnswer::fixed(
    403,
    "AccessDenied",
    "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
);

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) fn v2_expires(got: &str) -> ErrorAnswer {
    ErrorAnswer::with(
        403,
        "AccessDenied",
        format!("Invalid date (should be seconds since epoch): {got}"),
    )
}

// S3: POST forms.

/// # Source
/// S3 Error responses, `MalformedPOSTRequest`; documented
pub(crate) const FORM_MALFORMED: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "MalformedPOSTRequest",
    "The body of your POST request is not well-formed multipart/form-data.",
);

/// # Source
/// S3 Error responses, `MaxPostPreDataLengthExceeded`; documented
pub(crate) const FORM_FIELDS_TOO_LARGE: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "MaxPostPreDataLengthExceeded",
    "Your POST request fields preceding the upload file were too large.",
);

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) const FORM_ONE_FILE: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "InvalidArgument",
    "POST requires exactly one file upload per request.",
);

/// # Source
/// Answer quoted in <https://github.com/transloadit/uppy-server/issues/57>; recorded
pub(crate) fn form_field_missing(name: &str) -> ErrorAnswer {
    ErrorAnswer::with(
        400,
        "InvalidArgument",
        format!(
            "Bucket POST must contain a field named '{name}'.  If it is specified, please check the order of the fields."
        ),
    )
}

/// The policy cannot be read; the detail says why.
///
/// # Source
/// Answers quoted in <https://github.com/benefitcloud/ember-uploader/issues/43> and
/// <https://github.com/waynehoover/s3_direct_upload/pull/11>; recorded for JSON and expiration,
/// assumed for the other details
pub(crate) fn policy_invalid(detail: &str) -> ErrorAnswer {
    ErrorAnswer::with(
        400,
        "InvalidPolicyDocument",
        format!("Invalid Policy: {detail}"),
    )
}

/// Detail of [`policy_invalid`], whose source speaks of it.
pub(crate) const POLICY_BASE64: &str = "Invalid Base64 Encoding.";

/// Detail of [`policy_invalid`], whose source speaks of it.
pub(crate) const POLICY_JSON: &str = "Invalid JSON.";

/// Detail of [`policy_invalid`], whose source speaks of it.
pub(crate) const POLICY_WITHOUT_EXPIRATION: &str = "Policy missing expiration.";

/// Detail of [`policy_invalid`], whose source speaks of it.
pub(crate) const POLICY_EXPIRATION: &str = "Invalid 'expiration' value.";

/// Detail of [`policy_invalid`], whose source speaks of it.
pub(crate) const POLICY_WITHOUT_CONDITIONS: &str = "Policy missing conditions.";

/// Detail of [`policy_invalid`], whose source speaks of it.
pub(crate) const POLICY_CONDITIONS_NO_LIST: &str = "Invalid 'conditions' value: must be a List.";

/// Detail of [`policy_invalid`], whose source speaks of it.
pub(crate) const POLICY_SIMPLE_CONDITION: &str =
    "Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.";

/// Detail of [`policy_invalid`], whose source speaks of it.
pub(crate) const POLICY_CONDITION_KIND: &str = "Conditions must be Lists or Objects.";

/// Detail of [`policy_invalid`], whose source speaks of it.
pub(crate) const POLICY_LENGTH_RANGE: &str =
    "Invalid content-length-range: it takes two numbers that are not negative.";

/// The policy forbids the upload; the detail says why.
///
/// # Source
/// Answers quoted in <https://github.com/waynehoover/s3_direct_upload/issues/54> and
/// <https://github.com/tj/node-s3-policy/pull/8>; recorded
pub(crate) fn policy_forbids(detail: &str) -> ErrorAnswer {
    ErrorAnswer::with(
        403,
        "AccessDenied",
        format!("Invalid according to Policy: {detail}"),
    )
}

/// A condition of the policy does not hold; quoted as it is written.
///
/// # Source
/// As for [`policy_forbids`]; recorded
pub(crate) fn policy_condition_failed(condition: &str) -> ErrorAnswer {
    policy_forbids(&format!("Policy Condition failed: {condition}"))
}

/// A field of the form that no condition of the policy speaks of.
///
/// # Source
/// As for [`policy_forbids`]; recorded
pub(crate) fn policy_extra_field(field: &str) -> ErrorAnswer {
    policy_forbids(&format!("Extra input fields: {field}"))
}

/// Detail of [`policy_forbids`].
///
/// # Source
/// Answer quoted in <https://github.com/CulturalMe/meteor-slingshot/issues/80>; recorded
pub(crate) const POLICY_EXPIRED: &str = "Policy expired.";

// S3: the body.

/// The framing of an `aws-chunked` body is broken.
///
/// # Source
/// Answer quoted in <https://github.com/versity/versitygw/issues/1666>; recorded
pub(crate) const CHUNK_FRAMING: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "IncompleteBody",
    "The request body terminated unexpectedly",
);

/// # Source
/// Answer quoted in <https://github.com/versity/versitygw/issues/1691>; recorded
pub(crate) const MALFORMED_TRAILER: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "MalformedTrailerError",
    "The request contained trailing data that was not well-formed or did not conform to our published schema.",
);

/// # Source
/// S3 Error responses, `BadDigest`; documented
pub(crate) const BAD_CONTENT_MD5: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "BadDigest",
    "The Content-MD5 you specified did not match what we received.",
);

/// # Source
/// Answer quoted in <https://github.com/aws/aws-sdk-ruby/issues/3322>; recorded
pub(crate) fn bad_checksum(algorithm: &str) -> ErrorAnswer {
    ErrorAnswer::with(
        400,
        "BadDigest",
        format!("The {algorithm} you specified did not match the calculated checksum."),
    )
}

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) fn checksum_header_invalid(header: &str) -> ErrorAnswer {
    ErrorAnswer::with(
        400,
        "InvalidRequest",
        format!("Value for {header} header is invalid."),
    )
}

/// # Source
/// The text by which clients and other stores know it; no captured answer at hand; assumed
pub(crate) fn checksum_trailer_invalid(header: &str) -> ErrorAnswer {
    ErrorAnswer::with(
        400,
        "InvalidRequest",
        format!("Value for {header} trailing header is invalid."),
    )
}

/// # Source
/// Another store that copies S3, in <https://github.com/versity/versitygw/issues/1598>; assumed
pub(crate) const SEVERAL_CHECKSUMS: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "InvalidRequest",
    "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
);

/// # Source
/// Answer quoted in <https://github.com/versity/versitygw/issues/1593>; recorded
pub(crate) const CHECKSUM_WITHOUT_VALUE: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "InvalidRequest",
    "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
);

/// # Source
/// S3 Error responses, `XAmzContentSHA256Mismatch`; documented
pub(crate) const PAYLOAD_HASH_MISMATCH: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "XAmzContentSHA256Mismatch",
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
);

/// `x-amz-trailer` announces something else than one checksum.
///
/// # Source
/// Answer quoted in <https://github.com/versity/versitygw/issues/1161>; recorded
pub(crate) const TRAILER_NOT_SUPPORTED: ErrorAnswer = ErrorAnswer::fixed(
    400,
    "InvalidRequest",
    "The value specified in the x-amz-trailer header is not supported",
);

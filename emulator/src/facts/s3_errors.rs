//! Codes, statuses and texts of S3's error answers.

use std::borrow::Cow;

use super::answer::ErrorAnswer;
use super::s3_limits::OBJECT_TAGS_MAX;

/// The answer of this code with S3's usual text; a code that is not known here is a fault of ours.
pub(crate) fn answer(code: &str) -> ErrorAnswer {
    let known = find(code).or_else(|| find("InternalError"));
    known
        .expect("the table has an entry for InternalError")
        .clone()
}

/// The same with a text for the case at hand.
pub(crate) fn answer_with(code: &str, message: impl Into<Cow<'static, str>>) -> ErrorAnswer {
    ErrorAnswer {
        message: message.into(),
        ..answer(code)
    }
}

/// The answer of this code, if it is known.
pub(crate) fn find(code: &str) -> Option<&'static ErrorAnswer> {
    ERRORS.iter().find(|error| error.code == code)
}

const fn error(code: &'static str, status: u16, message: &'static str) -> ErrorAnswer {
    ErrorAnswer::fixed(status, code, message)
}

/// # Source
/// API reference, Error responses, List of error codes; documented. Texts of
/// `IllegalLocationConstraintException`, `InvalidRange`, `MalformedXML`, `MetadataTooLarge`,
/// `NotImplemented`, `IncompleteBody` as commonly quoted from real answers; assumed
static ERRORS: [ErrorAnswer; 45] = [
    error("AccessDenied", 403, "Access Denied"),
    error(
        "BadDigest",
        400,
        "The Content-MD5 or checksum value that you specified did not match what the server received.",
    ),
    error("BadRequest", 400, "Bad Request"),
    error(
        "BucketAlreadyExists",
        409,
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. \
         Please select a different name and try again.",
    ),
    error(
        "BucketAlreadyOwnedByYou",
        409,
        "Your previous request to create the named bucket succeeded and you already own it.",
    ),
    error(
        "BucketNotEmpty",
        409,
        "The bucket you tried to delete is not empty",
    ),
    error(
        "EntityTooLarge",
        400,
        "Your proposed upload exceeds the maximum allowed size",
    ),
    error(
        "EntityTooSmall",
        400,
        "Your proposed upload is smaller than the minimum allowed size",
    ),
    error(
        "IllegalLocationConstraintException",
        400,
        "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.",
    ),
    // Recorded on S3 by the tests of LocalStack (2026-02-21).
    error(
        "IllegalVersioningConfigurationException",
        400,
        "The Versioning element must be specified",
    ),
    error(
        "IncompleteBody",
        400,
        "You did not provide the number of bytes specified by the Content-Length HTTP header",
    ),
    error(
        "InternalError",
        500,
        "We encountered an internal error. Please try again.",
    ),
    error(
        "InvalidAccessKeyId",
        403,
        "The AWS Access Key Id you provided does not exist in our records.",
    ),
    error("InvalidArgument", 400, "Invalid Argument"),
    error(
        "InvalidBucketName",
        400,
        "The specified bucket is not valid.",
    ),
    error(
        "InvalidDigest",
        400,
        "The Content-MD5 you specified was invalid.",
    ),
    error(
        "InvalidLocationConstraint",
        400,
        "The specified location-constraint is not valid",
    ),
    error(
        "InvalidPart",
        400,
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified \
         entity tag may not match the part's entity tag.",
    ),
    error(
        "InvalidPartNumber",
        416,
        "The requested partnumber is not satisfiable",
    ),
    error(
        "InvalidPartOrder",
        400,
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
    ),
    error(
        "InvalidRange",
        416,
        "The requested range is not satisfiable",
    ),
    error("InvalidRequest", 400, "Invalid Request"),
    error(
        "InvalidStorageClass",
        400,
        "The storage class you specified is not valid",
    ),
    error(
        "InvalidTag",
        400,
        "The tag provided was not a valid tag. This error can occur if the tag did not pass input validation.",
    ),
    error(
        "InvalidToken",
        400,
        "The provided token is malformed or otherwise invalid.",
    ),
    error("InvalidURI", 400, "Couldn't parse the specified URI."),
    error("KeyTooLongError", 400, "Your key is too long"),
    error(
        "MalformedXML",
        400,
        "The XML you provided was not well-formed or did not validate against our published schema",
    ),
    error("MaxMessageLengthExceeded", 400, "Your request was too big."),
    error(
        "MetadataTooLarge",
        400,
        "Your metadata headers exceed the maximum allowed metadata size",
    ),
    error(
        "MethodNotAllowed",
        405,
        "The specified method is not allowed against this resource.",
    ),
    error(
        "MissingContentLength",
        411,
        "You must provide the Content-Length HTTP header.",
    ),
    error("MissingRequestBodyError", 400, "Request Body is empty"),
    error("NoSuchBucket", 404, "The specified bucket does not exist"),
    error("NoSuchKey", 404, "The specified key does not exist."),
    error("NoSuchTagSet", 404, "The TagSet does not exist"),
    error(
        "NoSuchUpload",
        404,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    ),
    error(
        "NoSuchVersion",
        404,
        "The specified version does not exist.",
    ),
    error(
        "NotImplemented",
        501,
        "A header you provided implies functionality that is not implemented",
    ),
    error("NotModified", 304, "Not Modified"),
    error(
        "PreconditionFailed",
        412,
        "At least one of the pre-conditions you specified did not hold",
    ),
    error(
        "RequestTimeTooSkewed",
        403,
        "The difference between the request time and the current time is too large.",
    ),
    error(
        "RequestTimeout",
        400,
        "Your socket connection to the server was not read from or written to within the timeout period. Idle \
         connections will be closed.",
    ),
    error(
        "ServiceUnavailable",
        503,
        "Service is unable to handle request.",
    ),
    error("SlowDown", 503, "Please reduce your request rate."),
];

/// A range that the source of a copied part does not have.
///
/// # Source
/// Answers quoted in the ceph/s3-tests project and elsewhere; assumed
pub(crate) fn copy_range_beyond(size: u64) -> String {
    format!("Range specified is not valid for source object of size: {size}")
}

/// A location constraint that is not the region the request was signed for.
///
/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) fn illegal_location(constraint: &str) -> String {
    format!(
        "The {constraint} location constraint is incompatible for the region specific endpoint this request was sent to."
    )
}

/// A copy onto itself that would change nothing.
///
/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) const COPY_TO_ITSELF: &str = "This copy request is illegal because it is trying to copy an object to itself \
    without changing the object's metadata, storage class, website redirect location or encryption attributes.";

/// A source of more than 5 GB.
///
/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) const COPY_SOURCE_TOO_LARGE: &str = "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120";

/// A value of `x-amz-metadata-directive` that is neither `COPY` nor `REPLACE`.
///
/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) const METADATA_DIRECTIVE: &str = "Unknown metadata directive.";

/// A read that asks for a range and for a part at once.
///
/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) const RANGE_AND_PART: &str =
    "Cannot specify both Range header and partNumber query parameter";

/// The size of a page, such as `max-keys`, below 0.
///
/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) fn page_size(name: &str) -> String {
    format!("Argument {name} must be an integer between 0 and 2147483647")
}

/// A version id that S3 never gave, or any but `null` in a bucket that never had versioning.
///
/// # Source
/// Recorded on S3 by the tests of `LocalStack` (2026-02-21); recorded;
/// case: s3-versioning/made-up-ids-are-refused
pub(crate) const VERSION_ID_INVALID: &str = "Invalid version id specified";

/// `versionId=` with nothing behind it.
///
/// # Source
/// As commonly quoted from real answers; assumed; case: s3-versioning/an-empty-id
pub(crate) const VERSION_ID_EMPTY: &str = "Version id cannot be the empty string";

/// `version-id-marker=` with nothing behind it.
///
/// # Source
/// Answers of S3 quoted in a public test log of March 2026; recorded;
/// case: s3-versioning/markers-of-pages-are-checked
pub(crate) const VERSION_ID_MARKER_EMPTY: &str = "A version-id marker cannot be empty.";

/// `version-id-marker` alone.
///
/// # Source
/// As commonly quoted from real answers; assumed;
/// case: s3-versioning/a-version-marker-needs-a-key-marker
pub(crate) const VERSION_ID_MARKER_ALONE: &str =
    "A version-id marker cannot be specified without a key marker.";

/// A copy of a delete marker.
///
/// # Source
/// API reference, `CopyObject`, says that it is refused; the text as commonly quoted from real
/// answers; assumed; case: s3-versioning/copies-name-versions
pub(crate) const COPY_OF_DELETE_MARKER: &str =
    "The source of a copy request may not specifically refer to a delete marker by version id.";

/// More tags than an object or a bucket can have.
///
/// # Source
/// For objects quoted from S3 in issues of the Terraform provider (19895 of 2021, 41747); recorded;
/// case: s3-tagging/ten-and-no-more. For buckets as other implementations quote it; assumed;
/// case: s3-tagging/fifty-of-a-bucket-and-no-more
pub(crate) fn tags_too_many(tags_max: usize) -> String {
    if tags_max == OBJECT_TAGS_MAX {
        format!("Object tags cannot be greater than {tags_max}")
    } else {
        format!("Bucket tag count cannot be greater than {tags_max}")
    }
}

/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_tagging_validation`, 2026-02-23); recorded;
/// case: s3-tagging/tags-are-checked
pub(crate) const TAG_DUPLICATE: &str = "Cannot provide multiple Tags with the same key";

/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_tagging_validation`, 2026-02-23); recorded;
/// case: s3-tagging/tags-are-checked
pub(crate) const TAG_KEY: &str = "The TagKey you have provided is invalid";

/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_tagging_validation`, 2026-02-23); recorded;
/// case: s3-tagging/tags-are-checked
pub(crate) const TAG_VALUE: &str = "The TagValue you have provided is invalid";

/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_tagging_validation`, 2026-02-23); recorded;
/// case: s3-tagging/tags-are-checked
pub(crate) const OBJECT_TAG_RESERVED: &str = "Your TagKey cannot be prefixed with aws:";

/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_tagging_validation`, 2026-02-23); recorded;
/// case: s3-tagging/tags-of-a-bucket
pub(crate) const BUCKET_TAG_RESERVED: &str = "System tags cannot be added/updated by requester";

/// A header `x-amz-tagging` of another form.
///
/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_object_tagging_exc`, 2026-02-23); recorded;
/// case: s3-tagging/tags-by-header
pub(crate) const TAGGING_HEADER: &str = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query \
    parameters without tag name duplicates.";

/// A value of `x-amz-tagging-directive` that is neither `COPY` nor `REPLACE`.
///
/// # Source
/// Like that of `x-amz-metadata-directive`; assumed; case: s3-tagging/unknown-directive
pub(crate) const TAGGING_DIRECTIVE: &str = "Unknown tagging directive.";

/// `x-amz-object-attributes` without a name, or with one that is none.
///
/// # Source
/// As quoted from S3 by other implementations; assumed; case: s3-attributes/unknown-attribute
pub(crate) const OBJECT_ATTRIBUTES: &str = "Invalid attribute name specified.";

/// # Source
/// Recorded on S3 by the tests of `LocalStack` (2026-02-21); recorded;
/// case: s3-conditions/values-that-s3-does-not-take
pub(crate) const CONDITIONS_BOTH: &str =
    "Multiple conditional request headers present in the request";

/// # Source
/// Recorded on S3 by the tests of `LocalStack` (2026-02-21); recorded;
/// case: s3-conditions/values-that-s3-does-not-take
pub(crate) fn condition_value(header: &str) -> String {
    format!("We don't accept the provided value of {header} header for this API")
}

/// Form of `x-amz-copy-source-range`.
///
/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) const COPY_RANGE_FORM: &str = "The x-amz-copy-source-range value must be of the form bytes=first-last where \
    first and last are the zero-based offsets of the first and last bytes to copy";

/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) const PART_NUMBER_RANGE: &str =
    "Part number must be an integer between 1 and 10000, inclusive";

/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) const CONTINUATION_TOKEN: &str = "The continuation token provided is incorrect";

/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) const ENCODING_TYPE: &str = "Invalid Encoding Method specified in Request";

/// `DeleteObjects` without a checksum.
///
/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) const DELETE_WITHOUT_CHECKSUM: &str =
    "Missing required header for this request: Content-MD5 OR x-amz-checksum-*";

/// `x-amz-checksum-type` alone.
///
/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) const CHECKSUM_TYPE_ALONE: &str =
    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.";

/// A type that the algorithm does not have.
///
/// # Source
/// As commonly quoted from real answers; assumed
pub(crate) fn checksum_type_impossible(checksum_type: &str, algorithm: &str) -> String {
    let algorithm = algorithm.to_ascii_lowercase();
    format!(
        "The {checksum_type} checksum type cannot be used with the {algorithm} checksum algorithm."
    )
}

/// A part or a completion with another checksum than its upload.
///
/// # Source
/// As quoted in issues of the AWS SDKs; assumed
pub(crate) fn checksum_type_mismatch(expected: &str, actual: &str) -> String {
    format!(
        "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
        expected.to_ascii_lowercase(),
        actual.to_ascii_lowercase()
    )
}

/// An object that has another size than the completion says.
///
/// # Source
/// Our wording; assumed
pub(crate) fn object_size_mismatch(expected: u64, actual: u64) -> String {
    format!(
        "The provided 'x-amz-mp-object-size' header value {expected} does not match what was computed: {actual}"
    )
}

/// What this store does not do, named, so that nobody takes silence for success.
///
/// # Source
/// Our wording, S3 can do all of it; assumed
pub(crate) fn not_implemented(what: &str) -> String {
    format!("{what} is not implemented by this S3 store")
}

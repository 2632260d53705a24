//! Texts of error answers, word for word where they were seen.

use std::borrow::Cow;
use std::fmt;

/// # Source
/// aws-amplify/amplify-cli issue 910 (GetApp), 2903 (DeleteApp); recorded;
/// case: apps/unknown-application
pub(crate) const APPLICATION_NOT_FOUND: &str = "Application not found";

/// # Source
/// aws-amplify/amplify-cli issue 13560 for channels; recorded. For jobs, endpoints, users and
/// segments: assumed, by analogy; case: export-jobs/unknown-job
pub(crate) const RESOURCE_NOT_FOUND: &str = "Resource not found";

/// # Source
/// aws-amplify/aws-sdk-ios issue 861; recorded; case: endpoints/missing-address
pub(crate) const MISSING_ADDRESS: &str = "Missing Address";

/// # Source
/// Client libraries match on the beginning `Missing ChannelType`; assumed, since no answer was seen;
/// case: endpoints/missing-channel-type
pub(crate) const MISSING_CHANNEL_TYPE: &str = "Missing ChannelType";

/// The `Message` of `202 Accepted` answers of the endpoint calls.
///
/// # Source
/// Developer Guide, audience-define-endpoints; recorded; case: endpoints/update-is-accepted
pub(crate) const ACCEPTED: &str = "Accepted";

/// A required member of a request body is not there; `Dimensions.Behavior.Recency.Duration` if it lies
/// deeper.
///
/// # Source
/// Assumed, after the texts for `Address` and `ChannelType`; case: export-jobs/missing-role-arn
pub(crate) fn missing_member(path: impl fmt::Display) -> String {
    format!("Missing {path}")
}

/// The body is no JSON object.
///
/// # Source
/// Assumed: the service is known to hand out its JSON parser's text (aws/aws-sdk issue 660), which
/// cannot be reproduced; the text says where the fault is; case: protocol/body-is-not-json
pub(crate) fn malformed_body(reason: &str) -> String {
    format!("Could not parse the request body: {reason}")
}

/// Why a body is malformed that nests too deep.
///
/// # Source
/// Assumed; case: validation/nesting-too-deep
pub(crate) const TOO_DEEP: &str = "it is nested too deep";

/// A member of a request body is not of its type.
///
/// # Source
/// Assumed; case: validation/wrong-type-names-the-member
pub(crate) fn wrong_type(path: impl fmt::Display, expected: &str, found: &str) -> String {
    format!("{path} must be {expected}, not {found}")
}

/// A member of a request body is not one of the texts of its enumeration.
///
/// # Source
/// Assumed; case: validation/unknown-value-names-what-is-allowed
pub(crate) fn unknown_value(path: impl fmt::Display, allowed: &[&str], found: &str) -> String {
    let allowed = allowed.join(", ");
    format!("{path} must be one of {allowed}, not {}", excerpt(found))
}

/// An item of a list is `null`.
///
/// # Source
/// Smithy specification, sparse trait (a list without it holds no null); documented for the protocol,
/// assumed for the service; case: validation/null-in-a-list
pub(crate) fn null_in_list(path: impl fmt::Display) -> String {
    format!("{path} must not be null")
}

/// The body has the wrapper that SDKs show and never send.
///
/// # Source
/// Assumed: the service would have ignored the member as unknown, and so have done nothing without
/// saying so; case: validation/wrapper-is-refused
pub(crate) fn wrapped(shape: &str) -> String {
    format!("The members of {shape} stand in the body by themselves, not in a member of this name")
}

/// What a caller sent, short enough to be quoted in a message.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    const CHARS_MAX: usize = 50;
    match text.char_indices().nth(CHARS_MAX) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

/// # Source
/// Assumed; case: export-jobs/prefix-is-not-an-s3-url
pub(crate) const S3_URL_PREFIX_INVALID: &str =
    "S3UrlPrefix must be of the form s3://bucket-name/folder-name/";

/// # Source
/// Assumed; case: export-jobs/role-is-not-an-arn
pub(crate) const ROLE_ARN_INVALID: &str =
    "RoleArn must be of the form arn:aws:iam::123456789012:role/role-name";

/// # Source
/// Assumed; case: export-jobs/page-size-is-no-number
pub(crate) const PAGE_SIZE_INVALID: &str = "page-size must be a number from 1 to 1000";

/// # Source
/// Assumed; case: export-jobs/token-of-another-list
pub(crate) const TOKEN_INVALID: &str = "token is not valid for this request";

/// # Source
/// Assumed; case: protocol/unknown-path
pub(crate) const PATH_UNKNOWN: &str = "No operation of the API has this path";

/// # Source
/// Assumed; case: protocol/method-not-allowed
pub(crate) const METHOD_NOT_ALLOWED: &str = "Method not allowed";

/// # Source
/// Assumed; case: protocol/body-over-seven-megabytes
pub(crate) const PAYLOAD_TOO_LARGE: &str = "The request body is larger than 7 MB";

/// # Source
/// Assumed; case: endpoints/batch-over-a-hundred
pub(crate) const BATCH_TOO_LARGE: &str = "Item may hold at most 100 endpoints";

/// CreateExportJob while too many export jobs run.
///
/// # Source
/// A client that exports segment after segment waits and tries again when a message has these words;
/// recorded. That they are the whole message, and the status: assumed; case: quotas/eleventh-export-job
pub(crate) const EXPORT_JOBS_EXCEEDED: &str = "Maximum concurrent exports limit exceeded";

/// CreateApp when there are as many applications as may be.
///
/// # Source
/// Assumed, after the text for too many endpoints of a user
pub(crate) fn applications_exceeded(max: usize) -> String {
    format!("Exceeded maximum application count: {max}")
}

/// What a caller learns of a fault that is ours; the log has the rest.
///
/// # Source
/// Assumed: none was seen; no case, since nothing should bring it about.
pub(crate) const INTERNAL: &str = "An internal error occurred";

/// An operation that the API has and this emulator does not carry out yet. Not an answer of AWS.
pub(crate) fn not_written(operation: &str) -> String {
    format!("{operation} is not built yet")
}

/// Entry of `Failures` of an export job whose bucket or role does not take the write.
///
/// # Source
/// Assumed: no text of a failed export was seen; case: export-jobs/missing-bucket-fails-the-job
pub(crate) fn write_failed(bucket: &str, key: &str, reason: &str) -> String {
    format!("Failed to write s3://{bucket}/{key}: {reason}")
}

/// An application's ARN.
///
/// # Source
/// Developer Guide, permissions-actions; documented; case: apps/create-answers-the-application
pub(crate) fn application_arn(region: &str, account: &str, id: &str) -> String {
    format!("arn:aws:mobiletargeting:{region}:{account}:apps/{id}")
}

/// # Source
/// Assumed; case: protocol/path-is-not-utf-8
pub(crate) const PATH_NOT_UTF8: &str = "The path is not UTF-8";

/// A segment's ARN.
///
/// # Source
/// Developer Guide, permissions-actions; documented; case: segments/create-answers-the-segment
pub(crate) fn segment_arn(region: &str, account: &str, application: &str, id: &str) -> String {
    let application = application_arn(region, account, application);
    format!("{application}/segments/{id}")
}

/// # Source
/// Assumed; case: segments/dimensions-and-groups
pub(crate) const DIMENSIONS_AND_GROUPS: &str =
    "A segment can have Dimensions or SegmentGroups, but not both";

/// # Source
/// Assumed; case: segments/over-a-hundred-dimensions
pub(crate) const TOO_MANY_DIMENSIONS: &str = "A segment can have at most 100 dimensions";

/// # Source
/// Assumed; case: segments/date-types-need-dates
pub(crate) fn not_a_date_time(value: &str) -> String {
    format!("'{value}' is not an ISO 8601 date and time, which this AttributeType needs")
}

/// # Source
/// Assumed; case: segments/between-needs-two-values
pub(crate) const BETWEEN_NEEDS_TWO_VALUES: &str = "AttributeType BETWEEN needs exactly two Values";

/// # Source
/// Assumed; case: segments/unknown-comparison-operator
pub(crate) fn unknown_comparison_operator(operator: &str) -> String {
    format!(
        "ComparisonOperator '{operator}' is not one of GREATER_THAN, LESS_THAN, GREATER_THAN_OR_EQUAL, \
         LESS_THAN_OR_EQUAL, EQUAL"
    )
}

/// # Source
/// Assumed; case: none until import jobs make such segments
pub(crate) const IMPORTED_SOURCE_NOT_ALONE: &str =
    "A segment group can have several dimensional source segments or only one imported segment";

/// # Source
/// Assumed; case: segments/source-that-leads-back
pub(crate) const SOURCE_LEADS_BACK: &str = "A source segment is based on the segment itself";

/// # Source
/// Assumed; case: none until import jobs make such segments
pub(crate) const IMPORTED_SEGMENT_FIXED: &str =
    "Dimensions and SegmentGroups of an imported segment cannot be changed";

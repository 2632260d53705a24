//! Texts of error answers, word for word where they were seen.

use std::borrow::Cow;
use std::fmt;

use super::limits::{ATTRIBUTE_PATTERNS_MAX, SEGMENT_GROUPS_MAX, SEGMENT_SOURCES_MAX};
use super::s3_limits::KEY_BYTES_MAX;

/// # Source
/// aws-amplify/amplify-cli issue 910 (GetApp), 2903 (DeleteApp); recorded;
/// case: apps/unknown-application
pub(crate) const APPLICATION_NOT_FOUND: &str = "Application not found";

/// # Source
/// aws-amplify/amplify-cli issue 13560 for channels; recorded; case: channels/unknown-application. For
/// jobs, endpoints, users, segments, event streams and tags: assumed, by analogy;
/// case: export-jobs/unknown-job
pub(crate) const RESOURCE_NOT_FOUND: &str = "Resource not found";

/// # Source
/// aws-amplify/aws-sdk-ios issue 861; recorded; case: endpoints/missing-address
pub(crate) const MISSING_ADDRESS: &str = "Missing Address";

/// # Source
/// Client libraries match on the beginning `Missing ChannelType`; assumed, since no answer was seen;
/// case: endpoints/missing-channel-type
pub(crate) const MISSING_CHANNEL_TYPE: &str = "Missing ChannelType";

/// # Source
/// aws-amplify/aws-sdk-android issues 663 and 1470, with and without the colon; recorded;
/// case: users/too-many-endpoints
pub(crate) const TOO_MANY_ENDPOINTS_OF_A_USER: &str =
    "Exceeded maximum endpoint per user count: 15";

/// # Source
/// User Guide, segments-troubleshooting, a heading; documented;
/// case: endpoint-limits/too-many-attribute-names
pub(crate) const TOO_MANY_ATTRIBUTE_NAMES: &str = "Too many custom attributes";

/// # Source
/// Assumed; case: endpoint-limits/length-of-a-name
pub(crate) fn attribute_name_too_long(name: &str) -> String {
    let name = excerpt(name);
    format!("The attribute name {name} is longer than 50 characters")
}

/// # Source
/// Assumed; case: endpoint-limits/length-of-a-value
pub(crate) fn attribute_value_too_long(name: &str) -> String {
    let name = excerpt(name);
    format!("A value of the attribute {name} is longer than 100 characters")
}

/// # Source
/// Assumed; case: endpoint-limits/values-of-an-attribute
pub(crate) fn too_many_attribute_values(name: &str) -> String {
    let name = excerpt(name);
    format!("The attribute {name} has more than 50 values")
}

/// # Source
/// Assumed; case: endpoint-limits/size-of-an-endpoint
pub(crate) const ENDPOINT_TOO_LARGE: &str = "The endpoint is larger than 15 KB";

/// # Source
/// Assumed; case: attributes/unknown-attribute-type
pub(crate) const ATTRIBUTE_TYPE_INVALID: &str = "AttributeType must be endpoint-custom-attributes, \
     endpoint-metric-attributes or endpoint-user-attributes";

/// # Source
/// Assumed; case: attributes/over-a-thousand-patterns
pub(crate) fn too_many_patterns() -> String {
    format!("Blacklist may hold at most {ATTRIBUTE_PATTERNS_MAX} patterns with *")
}

/// # Source
/// Assumed; case: events/over-a-hundred
pub(crate) const TOO_MANY_EVENTS: &str = "A request may hold at most 100 events";

/// # Source
/// Assumed; case: events/an-undated-event-is-refused-alone
pub(crate) const EVENT_TIMESTAMP_INVALID: &str = "Timestamp must be a date and time in ISO 8601";

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

/// The body stops being JSON in a member. The parser by itself knows places in the text alone, and does
/// not say which numbers it takes.
///
/// # Source
/// As for [`malformed_body`]; case: validation/where-it-stops-being-json
pub(crate) fn malformed_in(reason: &str, path: &str) -> String {
    let range = if reason.starts_with("number out of range") {
        " (a number may be from -1.7976931348623157e308 to 1.7976931348623157e308)"
    } else {
        ""
    };
    match path {
        "" => malformed_body(&format!("{reason}{range}")),
        path => malformed_body(&format!("{reason}, in {path}{range}")),
    }
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

/// The path of what `of` has under a name that may be a caller's own; `of` is empty at the top.
///
/// # Source
/// Assumed; case: validation/wrong-type-names-the-member
pub(crate) fn member_path(of: impl fmt::Display, name: &str) -> String {
    let of = of.to_string();
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let is_word = (1..=50).contains(&name.len()) && name.bytes().all(is_letter);
    match (is_word, of.as_str()) {
        (true, "") => name.to_owned(),
        (true, of) => format!("{of}.{name}"),
        (false, of) => format!("{of}[{:?}]", excerpt(name)),
    }
}

/// What a caller sent, short enough to be quoted in a message.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    beginning(text, 50)
}

/// The key of an object, or what a caller sent as one. Real ones are shown in whole.
fn excerpt_of_key(key: &str) -> Cow<'_, str> {
    beginning(key, KEY_BYTES_MAX)
}

/// At most so many characters of a text.
fn beginning(text: &str, chars_max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(chars_max) {
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

/// Ids and ARNs stand in paths, and their slashes are easily left as they are.
///
/// # Source
/// Assumed; case: protocol/unknown-path
pub(crate) const PATH_UNKNOWN: &str =
    "No operation of the API has this path; a slash within an id or an ARN is sent as %2F";

/// # Source
/// Assumed; case: protocol/method-not-allowed
pub(crate) const METHOD_NOT_ALLOWED: &str = "Method not allowed";

/// # Source
/// Assumed; case: protocol/body-over-seven-megabytes
pub(crate) const PAYLOAD_TOO_LARGE: &str = "The request body is larger than 7 MB";

/// # Source
/// Assumed; case: endpoints/batch-over-a-hundred
pub(crate) const BATCH_TOO_LARGE: &str = "Item may hold at most 100 endpoints";

/// One item of a batch cannot be written. Clients match on how texts begin, so the item is named last.
///
/// # Source
/// Assumed; case: endpoints/batch-with-a-bad-item
pub(crate) fn batch_item_refused(
    reason: impl fmt::Display,
    index: usize,
    id: Option<&str>,
) -> String {
    match id {
        Some(id) => format!("{reason} (Item[{index}], Id {})", excerpt(id)),
        None => format!("{reason} (Item[{index}])"),
    }
}

/// CreateExportJob while too many export jobs run.
///
/// # Source
/// A client that exports segment after segment waits and tries again when a message has these words;
/// recorded. That they are the whole message, and the status: assumed; case: quotas/eleventh-export-job
pub(crate) const EXPORT_JOBS_EXCEEDED: &str = "Maximum concurrent exports limit exceeded";

/// CreateImportJob while too many import jobs run.
///
/// # Source
/// Assumed, after the text for exports; case: quotas/eleventh-import-job
pub(crate) const IMPORT_JOBS_EXCEEDED: &str = "Maximum concurrent imports limit exceeded";

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
    let key = excerpt_of_key(key);
    format!("Failed to write s3://{bucket}/{key}: {reason}")
}

/// # Source
/// Assumed; case: import-jobs/source-is-not-an-s3-url
pub(crate) const S3_URL_INVALID: &str =
    "S3Url must be of the form s3://bucket-name/folder-name/file-name";

/// # Source
/// Assumed; case: import-jobs/neither-given
pub(crate) const IMPORT_DOES_NOTHING: &str =
    "At least one of RegisterEndpoints and DefineSegment must be true";

/// # Source
/// Assumed; case: import-jobs/segment-id-without-define-segment
pub(crate) const SEGMENT_ID_WITHOUT_DEFINE_SEGMENT: &str =
    "SegmentId is given, but DefineSegment is not true";

/// # Source
/// Assumed; case: import-jobs/segment-that-is-not-imported
pub(crate) const SEGMENT_NOT_IMPORTED: &str = "The segment is not an imported segment";

/// The file or the folder of an import job cannot be read.
///
/// # Source
/// Assumed; case: import-jobs/missing-bucket
pub(crate) fn read_failed(bucket: &str, key: &str, reason: &str) -> String {
    let key = excerpt_of_key(key);
    format!("Failed to read s3://{bucket}/{key}: {reason}")
}

/// Why, if the bucket is another account's.
///
/// # Source
/// Assumed; case: import-jobs/foreign-bucket
pub(crate) const ACCESS_DENIED: &str = "access denied";

/// Why, if there is nothing.
///
/// # Source
/// Assumed; case: import-jobs/files-of-a-prefix
pub(crate) const NO_FILES: &str = "no files of the format are there";

/// # Source
/// Assumed; no case, since none should send so many; `operations::import_jobs` tests it
pub(crate) const TOO_MANY_FILES: &str = "An import job may have at most 10,000 files";

/// # Source
/// Assumed; no case, since none should send so much
pub(crate) const FILES_TOO_LARGE: &str = "The files of an import job may have at most 1 GB";

/// Entry of `Failures` of an import job whose segment is deleted before its end.
///
/// # Source
/// Assumed; case: import-jobs/segment-deleted-meanwhile
pub(crate) const SEGMENT_GONE: &str = "The segment has been deleted";

/// Entry of `Failures` of an import job for a row that was not taken in.
///
/// # Source
/// Assumed: no entry was seen; case: import-jobs/bad-rows-are-listed
pub(crate) fn row_failed(key: &str, line: u64, reason: &str) -> String {
    let key = excerpt_of_key(key);
    format!("{key}, line {line}: {reason}")
}

/// Why, if it names a user that no endpoint has.
///
/// # Source
/// Assumed; case: import-jobs/bad-rows-are-listed
pub(crate) fn no_endpoint_of_user(user_id: &str) -> String {
    let user_id = excerpt(user_id);
    format!("no endpoint has the user `{user_id}`")
}

/// An application's ARN.
///
/// # Source
/// Developer Guide, permissions-actions; documented; case: apps/create-answers-the-application
pub(crate) fn application_arn(region: &str, account: &str, id: &str) -> String {
    let partition = partition(region);
    format!("arn:{partition}:mobiletargeting:{region}:{account}:apps/{id}")
}

/// The partition that a region belongs to, as it stands in ARNs.
///
/// # Source
/// AWS General Reference, ARN format; documented; case: tags/resource-of-another-account
pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
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
/// Assumed; case: segments/over-a-hundred-groups
pub(crate) fn too_many_segment_groups() -> String {
    format!("A segment can have at most {SEGMENT_GROUPS_MAX} segment groups")
}

/// # Source
/// Assumed; case: segments/over-a-thousand-source-segments
pub(crate) fn too_many_source_segments() -> String {
    format!("A segment can have at most {SEGMENT_SOURCES_MAX} source segments")
}

/// # Source
/// Assumed; case: segments/date-types-need-dates
pub(crate) fn not_a_date_time(value: &str) -> String {
    let value = excerpt(value);
    format!("'{value}' is not an ISO 8601 date and time, which this AttributeType needs")
}

/// # Source
/// Assumed; case: segments/between-needs-two-values
pub(crate) const BETWEEN_NEEDS_TWO_VALUES: &str = "AttributeType BETWEEN needs exactly two Values";

/// # Source
/// Assumed; case: segments/unknown-comparison-operator
pub(crate) fn unknown_comparison_operator(operator: &str) -> String {
    let operator = excerpt(operator);
    format!(
        "ComparisonOperator '{operator}' is not one of GREATER_THAN, LESS_THAN, GREATER_THAN_OR_EQUAL, \
         LESS_THAN_OR_EQUAL, EQUAL"
    )
}

/// # Source
/// Assumed; case: import-jobs/imported-segment-as-a-source
pub(crate) const IMPORTED_SOURCE_NOT_ALONE: &str =
    "A segment group can have several dimensional source segments or only one imported segment";

/// # Source
/// Assumed; case: segments/source-that-leads-back
pub(crate) const SOURCE_LEADS_BACK: &str = "A source segment is based on the segment itself";

/// # Source
/// Assumed; case: import-jobs/imported-segment-is-fixed
pub(crate) const IMPORTED_SEGMENT_FIXED: &str =
    "Dimensions and SegmentGroups of an imported segment cannot be changed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_quoted_by_its_beginning() {
        // Three bytes a character, so that a cut by bytes would be seen.
        let long = "\u{4e16}".repeat(1024 * 1024 / 3);
        let fifty = format!("{}\u{2026}", "\u{4e16}".repeat(50));
        for message in [
            attribute_name_too_long(&long),
            attribute_value_too_long(&long),
            too_many_attribute_values(&long),
            unknown_value("OptOut", &["ALL", "NONE"], &long),
            not_a_date_time(&long),
            unknown_comparison_operator(&long),
            no_endpoint_of_user(&long),
        ] {
            assert!(message.contains(&fifty), "{message:.200}");
            assert!(message.chars().count() < 250, "{message:.200}");
        }
        for message in [
            read_failed("bucket", &long, "why"),
            write_failed("bucket", &long, "why"),
            row_failed(&long, 1, "why"),
        ] {
            assert!(message.contains('\u{2026}') && message.ends_with("why"));
            assert!(message.chars().count() < 1200, "{message:.200}");
        }
    }

    #[test]
    fn the_longest_key_is_shown_in_whole() {
        let key = "k".repeat(KEY_BYTES_MAX);
        assert_eq!(row_failed(&key, 1, "why"), format!("{key}, line 1: why"));
    }

    #[test]
    fn arns_of_china_and_of_the_united_states_government_have_their_own_partition() {
        for (region, expected) in [
            ("eu-west-3", "arn:aws:mobiletargeting:eu-west-3:1:apps/a"),
            (
                "cn-north-1",
                "arn:aws-cn:mobiletargeting:cn-north-1:1:apps/a",
            ),
            (
                "us-gov-west-1",
                "arn:aws-us-gov:mobiletargeting:us-gov-west-1:1:apps/a",
            ),
        ] {
            assert_eq!(application_arn(region, "1", "a"), expected);
        }
    }
}

//! Numbers that bound requests and answers.

/// Greatest size of a request body.   (bytes)
///
/// # Source
/// Developer Guide, quotas ("payload 7 MB"); documented; case: protocol/body-over-seven-megabytes
pub(crate) const BODY_BYTES_MAX: usize = 7 * 1024 * 1024;

/// Most lists and objects that a value of a request body may lie in, the body itself counted.
///
/// # Source
/// Assumed: no shape of the model comes near it; case: validation/nesting-too-deep
pub(crate) const BODY_DEPTH_MAX: usize = 100;

/// Page size when a list call names none.   (items)
///
/// # Source
/// Assumed: no default is published; a client in production asks for 200 explicitly.
/// case: export-jobs/pages-hold-fifty-jobs-unless-asked
pub(crate) const PAGE_SIZE_DEFAULT: usize = 50;

/// Greatest page size.   (items, 1..=1000)
///
/// # Source
/// A CloudTrail sample of AWS shows `page-size` 1000 accepted; recorded. That more is refused:
/// assumed; case: export-jobs/page-size-over-a-thousand
pub(crate) const PAGE_SIZE_MAX: usize = 1000;

/// Greatest number of endpoints in one UpdateEndpointsBatch.   (endpoints)
///
/// # Source
/// Developer Guide, quotas; documented; case: endpoints/batch-over-a-hundred
pub(crate) const ENDPOINTS_PER_BATCH_MAX: usize = 100;

/// Greatest number of entries in `Failures` of a job.   (entries)
///
/// # Source
/// API model, ExportJobResponse; documented; case: export-jobs/missing-bucket-fails-the-job
pub(crate) const FAILURES_LISTED_MAX: usize = 100;

/// Most files of one import job.   (files)
///
/// # Source
/// Developer Guide, quotas; documented; checked by a test of `domain::import::source`
pub(crate) const IMPORT_FILES_MAX: usize = 10_000;

/// Greatest size of all files of one import job together.   (bytes)
///
/// # Source
/// Developer Guide, quotas ("1 GB"); documented. That it is 2^30: assumed; checked by a test of
/// `domain::import::source`
pub(crate) const IMPORT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// Number of cohorts that endpoints are spread over; `CohortId` is below it.
///
/// # Source
/// API model, EndpointResponse (`CohortId` from 0 to 99); documented; case: endpoints/cohort-id
pub(crate) const COHORTS: u8 = 100;

/// Most endpoints of one user.   (endpoints)
///
/// # Source
/// Developer Guide, quotas; documented; case: users/too-many-endpoints
pub(crate) const ENDPOINTS_PER_USER_MAX: u64 = 15;

/// Channels whose new endpoint takes the place of an old one of these, when a user has no room.
///
/// # Source
/// Developer Guide, audience-define-auto-inactive; documented;
/// case: users/who-makes-room-loses-the-user. That APNS_SANDBOX is none of them:
/// aws-amplify/amplify-flutter issue 3560; recorded; case: users/apns-sandbox-makes-no-room
pub(crate) const CHANNELS_MAKING_ROOM: [&str; 6] = [
    "ADM",
    "GCM",
    "APNS",
    "APNS_VOIP",
    "APNS_VOIP_SANDBOX",
    "BAIDU",
];

/// Greatest size of an endpoint.   (bytes of JSON)
///
/// # Source
/// Developer Guide, quotas ("15 KB"); documented; case: endpoint-limits/size-of-an-endpoint
pub(crate) const ENDPOINT_BYTES_MAX: usize = 15 * 1024;

/// Most names of attributes, metrics and user attributes together in one application.   (names)
///
/// # Source
/// Developer Guide, quotas; documented; case: endpoint-limits/too-many-attribute-names
pub(crate) const ATTRIBUTE_NAMES_MAX: u64 = 250;

/// Most different patterns with a `*` in one RemoveAttributes.   (patterns)
///
/// # Source
/// Our bound, four times the names that an application may have: each pattern is held against each
/// name; assumed; case: attributes/over-a-thousand-patterns
pub(crate) const ATTRIBUTE_PATTERNS_MAX: usize = 1000;

/// Longest name of an attribute, a metric or a user attribute.   (characters)
///
/// # Source
/// Developer Guide, quotas; documented; case: endpoint-limits/length-of-a-name
pub(crate) const ATTRIBUTE_NAME_CHARS_MAX: usize = 50;

/// Longest value of an attribute or a user attribute.   (characters)
///
/// # Source
/// Developer Guide, quotas; documented; case: endpoint-limits/length-of-a-value
pub(crate) const ATTRIBUTE_VALUE_CHARS_MAX: usize = 100;

/// Most values of one attribute or user attribute.   (values)
///
/// # Source
/// Developer Guide, quotas; documented; case: endpoint-limits/values-of-an-attribute
pub(crate) const ATTRIBUTE_VALUES_MAX: usize = 50;

/// Most events in one PutEvents.   (events)
///
/// # Source
/// aws-amplify/aws-sdk-android issue 977 and pull 1058 (more are refused as a whole); recorded;
/// case: events/over-a-hundred
pub(crate) const EVENTS_PER_REQUEST_MAX: usize = 100;

/// Most endpoints in one piece of an export.   (endpoints)
///
/// # Source
/// Assumed: 215 and 217 endpoints made one piece, nothing larger was seen.
/// case: file-format/one-piece-for-few-endpoints
pub(crate) const ENDPOINTS_PER_PIECE_DEFAULT: u64 = 100_000;

/// Most dimensions of a segment, in all its groups together.   (dimensions)
///
/// # Source
/// Developer Guide, quotas; documented. That those of all groups add up: assumed;
/// case: segments/over-a-hundred-dimensions
pub(crate) const SEGMENT_DIMENSIONS_MAX: usize = 100;

/// Most groups of a segment.   (groups)
///
/// # Source
/// Assumed: no quota is published; the console makes two, and nobody needs more groups than
/// dimensions. case: segments/over-a-hundred-groups
pub(crate) const SEGMENT_GROUPS_MAX: usize = 100;

/// Most source segments of a segment, in all its groups together.   (references)
///
/// # Source
/// Assumed: no quota is published, and the console takes several or all segments of a project;
/// without a bound one request could ask for the whole store many times over.
/// case: segments/over-a-thousand-source-segments
pub(crate) const SEGMENT_SOURCES_MAX: usize = 1000;

//! Numbers that bound requests and answers.

/// Greatest size of a request body.   [bytes]
///
/// # Source
/// Developer Guide, quotas ("payload 7 MB"); documented; case: protocol/body-over-seven-megabytes
pub(crate) const BODY_BYTES_MAX: usize = 7 * 1024 * 1024;

/// Page size when a list call names none.   [items]
///
/// # Source
/// Assumed: no default is published; a client in production asks for 200 explicitly.
/// case: export-jobs/pages-hold-fifty-jobs-unless-asked
pub(crate) const PAGE_SIZE_DEFAULT: usize = 50;

/// Greatest page size.   [items, 1..=1000]
///
/// # Source
/// A CloudTrail sample of AWS shows `page-size` 1000 accepted; recorded. That more is refused:
/// assumed; case: export-jobs/page-size-over-a-thousand
pub(crate) const PAGE_SIZE_MAX: usize = 1000;

/// Greatest number of endpoints in one UpdateEndpointsBatch.   [endpoints]
///
/// # Source
/// Developer Guide, quotas; documented; case: endpoints/batch-over-a-hundred
pub(crate) const ENDPOINTS_PER_BATCH_MAX: usize = 100;

/// Greatest number of entries in `Failures` of a job.   [entries]
///
/// # Source
/// API model, ExportJobResponse; documented; case: export-jobs/missing-bucket-fails-the-job
pub(crate) const FAILURES_LISTED_MAX: usize = 100;

/// Number of cohorts that endpoints are spread over; `CohortId` is below it.
///
/// # Source
/// API model, EndpointResponse (`CohortId` from 0 to 99); documented; case: endpoints/cohort-id
pub(crate) const COHORTS: u8 = 100;

/// Most endpoints in one piece of an export.   [endpoints]
///
/// # Source
/// Assumed: 215 and 217 endpoints made one piece, nothing larger was seen.
/// case: file-format/one-piece-for-few-endpoints
pub(crate) const ENDPOINTS_PER_PIECE_DEFAULT: u64 = 100_000;

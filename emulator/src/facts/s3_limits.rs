//! Limits of S3 that can be observed from outside.

/// Longest key.   [bytes of UTF-8]
/// # Source: User Guide, Naming Amazon S3 objects; evidence: documented
pub(crate) const KEY_BYTES_MAX: usize = 1024;

/// Smallest part of a multipart upload, except for the last one.   [bytes]
/// # Source: User Guide, Amazon S3 multipart upload limits; evidence: documented
pub(crate) const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;

/// Greatest part, and greatest object written or copied in one request.   [bytes]
/// # Source: User Guide, Amazon S3 multipart upload limits; evidence: documented
pub(crate) const PUT_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// Greatest part number; parts count from 1.
/// # Source: User Guide, Amazon S3 multipart upload limits; evidence: documented
pub(crate) const PART_NUMBER_MAX: u16 = 10_000;

/// Most entries on a page of objects, parts or uploads, whatever the request asks for.   [entries]
/// # Source: API reference, `ListObjectsV2`, `ListParts`, `ListMultipartUploads`; evidence: documented
pub(crate) const PAGE_SIZE_MAX: usize = 1000;

/// Most keys of one `DeleteObjects`.   [keys]
/// # Source: API reference, `DeleteObjects`; evidence: documented
pub(crate) const DELETE_KEYS_MAX: usize = 1000;

/// Most bytes of names and values of the user metadata of an object.   [bytes of UTF-8]
/// # Source: User Guide, Working with object metadata; evidence: documented
pub(crate) const USER_METADATA_BYTES_MAX: usize = 2 * 1024;

/// Longest XML body of a request that is read: what `CompleteMultipartUpload` needs for 10,000 parts
/// with checksums, and `DeleteObjects` for 1000 keys of 1024 bytes each escaped byte by byte.   [bytes]
/// # Source: our choice, S3 names only 1 MB for `CompleteMultipartUpload`; evidence: assumed
pub(crate) const XML_BYTES_MAX: usize = 8 * 1024 * 1024;

//! Limits of S3 that can be observed from outside.

/// Longest key.   (bytes of UTF-8)
///
/// # Source
/// User Guide, Naming Amazon S3 objects; documented
pub(crate) const KEY_BYTES_MAX: usize = 1024;

/// Smallest part of a multipart upload, except for the last one.   (bytes)
///
/// # Source
/// User Guide, Amazon S3 multipart upload limits; documented
pub(crate) const PART_BYTES_MIN: u64 = 5 * 1024 * 1024;

/// Greatest part, and greatest object written or copied in one request.   (bytes)
///
/// # Source
/// User Guide, Amazon S3 multipart upload limits; documented
pub(crate) const PUT_BYTES_MAX: u64 = 5 * 1024 * 1024 * 1024;

/// Greatest part number; parts count from 1.
///
/// # Source
/// User Guide, Amazon S3 multipart upload limits; documented
pub(crate) const PART_NUMBER_MAX: u16 = 10_000;

/// Most entries on a page of objects, parts or uploads, whatever the request asks for.   (entries)
///
/// # Source
/// API reference, `ListObjectsV2`, `ListParts`, `ListMultipartUploads`; documented
pub(crate) const PAGE_SIZE_MAX: usize = 1000;

/// Most keys of one `DeleteObjects`.   (keys)
///
/// # Source
/// API reference, `DeleteObjects`; documented
pub(crate) const DELETE_KEYS_MAX: usize = 1000;

/// Most bytes of names and values of the user metadata of an object.   (bytes of UTF-8)
///
/// # Source
/// User Guide, Working with object metadata; documented
pub(crate) const USER_METADATA_BYTES_MAX: usize = 2 * 1024;

/// Most tags of an object.   (tags)
///
/// # Source
/// User Guide, Categorizing your objects using tags; documented; case: s3-tagging/ten-and-no-more
pub(crate) const OBJECT_TAGS_MAX: usize = 10;

/// Most tags of a bucket.   (tags)
///
/// # Source
/// User Guide, Using cost allocation S3 bucket tags; documented;
/// case: s3-tagging/fifty-of-a-bucket-and-no-more
pub(crate) const BUCKET_TAGS_MAX: usize = 50;

/// Longest XML body of a request that is read: what `CompleteMultipartUpload` needs for 10,000
/// parts with checksums, and `DeleteObjects` for 1000 keys of 1024 bytes each escaped byte by
/// byte.   (bytes)
///
/// # Source
/// Our choice, S3 names only 1 MB for `CompleteMultipartUpload`; assumed
pub(crate) const XML_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Beginnings and ends that a new bucket's name must not have.
///
/// # Source
/// User Guide, General purpose bucket naming rules; documented
pub(crate) const BUCKET_PREFIXES_RESERVED: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
/// # Source
/// User Guide, General purpose bucket naming rules; documented
pub(crate) const BUCKET_SUFFIXES_RESERVED: [&str; 5] =
    ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// Storage classes whose objects can be read at once.
///
/// # Source
/// API reference, `PutObject`, `x-amz-storage-class`; documented
pub(crate) const STORAGE_CLASSES_READABLE: [&str; 6] = [
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
];

/// Storage classes that this store does not do, for instance because reading needs a restore first.
///
/// # Source
/// API reference, `PutObject`, `x-amz-storage-class`; documented
pub(crate) const STORAGE_CLASSES_OTHER: [&str; 7] = [
    "GLACIER",
    "DEEP_ARCHIVE",
    "OUTPOSTS",
    "SNOW",
    "EXPRESS_ONEZONE",
    "FSX_OPENZFS",
    "FSX_ONTAP",
];

/// `Content-Type` of an object whose writer named none.
///
/// # Source
/// API reference, `PutObject`, `Content-Type`; documented
pub(crate) const CONTENT_TYPE_DEFAULT: &str = "binary/octet-stream";

/// Namespace of every XML answer that is no error.
///
/// # Source
/// API reference, sample answers of all operations; documented
pub(crate) const XML_NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The characters of version ids, which have 32 of them: letters, digits, `.` and `_`.
///
/// # Source
/// Ids in answers of S3 quoted in many places, for instance `GNw9xLk.mOeY5J05wxtBY9tDKMLAaHFw`; the
/// User Guide only calls them opaque; recorded; case: s3-versioning/put-answers-an-id
pub(crate) const VERSION_ID_ALPHABET: &str =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";

//! The seam between whoever stores objects (the S3 protocol, export jobs) and where they are kept.
//!
//! The store itself is `store.rs`, in memory today; a directory and an outer S3 fit the same trait.
//! All methods are async because those will wait. Who may do what, and how an answer looks, is decided
//! before this seam. Nothing here reads a clock: every date is passed in by the caller.

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::io::{self, BufRead, Read};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Buf as _, Bytes};
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;
use tokio::runtime::Handle;

use super::checksum::{Checksum, ChecksumType};
use crate::domain::checksum::ChecksumAlgorithm;
use crate::domain::id::{AccountId, Region};
use crate::domain::s3_conditions::WriteCondition;
use crate::domain::s3_tags::Tags;
use crate::domain::s3_version::VersionId;

/// Buckets, objects and multipart uploads, in one namespace of buckets.
///
/// Names and keys are taken as they are: their syntax is the caller's concern, except that a
/// backing refuses a key over the length limit. Objects become visible whole or not at all.
#[async_trait]
pub(crate) trait ObjectStore: Debug + Send + Sync {
    /// Makes an empty bucket.
    ///
    /// # Errors
    /// [`ObjectStoreError::BucketAlreadyOwnedByYou`] when `owner` has it already,
    /// [`ObjectStoreError::BucketAlreadyExists`] when somebody else has.
    async fn create_bucket(&self, bucket: BucketInfo) -> Result<(), ObjectStoreError>;

    /// What is known about a bucket.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`].
    async fn bucket(&self, bucket: &str) -> Result<Arc<Bucket>, ObjectStoreError>;

    /// Removes an empty bucket together with its unfinished uploads. Older versions and delete
    /// markers count as content.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`], [`ObjectStoreError::BucketNotEmpty`].
    async fn delete_bucket(&self, bucket: &str) -> Result<(), ObjectStoreError>;

    /// The buckets of `owner`, by name.
    async fn list_buckets(&self, owner: &AccountId) -> Result<Vec<BucketInfo>, ObjectStoreError>;

    /// Turns versioning on or suspends it, for what is written from now on.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`].
    async fn set_versioning(
        &self,
        bucket: &str,
        versioning: SetVersioning,
    ) -> Result<(), ObjectStoreError>;

    /// Gives a bucket these tags and takes away all others.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`].
    async fn set_bucket_tags(&self, bucket: &str, tags: Tags) -> Result<(), ObjectStoreError>;

    /// Begins to write an object; it becomes the latest version of its key when the writer commits.
    ///
    /// # Errors
    /// At once, before any byte is written: [`ObjectStoreError::NoSuchBucket`],
    /// [`ObjectStoreError::KeyTooLong`].
    async fn put_object(
        &self,
        bucket: &str,
        key: &str,
        new: NewObject,
    ) -> Result<Box<dyn ObjectWriter>, ObjectStoreError>;

    /// A version of an object, the latest unless one is named; later writes and deletions do not
    /// disturb reading it.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`], [`ObjectStoreError::NoSuchKey`],
    /// [`ObjectStoreError::NoSuchVersion`], [`ObjectStoreError::InvalidVersion`],
    /// [`ObjectStoreError::DeleteMarker`].
    async fn get_object(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&VersionId>,
    ) -> Result<OpenObject, ObjectStoreError>;

    /// Gives a version, the latest unless one is named, these tags and takes away all others.
    /// Answers which version that was; none in a bucket that never had versioning.
    ///
    /// # Errors
    /// As those of [`ObjectStore::get_object`].
    async fn set_tags(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&VersionId>,
        tags: Tags,
    ) -> Result<Option<VersionId>, ObjectStoreError>;

    /// Deletes keys or versions, one after the other but all in one change, and answers for each.
    /// What is not there is no error, as in S3.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`]; for one of them [`ObjectStoreError::InvalidVersion`].
    async fn delete_objects(
        &self,
        bucket: &str,
        targets: Vec<DeleteTarget>,
        now: Timestamp,
    ) -> Result<Vec<Result<Deletion, ObjectStoreError>>, ObjectStoreError>;

    /// One page of a bucket in the order of the keys' UTF-8 bytes. Its cost grows with the page,
    /// not with the bucket.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`].
    async fn list_objects(
        &self,
        bucket: &str,
        query: &ListQuery,
    ) -> Result<ListPage, ObjectStoreError>;

    /// One page of all versions and delete markers, by key, of each key the latest first.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`].
    async fn list_versions(
        &self,
        bucket: &str,
        query: &VersionQuery,
    ) -> Result<VersionPage, ObjectStoreError>;

    /// Begins a multipart upload. The date in the attributes becomes the object's, as in S3.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`], [`ObjectStoreError::KeyTooLong`].
    async fn create_upload(
        &self,
        bucket: &str,
        key: &str,
        new: NewObject,
        checksum_type: ChecksumType,
    ) -> Result<UploadInfo, ObjectStoreError>;

    /// What is known about an upload.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`], [`ObjectStoreError::NoSuchUpload`].
    async fn upload(&self, upload: &UploadRef<'_>) -> Result<Arc<UploadInfo>, ObjectStoreError>;

    /// Begins to write a part; it replaces the part of that number when the writer commits.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`], [`ObjectStoreError::NoSuchUpload`]; the latter also at
    /// commit, when the upload ended in between.
    async fn put_part(
        &self,
        upload: &UploadRef<'_>,
        part_number: u16,
        last_modified: Timestamp,
    ) -> Result<Box<dyn ObjectWriter<PartInfo>>, ObjectStoreError>;

    /// The parts with a number above `after`, by number.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`], [`ObjectStoreError::NoSuchUpload`].
    async fn list_parts(
        &self,
        upload: &UploadRef<'_>,
        after: u16,
        parts_max: usize,
    ) -> Result<PartPage, ObjectStoreError>;

    /// Makes an object of the named parts, drops the others and ends the upload. Asked again with the
    /// same parts it answers the same, as long as that object is there.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`], [`ObjectStoreError::NoSuchUpload`],
    /// [`ObjectStoreError::InvalidPart`], [`ObjectStoreError::InvalidPartOrder`],
    /// [`ObjectStoreError::EntityTooSmall`], [`ObjectStoreError::UnexpectedObject`]; the upload
    /// goes on then.
    async fn complete_upload(
        &self,
        upload: &UploadRef<'_>,
        completion: Completion,
    ) -> Result<WrittenObject, ObjectStoreError>;

    /// Ends an upload and drops its parts.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`], [`ObjectStoreError::NoSuchUpload`].
    async fn abort_upload(&self, upload: &UploadRef<'_>) -> Result<(), ObjectStoreError>;

    /// One page of the uploads under way, by key, then by upload id.
    ///
    /// # Errors
    /// [`ObjectStoreError::NoSuchBucket`].
    async fn list_uploads(
        &self,
        bucket: &str,
        query: &UploadQuery,
    ) -> Result<UploadPage, ObjectStoreError>;

    /// Forgets everything.
    async fn clear(&self) -> Result<(), ObjectStoreError>;
}

/// Takes the bytes of one object or one part. Dropped without a commit, it leaves nothing behind.
#[async_trait]
pub(crate) trait ObjectWriter<Committed = WrittenObject>: Debug + Send {
    /// Appends bytes.
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectStoreError>;

    /// Makes what was written visible, all at once.
    async fn commit(self: Box<Self>) -> Result<Committed, ObjectStoreError>;

    /// Gives up; the same as dropping, but waits until the room is free again.
    async fn abort(self: Box<Self>);
}

/// The bytes of a stored object.
pub(crate) trait ObjectBody: Debug + Send + Sync {
    /// Streams a range; the caller keeps it within the object's size.   (bytes)
    fn read(&self, range: Range<u64>) -> BodyStream;
}

/// Pieces of a body in order.
pub(crate) type BodyStream =
    Pin<Box<dyn Stream<Item = Result<Bytes, ObjectStoreError>> + Send + Sync>>;

/// A bucket without its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BucketInfo {
    /// Unique over all accounts.
    pub(crate) name: String,
    /// Whose it is.
    pub(crate) owner: AccountId,
    /// Where it was made.
    pub(crate) region: Region,
    /// When it was made.
    pub(crate) created: Timestamp,
}

/// A bucket as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// What its maker said.
    pub(crate) info: BucketInfo,
    /// Unique in the store for ever: a bucket made anew under an old name has another.
    pub(crate) number: BucketNumber,
    /// Whether writes make new versions.
    pub(crate) versioning: Versioning,
    /// Its tags.
    pub(crate) tags: Tags,
}

/// See [`Bucket::number`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BucketNumber(pub(crate) u64);

/// Whether writes make new versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Versioning {
    /// It was never turned on: a key has one object or none.
    Never,
    /// Every write and deletion makes a version of its own.
    Enabled,
    /// It was on: what was written then stays, and a key has one version more at most.
    Suspended,
}

/// What versioning can be set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetVersioning {
    /// Turned on.
    Enabled,
    /// Turned off for what follows.
    Suspended,
}

/// An object that is about to be written, but for its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewObject {
    /// What its writer says about it.
    pub(crate) attributes: ObjectAttributes,
    /// The tags it begins with.
    pub(crate) tags: Tags,
    /// Judged before the first byte, and again when the object is to be seen.
    pub(crate) condition: WriteCondition,
}

impl From<ObjectAttributes> for NewObject {
    fn from(attributes: ObjectAttributes) -> Self {
        Self {
            attributes,
            tags: Tags::new(),
            condition: WriteCondition::Always,
        }
    }
}

/// An object that has been written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WrittenObject {
    /// What is known about it.
    pub(crate) info: Arc<ObjectInfo>,
    /// Its version, unless that is `null`.
    pub(crate) version: Option<VersionId>,
}

/// A key, or one version of it, that is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeleteTarget {
    /// The key.
    pub(crate) key: String,
    /// Only this version, which is then gone for good.
    pub(crate) version: Option<VersionId>,
    /// On the latest version.
    pub(crate) condition: WriteCondition,
}

/// What a deletion did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Deletion {
    /// The version that was deleted or, if none was named, that of the new delete marker.
    pub(crate) version: Option<VersionId>,
    /// Whether that version is, or was, a delete marker.
    pub(crate) is_delete_marker: bool,
}

/// What the writer of an object decides about it, apart from its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectAttributes {
    /// Date of the object.
    pub(crate) last_modified: Timestamp,
    /// `Content-Type`; S3's default when absent.
    pub(crate) content_type: Option<String>,
    /// `Cache-Control`.
    pub(crate) cache_control: Option<String>,
    /// `Content-Disposition`.
    pub(crate) content_disposition: Option<String>,
    /// `Content-Encoding`, without `aws-chunked`.
    pub(crate) content_encoding: Option<String>,
    /// `Content-Language`.
    pub(crate) content_language: Option<String>,
    /// `Expires`, verbatim.
    pub(crate) expires: Option<String>,
    /// `x-amz-website-redirect-location`.
    pub(crate) website_redirect_location: Option<String>,
    /// Storage class, for instance `STANDARD`.
    pub(crate) storage_class: String,
    /// `x-amz-meta-*`: names without that prefix, in lower case.
    pub(crate) user_metadata: BTreeMap<String, String>,
    /// Which checksum is kept with the object beside its MD5.
    pub(crate) checksum_algorithm: ChecksumAlgorithm,
}

impl ObjectAttributes {
    /// What S3 assumes of an object about which nothing was said.
    pub(crate) fn new(last_modified: Timestamp) -> Self {
        Self {
            last_modified,
            content_type: None,
            cache_control: None,
            content_disposition: None,
            content_encoding: None,
            content_language: None,
            expires: None,
            website_redirect_location: None,
            storage_class: "STANDARD".to_owned(),
            user_metadata: BTreeMap::new(),
            checksum_algorithm: ChecksumAlgorithm::default(),
        }
    }
}

/// Everything known about a stored object but its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectInfo {
    /// Length of the object.   (bytes)
    pub(crate) size: u64,
    /// Without quotes: hex MD5 of the bytes, or of the parts' MD5s followed by `-` and their
    /// number.
    pub(crate) etag: String,
    /// Checksum of the bytes, or composed of those of the parts.
    pub(crate) checksum: Checksum,
    /// The parts of an object that was uploaded in parts; empty otherwise.
    pub(crate) parts: Vec<ObjectPart>,
    /// What its writer said.
    pub(crate) attributes: ObjectAttributes,
}

/// A part of an object that was uploaded in parts. Within the object parts count from 1 without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectPart {
    /// The number under which it was uploaded.
    pub(crate) uploaded_as: u16,
    /// Length of the part.   (bytes)
    pub(crate) size: u64,
    /// Over the bytes of the part.
    pub(crate) checksum: Checksum,
}

/// An object that can be read, whatever happens to its key meanwhile.
#[derive(Debug, Clone)]
pub(crate) struct OpenObject {
    /// What is known about it.
    pub(crate) info: Arc<ObjectInfo>,
    /// Its version; none in a bucket that never had versioning.
    pub(crate) version: Option<VersionId>,
    /// Its tags.
    pub(crate) tags: Tags,
    /// Its bytes.
    pub(crate) body: Arc<dyn ObjectBody>,
}

impl OpenObject {
    /// Reads the object from its beginning, on a thread of the runtime that may wait.
    pub(crate) fn blocking_reader(&self) -> BlockingReader {
        BlockingReader {
            body: self.body.read(0..self.info.size),
            runtime: Handle::current(),
            chunk: Bytes::new(),
        }
    }
}

/// See [`OpenObject::blocking_reader`].
pub(crate) struct BlockingReader {
    body: BodyStream,
    runtime: Handle,
    chunk: Bytes,
}

impl BufRead for BlockingReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.chunk.is_empty() {
            match self.runtime.block_on(self.body.next()) {
                Some(chunk) => self.chunk = chunk.map_err(io::Error::other)?,
                None => break,
            }
        }
        Ok(&self.chunk)
    }

    fn consume(&mut self, bytes: usize) {
        self.chunk.advance(bytes);
    }
}

impl Read for BlockingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl Debug for BlockingReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BlockingReader").finish_non_exhaustive()
    }
}

/// Which part of a bucket to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ListQuery {
    /// Only keys that begin so.
    pub(crate) prefix: String,
    /// Keys with this text after the prefix are rolled up to a common prefix. Empty: none.
    pub(crate) delimiter: String,
    /// Only keys and common prefixes after this one.
    pub(crate) start_after: String,
    /// Greatest number of keys and common prefixes together.
    pub(crate) max_keys: usize,
}

/// What a listing found.
#[derive(Debug, Clone, Default)]
pub(crate) struct ListPage {
    /// Objects by key.
    pub(crate) objects: Vec<(String, Arc<ObjectInfo>)>,
    /// Common prefixes in order, the query's prefix included.
    pub(crate) common_prefixes: Vec<String>,
    /// `start_after` of the next page: the last key or common prefix of this one. `None`: no more.
    pub(crate) next: Option<String>,
}

/// Which versions of a bucket to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct VersionQuery {
    /// Only keys that begin so.
    pub(crate) prefix: String,
    /// As in [`ListQuery`].
    pub(crate) delimiter: String,
    /// Only keys after this one, or this one with versions older than `version_id_marker`.
    pub(crate) key_marker: String,
    /// None: every version of `key_marker` itself is left out.
    pub(crate) version_id_marker: Option<VersionId>,
    /// Greatest number of versions and common prefixes together.
    pub(crate) max_keys: usize,
}

/// What a listing of versions found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct VersionPage {
    /// By key, of each key the latest first.
    pub(crate) versions: Vec<ListedVersion>,
    /// Common prefixes in order, the query's prefix included.
    pub(crate) common_prefixes: Vec<String>,
    /// `key_marker` and `version_id_marker` of the next page. `None`: no more.
    pub(crate) next: Option<(String, Option<VersionId>)>,
}

/// One version in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedVersion {
    /// Key.
    pub(crate) key: String,
    /// Id of the version.
    pub(crate) id: VersionId,
    /// Whether it is what a request without a version means.
    pub(crate) is_latest: bool,
    /// What it says.
    pub(crate) kind: ListedVersionKind,
}

/// What a version in a listing says about its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ListedVersionKind {
    /// That it holds an object.
    Object(Arc<ObjectInfo>),
    /// That it was deleted, and when.
    DeleteMarker(Timestamp),
}

/// Names an upload as requests do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UploadRef<'a> {
    /// Bucket of the object to be.
    pub(crate) bucket: &'a str,
    /// Key of the object to be.
    pub(crate) key: &'a str,
    /// The id that [`ObjectStore::create_upload`] gave.
    pub(crate) upload_id: &'a str,
}

/// A multipart upload under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UploadInfo {
    /// Key of the object to be.
    pub(crate) key: String,
    /// Unique in the store.
    pub(crate) upload_id: String,
    /// How the checksums of the parts become that of the object.
    pub(crate) checksum_type: ChecksumType,
    /// Of the object to be; its date is when the upload began.
    pub(crate) attributes: ObjectAttributes,
    /// Of the object to be.
    pub(crate) tags: Tags,
}

/// A part of an upload under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PartInfo {
    /// 1..=10000.
    pub(crate) part_number: u16,
    /// Length of the part.   (bytes)
    pub(crate) size: u64,
    /// Hex MD5, without quotes.
    pub(crate) etag: String,
    /// Checksum of the part, by the upload's algorithm.
    pub(crate) checksum: Checksum,
    /// When it was written.
    pub(crate) last_modified: Timestamp,
}

/// One page of parts.
#[derive(Debug, Clone, Default)]
pub(crate) struct PartPage {
    /// By number.
    pub(crate) parts: Vec<PartInfo>,
    /// Whether there are more.
    pub(crate) is_truncated: bool,
}

/// What the request that completes an upload says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Completion {
    /// The parts of the object in order.
    pub(crate) parts: Vec<CompletedPart>,
    /// Size that the object must have, if the request names it.   (bytes)
    pub(crate) size: Option<u64>,
    /// Value of the checksum that the object must have, if the request names it.
    pub(crate) checksum: Option<String>,
    /// Judged when the object is to be seen.
    pub(crate) condition: WriteCondition,
}

/// A part as named by the request that completes an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CompletedPart {
    /// 1..=10000.
    pub(crate) part_number: u16,
    /// Without quotes.
    pub(crate) etag: String,
    /// Base64 of the checksum, when the request names it.
    pub(crate) checksum: Option<String>,
}

/// Which uploads of a bucket to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UploadQuery {
    /// Only keys that begin so.
    pub(crate) prefix: String,
    /// As in [`ListQuery`].
    pub(crate) delimiter: String,
    /// Only keys after this one, or this one with an upload id after `upload_id_marker`.
    pub(crate) key_marker: String,
    /// Empty: every upload of `key_marker` itself is left out.
    pub(crate) upload_id_marker: String,
    /// Greatest number of uploads and common prefixes together.
    pub(crate) max_uploads: usize,
}

/// One page of uploads.
#[derive(Debug, Clone, Default)]
pub(crate) struct UploadPage {
    /// By key, then by upload id.
    pub(crate) uploads: Vec<UploadInfo>,
    /// Common prefixes in order, the query's prefix included.
    pub(crate) common_prefixes: Vec<String>,
    /// `key_marker` and `upload_id_marker` of the next page. `None`: no more.
    pub(crate) next: Option<(String, String)>,
}

/// Why a store refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ObjectStoreError {
    /// The bucket is not there.
    #[error("no such bucket")]
    NoSuchBucket,
    /// The object is not there.
    #[error("no such key")]
    NoSuchKey,
    /// The key has no such version.
    #[error("no such version")]
    NoSuchVersion,
    /// No version of this store has such an id.
    #[error("{version} is no version id")]
    InvalidVersion {
        /// The id.
        version: VersionId,
    },
    /// The version asked for says that the object was deleted.
    #[error("version {version} is a delete marker")]
    DeleteMarker {
        /// Its id.
        version: VersionId,
        /// When the object was deleted.
        last_modified: Timestamp,
        /// Whether the request named this version.
        is_named: bool,
    },
    /// What a write asks of the latest version does not hold.
    #[error("the condition {header} does not hold")]
    PreconditionFailed {
        /// By which header it was asked.
        header: &'static str,
    },
    /// The upload never was, or has ended, or belongs to another key.
    #[error("no such upload")]
    NoSuchUpload,
    /// Somebody else has a bucket of this name.
    #[error("another account owns a bucket of this name")]
    BucketAlreadyExists,
    /// The same account has this bucket already.
    #[error("the account owns this bucket already")]
    BucketAlreadyOwnedByYou,
    /// There are objects in the bucket.
    #[error("bucket is not empty")]
    BucketNotEmpty,
    /// A completed part is missing or its `ETag` or checksum differs.
    #[error("part {part_number} is missing or differs")]
    InvalidPart {
        /// Its number.
        part_number: u16,
        /// The `ETag` that was expected.
        etag: String,
    },
    /// Completed parts must ascend.
    #[error("parts are not in ascending order")]
    InvalidPartOrder,
    /// A part other than the last is too small.
    #[error("part {part_number} of {size} bytes is too small")]
    EntityTooSmall {
        /// Its number.
        part_number: u16,
        /// Its size.   (bytes)
        size: u64,
        /// Its `ETag`.
        etag: String,
    },
    /// The completed object has not the size or checksum that was expected.
    #[error("object of {size} bytes with checksum {checksum} was not expected")]
    UnexpectedObject {
        /// Its size.   (bytes)
        size: u64,
        /// Value of its checksum.
        checksum: String,
    },
    /// The key has too many bytes.
    #[error("key of {size} bytes is too long")]
    KeyTooLong {
        /// Length of the key.   (bytes)
        size: usize,
    },
    /// The backing failed.
    #[error("storage failed")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

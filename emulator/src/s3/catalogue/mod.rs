//! What the object store knows beside the bytes: buckets, versions of objects, uploads, in ordered
//! tables.
//!
//! The tables are the seam: a backing (memory today) gives [`CatalogueView`] and
//! [`CatalogueChange`], which read and write single rows and decide nothing. Every rule of S3 about
//! versions, uploads and listings is written once, over these traits, in this folder, and so holds
//! for every backing. Called by `s3::store` alone.

mod listing;
pub(crate) mod memory;
mod uploads;
mod versions;

use std::borrow::Cow;
use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;

pub(super) use self::listing::{list_objects, list_uploads, list_versions};
pub(super) use self::uploads::{
    abort_upload, complete_upload, create_upload, find_upload, list_parts, put_part,
};
pub(super) use self::versions::{
    Locating, check_condition, check_key, create_bucket, delete_bucket, delete_object, find_bucket,
    find_version, put_object, set_bucket_tags, set_tags, set_versioning,
};
use super::bodies::Content;
use super::object_store::{
    Bucket, BucketNumber, ObjectInfo, ObjectStoreError, PartInfo, UploadInfo,
};
use super::roll_up::Start;
use crate::domain::s3_tags::Tags;
use crate::domain::s3_version::VersionId;

/// What a table gives.
pub(crate) type Found<T> = Result<T, ObjectStoreError>;

/// The tables of one store. Clones share them.
pub(crate) trait Catalogue: Debug + Clone + Send + Sync + 'static {
    /// The tables at one moment.
    type View: CatalogueView;
    /// The tables while one change is made.
    type Change<'a>: CatalogueChange;

    /// Looks at one moment.
    fn read<T: Send>(
        &self,
        work: impl FnOnce(&Self::View) -> Found<T> + Send,
    ) -> impl Future<Output = Found<T>> + Send;

    /// Makes one change: all of it is seen by everybody once this is answered. `work` refuses
    /// before it writes; what it wrote before an error must not be relied on.
    fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Self::Change<'_>) -> Found<T> + Send + 'static,
    ) -> impl Future<Output = Found<T>> + Send;
}

/// One version of one object.
#[derive(Debug)]
pub(crate) struct VersionRecord {
    /// Greater than that of every older version of the key; 0 as long as its bucket never had
    /// versioning.
    pub(crate) sequence: u64,
    /// How requests name it.
    pub(crate) id: VersionId,
    /// What was written.
    pub(crate) kind: VersionKind,
}

/// What a version says about its key.
#[derive(Debug)]
pub(crate) enum VersionKind {
    /// That it holds an object.
    Object(StoredObject),
    /// That the object was deleted.
    DeleteMarker {
        /// Date of the deletion.
        last_modified: Timestamp,
    },
}

/// An object and where its bytes lie.
#[derive(Debug, Clone)]
pub(crate) struct StoredObject {
    /// What is known about it.
    pub(crate) info: Arc<ObjectInfo>,
    /// Its tags, which can change while the object stays what it is.
    pub(crate) tags: Tags,
    /// The upload that made it, if one did.
    pub(crate) upload_id: Option<String>,
    /// Its bytes.
    pub(crate) content: Content,
}

/// A part of an upload under way.
#[derive(Debug)]
pub(crate) struct PartRecord {
    /// What is known about it.
    pub(crate) info: PartInfo,
    /// Its bytes.
    pub(crate) content: Content,
}

/// Names an upload within its bucket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UploadKey<'a> {
    /// The number of the bucket.
    pub(crate) bucket: BucketNumber,
    /// Key of the object to be.
    pub(crate) key: &'a str,
    /// The upload's id.
    pub(crate) upload_id: &'a str,
}

/// What is counted in a store. A count never goes back until everything is cleared, so no two things that
/// are there have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counter {
    /// Buckets made.
    Buckets,
    /// Uploads begun.
    Uploads,
    /// Versions made in a bucket that has, or had, versioning.
    Versions(BucketNumber),
}

/// A row with its key.
pub(crate) type Row<'a, T> = Found<(Cow<'a, str>, Arc<T>)>;

/// Reads single rows, and rows in order from a place.
///
/// Three tables hold the versions of a bucket. `current` holds the latest version of each key that
/// has an object for its latest version: all that a plain listing walks, however many older
/// versions and delete markers there are. `older` holds all others, delete markers included. `null`
/// says where among the older ones the version `null` of a key lies, if it lies there.
pub(crate) trait CatalogueView {
    /// The bucket of this name.
    fn bucket(&self, name: &str) -> Found<Option<Arc<Bucket>>>;

    /// All buckets by name.
    fn buckets(&self) -> impl Iterator<Item = Found<Arc<Bucket>>>;

    /// The latest version of a key, if it is an object.
    fn current(&self, bucket: BucketNumber, key: &str) -> Found<Option<Arc<VersionRecord>>>;

    /// The latest versions that are objects, by key.
    fn currents(
        &self,
        bucket: BucketNumber,
        start: Start,
    ) -> impl Iterator<Item = Row<'_, VersionRecord>>;

    /// The version of a key with this sequence, if it is not the current one.
    fn older(
        &self,
        bucket: BucketNumber,
        key: &str,
        sequence: u64,
    ) -> Found<Option<Arc<VersionRecord>>>;

    /// The versions that are not current, by key, of each key the latest first: those of `key`
    /// itself only with a sequence below `below`, then those of the keys behind it.
    fn olders<'v>(
        &'v self,
        bucket: BucketNumber,
        key: &str,
        below: Option<u64>,
    ) -> impl Iterator<Item = Row<'v, VersionRecord>> + use<'v, Self>;

    /// The sequence of the version `null` of a key, if it is not the current one.
    fn null(&self, bucket: BucketNumber, key: &str) -> Found<Option<u64>>;

    /// The upload of this name.
    fn upload(&self, upload: UploadKey<'_>) -> Found<Option<Arc<UploadInfo>>>;

    /// The uploads of a bucket by key, then by id: those of `key` itself only with an id after
    /// `after_id`, then those of the keys behind it.
    fn uploads<'v>(
        &'v self,
        bucket: BucketNumber,
        key: &str,
        after_id: Option<&str>,
    ) -> impl Iterator<Item = Row<'v, UploadInfo>> + use<'v, Self>;

    /// The sequence of the version that an upload of the past became, while that version is there.
    fn completed(&self, upload: UploadKey<'_>) -> Found<Option<u64>>;

    /// The part of an upload with this number.
    fn part(&self, upload: UploadKey<'_>, part_number: u16) -> Found<Option<Arc<PartRecord>>>;

    /// The parts of an upload with a number above `after`, by number.
    fn parts<'v>(
        &'v self,
        upload: UploadKey<'_>,
        after: u16,
    ) -> impl Iterator<Item = Found<Arc<PartRecord>>> + use<'v, Self>;
}

/// Writes single rows. What is there already is replaced; what is not there is no error to remove.
pub(crate) trait CatalogueChange: CatalogueView {
    /// Counts one more; the first is 1.
    fn count(&mut self, counter: Counter) -> Found<u64>;

    fn put_bucket(&mut self, bucket: Bucket) -> Found<()>;

    /// Removes a bucket in which nothing is left.
    fn remove_bucket(&mut self, bucket: &Bucket) -> Found<()>;

    /// Gives the version that was current before.
    fn put_current(
        &mut self,
        bucket: BucketNumber,
        key: &str,
        version: Arc<VersionRecord>,
    ) -> Found<Option<Arc<VersionRecord>>>;

    /// Gives the version that was current.
    fn remove_current(
        &mut self,
        bucket: BucketNumber,
        key: &str,
    ) -> Found<Option<Arc<VersionRecord>>>;

    fn put_older(
        &mut self,
        bucket: BucketNumber,
        key: &str,
        version: Arc<VersionRecord>,
    ) -> Found<()>;

    fn remove_older(&mut self, bucket: BucketNumber, key: &str, sequence: u64) -> Found<()>;

    fn set_null(&mut self, bucket: BucketNumber, key: &str, sequence: Option<u64>) -> Found<()>;

    fn put_upload(&mut self, upload: UploadKey<'_>, info: UploadInfo) -> Found<()>;

    fn remove_upload(&mut self, upload: UploadKey<'_>) -> Found<()>;

    fn set_completed(&mut self, upload: UploadKey<'_>, sequence: Option<u64>) -> Found<()>;

    /// Gives the part that had the number before.
    fn put_part(
        &mut self,
        upload: UploadKey<'_>,
        part: Arc<PartRecord>,
    ) -> Found<Option<Arc<PartRecord>>>;

    fn remove_part(&mut self, upload: UploadKey<'_>, part_number: u16) -> Found<()>;

    /// Says that no row holds this version any more: its content may go once nobody reads it.
    fn release_version(&mut self, version: Arc<VersionRecord>) -> Found<()>;

    /// The same of a part. A part whose content became that of an object is not released.
    fn release_part(&mut self, part: Arc<PartRecord>) -> Found<()>;

    /// Removes every row.
    fn clear(&mut self) -> Found<()>;
}

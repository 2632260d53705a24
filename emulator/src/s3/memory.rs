//! An [`ObjectStore`] in memory.
//!
//! One lock over everything, held for as long as a map takes to answer and never across an `await`.
//! Bodies are lists of chunks, shared and never moved, so that growing and copying costs nothing.

use std::collections::BTreeMap;
use std::mem;
use std::ops::{Bound, Range};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::checksum::{Checksum, ChecksumType};
use super::object_store::{
    BodyStream, BucketInfo, Completion, ListPage, ListQuery, ObjectAttributes, ObjectBody,
    ObjectInfo, ObjectStore, ObjectStoreError, ObjectWriter, OpenObject, PartInfo, PartPage,
    UploadInfo, UploadPage, UploadQuery, UploadRef,
};
use super::roll_up::{self, Entry, Start};
use crate::domain::checksum::{ChecksumAlgorithm, Hasher};
use crate::domain::id::AccountId;
use crate::facts::s3_limits::{KEY_BYTES_MAX, PART_BYTES_MIN};

/// Keeps everything until it is dropped or cleared. Clones share one content.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryObjectStore {
    state: Arc<RwLock<State>>,
}

#[derive(Debug, Default)]
struct State {
    buckets: BTreeMap<String, Bucket>,
    /// How many uploads there ever were; makes their ids unique.
    uploads_begun: u64,
}

#[derive(Debug)]
struct Bucket {
    info: BucketInfo,
    objects: BTreeMap<String, OpenObject>,
    /// By key and upload id.
    uploads: BTreeMap<(String, String), Upload>,
}

#[derive(Debug)]
struct Upload {
    info: UploadInfo,
    parts: BTreeMap<u16, Part>,
}

#[derive(Debug, Clone)]
struct Part {
    info: PartInfo,
    body: Arc<Chunks>,
}

impl MemoryObjectStore {
    // A panic while the lock is held could only come from the allocator; the maps are whole anyway.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn bucket(&self, bucket: &str) -> Result<&Bucket, ObjectStoreError> {
        self.buckets
            .get(bucket)
            .ok_or(ObjectStoreError::NoSuchBucket)
    }

    fn bucket_mut(&mut self, bucket: &str) -> Result<&mut Bucket, ObjectStoreError> {
        self.buckets
            .get_mut(bucket)
            .ok_or(ObjectStoreError::NoSuchBucket)
    }

    fn upload(&self, upload: &UploadRef<'_>) -> Result<&Upload, ObjectStoreError> {
        self.bucket(upload.bucket)?
            .uploads
            .get(&upload_key(upload))
            .ok_or(ObjectStoreError::NoSuchUpload)
    }
}

fn upload_key(upload: &UploadRef<'_>) -> (String, String) {
    (upload.key.to_owned(), upload.upload_id.to_owned())
}

fn check_key(key: &str) -> Result<(), ObjectStoreError> {
    if key.len() > KEY_BYTES_MAX {
        return Err(ObjectStoreError::KeyTooLong { size: key.len() });
    }
    Ok(())
}

#[async_trait]
impl ObjectStore for MemoryObjectStore {
    async fn create_bucket(&self, bucket: BucketInfo) -> Result<(), ObjectStoreError> {
        let mut state = self.write();
        if let Some(present) = state.buckets.get(&bucket.name) {
            return Err(if present.info.owner == bucket.owner {
                ObjectStoreError::BucketAlreadyOwnedByYou
            } else {
                ObjectStoreError::BucketAlreadyExists
            });
        }
        state.buckets.insert(
            bucket.name.clone(),
            Bucket {
                info: bucket,
                objects: BTreeMap::new(),
                uploads: BTreeMap::new(),
            },
        );
        Ok(())
    }

    async fn bucket(&self, bucket: &str) -> Result<BucketInfo, ObjectStoreError> {
        Ok(self.read().bucket(bucket)?.info.clone())
    }

    async fn delete_bucket(&self, bucket: &str) -> Result<(), ObjectStoreError> {
        let mut state = self.write();
        if !state.bucket(bucket)?.objects.is_empty() {
            return Err(ObjectStoreError::BucketNotEmpty);
        }
        let removed = state.buckets.remove(bucket);
        // Freeing the parts of its uploads may take long; others need not wait for it.
        drop(state);
        drop(removed);
        Ok(())
    }

    async fn list_buckets(&self, owner: &AccountId) -> Result<Vec<BucketInfo>, ObjectStoreError> {
        let state = self.read();
        let buckets = state.buckets.values().map(|bucket| &bucket.info);
        Ok(buckets
            .filter(|info| info.owner == *owner)
            .cloned()
            .collect())
    }

    async fn put_object(
        &self,
        bucket: &str,
        key: &str,
        attributes: ObjectAttributes,
    ) -> Result<Box<dyn ObjectWriter>, ObjectStoreError> {
        check_key(key)?;
        self.read().bucket(bucket)?;
        Ok(Box::new(MemoryObjectWriter {
            store: self.clone(),
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            builder: BodyBuilder::new(attributes.checksum_algorithm),
            attributes,
        }))
    }

    async fn get_object(&self, bucket: &str, key: &str) -> Result<OpenObject, ObjectStoreError> {
        let state = self.read();
        let object = state.bucket(bucket)?.objects.get(key);
        object.cloned().ok_or(ObjectStoreError::NoSuchKey)
    }

    async fn delete_object(&self, bucket: &str, key: &str) -> Result<(), ObjectStoreError> {
        let removed = self.write().bucket_mut(bucket)?.objects.remove(key);
        drop(removed);
        Ok(())
    }

    async fn list_objects(
        &self,
        bucket: &str,
        query: &ListQuery,
    ) -> Result<ListPage, ObjectStoreError> {
        let state = self.read();
        let objects = &state.bucket(bucket)?.objects;
        let found = roll_up::page(
            &query.prefix,
            &query.delimiter,
            &query.start_after,
            query.max_keys,
            |start| {
                let start = match start {
                    Start::At(key) => Bound::Included(key),
                    Start::After(key) => Bound::Excluded(key),
                };
                objects
                    .range((start, Bound::Unbounded))
                    .map(|(key, object)| (key.as_str(), &object.info))
            },
        );
        let mut page = ListPage::default();
        if found.is_truncated {
            page.next = found.entries.last().map(|entry| match entry {
                Entry::Key(text, _) | Entry::CommonPrefix(text) => text.clone(),
            });
        }
        for entry in found.entries {
            match entry {
                Entry::Key(key, info) => page.objects.push((key, Arc::clone(info))),
                Entry::CommonPrefix(prefix) => page.common_prefixes.push(prefix),
            }
        }
        Ok(page)
    }

    async fn create_upload(
        &self,
        bucket: &str,
        key: &str,
        attributes: ObjectAttributes,
        checksum_type: ChecksumType,
    ) -> Result<UploadInfo, ObjectStoreError> {
        check_key(key)?;
        let mut state = self.write();
        state.bucket(bucket)?;
        state.uploads_begun += 1;
        let info = UploadInfo {
            key: key.to_owned(),
            upload_id: upload_id(bucket, key, attributes.last_modified, state.uploads_begun),
            checksum_type,
            attributes,
        };
        state.bucket_mut(bucket)?.uploads.insert(
            (key.to_owned(), info.upload_id.clone()),
            Upload {
                info: info.clone(),
                parts: BTreeMap::new(),
            },
        );
        Ok(info)
    }

    async fn upload(&self, upload: &UploadRef<'_>) -> Result<UploadInfo, ObjectStoreError> {
        Ok(self.read().upload(upload)?.info.clone())
    }

    async fn put_part(
        &self,
        upload: &UploadRef<'_>,
        part_number: u16,
        last_modified: Timestamp,
    ) -> Result<Box<dyn ObjectWriter<PartInfo>>, ObjectStoreError> {
        let algorithm = {
            let state = self.read();
            state.upload(upload)?.info.attributes.checksum_algorithm
        };
        Ok(Box::new(MemoryPartWriter {
            store: self.clone(),
            bucket: upload.bucket.to_owned(),
            upload: upload_key(upload),
            part_number,
            last_modified,
            builder: BodyBuilder::new(algorithm),
        }))
    }

    async fn list_parts(
        &self,
        upload: &UploadRef<'_>,
        after: u16,
        parts_max: usize,
    ) -> Result<PartPage, ObjectStoreError> {
        let state = self.read();
        let mut following = state
            .upload(upload)?
            .parts
            .range((Bound::Excluded(after), Bound::Unbounded));
        let parts = following
            .by_ref()
            .take(parts_max)
            .map(|(_, part)| part.info.clone())
            .collect();
        Ok(PartPage {
            parts,
            is_truncated: following.next().is_some(),
        })
    }

    async fn complete_upload(
        &self,
        upload: &UploadRef<'_>,
        completion: &Completion,
    ) -> Result<ObjectInfo, ObjectStoreError> {
        let mut state = self.write();
        let object = assemble(state.upload(upload)?, completion)?;
        let info = ObjectInfo::clone(&object.info);
        let bucket = state.bucket_mut(upload.bucket)?;
        let ended = bucket.uploads.remove(&upload_key(upload));
        let replaced = bucket.objects.insert(upload.key.to_owned(), object);
        drop(state);
        drop((ended, replaced));
        Ok(info)
    }

    async fn abort_upload(&self, upload: &UploadRef<'_>) -> Result<(), ObjectStoreError> {
        let mut state = self.write();
        let bucket = state.bucket_mut(upload.bucket)?;
        let ended = bucket.uploads.remove(&upload_key(upload));
        drop(state);
        ended.map(drop).ok_or(ObjectStoreError::NoSuchUpload)
    }

    async fn list_uploads(
        &self,
        bucket: &str,
        query: &UploadQuery,
    ) -> Result<UploadPage, ObjectStoreError> {
        let state = self.read();
        let uploads = &state.bucket(bucket)?.uploads;
        let found = roll_up::page(
            &query.prefix,
            &query.delimiter,
            &query.key_marker,
            query.max_uploads,
            |start| {
                let (from, behind) = match start {
                    Start::At(key) => (Bound::Included((key, String::new())), None),
                    Start::After(key) if query.upload_id_marker.is_empty() => {
                        (Bound::Included((key.clone(), String::new())), Some(key))
                    }
                    Start::After(key) => {
                        (Bound::Excluded((key, query.upload_id_marker.clone())), None)
                    }
                };
                uploads
                    .range((from, Bound::Unbounded))
                    .skip_while(move |((key, _), _)| behind.as_ref() == Some(key))
                    .map(|((key, _), upload)| (key.as_str(), &upload.info))
            },
        );
        let mut page = UploadPage::default();
        if found.is_truncated {
            page.next = found.entries.last().map(|entry| match entry {
                Entry::Key(key, info) => (key.clone(), info.upload_id.clone()),
                Entry::CommonPrefix(prefix) => (prefix.clone(), String::new()),
            });
        }
        for entry in found.entries {
            match entry {
                Entry::Key(_, info) => page.uploads.push(info.clone()),
                Entry::CommonPrefix(prefix) => page.common_prefixes.push(prefix),
            }
        }
        Ok(page)
    }

    async fn clear(&self) -> Result<(), ObjectStoreError> {
        let removed = mem::take(&mut *self.write());
        drop(removed);
        Ok(())
    }
}

/// Hex of a hash over everything that tells uploads apart: unique, and the same in each run.
fn upload_id(bucket: &str, key: &str, begun: Timestamp, ordinal: u64) -> String {
    let mut hash = Sha256::new();
    // Neither a bucket's name nor a date contains a line break, so the fields stay apart.
    hash.update(format!("{ordinal}\n{begun}\n{bucket}\n{key}"));
    hex::encode(hash.finalize())
}

/// The object that the named parts make.
fn assemble(upload: &Upload, completion: &Completion) -> Result<OpenObject, ObjectStoreError> {
    let named = &completion.parts;
    if !named.is_sorted_by(|a, b| a.part_number < b.part_number) {
        return Err(ObjectStoreError::InvalidPartOrder);
    }
    let mut parts = Vec::with_capacity(named.len());
    for name in named {
        let part_number = name.part_number;
        let part = upload.parts.get(&part_number).filter(|part| {
            let expected = name.checksum.as_ref();
            part.info.etag == name.etag
                && expected.is_none_or(|value| *value == part.info.checksum.value)
        });
        parts.push(part.ok_or(ObjectStoreError::InvalidPart { part_number })?);
    }
    if let Some((_, all_but_last)) = parts.split_last()
        && let Some(small) = all_but_last
            .iter()
            .find(|part| part.info.size < PART_BYTES_MIN)
    {
        return Err(ObjectStoreError::EntityTooSmall {
            part_number: small.info.part_number,
            size: small.info.size,
            etag: small.info.etag.clone(),
        });
    }

    let mut md5 = Hasher::md5();
    for part in &parts {
        md5.update(&hex::decode(&part.info.etag).expect("the store wrote this hex"));
    }
    let attributes = upload.info.attributes.clone();
    let checksum = Checksum::of_parts(
        attributes.checksum_algorithm,
        upload.info.checksum_type,
        parts
            .iter()
            .map(|part| (&part.info.checksum, part.info.size)),
    )
    .ok_or_else(|| ObjectStoreError::Internal("parts have no common checksum".into()))?;
    let body = Chunks::concat(parts.iter().map(|part| part.body.as_ref()));
    if completion.size.is_some_and(|size| size != body.size)
        || (completion.checksum.as_ref()).is_some_and(|value| *value != checksum.value)
    {
        return Err(ObjectStoreError::UnexpectedObject {
            size: body.size,
            checksum: checksum.value,
        });
    }
    Ok(OpenObject {
        info: Arc::new(ObjectInfo {
            size: body.size,
            etag: format!("{}-{}", hex::encode(md5.finish()), parts.len()),
            checksum,
            part_sizes: parts.iter().map(|part| part.info.size).collect(),
            attributes,
        }),
        body: Arc::new(body),
    })
}

#[derive(Debug)]
struct MemoryObjectWriter {
    store: MemoryObjectStore,
    bucket: String,
    key: String,
    attributes: ObjectAttributes,
    builder: BodyBuilder,
}

#[async_trait]
impl ObjectWriter for MemoryObjectWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectStoreError> {
        self.builder.push(bytes);
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<ObjectInfo, ObjectStoreError> {
        let (body, etag, checksum) = self.builder.finish();
        let info = ObjectInfo {
            size: body.size,
            etag,
            checksum,
            part_sizes: Vec::new(),
            attributes: self.attributes,
        };
        let object = OpenObject {
            info: Arc::new(info.clone()),
            body: Arc::new(body),
        };
        let replaced = {
            let mut state = self.store.write();
            let bucket = state.bucket_mut(&self.bucket)?;
            bucket.objects.insert(self.key, object)
        };
        drop(replaced);
        Ok(info)
    }

    async fn abort(self: Box<Self>) {}
}

#[derive(Debug)]
struct MemoryPartWriter {
    store: MemoryObjectStore,
    bucket: String,
    upload: (String, String),
    part_number: u16,
    last_modified: Timestamp,
    builder: BodyBuilder,
}

#[async_trait]
impl ObjectWriter<PartInfo> for MemoryPartWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectStoreError> {
        self.builder.push(bytes);
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<PartInfo, ObjectStoreError> {
        let (body, etag, checksum) = self.builder.finish();
        let info = PartInfo {
            part_number: self.part_number,
            size: body.size,
            etag,
            checksum,
            last_modified: self.last_modified,
        };
        let part = Part {
            info: info.clone(),
            body: Arc::new(body),
        };
        let replaced = {
            let mut state = self.store.write();
            let bucket = state.bucket_mut(&self.bucket)?;
            let upload = bucket
                .uploads
                .get_mut(&self.upload)
                .ok_or(ObjectStoreError::NoSuchUpload)?;
            upload.parts.insert(self.part_number, part)
        };
        drop(replaced);
        Ok(info)
    }

    async fn abort(self: Box<Self>) {}
}

/// A body at rest.
#[derive(Debug, Clone, Default)]
struct Chunks {
    /// With the offset in the body at which each begins; none is empty.
    chunks: Arc<Vec<(u64, Bytes)>>,
    size: u64,
}

impl Chunks {
    fn concat<'a>(bodies: impl Iterator<Item = &'a Self>) -> Self {
        let mut chunks = Vec::new();
        let mut size = 0;
        for (_, chunk) in bodies.flat_map(|body| body.chunks.iter()) {
            chunks.push((size, chunk.clone()));
            size += chunk.len() as u64;
        }
        Self {
            chunks: Arc::new(chunks),
            size,
        }
    }
}

impl ObjectBody for Chunks {
    fn read(&self, range: Range<u64>) -> BodyStream {
        let chunks = Arc::clone(&self.chunks);
        let first =
            chunks.partition_point(|(start, chunk)| start + chunk.len() as u64 <= range.start);
        let pieces = (first..chunks.len()).map_while(move |index| {
            let (start, chunk) = &chunks[index];
            let within = |offset: u64| usize::try_from(offset.saturating_sub(*start)).ok();
            let from = within(range.start)?;
            let to = within(range.end)?.min(chunk.len());
            (from < to).then(|| Ok(chunk.slice(from..to)))
        });
        Box::pin(stream::iter(pieces))
    }
}

/// Chunks smaller than this are gathered, so that a slow or finely chunked upload does not keep a
/// network buffer alive for each scrap.   (bytes)
const GATHERED_BYTES_MAX: usize = 64 * 1024;

/// A body while it is written.
#[derive(Debug)]
struct BodyBuilder {
    chunks: Vec<(u64, Bytes)>,
    /// Bytes not in `chunks` yet.
    tail: Vec<u8>,
    /// Of `chunks` alone.
    size: u64,
    md5: Hasher,
    algorithm: ChecksumAlgorithm,
    checksum: Hasher,
}

impl BodyBuilder {
    fn new(algorithm: ChecksumAlgorithm) -> Self {
        Self {
            chunks: Vec::new(),
            tail: Vec::new(),
            size: 0,
            md5: Hasher::md5(),
            algorithm,
            checksum: Hasher::new(algorithm),
        }
    }

    fn push(&mut self, bytes: Bytes) {
        self.md5.update(&bytes);
        self.checksum.update(&bytes);
        if bytes.len() < GATHERED_BYTES_MAX {
            self.tail.extend_from_slice(&bytes);
            if self.tail.len() >= GATHERED_BYTES_MAX {
                self.flush_tail();
            }
        } else {
            self.flush_tail();
            self.push_chunk(bytes);
        }
    }

    fn flush_tail(&mut self) {
        if !self.tail.is_empty() {
            // A boxed slice has no spare room.
            let tail = mem::take(&mut self.tail).into_boxed_slice();
            self.push_chunk(Bytes::from(tail));
        }
    }

    fn push_chunk(&mut self, chunk: Bytes) {
        let start = self.size;
        self.size += chunk.len() as u64;
        self.chunks.push((start, chunk));
    }

    /// The body, its hex MD5 and its checksum.
    fn finish(mut self) -> (Chunks, String, Checksum) {
        self.flush_tail();
        self.chunks.shrink_to_fit();
        let body = Chunks {
            chunks: Arc::new(self.chunks),
            size: self.size,
        };
        (
            body,
            hex::encode(self.md5.finish()),
            Checksum::of_whole(self.algorithm, &self.checksum.finish()),
        )
    }
}

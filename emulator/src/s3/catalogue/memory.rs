//! The catalogue in memory.
//!
//! One lock over everything, held for as long as the maps take to answer and never across an
//! `await`. What is removed is freed after the lock is given back, since freeing a body may take
//! long.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::mem;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use super::{
    Catalogue, CatalogueChange, CatalogueView, Counter, Found, PartRecord, Row, UploadKey,
    VersionRecord,
};
use crate::s3::object_store::{Bucket, BucketNumber, ObjectStoreError, UploadInfo};
use crate::s3::roll_up::Start;

/// Keeps everything until it is dropped or cleared. Clones share one content.
#[derive(Debug, Clone, Default)]
pub(crate) struct MemoryCatalogue {
    tables: Arc<RwLock<Tables>>,
}

/// All tables.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    buckets: BTreeMap<String, Arc<Bucket>>,
    contents: BTreeMap<BucketNumber, Contents>,
    buckets_made: u64,
    uploads_begun: u64,
    /// To be freed when the lock is no longer held.
    removed: Removed,
}

/// The tables of one bucket.
#[derive(Debug, Default)]
struct Contents {
    current: BTreeMap<String, Arc<VersionRecord>>,
    older: BTreeMap<(String, Reverse<u64>), Arc<VersionRecord>>,
    null: BTreeMap<String, u64>,
    versions_made: u64,
    /// By key and upload id.
    uploads: BTreeMap<(String, String), Upload>,
    /// By key and upload id.
    completed: BTreeMap<(String, String), u64>,
}

#[derive(Debug)]
struct Upload {
    info: Arc<UploadInfo>,
    parts: BTreeMap<u16, Arc<PartRecord>>,
}

#[derive(Debug, Default)]
struct Removed {
    versions: Vec<Arc<VersionRecord>>,
    parts: Vec<Arc<PartRecord>>,
    contents: Vec<BTreeMap<BucketNumber, Contents>>,
}

impl Catalogue for MemoryCatalogue {
    type View = Tables;
    type Change<'a> = Tables;

    // A panic while the lock is held could only come from the allocator; the maps are whole anyway.
    async fn read<T: Send>(&self, work: impl FnOnce(&Tables) -> Found<T> + Send) -> Found<T> {
        work(&self.tables.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tables) -> Found<T> + Send + 'static,
    ) -> Found<T> {
        let (answer, removed) = {
            let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
            let answer = work(&mut tables);
            (answer, mem::take(&mut tables.removed))
        };
        drop(removed);
        answer
    }
}

impl Tables {
    fn contents(&self, bucket: BucketNumber) -> Option<&Contents> {
        self.contents.get(&bucket)
    }

    fn contents_mut(&mut self, bucket: BucketNumber) -> Found<&mut Contents> {
        self.contents
            .get_mut(&bucket)
            .ok_or(ObjectStoreError::NoSuchBucket)
    }

    fn upload_of(&self, upload: UploadKey<'_>) -> Option<&Upload> {
        let contents = self.contents(upload.bucket)?;
        contents.uploads.get(&name_of(upload))
    }
}

fn name_of(upload: UploadKey<'_>) -> (String, String) {
    (upload.key.to_owned(), upload.upload_id.to_owned())
}

impl CatalogueView for Tables {
    fn bucket(&self, name: &str) -> Found<Option<Arc<Bucket>>> {
        Ok(self.buckets.get(name).cloned())
    }

    fn buckets(&self) -> impl Iterator<Item = Found<Arc<Bucket>>> {
        self.buckets.values().cloned().map(Ok)
    }

    fn current(&self, bucket: BucketNumber, key: &str) -> Found<Option<Arc<VersionRecord>>> {
        let contents = self.contents(bucket);
        Ok(contents.and_then(|contents| contents.current.get(key).cloned()))
    }

    fn currents(
        &self,
        bucket: BucketNumber,
        start: Start,
    ) -> impl Iterator<Item = Row<'_, VersionRecord>> {
        let contents = self.contents(bucket).into_iter();
        contents.flat_map(move |contents| {
            let start = match &start {
                Start::At(key) => Bound::Included(key.as_str()),
                Start::After(key) => Bound::Excluded(key.as_str()),
            };
            let rows = contents.current.range::<str, _>((start, Bound::Unbounded));
            rows.map(|(key, version)| Ok((Cow::from(key), Arc::clone(version))))
        })
    }

    fn older(
        &self,
        bucket: BucketNumber,
        key: &str,
        sequence: u64,
    ) -> Found<Option<Arc<VersionRecord>>> {
        let row = (key.to_owned(), Reverse(sequence));
        let contents = self.contents(bucket);
        Ok(contents.and_then(|contents| contents.older.get(&row).cloned()))
    }

    fn olders<'v>(
        &'v self,
        bucket: BucketNumber,
        key: &str,
        below: Option<u64>,
    ) -> impl Iterator<Item = Row<'v, VersionRecord>> + use<'v> {
        let start = match below {
            None => Bound::Included((key.to_owned(), Reverse(u64::MAX))),
            Some(below) => Bound::Excluded((key.to_owned(), Reverse(below))),
        };
        let contents = self.contents(bucket).into_iter();
        contents.flat_map(move |contents| {
            let rows = contents.older.range((start.clone(), Bound::Unbounded));
            rows.map(|((key, _), version)| Ok((Cow::from(key), Arc::clone(version))))
        })
    }

    fn null(&self, bucket: BucketNumber, key: &str) -> Found<Option<u64>> {
        let contents = self.contents(bucket);
        Ok(contents.and_then(|contents| contents.null.get(key).copied()))
    }

    fn upload(&self, upload: UploadKey<'_>) -> Found<Option<Arc<UploadInfo>>> {
        let upload = self.upload_of(upload);
        Ok(upload.map(|upload| Arc::clone(&upload.info)))
    }

    fn uploads<'v>(
        &'v self,
        bucket: BucketNumber,
        key: &str,
        after_id: Option<&str>,
    ) -> impl Iterator<Item = Row<'v, UploadInfo>> + use<'v> {
        let start = match after_id {
            None => Bound::Included((key.to_owned(), String::new())),
            Some(id) => Bound::Excluded((key.to_owned(), id.to_owned())),
        };
        let contents = self.contents(bucket).into_iter();
        contents.flat_map(move |contents| {
            let rows = contents.uploads.range((start.clone(), Bound::Unbounded));
            rows.map(|((key, _), upload)| Ok((Cow::from(key), Arc::clone(&upload.info))))
        })
    }

    fn completed(&self, upload: UploadKey<'_>) -> Found<Option<u64>> {
        let contents = self.contents(upload.bucket);
        Ok(contents.and_then(|contents| contents.completed.get(&name_of(upload)).copied()))
    }

    fn part(&self, upload: UploadKey<'_>, part_number: u16) -> Found<Option<Arc<PartRecord>>> {
        let upload = self.upload_of(upload);
        Ok(upload.and_then(|upload| upload.parts.get(&part_number).cloned()))
    }

    fn parts<'v>(
        &'v self,
        upload: UploadKey<'_>,
        after: u16,
    ) -> impl Iterator<Item = Found<Arc<PartRecord>>> + use<'v> {
        let upload = self.upload_of(upload).into_iter();
        upload.flat_map(move |upload| {
            let rows = upload
                .parts
                .range((Bound::Excluded(after), Bound::Unbounded));
            rows.map(|(_, part)| Ok(Arc::clone(part)))
        })
    }
}

impl CatalogueChange for Tables {
    fn count(&mut self, counter: Counter) -> Found<u64> {
        let count = match counter {
            Counter::Buckets => &mut self.buckets_made,
            Counter::Uploads => &mut self.uploads_begun,
            Counter::Versions(bucket) => &mut self.contents_mut(bucket)?.versions_made,
        };
        *count += 1;
        Ok(*count)
    }

    fn put_bucket(&mut self, bucket: Bucket) -> Found<()> {
        self.contents.entry(bucket.number).or_default();
        self.buckets
            .insert(bucket.info.name.clone(), Arc::new(bucket));
        Ok(())
    }

    fn remove_bucket(&mut self, bucket: &Bucket) -> Found<()> {
        self.buckets.remove(&bucket.info.name);
        self.contents.remove(&bucket.number);
        Ok(())
    }

    fn put_current(
        &mut self,
        bucket: BucketNumber,
        key: &str,
        version: Arc<VersionRecord>,
    ) -> Found<Option<Arc<VersionRecord>>> {
        let current = &mut self.contents_mut(bucket)?.current;
        Ok(match current.get_mut(key) {
            Some(present) => Some(mem::replace(present, version)),
            None => current.insert(key.to_owned(), version),
        })
    }

    fn remove_current(
        &mut self,
        bucket: BucketNumber,
        key: &str,
    ) -> Found<Option<Arc<VersionRecord>>> {
        Ok(self.contents_mut(bucket)?.current.remove(key))
    }

    fn put_older(
        &mut self,
        bucket: BucketNumber,
        key: &str,
        version: Arc<VersionRecord>,
    ) -> Found<()> {
        let row = (key.to_owned(), Reverse(version.sequence));
        self.contents_mut(bucket)?.older.insert(row, version);
        Ok(())
    }

    fn remove_older(&mut self, bucket: BucketNumber, key: &str, sequence: u64) -> Found<()> {
        let row = (key.to_owned(), Reverse(sequence));
        self.contents_mut(bucket)?.older.remove(&row);
        Ok(())
    }

    fn set_null(&mut self, bucket: BucketNumber, key: &str, sequence: Option<u64>) -> Found<()> {
        let null = &mut self.contents_mut(bucket)?.null;
        match sequence {
            Some(sequence) => null.insert(key.to_owned(), sequence),
            None => null.remove(key),
        };
        Ok(())
    }

    fn put_upload(&mut self, upload: UploadKey<'_>, info: UploadInfo) -> Found<()> {
        let begun = Upload {
            info: Arc::new(info),
            parts: BTreeMap::new(),
        };
        let contents = self.contents_mut(upload.bucket)?;
        contents.uploads.insert(name_of(upload), begun);
        Ok(())
    }

    fn remove_upload(&mut self, upload: UploadKey<'_>) -> Found<()> {
        let contents = self.contents_mut(upload.bucket)?;
        contents.uploads.remove(&name_of(upload));
        Ok(())
    }

    fn set_completed(&mut self, upload: UploadKey<'_>, sequence: Option<u64>) -> Found<()> {
        let completed = &mut self.contents_mut(upload.bucket)?.completed;
        match sequence {
            Some(sequence) => completed.insert(name_of(upload), sequence),
            None => completed.remove(&name_of(upload)),
        };
        Ok(())
    }

    fn put_part(
        &mut self,
        upload: UploadKey<'_>,
        part: Arc<PartRecord>,
    ) -> Found<Option<Arc<PartRecord>>> {
        let uploads = &mut self.contents_mut(upload.bucket)?.uploads;
        let upload = uploads.get_mut(&name_of(upload));
        let upload = upload.ok_or(ObjectStoreError::NoSuchUpload)?;
        Ok(upload.parts.insert(part.info.part_number, part))
    }

    fn remove_part(&mut self, upload: UploadKey<'_>, part_number: u16) -> Found<()> {
        let uploads = &mut self.contents_mut(upload.bucket)?.uploads;
        if let Some(upload) = uploads.get_mut(&name_of(upload)) {
            upload.parts.remove(&part_number);
        }
        Ok(())
    }

    fn release_version(&mut self, version: Arc<VersionRecord>) -> Found<()> {
        self.removed.versions.push(version);
        Ok(())
    }

    fn release_part(&mut self, part: Arc<PartRecord>) -> Found<()> {
        self.removed.parts.push(part);
        Ok(())
    }

    fn clear(&mut self) -> Found<()> {
        let contents = mem::take(self).contents;
        self.removed.contents.push(contents);
        Ok(())
    }
}

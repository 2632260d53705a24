//! The one [`ObjectStore`]: a catalogue of names and versions, and bodies beside it.
//!
//! A write goes in this order: the body first, then one change of the catalogue that names it, so
//! that an object is visible whole or not at all. What the change does is told in `catalogue`;
//! here the two are only put together.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

use super::bodies::memory::MemoryBodies;
use super::bodies::{Bodies, Sink};
use super::catalogue::memory::MemoryCatalogue;
use super::catalogue::{
    self, Catalogue, CatalogueView as _, Found, Locating, PartRecord, StoredObject, VersionKind,
    VersionRecord,
};
use super::checksum::ChecksumType;
use super::object_store::{
    Bucket, BucketInfo, Completion, DeleteTarget, Deletion, ListPage, ListQuery, NewObject,
    ObjectInfo, ObjectStore, ObjectStoreError, ObjectWriter, OpenObject, PartInfo, PartPage,
    SetVersioning, UploadInfo, UploadPage, UploadQuery, UploadRef, VersionPage, VersionQuery,
    Versioning, WrittenObject,
};
use crate::domain::id::AccountId;
use crate::domain::s3_tags::Tags;
use crate::domain::s3_version::VersionId;
use crate::seed::Seed;

/// Objects in memory, until the store is dropped or cleared.
pub(crate) type MemoryObjectStore = Objects<MemoryCatalogue>;

/// A store over a catalogue. Clones share one content.
#[derive(Debug, Clone)]
pub(crate) struct Objects<C> {
    catalogue: C,
    bodies: Arc<dyn Bodies>,
    /// Version ids derive from it.
    seed: Seed,
}

impl MemoryObjectStore {
    /// An empty store.
    pub(crate) fn in_memory(seed: &Seed) -> Self {
        Self {
            catalogue: MemoryCatalogue::default(),
            bodies: Arc::new(MemoryBodies),
            seed: seed.derive("s3"),
        }
    }
}

/// An upload's name for a change, which outlives the request that names it.
#[derive(Debug, Clone)]
struct UploadName {
    bucket: String,
    key: String,
    upload_id: String,
}

impl UploadName {
    fn of(upload: &UploadRef<'_>) -> Self {
        Self {
            bucket: upload.bucket.to_owned(),
            key: upload.key.to_owned(),
            upload_id: upload.upload_id.to_owned(),
        }
    }

    fn borrow(&self) -> UploadRef<'_> {
        UploadRef {
            bucket: &self.bucket,
            key: &self.key,
            upload_id: &self.upload_id,
        }
    }
}

/// As answers show it: nobody speaks of versions in a bucket that never had them.
fn shown_version(bucket: &Bucket, version: &VersionRecord) -> Option<VersionId> {
    (bucket.versioning != Versioning::Never).then_some(version.id)
}

fn written(version: &VersionRecord) -> Found<WrittenObject> {
    Ok(WrittenObject {
        info: Arc::clone(&stored(version)?.info),
        version: Some(version.id).filter(|id| *id != VersionId::Null),
    })
}

fn stored(version: &VersionRecord) -> Found<&StoredObject> {
    match &version.kind {
        VersionKind::Object(object) => Ok(object),
        VersionKind::DeleteMarker { .. } => Err(ObjectStoreError::NoSuchKey),
    }
}

#[async_trait]
impl<C: Catalogue> ObjectStore for Objects<C> {
    async fn create_bucket(&self, bucket: BucketInfo) -> Result<(), ObjectStoreError> {
        let change = self
            .catalogue
            .change(|change| catalogue::create_bucket(change, bucket));
        change.await
    }

    async fn bucket(&self, bucket: &str) -> Result<Arc<Bucket>, ObjectStoreError> {
        self.catalogue
            .read(|view| catalogue::find_bucket(view, bucket))
            .await
    }

    async fn delete_bucket(&self, bucket: &str) -> Result<(), ObjectStoreError> {
        let bucket = bucket.to_owned();
        self.catalogue
            .change(move |change| catalogue::delete_bucket(change, &bucket))
            .await
    }

    async fn list_buckets(&self, owner: &AccountId) -> Result<Vec<BucketInfo>, ObjectStoreError> {
        let read = self.catalogue.read(|view| {
            let mut found = Vec::new();
            for bucket in view.buckets() {
                let bucket = bucket?;
                if bucket.info.owner == *owner {
                    found.push(bucket.info.clone());
                }
            }
            Ok(found)
        });
        read.await
    }

    async fn set_versioning(
        &self,
        bucket: &str,
        versioning: SetVersioning,
    ) -> Result<(), ObjectStoreError> {
        let bucket = bucket.to_owned();
        self.catalogue
            .change(move |change| catalogue::set_versioning(change, &bucket, versioning))
            .await
    }

    async fn set_bucket_tags(&self, bucket: &str, tags: Tags) -> Result<(), ObjectStoreError> {
        let bucket = bucket.to_owned();
        self.catalogue
            .change(move |change| catalogue::set_bucket_tags(change, &bucket, tags))
            .await
    }

    async fn put_object(
        &self,
        bucket: &str,
        key: &str,
        new: NewObject,
    ) -> Result<Box<dyn ObjectWriter>, ObjectStoreError> {
        catalogue::check_key(key)?;
        let read = self.catalogue.read(|view| {
            let bucket = catalogue::find_bucket(view, bucket)?;
            catalogue::check_condition(view, &bucket, key, &new.condition)?;
            Ok(bucket)
        });
        Ok(Box::new(NewObjectWriter {
            bucket: read.await?,
            store: self.clone(),
            key: key.to_owned(),
            sink: self.bodies.sink(new.attributes.checksum_algorithm),
            new,
        }))
    }

    async fn get_object(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&VersionId>,
    ) -> Result<OpenObject, ObjectStoreError> {
        let (bucket, version) = self
            .catalogue
            .read(|view| {
                let bucket = catalogue::find_bucket(view, bucket)?;
                let version = catalogue::find_version(view, &bucket, key, version.into())?;
                Ok((bucket, version))
            })
            .await?;
        let object = stored(&version)?;
        Ok(OpenObject {
            info: Arc::clone(&object.info),
            version: shown_version(&bucket, &version),
            tags: object.tags.clone(),
            body: self.bodies.open(&object.content),
        })
    }

    async fn set_tags(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&VersionId>,
        tags: Tags,
    ) -> Result<Option<VersionId>, ObjectStoreError> {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let version = version.copied();
        let change = self.catalogue.change(move |change| {
            let bucket = catalogue::find_bucket(change, &bucket)?;
            let version = Locating::from(version.as_ref());
            let tagged = catalogue::set_tags(change, &bucket, &key, version, tags)?;
            Ok(shown_version(&bucket, &tagged))
        });
        change.await
    }

    async fn delete_objects(
        &self,
        bucket: &str,
        targets: Vec<DeleteTarget>,
        now: Timestamp,
    ) -> Result<Vec<Result<Deletion, ObjectStoreError>>, ObjectStoreError> {
        let bucket = bucket.to_owned();
        let seed = self.seed;
        let change = self.catalogue.change(move |change| {
            let bucket = catalogue::find_bucket(change, &bucket)?;
            let deleted = targets.iter().map(|target| {
                catalogue::check_key(&target.key)?;
                let version = Locating::from(target.version.as_ref());
                catalogue::check_condition(change, &bucket, &target.key, &target.condition)?;
                catalogue::delete_object(change, &bucket, &target.key, version, now, &seed)
            });
            Ok(deleted.collect())
        });
        change.await
    }

    async fn list_objects(
        &self,
        bucket: &str,
        query: &ListQuery,
    ) -> Result<ListPage, ObjectStoreError> {
        let read = self.catalogue.read(|view| {
            let bucket = catalogue::find_bucket(view, bucket)?;
            catalogue::list_objects(view, &bucket, query)
        });
        read.await
    }

    async fn list_versions(
        &self,
        bucket: &str,
        query: &VersionQuery,
    ) -> Result<VersionPage, ObjectStoreError> {
        let read = self.catalogue.read(|view| {
            let bucket = catalogue::find_bucket(view, bucket)?;
            catalogue::list_versions(view, &bucket, query)
        });
        read.await
    }

    async fn create_upload(
        &self,
        bucket: &str,
        key: &str,
        new: NewObject,
        checksum_type: ChecksumType,
    ) -> Result<UploadInfo, ObjectStoreError> {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let change = self.catalogue.change(move |change| {
            catalogue::create_upload(change, &bucket, &key, new, checksum_type)
        });
        change.await
    }

    async fn upload(&self, upload: &UploadRef<'_>) -> Result<Arc<UploadInfo>, ObjectStoreError> {
        let read = self
            .catalogue
            .read(|view| catalogue::find_upload(view, upload));
        read.await
    }

    async fn put_part(
        &self,
        upload: &UploadRef<'_>,
        part_number: u16,
        last_modified: Timestamp,
    ) -> Result<Box<dyn ObjectWriter<PartInfo>>, ObjectStoreError> {
        let algorithm = self.upload(upload).await?.attributes.checksum_algorithm;
        Ok(Box::new(PartWriter {
            store: self.clone(),
            upload: UploadName::of(upload),
            part_number,
            last_modified,
            sink: self.bodies.sink(algorithm),
        }))
    }

    async fn list_parts(
        &self,
        upload: &UploadRef<'_>,
        after: u16,
        parts_max: usize,
    ) -> Result<PartPage, ObjectStoreError> {
        let read = self
            .catalogue
            .read(|view| catalogue::list_parts(view, upload, after, parts_max));
        read.await
    }

    async fn complete_upload(
        &self,
        upload: &UploadRef<'_>,
        completion: Completion,
    ) -> Result<WrittenObject, ObjectStoreError> {
        let upload = UploadName::of(upload);
        let seed = self.seed;
        let change = self.catalogue.change(move |change| {
            let upload = upload.borrow();
            let version = catalogue::complete_upload(change, &upload, &completion, &seed)?;
            written(&version)
        });
        change.await
    }

    async fn abort_upload(&self, upload: &UploadRef<'_>) -> Result<(), ObjectStoreError> {
        let upload = UploadName::of(upload);
        let change = self
            .catalogue
            .change(move |change| catalogue::abort_upload(change, &upload.borrow()));
        change.await
    }

    async fn list_uploads(
        &self,
        bucket: &str,
        query: &UploadQuery,
    ) -> Result<UploadPage, ObjectStoreError> {
        let read = self.catalogue.read(|view| {
            let bucket = catalogue::find_bucket(view, bucket)?;
            catalogue::list_uploads(view, &bucket, query)
        });
        read.await
    }

    async fn clear(&self) -> Result<(), ObjectStoreError> {
        use super::catalogue::CatalogueChange as _;
        self.catalogue.change(|change| change.clear()).await
    }
}

#[derive(Debug)]
struct NewObjectWriter<C> {
    store: Objects<C>,
    bucket: Arc<Bucket>,
    key: String,
    new: NewObject,
    sink: Box<dyn Sink>,
}

#[async_trait]
impl<C: Catalogue> ObjectWriter for NewObjectWriter<C> {
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectStoreError> {
        self.sink.write(bytes).await
    }

    async fn commit(self: Box<Self>) -> Result<WrittenObject, ObjectStoreError> {
        let Self {
            store,
            bucket,
            key,
            new,
            sink,
        } = *self;
        let body = sink.finish().await?;
        let object = StoredObject {
            info: Arc::new(ObjectInfo {
                size: body.size,
                etag: body.etag,
                checksum: body.checksum,
                parts: Vec::new(),
                attributes: new.attributes,
            }),
            tags: new.tags,
            upload_id: None,
            content: body.content,
        };
        let seed = store.seed;
        let change = store.catalogue.change(move |change| {
            let begun = bucket.number;
            let bucket = catalogue::find_bucket(change, &bucket.info.name)?;
            if bucket.number != begun {
                // Another one has taken its name since, of anybody's.
                return Err(ObjectStoreError::NoSuchBucket);
            }
            let version =
                catalogue::put_object(change, &bucket, &key, object, &new.condition, &seed)?;
            written(&version)
        });
        change.await
    }

    async fn abort(self: Box<Self>) {
        self.sink.abort().await;
    }
}

#[derive(Debug)]
struct PartWriter<C> {
    store: Objects<C>,
    upload: UploadName,
    part_number: u16,
    last_modified: Timestamp,
    sink: Box<dyn Sink>,
}

#[async_trait]
impl<C: Catalogue> ObjectWriter<PartInfo> for PartWriter<C> {
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectStoreError> {
        self.sink.write(bytes).await
    }

    async fn commit(self: Box<Self>) -> Result<PartInfo, ObjectStoreError> {
        let Self {
            store,
            upload,
            part_number,
            last_modified,
            sink,
        } = *self;
        let body = sink.finish().await?;
        let info = PartInfo {
            part_number,
            size: body.size,
            etag: body.etag,
            checksum: body.checksum,
            last_modified,
        };
        let change = store.catalogue.change(move |change| {
            let part = PartRecord {
                info: info.clone(),
                content: body.content,
            };
            catalogue::put_part(change, &upload.borrow(), part)?;
            Ok(info)
        });
        change.await
    }

    async fn abort(self: Box<Self>) {
        self.sink.abort().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Region;
    use crate::s3::object_store::ObjectAttributes;

    #[tokio::test]
    async fn what_was_begun_in_one_bucket_never_lands_in_another_of_its_name() {
        let store = MemoryObjectStore::in_memory(&Seed::new(0));
        let create = |account: &str| {
            store.create_bucket(BucketInfo {
                name: "bucket".to_owned(),
                owner: AccountId::parse(account).unwrap(),
                region: Region::default(),
                created: Timestamp::UNIX_EPOCH,
            })
        };
        create("111111111111").await.unwrap();
        let new = NewObject::from(ObjectAttributes::new(Timestamp::UNIX_EPOCH));
        let mut writer = store.put_object("bucket", "key", new).await.unwrap();
        writer
            .write(Bytes::from_static(b"half of it"))
            .await
            .unwrap();
        store.delete_bucket("bucket").await.unwrap();
        create("222222222222").await.unwrap();
        let refused = writer.commit().await.unwrap_err();
        assert!(
            matches!(refused, ObjectStoreError::NoSuchBucket),
            "{refused}"
        );
        let absent = store.get_object("bucket", "key", None).await.unwrap_err();
        assert!(matches!(absent, ObjectStoreError::NoSuchKey), "{absent}");
    }
}

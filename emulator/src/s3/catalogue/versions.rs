//! Buckets, and what writes and deletions do to the versions of a key.
//!
//! | event | versioning never on | on | suspended |
//! |---|---|---|---|
//! | write | replaces the object | new version with an id of its own, the one before becomes older | replaces the version `null` wherever it is; a version with an id becomes older |
//! | delete | removes the object | new delete marker with an id of its own | removes the version `null`, new delete marker `null` |
//! | delete of a version | removes it | removes it; if it was the latest, the one before it is the latest again | the same |

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    CatalogueChange, CatalogueView, Counter, Found, StoredObject, UploadKey, VersionKind,
    VersionRecord,
};
use crate::domain::s3_conditions::{Unmet, WriteCondition};
use crate::domain::s3_tags::Tags;
use crate::domain::s3_version::VersionId;
use crate::facts::s3_limits::KEY_BYTES_MAX;
use crate::s3::object_store::{
    Bucket, BucketInfo, BucketNumber, Deletion, ObjectStoreError, SetVersioning, Versioning,
};
use crate::seed::Seed;

/// How the version that a request means is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Locating<'a> {
    /// The latest one.
    Latest,
    /// The one of this id.
    Id(&'a VersionId),
}

impl<'a> From<Option<&'a VersionId>> for Locating<'a> {
    fn from(version: Option<&'a VersionId>) -> Self {
        version.map_or(Self::Latest, Self::Id)
    }
}

pub(crate) fn find_bucket(view: &impl CatalogueView, name: &str) -> Found<Arc<Bucket>> {
    view.bucket(name)?.ok_or(ObjectStoreError::NoSuchBucket)
}

pub(crate) fn create_bucket(change: &mut impl CatalogueChange, info: BucketInfo) -> Found<()> {
    if let Some(present) = change.bucket(&info.name)? {
        return Err(if present.info.owner == info.owner {
            ObjectStoreError::BucketAlreadyOwnedByYou
        } else {
            ObjectStoreError::BucketAlreadyExists
        });
    }
    let number = BucketNumber(change.count(Counter::Buckets)?);
    change.put_bucket(Bucket {
        info,
        number,
        versioning: Versioning::Never,
        tags: Tags::new(),
    })
}

/// Older versions and delete markers count as contents; uploads do not, they end.
pub(crate) fn delete_bucket(change: &mut impl CatalogueChange, name: &str) -> Found<()> {
    let bucket = find_bucket(change, name)?;
    let start = super::Start::At(String::new());
    let is_empty = change.currents(bucket.number, start).next().is_none()
        && change.olders(bucket.number, "", None).next().is_none();
    if !is_empty {
        return Err(ObjectStoreError::BucketNotEmpty);
    }
    loop {
        let Some(upload) = change.uploads(bucket.number, "", None).next() else {
            break;
        };
        let (key, info) = upload?;
        let key = key.into_owned();
        let upload = UploadKey {
            bucket: bucket.number,
            key: &key,
            upload_id: &info.upload_id,
        };
        super::uploads::end(change, upload, |_| false)?;
    }
    change.remove_bucket(&bucket)
}

/// Once on, versioning can only be suspended.
pub(crate) fn set_versioning(
    change: &mut impl CatalogueChange,
    name: &str,
    versioning: SetVersioning,
) -> Found<()> {
    let bucket = find_bucket(change, name)?;
    let versioning = match versioning {
        SetVersioning::Enabled => Versioning::Enabled,
        SetVersioning::Suspended => Versioning::Suspended,
    };
    change.put_bucket(Bucket {
        versioning,
        ..Bucket::clone(&bucket)
    })
}

pub(crate) fn set_bucket_tags(
    change: &mut impl CatalogueChange,
    name: &str,
    tags: Tags,
) -> Found<()> {
    let bucket = find_bucket(change, name)?;
    change.put_bucket(Bucket {
        tags,
        ..Bucket::clone(&bucket)
    })
}

/// The length is the only syntax of a key.
pub(crate) fn check_key(key: &str) -> Found<()> {
    if key.len() > KEY_BYTES_MAX {
        return Err(ObjectStoreError::KeyTooLong { size: key.len() });
    }
    Ok(())
}

/// The version that a request reads, which is an object.
pub(crate) fn find_version(
    view: &impl CatalogueView,
    bucket: &Bucket,
    key: &str,
    version: Locating<'_>,
) -> Found<Arc<VersionRecord>> {
    let (found, is_named) = match version {
        Locating::Latest => (latest(view, bucket, key)?, false),
        Locating::Id(id) => (by_id(view, bucket, key, id)?.map(Place::into_record), true),
    };
    let is_versioned = bucket.versioning != Versioning::Never;
    match found {
        None if is_named && is_versioned => Err(ObjectStoreError::NoSuchVersion),
        None => Err(ObjectStoreError::NoSuchKey),
        Some(record) => match record.kind {
            VersionKind::Object(_) => Ok(record),
            VersionKind::DeleteMarker { last_modified } => Err(ObjectStoreError::DeleteMarker {
                version: record.id,
                last_modified,
                is_named,
            }),
        },
    }
}

/// The latest version, be it a delete marker.
fn latest(
    view: &impl CatalogueView,
    bucket: &Bucket,
    key: &str,
) -> Found<Option<Arc<VersionRecord>>> {
    let current = view.current(bucket.number, key)?;
    if current.is_some() || bucket.versioning == Versioning::Never {
        return Ok(current);
    }
    newest_older(view, bucket.number, key)
}

pub(super) fn newest_older(
    view: &impl CatalogueView,
    bucket: BucketNumber,
    key: &str,
) -> Found<Option<Arc<VersionRecord>>> {
    let newest = view.olders(bucket, key, None).next().transpose()?;
    Ok(newest.and_then(|(found, version)| (found == key).then_some(version)))
}

/// In which table a version lies.
enum Place {
    Current(Arc<VersionRecord>),
    Older(Arc<VersionRecord>),
}

impl Place {
    fn into_record(self) -> Arc<VersionRecord> {
        match self {
            Self::Current(record) | Self::Older(record) => record,
        }
    }
}

/// # Errors
/// A bucket that never had versioning knows no id but `null`.
fn by_id(
    view: &impl CatalogueView,
    bucket: &Bucket,
    key: &str,
    id: &VersionId,
) -> Found<Option<Place>> {
    let current = view.current(bucket.number, key)?;
    if let Some(record) = current.filter(|record| record.id == *id) {
        return Ok(Some(Place::Current(record)));
    }
    let sequence = match id {
        VersionId::Named(_) if bucket.versioning == Versioning::Never => {
            return Err(ObjectStoreError::InvalidVersion { version: *id });
        }
        VersionId::Named(name) => Some(name.sequence()),
        VersionId::Null => view.null(bucket.number, key)?,
    };
    let Some(sequence) = sequence else {
        return Ok(None);
    };
    let older = view.older(bucket.number, key, sequence)?;
    Ok(older.filter(|record| record.id == *id).map(Place::Older))
}

/// Judges what a write asks of the latest version.
pub(crate) fn check_condition(
    view: &impl CatalogueView,
    bucket: &Bucket,
    key: &str,
    condition: &WriteCondition,
) -> Found<()> {
    if *condition == WriteCondition::Always {
        return Ok(());
    }
    let current = view.current(bucket.number, key)?;
    let etag = current.as_ref().and_then(|version| match &version.kind {
        VersionKind::Object(object) => Some(object.info.etag.as_str()),
        VersionKind::DeleteMarker { .. } => None,
    });
    condition.judge(etag).map_err(|unmet| match unmet {
        Unmet::NoObject => ObjectStoreError::NoSuchKey,
        Unmet::Failed(header) => ObjectStoreError::PreconditionFailed { header },
    })
}

/// Makes `object` the latest version of its key, if `condition` holds. `seed` is the store's.
pub(crate) fn put_object(
    change: &mut impl CatalogueChange,
    bucket: &Bucket,
    key: &str,
    object: StoredObject,
    condition: &WriteCondition,
    seed: &Seed,
) -> Found<Arc<VersionRecord>> {
    check_condition(change, bucket, key, condition)?;
    let (sequence, id) = next_version(change, bucket, key, seed)?;
    let version = Arc::new(VersionRecord {
        sequence,
        id,
        kind: VersionKind::Object(object),
    });
    let replaced = change.put_current(bucket.number, key, Arc::clone(&version))?;
    retire(change, bucket, key, replaced)?;
    Ok(version)
}

fn next_version(
    change: &mut impl CatalogueChange,
    bucket: &Bucket,
    key: &str,
    seed: &Seed,
) -> Found<(u64, VersionId)> {
    if bucket.versioning == Versioning::Never {
        return Ok((0, VersionId::Null));
    }
    let sequence = change.count(Counter::Versions(bucket.number))?;
    let id = match bucket.versioning {
        Versioning::Enabled => VersionId::named(&seed_of(bucket, seed), key, sequence),
        Versioning::Suspended | Versioning::Never => VersionId::Null,
    };
    Ok((sequence, id))
}

fn seed_of(bucket: &Bucket, seed: &Seed) -> Seed {
    seed.derive("bucket").derive_ordinal(bucket.number.0)
}

/// Does what a write or a deletion does to the version that was current, and to the version `null`.
fn retire(
    change: &mut impl CatalogueChange,
    bucket: &Bucket,
    key: &str,
    replaced: Option<Arc<VersionRecord>>,
) -> Found<()> {
    if bucket.versioning == Versioning::Suspended
        && let Some(sequence) = change.null(bucket.number, key)?
    {
        remove_older(change, bucket.number, key, sequence)?;
    }
    match replaced {
        Some(version)
            if version.id == VersionId::Null && bucket.versioning != Versioning::Enabled =>
        {
            release(change, bucket.number, key, version)
        }
        Some(version) => put_older(change, bucket.number, key, version),
        None => Ok(()),
    }
}

fn put_older(
    change: &mut impl CatalogueChange,
    bucket: BucketNumber,
    key: &str,
    version: Arc<VersionRecord>,
) -> Found<()> {
    if version.id == VersionId::Null {
        change.set_null(bucket, key, Some(version.sequence))?;
    }
    change.put_older(bucket, key, version)
}

fn remove_older(
    change: &mut impl CatalogueChange,
    bucket: BucketNumber,
    key: &str,
    sequence: u64,
) -> Found<()> {
    let Some(version) = change.older(bucket, key, sequence)? else {
        return Ok(());
    };
    take_older(change, bucket, key, &version)?;
    release(change, bucket, key, version)
}

/// The end of a version: the upload that made it is forgotten with it.
fn release(
    change: &mut impl CatalogueChange,
    bucket: BucketNumber,
    key: &str,
    version: Arc<VersionRecord>,
) -> Found<()> {
    if let VersionKind::Object(object) = &version.kind
        && let Some(upload_id) = &object.upload_id
    {
        let upload = UploadKey {
            bucket,
            key,
            upload_id,
        };
        change.set_completed(upload, None)?;
    }
    change.release_version(version)
}

/// Out of the table, but not released.
fn take_older(
    change: &mut impl CatalogueChange,
    bucket: BucketNumber,
    key: &str,
    version: &VersionRecord,
) -> Found<()> {
    if version.id == VersionId::Null {
        change.set_null(bucket, key, None)?;
    }
    change.remove_older(bucket, key, version.sequence)
}

/// Writes the row of a version anew, with other tags; its bytes stay where they are.
pub(crate) fn set_tags(
    change: &mut impl CatalogueChange,
    bucket: &Bucket,
    key: &str,
    version: Locating<'_>,
    tags: Tags,
) -> Found<Arc<VersionRecord>> {
    let found = find_version(change, bucket, key, version)?;
    let VersionKind::Object(object) = &found.kind else {
        return Err(ObjectStoreError::NoSuchKey);
    };
    let tagged = Arc::new(VersionRecord {
        sequence: found.sequence,
        id: found.id,
        kind: VersionKind::Object(StoredObject {
            tags,
            ..object.clone()
        }),
    });
    let current = change.current(bucket.number, key)?;
    if current.is_some_and(|current| current.id == found.id) {
        change.put_current(bucket.number, key, Arc::clone(&tagged))?;
    } else {
        change.put_older(bucket.number, key, Arc::clone(&tagged))?;
    }
    Ok(tagged)
}

/// Deletes a key, or one version of it. What is not there is no error, as in S3.
pub(crate) fn delete_object(
    change: &mut impl CatalogueChange,
    bucket: &Bucket,
    key: &str,
    version: Locating<'_>,
    now: Timestamp,
    seed: &Seed,
) -> Found<Deletion> {
    match version {
        Locating::Latest => delete_key(change, bucket, key, now, seed),
        Locating::Id(id) => delete_version(change, bucket, key, id),
    }
}

fn delete_key(
    change: &mut impl CatalogueChange,
    bucket: &Bucket,
    key: &str,
    now: Timestamp,
    seed: &Seed,
) -> Found<Deletion> {
    let removed = change.remove_current(bucket.number, key)?;
    retire(change, bucket, key, removed)?;
    if bucket.versioning == Versioning::Never {
        return Ok(Deletion::default());
    }
    let (sequence, id) = next_version(change, bucket, key, seed)?;
    let marker = Arc::new(VersionRecord {
        sequence,
        id,
        kind: VersionKind::DeleteMarker { last_modified: now },
    });
    put_older(change, bucket.number, key, marker)?;
    Ok(Deletion {
        version: Some(id),
        is_delete_marker: true,
    })
}

fn delete_version(
    change: &mut impl CatalogueChange,
    bucket: &Bucket,
    key: &str,
    id: &VersionId,
) -> Found<Deletion> {
    let mut deletion = Deletion {
        version: Some(*id),
        is_delete_marker: false,
    };
    let removed = match by_id(change, bucket, key, id)? {
        None => return Ok(deletion),
        Some(Place::Current(version)) => {
            change.remove_current(bucket.number, key)?;
            version
        }
        Some(Place::Older(version)) => {
            take_older(change, bucket.number, key, &version)?;
            version
        }
    };
    deletion.is_delete_marker = matches!(removed.kind, VersionKind::DeleteMarker { .. });
    release(change, bucket.number, key, removed)?;
    if bucket.versioning != Versioning::Never {
        promote(change, bucket.number, key)?;
    }
    Ok(deletion)
}

/// Makes the newest of the older versions current, if it is an object and nothing is.
fn promote(change: &mut impl CatalogueChange, bucket: BucketNumber, key: &str) -> Found<()> {
    if change.current(bucket, key)?.is_some() {
        return Ok(());
    }
    let newest = newest_older(change, bucket, key)?;
    if let Some(version) = newest
        && matches!(version.kind, VersionKind::Object(_))
    {
        take_older(change, bucket, key, &version)?;
        change.put_current(bucket, key, version)?;
    }
    Ok(())
}

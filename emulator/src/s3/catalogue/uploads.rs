//! Multipart uploads: parts, and the object that they become.

use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::versions::{check_condition, check_key, find_bucket};
use super::{
    CatalogueChange, CatalogueView, Counter, Found, PartRecord, StoredObject, UploadKey,
    VersionKind, VersionRecord, put_object,
};
use crate::domain::checksum::Hasher;
use crate::domain::s3_conditions::WriteCondition;
use crate::facts::s3_limits::PART_BYTES_MIN;
use crate::s3::bodies::Content;
use crate::s3::checksum::{Checksum, ChecksumType};
use crate::s3::object_store::{
    Bucket, Completion, NewObject, ObjectInfo, ObjectPart, ObjectStoreError, PartPage, UploadInfo,
    UploadRef,
};
use crate::seed::Seed;

fn key_of<'a>(bucket: &Bucket, upload: &UploadRef<'a>) -> UploadKey<'a> {
    UploadKey {
        bucket: bucket.number,
        key: upload.key,
        upload_id: upload.upload_id,
    }
}

pub(crate) fn find_upload(
    view: &impl CatalogueView,
    upload: &UploadRef<'_>,
) -> Found<Arc<UploadInfo>> {
    let (_, info) = under_way(view, upload)?;
    Ok(info)
}

/// An upload that has not ended.
fn under_way<'a>(
    view: &impl CatalogueView,
    upload: &UploadRef<'a>,
) -> Found<(UploadKey<'a>, Arc<UploadInfo>)> {
    let bucket = find_bucket(view, upload.bucket)?;
    let key = key_of(&bucket, upload);
    let info = view.upload(key)?.ok_or(ObjectStoreError::NoSuchUpload)?;
    Ok((key, info))
}

pub(crate) fn create_upload(
    change: &mut impl CatalogueChange,
    bucket: &str,
    key: &str,
    new: NewObject,
    checksum_type: ChecksumType,
) -> Found<UploadInfo> {
    check_key(key)?;
    let number = find_bucket(change, bucket)?.number;
    let ordinal = change.count(Counter::Uploads)?;
    let info = UploadInfo {
        key: key.to_owned(),
        upload_id: upload_id(bucket, key, new.attributes.last_modified, ordinal),
        checksum_type,
        attributes: new.attributes,
        tags: new.tags,
    };
    let upload = UploadKey {
        bucket: number,
        key,
        upload_id: &info.upload_id,
    };
    change.put_upload(upload, info.clone())?;
    Ok(info)
}

/// Hex of the ordinal, so that the uploads of a key are listed as they began, and of a hash over
/// everything that tells uploads apart: unique, and the same in each run.
///
/// # Source
/// Their order: API reference, `ListMultipartUploads`; documented;
/// case: s3-multipart/uploads-are-listed-as-they-began
fn upload_id(bucket: &str, key: &str, begun: Timestamp, ordinal: u64) -> String {
    let mut hash = Sha256::new();
    // Neither a bucket's name nor a date contains a line break, so the fields stay apart.
    hash.update(format!("{ordinal}\n{begun}\n{bucket}\n{key}"));
    format!("{ordinal:016x}{}", hex::encode(&hash.finalize()[..24]))
}

pub(crate) fn put_part(
    change: &mut impl CatalogueChange,
    upload: &UploadRef<'_>,
    part: PartRecord,
) -> Found<()> {
    let (upload, _) = under_way(change, upload)?;
    match change.put_part(upload, Arc::new(part))? {
        Some(replaced) => change.release_part(replaced),
        None => Ok(()),
    }
}

pub(crate) fn list_parts(
    view: &impl CatalogueView,
    upload: &UploadRef<'_>,
    after: u16,
    parts_max: usize,
) -> Found<PartPage> {
    let (upload, _) = under_way(view, upload)?;
    let mut following = view.parts(upload, after);
    let parts: Found<Vec<_>> = following
        .by_ref()
        .take(parts_max)
        .map(|part| Ok(part?.info.clone()))
        .collect();
    Ok(PartPage {
        parts: parts?,
        is_truncated: following.next().is_some(),
    })
}

pub(crate) fn abort_upload(change: &mut impl CatalogueChange, upload: &UploadRef<'_>) -> Found<()> {
    let (upload, _) = under_way(change, upload)?;
    end(change, upload, |_| false)
}

/// Removes an upload and releases its parts, except those whose content `is_kept`.
pub(super) fn end(
    change: &mut impl CatalogueChange,
    upload: UploadKey<'_>,
    is_kept: impl Fn(u16) -> bool,
) -> Found<()> {
    let parts: Vec<Arc<PartRecord>> = change.parts(upload, 0).collect::<Found<_>>()?;
    for part in parts {
        let number = part.info.part_number;
        change.remove_part(upload, number)?;
        if !is_kept(number) {
            change.release_part(part)?;
        }
    }
    change.remove_upload(upload)
}

pub(crate) fn complete_upload(
    change: &mut impl CatalogueChange,
    upload: &UploadRef<'_>,
    completion: &Completion,
    seed: &Seed,
) -> Found<Arc<VersionRecord>> {
    let bucket = find_bucket(change, upload.bucket)?;
    let ended = key_of(&bucket, upload);
    let Some(info) = change.upload(ended)? else {
        return completed_before(change, ended, completion);
    };
    let parts = named_parts(change, ended, completion)?;
    check_condition(change, &bucket, upload.key, &completion.condition)?;
    let object = assemble(&info, &parts, completion)?;
    // From here on nothing is refused.
    let is_kept = |number: u16| {
        let parts = &completion.parts;
        parts
            .binary_search_by_key(&number, |part| part.part_number)
            .is_ok()
    };
    end(change, ended, is_kept)?;
    let version = put_object(
        change,
        &bucket,
        upload.key,
        object,
        &WriteCondition::Always,
        seed,
    )?;
    change.set_completed(ended, Some(version.sequence))?;
    Ok(version)
}

/// What an upload became, if this completion names the same parts.
///
/// # Source
/// Issues adobe/S3Mock#2586 and minio/minio#13318, where it was tried on S3; recorded. That it ends
/// with the object, and that a condition is not judged again, since it would be by the very object that
/// it let through: assumed; case: s3-multipart/completed-twice, s3-multipart/completed-and-gone
fn completed_before(
    view: &impl CatalogueView,
    upload: UploadKey<'_>,
    completion: &Completion,
) -> Found<Arc<VersionRecord>> {
    let sequence = view.completed(upload)?;
    let sequence = sequence.ok_or(ObjectStoreError::NoSuchUpload)?;
    let current = view.current(upload.bucket, upload.key)?;
    let version = match current.filter(|version| version.sequence == sequence) {
        Some(version) => Some(version),
        None => view.older(upload.bucket, upload.key, sequence)?,
    };
    let version = version.ok_or(ObjectStoreError::NoSuchUpload)?;
    let VersionKind::Object(object) = &version.kind else {
        return Err(ObjectStoreError::NoSuchUpload);
    };
    let info = &object.info;
    let etags = completion.parts.iter().map(|part| part.etag.as_str());
    let numbers = completion.parts.iter().map(|part| part.part_number);
    let is_same = numbers.eq(info.parts.iter().map(|part| part.uploaded_as))
        && etag_of(etags).as_ref() == Some(&info.etag);
    if !is_same {
        return Err(ObjectStoreError::NoSuchUpload);
    }
    check_expected(info.size, &info.checksum, completion)?;
    Ok(version)
}

/// Holds an object against what the completion says of it.
fn check_expected(size: u64, checksum: &Checksum, completion: &Completion) -> Found<()> {
    let is_expected = completion.size.is_none_or(|expected| expected == size)
        && (completion.checksum.as_ref()).is_none_or(|expected| *expected == checksum.value);
    if is_expected {
        Ok(())
    } else {
        Err(ObjectStoreError::UnexpectedObject {
            size,
            checksum: checksum.value.clone(),
        })
    }
}

/// That of an object made of parts with these: the hex MD5 of their bytes, and their number. `None`:
/// one of them is none of ours.
fn etag_of<'a>(parts: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut md5 = Hasher::md5();
    let mut count = 0_usize;
    for etag in parts {
        md5.update(&hex::decode(etag).ok()?);
        count += 1;
    }
    Some(format!("{}-{count}", hex::encode(md5.finish())))
}

/// The parts that the completion names, as it names them.
fn named_parts(
    view: &impl CatalogueView,
    upload: UploadKey<'_>,
    completion: &Completion,
) -> Found<Vec<Arc<PartRecord>>> {
    let named = &completion.parts;
    if !named.is_sorted_by(|a, b| a.part_number < b.part_number) {
        return Err(ObjectStoreError::InvalidPartOrder);
    }
    let mut parts = Vec::with_capacity(named.len());
    for name in named {
        let part_number = name.part_number;
        let part = view.part(upload, part_number)?.filter(|part| {
            let expected = name.checksum.as_ref();
            part.info.etag == name.etag
                && expected.is_none_or(|value| *value == part.info.checksum.value)
        });
        parts.push(part.ok_or_else(|| ObjectStoreError::InvalidPart {
            part_number,
            etag: name.etag.clone(),
        })?);
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
    Ok(parts)
}

/// The object that these parts make.
fn assemble(
    upload: &UploadInfo,
    parts: &[Arc<PartRecord>],
    completion: &Completion,
) -> Found<StoredObject> {
    let etag = etag_of(parts.iter().map(|part| part.info.etag.as_str()))
        .ok_or_else(|| ObjectStoreError::Internal("a part has no hex for its ETag".into()))?;
    let attributes = upload.attributes.clone();
    let checksum = Checksum::of_parts(
        attributes.checksum_algorithm,
        upload.checksum_type,
        parts
            .iter()
            .map(|part| (&part.info.checksum, part.info.size)),
    )
    .ok_or_else(|| ObjectStoreError::Internal("parts have no common checksum".into()))?;
    let size = parts.iter().map(|part| part.info.size).sum();
    check_expected(size, &checksum, completion)?;
    Ok(StoredObject {
        info: Arc::new(ObjectInfo {
            size,
            etag,
            checksum,
            parts: (parts.iter())
                .map(|part| ObjectPart {
                    uploaded_as: part.info.part_number,
                    size: part.info.size,
                    checksum: part.info.checksum.clone(),
                })
                .collect(),
            attributes,
        }),
        tags: upload.tags.clone(),
        upload_id: Some(upload.upload_id.clone()),
        content: Content::join(parts.iter().map(|part| &part.content)),
    })
}

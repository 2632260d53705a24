//! `PutObject`, `GetObject`, `HeadObject`, `DeleteObject`, `DeleteObjects`.

use std::ops::Range;

use http::header::EXPIRES;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use s3s::dto::{
    ChecksumMode, ChecksumType, DeleteObjectInput, DeleteObjectOutput, DeleteObjectsInput,
    DeleteObjectsOutput, DeletedObject, ETag, ETagCondition, GetObjectInput, GetObjectOutput,
    HeadObjectInput, HeadObjectOutput, ObjectIdentifier, PutObjectInput, PutObjectOutput,
    ServerSideEncryption, StorageClass, StreamingBlob,
};
use s3s::{S3Error, S3Request, S3Response, S3Result};

use super::checksums::{self, set_checksum};
use super::conditions::{self, Conditions};
use super::refusals::{self, detail, error, error_with, not_implemented};
use super::{Operations, attributes, dates, scope, tagging, uploads, versions};
use crate::domain::s3_tags::Tags;
use crate::facts::s3_errors;
use crate::facts::s3_limits::{CONTENT_TYPE_DEFAULT, DELETE_KEYS_MAX, PUT_BYTES_MAX};
use crate::s3::checksum::{self, Checksum};
use crate::s3::object_store::{
    DeleteTarget, Deletion, NewObject, ObjectAttributes, ObjectInfo, ObjectPart, ObjectStoreError,
    OpenObject,
};

impl Operations {
    pub(super) async fn put_object(
        &self,
        mut request: S3Request<PutObjectInput>,
    ) -> S3Result<S3Response<PutObjectOutput>> {
        let owner = request.input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &request.input.bucket, owner)
            .await?;
        let size = size_announced(request.input.content_length)?;
        let metadata = request.input.metadata.take();
        let scope = scope(&request)?;
        let mut attributes = attributes::read(&request.headers, metadata, scope, (self.now)())?;
        attributes.checksum_algorithm = checksums::of_body(&request.headers)?.unwrap_or_default();
        let tags = tagging::of_header(&request.headers)?;

        let input = request.input;
        let condition = conditions::of_write(input.if_match, input.if_none_match)?;
        let writer = self
            .store
            .put_object(
                &input.bucket,
                &input.key,
                NewObject {
                    attributes,
                    tags,
                    condition,
                },
            )
            .await;
        let writer = writer.map_err(refusals::of_store)?;
        let written = uploads::store(writer, input.body, size).await?;
        let info = &written.info;
        let mut output = PutObjectOutput {
            e_tag: Some(ETag::Strong(info.etag.clone())),
            checksum_type: Some(shown_type(info.checksum.checksum_type)),
            server_side_encryption: encryption(),
            version_id: versions::shown(written.version),
            ..PutObjectOutput::default()
        };
        set_checksum!(output, info.checksum);
        Ok(S3Response::new(output))
    }

    pub(super) async fn get_object(
        &self,
        request: S3Request<GetObjectInput>,
    ) -> S3Result<S3Response<GetObjectOutput>> {
        let owner = request.input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &request.input.bucket, owner)
            .await?;
        let input = request.input;
        let version_id = input.version_id.as_deref();
        let object = self.open(&input.bucket, &input.key, version_id).await?;
        let info = &object.info;
        let conditions = Conditions {
            matching: input.if_match,
            none_matching: input.if_none_match,
            modified_since: input.if_modified_since,
            unmodified_since: input.if_unmodified_since,
        };
        conditions.check_read(info)?;
        let selection = Selection::of(info, input.range, input.part_number)?;
        let attributes = &info.attributes;
        let mut output = GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            body: Some(StreamingBlob::wrap(
                object.body.read(selection.bytes.clone()),
            )),
            cache_control: attributes.cache_control.clone(),
            content_disposition: attributes.content_disposition.clone(),
            content_encoding: attributes.content_encoding.clone(),
            content_language: attributes.content_language.clone(),
            content_length: Some(selection.length()),
            content_range: selection.content_range(info),
            content_type: Some(content_type(attributes)),
            e_tag: Some(ETag::Strong(info.etag.clone())),
            last_modified: Some(dates::shown(attributes.last_modified)),
            metadata: Some(attributes.user_metadata.clone().into_iter().collect()),
            parts_count: selection.parts_count,
            server_side_encryption: encryption(),
            storage_class: storage_class(attributes),
            version_id: versions::shown(object.version),
            website_redirect_location: attributes.website_redirect_location.clone(),
            ..GetObjectOutput::default()
        };
        if let Some(checksum) = selection.checksum_asked(input.checksum_mode.as_ref()) {
            set_checksum!(output, checksum);
            output.checksum_type = Some(shown_type(info.checksum.checksum_type));
        }
        Ok(S3Response {
            status: selection.is_partial.then_some(StatusCode::PARTIAL_CONTENT),
            headers: beside(attributes, &object.tags, input.response_expires.is_some()),
            ..S3Response::new(output)
        })
    }

    /// The version that a read names, or the latest.
    pub(super) async fn open(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
    ) -> S3Result<OpenObject> {
        let version = versions::read(version_id)?;
        let object = self.store.get_object(bucket, key, version.as_ref()).await;
        object.map_err(refusals::of_store)
    }

    pub(super) async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        let owner = request.input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &request.input.bucket, owner)
            .await?;
        let input = request.input;
        let version_id = input.version_id.as_deref();
        let object = self.open(&input.bucket, &input.key, version_id).await?;
        let info = object.info;
        let conditions = Conditions {
            matching: input.if_match,
            none_matching: input.if_none_match,
            modified_since: input.if_modified_since,
            unmodified_since: input.if_unmodified_since,
        };
        conditions.check_read(&info)?;
        let selection = Selection::of(&info, input.range, input.part_number)?;
        let attributes = info.attributes.clone();
        let is_expires_overridden = input.response_expires.is_some();
        let mut output = HeadObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            cache_control: input
                .response_cache_control
                .or(attributes.cache_control.clone()),
            content_disposition: (input.response_content_disposition)
                .or(attributes.content_disposition.clone()),
            content_encoding: (input.response_content_encoding)
                .or(attributes.content_encoding.clone()),
            content_language: (input.response_content_language)
                .or(attributes.content_language.clone()),
            content_length: Some(selection.length()),
            content_range: selection.content_range(&info),
            content_type: (input.response_content_type).or(Some(content_type(&attributes))),
            e_tag: Some(ETag::Strong(info.etag.clone())),
            expires: input.response_expires,
            last_modified: Some(dates::shown(attributes.last_modified)),
            metadata: Some(attributes.user_metadata.clone().into_iter().collect()),
            parts_count: selection.parts_count,
            server_side_encryption: encryption(),
            storage_class: storage_class(&attributes),
            version_id: versions::shown(object.version),
            website_redirect_location: attributes.website_redirect_location.clone(),
            ..HeadObjectOutput::default()
        };
        if let Some(checksum) = selection.checksum_asked(input.checksum_mode.as_ref()) {
            set_checksum!(output, checksum);
            output.checksum_type = Some(shown_type(info.checksum.checksum_type));
        }
        Ok(S3Response {
            status: selection.is_partial.then_some(StatusCode::PARTIAL_CONTENT),
            headers: beside(&attributes, &object.tags, is_expires_overridden),
            ..S3Response::new(output)
        })
    }

    pub(super) async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        let input = &request.input;
        let owner = input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &input.bucket, owner).await?;
        let target = DeleteTarget {
            key: input.key.clone(),
            version: versions::read(input.version_id.as_deref())?,
            condition: conditions::of_delete(input.if_match.clone()),
        };
        let deleted = self
            .store
            .delete_objects(&input.bucket, vec![target], (self.now)())
            .await;
        let deletion = deleted.map_err(refusals::of_store)?.pop();
        let deletion = deletion.ok_or_else(|| error("InternalError"))?;
        let deletion = deletion.map_err(refusals::of_store)?;
        Ok(S3Response::new(DeleteObjectOutput {
            delete_marker: deletion.is_delete_marker.then_some(true),
            version_id: versions::shown(deletion.version),
            ..DeleteObjectOutput::default()
        }))
    }

    pub(super) async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        let owner = request.input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &request.input.bucket, owner)
            .await?;
        let has_checksum = request.headers.contains_key("content-md5")
            || checksums::of_body(&request.headers)?.is_some();
        if !has_checksum {
            let text = s3_errors::DELETE_WITHOUT_CHECKSUM;
            return Err(error_with("InvalidRequest", text));
        }
        let delete = &request.input.delete;
        if delete.objects.is_empty() || delete.objects.len() > DELETE_KEYS_MAX {
            return Err(error("MalformedXML"));
        }
        let targets = delete.objects.iter().map(target_of);
        let targets: Vec<_> = targets.collect::<S3Result<_>>()?;
        let readable = targets.iter().filter_map(|target| target.as_ref().ok());
        let deleted = self
            .store
            .delete_objects(
                &request.input.bucket,
                readable.cloned().collect(),
                (self.now)(),
            )
            .await;
        let mut deletions = deleted.map_err(refusals::of_store)?.into_iter();

        let is_quiet = delete.quiet.unwrap_or(false);
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for (object, target) in delete.objects.iter().zip(targets) {
            let outcome = target.and_then(|_| {
                let deletion = deletions.next().ok_or_else(|| error("InternalError"))?;
                deletion.map_err(|refusal| match refusal {
                    ObjectStoreError::InvalidVersion { .. } => error("NoSuchVersion"),
                    other => refusals::of_store(other),
                })
            });
            match outcome {
                Ok(_) if is_quiet => {}
                Ok(deletion) => deleted.push(shown_deletion(object, deletion)),
                Err(refusal) => errors.push(shown_refusal(object, &refusal)),
            }
        }
        Ok(S3Response::new(DeleteObjectsOutput {
            deleted: Some(deleted),
            errors: Some(errors),
            ..DeleteObjectsOutput::default()
        }))
    }
}

/// What an entry of `DeleteObjects` names; inside, that it names nothing that can be.
///
/// # Source
/// `*` in an `ETag`: User Guide, How to perform conditional deletes; documented;
/// case: s3-conditions/delete-many-if-there. An empty key: API model, ObjectKey (its least length);
/// that it makes the whole request malformed: assumed; case: s3-objects/delete-many-without-a-key
fn target_of(object: &ObjectIdentifier) -> S3Result<S3Result<DeleteTarget>> {
    if object.key.is_empty() {
        return Err(error("MalformedXML"));
    }
    // An element without content names no version.
    let version = object.version_id.as_deref();
    let version = version.filter(|version| !version.is_empty());
    let is_on_version = object.e_tag.is_some() && version.is_some();
    if is_on_version || object.size.is_some() || object.last_modified_time.is_some() {
        return Err(not_implemented("A condition on DeleteObjects"));
    }
    let matching = object.e_tag.clone().map(|etag| match etag {
        ETag::Strong(any) if any == "*" => ETagCondition::Any,
        etag => ETagCondition::ETag(etag),
    });
    let target = versions::read(version).map(|version| DeleteTarget {
        key: object.key.clone(),
        version,
        condition: conditions::of_delete(matching),
    });
    Ok(target.map_err(|_| error("NoSuchVersion")))
}

/// One entry of the answer to `DeleteObjects`. Ids that never were are `NoSuchVersion` here, unlike
/// in `DeleteObject`.
///
/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_delete_objects_versioned`, 2026-02-23);
/// recorded; case: s3-versioning/delete-many-with-versions
fn shown_deletion(object: &ObjectIdentifier, deletion: Deletion) -> DeletedObject {
    let marker = deletion.version.filter(|_| deletion.is_delete_marker);
    DeletedObject {
        delete_marker: deletion.is_delete_marker.then_some(true),
        delete_marker_version_id: versions::shown(marker),
        key: Some(object.key.clone()),
        version_id: object.version_id.clone(),
    }
}

fn shown_refusal(object: &ObjectIdentifier, refusal: &S3Error) -> s3s::dto::Error {
    s3s::dto::Error {
        code: Some(refusal.code().as_str().to_owned()),
        key: Some(object.key.clone()),
        message: refusal.message().map(str::to_owned),
        version_id: object.version_id.clone(),
    }
}

/// Which bytes of an object a request reads.
#[derive(Debug, PartialEq, Eq)]
struct Selection {
    bytes: Range<u64>,
    /// Whether the answer says so; a range over everything is partial too.
    is_partial: bool,
    /// Only with a part number.
    parts_count: Option<i32>,
    /// Of these bytes, as far as S3 keeps one.
    checksum: Option<Checksum>,
}

impl Selection {
    fn of(
        info: &ObjectInfo,
        range: Option<s3s::dto::Range>,
        part_number: Option<i32>,
    ) -> S3Result<Self> {
        match (range, part_number) {
            (None, None) => Ok(Self {
                bytes: 0..info.size,
                is_partial: false,
                parts_count: None,
                checksum: Some(info.checksum.clone()),
            }),
            (Some(range), None) => Ok(Self {
                bytes: range.check(info.size).map_err(|_| error("InvalidRange"))?,
                is_partial: true,
                parts_count: None,
                // A checksum belongs to the whole object.
                checksum: None,
            }),
            (None, Some(number)) => Self::of_part(info, number),
            (Some(_), Some(_)) => Err(error_with("InvalidRequest", s3_errors::RANGE_AND_PART)),
        }
    }

    /// An object that was not uploaded in parts is its own part 1.
    fn of_part(info: &ObjectInfo, number: i32) -> S3Result<Self> {
        let index = usize::try_from(number)
            .ok()
            .and_then(|number| number.checked_sub(1))
            .ok_or_else(|| error_with("InvalidArgument", s3_errors::PART_NUMBER_RANGE))?;
        let parts = &info.parts;
        if parts.is_empty() && index == 0 {
            return Ok(Self {
                bytes: 0..info.size,
                is_partial: info.size > 0,
                parts_count: None,
                checksum: Some(info.checksum.clone()),
            });
        }
        let Some(part) = parts.get(index) else {
            let mut refusal = error("InvalidPartNumber");
            detail(
                &mut refusal,
                "ActualPartCount",
                &parts.len().max(1).to_string(),
            );
            detail(&mut refusal, "PartNumberRequested", &number.to_string());
            return Err(refusal);
        };
        let start: u64 = parts[..index].iter().map(|part| part.size).sum();
        Ok(Self {
            bytes: start..start + part.size,
            is_partial: true,
            parts_count: i32::try_from(parts.len()).ok(),
            checksum: of_part(info, part),
        })
    }

    fn checksum_asked(&self, mode: Option<&ChecksumMode>) -> Option<&Checksum> {
        let is_asked = mode.is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
        self.checksum.as_ref().filter(|_| is_asked)
    }

    fn length(&self) -> i64 {
        i64::try_from(self.bytes.end - self.bytes.start).unwrap_or(i64::MAX)
    }

    fn content_range(&self, info: &ObjectInfo) -> Option<String> {
        let last = self.bytes.end.checked_sub(1)?;
        let first = self.bytes.start;
        (self.is_partial).then(|| format!("bytes {first}-{last}/{}", info.size))
    }
}

/// The checksum that stands beside one part: its own if that of the object is composed of such, that
/// of the object if there is no other part.
///
/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_get_object_part_checksum`,
/// `test_get_object_part`, 2026-02-21); recorded; case: s3-attributes/checksum-of-a-part
fn of_part(info: &ObjectInfo, part: &ObjectPart) -> Option<Checksum> {
    match info.checksum.checksum_type {
        checksum::ChecksumType::Composite => Some(part.checksum.clone()),
        checksum::ChecksumType::FullObject if info.parts.len() == 1 => Some(info.checksum.clone()),
        checksum::ChecksumType::FullObject => None,
    }
}

/// `Content-Length` as far as it was sent, if S3 takes so much at once.
pub(super) fn size_announced(content_length: Option<i64>) -> S3Result<Option<u64>> {
    let size = content_length.and_then(|length| u64::try_from(length).ok());
    if size.is_some_and(|size| size > PUT_BYTES_MAX) {
        return Err(error("EntityTooLarge"));
    }
    Ok(size)
}

/// Every object of S3 is encrypted since 2023, and every answer says so.
///
/// # Source
/// User Guide, Setting default server-side encryption; documented
#[expect(
    clippy::unnecessary_wraps,
    reason = "the members it fills are optional"
)]
pub(super) fn encryption() -> Option<ServerSideEncryption> {
    Some(ServerSideEncryption::from_static(
        ServerSideEncryption::AES256,
    ))
}

pub(super) fn shown_type(checksum_type: crate::s3::checksum::ChecksumType) -> ChecksumType {
    ChecksumType::from_static(checksum_type.as_str())
}

/// S3 leaves out its usual class.
fn storage_class(attributes: &ObjectAttributes) -> Option<StorageClass> {
    let class = attributes.storage_class.clone();
    (class != StorageClass::STANDARD).then(|| StorageClass::from(class))
}

fn content_type(attributes: &ObjectAttributes) -> String {
    let kept = attributes.content_type.clone();
    kept.unwrap_or_else(|| CONTENT_TYPE_DEFAULT.to_owned())
}

/// What `s3s` does not write: `Expires` as it was sent, unless the request wants another, and how
/// many tags there are, if there are any.
fn beside(attributes: &ObjectAttributes, tags: &Tags, is_expires_overridden: bool) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let expires = attributes.expires.as_deref();
    let expires = expires.filter(|_| !is_expires_overridden);
    if let Some(value) = expires.and_then(|value| HeaderValue::from_str(value).ok()) {
        headers.insert(EXPIRES, value);
    }
    if !tags.is_empty() {
        headers.insert(TAGGING_COUNT, tags.len().into());
    }
    headers
}

/// # Source
/// API reference, `GetObject`; that `HeadObject` has it too: recorded on S3 by the tests of
/// `LocalStack` (`test_head_object_with_tags`, 2026-02-23); recorded;
/// case: s3-tagging/tags-of-an-object
const TAGGING_COUNT: HeaderName = HeaderName::from_static("x-amz-tagging-count");

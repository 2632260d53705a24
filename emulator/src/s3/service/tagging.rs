//! `PutObjectTagging`, `GetObjectTagging`, `DeleteObjectTagging`, the same three of buckets, and
//! the tags that come with an object.

use http::{HeaderMap, StatusCode};
use s3s::dto::{
    DeleteBucketTaggingInput, DeleteBucketTaggingOutput, DeleteObjectTaggingInput,
    DeleteObjectTaggingOutput, GetBucketTaggingInput, GetBucketTaggingOutput,
    GetObjectTaggingInput, GetObjectTaggingOutput, PutBucketTaggingInput, PutBucketTaggingOutput,
    PutObjectTaggingInput, PutObjectTaggingOutput, Tag, Tagging,
};
use s3s::{S3Error, S3Request, S3Response, S3Result};

use super::refusals::{self, detail, error, error_with, invalid_argument};
use super::{AnswerStatus, Operations, header, versions};
use crate::domain::s3_tags::{self, TagFault, Tags};
use crate::domain::s3_version::VersionId;
use crate::facts::s3_errors;
use crate::facts::s3_limits::{BUCKET_TAGS_MAX, OBJECT_TAGS_MAX};
use crate::s3::object_store::ObjectStoreError;

impl Operations {
    pub(super) async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let owner = request.input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &request.input.bucket, owner)
            .await?;
        let input = request.input;
        let version = versions::read(input.version_id.as_deref())?;
        let tags = of_body(
            input.tagging,
            OBJECT_TAGS_MAX,
            s3_errors::OBJECT_TAG_RESERVED,
        )?;
        let tagged = self
            .tag(&input.bucket, &input.key, version.as_ref(), tags)
            .await?;
        Ok(S3Response::new(PutObjectTaggingOutput {
            version_id: versions::shown(tagged),
        }))
    }

    pub(super) async fn get_object_tagging(
        &self,
        request: S3Request<GetObjectTaggingInput>,
    ) -> S3Result<S3Response<GetObjectTaggingOutput>> {
        let input = &request.input;
        let owner = input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &input.bucket, owner).await?;
        let version = versions::read(input.version_id.as_deref())?;
        let object = self
            .store
            .get_object(&input.bucket, &input.key, version.as_ref())
            .await
            .map_err(of_tagged)?;
        Ok(S3Response::new(GetObjectTaggingOutput {
            tag_set: shown(&object.tags),
            version_id: versions::shown(object.version),
        }))
    }

    pub(super) async fn delete_object_tagging(
        &self,
        request: S3Request<DeleteObjectTaggingInput>,
    ) -> S3Result<S3Response<DeleteObjectTaggingOutput>> {
        let input = &request.input;
        let owner = input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &input.bucket, owner).await?;
        let version = versions::read(input.version_id.as_deref())?;
        let tagged = self
            .tag(&input.bucket, &input.key, version.as_ref(), Tags::new())
            .await?;
        Ok(S3Response::new(DeleteObjectTaggingOutput {
            version_id: versions::shown(tagged),
        }))
    }

    async fn tag(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&VersionId>,
        tags: Tags,
    ) -> S3Result<Option<VersionId>> {
        let tagged = self.store.set_tags(bucket, key, version, tags).await;
        tagged.map_err(of_tagged)
    }

    pub(super) async fn put_bucket_tagging(
        &self,
        request: S3Request<PutBucketTaggingInput>,
    ) -> S3Result<S3Response<PutBucketTaggingOutput>> {
        let owner = request.input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &request.input.bucket, owner)
            .await?;
        let input = request.input;
        let tags = of_body(
            input.tagging,
            BUCKET_TAGS_MAX,
            s3_errors::BUCKET_TAG_RESERVED,
        )?;
        let set = self.store.set_bucket_tags(&input.bucket, tags).await;
        set.map_err(refusals::of_store)?;
        let mut response = S3Response::new(PutBucketTaggingOutput::default());
        response.extensions.insert(AnswerStatus(BUCKET_TAGGED));
        Ok(response)
    }

    pub(super) async fn get_bucket_tagging(
        &self,
        request: S3Request<GetBucketTaggingInput>,
    ) -> S3Result<S3Response<GetBucketTaggingOutput>> {
        let input = &request.input;
        let owner = input.expected_bucket_owner.as_deref();
        let bucket = self.bucket_for(&request, &input.bucket, owner).await?;
        if bucket.tags.is_empty() {
            return Err(error("NoSuchTagSet"));
        }
        Ok(S3Response::new(GetBucketTaggingOutput {
            tag_set: shown(&bucket.tags),
        }))
    }

    pub(super) async fn delete_bucket_tagging(
        &self,
        request: S3Request<DeleteBucketTaggingInput>,
    ) -> S3Result<S3Response<DeleteBucketTaggingOutput>> {
        let input = &request.input;
        let owner = input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &input.bucket, owner).await?;
        let set = self.store.set_bucket_tags(&input.bucket, Tags::new()).await;
        set.map_err(refusals::of_store)?;
        Ok(S3Response::new(DeleteBucketTaggingOutput::default()))
    }
}

/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_bucket_tagging_crud`, 2026-02-23); recorded;
/// case: s3-tagging/tags-of-a-bucket
const BUCKET_TAGGED: StatusCode = StatusCode::NO_CONTENT;

/// A delete marker has no tags, be it named or not.
///
/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_object_tagging_versioned`, 2026-02-23);
/// recorded; case: s3-tagging/versions-have-tags-of-their-own
fn of_tagged(refusal: ObjectStoreError) -> S3Error {
    match refusal {
        ObjectStoreError::DeleteMarker {
            version,
            last_modified,
            ..
        } => refusals::delete_marker_named(&version, last_modified),
        other => refusals::of_store(other),
    }
}

fn of_body(tagging: Tagging, tags_max: usize, reserved: &'static str) -> S3Result<Tags> {
    let mut tags = Tags::new();
    for Tag { key, value } in tagging.tag_set {
        let missing = || error("MalformedXML");
        tags.push((key.ok_or_else(missing)?, value.ok_or_else(missing)?));
    }
    s3_tags::check(tags, tags_max).map_err(|fault| of_fault(fault, reserved))
}

/// The tags that `x-amz-tagging` gives to a new object.
pub(super) fn of_header(headers: &HeaderMap) -> S3Result<Tags> {
    let Some(text) = header(headers, "x-amz-tagging") else {
        return Ok(Tags::new());
    };
    let tags = s3_tags::parse_header(text)
        .ok_or_else(|| invalid_argument("x-amz-tagging", text, s3_errors::TAGGING_HEADER))?;
    s3_tags::check(tags, OBJECT_TAGS_MAX)
        .map_err(|fault| of_fault(fault, s3_errors::OBJECT_TAG_RESERVED))
}

/// The tags of a copy: those of its source unless the request replaces them.
pub(super) fn of_copy(headers: &HeaderMap, of_source: Tags) -> S3Result<Tags> {
    match header(headers, "x-amz-tagging-directive") {
        None | Some("COPY") => Ok(of_source),
        Some("REPLACE") => of_header(headers),
        Some(other) => Err(invalid_argument(
            "x-amz-tagging-directive",
            other,
            s3_errors::TAGGING_DIRECTIVE,
        )),
    }
}

fn of_fault(fault: TagFault, reserved: &'static str) -> S3Error {
    let (message, key, value) = match fault {
        TagFault::TooMany { tags_max } => {
            return error_with("BadRequest", s3_errors::tags_too_many(tags_max));
        }
        TagFault::Duplicate { key } => (s3_errors::TAG_DUPLICATE, key, None),
        TagFault::Reserved { key } => (reserved, key, None),
        TagFault::Key { key } => (s3_errors::TAG_KEY, key, None),
        TagFault::Value { key, value } => (s3_errors::TAG_VALUE, key, Some(value)),
    };
    let mut refusal = error_with("InvalidTag", message);
    detail(&mut refusal, "TagKey", &key);
    if let Some(value) = value {
        detail(&mut refusal, "TagValue", &value);
    }
    refusal
}

fn shown(tags: &Tags) -> Vec<Tag> {
    let tags = tags.iter();
    tags.map(|(key, value)| Tag {
        key: Some(key.clone()),
        value: Some(value.clone()),
    })
    .collect()
}

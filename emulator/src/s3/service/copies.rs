//! `CopyObject` and `UploadPartCopy`: objects read and written again inside the store.

use std::ops::Range;

use s3s::dto::{
    CopyObjectInput, CopyObjectOutput, CopyObjectResult, CopyPartResult, CopySource, ETag,
    UploadPartCopyInput, UploadPartCopyOutput,
};
use s3s::{S3Request, S3Response, S3Result};

use super::checksums::{self, set_checksum};
use super::conditions::{self, Conditions};
use super::multipart::part_number;
use super::objects::{encryption, shown_type};
use super::refusals::{self, error, error_with, not_implemented};
use super::{Operations, attributes, dates, header, scope, tagging, uploads, versions};
use crate::domain::s3_version::VersionId;
use crate::facts::s3_errors;
use crate::facts::s3_limits::PUT_BYTES_MAX;
use crate::s3::object_store::{
    NewObject, ObjectAttributes, ObjectStoreError, OpenObject, UploadRef,
};

impl Operations {
    pub(super) async fn copy_object(
        &self,
        mut request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        let owner = request.input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &request.input.bucket, owner)
            .await?;
        let location = Location::of(&request.input.copy_source)?;
        // A version restored over the latest one is a change.
        let is_itself = *location.bucket == *request.input.bucket
            && *location.key == *request.input.key
            && location.version.is_none();
        let source_owner = request.input.expected_source_bucket_owner.as_deref();
        let source = self.source(&request, &location, source_owner).await?;
        let conditions = Conditions {
            matching: request.input.copy_source_if_match.take(),
            none_matching: request.input.copy_source_if_none_match.take(),
            modified_since: request.input.copy_source_if_modified_since.take(),
            unmodified_since: request.input.copy_source_if_unmodified_since.take(),
        };
        conditions.check_copy(&source.info)?;
        check_size(source.info.size)?;

        let metadata = request.input.metadata.take();
        let scope = scope(&request)?;
        let asked = attributes::read(&request.headers, metadata, scope, (self.now)())?;
        let replaces_metadata = match header(&request.headers, "x-amz-metadata-directive") {
            None | Some("COPY") => false,
            Some("REPLACE") => true,
            Some(_) => {
                return Err(error_with("InvalidArgument", s3_errors::METADATA_DIRECTIVE));
            }
        };
        let algorithm = checksums::by_name(&request.headers, "x-amz-checksum-algorithm")?;
        if is_itself {
            let changes = replaces_metadata
                || asked.storage_class != source.info.attributes.storage_class
                || asked.website_redirect_location.is_some()
                || request.headers.contains_key("x-amz-server-side-encryption");
            if !changes {
                return Err(error_with("InvalidRequest", s3_errors::COPY_TO_ITSELF));
            }
        }
        let kept = &source.info.attributes;
        let mut attributes = if replaces_metadata {
            asked
        } else {
            // What belongs to the copy itself is not taken over.
            ObjectAttributes {
                last_modified: asked.last_modified,
                storage_class: asked.storage_class,
                website_redirect_location: asked.website_redirect_location,
                ..kept.clone()
            }
        };
        attributes.checksum_algorithm = algorithm.unwrap_or(kept.checksum_algorithm);
        let tags = tagging::of_copy(&request.headers, source.tags.clone())?;

        // `s3s` does not read these of a copy.
        let matching = conditions::by_header(&request.headers, "if-match")?;
        let none_matching = conditions::by_header(&request.headers, "if-none-match")?;
        let input = request.input;
        let condition = conditions::of_write(matching, none_matching)?;
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
        let size = source.info.size;
        let copied = uploads::store(writer, Some(source.body.read(0..size)), Some(size)).await?;
        let info = &copied.info;
        let mut result = CopyObjectResult {
            checksum_type: Some(shown_type(info.checksum.checksum_type)),
            e_tag: Some(ETag::Strong(info.etag.clone())),
            last_modified: Some(dates::shown(info.attributes.last_modified)),
            ..CopyObjectResult::default()
        };
        set_checksum!(result, info.checksum);
        Ok(S3Response::new(CopyObjectOutput {
            copy_object_result: Some(result),
            copy_source_version_id: versions::shown(source.version),
            server_side_encryption: encryption(),
            version_id: versions::shown(copied.version),
            ..CopyObjectOutput::default()
        }))
    }

    pub(super) async fn upload_part_copy(
        &self,
        mut request: S3Request<UploadPartCopyInput>,
    ) -> S3Result<S3Response<UploadPartCopyOutput>> {
        let owner = request.input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &request.input.bucket, owner)
            .await?;
        let number = part_number(request.input.part_number)?;
        let location = Location::of(&request.input.copy_source)?;
        let source_owner = request.input.expected_source_bucket_owner.as_deref();
        let source = self.source(&request, &location, source_owner).await?;
        let conditions = Conditions {
            matching: request.input.copy_source_if_match.take(),
            none_matching: request.input.copy_source_if_none_match.take(),
            modified_since: request.input.copy_source_if_modified_since.take(),
            unmodified_since: request.input.copy_source_if_unmodified_since.take(),
        };
        conditions.check_copy(&source.info)?;
        let input = request.input;
        let range = copied_range(input.copy_source_range.as_deref(), source.info.size)?;
        let size = range.end - range.start;
        check_size(size)?;
        let upload = UploadRef {
            bucket: &input.bucket,
            key: &input.key,
            upload_id: &input.upload_id,
        };
        let writer = self.store.put_part(&upload, number, (self.now)()).await;
        let writer = writer.map_err(refusals::of_store)?;
        let part = uploads::store(writer, Some(source.body.read(range)), Some(size)).await?;
        let mut result = CopyPartResult {
            e_tag: Some(ETag::Strong(part.etag)),
            last_modified: Some(dates::shown(part.last_modified)),
            ..CopyPartResult::default()
        };
        set_checksum!(result, part.checksum);
        Ok(S3Response::new(UploadPartCopyOutput {
            copy_part_result: Some(result),
            copy_source_version_id: versions::shown(source.version),
            server_side_encryption: encryption(),
            ..UploadPartCopyOutput::default()
        }))
    }

    async fn source<T>(
        &self,
        request: &S3Request<T>,
        location: &Location<'_>,
        owner_expected: Option<&str>,
    ) -> S3Result<OpenObject> {
        let Location {
            bucket,
            key,
            version,
        } = location;
        self.bucket_for(request, bucket, owner_expected).await?;
        let object = self.store.get_object(bucket, key, version.as_ref()).await;
        object.map_err(|refusal| match refusal {
            ObjectStoreError::DeleteMarker { is_named: true, .. } => {
                error_with("InvalidRequest", s3_errors::COPY_OF_DELETE_MARKER)
            }
            ObjectStoreError::DeleteMarker { .. } => error("NoSuchKey"),
            other => refusals::of_store(other),
        })
    }
}

/// Whether so many bytes can be copied in one request.
fn check_size(bytes: u64) -> S3Result<()> {
    if bytes > PUT_BYTES_MAX {
        let text = s3_errors::COPY_SOURCE_TOO_LARGE;
        return Err(error_with("InvalidRequest", text));
    }
    Ok(())
}

/// What `x-amz-copy-source` names.
struct Location<'a> {
    bucket: &'a str,
    key: &'a str,
    version: Option<VersionId>,
}

impl<'a> Location<'a> {
    fn of(source: &'a CopySource) -> S3Result<Self> {
        match source {
            CopySource::Bucket {
                bucket,
                key,
                version_id,
            } => Ok(Self {
                bucket,
                key,
                version: versions::read(version_id.as_deref())?,
            }),
            CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => {
                Err(not_implemented("An access point as copy source"))
            }
        }
    }
}

/// Unlike `Range`, this header must have both ends, and they must exist.
fn copied_range(header: Option<&str>, size: u64) -> S3Result<Range<u64>> {
    let Some(header) = header else {
        return Ok(0..size);
    };
    let parsed = header.strip_prefix("bytes=").and_then(|ends| {
        let (first, last) = ends.split_once('-')?;
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(first) || !is_number(last) {
            return None;
        }
        let (first, last) = (first.parse::<u64>().ok()?, last.parse::<u64>().ok()?);
        (first <= last).then_some((first, last))
    });
    match parsed {
        Some((first, last)) if last < size => Ok(first..last + 1),
        Some(_) => Err(error_with(
            "InvalidRange",
            s3_errors::copy_range_beyond(size),
        )),
        None => Err(error_with("InvalidArgument", s3_errors::COPY_RANGE_FORM)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_range_lies_inside_its_source() {
        for (header, expected) in [
            (None, Ok(0..10)),
            (Some("bytes=0-9"), Ok(0..10)),
            (Some("bytes=3-3"), Ok(3..4)),
            (Some("bytes=0-10"), Err("InvalidRange")),
            (Some("bytes=3-"), Err("InvalidArgument")),
            (Some("bytes=-3"), Err("InvalidArgument")),
            (Some("bytes=4-3"), Err("InvalidArgument")),
            (Some("bytes=+1-2"), Err("InvalidArgument")),
            (Some("bytes=0-18446744073709551615"), Err("InvalidRange")),
            (Some("bytes=0-99999999999999999999"), Err("InvalidArgument")),
            (Some("0-9"), Err("InvalidArgument")),
        ] {
            let found = copied_range(header, 10).map_err(|e| e.code().as_str().to_owned());
            assert_eq!(found, expected.map_err(str::to_owned), "{header:?}");
        }
    }
}

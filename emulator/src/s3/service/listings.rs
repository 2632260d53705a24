//! `ListObjects`, `ListObjectsV2` and `ListObjectVersions`.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::{
    ChecksumAlgorithm, CommonPrefix, DeleteMarkerEntry, ETag, EncodingType,
    ListObjectVersionsInput, ListObjectVersionsOutput, ListObjectsInput, ListObjectsOutput,
    ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass, ObjectVersion,
    ObjectVersionStorageClass, Owner,
};
use s3s::{S3Request, S3Response, S3Result};

use super::objects::shown_type;
use super::refusals::{self, error_with, invalid_argument};
use super::{Operations, canonical_id, dates, page_size, versions};
use crate::domain::s3_version::VersionId;
use crate::facts::s3_errors;
use crate::s3::object_store::{
    BucketInfo, ListQuery, ListedVersion, ListedVersionKind, ObjectInfo, VersionQuery,
};

impl Operations {
    pub(super) async fn list_objects(
        &self,
        request: S3Request<ListObjectsInput>,
    ) -> S3Result<S3Response<ListObjectsOutput>> {
        let owner = request.input.expected_bucket_owner.as_deref();
        let bucket = self
            .bucket_for(&request, &request.input.bucket, owner)
            .await?;
        let input = request.input;
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let max_keys = page_size(input.max_keys, "max-keys")?;
        let marker = input.marker.unwrap_or_default();
        let query = ListQuery {
            prefix: input.prefix.unwrap_or_default(),
            delimiter: input.delimiter.unwrap_or_default(),
            start_after: marker.clone(),
            max_keys,
        };
        let page = self.store.list_objects(&input.bucket, &query).await;
        let page = page.map_err(refusals::of_store)?;
        let owner = owner_of(&bucket.info);
        // Without a delimiter the last key is the marker, and S3 does not repeat it.
        let next = page.next.as_deref().filter(|_| !query.delimiter.is_empty());
        Ok(S3Response::new(ListObjectsOutput {
            common_prefixes: Some(encoding.common_prefixes(&page.common_prefixes)),
            contents: Some(encoding.objects(&page.objects, Some(&owner))),
            delimiter: encoding.delimiter(&query.delimiter),
            encoding_type: input.encoding_type,
            is_truncated: Some(page.next.is_some()),
            marker: Some(encoding.text(&marker)),
            max_keys: i32::try_from(max_keys).ok(),
            name: Some(input.bucket),
            next_marker: next.map(|next| encoding.text(next)),
            prefix: Some(encoding.text(&query.prefix)),
            request_charged: None,
        }))
    }

    pub(super) async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        let owner = request.input.expected_bucket_owner.as_deref();
        let bucket = self
            .bucket_for(&request, &request.input.bucket, owner)
            .await?;
        let input = request.input;
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let max_keys = page_size(input.max_keys, "max-keys")?;
        let start_after = match &input.continuation_token {
            Some(token) => parse_token(token)
                .ok_or_else(|| error_with("InvalidArgument", s3_errors::CONTINUATION_TOKEN))?,
            None => input.start_after.clone().unwrap_or_default(),
        };
        let query = ListQuery {
            prefix: input.prefix.unwrap_or_default(),
            delimiter: input.delimiter.unwrap_or_default(),
            start_after,
            max_keys,
        };
        let page = self.store.list_objects(&input.bucket, &query).await;
        let page = page.map_err(refusals::of_store)?;
        let owner = input
            .fetch_owner
            .unwrap_or(false)
            .then(|| owner_of(&bucket.info));
        let key_count = page.objects.len() + page.common_prefixes.len();
        Ok(S3Response::new(ListObjectsV2Output {
            common_prefixes: Some(encoding.common_prefixes(&page.common_prefixes)),
            contents: Some(encoding.objects(&page.objects, owner.as_ref())),
            continuation_token: input.continuation_token,
            delimiter: encoding.delimiter(&query.delimiter),
            encoding_type: input.encoding_type,
            is_truncated: Some(page.next.is_some()),
            key_count: i32::try_from(key_count).ok(),
            max_keys: i32::try_from(max_keys).ok(),
            name: Some(input.bucket),
            next_continuation_token: page.next.as_deref().map(token),
            prefix: Some(encoding.text(&query.prefix)),
            request_charged: None,
            start_after: (input.start_after.filter(|text| !text.is_empty()))
                .map(|text| encoding.text(&text)),
        }))
    }
}

impl Operations {
    /// # Source
    /// API reference, `ListObjectVersions`; documented; case: s3-versioning/versions-are-listed
    pub(super) async fn list_object_versions(
        &self,
        request: S3Request<ListObjectVersionsInput>,
    ) -> S3Result<S3Response<ListObjectVersionsOutput>> {
        let owner = request.input.expected_bucket_owner.as_deref();
        let bucket = self
            .bucket_for(&request, &request.input.bucket, owner)
            .await?;
        let input = request.input;
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let max_keys = page_size(input.max_keys, "max-keys")?;
        let key_marker = input.key_marker.unwrap_or_default();
        let version_id_marker = version_id_marker(&key_marker, input.version_id_marker.as_deref())?;
        let query = VersionQuery {
            prefix: input.prefix.unwrap_or_default(),
            delimiter: input.delimiter.unwrap_or_default(),
            key_marker,
            version_id_marker,
            max_keys,
        };
        let page = self.store.list_versions(&input.bucket, &query).await;
        let page = page.map_err(refusals::of_store)?;
        let owner = owner_of(&bucket.info);
        let is_truncated = page.next.is_some();
        let (next_key, next_id) = page.next.unzip();
        let (mut objects, mut delete_markers) = (Vec::new(), Vec::new());
        for version in page.versions {
            match &version.kind {
                ListedVersionKind::Object(info) => {
                    objects.push(encoding.version(&version, info, &owner));
                }
                ListedVersionKind::DeleteMarker(date) => delete_markers.push(DeleteMarkerEntry {
                    is_latest: Some(version.is_latest),
                    key: Some(encoding.text(&version.key)),
                    last_modified: Some(dates::shown(*date)),
                    owner: Some(owner.clone()),
                    version_id: Some(version.id.to_string()),
                }),
            }
        }
        Ok(S3Response::new(ListObjectVersionsOutput {
            common_prefixes: Some(encoding.common_prefixes(&page.common_prefixes)),
            delete_markers: Some(delete_markers),
            delimiter: encoding.delimiter(&query.delimiter),
            encoding_type: input.encoding_type,
            is_truncated: Some(is_truncated),
            key_marker: Some(encoding.text(&query.key_marker)),
            max_keys: i32::try_from(max_keys).ok(),
            name: Some(input.bucket),
            next_key_marker: next_key.map(|key| encoding.text(&key)),
            next_version_id_marker: versions::shown(next_id.flatten()),
            prefix: Some(encoding.text(&query.prefix)),
            request_charged: None,
            version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
            versions: Some(objects),
        }))
    }
}

/// The version behind which a page begins.
fn version_id_marker(key_marker: &str, marker: Option<&str>) -> S3Result<Option<VersionId>> {
    match marker {
        None => Ok(None),
        Some("") => Err(invalid_argument(
            "version-id-marker",
            "",
            s3_errors::VERSION_ID_MARKER_EMPTY,
        )),
        Some(marker) if key_marker.is_empty() => Err(invalid_argument(
            "version-id-marker",
            marker,
            s3_errors::VERSION_ID_MARKER_ALONE,
        )),
        marker => versions::read_as("version-id-marker", marker),
    }
}

/// How keys stand in the XML of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    /// Percent-encoded, for keys that XML cannot hold.
    Url,
}

impl Encoding {
    pub(super) fn of(asked: Option<&EncodingType>) -> S3Result<Self> {
        match asked.map(EncodingType::as_str) {
            None => Ok(Self::Plain),
            Some(EncodingType::URL) => Ok(Self::Url),
            Some(_) => Err(error_with("InvalidArgument", s3_errors::ENCODING_TYPE)),
        }
    }

    pub(super) fn text(self, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Url => Cow::from(utf8_percent_encode(text, LISTED)).into_owned(),
        }
    }

    pub(super) fn delimiter(self, delimiter: &str) -> Option<String> {
        (!delimiter.is_empty()).then(|| self.text(delimiter))
    }

    pub(super) fn common_prefixes(self, prefixes: &[String]) -> Vec<CommonPrefix> {
        let shown = prefixes.iter().map(|prefix| CommonPrefix {
            prefix: Some(self.text(prefix)),
        });
        shown.collect()
    }

    fn version(self, version: &ListedVersion, info: &ObjectInfo, owner: &Owner) -> ObjectVersion {
        ObjectVersion {
            checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(
                info.checksum.algorithm.as_str(),
            )]),
            checksum_type: Some(shown_type(info.checksum.checksum_type)),
            e_tag: Some(ETag::Strong(info.etag.clone())),
            is_latest: Some(version.is_latest),
            key: Some(self.text(&version.key)),
            last_modified: Some(dates::shown(info.attributes.last_modified)),
            owner: Some(owner.clone()),
            restore_status: None,
            size: i64::try_from(info.size).ok(),
            storage_class: Some(ObjectVersionStorageClass::from(
                info.attributes.storage_class.clone(),
            )),
            version_id: Some(version.id.to_string()),
        }
    }

    fn objects(self, objects: &[(String, Arc<ObjectInfo>)], owner: Option<&Owner>) -> Vec<Object> {
        let shown = objects.iter().map(|(key, info)| Object {
            checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(
                info.checksum.algorithm.as_str(),
            )]),
            checksum_type: Some(shown_type(info.checksum.checksum_type)),
            e_tag: Some(ETag::Strong(info.etag.clone())),
            key: Some(self.text(key)),
            last_modified: Some(dates::shown(info.attributes.last_modified)),
            owner: owner.cloned(),
            restore_status: None,
            size: i64::try_from(info.size).ok(),
            storage_class: Some(ObjectStorageClass::from(
                info.attributes.storage_class.clone(),
            )),
        });
        shown.collect()
    }
}

/// The characters that stay as they are, beside letters and digits.
///
/// # Source
/// API reference, `ListObjectsV2`, `encoding-type` (`test_file%283%29.png`); documented
const LISTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'*')
    .remove(b'/');

pub(super) fn owner_of(bucket: &BucketInfo) -> Owner {
    Owner {
        display_name: None,
        id: Some(canonical_id(&bucket.owner)),
    }
}

/// A continuation token: where to go on, in a form that nobody takes for a key.
fn token(start_after: &str) -> String {
    BASE64.encode(format!("{TOKEN_MARK}{start_after}"))
}

fn parse_token(token: &str) -> Option<String> {
    let text = String::from_utf8(BASE64.decode(token).ok()?).ok()?;
    text.strip_prefix(TOKEN_MARK).map(str::to_owned)
}

/// Tells tokens from any other Base64.
const TOKEN_MARK: &str = "v1:";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn url_encoding_is_read_alike_by_all_decoders() {
        for (key, shown) in [
            ("test_file(3).png", "test_file%283%29.png"),
            ("quux ab/thud", "quux%20ab/thud"),
            ("asdf+b", "asdf%2Bb"),
            ("ä:\u{1}", "%C3%A4%3A%01"),
        ] {
            assert_eq!(Encoding::Url.text(key), shown);
        }
    }

    #[test]
    fn foreign_tokens_are_refused() {
        for text in ["", "a", "/w==", "a/b", &BASE64.encode("a/b")] {
            assert_eq!(parse_token(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_token_says_where_to_go_on(key in any::<String>()) {
            prop_assert_eq!(parse_token(&token(&key)), Some(key));
        }
    }
}

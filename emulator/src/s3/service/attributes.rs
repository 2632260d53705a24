//! From the headers of a request that makes an object to the object's attributes.

use http::{HeaderMap, header as names};
use jiff::Timestamp;
use s3s::S3Result;
use s3s::dto::Metadata;

use super::refusals::{error, not_implemented};
use super::{Scope, header};
use crate::facts::s3_limits::{
    STORAGE_CLASSES_OTHER, STORAGE_CLASSES_READABLE, USER_METADATA_BYTES_MAX,
};
use crate::s3::object_store::ObjectAttributes;

/// Reads the attributes that `PutObject`, `CopyObject` and `CreateMultipartUpload` have in common;
/// the checksum algorithm is left to the caller.
pub(super) fn read(
    headers: &HeaderMap,
    metadata: Option<Metadata>,
    scope: &Scope,
    now: Timestamp,
) -> S3Result<ObjectAttributes> {
    let text = |name: names::HeaderName| header(headers, name.as_str()).map(str::to_owned);
    let mut attributes = ObjectAttributes::new(now);
    attributes.content_type = text(names::CONTENT_TYPE).filter(|value| !value.is_empty());
    attributes.cache_control = text(names::CACHE_CONTROL);
    attributes.content_disposition = text(names::CONTENT_DISPOSITION);
    attributes.content_language = text(names::CONTENT_LANGUAGE);
    attributes.content_encoding = header(headers, "content-encoding").and_then(content_encoding);
    attributes.website_redirect_location =
        header(headers, "x-amz-website-redirect-location").map(str::to_owned);
    let expires = scope.expires.as_ref();
    attributes.expires = expires.and_then(|value| value.to_str().ok().map(str::to_owned));
    attributes.user_metadata = metadata.into_iter().flatten().collect();
    let metadata_bytes: usize = (attributes.user_metadata.iter())
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if metadata_bytes > USER_METADATA_BYTES_MAX {
        return Err(error("MetadataTooLarge"));
    }
    if let Some(storage_class) = storage_class(headers)? {
        attributes.storage_class = storage_class;
    }
    Ok(attributes)
}

/// `aws-chunked` describes the request and is no property of the object.
fn content_encoding(value: &str) -> Option<String> {
    let kept: Vec<&str> = (value.split(',').map(str::trim))
        .filter(|token| !token.is_empty() && !token.eq_ignore_ascii_case("aws-chunked"))
        .collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

fn storage_class(headers: &HeaderMap) -> S3Result<Option<String>> {
    match header(headers, "x-amz-storage-class") {
        None => Ok(None),
        Some(class) if STORAGE_CLASSES_READABLE.contains(&class) => Ok(Some(class.to_owned())),
        Some(class) if STORAGE_CLASSES_OTHER.contains(&class) => {
            Err(not_implemented(&format!("The storage class {class}")))
        }
        Some(_) => Err(error("InvalidStorageClass")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunk_framing_is_no_content_encoding() {
        for (sent, kept) in [
            ("aws-chunked", None),
            ("gzip", Some("gzip")),
            ("aws-chunked,gzip", Some("gzip")),
            ("gzip, AWS-chunked", Some("gzip")),
            ("gzip, br", Some("gzip,br")),
            ("", None),
        ] {
            assert_eq!(content_encoding(sent).as_deref(), kept, "{sent}");
        }
    }
}

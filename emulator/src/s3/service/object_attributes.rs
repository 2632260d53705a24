//! `GetObjectAttributes`.

use s3s::dto::{
    Checksum, ETag, GetObjectAttributesInput, GetObjectAttributesOutput, GetObjectAttributesParts,
    ObjectAttributes, ObjectPart, StorageClass,
};
use s3s::{S3Request, S3Response, S3Result};

use super::checksums::set_checksum;
use super::objects::shown_type;
use super::refusals::{error_with, invalid_argument};
use super::{Operations, dates, page_size, versions};
use crate::facts::s3_errors;
use crate::s3::checksum::ChecksumType;
use crate::s3::object_store::ObjectInfo;

impl Operations {
    pub(super) async fn get_object_attributes(
        &self,
        request: S3Request<GetObjectAttributesInput>,
    ) -> S3Result<S3Response<GetObjectAttributesOutput>> {
        let input = &request.input;
        let owner = input.expected_bucket_owner.as_deref();
        self.bucket_for(&request, &input.bucket, owner).await?;
        let asked = asked(&input.object_attributes)?;
        let is_asked = |name: &str| asked.contains(&name);
        let parts_max = page_size(input.max_parts, "max-parts")?;
        let marker = usize::try_from(input.part_number_marker.unwrap_or(0)).map_err(|_| {
            let text = s3_errors::page_size("part-number-marker");
            error_with("InvalidArgument", text)
        })?;
        let version_id = input.version_id.as_deref();
        let object = self.open(&input.bucket, &input.key, version_id).await?;
        let info = &object.info;
        let has_parts = is_asked(ObjectAttributes::OBJECT_PARTS) && !info.parts.is_empty();
        Ok(S3Response::new(GetObjectAttributesOutput {
            checksum: is_asked(ObjectAttributes::CHECKSUM).then(|| checksum(info)),
            delete_marker: None,
            e_tag: is_asked(ObjectAttributes::ETAG).then(|| ETag::Strong(info.etag.clone())),
            last_modified: Some(dates::shown(info.attributes.last_modified)),
            object_parts: has_parts.then(|| parts(info, marker, parts_max)),
            object_size: i64::try_from(info.size)
                .ok()
                .filter(|_| is_asked(ObjectAttributes::OBJECT_SIZE)),
            request_charged: None,
            storage_class: is_asked(ObjectAttributes::STORAGE_CLASS)
                .then(|| StorageClass::from(info.attributes.storage_class.clone())),
            version_id: versions::shown(object.version),
        }))
    }
}

/// The names in `x-amz-object-attributes`.
///
/// # Source
/// Blanks around them: recorded on S3 by the tests of `LocalStack`
/// (`test_get_object_attributes_with_space`, 2026-02-21). What no name is: assumed;
/// case: s3-attributes/unknown-attribute
fn asked(names: &[ObjectAttributes]) -> S3Result<Vec<&str>> {
    const KNOWN: [&str; 5] = [
        ObjectAttributes::ETAG,
        ObjectAttributes::CHECKSUM,
        ObjectAttributes::OBJECT_PARTS,
        ObjectAttributes::STORAGE_CLASS,
        ObjectAttributes::OBJECT_SIZE,
    ];
    let names = names.iter().flat_map(|names| names.as_str().split(','));
    let names = names.map(str::trim);
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    match names.iter().find(|name| !KNOWN.contains(name)) {
        None if !names.is_empty() => Ok(names),
        unknown => Err(invalid_argument(
            "x-amz-object-attributes",
            unknown.unwrap_or(&""),
            s3_errors::OBJECT_ATTRIBUTES,
        )),
    }
}

/// Without the number of parts that follows a composite one elsewhere.
///
/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_complete_multipart_parts_checksum_composite`,
/// 2026-02-21); recorded; case: s3-attributes/parts-with-checksums
fn checksum(info: &ObjectInfo) -> Checksum {
    let mut kept = info.checksum.clone();
    if let Some((value, _)) = kept.value.split_once('-') {
        kept.value = value.to_owned();
    }
    let mut shown = Checksum {
        checksum_type: Some(shown_type(kept.checksum_type)),
        ..Checksum::default()
    };
    set_checksum!(shown, kept);
    shown
}

/// Single parts are shown only of an object whose checksum is composed of theirs.
///
/// # Source
/// Recorded on S3 by the tests of `LocalStack` (`test_get_object_attributes`,
/// `test_complete_multipart_parts_checksum_composite`, 2026-02-21); recorded;
/// case: s3-attributes/parts-with-checksums, s3-attributes/parts-without-checksums
fn parts(info: &ObjectInfo, marker: usize, parts_max: usize) -> GetObjectAttributesParts {
    let total = i32::try_from(info.parts.len()).ok();
    if info.checksum.checksum_type == ChecksumType::FullObject {
        return GetObjectAttributesParts {
            total_parts_count: total,
            ..GetObjectAttributesParts::default()
        };
    }
    let behind = info.parts.iter().zip(1_i32..).skip(marker);
    let shown = behind.take(parts_max).map(|(part, number)| {
        let mut shown = ObjectPart {
            part_number: Some(number),
            size: i64::try_from(part.size).ok(),
            ..ObjectPart::default()
        };
        set_checksum!(shown, part.checksum);
        shown
    });
    let shown: Vec<ObjectPart> = shown.collect();
    let next = shown.last().and_then(|part| part.part_number);
    GetObjectAttributesParts {
        is_truncated: Some(marker.saturating_add(shown.len()) < info.parts.len() && next.is_some()),
        max_parts: i32::try_from(parts_max).ok(),
        next_part_number_marker: Some(next.unwrap_or(0)),
        part_number_marker: i32::try_from(marker).ok(),
        parts: Some(shown),
        total_parts_count: total,
    }
}

//! Checksums as requests name them and answers carry them, one member per algorithm.

use http::HeaderMap;
use s3s::S3Result;

use super::header;
use super::refusals::{error_with, not_implemented};
use crate::domain::checksum::ChecksumAlgorithm;
use crate::facts::s3_errors;
use crate::s3::checksum::ChecksumType;

/// Puts a [`Checksum`](crate::s3::checksum::Checksum) in the member of its algorithm.
macro_rules! set_checksum {
    ($shape:expr, $checksum:expr) => {{
        use $crate::domain::checksum::ChecksumAlgorithm;
        let value = Some($checksum.value.clone());
        match $checksum.algorithm {
            ChecksumAlgorithm::Crc32 => $shape.checksum_crc32 = value,
            ChecksumAlgorithm::Crc32c => $shape.checksum_crc32c = value,
            ChecksumAlgorithm::Crc64Nvme => $shape.checksum_crc64nvme = value,
            ChecksumAlgorithm::Sha1 => $shape.checksum_sha1 = value,
            ChecksumAlgorithm::Sha256 => $shape.checksum_sha256 = value,
        }
    }};
}

/// Takes the member of an algorithm.
macro_rules! take_checksum {
    ($shape:expr, $algorithm:expr) => {{
        use $crate::domain::checksum::ChecksumAlgorithm;
        match $algorithm {
            ChecksumAlgorithm::Crc32 => $shape.checksum_crc32.take(),
            ChecksumAlgorithm::Crc32c => $shape.checksum_crc32c.take(),
            ChecksumAlgorithm::Crc64Nvme => $shape.checksum_crc64nvme.take(),
            ChecksumAlgorithm::Sha1 => $shape.checksum_sha1.take(),
            ChecksumAlgorithm::Sha256 => $shape.checksum_sha256.take(),
        }
    }};
}

pub(super) use {set_checksum, take_checksum};

/// The algorithm that a request with a body names: by a checksum, by announcing a trailer, or by
/// name.
pub(super) fn of_body(headers: &HeaderMap) -> S3Result<Option<ChecksumAlgorithm>> {
    let of_name = |name: &str| {
        let algorithm = name.trim().strip_prefix("x-amz-checksum-")?;
        ChecksumAlgorithm::parse(algorithm)
    };
    let by_value = headers.keys().find_map(|name| of_name(name.as_str()));
    let by_trailer = || {
        header(headers, "x-amz-trailer")?
            .split(',')
            .find_map(of_name)
    };
    if let Some(algorithm) = by_value.or_else(by_trailer) {
        return Ok(Some(algorithm));
    }
    by_name(headers, "x-amz-sdk-checksum-algorithm")
}

/// The algorithm in a header that holds its name.
pub(super) fn by_name(
    headers: &HeaderMap,
    header_name: &str,
) -> S3Result<Option<ChecksumAlgorithm>> {
    let Some(name) = header(headers, header_name) else {
        return Ok(None);
    };
    match ChecksumAlgorithm::parse(name) {
        Some(algorithm) => Ok(Some(algorithm)),
        None => Err(not_implemented(&format!("The checksum algorithm {name}"))),
    }
}

/// How the checksums of parts will become that of the object, as a new upload asks for it.
pub(super) fn type_of_upload(
    algorithm: Option<ChecksumAlgorithm>,
    asked: Option<&str>,
) -> S3Result<ChecksumType> {
    let Some(asked) = asked else {
        return Ok(ChecksumType::default_for(algorithm.unwrap_or_default()));
    };
    let Some(algorithm) = algorithm else {
        return Err(error_with("InvalidRequest", s3_errors::CHECKSUM_TYPE_ALONE));
    };
    ChecksumType::parse(asked)
        .filter(|checksum_type| checksum_type.is_possible_with(algorithm))
        .ok_or_else(|| {
            let text = s3_errors::checksum_type_impossible(asked, algorithm.as_str());
            error_with("InvalidRequest", text)
        })
}

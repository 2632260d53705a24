//! The sums a request may be checked by: S3's five algorithms, Content-MD5 and the hash of the payload.
//!
//! Used by `body` for the sums and by `sigv4` for the payload's hash. What an object keeps is computed on the
//! S3 side, as are the composite checksums of multipart uploads.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use http::HeaderMap;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use crate::facts::auth as facts;
use crate::facts::auth::Answer;

/// A checksum algorithm of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChecksumAlgorithm {
    /// CRC-32 of zip and gzip, 4 bytes.
    Crc32,
    /// CRC-32C (Castagnoli), 4 bytes.
    Crc32C,
    /// CRC-64/NVME, 8 bytes.
    Crc64Nvme,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
}

impl ChecksumAlgorithm {
    /// All of them, in the order in which S3's documentation lists them.
    pub(super) const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32C,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// As in `x-amz-checksum-algorithm` and in messages, such as `CRC32C`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32C => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header or trailer that carries the value, such as `x-amz-checksum-crc32c`.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32C => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    fn value_bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32C => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// A checksum of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checksum {
    /// How it was computed.
    pub(super) algorithm: ChecksumAlgorithm,
    /// The sum, highest byte first.
    pub(super) value: Vec<u8>,
}

impl Checksum {
    /// Reads the value of a header or trailer; `None` if it is no base64 or has the wrong length.
    pub(super) fn read(algorithm: ChecksumAlgorithm, text: &str) -> Option<Self> {
        let value = BASE64
            .decode(text)
            .ok()
            .filter(|value| value.len() == algorithm.value_bytes())?;
        Some(Self { algorithm, value })
    }
}

/// Reads `Content-MD5`.
pub(super) fn content_md5(headers: &HeaderMap) -> Result<Option<Vec<u8>>, Answer> {
    let Some(value) = headers.get("content-md5") else {
        return Ok(None);
    };
    let value = BASE64
        .decode(value.as_bytes())
        .ok()
        .filter(|value| value.len() == 16);
    value.map(Some).ok_or(facts::INVALID_DIGEST)
}

/// What `x-amz-content-sha256` says about the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PayloadHash {
    /// `UNSIGNED-PAYLOAD`
    Unsigned,
    /// The hash of the body.
    Sha256(Vec<u8>),
    /// One of the `STREAMING-…` words: the body is `aws-chunked`.
    Streaming,
}

impl PayloadHash {
    /// Reads the header by S3's rules.
    pub(super) fn in_headers(headers: &HeaderMap) -> Result<Option<Self>, Answer> {
        let Some(value) = headers.get("x-amz-content-sha256") else {
            return Ok(None);
        };
        match value.as_bytes() {
            b"UNSIGNED-PAYLOAD" => Ok(Some(Self::Unsigned)),
            b"STREAMING-UNSIGNED-PAYLOAD-TRAILER"
            | b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
            | b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
            | b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
            | b"STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER" => Ok(Some(Self::Streaming)),
            other => match hex::decode(other) {
                Ok(hash) if hash.len() == 32 => Ok(Some(Self::Sha256(hash))),
                _ => Err(facts::PAYLOAD_HASH_INVALID),
            },
        }
    }
}

/// A sum in the making.
#[derive(Clone)]
pub(super) enum Summer {
    Crc {
        digest: crc_fast::Digest,
        value_bytes: usize,
    },
    Sha1(Sha1),
    Sha256(Sha256),
    Md5(Md5),
}

impl Summer {
    pub(super) fn of(algorithm: ChecksumAlgorithm) -> Self {
        let crc = |crc| Self::Crc {
            digest: crc_fast::Digest::new(crc),
            value_bytes: algorithm.value_bytes(),
        };
        match algorithm {
            ChecksumAlgorithm::Crc32 => crc(CrcAlgorithm::Crc32IsoHdlc),
            ChecksumAlgorithm::Crc32C => crc(CrcAlgorithm::Crc32Iscsi),
            ChecksumAlgorithm::Crc64Nvme => crc(CrcAlgorithm::Crc64Nvme),
            ChecksumAlgorithm::Sha1 => Self::Sha1(Sha1::new()),
            ChecksumAlgorithm::Sha256 => Self::Sha256(Sha256::new()),
        }
    }

    pub(super) fn md5() -> Self {
        Self::Md5(Md5::new())
    }

    pub(super) fn update(&mut self, payload: &[u8]) {
        match self {
            Self::Crc { digest, .. } => digest.update(payload),
            Self::Sha1(digest) => digest.update(payload),
            Self::Sha256(digest) => digest.update(payload),
            Self::Md5(digest) => digest.update(payload),
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        match self {
            Self::Crc {
                digest,
                value_bytes,
            } => digest.finalize().to_be_bytes()[8 - value_bytes..].to_vec(),
            Self::Sha1(digest) => digest.finalize().to_vec(),
            Self::Sha256(digest) => digest.finalize().to_vec(),
            Self::Md5(digest) => digest.finalize().to_vec(),
        }
    }
}

impl fmt::Debug for Summer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Summer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_agree_with_the_published_check_values() {
        // The catalogue of CRC algorithms checks each by these nine digits; the hashes are those of FIPS 180 tools.
        for (algorithm, expected) in [
            (ChecksumAlgorithm::Crc32, "cbf43926"),
            (ChecksumAlgorithm::Crc32C, "e3069283"),
            (ChecksumAlgorithm::Crc64Nvme, "ae8b14860a799888"),
            (
                ChecksumAlgorithm::Sha1,
                "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
            ),
            (
                ChecksumAlgorithm::Sha256,
                "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
            ),
        ] {
            let mut summer = Summer::of(algorithm);
            summer.update(b"12345");
            summer.update(b"6789");
            assert_eq!(hex::encode(summer.finish()), expected, "{algorithm:?}");
        }
    }

    #[test]
    fn a_value_is_base64_of_the_right_length() {
        for (text, is_read) in [
            ("y/Q5Jg==", true),
            ("y/Q5Jg", false),
            ("y/Q5JgA=", false),
            ("", false),
            ("no base64", false),
        ] {
            assert_eq!(
                Checksum::read(ChecksumAlgorithm::Crc32, text).is_some(),
                is_read,
                "{text}"
            );
        }
        let sum = Checksum::read(ChecksumAlgorithm::Crc32, "y/Q5Jg==").unwrap();
        assert_eq!(sum.value, [0xcb, 0xf4, 0x39, 0x26]);
    }
}

//! The five checksum algorithms of S3, their values, and sums made while bytes arrive.
//!
//! Used by the auth layer, which holds a body against the sums that its request announces, and by
//! the object store, which computes them again for what it keeps. How the checksums of parts become
//! that of an object is told in `s3::checksum`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

/// A checksum algorithm of S3. The default is what S3 computes when a request names none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChecksumAlgorithm {
    /// CRC-32 of zip and gzip, 4 bytes.
    Crc32,
    /// CRC-32C (Castagnoli), 4 bytes.
    Crc32c,
    /// CRC-64/NVME, 8 bytes.
    #[default]
    Crc64Nvme,
    /// SHA-1, 20 bytes.
    Sha1,
    /// SHA-256, 32 bytes.
    Sha256,
}

impl ChecksumAlgorithm {
    /// All of them, in the order in which S3's documentation lists them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// The name in `x-amz-checksum-algorithm` and in messages.   Example: `CRC64NVME`
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// Reads the name in any case, as S3 does.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
    }

    /// The header or trailer that carries the value.   Example: `x-amz-checksum-crc32c`
    pub(crate) fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The bytes of a value in base64; `None` if it is no base64 or has the wrong length.
    pub(crate) fn decode(self, value: &str) -> Option<Vec<u8>> {
        let bytes = BASE64.decode(value).ok()?;
        (bytes.len() == self.value_bytes()).then_some(bytes)
    }

    /// The value of bytes followed by more bytes, from the values of both, highest byte first.
    ///
    /// `None` for the hashes, which cannot be continued from their values.
    pub(crate) fn combine(self, before: &[u8], after: &[u8], after_bytes: u64) -> Option<Vec<u8>> {
        let number = |value: &[u8]| {
            value
                .iter()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
        };
        let crc = self.crc()?;
        let combined = crc_fast::checksum_combine(crc, number(before), number(after), after_bytes);
        Some(self.crc_value(combined))
    }

    fn value_bytes(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }

    fn crc_value(self, crc: u64) -> Vec<u8> {
        crc.to_be_bytes()[8 - self.value_bytes()..].to_vec()
    }
}

/// A sum in the making, over bytes as they come.
#[derive(Debug)]
pub(crate) struct Hasher(State);

#[derive(Debug)]
enum State {
    Crc(ChecksumAlgorithm, crc_fast::Digest),
    Sha1(Sha1),
    Sha256(Sha256),
    Md5(Md5),
}

impl Hasher {
    /// Over no bytes yet.
    pub(crate) fn new(algorithm: ChecksumAlgorithm) -> Self {
        Self(match (algorithm, algorithm.crc()) {
            (_, Some(crc)) => State::Crc(algorithm, crc_fast::Digest::new(crc)),
            (ChecksumAlgorithm::Sha1, None) => State::Sha1(Sha1::new()),
            (_, None) => State::Sha256(Sha256::new()),
        })
    }

    /// The sum of `Content-MD5` and of entity tags, over no bytes yet.
    pub(crate) fn md5() -> Self {
        Self(State::Md5(Md5::new()))
    }

    /// Goes on.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Crc(_, digest) => digest.update(bytes),
            State::Sha1(digest) => digest.update(bytes),
            State::Sha256(digest) => digest.update(bytes),
            State::Md5(digest) => digest.update(bytes),
        }
    }

    /// The value over everything given, highest byte first.
    pub(crate) fn finish(self) -> Vec<u8> {
        match self.0 {
            State::Crc(algorithm, digest) => algorithm.crc_value(digest.finalize()),
            State::Sha1(digest) => digest.finalize().to_vec(),
            State::Sha256(digest) => digest.finalize().to_vec(),
            State::Md5(digest) => digest.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_agree_with_the_published_check_values() {
        // The catalogue of CRC algorithms checks each by these nine digits; the hashes are those of
        // FIPS 180 tools.
        for (algorithm, expected) in [
            (ChecksumAlgorithm::Crc32, "cbf43926"),
            (ChecksumAlgorithm::Crc32c, "e3069283"),
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
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"12345");
            hasher.update(b"6789");
            assert_eq!(hex::encode(hasher.finish()), expected, "{algorithm:?}");
        }
    }

    #[test]
    fn an_algorithm_is_known_by_the_name_in_its_header() {
        for algorithm in ChecksumAlgorithm::ALL {
            let name = algorithm.as_str();
            assert_eq!(
                ChecksumAlgorithm::parse(&name.to_lowercase()),
                Some(algorithm)
            );
            let header = algorithm.header().strip_prefix("x-amz-checksum-");
            assert_eq!(header, Some(&*name.to_lowercase()));
        }
        assert_eq!(ChecksumAlgorithm::parse("CRC-32"), None);
    }

    #[test]
    fn sums_of_two_halves_make_that_of_the_whole() {
        let sum = |algorithm, bytes: &[u8]| {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(bytes);
            hasher.finish()
        };
        for algorithm in ChecksumAlgorithm::ALL {
            let (before, after) = (sum(algorithm, b"12345"), sum(algorithm, b"6789"));
            let whole = algorithm.crc().map(|_| sum(algorithm, b"123456789"));
            assert_eq!(
                algorithm.combine(&before, &after, 4),
                whole,
                "{algorithm:?}"
            );
        }
    }

    #[test]
    fn a_value_is_base64_of_the_right_length() {
        for (text, bytes) in [
            ("y/Q5Jg==", Some(vec![0xcb, 0xf4, 0x39, 0x26])),
            ("y/Q5Jg", None),
            ("y/Q5JgA=", None),
            ("", None),
            ("no base64", None),
        ] {
            assert_eq!(ChecksumAlgorithm::Crc32.decode(text), bytes, "{text}");
        }
    }
}

//! The checksums that S3 keeps with an object: computed while bytes arrive, and combined for the parts
//! of an upload.
//!
//! Whether a request's own checksum fits its body is decided before the S3 side; here the value is
//! computed again, so that what is stored can only be right.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crc_fast::CrcAlgorithm;
use sha2::Digest as _;

/// A checksum algorithm of S3. The default is what S3 computes when a request names none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChecksumAlgorithm {
    /// `CRC32`, of gzip and Ethernet.
    Crc32,
    /// `CRC32C`, Castagnoli.
    Crc32c,
    /// `CRC64NVME`.
    #[default]
    Crc64Nvme,
    /// `SHA1`.
    Sha1,
    /// `SHA256`.
    Sha256,
}

/// How the checksum of an object that was uploaded in parts came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChecksumType {
    /// Over all bytes.
    FullObject,
    /// Over the checksums of the parts, followed by `-` and their number.
    Composite,
}

/// A checksum as S3 shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_field_names,
    reason = "`type` is a word of the language"
)]
pub(crate) struct Checksum {
    /// By which algorithm.
    pub(crate) algorithm: ChecksumAlgorithm,
    /// Over what.
    pub(crate) checksum_type: ChecksumType,
    /// Base64 of the big-endian value; `-` and the number of parts follow when composite.
    pub(crate) value: String,
}

impl ChecksumAlgorithm {
    /// All of them.
    pub(crate) const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// The name in `x-amz-checksum-algorithm`.   Example: `CRC64NVME`
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

    /// Whether S3 lets a multipart upload have this combination.
    ///
    /// # Source: User Guide, Checking object integrity, "Checksum types"; evidence: documented
    pub(crate) fn allows(self, checksum_type: ChecksumType) -> bool {
        match checksum_type {
            ChecksumType::FullObject => self.crc().is_some(),
            ChecksumType::Composite => self != Self::Crc64Nvme,
        }
    }

    /// What a multipart upload has when it names no type.
    ///
    /// # Source: User Guide, Checking object integrity; evidence: documented
    pub(crate) fn default_type(self) -> ChecksumType {
        match self {
            Self::Crc64Nvme => ChecksumType::FullObject,
            Self::Crc32 | Self::Crc32c | Self::Sha1 | Self::Sha256 => ChecksumType::Composite,
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

    /// Big-endian bytes of a CRC in the algorithm's width.
    fn crc_bytes(self, crc: u64) -> Vec<u8> {
        let bytes = crc.to_be_bytes();
        match self {
            Self::Crc64Nvme => bytes.to_vec(),
            _ => bytes[4..].to_vec(),
        }
    }
}

impl ChecksumType {
    /// The name in `x-amz-checksum-type`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::FullObject => "FULL_OBJECT",
            Self::Composite => "COMPOSITE",
        }
    }

    /// Reads the name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::FullObject, Self::Composite]
            .into_iter()
            .find(|checksum_type| checksum_type.as_str() == name)
    }
}

impl Checksum {
    /// That of an object made of parts, from their checksums and sizes in order.
    ///
    /// `None` when a part's value is not one of `algorithm`, or the algorithm cannot do this type:
    /// an invariant broken by the caller.
    pub(crate) fn of_parts<'a>(
        algorithm: ChecksumAlgorithm,
        checksum_type: ChecksumType,
        parts: impl Iterator<Item = (&'a Checksum, u64)>,
    ) -> Option<Self> {
        let value = match checksum_type {
            ChecksumType::Composite => {
                let mut hasher = Hasher::new(algorithm);
                let mut count = 0_usize;
                for (checksum, _) in parts {
                    hasher.update(&BASE64.decode(&checksum.value).ok()?);
                    count += 1;
                }
                format!("{}-{count}", hasher.finish().value)
            }
            ChecksumType::FullObject => {
                let crc = algorithm.crc()?;
                let mut whole = crc_fast::checksum(crc, b"");
                for (checksum, size) in parts {
                    let part = BASE64
                        .decode(&checksum.value)
                        .ok()?
                        .into_iter()
                        .fold(0_u64, |value, byte| value << 8 | u64::from(byte));
                    whole = crc_fast::checksum_combine(crc, whole, part, size);
                }
                BASE64.encode(algorithm.crc_bytes(whole))
            }
        };
        Some(Self {
            algorithm,
            checksum_type,
            value,
        })
    }
}

/// Computes one checksum over bytes as they come.
#[derive(Debug)]
pub(crate) struct Hasher {
    algorithm: ChecksumAlgorithm,
    state: State,
}

#[derive(Debug)]
enum State {
    Crc(crc_fast::Digest),
    Sha1(sha1::Sha1),
    Sha256(sha2::Sha256),
}

impl Hasher {
    /// Over no bytes yet.
    pub(crate) fn new(algorithm: ChecksumAlgorithm) -> Self {
        let state = match (algorithm, algorithm.crc()) {
            (_, Some(crc)) => State::Crc(crc_fast::Digest::new(crc)),
            (ChecksumAlgorithm::Sha1, None) => State::Sha1(sha1::Sha1::new()),
            (_, None) => State::Sha256(sha2::Sha256::new()),
        };
        Self { algorithm, state }
    }

    /// Goes on.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match &mut self.state {
            State::Crc(digest) => digest.update(bytes),
            State::Sha1(digest) => digest.update(bytes),
            State::Sha256(digest) => digest.update(bytes),
        }
    }

    /// The value over everything given.
    pub(crate) fn finish(self) -> Checksum {
        let bytes = match self.state {
            State::Crc(digest) => self.algorithm.crc_bytes(digest.finalize()),
            State::Sha1(digest) => digest.finalize().to_vec(),
            State::Sha256(digest) => digest.finalize().to_vec(),
        };
        Checksum {
            algorithm: self.algorithm,
            checksum_type: ChecksumType::FullObject,
            value: BASE64.encode(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(algorithm: ChecksumAlgorithm, bytes: &[u8]) -> Checksum {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    }

    #[test]
    fn values_are_those_of_the_published_check_string() {
        for (algorithm, hex) in [
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
            let expected = BASE64.encode(hex::decode(hex).unwrap());
            assert_eq!(of(algorithm, b"123456789").value, expected, "{algorithm:?}");
        }
    }

    proptest! {
        #[test]
        fn the_crc_of_parts_is_the_crc_of_the_whole(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
        ) {
            for algorithm in ChecksumAlgorithm::ALL {
                if !algorithm.allows(ChecksumType::FullObject) {
                    continue;
                }
                let sums: Vec<_> = parts.iter().map(|p| (of(algorithm, p), p.len() as u64)).collect();
                let combined = Checksum::of_parts(
                    algorithm,
                    ChecksumType::FullObject,
                    sums.iter().map(|(sum, size)| (sum, *size)),
                );
                prop_assert_eq!(combined, Some(of(algorithm, &parts.concat())));
            }
        }
    }
}

//! The checksums that S3 keeps with an object, and how those of parts become that of the whole.
//!
//! Whether a request's own checksum fits its body is decided before the S3 side; here the value is
//! computed again, so that what is stored can only be right.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::domain::checksum::{ChecksumAlgorithm, Hasher};

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

    /// Whether S3 lets a multipart upload have this combination.
    ///
    /// # Source
    /// User Guide, Checking object integrity, "Checksum types"; documented
    pub(crate) fn is_possible_with(self, algorithm: ChecksumAlgorithm) -> bool {
        let is_hash = matches!(
            algorithm,
            ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Sha256
        );
        match self {
            Self::FullObject => !is_hash,
            Self::Composite => algorithm != ChecksumAlgorithm::Crc64Nvme,
        }
    }

    /// What a multipart upload has when it names no type.
    ///
    /// # Source
    /// User Guide, Checking object integrity; documented
    pub(crate) fn default_for(algorithm: ChecksumAlgorithm) -> Self {
        match algorithm {
            ChecksumAlgorithm::Crc64Nvme => Self::FullObject,
            _ => Self::Composite,
        }
    }
}

impl Checksum {
    /// That of all bytes of an object or a part.
    ///
    /// `value` is big-endian and made by `algorithm`.
    pub(crate) fn of_whole(algorithm: ChecksumAlgorithm, value: &[u8]) -> Self {
        Self {
            algorithm,
            checksum_type: ChecksumType::FullObject,
            value: BASE64.encode(value),
        }
    }

    /// That of an object made of parts, from their checksums and sizes in order.
    ///
    /// `None` when a part's value is not one of `algorithm`, or the algorithm cannot do this type:
    /// an invariant broken by the caller.
    pub(crate) fn of_parts<'a>(
        algorithm: ChecksumAlgorithm,
        checksum_type: ChecksumType,
        parts: impl Iterator<Item = (&'a Checksum, u64)>,
    ) -> Option<Self> {
        if !checksum_type.is_possible_with(algorithm) {
            return None;
        }
        let mut hasher = Hasher::new(algorithm);
        match checksum_type {
            ChecksumType::Composite => {
                let mut count = 0_usize;
                for (checksum, _) in parts {
                    hasher.update(&algorithm.decode(&checksum.value)?);
                    count += 1;
                }
                Some(Self {
                    algorithm,
                    checksum_type,
                    value: format!("{}-{count}", BASE64.encode(hasher.finish())),
                })
            }
            ChecksumType::FullObject => {
                let mut whole = hasher.finish();
                for (checksum, size) in parts {
                    let part = algorithm.decode(&checksum.value)?;
                    whole = algorithm.combine(&whole, &part, size)?;
                }
                Some(Self::of_whole(algorithm, &whole))
            }
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
        Checksum::of_whole(algorithm, &hasher.finish())
    }

    proptest! {
        #[test]
        fn the_crc_of_parts_is_the_crc_of_the_whole(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
        ) {
            for algorithm in ChecksumAlgorithm::ALL {
                if !ChecksumType::FullObject.is_possible_with(algorithm) {
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

//! Ids of object versions: `null`, or an opaque text that says to the store where the version lies.

use std::fmt;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::alphabet::Alphabet;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};
use sha2::{Digest as _, Sha256};

use crate::facts::s3_limits::VERSION_ID_ALPHABET;
use crate::seed::Seed;

/// Names one version of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VersionId {
    /// What was written while the bucket had no versioning, or had it suspended. A key has at most
    /// one such version.
    Null,
    /// What was written while the bucket had versioning.
    Named(VersionName),
}

/// 16 bytes that nobody guesses, and the ordinal of the version hidden by them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct VersionName([u8; TAG_BYTES + 8]);

const TAG_BYTES: usize = 16;

/// A greater ordinal was never given: an id that shows one was made up.
const SEQUENCE_MAX: u64 = 1 << 48;

static TEXT: LazyLock<GeneralPurpose> = LazyLock::new(|| {
    let alphabet = Alphabet::new(VERSION_ID_ALPHABET).expect("64 characters, each once");
    GeneralPurpose::new(&alphabet, NO_PAD)
});

impl VersionId {
    /// The id of the version with this ordinal in its bucket. `bucket_seed` belongs to the bucket
    /// alone.
    pub(crate) fn named(bucket_seed: &Seed, key: &str, sequence: u64) -> Self {
        let bits = bucket_seed.derive_ordinal(sequence).derive(key).bits128();
        let mut name = [0; TAG_BYTES + 8];
        let (tag, hidden) = name.split_at_mut(TAG_BYTES);
        tag.copy_from_slice(&bits.to_be_bytes());
        hidden.copy_from_slice(&(sequence ^ mask(tag)).to_be_bytes());
        Self::Named(VersionName(name))
    }

    /// Reads an id as requests carry it. `None`: S3 never gave such an id.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "null" {
            return Some(Self::Null);
        }
        let name = VersionName(TEXT.decode(text).ok()?.try_into().ok()?);
        (name.sequence() <= SEQUENCE_MAX).then_some(Self::Named(name))
    }
}

impl VersionName {
    /// The ordinal of the version in its bucket.
    pub(crate) fn sequence(&self) -> u64 {
        let (tag, hidden) = self.0.split_at(TAG_BYTES);
        u64::from_be_bytes(hidden.try_into().expect("8 bytes follow the tag")) ^ mask(tag)
    }
}

fn mask(tag: &[u8]) -> u64 {
    let digest = Sha256::digest(tag);
    let (first, _) = digest.split_at(8);
    u64::from_be_bytes(first.try_into().expect("a digest has more than 8 bytes"))
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Named(name) => f.write_str(&TEXT.encode(name.0)),
        }
    }
}

impl fmt::Debug for VersionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VersionName({})", VersionId::Named(*self))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_id_looks_like_those_of_s3() {
        let id = VersionId::named(&Seed::new(1), "key", 1).to_string();
        assert_eq!(id.len(), 32);
        assert!(
            id.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte)),
            "{id}"
        );
    }

    #[test]
    fn ids_that_were_never_given_are_told_apart() {
        for text in [
            "",
            "Null",
            "nonexistent-version-id-12345",
            "Eyn7lxdGE1WU1SU6QTbW1X6cbSIIRY0R",
            "MhhyTHhmZ4cxSi4Y9SMe5P7UJAz7HLJ9",
        ] {
            assert_eq!(VersionId::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_id_says_where_its_version_lies(seed: u64, key: String, sequence in 0..=SEQUENCE_MAX) {
            let id = VersionId::named(&Seed::new(seed), &key, sequence);
            prop_assert_eq!(VersionId::parse(&id.to_string()), Some(id));
            let VersionId::Named(name) = id else { panic!("{id}") };
            prop_assert_eq!(name.sequence(), sequence);
        }
    }
}

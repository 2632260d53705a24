//! The seed from which everything random is derived, one independent stream for each purpose.
//!
//! A value depends on the seed and on a path of labels (parent, kind, ordinal), never on how much
//! randomness somebody else has used, so applications don't disturb each other.

use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// A node in the tree of derived randomness.   (32 bytes)
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seed([u8; 32]);

impl Seed {
    /// The root for the number a user gives with `--seed`.
    pub(crate) fn new(number: u64) -> Self {
        Self([0; 32]).derive(number.to_be_bytes())
    }

    /// The child named `label`. Children of different labels are independent.
    #[must_use]
    pub(crate) fn derive(&self, label: impl AsRef<[u8]>) -> Self {
        let digest = Sha256::new_with_prefix(self.0)
            .chain_update(label.as_ref())
            .finalize();
        Self(digest.into())
    }

    /// The child for an ordinal, e.g. the third job of an application.
    #[must_use]
    pub(crate) fn derive_ordinal(&self, ordinal: u64) -> Self {
        self.derive(ordinal.to_be_bytes())
    }

    /// The key of a random number generator for this node.
    pub(crate) fn key(&self) -> [u8; 32] {
        self.0
    }

    /// 128 bits of this node, for ids.
    pub(crate) fn bits128(&self) -> u128 {
        let (high, _) = self.0.split_at(16);
        u128::from_be_bytes(high.try_into().expect("half of 32 bytes is 16 bytes"))
    }

    /// A whole number in `0..bound`, for choices that need no generator.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        let remainder = self.bits128() % u128::from(bound.max(1));
        u64::try_from(remainder).expect("a remainder is smaller than its 64-bit divisor")
    }
}

/// Hands out request ids, which follow from the seed and the number of the request.
#[derive(Debug)]
pub(crate) struct RequestIds {
    seed: Seed,
    given: AtomicU64,
}

impl RequestIds {
    /// Starts with the first.
    pub(crate) fn new(seed: &Seed) -> Self {
        Self {
            seed: seed.derive("request"),
            given: AtomicU64::new(0),
        }
    }

    /// The next one: a version 4 UUID.
    ///
    /// # Source
    /// Samples of the Developer Guide, version 1 in 2018 and version 4 later; recorded;
    /// case: protocol/error-shape
    pub(crate) fn next(&self) -> Uuid {
        let ordinal = self.given.fetch_add(1, Ordering::Relaxed);
        Builder::from_random_bytes(self.seed.derive_ordinal(ordinal).bits128().to_be_bytes())
            .into_uuid()
    }

    /// Starts over.
    pub(crate) fn restart(&self) {
        self.given.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_values_are_pinned() {
        // A change here breaks every seed that users have written down.
        let job = Seed::new(7)
            .derive("application")
            .derive("export-job")
            .derive_ordinal(3);
        assert_eq!(
            format!("{:032x}", job.bits128()),
            "e7480f215054eb363f342da1e4003230"
        );
    }
}

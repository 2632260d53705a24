//! Keyed permutations of numbers: they make ids look random and yet give back what they stand for.
//!
//! Used for endpoint ids, user ids and addresses. A Feistel network with a mixing function of plain
//! arithmetic: it scatters, it does not keep secrets.

use crate::seed::Seed;

/// Enough that neighbours share no visible pattern, on small domains too.
const ROUNDS: usize = 6;

/// A bijection of `0..2^bits` chosen by a seed.
#[derive(Debug, Clone)]
pub(super) struct Permutation {
    half_bits: u32,
    round_keys: [u64; ROUNDS],
}

impl Permutation {
    /// The permutation of `0..2^bits` that `seed` stands for. `bits` is even, 2 to 126.
    pub(super) fn new(seed: &Seed, bits: u32) -> Self {
        assert!(
            bits.is_multiple_of(2) && (2..=126).contains(&bits),
            "a domain of two equal halves of at most 63 bits"
        );
        let mut round = 0;
        let round_keys = [(); ROUNDS].map(|()| {
            round += 1;
            low_half(seed.derive_ordinal(round).bits128(), 64)
        });
        Self {
            half_bits: bits / 2,
            round_keys,
        }
    }

    /// Where `value` goes. It must lie in the domain.
    pub(super) fn apply(&self, value: u128) -> u128 {
        let (mut left, mut right) = self.split(value);
        for key in self.round_keys {
            (left, right) = (right, left ^ self.mix(right, key));
        }
        self.join(left, right)
    }

    /// Where `value` came from. It must lie in the domain.
    pub(super) fn invert(&self, value: u128) -> u128 {
        let (mut left, mut right) = self.split(value);
        for key in self.round_keys.into_iter().rev() {
            (left, right) = (right ^ self.mix(left, key), left);
        }
        self.join(left, right)
    }

    fn split(&self, value: u128) -> (u64, u64) {
        debug_assert!(value >> (2 * self.half_bits) == 0, "outside the domain");
        (
            low_half(value >> self.half_bits, self.half_bits),
            low_half(value, self.half_bits),
        )
    }

    fn join(&self, left: u64, right: u64) -> u128 {
        u128::from(left) << self.half_bits | u128::from(right)
    }

    /// The round function: any will do for a bijection, this one lets every bit of the input sway
    /// every bit of the output (multipliers of `MurmurHash3`'s finalizer).
    fn mix(&self, half: u64, key: u64) -> u64 {
        let mut mixed = half.wrapping_add(key);
        mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        mixed >> (64 - self.half_bits)
    }
}

/// The lowest `bits` bits, at most 64 of them.
fn low_half(value: u128, bits: u32) -> u64 {
    u64::try_from(value & ((1 << bits) - 1)).expect("at most 64 bits are left")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_domains_are_permuted_without_loss() {
        for bits in [2, 4, 8, 16] {
            let permutation = Permutation::new(&Seed::new(1), bits);
            let images: BTreeSet<u128> = (0..1 << bits).map(|v| permutation.apply(v)).collect();
            assert_eq!(images, (0..1 << bits).collect(), "{bits} bits");
        }
    }

    proptest! {
        #[test]
        fn inverting_undoes_applying(seed: u64, half_bits in 1_u32..=63, value: u128) {
            let permutation = Permutation::new(&Seed::new(seed), 2 * half_bits);
            let value = value & ((1 << (2 * half_bits)) - 1);
            prop_assert_eq!(permutation.invert(permutation.apply(value)), value);
            prop_assert_eq!(permutation.apply(permutation.invert(value)), value);
        }
    }
}

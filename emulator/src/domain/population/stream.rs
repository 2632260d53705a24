//! Draws from a numbered stream of randomness.
//!
//! Only whole words of the named generator are used and every number is derived here, because the
//! random number library keeps its generators stable but not its ways to pick from a range.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

use crate::seed::Seed;

/// Draws that depend on a seed and a stream number alone.
#[derive(Debug)]
pub(super) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream `number` under `seed`, at its beginning.
    pub(super) fn new(seed: &Seed, number: u64) -> Self {
        let mut generator = ChaCha8Rng::from_seed(seed.key());
        generator.set_stream(number);
        Self(generator)
    }

    /// 64 random bits.
    pub(super) fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `0..bound`; the bias is far below what a population could show.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        let product = u128::from(self.word()) * u128::from(bound);
        u32::try_from(product >> 64).expect("a 64-bit fraction of a 32-bit bound is below it")
    }

    /// A place in a list of `length` items. `length` is not 0.
    pub(super) fn position(&mut self, length: usize) -> usize {
        let bound = u32::try_from(length).expect("tables are short");
        usize::try_from(self.below(bound)).expect("it is below a length")
    }

    /// True in `share` of a hundred cases.
    pub(super) fn percent(&mut self, share: u32) -> bool {
        self.below(100) < share
    }

    /// One item of a list that is not empty.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.position(items.len())]
    }

    /// One item, each as often as its weight says. The weights sum up to more than 0.
    pub(super) fn pick_weighted<T: Copy>(&mut self, items: &[(u32, T)]) -> T {
        let mut rest = self.below(items.iter().map(|(weight, _)| weight).sum());
        for &(weight, item) in items {
            if rest < weight {
                return item;
            }
            rest -= weight;
        }
        unreachable!("the draw is below the sum of the weights");
    }
}

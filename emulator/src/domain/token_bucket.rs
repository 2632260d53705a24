//! A token bucket: how many requests in a second, and how many at once.

use jiff::Timestamp;

/// Gains `rate` tokens in a second and holds as many at most. A request takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenBucket {
    /// Tokens in a second, which is the same as thousandths of a token in a millisecond.
    rate: u32,
    /// What it holds, in thousandths of a token.
    thousandths: u64,
    /// When it was last looked at.
    at: Timestamp,
}

/// What one token is in [`TokenBucket::thousandths`].
const TOKEN: u64 = 1000;

impl TokenBucket {
    /// One that has not been used yet.
    pub(crate) fn full(rate: u32, now: Timestamp) -> Self {
        Self {
            rate,
            thousandths: u64::from(rate) * TOKEN,
            at: now,
        }
    }

    /// Takes a token, if there is one.
    pub(crate) fn take(&mut self, now: Timestamp) -> bool {
        self.fill(now);
        let left = self.thousandths.checked_sub(TOKEN);
        self.thousandths = left.unwrap_or(self.thousandths);
        left.is_some()
    }

    /// Whether it is as good as a new one.
    pub(crate) fn is_full(&mut self, now: Timestamp) -> bool {
        self.fill(now);
        self.thousandths == u64::from(self.rate) * TOKEN
    }

    /// Adds what it has gained. A clock that was set back adds nothing.
    fn fill(&mut self, now: Timestamp) {
        let millis = now.duration_since(self.at).as_millis();
        let gained = u64::try_from(millis)
            .unwrap_or(0)
            .saturating_mul(u64::from(self.rate));
        self.thousandths = self
            .thousandths
            .saturating_add(gained)
            .min(u64::from(self.rate) * TOKEN);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_767_225_600_000 + millis).unwrap()
    }

    #[test]
    fn a_burst_empties_it_and_time_fills_it() {
        let mut bucket = TokenBucket::full(2, at(0));
        assert_eq!([0, 0, 0].map(|t| bucket.take(at(t))), [true, true, false]);
        assert_eq!(
            [499, 500, 500, 999, 1000].map(|t| bucket.take(at(t))),
            [false, true, false, false, true]
        );
        assert!(!bucket.is_full(at(1999)));
        assert!(bucket.is_full(at(2000)));
        assert_eq!(
            [9000, 9000, 9000].map(|t| bucket.take(at(t))),
            [true, true, false]
        );
    }

    #[test]
    fn a_clock_that_is_set_back_gives_nothing_and_takes_nothing() {
        let mut bucket = TokenBucket::full(1, at(5000));
        assert!(bucket.take(at(5000)));
        assert!(!bucket.take(at(0)));
        assert!(bucket.take(at(1000)));
    }

    proptest! {
        #[test]
        fn never_more_than_the_burst_and_the_rate_and_after_a_second_the_whole_burst(
            rate in 1_u32..50,
            steps in proptest::collection::vec(0_i64..200, 1..200),
        ) {
            let mut bucket = TokenBucket::full(rate, at(0));
            let (mut now, mut taken) = (0, 0_u64);
            for step in steps {
                now += step;
                taken += u64::from(bucket.take(at(now)));
                let gained = u64::try_from(now).unwrap() * u64::from(rate);
                prop_assert!(taken * TOKEN <= u64::from(rate) * TOKEN + gained);
            }
            for _ in 0..rate {
                prop_assert!(bucket.take(at(now + 1000)));
            }
        }
    }
}

//! How long to pause between two looks at a job that is not finished.
//!
//! [`PollSchedule`] is a plain iterator without I/O and without a clock; `export_job` and `download`
//! pause by it through [`pause`], the one place where the library waits for time to pass.

use std::time::Duration;

/// An endless sequence of growing delays: each is half as long again as the one before, up to a longest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollSchedule {
    next: Duration,
    longest: Duration,
}

impl PollSchedule {
    /// Shortest delay, whatever was asked for: no schedule spins.
    pub const SHORTEST: Duration = Duration::from_millis(1);

    /// Delays from `first` to `longest`; `longest` is at least `first`.
    pub fn new(first: Duration, longest: Duration) -> Self {
        let next = first.max(Self::SHORTEST);
        Self {
            next,
            longest: longest.max(next),
        }
    }
}

/// From 200 ms to 5 s, reached after nine delays and about 15 s: real jobs of a few hundred endpoints
/// took 3 to 18 s, and clients in production looked every 3 to 30 s.
impl Default for PollSchedule {
    fn default() -> Self {
        Self::new(Duration::from_millis(200), Duration::from_secs(5))
    }
}

impl Iterator for PollSchedule {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let delay = self.next;
        self.next = delay.saturating_add(delay / 2).min(self.longest);
        Some(delay)
    }
}

/// Waits for `delay` to pass.
#[expect(
    clippy::disallowed_methods,
    reason = "the delay was decided by a schedule, and tests run on tokio's paused clock"
)]
pub(crate) async fn pause(delay: Duration) {
    tokio::time::sleep(delay).await;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn default_schedule_looks_often_at_first_and_settles_at_five_seconds() {
        let delays_ms: Vec<u128> = PollSchedule::default()
            .take(11)
            .map(|delay| delay.as_millis())
            .collect();
        assert_eq!(
            delays_ms,
            [200, 300, 450, 675, 1012, 1518, 2278, 3417, 5000, 5000, 5000]
        );
    }

    proptest! {
        #[test]
        fn delays_grow_and_stay_in_their_bounds(first_ms in 0_u64..100_000, longest_ms in 0_u64..100_000) {
            let first = Duration::from_millis(first_ms);
            let longest = Duration::from_millis(longest_ms);
            let delays: Vec<Duration> = PollSchedule::new(first, longest).take(64).collect();
            let bounds = first.max(PollSchedule::SHORTEST)..=longest.max(first).max(PollSchedule::SHORTEST);
            prop_assert_eq!(delays[0], *bounds.start());
            prop_assert!(delays.is_sorted());
            prop_assert!(delays.iter().all(|delay| bounds.contains(delay)));
            prop_assert_eq!(delays[63], *bounds.end());
        }
    }
}

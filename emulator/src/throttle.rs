//! Throttling: a token bucket for every account, region and operation, on the emulator's clock.
//!
//! Asked by `http::protocol` before an operation is carried out. The quotas on what there may be (jobs,
//! applications) are kept by the operations that make it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::domain::id::{AccountId, Region};
use crate::domain::token_bucket::TokenBucket;
use crate::facts::operations::Operation;
use crate::facts::quotas::Quotas;
use crate::store::applications::Scope;

/// Buckets kept before it is first looked whether some are full again.
const BUCKETS_MIN: usize = 10_000;

/// The buckets, if there are quotas.
#[derive(Debug)]
pub(crate) struct Throttle {
    quotas: Option<Quotas>,
    buckets: Mutex<Buckets>,
}

/// Buckets of callers; a bucket that is full again is as good as none.
#[derive(Debug)]
struct Buckets {
    kept: BTreeMap<(AccountId, Region, Operation), TokenBucket>,
    /// How many are kept before the full ones are forgotten.
    room: usize,
}

impl Default for Buckets {
    fn default() -> Self {
        Self {
            kept: BTreeMap::new(),
            room: BUCKETS_MIN,
        }
    }
}

impl Buckets {
    /// Forgets full buckets when there is no room for another, and answers how many it looked at. Then
    /// there is room for as many again as are left, so that by and by no request pays for more than two,
    /// not even while the clock stands still and none becomes full.
    fn make_room(&mut self, now: Timestamp) -> usize {
        let looked_at = self.kept.len();
        if looked_at < self.room {
            return 0;
        }
        self.kept.retain(|_, bucket| !bucket.is_full(now));
        self.room = BUCKETS_MIN.max(2 * self.kept.len());
        looked_at
    }
}

impl Throttle {
    /// One that lets everything pass if there are no quotas.
    pub(crate) fn new(quotas: Option<Quotas>) -> Self {
        Self {
            quotas,
            buckets: Mutex::default(),
        }
    }

    /// Whether quotas are kept.
    pub(crate) fn has_quotas(&self) -> bool {
        self.quotas.is_some()
    }

    /// Whether a request may pass; counts it if it does.
    pub(crate) fn admits(&self, scope: &Scope, operation: Operation, now: Timestamp) -> bool {
        let Some(quotas) = self.quotas else {
            return true;
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.make_room(now);
        buckets
            .kept
            .entry((scope.account.clone(), scope.region.clone(), operation))
            .or_insert_with(|| TokenBucket::full(quotas.requests_per_second(operation), now))
            .take(now)
    }

    /// Forgets all requests.
    pub(crate) fn restart(&self) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        *buckets = Buckets::default();
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn accounts_regions_and_operations_do_not_share() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let scope = |account: &str, region: &str| Scope {
            account: AccountId::parse(account).unwrap(),
            region: Region::parse(region).unwrap(),
        };
        let throttle = Throttle::new(Some(Quotas::Of2026));
        let home = scope("111122223333", "us-east-1");
        let update = Operation::UpdateEndpointsBatch;
        let admitted = |scope: &Scope, operation| throttle.admits(scope, operation, now);
        assert!(admitted(&home, update) && admitted(&home, update));
        assert!(!admitted(&home, update));
        assert!(admitted(&home, Operation::UpdateEndpoint));
        assert!(admitted(&scope("111122223333", "eu-west-1"), update));
        assert!(admitted(&scope("444455556666", "us-east-1"), update));
        throttle.restart();
        assert!(admitted(&home, update));
    }

    #[test]
    fn without_quotas_everything_passes() {
        let now = Timestamp::UNIX_EPOCH;
        let throttle = Throttle::new(None);
        let scope = Scope {
            account: AccountId::default(),
            region: Region::default(),
        };
        assert!((0..1000).all(|_| throttle.admits(&scope, Operation::UpdateEndpointsBatch, now)));
    }

    #[test]
    fn callers_without_number_are_looked_at_twice_each_at_most_and_forgotten_when_time_goes_on() {
        const CALLERS: usize = 50_000;
        let throttle = Throttle::new(Some(Quotas::Of2026));
        let begin = Timestamp::UNIX_EPOCH;
        let request = |account: usize, now| {
            let looked_at = throttle.buckets.lock().unwrap().make_room(now);
            let scope = Scope {
                account: AccountId::parse(&format!("{account:012}")).unwrap(),
                region: Region::default(),
            };
            assert!(throttle.admits(&scope, Operation::UpdateEndpointsBatch, now));
            looked_at
        };
        let kept = || throttle.buckets.lock().unwrap().kept.len();
        let looked_at: usize = (0..CALLERS).map(|account| request(account, begin)).sum();
        assert!(
            (BUCKETS_MIN..=2 * CALLERS).contains(&looked_at),
            "{looked_at}"
        );
        assert_eq!(kept(), CALLERS);
        let later = begin + SignedDuration::from_secs(60);
        for account in CALLERS..2 * CALLERS {
            request(account, later);
        }
        assert!(kept() < CALLERS + BUCKETS_MIN, "{}", kept());
    }
}

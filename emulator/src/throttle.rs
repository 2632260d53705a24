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

/// Buckets kept before those are forgotten that are full again.
const BUCKETS_MAX: usize = 10_000;

/// The buckets, if there are quotas.
#[derive(Debug)]
pub(crate) struct Throttle {
    quotas: Option<Quotas>,
    buckets: Mutex<BTreeMap<(AccountId, Region, Operation), TokenBucket>>,
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
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| !bucket.is_full(now));
        }
        buckets
            .entry((scope.account.clone(), scope.region.clone(), operation))
            .or_insert_with(|| TokenBucket::full(quotas.requests_per_second(operation), now))
            .take(now)
    }

    /// Forgets all requests.
    pub(crate) fn restart(&self) {
        self.buckets
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

#[cfg(test)]
mod tests {
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
}

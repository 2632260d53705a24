//! Synthetic endpoints: endpoint number `index` of an application as a pure function of the seed,
//! the application's id and the index.
//!
//! Called by the store, which lays stored endpoints and tombstones over a population, and through it
//! by lookups and export jobs. Because every function has its inverse (id, user and address each
//! lead back to an index), a population of any size takes no memory and all readers agree on it.
//!
//! What a population holds is made up: addresses can never reach a person. It knows neither what was
//! stored or deleted since, nor a clock: its dates lie in a fixed span.

mod groups;
mod permutation;
mod stream;
mod uuid_text;

use std::ops::Range;

use self::groups::{Group, Groups};
use self::permutation::Permutation;
use crate::domain::id::ApplicationId;
use crate::model::endpoint::{EndpointResponse, EndpointUser};
use crate::seed::Seed;

/// Indexes lie below this, so no population is larger.   [endpoints]
pub(crate) const COUNT_MAX: u64 = 1 << 40;

/// The synthetic endpoints of one application.
#[derive(Debug, Clone)]
pub(crate) struct Population {
    application_id: ApplicationId,
    count: u64,
    endpoint_ids: Permutation,
    user_ids: Permutation,
    groups: Groups,
    cohorts: Seed,
}

impl Population {
    /// The first `count` endpoints (at most [`COUNT_MAX`]) that `seed` stands for in the application.
    ///
    /// A larger count adds endpoints and changes none.
    pub(crate) fn new(seed: Seed, application_id: &ApplicationId, count: u64) -> Self {
        let seed = seed.derive("population").derive(application_id.as_str());
        Self {
            application_id: application_id.clone(),
            count: count.min(COUNT_MAX),
            endpoint_ids: Permutation::new(&seed.derive("endpoint-id"), uuid_text::BITS),
            user_ids: Permutation::new(&seed.derive("user-id"), uuid_text::BITS),
            groups: Groups::new(seed.derive("group")),
            cohorts: seed.derive("cohort"),
        }
    }

    /// How many endpoints there are; their indexes are `0..count`.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The endpoint with an index below [`COUNT_MAX`], whatever the count, without `CohortId`.
    pub(crate) fn endpoint(&self, index: u64) -> EndpointResponse {
        let group = self.groups.group_of(index);
        EndpointResponse {
            channel_type: Some("EMAIL".to_owned()),
            address: Some(format!("customer{index}@example.com")),
            endpoint_status: Some("ACTIVE".to_owned()),
            opt_out: Some("NONE".to_owned()),
            user: group.has_user.then(|| EndpointUser {
                user_id: Some(self.user_id(&group)),
                ..EndpointUser::default()
            }),
            application_id: self.application_id.as_str().to_owned(),
            id: self.endpoint_id(index),
            ..EndpointResponse::default()
        }
    }

    /// The id of that endpoint: a version 4 UUID in lower case.
    pub(crate) fn endpoint_id(&self, index: u64) -> String {
        uuid_text::format(self.endpoint_ids.apply(index.into()))
    }

    /// The index, below [`COUNT_MAX`] but perhaps not below the count, of the endpoint with this id.
    ///
    /// `None` for all other ids: one in 2^82 random UUIDs belongs to an index by chance.
    pub(crate) fn index_of_endpoint_id(&self, id: &str) -> Option<u64> {
        index_of_uuid(&self.endpoint_ids, id)
    }

    /// The indexes below the count of all endpoints of a user.
    ///
    /// `None` if the user is not synthetic or has no endpoint below the count.
    pub(crate) fn indexes_of_user(&self, user_id: &str) -> Option<Range<u64>> {
        let first = index_of_uuid(&self.user_ids, user_id)?;
        let group = self.groups.group_of(first);
        let known = group.has_user && group.indexes.start == first && first < self.count;
        known.then(|| first..group.indexes.end.min(self.count))
    }

    /// The index, below [`COUNT_MAX`] but perhaps not below the count, of the endpoint with exactly
    /// this address.
    pub(crate) fn index_of_address(&self, address: &str) -> Option<u64> {
        let digits = address
            .strip_prefix("customer")?
            .strip_suffix("@example.com")?;
        digits.parse().ok().filter(|index| *index < COUNT_MAX)
    }

    /// The number that GetEndpoint answers as `CohortId`.   [0..=99]
    pub(crate) fn cohort_id(&self, index: u64) -> u8 {
        let cohort = self.cohorts.derive_ordinal(index).below(100);
        u8::try_from(cohort).expect("there are a hundred cohorts")
    }

    /// A user is named by the first index of its group.
    fn user_id(&self, group: &Group) -> String {
        uuid_text::format(self.user_ids.apply(group.indexes.start.into()))
    }
}

fn index_of_uuid(permutation: &Permutation, text: &str) -> Option<u64> {
    let index = u64::try_from(permutation.invert(uuid_text::parse(text)?)).ok()?;
    (index < COUNT_MAX).then_some(index)
}

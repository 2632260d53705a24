//! Synthetic endpoints: endpoint number `index` of an application as a pure function of the seed,
//! the application's id and the index.
//!
//! Called by the store, which lays stored endpoints and tombstones over a population, and through
//! it by lookups and export jobs. Because every function has its inverse (id, user and address each
//! lead back to an index), a population of any size takes no memory and all readers agree on it.
//!
//! What a population holds is made up: addresses can never reach a person. It knows neither what
//! was stored or deleted since, nor a clock: its dates lie in a fixed span.

mod addresses;
mod channel;
mod dates;
mod devices;
mod groups;
mod names;
mod permutation;
mod person;
mod places;
mod stream;
mod uuid_text;
mod words;

use std::ops::Range;

use self::addresses::Addresses;
use self::channel::Channel;
use self::dates::Dates;
use self::groups::{Group, Groups};
use self::permutation::Permutation;
use self::person::Person;
use self::places::Place;
use self::stream::Stream;
use crate::domain::attribute::AttributeKind;
use crate::domain::id::ApplicationId;
use crate::facts::limits::COHORTS;
use crate::model::endpoint::{EndpointLocation, EndpointResponse, EndpointUser};
use crate::seed::Seed;

/// Indexes lie below this, so no population is larger.   (endpoints)
pub(crate) const COUNT_MAX: u64 = 1 << 40;

/// A user's id is this and [`USER_ID_DIGITS`] hexadecimal digits.
const USER_ID_PREFIX: &str = "customer-";
const USER_ID_DIGITS: usize = 10;

/// The synthetic endpoints of one application.
#[derive(Debug, Clone)]
pub(crate) struct Population {
    application_id: ApplicationId,
    count: u64,
    endpoint_ids: Permutation,
    user_ids: Permutation,
    groups: Groups,
    addresses: Addresses,
    persons: Seed,
    endpoints: Seed,
    cohorts: Seed,
}

/// What must be known of an endpoint to know its address, and the draws that follow.
struct Outline {
    group: Group,
    person: Person,
    channel: Channel,
    address: String,
    stream: Stream,
}

impl Population {
    /// The first `count` endpoints (at most [`COUNT_MAX`]) that `seed` stands for in the
    /// application.
    ///
    /// A larger count adds endpoints and changes none.
    pub(crate) fn new(seed: Seed, application_id: &ApplicationId, count: u64) -> Self {
        let seed = seed.derive("population").derive(application_id.as_str());
        Self {
            application_id: application_id.clone(),
            count: count.min(COUNT_MAX),
            endpoint_ids: Permutation::new(&seed.derive("endpoint-id"), uuid_text::BITS),
            user_ids: Permutation::new(&seed.derive("user-id"), COUNT_MAX.ilog2()),
            groups: Groups::new(seed.derive("group")),
            addresses: Addresses::new(&seed.derive("address")),
            persons: seed.derive("person"),
            endpoints: seed.derive("endpoint"),
            cohorts: seed.derive("cohort"),
        }
    }

    /// How many endpoints there are; their indexes are `0..count`.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// The endpoint with an index below [`COUNT_MAX`], whatever the count, without `CohortId`.
    pub(crate) fn endpoint(&self, index: u64) -> EndpointResponse {
        let Outline {
            group,
            person,
            channel,
            address,
            mut stream,
        } = self.outline(index);
        let place = person.place;
        let inactive_share = if channel.is_device() { 9 } else { 2 };
        let demographic_share = if channel.is_device() { 95 } else { 40 };
        let stream = &mut stream;
        let status = if stream.percent(inactive_share) {
            "INACTIVE"
        } else {
            "ACTIVE"
        };
        let opt_out = if stream.percent(4) { "ALL" } else { "NONE" };
        let request_id = stream.percent(10).then(|| random_uuid(stream));
        let location = draw_location(stream, place);
        let demographic = stream.percent(demographic_share).then(|| {
            let platform = channel.draw_platform(stream);
            devices::draw(stream, platform, place)
        });
        let attributes = stream.percent(92).then(|| words::draw_attributes(stream));
        let metrics = stream.percent(45).then(|| words::draw_metrics(stream));
        let Dates {
            creation,
            effective,
        } = dates::draw(stream);
        let user = group.has_user.then(|| EndpointUser {
            user_id: Some(self.user_id(&group)),
            user_attributes: person.user_attributes(),
            ..EndpointUser::default()
        });
        EndpointResponse {
            channel_type: Some(channel.name().to_owned()),
            address: Some(address),
            endpoint_status: Some(status.to_owned()),
            opt_out: Some(opt_out.to_owned()),
            request_id,
            location,
            demographic,
            effective_date: Some(effective),
            attributes,
            metrics,
            user,
            application_id: self.application_id.as_str().to_owned(),
            id: self.endpoint_id(index),
            creation_date: Some(creation),
            ..EndpointResponse::default()
        }
    }

    /// The id of that endpoint: a version 4 UUID in lower case.
    pub(crate) fn endpoint_id(&self, index: u64) -> String {
        uuid_text::format(self.endpoint_ids.apply(index.into()))
    }

    /// The index, below [`COUNT_MAX`] but perhaps not below the count, of the endpoint with this
    /// id.
    ///
    /// `None` for all other ids: one in 2^82 random UUIDs belongs to an index by chance.
    pub(crate) fn index_of_endpoint_id(&self, id: &str) -> Option<u64> {
        index_below_max(self.endpoint_ids.invert(uuid_text::parse(id)?))
    }

    /// The indexes below the count of all endpoints of a user.
    ///
    /// `None` if the user is not synthetic or has no endpoint below the count.
    pub(crate) fn indexes_of_user(&self, user_id: &str) -> Option<Range<u64>> {
        let digits = user_id.strip_prefix(USER_ID_PREFIX)?;
        let number = u64::from_str_radix(digits, 16).ok()?;
        if number >= COUNT_MAX {
            return None;
        }
        let first = index_below_max(self.user_ids.invert(number.into()))?;
        let group = self.groups.group_of(first);
        let known = first < self.count && group.has_user && self.user_id(&group) == user_id;
        known.then(|| first..group.indexes.end.min(self.count))
    }

    /// The index, below [`COUNT_MAX`] but perhaps not below the count, of the endpoint with exactly
    /// this address.
    pub(crate) fn index_of_address(&self, address: &str) -> Option<u64> {
        let index = self
            .addresses
            .candidate(address)
            .or_else(|| self.index_of_endpoint_id(address))?;
        (self.outline(index).address == address).then_some(index)
    }

    /// The number that `GetEndpoint` answers as `CohortId`.   (`0..COHORTS`)
    pub(crate) fn cohort_id(&self, index: u64) -> u8 {
        let cohort = self.cohorts.derive_ordinal(index).below(COHORTS.into());
        u8::try_from(cohort).expect("it is below a number of eight bits")
    }

    fn outline(&self, index: u64) -> Outline {
        let group = self.groups.group_of(index);
        let person = Person::new(Stream::new(&self.persons, group.indexes.start));
        let mut stream = Stream::new(&self.endpoints, index);
        let channel = Addresses::channel_for(index, Channel::draw(&mut stream, person.place));
        let address = self
            .addresses
            .address(index, channel, &person, &mut stream)
            .unwrap_or_else(|| self.endpoint_id(index));
        Outline {
            group,
            person,
            channel,
            address,
            stream,
        }
    }

    /// A user is named by the first index of its group.
    fn user_id(&self, group: &Group) -> String {
        let number = self.user_ids.apply(group.indexes.start.into());
        format!("{USER_ID_PREFIX}{number:0USER_ID_DIGITS$x}")
    }
}

/// The names of attributes that synthetic endpoints may have, of whatever population.
pub(crate) fn attribute_names() -> impl Iterator<Item = (AttributeKind, &'static str)> {
    let of_persons = person::NAME_ATTRIBUTES.map(|name| (AttributeKind::UserAttribute, name));
    words::names().chain(of_persons)
}

/// Many endpoints have no location, or a country alone.
fn draw_location(stream: &mut Stream, place: &Place) -> Option<EndpointLocation> {
    let detail = stream.below(100);
    let country = place.country[usize::from(stream.percent(15))];
    let owned = |text: &&str| (*text).to_owned();
    let country_only = EndpointLocation {
        country: Some(country.to_owned()),
        ..EndpointLocation::default()
    };
    match detail {
        0..15 => None,
        15..30 => Some(country_only),
        30..50 => Some(EndpointLocation {
            city: Some(place.city.to_owned()),
            region: place.region.as_ref().map(owned),
            ..country_only
        }),
        _ => Some(EndpointLocation {
            latitude: Some(place.latitude),
            longitude: Some(place.longitude),
            postal_code: place.postal_code.as_ref().map(owned),
            city: Some(place.city.to_owned()),
            region: place.region.as_ref().map(owned),
            ..country_only
        }),
    }
}

fn random_uuid(stream: &mut Stream) -> String {
    let bits = u128::from(stream.word()) << 64 | u128::from(stream.word());
    uuid_text::format(bits >> (u128::BITS - uuid_text::BITS))
}

fn index_below_max(number: u128) -> Option<u64> {
    u64::try_from(number)
        .ok()
        .filter(|index| *index < COUNT_MAX)
}

#[cfg(test)]
mod tests;

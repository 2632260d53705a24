//! The made-up person behind a group of endpoints: a place, a name, attributes.

use super::names::Name;
use super::places::{PLACES, Place};
use super::stream::Stream;
use super::words;
use crate::model::endpoint::AttributeMap;

/// `UserAttributes` for the person's name, in their order.
pub(super) const NAME_ATTRIBUTES: [&str; 2] = ["FirstName", "LastName"];

/// Who all endpoints of a group stand for, so that they agree with each other.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) place: &'static Place,
    pub(super) given: Name,
    pub(super) family: Name,
    /// What follows in the person's stream of draws.
    stream: Stream,
}

impl Person {
    /// Draws the person that `stream` stands for.
    pub(super) fn new(mut stream: Stream) -> Self {
        let place = stream.pick(&PLACES);
        let given = *stream.pick(place.names.given);
        let family = *stream.pick(place.names.family);
        Self {
            place,
            given,
            family,
            stream,
        }
    }

    /// `UserAttributes` of the user, the same on all its endpoints.
    pub(super) fn user_attributes(mut self) -> Option<AttributeMap> {
        let stream = &mut self.stream;
        if stream.percent(25) {
            return None;
        }
        let mut attributes = AttributeMap::with_capacity(8);
        if stream.percent(75) {
            let mut names = vec![self.given.0.to_owned()];
            if stream.percent(5) {
                // A trailing space, as a form that does not trim leaves it.
                names[0].push(' ');
            }
            if stream.percent(3) {
                names.push(self.given.1.to_owned());
            }
            let family = vec![self.family.0.to_owned()];
            for (name, values) in NAME_ATTRIBUTES.into_iter().zip([names, family]) {
                attributes.insert(name.to_owned(), values);
            }
        }
        let count = stream.position(6);
        words::add_user_attributes(stream, count, &mut attributes);
        (!attributes.is_empty()).then_some(attributes)
    }
}

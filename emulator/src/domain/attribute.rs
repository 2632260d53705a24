//! Names of attributes: what kinds there are, which names an endpoint has, patterns over names.
//!
//! An application may have so many of them, and RemoveAttributes works on them. Which names are in use
//! is counted in `store::attribute_names`.

use std::collections::BTreeSet;

use crate::facts::limits::ATTRIBUTE_PATTERNS_MAX;
use crate::model::endpoint::{AttributeMap, EndpointResponse};

/// What a name belongs to. One text is a name of its own in each kind.
///
/// # Source
/// API model, RemoveAttributes (`AttributeType`); documented;
/// case: attributes/removed-names-are-answered
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum AttributeKind {
    /// `Attributes` of endpoints.
    Attribute,
    /// `Metrics` of endpoints.
    Metric,
    /// `UserAttributes`.
    UserAttribute,
}

impl AttributeKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 3] = [Self::Attribute, Self::Metric, Self::UserAttribute];

    /// The kind that an `AttributeType` names.
    pub(crate) fn parse(attribute_type: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == attribute_type)
    }

    /// The `AttributeType`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Attribute => "endpoint-custom-attributes",
            Self::Metric => "endpoint-metric-attributes",
            Self::UserAttribute => "endpoint-user-attributes",
        }
    }
}

/// The names that an endpoint has, also those with empty lists.
pub(crate) fn names(endpoint: &EndpointResponse) -> impl Iterator<Item = (AttributeKind, &str)> {
    let attributes = endpoint.attributes.iter().flat_map(|map| map.keys());
    let metrics = endpoint.metrics.iter().flat_map(|map| map.keys());
    let user_attributes = endpoint.user_attributes().into_iter();
    let user_attributes = user_attributes.flat_map(|map| map.keys());
    attributes
        .map(|name| (AttributeKind::Attribute, name.as_str()))
        .chain(metrics.map(|name| (AttributeKind::Metric, name.as_str())))
        .chain(user_attributes.map(|name| (AttributeKind::UserAttribute, name.as_str())))
}

/// Whether an endpoint has a name.
pub(crate) fn has_name(endpoint: &EndpointResponse, kind: AttributeKind, name: &str) -> bool {
    let has = |map: Option<&AttributeMap>| map.is_some_and(|map| map.contains_key(name));
    match kind {
        AttributeKind::Attribute => has(endpoint.attributes.as_ref()),
        AttributeKind::Metric => endpoint
            .metrics
            .as_ref()
            .is_some_and(|metrics| metrics.contains_key(name)),
        AttributeKind::UserAttribute => has(endpoint.user_attributes()),
    }
}

/// What RemoveAttributes is given: names, and patterns over names.
///
/// To judge a name takes one look for all names that are given, and no longer than the name is for
/// each pattern.
#[derive(Debug)]
pub(crate) struct Blacklist {
    names: BTreeSet<String>,
    patterns: BTreeSet<Pattern>,
}

/// More different patterns than may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are too many patterns")]
pub(crate) struct TooManyPatterns;

impl Blacklist {
    /// # Errors
    /// Too many patterns; of names there may be any number.
    pub(crate) fn new(entries: Vec<String>) -> Result<Self, TooManyPatterns> {
        let (patterns, names): (Vec<_>, _) =
            entries.into_iter().partition(|entry| entry.contains('*'));
        let patterns: BTreeSet<_> = patterns.iter().map(|text| Pattern::new(text)).collect();
        if patterns.len() > ATTRIBUTE_PATTERNS_MAX {
            return Err(TooManyPatterns);
        }
        Ok(Self {
            names: BTreeSet::from_iter(names),
            patterns,
        })
    }

    /// Whether an entry means `name`.
    pub(crate) fn means(&self, name: &str) -> bool {
        self.names.contains(name) || self.patterns.iter().any(|pattern| pattern.means(name))
    }
}

/// A name with stars in it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pattern {
    /// One star where several were in a row, so that every part to look for has a character.
    text: String,
    /// Length of all that is no star.   (bytes)
    literal: usize,
}

impl Pattern {
    fn new(text: &str) -> Self {
        let mut short = String::new();
        for character in text.chars() {
            if character != '*' || !short.ends_with('*') {
                short.push(character);
            }
        }
        let literal = short.len() - short.matches('*').count();
        Self {
            text: short,
            literal,
        }
    }

    fn means(&self, name: &str) -> bool {
        self.literal <= name.len() && matches(&self.text, name)
    }
}

/// Whether a pattern means `name`: `*` stands for any run of characters, an empty one too.
///
/// # Source
/// API model, UpdateAttributesRequest (`Blacklist` holds names or glob patterns); documented. That
/// only `*` is special: assumed; case: attributes/patterns-remove-what-they-match
fn matches(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(first) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    // Taking each part where it comes first leaves most to the parts behind it.
    for part in middle.split('*') {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn attribute_types_are_read_as_they_are_written() {
        for kind in AttributeKind::ALL {
            assert_eq!(AttributeKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(AttributeKind::parse("Endpoint-Custom-Attributes"), None);
    }

    proptest! {
        #[test]
        fn a_blacklist_means_what_one_of_its_entries_means(
            entries in proptest::collection::vec("[ab*]{0,9}", 0..4),
            name in "[ab]{0,6}",
        ) {
            let one_does = entries.iter().any(|entry| matches(entry, &name));
            prop_assert_eq!(Blacklist::new(entries).unwrap().means(&name), one_does);
        }
    }

    #[test]
    fn different_patterns_are_limited_and_names_are_not() {
        let entries = |count: usize, form: fn(usize) -> String| (0..count).map(form).collect();
        let patterns = |count| Blacklist::new(entries(count, |number| format!("*{number}*")));
        assert!(patterns(ATTRIBUTE_PATTERNS_MAX).is_ok());
        assert_eq!(
            patterns(ATTRIBUTE_PATTERNS_MAX + 1).unwrap_err(),
            TooManyPatterns
        );
        let many = 20 * ATTRIBUTE_PATTERNS_MAX;
        let names = Blacklist::new(entries(many, |number| number.to_string())).unwrap();
        assert!(names.means("7") && !names.means("x"));
        // The same pattern in other words.
        let stars = Blacklist::new(entries(many, |number| "*".repeat(1 + number % 50)));
        assert_eq!(stars.unwrap().patterns.len(), 1);
    }

    #[test]
    fn a_pattern_longer_than_the_name_is_not_looked_into() {
        let pattern = Pattern::new("**a*b**");
        assert_eq!((pattern.text.as_str(), pattern.literal), ("*a*b*", 2));
        assert!(pattern.means("ab") && !pattern.means("a"));
    }

    #[test]
    fn stars_stand_for_any_run() {
        for (pattern, name, expected) in [
            ("team", "team", true),
            ("team", "teams", false),
            ("team", "Team", false),
            ("te*", "team", true),
            ("*am", "team", true),
            ("t*m", "team", true),
            ("t*m", "teams", false),
            ("*", "", true),
            ("**", "team", true),
            ("*e*a*", "team", true),
            ("*a*e*", "team", false),
            // Neither end may use the same characters twice.
            ("ab*ba", "aba", false),
            ("größe*", "größe XL", true),
            ("", "team", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    /// By trying every length for the first star.
    fn naive(pattern: &[char], name: &[char]) -> bool {
        match pattern.split_first() {
            None => name.is_empty(),
            Some(('*', rest)) => (0..=name.len()).any(|skipped| naive(rest, &name[skipped..])),
            Some((first, rest)) => name
                .split_first()
                .is_some_and(|(head, tail)| head == first && naive(rest, tail)),
        }
    }

    proptest! {
        #[test]
        fn matching_is_trying_every_length(pattern in "[ab*]{0,7}", name in "[ab]{0,9}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &name), naive(&chars(&pattern), &chars(&name)));
        }
    }
}

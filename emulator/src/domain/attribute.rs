//! Names of attributes: what kinds there are, which names an endpoint has, patterns over names.
//!
//! An application may have so many of them, and RemoveAttributes works on them. Which names are in use
//! is counted in `store::attribute_names`.

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

/// The same pattern with one star where several stand in a row, so that matching it takes no longer
/// than the names are.
pub(crate) fn shortened(pattern: &str) -> String {
    let mut short = String::new();
    for character in pattern.chars() {
        if character != '*' || !short.ends_with('*') {
            short.push(character);
        }
    }
    short
}

/// Whether a pattern means `name`: `*` stands for any run of characters, an empty one too.
///
/// # Source
/// API model, UpdateAttributesRequest (`Blacklist` holds names or glob patterns); documented. That
/// only `*` is special: assumed; case: attributes/patterns-remove-what-they-match
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
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
        fn a_shortened_pattern_means_the_same(pattern in "[ab*]{0,9}", name in "[ab]{0,6}") {
            let short = shortened(&pattern);
            prop_assert!(!short.contains("**"));
            prop_assert_eq!(matches(&short, &name), matches(&pattern, &name));
        }
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

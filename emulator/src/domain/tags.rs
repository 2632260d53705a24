//! Which tags a resource may have.

use indexmap::IndexMap;

use crate::facts::tags::{KEY_CHARS_MAX, RESERVED_PREFIX, TAGS_MAX, VALUE_CHARS_MAX, may_hold};

/// Tags, in order of first write. Keys differ by case.
pub(crate) type Tags = IndexMap<String, String>;

/// Why a resource cannot be tagged so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TagError {
    #[error("a key is empty or too long")]
    KeyLength,
    #[error("a value is too long")]
    ValueLength,
    #[error("a key or a value begins as only AWS's own may")]
    Reserved,
    #[error("a key or a value holds a character that it must not")]
    Characters,
    #[error("there are too many tags")]
    TooMany,
}

/// Adds `new` to `tags`: a key that is there gets the new value and keeps its place.
///
/// # Errors
/// A tag that breaks a rule, or too many together; `tags` may then hold some of the new ones.
pub(crate) fn add(tags: &mut Tags, new: Tags) -> Result<(), TagError> {
    for (key, value) in new {
        check(&key, &value)?;
        tags.insert(key, value);
    }
    if tags.len() > TAGS_MAX {
        return Err(TagError::TooMany);
    }
    Ok(())
}

/// Takes the tags with `keys` away; those that are not there are no error.
pub(crate) fn remove(tags: &mut Tags, keys: &[String]) {
    tags.retain(|key, _| !keys.contains(key));
}

fn check(key: &str, value: &str) -> Result<(), TagError> {
    if !(1..=KEY_CHARS_MAX).contains(&key.chars().count()) {
        return Err(TagError::KeyLength);
    }
    if value.chars().count() > VALUE_CHARS_MAX {
        return Err(TagError::ValueLength);
    }
    if is_reserved(key) || is_reserved(value) {
        return Err(TagError::Reserved);
    }
    if !key.chars().chain(value.chars()).all(may_hold) {
        return Err(TagError::Characters);
    }
    Ok(())
}

fn is_reserved(text: &str) -> bool {
    text.get(..RESERVED_PREFIX.len())
        .is_some_and(|beginning| beginning.eq_ignore_ascii_case(RESERVED_PREFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_key_keeps_its_place_when_its_value_changes() {
        let mut all = tags(&[("a", "1"), ("b", "2")]);
        add(&mut all, tags(&[("c", "3"), ("a", "4"), ("A", "5")])).unwrap();
        let pairs: Vec<_> = all
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        assert_eq!(pairs, [("a", "4"), ("b", "2"), ("c", "3"), ("A", "5")]);

        remove(&mut all, &["b".to_owned(), "never".to_owned()]);
        let keys: Vec<_> = all.keys().map(String::as_str).collect();
        assert_eq!(keys, ["a", "c", "A"]);
    }

    #[test]
    fn tags_that_break_a_rule_are_refused() {
        let (longest_key, longest_value) = ("é".repeat(128), "é".repeat(256));
        let too_long = "k".repeat(129);
        for (key, value, expected) in [
            ("key", "", Ok(())),
            (&longest_key, &longest_value, Ok(())),
            ("Ünïcode 1_.:/=+-@", "\t日本", Ok(())),
            ("not-aws:", "not aws:", Ok(())),
            ("", "value", Err(TagError::KeyLength)),
            (&too_long, "", Err(TagError::KeyLength)),
            ("key", &"v".repeat(257), Err(TagError::ValueLength)),
            ("aws:key", "", Err(TagError::Reserved)),
            ("AWS:key", "", Err(TagError::Reserved)),
            ("key", "aws:value", Err(TagError::Reserved)),
            ("key?", "", Err(TagError::Characters)),
            ("key", "#", Err(TagError::Characters)),
        ] {
            let outcome = add(&mut Tags::new(), tags(&[(key, value)]));
            assert_eq!(outcome, expected, "{key}: {value}");
        }
    }

    #[test]
    fn the_fifty_first_tag_is_refused_and_a_new_value_for_one_of_fifty_is_not() {
        let mut all = Tags::new();
        add(
            &mut all,
            (0..50).map(|i| (format!("k{i}"), String::new())).collect(),
        )
        .unwrap();
        add(&mut all, tags(&[("k7", "new")])).unwrap();
        assert_eq!(add(&mut all, tags(&[("k50", "")])), Err(TagError::TooMany));
    }
}

//! Which tags S3 lets an object or a bucket have, and how a header carries them.

use percent_encoding::percent_decode_str;

use crate::facts::tags::{KEY_CHARS_MAX, RESERVED_PREFIX, VALUE_CHARS_MAX, may_hold};

/// Tags in the order in which they were given. No key stands there twice.
pub(crate) type Tags = Vec<(String, String)>;

/// Why something cannot be tagged so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TagFault {
    /// There are more tags than that.
    TooMany { tags_max: usize },
    /// A key stands there twice.
    Duplicate { key: String },
    /// A key begins as only those of AWS may.
    Reserved { key: String },
    /// A key is empty, too long or holds what it must not.
    Key { key: String },
    /// A value is too long or holds what it must not.
    Value { key: String, value: String },
}

/// Checks tags in their order; the first fault counts.
pub(crate) fn check(tags: Tags, tags_max: usize) -> Result<Tags, TagFault> {
    if tags.len() > tags_max {
        return Err(TagFault::TooMany { tags_max });
    }
    for (index, (key, value)) in tags.iter().enumerate() {
        let owned = || key.clone();
        if tags[..index].iter().any(|(other, _)| other == key) {
            return Err(TagFault::Duplicate { key: owned() });
        }
        if key.starts_with(RESERVED_PREFIX) {
            return Err(TagFault::Reserved { key: owned() });
        }
        if !is_text(key, 1, KEY_CHARS_MAX) {
            return Err(TagFault::Key { key: owned() });
        }
        if !is_text(value, 0, VALUE_CHARS_MAX) {
            let value = value.clone();
            return Err(TagFault::Value {
                key: owned(),
                value,
            });
        }
    }
    Ok(tags)
}

fn is_text(text: &str, chars_min: usize, chars_max: usize) -> bool {
    (chars_min..=chars_max).contains(&text.chars().count()) && text.chars().all(may_hold)
}

/// Reads `x-amz-tagging`: pairs as in the query of a URL, which come out by key. `None`: it holds
/// something else, or a key twice.
///
/// # Source
/// Their order on S3 is not that of the header (a remark in the tests of `LocalStack` on S3); that it
/// is by key: assumed; case: s3-tagging/tags-by-header
pub(crate) fn parse_header(text: &str) -> Option<Tags> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        let text = percent_decode_str(&text).decode_utf8().ok()?.into_owned();
        text.chars().all(may_hold).then_some(text)
    };
    let mut tags = Tags::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        tags.push((decoded(key)?, decoded(value)?));
    }
    tags.sort();
    let is_set = tags.windows(2).all(|pair| pair[0].0 != pair[1].0);
    is_set.then_some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        let pairs = pairs.iter();
        pairs
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_header_is_read_as_a_query() {
        for (text, expected) in [
            ("", Some(tags(&[]))),
            ("b=2&a=1", Some(tags(&[("a", "1"), ("b", "2")]))),
            ("a+b=c%20d&e=%3D", Some(tags(&[("a b", "c d"), ("e", "=")]))),
            ("key1&&&key2", Some(tags(&[("key1", ""), ("key2", "")]))),
            ("a=b=c", Some(tags(&[("a", "b=c")]))),
            ("a=1&a=2", None),
            ("key1=val1,key2=val2", None),
            ("a=%ff", None),
        ] {
            assert_eq!(parse_header(text), expected, "{text}");
        }
    }

    fn fault(pairs: &[(&str, &str)]) -> Option<TagFault> {
        check(tags(pairs), 2).err()
    }

    #[test]
    fn the_first_fault_counts() {
        let (key, value) = ("k".repeat(128), "v".repeat(256));
        assert_eq!(fault(&[(&key, &value), ("ü 1_.:/=+-@", "")]), None);
        let owned = |text: &str| text.to_owned();
        let too_many = TagFault::TooMany { tags_max: 2 };
        assert_eq!(fault(&[("a", ""), ("b", ""), ("c", "")]), Some(too_many));
        let duplicate = TagFault::Duplicate { key: owned("a") };
        assert_eq!(fault(&[("a", ""), ("a", ",")]), Some(duplicate));
        let reserved = TagFault::Reserved {
            key: owned("aws:a"),
        };
        assert_eq!(fault(&[("aws:a", "")]), Some(reserved));
        for key in [format!("{key}k"), owned(""), owned("a,b")] {
            let expected = TagFault::Key { key: key.clone() };
            assert_eq!(fault(&[(&key, ",")]), Some(expected));
        }
        for value in [format!("{value}v"), owned("1,2")] {
            let expected = TagFault::Value {
                key: owned("a"),
                value: value.clone(),
            };
            assert_eq!(fault(&[("a", &value)]), Some(expected));
        }
    }
}

//! Differences between an expected JSON text and the one that came, all of them at once.
//!
//! Used by [`crate::check`]. Members are compared in order and leaves as text, so `75` and `75.0`
//! differ as they do for a reader of export files.

use indexmap::IndexMap;
use serde_json::value::RawValue;

use crate::pattern::{self, References};

/// Marks a placeholder that stands for a number or a whole value, not for text inside a string.
const BARE: &str = "\"\u{e000}";

/// Whether members may stand in the reply that the expectation does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Members {
    /// The same members in the same order.
    Exact,
    /// These members at least, in any order.
    AtLeast,
}

/// All differences, each with the JSON pointer of its place.
pub(crate) fn differences(
    expected: &str,
    actual: &str,
    members: Members,
    references: &mut References,
) -> Vec<String> {
    let marked = pattern::mark_bare_placeholders(expected, BARE);
    let expected = match serde_json::from_str::<&RawValue>(&marked) {
        Ok(expected) => expected,
        Err(error) => return vec![format!("the expectation is not JSON: {error}")],
    };
    let actual = match serde_json::from_str::<&RawValue>(actual) {
        Ok(actual) => actual,
        Err(error) => return vec![format!("the body is not JSON: {error}")],
    };
    let mut found = Vec::new();
    walk("", expected, actual, members, references, &mut found);
    found
}

enum Node<'a> {
    Object(IndexMap<String, &'a RawValue>),
    Array(Vec<&'a RawValue>),
    Leaf,
}

fn node(raw: &RawValue) -> Node<'_> {
    match raw.get().as_bytes().first() {
        Some(b'{') => Node::Object(
            serde_json::from_str(raw.get())
                .expect("a raw value is well-formed, and this is an object"),
        ),
        Some(b'[') => Node::Array(
            serde_json::from_str(raw.get())
                .expect("a raw value is well-formed, and this is an array"),
        ),
        _ => Node::Leaf,
    }
}

fn walk(
    pointer: &str,
    expected: &RawValue,
    actual: &RawValue,
    members: Members,
    references: &mut References,
    found: &mut Vec<String>,
) {
    let place = if pointer.is_empty() {
        "the body"
    } else {
        pointer
    };
    match (node(expected), node(actual)) {
        (Node::Object(expected), Node::Object(actual)) => {
            for (name, value) in &expected {
                match actual.get(name) {
                    Some(there) => {
                        let below = format!("{pointer}/{name}");
                        walk(&below, value, there, members, references, found);
                    }
                    None => found.push(format!("{pointer}/{name}: missing")),
                }
            }
            if members == Members::Exact {
                for (name, value) in actual
                    .iter()
                    .filter(|(name, _)| !expected.contains_key(*name))
                {
                    found.push(format!("{pointer}/{name}: not expected, is {value}"));
                }
                let same_members = actual.len() == expected.len()
                    && expected.keys().all(|name| actual.contains_key(name));
                if same_members && !actual.keys().eq(expected.keys()) {
                    let order = |keys: indexmap::map::Keys<'_, String, &RawValue>| {
                        keys.cloned().collect::<Vec<_>>().join(", ")
                    };
                    found.push(format!(
                        "{place}: the order of members is {}, expected {}",
                        order(actual.keys()),
                        order(expected.keys())
                    ));
                }
            }
        }
        (Node::Array(expected), Node::Array(actual)) => {
            if expected.len() != actual.len() {
                found.push(format!(
                    "{place}: {} entries, expected {}",
                    actual.len(),
                    expected.len()
                ));
            }
            for (index, (expected, actual)) in expected.iter().zip(&actual).enumerate() {
                let below = format!("{pointer}/{index}");
                walk(&below, expected, actual, members, references, found);
            }
        }
        (Node::Leaf, _) => {
            let text = expected.get();
            let pattern = match text.strip_prefix(BARE) {
                Some(bare) => bare.trim_end_matches('"'),
                None => text,
            };
            if let Err(reason) = pattern::compare(pattern, actual.get(), references) {
                found.push(format!(
                    "{place}: is {actual}, expected {pattern} ({reason})"
                ));
            }
        }
        (_, _) => found.push(format!("{place}: is {actual}, expected {expected}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &str, actual: &str, members: Members, complaints: &[&str]) {
        let found = differences(expected, actual, members, &mut References::new());
        assert_eq!(found.len(), complaints.len(), "{found:?}");
        for (difference, complaint) in found.iter().zip(complaints) {
            assert!(difference.starts_with(complaint), "{difference}");
        }
    }

    #[test]
    fn all_differences_are_found_at_once() {
        check(
            r#"{"a":1,"b":{"c":"x"},"d":[1,2],"e":{n:integer}}"#,
            r#"{"b":{"c":"y","z":0},"d":[1],"e":"5","f":null}"#,
            Members::Exact,
            &[
                "/a: missing",
                "/b/c: is \"y\"",
                "/b/z: not expected",
                "/d: 1 entries",
                "/e: is \"5\", expected {n:integer}",
                "/f: not expected",
            ],
        );
    }

    #[test]
    fn order_matters_only_when_all_members_are_given() {
        let (expected, actual) = (r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#);
        check(
            expected,
            actual,
            Members::Exact,
            &["the body: the order of members is b, a"],
        );
        check(expected, actual, Members::AtLeast, &[]);
        check(expected, r#"{"b":2,"x":0,"a":1}"#, Members::AtLeast, &[]);
    }

    #[test]
    fn numbers_are_compared_as_written() {
        check(
            "[75.0]",
            "[75]",
            Members::AtLeast,
            &["/0: is 75, expected 75.0"],
        );
        check("[{any:text}]", r#"[{"a":[1]}]"#, Members::AtLeast, &[]);
    }
}

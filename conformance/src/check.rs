//! Compares a reply with what a case expects and collects every difference.
//!
//! Called by [`run`](mod@crate::run) after each exchange. It changes nothing but the references, and those
//! only where the expectation fits.

use crate::case::Expect;
use crate::exchange::Reply;
use crate::json::{self, Members};
use crate::pattern::{self, References};
use crate::xml;

/// All differences between the reply and the expectation; none means that it fits.
pub(crate) fn reply(expect: &Expect, reply: &Reply, references: &mut References) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(status) = expect.status
        && reply.status != status
    {
        found.push(format!("the status is {}, expected {status}", reply.status));
    }
    for (name, pattern) in &expect.headers {
        match reply.header(&name.to_ascii_lowercase()) {
            None => found.push(format!("header {name}: missing, expected {pattern}")),
            Some(value) => {
                if let Err(reason) = pattern::compare(pattern, value, references) {
                    found.push(format!(
                        "header {name}: is {value:?}, expected {pattern:?} ({reason})"
                    ));
                }
            }
        }
    }
    for name in &expect.absent_headers {
        if let Some(value) = reply.header(&name.to_ascii_lowercase()) {
            found.push(format!("header {name}: is {value:?}, expected none"));
        }
    }
    body(expect, reply, references, &mut found);
    found
}

fn body(expect: &Expect, reply: &Reply, references: &mut References, found: &mut Vec<String>) {
    let text = reply.text();
    if let Some(expected) = &expect.json {
        exact_json(&pattern::join_lines(expected), &text, references, found);
    }
    if let Some(expected) = &expect.subset {
        found.extend(json::differences(
            expected,
            &text,
            Members::AtLeast,
            references,
        ));
    }
    if !expect.absent.is_empty() {
        match serde_json::from_str::<serde_json::Value>(&text) {
            Err(error) => found.push(format!("the body is not JSON: {error}")),
            Ok(value) => {
                for pointer in &expect.absent {
                    if let Some(there) = value.pointer(pointer) {
                        found.push(format!("{pointer}: is {there}, expected to be absent"));
                    }
                }
            }
        }
    }
    if !expect.xml.is_empty() {
        match xml::elements(&text) {
            Err(reason) => found.push(format!("the body is not XML: {reason}")),
            Ok(elements) => {
                for (path, expected) in &expect.xml {
                    let actual = xml::texts(&elements, path);
                    sequence(path, expected.as_slice(), &actual, references, found);
                }
            }
        }
    }
    if let Some(expected) = &expect.text
        && let Err(reason) = pattern::compare(expected, &text, references)
    {
        found.push(format!("the body is not {expected:?}: {reason}"));
    }
    if let Some(expected) = &expect.hex {
        let actual = hex::encode(&reply.body);
        if actual != *expected {
            found.push(format!(
                "the body in hexadecimal is {actual}, expected {expected}"
            ));
        }
    }
    if let Some(expected) = expect.length
        && reply.body.len() != expected
    {
        found.push(format!(
            "the body has {} bytes, expected {expected}",
            reply.body.len()
        ));
    }
}

/// Differences from a body that is known to the byte but for what its placeholders stand for.
pub(crate) fn exact_json(
    expected: &str,
    actual: &str,
    references: &mut References,
    found: &mut Vec<String>,
) {
    let Err(reason) = pattern::compare(expected, actual, references) else {
        return;
    };
    let differences = json::differences(expected, actual, Members::Exact, &mut references.clone());
    if differences.is_empty() {
        found.push(format!(
            "the body has the right members but is written differently: {reason}"
        ));
    }
    found.extend(differences);
}

/// Compares texts one by one, and their number.
pub(crate) fn sequence(
    what: &str,
    expected: &[String],
    actual: &[&str],
    references: &mut References,
    found: &mut Vec<String>,
) {
    if expected.len() != actual.len() {
        found.push(format!("{what}: {actual:?}, expected {expected:?}"));
        return;
    }
    for (pattern, text) in expected.iter().zip(actual) {
        if let Err(reason) = pattern::compare(pattern, text, references) {
            found.push(format!(
                "{what}: is {text:?}, expected {pattern:?} ({reason})"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn differences(expect: &str, body: &str) -> Vec<String> {
        let expect: Expect = toml::from_str(expect).unwrap();
        let answer = Reply {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        reply(&expect, &answer, &mut References::new())
    }

    #[test]
    fn every_check_is_made_and_every_difference_kept() {
        let expect = r#"
            status = 202
            headers = { Content-Type = "text/plain", etag = "{any:text}" }
            absent-headers = ["Content-Type"]
            json = '{"a":1,"b":"{x:word}"}'
            subset = '{"b":"w"}'
            absent = ["/a"]
            xml = { A = "x" }
            text = "x"
            hex = "00"
            length = 3
        "#;
        assert_eq!(differences(expect, r#"{"a":1,"b":"w"}"#).len(), 9);
    }

    #[test]
    fn exact_json_wants_the_bytes_too() {
        let expect = "json = '''\n  {\"a\":1,\n   \"b\":[]}'''";
        assert!(differences(expect, r#"{"a":1,"b":[]}"#).is_empty());
        let found = differences(expect, r#"{"a":1, "b":[]}"#);
        assert!(found[0].contains("written differently"), "{found:?}");
    }

    #[test]
    fn xml_texts_are_compared_in_order_and_number() {
        let document = "<L><K>a</K><K>b</K></L>";
        assert!(differences("xml = { 'L/K' = ['a', 'b'], 'L/N' = [] }", document).is_empty());
        assert_eq!(
            differences("xml = { 'L/K' = ['b', 'a'] }", document).len(),
            2
        );
        assert_eq!(differences("xml = { 'L/K' = 'a' }", document).len(), 1);
    }
}

//! Texts with placeholders: how cases name what differs from run to run.
//!
//! In a request `{name}` is replaced by what the name is bound to; `{name:path}` and `{name:label}`
//! percent-encode it first (with and without keeping `/`). In an expectation `{name}` must equal what
//! the name is bound to, and `{name:kind}` must be of that kind and binds the name if it was free, so
//! equal values have to stay equal through the whole case. The name `any` is never bound.
//! Deliberately not a regular expression: a case should read as the text it expects.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What the names of a case are bound to.
pub type References = BTreeMap<String, String>;

/// Everything an SDK encodes in a label of the path.
const LABEL: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// The same for an object key, where `/` separates.
const PATH: &AsciiSet = &LABEL.remove(b'/');

/// Replaces the placeholders of a request's text.
///
/// # Errors
/// A name that is not bound, or an encoding that does not exist.
pub(crate) fn fill(text: &str, references: &References) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    for token in tokens(text) {
        match token {
            Token::Literal(literal) => filled.push_str(literal),
            Token::Placeholder { name, kind } => {
                let value = references
                    .get(name)
                    .ok_or_else(|| format!("nothing is bound to {{{name}}}"))?;
                match kind {
                    None => filled.push_str(value),
                    Some("label") => filled.extend(utf8_percent_encode(value, LABEL)),
                    Some("path") => filled.extend(utf8_percent_encode(value, PATH)),
                    Some(other) => return Err(format!("no encoding is called `{other}`")),
                }
            }
        }
    }
    Ok(filled)
}

/// Compares `actual` with a pattern and binds the names that become known, if all of it fits.
///
/// # Errors
/// Where the two part, as a text for the report; nothing is bound then.
pub(crate) fn compare(
    pattern: &str,
    actual: &str,
    references: &mut References,
) -> Result<(), String> {
    let tokens: Vec<Token<'_>> = tokens(pattern).collect();
    *references = fit(&tokens, actual, 0, references.clone())
        .map_err(|parting| format!("at byte {}: {}", parting.at, parting.reason))?;
    Ok(())
}

/// Where a pattern and a text part.
struct Parting {
    at: usize,
    reason: String,
}

/// Fits the tokens to the text from byte `at` on. Only `text` has a choice of lengths; the shortest
/// that lets the rest fit is taken, and of all failures the one that came farthest is told.
fn fit(
    tokens: &[Token<'_>],
    actual: &str,
    at: usize,
    mut bound: References,
) -> Result<References, Parting> {
    let rest = &actual[at..];
    let part = |at: usize, reason: String| Err(Parting { at, reason });
    let (name, kind) = match tokens.first() {
        None if rest.is_empty() => return Ok(bound),
        None => return part(at, format!("expected the end, found {:?}", excerpt(rest))),
        Some(Token::Literal(literal)) => {
            if rest.starts_with(literal) {
                return fit(&tokens[1..], actual, at + literal.len(), bound);
            }
            let same = common_prefix(literal, rest);
            let (wanted, found) = (excerpt(&literal[same..]), excerpt(&rest[same..]));
            return part(at + same, format!("expected {wanted:?}, found {found:?}"));
        }
        Some(&Token::Placeholder { name, kind }) => (name, kind),
    };
    let known = bound.get(name).cloned();
    let Some(kind) = kind else {
        return match known {
            Some(value) if rest.starts_with(&value) => {
                fit(&tokens[1..], actual, at + value.len(), bound)
            }
            Some(value) => {
                let found = excerpt(rest);
                part(
                    at,
                    format!("expected {{{name}}} = {value:?}, found {found:?}"),
                )
            }
            None => part(at, format!("nothing is bound to {{{name}}}")),
        };
    };
    if kind == "text" && known.is_none() {
        let mut farthest: Option<Parting> = None;
        for length in rest
            .char_indices()
            .map(|(index, _)| index)
            .chain([rest.len()])
        {
            // The literal behind decides quickly where a try is worth its while.
            if let Some(Token::Literal(next)) = tokens.get(1)
                && !rest[length..].starts_with(next)
            {
                continue;
            }
            let mut bound = bound.clone();
            if name != "any" {
                bound.insert(name.to_owned(), rest[..length].to_owned());
            }
            match fit(&tokens[1..], actual, at + length, bound) {
                Ok(bound) => return Ok(bound),
                Err(parting) if farthest.as_ref().is_none_or(|known| parting.at > known.at) => {
                    farthest = Some(parting);
                }
                Err(_) => {}
            }
        }
        return match farthest {
            Some(parting) => Err(parting),
            None => part(at, format!("what should follow {{{name}}} is not there")),
        };
    }
    let length = match &known {
        Some(value) if kind == "text" && rest.starts_with(value) => Some(value.len()),
        _ => matched_length(kind, rest),
    };
    let Some(length) = length else {
        let found = excerpt(rest);
        return part(
            at,
            format!("expected something of kind `{kind}`, found {found:?}"),
        );
    };
    let value = &rest[..length];
    match known {
        Some(known) if known != value => part(
            at,
            format!("{{{name}}} was {known:?} before and is {value:?} here"),
        ),
        _ => {
            if name != "any" {
                bound.insert(name.to_owned(), value.to_owned());
            }
            fit(&tokens[1..], actual, at + length, bound)
        }
    }
}

/// Joins the lines of a long text in a case: a line break and the blanks that follow it vanish.
pub(crate) fn join_lines(text: &str) -> String {
    text.lines().map(str::trim_start).collect()
}

/// Puts a JSON string, `opening` before the placeholder and a quotation mark behind it, where a bare
/// placeholder stands for a number or a whole value, so that an expectation can be read as JSON.
pub(crate) fn mark_bare_placeholders(json: &str, opening: &str) -> String {
    let mut marked = String::with_capacity(json.len());
    let mut in_string = false;
    for token in tokens(json) {
        match token {
            Token::Literal(literal) => {
                let mut escaped = false;
                for character in literal.chars() {
                    match character {
                        _ if escaped => escaped = false,
                        '\\' if in_string => escaped = true,
                        '"' => in_string = !in_string,
                        _ => {}
                    }
                }
                marked.push_str(literal);
            }
            Token::Placeholder { name, kind } => {
                let kind = kind.map(|kind| format!(":{kind}")).unwrap_or_default();
                let (before, after) = if in_string { ("", "") } else { (opening, "\"") };
                marked.extend([before, "{", name, &kind, "}", after]);
            }
        }
    }
    marked
}

/// Names that occur in a text.
pub(crate) fn names(text: &str) -> impl Iterator<Item = &str> {
    placeholders(text).map(|(name, _)| name)
}

/// Names that occur in a text, with what stands behind the colon.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    tokens(text).filter_map(|token| match token {
        Token::Placeholder { name, kind } => Some((name, kind)),
        Token::Literal(_) => None,
    })
}

enum Token<'a> {
    Literal(&'a str),
    Placeholder {
        name: &'a str,
        kind: Option<&'a str>,
    },
}

/// Splits at `{name}` and `{name:kind}`; any other brace is literal, JSON's for instance.
fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((name, kind, after)) = placeholder(rest) {
            rest = after;
            return Some(Token::Placeholder { name, kind });
        }
        let end = rest
            .char_indices()
            .skip(1)
            .find(|&(at, character)| character == '{' && placeholder(&rest[at..]).is_some())
            .map_or(rest.len(), |(at, _)| at);
        let (literal, after) = rest.split_at(end);
        rest = after;
        Some(Token::Literal(literal))
    })
}

fn placeholder(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    let (inside, after) = text.strip_prefix('{')?.split_once('}')?;
    let (name, kind) = match inside.split_once(':') {
        Some((name, kind)) => (name, Some(kind)),
        None => (inside, None),
    };
    (is_word(name) && kind.is_none_or(is_word)).then_some((name, kind, after))
}

/// Length of the value of this kind at the beginning of `text`; `text` itself has no own length.
fn matched_length(kind: &str, text: &str) -> Option<usize> {
    let shape = |shape: &str| {
        let fits = text.len() >= shape.len()
            && shape
                .bytes()
                .zip(text.bytes())
                .all(|(wanted, found)| match wanted {
                    b'h' => matches!(found, b'0'..=b'9' | b'a'..=b'f'),
                    b'0' => found.is_ascii_digit(),
                    literal => literal == found,
                });
        fits.then_some(shape.len())
    };
    let run = |allowed: fn(char) -> bool| {
        let length = text.find(|c| !allowed(c)).unwrap_or(text.len());
        (length > 0).then_some(length)
    };
    match kind {
        "id" => shape("hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh"),
        "uuid" => shape("hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"),
        "account" => shape("000000000000"),
        "date" => shape("0000-00-00T00:00:00.000Z"),
        "number" => run(|c| matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')),
        "integer" => run(|c| c.is_ascii_digit()),
        "word" => run(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')),
        "name" => run(|c| c.is_alphanumeric() || matches!(c, '_' | '-')),
        _ => None,
    }
}

/// Kinds that an expectation may use.
pub(crate) const KINDS: &[&str] = &[
    "id", "uuid", "account", "date", "number", "integer", "word", "name", "text",
];

fn common_prefix(left: &str, right: &str) -> usize {
    left.char_indices()
        .zip(right.chars())
        .find(|((_, l), r)| l != r)
        .map_or(left.len().min(right.len()), |((at, _), _)| at)
}

fn excerpt(text: &str) -> &str {
    match text.char_indices().nth(60) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_values_must_stay_equal() {
        let mut references = References::new();
        let id = "0123456789abcdef0123456789abcdef";
        let other = "f123456789abcdef0123456789abcdef";
        compare("{job:id}", id, &mut references).unwrap();
        compare(
            r#"{"Id":"{job}"}"#,
            &format!(r#"{{"Id":"{id}"}}"#),
            &mut references,
        )
        .unwrap();
        assert!(compare("{job:id}", other, &mut references).is_err());
        assert!(compare("{job}", other, &mut references).is_err());
        assert_eq!(references.len(), 1);
    }

    #[test]
    fn kinds_are_exact() {
        for (pattern, actual, fits) in [
            ("{any:date}", "2018-06-06T00:12:43.271Z", true),
            ("{any:date}", "2018-06-06T00:12:43Z", false),
            ("{any:id}", "0123456789ABCDEF0123456789abcdef", false),
            ("{any:uuid}", "67e572ed-41d5-11e8-9dc5-db288f3cbb72", true),
            (
                "{\"n\":{any:number},\"m\":1}",
                "{\"n\":-1.5E7,\"m\":1}",
                true,
            ),
            ("a{any:text}z", "a{}z", true),
            ("a{any:text}", "a", true),
            ("{any:name}.gz", "x/y.gz", false),
            ("{any:name}.gz", "xy.gz", true),
            ("{any:text}<N>b</N>{any:text}", "<N>a</N><N>b</N>", true),
            ("{any:text}<N>b</N>{any:text}", "<N>a</N><N>c</N>", false),
            ("{any:nonsense}", "x", false),
            ("abc", "abcd", false),
        ] {
            let result = compare(pattern, actual, &mut References::new());
            assert_eq!(result.is_ok(), fits, "{pattern} {actual}: {result:?}");
        }
    }

    #[test]
    fn requests_are_filled_and_encoded() {
        let references = References::from([("id".to_owned(), "0f9d1/ssx+b=c é".to_owned())]);
        assert_eq!(
            fill("/x/{id:label}", &references).unwrap(),
            "/x/0f9d1%2Fssx%2Bb%3Dc%20%C3%A9"
        );
        assert_eq!(
            fill("/{id:path}", &references).unwrap(),
            "/0f9d1/ssx%2Bb%3Dc%20%C3%A9"
        );
        assert_eq!(fill(r#"{"a":{}}"#, &references).unwrap(), r#"{"a":{}}"#);
        assert!(fill("{nobody}", &references).is_err());
    }

    #[test]
    fn a_bare_placeholder_becomes_a_string() {
        assert_eq!(
            mark_bare_placeholders(r#"{"n":{n:integer},"s":"a\"{s:text}"}"#, "\"!"),
            r#"{"n":"!{n:integer}","s":"a\"{s:text}"}"#
        );
    }

    proptest! {
        #[test]
        fn a_text_without_placeholders_fits_itself_alone(text in "[ -z|~é\n]{0,40}", other in "[ -z]{0,40}") {
            let mut references = References::new();
            prop_assert!(compare(&text, &text, &mut references).is_ok());
            prop_assert_eq!(compare(&text, &other, &mut references).is_ok(), text == other);
        }

        #[test]
        fn a_bound_name_fits_its_value(value in "[^{}]{0,30}", before in "[a-z]{0,5}", after in "[a-z]{0,5}") {
            let mut references = References::from([("x".to_owned(), value)]);
            let pattern = format!("{before}{{x}}{after}");
            let filled = fill(&pattern, &references).unwrap();
            prop_assert!(compare(&pattern, &filled, &mut references).is_ok());
        }
    }
}

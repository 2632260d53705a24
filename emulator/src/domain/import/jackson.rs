//! What the service's JSON parser says of a line that is no JSON.
//!
//! The service hands the text of its parser (Jackson, of Java) through to the caller. This walks
//! over a line as that parser does and stops at the first fault; what is well-formed is left to
//! serde.

use std::fmt::Write as _;

/// Characters of the line that the text quotes.
const QUOTED_CHARS_MAX: usize = 500;

/// Characters that the text quotes of a word that is no token. Jackson ends a longer one by three dots.
const TOKEN_CHARS_MAX: usize = 256;

/// Greatest depth that is looked into. No endpoint comes near it.
const DEPTH_MAX: usize = 64;

/// The text about the first fault of a line, if there is one this knows.
///
/// # Source
/// Form, and the text about a field name without quotes: aws/aws-sdk issue 660 (2023); recorded;
/// case: import-jobs/first-line-is-not-json. The other texts: what Jackson 2 says; assumed;
/// case: import-jobs/first-line-is-cut-off
pub(super) fn fault(line: &str) -> Option<String> {
    let mut walk = Walk {
        text: line.chars().collect(),
        at: 0,
    };
    let what = walk.value(0).err()?;
    let mut quoted: String = line.chars().take(QUOTED_CHARS_MAX).collect();
    quoted.push('"');
    let left = walk.text.len().saturating_sub(QUOTED_CHARS_MAX);
    if left > 0 {
        write!(quoted, "[truncated {left} chars]").expect("a text takes all writes");
    }
    // Jackson counts columns from 1, and tells the one behind what it has just read.
    let source = |column| format!("[Source: (String)\"{quoted}; line: 1, column: {column}]");
    let what = match what {
        Fault::TooDeep => return None,
        Fault::Text(text) => text,
        Fault::Open { kind, start } => format!(
            "Unexpected end-of-input: expected close marker for {kind} (start marker at {})",
            source(start + 1)
        ),
    };
    Some(format!("{what}\n at {}.", source(walk.at + 1)))
}

enum Fault {
    Text(String),
    /// The line ends within an object or array that began at `start`.
    Open {
        kind: &'static str,
        start: usize,
    },
    /// Nobody looks any further.
    TooDeep,
}

const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

struct Walk {
    text: Vec<char>,
    at: usize,
}

impl Walk {
    fn next(&mut self) -> Option<char> {
        let next = self.text.get(self.at).copied();
        self.at += usize::from(next.is_some());
        next
    }

    fn next_beyond_blanks(&mut self) -> Option<char> {
        while self
            .text
            .get(self.at)
            .is_some_and(|c| " \t\r\n".contains(*c))
        {
            self.at += 1;
        }
        self.next()
    }

    fn value(&mut self, depth: usize) -> Result<(), Fault> {
        match self.next_beyond_blanks() {
            None => Err(Fault::Text(
                "No content to map due to end-of-input".to_owned(),
            )),
            Some(first) => self.value_from(first, depth),
        }
    }

    fn value_from(&mut self, first: char, depth: usize) -> Result<(), Fault> {
        match first {
            '{' | '[' if depth == DEPTH_MAX => Err(Fault::TooDeep),
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' => self.string("was expecting closing quote for a string value"),
            '-' | '0'..='9' => {
                self.skip_number();
                Ok(())
            }
            first if first.is_alphabetic() || first == '_' || first == '$' => self.token(),
            first => Err(unexpected(
                first,
                &format!("expected a valid value {VALUES}"),
            )),
        }
    }

    fn object(&mut self, depth: usize) -> Result<(), Fault> {
        let open = Fault::Open {
            kind: "Object",
            start: self.at - 1,
        };
        let mut is_first = true;
        loop {
            let mut next = self.next_beyond_blanks();
            if next == Some('}') && is_first {
                return Ok(());
            }
            if !is_first {
                match next {
                    Some('}') => return Ok(()),
                    Some(',') => next = self.next_beyond_blanks(),
                    Some(other) => {
                        let comment = "was expecting comma to separate Object entries";
                        return Err(unexpected(other, comment));
                    }
                    None => return Err(open),
                }
            }
            match next {
                Some('"') => self.string("was expecting closing quote for field name")?,
                Some(other) => {
                    let comment = "was expecting double-quote to start field name";
                    return Err(unexpected(other, comment));
                }
                None => return Err(open),
            }
            match self.next_beyond_blanks() {
                Some(':') => {}
                Some(other) => {
                    let comment = "was expecting a colon to separate field name and value";
                    return Err(unexpected(other, comment));
                }
                None => return Err(open),
            }
            match self.next_beyond_blanks() {
                Some(first) => self.value_from(first, depth + 1)?,
                None => return Err(open),
            }
            is_first = false;
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), Fault> {
        let open = Fault::Open {
            kind: "Array",
            start: self.at - 1,
        };
        let mut is_first = true;
        loop {
            let mut next = self.next_beyond_blanks();
            match next {
                Some(']') => return Ok(()),
                Some(',') if !is_first => next = self.next_beyond_blanks(),
                Some(other) if !is_first => {
                    let comment = "was expecting comma to separate Array entries";
                    return Err(unexpected(other, comment));
                }
                _ => {}
            }
            match next {
                Some(first) => self.value_from(first, depth + 1)?,
                None => return Err(open),
            }
            is_first = false;
        }
    }

    fn string(&mut self, at_the_end: &str) -> Result<(), Fault> {
        loop {
            match self.next() {
                None => {
                    let text = format!("Unexpected end-of-input: {at_the_end}");
                    return Err(Fault::Text(text));
                }
                Some('"') => return Ok(()),
                Some('\\') => {
                    self.next();
                }
                Some(control) if control < ' ' => {
                    return Err(Fault::Text(format!(
                        "Illegal unquoted character ({}): has to be escaped using backslash to be included in string value",
                        description(control)
                    )));
                }
                Some(_) => {}
            }
        }
    }

    fn token(&mut self) -> Result<(), Fault> {
        let start = self.at - 1;
        while self
            .text
            .get(self.at)
            .is_some_and(|c| c.is_alphanumeric() || *c == '_' || *c == '$')
        {
            self.at += 1;
        }
        let token: String = self.text[start..self.at].iter().collect();
        match token.as_str() {
            "null" | "true" | "false" => Ok(()),
            token if token.chars().count() > TOKEN_CHARS_MAX => {
                let token: String = token.chars().take(TOKEN_CHARS_MAX).collect();
                Err(Fault::Text(format!(
                    "Unrecognized token '{token}...': was expecting {VALUES}"
                )))
            }
            token => Err(Fault::Text(format!(
                "Unrecognized token '{token}': was expecting {VALUES}"
            ))),
        }
    }

    fn skip_number(&mut self) {
        while self
            .text
            .get(self.at)
            .is_some_and(|c| c.is_ascii_digit() || "+-.eE".contains(*c))
        {
            self.at += 1;
        }
    }
}

fn unexpected(found: char, comment: &str) -> Fault {
    let text = format!("Unexpected character ({}): {comment}", description(found));
    Fault::Text(text)
}

fn description(found: char) -> String {
    let code = u32::from(found);
    match code {
        0..32 => format!("(CTRL-CHAR, code {code})"),
        32..256 => format!("'{found}' (code {code})"),
        _ => format!("'{found}' (code {code} / 0x{code:x})"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn check(line: &str, expected: &str) {
        let text = fault(line).unwrap();
        let (what, at) = text.split_once("\n at [Source: (String)\"").unwrap();
        let column = at.rsplit_once("column: ").unwrap().1;
        assert_eq!(format!("{what} @{column}"), expected, "{line}");
    }

    #[test]
    fn the_recorded_text_is_met_to_the_letter() {
        assert_eq!(
            fault(r#"{ Id: "9GSh" }"#).unwrap(),
            "Unexpected character ('I' (code 73)): was expecting double-quote to start field name\n \
             at [Source: (String)\"{ Id: \"9GSh\" }\"; line: 1, column: 4]."
        );
    }

    #[test]
    fn faults_are_told_as_jackson_does() {
        for (line, expected) in [
            (
                "ChannelType,Address",
                "Unrecognized token 'ChannelType': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false') @12].",
            ),
            (
                "{\"a\" 1}",
                "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value @7].",
            ),
            (
                "{\"a\":1 \"b\":2}",
                "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries @9].",
            ),
            (
                "{\"a\":[1 2]}",
                "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries @10].",
            ),
            (
                "{\"a\":'b'}",
                "Unexpected character (''' (code 39)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false') @7].",
            ),
            (
                "{\"a\":\"b",
                "Unexpected end-of-input: was expecting closing quote for a string value @8].",
            ),
            (
                "{\"a\":\"b\tc\"}",
                "Illegal unquoted character ((CTRL-CHAR, code 9)): has to be escaped using backslash to be included in string value @9].",
            ),
            (
                "[,1]",
                "Unexpected character (',' (code 44)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false') @3].",
            ),
            (
                "\u{20ac}",
                "Unexpected character ('\u{20ac}' (code 8364 / 0x20ac)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false') @2].",
            ),
        ] {
            check(line, expected);
        }
        assert!(
            fault(&"x".repeat(501))
                .unwrap()
                .contains("\"[truncated 1 chars]; line")
        );
    }

    #[test]
    fn what_is_left_open_is_told_with_its_beginning() {
        for (line, kind, start, end) in [
            (r#"  {"a":1"#, "Object", 3, 9),
            (r#"{"a": {"#, "Object", 7, 8),
            (r#"{"a": [1"#, "Array", 7, 9),
        ] {
            let source = format!("[Source: (String)\"{line}\"; line: 1, column: ");
            assert_eq!(
                fault(line).unwrap(),
                format!(
                    "Unexpected end-of-input: expected close marker for {kind} \
                     (start marker at {source}{start}])\n at {source}{end}]."
                )
            );
        }
    }

    #[test]
    fn long_words_and_long_lines_are_cut_as_jackson_does() {
        for (chars, token, is_cut) in [(255, 255, false), (256, 256, false), (257, 256, true)] {
            let text = fault(&"x".repeat(chars)).unwrap();
            let dots = if is_cut { "..." } else { "" };
            let token = format!("Unrecognized token '{}{dots}': was", "x".repeat(token));
            assert!(text.starts_with(&token), "{text}");
        }
        for (chars, left) in [(500, None), (501, Some(1)), (700, Some(200))] {
            let text = fault(&format!("!{}", "x".repeat(chars - 1))).unwrap();
            let expected = left.map_or("x\"; line".to_owned(), |left| {
                format!("x\"[truncated {left} chars]; line")
            });
            assert!(text.contains(&expected), "{text}");
        }
    }

    #[test]
    fn nothing_is_looked_for_beyond_the_greatest_depth() {
        for open in ["[", "{\"a\":"] {
            let nested = |depth: usize| fault(&format!("{}!", open.repeat(depth)));
            assert!(nested(DEPTH_MAX).is_some());
            assert_eq!(nested(DEPTH_MAX + 1), None);
        }
        let whole = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert_eq!(fault(&whole), None);
    }

    proptest! {
        #[test]
        fn json_has_no_fault_and_nothing_panics(text: String, numbers: Vec<f64>) {
            let value: Value = serde_json::json!({"a": [text.clone(), numbers], "b": {"c": null, "d": true}});
            prop_assert_eq!(fault(&value.to_string()), None);
            fault(&text);
            fault(&format!("{{\"{text}"));
        }
    }
}

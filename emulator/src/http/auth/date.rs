//! The dates that signatures carry.
//!
//! Used by the signature checks; judges shapes only, never age.

use http::HeaderMap;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Reads `yyyyMMddTHHmmssZ`.
pub(super) fn basic(text: &str) -> Option<Timestamp> {
    // A parser of dates takes signs and blanks for a part of their numbers.
    let is_digits = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"TZ".contains(&byte));
    if text.len() != 16 || !is_digits {
        return None;
    }
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

/// Writes `yyyyMMddTHHmmssZ`.
pub(super) fn to_basic(instant: Timestamp) -> String {
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Writes `yyyy-MM-ddTHH:mm:ssZ`.
pub(super) fn to_seconds(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The day of an instant as a credential writes it.
pub(super) fn day(instant: Timestamp) -> String {
    instant.strftime("%Y%m%d").to_string()
}

/// The date header a signer sent: `X-Amz-Date` if there is one, else `Date`.
pub(super) fn header(headers: &HeaderMap) -> Option<&str> {
    let value = headers
        .get("x-amz-date")
        .or_else(|| headers.get(http::header::DATE))?;
    Some(value.to_str().unwrap_or(""))
}

/// Reads a date header: the basic form, or the form of HTTP and mail
/// (`Tue, 02 Jan 2024 03:04:05 GMT`).
pub(super) fn in_header(text: &str) -> Option<Timestamp> {
    basic(text).or_else(|| {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|zoned| zoned.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_date_header_are_read_and_nothing_else() {
        let instant: Timestamp = "2024-01-02T03:04:05Z".parse().unwrap();
        for (text, expected) in [
            ("20240102T030405Z", Some(instant)),
            ("Tue, 02 Jan 2024 03:04:05 GMT", Some(instant)),
            ("Tue, 02 Jan 2024 03:04:05 +0000", Some(instant)),
            ("20240102T030405", None),
            ("2024010T0304055Z", None),
            ("20241302T030405Z", None),
            ("2024-01-02T03:04:05Z", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(in_header(text), expected, "{text}");
        }
        assert_eq!(to_basic(instant), "20240102T030405Z");
        assert_eq!(day(instant), "20240102");
    }

    #[test]
    fn the_basic_form_has_neither_signs_nor_blanks() {
        for text in [
            "-0010102T030405Z",
            "+2024102T030405Z",
            " 0240102T030405Z",
            "2024 102T030405Z",
            "20240102T 30405Z",
        ] {
            assert_eq!(basic(text), None, "{text}");
        }
    }
}

//! The one form in which the service writes times.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

/// `yyyy-MM-ddTHH:mm:ss.SSSZ`, UTC, always three digits of milliseconds.
///
/// # Source
/// All samples of the Developer Guide; recorded; case: protocol/dates-have-three-millisecond-digits
pub(crate) fn to_wire(time: Timestamp) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));
    PRINTER.timestamp_to_string(&time)
}

/// The form of `{created}` in object keys: `yyyyMMddTHHmmssSSSZ`.
pub(crate) fn to_key(time: Timestamp) -> String {
    to_wire(time).replace(['-', ':', '.'], "")
}

/// Reads a date and time that a client wrote, in ISO 8601 with `Z` or an offset.
///
/// # Source
/// API model, AttributeType ("ISO_INSTANT datetimes"); documented. That offsets are read too, as
/// later versions of Java's `ISO_INSTANT` do: assumed; case: segment-evaluation/dates-with-offsets
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_always_have_three_digits() {
        for (time, wire, key) in [
            (
                "2018-06-06T00:12:43Z",
                "2018-06-06T00:12:43.000Z",
                "20180606T001243000Z",
            ),
            (
                "2018-06-06T00:12:43.2719Z",
                "2018-06-06T00:12:43.271Z",
                "20180606T001243271Z",
            ),
        ] {
            let time: Timestamp = time.parse().unwrap();
            assert_eq!((to_wire(time).as_str(), to_key(time).as_str()), (wire, key));
        }
    }

    #[test]
    fn dates_of_clients_need_an_offset_but_no_seconds() {
        for (text, expected) in [
            ("2020-03-10T11:00Z", Some("2020-03-10T11:00:00.000Z")),
            (
                "2020-03-10T11:00:00.5+02:00",
                Some("2020-03-10T09:00:00.500Z"),
            ),
            ("2020-03-10T11:00:00", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(parse(text).map(to_wire).as_deref(), expected, "{text}");
        }
    }
}

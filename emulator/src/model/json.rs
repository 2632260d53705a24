//! JSON as the service writes it: compact, numbers as Java's `Double.toString`, escapes as
//! Jackson's.
//!
//! Every body of the Pinpoint side and every line of an export file goes through here, so that the
//! number and escape rules have one home. Reading JSON needs no rules of its own.

use std::io;

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, Serializer};

/// Renders `value` as one compact JSON text.
///
/// # Errors
/// Only if `value` cannot be JSON (a map with keys that are not strings) or the writer fails.
pub(crate) fn write<W: io::Write, T: Serialize + ?Sized>(
    writer: W,
    value: &T,
) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(writer, JavaFormatter))
}

/// Room for most lines of an export. A little more, from 1 KiB on, and glibc tidies up at each
/// allocation, which takes imports a good part of their time.   (bytes)
const CAPACITY: usize = 1000;

/// Renders `value` into bytes; see [`write()`].
///
/// # Panics
/// If `value` cannot be JSON, which no shape of this crate is.
pub(crate) fn to_vec<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(CAPACITY);
    write(&mut bytes, value).expect("shapes have string keys and a vector takes all writes");
    bytes
}

/// The formatter behind [`write()`].
///
/// # Source
/// Doubles: two real export objects (`34.0`, `-118.2`, `75.0`); recorded. Exponents (`1.0E7`) and
/// escapes: what Java's `Double.toString` and Jackson do; assumed, since no example was seen.
#[derive(Debug, Clone, Copy)]
struct JavaFormatter;

impl Formatter for JavaFormatter {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(java_double(value).as_bytes())
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        char_escape: CharEscape,
    ) -> io::Result<()> {
        match char_escape {
            CharEscape::AsciiControl(byte) => write!(writer, "\\u{byte:04X}"),
            other => CompactFormatter.write_char_escape(writer, other),
        }
    }
}

/// A finite double as `java.lang.Double.toString` prints it: shortest digits, at least one after
/// the point, scientific outside `1e-3 <= |x| < 1e7`.
pub(crate) fn java_double(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific
        .split_once('e')
        .expect("`{:e}` always has an exponent");
    let point = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{point}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_look_like_javas() {
        for (value, expected) in [
            (34.0, "34.0"),
            (-118.2, "-118.2"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.001, "0.001"),
            (0.000_999, "9.99E-4"),
            (9_999_999.0, "9999999.0"),
            (10_000_000.0, "1.0E7"),
            (12_345_678.9, "1.23456789E7"),
            (1e-5, "1.0E-5"),
            (f64::MAX, "1.7976931348623157E308"),
        ] {
            assert_eq!(java_double(value), expected);
        }
    }

    #[test]
    fn doubles_are_read_as_they_are_written() {
        for text in [
            "31.245270191439438",
            "-118.2",
            "5.0E-324",
            "2.2250738585072011E-308",
        ] {
            let value: f64 = serde_json::from_str(text).unwrap();
            assert_eq!(java_double(value), java_double(text.parse().unwrap()));
        }
    }

    #[test]
    fn escapes_look_like_jacksons() {
        let text = "\u{1}\u{1f}\n\"\\/é😀";
        let expected = "\"\\u0001\\u001F\\n\\\"\\\\/é😀\"";
        assert_eq!(to_vec(text), expected.as_bytes());
    }
}

//! What must be true of every export object, whatever is in it.
//!
//! Used by [`run`](mod@crate::run) for `read-export` steps. It reads the bytes itself, independently of the
//! client library, because it also judges what a reader would forgive: the header, a second member,
//! a missing line break at the end.

use std::io::Read;

use flate2::bufread::GzDecoder;

/// First bytes of every export object: no flags, no time, no extra flags, no system.
/// Two real export objects begin so; it is the header that Java's `GZIPOutputStream` writes.
const HEADER: [u8; 10] = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0];

/// Whether a key is one of a piece and not of a marker. Keys are case sensitive, so this is too.
#[expect(
    clippy::case_sensitive_file_extension_comparisons,
    reason = "the service writes `.gz`, and a key in capitals is somebody else's"
)]
pub(crate) fn is_piece(key: &str) -> bool {
    key.ends_with(".gz")
}

/// Unpacks one object and returns its lines without their line breaks.
///
/// # Errors
/// All rules the object breaks.
pub(crate) fn lines(object: &[u8]) -> Result<Vec<String>, Vec<String>> {
    let mut broken = Vec::new();
    if !object.starts_with(&HEADER) {
        let found = hex::encode(&object[..object.len().min(HEADER.len())]);
        broken.push(format!(
            "the gzip header is {found}, expected {}",
            hex::encode(HEADER)
        ));
    }
    let mut text = String::new();
    let mut member = GzDecoder::new(object);
    if let Err(error) = member.read_to_string(&mut text) {
        broken.push(format!("it cannot be unpacked to text: {error}"));
        return Err(broken);
    }
    let behind = member.into_inner();
    if !behind.is_empty() {
        broken.push(format!(
            "{} bytes follow the first gzip member",
            behind.len()
        ));
    }
    if text.starts_with('\u{feff}') {
        broken.push("it begins with a byte order mark".to_owned());
    }
    if !text.ends_with('\n') {
        broken.push("the last line has no line break".to_owned());
    }
    if text.contains('\r') {
        broken.push("it contains carriage returns".to_owned());
    }
    for (number, line) in text.lines().enumerate() {
        if !line.starts_with('{') || !line.ends_with('}') {
            broken.push(format!("line {} is no object: {line}", number + 1));
        }
    }
    if broken.is_empty() {
        Ok(text.lines().map(str::to_owned).collect())
    } else {
        Err(broken)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, GzBuilder};

    use super::*;

    fn gzip(text: &str, operating_system: u8) -> Vec<u8> {
        let mut encoder = GzBuilder::new()
            .operating_system(operating_system)
            .write(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        let mut bytes = encoder.finish().unwrap();
        bytes[8] = 0;
        bytes
    }

    #[test]
    fn each_broken_rule_is_named() {
        let good = gzip("{}\n{}\n", 0);
        assert_eq!(lines(&good).unwrap(), ["{}", "{}"]);
        for (object, complaint) in [
            (gzip("{}\n", 3), "the gzip header is 1f8b0800000000000003"),
            (gzip("{}", 0), "no line break"),
            (gzip("\u{feff}{}\n", 0), "byte order mark"),
            (gzip("{}\r\n", 0), "carriage returns"),
            (gzip("{}\n\n", 0), "line 2 is no object"),
            (
                [good.as_slice(), &good].concat(),
                "follow the first gzip member",
            ),
            (good[..good.len() - 3].to_vec(), "cannot be unpacked"),
            (b"{}\n".to_vec(), "the gzip header is 7b7d0a"),
        ] {
            let broken = lines(&object).unwrap_err().join("; ");
            assert!(broken.contains(complaint), "{broken}");
        }
    }
}

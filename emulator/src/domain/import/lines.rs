//! The lines of a file: their numbers, their length and their encoding.

use std::io::{self, BufRead};

use super::FileFault;

/// Greatest length of a line, and of a row in quotes that spans lines. An endpoint has 15 KB.   (bytes)
pub(super) const LINE_BYTES_MAX: usize = 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// Goes from line to line.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            line: Vec::new(),
            number: 0,
        }
    }

    /// Goes on to the next line; `false` at the end. A line feed ends a line, a carriage return, or both.
    ///
    /// # Source
    /// Carriage returns alone, as old spreadsheets write them: assumed; case: import-jobs/line-ends.
    /// UTF-8 and not compressed: User Guide, segments-importing; documented;
    /// case: import-jobs/compressed-file. A byte order mark does no harm: files of an architect's test
    /// have one; assumed; case: import-jobs/byte-order-mark
    pub(super) fn advance(&mut self) -> Result<bool, FileFault> {
        self.line.clear();
        self.read_line()?;
        if self.line.is_empty() {
            return Ok(false);
        }
        self.number += 1;
        let line = self.number;
        if self.line.len() > LINE_BYTES_MAX {
            return Err(FileFault::TooLong { line });
        }
        if line == 1 {
            if self.line.starts_with(GZIP_MAGIC) {
                return Err(FileFault::Compressed);
            }
            if self.line.starts_with(BYTE_ORDER_MARK) {
                self.line.drain(..BYTE_ORDER_MARK.len());
            }
        }
        // A zero byte is UTF-8, but no text: UTF-16 without a mark is full of them.
        if self.line.contains(&0) || std::str::from_utf8(&self.line).is_err() {
            return Err(FileFault::NotUtf8 { line });
        }
        Ok(true)
    }

    /// Reads up to the next end of a line, or a little more than the greatest length.
    fn read_line(&mut self) -> io::Result<()> {
        while self.line.len() <= LINE_BYTES_MAX {
            let ahead = self.reader.fill_buf()?;
            if ahead.is_empty() {
                break;
            }
            if self.line.ends_with(b"\r") {
                let is_pair = ahead.starts_with(b"\n");
                self.line.extend_from_slice(&ahead[..usize::from(is_pair)]);
                self.reader.consume(usize::from(is_pair));
                break;
            }
            let end = memchr::memchr2(b'\n', b'\r', ahead);
            let taken = end
                .map_or(ahead.len(), |end| end + 1)
                .min(LINE_BYTES_MAX + 1 - self.line.len());
            self.line.extend_from_slice(&ahead[..taken]);
            self.reader.consume(taken);
            if self.line.ends_with(b"\n") {
                break;
            }
        }
        Ok(())
    }

    /// The present line with its end; empty before the first and after the last.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    /// The number of the present line, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read as _};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn lines_end_with_a_line_feed_a_carriage_return_or_both(text in "[a\r\n]{0,24}", buffer in 1_usize..4) {
            let mut lines = Lines::new(BufReader::with_capacity(buffer, text.as_bytes()));
            let mut read = Vec::new();
            while lines.advance().unwrap() {
                read.push(String::from_utf8(lines.line().to_vec()).unwrap());
                prop_assert_eq!(lines.number(), u64::try_from(read.len()).unwrap());
            }
            prop_assert_eq!(read.concat(), text.as_str());
            let read: Vec<_> = read.iter().map(|line| line.trim_end()).collect();
            let unified = text.replace("\r\n", "\n").replace('\r', "\n");
            let expected: Vec<_> = unified.lines().collect();
            prop_assert_eq!(read, expected);
        }
    }

    #[test]
    fn a_line_may_be_as_long_as_the_limit_says_its_end_included() {
        for (length, is_taken) in [(LINE_BYTES_MAX - 1, true), (LINE_BYTES_MAX, false)] {
            for end in ["", "\n", "\r"] {
                let text = "a".repeat(length + usize::from(end.is_empty())) + end;
                let outcome = Lines::new(text.as_bytes()).advance();
                assert_eq!(outcome.is_ok(), is_taken, "{length} and {end:?}");
                // A byte order mark is part of its line.
                let text = format!("\u{feff}{}", &text[BYTE_ORDER_MARK.len()..]);
                let outcome = Lines::new(text.as_bytes()).advance();
                assert_eq!(outcome.is_ok(), is_taken, "{length} and {end:?}");
            }
        }
    }

    #[test]
    fn no_more_is_kept_than_tells_a_line_too_long() {
        let rest = vec![b'a'; 3 * LINE_BYTES_MAX];
        let mut lines = Lines::new(b"aaa".chain(rest.as_slice()));
        lines.advance().unwrap_err();
        assert_eq!(lines.line().len(), LINE_BYTES_MAX + 1);
    }
}

//! The lines of a file: their numbers, their length and their encoding.

use std::io::BufRead;
use std::io::Read as _;

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

    /// Goes on to the next line; `false` at the end.
    ///
    /// # Source
    /// UTF-8 and not compressed: User Guide, segments-importing; documented;
    /// case: import-jobs/compressed-file. A byte order mark does no harm: files of an architect's test
    /// have one; assumed; case: import-jobs/byte-order-mark
    pub(super) fn advance(&mut self) -> Result<bool, FileFault> {
        self.line.clear();
        let limit = LINE_BYTES_MAX as u64 + 1;
        let read = (&mut self.reader)
            .take(limit)
            .read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(false);
        }
        self.number += 1;
        let line = self.number;
        if line == 1 {
            if self.line.starts_with(GZIP_MAGIC) {
                return Err(FileFault::Compressed);
            }
            if self.line.starts_with(BYTE_ORDER_MARK) {
                self.line.drain(..BYTE_ORDER_MARK.len());
            }
        }
        if self.line.len() > LINE_BYTES_MAX {
            return Err(FileFault::TooLong { line });
        }
        // A zero byte is UTF-8, but no text: UTF-16 without a mark is full of them.
        if self.line.contains(&0) || std::str::from_utf8(&self.line).is_err() {
            return Err(FileFault::NotUtf8 { line });
        }
        Ok(true)
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

//! Reads an export file, line by line, into endpoints.
//!
//! Takes gzip of any number of members or plain JSON Lines, told apart by the first two bytes, from a file
//! or any other reader, in bounded memory. Used by `verify` and by everybody who wants to read exports; it
//! is as tolerant as files that have been through other tools need it to be (byte order marks, CRLF, blank
//! lines, no newline at the end) and never silent about what it could not read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};
use std::path::Path;

use crate::endpoint::Endpoint;
use crate::gzip_members::GzipMembers;

/// Longest line that is read.   \[bytes\]
///
/// The service takes endpoints of at most 15 KB, so that a longer line is something else; the limit keeps
/// a file without newlines from filling the memory.
pub const LINE_BYTES_MAX: usize = 1 << 20;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The endpoints of one file, as an iterator.
///
/// A line that is no endpoint is an error of its own, and the lines after it still come. After an error of
/// the file itself (truncated, damaged gzip) nothing comes any more.
#[derive(Debug)]
pub struct EndpointReader<R: Read> {
    lines: BufReader<Content<R>>,
    line: Vec<u8>,
    line_number: u64,
    is_over: bool,
}

/// One endpoint and where it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct EndpointLine {
    /// Number of the line in the decompressed file, counted from 1, blank lines included.
    pub number: u64,
    /// What the line holds.
    pub endpoint: Endpoint,
}

/// Why a line, or the rest of a file, could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointFileError {
    /// A line that is not an endpoint in JSON.
    #[error("line {line}, column {column} is no endpoint: {reason}")]
    Line {
        /// Number of the line, counted from 1.
        line: u64,
        /// Place in the line, in bytes, counted from 1.
        column: usize,
        /// What the JSON reader says.
        reason: String,
    },
    /// A line longer than [`LINE_BYTES_MAX`].
    #[error("line {line} is longer than {LINE_BYTES_MAX} bytes")]
    LineTooLong {
        /// Number of the line, counted from 1.
        line: u64,
    },
    /// Compressed data that is cut off or altered.
    #[error("gzip member {member} is damaged after line {line}")]
    Gzip {
        /// Number of the gzip member, counted from 1.
        member: u64,
        /// Number of the last line that was read whole; 0 if none was.
        line: u64,
        /// What the decoder says.
        source: io::Error,
    },
    /// The operating system could not read on.
    #[error("reading failed after line {line}")]
    Read {
        /// Number of the last line that was read whole; 0 if none was.
        line: u64,
        /// What the system says.
        source: io::Error,
    },
}

impl EndpointReader<File> {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If the file cannot be opened or its first bytes cannot be read.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::new(File::open(path)?)
    }
}

impl<R: Read> EndpointReader<R> {
    /// Reads from `input`, which need not be buffered.
    ///
    /// # Errors
    /// If the first bytes cannot be read.
    pub fn new(mut input: R) -> io::Result<Self> {
        let mut start = Vec::new();
        input.by_ref().take(2).read_to_end(&mut start)?;
        let is_gzip = start == GZIP_MAGIC;
        let input = Cursor::new(start).chain(BufReader::new(input));
        Ok(Self {
            lines: BufReader::new(if is_gzip {
                Content::Gzip(Box::new(GzipMembers::new(input)))
            } else {
                Content::Plain(input)
            }),
            line: Vec::new(),
            line_number: 0,
            is_over: false,
        })
    }

    /// Reads the next line into `self.line`, without its end; `false` at the end of the file.
    fn read_line(&mut self) -> Result<bool, EndpointFileError> {
        self.line.clear();
        // One byte beyond the limit shows that the line is too long; the newline does not count.
        let limit = u64::try_from(LINE_BYTES_MAX + 1).expect("a small number");
        let read = self
            .lines
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut self.line);
        if read.map_err(|error| self.broken(error))? == 0 {
            return Ok(false);
        }
        self.line_number += 1;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        } else if self.line.len() > LINE_BYTES_MAX {
            self.lines
                .skip_until(b'\n')
                .map_err(|error| self.broken(error))?;
            return Err(EndpointFileError::LineTooLong {
                line: self.line_number,
            });
        }
        Ok(true)
    }

    fn broken(&mut self, source: io::Error) -> EndpointFileError {
        self.is_over = true;
        let line = self.line_number;
        match self.lines.get_ref() {
            // What the decoder finds wrong has no number of the operating system.
            Content::Gzip(members) if source.raw_os_error().is_none() => EndpointFileError::Gzip {
                member: members.member(),
                line,
                source,
            },
            _ => EndpointFileError::Read { line, source },
        }
    }

    fn parse(&self) -> Option<Result<EndpointLine, EndpointFileError>> {
        // A mark can stand at the start of any line if files were joined.
        let line = self
            .line
            .strip_prefix(BYTE_ORDER_MARK)
            .unwrap_or(&self.line)
            .trim_ascii();
        if line.is_empty() {
            return None;
        }
        Some(match serde_json::from_slice(line) {
            Ok(endpoint) => Ok(EndpointLine {
                number: self.line_number,
                endpoint,
            }),
            Err(error) => Err(EndpointFileError::Line {
                line: self.line_number,
                column: error.column(),
                reason: without_position(&error),
            }),
        })
    }
}

impl<R: Read> Iterator for EndpointReader<R> {
    type Item = Result<EndpointLine, EndpointFileError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_over {
            match self.read_line() {
                Ok(true) => {
                    if let Some(item) = self.parse() {
                        return Some(item);
                    }
                }
                Ok(false) => self.is_over = true,
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }
}

#[derive(Debug)]
enum Content<R> {
    Plain(Input<R>),
    Gzip(Box<GzipMembers<Input<R>>>),
}

type Input<R> = Chain<Cursor<Vec<u8>>, BufReader<R>>;

impl<R: Read> Read for Content<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(input) => input.read(buffer),
            Self::Gzip(members) => members.read(buffer),
        }
    }
}

/// The text of a JSON error less its position, which counts the one line as line 1 and would contradict
/// the number that we give.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&position).unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    /// Hands out its bytes in portions of the given sizes, and is interrupted before each.
    struct Portions {
        bytes: Cursor<Vec<u8>>,
        sizes: Vec<usize>,
        turn: usize,
    }

    impl Read for Portions {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.turn += 1;
            if self.turn % 2 == 1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let size = self.sizes[self.turn / 2 % self.sizes.len()].min(buffer.len());
            self.bytes.read(&mut buffer[..size])
        }
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// What is read from `bytes`: `number:id` for endpoints, the text of errors.
    fn check(bytes: &[u8], expected: &[&str]) {
        let read: Vec<String> = EndpointReader::new(bytes)
            .unwrap()
            .map(|line| match line {
                Ok(line) => format!("{}:{}", line.number, line.endpoint.id),
                Err(error) => error.to_string(),
            })
            .collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn plain_and_gzip_read_alike() {
        let lines = b"{\"Id\":\"a\"}\n{\"Id\":\"b\"}\n";
        check(lines, &["1:a", "2:b"]);
        check(&gzip(lines), &["1:a", "2:b"]);
        check(b"", &[]);
        check(&gzip(b""), &[]);
    }

    #[test]
    fn leftovers_of_other_tools_are_tolerated() {
        check(
            b"\xef\xbb\xbf{\"Id\":\"a\"}\r\n\r\n\n  \n{\"Id\":\"b\"}",
            &["1:a", "5:b"],
        );
    }

    #[test]
    fn bad_line_is_named_and_the_rest_is_read() {
        check(
            b"{\"Id\":\"a\"}\n{\"Id\":7}\nhello\n{}\n{\"Id\":\"\xff\"}\n{\"Id\":\"b\"}\n",
            &[
                "1:a",
                "line 2, column 7 is no endpoint: invalid type: integer `7`, expected a string",
                "line 3, column 1 is no endpoint: expected value",
                "line 4, column 2 is no endpoint: missing field `Id`",
                "line 5, column 8 is no endpoint: invalid unicode code point",
                "6:b",
            ],
        );
    }

    #[test]
    fn long_line_is_refused_without_being_kept() {
        let line_of = |bytes: usize| format!("{{\"Id\":\"{}\"}}", "x".repeat(bytes - 9));
        let longest = line_of(LINE_BYTES_MAX);
        let file = format!(
            "{longest}\n{}\n{{\"Id\":\"b\"}}\n",
            line_of(LINE_BYTES_MAX + 1)
        );
        let lines: Vec<_> = EndpointReader::new(file.as_bytes()).unwrap().collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].is_ok() && lines[2].is_ok());
        assert!(matches!(
            lines[1],
            Err(EndpointFileError::LineTooLong { line: 2 })
        ));
    }

    #[test]
    fn damage_names_the_member_and_ends_the_reading() {
        let mut file = gzip(b"{\"Id\":\"a\"}\n");
        let second = gzip(b"{\"Id\":\"b\"}\n");
        for (tail, expected) in [
            (
                &second[..second.len() - 1],
                &["1:a", "2:b", "gzip member 2 is damaged after line 2"][..],
            ),
            (
                &second[..5],
                &["1:a", "gzip member 2 is damaged after line 1"],
            ),
            (
                b"garbage",
                &["1:a", "gzip member 2 is damaged after line 1"],
            ),
        ] {
            let whole = file.len();
            file.extend_from_slice(tail);
            check(&file, expected);
            file.truncate(whole);
        }
        let checksum = file.len() - 8;
        file[checksum] ^= 1;
        check(&file, &["1:a", "gzip member 1 is damaged after line 1"]);
    }

    #[test]
    fn any_truncation_of_a_gzip_file_is_noticed() {
        let whole = gzip(b"{\"Id\":\"a\"}\n{\"Id\":\"b\"}\n");
        for length in 2..whole.len() {
            let last = EndpointReader::new(&whole[..length]).unwrap().last();
            assert!(
                matches!(last, Some(Err(EndpointFileError::Gzip { member: 1, .. }))),
                "{length} bytes: {last:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_split_into_members_and_portions_reads_the_same(
            ids in prop::collection::vec("[a-z/+é\"\\\\]{0,40}", 0..30),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
            sizes in prop::collection::vec(1_usize..50, 1..10),
            is_gzip in any::<bool>(),
            has_crlf in any::<bool>(),
            has_last_end in any::<bool>(),
        ) {
            let end = if has_crlf { "\r\n" } else { "\n" };
            let mut text = ids
                .iter()
                .map(|id| serde_json::json!({ "Id": id }).to_string())
                .collect::<Vec<_>>()
                .join(end);
            if has_last_end {
                text.push_str(end);
            }
            let text = text.into_bytes();
            let bytes = if is_gzip {
                let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
                cuts.extend([0, text.len()]);
                cuts.sort_unstable();
                cuts.windows(2).flat_map(|range| gzip(&text[range[0]..range[1]])).collect()
            } else {
                text
            };
            let reader = EndpointReader::new(Portions { bytes: Cursor::new(bytes), sizes, turn: 0 }).unwrap();
            let read: Vec<String> = reader.map(|line| line.unwrap().endpoint.id).collect();
            prop_assert_eq!(read, ids);
        }
    }
}

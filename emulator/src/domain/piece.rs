//! A piece of an export: its object key and its bytes.
//!
//! Bytes are one gzip member with the header that Java writes, holding one JSON text a line, each
//! line ended by `\n`, the last too.

use std::fmt::{self, Write as _};
use std::io::{self, Write};
use std::ops::Range;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use jiff::Timestamp;

use crate::domain::timestamp;
use crate::facts::layout::{GZIP_HEADER, OBJECT_KEY_TEMPLATE};

/// The pattern of piece keys. Words: `{prefix}`, `{application-id}`, `{job-id}`, `{created}`,
/// `{piece}` (five digits from `00000`), `{pieces}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectKeyTemplate(String);

/// Why a text is no key template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TemplateError {
    #[error(
        "the word {{{0}}} is not one of prefix, application-id, job-id, created, piece, pieces"
    )]
    UnknownWord(String),
    #[error("a brace is open at its end")]
    OpenBrace,
    #[error(
        "the word {{{0}}} must be in it, or objects would overwrite each other or miss the prefix"
    )]
    MissingWord(&'static str),
}

/// What the words of a template stand for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyWords<'a> {
    /// The folder, ending with a slash or empty.
    pub(crate) folder: &'a str,
    /// The application's id.
    pub(crate) application_id: &'a str,
    /// The job's id.
    pub(crate) job_id: &'a str,
    /// The job's CreationDate.
    pub(crate) created: Timestamp,
    /// The piece's number, from 0.
    pub(crate) piece: u64,
    /// Pieces in all.
    pub(crate) pieces: u64,
}

impl ObjectKeyTemplate {
    /// # Errors
    /// An unknown word, an open brace, or no `{prefix}` or `{piece}`.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut words = Vec::new();
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('{') {
            let (word, after) = after.split_once('}').ok_or(TemplateError::OpenBrace)?;
            if ![
                "prefix",
                "application-id",
                "job-id",
                "created",
                "piece",
                "pieces",
            ]
            .contains(&word)
            {
                return Err(TemplateError::UnknownWord(word.to_owned()));
            }
            words.push(word);
            rest = after;
        }
        match ["prefix", "piece"]
            .into_iter()
            .find(|needed| !words.contains(needed))
        {
            Some(missing) => Err(TemplateError::MissingWord(missing)),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// The key of one piece.
    pub(crate) fn key(&self, words: &KeyWords<'_>) -> String {
        let mut key = String::with_capacity(self.0.len() + words.folder.len() + 64);
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            key.push_str(before);
            let (word, after) = after
                .split_once('}')
                .expect("parsed: every brace is closed");
            match word {
                "prefix" => key.push_str(words.folder),
                "application-id" => key.push_str(words.application_id),
                "job-id" => key.push_str(words.job_id),
                "created" => key.push_str(&timestamp::to_key(words.created)),
                "piece" => {
                    write!(key, "{:05}", words.piece).expect("a string takes all writes");
                }
                "pieces" => key.push_str(&words.pieces.to_string()),
                unknown => unreachable!("parsed: no word {unknown}"),
            }
            rest = after;
        }
        key.push_str(rest);
        key
    }
}

impl Default for ObjectKeyTemplate {
    fn default() -> Self {
        Self::parse(OBJECT_KEY_TEMPLATE).expect("the default template is one")
    }
}

impl fmt::Display for ObjectKeyTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many pieces hold `endpoints` when one holds at most `endpoints_per_piece`.
pub(crate) fn count(endpoints: u64, endpoints_per_piece: u64) -> u64 {
    endpoints.div_ceil(endpoints_per_piece.max(1))
}

/// Which endpoints, by rank, piece `index` of `pieces` holds: roughly equal shares.
///
/// # Source
/// API model, ExportJobResponse ("each piece is an approximately equal portion"); documented;
/// case: file-format/pieces-share-the-endpoints
pub(crate) fn ranks(endpoints: u64, pieces: u64, index: u64) -> Range<u64> {
    let at = |index: u64| {
        let rank = u128::from(endpoints) * u128::from(index) / u128::from(pieces.max(1));
        u64::try_from(rank).expect("a share of the endpoints is not more than all")
    };
    at(index)..at(index + 1)
}

/// Compresses what is written to it into one gzip member with Java's header.
#[derive(Debug)]
pub(crate) struct GzipWriter<W: Write> {
    deflate: DeflateEncoder<W>,
    crc: Crc,
}

impl<W: Write> GzipWriter<W> {
    /// Starts the member at compression level `level`, 0 to 9.
    ///
    /// # Errors
    /// The inner writer's.
    pub(crate) fn new(mut inner: W, level: u32) -> io::Result<Self> {
        inner.write_all(&GZIP_HEADER)?;
        Ok(Self {
            deflate: DeflateEncoder::new(inner, Compression::new(level)),
            crc: Crc::new(),
        })
    }

    /// Ends the member.
    ///
    /// # Errors
    /// The inner writer's.
    pub(crate) fn finish(self) -> io::Result<W> {
        let mut inner = self.deflate.finish()?;
        inner.write_all(&self.crc.sum().to_le_bytes())?;
        inner.write_all(&self.crc.amount().to_le_bytes())?;
        Ok(inner)
    }
}

impl<W: Write> Write for GzipWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.deflate.write(bytes)?;
        self.crc.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.deflate.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_follow_the_template() {
        let words = KeyWords {
            folder: "a:b/",
            application_id: "app",
            job_id: "job",
            created: "2026-01-02T03:04:05.678Z".parse().unwrap(),
            piece: 7,
            pieces: 12,
        };
        for (template, key) in [
            (OBJECT_KEY_TEMPLATE, "a:b/app_job_00007.gz"),
            (
                "{prefix}{created}/{piece}-of-{pieces}",
                "a:b/20260102T030405678Z/00007-of-12",
            ),
        ] {
            let parsed = ObjectKeyTemplate::parse(template).unwrap();
            assert_eq!(parsed.key(&words), key);
            assert_eq!(parsed.to_string(), template);
        }
    }

    #[test]
    fn templates_that_lose_objects_are_refused() {
        for (template, error) in [
            ("{prefix}{piece", TemplateError::OpenBrace),
            (
                "{prefix}{part}",
                TemplateError::UnknownWord("part".to_owned()),
            ),
            ("{prefix}x.gz", TemplateError::MissingWord("piece")),
            ("{piece}.gz", TemplateError::MissingWord("prefix")),
        ] {
            assert_eq!(ObjectKeyTemplate::parse(template), Err(error));
        }
    }

    proptest! {
        #[test]
        fn pieces_partition_the_endpoints(per_piece in 1_u64..200_000, pieces in 0_u64..2_000, spare in 0_u64..200_000) {
            let endpoints = (per_piece * pieces).saturating_sub(spare);
            let pieces = count(endpoints, per_piece);
            let mut next = 0;
            for index in 0..pieces {
                let ranks = ranks(endpoints, pieces, index);
                prop_assert_eq!(ranks.start, next);
                prop_assert!((1..=per_piece).contains(&(ranks.end - ranks.start)));
                next = ranks.end;
            }
            prop_assert_eq!(next, endpoints);
        }

        #[test]
        fn gzip_reads_back_and_starts_with_javas_header(text: Vec<u8>, level in 0_u32..=9) {
            let mut writer = GzipWriter::new(Vec::new(), level).unwrap();
            writer.write_all(&text).unwrap();
            writer.flush().unwrap();
            let mut flushed = vec![0; text.len()];
            GzDecoder::new(writer.deflate.get_ref().as_slice()).read_exact(&mut flushed).unwrap();
            prop_assert_eq!(&flushed, &text);
            let bytes = writer.finish().unwrap();
            prop_assert_eq!(&bytes[..10], &GZIP_HEADER[..]);
            let mut read = Vec::new();
            GzDecoder::new(bytes.as_slice()).read_to_end(&mut read).unwrap();
            prop_assert_eq!(read, text);
        }
    }
}

//! Which objects are the files of an import job.

use crate::facts::limits::{IMPORT_BYTES_MAX, IMPORT_FILES_MAX};
use crate::model::segment::Format;

/// The files that a prefix stands for, as they are found.
#[derive(Debug, Default)]
pub(crate) struct Files {
    keys: Vec<String>,
    bytes: u64,
}

/// Why a source cannot be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooMuch {
    Files,
    Bytes,
}

impl Files {
    /// Adds a file of so many bytes.
    ///
    /// # Errors
    /// More than an import job may hold.
    pub(crate) fn add(&mut self, key: &str, bytes: u64) -> Result<(), TooMuch> {
        self.keys.push(key.to_owned());
        self.bytes = self.bytes.saturating_add(bytes);
        if self.keys.len() > IMPORT_FILES_MAX {
            return Err(TooMuch::Files);
        }
        if self.bytes > IMPORT_BYTES_MAX {
            return Err(TooMuch::Bytes);
        }
        Ok(())
    }

    /// The keys, in the order in which they were added.
    pub(crate) fn into_keys(self) -> Vec<String> {
        self.keys
    }
}

/// Whether an object under a prefix is a file of the format. One that is named itself always is.
///
/// # Source
/// Only files of the requested format are taken: API model, ImportJobRequest (`Format`); documented.
/// That the end of the name tells the format: assumed; case: import-jobs/files-of-a-prefix
pub(crate) fn is_file_of(format: Format, key: &str) -> bool {
    let extensions: &[&str] = match format {
        Format::Csv => &["csv"],
        Format::Json => &["json", "jsonl", "ndjson"],
    };
    key.rsplit_once('.').is_some_and(|(_, extension)| {
        extensions
            .iter()
            .any(|known| known.eq_ignore_ascii_case(extension))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_the_name_tells_the_format() {
        for (key, csv, json) in [
            ("a.csv", true, false),
            ("a/b.CSV", true, false),
            ("a.json", false, true),
            ("a.jsonl", false, true),
            ("a.ndjson", false, true),
            ("a.json.gz", false, false),
            ("csv", false, false),
            ("a.csv/", false, false),
        ] {
            assert_eq!(is_file_of(Format::Csv, key), csv, "{key}");
            assert_eq!(is_file_of(Format::Json, key), json, "{key}");
        }
    }

    #[test]
    fn files_keep_their_order() {
        let mut files = Files::default();
        for key in ["b.csv", "a.csv", "b.csv"] {
            files.add(key, 1).unwrap();
        }
        assert_eq!(files.into_keys(), ["b.csv", "a.csv", "b.csv"]);
    }

    #[test]
    fn a_gigabyte_in_ten_thousand_files_is_the_most() {
        let mut files = Files::default();
        for _ in 0..IMPORT_FILES_MAX {
            files.add("a.csv", IMPORT_BYTES_MAX / 10_000).unwrap();
        }
        assert_eq!(files.add("a.csv", 0), Err(TooMuch::Files));
        let mut files = Files::default();
        files.add("a.csv", IMPORT_BYTES_MAX).unwrap();
        assert_eq!(files.add("b.csv", 1), Err(TooMuch::Bytes));
        assert_eq!(Files::default().add("a.csv", u64::MAX), Err(TooMuch::Bytes));
    }
}

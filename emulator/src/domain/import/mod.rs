//! Files of import jobs: from text to rows, each an endpoint, some users, or a fault.
//!
//! Called by `operations::import_jobs`, which looks at the first line of the first file, and by
//! `runner::import`, which reads files to their end. Reading is line by line in bounded memory. What
//! becomes of a row is not known here.

mod csv;
mod jackson;
mod json;
mod lines;
mod members;
pub(crate) mod source;

use std::io::{self, BufRead};

use self::csv::{ColumnHint, CsvRows};
use self::json::JsonRows;
use self::lines::Lines;
use crate::domain::endpoint;
use crate::facts::messages::{self, excerpt};
use crate::model::endpoint::EndpointRequest;
use crate::model::segment::Format;

/// One row of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// The line it begins in, from 1.
    pub(crate) line: u64,
    /// How long it is.
    pub(crate) bytes: usize,
    /// What it says, or why that is not to be understood.
    pub(crate) content: Result<RowContent, RowFault>,
}

/// What a row says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RowContent {
    /// An endpoint, with its `Id`.
    Endpoint(Box<EndpointRequest>),
    /// The ids of users whose endpoints are meant; at least one.
    Users(Vec<String>),
}

/// Why a row cannot be taken. It goes into `Failures` behind key and line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RowFault {
    #[error("not an endpoint: {0}")]
    Malformed(String),
    #[error("{found} values under {columns} column names")]
    Fields { found: usize, columns: usize },
    #[error("the value of {} has a line break or a tab in it", excerpt(.0))]
    Whitespace(String),
    #[error("{}", messages::MISSING_ADDRESS)]
    Nobody,
}

/// Why a file cannot be read, or not any further.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileFault {
    #[error("the file could not be read: {0}")]
    Read(#[from] io::Error),
    #[error("the file is compressed")]
    Compressed,
    #[error("line {line}: not UTF-8")]
    NotUtf8 { line: u64 },
    #[error("line {line}: longer than {} bytes", lines::LINE_BYTES_MAX)]
    TooLong { line: u64 },
    #[error("line {line}: more than {} values", csv::FIELDS_MAX)]
    TooManyValues { line: u64 },
    #[error("the file is empty")]
    Empty,
    #[error("`{}` is no attribute of an endpoint that can be imported{hint}", excerpt(.name))]
    UnknownColumn { name: String, hint: ColumnHint },
    #[error("the column `{}` occurs twice", excerpt(.0))]
    ColumnTwice(String),
    /// The first row of a JSON file, in the words of the service's parser.
    #[error("{0}")]
    NotJson(String),
    /// What is wrong with a CSV file that should be JSON.
    #[error("{0} (the file looks like CSV, but Format is JSON)")]
    Csv(Box<FileFault>),
    /// The first row of a JSON file.
    #[error("line {line}: {fault}")]
    FirstRow { line: u64, fault: RowFault },
}

impl FileFault {
    /// Whether the service answers so too, but for a hint of ours behind it.
    pub(crate) fn is_of_the_service(&self) -> bool {
        match self {
            Self::NotJson(_) => true,
            Self::Csv(fault) => fault.is_of_the_service(),
            _ => false,
        }
    }
}

/// The rows of a file of either format.
#[derive(Debug)]
pub(crate) enum Rows<R> {
    Csv(Box<CsvRows<R>>),
    Json(JsonRows<R>),
}

impl<R: BufRead> Rows<R> {
    /// Begins to read. Of a CSV file that is its header.
    ///
    /// # Errors
    /// A file that cannot be read, and a header that is none.
    pub(crate) fn open(format: Format, reader: R) -> Result<Self, FileFault> {
        let lines = Lines::new(reader);
        Ok(match format {
            Format::Csv => Self::Csv(Box::new(CsvRows::open(lines)?)),
            Format::Json => Self::Json(JsonRows::open(lines)),
        })
    }
}

impl<R: BufRead> Iterator for Rows<R> {
    type Item = Result<Row, FileFault>;

    /// After a [`FileFault`] there is nothing more to be had.
    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Csv(rows) => rows.next_row(),
            Self::Json(rows) => rows.next_row(),
        }
        .transpose()
    }
}

/// Reads a file to its end and sees whether it is text in lines, so that a file is taken in whole or,
/// for instance because it is compressed, not at all.
///
/// # Errors
/// Otherwise.
pub(crate) fn check(reader: impl BufRead) -> Result<(), FileFault> {
    let mut lines = Lines::new(reader);
    while lines.advance()? {}
    Ok(())
}

/// Looks at the beginning of a file as the service does before it answers the create call: at the
/// header of CSV, at the first line of JSON.
///
/// # Errors
/// A file that is not of the format.
///
/// # Source
/// aws/aws-sdk issue 660: a first line that is no JSON is answered at create; recorded;
/// case: import-jobs/first-line-is-not-json. CSV: assumed to be looked at likewise;
/// case: import-jobs/unknown-column
pub(crate) fn check_beginning(format: Format, reader: impl BufRead) -> Result<(), FileFault> {
    let mut rows = Rows::open(format, reader)?;
    match &mut rows {
        // What is wrong with the first row of CSV is a fault of that row alone.
        Rows::Csv(_) => Ok(()),
        Rows::Json(rows) => rows.check_first(),
    }
}

impl RowContent {
    /// What a row says that was read as a request. A row that names nothing but users, in `user_ids`,
    /// means their endpoints.
    ///
    /// # Source
    /// The id of a row without `Id`: computed for pairs of id and address in public exports; recorded;
    /// case: import-jobs/rows-without-ids.
    /// Rows with nothing but `User.UserId`: User Guide, segments-importing (2023); documented;
    /// case: import-jobs/rows-of-users. That anything more needs an endpoint to belong to: assumed;
    /// case: import-jobs/bad-rows-are-listed
    fn of(request: EndpointRequest, user_ids: fn(&str) -> Vec<String>) -> Result<Self, RowFault> {
        if request.id.as_ref().is_some_and(|id| !id.is_empty()) {
            return Ok(Self::Endpoint(Box::new(request)));
        }
        if let Some(address) = request
            .address
            .as_deref()
            .filter(|address| !address.is_empty())
        {
            let id = Some(endpoint::id_of_address(address));
            return Ok(Self::Endpoint(Box::new(EndpointRequest { id, ..request })));
        }
        let mut rest = request;
        let user = rest.user.take().unwrap_or_default();
        rest.id = None;
        rest.address = None;
        let users = user_ids(user.user_id.as_deref().unwrap_or_default());
        if users.is_empty() || user.user_attributes.is_some() || rest != EndpointRequest::default()
        {
            return Err(RowFault::Nobody);
        }
        Ok(Self::Users(users))
    }
}

#[cfg(test)]
mod tests;

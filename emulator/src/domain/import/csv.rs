//! CSV: a header of dot paths, and under it an endpoint in each row.

use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;

use csv_core::ReadRecordResult;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde_json::Value;

use super::lines::{LINE_BYTES_MAX, Lines};
use super::members::{self, NOT_TAKEN};
use super::{FileFault, Row, RowContent, RowFault};
use crate::facts::messages::{self, excerpt};
use crate::facts::shapes::Type;
use crate::model::endpoint::EndpointRequest;

/// Most values in a row: all names an application may have, each with all its values.
pub(super) const FIELDS_MAX: usize = 16 * 1024;

/// The rows of a CSV file.
#[derive(Debug)]
pub(crate) struct CsvRows<R> {
    records: Records<R>,
    columns: Vec<(String, Column)>,
}

impl<R: BufRead> CsvRows<R> {
    /// Reads the header.
    ///
    /// # Source
    /// Dot paths, a header for each value of an attribute with several: User Guide,
    /// segments-importing; documented; case: import-jobs/csv-columns. That an unknown column is
    /// refused, and one of a single value that occurs twice: assumed; case: import-jobs/unknown-column
    pub(super) fn open(lines: Lines<R>) -> Result<Self, FileFault> {
        let mut records = Records::new(lines);
        records.advance()?.ok_or(FileFault::Empty)?;
        let mut columns = Vec::new();
        let mut seen = BTreeSet::new();
        for name in records.fields() {
            let Some(column) = Column::parse(name) else {
                let name = name.to_owned();
                let hint = ColumnHint::about(&name);
                return Err(FileFault::UnknownColumn { name, hint });
            };
            if !seen.insert(name.to_owned()) && !column.has_many_values() {
                return Err(FileFault::ColumnTwice(name.to_owned()));
            }
            columns.push((name.to_owned(), column));
        }
        Ok(Self { records, columns })
    }

    /// The next row; lines without anything on them are none.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, FileFault> {
        Ok(self.records.advance()?.map(|line| Row {
            line,
            bytes: self.records.bytes(),
            content: self.parse(),
        }))
    }

    /// # Source
    /// Line breaks and tabs are not allowed in values: User Guide, segments-importing; documented.
    /// That they fail the row, and that an empty value stands for none: assumed;
    /// case: import-jobs/csv-quoting
    fn parse(&self) -> Result<RowContent, RowFault> {
        let found = self.records.fields().count();
        if found != self.columns.len() {
            return Err(RowFault::Fields {
                found,
                columns: self.columns.len(),
            });
        }
        let mut request = EndpointRequest::default();
        for ((name, column), value) in self.columns.iter().zip(self.records.fields()) {
            if value.contains(['\n', '\r', '\t']) {
                return Err(RowFault::Whitespace(name.clone()));
            }
            if !value.is_empty() {
                column.set(&mut request, name, value)?;
            }
        }
        RowContent::of(request, |user_ids| {
            let ids = user_ids.split(' ').filter(|id| !id.is_empty());
            ids.map(str::to_owned).collect()
        })
    }
}

/// Whether a line is a header, so that a file of the other format can be told.
pub(super) fn is_header(line: &str) -> bool {
    let mut names = line.split(',').map(|name| name.trim_matches('"'));
    names.all(|name| Column::parse(name).is_some())
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Column {
    Id,
    ChannelType,
    Address,
    OptOut,
    Latitude,
    Longitude,
    PostalCode,
    City,
    Region,
    Country,
    Make,
    Model,
    ModelVersion,
    Timezone,
    Locale,
    AppVersion,
    Platform,
    PlatformVersion,
    UserId,
    Attribute(String),
    Metric(String),
    UserAttribute(String),
    /// A member that imports do not take.
    NotTaken,
}

/// The columns of members by their dot paths, but for those in [`NOT_TAKEN`].
const COLUMNS: [(&str, Column); 19] = [
    ("Id", Column::Id),
    ("ChannelType", Column::ChannelType),
    ("Address", Column::Address),
    ("OptOut", Column::OptOut),
    ("Location.Latitude", Column::Latitude),
    ("Location.Longitude", Column::Longitude),
    ("Location.PostalCode", Column::PostalCode),
    ("Location.City", Column::City),
    ("Location.Region", Column::Region),
    ("Location.Country", Column::Country),
    ("Demographic.Make", Column::Make),
    ("Demographic.Model", Column::Model),
    ("Demographic.ModelVersion", Column::ModelVersion),
    ("Demographic.Timezone", Column::Timezone),
    ("Demographic.Locale", Column::Locale),
    ("Demographic.AppVersion", Column::AppVersion),
    ("Demographic.Platform", Column::Platform),
    ("Demographic.PlatformVersion", Column::PlatformVersion),
    ("User.UserId", Column::UserId),
];

type MakeColumn = fn(String) -> Column;

/// How the columns begin whose names go on with one of the client's own.
const NAMED: [(&str, MakeColumn); 3] = [
    ("Attributes.", Column::Attribute),
    ("Metrics.", Column::Metric),
    ("User.UserAttributes.", Column::UserAttribute),
];

impl Column {
    /// The name of an attribute or a metric may have dots in it.
    fn parse(name: &str) -> Option<Self> {
        if NOT_TAKEN.contains(&name) {
            return Some(Self::NotTaken);
        }
        let known = COLUMNS.iter().find(|(known, _)| *known == name);
        let named = || {
            NAMED.iter().find_map(|(begin, column)| {
                let rest = name.strip_prefix(begin)?;
                (!rest.is_empty()).then(|| column(rest.to_owned()))
            })
        };
        known.map(|(_, column)| column.clone()).or_else(named)
    }

    fn has_many_values(&self) -> bool {
        matches!(self, Self::Attribute(_) | Self::UserAttribute(_))
    }

    /// Sets a member to a value, or adds the value to its list.
    fn set(&self, request: &mut EndpointRequest, name: &str, value: &str) -> Result<(), RowFault> {
        let text = || Some(value.to_owned());
        let number = || -> Result<f64, RowFault> {
            let number = value.parse().ok().filter(|number: &f64| number.is_finite());
            number.ok_or_else(|| {
                let expected = Type::Double.described();
                let fault = messages::wrong_type(excerpt(name), expected, &excerpt(value));
                RowFault::Malformed(fault)
            })
        };
        match self {
            Self::Id => request.id = text(),
            Self::Address => request.address = text(),
            Self::ChannelType => {
                request.channel_type = Some(one_of(value, name)?);
            }
            Self::OptOut => request.opt_out = Some(one_of(value, name)?),
            Self::Latitude => {
                request.location.get_or_insert_default().latitude = Some(number()?);
            }
            Self::Longitude => {
                request.location.get_or_insert_default().longitude = Some(number()?);
            }
            Self::PostalCode => request.location.get_or_insert_default().postal_code = text(),
            Self::City => request.location.get_or_insert_default().city = text(),
            Self::Region => request.location.get_or_insert_default().region = text(),
            Self::Country => request.location.get_or_insert_default().country = text(),
            Self::Make => request.demographic.get_or_insert_default().make = text(),
            Self::Model => request.demographic.get_or_insert_default().model = text(),
            Self::ModelVersion => {
                request.demographic.get_or_insert_default().model_version = text();
            }
            Self::Timezone => request.demographic.get_or_insert_default().timezone = text(),
            Self::Locale => request.demographic.get_or_insert_default().locale = text(),
            Self::AppVersion => request.demographic.get_or_insert_default().app_version = text(),
            Self::Platform => request.demographic.get_or_insert_default().platform = text(),
            Self::PlatformVersion => {
                request.demographic.get_or_insert_default().platform_version = text();
            }
            Self::UserId => request.user.get_or_insert_default().user_id = text(),
            Self::Attribute(name) => {
                let attributes = request.attributes.get_or_insert_default();
                attributes.entry(name.clone()).or_default().extend(text());
            }
            Self::Metric(name) => {
                let metrics = request.metrics.get_or_insert_default();
                metrics.insert(name.clone(), number()?);
            }
            Self::UserAttribute(name) => {
                let user = request.user.get_or_insert_default();
                let attributes = user.user_attributes.get_or_insert_default();
                attributes.entry(name.clone()).or_default().extend(text());
            }
            Self::NotTaken => {}
        }
        Ok(())
    }
}

/// What somebody may have meant by a header that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ColumnHint {
    /// It is a line of JSON.
    Json,
    /// It has this between its names instead of commas.
    Separator(char),
    /// A column has almost this name.
    Similar(String),
    /// A member that imports do not take has almost this name.
    NotTaken(&'static str),
    None,
}

impl ColumnHint {
    /// About `name`, the first name in its file that is none.
    ///
    /// # Source
    /// Assumed: nothing is known of the service's words; case: import-jobs/headers-that-are-none
    fn about(name: &str) -> Self {
        let parts_by = |separator: char| {
            let mut parts = name.split(separator).map(str::trim);
            name.contains(separator) && parts.all(|part| Column::parse(part).is_some())
        };
        if name.trim_start().starts_with(['{', '[']) {
            return Self::Json;
        }
        if let Some(separator) = [';', '\t', '|'].into_iter().find(|c| parts_by(*c)) {
            return Self::Separator(separator);
        }
        let not_taken = NOT_TAKEN
            .into_iter()
            .find(|known| known.eq_ignore_ascii_case(name.trim()));
        not_taken
            .map(Self::NotTaken)
            .or_else(|| Self::similar(name).map(Self::Similar))
            .unwrap_or(Self::None)
    }

    /// The name of a column that differs in blanks around it, in case, or in the object it lies in.
    fn similar(name: &str) -> Option<String> {
        let name = name.trim();
        let is_similar = |known: &str| {
            let last = known.rsplit('.').next().unwrap_or_default();
            known.eq_ignore_ascii_case(name) || last.eq_ignore_ascii_case(name)
        };
        let known = COLUMNS.iter().find(|(known, _)| is_similar(known));
        let named = || {
            NAMED.iter().find_map(|(begin, _)| {
                let (sent, rest) = name.split_at_checked(begin.len())?;
                let is_similar = sent.eq_ignore_ascii_case(begin) && !rest.is_empty();
                is_similar.then(|| format!("{begin}{rest}"))
            })
        };
        known.map(|(known, _)| (*known).to_owned()).or_else(named)
    }
}

impl fmt::Display for ColumnHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json => f.write_str("; the file looks like JSON, but Format is CSV"),
            Self::Separator(separator) => {
                write!(
                    f,
                    "; names and values have to be separated by commas, not by {separator:?}"
                )
            }
            Self::Similar(name) => write!(f, "; the column is called `{}`", excerpt(name)),
            Self::NotTaken(name) => write!(f, "; imports take no {name}, leave the column out"),
            Self::None => Ok(()),
        }
    }
}

/// A value of an enum of the API. What is none is told as of a JSON row.
fn one_of<T: DeserializeOwned>(value: &str, name: &str) -> Result<T, RowFault> {
    let known =
        T::deserialize(IntoDeserializer::<serde::de::value::Error>::into_deserializer(value));
    known.map_err(|error| {
        let row = Value::from_iter([(name, value)]);
        RowFault::Malformed(members::fault(&row).unwrap_or_else(|| error.to_string()))
    })
}

/// The records of a CSV file, one at a time, with the lines they begin in. The `csv` crate would
/// count blank lines as those of the record behind them, and take a quote that is never closed
/// for a record as large as the file.
#[derive(Debug)]
struct Records<R> {
    lines: Lines<R>,
    /// How much of the present line has been read.
    read: usize,
    parser: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
}

impl<R: BufRead> Records<R> {
    fn new(lines: Lines<R>) -> Self {
        Self {
            lines,
            read: 0,
            parser: csv_core::Reader::new(),
            text: vec![0; LINE_BYTES_MAX],
            ends: vec![0; FIELDS_MAX],
            fields: 0,
        }
    }

    /// Reads the next record and answers the number of its first line; `None` at the end.
    fn advance(&mut self) -> Result<Option<u64>, FileFault> {
        let (mut text, mut fields) = (0, 0);
        let mut line = self.lines.number();
        loop {
            if self.read == self.lines.line().len() {
                self.lines.advance()?;
                self.read = 0;
            }
            if text == 0 && fields == 0 {
                line = self.lines.number();
            }
            // At the end of the file the rest is empty, which tells the parser so.
            let (result, read, written, ended) = self.parser.read_record(
                &self.lines.line()[self.read..],
                &mut self.text[text..],
                &mut self.ends[fields..],
            );
            self.read += read;
            text += written;
            fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => return Err(FileFault::TooLong { line }),
                ReadRecordResult::OutputEndsFull => {
                    return Err(FileFault::TooManyValues { line });
                }
                ReadRecordResult::Record => {
                    self.fields = fields;
                    return Ok(Some(line));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// How long the present record is, without quotes.
    fn bytes(&self) -> usize {
        self.ends[..self.fields].last().copied().unwrap_or(0)
    }

    /// The values of the present record.
    fn fields(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends[..self.fields].iter().map(move |end| {
            let field = &self.text[start..*end];
            start = *end;
            std::str::from_utf8(field).expect("lines are UTF-8 and the parser splits at ASCII")
        })
    }
}

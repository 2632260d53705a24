//! CSV: a header of dot paths, and under it an endpoint in each row.

use std::collections::BTreeSet;
use std::io::BufRead;

use csv_core::ReadRecordResult;
use serde::de::{DeserializeOwned, IntoDeserializer};

use super::lines::{LINE_BYTES_MAX, Lines};
use super::{FileFault, Row, RowContent, RowFault};
use crate::model::endpoint::EndpointRequest;

/// Most values in a row: all names an application may have, each with all its values.
const FIELDS_MAX: usize = 16 * 1024;

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
                return Err(FileFault::UnknownColumn(name.to_owned()));
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
    /// A member that imports do not take; see `json`.
    NotTaken,
}

impl Column {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "Id" => Self::Id,
            "ChannelType" => Self::ChannelType,
            "Address" => Self::Address,
            "OptOut" => Self::OptOut,
            "Location.Latitude" => Self::Latitude,
            "Location.Longitude" => Self::Longitude,
            "Location.PostalCode" => Self::PostalCode,
            "Location.City" => Self::City,
            "Location.Region" => Self::Region,
            "Location.Country" => Self::Country,
            "Demographic.Make" => Self::Make,
            "Demographic.Model" => Self::Model,
            "Demographic.ModelVersion" => Self::ModelVersion,
            "Demographic.Timezone" => Self::Timezone,
            "Demographic.Locale" => Self::Locale,
            "Demographic.AppVersion" => Self::AppVersion,
            "Demographic.Platform" => Self::Platform,
            "Demographic.PlatformVersion" => Self::PlatformVersion,
            "User.UserId" => Self::UserId,
            "EndpointStatus" | "EffectiveDate" | "RequestId" | "ApplicationId" | "CohortId"
            | "CreationDate" => Self::NotTaken,
            name => return Self::parse_named(name),
        })
    }

    /// The name of an attribute or a metric may have dots in it.
    fn parse_named(path: &str) -> Option<Self> {
        let named = |prefix| {
            let name = path.strip_prefix(prefix)?;
            (!name.is_empty()).then(|| name.to_owned())
        };
        named("Attributes.")
            .map(Self::Attribute)
            .or_else(|| named("Metrics.").map(Self::Metric))
            .or_else(|| named("User.UserAttributes.").map(Self::UserAttribute))
    }

    fn has_many_values(&self) -> bool {
        matches!(self, Self::Attribute(_) | Self::UserAttribute(_))
    }

    /// Sets a member to a value, or adds the value to its list.
    fn set(&self, request: &mut EndpointRequest, name: &str, value: &str) -> Result<(), RowFault> {
        let text = || Some(value.to_owned());
        let number = || -> Result<f64, RowFault> {
            let number = value.parse().ok().filter(|number: &f64| number.is_finite());
            number.ok_or_else(|| RowFault::Number(name.to_owned()))
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

/// A value of an enum of the API.
fn one_of<T: DeserializeOwned>(value: &str, name: &str) -> Result<T, RowFault> {
    let known =
        T::deserialize(IntoDeserializer::<serde::de::value::Error>::into_deserializer(value));
    known.map_err(|_| RowFault::Value(value.to_owned(), name.to_owned()))
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
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    return Err(FileFault::TooLong { line });
                }
                ReadRecordResult::Record => {
                    self.fields = fields;
                    return Ok(Some(line));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
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

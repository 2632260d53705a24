//! JSON Lines: an endpoint in each line, as exports write them.

use std::io::BufRead;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::lines::Lines;
use super::{FileFault, Row, RowContent, RowFault, csv, jackson, members};
use crate::facts::messages;
use crate::model::endpoint::{
    AttributeMap, ChannelType, EndpointDemographic, EndpointLocation, EndpointRequest,
    EndpointUser, MetricMap, OptOut,
};

/// The rows of a JSON file.
#[derive(Debug)]
pub(crate) struct JsonRows<R> {
    lines: Lines<R>,
}

impl<R: BufRead> JsonRows<R> {
    pub(super) fn open(lines: Lines<R>) -> Self {
        Self { lines }
    }

    /// The next row; lines without anything on them are none.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, FileFault> {
        while self.lines.advance()? {
            let text = self.lines.line().trim_ascii();
            if !text.is_empty() {
                return Ok(Some(Row {
                    line: self.lines.number(),
                    bytes: text.len(),
                    content: parse(text),
                }));
            }
        }
        Ok(None)
    }

    /// Sees whether the first row is one.
    pub(super) fn check_first(&mut self) -> Result<(), FileFault> {
        let Row { line, content, .. } = self.next_row()?.ok_or(FileFault::Empty)?;
        match content {
            Ok(_) | Err(RowFault::Nobody) => Ok(()),
            Err(fault) => {
                let text = String::from_utf8_lossy(self.lines.line());
                let text = text.trim_end_matches(['\r', '\n']);
                let fault = match jackson::fault(text) {
                    None => FileFault::FirstRow { line, fault },
                    Some(fault) => FileFault::NotJson(fault),
                };
                Err(if csv::is_header(text) {
                    FileFault::Csv(Box::new(fault))
                } else {
                    fault
                })
            }
        }
    }
}

/// A line as exports write it. Those of [`members::NOT_TAKEN`] are named and left alone; a member that
/// nobody knows is a fault, since it would be lost without a word.
///
/// # Source
/// Unknown members: assumed; case: import-jobs/unknown-member
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Line {
    id: Option<String>,
    channel_type: Option<ChannelType>,
    address: Option<String>,
    opt_out: Option<OptOut>,
    location: Option<EndpointLocation>,
    demographic: Option<EndpointDemographic>,
    attributes: Option<AttributeMap>,
    metrics: Option<MetricMap>,
    user: Option<EndpointUser>,
    #[serde(rename = "EndpointStatus")]
    _endpoint_status: Option<IgnoredAny>,
    #[serde(rename = "EffectiveDate")]
    _effective_date: Option<IgnoredAny>,
    #[serde(rename = "RequestId")]
    _request_id: Option<IgnoredAny>,
    #[serde(rename = "ApplicationId")]
    _application_id: Option<IgnoredAny>,
    #[serde(rename = "CohortId")]
    _cohort_id: Option<IgnoredAny>,
    #[serde(rename = "CreationDate")]
    _creation_date: Option<IgnoredAny>,
}

fn parse(text: &[u8]) -> Result<RowContent, RowFault> {
    // Without this an array would pass as the list of a structure's members.
    if !text.starts_with(b"{") {
        return Err(RowFault::Malformed("it is no JSON object".to_owned()));
    }
    let line: Line = serde_json::from_slice(text).map_err(|error| explained(text, &error))?;
    if let Some(path) = unknown_member(&line) {
        return Err(RowFault::Malformed(members::unknown(&path)));
    }
    let request = EndpointRequest {
        id: line.id,
        channel_type: line.channel_type,
        address: line.address,
        opt_out: line.opt_out,
        location: line.location,
        demographic: line.demographic,
        attributes: line.attributes,
        metrics: line.metrics,
        user: line.user,
        ..EndpointRequest::default()
    };
    RowContent::of(request, |user_id| match user_id {
        "" => Vec::new(),
        user_id => vec![user_id.to_owned()],
    })
}

/// Why a line is no endpoint: where it stops being JSON, in the parser's words, or else what is wrong
/// with its members.
fn explained(text: &[u8], error: &serde_json::Error) -> RowFault {
    RowFault::Malformed(match serde_json::from_slice::<Value>(text) {
        // The line is always the parser's first.
        Err(error) => error
            .to_string()
            .replace(" at line 1 column ", " at column "),
        // Of several members of one name the last was looked at.
        Ok(row) => members::fault(&row).unwrap_or_else(|| occurs_twice(error)),
    })
}

/// Only a member that is known is told apart from its double, so that its name is short.
fn occurs_twice(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let name = text.split('`').nth(1).unwrap_or_default();
    format!("the member `{name}` occurs twice")
}

/// The first member of an object in the line that nobody knows.
fn unknown_member(line: &Line) -> Option<String> {
    let objects = [
        (
            "Location",
            line.location.as_ref().map(|object| &object.unknown),
        ),
        (
            "Demographic",
            line.demographic.as_ref().map(|object| &object.unknown),
        ),
        ("User", line.user.as_ref().map(|object| &object.unknown)),
    ];
    objects.into_iter().find_map(|(name, unknown)| {
        let (member, _) = unknown?.first()?;
        Some(messages::member_path(name, member))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::facts::shapes::{Shape, ShapeSpec};

    #[test]
    fn a_line_has_the_members_of_the_model_and_those_that_are_not_taken() {
        let ShapeSpec::Structure(members) = Shape::EndpointBatchItem.spec() else {
            panic!("it is a structure");
        };
        let mut expected: BTreeSet<&str> = members.iter().map(|member| member.name).collect();
        expected.extend(members::NOT_TAKEN);
        // Serde names all members when it meets one that it does not know.
        let error = serde_json::from_str::<Line>(r#"{"?":0}"#).err().unwrap();
        let error = error.to_string();
        let (_, known) = error.split_once("expected one of ").unwrap();
        let known: BTreeSet<&str> = known.split('`').skip(1).step_by(2).collect();
        assert_eq!(known, expected);
        for name in members::NOT_TAKEN {
            let line = format!(r#"{{"Id":"a","{name}":[]}}"#);
            assert!(parse(line.as_bytes()).is_ok(), "{line}");
        }
    }
}

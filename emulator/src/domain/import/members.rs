//! The members that imports do not take, and what is wrong with a JSON row that is well-formed, in the
//! terms of JSON and by the member's path.
//!
//! `csv` and `json` leave out the former; `json` asks for the latter about rows that it could not read.

use serde_json::Value;

use crate::facts::messages;
use crate::facts::shapes::{Shape, ShapeSpec, Type};

/// Members of an export line that imports pass over, whatever they hold, so that an unpacked export can
/// be imported as it is.
///
/// # Source
/// `EndpointStatus` and `EffectiveDate` "not supported": User Guide, segments-importing; documented.
/// That they and the members only the service writes are passed over: assumed;
/// case: import-jobs/members-not-taken
pub(super) const NOT_TAKEN: [&str; 6] = [
    "EndpointStatus",
    "EffectiveDate",
    "RequestId",
    "ApplicationId",
    "CohortId",
    "CreationDate",
];

/// The first fault of a row, by the names of its members: a member that nobody knows, or a value that is not of its type.
pub(super) fn fault(row: &Value) -> Option<String> {
    check("", Type::Shape(Shape::EndpointBatchItem), row).err()
}

fn check(path: &str, expected: Type, value: &Value) -> Result<(), String> {
    let inside = |name: &str| messages::member_path(path, name);
    match (expected, value) {
        (Type::Shape(shape), value) => match (shape.spec(), value) {
            (ShapeSpec::Structure(members), Value::Object(object)) => {
                for (name, value) in object {
                    if path.is_empty() && NOT_TAKEN.contains(&name.as_str()) {
                        continue;
                    }
                    let path = inside(name);
                    let member = members.iter().find(|member| member.name == name);
                    let member = member.ok_or_else(|| unknown(&path))?;
                    if !value.is_null() {
                        check(&path, member.value, value)?;
                    }
                }
                Ok(())
            }
            (ShapeSpec::Enumeration(texts), Value::String(text)) => one_of(path, texts, text),
            _ => Err(wrong_type(path, expected, value)),
        },
        (Type::OneOf(texts), Value::String(text)) => one_of(path, texts, text),
        (Type::String, Value::String(_)) | (Type::Double, Value::Number(_)) => Ok(()),
        (Type::List(item), Value::Array(items)) => {
            (0..).zip(items).try_for_each(|(index, value): (usize, _)| {
                check(&format!("{path}[{index}]"), *item, value)
            })
        }
        (Type::Map { value: item, .. }, Value::Object(entries)) => entries
            .iter()
            .try_for_each(|(name, value)| check(&inside(name), *item, value)),
        _ => Err(wrong_type(path, expected, value)),
    }
}

/// The text about a member that endpoints do not have.
pub(super) fn unknown(path: &str) -> String {
    format!("unknown member `{path}`")
}

fn one_of(path: &str, texts: &[&str], text: &str) -> Result<(), String> {
    if texts.contains(&text) {
        return Ok(());
    }
    Err(messages::unknown_value(path, texts, text))
}

fn wrong_type(path: &str, expected: Type, found: &Value) -> String {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    messages::wrong_type(path, expected.described(), found)
}

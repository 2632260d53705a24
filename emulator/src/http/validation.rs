//! Reads a request body strictly, by the shape that the API model gives it, before it becomes a type.
//!
//! Called by `calls` for every operation with a body. One pass over the bytes finds the first fault
//! in the order in which the body is written; what a structure lacks is found where it ends, in the
//! order of the table. For an UpdateEndpoint it takes a third of the time that serde then takes. Rules
//! beyond the model (lengths, dates, what belongs together) are those of the operations.
//!
//! # Source
//! How strictly the service read is unknown but for the parser it read with, Java's Jackson. Types,
//! required members and enumerations are the API model's: documented;
//! case: validation/wrong-type-names-the-member. Where the model is silent, assumed:
//! - `null` is the same as leaving out the member, or the name in a map; case: validation/null-is-absent
//! - `null` in a list is refused, as the Smithy specification asks of servers;
//!   case: validation/null-in-a-list
//! - of a member that is written twice the last one counts, as with Jackson;
//!   case: validation/last-of-two-members-counts
//! - members that the model does not know are ignored; case: protocol/unknown-members-are-ignored
//! - nothing is converted: `"5"` is no number and `5.0` no integer; case: validation/nothing-is-converted

use std::cell::{Cell, RefCell};
use std::fmt;

use indexmap::IndexMap;
use serde::de::{DeserializeOwned, DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::facts::limits::BODY_DEPTH_MAX;
use crate::facts::messages;
use crate::facts::shapes::{Member, Shape, ShapeSpec, Type};
use crate::model::open_shape::Name;

/// The body as `T`, which has the members of `shape`.
///
/// # Errors
/// The text for the caller, which names the member at fault.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8], shape: Shape) -> Result<T, String> {
    let text = str::from_utf8(body).map_err(|_| messages::malformed_body("it is not UTF-8"))?;
    let malformed = |error: serde_json::Error| messages::malformed_body(&error.to_string());
    match check(text, shape)? {
        Form::Plain => serde_json::from_str(text).map_err(malformed),
        Form::Untidy => {
            let text = tidied(text).map_err(malformed)?;
            serde_json::from_str(&text).map_err(malformed)
        }
    }
}

/// How a body that has no fault is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As serde takes it.
    Plain,
    /// With a member twice or with a name in a map that is null, as serde does not take it.
    Untidy,
}

fn check(text: &str, shape: Shape) -> Result<Form, String> {
    if text.trim_ascii().is_empty() {
        return Err(messages::malformed_body("it is empty"));
    }
    let reading = Reading::default();
    let body = Place {
        path: Path::Body,
        depth: 0,
        reading: &reading,
    };
    let mut json = serde_json::Deserializer::from_str(text);
    let read = body
        .expect(Type::Shape(shape))
        .deserialize(&mut json)
        .and_then(|_| json.end());
    match (reading.fault.into_inner(), read) {
        (Some(fault), _) => Err(fault),
        (None, Err(error)) => {
            let path = reading.broken_in.into_inner().unwrap_or_default();
            Err(messages::malformed_in(&error.to_string(), &path))
        }
        (None, Ok(())) if reading.is_untidy.get() => Ok(Form::Untidy),
        (None, Ok(())) => Ok(Form::Plain),
    }
}

/// The same JSON without members that are null, and with the last of those of one name only, at the
/// place of the first.
fn tidied(text: &str) -> serde_json::Result<String> {
    let mut json: Json = serde_json::from_str(text)?;
    json.drop_nulls();
    serde_json::to_string(&json)
}

/// JSON that keeps the order of its members.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Json {
    Null(()),
    Boolean(bool),
    Number(serde_json::Number),
    String(String),
    List(Vec<Json>),
    Object(IndexMap<String, Json>),
}

impl Json {
    fn drop_nulls(&mut self) {
        match self {
            Self::List(items) => items.iter_mut().for_each(Self::drop_nulls),
            Self::Object(members) => {
                members.retain(|_, value| !matches!(value, Self::Null(())));
                members.values_mut().for_each(Self::drop_nulls);
            }
            Self::Null(()) | Self::Boolean(_) | Self::Number(_) | Self::String(_) => {}
        }
    }
}

/// Written out, since the derived form for untagged enums copies what lies within at every level.
impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

#[derive(Debug)]
struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null(()))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Boolean(value))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json, E> {
        let number = serde_json::Number::from_f64(number);
        number
            .map(Json::Number)
            .ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = IndexMap::new();
        while let Some((name, value)) = map.next_entry()? {
            members.insert(name, value);
        }
        Ok(Json::Object(members))
    }
}

/// What is noted while a body is read.
#[derive(Debug, Default)]
struct Reading {
    fault: RefCell<Option<String>>,
    is_untidy: Cell<bool>,
    /// The innermost member in which the text stopped being JSON.
    broken_in: RefCell<Option<String>>,
}

/// Where in the body a value stands.
#[derive(Debug, Clone, Copy)]
enum Path<'a> {
    Body,
    Member { of: &'a Path<'a>, name: &'a str },
    Item { of: &'a Path<'a>, index: usize },
}

/// `SegmentGroups.Groups[0].Dimensions`, and `Attributes["a b"]` for names that are not a word.
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => Ok(()),
            Self::Member { of, name } => f.write_str(&messages::member_path(of, name)),
            Self::Item { of, index } => write!(f, "{of}[{index}]"),
        }
    }
}

/// A place in the body that is about to be read.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    path: Path<'a>,
    /// How many lists and objects it lies in.
    depth: usize,
    reading: &'a Reading,
}

impl<'a> Place<'a> {
    fn expect(self, expected: Type) -> Expectation<'a> {
        Expectation {
            place: self,
            expected,
        }
    }

    fn member<'b>(&'b self, name: &'b str) -> Place<'b> {
        let of = &self.path;
        self.inside(Path::Member { of, name })
    }

    fn item(&self, index: usize) -> Place<'_> {
        let of = &self.path;
        self.inside(Path::Item { of, index })
    }

    fn inside<'b>(&'b self, path: Path<'b>) -> Place<'b> {
        Place {
            path,
            depth: self.depth + 1,
            reading: self.reading,
        }
    }

    /// Before a list or an object is entered.
    fn check_depth<E: Error>(&self) -> Result<(), E> {
        if self.depth < BODY_DEPTH_MAX {
            return Ok(());
        }
        self.fail(messages::malformed_body(messages::TOO_DEEP))
    }

    /// Ends the reading; the error itself is never shown.
    fn fail<T, E: Error>(&self, fault: String) -> Result<T, E> {
        *self.reading.fault.borrow_mut() = Some(fault);
        Err(E::custom("the body is not of its shape"))
    }
}

/// Whether a member is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Presence {
    Null,
    Value,
}

/// Reads a value that should be of a type.
#[derive(Debug, Clone, Copy)]
struct Expectation<'a> {
    place: Place<'a>,
    expected: Type,
}

impl Expectation<'_> {
    fn wrong_type<T, E: Error>(&self, found: &str) -> Result<T, E> {
        let path = &self.place.path;
        self.place.fail(match path {
            Path::Body => messages::malformed_body("it is no JSON object"),
            _ => messages::wrong_type(path, self.expected.described(), found),
        })
    }

    fn number<E: Error>(&self, is_integer: bool) -> Result<Presence, E> {
        match self.expected {
            Type::Double => Ok(Presence::Value),
            Type::Integer if is_integer => Ok(Presence::Value),
            Type::Integer => self.wrong_type("another number"),
            _ => self.wrong_type("a number"),
        }
    }

    fn text<E: Error>(&self, text: &str) -> Result<Presence, E> {
        match self.expected {
            Type::String | Type::Timestamp | Type::Blob => Ok(Presence::Value),
            Type::OneOf(texts) => self.one_of(texts, text),
            Type::Shape(shape) if let ShapeSpec::Enumeration(texts) = shape.spec() => {
                self.one_of(texts, text)
            }
            _ => self.wrong_type("a string"),
        }
    }

    fn one_of<E: Error>(&self, texts: &[&str], text: &str) -> Result<Presence, E> {
        if texts.contains(&text) {
            return Ok(Presence::Value);
        }
        let path = &self.place.path;
        self.place.fail(messages::unknown_value(path, texts, text))
    }

    fn members<'de, A: MapAccess<'de>>(
        &self,
        shape: Shape,
        members: &[Member],
        mut map: A,
    ) -> Result<(), A::Error> {
        let place = &self.place;
        // One bit a member, by its number in the table.
        let (mut seen, mut present) = (0_u64, 0_u64);
        while let Some(Name(name)) = map.next_key()? {
            let Some(number) = members.iter().position(|member| member.name == name) else {
                if matches!(place.path, Path::Body) && name == shape.name() {
                    return place.fail(messages::wrapped(shape.name()));
                }
                map.next_value_seed(Ignored(place.member(&name)))?;
                continue;
            };
            let bit = 1 << number;
            if seen & bit != 0 {
                place.reading.is_untidy.set(true);
            }
            seen |= bit;
            let member = place.member(&name).expect(members[number].value);
            match map.next_value_seed(member)? {
                Presence::Value => present |= bit,
                Presence::Null => present &= !bit,
            }
        }
        if shape.is_answered_by_itself() {
            return Ok(());
        }
        for (number, member) in members.iter().enumerate() {
            if member.required && present & (1 << number) == 0 {
                let path = place.member(member.name).path;
                return place.fail(messages::missing_member(path));
            }
        }
        Ok(())
    }

    fn entries<'de, A: MapAccess<'de>>(
        &self,
        key: Type,
        value: Type,
        mut map: A,
    ) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key()? {
            let entry = self.place.member(&name);
            entry.expect(key).text::<A::Error>(&name)?;
            if map.next_value_seed(entry.expect(value))? == Presence::Null {
                entry.reading.is_untidy.set(true);
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Expectation<'_> {
    type Value = Presence;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Presence, D::Error> {
        deserializer.deserialize_any(self).inspect_err(|_| {
            let mut broken_in = self.place.reading.broken_in.borrow_mut();
            broken_in.get_or_insert_with(|| self.place.path.to_string());
        })
    }
}

impl<'de> Visitor<'de> for Expectation<'_> {
    type Value = Presence;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected.described())
    }

    fn visit_unit<E: Error>(self) -> Result<Presence, E> {
        match self.place.path {
            Path::Body => self.wrong_type("null"),
            _ => Ok(Presence::Null),
        }
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Presence, E> {
        match self.expected {
            Type::Boolean => Ok(Presence::Value),
            _ => self.wrong_type("a boolean"),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Presence, E> {
        self.number(i32::try_from(number).is_ok())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Presence, E> {
        self.number(i32::try_from(number).is_ok())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Presence, E> {
        self.number(false)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Presence, E> {
        self.text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Presence, A::Error> {
        self.place.check_depth()?;
        let Type::List(item_type) = self.expected else {
            return self.wrong_type("a list");
        };
        for index in 0.. {
            let item = self.place.item(index);
            match items.next_element_seed(item.expect(*item_type))? {
                Some(Presence::Value) => {}
                Some(Presence::Null) => {
                    return item.fail(messages::null_in_list(item.path));
                }
                None => break,
            }
        }
        Ok(Presence::Value)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Presence, A::Error> {
        self.place.check_depth()?;
        match self.expected {
            Type::Map { key, value } => self.entries(*key, *value, map)?,
            Type::Shape(shape) if let ShapeSpec::Structure(members) = shape.spec() => {
                self.members(shape, members, map)?;
            }
            _ => return self.wrong_type("an object"),
        }
        Ok(Presence::Value)
    }
}

/// Reads over a value that the model does not know, as deep as allowed.
#[derive(Debug)]
struct Ignored<'a>(Place<'a>);

impl<'de> DeserializeSeed<'de> for Ignored<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Ignored<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.0.check_depth()?;
        while items.next_element_seed(Ignored(self.0.item(0)))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.0.check_depth()?;
        while let Some(Name(name)) = map.next_key()? {
            map.next_value_seed(Ignored(self.0.member(&name)))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

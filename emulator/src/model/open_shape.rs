//! Reading of shapes that keep members they do not know.
//!
//! Used by the endpoint shapes. What `#[serde(flatten)]` would read is the same, but it copies every
//! member before it looks at its name, and imports and exports read many lines.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

/// Members that a shape does not know, in order, their values as they came: a parsed one would forget the
/// order of its members and the form of its numbers. Hardly any endpoint has some, so they take no room
/// before there are any.
#[derive(Debug, Clone, Default)]
pub(crate) struct UnknownMembers(Option<Box<IndexMap<String, Box<RawValue>>>>);

impl UnknownMembers {
    /// Adds a member.
    pub(crate) fn insert(&mut self, name: String, value: Box<RawValue>) {
        self.0.get_or_insert_default().insert(name, value);
    }

    /// Name and text of the first member.
    pub(crate) fn first(&self) -> Option<(&str, &str)> {
        self.iter().next()
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let members = self.0.iter().flat_map(|members| members.iter());
        members.map(|(name, value)| (name.as_str(), value.get()))
    }
}

impl PartialEq for UnknownMembers {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Serialize for UnknownMembers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            None => serializer.serialize_map(Some(0))?.end(),
            Some(members) => members.serialize(serializer),
        }
    }
}

/// The name of a member as it stands in the text, copied only if it has escapes.
#[derive(Debug, Deserialize)]
pub(crate) struct Name<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// Implements `Deserialize` for a structure with a default, optional members and `unknown`, by the
/// names on the wire. A member that is not read by its own type names the newtype that is.
macro_rules! open_shape {
    ($shape:ident {
        $($name:literal => $member:ident $(by $reader:ident)?;)*
        $(required { $($required_name:literal => $required:ident;)* })?
    }) => {
        impl<'de> serde::Deserialize<'de> for $shape {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Members;

                impl<'de> serde::de::Visitor<'de> for Members {
                    type Value = $shape;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str(concat!("the members of ", stringify!($shape)))
                    }

                    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<$shape, A::Error> {
                        use serde::de::Error as _;
                        use $crate::model::open_shape::Name;

                        let mut shape = $shape::default();
                        // A member that is null has occurred.
                        $(let mut $member: Option<_> = None;)*
                        $($(let mut $required = None;)*)?
                        while let Some(Name(name)) = map.next_key()? {
                            match name.as_ref() {
                                $($name => {
                                    if $member.is_some() {
                                        return Err(A::Error::duplicate_field($name));
                                    }
                                    $member = Some($crate::model::open_shape::next_value!(map $($reader)?));
                                })*
                                $($($required_name => {
                                    if $required.is_some() {
                                        return Err(A::Error::duplicate_field($required_name));
                                    }
                                    $required = Some(map.next_value()?);
                                })*)?
                                _ => {
                                    shape.unknown.insert(name.into_owned(), map.next_value()?);
                                }
                            }
                        }
                        $(shape.$member = $member.flatten();)*
                        $($(shape.$required = $required.ok_or_else(|| A::Error::missing_field($required_name))?;)*)?
                        Ok(shape)
                    }
                }

                deserializer.deserialize_map(Members)
            }
        }
    };
}

/// The value of a member, by a newtype if one is named.
macro_rules! next_value {
    ($map:ident) => {
        $map.next_value()?
    };
    ($map:ident $reader:ident) => {
        $map.next_value::<Option<$reader>>()?
            .map(|$reader(value)| value)
    };
}

pub(crate) use {next_value, open_shape};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::model::endpoint::{AttributeMap, EndpointLocation, EndpointUser};
    use crate::model::json;

    /// `EndpointUser` as serde would read it.
    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Derived {
        user_id: Option<String>,
        user_attributes: Option<AttributeMap>,
        #[serde(flatten)]
        unknown: IndexMap<String, Value>,
    }

    proptest! {
        #[test]
        fn a_shape_is_read_as_serde_would_read_it(
            members in prop::collection::vec(
                (
                    prop::sample::select(&["UserId", "User\\u0049d", "UserAttributes", "b", "a"][..]),
                    prop::sample::select(&["null", "1", "\"u\"", "{}", "{\"a\":[\"b\"]}", "[]", "{\"a\":null}", "1e2"][..]),
                ),
                0..5,
            ),
        ) {
            let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let text = format!("{{{}}}", members.join(","));
            let read = serde_json::from_str::<EndpointUser>(&text).ok();
            let value = |(name, text): (&str, &str)| (name.to_owned(), serde_json::from_str(text).unwrap());
            let read = read.map(|user| {
                let unknown: IndexMap<String, Value> = user.unknown.iter().map(value).collect();
                (user.user_id, user.user_attributes, unknown)
            });
            let derived = serde_json::from_str::<Derived>(&text).ok();
            let derived = derived.map(|user| (user.user_id, user.user_attributes, user.unknown));
            prop_assert_eq!(read, derived, "{}", text);
        }
    }

    #[test]
    fn members_that_a_shape_does_not_know_are_written_as_they_were_read() {
        let text =
            r#"{"City":"Oslo","Zone":{"z":[2.50,1e2,{"y":1,"b":"\u00e9"}],"a":{}},"Area":7}"#;
        let location: EndpointLocation = serde_json::from_str(text).unwrap();
        assert_eq!(json::to_vec(&location), text.as_bytes());
        let from_value: EndpointLocation =
            serde_json::from_value(serde_json::from_str(r#"{"Zone":[1]}"#).unwrap()).unwrap();
        assert_eq!(json::to_vec(&from_value), br#"{"Zone":[1]}"#);
    }
}

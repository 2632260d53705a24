//! The policy document of a POST form: what the signer allowed the form to be.
//!
//! Read and applied by `post_form`. Whether the policy's signature is right is judged by `verify`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde_json::Value;

use super::Now;
use crate::facts::answer::ErrorAnswer;
use crate::facts::auth as facts;

/// A parsed policy.
#[derive(Debug)]
pub(super) struct Policy {
    expiration: Timestamp,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone)]
enum Condition {
    Equal {
        field: String,
        value: String,
    },
    StartsWith {
        field: String,
        prefix: String,
    },
    LengthRange {
        bytes_min: u64,
        bytes_max: u64,
    },
    /// Legal JSON that says nothing S3 understands; it fails when it is applied, as on S3.
    Unknown(String),
}

/// The sizes a policy allows.   (bytes, both ends allowed)
pub(super) type LengthRange = (u64, u64);

impl Policy {
    /// Reads the form field `policy`: base64 of JSON.
    pub(super) fn read(field: &str) -> Result<Self, ErrorAnswer> {
        let invalid = facts::policy_invalid;
        // Long fields may arrive wrapped.
        let compact: String = field.split_ascii_whitespace().collect();
        let json = BASE64
            .decode(compact)
            .map_err(|_| invalid(facts::POLICY_BASE64))?;
        let document: Value =
            serde_json::from_slice(&json).map_err(|_| invalid(facts::POLICY_JSON))?;
        let document = document
            .as_object()
            .ok_or_else(|| invalid(facts::POLICY_JSON))?;
        let expiration = document
            .get("expiration")
            .ok_or_else(|| invalid(facts::POLICY_WITHOUT_EXPIRATION))?;
        let expiration = expiration
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or_else(|| invalid(facts::POLICY_EXPIRATION))?;
        let conditions = document
            .get("conditions")
            .ok_or_else(|| invalid(facts::POLICY_WITHOUT_CONDITIONS))?;
        let conditions = conditions
            .as_array()
            .ok_or_else(|| invalid(facts::POLICY_CONDITIONS_NO_LIST))?;
        let conditions = conditions
            .iter()
            .map(read_condition)
            .collect::<Result<Vec<_>, _>>()?
            .concat();
        Ok(Self {
            expiration,
            conditions,
        })
    }

    /// Applies the policy to a form's fields, names in lower case, the bucket among them.
    pub(super) fn check(
        &self,
        fields: &BTreeMap<String, String>,
        now: Now,
    ) -> Result<LengthRange, ErrorAnswer> {
        if now.is_past(self.expiration, 0) {
            return Err(facts::policy_forbids(facts::POLICY_EXPIRED));
        }
        let mut range = (0, u64::MAX);
        for condition in &self.conditions {
            if !condition.holds(fields) {
                return Err(facts::policy_condition_failed(&condition.as_written()));
            }
            if let Condition::LengthRange {
                bytes_min,
                bytes_max,
            } = condition
            {
                range = (range.0.max(*bytes_min), range.1.min(*bytes_max));
            }
        }
        match fields.keys().find(|field| !self.covers(field)) {
            Some(extra) => Err(facts::policy_extra_field(extra)),
            None => Ok(range),
        }
    }

    /// Whether a field may be in the form at all.
    fn covers(&self, field: &str) -> bool {
        matches!(
            field,
            "policy" | "signature" | "awsaccesskeyid" | "x-amz-signature"
        ) || field.starts_with("x-ignore-")
            || self.conditions.iter().any(|condition| match condition {
                Condition::Equal { field: name, .. }
                | Condition::StartsWith { field: name, .. } => name.eq_ignore_ascii_case(field),
                Condition::LengthRange { .. } | Condition::Unknown(_) => false,
            })
    }
}

impl Condition {
    fn holds(&self, fields: &BTreeMap<String, String>) -> bool {
        let found = |field: &str| fields.get(&field.to_ascii_lowercase());
        match self {
            Self::Equal { field, value } => found(field) == Some(value),
            // A list of content types has to match as a whole.
            Self::StartsWith { field, prefix } if field.eq_ignore_ascii_case("content-type") => {
                found(field).is_some_and(|value| {
                    value
                        .split(',')
                        .all(|one| one.trim_start().starts_with(prefix.as_str()))
                })
            }
            Self::StartsWith { field, prefix } => {
                found(field).is_some_and(|value| value.starts_with(prefix.as_str()))
            }
            Self::LengthRange { .. } => true,
            Self::Unknown(_) => false,
        }
    }

    /// As S3 quotes it.
    fn as_written(&self) -> String {
        let list = |operator: &str, field: &str, value: &str| {
            let [operator, field, value] =
                [operator, &format!("${field}"), value].map(|text| Value::from(text).to_string());
            format!("[{operator}, {field}, {value}]")
        };
        match self {
            Self::Equal { field, value } => list("eq", field, value),
            Self::StartsWith { field, prefix } => list("starts-with", field, prefix),
            Self::LengthRange {
                bytes_min,
                bytes_max,
            } => {
                format!("[\"content-length-range\", {bytes_min}, {bytes_max}]")
            }
            Self::Unknown(written) => written.clone(),
        }
    }
}

/// One element of `conditions`; an object may hold several.
fn read_condition(condition: &Value) -> Result<Vec<Condition>, ErrorAnswer> {
    let unknown = || vec![Condition::Unknown(condition.to_string())];
    match condition {
        Value::Object(pairs) if pairs.is_empty() => {
            Err(facts::policy_invalid(facts::POLICY_SIMPLE_CONDITION))
        }
        Value::Object(pairs) => Ok(pairs
            .iter()
            .map(|(field, value)| match value {
                Value::String(value) => Condition::Equal {
                    field: field.clone(),
                    value: value.clone(),
                },
                _ => Condition::Unknown(condition.to_string()),
            })
            .collect()),
        Value::Array(elements) => {
            let operator = elements
                .first()
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_ascii_lowercase();
            if operator == "content-length-range" {
                return length_range(elements).map(|range| vec![range]);
            }
            let [_, Value::String(field), Value::String(value)] = elements.as_slice() else {
                return Ok(unknown());
            };
            let Some(field) = field.strip_prefix('$').map(str::to_owned) else {
                return Ok(unknown());
            };
            let value = value.clone();
            Ok(match operator.as_str() {
                "eq" => vec![Condition::Equal { field, value }],
                "starts-with" => vec![Condition::StartsWith {
                    field,
                    prefix: value,
                }],
                _ => unknown(),
            })
        }
        _ => Err(facts::policy_invalid(facts::POLICY_CONDITION_KIND)),
    }
}

fn length_range(elements: &[Value]) -> Result<Condition, ErrorAnswer> {
    match elements
        .iter()
        .map(Value::as_u64)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [_, Some(bytes_min), Some(bytes_max)] => Ok(Condition::LengthRange {
            bytes_min: *bytes_min,
            bytes_max: *bytes_max,
        }),
        _ => Err(facts::policy_invalid(facts::POLICY_LENGTH_RANGE)),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check(policy: &str, fields: &[(&str, &str)]) -> Result<LengthRange, String> {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let now = Now {
            wall: "2026-01-01T00:00:00Z".parse().unwrap(),
            advanced: Duration::from_mins(1),
        };
        let policy =
            Policy::read(&BASE64.encode(policy)).map_err(|answer| answer.message.into_owned())?;
        policy
            .check(&fields, now)
            .map_err(|answer| answer.message.into_owned())
    }

    #[test]
    fn a_form_must_be_what_the_policy_allows() {
        let form = [
            ("bucket", "pets"),
            ("key", "cats/tom"),
            ("content-type", "image/png, image/gif"),
        ];
        let base = r#"{"BUCKET":"pets"},["starts-with","$Content-Type","image/"]"#;
        for (conditions, expected) in [
            (r#"["eq","$key","cats/tom"]"#, Ok((0, u64::MAX))),
            (r#"["EQ","$KEY","cats/tom"]"#, Ok((0, u64::MAX))),
            (r#"{"key":"cats/tom"}"#, Ok((0, u64::MAX))),
            (
                r#"["starts-with","$key","cats/"],["content-length-range",1,10]"#,
                Ok((1, 10)),
            ),
            (r#"["starts-with","$key",""]"#, Ok((0, u64::MAX))),
            (
                r#"["eq","$key","dogs"]"#,
                Err(r#"Policy Condition failed: ["eq", "$key", "dogs"]"#),
            ),
            (
                r#"["starts-with","$key","dogs/"]"#,
                Err(r#"Policy Condition failed: ["starts-with", "$key", "dogs/"]"#),
            ),
            (
                r#"["eq","$key","cats/tom"],["eq","$acl",""]"#,
                Err(r#"Policy Condition failed: ["eq", "$acl", ""]"#),
            ),
            (
                r#"["eq","$key","cats/tom"],["ends-with","$key","tom"]"#,
                Err(r#"Policy Condition failed: ["ends-with","$key","tom"]"#),
            ),
            (
                r#"["content-length-range",1,10]"#,
                Err("Extra input fields: key"),
            ),
        ] {
            let policy = format!(
                r#"{{"expiration":"2026-01-01T00:01:00Z","conditions":[{base},{conditions}]}}"#
            );
            let expected =
                expected.map_err(|detail: &str| format!("Invalid according to Policy: {detail}"));
            assert_eq!(check(&policy, &form), expected, "{conditions}");
        }
    }

    #[test]
    fn a_policy_expires_by_the_wall_clock_and_the_time_advanced() {
        let policy =
            |expiration: &str| format!(r#"{{"expiration":"{expiration}","conditions":[]}}"#);
        assert_eq!(
            check(&policy("2026-01-01T00:01:00.000Z"), &[]),
            Ok((0, u64::MAX))
        );
        assert_eq!(
            check(&policy("2026-01-01T00:00:59.999Z"), &[]).unwrap_err(),
            "Invalid according to Policy: Policy expired."
        );
    }

    #[test]
    fn a_policy_that_cannot_be_read_is_invalid() {
        for policy in [
            "",
            "no json",
            "[]",
            r#"{"conditions":[]}"#,
            r#"{"expiration":"2027-01-01T00:00:00Z"}"#,
            r#"{"EXPIRATION":"2027-01-01T00:00:00Z","conditions":[]}"#,
            r#"{"expiration":"2027-01-01 noon","conditions":[]}"#,
            r#"{"expiration":"2027-01-01T00:00:00Z","conditions":{}}"#,
            r#"{"expiration":"2027-01-01T00:00:00Z","conditions":[{}]}"#,
            r#"{"expiration":"2027-01-01T00:00:00Z","conditions":["eq"]}"#,
            r#"{"expiration":"2027-01-01T00:00:00Z","conditions":[["content-length-range",0]]}"#,
            r#"{"expiration":"2027-01-01T00:00:00Z","conditions":[["content-length-range",-1,0]]}"#,
        ] {
            let refusal = check(policy, &[]).unwrap_err();
            assert!(
                refusal.starts_with("Invalid Policy: "),
                "{policy}: {refusal}"
            );
        }
        assert!(Policy::read("%%%").is_err());
    }
}

//! Ids of accounts, applications and jobs, parsed once and then trusted.
//!
//! Endpoint and user ids are whatever text the client chose, so they have no type here.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::seed::Seed;

/// A 12-digit AWS account number.   Example: `000000000000`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct AccountId(String);

impl AccountId {
    /// Accepts exactly twelve ASCII digits.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let valid = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        valid.then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for AccountId {
    fn default() -> Self {
        Self("0".repeat(12))
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A region name.   Example: `us-east-1`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Region(String);

impl Region {
    /// Accepts lower-case letters, digits and hyphens, 1 to 32 of them: new regions keep coming, so
    /// there is no list.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let valid = (1..=32).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        valid.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Region {
    fn default() -> Self {
        Self("us-east-1".to_owned())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An application's id: 32 lower-case hex characters when the service makes it, any label without
/// `/` when a user configures one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ApplicationId(String);

/// An export job's id: 32 lower-case hex characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct JobId(String);

/// A segment's id: 32 lower-case hex characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct SegmentId(String);

impl ApplicationId {
    /// Accepts 1 to 64 ASCII letters, digits, `-` and `_`: what can stand in a path and in an S3
    /// key.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let valid = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        valid.then(|| Self(text.to_owned()))
    }

    /// The id that `seed` stands for.
    pub(crate) fn derive(seed: &Seed) -> Self {
        Self(hex_id(seed))
    }

    /// The characters.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What all ids can do that only the service gives out.
macro_rules! given_out {
    ($($name:ident)*) => {
        $(impl $name {
            /// Accepts what can stand in a path; an id that was never given out is simply not found.
            pub(crate) fn parse(text: &str) -> Option<Self> {
                ApplicationId::parse(text).map(|id| Self(id.0))
            }

            /// The id that `seed` stands for.
            pub(crate) fn derive(seed: &Seed) -> Self {
                Self(hex_id(seed))
            }

            /// The characters.
            pub(crate) fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        })*
    };
}

given_out! { JobId SegmentId }

/// # Source
/// Ids are UUIDs without hyphens: every sample of the Developer Guide; recorded.
fn hex_id(seed: &Seed) -> String {
    format!("{:032x}", seed.bits128())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_ids_are_twelve_digits() {
        assert!(AccountId::parse("123456789012").is_some());
        for text in [
            "",
            "12345678901",
            "1234567890123",
            "12345678901a",
            "１23456789012",
        ] {
            assert_eq!(AccountId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn regions_are_labels_in_lower_case() {
        for text in ["us-east-1", "a", &"a".repeat(32)] {
            assert_eq!(Region::parse(text).unwrap().as_str(), text);
            assert_eq!(Region::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "US-EAST-1",
            "us_east_1",
            "us east",
            "ä",
            &"a".repeat(33),
        ] {
            assert_eq!(Region::parse(text), None, "{text}");
        }
    }

    #[test]
    fn ids_show_as_they_were_given() {
        let (account, application) = ("123456789012", "0123456789abcdef0123456789abcdef");
        assert_eq!(AccountId::parse(account).unwrap().to_string(), account);
        let parsed = ApplicationId::parse(application).unwrap();
        assert_eq!(
            (parsed.as_str(), &*parsed.to_string()),
            (application, application)
        );
    }

    #[test]
    fn application_ids_can_stand_in_a_path() {
        assert!(ApplicationId::parse("0123456789abcdef0123456789abcdef").is_some());
        for text in ["", "a/b", "a b", "ä", "..", &"a".repeat(65)] {
            assert_eq!(ApplicationId::parse(text), None, "{text}");
        }
    }
}

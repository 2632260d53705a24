//! Pairs of an access key id and a secret, and on whose behalf they sign.
//!
//! Given at start and never changed after. Read by the auth layer, which verifies signatures with
//! them; how a signature is made is not known here.

use std::collections::BTreeMap;
use std::fmt;

use super::id::AccountId;

/// A key pair.   Example of its text: `AKIDEXAMPLE:secret:123456789012:alice`
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccessKey {
    id: String,
    secret: Secret,
    account: Option<AccountId>,
    user_name: Option<String>,
}

/// A secret access key; it never appears in a log or a message.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// The characters, for making a signature.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl AccessKey {
    /// The pair with which everybody can begin.
    pub(crate) fn test() -> Self {
        Self {
            id: "test".to_owned(),
            secret: Secret("test".to_owned()),
            account: None,
            user_name: None,
        }
    }

    /// Reads `ID:SECRET[:ACCOUNT[:NAME]]`; an empty account is none.
    ///
    /// # Errors
    /// What would be right, without a word of the secret.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut fields = text.split(':');
        let mut field = || fields.next();
        let (Some(id), Some(secret), account, user_name, None) =
            (field(), field(), field(), field(), field())
        else {
            return Err(if text.contains(':') {
                "a pair is ID:SECRET[:ACCOUNT[:NAME]], and no colon may stand in one of the four"
            } else {
                "a pair is ID:SECRET[:ACCOUNT[:NAME]], and this has no colon"
            });
        };
        if !is_word(id, |byte| byte.is_ascii_graphic() && !b"/,".contains(&byte)) {
            return Err(
                "an access key id is one or more printable characters, none of them a slash or a comma",
            );
        }
        if !is_word(secret, |byte| byte.is_ascii_graphic()) {
            return Err("a secret is one or more printable ASCII characters without blanks");
        }
        let account = match account.filter(|account| !account.is_empty()) {
            Some(account) => Some(
                AccountId::parse(account)
                    .ok_or("the account of a pair has 12 digits, and a secret no colon")?,
            ),
            None => None,
        };
        let in_user_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
        if user_name.is_some_and(|name| !is_word(name, in_user_name) || name.len() > 64) {
            return Err("a user name has 1 to 64 letters, digits and characters of _+=,.@-");
        }
        Ok(Self {
            id: id.to_owned(),
            secret: Secret(secret.to_owned()),
            account,
            user_name: user_name.map(str::to_owned),
        })
    }

    /// The access key id.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// What signatures are made with.
    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Whose pair it is, if that was said.
    pub(crate) fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    /// The user whose pair it is, if that was said.
    pub(crate) fn user_name(&self) -> Option<&str> {
        self.user_name.as_deref()
    }
}

fn is_word(text: &str, may_have: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(may_have)
}

/// All pairs that can sign, by id.
#[derive(Debug, Clone)]
pub(crate) struct AccessKeys(BTreeMap<String, AccessKey>);

impl Default for AccessKeys {
    fn default() -> Self {
        let test = AccessKey::test();
        Self(BTreeMap::from([(test.id.clone(), test)]))
    }
}

impl AccessKeys {
    /// These pairs, or the one for everybody if there are none.
    ///
    /// # Errors
    /// An id that is there twice.
    pub(crate) fn new(pairs: Vec<AccessKey>) -> Result<Self, String> {
        if pairs.is_empty() {
            return Ok(Self::default());
        }
        let mut by_id = BTreeMap::new();
        for pair in pairs {
            if let Some(twice) = by_id.insert(pair.id.clone(), pair) {
                return Err(twice.id);
            }
        }
        Ok(Self(by_id))
    }

    /// The pair with this id.
    pub(crate) fn find(&self, id: &str) -> Option<&AccessKey> {
        self.0.get(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_two_to_four_fields() {
        for (text, account, user_name) in [
            ("AKID:secret", None, None),
            ("AKID:s/e+c=r", None, None),
            ("AKID:secret:123456789012", Some("123456789012"), None),
            (
                "AKID:secret:123456789012:alice",
                Some("123456789012"),
                Some("alice"),
            ),
            ("AKID:secret::a.b@c", None, Some("a.b@c")),
            ("AKID:secret:", None, None),
        ] {
            let pair = AccessKey::parse(text).unwrap();
            assert_eq!(pair.id(), "AKID");
            assert_eq!(pair.account().map(AccountId::as_str), account, "{text}");
            assert_eq!(pair.user_name(), user_name, "{text}");
        }
    }

    #[test]
    fn what_is_no_pair_is_refused_without_its_secret() {
        for text in [
            "",
            "AKID",
            ":secret",
            "AKID:",
            "A/K:secret",
            "A K:secret",
            "AKID:sec ret",
            "AKID:secret:12345",
            "AKID:secret:123456789012:",
            "AKID:secret:123456789012:a/b",
            "AKID:secret:123456789012:alice:more",
        ] {
            let reason = AccessKey::parse(text).unwrap_err();
            assert!(!reason.contains("sec ret"), "{text}: {reason}");
        }
    }

    #[test]
    fn a_user_name_has_at_most_64_characters() {
        for (length, is_taken) in [(1, true), (64, true), (65, false)] {
            let text = format!("AKID:secret::{}", "a".repeat(length));
            assert_eq!(AccessKey::parse(&text).is_ok(), is_taken, "{length}");
        }
    }

    #[test]
    fn an_id_is_there_once_and_without_pairs_there_is_a_test_pair() {
        let pair = |text| AccessKey::parse(text).unwrap();
        assert!(AccessKeys::new(vec![pair("A:1"), pair("B:1")]).is_ok());
        assert_eq!(
            AccessKeys::new(vec![pair("A:1"), pair("A:2")]).unwrap_err(),
            "A"
        );
        assert_eq!(
            AccessKeys::default()
                .find("test")
                .unwrap()
                .secret()
                .reveal(),
            "test"
        );
        assert!(AccessKeys::default().find("Test").is_none());
    }

    #[test]
    fn a_secret_is_not_shown() {
        let shown = format!("{:?}", AccessKey::parse("AKID:hidden").unwrap());
        assert!(
            shown.contains("AKID") && shown.contains("Secret(…)") && !shown.contains("hidden"),
            "{shown}"
        );
    }
}

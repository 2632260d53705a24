//! Keys and codes: what turns a text and a secret into a signature.
//!
//! Used by `verify` and `chunk_signatures`. Whose secret it is and which text is signed is their
//! business.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::scope::Scope;
use crate::domain::access_key::Secret;

/// The key of one day, region and service, derived from a secret.
#[derive(Clone)]
pub(super) struct SigningKey([u8; 32]);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// The key for everything that is signed with this secret in this scope.
    pub(super) fn derive(secret: &Secret, scope: &Scope) -> Self {
        let first = format!("AWS4{}", secret.reveal());
        let mut key = hmac_sha256(first.as_bytes(), scope.date.as_bytes());
        for step in [scope.region.as_str(), scope.service, "aws4_request"] {
            key = hmac_sha256(&key, step.as_bytes());
        }
        Self(key)
    }

    /// The signature of a text, 64 hexadecimal digits.
    pub(super) fn sign(&self, text: &[u8]) -> String {
        hex::encode(hmac_sha256(&self.0, text))
    }
}

/// The signature of a text by version 2, in base64.
pub(super) fn sign_v2(secret: &Secret, text: &[u8]) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.reveal().as_bytes())
        .expect("keys of any length will do");
    mac.update(text);
    BASE64.encode(mac.finalize().into_bytes())
}

/// Compares two signatures in a time that tells nothing about where they differ.
pub(super) fn is_same(ours: &str, theirs: &str) -> bool {
    ours.as_bytes().ct_eq(theirs.as_bytes()).into()
}

/// The hash of a text in hexadecimal.
pub(super) fn sha256_hex(text: &[u8]) -> String {
    hex::encode(Sha256::digest(text))
}

fn hmac_sha256(key: &[u8], text: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("keys of any length will do");
    mac.update(text);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::access_key::AccessKey;

    /// The example of the S3 API Reference, GET Object.
    #[test]
    fn the_published_signature_is_made_again() {
        let pair =
            AccessKey::parse("AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let pair = pair.unwrap();
        let scope = super::super::scope::parse(
            "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request",
            "s3",
        );
        let text = "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n\
                    7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972";
        assert_eq!(
            SigningKey::derive(pair.secret(), &scope.unwrap()).sign(text.as_bytes()),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        );
        // The example of the S3 User Guide, Signing and authenticating REST requests, Object GET.
        let text = "GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/awsexamplebucket1/photos/puppy.jpg";
        assert_eq!(
            sign_v2(pair.secret(), text.as_bytes()),
            "qgk2+6Sv9/oM7G3qLEjTH1a1l1g="
        );
    }

    #[test]
    fn signatures_are_compared_letter_by_letter() {
        assert!(is_same("ab", "ab"));
        for other in ["", "a", "aB", "abc", "ba"] {
            assert!(!is_same("ab", other), "{other}");
        }
    }
}

//! Whether a well-formed signature is true: the second half of `--auth strict`, after its form.
//!
//! Called by `identify` and `post_form`. A signature's date is judged first, then its key, then
//! whether it leaves out what it must not, and then the signature itself; AWS's own order is not
//! known. The signature of a request to Pinpoint can only be judged with its body, and the chunks of
//! an upload to S3 have signatures of their own: what is left to prove is handed on to `body`.

use http::request::Parts;
use jiff::{SignedDuration, Timestamp};

use super::canonical::CanonicalHead;
use super::chunk_signatures::ChunkSignatures;
use super::keys::{self, SigningKey};
use super::refusal::Service;
use super::scope::Scope;
use super::sigv4::Place;
use super::{Now, canonical_v2, date, query, sigv2, sigv4};
use crate::domain::access_key::{AccessKey, AccessKeys};
use crate::facts::answer::ErrorAnswer;
use crate::facts::signatures as facts;

/// Knows the keys and the time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Verifier<'a> {
    pub(super) service: Service,
    pub(super) access_keys: &'a AccessKeys,
    pub(super) now: Now,
}

/// What of a signature is left to prove once the head of its request was judged.
#[derive(Debug, Default)]
pub(super) enum Unproven {
    /// Nothing.
    #[default]
    Nothing,
    /// All of it: the hash of the body is part of what was signed.
    Body(SignatureOverBody),
    /// Chunks and trailers of the body.
    Chunks(ChunkSignatures),
}

impl Verifier<'_> {
    /// Judges a signature of version 4 in header or query.
    pub(super) fn v4(&self, parts: &Parts, claim: sigv4::Claim) -> Result<Unproven, ErrorAnswer> {
        self.check_v4_date(&claim)?;
        let pair = self.pair(&claim.scope.access_key_id)?;
        self.check_token(parts)?;
        self.check_signed_headers(parts, &claim.signed_headers)?;
        let ignored = match claim.place {
            Place::Header => None,
            Place::Query { .. } => Some("X-Amz-Signature"),
        };
        let forms = CanonicalHead::forms(self.service, parts, &claim.signed_headers, ignored);
        let payload = self.payload(parts, &claim);
        let signature = SignatureOverBody {
            service: self.service,
            key: SigningKey::derive(pair.secret(), &claim.scope),
            forms,
            claim,
        };
        let Some(payload) = payload else {
            return Ok(Unproven::Body(signature));
        };
        signature.check(&payload)?;
        Ok(match self.service {
            Service::Pinpoint => Unproven::Nothing,
            Service::S3 => Unproven::Chunks(signature.chunks()),
        })
    }

    /// Judges a signature of version 2 in header or query.
    pub(super) fn v2(
        &self,
        parts: &Parts,
        host_bucket: Option<&str>,
        claim: &sigv2::Claim,
    ) -> Result<(), ErrorAnswer> {
        let expires = match &claim.validity {
            sigv2::Validity::Expires(expires) => Some(expires.as_str()),
            sigv2::Validity::Date { signed_at, sent } => {
                self.check_s3_skew(*signed_at, sent)?;
                None
            }
        };
        let pair = self.pair(&claim.access_key_id)?;
        self.check_token(parts)?;
        let forms = canonical_v2::strings_to_sign(parts, host_bucket, expires);
        check_v2(pair, &forms, &claim.signature)
    }

    /// Judges the signature over the policy of a POST form, made by version 4.
    pub(super) fn form_v4(
        &self,
        scope: &Scope,
        policy: &str,
        signature: &str,
        token: Option<&str>,
    ) -> Result<(), ErrorAnswer> {
        let pair = self.pair(&scope.access_key_id)?;
        self.check_token_text(token)?;
        let ours = SigningKey::derive(pair.secret(), scope).sign(policy.as_bytes());
        if keys::is_same(&ours, signature) {
            Ok(())
        } else {
            Err(facts::s3_mismatch(pair.id(), signature, policy, None))
        }
    }

    /// Judges the signature over the policy of a POST form, made by version 2.
    pub(super) fn form_v2(
        &self,
        access_key_id: &str,
        policy: &str,
        signature: &str,
        token: Option<&str>,
    ) -> Result<(), ErrorAnswer> {
        let pair = self.pair(access_key_id)?;
        self.check_token_text(token)?;
        check_v2(pair, &[policy.as_bytes().to_vec()], signature)
    }

    fn pair(&self, access_key_id: &str) -> Result<&AccessKey, ErrorAnswer> {
        let unknown = || match self.service {
            Service::Pinpoint => facts::UNRECOGNIZED_CLIENT,
            Service::S3 => facts::invalid_access_key_id(access_key_id),
        };
        self.access_keys.find(access_key_id).ok_or_else(unknown)
    }

    fn check_v4_date(&self, claim: &sigv4::Claim) -> Result<(), ErrorAnswer> {
        match (self.service, claim.place) {
            (Service::Pinpoint, place) => self.check_pinpoint_skew(claim, place),
            (Service::S3, Place::Header) => self.check_s3_skew(claim.signed_at, &claim.sent),
            (Service::S3, Place::Query { life }) => self.check_s3_url_began(claim.signed_at, life),
        }
    }

    /// A URL with a life of its own may be old; how old is judged with its form.
    fn check_pinpoint_skew(&self, claim: &sigv4::Claim, place: Place) -> Result<(), ErrorAnswer> {
        let now = whole_seconds(self.now.wall);
        let skew = SignedDuration::from_secs(facts::PINPOINT_SKEW_SECONDS_MAX);
        let (earliest, latest) = (saturating_add(now, -skew), saturating_add(now, skew));
        let [sent, now] = [claim.signed_at, now].map(date::to_basic);
        if claim.signed_at > latest {
            return Err(facts::not_yet_current(&sent, &date::to_basic(latest), &now));
        }
        let lives_by_itself = matches!(place, Place::Query { life: Some(_) });
        if !lives_by_itself && claim.signed_at < earliest {
            return Err(facts::expired(&sent, &date::to_basic(earliest), &now));
        }
        Ok(())
    }

    fn check_s3_skew(&self, signed_at: Timestamp, sent: &str) -> Result<(), ErrorAnswer> {
        let now = whole_seconds(self.now.wall);
        let skew = now.duration_since(signed_at).abs();
        if skew > SignedDuration::from_secs(facts::S3_SKEW_SECONDS_MAX) {
            return Err(facts::request_time_too_skewed(sent, date::to_seconds(now)));
        }
        Ok(())
    }

    fn check_s3_url_began(
        &self,
        signed_at: Timestamp,
        life: Option<u64>,
    ) -> Result<(), ErrorAnswer> {
        let now = whole_seconds(self.now.wall);
        let ahead = signed_at.duration_since(now);
        if ahead <= SignedDuration::from_secs(facts::S3_SKEW_SECONDS_MAX) {
            return Ok(());
        }
        let life = life.and_then(|life| i64::try_from(life).ok());
        let life = SignedDuration::from_secs(life.unwrap_or_default());
        Err(facts::not_yet_valid(
            signed_at.as_millisecond(),
            date::to_seconds(saturating_add(signed_at, life)),
            date::to_seconds(now),
        ))
    }

    /// Pairs given at start are for long use, and nobody gives out temporary ones, so a token cannot
    /// be right.
    fn check_token(&self, parts: &Parts) -> Result<(), ErrorAnswer> {
        let in_header = parts.headers.get("x-amz-security-token");
        let in_header = in_header.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let in_query = ["X-Amz-Security-Token", "x-amz-security-token"]
            .into_iter()
            .find_map(|name| query::value(parts.uri.query()?, name));
        self.check_token_text(in_header.as_deref().or(in_query.as_deref()))
    }

    fn check_token_text(&self, token: Option<&str>) -> Result<(), ErrorAnswer> {
        match (token.filter(|token| !token.is_empty()), self.service) {
            (None, _) => Ok(()),
            (Some(_), Service::Pinpoint) => Err(facts::UNRECOGNIZED_CLIENT),
            (Some(token), Service::S3) => Err(facts::invalid_token(token)),
        }
    }

    /// That the host is signed was seen with the form.
    fn check_signed_headers(&self, parts: &Parts, signed: &str) -> Result<(), ErrorAnswer> {
        let is_signed = |name: &str| signed.split(';').any(|signed| signed == name);
        let mut unsigned: Vec<&str> = parts
            .headers
            .keys()
            .map(http::HeaderName::as_str)
            .filter(|name| name.starts_with("x-amz-") && *name != facts::SIGNED_OTHERWISE)
            .filter(|name| !is_signed(name))
            .collect();
        unsigned.sort_unstable();
        match (unsigned.as_slice(), self.service) {
            ([], _) => Ok(()),
            ([first, ..], Service::Pinpoint) => Err(facts::must_be_signed(first)),
            (unsigned, Service::S3) => Err(facts::headers_not_signed(unsigned)),
        }
    }

    /// The last line of what was signed; `None` if only the body can tell.
    ///
    /// # Source
    /// S3 API Reference, Authenticating Requests, for S3; the IAM User Guide, Create a signed AWS API
    /// request, for the body's hash elsewhere; documented. That Pinpoint takes an unsigned payload is
    /// assumed.
    fn payload(&self, parts: &Parts, claim: &sigv4::Claim) -> Option<String> {
        let header = parts.headers.get("x-amz-content-sha256");
        let header = header.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        match (self.service, claim.place) {
            (Service::Pinpoint, _) => header.filter(|word| word == UNSIGNED_PAYLOAD),
            (Service::S3, Place::Header) => Some(header.unwrap_or_default()),
            (Service::S3, Place::Query { .. }) => {
                let is_signed = |name| claim.signed_headers.split(';').any(|signed| signed == name);
                let header = header.filter(|_| is_signed("x-amz-content-sha256"));
                let in_query =
                    || query::value(parts.uri.query().unwrap_or(""), "X-Amz-Content-Sha256");
                let payload = header.or_else(in_query);
                Some(payload.unwrap_or_else(|| UNSIGNED_PAYLOAD.to_owned()))
            }
        }
    }
}

/// A signature of version 4 that only wants the hash of the payload to be judged.
#[derive(Debug)]
pub(super) struct SignatureOverBody {
    service: Service,
    key: SigningKey,
    forms: Vec<CanonicalHead>,
    claim: sigv4::Claim,
}

impl SignatureOverBody {
    /// Judges it; `payload` is a hash in hexadecimal or one of the words that stand for one.
    pub(super) fn check(&self, payload: &str) -> Result<(), ErrorAnswer> {
        let mut first_mismatch = None;
        for form in &self.forms {
            let canonical = form.with_payload(payload);
            let text = self.string_to_sign(&canonical);
            let ours = self.key.sign(text.as_bytes());
            if keys::is_same(&ours, &self.claim.signature) {
                return Ok(());
            }
            first_mismatch.get_or_insert((canonical, text));
        }
        let (canonical, text) = first_mismatch.unwrap_or_default();
        Err(match self.service {
            Service::Pinpoint => {
                facts::pinpoint_mismatch(&String::from_utf8_lossy(&canonical), &text)
            }
            Service::S3 => facts::s3_mismatch(
                &self.claim.scope.access_key_id,
                &self.claim.signature,
                &text,
                Some(&canonical),
            ),
        })
    }

    fn string_to_sign(&self, canonical: &[u8]) -> String {
        format!(
            "AWS4-HMAC-SHA256\n{}\n{}\n{}",
            date::to_basic(self.claim.signed_at),
            self.claim.scope.path(),
            keys::sha256_hex(canonical)
        )
    }

    /// What signs the chunks that follow this signature.
    fn chunks(self) -> ChunkSignatures {
        let Self { key, claim, .. } = self;
        ChunkSignatures::new(
            key,
            date::to_basic(claim.signed_at),
            &claim.scope,
            claim.signature,
        )
    }
}

impl Unproven {
    /// Takes out what signs the chunks of an upload, if they are to be signed at all.
    pub(super) fn into_chunks(self) -> Option<ChunkSignatures> {
        match self {
            Self::Chunks(signatures) => Some(signatures),
            Self::Nothing | Self::Body(_) => None,
        }
    }

    /// Takes out the signature that the body has yet to prove.
    pub(super) fn into_body(self) -> Option<SignatureOverBody> {
        match self {
            Self::Body(signature) => Some(signature),
            Self::Nothing | Self::Chunks(_) => None,
        }
    }
}

const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";

fn check_v2(pair: &AccessKey, forms: &[Vec<u8>], signature: &str) -> Result<(), ErrorAnswer> {
    let is_signed = |text: &Vec<u8>| keys::is_same(&keys::sign_v2(pair.secret(), text), signature);
    if forms.iter().any(is_signed) {
        return Ok(());
    }
    let text = forms.first().map_or(&[][..], Vec::as_slice);
    let text = String::from_utf8_lossy(text);
    Err(facts::s3_mismatch(pair.id(), signature, &text, None))
}

/// Signatures are dated to the second, so the clock is read to the second.
fn whole_seconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}

fn saturating_add(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.checked_add(by).unwrap_or(if by.is_negative() {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

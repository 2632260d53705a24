//! Form of Signature Version 4, in the `Authorization` header and in presigned URLs, by each
//! service's rules.
//!
//! Called by `identify`. It judges form and the life of a URL and tells what the signature claims;
//! whether the claim is true, and the age of a header's date, is judged by `verify`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::refusal::Service;
use super::scope::{Scope, ScopeFault};
use super::{Now, date, digests, query, scope};
use crate::facts::answer::ErrorAnswer;
use crate::facts::{auth as facts, signatures};

/// The name of Pinpoint in what is signed.
const SIGNING_NAME: &str = "mobiletargeting";

/// What a well-formed signature says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) scope: Scope,
    /// The names as they are listed, `;` between them.
    pub(super) signed_headers: String,
    /// 64 hexadecimal digits.
    pub(super) signature: String,
    pub(super) signed_at: Timestamp,
    /// The date as it was sent.
    pub(super) sent: String,
    pub(super) place: Place,
}

/// Where a signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Header,
    Query {
        /// How long the URL lives by itself.   (seconds)
        life: Option<u64>,
    },
}

/// Checks an `Authorization` header that is not of Signature Version 2.
pub(super) fn check_header(
    service: Service,
    headers: &HeaderMap,
    value: &str,
) -> Result<Claim, ErrorAnswer> {
    match service {
        Service::S3 => s3_header(headers, value),
        Service::Pinpoint => pinpoint_header(headers, value),
    }
}

/// Checks the query of a presigned URL.
pub(super) fn check_query(service: Service, query: &str, now: Now) -> Result<Claim, ErrorAnswer> {
    match service {
        Service::S3 => s3_query(query, now),
        Service::Pinpoint => pinpoint_query(query, now),
    }
}

/// Checks a credential by S3's rules; `wrap` puts S3's words about the credential into an answer.
pub(super) fn s3_scope(
    credential: &str,
    wrap: fn(&str) -> ErrorAnswer,
) -> Result<Scope, ErrorAnswer> {
    scope::parse(credential, "s3").map_err(|fault| match fault {
        ScopeFault::Shape => wrap(facts::CREDENTIAL_SHAPE),
        ScopeFault::KeyEmpty => wrap(facts::CREDENTIAL_KEY_EMPTY),
        ScopeFault::Date(got) => wrap(&facts::credential_date(&got)),
        ScopeFault::RegionEmpty => wrap(facts::CREDENTIAL_REGION_EMPTY),
        ScopeFault::Service(got) => wrap(&facts::credential_service(&got)),
        ScopeFault::Terminal(got) => wrap(&facts::credential_terminal(&got)),
    })
}

/// Whether a text can be a signature of version 4 at all.
pub(super) fn is_signature(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn s3_header(headers: &HeaderMap, value: &str) -> Result<Claim, ErrorAnswer> {
    let components = match value.split_once(' ') {
        Some(("AWS4-HMAC-SHA256", rest)) => Components::read(rest),
        _ if value == "AWS4-HMAC-SHA256" => Components::default(),
        _ => return Err(facts::UNSUPPORTED_AUTHORIZATION),
    };
    let (Some(credential), Some(signed_headers), Some(signature)) = (
        components.credential,
        components.signed_headers,
        components.signature,
    ) else {
        return Err(facts::header_malformed(facts::THREE_COMPONENTS));
    };
    let scope = s3_scope(credential, facts::header_malformed)?;
    let sent = date::header(headers).ok_or(facts::DATE_REQUIRED)?;
    let signed_at = date::in_header(sent).ok_or(facts::DATE_REQUIRED)?;
    if date::day(signed_at) != scope.date {
        return Err(facts::header_malformed(facts::CREDENTIAL_DAY));
    }
    digests::PayloadHash::in_headers(headers)?.ok_or(facts::PAYLOAD_HASH_REQUIRED)?;
    if !names_host(signed_headers) {
        return Err(facts::HEADERS_NOT_SIGNED);
    }
    if !is_signature(signature) {
        return Err(facts::SIGNATURE_DOES_NOT_MATCH);
    }
    Ok(Claim {
        scope,
        signed_headers: signed_headers.to_owned(),
        signature: signature.to_owned(),
        signed_at,
        sent: sent.to_owned(),
        place: Place::Header,
    })
}

fn pinpoint_header(headers: &HeaderMap, value: &str) -> Result<Claim, ErrorAnswer> {
    let (algorithm, rest) = value.split_once(' ').unwrap_or((value, ""));
    let components = Components::read(rest);
    let header_hash = || BASE64.encode(Sha256::digest(value.as_bytes()));
    if components.has_stray {
        return Err(facts::not_a_pair(&header_hash()));
    }
    let sent = date::header(headers);
    let parameters = [
        ("Credential", components.credential),
        ("Signature", components.signature),
        ("SignedHeaders", components.signed_headers),
        ("Date", sent),
    ];
    let [
        (_, Some(credential)),
        (_, Some(signature)),
        (_, Some(signed_headers)),
        (_, Some(sent)),
    ] = parameters
    else {
        let missing: Vec<&str> = parameters
            .iter()
            .filter(|(_, found)| found.is_none())
            .map(|(name, _)| *name)
            .collect();
        return Err(facts::header_requires(&missing, &header_hash()));
    };
    check_pinpoint_algorithm(algorithm)?;
    let signed_at = date::in_header(sent).ok_or_else(|| facts::date_not_basic(sent))?;
    let scope = pinpoint_scope(credential, signed_headers, signature, signed_at, sent)?;
    Ok(Claim {
        scope,
        signed_headers: signed_headers.to_owned(),
        signature: signature.to_owned(),
        signed_at,
        sent: sent.to_owned(),
        place: Place::Header,
    })
}

fn check_pinpoint_algorithm(algorithm: &str) -> Result<(), ErrorAnswer> {
    if algorithm == "AWS4-HMAC-SHA256" {
        Ok(())
    } else {
        Err(facts::unsupported_algorithm(algorithm))
    }
}

fn pinpoint_scope(
    credential: &str,
    signed_headers: &str,
    signature: &str,
    signed_at: Timestamp,
    sent: &str,
) -> Result<Scope, ErrorAnswer> {
    let [access_key_id, date, region, service, terminator] =
        scope::elements(credential).ok_or_else(|| facts::credential_shape(credential))?;
    let found = facts::ScopeFound {
        date,
        region,
        service,
        terminator,
    };
    if let Some(answer) = facts::wrong_scope(found, SIGNING_NAME, &date::day(signed_at), sent) {
        return Err(answer);
    }
    if access_key_id.is_empty() {
        // No key has this id.
        return Err(signatures::UNRECOGNIZED_CLIENT);
    }
    if !names_host(signed_headers) {
        return Err(facts::HOST_MUST_BE_SIGNED);
    }
    if !is_signature(signature) {
        return Err(facts::PINPOINT_SIGNATURE_SHAPE);
    }
    Ok(Scope {
        access_key_id: access_key_id.to_owned(),
        date: date.to_owned(),
        region: region.to_owned(),
        service: SIGNING_NAME,
    })
}

fn s3_query(query: &str, now: Now) -> Result<Claim, ErrorAnswer> {
    let parameter = |name| {
        query::value(query, name)
            .filter(|value| !value.is_empty())
            .ok_or(facts::QUERY_INCOMPLETE)
    };
    let algorithm = parameter("X-Amz-Algorithm")?;
    let credential = parameter("X-Amz-Credential")?;
    let signature = parameter("X-Amz-Signature")?;
    let sent = parameter("X-Amz-Date")?;
    let signed_headers = parameter("X-Amz-SignedHeaders")?;
    let expires = parameter("X-Amz-Expires")?;
    if algorithm != "AWS4-HMAC-SHA256" {
        return Err(facts::QUERY_ALGORITHM);
    }
    let scope = s3_scope(&credential, facts::query_credential)?;
    let signed_at = date::basic(&sent).ok_or(facts::QUERY_DATE)?;
    if date::day(signed_at) != scope.date {
        return Err(facts::query_credential(facts::CREDENTIAL_DAY));
    }
    let seconds: i64 = expires.parse().map_err(|_| facts::QUERY_EXPIRES_NUMBER)?;
    let life = match u64::try_from(seconds) {
        Err(_) | Ok(0) => return Err(facts::QUERY_EXPIRES_NEGATIVE),
        Ok(seconds) if seconds > facts::PRESIGNED_SECONDS_MAX => {
            return Err(facts::QUERY_EXPIRES_WEEK);
        }
        Ok(seconds) => seconds,
    };
    if now.is_past(signed_at, life) {
        return Err(facts::REQUEST_HAS_EXPIRED);
    }
    if !names_host(&signed_headers) {
        return Err(facts::HEADERS_NOT_SIGNED);
    }
    if !is_signature(&signature) {
        return Err(facts::SIGNATURE_DOES_NOT_MATCH);
    }
    Ok(Claim {
        scope,
        signed_headers,
        signature,
        signed_at,
        sent,
        place: Place::Query { life: Some(life) },
    })
}

fn pinpoint_query(query: &str, now: Now) -> Result<Claim, ErrorAnswer> {
    let parameter = |name| query::value(query, name).ok_or_else(|| facts::query_must_include(name));
    let algorithm = parameter("X-Amz-Algorithm")?;
    let credential = parameter("X-Amz-Credential")?;
    let signature = parameter("X-Amz-Signature")?;
    let signed_headers = parameter("X-Amz-SignedHeaders")?;
    let sent = parameter("X-Amz-Date")?;
    check_pinpoint_algorithm(&algorithm)?;
    let signed_at = date::basic(&sent).ok_or_else(|| facts::date_not_basic(&sent))?;
    let scope = pinpoint_scope(&credential, &signed_headers, &signature, signed_at, &sent)?;
    // Outside of S3 the life of a URL need not be given; it is then that of any signature, which is
    // not judged here.
    let mut given_life = None;
    if let Some(expires) = query::value(query, "X-Amz-Expires") {
        let life = expires
            .parse()
            .ok()
            .filter(|seconds| (1..=facts::PRESIGNED_SECONDS_MAX).contains(seconds))
            .ok_or(facts::PINPOINT_EXPIRES_RANGE)?;
        if now.is_past(signed_at, life) {
            return Err(facts::signature_expired(&sent, &date::to_basic(now.wall)));
        }
        given_life = Some(life);
    }
    Ok(Claim {
        scope,
        signed_headers,
        signature,
        signed_at,
        sent,
        place: Place::Query { life: given_life },
    })
}

fn names_host(signed_headers: &str) -> bool {
    signed_headers
        .split(';')
        .any(|name| name.eq_ignore_ascii_case("host"))
}

/// What stands behind the algorithm in an `Authorization` header:
/// `Credential=…, SignedHeaders=…, Signature=…`.
#[derive(Debug, Default)]
struct Components<'a> {
    credential: Option<&'a str>,
    signed_headers: Option<&'a str>,
    signature: Option<&'a str>,
    /// Something between the commas has no `=`.
    has_stray: bool,
}

impl<'a> Components<'a> {
    fn read(text: &'a str) -> Self {
        let mut components = Self::default();
        for piece in text
            .split(',')
            .map(str::trim)
            .filter(|piece| !piece.is_empty())
        {
            match piece.split_once('=') {
                None => components.has_stray = true,
                Some((_, "")) => {}
                Some(("Credential", value)) => components.credential = Some(value),
                Some(("SignedHeaders", value)) => components.signed_headers = Some(value),
                Some(("Signature", value)) => components.signature = Some(value),
                Some(_) => {}
            }
        }
        components
    }
}

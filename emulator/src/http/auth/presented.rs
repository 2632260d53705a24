//! The kind of signature a request's head carries, before it is judged.
//!
//! Dispatch reads the service off it, the checks take it apart. Credentials in a POST form are in
//! the body and handled by `post_form`.

use http::header::AUTHORIZATION;
use http::request::Parts;

use super::{query, scope};

/// Where a signature stands and by which version it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presented<'a> {
    /// None at all.
    Unsigned,
    /// An `Authorization` header of any scheme.
    Header(&'a str),
    /// A URL presigned by Signature Version 4; its query.
    QueryV4(&'a str),
    /// A URL presigned by Signature Version 2; its query.
    QueryV2(&'a str),
    /// Both a header and a presigned URL, which no service takes.
    Twice(&'a str),
}

impl<'a> Presented<'a> {
    /// Finds the signature in header and query.
    pub(crate) fn in_head(parts: &'a Parts) -> Self {
        let query = parts.uri.query().unwrap_or("");
        let in_query = if V4_MARKS.iter().any(|name| query::has(query, name)) {
            Some(Self::QueryV4(query))
        } else if V2_MARKS.iter().any(|name| query::has(query, name)) {
            Some(Self::QueryV2(query))
        } else {
            None
        };
        // S3 takes an empty header for none; a value that is no text resembles no scheme.
        let header = parts
            .headers
            .get(AUTHORIZATION)
            .map(|value| value.to_str().unwrap_or("?").trim());
        match (header.filter(|value| !value.is_empty()), in_query) {
            (None, None) => Self::Unsigned,
            (Some(value), None) => Self::Header(value),
            (None, Some(in_query)) => in_query,
            (Some(value), Some(_)) => Self::Twice(value),
        }
    }

    /// The service the signature is for, as far as it can be told.
    pub(crate) fn service(&self) -> Option<String> {
        match *self {
            Self::Header(value) | Self::Twice(value) if is_v2_header(value) => {
                Some("s3".to_owned())
            }
            Self::QueryV2(query) if V2_PARAMETERS.iter().all(|name| query::has(query, name)) => {
                Some("s3".to_owned())
            }
            _ => self.named().map(|named| named.service),
        }
    }

    /// The region the signature is for, as far as it can be told.
    pub(super) fn region(&self) -> Option<String> {
        self.named()
            .map(|named| named.region)
            .filter(|region| !region.is_empty())
    }

    /// The parameters of a presigned URL that make up its signature.
    pub(super) fn signature_parameters(&self) -> &'static [&'static str] {
        match self {
            Self::Unsigned | Self::Header(_) => &[],
            Self::QueryV4(_) | Self::Twice(_) => &V4_PARAMETERS,
            Self::QueryV2(_) => &V2_STRIPPED,
        }
    }

    fn named(&self) -> Option<scope::Named> {
        match *self {
            Self::Header(value) | Self::Twice(value) => {
                let (_, rest) = value.split_once("Credential=")?;
                scope::named(rest.split(',').next().unwrap_or(rest).trim())
            }
            Self::QueryV4(query) => scope::named(&query::value(query, "X-Amz-Credential")?),
            Self::Unsigned | Self::QueryV2(_) => None,
        }
    }
}

/// Whether an `Authorization` header is of Signature Version 2 (`AWS AKID:signature`).
pub(super) fn is_v2_header(value: &str) -> bool {
    value == "AWS" || value.starts_with("AWS ")
}

/// Any one of them makes a URL a presigned one, complete or not.
const V4_MARKS: [&str; 3] = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"];
const V2_MARKS: [&str; 2] = ["AWSAccessKeyId", "Signature"];

const V2_PARAMETERS: [&str; 3] = ["AWSAccessKeyId", "Signature", "Expires"];
const V2_STRIPPED: [&str; 4] = [
    "AWSAccessKeyId",
    "Signature",
    "Expires",
    "x-amz-security-token",
];
const V4_PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
];

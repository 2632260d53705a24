//! S3's error answers as XML, for the S3 side itself and for whoever turns a request away before
//! it.
//!
//! Knows nothing about why a request failed; codes and texts come from [`facts::s3_errors`].
//!
//! [`facts::s3_errors`]: crate::facts::s3_errors

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, SERVER};
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use sha2::{Digest as _, Sha256};

use crate::facts::answer::ErrorAnswer;

/// Further elements of an error on their way from the protocol, whose errors carry headers but no
/// elements: `Name=` and the text in hexadecimal. It never leaves the front.
pub(super) const ERROR_DETAIL: HeaderName = HeaderName::from_static("x-error-detail");

/// Body of an S3 answer; objects stream through it.
pub(crate) type S3Body = BoxBody<Bytes, S3BodyError>;

/// An answer broke off, for instance because an object could not be read to its end.
#[derive(Debug, thiserror::Error)]
#[error("answer of the object store broke off")]
pub(crate) struct S3BodyError(#[source] pub(super) Box<dyn std::error::Error + Send + Sync>);

/// What an error answer says about the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestNames<'a> {
    /// Its method; an answer to `HEAD` has no body.
    pub(crate) method: &'a Method,
    /// Its path, still percent-encoded.
    pub(crate) path: &'a str,
    /// Further elements of the error, such as `("Key", "a/b")`, as plain text.
    pub(crate) elements: &'a [(&'static str, String)],
    /// Unique per request.
    pub(crate) request_id: &'a str,
}

/// The whole answer with S3's headers.
pub(crate) fn refuse(answer: &ErrorAnswer, request: RequestNames<'_>) -> Response<S3Body> {
    let status = StatusCode::from_u16(answer.status).expect("the facts hold HTTP statuses");
    let xml = if request.method == Method::HEAD || status == StatusCode::NOT_MODIFIED {
        String::new()
    } else {
        xml_of(answer, request)
    };
    let has_body = !xml.is_empty();
    let body = Full::new(Bytes::from(xml)).map_err(|never| match never {});
    let mut response = Response::new(BoxBody::new(body));
    *response.status_mut() = status;
    if has_body {
        let xml = HeaderValue::from_static("application/xml");
        response.headers_mut().insert(CONTENT_TYPE, xml);
    }
    name_answer(response.headers_mut(), request.request_id);
    response
}

fn xml_of(answer: &ErrorAnswer, request: RequestNames<'_>) -> String {
    let host_id = host_id(request.request_id);
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    let mut element = |name: &str, text: &str| {
        write!(xml, "<{name}>{}</{name}>", escaped(text)).expect("a String takes all");
    };
    element("Code", &answer.code);
    element("Message", &answer.message);
    for (name, text) in answer.details.iter().chain(request.elements) {
        element(name, text);
    }
    element("Resource", request.path);
    element("RequestId", request.request_id);
    element("HostId", &host_id);
    xml.push_str("</Error>");
    xml
}

/// Puts the headers that every answer of S3 has.
pub(super) fn name_answer(headers: &mut HeaderMap, request_id: &str) {
    headers.insert(SERVER, HeaderValue::from_static("AmazonS3"));
    for (name, value) in [
        ("x-amz-request-id", request_id),
        ("x-amz-id-2", &host_id(request_id)),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// Opaque text that S3 gives beside the request id; here it follows from it.
fn host_id(request_id: &str) -> String {
    BASE64.encode(Sha256::digest(request_id))
}

/// Text as it can stand in an element; what XML cannot hold at all becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' => escaped.push(character),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

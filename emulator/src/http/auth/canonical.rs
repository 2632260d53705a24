//! The canonical request of Signature Version 4, rebuilt from a request as it came.
//!
//! Called by `verify`. Header names are taken as the signature lists them and in its order, so that
//! another spelling of the list is another signature. What is done with the text, and which payload
//! is right, is not decided here.

use std::collections::BTreeSet;

use std::borrow::Cow;

use http::header::HOST;
use http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::refusal::Service;

/// A canonical request without its last line, the payload's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CanonicalHead(Vec<u8>);

impl CanonicalHead {
    /// The forms in which the request may have been signed for the given service, the documented one
    /// first.
    ///
    /// `ignored` is the parameter of a presigned URL that cannot be part of what is signed.
    pub(super) fn forms(
        service: Service,
        parts: &Parts,
        signed_headers: &str,
        ignored: Option<&str>,
    ) -> Vec<Self> {
        let query = canonical_query(parts.uri.query().unwrap_or(""), ignored);
        let headers = canonical_headers(parts, signed_headers);
        let form = |path: &str| {
            let mut text = format!("{}\n{path}\n{query}\n", parts.method).into_bytes();
            text.extend_from_slice(&headers);
            text.extend_from_slice(format!("\n{signed_headers}\n").as_bytes());
            Self(text)
        };
        let paths = canonical_paths(service, parts.uri.path());
        paths.iter().map(|path| form(path)).collect()
    }

    /// The whole text; `payload` is a hash in hexadecimal or one of the words that stand for one.
    pub(super) fn with_payload(&self, payload: &str) -> Vec<u8> {
        [&self.0, payload.as_bytes()].concat()
    }
}

/// What AWS leaves as it is when it encodes.
///
/// # Source
/// S3 API Reference, Authenticating Requests: Using the Authorization Header, `UriEncode`; documented
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const ENCODED_IN_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// The path as each service wants it signed.
///
/// # Source
/// S3 API Reference, Authenticating Requests, for S3: the key encoded once, never normalized; the IAM
/// User Guide, Create a signed AWS API request, for all others: normalized by RFC 3986 and encoded
/// once more; documented. Signers that leave characters of a key as they are, such as AWS's own for
/// addresses made by hand, sign the path as it is sent; that S3 takes this too is assumed;
/// case: signatures/s3-odd-key
fn canonical_paths(service: Service, raw: &str) -> Vec<Cow<'_, str>> {
    match service {
        Service::Pinpoint => {
            let normalized = normalized(raw);
            let encoded = percent_encode(normalized.as_bytes(), ENCODED_IN_PATH).to_string();
            vec![encoded.into()]
        }
        Service::S3 => {
            let segments: Vec<String> = raw.split('/').map(reencoded).collect();
            let mut paths = vec![segments.join("/").into()];
            if paths[0] != raw {
                paths.push(raw.into());
            }
            paths
        }
    }
}

/// Without segments that are empty or dots.
fn normalized(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let ends_open = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    let end = if ends_open && !kept.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", kept.join("/"))
}

/// The query with its parameters sorted; a plus sign is a blank.
fn canonical_query(query: &str, ignored: Option<&str>) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.replace('+', " "), value.replace('+', " ")))
        .map(|(name, value)| (reencoded(&name), reencoded(&value)))
        .filter(|(name, _)| Some(name.as_str()) != ignored)
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
}

/// The one of all spellings of a text in which it is signed.
fn reencoded(raw: &str) -> String {
    let plain: Vec<u8> = percent_decode_str(raw).collect();
    percent_encode(&plain, ENCODED).to_string()
}

/// A line for each header that is listed; one that was not sent has an empty value.
///
/// # Source
/// For headers not sent: <https://github.com/versity/versitygw/issues/457>, a client that works with
/// AWS; recorded
fn canonical_headers(parts: &Parts, signed_headers: &str) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut seen = BTreeSet::new();
    // Nobody signs a header twice; who says so gets a request that fits no signature, and a short one.
    for name in signed_headers.split(';').filter(|name| seen.insert(*name)) {
        lines.extend_from_slice(name.as_bytes());
        lines.push(b':');
        // A host in the address counts more than the header, here as for the way of the request.
        let authority = parts.uri.authority().filter(|_| name == HOST.as_str());
        let values: Vec<Vec<u8>> = match authority {
            Some(authority) => vec![authority.as_str().as_bytes().to_vec()],
            None => parts
                .headers
                .get_all(name)
                .iter()
                .map(|value| single_spaced(value.as_bytes()))
                .collect(),
        };
        lines.extend_from_slice(&values.join(&b','));
        lines.push(b'\n');
    }
    lines
}

/// Without blanks at the ends, and with one blank where there are several.
fn single_spaced(value: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(value.len());
    for byte in value.trim_ascii() {
        if *byte != b' ' || kept.last() != Some(&b' ') {
            kept.push(*byte);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn parts(request: http::request::Builder) -> Parts {
        request.body(()).unwrap().into_parts().0
    }

    /// The example of the S3 API Reference, GET Object, with its published hash.
    #[test]
    fn the_published_example_of_s3_is_rebuilt() {
        const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let request = Request::get("/test.txt")
            .header("host", "examplebucket.s3.amazonaws.com")
            .header("range", "bytes=0-9")
            .header("x-amz-content-sha256", EMPTY)
            .header("x-amz-date", "20130524T000000Z");
        let signed = "host;range;x-amz-content-sha256;x-amz-date";
        let forms = CanonicalHead::forms(Service::S3, &parts(request), signed, None);
        let [form] = forms.as_slice() else {
            panic!("one form")
        };
        assert_eq!(
            super::super::keys::sha256_hex(&form.with_payload(EMPTY)),
            "7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972"
        );
    }

    #[test]
    fn paths_are_signed_by_each_services_rule() {
        for (raw, pinpoint, s3) in [
            ("/", "/", &["/"][..]),
            ("/v1/apps/", "/v1/apps/", &["/v1/apps/"]),
            ("/a%2Fb", "/a%252Fb", &["/a%2Fb"]),
            ("/a%2fb", "/a%252fb", &["/a%2Fb", "/a%2fb"]),
            ("/a(b)", "/a%28b%29", &["/a%28b%29", "/a(b)"]),
            ("//a/./b/../c", "/a/c", &["//a/./b/../c"]),
            ("/a/b/..", "/a/", &["/a/b/.."]),
            ("/..", "/", &["/.."]),
            ("/%zz~", "/%25zz~", &["/%25zz~", "/%zz~"]),
        ] {
            assert_eq!(canonical_paths(Service::Pinpoint, raw), [pinpoint]);
            assert_eq!(canonical_paths(Service::S3, raw), s3);
        }
    }

    #[test]
    fn a_query_is_sorted_in_its_encoded_form() {
        for (raw, canonical) in [
            ("", ""),
            ("b&a=2&a=1", "a=1&a=2&b="),
            ("a=b+c%2f~", "a=b%20c%2F~"),
            ("&&a=1&&", "a=1"),
            (
                "a=1&X-Amz-Signature=2&x-amz-signature=3",
                "a=1&x-amz-signature=3",
            ),
            ("a=%C3%A9%ff", "a=%C3%A9%FF"),
            ("a==b", "a=%3Db"),
        ] {
            assert_eq!(canonical_query(raw, Some("X-Amz-Signature")), canonical);
        }
    }

    #[test]
    fn a_header_is_one_line_whatever_its_blanks() {
        let request = Request::get("http://here:1/")
            .header("host", "there")
            .header("b", "  two   blanks ")
            .header("b", "and\ttab")
            .header("a", "é");
        assert_eq!(
            canonical_headers(&parts(request), "host;b;none;a"),
            "host:here:1\nb:two blanks,and\ttab\nnone:\na:é\n".as_bytes()
        );
    }
}

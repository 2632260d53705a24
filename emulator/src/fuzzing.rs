//! Parsers that are fed by strangers, each as one function from bytes, with what must hold for any.
//!
//! Called by the fuzz targets outside the workspace, which the feature `fuzzing` opens this for, and
//! by the properties at the end, which run with the other tests. None of it is in a program.

use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Method, Request};
use http_body_util::Full;
use jiff::Timestamp;
use serde_json::Value;

use crate::config::AuthMode;
use crate::domain::access_key::{AccessKey, AccessKeys};
use crate::domain::id::AccountId;
use crate::domain::identity::Identity;
use crate::domain::import::Rows;
use crate::domain::page::{self, PageRequest};
use crate::domain::s3_url::S3Url;
use crate::facts::operations::Operation;
use crate::http::auth::{self, Admitted, AuthSettings, Now};
use crate::http::dispatch::S3Domains;
use crate::http::router::Router;
use crate::http::validation;
use crate::model::segment::Format;

/// A path finds the operation whose template it fits, label by label.
pub fn uri(bytes: &[u8]) {
    let Ok(path) = str::from_utf8(bytes) else {
        return;
    };
    let router = Router::new();
    for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE] {
        if let Ok((operation, _)) = router.route(&method, path) {
            let spec = operation.spec();
            assert_eq!(spec.method, method.as_str());
            assert_eq!(spec.uri.split('/').count(), path.split('/').count());
        }
    }
}

/// A body that passes for a shape, chosen by the first byte, is one JSON object.
pub fn json(bytes: &[u8]) {
    let Some((choice, body)) = bytes.split_first() else {
        return;
    };
    let shapes = Operation::ALL
        .iter()
        .filter_map(|operation| operation.spec().request);
    let shapes: Vec<_> = shapes.collect();
    let shape = shapes[usize::from(*choice) % shapes.len()];
    if let Ok(read) = validation::read::<Value>(body, shape) {
        assert!(read.is_object(), "{read}");
        assert!(serde_json::from_slice::<Value>(body).is_ok());
    }
}

/// The rows of a CSV file come in the order of its lines.
pub fn csv(bytes: &[u8]) {
    rows(Format::Csv, bytes);
}

/// The rows of a file of JSON lines come in their order.
pub fn json_lines(bytes: &[u8]) {
    rows(Format::Json, bytes);
}

fn rows(format: Format, bytes: &[u8]) {
    let Ok(rows) = Rows::open(format, bytes) else {
        return;
    };
    let ends = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r'));
    let lines = ends.count() + 1;
    let mut last = 0;
    for row in rows {
        let Ok(row) = row else {
            return;
        };
        assert!(row.line > last, "line {} after {last}", row.line);
        assert!(usize::try_from(row.line).is_ok_and(|line| line <= lines));
        last = row.line;
    }
}

/// An S3 URL that is understood prints as one that is understood alike.
pub fn s3_url(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Some(url) = S3Url::parse(text) {
        assert_eq!(S3Url::parse(&url.to_string()).as_ref(), Some(&url));
        assert!(url.folder().is_empty() || url.folder().ends_with('/'));
    }
}

/// Nobody can write a token but who has been given it.
pub fn token(bytes: &[u8]) {
    const LIST: &str = "fuzzing";
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    if let Ok(PageRequest {
        before: Some(ordinal),
        ..
    }) = PageRequest::parse(LIST, None, Some(text))
    {
        assert_eq!(page::token(LIST, ordinal), text);
    }
}

/// Nobody is taken for somebody else whose secret is unknown. The first line is method and target of
/// a request, those up to an empty one are its headers, the rest is its body.
pub fn signature(bytes: &[u8]) {
    let Some(request) = request(bytes) else {
        return;
    };
    let pair = AccessKey::parse("AKIDEXAMPLE:zmVF8sPcbxPgRwYyRxhxdXxLmbsPQGVT7w4ZbTPv");
    let settings = AuthSettings {
        mode: AuthMode::Strict,
        access_keys: AccessKeys::new(vec![pair.expect("it is a pair")]).expect("it is one"),
        default_account: AccountId::default(),
        s3_domains: S3Domains::new(["s3.localhost", "localhost"]),
    };
    let now = Now {
        wall: Timestamp::from_second(1_767_323_045).expect("it is in 2026"),
        advanced: Duration::ZERO,
    };
    match auth::admit(request, &settings, now).now_or_never() {
        Some(Ok(Admitted::Pinpoint { identity, .. })) => {
            panic!("nobody has signed as {identity:?}");
        }
        Some(Ok(Admitted::S3 { identity, .. })) => assert_eq!(identity, Identity::Anonymous),
        Some(Ok(Admitted::Control(_)) | Err(_)) | None => {}
    }
}

fn request(bytes: &[u8]) -> Option<Request<Full<Bytes>>> {
    let mut rest = bytes;
    let mut line = || {
        let end = rest.iter().position(|byte| *byte == b'\n');
        let (line, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after.get(1..).unwrap_or_default();
        str::from_utf8(line).ok()
    };
    let (method, target) = line()?.split_once(' ')?;
    let mut request = Request::builder().method(method).uri(target);
    loop {
        match line()? {
            "" => break,
            header => {
                let (name, value) = header.split_once(": ")?;
                request = request.header(name, value);
            }
        }
    }
    request.body(Full::from(rest.to_vec())).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Bytes that are nearly of a form: pieces of it, now and then something else.
    fn nearly(pieces: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec());
        let noise = prop::collection::vec(any::<u8>(), 0..4);
        let parts = prop::collection::vec(prop_oneof![9 => piece, 1 => noise], 0..24);
        parts.prop_map(|parts| parts.concat())
    }

    const URI: &[&str] = &[
        "/",
        "v1",
        "apps",
        "endpoints",
        "segments",
        "versions",
        "jobs",
        "import",
        "tags",
        "channels",
        "email",
        "a",
        "%2F",
        "%",
        "é",
    ];
    const JSON: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"Name\"",
        "\"tags\"",
        "\"Item\"",
        "\"Dimensions\"",
        "\"Attributes\"",
        "\"Values\"",
        "\"a\"",
        "1",
        "-0.5e9",
        "null",
        "true",
        " ",
        "\u{0}",
        "\\u00e9",
    ];
    const CSV: &[&str] = &[
        "Id",
        "Address",
        "ChannelType",
        "User.UserId",
        "Attributes.a",
        "Metrics.m",
        ",",
        "\n",
        "\r\n",
        "\"",
        "a",
        "1",
        "\t",
        "\u{feff}",
        " ",
        "\r",
    ];
    const LINES: &[&str] = &[
        "{\"Id\":\"a\"",
        ",\"Address\":\"b\"",
        ",\"Metrics\":{\"m\":1}",
        ",\"User\":{\"UserId\":\"u\"}",
        "}",
        "\n",
        "\r",
        "{",
        "null",
        "\u{1f}\u{8b}",
    ];
    const S3_URL: &[&str] = &["s3://", "s3:", "/", "bucket", "a", ".", "-", "%", "é", "?"];
    const SIGNATURE: &[&str] = &[
        "GET ",
        "POST ",
        "/v1/apps",
        "/bucket/key",
        "?",
        "&",
        "=",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
        "X-Amz-Credential=AKIDEXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request",
        "X-Amz-Signature=00",
        "X-Amz-Date=20260102T030405Z",
        "X-Amz-Expires=60",
        "X-Amz-SignedHeaders=host",
        "AWSAccessKeyId=AKIDEXAMPLE",
        "Signature=AAAAAAAAAAAAAAAAAAAAAAAAAAA%3D",
        "Expires=1767323999",
        "\n",
        "\nhost: localhost",
        "\nx-amz-date: 20260102T030405Z",
        "\nx-amz-content-sha256: UNSIGNED-PAYLOAD",
        "\nauthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/mobiletargeting/aws4_request, ",
        "SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000",
        "\nauthorization: AWS AKIDEXAMPLE:AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "\ncontent-type: multipart/form-data; boundary=b",
        "--b\r\n",
        "content-disposition: form-data; name=\"policy\"\r\n\r\n",
        "--b--\r\n",
    ];

    proptest! {
        #[test]
        fn uris_are_routed_by_their_templates(bytes in nearly(URI)) {
            uri(&bytes);
        }

        #[test]
        fn bodies_that_pass_are_objects(choice: u8, body in nearly(JSON)) {
            json(&[&[choice], body.as_slice()].concat());
        }

        #[test]
        fn csv_rows_come_in_order(bytes in nearly(CSV)) {
            csv(&bytes);
        }

        #[test]
        fn json_rows_come_in_order(bytes in nearly(LINES)) {
            json_lines(&bytes);
        }

        #[test]
        fn s3_urls_print_as_they_are_read(bytes in nearly(S3_URL)) {
            s3_url(&bytes);
        }

        #[test]
        fn tokens_cannot_be_made_up(ordinal: u64, flipped in 0_usize..64, bit in 0_u8..8) {
            let mut bytes = page::token("fuzzing", ordinal).into_bytes();
            token(&bytes);
            let place = flipped % bytes.len();
            bytes[place] ^= 1 << bit;
            token(&bytes);
        }

        #[test]
        fn signatures_cannot_be_made_up(bytes in nearly(SIGNATURE)) {
            signature(&bytes);
        }
    }
}

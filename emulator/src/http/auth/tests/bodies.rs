//! A body reaches its end only if it is the one that was announced.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use proptest::prelude::*;

use super::*;

type Outcome = (Result<Vec<u8>, BodyFault>, Arc<BodyReport>, HeaderMap);

/// Sends a body with these headers to S3 and reads it there.
fn put(headers: &[(&str, &str)], frames: &[&[u8]]) -> Result<Outcome, Refusal> {
    let mut request = Request::put("/bucket/key");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body(frames)).unwrap();
    let (request, _) = s3_head(admit_now(request, AuthMode::Off, now())?);
    let (parts, body) = request.into_parts();
    let report = body.report();
    assert_eq!(report.fault(), None);
    Ok((read(body), report, parts.headers))
}

/// The code with which a body is refused, at once or while it streams; `None` if it passes.
fn refused(headers: &[(&str, &str)], frames: &[&[u8]]) -> Option<(String, String)> {
    let answer = match put(headers, frames) {
        Err(refusal) => refusal.answer,
        Ok((read, report, _)) => {
            let fault = read.err()?;
            assert_eq!(
                report.fault(),
                Some(&fault),
                "the report must tell what the stream told"
            );
            fault.refusal(Service::S3).answer
        }
    };
    Some((answer.code.into_owned(), answer.message.into_owned()))
}

const PAYLOAD: &[u8] = b"123456789";
const CRC32: &str = "y/Q5Jg==";
const MD5: &str = "JfnnlDI7RTiF9RgfG2JNCw==";
const SHA256_HEX: &str = "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225";

/// The five checksums of [`PAYLOAD`]: the catalogue's check values, and the hashes by other tools.
fn checksums() -> [(&'static str, String); 5] {
    [
        ("x-amz-checksum-crc32", "cbf43926"),
        ("x-amz-checksum-crc32c", "e3069283"),
        ("x-amz-checksum-crc64nvme", "ae8b14860a799888"),
        (
            "x-amz-checksum-sha1",
            "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
        ),
        ("x-amz-checksum-sha256", SHA256_HEX),
    ]
    .map(|(header, value)| (header, BASE64.encode(hex::decode(value).unwrap())))
}

fn framed(payload: &[u8], trailers: &str) -> Vec<u8> {
    let mut wire = format!("{:x}\r\n", payload.len()).into_bytes();
    wire.extend_from_slice(payload);
    wire.extend_from_slice(format!("\r\n0\r\n{trailers}\r\n").as_bytes());
    wire
}

const STREAMING: (&str, &str) = ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
const DECODED_9: (&str, &str) = ("x-amz-decoded-content-length", "9");

#[test]
fn a_right_checksum_in_header_or_trailer_passes() {
    for (header, value) in checksums() {
        let (read, _, _) = put(&[(header, &value)], &[b"1234", b"56789"]).unwrap();
        assert_eq!(read.unwrap(), PAYLOAD);

        let wire = framed(PAYLOAD, &format!("{header}:{value}\r\n"));
        let announced = ("x-amz-trailer", header);
        let (read, _, headers) = put(&[STREAMING, DECODED_9, announced], &[&wire]).unwrap();
        assert_eq!(read.unwrap(), PAYLOAD);
        assert_eq!(
            headers["x-amz-trailer"], header,
            "the store has to know what to keep"
        );
    }
}

#[test]
fn a_wrong_checksum_in_header_or_trailer_is_a_bad_digest() {
    for ((header, value), name) in
        checksums()
            .into_iter()
            .zip(["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
    {
        let expected = Some((
            "BadDigest".to_owned(),
            format!("The {name} you specified did not match the calculated checksum."),
        ));
        assert_eq!(refused(&[(header, &value)], &[b"123456780"]), expected);
        let wire = framed(b"123456780", &format!("{header}:{value}\r\n"));
        assert_eq!(
            refused(&[STREAMING, DECODED_9, ("x-amz-trailer", header)], &[&wire]),
            expected
        );
    }
}

#[test]
fn headers_about_the_body_are_believed_only_if_they_are_true() {
    let other_hash = "ab".repeat(32);
    let code = |headers: &[(&str, &str)]| refused(headers, &[PAYLOAD]).map(|(code, _)| code);
    for (headers, expected) in [
        (&[("content-md5", MD5)][..], None),
        (
            &[("content-md5", "JfnnlDI7RTiF9RgfG2JNCg==")],
            Some("BadDigest"),
        ),
        (&[("content-md5", "short==")], Some("InvalidDigest")),
        (&[("content-md5", "")], Some("InvalidDigest")),
        (&[("x-amz-content-sha256", SHA256_HEX)], None),
        (
            &[("x-amz-content-sha256", &other_hash)],
            Some("XAmzContentSHA256Mismatch"),
        ),
        (&[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")], None),
        (&[("x-amz-content-sha256", "abc")], Some("InvalidArgument")),
        (&[("content-length", "9")], None),
        (&[("content-length", "8")], Some("IncompleteBody")),
        (&[("content-length", "10")], Some("IncompleteBody")),
        (&[("x-amz-checksum-crc32", "none")], Some("InvalidRequest")),
        (
            &[
                ("x-amz-checksum-crc32", CRC32),
                ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
            ],
            Some("InvalidRequest"),
        ),
        (
            &[("x-amz-sdk-checksum-algorithm", "CRC32")],
            Some("InvalidRequest"),
        ),
        (
            &[
                ("x-amz-sdk-checksum-algorithm", "CRC32"),
                ("x-amz-checksum-crc32", CRC32),
            ],
            None,
        ),
        (
            &[
                ("x-amz-sdk-checksum-algorithm", "SHA1"),
                ("x-amz-checksum-crc32", CRC32),
            ],
            Some("InvalidRequest"),
        ),
    ] {
        assert_eq!(code(headers).as_deref(), expected, "{headers:?}");
    }
}

#[test]
fn a_chunked_body_is_as_announced_or_refused() {
    let good = framed(PAYLOAD, "x-amz-checksum-crc32:y/Q5Jg==\r\n");
    let announced = ("x-amz-trailer", "x-amz-checksum-crc32");
    let with_trailer = [STREAMING, DECODED_9, announced];
    for (headers, wire, expected) in [
        (&with_trailer[..], good.clone(), None),
        (
            &with_trailer,
            good[..good.len() - 2].to_vec(),
            Some("IncompleteBody"),
        ),
        (&with_trailer, good[..6].to_vec(), Some("IncompleteBody")),
        (&with_trailer, PAYLOAD.to_vec(), Some("IncompleteBody")),
        (&with_trailer, Vec::new(), Some("IncompleteBody")),
        (
            &with_trailer,
            framed(PAYLOAD, ""),
            Some("MalformedTrailerError"),
        ),
        (
            &with_trailer,
            framed(PAYLOAD, "x-amz-checksum-sha1:abc=\r\n"),
            Some("MalformedTrailerError"),
        ),
        (
            &with_trailer,
            framed(PAYLOAD, "x-amz-checksum-crc32:y/Q5\r\n"),
            Some("InvalidRequest"),
        ),
        (
            &with_trailer,
            framed(
                PAYLOAD,
                "x-amz-checksum-crc32:y/Q5Jg==\r\nx-amz-trailer-signature:ab\r\n",
            ),
            None,
        ),
        (
            &[STREAMING, DECODED_9],
            good.clone(),
            Some("MalformedTrailerError"),
        ),
        (
            &[STREAMING, DECODED_9, ("x-amz-trailer", "x-amz-meta-a")],
            good.clone(),
            Some("InvalidRequest"),
        ),
        (
            &[STREAMING],
            framed(PAYLOAD, ""),
            Some("MissingContentLength"),
        ),
        (
            &[STREAMING, ("x-amz-decoded-content-length", "8")],
            framed(PAYLOAD, ""),
            Some("IncompleteBody"),
        ),
        (
            &[STREAMING, ("x-amz-decoded-content-length", "10")],
            framed(PAYLOAD, ""),
            Some("IncompleteBody"),
        ),
        (
            &[STREAMING, ("x-amz-decoded-content-length", "x")],
            framed(PAYLOAD, ""),
            Some("InvalidArgument"),
        ),
        (
            &[("content-encoding", "aws-chunked")],
            framed(PAYLOAD, ""),
            None,
        ),
    ] {
        let code = refused(headers, &[&wire]).map(|(code, _)| code);
        assert_eq!(
            code.as_deref(),
            expected,
            "{headers:?} {:?}",
            String::from_utf8_lossy(&wire)
        );
    }
}

#[test]
fn nothing_of_the_framing_is_left_in_the_headers() {
    for (coding, kept) in [
        ("aws-chunked", None),
        ("aws-chunked,gzip", Some("gzip")),
        ("gzip, AWS-chunked, br", Some("gzip,br")),
    ] {
        let headers = [
            STREAMING,
            DECODED_9,
            ("content-encoding", coding),
            ("content-length", "29"),
            ("x-amz-meta-a", "b"),
        ];
        let (read, _, headers) = put(&headers, &[&framed(PAYLOAD, "")]).unwrap();
        assert_eq!(read.unwrap(), PAYLOAD);
        assert_eq!(
            headers
                .get("content-encoding")
                .map(|value| value.to_str().unwrap()),
            kept
        );
        assert_eq!(
            (
                headers["content-length"].as_bytes(),
                headers["x-amz-meta-a"].as_bytes()
            ),
            (&b"9"[..], &b"b"[..])
        );
        assert_eq!(
            headers
                .keys()
                .filter(|name| name.as_str().starts_with("x-amz-"))
                .count(),
            1
        );
    }
    let (_, _, headers) = put(&[("content-encoding", "gzip, br")], &[PAYLOAD]).unwrap();
    assert_eq!(headers["content-encoding"], "gzip, br");
}

#[test]
fn completing_an_upload_names_the_objects_checksum_not_the_bodys() {
    let request = Request::post("/bucket/key?uploadId=1")
        .header("x-amz-checksum-crc32", "AAAAAA==-3")
        .body(body(&[b"<CompleteMultipartUpload/>"]))
        .unwrap();
    let (request, _) = s3_head(admit_now(request, AuthMode::Off, now()).unwrap());
    assert_eq!(request.headers()["x-amz-checksum-crc32"], "AAAAAA==-3");
    assert!(read(request.into_body()).is_ok());
}

#[test]
fn pinpoint_takes_the_hash_for_a_part_of_the_signature() {
    for (hash, is_right) in [(SHA256_HEX.to_owned(), true), ("ab".repeat(32), false)] {
        let request = Request::put("/v1/apps")
            .header("x-amz-content-sha256", hash)
            .body(body(&[PAYLOAD]))
            .unwrap();
        let Admitted::Pinpoint { request, .. } = admit_now(request, AuthMode::Off, now()).unwrap()
        else {
            panic!("not for Pinpoint")
        };
        let code = read(request.into_body())
            .err()
            .map(|fault| fault.refusal(Service::Pinpoint).answer.code);
        assert_eq!(
            code.as_deref(),
            (!is_right).then_some("InvalidSignatureException")
        );
    }
}

#[test]
fn a_broken_connection_never_looks_like_the_end() {
    let frames = vec![
        Ok(Frame::data(Bytes::from_static(PAYLOAD))),
        Err("reset by peer"),
    ];
    let request = Request::put("/b/k")
        .body(StreamBody::new(stream::iter(frames)))
        .unwrap();
    let admitted = block_on(admit(request, &settings(AuthMode::Off), now())).unwrap();
    let Admitted::S3 { request, .. } = admitted else {
        panic!("not for S3")
    };
    let report = request.body().report();
    let fault = block_on(request.into_body().collect()).unwrap_err();
    assert_eq!(fault, BodyFault::Interrupted("reset by peer".to_owned()));
    assert_eq!(report.fault(), Some(&fault));
    assert_eq!(fault.refusal(Service::S3).answer.code, "IncompleteBody");
}

proptest! {
    #[test]
    fn any_flipped_byte_is_noticed(payload in prop::collection::vec(any::<u8>(), 1..200), place: prop::sample::Index, kind in 0..5_usize) {
        let algorithm = ChecksumAlgorithm::ALL[kind];
        let mut hasher = crate::domain::checksum::Hasher::new(algorithm);
        hasher.update(&payload);
        let value = BASE64.encode(hasher.finish());
        prop_assert_eq!(refused(&[(algorithm.header(), &value)], &[&payload]), None);
        let mut flipped = payload.clone();
        flipped[place.index(payload.len())] ^= 1;
        prop_assert_eq!(refused(&[(algorithm.header(), &value)], &[&flipped]).unwrap().0, "BadDigest");
    }
}

//! A POST form becomes the PUT it stands for, or is refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::*;

const FILE: &str = "the file's bytes";

/// A form as a browser writes it; the file comes last.
fn form(fields: &[(&str, &str)], file_name: &str) -> String {
    let part = |head: &str, value: &str| {
        format!("--frontier\r\nContent-Disposition: form-data; {head}\r\n\r\n{value}\r\n")
    };
    let fields: String = fields
        .iter()
        .map(|(name, value)| part(&format!("name=\"{name}\""), value))
        .collect();
    let file = part(
        &format!("name=\"file\"; filename=\"{file_name}\"\r\nContent-Type: text/x-of-the-part"),
        FILE,
    );
    format!("{fields}{file}--frontier--\r\n")
}

fn post(address: &str, wire: &[u8], piece_bytes: usize) -> Result<Admitted<TestBody>, Refusal> {
    let frames: Vec<&[u8]> = wire.chunks(piece_bytes).collect();
    let request = Request::post(address)
        .header("host", "photos.localhost")
        .header("content-type", "multipart/form-data; boundary=frontier")
        .header("content-length", wire.len())
        .header("x-amz-acl", "of the head, not of the form")
        .body(body(&frames))
        .unwrap();
    admit_now(request, AuthMode::Lenient, now())
}

struct Upload {
    request: Request<VerifiedBody<TestBody>>,
    identity: Identity,
    reply: FormReply,
}

fn upload(fields: &[(&str, &str)], file_name: &str) -> Result<Upload, (u16, String, String)> {
    let refused = |Refusal { answer, .. }| {
        (
            answer.status,
            answer.code.into_owned(),
            answer.message.into_owned(),
        )
    };
    match post("/", form(fields, file_name).as_bytes(), 7).map_err(refused)? {
        Admitted::S3 {
            request,
            identity,
            bucket,
            form_reply,
            ..
        } => {
            assert_eq!(bucket.as_deref(), Some("photos"));
            Ok(Upload {
                request,
                identity,
                reply: form_reply.unwrap(),
            })
        }
        other => panic!("not for S3: {other:?}"),
    }
}

fn policy(conditions: &str) -> String {
    BASE64.encode(format!(
        r#"{{"expiration":"2026-01-02T04:00:00Z","conditions":[{{"bucket":"photos"}},["starts-with","$key",""]{conditions}]}}"#
    ))
}

const V4_CONDITIONS: &str = r#",["starts-with","$x-amz-credential",""],["starts-with","$x-amz-algorithm",""],["starts-with","$x-amz-date",""]"#;

/// The fields of a form signed by version 4.
fn v4_fields(policy: &str) -> Vec<(&'static str, String)> {
    vec![
        ("key", "cat.png".to_owned()),
        (
            "X-Amz-Credential",
            "123456789012/20260102/eu-west-1/s3/aws4_request".to_owned(),
        ),
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256".to_owned()),
        ("X-Amz-Date", "20260102T030405Z".to_owned()),
        ("Policy", policy.to_owned()),
        ("X-Amz-Signature", "ab".repeat(32)),
    ]
}

fn borrowed<'a>(fields: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

#[test]
fn a_small_form_does_not_become_a_large_one() {
    let long = "n".repeat(1024);
    let key = "${filename}".repeat(21);
    let (_, code, _) = upload(&[("key", &key)], &long).err().unwrap();
    assert_eq!(code, "MaxPostPreDataLengthExceeded");
    assert!(upload(&[("key", "${filename}")], &long).is_ok());
}

#[test]
fn a_form_becomes_the_put_of_its_file() {
    let fields = [
        ("Key", "päth/${filename}"),
        ("acl", "public-read"),
        ("Content-Type", "image/png"),
        ("x-amz-meta-owner", "me"),
        (
            "tagging",
            "<Tagging><TagSet><Tag><Key>a b</Key><Value>1&amp;2</Value></Tag></TagSet></Tagging>",
        ),
        ("x-ignored", "by all"),
    ];
    for file_name in ["c d.png", "/home/me/c d.png"] {
        let upload = upload(&fields, file_name).unwrap();
        assert_eq!(upload.identity, Identity::Anonymous);
        let (parts, body) = upload.request.into_parts();
        assert_eq!(
            (parts.method.as_str(), parts.uri.to_string().as_str()),
            ("PUT", "/p%C3%A4th/c%20d.png")
        );
        let mut headers = parts.headers;
        for (name, value) in [
            ("host", "photos.localhost"),
            ("x-amz-acl", "public-read"),
            ("content-type", "image/png"),
            ("x-amz-meta-owner", "me"),
            ("x-amz-tagging", "a+b=1%262"),
        ] {
            assert_eq!(headers.remove(name).unwrap(), value);
        }
        assert_eq!(headers, HeaderMap::new());
        assert_eq!(read(body).unwrap(), FILE.as_bytes());
    }
}

#[test]
fn the_bucket_may_stand_in_the_path_and_frames_may_break_anywhere() {
    for piece_bytes in [1, 2, 3, 50, 10_000] {
        let wire = form(&[("key", "k")], "f");
        let request = Request::post("/pets")
            .header("content-type", "Multipart/Form-Data; boundary=\"frontier\"")
            .body(body(
                &wire.as_bytes().chunks(piece_bytes).collect::<Vec<_>>(),
            ))
            .unwrap();
        let (request, _) = s3_head(admit_now(request, AuthMode::Lenient, now()).unwrap());
        assert_eq!(request.uri(), "/pets/k");
        assert_eq!(read(request.into_body()).unwrap(), FILE.as_bytes());
    }
}

#[test]
fn a_form_that_arrives_slowly_is_awaited() {
    let wire = form(&[("key", "k"), ("acl", "private")], "f").into_bytes();
    let slow = stream::iter(
        wire.into_iter()
            .map(|byte| Ok::<_, Infallible>(Frame::data(Bytes::from(vec![byte])))),
    )
    .then(|frame| async {
        tokio::task::yield_now().await;
        frame
    });
    let request = Request::post("/pets")
        .header("content-type", "multipart/form-data; boundary=frontier")
        .body(StreamBody::new(slow.boxed()))
        .unwrap();
    let collected = block_on(async {
        let Ok(Admitted::S3 { request, .. }) =
            admit(request, &settings(AuthMode::Lenient), now()).await
        else {
            panic!("not admitted to S3")
        };
        request.into_body().collect().await.unwrap().to_bytes()
    });
    assert_eq!(collected, FILE);
}

#[test]
fn a_form_is_signed_by_either_version() {
    let fields = v4_fields(&policy(V4_CONDITIONS));
    let signed = upload(&borrowed(&fields), "f").unwrap();
    assert_eq!(
        signed.identity,
        account("123456789012", "123456789012", Some("eu-west-1"))
    );
    let policy = policy("");
    let fields = [
        ("key", "k"),
        ("AWSAccessKeyId", "AK"),
        ("policy", policy.as_str()),
        ("signature", "MDEyMzQ1Njc4OTAxMjM0NTY3ODk="),
    ];
    assert_eq!(
        upload(&fields, "f").unwrap().identity,
        account("000000000000", "AK", None)
    );
    for (left_out, status) in [
        ("key", 400),
        ("AWSAccessKeyId", 400),
        ("policy", 400),
        ("signature", 400),
    ] {
        let fields: Vec<_> = fields
            .into_iter()
            .filter(|(name, _)| *name != left_out)
            .collect();
        let (got, code, text) = upload(&fields, "f").err().unwrap();
        assert_eq!((got, &*code), (status, "InvalidArgument"));
        assert!(
            text.starts_with(&format!(
                "Bucket POST must contain a field named '{left_out}'."
            )),
            "{text}"
        );
    }
}

#[test]
fn a_form_that_is_not_in_order_is_refused() {
    for (field, value, expected) in [
        (
            "X-Amz-Algorithm",
            "AWS4".to_owned(),
            (400, "AuthorizationQueryParametersError"),
        ),
        (
            "X-Amz-Credential",
            "AK/20260102/r/s3".to_owned(),
            (400, "AuthorizationQueryParametersError"),
        ),
        (
            "X-Amz-Credential",
            "AK/20260103/r/s3/aws4_request".to_owned(),
            (400, "AuthorizationQueryParametersError"),
        ),
        (
            "X-Amz-Credential",
            "AK/20260102/r/sqs/aws4_request".to_owned(),
            (501, "NotImplemented"),
        ),
        (
            "X-Amz-Date",
            "now".to_owned(),
            (400, "AuthorizationQueryParametersError"),
        ),
        (
            "X-Amz-Signature",
            "abc".to_owned(),
            (403, "SignatureDoesNotMatch"),
        ),
        ("Policy", policy(""), (403, "AccessDenied")),
        ("Policy", "{}".to_owned(), (400, "InvalidPolicyDocument")),
        ("key", String::new(), (400, "InvalidArgument")),
    ] {
        let mut fields = v4_fields(&policy(V4_CONDITIONS));
        for slot in fields.iter_mut().filter(|(name, _)| *name == field) {
            slot.1.clone_from(&value);
        }
        let (status, code, _) = upload(&borrowed(&fields), "f").err().unwrap();
        assert_eq!((status, &*code), expected, "{field} {value}");
    }
}

#[test]
fn the_policys_range_bounds_the_file() {
    let bytes = FILE.len();
    for (range, fault) in [
        (format!("{bytes},{bytes}"), None),
        (format!("0,{}", bytes - 1), Some("EntityTooLarge")),
        (format!("{},1000", bytes + 1), Some("EntityTooSmall")),
    ] {
        let conditions = format!(r#"{V4_CONDITIONS},["content-length-range",{range}]"#);
        let fields = v4_fields(&policy(&conditions));
        let body = upload(&borrowed(&fields), "f").unwrap().request.into_body();
        let code = read(body)
            .err()
            .map(|fault| fault.refusal(Service::S3).answer.code);
        assert_eq!(code.as_deref(), fault, "{range}");
    }
}

#[test]
fn a_file_is_checked_by_the_checksum_in_the_form() {
    for (value, fault) in [("AAAAAA==", Some("BadDigest")), ("x", None)] {
        match upload(&[("key", "k"), ("x-amz-checksum-crc32", value)], "f") {
            Ok(upload) => {
                let code = read(upload.request.into_body())
                    .err()
                    .map(|fault| fault.refusal(Service::S3).answer.code);
                assert_eq!(code.as_deref(), fault);
            }
            Err((_, code, _)) => assert_eq!(code, "InvalidRequest"),
        }
    }
}

#[test]
fn a_broken_form_is_an_error_and_never_a_hang() {
    let whole = form(&[("key", "k")], "f");
    let endless_field = format!(
        "--frontier\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{}",
        "x".repeat(30_000)
    );
    let endless_header = format!(
        "--frontier\r\nContent-Disposition: form-data; name=\"{}",
        "x".repeat(5 << 20)
    );
    let no_file =
        "--frontier\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--frontier--\r\n";
    for (wire, code) in [
        ("", "MalformedPOSTRequest"),
        ("garbage", "MalformedPOSTRequest"),
        (
            &whole[..whole.find("k\r\n").unwrap()],
            "MalformedPOSTRequest",
        ),
        (no_file, "InvalidArgument"),
        (&endless_field, "MaxPostPreDataLengthExceeded"),
        (&endless_header, "MalformedPOSTRequest"),
    ] {
        let refusal = post("/", wire.as_bytes(), 4096).unwrap_err();
        assert_eq!(refusal.answer.code, code, "{}", &wire[..wire.len().min(80)]);
    }
    let cut = &whole[..whole.len() - 20];
    let (request, _) = s3_head(post("/", cut.as_bytes(), 11).unwrap());
    assert_eq!(
        read(request.into_body())
            .unwrap_err()
            .refusal(Service::S3)
            .answer
            .code,
        "MalformedPOSTRequest"
    );
    assert_eq!(
        post("/key", whole.as_bytes(), 50).unwrap_err().answer.code,
        "MethodNotAllowed"
    );
    assert_eq!(
        post("/?Signature=x", whole.as_bytes(), 50)
            .unwrap_err()
            .answer
            .code,
        "InvalidArgument"
    );
}

#[test]
fn a_form_with_many_small_fields_in_one_frame_is_read() {
    let names: Vec<String> = (0..300)
        .map(|number| format!("x-ignore-{number}"))
        .collect();
    let mut fields: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "v")).collect();
    fields.push(("key", "k"));
    let wire = form(&fields, "f");
    let (request, _) = s3_head(post("/", wire.as_bytes(), wire.len()).unwrap());
    assert_eq!(read(request.into_body()).unwrap(), FILE.as_bytes());
}

#[test]
fn a_form_says_how_its_success_is_answered() {
    for (wish, status, location, contains) in [
        (("x-ignore-a", ""), 204, "http://photos.localhost/a%26b", ""),
        (
            ("success_action_status", "200"),
            200,
            "http://photos.localhost/a%26b",
            "",
        ),
        (
            ("success_action_status", "404"),
            204,
            "http://photos.localhost/a%26b",
            "",
        ),
        (
            ("success_action_status", "201"),
            201,
            "http://photos.localhost/a%26b",
            "<Bucket>photos</Bucket><Key>a&amp;b</Key><ETag>&quot;e&quot;</ETag>",
        ),
        (
            ("success_action_redirect", "http://here/?x=1"),
            303,
            "http://here/?x=1&bucket=photos&key=a%26b&etag=%22e%22",
            "",
        ),
        (
            ("redirect", "http://here/"),
            303,
            "http://here/?bucket=photos&key=a%26b&etag=%22e%22",
            "",
        ),
        (
            ("success_action_redirect", "nowhere"),
            204,
            "http://photos.localhost/a%26b",
            "",
        ),
    ] {
        let reply = upload(&[("key", "a&b"), wish], "f").unwrap().reply;
        let put = Response::builder()
            .header("etag", "\"e\"")
            .header("content-length", "0")
            .body(())
            .unwrap();
        let (mut parts, ()) = put.into_parts();
        let body = reply.answer(&mut parts);
        assert_eq!(
            parts.status,
            StatusCode::from_u16(status).unwrap(),
            "{wish:?}"
        );
        assert_eq!(
            parts.headers["location"],
            HeaderValue::from_str(location).unwrap()
        );
        assert_eq!(parts.headers["etag"], "\"e\"");
        assert!(
            str::from_utf8(&body).unwrap().contains(contains)
                && body.is_empty() == contains.is_empty(),
            "{body:?}"
        );
    }
}

//! Signatures made by AWS's own signer pass and lead to the right account; every mutilated one is
//! refused in AWS's words.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use proptest::prelude::*;

use super::*;

/// A request signed by AWS's library.
fn signed(
    target: &str,
    key: &str,
    region: &str,
    service: &str,
    presigned_seconds: Option<u64>,
) -> Request<TestBody> {
    let mut request = Request::get(target)
        .header("host", "127.0.0.1:4566")
        .body(body(&[]))
        .unwrap();
    if service == "s3" && presigned_seconds.is_none() {
        request
            .headers_mut()
            .insert("x-amz-content-sha256", "UNSIGNED-PAYLOAD".parse().unwrap());
    }
    let credentials =
        Credentials::new(key, "secret", Some("token".to_owned()), None, "test").into();
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    if let Some(seconds) = presigned_seconds {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(seconds));
    }
    let parameters = v4::SigningParams::builder()
        .identity(&credentials)
        .region(region)
        .name(service)
        .time(SystemTime::from(WALL.parse::<Timestamp>().unwrap()))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let instructions = {
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let uri = format!("http://127.0.0.1:4566{target}");
        let signable =
            SignableRequest::new("GET", uri, headers, SignableBody::UnsignedPayload).unwrap();
        sign(signable, &parameters).unwrap().into_parts().0
    };
    instructions.apply_to_request_http1x(&mut request);
    request
}

fn seen(admitted: Admitted<TestBody>) -> (Service, Request<VerifiedBody<TestBody>>, Identity) {
    match admitted {
        Admitted::Pinpoint { request, identity } => (Service::Pinpoint, request, identity),
        Admitted::S3 {
            request, identity, ..
        } => (Service::S3, request, identity),
        Admitted::Control(_) => panic!("not for the control interface"),
    }
}

proptest! {
    #[test]
    fn what_aws_signs_passes_and_leaves_no_trace(
        path in "(/[a-zA-Z0-9._~-]{1,8}|/%2F|/%20|/%C3%A9){1,4}",
        query in prop_oneof![Just(String::new()), "\\?prefix=[a-z0-9]{0,3}(%2F|%20|~)?(&[a-z-]{1,5}=[a-z0-9]{0,4}){0,3}"],
        key in prop_oneof!["[A-Z0-9]{16,20}", "[0-9]{12}"],
        region in "[a-z]{2}-[a-z]{4}-[1-9]",
        is_pinpoint: bool,
        presigned_seconds in prop_oneof![Just(None), (1..=604_800_u64).prop_map(Some)],
    ) {
        let target = format!("{path}{query}");
        let (signing_name, service) =
            if is_pinpoint { ("mobiletargeting", Service::Pinpoint) } else { ("s3", Service::S3) };
        let request = signed(&target, &key, &region, signing_name, presigned_seconds);
        let (seen_service, request, identity) = seen(admit_now(request, AuthMode::Lenient, now()).unwrap());
        prop_assert_eq!(seen_service, service);
        let expected_account = if key.len() == 12 { key.as_str() } else { "000000000000" };
        prop_assert_eq!(identity, account(expected_account, &key, Some(&region)));
        prop_assert_eq!(request.uri().to_string(), target);
        prop_assert!(!request.headers().contains_key("authorization"));
    }

    #[test]
    fn no_authorization_header_causes_a_panic(
        value in prop_oneof!["\\PC{0,60}", "AWS4-HMAC-SHA256 [A-Za-z=,/;0-9 ]{0,80}", "AWS [a-z:=]{0,20}"],
        query in "([A-Za-z-]{1,6}|X-Amz-Algorithm|X-Amz-Credential|X-Amz-Date|X-Amz-Expires|Signature|AWSAccessKeyId)=[a-z0-9%/]{0,20}",
        target in prop_oneof![Just("/v1/apps"), Just("/bucket/key")],
    ) {
        let request = Request::get(format!("{target}?{}", query.replace('%', "%25"))).header("authorization", value.as_bytes());
        if let Ok(request) = request.body(body(&[])) {
            let _ = admit_now(request, AuthMode::Lenient, now());
        }
    }
}

const SIGNATURE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Replaces `from` by `to` in a good header and says what comes of it: code, beginning of the text.
fn check_header(target: &str, service: &str, from: &str, to: &str, expected: (u16, &str, &str)) {
    let value = format!(
        "AWS4-HMAC-SHA256 Credential=AKID/20260102/eu-west-1/{service}/aws4_request, SignedHeaders=host;x-amz-date, Signature={SIGNATURE}"
    );
    assert!(value.contains(from), "{from}");
    let request = Request::get(target)
        .header("x-amz-date", "20260102T030405Z")
        .header("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
        .header("authorization", value.replacen(from, to, 1))
        .body(body(&[]))
        .unwrap();
    let answer = admit_now(request, AuthMode::Lenient, now())
        .unwrap_err()
        .answer;
    assert_eq!(
        (answer.status, &*answer.code),
        (expected.0, expected.1),
        "{to}"
    );
    assert!(
        answer.message.contains(expected.2),
        "{to}: {}",
        answer.message
    );
}

#[test]
fn a_malformed_header_is_refused_by_s3_in_its_own_words() {
    const MALFORMED: &str = "AuthorizationHeaderMalformed";
    for (from, to, expected) in [
        (
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA1",
            (400, "InvalidArgument", "Unsupported Authorization Type"),
        ),
        (
            "Credential=",
            "Credentials=",
            (400, MALFORMED, "requires three components"),
        ),
        (
            "SignedHeaders=",
            "",
            (400, MALFORMED, "requires three components"),
        ),
        (SIGNATURE, "", (400, MALFORMED, "requires three components")),
        (
            "AKID",
            "",
            (400, MALFORMED, "malformed; a non-empty Access Key (AKID)"),
        ),
        (
            "AKID/",
            "",
            (400, MALFORMED, "malformed; the Credential is mal-formed"),
        ),
        (
            "20260102",
            "2026-01-02",
            (400, MALFORMED, "incorrect date format \"2026-01-02\""),
        ),
        (
            "20260102",
            "20260103",
            (400, MALFORMED, "Invalid credential date. Date is not"),
        ),
        ("eu-west-1", "", (400, MALFORMED, "a non-empty region")),
        (
            "aws4_request",
            "aws5_request",
            (400, MALFORMED, "incorrect terminal \"aws5_request\""),
        ),
        ("host;", "", (403, "AccessDenied", "which were not signed")),
        (
            SIGNATURE,
            "abc",
            (
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated",
            ),
        ),
    ] {
        check_header("/bucket/key", "s3", from, to, expected);
    }
}

#[test]
fn a_malformed_header_is_refused_by_pinpoint_in_its_own_words() {
    const INCOMPLETE: &str = "IncompleteSignatureException";
    for (from, to, text) in [
        (
            "Credential=",
            "Credentials=",
            "Authorization header requires 'Credential' parameter. (Hashed",
        ),
        (
            "SignedHeaders=host;x-amz-date, ",
            "",
            "requires 'SignedHeaders' parameter.",
        ),
        (SIGNATURE, "", "requires 'Signature' parameter."),
        (
            "Credential=",
            "",
            "Invalid key=value pair (missing equal-sign)",
        ),
        ("AKID/", "", "exactly 5 slash-delimited elements"),
        (
            "host;",
            "",
            "'Host' or ':authority' must be a 'SignedHeader'",
        ),
        (SIGNATURE, "abc", "64 hexadecimal digits"),
    ] {
        check_header(
            "/v1/apps",
            "mobiletargeting",
            from,
            to,
            (403, INCOMPLETE, text),
        );
    }
    for (from, to, text) in [
        (
            "20260102/",
            "20260103/",
            "from HTTP: '20260103' != '20260102', from '20260102T030405Z'.",
        ),
        (
            "20260102/",
            "2026-01/",
            "from HTTP: '2026-01' != '20260102'",
        ),
        (
            "/eu-west-1",
            "/",
            "Credential should be scoped to a valid region, not ''.",
        ),
        (
            "aws4_request",
            "aws5",
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'.",
        ),
    ] {
        let expected = (403, "InvalidSignatureException", text);
        check_header("/v1/apps", "mobiletargeting", from, to, expected);
    }
    check_header(
        "/v1/apps",
        "mobiletargeting",
        "AKID/",
        "/",
        (403, "UnrecognizedClientException", "security token"),
    );
    // What is wrong with the scope is told before the key is looked at.
    check_header(
        "/v1/apps",
        "mobiletargeting",
        "AKID/20260102/",
        "/20260103/",
        (403, "InvalidSignatureException", "from HTTP: '20260103'"),
    );
    let missing = (
        403,
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    );
    check_header(
        "/v1/apps",
        "mobiletargeting",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA1",
        (403, INCOMPLETE, "Unsupported AWS 'algorithm'"),
    );
    let unsigned = Request::get("/v1/apps").body(body(&[])).unwrap();
    let answer = admit_now(unsigned, AuthMode::Lenient, now())
        .unwrap_err()
        .answer;
    assert_eq!((answer.status, &*answer.code, &*answer.message), missing);
}

#[test]
fn date_and_payload_hash_of_a_signed_request_are_asked_for() {
    let value = |service: &str| {
        format!(
            "AWS4-HMAC-SHA256 Credential=AK/20260102/r/{service}/aws4_request,SignedHeaders=host,Signature={SIGNATURE}"
        )
    };
    let http_date = ("date", "Fri, 02 Jan 2026 03:04:05 GMT");
    let unsigned_payload = ("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    for (target, service, headers, code) in [
        ("/b/k", "s3", &[http_date, unsigned_payload][..], None),
        ("/b/k", "s3", &[unsigned_payload], Some("AccessDenied")),
        (
            "/b/k",
            "s3",
            &[("x-amz-date", "today"), http_date, unsigned_payload],
            Some("AccessDenied"),
        ),
        ("/b/k", "s3", &[http_date], Some("InvalidRequest")),
        (
            "/b/k",
            "s3",
            &[http_date, ("x-amz-content-sha256", "none")],
            Some("InvalidArgument"),
        ),
        ("/v1/apps", "mobiletargeting", &[http_date], None),
        (
            "/v1/apps",
            "mobiletargeting",
            &[],
            Some("IncompleteSignatureException"),
        ),
        (
            "/v1/apps",
            "mobiletargeting",
            &[("x-amz-date", "today")],
            Some("IncompleteSignatureException"),
        ),
        ("/v1/apps", "sqs", &[http_date], Some("NotImplemented")),
    ] {
        let mut request = Request::get(target).header("authorization", value(service));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let outcome = admit_now(request.body(body(&[])).unwrap(), AuthMode::Lenient, now());
        assert_eq!(
            outcome.err().map(|refusal| refusal.answer.code).as_deref(),
            code,
            "{target} {headers:?}"
        );
    }
}

#[test]
fn a_malformed_presigned_url_is_refused_by_s3_in_its_own_words() {
    const PARAMETERS: &str = "AuthorizationQueryParametersError";
    for (from, to, code, text) in [
        (
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            "X-Amz-Algorithm=AWS4",
            PARAMETERS,
            "X-Amz-Algorithm only supports",
        ),
        (
            "&X-Amz-Expires=60",
            "",
            PARAMETERS,
            "Query-string authentication version 4 requires",
        ),
        (
            "&X-Amz-Date=20260102T030405Z",
            "",
            PARAMETERS,
            "Query-string authentication version 4 requires",
        ),
        (
            "X-Amz-Expires=60",
            "X-Amz-Expires=soon",
            PARAMETERS,
            "X-Amz-Expires should be a number",
        ),
        (
            "X-Amz-Expires=60",
            "X-Amz-Expires=-1",
            PARAMETERS,
            "X-Amz-Expires must be non-negative",
        ),
        (
            "X-Amz-Expires=60",
            "X-Amz-Expires=0",
            PARAMETERS,
            "X-Amz-Expires must be non-negative",
        ),
        (
            "X-Amz-Expires=60",
            "X-Amz-Expires=604801",
            PARAMETERS,
            "must be less than a week",
        ),
        ("T030405Z", "T03:04:05Z", PARAMETERS, "ISO8601 Long Format"),
        (
            "AK%2F",
            "",
            PARAMETERS,
            "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed",
        ),
        (
            "aws4_request",
            "aws2",
            PARAMETERS,
            "incorrect terminal \"aws2\"",
        ),
        (
            "SignedHeaders=host",
            "SignedHeaders=date",
            "AccessDenied",
            "which were not signed",
        ),
        (
            SIGNATURE,
            "00",
            "SignatureDoesNotMatch",
            "The request signature we calculated",
        ),
    ] {
        let good = format!(
            "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20260102%2Fr%2Fs3%2Faws4_request\
             &X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature={SIGNATURE}"
        );
        assert!(good.contains(from), "{from}");
        let request = Request::get(good.replacen(from, to, 1))
            .body(body(&[]))
            .unwrap();
        let answer = admit_now(request, AuthMode::Lenient, now())
            .unwrap_err()
            .answer;
        assert_eq!(answer.code, code, "{to}");
        assert!(answer.message.contains(text), "{to}: {}", answer.message);
    }
}

#[test]
fn a_presigned_url_expires_by_the_wall_clock_and_the_time_advanced() {
    let second: i64 = WALL.parse::<Timestamp>().unwrap().as_second();
    let v2 = |expiry: i64| {
        format!(
            "/b/k?AWSAccessKeyId=AK&Signature=MDEyMzQ1Njc4OTAxMjM0NTY3ODk%3D&Expires={}",
            second + expiry
        )
    };
    let v4 = |service: &str, date: &str, seconds: u64| {
        format!(
            "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK/20260102/r/{service}/aws4_request\
             &X-Amz-Date=20260102T{date}Z&X-Amz-Expires={seconds}&X-Amz-SignedHeaders=host&X-Amz-Signature={SIGNATURE}"
        )
    };
    for (target, advanced, is_alive) in [
        (v4("s3", "030405", 60), 0, true),
        (v4("s3", "030405", 60), 60, true),
        (v4("s3", "030405", 60), 61, false),
        (v4("s3", "030305", 60), 0, true),
        (v4("s3", "030304", 60), 0, false),
        (v4("s3", "030304", 120), 59, true),
        (v4("s3", "030304", 120), 60, false),
        (v4("s3", "000000", 604_800), 500_000, true),
        (v4("mobiletargeting", "030405", 60), 60, true),
        (v4("mobiletargeting", "030405", 60), 61, false),
        (v2(10), 0, true),
        (v2(10), 10, true),
        (v2(10), 11, false),
        (v2(-1), 0, false),
        (v2(10), u64::MAX, false),
    ] {
        let request = Request::get(&target).body(body(&[])).unwrap();
        let refusal = admit_now(request, AuthMode::Lenient, now_advanced(advanced)).err();
        assert_eq!(refusal.is_none(), is_alive, "{target} {advanced}");
        if let Some(Refusal {
            service: Service::S3,
            answer,
        }) = refusal
        {
            assert_eq!((answer.status, &*answer.code), (403, "AccessDenied"));
            assert_eq!(answer.message, "Request has expired");
        }
    }
}

#[test]
fn signature_version_2_is_known_by_its_form() {
    let date = Some("Fri, 02 Jan 2026 03:04:05 +0000");
    for (value, date, code) in [
        ("AWS AK:MDEyMzQ1Njc4OTAxMjM0NTY3ODk=", date, None),
        (
            "AWS AK:MDEyMzQ1Njc4OTAxMjM0NTY3ODk=",
            None,
            Some("AccessDenied"),
        ),
        (
            "AWS AK:MDEyMzQ1Njc4OTAxMjM0NTY3ODk=",
            Some("once"),
            Some("AccessDenied"),
        ),
        ("AWS AK:MDEyMzQ1Njc=", date, Some("SignatureDoesNotMatch")),
        ("AWS AK", date, Some("InvalidArgument")),
        (
            "AWS :MDEyMzQ1Njc4OTAxMjM0NTY3ODk=",
            date,
            Some("InvalidArgument"),
        ),
        ("AWS", date, Some("InvalidArgument")),
        ("Basic abc", date, Some("InvalidArgument")),
    ] {
        let mut request = Request::get("/b/k").header("authorization", value);
        if let Some(date) = date {
            request = request.header("date", date);
        }
        match admit_now(request.body(body(&[])).unwrap(), AuthMode::Lenient, now()) {
            Ok(admitted) => {
                assert_eq!(code, None, "{value}");
                assert_eq!(s3_head(admitted).1, account("000000000000", "AK", None));
            }
            Err(refusal) => assert_eq!(Some(&*refusal.answer.code), code, "{value}"),
        }
    }
    for (target, code) in [
        ("/b/k?AWSAccessKeyId=AK&Expires=2000000000", "AccessDenied"),
        (
            "/b/k?AWSAccessKeyId=AK&Expires=later&Signature=MDEyMzQ1Njc4OTAxMjM0NTY3ODk%3D",
            "AccessDenied",
        ),
        (
            "/b/k?AWSAccessKeyId=AK&Expires=2000000000&Signature=x",
            "SignatureDoesNotMatch",
        ),
    ] {
        let request = Request::get(target).body(body(&[])).unwrap();
        assert_eq!(
            admit_now(request, AuthMode::Lenient, now())
                .unwrap_err()
                .answer
                .code,
            code,
            "{target}"
        );
    }
}

#[test]
fn what_is_not_part_of_the_signature_stays_in_the_address() {
    for (target, after) in [
        ("/b/k?Expires=1&versionId=2", "/b/k?Expires=1&versionId=2"),
        (
            "/b/k%2f?response-expires=x&AWSAccessKeyId=A&Signature=MDEyMzQ1Njc4OTAxMjM0NTY3ODk=&Expires=2000000000&uploads",
            "/b/k%2f?response-expires=x&uploads",
        ),
    ] {
        let request = Request::get(target).body(body(&[])).unwrap();
        let (request, _) = s3_head(admit_now(request, AuthMode::Lenient, now()).unwrap());
        assert_eq!(request.uri().to_string(), after);
    }
}

#[test]
fn headers_in_the_query_of_a_presigned_url_become_headers() {
    let signature = format!(
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK/20260102/r/s3/aws4_request&X-Amz-Date=20260102T030405Z\
         &X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature={SIGNATURE}&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"
    );
    let send = |target: String| {
        let request = Request::put(target)
            .header("x-amz-acl", "private")
            .body(body(&[b"123456789"]))
            .unwrap();
        s3_head(admit_now(request, AuthMode::Lenient, now()).unwrap()).0
    };
    let request = send(format!(
        "/b/k?{signature}&x-amz-meta-a=b%20c&x-amz-acl=public-read&x-id=PutObject&x-amz-checksum-crc32=y/Q5Jg%3D%3D"
    ));
    assert_eq!(request.uri(), "/b/k?x-id=PutObject");
    assert_eq!(request.headers()["x-amz-meta-a"], "b c");
    assert_eq!(request.headers()["x-amz-acl"], "private");
    assert_eq!(read(request.into_body()).unwrap(), b"123456789");
    let request = send(format!(
        "/b/k?{signature}&x-amz-checksum-crc32=AAAAAA%3D%3D"
    ));
    assert_eq!(
        read(request.into_body()).unwrap_err(),
        BodyFault::Checksum(ChecksumAlgorithm::Crc32)
    );
    let unsigned = Request::get("/b/k?x-amz-acl=private")
        .body(body(&[]))
        .unwrap();
    let (request, _) = s3_head(admit_now(unsigned, AuthMode::Lenient, now()).unwrap());
    assert_eq!(request.uri(), "/b/k?x-amz-acl=private");
}

#[test]
fn an_unsigned_request_to_s3_is_anonymous_and_two_signatures_are_one_too_many() {
    for authorization in ["", " "] {
        let request = Request::get("/b/k")
            .header("authorization", authorization)
            .body(body(&[]))
            .unwrap();
        assert_eq!(
            s3_head(admit_now(request, AuthMode::Lenient, now()).unwrap()).1,
            Identity::Anonymous
        );
    }
    let twice = Request::get("/b/k?X-Amz-Signature=1")
        .header("authorization", "AWS A:B")
        .body(body(&[]))
        .unwrap();
    assert_eq!(
        admit_now(twice, AuthMode::Lenient, now())
            .unwrap_err()
            .answer
            .code,
        "InvalidArgument"
    );
}

#[test]
fn with_auth_off_everything_is_the_default_account() {
    for (target, authorization, region) in [
        ("/v1/apps", "", None),
        ("/b/k", "Bearer token", None),
        (
            "/b/k",
            "AWS4-HMAC-SHA256 Credential=123456789012/x/eu-west-1/s3/y",
            Some("eu-west-1"),
        ),
        (
            "/b/k?X-Amz-Expires=0&X-Amz-Credential=A/b/eu-west-1/s3/d",
            "",
            Some("eu-west-1"),
        ),
    ] {
        let request = Request::get(target)
            .header("authorization", authorization)
            .body(body(&[]))
            .unwrap();
        let (_, request, identity) = seen(admit_now(request, AuthMode::Off, now()).unwrap());
        let region = region.map(|region| Region::parse(region).unwrap());
        assert_eq!(
            identity,
            Identity::Account {
                account: AccountId::parse("000000000000").unwrap(),
                access_key_id: None,
                user_name: None,
                region
            }
        );
        assert!(!request.headers().contains_key("authorization"));
        assert_eq!(request.uri().query(), None);
    }
}

//! What `strict` refuses, in which words, and what it takes beside that which AWS's own signer makes.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::ToSpan as _;

use super::*;
use crate::domain::access_key::AccessKey;
use crate::http::auth::keys;

const EXAMPLE: &str = "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:123456789012";

fn strict() -> AuthSettings {
    let pairs = [EXAMPLE, "test:test"].map(|pair| AccessKey::parse(pair).unwrap());
    AuthSettings {
        access_keys: AccessKeys::new(pairs.to_vec()).unwrap(),
        ..settings(AuthMode::Strict)
    }
}

/// How a request differs from one that passes.
#[derive(Debug, Clone, Copy)]
struct Wish<'a> {
    service: &'a str,
    key: &'a str,
    token: Option<&'a str>,
    seconds_off: i64,
    presigned_seconds: Option<u64>,
    unsigned: Option<(&'static str, &'a str)>,
}

const GOOD: Wish<'_> = Wish {
    service: "s3",
    key: "test",
    token: None,
    seconds_off: 0,
    presigned_seconds: None,
    unsigned: None,
};

fn request(wish: Wish<'_>) -> Request<TestBody> {
    let target = "/v1/apps";
    let mut request = Request::get(target)
        .header("host", "127.0.0.1:4566")
        .body(body(&[]))
        .unwrap();
    if wish.presigned_seconds.is_none() && wish.service == "s3" {
        let value = "UNSIGNED-PAYLOAD".parse().unwrap();
        request.headers_mut().insert("x-amz-content-sha256", value);
    }
    let token = wish.token.map(str::to_owned);
    let identity = Credentials::new(wish.key, "test", token, None, "test").into();
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    if let Some(seconds) = wish.presigned_seconds {
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(Duration::from_secs(seconds));
    }
    let time: Timestamp = WALL.parse().unwrap();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name(wish.service)
        .time((time + wish.seconds_off.seconds()).into())
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let instructions = {
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let body = if wish.service == "s3" {
            SignableBody::UnsignedPayload
        } else {
            SignableBody::Bytes(b"")
        };
        let uri = format!("http://127.0.0.1:4566{target}");
        let signable = SignableRequest::new("GET", uri, headers, body).unwrap();
        sign(signable, &parameters).unwrap().into_parts().0
    };
    instructions.apply_to_request_http1x(&mut request);
    if let Some((name, value)) = wish.unsigned {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request
}

/// The answer to a request, whether its head or its body tells.
fn refused(request: Request<TestBody>, now: Now) -> Option<ErrorAnswer> {
    match block_on(admit(request, &strict(), now)) {
        Err(refusal) => Some(refusal.answer),
        Ok(Admitted::Pinpoint { request, .. }) => {
            let fault = read(request.into_body()).err()?;
            Some(fault.refusal(Service::Pinpoint).answer)
        }
        Ok(Admitted::S3 { request, .. }) => {
            let fault = read(request.into_body()).err()?;
            Some(fault.refusal(Service::S3).answer)
        }
        Ok(Admitted::Control(_)) => panic!("not for the control interface"),
    }
}

fn details(answer: &ErrorAnswer) -> Vec<(&str, &str)> {
    answer
        .details
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect()
}

#[test]
fn pinpoint_takes_dates_within_five_minutes() {
    for (seconds_off, text) in [
        (0, None),
        (300, None),
        (-300, None),
        (
            301,
            Some(
                "Signature not yet current: 20260102T030906Z is still later than 20260102T030905Z (20260102T030405Z + 5 min.)",
            ),
        ),
        (
            -301,
            Some(
                "Signature expired: 20260102T025904Z is now earlier than 20260102T025905Z (20260102T030405Z - 5 min.)",
            ),
        ),
    ] {
        let wish = Wish {
            service: "mobiletargeting",
            seconds_off,
            ..GOOD
        };
        // Time advanced by hand does not make a signature older.
        let answer = refused(request(wish), now_advanced(10_000));
        assert_eq!(
            answer.as_ref().map(|answer| &*answer.message),
            text,
            "{seconds_off}"
        );
        if let Some(answer) = answer {
            assert_eq!(
                (answer.status, &*answer.code),
                (403, "InvalidSignatureException")
            );
        }
    }
}

#[test]
fn a_presigned_url_for_pinpoint_may_be_as_old_as_it_lives() {
    for (seconds_off, is_good) in [(-3600, true), (-3601, false), (300, true), (301, false)] {
        let wish = Wish {
            service: "mobiletargeting",
            seconds_off,
            presigned_seconds: Some(3600),
            ..GOOD
        };
        assert_eq!(
            refused(request(wish), now()).is_none(),
            is_good,
            "{seconds_off}"
        );
    }
}

#[test]
fn s3_takes_dates_within_fifteen_minutes() {
    for (seconds_off, code) in [
        (900, None),
        (-900, None),
        (901, Some("RequestTimeTooSkewed")),
        (-901, Some("RequestTimeTooSkewed")),
    ] {
        let wish = Wish {
            seconds_off,
            ..GOOD
        };
        let answer = refused(request(wish), now());
        assert_eq!(answer.as_ref().map(|answer| &*answer.code), code);
        if seconds_off == -901 {
            assert_eq!(
                details(&answer.unwrap()),
                [
                    ("RequestTime", "20260102T024904Z"),
                    ("ServerTime", "2026-01-02T03:04:05Z"),
                    ("MaxAllowedSkewMilliseconds", "900000"),
                ]
            );
        }
    }
}

#[test]
fn a_presigned_url_for_s3_is_good_from_its_date_to_its_end() {
    for (seconds_off, text) in [
        (-86_400, None),
        (900, None),
        (901, Some("Request is not yet valid")),
        (-86_401, Some("Request has expired")),
    ] {
        let wish = Wish {
            seconds_off,
            presigned_seconds: Some(86_400),
            ..GOOD
        };
        let answer = refused(request(wish), now());
        assert_eq!(answer.as_ref().map(|answer| &*answer.message), text);
    }
}

#[test]
fn an_unknown_key_is_refused_by_each_service_in_its_own_words() {
    for (service, status, code, text) in [
        (
            "mobiletargeting",
            403,
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        (
            "s3",
            403,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
    ] {
        // A key id of twelve digits is an account in `lenient` alone.
        for key in ["AKIDUNKNOWN", "123456789012"] {
            let answer = refused(
                request(Wish {
                    service,
                    key,
                    ..GOOD
                }),
                now(),
            )
            .unwrap();
            assert_eq!(
                (answer.status, &*answer.code, &*answer.message),
                (status, code, text)
            );
        }
    }
}

#[test]
fn a_session_token_is_nobodys() {
    for (service, presigned_seconds, code) in [
        ("mobiletargeting", None, "UnrecognizedClientException"),
        ("mobiletargeting", Some(60), "UnrecognizedClientException"),
        ("s3", None, "InvalidToken"),
        ("s3", Some(60), "InvalidToken"),
    ] {
        let wish = Wish {
            service,
            presigned_seconds,
            token: Some("token"),
            ..GOOD
        };
        assert_eq!(refused(request(wish), now()).unwrap().code, code);
    }
}

#[test]
fn every_header_of_amazons_must_be_signed() {
    for (service, presigned_seconds, header, text) in [
        ("s3", None, "x-amz-acl", Some("There were headers present")),
        (
            "s3",
            Some(60),
            "x-amz-acl",
            Some("There were headers present"),
        ),
        (
            "mobiletargeting",
            None,
            "x-amz-meta-a",
            Some("'x-amz-meta-a' must be a 'SignedHeader'"),
        ),
        ("s3", None, "x-amzn-trace-id", None),
        ("s3", None, "content-type", None),
        ("mobiletargeting", Some(60), "user-agent", None),
    ] {
        let wish = Wish {
            service,
            presigned_seconds,
            unsigned: Some((header, "private")),
            ..GOOD
        };
        let answer = refused(request(wish), now());
        match (&answer, text) {
            (None, None) => {}
            (Some(answer), Some(text)) => {
                assert!(answer.message.starts_with(text), "{answer:?}");
                if service == "s3" {
                    assert_eq!(details(answer), [("HeadersNotSigned", header)]);
                }
            }
            _ => panic!("{header}: {answer:?}"),
        }
    }
}

#[test]
fn a_wrong_signature_is_answered_with_what_should_have_been_signed() {
    let mut wrong = request(GOOD);
    *wrong.uri_mut() = "/v1/other".parse().unwrap();
    let answer = refused(wrong, now()).unwrap();
    assert_eq!(
        (answer.status, &*answer.code),
        (403, "SignatureDoesNotMatch")
    );
    let names: Vec<&str> = details(&answer).iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "AWSAccessKeyId",
            "StringToSign",
            "SignatureProvided",
            "StringToSignBytes",
            "CanonicalRequest",
            "CanonicalRequestBytes",
        ]
    );
    assert_eq!(
        details(&answer)[4].1,
        "GET\n/v1/other\n\nhost:127.0.0.1:4566\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:20260102T030405Z\n\n\
         host;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD"
    );
    assert!(details(&answer)[5].1.starts_with("47 45 54 0a 2f 76 31 2f"));

    let mut wrong = request(Wish {
        service: "mobiletargeting",
        ..GOOD
    });
    *wrong.uri_mut() = "/v1/other".parse().unwrap();
    let answer = refused(wrong, now()).unwrap();
    assert_eq!(
        (answer.status, &*answer.code),
        (403, "InvalidSignatureException")
    );
    for text in [
        "The request signature we calculated does not match the signature you provided.",
        "\n\nThe Canonical String for this request should have been\n'GET\n/v1/other\n\nhost:127.0.0.1:4566\n",
        "'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/eu-west-1/mobiletargeting/aws4_request\n",
    ] {
        assert!(answer.message.contains(text), "{answer:?}");
    }
}

#[test]
fn only_strict_holds_the_region_against_the_bucket() {
    for (mode, presigned_seconds, expected) in [
        (AuthMode::Lenient, None, None),
        (AuthMode::Strict, None, Some("AuthorizationHeaderMalformed")),
        (
            AuthMode::Strict,
            Some(60),
            Some("AuthorizationQueryParametersError"),
        ),
    ] {
        let request = request(Wish {
            presigned_seconds,
            ..GOOD
        });
        let Ok(Admitted::S3 { signed_region, .. }) =
            block_on(admit(request, &settings(mode), now()))
        else {
            panic!("not for S3")
        };
        let answer = |region| signed_region.as_ref()?.refusal(region);
        assert_eq!(answer("eu-west-1"), None);
        let other = answer("us-east-1");
        assert_eq!(other.as_ref().map(|answer| &*answer.code), expected);
        if let Some(other) = other {
            assert_eq!(details(&other), [("Region", "us-east-1")]);
            assert!(
                other
                    .message
                    .ends_with("; the region 'eu-west-1' is wrong; expecting 'us-east-1'"),
                "{other:?}"
            );
        }
    }
}

/// The examples of the S3 User Guide, Signing and authenticating REST requests, at their own time.
#[test]
fn signatures_of_version_2_are_verified() {
    let at = |wall: &str| Now {
        wall: wall.parse().unwrap(),
        advanced: Duration::ZERO,
    };
    let get = |target: &str, signature: &str| {
        Request::get(target)
            .header("host", "awsexamplebucket1.s3.localhost")
            .header("date", "Tue, 27 Mar 2007 19:36:42 +0000")
            .header(
                "authorization",
                format!("AWS AKIAIOSFODNN7EXAMPLE:{signature}"),
            )
            .body(body(&[]))
            .unwrap()
    };
    let signature = "qgk2+6Sv9/oM7G3qLEjTH1a1l1g=";
    let then = "2007-03-27T19:36:42Z";
    for (target, signature, wall, code) in [
        ("/photos/puppy.jpg", signature, then, None),
        (
            "/photos/kitty.jpg",
            signature,
            then,
            Some("SignatureDoesNotMatch"),
        ),
        (
            "/photos/puppy.jpg",
            "qgk2+6Sv9/oM7G3qLEjTH1a1L1g=",
            then,
            Some("SignatureDoesNotMatch"),
        ),
        (
            "/photos/puppy.jpg",
            signature,
            "2007-03-27T19:51:43Z",
            Some("RequestTimeTooSkewed"),
        ),
    ] {
        let answer = refused(get(target, signature), at(wall));
        assert_eq!(
            answer.as_ref().map(|answer| &*answer.code),
            code,
            "{target}"
        );
        if let Some("SignatureDoesNotMatch") = code {
            let details = answer.unwrap().details;
            assert_eq!(details[1].0, "StringToSign");
            assert!(details[1].1.starts_with("GET\n\n\nTue, 27 Mar 2007"));
        }
    }
    let presigned = "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE\
                     &Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D&Expires=1175139620";
    for (target, code) in [
        (presigned.to_owned(), None),
        (
            presigned.replace("1175139620", "1175139621"),
            Some("SignatureDoesNotMatch"),
        ),
        (
            presigned.replace("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLY"),
            Some("InvalidAccessKeyId"),
        ),
    ] {
        let request = Request::get(&target)
            .header("host", "johnsmith.s3.localhost")
            .body(body(&[]))
            .unwrap();
        let answer = refused(request, at(then));
        assert_eq!(
            answer.map(|answer| answer.code).as_deref(),
            code,
            "{target}"
        );
    }
}

#[test]
fn the_policy_of_a_form_is_what_is_signed() {
    let policy = BASE64.encode(
        r#"{"expiration":"2026-01-02T04:00:00Z","conditions":[["starts-with","$key",""],{"bucket":"b"},
        ["starts-with","$x-amz-credential",""],["starts-with","$x-amz-algorithm",""],["starts-with","$x-amz-date",""]]}"#,
    );
    let short_policy = BASE64.encode(
        r#"{"expiration":"2026-01-02T04:00:00Z","conditions":[["starts-with","$key",""],{"bucket":"b"}]}"#,
    );
    let pair = AccessKey::parse(EXAMPLE).unwrap();
    let credential = format!("{}/20260102/eu-west-1/s3/aws4_request", pair.id());
    let scope = super::super::scope::parse(&credential, "s3").unwrap();
    let v4 = keys::SigningKey::derive(pair.secret(), &scope).sign(policy.as_bytes());
    let v2 = keys::sign_v2(pair.secret(), short_policy.as_bytes());
    let v4_fields = [
        ("key", "k"),
        ("x-amz-credential", &credential),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-date", "20260102T030405Z"),
        ("policy", &policy),
        ("x-amz-signature", &v4),
    ];
    let v2_fields = [
        ("key", "k"),
        ("AWSAccessKeyId", pair.id()),
        ("policy", &short_policy),
        ("signature", &v2),
    ];
    for fields in [&v4_fields[..], &v2_fields] {
        assert_eq!(form_refused(fields), None);
        let mut other_key = fields.to_vec();
        let mut other_policy = fields.to_vec();
        let mut with_token = fields.to_vec();
        let flipped = policy.replacen('e', "f", 1);
        let unknown = credential.replace("EXAMPLE", "UNKNOWN");
        for field in &mut other_key {
            match field.0 {
                "x-amz-credential" => field.1 = &unknown,
                "AWSAccessKeyId" => field.1 = "unknown",
                _ => {}
            }
        }
        for field in other_policy.iter_mut().filter(|field| field.0 == "policy") {
            field.1 = &flipped;
        }
        with_token.insert(0, ("x-amz-security-token", "token"));
        for (fields, code) in [
            (other_key, "InvalidAccessKeyId"),
            (other_policy, "SignatureDoesNotMatch"),
            (with_token, "InvalidToken"),
        ] {
            assert_eq!(form_refused(&fields).as_deref(), Some(code), "{fields:?}");
        }
    }
}

fn form_refused(fields: &[(&str, &str)]) -> Option<String> {
    let part = |(name, value): &(&str, &str)| {
        format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let mut wire: String = fields.iter().map(part).collect();
    wire.push_str(&part(&("file", "bytes")));
    wire.push_str("--frontier--\r\n");
    let request = Request::post("/b")
        .header("content-type", "multipart/form-data; boundary=frontier")
        .body(body(&[wire.as_bytes()]))
        .unwrap();
    refused(request, now()).map(|answer| answer.code.into_owned())
}

#[test]
fn a_pair_tells_the_account_in_lenient_too() {
    let request = request(Wish {
        key: "AKIAIOSFODNN7EXAMPLE",
        ..GOOD
    });
    let settings = AuthSettings {
        mode: AuthMode::Lenient,
        ..strict()
    };
    let (_, identity) = s3_head(block_on(admit(request, &settings, now())).unwrap());
    assert_eq!(
        identity,
        account("123456789012", "AKIAIOSFODNN7EXAMPLE", Some("eu-west-1"))
    );
}

#[test]
fn chunks_signed_by_version_4a_are_not_implemented() {
    let mut request = Request::put("/b/k")
        .header("host", "127.0.0.1:4566")
        .header("x-amz-decoded-content-length", "0")
        .header("x-amz-date", "20260102T030405Z")
        .header(
            "x-amz-content-sha256",
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
        )
        .body(body(&[b"0\r\n\r\n"]))
        .unwrap();
    let scope = super::super::scope::parse("test/20260102/r/s3/aws4_request", "s3").unwrap();
    let names = "host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length";
    let canonical = format!(
        "PUT\n/b/k\n\nhost:127.0.0.1:4566\nx-amz-content-sha256:STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD\n\
         x-amz-date:20260102T030405Z\nx-amz-decoded-content-length:0\n\n{names}\nSTREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"
    );
    let text = format!(
        "AWS4-HMAC-SHA256\n20260102T030405Z\n{}\n{}",
        scope.path(),
        keys::sha256_hex(canonical.as_bytes())
    );
    let signature =
        keys::SigningKey::derive(AccessKey::test().secret(), &scope).sign(text.as_bytes());
    let value = format!(
        "AWS4-HMAC-SHA256 Credential=test/20260102/r/s3/aws4_request, SignedHeaders={names}, Signature={signature}"
    );
    request
        .headers_mut()
        .insert("authorization", value.parse().unwrap());
    assert_eq!(refused(request, now()).unwrap().code, "NotImplemented");
}

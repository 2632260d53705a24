//! Bad input: a clear answer or a closed connection, never a hang or a fault of ours.

use pinpoint_emulator::Emulator;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const SIGNED: &str = "authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/mobiletargeting/aws4_request, \
    SignedHeaders=host;x-amz-date, Signature=0000000000000000000000000000000000000000000000000000000000000000\r\n\
    x-amz-date: 20260101T000000Z\r\n";

/// Sends bytes and reads until the emulator closes the connection.
async fn exchange(emulator: &Emulator, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(emulator.listen_addr()).await.unwrap();
    // An answer may come, and the connection end, before all is sent.
    let _ = stream.write_all(request).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn post(path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table")]
async fn every_bad_request_gets_its_answer() {
    let emulator = Emulator::builder().start().await.unwrap();
    let deep = "[".repeat(100_000);
    let many = "x: y\r\n".repeat(10_000);
    let garbage = "authorization: AWS4-HMAC-SHA256 Credential=nonsense\r\n";
    for (what, request, status, text) in [
        (
            "not JSON",
            post("/v1/apps", SIGNED, "name=x"),
            "400",
            "BadRequestException",
        ),
        (
            "wrong type",
            post("/v1/apps", SIGNED, r#"{"Name":5}"#),
            "400",
            "BadRequestException",
        ),
        (
            "empty body",
            post("/v1/apps", SIGNED, ""),
            "400",
            "BadRequestException",
        ),
        (
            "an array for an object",
            post("/v1/apps", SIGNED, r#"["an array",null]"#),
            "400",
            "BadRequestException",
        ),
        (
            "wrong payload hash",
            post(
                "/v1/apps",
                &format!("{SIGNED}x-amz-content-sha256: {}\r\n", "0".repeat(64)),
                "{}",
            ),
            "403",
            "InvalidSignatureException",
        ),
        (
            "null name",
            post("/v1/apps", SIGNED, r#"{"Name":null}"#),
            "400",
            "Missing Name",
        ),
        (
            "trailing bytes",
            post("/v1/apps", SIGNED, r#"{"Name":"a"}}"#),
            "400",
            "BadRequestException",
        ),
        (
            "not UTF-8",
            [post("/v1/apps", SIGNED, ""), vec![0xff]].concat(),
            "400",
            "BadRequestException",
        ),
        (
            "deep nesting",
            post("/v1/apps", SIGNED, &deep),
            "400",
            "BadRequestException",
        ),
        (
            "unsigned",
            post("/v1/apps", "", "{}"),
            "403",
            "MissingAuthenticationTokenException",
        ),
        (
            "garbage signature",
            post("/v1/apps", garbage, "{}"),
            "403",
            "IncompleteSignatureException",
        ),
        (
            "unknown path",
            post("/v1/nothing", SIGNED, ""),
            "404",
            "NotFoundException",
        ),
        (
            "known operation",
            post("/v1/apps/a/campaigns", SIGNED, "{}"),
            "501",
            "CreateCampaign",
        ),
        (
            "unsigned S3",
            post("/bucket?uploads", "", ""),
            "403",
            "AccessDenied",
        ),
        ("many headers", post("/v1/apps", &many, "{}"), "431", ""),
        (
            "no HTTP",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
            "400",
            "",
        ),
    ] {
        let answer = exchange(&emulator, &request).await;
        let is_expected = answer.is_empty() && text.is_empty()
            || answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(text);
        assert!(is_expected, "{what}: {answer}");
    }
}

#[tokio::test]
async fn a_body_over_seven_megabytes_is_refused() {
    let emulator = Emulator::builder().start().await.unwrap();
    let body = format!(r#"{{"Name":"{}"}}"#, "a".repeat(7 * 1024 * 1024));
    let answer = exchange(&emulator, &post("/v1/apps", SIGNED, &body)).await;
    // The refusal may be lost when the connection is reset under the rest of the body.
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 413"),
        "{}",
        &answer[..answer.len().min(300)]
    );
}

#[tokio::test]
async fn a_truncated_body_stores_nothing() {
    let emulator = Emulator::builder().start().await.unwrap();
    let head =
        format!("POST /v1/apps HTTP/1.1\r\nhost: test\r\ncontent-length: 50\r\n{SIGNED}\r\n");
    let answer = exchange(&emulator, format!("{head}{{\"Name\":\"x\"").as_bytes()).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 400"),
        "{answer}"
    );
    let clients = crate::client::Clients::of(&emulator);
    let applications = clients
        .pinpoint
        .get_apps()
        .send()
        .await
        .unwrap()
        .applications_response
        .unwrap();
    assert!(applications.item().is_empty());
}

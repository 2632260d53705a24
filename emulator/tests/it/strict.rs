//! A strict emulator, used by AWS's SDKs with right and wrong pairs.

use aws_credential_types::Credentials;
use aws_sdk_pinpoint::error::ProvideErrorMetadata as _;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use pinpoint_emulator::{AuthMode, Emulator, Pace, StartError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::client::{APPLICATION, Clients};

async fn strict() -> Emulator {
    Emulator::builder()
        .auth(AuthMode::Strict)
        .access_key("AKIDALICE:wJalrXUtnFEMI/K7MDENG+bPxRfiCY:111122223333:alice")
        .access_key("AKIDBOB:another:444455556666")
        .account_id("111122223333")
        .application(APPLICATION, 20)
        .bucket("exports")
        .pace(Pace::Instant)
        .start()
        .await
        .unwrap()
}

fn alice(emulator: &Emulator) -> Clients {
    let pair = Credentials::from_keys("AKIDALICE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCY", None);
    Clients::signing_with(emulator, pair)
}

#[tokio::test]
async fn a_whole_export_is_signed_by_the_sdks() {
    let emulator = strict().await;
    let clients = alice(&emulator);
    let created = clients.create_export_job("s3://exports/strict/").await;
    let job = clients.wait(created.id().unwrap()).await;
    assert_eq!(job.total_processed(), Some(20));
    assert_eq!(clients.lines("exports", "strict/").await.len(), 20);
}

#[tokio::test]
async fn a_file_is_streamed_in_signed_chunks_and_read_by_url() {
    let emulator = strict().await;
    let clients = alice(&emulator);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let content = b"0123456789abcdef".repeat(50_000);
    std::fs::write(&path, &content).unwrap();
    let key = "a b/é+(~)*'!.gz";
    let put = clients.s3.put_object().bucket("exports").key(key);
    put.checksum_algorithm(ChecksumAlgorithm::Sha256)
        .body(ByteStream::from_path(&path).await.unwrap())
        .send()
        .await
        .unwrap();
    let got = clients.s3.get_object().bucket("exports").key(key);
    let got = got.send().await.unwrap().body.collect().await.unwrap();
    assert_eq!(got.into_bytes(), content);

    let minute = PresigningConfig::expires_in(std::time::Duration::from_mins(1)).unwrap();
    let get = clients.s3.get_object().bucket("exports").key(key);
    let url = get.presigned(minute).await.unwrap().uri().to_owned();
    let target = url.strip_prefix(&emulator.endpoint_url()).unwrap();
    let answer = get_by_hand(&emulator, target).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let other = target.replacen("X-Amz-Expires=60", "X-Amz-Expires=61", 1);
    let answer = get_by_hand(&emulator, &other).await;
    assert!(
        answer.starts_with("HTTP/1.1 403") && answer.contains("SignatureDoesNotMatch"),
        "{answer}"
    );
}

async fn get_by_hand(emulator: &Emulator, target: &str) -> String {
    let addr = emulator.listen_addr();
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn the_other_account_sees_nothing_of_the_first() {
    let emulator = strict().await;
    let bob = Clients::signing_with(
        &emulator,
        Credentials::from_keys("AKIDBOB", "another", None),
    );
    let got = bob.pinpoint.get_app().application_id(APPLICATION);
    assert_eq!(
        got.send().await.unwrap_err().code(),
        Some("NotFoundException")
    );
    let listed = bob.s3.list_objects_v2().bucket("exports").send().await;
    assert_eq!(listed.unwrap_err().code(), Some("AccessDenied"));
    let own = alice(&emulator);
    let got = own.pinpoint.get_app().application_id(APPLICATION);
    let application = got.send().await.unwrap().application_response.unwrap();
    assert!(application.arn().unwrap().contains(":111122223333:"));
}

#[tokio::test]
async fn wrong_pairs_are_refused_by_both_services_in_their_own_words() {
    let emulator = strict().await;
    for (id, secret, token, pinpoint, s3) in [
        (
            "AKIDALICE",
            "wrong",
            None,
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
        ),
        (
            "test",
            "test",
            None,
            "UnrecognizedClientException",
            "InvalidAccessKeyId",
        ),
        (
            "AKIDBOB",
            "another",
            Some("token"),
            "UnrecognizedClientException",
            "InvalidToken",
        ),
    ] {
        let pair = Credentials::from_keys(id, secret, token.map(str::to_owned));
        let clients = Clients::signing_with(&emulator, pair);
        let got = clients.pinpoint.get_apps().send().await;
        assert_eq!(got.unwrap_err().code(), Some(pinpoint), "{id}");
        let listed = clients.s3.list_buckets().send().await;
        assert_eq!(listed.unwrap_err().code(), Some(s3), "{id}");
    }
}

#[tokio::test]
async fn a_pair_that_is_none_is_told_without_its_secret() {
    for (pairs, reason) in [
        (
            &["AKID:hidden:123"][..],
            "access-key cannot be `AKID:…`: the account of a pair has 12 digits, and a secret no colon",
        ),
        (
            &["AKID:hidden", "AKID:hidden2"],
            "access-key cannot be `AKID:…`: an id is given only once",
        ),
        (
            &["hidden"],
            "access-key cannot be `…`: a pair is ID:SECRET[:ACCOUNT[:NAME]], and this has no colon",
        ),
    ] {
        let builder = pairs.iter().fold(Emulator::builder(), |builder, pair| {
            builder.access_key(*pair)
        });
        let error: StartError = builder.start().await.unwrap_err();
        assert_eq!(error.to_string(), reason);
    }
}

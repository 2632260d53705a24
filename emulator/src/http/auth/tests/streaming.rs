//! What AWS's SDK streams, chunk signatures and trailers included, comes out as the file that it
//! read.

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm as SdkAlgorithm;
use http::Response;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;

/// Payload, name of the trailer that proved it, identity.
type Received = (Result<Bytes, BodyFault>, String, Identity);

async fn receive(
    request: Request<Incoming>,
    received: mpsc::Sender<Received>,
) -> Response<Empty<Bytes>> {
    assert!(
        request.headers()["x-amz-content-sha256"]
            .as_bytes()
            .starts_with(b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    );
    // The SDK signs by the real clock; dates of headers are not judged, so that any will do here.
    let Ok(Admitted::S3 {
        request, identity, ..
    }) = admit(request, &settings(AuthMode::Lenient), now()).await
    else {
        panic!("not admitted to S3")
    };
    let trailer = request.headers()["x-amz-trailer"]
        .to_str()
        .unwrap()
        .to_owned();
    let payload = request.into_body().collect().await;
    let payload = payload.map(http_body_util::Collected::to_bytes);
    received.send((payload, trailer, identity)).await.unwrap();
    Response::new(Empty::new())
}

/// Serves one connection, and ends with it.
async fn serve(listener: TcpListener, received: mpsc::Sender<Received>) {
    let (socket, _) = listener.accept().await.unwrap();
    let service = service_fn(move |request| {
        let received = received.clone();
        async move { Ok::<_, Infallible>(receive(request, received).await) }
    });
    // The client may close as it likes.
    let _ = auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(socket), service)
        .await;
}

async fn upload(payload: &[u8], algorithm: SdkAlgorithm) -> Received {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(format!("http://{}", listener.local_addr().unwrap()))
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("AKID", "secret", None, None, "test"))
        .force_path_style(true)
        .build();
    let (sender, mut received) = mpsc::channel(1);
    let server = tokio::spawn(serve(listener, sender));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("payload");
    std::fs::write(&path, payload).unwrap();
    let request = aws_sdk_s3::Client::from_conf(config)
        .put_object()
        .bucket("bucket")
        .key("key")
        .checksum_algorithm(algorithm)
        .body(ByteStream::from_path(&path).await.unwrap());
    request.send().await.unwrap();
    let received = received.recv().await.unwrap();
    server.abort();
    received
}

#[test]
fn a_file_streamed_by_the_sdk_is_received_and_proven() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let payload: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    for (algorithm, expected) in [
        (SdkAlgorithm::Crc32, ChecksumAlgorithm::Crc32),
        (SdkAlgorithm::Crc32C, ChecksumAlgorithm::Crc32c),
        (SdkAlgorithm::Crc64Nvme, ChecksumAlgorithm::Crc64Nvme),
        (SdkAlgorithm::Sha1, ChecksumAlgorithm::Sha1),
        (SdkAlgorithm::Sha256, ChecksumAlgorithm::Sha256),
    ] {
        let (received, trailer, identity) = runtime.block_on(upload(&payload, algorithm));
        assert_eq!(received.unwrap(), payload);
        assert_eq!(trailer, expected.header());
        assert_eq!(identity, account("000000000000", "AKID", Some("eu-west-1")));
    }
}

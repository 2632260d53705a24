//! Bodies that break: nothing of them may stay.

use std::sync::OnceLock;

use bytes::Bytes;
use futures_util::stream;
use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;

use super::fixture::{ALICE, S3Side, read};
use crate::facts::s3_errors;

type Piece = Result<Frame<Bytes>, std::io::Error>;

fn broken() -> StreamBody<impl futures_util::Stream<Item = Piece>> {
    let pieces: Vec<Piece> = vec![
        Ok(Frame::data(Bytes::from_static(b"half of it"))),
        Err(std::io::Error::other("the checksum does not match")),
    ];
    StreamBody::new(stream::iter(pieces))
}

#[tokio::test]
async fn a_broken_body_leaves_the_old_object() {
    let side = S3Side::new();
    side.put("/bucket", "").await;
    side.put("/bucket/key", "old").await;
    let request = Request::put("/bucket/key").body(broken()).unwrap();
    let answer = read(side.call(Some(ALICE), None, request).await).await;
    assert_eq!(answer.code(), "IncompleteBody");
    assert_eq!(side.get("/bucket/key").await.body, "old");
}

#[tokio::test]
async fn a_body_shorter_than_announced_is_not_kept() {
    let side = S3Side::new();
    side.put("/bucket", "").await;
    let headers = [("content-length", "100")];
    let answer = side
        .send(http::Method::PUT, "/bucket/key", &headers, "")
        .await;
    assert_eq!(answer.code(), "IncompleteBody");
    assert_eq!(side.get("/bucket/key").await.code(), "NoSuchKey");
}

#[tokio::test]
async fn the_fault_of_the_body_is_the_answer() {
    use crate::domain::identity::Identity;
    use crate::s3::front::{CallContext, S3Front};
    use crate::s3::store::MemoryObjectStore;
    use crate::seed::Seed;
    use std::sync::Arc;

    let front = S3Front::new(
        Arc::new(MemoryObjectStore::in_memory(&Seed::new(0))),
        Arc::new(jiff::Timestamp::default),
    );
    let fault = OnceLock::new();
    fault.set(s3_errors::answer("BadDigest")).unwrap();
    let body_fault = || fault.get().cloned();
    let context = || CallContext {
        identity: Identity::Account {
            account: crate::domain::id::AccountId::default(),
            access_key_id: None,
            user_name: None,
            region: None,
        },
        virtual_host_bucket: None,
        request_id: "R",
        other_region: None,
        body_fault: &body_fault,
    };
    // Read by the protocol, and read by an operation.
    let create = Request::put("/bucket").body(broken()).unwrap();
    assert_eq!(
        read(front.call(create, context()).await).await.code(),
        "BadDigest"
    );
    let create = Request::put("/bucket").body(http_body_util::Empty::<Bytes>::new());
    assert_eq!(front.call(create.unwrap(), context()).await.status(), 200);
    let put = Request::put("/bucket/key").body(broken()).unwrap();
    assert_eq!(
        read(front.call(put, context()).await).await.code(),
        "BadDigest"
    );
}

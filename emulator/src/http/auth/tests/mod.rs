//! The layer as its caller sees it: requests in, identities and refusals out.

mod bodies;
mod forms;
mod oracle;
mod signatures;
mod streaming;
mod strict;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::Request;
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use jiff::Timestamp;

use super::body::{BodyFault, BodyReport};
use super::*;
use crate::domain::checksum::ChecksumAlgorithm;

type Frames = stream::Iter<std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>>;
type TestBody = StreamBody<Frames>;

const WALL: &str = "2026-01-02T03:04:05Z";

fn now() -> Now {
    now_advanced(0)
}

fn now_advanced(seconds: u64) -> Now {
    Now {
        wall: WALL.parse().unwrap(),
        advanced: Duration::from_secs(seconds),
    }
}

fn settings(mode: AuthMode) -> AuthSettings {
    AuthSettings {
        mode,
        access_keys: AccessKeys::default(),
        default_account: AccountId::parse("000000000000").unwrap(),
        s3_domains: S3Domains::new(["s3.localhost", "localhost"]),
    }
}

fn account(account: &str, access_key_id: &str, region: Option<&str>) -> Identity {
    Identity::Account {
        account: AccountId::parse(account).unwrap(),
        access_key_id: Some(access_key_id.to_owned()),
        user_name: None,
        region: region.map(|region| Region::parse(region).unwrap()),
    }
}

fn body(frames: &[&[u8]]) -> TestBody {
    let frames: Vec<_> = frames
        .iter()
        .map(|frame| Ok(Frame::data(Bytes::copy_from_slice(frame))))
        .collect();
    StreamBody::new(stream::iter(frames))
}

/// Lets a request in and yields what the services would see of it.
fn admit_now(
    request: Request<TestBody>,
    mode: AuthMode,
    now: Now,
) -> Result<Admitted<TestBody>, Refusal> {
    block_on(admit(request, &settings(mode), now))
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

fn s3_head(admitted: Admitted<TestBody>) -> (Request<VerifiedBody<TestBody>>, Identity) {
    match admitted {
        Admitted::S3 {
            request, identity, ..
        } => (request, identity),
        other => panic!("not for S3: {other:?}"),
    }
}

/// Reads a body to its end.
fn read(body: VerifiedBody<TestBody>) -> Result<Vec<u8>, BodyFault> {
    block_on(body.collect()).map(|collected| collected.to_bytes().to_vec())
}

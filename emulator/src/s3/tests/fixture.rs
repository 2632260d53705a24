//! One S3 side per test: called directly, or by the SDK over a loopback socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_credential_types::Credentials;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Region as SdkRegion};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::net::TcpListener;

use crate::domain::id::{AccountId, Region};
use crate::domain::identity::Identity;
use crate::s3::answer::S3Body;
use crate::s3::front::{CallContext, S3Front};
use crate::s3::store::MemoryObjectStore;
use crate::seed::Seed;

pub(super) const ALICE: &str = "111111111111";
pub(super) const BOB: &str = "222222222222";

/// An empty S3 side with a clock of its own.
#[derive(Clone)]
pub(super) struct S3Side {
    front: S3Front,
    seconds: Arc<AtomicI64>,
}

/// An answer with its body read.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: http::HeaderMap,
    pub(super) body: String,
}

impl S3Side {
    pub(super) fn new() -> Self {
        let seconds = Arc::new(AtomicI64::new(1_767_323_045));
        let clock = Arc::clone(&seconds);
        let now = move || Timestamp::from_second(clock.load(Ordering::Relaxed)).unwrap();
        Self {
            front: S3Front::new(
                Arc::new(MemoryObjectStore::in_memory(&Seed::new(0))),
                Arc::new(now),
            ),
            seconds,
        }
    }

    pub(super) fn let_pass(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(super) async fn call<B>(
        &self,
        account: Option<&str>,
        virtual_host_bucket: Option<&str>,
        request: Request<B>,
    ) -> Response<S3Body>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: std::error::Error + Send + Sync + 'static,
    {
        let context = CallContext {
            identity: account.map_or(Identity::Anonymous, |account| Identity::Account {
                account: AccountId::parse(account).unwrap(),
                access_key_id: None,
                user_name: None,
                region: Region::parse("us-east-1"),
            }),
            virtual_host_bucket: virtual_host_bucket.map(str::to_owned),
            request_id: "REQUESTID0000001",
            other_region: None,
            body_fault: &|| None,
        };
        self.front.call(request, context).await
    }

    /// One request of Alice's, without a socket.
    pub(super) async fn send(
        &self,
        method: Method,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(target);
        if !body.is_empty() {
            request = request.header("content-length", body.len());
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes())));
        read(self.call(Some(ALICE), None, request.unwrap()).await).await
    }

    pub(super) async fn put(&self, target: &str, body: &str) -> Answer {
        let answer = self.send(Method::PUT, target, &[], body).await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.body);
        answer
    }

    pub(super) async fn get(&self, target: &str) -> Answer {
        self.send(Method::GET, target, &[], "").await
    }

    /// Serves on a loopback socket for as long as the test's runtime lives.
    pub(super) async fn listen(&self) -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let side = self.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                socket.set_nodelay(true).unwrap();
                let side = side.clone();
                let service = hyper::service::service_fn(move |request| {
                    let side = side.clone();
                    async move { Ok::<_, std::convert::Infallible>(side.serve(request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(socket), service);
                tokio::spawn(connection);
            }
        });
        address
    }

    /// An SDK client of `account`, connected by a socket of its own.
    pub(super) async fn client(&self, account: &str) -> aws_sdk_s3::Client {
        let address = self.listen().await;
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .credentials_provider(Credentials::from_keys(account, "secret", None))
            .endpoint_url(format!("http://{address}"))
            .force_path_style(true)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(SdkRegion::new("us-east-1"))
            .retry_config(RetryConfig::disabled())
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// Takes the key id in the signature for the account.
    async fn serve(&self, request: Request<hyper::body::Incoming>) -> Response<S3Body> {
        let signature = request.headers().get("authorization");
        let account = signature.and_then(|value| {
            let (_, rest) = value.to_str().ok()?.split_once("Credential=")?;
            rest.get(..12).map(str::to_owned)
        });
        self.call(account.as_deref(), None, request).await
    }
}

pub(super) async fn read(response: Response<S3Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Contents of all elements of this name.
    pub(super) fn elements(&self, name: &str) -> Vec<&str> {
        let (start, end) = (format!("<{name}>"), format!("</{name}>"));
        let after = self.body.split(&start).skip(1);
        after.map(|rest| rest.split(&end).next().unwrap()).collect()
    }

    pub(super) fn code(&self) -> &str {
        self.elements("Code").first().copied().unwrap_or("")
    }
}

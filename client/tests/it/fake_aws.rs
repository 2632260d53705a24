//! The few answers of Pinpoint and S3 that an export needs, and the ways in which they can go wrong.
//!
//! A [`FakeAws`] is one application, one job and one bucket, told what to answer before a test begins. It
//! is reached in-process, as the HTTP client of an SDK configuration, or by the program on a loopback port.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt, stream};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use pinpoint_export::{ExportClient, SdkConfig};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) const APPLICATION_ID: &str = "0123456789abcdef0123456789abcdef";
pub(crate) const JOB_ID: &str = "fedcba9876543210fedcba9876543210";
pub(crate) const BUCKET: &str = "my-bucket";
pub(crate) const ROLE_ARN: &str = "arn:aws:iam::111122223333:role/export";
pub(crate) const REQUEST_ID: &str = "00000000-1111-4222-8333-444444444444";

type Body = BoxBody<Bytes, io::Error>;

/// A stand-in for both services. Clones share what they hold.
#[derive(Debug, Clone)]
pub(crate) struct FakeAws {
    state: Arc<Mutex<State>>,
    objects_asked_for: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct State {
    /// Answers of `GetExportJob`; the last one stays.
    looks: VecDeque<Answer>,
    objects: BTreeMap<String, Vec<u8>>,
    page_size: usize,
    /// Answers that stand before the ordinary one, by `METHOD /path`.
    scripted: BTreeMap<String, VecDeque<Answer>>,
    requests: Vec<String>,
    /// Body of the last `CreateExportJob` and of the last `CreateBucket`.
    job_request: Value,
    bucket_request: String,
}

/// One answer on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    end: End,
}

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Whole,
    /// The connection is cut after so many bytes.
    CutAfter(usize),
    /// Nothing comes any more after so many bytes.
    StallAfter(usize),
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![
                ("content-type", "application/json".to_owned()),
                ("x-amzn-requestid", REQUEST_ID.to_owned()),
            ],
            body: body.to_string().into_bytes(),
            end: End::Whole,
        }
    }

    pub(crate) fn exception(status: u16, error_type: &str, body: &Value) -> Self {
        let mut answer = Self::json(status, body);
        answer
            .headers
            .push(("x-amzn-errortype", error_type.to_owned()));
        answer
    }

    pub(crate) fn xml(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: vec![
                ("content-type", "application/xml".to_owned()),
                ("x-amz-request-id", REQUEST_ID.to_owned()),
            ],
            body: body.as_bytes().to_vec(),
            end: End::Whole,
        }
    }

    pub(crate) fn s3_error(status: u16, code: &str, message: &str) -> Self {
        Self::xml(
            status,
            &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
        )
    }

    pub(crate) fn object(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "application/x-gzip".to_owned())],
            body: bytes.into(),
            end: End::Whole,
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn cut_after(mut self, bytes: usize) -> Self {
        self.end = End::CutAfter(bytes);
        self
    }

    pub(crate) fn stall_after(mut self, bytes: usize) -> Self {
        self.end = End::StallAfter(bytes);
        self
    }

    fn into_response(self) -> Response<Body> {
        let mut response = Response::builder()
            .status(self.status)
            .header("content-length", self.body.len());
        for (name, value) in &self.headers {
            response = response.header(*name, value);
        }
        let body = Bytes::from(self.body);
        // Small chunks, so that members and lines are torn apart everywhere.
        let chunks = |bytes: Bytes| {
            let chunks: Vec<io::Result<Frame<Bytes>>> = bytes
                .chunks(7)
                .map(|chunk| Ok(Frame::data(Bytes::copy_from_slice(chunk))))
                .collect();
            stream::iter(chunks)
        };
        let body = match self.end {
            End::Whole => BodyExt::boxed(StreamBody::new(chunks(body))),
            End::CutAfter(bytes) => {
                let cut = async { Err(io::ErrorKind::ConnectionReset.into()) };
                BodyExt::boxed(StreamBody::new(
                    chunks(body.slice(..bytes)).chain(stream::once(cut)),
                ))
            }
            End::StallAfter(bytes) => BodyExt::boxed(StreamBody::new(
                chunks(body.slice(..bytes)).chain(stream::pending()),
            )),
        };
        response.body(body).unwrap()
    }
}

impl FakeAws {
    /// A service whose job goes through `states`, one for each look, and stays in the last.
    pub(crate) fn with_states(states: &[&str]) -> Self {
        Self::with_looks(states.iter().map(|state| Answer::json(200, &job(state))))
    }

    /// A service that gives these answers to looks at the job, the last one again and again.
    pub(crate) fn with_looks(looks: impl IntoIterator<Item = Answer>) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                looks: looks.into_iter().collect(),
                page_size: 1000,
                ..State::default()
            })),
            objects_asked_for: watch::Sender::new(0),
        }
    }

    /// A service whose job has completed with one object for each of `files`, as `counters` say.
    pub(crate) fn completed(files: &[&[&str]], counters: &Value) -> Self {
        let mut completed = job("COMPLETED");
        completed
            .as_object_mut()
            .unwrap()
            .extend(counters.as_object().unwrap().clone());
        let fake = Self::with_looks([Answer::json(200, &completed)]);
        for (index, ids) in files.iter().enumerate() {
            fake.put(&format!("exports/{index}.gz"), gzip(&lines(ids)));
        }
        fake
    }

    pub(crate) fn put(&self, key: &str, bytes: impl Into<Vec<u8>>) {
        self.state().objects.insert(key.to_owned(), bytes.into());
    }

    pub(crate) fn page_size(self, page_size: usize) -> Self {
        self.state().page_size = page_size;
        self
    }

    /// Answers the next request of this method and path with `answer`.
    pub(crate) fn script(&self, request: &str, answer: Answer) {
        self.state()
            .scripted
            .entry(request.to_owned())
            .or_default()
            .push_back(answer);
    }

    /// `METHOD /path` of the requests since the last call, in the order they came.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.state().requests)
    }

    pub(crate) fn job_request(&self) -> Value {
        self.state().job_request.clone()
    }

    pub(crate) fn bucket_request(&self) -> String {
        self.state().bucket_request.clone()
    }

    /// Waits until an object has been asked for.
    pub(crate) async fn object_was_asked_for(&self) {
        let mut asked = self.objects_asked_for.subscribe();
        asked.wait_for(|count| *count > 0).await.unwrap();
    }

    /// A client that reaches this service in-process, and repeats nothing by itself.
    pub(crate) fn client(&self) -> ExportClient {
        self.client_in("us-east-1")
    }

    pub(crate) fn client_in(&self, region: &'static str) -> ExportClient {
        self.configured_client(region, RetryConfig::disabled())
    }

    /// A client whose SDK repeats failed requests, as it does unless told otherwise.
    pub(crate) fn client_that_repeats(&self) -> ExportClient {
        self.configured_client("us-east-1", RetryConfig::standard())
    }

    fn configured_client(&self, region: &'static str, retry_config: RetryConfig) -> ExportClient {
        let connector = SharedHttpConnector::new(self.clone());
        let http_client = http_client_fn(move |_: &HttpConnectorSettings, _| connector.clone());
        let config = SdkConfig::builder()
            .behavior_version(aws_config::BehaviorVersion::v2026_01_12())
            .region(aws_config::Region::new(region))
            .endpoint_url("http://aws.invalid")
            .credentials_provider(aws_sdk_s3::config::SharedCredentialsProvider::new(
                Credentials::from_keys("test", "test", None),
            ))
            .retry_config(retry_config)
            .http_client(http_client)
            .build();
        ExportClient::new(&config)
    }

    /// Serves on a free loopback port until the runtime ends.
    pub(crate) async fn serve(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listen_addr = listener.local_addr().unwrap();
        let fake = self.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let fake = fake.clone();
                let service = hyper::service::service_fn(move |request: Request<Incoming>| {
                    let fake = fake.clone();
                    async move {
                        let (head, body) = request.into_parts();
                        let body = body.collect().await.unwrap().to_bytes();
                        let answer =
                            fake.answer(head.method.as_str(), &head.uri.to_string(), &body);
                        Ok::<_, Infallible>(answer.into_response())
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        listen_addr
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn answer(&self, method: &str, uri: &str, body: &[u8]) -> Answer {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let request = format!("{method} {path}");
        let state = &mut *self.state();
        state.requests.push(request.clone());
        let bucket_path = format!("/{BUCKET}/");
        if method == "GET" && path.starts_with(&bucket_path) && path != bucket_path {
            self.objects_asked_for.send_modify(|count| *count += 1);
        }
        if method == "POST" {
            state.job_request = serde_json::from_slice(body).unwrap();
        }
        if method == "PUT" {
            state.bucket_request = String::from_utf8(body.to_vec()).unwrap();
        }
        if let Some(answer) = state
            .scripted
            .get_mut(&request)
            .and_then(VecDeque::pop_front)
        {
            return answer;
        }
        let jobs_path = format!("/v1/apps/{APPLICATION_ID}/jobs/export");
        match method {
            "POST" if path == jobs_path => Answer::json(202, &job("CREATED")),
            "GET" if path == format!("{jobs_path}/{JOB_ID}") => {
                if state.looks.len() > 1 {
                    state.looks.pop_front().unwrap()
                } else {
                    state.looks[0].clone()
                }
            }
            "GET" if path == bucket_path => list(state, query),
            "PUT" if path.trim_end_matches('/') == format!("/{BUCKET}") => Answer::xml(200, ""),
            "GET" => match path.strip_prefix(&bucket_path) {
                Some(key) if state.objects.contains_key(key) => {
                    Answer::object(state.objects[key].clone())
                }
                _ => Answer::s3_error(404, "NoSuchKey", "The specified key does not exist."),
            },
            _ => Answer::s3_error(501, "NotImplemented", &request),
        }
    }
}

impl HttpConnector for FakeAws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let uri = request.uri().trim_start_matches("http://aws.invalid");
        let body = request.body().bytes().unwrap_or_default();
        let answer = self.answer(request.method(), uri, body);
        let response = answer.into_response().map(SdkBody::from_body_1_x);
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(response).unwrap()))
    }
}

/// The keys of one page; the token is the number of keys before it.
fn list(state: &State, query: &str) -> Answer {
    let parameter = |name: &str| {
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
            .unwrap_or_default()
            .replace("%2F", "/")
    };
    let (prefix, token) = (parameter("prefix"), parameter("continuation-token"));
    let start: usize = token.parse().unwrap_or(0);
    let found: Vec<_> = state
        .objects
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix))
        .collect();
    let end = found.len().min(start + state.page_size);
    let contents: Vec<String> = found[start..end]
        .iter()
        .map(|(key, bytes)| {
            let size = bytes.len();
            format!(
                "<Contents><Key>{key}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>\
                 <Size>{size}</Size></Contents>"
            )
        })
        .collect();
    let next = if end < found.len() {
        format!(
            "<IsTruncated>true</IsTruncated><NextContinuationToken>{end}</NextContinuationToken>"
        )
    } else {
        "<IsTruncated>false</IsTruncated>".to_owned()
    };
    Answer::xml(
        200,
        &format!(
            "<ListBucketResult>{next}{}</ListBucketResult>",
            contents.concat()
        ),
    )
}

/// A job in `state`, without counters.
pub(crate) fn job(state: &str) -> Value {
    json!({
        "ApplicationId": APPLICATION_ID,
        "Id": JOB_ID,
        "JobStatus": state,
        "CreationDate": "2026-01-02T03:04:05.678Z",
        "Type": "EXPORT",
        "Definition": {},
    })
}

/// One endpoint on a line for each of `ids`.
pub(crate) fn lines(ids: &[&str]) -> Vec<u8> {
    ids.iter()
        .flat_map(|id| format!("{{\"ChannelType\":\"EMAIL\",\"Id\":\"{id}\"}}\n").into_bytes())
        .collect()
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

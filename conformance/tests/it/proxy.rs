//! A proxy that passes everything on and may change the answers.
//!
//! It forwards Host and signature as they came, so requests stay valid behind it. It knows nothing of
//! the emulator, and the emulator and the suite know nothing of it.

use std::convert::Infallible;
use std::net::SocketAddr;

use http::header::{CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What was asked, for a mutation to decide whether it is meant.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
}

/// An answer on its way back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Changes an answer, or leaves it.
pub(crate) type Mutation = fn(&Asked, &mut Answer);

/// A running proxy; it ends when dropped.
pub(crate) struct Proxy {
    pub(crate) url: String,
    _serving: JoinSet<()>,
}

impl Proxy {
    /// Starts in front of `upstream` (`127.0.0.1:port`).
    pub(crate) async fn start(upstream: SocketAddr, mutation: Mutation) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(async move {
                    let service = service_fn(move |request| forward(request, upstream, mutation));
                    // A client that hangs up early is its own affair.
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await
                        .ok();
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            url,
            _serving: serving,
        }
    }
}

async fn forward(
    request: http::Request<Incoming>,
    upstream: SocketAddr,
    mutation: Mutation,
) -> Result<http::Response<Full<Bytes>>, Infallible> {
    let asked = Asked {
        method: request.method().to_string(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or_default().to_owned(),
    };
    let stream = TcpStream::connect(upstream).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let mut answer = Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes().to_vec(),
    };
    connection.abort();
    mutation(&asked, &mut answer);
    if asked.method != "HEAD" {
        // The length may have changed; hyper writes the right one.
        answer.headers.remove(CONTENT_LENGTH);
        answer.headers.remove(TRANSFER_ENCODING);
    }
    let mut response = http::Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = answer.status.try_into().unwrap();
    *response.headers_mut() = answer.headers;
    Ok(response)
}

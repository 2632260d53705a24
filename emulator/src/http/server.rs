//! The accept loop: connections with limits, drained when told to stop.
//!
//! What a request gets for an answer is `front`'s business.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower_http::timeout::TimeoutBody;

use super::front::{Front, ResponseBody};

/// Connections served at once; more wait to be accepted.
const CONNECTIONS_MAX: usize = 2048;

/// How long a client may take to send the head of a request, and be silent between two requests.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a client may be silent within a body.
const BODY_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Greatest size of the head of a request.   (bytes)
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// How long open requests get to finish after a stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves HTTP/1 until `stop`, lets open requests finish for a while, then cuts off the rest.
///
/// No AWS SDK speaks HTTP/2 without TLS, so it is not offered.
pub(crate) async fn serve(listener: TcpListener, front: Arc<Front>, stop: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX);

    let permits = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        let permit = tokio::select! {
            () = stop.cancelled() => break,
            permit = Arc::clone(&permits).acquire_owned() => permit.expect("nobody closes the semaphore"),
        };
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                pause().await;
                continue;
            }
        };
        prepare(&stream);
        let front = Arc::clone(&front);
        let service = service_fn(move |request: Request<Incoming>| {
            let front = Arc::clone(&front);
            let request = request.map(|body| Box::pin(TimeoutBody::new(BODY_READ_TIMEOUT, body)));
            async move { Ok::<Response<ResponseBody>, Infallible>(front.answer(request).await) }
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        connections.spawn(async move {
            // Clients that go away or send garbage are their own affair.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection broke");
            }
            drop(permit);
        });
        // Takes out those that have ended.
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were still open and are cut off");
    }
    connections.shutdown().await;
}

/// Out of file descriptors, most likely: gives others time to close theirs.
#[expect(
    clippy::disallowed_methods,
    reason = "the system is out of something, whatever the emulator's clock shows"
)]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

fn prepare(stream: &TcpStream) {
    // Small answers must not wait for acknowledgements of earlier ones.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
}

//! The accept loop: connections with limits, drained when told to stop.
//!
//! What a request gets for an answer is `front`'s business.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::front::{Front, ResponseBody};

/// Connections served at once; more wait to be accepted.
const CONNECTIONS_MAX: usize = 2048;

/// How long a client may take to send the head of a request.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(20);

/// Greatest size of the head of a request.   [bytes]
const HEAD_BYTES_MAX: usize = 64 * 1024;

/// How long open requests get to finish after a stop.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until `stop`, then lets open requests finish for a while.
pub(crate) async fn serve(listener: TcpListener, front: Arc<Front>, stop: CancellationToken) {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX);
    http.http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(HEAD_BYTES_MAX).expect("64 KiB"));

    let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    loop {
        let permit = tokio::select! {
            () = stop.cancelled() => break,
            permit = Arc::clone(&connections).acquire_owned() => permit.expect("nobody closes the semaphore"),
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
            async move { Ok::<Response<ResponseBody>, Infallible>(front.answer(request).await) }
        });
        let http = http.clone();
        let watcher = graceful.watcher();
        let stop = stop.clone();
        tokio::spawn(async move {
            let _until_the_end = permit;
            // The limit on heads counts only once the version of HTTP is known, and that takes a byte.
            let begun = tokio::select! {
                () = stop.cancelled() => false,
                begun = has_begun(&stream, HEADER_READ_TIMEOUT) => begun,
            };
            if !begun {
                return;
            }
            let connection = http.serve_connection(TokioIo::new(stream), service);
            // Clients that go away or send garbage are their own affair.
            if let Err(error) = watcher.watch(connection).await {
                tracing::debug!(error = %error, stopping = stop.is_cancelled(), "a connection broke");
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests were still open and are cut off");
    }
}

/// Out of file descriptors, most likely: gives others time to close theirs.
#[expect(
    clippy::disallowed_methods,
    reason = "the system is out of something, whatever the emulator's clock shows"
)]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Whether the client says, or ends, anything in time.
async fn has_begun(stream: &TcpStream, patience: Duration) -> bool {
    // Asking for a byte, because readiness alone may be claimed where there is nothing to read.
    matches!(
        tokio::time::timeout(patience, stream.peek(&mut [0])).await,
        Ok(Ok(_))
    )
}

fn prepare(stream: &TcpStream) {
    // Small answers must not wait for acknowledgements of earlier ones.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY could not be set");
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[tokio::test]
    async fn silent_connection_does_not_begin_and_one_byte_is_a_beginning() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (accepted, _) = listener.accept().await.unwrap();

        assert!(!has_begun(&accepted, Duration::from_millis(10)).await);
        client.write_all(b"G").await.unwrap();
        assert!(has_begun(&accepted, HEADER_READ_TIMEOUT).await);
    }
}

//! Work on a thread that may wait, which learns when nobody waits for it any more.
//!
//! A task that is aborted, because everything is reset or the emulator stops, or whose client hangs up,
//! leaves behind what it has running on such threads; the runtime waits for that before it ends. So
//! whoever runs there for long looks at a token now and then: the runner's jobs, and the creation of an
//! import job, which reads a client's file.

use std::io::{self, BufRead, Read};

use tokio::task::{JoinError, spawn_blocking};
use tokio_util::sync::CancellationToken;

/// Begins `work` at once. Its token is cancelled when the future is dropped.
pub(crate) fn watched<T: Send + 'static>(
    work: impl FnOnce(&CancellationToken) -> T + Send + 'static,
) -> impl Future<Output = Result<T, JoinError>> {
    let given_up = CancellationToken::new();
    let dropped = given_up.clone().drop_guard();
    let working = spawn_blocking(move || work(&given_up));
    async move {
        let _dropped = dropped;
        working.await
    }
}

/// Reads for as long as somebody waits for it.
#[derive(Debug)]
pub(crate) struct WatchedReader<'a, R> {
    pub(crate) reader: R,
    pub(crate) given_up: &'a CancellationToken,
}

impl<R: BufRead> BufRead for WatchedReader<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.given_up.is_cancelled() {
            return Err(io::Error::other("nobody waits for it any more"));
        }
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
    }
}

impl<R: BufRead> Read for WatchedReader<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let amount = self.fill_buf()?.read(buffer)?;
        self.consume(amount);
        Ok(amount)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_learns_that_nobody_waits_for_it() {
        let (sender, begun) = oneshot::channel();
        let working = watched(move |given_up| sender.send(given_up.clone()));
        let token = begun.await.unwrap();
        assert!(!token.is_cancelled());
        drop(working);
        assert!(token.is_cancelled());
    }

    #[tokio::test]
    async fn work_that_is_waited_for_is_done_in_peace() {
        let found = watched(|given_up| (given_up.is_cancelled(), 7)).await;
        assert_eq!(found.unwrap(), (false, 7));
    }

    #[test]
    fn a_file_that_nobody_waits_for_is_read_no_further() {
        let given_up = CancellationToken::new();
        let reader = b"one\ntwo\nthree".as_slice();
        let mut reader = WatchedReader {
            reader,
            given_up: &given_up,
        };
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert_eq!(line, "one\n");
        given_up.cancel();
        assert!(reader.read_line(&mut line).is_err());
        assert!(reader.read_to_string(&mut line).is_err());
        assert_eq!(line, "one\n");
    }
}

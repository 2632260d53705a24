//! Brings the objects of an export home.
//!
//! Each object is written to a temporary file in its final folder, checked on the way (size, the checksum
//! of S3 by the SDK, every gzip member), flushed to disk and only then given its name. Whoever sees a file
//! with a final name sees all of it. The content of the lines is for `verify` to judge.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use futures_util::{StreamExt, stream};
use tempfile::NamedTempFile;
use tokio::sync::mpsc;

use crate::ExportClient;
use crate::destination::Destination;
use crate::error::{Cause, ClientError, Error, from_sdk};
use crate::objects::ExportObject;
use crate::run::{Observer, RunEvent};
use crate::waiter::{PollSchedule, pause};

/// How many files are worked on at once. More than that gains little on one connection to S3 and
/// decompresses on more threads than most machines have.
pub(crate) const PARALLEL_FILES: usize = 4;

/// How often one object is asked for before it counts as failed.
const ATTEMPTS_MAX: usize = 3;

/// Chunks of an object that may wait for the disk; the network waits when there are more.
const WAITING_CHUNKS_MAX: usize = 16;

/// What to do about an object whose file is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Fetch it again: the file may be of another job.
    Replace,
    /// Leave it if it has the size of the object and was written after this moment by the clock of the file
    /// system. Only right if nobody else has written to the folder since, as in the continuation of an
    /// interrupted download.
    KeepWrittenAfter(SystemTime),
}

/// A file that is home, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadedFile {
    /// Key of the object.
    pub key: String,
    /// Where the file is.
    pub path: PathBuf,
    /// Its size.   \[bytes\]
    pub bytes: u64,
    /// Whether it was there before and was left as it was.
    pub was_there: bool,
}

/// An object that could not be brought home.
#[derive(Debug)]
pub struct FileFailure {
    /// Key of the object.
    pub key: String,
    /// Why not, in the last attempt.
    pub error: Error,
}

impl ExportClient {
    /// Downloads `objects` into `folder`, some at a time, and goes on if one of them fails.
    ///
    /// Files are named as [`Destination::local_path`] says. Both lists are in the order of the keys.
    pub async fn download(
        &self,
        destination: &Destination,
        objects: &[ExportObject],
        folder: &Path,
        existing: Existing,
        observer: Observer<'_>,
    ) -> (Vec<DownloadedFile>, Vec<FileFailure>) {
        // By value: a stream that borrows its items makes a future that cannot be spawned.
        let mut results: Vec<_> = stream::iter(objects.to_vec())
            .map(|object| async move {
                let path = folder.join(destination.local_path(&object.key));
                let result = self
                    .download_one(destination, &object, path, existing, observer)
                    .await;
                result.map_err(|error| FileFailure {
                    key: object.key,
                    error,
                })
            })
            .buffer_unordered(PARALLEL_FILES)
            .collect()
            .await;
        results.sort_by(|a, b| key_of(a).cmp(key_of(b)));
        let mut files = Vec::new();
        let mut failures = Vec::new();
        for result in results {
            match result {
                Ok(file) => files.push(file),
                Err(failure) => failures.push(failure),
            }
        }
        (files, failures)
    }

    async fn download_one(
        &self,
        destination: &Destination,
        object: &ExportObject,
        path: PathBuf,
        existing: Existing,
        observer: Observer<'_>,
    ) -> Result<DownloadedFile, Error> {
        let file = |was_there| DownloadedFile {
            key: object.key.clone(),
            path: path.clone(),
            bytes: object.bytes,
            was_there,
        };
        if existing.is_good_for(object, &path) {
            observer(RunEvent::BytesReceived(object.bytes));
            let file = file(true);
            observer(RunEvent::FileDownloaded(&file));
            return Ok(file);
        }
        let mut delays = PollSchedule::new(Duration::from_millis(500), Duration::from_secs(5))
            .take(ATTEMPTS_MAX - 1);
        loop {
            match self.attempt(destination, object, &path, observer).await {
                Ok(()) => {
                    let file = file(false);
                    observer(RunEvent::FileDownloaded(&file));
                    return Ok(file);
                }
                Err(error) => match delays.next() {
                    Some(delay) if is_worth_another_attempt(&error) => pause(delay).await,
                    _ => return Err(error),
                },
            }
        }
    }

    async fn attempt(
        &self,
        destination: &Destination,
        object: &ExportObject,
        path: &Path,
        observer: Observer<'_>,
    ) -> Result<(), Error> {
        let answer = self
            .s3
            .get_object()
            .bucket(destination.bucket())
            .key(&object.key)
            .send()
            .await
            .map_err(|error| from_sdk("GetObject", error))?;
        // The disk and the decoder block, so they work on a thread of their own. If this future is
        // dropped, the channel closes, the thread ends and the temporary file goes with it.
        let (chunks, incoming) = mpsc::channel(WAITING_CHUNKS_MAX);
        let writer = tokio::task::spawn_blocking({
            let (path, key) = (path.to_owned(), object.key.clone());
            move || write_temporary(&path, &key, incoming)
        });
        let mut received_bytes = 0;
        let transferred = transfer(object, answer, chunks, &mut received_bytes, observer).await;
        let written = writer.await.expect("writing a file does not panic");
        // A transfer that broke off also leaves half a gzip member behind; the cause is told, not the effect.
        let result = match transferred.and(written) {
            Ok(file) => {
                let path = path.to_owned();
                tokio::task::spawn_blocking(move || persist(file, &path))
                    .await
                    .expect("naming a file does not panic")
            }
            Err(error) => Err(error),
        };
        if result.is_err() {
            observer(RunEvent::BytesDiscarded(received_bytes));
        }
        result
    }
}

impl Existing {
    fn is_good_for(self, object: &ExportObject, path: &Path) -> bool {
        match (self, fs::metadata(path)) {
            (Self::KeepWrittenAfter(moment), Ok(meta)) => {
                meta.is_file()
                    && meta.len() == object.bytes
                    && meta.modified().is_ok_and(|written| written > moment)
            }
            _ => false,
        }
    }
}

/// Hands the body of `answer` on, chunk by chunk, and makes sure that it is as long as the listing says.
///
/// Ends early and content if the other side takes no more: then that side knows why.
async fn transfer(
    object: &ExportObject,
    answer: GetObjectOutput,
    chunks: mpsc::Sender<Bytes>,
    received_bytes: &mut u64,
    observer: Observer<'_>,
) -> Result<(), Error> {
    let wrong_size = |bytes: u64| {
        let cause = format!("{bytes} bytes came, but {} are listed", object.bytes);
        damaged(&object.key, cause)
    };
    if let Some(announced) = answer.content_length.and_then(|n| u64::try_from(n).ok())
        && announced != object.bytes
    {
        return Err(wrong_size(announced));
    }
    let mut body = answer.body;
    loop {
        match body.next().await {
            Some(Ok(chunk)) => {
                let bytes = u64::try_from(chunk.len()).expect("a chunk fits in memory");
                *received_bytes += bytes;
                observer(RunEvent::BytesReceived(bytes));
                if *received_bytes > object.bytes {
                    return Err(wrong_size(*received_bytes));
                }
                if chunks.send(chunk).await.is_err() {
                    return Ok(());
                }
            }
            Some(Err(error)) if *received_bytes == object.bytes => {
                // Everything came and the SDK is still not content: the checksum.
                return Err(damaged(&object.key, error));
            }
            None if *received_bytes == object.bytes => return Ok(()),
            end => {
                return Err(ClientError::BrokenOff {
                    key: object.key.clone(),
                    received_bytes: *received_bytes,
                    expected_bytes: object.bytes,
                    source: end.and_then(Result::err).map(Into::into),
                }
                .into());
            }
        }
    }
}

/// Writes what comes in beside `path` until the channel ends, and checks that it is whole gzip.
fn write_temporary(
    path: &Path,
    key: &str,
    mut incoming: mpsc::Receiver<Bytes>,
) -> Result<NamedTempFile, Error> {
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(|error| file_error("create", folder, error))?;
    let mut file =
        temporary_file_in(folder).map_err(|error| file_error("create a file in", folder, error))?;
    let mut members = MultiGzDecoder::new(io::sink());
    while let Some(chunk) = incoming.blocking_recv() {
        file.write_all(&chunk)
            .map_err(|error| file_error("write", file.path(), error))?;
        members
            .write_all(&chunk)
            .map_err(|error| damaged(key, error))?;
    }
    members.try_finish().map_err(|error| damaged(key, error))?;
    Ok(file)
}

/// Makes what was written durable and gives it its name.
fn persist(file: NamedTempFile, path: &Path) -> Result<(), Error> {
    file.as_file()
        .sync_all()
        .map_err(|error| file_error("write", file.path(), error))?;
    file.persist(path)
        .map_err(|error| file_error("create", path, error.error))?;
    let folder = folder_of(path);
    sync_folder(folder).map_err(|error| file_error("write", folder, error))
}

/// A file that vanishes unless it is persisted, readable by whom the user's umask says.
pub(crate) fn temporary_file_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pinpoint-export-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

pub(crate) fn file_error(attempt: &'static str, path: &Path, source: io::Error) -> Error {
    ClientError::File {
        attempt,
        path: path.to_owned(),
        source,
    }
    .into()
}

/// A rename is durable only once its folder is.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Whether `error` may be gone when the object is asked for again; damage can have happened on the way.
fn is_worth_another_attempt(error: &Error) -> bool {
    error.is_transient() || matches!(error, Error::Client(ClientError::Damaged { .. }))
}

fn damaged(key: &str, cause: impl Into<Cause>) -> Error {
    ClientError::Damaged {
        key: key.to_owned(),
        source: cause.into(),
    }
    .into()
}

fn key_of(result: &Result<DownloadedFile, FileFailure>) -> &str {
    match result {
        Ok(file) => &file.key,
        Err(failure) => &failure.key,
    }
}

//! `--load`: archived exports become applications again, every line kept as it is.
//!
//! None of UpdateEndpoint's rules is applied. Loading the same archive twice changes nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::domain::id::ApplicationId;
use crate::model::endpoint::EndpointResponse;
use crate::operations::Context;
use crate::operations::applications::put_application;
use crate::store::StoreError;
use crate::store::applications::{self, Scope};
use crate::store::audience::Audience;

/// Endpoints that are stored at once.
const BATCH_ENDPOINTS: usize = 1000;

/// Batches that may wait for the store.
const BATCHES_MAX: usize = 4;

/// Greatest length of a line.   (bytes)
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Why an archive cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error("{path} could not be read: {source}", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{path}, line {line}: {reason}", path = path.display())]
    Line {
        path: PathBuf,
        line: u64,
        reason: String,
    },
    #[error("{path} holds no files that end in .gz, .json, .jsonl or .ndjson", path = path.display())]
    Empty { path: PathBuf },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Loads a file, or all files of a folder and its subfolders whose names are those of archives.
///
/// # Errors
/// An unreadable file, or a line that is no endpoint; what stands before it is loaded then.
pub(crate) async fn load(context: &Context, scope: &Scope, path: &Path) -> Result<(), LoadError> {
    let (sender, mut batches) = mpsc::channel(BATCHES_MAX);
    let owned_path = path.to_owned();
    let read = spawn_blocking(move || read_all(&owned_path, &sender));
    let mut endpoints = 0;
    while let Some(batch) = batches.recv().await {
        endpoints += batch.len();
        store(context, scope, batch).await?;
    }
    read.await.expect("reading lines does not panic")?;
    tracing::info!(path = %path.display(), endpoints, "loaded");
    Ok(())
}

#[derive(Debug)]
struct Line {
    application_id: ApplicationId,
    endpoint: EndpointResponse,
    text: Bytes,
}

async fn store(context: &Context, scope: &Scope, batch: Vec<Line>) -> Result<(), StoreError> {
    let mut by_application: BTreeMap<ApplicationId, Vec<Line>> = BTreeMap::new();
    for line in batch {
        by_application
            .entry(line.application_id.clone())
            .or_default()
            .push(line);
    }
    for (id, lines) in by_application {
        put_application(context, scope.clone(), id.clone(), None, None).await?;
        let seed = context.seed;
        context
            .store
            .write(move |tx| {
                let Some(application) = applications::get(tx, &id)? else {
                    return Ok(());
                };
                let audience = Audience::of(&application, &seed);
                for line in lines {
                    audience.put_line(tx, &line.endpoint, line.text)?;
                }
                Ok::<_, StoreError>(())
            })
            .await?;
    }
    Ok(())
}

fn read_all(path: &Path, batches: &mpsc::Sender<Vec<Line>>) -> Result<(), LoadError> {
    let mut files = Vec::new();
    find_files(path, true, &mut files).map_err(|source| LoadError::Read {
        path: path.to_owned(),
        source,
    })?;
    if files.is_empty() {
        return Err(LoadError::Empty {
            path: path.to_owned(),
        });
    }
    let mut batch = Vec::new();
    for file in &files {
        read_file(file, |line| {
            batch.push(line);
            // Nobody takes batches any more only after an error that is reported already.
            if batch.len() == BATCH_ENDPOINTS {
                let _ = batches.blocking_send(std::mem::take(&mut batch));
            }
        })?;
    }
    let _ = batches.blocking_send(batch);
    Ok(())
}

/// Collects archives in the order of their names. A file that is named itself may be called anything.
fn find_files(path: &Path, named: bool, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        let mut entries: Vec<_> = path
            .read_dir()?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        entries.sort();
        return entries
            .iter()
            .try_for_each(|entry| find_files(entry, false, files));
    }
    let is_archive = path
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| ["gz", "json", "jsonl", "ndjson"].contains(&extension));
    if named || is_archive {
        files.push(path.to_owned());
    }
    Ok(())
}

fn read_file(path: &Path, mut take: impl FnMut(Line)) -> Result<(), LoadError> {
    let unreadable = |source| LoadError::Read {
        path: path.to_owned(),
        source,
    };
    let mut file = BufReader::with_capacity(64 * 1024, File::open(path).map_err(unreadable)?);
    let is_gzip = file
        .fill_buf()
        .map_err(unreadable)?
        .starts_with(&[0x1f, 0x8b]);
    let text: Box<dyn Read> = if is_gzip {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut text = BufReader::with_capacity(64 * 1024, text);
    for line in 1.. {
        let wrong = |reason: String| LoadError::Line {
            path: path.to_owned(),
            line,
            reason,
        };
        let mut bytes = Vec::new();
        let mut limited = text.by_ref().take(LINE_BYTES_MAX);
        let read = limited.read_until(b'\n', &mut bytes).map_err(|error| {
            let what = if is_gzip {
                "the gzip data is damaged: "
            } else {
                ""
            };
            wrong(format!("{what}{error}"))
        })?;
        if read == 0 {
            break;
        }
        if limited.limit() == 0 && bytes.last() != Some(&b'\n') {
            return Err(wrong(format!("longer than {LINE_BYTES_MAX} bytes")));
        }
        let bytes = match line {
            1 => bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&bytes),
            _ => &bytes,
        };
        let bytes = bytes.trim_ascii();
        if !bytes.is_empty() {
            take(parse(bytes).map_err(wrong)?);
        }
    }
    Ok(())
}

/// A line must be an endpoint that every call can read, or it would be found out too late.
fn parse(bytes: &[u8]) -> Result<Line, String> {
    let endpoint: EndpointResponse = serde_json::from_slice(bytes).map_err(|error| {
        // Of serde's text only the column helps: the line is always its first.
        let text = error
            .to_string()
            .replace(" at line 1 column ", " at column ");
        format!("not an endpoint: {text}")
    })?;
    let application_id = ApplicationId::parse(&endpoint.application_id).ok_or_else(|| {
        let id = &endpoint.application_id;
        format!("`{id}` is no application id: 1 to 64 letters, digits, hyphens and underscores")
    })?;
    if endpoint.id.is_empty() {
        return Err("the endpoint's Id is empty".to_owned());
    }
    Ok(Line {
        application_id,
        endpoint,
        text: Bytes::copy_from_slice(bytes),
    })
}

//! `--load`: archived exports become applications again, every line kept as it is.
//!
//! None of UpdateEndpoint's rules is applied. Loading the same archive twice changes nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::domain::id::ApplicationId;
use crate::node::Node;
use crate::store::audience::{Audience, IndexedMembers};
use crate::store::{StoreError, applications};

/// Endpoints that are stored at once.
const BATCH_ENDPOINTS: usize = 1000;

/// Batches that may wait for the store.
const BATCHES_MAX: usize = 4;

/// Greatest length of a line.   [bytes]
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

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
pub(crate) async fn load(node: &Node, path: &Path) -> Result<(), LoadError> {
    let (sender, mut batches) = mpsc::channel(BATCHES_MAX);
    let path = path.to_owned();
    let read = spawn_blocking(move || read_all(&path, &sender));
    while let Some(batch) = batches.recv().await {
        store(node, batch).await?;
    }
    read.await.expect("reading lines does not panic")
}

/// The members of a line that decide where it goes.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Head {
    application_id: String,
    id: String,
    address: Option<String>,
    user: Option<HeadUser>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct HeadUser {
    user_id: Option<String>,
}

#[derive(Debug)]
struct Line {
    application_id: ApplicationId,
    id: String,
    user_id: Option<String>,
    address: Option<String>,
    text: Bytes,
}

async fn store(node: &Node, batch: Vec<Line>) -> Result<(), StoreError> {
    let mut by_application: BTreeMap<ApplicationId, Vec<Line>> = BTreeMap::new();
    for line in batch {
        by_application
            .entry(line.application_id.clone())
            .or_default()
            .push(line);
    }
    for (id, lines) in by_application {
        node.put_application(id.clone(), None, None).await?;
        let seed = node.context.seed;
        node.context
            .store
            .write(move |tx| {
                let Some(application) = applications::get(tx, &id)? else {
                    return Ok(());
                };
                let audience = Audience::of(&application, &seed);
                for line in lines {
                    let members = IndexedMembers {
                        user_id: line.user_id.as_deref(),
                        address: line.address.as_deref(),
                    };
                    audience.put_line(tx, &line.id, members, line.text)?;
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
        let mut bytes = Vec::new();
        if text
            .by_ref()
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut bytes)
            .map_err(unreadable)?
            == 0
        {
            break;
        }
        let bytes = bytes.trim_ascii();
        if !bytes.is_empty() {
            let parsed = parse(bytes);
            take(parsed.map_err(|reason| LoadError::Line {
                path: path.to_owned(),
                line,
                reason,
            })?);
        }
    }
    Ok(())
}

fn parse(bytes: &[u8]) -> Result<Line, String> {
    let head: Head =
        serde_json::from_slice(bytes).map_err(|error| format!("no endpoint: {error}"))?;
    let application_id = ApplicationId::parse(&head.application_id)
        .ok_or_else(|| format!("`{}` is no application id", head.application_id))?;
    let user_id = head.user.and_then(|user| user.user_id);
    Ok(Line {
        application_id,
        id: head.id,
        user_id,
        address: head.address,
        text: Bytes::copy_from_slice(bytes),
    })
}

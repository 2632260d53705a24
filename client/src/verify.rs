//! Is an export whole: every gzip member and line readable, no endpoint twice, as many as the job says.
//!
//! Reads local files only. What is found wrong is a [`Problem`], data about data; an `Error` is only what
//! keeps a file from being looked at. Called by `run` after the download.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::download::PARALLEL_FILES;
use crate::endpoint::Endpoint;
use crate::endpoint_file::{EndpointFileError, EndpointReader};
use crate::error::{ClientError, Error};

/// Most problems that are described one by one; the others are only counted.
const PROBLEMS_DESCRIBED_MAX: usize = 100;

/// What the files of an export hold.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Census {
    /// Each file and its endpoints, in the order given.
    pub files: Vec<FileCensus>,
    /// Lines that are endpoints, duplicates included.
    pub endpoints: u64,
    /// Endpoints whose id had been seen before, in any file.
    pub duplicates: u64,
    /// What is wrong with the files, the first hundred.
    pub problems: Vec<Problem>,
    /// How many things are wrong altogether.
    pub problem_count: u64,
}

/// What one file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCensus {
    /// The file.
    pub path: PathBuf,
    /// Lines that are endpoints.
    pub endpoints: u64,
}

/// Something that shows that an export is not whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A line or the rest of a file that cannot be read.
    #[error("{}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: EndpointFileError,
    },
    /// An endpoint that is there more than once.
    #[error("{}: line {line}: endpoint {id:?} is there twice", path.display())]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// Line of the second occurrence.
        line: u64,
        /// The id.
        id: String,
    },
    /// Not as many objects as the job has pieces.
    #[error("the job has {expected} pieces, but there are {found} .gz objects")]
    PieceCount {
        /// `TotalPieces`.
        expected: u64,
        /// Objects listed.
        found: u64,
    },
    /// Not as many endpoints as the job says.
    #[error("the job processed {expected} endpoints, but the files hold {found}")]
    EndpointCount {
        /// `TotalProcessed`.
        expected: u64,
        /// Lines that are endpoints.
        found: u64,
    },
}

/// Reads all of `files` and counts. `observe` is called after each file.
///
/// Memory: about 32 bytes for each endpoint, to know the ids that were there.
///
/// # Errors
/// If a file cannot be opened.
pub async fn verify(
    files: &[PathBuf],
    observe: &(dyn Fn(&FileCensus) + Send + Sync),
) -> Result<Census, Error> {
    let seen = Arc::new(SeenIds::default());
    let parts: Vec<Census> = stream::iter(files.to_vec())
        .map(|path| verify_on_thread(path, Arc::clone(&seen)))
        .buffered(PARALLEL_FILES)
        .inspect_ok(|part| part.files.iter().for_each(observe))
        .try_collect()
        .await?;
    let mut census = Census::default();
    for part in parts {
        census.add(part);
    }
    Ok(census)
}

impl Census {
    /// Whether nothing at all is wrong.
    pub fn is_whole(&self) -> bool {
        self.problem_count == 0
    }

    pub(crate) fn report(&mut self, problem: Problem) {
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_DESCRIBED_MAX {
            self.problems.push(problem);
        }
    }

    fn add(&mut self, part: Self) {
        self.files.extend(part.files);
        self.endpoints += part.endpoints;
        self.duplicates += part.duplicates;
        self.problem_count += part.problem_count;
        self.problems.extend(part.problems);
        self.problems.truncate(PROBLEMS_DESCRIBED_MAX);
    }
}

/// Reading blocks and decoding computes, so each file is looked at on a thread of its own.
async fn verify_on_thread(path: PathBuf, seen: Arc<SeenIds>) -> Result<Census, Error> {
    tokio::task::spawn_blocking(move || verify_file(&path, &seen))
        .await
        .expect("reading a file does not panic")
}

fn verify_file(path: &Path, seen: &SeenIds) -> Result<Census, Error> {
    let reader = EndpointReader::open(path).map_err(|source| ClientError::File {
        attempt: "read",
        path: path.to_owned(),
        source,
    })?;
    let mut census = Census::default();
    for line in reader {
        match line {
            Ok(line) => {
                census.endpoints += 1;
                if !seen.insert(&line.endpoint) {
                    census.duplicates += 1;
                    census.report(Problem::Duplicate {
                        path: path.to_owned(),
                        line: line.number,
                        id: line.endpoint.id,
                    });
                }
            }
            Err(source) => census.report(Problem::Unreadable {
                path: path.to_owned(),
                source,
            }),
        }
    }
    census.files.push(FileCensus {
        path: path.to_owned(),
        endpoints: census.endpoints,
    });
    Ok(census)
}

/// The endpoints seen so far, as fingerprints of 128 bits: among a thousand million ids the odds of a false
/// alarm are below one in 10^20, and ids of any length cost the same.
#[derive(Debug, Default)]
struct SeenIds(Mutex<BTreeSet<[u64; 2]>>);

impl SeenIds {
    /// Whether `endpoint` is new. Ids are unique in an application only.
    fn insert(&self, endpoint: &Endpoint) -> bool {
        let fingerprint = [0_u8, 1].map(|half| {
            let mut hasher = DefaultHasher::new();
            (half, &endpoint.application_id, &endpoint.id).hash(&mut hasher);
            hasher.finish()
        });
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(fingerprint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(files: &[&str], endpoints: u64, duplicates: u64, problems: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = files
            .iter()
            .enumerate()
            .map(|(index, content)| {
                let path = folder.path().join(index.to_string());
                std::fs::write(&path, content).unwrap();
                path
            })
            .collect();
        let census = verify(&paths, &|_| {}).await.unwrap();
        assert_eq!(
            (census.endpoints, census.duplicates),
            (endpoints, duplicates)
        );
        let base = format!("{}/", folder.path().display());
        let described: Vec<String> = census
            .problems
            .iter()
            .map(|problem| problem.to_string().replace(&base, ""))
            .collect();
        assert_eq!(described, problems);
        assert_eq!(census.is_whole(), problems.is_empty());
    }

    #[tokio::test]
    async fn whole_files_have_no_problems() {
        check(&[], 0, 0, &[]).await;
        check(&["{\"Id\":\"a\"}\n", "{\"Id\":\"b\"}\n"], 2, 0, &[]).await;
    }

    #[tokio::test]
    async fn an_id_is_a_duplicate_only_in_its_own_application() {
        check(
            &["{\"Id\":\"a\"}\n{\"Id\":\"b\"}\n{\"Id\":\"a\"}\n"],
            3,
            1,
            &["0: line 3: endpoint \"a\" is there twice"],
        )
        .await;
        check(
            &[
                "{\"Id\":\"a\",\"ApplicationId\":\"1\"}",
                "{\"Id\":\"a\",\"ApplicationId\":\"2\"}",
            ],
            2,
            0,
            &[],
        )
        .await;
    }

    #[tokio::test]
    async fn many_problems_are_all_counted_but_not_all_described() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "oops\n".repeat(250)).unwrap();
        let census = verify(&[path], &|_| {}).await.unwrap();
        assert_eq!(census.problem_count, 250);
        assert_eq!(census.problems.len(), PROBLEMS_DESCRIBED_MAX);
    }
}

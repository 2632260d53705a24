//! Performs the actions of an import job: looks for its bucket, takes in file after file, and settles
//! its segment.
//!
//! A file is read twice: to its end to see whether it can be, then row by row. Rows are taken in some
//! at a time, each batch in one write of the store, which is refused when the job is gone with its
//! application. What a row means is in `rows`.

mod rows;

use std::io::BufRead;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tokio::task::JoinError;

use self::rows::{Rules, Tally};
use super::Surroundings;
use super::blocking::{WatchedReader, watched};
use crate::clock::Clock;
use crate::domain::id::{AccountId, SegmentId};
use crate::domain::import::{self, FileFault, Row, Rows};
use crate::domain::job::{Action, Event, Job};
use crate::domain::timestamp;
use crate::facts::messages;
use crate::model::segment::Format;
use crate::s3::object_store::{ObjectStore, ObjectStoreError};
use crate::seed::Seed;
use crate::store::segments::VersionNumber;
use crate::store::{Store, StoreError};

/// Rows that are taken in at once. Others who write wait no longer than for these.
const BATCH_ROWS: usize = 200;

/// Bytes of rows that are taken in at once, but for the last row. Rows that can become an endpoint come
/// nowhere near it; others are bounded by the length of a line alone.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Batches that may wait for the store.
const BATCHES_MAX: usize = 4;

/// What an import needs to know beside its job.
#[derive(Debug)]
pub(crate) struct NewImport {
    /// Where its files are.
    pub(crate) bucket: String,
    /// Their keys, in order.
    pub(crate) files: Vec<String>,
    /// What they are.
    pub(crate) format: Format,
    /// On whose behalf it reads: the application's account.
    pub(crate) account: AccountId,
    /// Whether the application gets the endpoints.
    pub(crate) registers: bool,
    /// The segment they come into, if any, and the version they come with.
    pub(crate) segment: Option<(SegmentId, VersionNumber)>,
    /// What populations derive from.
    pub(crate) seed: Seed,
}

/// Everything needed to take in the files of one job.
#[derive(Debug)]
pub(super) struct Import {
    bucket: String,
    files: Vec<String>,
    format: Format,
    account: AccountId,
    store: Store,
    objects: Arc<dyn ObjectStore>,
    clock: Arc<Clock>,
    rules: Arc<Rules>,
    /// Of all files so far.
    brought: Mutex<Tally>,
}

/// Why a file was not taken in, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum ImportError {
    #[error(transparent)]
    Objects(#[from] ObjectStoreError),
    #[error(transparent)]
    File(#[from] FileFault),
    #[error("{}", messages::ACCESS_DENIED)]
    AccessDenied,
    #[error("the job is gone")]
    JobGone,
    #[error("{}", messages::SEGMENT_GONE)]
    SegmentGone,
    #[error("{}", messages::INTERNAL)]
    Store(#[from] StoreError),
    #[error("{}", messages::INTERNAL)]
    Task(#[from] JoinError),
}

impl Import {
    pub(super) fn new(job: &Job, new: NewImport, surroundings: &Surroundings) -> Self {
        Self {
            bucket: new.bucket,
            files: new.files,
            format: new.format,
            account: new.account,
            store: surroundings.store.clone(),
            objects: Arc::clone(&surroundings.objects),
            clock: Arc::clone(&surroundings.clock),
            rules: Arc::new(Rules {
                application_id: job.application_id.clone(),
                job_id: job.id.clone(),
                registers: new.registers,
                segment: new.segment,
                seed: new.seed,
            }),
            brought: Mutex::default(),
        }
    }

    /// Performs one action. A piece is a file.
    ///
    /// # Source
    /// Assumed: the pieces of an import are not described further than as roughly equal shares;
    /// case: import-jobs/files-of-a-prefix
    pub(super) async fn perform(&self, action: Action) -> Event {
        match action {
            Action::Prepare => Event::Prepared(self.explain(None, self.check_bucket().await)),
            Action::PlanPieces => {
                let pieces = u64::try_from(self.files.len());
                Event::PiecesPlanned(Ok(pieces.expect("a length in memory fits 64 bits")))
            }
            Action::DoPiece { index } => self.do_piece(index).await,
            Action::Finish => Event::Finished(self.explain(None, self.finish().await)),
        }
    }

    /// The event of an action that came to nothing.
    pub(super) fn fail(action: Action, reason: String) -> Event {
        match action {
            Action::Prepare => Event::Prepared(Err(reason)),
            Action::PlanPieces => Event::PiecesPlanned(Err(reason)),
            Action::DoPiece { index } => Event::PieceDone {
                index,
                outcome: Tally::default().into_outcome(Err(reason)),
            },
            Action::Finish => Event::Finished(Err(reason)),
        }
    }

    async fn do_piece(&self, index: u64) -> Event {
        let key = usize::try_from(index)
            .ok()
            .and_then(|index| self.files.get(index))
            .expect("there are as many pieces as files");
        let mut tally = Tally::default();
        let done = self.take_in(key, &mut tally).await;
        self.brought().add(&tally);
        Event::PieceDone {
            index,
            outcome: tally.into_outcome(self.explain(Some(key), done)),
        }
    }

    /// A bucket of another account is not read, as in exports.
    async fn check_bucket(&self) -> Result<(), ImportError> {
        if self.objects.bucket(&self.bucket).await?.info.owner != self.account {
            return Err(ImportError::AccessDenied);
        }
        Ok(())
    }

    /// Takes in a file. What is taken in before it fails stays so and is in the tally.
    async fn take_in(&self, key: &str, tally: &mut Tally) -> Result<(), ImportError> {
        self.check_bucket().await?;
        let object = self.objects.get_object(&self.bucket, key, None).await?;
        let reader = object.clone();
        let checked = watched(move |given_up| {
            let reader = reader.blocking_reader();
            import::check(WatchedReader { reader, given_up })
        });
        checked.await??;

        let (sender, mut batches) = mpsc::channel(BATCHES_MAX);
        let format = self.format;
        let reading = watched(move |given_up| {
            let reader = object.blocking_reader();
            read(format, WatchedReader { reader, given_up }, &sender)
        });
        while let Some(batch) = batches.recv().await {
            let (rules, now) = (
                Arc::clone(&self.rules),
                timestamp::to_wire(self.clock.now()),
            );
            let key = key.to_owned();
            let taken = self
                .store
                .write(move |tx| rules.take_in(tx, &key, batch, &now))
                .await?;
            tally.add(&taken);
        }
        Ok(reading.await??)
    }

    async fn finish(&self) -> Result<(), ImportError> {
        let (rules, brought) = (Arc::clone(&self.rules), self.brought().clone());
        self.store
            .write(move |tx| rules.settle_segment(tx, &brought))
            .await
    }

    fn brought(&self) -> std::sync::MutexGuard<'_, Tally> {
        // A panicking worker fails its job, which looks at the tally no more.
        self.brought.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn explain(&self, key: Option<&str>, done: Result<(), ImportError>) -> Result<(), String> {
        done.map_err(|error| {
            tracing::warn!(%error, job = %self.rules.job_id, key, "an import failed");
            let reason = error.to_string();
            match error {
                ImportError::Objects(_) | ImportError::File(_) | ImportError::AccessDenied => {
                    messages::read_failed(&self.bucket, key.unwrap_or_default(), &reason)
                }
                ImportError::JobGone
                | ImportError::SegmentGone
                | ImportError::Store(_)
                | ImportError::Task(_) => reason,
            }
        })
    }
}

/// Reads a file's rows and hands them on in batches.
fn read(
    format: Format,
    file: impl BufRead,
    batches: &mpsc::Sender<Vec<Row>>,
) -> Result<(), FileFault> {
    let mut batch = Batch::default();
    for row in Rows::open(format, file)? {
        // What stands before a row that cannot be read counts.
        let row = match row {
            Ok(row) => row,
            Err(fault) => {
                let _ = batches.blocking_send(batch.rows);
                return Err(fault);
            }
        };
        // Nobody takes batches any more only after an error that is reported already.
        if let Some(full) = batch.push(row)
            && batches.blocking_send(full).is_err()
        {
            return Ok(());
        }
    }
    let _ = batches.blocking_send(batch.rows);
    Ok(())
}

/// Rows that wait until there are enough of them.
#[derive(Debug, Default)]
struct Batch {
    rows: Vec<Row>,
    bytes: usize,
}

impl Batch {
    /// Adds a row, and answers all if that makes the batch full.
    fn push(&mut self, row: Row) -> Option<Vec<Row>> {
        self.bytes += row.bytes;
        self.rows.push(row);
        let is_full = self.rows.len() == BATCH_ROWS || self.bytes >= BATCH_BYTES;
        is_full.then(|| std::mem::take(self).rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::import::{RowContent, RowFault};

    #[test]
    fn a_batch_is_bounded_by_rows_and_by_bytes() {
        for (bytes, expected) in [
            (0, BATCH_ROWS),
            (1, BATCH_ROWS),
            (15 * 1024, BATCH_ROWS),
            (1024 * 1024, 4),
            (BATCH_BYTES, 1),
        ] {
            let mut batch = Batch::default();
            let mut add = || {
                let content: Result<RowContent, _> = Err(RowFault::Nobody);
                batch.push(Row {
                    line: 1,
                    bytes,
                    content,
                })
            };
            for round in 0..2 {
                for _ in 1..expected {
                    assert_eq!(add(), None, "{bytes}, {round}");
                }
                assert_eq!(add().map(|rows| rows.len()), Some(expected), "{bytes}");
            }
        }
    }
}

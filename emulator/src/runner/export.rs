//! Performs the actions of an export job: markers, the plan of pieces, and the pieces themselves.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::blocking::watched;
use super::{ExportSettings, Surroundings};
use crate::clock::Clock;
use crate::domain::id::{AccountId, ApplicationId, JobId};
use crate::domain::job::{Action, Event, Job, PieceOutcome};
use crate::domain::piece::{GzipWriter, KeyWords};
use crate::domain::s3_url::S3Url;
use crate::facts::{layout, messages};
use crate::model::json;
use crate::s3::object_store::{ObjectAttributes, ObjectStore, ObjectStoreError, ObjectWriter};
use crate::store::audience::export_plan::{
    Counted, ExportLine, PiecePlan, Plan, ReadError, Selection,
};

/// Size of the chunks in which a piece goes to the object store.   (bytes)
const CHUNK_BYTES: usize = 128 * 1024;

/// Chunks of a piece that may wait for the object store.
const CHUNKS_MAX: usize = 4;

/// What an export needs to know beside its job.
#[derive(Debug)]
pub(crate) struct NewExport {
    /// Where its files go.
    pub(crate) destination: S3Url,
    /// Which endpoints.
    pub(crate) selection: Selection,
    /// On whose behalf it writes: the application's account.
    pub(crate) account: AccountId,
}

/// Everything needed to write the files of one job.
#[derive(Debug)]
pub(super) struct Export {
    application_id: ApplicationId,
    job_id: JobId,
    created: Timestamp,
    destination: S3Url,
    selection: Selection,
    account: AccountId,
    objects: Arc<dyn ObjectStore>,
    clock: Arc<Clock>,
    settings: Arc<ExportSettings>,
    /// Set by [`Action::PlanPieces`].
    plan: OnceLock<Arc<Plan>>,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Objects(#[from] ObjectStoreError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("access denied")]
    AccessDenied,
    #[error("the piece could not be rendered")]
    Render(#[from] io::Error),
    #[error("the piece's task failed")]
    Task(#[from] tokio::task::JoinError),
}

impl Export {
    pub(super) fn new(job: &Job, new: NewExport, surroundings: &Surroundings) -> Self {
        Self {
            application_id: job.application_id.clone(),
            job_id: job.id.clone(),
            created: job.created,
            destination: new.destination,
            selection: new.selection,
            account: new.account,
            objects: Arc::clone(&surroundings.objects),
            clock: Arc::clone(&surroundings.clock),
            settings: Arc::clone(&surroundings.settings),
            plan: OnceLock::new(),
        }
    }

    /// Performs one action: markers before and after, and between them the plan and its pieces.
    pub(super) async fn perform(&self, action: Action) -> Event {
        match action {
            Action::Prepare => Event::Prepared(self.write_marker(layout::MARKER_VALIDATED).await),
            Action::PlanPieces => match self.plan().await {
                Ok(plan) => {
                    let plan = self.plan.get_or_init(|| Arc::new(plan));
                    Event::PiecesPlanned(Ok(count(plan)))
                }
                Err(error) => {
                    tracing::error!(%error, job = %self.job_id, "the pieces could not be planned");
                    self.fail(action, messages::INTERNAL.to_owned())
                }
            },
            Action::DoPiece { index } => self.do_piece(index).await,
            Action::Finish => Event::Finished(self.write_marker(layout::MARKER_COMPLETED).await),
        }
    }

    /// The event of an action that came to nothing.
    pub(super) fn fail(&self, action: Action, reason: String) -> Event {
        match action {
            Action::Prepare => Event::Prepared(Err(reason)),
            Action::PlanPieces => Event::PiecesPlanned(Err(reason)),
            Action::DoPiece { index } => self.piece_done(index, Err(reason)),
            Action::Finish => Event::Finished(Err(reason)),
        }
    }

    async fn do_piece(&self, index: u64) -> Event {
        let (piece, pieces) = (
            self.piece(index),
            self.plan.get().map_or(0, |plan| count(plan)),
        );
        let key = self.settings.object_key.key(&KeyWords {
            folder: &self.destination.folder(),
            application_id: self.application_id.as_str(),
            job_id: self.job_id.as_str(),
            created: self.created,
            piece: index,
            pieces,
        });
        let piece = piece.expect("the pieces are planned before they are written");
        let written = self.write_piece(&key, piece.clone()).await;
        self.piece_done(index, self.explain(&key, written))
    }

    fn piece_done(&self, index: u64, done: Result<(), String>) -> Event {
        let endpoints = self.piece(index).map_or(0, |piece| piece.endpoints);
        let (processed, failed) = match &done {
            Ok(()) => (endpoints, 0),
            Err(_) => (0, endpoints),
        };
        Event::PieceDone {
            index,
            outcome: PieceOutcome {
                processed,
                failed,
                failures: Vec::new(),
                done,
            },
        }
    }

    fn piece(&self, index: u64) -> Option<&PiecePlan> {
        self.plan.get()?.pieces.get(usize::try_from(index).ok()?)
    }

    /// Counts the endpoints on all cores, each of which takes every so-manieth stretch.
    async fn plan(&self) -> Result<Plan, WriteError> {
        let selection = self.selection.clone();
        let stretches = watched(move |given_up| selection.stretches(given_up));
        let stretches = Arc::new(stretches.await??);
        let counters = available_parallelism().map_or(1, Into::into);
        let counting: Vec<_> = (0..counters.min(stretches.len()))
            .map(|first| {
                let (selection, stretches) = (self.selection.clone(), Arc::clone(&stretches));
                watched(move |given_up| {
                    let own = stretches.iter().skip(first).step_by(counters);
                    own.map(|stretch| selection.count(stretch, given_up))
                        .collect::<Result<Vec<Counted>, _>>()
                })
            })
            .collect();
        let mut counted = Vec::with_capacity(counting.len());
        for own in counting {
            counted.push(own.await??.into_iter());
        }
        let counts = (0..stretches.len()).filter_map(|nth| counted[nth % counters].next());
        let counts = counts.collect();
        let stretches = Arc::unwrap_or_clone(stretches);
        let endpoints_per_piece = self.settings.endpoints_per_piece;
        Ok(Plan::lay_out(stretches, counts, endpoints_per_piece))
    }

    async fn write_marker(&self, name: &str) -> Result<(), String> {
        let key = format!("{}{name}", self.destination.folder());
        let written = self.write_empty(&key).await;
        self.explain(&key, written)
    }

    async fn write_empty(&self, key: &str) -> Result<(), WriteError> {
        let attributes = ObjectAttributes::new(self.clock.now());
        self.open(key, attributes).await?.commit().await?;
        Ok(())
    }

    async fn write_piece(&self, key: &str, piece: PiecePlan) -> Result<(), WriteError> {
        let mut attributes = ObjectAttributes::new(self.clock.now());
        attributes.content_type = Some(layout::PIECE_CONTENT_TYPE.to_owned());
        let mut writer = self.open(key, attributes).await?;

        let (sender, mut chunks) = mpsc::channel(CHUNKS_MAX);
        let selection = self.selection.clone();
        let plan = self.plan.get().map(Arc::clone);
        let plan = plan.expect("the pieces are planned before they are written");
        let gzip_level = self.settings.gzip_level;
        let rendered = watched(move |given_up| {
            render(&selection, &plan, &piece, gzip_level, sender, given_up)
        });
        while let Some(chunk) = chunks.recv().await {
            writer.write(chunk).await?;
        }
        // Only a piece that was rendered to its end may become an object.
        rendered.await??;
        writer.commit().await?;
        Ok(())
    }

    /// # Source
    /// A bucket of another account refuses the write: assumed; case: export-jobs/foreign-bucket-fails-the-job
    async fn open(
        &self,
        key: &str,
        attributes: ObjectAttributes,
    ) -> Result<Box<dyn ObjectWriter>, WriteError> {
        let bucket = self.destination.bucket();
        if self.objects.bucket(bucket).await?.info.owner != self.account {
            return Err(WriteError::AccessDenied);
        }
        Ok(self
            .objects
            .put_object(bucket, key, attributes.into())
            .await?)
    }

    fn explain(&self, key: &str, written: Result<(), WriteError>) -> Result<(), String> {
        written.map_err(|error| {
            tracing::warn!(%error, job = %self.job_id, key, "an export could not be written");
            messages::write_failed(self.destination.bucket(), key, &error.to_string())
        })
    }
}

fn count(plan: &Plan) -> u64 {
    u64::try_from(plan.pieces.len()).expect("a length in memory fits 64 bits")
}

fn render(
    selection: &Selection,
    plan: &Plan,
    piece: &PiecePlan,
    gzip_level: u32,
    chunks: mpsc::Sender<Bytes>,
    given_up: &CancellationToken,
) -> Result<(), WriteError> {
    let mut gzip = GzipWriter::new(
        ChunkWriter {
            chunks,
            chunk: Vec::with_capacity(CHUNK_BYTES),
        },
        gzip_level,
    )?;
    let mut line = Vec::with_capacity(1024);
    for endpoint in selection.lines(plan, piece, given_up) {
        match endpoint? {
            ExportLine::Stored(stored) => gzip.write_all(&stored)?,
            ExportLine::Synthetic(endpoint) => {
                line.clear();
                json::write(&mut line, &endpoint).map_err(io::Error::from)?;
                gzip.write_all(&line)?;
            }
        }
        gzip.write_all(b"\n")?;
    }
    gzip.finish()?.send()?;
    Ok(())
}

/// Sends what is written to it in chunks; fails when nobody takes them any more.
#[derive(Debug)]
struct ChunkWriter {
    chunks: mpsc::Sender<Bytes>,
    chunk: Vec<u8>,
}

impl ChunkWriter {
    fn send(&mut self) -> io::Result<()> {
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_BYTES));
        self.chunks
            .blocking_send(chunk.into())
            .map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for ChunkWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.chunk.len() + bytes.len() > CHUNK_BYTES && !self.chunk.is_empty() {
            self.send()?;
        }
        self.chunk.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

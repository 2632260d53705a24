//! Performs the actions of an export job: markers, the plan of pieces, and the pieces themselves.

use std::io::{self, Write};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::ExportSettings;
use crate::clock::Clock;
use crate::domain::export_job::{Action, Event, Marker};
use crate::domain::id::{AccountId, ApplicationId, JobId};
use crate::domain::piece::{GzipWriter, KeyWords};
use crate::domain::s3_url::S3Url;
use crate::facts::{layout, messages};
use crate::model::json;
use crate::s3::object_store::{ObjectAttributes, ObjectStore, ObjectStoreError, ObjectWriter};
use crate::store::audience::{Audience, ExportLine, PiecePlan, Plan};
use crate::store::{StoreError, View};

/// Size of the chunks in which a piece goes to the object store.   (bytes)
const CHUNK_BYTES: usize = 128 * 1024;

/// Chunks of a piece that may wait for the object store.
const CHUNKS_MAX: usize = 4;

/// Everything needed to write the files of one job.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) application_id: ApplicationId,
    pub(super) job_id: JobId,
    pub(super) created: Timestamp,
    pub(super) destination: S3Url,
    pub(super) audience: Arc<Audience>,
    pub(super) account: AccountId,
    pub(super) view: Arc<dyn View>,
    pub(super) objects: Arc<dyn ObjectStore>,
    pub(super) clock: Arc<Clock>,
    pub(super) settings: Arc<ExportSettings>,
}

/// What became of an action.
#[derive(Debug)]
pub(super) struct Outcome {
    /// For the job.
    pub(super) event: Event,
    /// For the actions that follow.
    pub(super) plan: Option<Plan>,
}

/// Why a file could not be written.
#[derive(Debug, thiserror::Error)]
enum WriteError {
    #[error(transparent)]
    Objects(#[from] ObjectStoreError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("access denied")]
    AccessDenied,
    #[error("the piece could not be rendered")]
    Render(#[from] io::Error),
    #[error("the piece's task failed")]
    Task(#[from] tokio::task::JoinError),
}

impl Outcome {
    /// The outcome of an action whose worker panicked; what happened is in the log.
    pub(super) fn panicked(action: Action, plan: Option<&Plan>) -> Self {
        Self::of(action, plan, Err(messages::INTERNAL.to_owned()))
    }

    fn of(action: Action, plan: Option<&Plan>, outcome: Result<(), String>) -> Self {
        let event = match action {
            Action::WriteMarker(_) => Event::MarkerWritten(outcome),
            Action::PlanPieces => Event::PiecesPlanned(outcome.map(|()| 0)),
            Action::WritePiece { index } => {
                let endpoints = piece(plan, index).map_or(0, |piece| piece.endpoints);
                Event::PieceWritten { endpoints, outcome }
            }
        };
        Self { event, plan: None }
    }
}

impl Files {
    /// Performs one action. Pieces need the plan that [`Action::PlanPieces`] brought.
    pub(super) async fn perform(&self, action: Action, plan: Option<&Plan>) -> Outcome {
        match action {
            Action::WriteMarker(marker) => {
                let name = match marker {
                    Marker::Validated => layout::MARKER_VALIDATED,
                    Marker::Completed => layout::MARKER_COMPLETED,
                };
                let key = format!("{}{name}", self.destination.folder());
                let written = self.write_marker(&key).await;
                Outcome::of(action, plan, self.explain(&key, written))
            }
            Action::PlanPieces => match self.plan().await {
                Ok(plan) => {
                    let pieces =
                        u64::try_from(plan.pieces.len()).expect("a length in memory fits 64 bits");
                    Outcome {
                        event: Event::PiecesPlanned(Ok(pieces)),
                        plan: Some(plan),
                    }
                }
                Err(error) => {
                    tracing::error!(%error, job = %self.job_id, "the pieces could not be planned");
                    Outcome::of(action, plan, Err(messages::INTERNAL.to_owned()))
                }
            },
            Action::WritePiece { index } => {
                let pieces = plan.map_or(0, |plan| plan.pieces.len());
                let key = self.settings.object_key.key(&KeyWords {
                    folder: &self.destination.folder(),
                    application_id: self.application_id.as_str(),
                    job_id: self.job_id.as_str(),
                    created: self.created,
                    piece: index,
                    pieces: u64::try_from(pieces).expect("a length in memory fits 64 bits"),
                });
                let planned = piece(plan, index)
                    .expect("the pieces are planned before they are written")
                    .clone();
                let written = self.write_piece(&key, planned).await;
                Outcome::of(action, plan, self.explain(&key, written))
            }
        }
    }

    async fn plan(&self) -> Result<Plan, WriteError> {
        let (audience, view) = (Arc::clone(&self.audience), Arc::clone(&self.view));
        let endpoints_per_piece = self.settings.endpoints_per_piece;
        Ok(spawn_blocking(move || audience.plan(view.as_ref(), endpoints_per_piece)).await??)
    }

    async fn write_marker(&self, key: &str) -> Result<(), WriteError> {
        let attributes = ObjectAttributes::new(self.clock.now());
        self.open(key, attributes).await?.commit().await?;
        Ok(())
    }

    async fn write_piece(&self, key: &str, piece: PiecePlan) -> Result<(), WriteError> {
        let mut attributes = ObjectAttributes::new(self.clock.now());
        attributes.content_type = Some(layout::PIECE_CONTENT_TYPE.to_owned());
        let mut writer = self.open(key, attributes).await?;

        let (sender, mut chunks) = mpsc::channel(CHUNKS_MAX);
        let (audience, view) = (Arc::clone(&self.audience), Arc::clone(&self.view));
        let gzip_level = self.settings.gzip_level;
        let rendered =
            spawn_blocking(move || render(&audience, view.as_ref(), &piece, gzip_level, sender));
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
        if self.objects.bucket(bucket).await?.owner != self.account {
            return Err(WriteError::AccessDenied);
        }
        Ok(self.objects.put_object(bucket, key, attributes).await?)
    }

    fn explain(&self, key: &str, written: Result<(), WriteError>) -> Result<(), String> {
        written.map_err(|error| {
            tracing::warn!(%error, job = %self.job_id, key, "an export could not be written");
            messages::write_failed(self.destination.bucket(), key, &error.to_string())
        })
    }
}

fn piece(plan: Option<&Plan>, index: u64) -> Option<&PiecePlan> {
    plan?.pieces.get(usize::try_from(index).ok()?)
}

fn render(
    audience: &Audience,
    view: &dyn View,
    piece: &PiecePlan,
    gzip_level: u32,
    chunks: mpsc::Sender<Bytes>,
) -> Result<(), WriteError> {
    let mut gzip = GzipWriter::new(
        ChunkWriter {
            chunks,
            chunk: Vec::with_capacity(CHUNK_BYTES),
        },
        gzip_level,
    )?;
    let mut line = Vec::with_capacity(1024);
    for endpoint in audience.export_lines(view, piece) {
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

//! Bodies in memory: lists of chunks, shared and never moved, so that growing, joining and copying
//! cost nothing.

use std::mem;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream;

use super::{Bodies, Content, Sink, Written};
use crate::domain::checksum::{ChecksumAlgorithm, Hasher};
use crate::s3::checksum::Checksum;
use crate::s3::object_store::{BodyStream, ObjectBody, ObjectStoreError};

/// Keeps each body for as long as somebody holds its content.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MemoryBodies;

impl Bodies for MemoryBodies {
    fn sink(&self, algorithm: ChecksumAlgorithm) -> Box<dyn Sink> {
        Box::new(BodyBuilder::new(algorithm))
    }

    fn open(&self, content: &Content) -> Arc<dyn ObjectBody> {
        let Content::Memory(chunks) = content;
        Arc::new(chunks.clone())
    }
}

/// A body at rest.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chunks {
    /// With the offset in the body at which each begins; none is empty.
    chunks: Arc<Vec<(u64, Bytes)>>,
}

impl Chunks {
    pub(super) fn concat<'a>(bodies: impl Iterator<Item = &'a Self>) -> Self {
        let mut chunks = Vec::new();
        let mut size = 0;
        for (_, chunk) in bodies.flat_map(|body| body.chunks.iter()) {
            chunks.push((size, chunk.clone()));
            size += chunk.len() as u64;
        }
        Self {
            chunks: Arc::new(chunks),
        }
    }
}

impl ObjectBody for Chunks {
    fn read(&self, range: Range<u64>) -> BodyStream {
        let chunks = Arc::clone(&self.chunks);
        let first =
            chunks.partition_point(|(start, chunk)| start + chunk.len() as u64 <= range.start);
        let pieces = (first..chunks.len()).map_while(move |index| {
            let (start, chunk) = &chunks[index];
            let within = |offset: u64| usize::try_from(offset.saturating_sub(*start)).ok();
            let from = within(range.start)?;
            let to = within(range.end)?.min(chunk.len());
            (from < to).then(|| Ok(chunk.slice(from..to)))
        });
        Box::pin(stream::iter(pieces))
    }
}

/// Chunks smaller than this are gathered, so that a slow or finely chunked upload does not keep a
/// network buffer alive for each scrap.   (bytes)
const GATHERED_BYTES_MAX: usize = 64 * 1024;

/// A body while it is written.
#[derive(Debug)]
struct BodyBuilder {
    chunks: Vec<(u64, Bytes)>,
    /// Bytes not in `chunks` yet.
    tail: Vec<u8>,
    /// Of `chunks` alone.
    size: u64,
    md5: Hasher,
    algorithm: ChecksumAlgorithm,
    checksum: Hasher,
}

impl BodyBuilder {
    fn new(algorithm: ChecksumAlgorithm) -> Self {
        Self {
            chunks: Vec::new(),
            tail: Vec::new(),
            size: 0,
            md5: Hasher::md5(),
            algorithm,
            checksum: Hasher::new(algorithm),
        }
    }

    fn push(&mut self, bytes: Bytes) {
        self.md5.update(&bytes);
        self.checksum.update(&bytes);
        if bytes.len() < GATHERED_BYTES_MAX {
            self.tail.extend_from_slice(&bytes);
            if self.tail.len() >= GATHERED_BYTES_MAX {
                self.flush_tail();
            }
        } else {
            self.flush_tail();
            self.push_chunk(bytes);
        }
    }

    fn flush_tail(&mut self) {
        if !self.tail.is_empty() {
            // A boxed slice has no spare room.
            let tail = mem::take(&mut self.tail).into_boxed_slice();
            self.push_chunk(Bytes::from(tail));
        }
    }

    fn push_chunk(&mut self, chunk: Bytes) {
        let start = self.size;
        self.size += chunk.len() as u64;
        self.chunks.push((start, chunk));
    }
}

#[async_trait]
impl Sink for BodyBuilder {
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectStoreError> {
        self.push(bytes);
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<Written, ObjectStoreError> {
        self.flush_tail();
        self.chunks.shrink_to_fit();
        Ok(Written {
            content: Content::Memory(Chunks {
                chunks: Arc::new(self.chunks),
            }),
            size: self.size,
            etag: hex::encode(self.md5.finish()),
            checksum: Checksum::of_whole(self.algorithm, &self.checksum.finish()),
        })
    }

    async fn abort(self: Box<Self>) {}
}

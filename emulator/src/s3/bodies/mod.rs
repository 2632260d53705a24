//! The seam between the object store and where the bytes of objects and parts are kept.
//!
//! A body is written before anything names it and read by its [`Content`], which the catalogue
//! keeps. Names, versions and who may read what are not known here.

pub(crate) mod memory;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use self::memory::Chunks;
use super::checksum::Checksum;
use super::object_store::{ObjectBody, ObjectStoreError};
use crate::domain::checksum::ChecksumAlgorithm;

/// Takes bodies and gives them back.
pub(crate) trait Bodies: Debug + Send + Sync {
    /// Begins to write a body, with a checksum of this algorithm.
    fn sink(&self, algorithm: ChecksumAlgorithm) -> Box<dyn Sink>;

    /// The bytes of a body that was written here.
    fn open(&self, content: &Content) -> Arc<dyn ObjectBody>;
}

/// Takes the bytes of one body. Dropped before it is finished, it leaves nothing behind.
#[async_trait]
pub(crate) trait Sink: Debug + Send {
    /// Appends bytes.
    async fn write(&mut self, bytes: Bytes) -> Result<(), ObjectStoreError>;

    /// Ends the body. It stays for as long as the catalogue, or a reader, holds its content.
    async fn finish(self: Box<Self>) -> Result<Written, ObjectStoreError>;

    /// Gives up; the same as dropping, but waits until the room is free again.
    async fn abort(self: Box<Self>);
}

/// A body that has been written to its end.
#[derive(Debug)]
pub(crate) struct Written {
    /// Where it lies.
    pub(crate) content: Content,
    /// Its length.   (bytes)
    pub(crate) size: u64,
    /// Hex MD5, without quotes.
    pub(crate) etag: String,
    /// Over all of its bytes.
    pub(crate) checksum: Checksum,
}

/// Where the bytes of a body lie. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// In this process.
    Memory(Chunks),
}

impl Content {
    /// The body that these make one after the other; no byte is copied.
    pub(crate) fn join<'a>(parts: impl Iterator<Item = &'a Self>) -> Self {
        Self::Memory(Chunks::concat(parts.map(|Self::Memory(chunks)| chunks)))
    }
}

//! Where Pinpoint's state is kept: a few ordered tables with atomic writes and pinned views.
//!
//! This file is the seam. Reads and writes are closures over a [`View`] or [`Transaction`], so a
//! backing may run them inline (memory, today) or on a thread that may wait (a database on disk),
//! and a write is one atomic batch, durable once it is answered as far as the backing goes. What
//! the bytes mean stands in the typed files beside this one, one a resource; `registration` is what
//! UpdateEndpoint does to several endpoints at once. S3 objects are not here but in
//! `s3::object_store`.

pub(crate) mod application_settings;
pub(crate) mod applications;
pub(crate) mod attribute_names;
pub(crate) mod audience;
pub(crate) mod channels;
pub(crate) mod event_streams;
pub(crate) mod jobs;
mod memory;
mod ordinals;
pub(crate) mod registration;
pub(crate) mod segments;

use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;

use crate::domain::page::PageRequest;

/// An ordered table from bytes to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    /// Application id → record.
    Applications,
    /// Account, region, ordinal → application id.
    ApplicationsByAge,
    /// Application id → record, for applications whose settings were written.
    ApplicationSettings,
    /// Application id → record.
    EventStreams,
    /// Application, channel's name → record.
    Channels,
    /// Application, endpoint id → record of an endpoint that is not synthetic.
    Endpoints,
    /// Application, index of a synthetic endpoint → what has become of it.
    SyntheticChanges,
    /// Application, user id, endpoint id → nothing; for all stored endpoints with a user.
    EndpointsByUser,
    /// Application, address, endpoint id → nothing; for stored endpoints that are not INACTIVE.
    EndpointsByAddress,
    /// Application, kind, name of an attribute → who uses it.
    AttributeNames,
    /// Application, job id → record.
    ExportJobs,
    /// Application, ordinal → job id.
    ExportJobsByAge,
    /// Application, segment id, ordinal → job id.
    ExportJobsBySegment,
    /// Application, job id → record.
    ImportJobs,
    /// Application, ordinal → job id.
    ImportJobsByAge,
    /// Application, segment id, ordinal → job id.
    ImportJobsBySegment,
    /// Application, segment id → record.
    Segments,
    /// Application, ordinal → segment id.
    SegmentsByAge,
    /// Application, segment id, number → record of a version.
    SegmentVersions,
    /// Application, segment id, endpoint id, number of a version → the member's own line, or nothing.
    SegmentMembers,
    /// Application, segment id, user id, number of a version → nothing.
    SegmentUsers,
    /// Parent, kind → the next ordinal.
    Ordinals,
}

impl Table {
    const ALL: &[Self] = &[
        Self::Applications,
        Self::ApplicationsByAge,
        Self::ApplicationSettings,
        Self::EventStreams,
        Self::Channels,
        Self::Endpoints,
        Self::SyntheticChanges,
        Self::EndpointsByUser,
        Self::EndpointsByAddress,
        Self::AttributeNames,
        Self::ExportJobs,
        Self::ExportJobsByAge,
        Self::ExportJobsBySegment,
        Self::ImportJobs,
        Self::ImportJobsByAge,
        Self::ImportJobsBySegment,
        Self::Segments,
        Self::SegmentsByAge,
        Self::SegmentVersions,
        Self::SegmentMembers,
        Self::SegmentUsers,
        Self::Ordinals,
    ];
}

/// The store could not be read or written, or holds what it should not.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("a record of {table:?} is unreadable")]
    Record {
        table: Table,
        source: serde_json::Error,
    },
    #[error("a record of {table:?} has an unexpected form")]
    Form { table: Table },
}

/// A page of a list and, if there are more, the ordinal to go on before.
pub(crate) type Page<T> = (Vec<T>, Option<u64>);

/// One key and its value.
pub(crate) type Entry = (Bytes, Bytes);

/// A range of keys.
pub(crate) type KeyRange = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// A consistent state of all tables.
pub(crate) trait View: std::fmt::Debug + Send + Sync {
    /// The value of `key`.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError>;

    /// The entries in `range`, ascending; from the end with `rev`.
    fn scan(
        &self,
        table: Table,
        range: KeyRange,
    ) -> Box<dyn DoubleEndedIterator<Item = Result<Entry, StoreError>> + '_>;
}

/// A state that is being changed. What it reads holds its own writes.
pub(crate) trait Transaction: View {
    /// Sets the value of `key`.
    fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>);

    /// Removes `key`, if it is there.
    fn delete(&mut self, table: Table, key: &[u8]);
}

/// The store, whatever its backing.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    memory: Arc<memory::MemoryStore>,
}

#[expect(
    clippy::unused_async,
    reason = "a backing on disk waits where memory does not"
)]
impl Store {
    /// An empty store in memory.
    pub(crate) fn in_memory() -> Self {
        Self {
            memory: Arc::default(),
        }
    }

    /// Runs `work` on a consistent state.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&dyn View) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        work(self.memory.view().as_ref())
    }

    /// Runs `work` on a state of its own, one writer after the other. On `Ok` all it wrote is there
    /// at once, on `Err` none of it.
    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnOnce(&mut dyn Transaction) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        Ok(self.memory.write(work)?.0)
    }

    /// As [`Self::write`], and answers the state that the work has made. It stays as it is for as
    /// long as somebody holds it.
    pub(crate) async fn write_and_pin<T, E>(
        &self,
        work: impl FnOnce(&mut dyn Transaction) -> Result<T, E> + Send + 'static,
    ) -> Result<(T, Arc<dyn View>), E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (answer, view) = self.memory.write(work)?;
        Ok((answer, view))
    }

    /// Deletes everything.
    pub(crate) async fn clear(&self) {
        self.memory.clear();
    }
}

/// Builds keys whose order is that of their parts, and which no other parts can make.
#[derive(Debug, Clone, Default)]
struct Key(Vec<u8>);

impl Key {
    /// A text that more parts may follow: ended by a byte pair that its escaped form cannot hold.
    fn text(mut self, part: &str) -> Self {
        // Room for what follows too: most keys are two texts.
        self.0.reserve(2 * part.len() + 2);
        let mut pieces = part.split('\0');
        self.0.extend(pieces.next().unwrap_or_default().as_bytes());
        for piece in pieces {
            self.0.extend([0, 0xff]);
            self.0.extend(piece.as_bytes());
        }
        self.0.extend([0, 0]);
        self
    }

    /// A text at the end of a key, as it is.
    fn last_text(mut self, part: &str) -> Self {
        self.0.extend(part.as_bytes());
        self
    }

    /// A number.
    fn number(mut self, part: u64) -> Self {
        self.0.extend(part.to_be_bytes());
        self
    }

    /// All keys that begin with this one.
    fn children(self) -> KeyRange {
        let end = match self.0.iter().rposition(|byte| *byte != 0xff) {
            None => Bound::Unbounded,
            Some(last) => {
                let mut end = self.0[..=last].to_vec();
                end[last] += 1;
                Bound::Excluded(end)
            }
        };
        (Bound::Included(self.0), end)
    }
}

/// The number at the end of a key.
fn last_number(table: Table, key: &[u8]) -> Result<u64, StoreError> {
    key.last_chunk()
        .map(|bytes| u64::from_be_bytes(*bytes))
        .ok_or(StoreError::Form { table })
}

fn decode<'a, T: serde::Deserialize<'a>>(table: Table, value: &'a [u8]) -> Result<T, StoreError> {
    serde_json::from_slice(value).map_err(|source| StoreError::Record { table, source })
}

fn encode<T: serde::Serialize>(record: &T) -> Vec<u8> {
    serde_json::to_vec(record).expect("records have string keys")
}

/// A text as [`Key::text`] wrote it.
fn text(table: Table, bytes: &[u8]) -> Result<String, StoreError> {
    let escaped = bytes
        .strip_suffix(&[0, 0])
        .ok_or(StoreError::Form { table })?;
    let mut after_zero = false;
    let bytes = escaped.iter().copied().filter(|byte| {
        // Only `Key::text` puts this byte behind a zero, and UTF-8 has none.
        let is_escape = after_zero && *byte == 0xff;
        after_zero = *byte == 0;
        !is_escape
    });
    String::from_utf8(bytes.collect()).map_err(|_| StoreError::Form { table })
}

fn text_of(table: Table, value: &[u8]) -> Result<&str, StoreError> {
    std::str::from_utf8(value).map_err(|_| StoreError::Form { table })
}

/// A page of a list: follows the ids in an index of ordinals from its end. `record` looks one up.
fn newest_first<T>(
    view: &dyn View,
    index: Table,
    parent: Key,
    page: PageRequest,
    record: impl Fn(&dyn View, &str) -> Result<Option<T>, StoreError>,
) -> Result<Page<T>, StoreError> {
    let (start, mut end) = parent.clone().children();
    if let Some(before) = page.before {
        end = Bound::Excluded(parent.number(before).0);
    }
    let mut items = Vec::new();
    let mut last = None;
    for entry in view.scan(index, (start, end)).rev() {
        if items.len() == page.size {
            return Ok((items, last));
        }
        let (key, id) = entry?;
        items.push(record(view, text_of(index, &id)?)?.ok_or(StoreError::Form { table: index })?);
        last = Some(last_number(index, &key)?);
    }
    Ok((items, None))
}

fn delete_children(tx: &mut dyn Transaction, table: Table, parent: Key) -> Result<(), StoreError> {
    let keys: Vec<Bytes> = tx
        .scan(table, parent.children())
        .map(|entry| entry.map(|(key, _)| key))
        .collect::<Result<_, _>>()?;
    for key in keys {
        tx.delete(table, &key);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::ops::RangeBounds as _;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn children_are_the_keys_of_the_parent_and_no_others(a in "[\\x00ab]{0,3}", b in "[\\x00ab]{0,3}", c: String) {
            let child = Key::default().text(&b).last_text(&c).0;
            let contains = Key::default().text(&a).children().contains(&child);
            prop_assert_eq!(contains, a == b);
        }
    }
}

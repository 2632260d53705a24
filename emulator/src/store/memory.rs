//! The store in memory: persistent (path-copying) trees, so that a view is a handful of pointers.

use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use bytes::Bytes;
use rpds::RedBlackTreeMapSync;

use super::{Entry, KeyRange, StoreError, Table, Transaction, View};

type Tree = RedBlackTreeMapSync<Bytes, Bytes>;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct MemoryStore {
    current: RwLock<Arc<Tables>>,
    /// Held by the one writer, so that two never start from the same state.
    writer: Mutex<()>,
}

impl MemoryStore {
    pub(crate) fn view(&self) -> Arc<Tables> {
        // A panicking writer leaves the last whole state behind, so poison is no harm.
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn write<T, E>(
        &self,
        work: impl FnOnce(&mut dyn Transaction) -> Result<T, E>,
    ) -> Result<(T, Arc<Tables>), E> {
        let _one_writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tables = Tables::clone(&self.view());
        let answer = work(&mut tables)?;
        Ok((answer, self.replace(tables)))
    }

    pub(crate) fn clear(&self) {
        let _one_writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.replace(Tables::default());
    }

    fn replace(&self, tables: Tables) -> Arc<Tables> {
        let tables = Arc::new(tables);
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let old = std::mem::replace(&mut *current, Arc::clone(&tables));
        drop(current);
        // Dropped after the lock: freeing a large tree takes its time.
        drop(old);
        tables
    }
}

/// One state of all tables. Cloning costs a few pointers.
#[derive(Clone, Default)]
pub(crate) struct Tables {
    trees: [Tree; Table::ALL.len()],
}

impl Tables {
    fn tree(&self, table: Table) -> &Tree {
        &self.trees[table as usize]
    }
}

impl fmt::Debug for Tables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = Table::ALL
            .iter()
            .map(|table| (table, self.tree(*table).size()));
        f.debug_map().entries(sizes).finish()
    }
}

impl View for Tables {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        Ok(self.tree(table).get(key).cloned())
    }

    fn scan(
        &self,
        table: Table,
        range: KeyRange,
    ) -> Box<dyn DoubleEndedIterator<Item = Result<Entry, StoreError>> + '_> {
        if is_empty(&range) {
            return Box::new(std::iter::empty());
        }
        let entries = self.tree(table).range::<[u8], _>(Range(range));
        Box::new(entries.map(|(key, value)| Ok((key.clone(), value.clone()))))
    }
}

impl Transaction for Tables {
    fn put(&mut self, table: Table, key: Vec<u8>, value: Vec<u8>) {
        self.trees[table as usize].insert_mut(key.into(), value.into());
    }

    fn delete(&mut self, table: Table, key: &[u8]) {
        self.trees[table as usize].remove_mut(key);
    }
}

/// Ranges that end before they begin make trees panic.
fn is_empty(range: &KeyRange) -> bool {
    match range {
        (Bound::Included(start), Bound::Included(end)) => start > end,
        (
            Bound::Included(start) | Bound::Excluded(start),
            Bound::Included(end) | Bound::Excluded(end),
        ) => start >= end,
        _ => false,
    }
}

/// A range of owned keys as one of slices.
struct Range(KeyRange);

impl RangeBounds<[u8]> for Range {
    fn start_bound(&self) -> Bound<&[u8]> {
        self.0.0.as_ref().map(Vec::as_slice)
    }

    fn end_bound(&self) -> Bound<&[u8]> {
        self.0.1.as_ref().map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let store = MemoryStore::default();
        let failed: Result<((), _), StoreError> = store.write(|tx| {
            tx.put(Table::Ordinals, b"a".to_vec(), vec![1]);
            Err(StoreError::Form {
                table: Table::Ordinals,
            })
        });
        assert!(failed.is_err());
        assert_eq!(store.view().get(Table::Ordinals, b"a").unwrap(), None);
    }

    #[test]
    fn a_view_does_not_see_later_writes() {
        let store = MemoryStore::default();
        let before = store.view();
        let written: Result<((), _), StoreError> = store.write(|tx| {
            tx.put(Table::Ordinals, b"a".to_vec(), vec![1]);
            Ok(())
        });
        written.unwrap();
        assert_eq!(before.get(Table::Ordinals, b"a").unwrap(), None);
        assert!(store.view().get(Table::Ordinals, b"a").unwrap().is_some());
    }

    proptest! {
        #[test]
        fn scans_agree_with_a_plain_map(
            writes in prop::collection::vec((prop::collection::vec(0_u8..4, 0..3), any::<bool>()), 0..40),
            start in prop::collection::vec(0_u8..4, 0..3),
            end in prop::collection::vec(0_u8..4, 0..3),
        ) {
            let mut tables = Tables::default();
            let mut model = BTreeMap::new();
            for (key, put) in writes {
                if put {
                    tables.put(Table::Endpoints, key.clone(), key.clone());
                    model.insert(key.clone(), key);
                } else {
                    tables.delete(Table::Endpoints, &key);
                    model.remove(&key);
                }
            }
            let range = (Bound::Included(start.clone()), Bound::Excluded(end.clone()));
            let scanned: Vec<Vec<u8>> =
                tables.scan(Table::Endpoints, range).map(|entry| entry.unwrap().0.to_vec()).collect();
            let expected: Vec<Vec<u8>> = if start < end { model.range(start..end).map(|(key, _)| key.clone()).collect() } else { Vec::new() };
            prop_assert_eq!(scanned, expected);
        }
    }
}

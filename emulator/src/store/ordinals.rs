//! Ordinals: how many children of a kind a parent has had, so that ids derive from them.

use super::{Key, StoreError, Table, Transaction};

/// Hands out the next ordinal of `kind` under `parent`, from 0. Never gives one twice.
pub(super) fn next(tx: &mut dyn Transaction, parent: &str, kind: &str) -> Result<u64, StoreError> {
    const TABLE: Table = Table::Ordinals;
    let key = Key::default().text(parent).last_text(kind).0;
    let ordinal = match tx.get(TABLE, &key)? {
        None => 0,
        Some(value) => super::last_number(TABLE, &value)?,
    };
    tx.put(TABLE, key, (ordinal + 1).to_be_bytes().to_vec());
    Ok(ordinal)
}

//! Channels in the store: at most one of each type of an application.

use super::{Key, StoreError, Table, Transaction, View};
use crate::domain::channel::{Channel, ChannelSettings};
use crate::domain::id::ApplicationId;

const TABLE: Table = Table::Channels;

/// The channel of a type.
pub(crate) fn get<S: ChannelSettings>(
    view: &dyn View,
    application: &ApplicationId,
) -> Result<Option<Channel<S>>, StoreError> {
    let record = view.get(TABLE, &key::<S>(application))?;
    record
        .map(|record| super::decode(TABLE, &record))
        .transpose()
}

/// Sets the channel of a type.
pub(crate) fn put<S: ChannelSettings>(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
    channel: &Channel<S>,
) {
    tx.put(TABLE, key::<S>(application), super::encode(channel));
}

/// Removes the channel of a type, if it is there.
pub(crate) fn delete<S: ChannelSettings>(tx: &mut dyn Transaction, application: &ApplicationId) {
    tx.delete(TABLE, &key::<S>(application));
}

/// Removes all channels of an application.
pub(super) fn delete_all(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
) -> Result<(), StoreError> {
    super::delete_children(tx, TABLE, Key::default().text(application.as_str()))
}

fn key<S: ChannelSettings>(application: &ApplicationId) -> Vec<u8> {
    Key::default()
        .text(application.as_str())
        .last_text(S::CHANNEL_TYPE.as_str())
        .0
}

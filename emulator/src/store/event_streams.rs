//! Event streams in the store: at most one of an application.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Key, StoreError, Table, Transaction, View};
use crate::domain::id::ApplicationId;

const TABLE: Table = Table::EventStreams;

/// Where an application's events would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EventStream {
    /// The stream's ARN, as given.
    pub(crate) destination_stream_arn: String,
    /// The role's ARN, as given.
    pub(crate) role_arn: String,
    /// When it was put.
    pub(crate) modified: Timestamp,
}

/// The event stream of an application.
pub(crate) fn get(
    view: &dyn View,
    application: &ApplicationId,
) -> Result<Option<EventStream>, StoreError> {
    let record = view.get(TABLE, &key(application))?;
    record
        .map(|record| super::decode(TABLE, &record))
        .transpose()
}

/// Sets the event stream of an application.
pub(crate) fn put(tx: &mut dyn Transaction, application: &ApplicationId, stream: &EventStream) {
    tx.put(TABLE, key(application), super::encode(stream));
}

/// Removes the event stream of an application, if it has one.
pub(crate) fn delete(tx: &mut dyn Transaction, application: &ApplicationId) {
    tx.delete(TABLE, &key(application));
}

fn key(application: &ApplicationId) -> Vec<u8> {
    Key::default().last_text(application.as_str()).0
}

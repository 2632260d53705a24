//! Applications' settings in the store, as far as they were written.

use super::{Key, StoreError, Table, Transaction, View};
use crate::domain::application_settings::ApplicationSettings;
use crate::domain::id::ApplicationId;

const TABLE: Table = Table::ApplicationSettings;

/// The settings of an application; `None` before any were written.
pub(crate) fn get(
    view: &dyn View,
    application: &ApplicationId,
) -> Result<Option<ApplicationSettings>, StoreError> {
    let record = view.get(TABLE, &key(application))?;
    record
        .map(|record| super::decode(TABLE, &record))
        .transpose()
}

/// Sets the settings of an application.
pub(crate) fn put(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
    settings: &ApplicationSettings,
) {
    tx.put(TABLE, key(application), super::encode(settings));
}

/// Removes the settings of an application.
pub(super) fn delete(tx: &mut dyn Transaction, application: &ApplicationId) {
    tx.delete(TABLE, &key(application));
}

fn key(application: &ApplicationId) -> Vec<u8> {
    Key::default().last_text(application.as_str()).0
}

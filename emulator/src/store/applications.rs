//! Applications in the store. Ids are unique over all accounts and regions.

use indexmap::IndexMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Key, StoreError, Table, Transaction, View, application_settings, audience, channels,
    event_streams, jobs, ordinals, segments,
};
use crate::domain::id::{AccountId, ApplicationId, Region};
use crate::domain::page::PageRequest;
use crate::seed::Seed;

/// An account's state in a region: separate from all others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Scope {
    /// The account.
    pub(crate) account: AccountId,
    /// The region.
    pub(crate) region: Region,
}

/// One application.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Application {
    /// Its id.
    pub(crate) id: ApplicationId,
    /// Whose it is, and where.
    pub(crate) scope: Scope,
    /// Its name.
    pub(crate) name: String,
    /// Its tags.
    pub(crate) tags: IndexMap<String, String>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// Its synthetic endpoints.
    pub(crate) population: PopulationSettings,
    /// Its place among the applications of its scope, by age.
    ordinal: u64,
}

/// How many synthetic endpoints an application has, and of which seed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PopulationSettings {
    /// How many.   (endpoints)
    pub(crate) count: u64,
    /// A seed of its own; the emulator's when `None`.
    pub(crate) seed: Option<u64>,
}

/// What a new application is made of.
#[derive(Debug, Clone)]
pub(crate) struct NewApplication {
    /// A chosen id; derived from the seed when `None`.
    pub(crate) id: Option<ApplicationId>,
    /// Whose it is, and where.
    pub(crate) scope: Scope,
    /// Its name.
    pub(crate) name: String,
    /// Its tags.
    pub(crate) tags: IndexMap<String, String>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// Its synthetic endpoints.
    pub(crate) population: PopulationSettings,
}

const TABLE: Table = Table::Applications;

/// The application with `id`, whosever it is.
pub(crate) fn get(view: &dyn View, id: &ApplicationId) -> Result<Option<Application>, StoreError> {
    let record = view.get(TABLE, &key(id))?;
    record
        .map(|record| super::decode(TABLE, &record))
        .transpose()
}

/// A page of a scope's applications, newest first, and the ordinal to go on before.
pub(crate) fn list(
    view: &dyn View,
    scope: &Scope,
    page: PageRequest,
) -> Result<(Vec<Application>, Option<u64>), StoreError> {
    let parent = age_key(scope);
    super::newest_first(view, Table::ApplicationsByAge, parent, page, |view, id| {
        view.get(TABLE, &Key::default().last_text(id).0)?
            .map(|record| super::decode(TABLE, &record))
            .transpose()
    })
}

/// The ids of a scope's applications, oldest first.
pub(super) fn ids(view: &dyn View, scope: &Scope) -> Result<Vec<String>, StoreError> {
    const INDEX: Table = Table::ApplicationsByAge;
    view.scan(INDEX, age_key(scope).children())
        .map(|entry| Ok(super::text_of(INDEX, &entry?.1)?.to_owned()))
        .collect()
}

/// How many applications a scope has.
pub(crate) fn count(view: &dyn View, scope: &Scope) -> usize {
    view.scan(Table::ApplicationsByAge, age_key(scope).children())
        .count()
}

/// Adds an application. A chosen id must be free; a derived one skips those that are taken, for
/// instance because somebody has written it down and chosen it in a later run.
pub(crate) fn insert(
    tx: &mut dyn Transaction,
    seed: &Seed,
    new: NewApplication,
) -> Result<Application, StoreError> {
    let parent = seed
        .derive("application")
        .derive(new.scope.account.as_str())
        .derive(new.scope.region.as_str());
    let chosen = new.id;
    let (ordinal, id) = loop {
        let ordinal = ordinals::next(tx, new.scope.account.as_str(), new.scope.region.as_str())?;
        if let Some(id) = chosen.clone() {
            break (ordinal, id);
        }
        let id = ApplicationId::derive(&parent.derive_ordinal(ordinal));
        if get(tx, &id)?.is_none() {
            break (ordinal, id);
        }
    };
    let application = Application {
        id,
        scope: new.scope,
        name: new.name,
        tags: new.tags,
        created: new.created,
        population: new.population,
        ordinal,
    };
    put(tx, &application);
    tx.put(
        Table::ApplicationsByAge,
        age_key(&application.scope).number(ordinal).0,
        application.id.as_str().as_bytes().to_vec(),
    );
    Ok(application)
}

/// Replaces an application's record.
pub(crate) fn put(tx: &mut dyn Transaction, application: &Application) {
    tx.put(TABLE, key(&application.id), super::encode(application));
}

/// Deletes an application and everything in it.
pub(crate) fn delete(
    tx: &mut dyn Transaction,
    application: &Application,
) -> Result<(), StoreError> {
    application_settings::delete(tx, &application.id);
    channels::delete_all(tx, &application.id)?;
    event_streams::delete(tx, &application.id);
    audience::delete_all(tx, &application.id)?;
    jobs::delete_all(tx, &application.id)?;
    segments::delete_all(tx, &application.id)?;
    tx.delete(TABLE, &key(&application.id));
    tx.delete(
        Table::ApplicationsByAge,
        &age_key(&application.scope).number(application.ordinal).0,
    );
    Ok(())
}

fn key(id: &ApplicationId) -> Vec<u8> {
    Key::default().last_text(id.as_str()).0
}

fn age_key(scope: &Scope) -> Key {
    Key::default()
        .text(scope.account.as_str())
        .text(scope.region.as_str())
}

//! The endpoints of an application: synthetic ones by computation, and over them what was stored.
//!
//! A stored endpoint is kept as its export line, byte for byte, so that archives come out as they
//! went in and an export of stored endpoints copies. One whose id is that of a synthetic endpoint of
//! the population is kept under its index and takes its place; a deleted synthetic endpoint leaves a
//! tombstone there. Rules of UpdateEndpoint are in `domain::endpoint`.

pub(crate) mod export_plan;

use std::ops::{Bound, Range};

use bytes::Bytes;

use super::applications::{self, Application, PopulationSettings};
use super::{Key, StoreError, Table, Transaction, View, attribute_names};
use crate::domain::attribute::AttributeKind;
use crate::domain::endpoint::Rendered;
use crate::domain::id::ApplicationId;
use crate::domain::population::{self, Population};
use crate::model::endpoint::EndpointResponse;
use crate::seed::Seed;

/// An application's endpoints, whatever the view.
#[derive(Debug, Clone)]
pub(crate) struct Audience {
    application_id: ApplicationId,
    population: Population,
}

/// A stored endpoint: which cohort GetEndpoint shows, and its export line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    cohort_id: Option<u8>,
    line: Bytes,
}

/// An endpoint as it was found. Whoever writes it hands it back, since it tells what is to change.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// As GetEndpoint answers it. Boxed, since a user's come in lists.
    pub(crate) endpoint: Box<EndpointResponse>,
    /// Whether it stands in the tables, not only in the population.
    is_stored: bool,
}

impl Found {
    /// The endpoint as far as the tables know of it.
    pub(super) fn stored(&self) -> Option<&EndpointResponse> {
        self.is_stored.then_some(&self.endpoint)
    }
}

/// What has become of a synthetic endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Change {
    Deleted,
    Replaced(Record),
}

impl Audience {
    /// The endpoints of `application`, with `seed` the emulator's own.
    pub(crate) fn of(application: &Application, seed: &Seed) -> Self {
        Self::new(&application.id, application.population, seed)
    }

    pub(super) fn new(
        application_id: &ApplicationId,
        settings: PopulationSettings,
        seed: &Seed,
    ) -> Self {
        let seed = settings.seed.map_or(*seed, Seed::new);
        let population = Population::new(seed, application_id, settings.count);
        Self {
            application_id: application_id.clone(),
            population,
        }
    }

    /// The application.
    pub(crate) fn application_id(&self) -> &ApplicationId {
        &self.application_id
    }

    /// The names of attributes that count as in use because of the synthetic endpoints.
    pub(super) fn synthetic_attribute_names(
        &self,
    ) -> impl Iterator<Item = (AttributeKind, &'static str)> {
        let is_populated = self.population.count() > 0;
        population::attribute_names().filter(move |_| is_populated)
    }

    /// One endpoint.
    pub(crate) fn find(&self, view: &dyn View, id: &str) -> Result<Option<Found>, StoreError> {
        match self.stored(view, id)? {
            Some(Change::Replaced(record)) => Ok(Some(Found {
                endpoint: Box::new(record.endpoint()?),
                is_stored: true,
            })),
            Some(Change::Deleted) => Ok(None),
            None => Ok(self.synthetic_index(id).map(|index| self.synthetic(index))),
        }
    }

    /// The endpoints of a user, in the order of their ids.
    pub(crate) fn of_user(&self, view: &dyn View, user_id: &str) -> Result<Vec<Found>, StoreError> {
        let mut endpoints = Vec::new();
        for index in self.population.indexes_of_user(user_id).unwrap_or_default() {
            if self.change(view, index)?.is_none() {
                endpoints.push(self.synthetic(index));
            }
        }
        for id in indexed(view, Table::EndpointsByUser, self.index_key(user_id))? {
            endpoints.extend(self.find(view, &id)?);
        }
        endpoints.sort_by(|one, other| one.endpoint.id.cmp(&other.endpoint.id));
        Ok(endpoints)
    }

    /// The ids of the endpoints with exactly this address, without stored ones that are INACTIVE.
    pub(crate) fn ids_at_address(
        &self,
        view: &dyn View,
        address: &str,
    ) -> Result<Vec<String>, StoreError> {
        let mut ids = Vec::new();
        if let Some(index) = self.population.index_of_address(address)
            && index < self.population.count()
            && self.change(view, index)?.is_none()
        {
            ids.push(self.population.endpoint_id(index));
        }
        let parent = self.index_key(address);
        ids.extend(indexed(view, Table::EndpointsByAddress, parent)?);
        Ok(ids)
    }

    /// Stores an endpoint in place of `before`, which must be what is there under its id.
    pub(crate) fn put(
        &self,
        tx: &mut dyn Transaction,
        before: Option<&Found>,
        after: &Rendered,
    ) -> Result<(), StoreError> {
        let endpoint = after.endpoint();
        self.reindex(tx, before.and_then(Found::stored), Some(endpoint))?;
        let cohort_id = endpoint.cohort_id.as_deref();
        let record = Record {
            cohort_id: cohort_id.and_then(|cohort_id| cohort_id.parse().ok()),
            line: after.line().clone(),
        };
        self.put_record(tx, &endpoint.id, record);
        Ok(())
    }

    /// Stores an endpoint of an archive by its line, as it is. Such endpoints show no cohort.
    pub(crate) fn put_line(
        &self,
        tx: &mut dyn Transaction,
        endpoint: &EndpointResponse,
        line: Bytes,
    ) -> Result<(), StoreError> {
        let before = self.find(tx, &endpoint.id)?;
        let before = before.as_ref().and_then(Found::stored);
        self.reindex(tx, before, Some(endpoint))?;
        let cohort_id = None;
        self.put_record(tx, &endpoint.id, Record { cohort_id, line });
        Ok(())
    }

    /// Deletes an endpoint.
    pub(crate) fn delete(&self, tx: &mut dyn Transaction, found: &Found) -> Result<(), StoreError> {
        self.reindex(tx, found.stored(), None)?;
        let id = &found.endpoint.id;
        match self.synthetic_index(id) {
            Some(index) => tx.put(
                Table::SyntheticChanges,
                self.change_key(index),
                Change::Deleted.encode(),
            ),
            None => tx.delete(Table::Endpoints, &self.endpoint_key(id)),
        }
        Ok(())
    }

    fn put_record(&self, tx: &mut dyn Transaction, id: &str, record: Record) {
        match self.synthetic_index(id) {
            Some(index) => tx.put(
                Table::SyntheticChanges,
                self.change_key(index),
                Change::Replaced(record).encode(),
            ),
            None => tx.put(Table::Endpoints, self.endpoint_key(id), record.encode()),
        }
    }

    /// Makes the indexes and the counts of names follow a stored endpoint that changes, comes or goes.
    fn reindex(
        &self,
        tx: &mut dyn Transaction,
        before: Option<&EndpointResponse>,
        after: Option<&EndpointResponse>,
    ) -> Result<(), StoreError> {
        attribute_names::recount(tx, &self.application_id, before, after)?;
        let of_before = before.map(|endpoint| self.index_entries(endpoint));
        let of_after = after.map(|endpoint| self.index_entries(endpoint));
        if of_before == of_after {
            return Ok(());
        }
        for (table, key) in of_before.into_iter().flatten() {
            tx.delete(table, &key);
        }
        for (table, key) in of_after.into_iter().flatten() {
            tx.put(table, key, Vec::new());
        }
        Ok(())
    }

    /// Under which keys an endpoint can be found beside its id: by its user, and by its address for as
    /// long as it is not INACTIVE. So a write costs nothing for those that earlier ones inactivated.
    fn index_entries(&self, endpoint: &EndpointResponse) -> Vec<(Table, Vec<u8>)> {
        // Clients blank an address out by the empty text, like a user id; it stands for nothing.
        let is_sought = !endpoint.is_inactive();
        let address = endpoint.address.as_deref();
        let address = address.filter(|address| is_sought && !address.is_empty());
        [
            (Table::EndpointsByUser, endpoint.user_id()),
            (Table::EndpointsByAddress, address),
        ]
        .into_iter()
        .filter_map(|(table, member)| {
            Some((table, self.index_key(member?).last_text(&endpoint.id).0))
        })
        .collect()
    }

    /// What is stored under an id, wherever that is kept; `None` if nothing was ever.
    fn stored(&self, view: &dyn View, id: &str) -> Result<Option<Change>, StoreError> {
        if let Some(index) = self.synthetic_index(id) {
            return self.change(view, index);
        }
        let record = view.get(Table::Endpoints, &self.endpoint_key(id))?;
        record
            .map(|record| Record::decode(Table::Endpoints, &record).map(Change::Replaced))
            .transpose()
    }

    fn synthetic(&self, index: u64) -> Found {
        let cohort_id = Some(self.population.cohort_id(index).to_string());
        let endpoint = EndpointResponse {
            cohort_id,
            ..self.population.endpoint(index)
        };
        Found {
            endpoint: Box::new(endpoint),
            is_stored: false,
        }
    }

    fn synthetic_index(&self, id: &str) -> Option<u64> {
        self.population
            .index_of_endpoint_id(id)
            .filter(|index| *index < self.population.count())
    }

    fn change(&self, view: &dyn View, index: u64) -> Result<Option<Change>, StoreError> {
        let change = view.get(Table::SyntheticChanges, &self.change_key(index))?;
        change.map(|change| Change::decode(&change)).transpose()
    }

    fn changes<'a>(
        &self,
        view: &'a dyn View,
        indexes: Range<u64>,
    ) -> impl Iterator<Item = Result<(u64, Change), StoreError>> + 'a {
        let range = (
            Bound::Included(self.change_key(indexes.start)),
            Bound::Excluded(self.change_key(indexes.end.max(indexes.start))),
        );
        view.scan(Table::SyntheticChanges, range).map(|entry| {
            let (key, value) = entry?;
            Ok((
                super::last_number(Table::SyntheticChanges, &key)?,
                Change::decode(&value)?,
            ))
        })
    }

    fn endpoints_parent(&self) -> Key {
        Key::default().text(self.application_id.as_str())
    }

    fn endpoint_key(&self, id: &str) -> Vec<u8> {
        self.endpoints_parent().last_text(id).0
    }

    fn change_key(&self, index: u64) -> Vec<u8> {
        Key::default()
            .text(self.application_id.as_str())
            .number(index)
            .0
    }

    fn index_key(&self, member: &str) -> Key {
        Key::default()
            .text(self.application_id.as_str())
            .text(member)
    }
}

/// Gives an application another population. Stored endpoints stay; those whose ids become synthetic,
/// or cease to be, change their place. Tombstones stay as long as the seed does.
pub(crate) fn set_population(
    tx: &mut dyn Transaction,
    seed: &Seed,
    application: &mut Application,
    population: PopulationSettings,
) -> Result<(), StoreError> {
    let before = Audience::of(application, seed);
    let after = Audience::new(&application.id, population, seed);
    let same_seed = application.population.seed == population.seed;
    let changes: Vec<_> = before.changes(tx, 0..u64::MAX).collect::<Result<_, _>>()?;
    let mut records: Vec<Record> = tx
        .scan(Table::Endpoints, before.endpoints_parent().children())
        .map(|entry| Record::decode(Table::Endpoints, &entry?.1))
        .collect::<Result<_, _>>()?;
    // The names in use stay, since the endpoints do that have them.
    delete_endpoints(tx, &application.id)?;
    for (index, change) in changes {
        match change {
            Change::Deleted if same_seed && index < population.count => {
                tx.put(
                    Table::SyntheticChanges,
                    after.change_key(index),
                    Change::Deleted.encode(),
                );
            }
            Change::Deleted => {}
            Change::Replaced(record) => records.push(record),
        }
    }
    for record in records {
        let endpoint = record.endpoint()?;
        for (table, key) in after.index_entries(&endpoint) {
            tx.put(table, key, Vec::new());
        }
        after.put_record(tx, &endpoint.id, record);
    }
    application.population = population;
    applications::put(tx, application);
    Ok(())
}

/// Deletes what is stored of an application's endpoints.
pub(super) fn delete_all(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
) -> Result<(), StoreError> {
    attribute_names::delete_all(tx, application)?;
    delete_endpoints(tx, application)
}

fn delete_endpoints(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
) -> Result<(), StoreError> {
    for table in [
        Table::Endpoints,
        Table::SyntheticChanges,
        Table::EndpointsByUser,
        Table::EndpointsByAddress,
    ] {
        super::delete_children(tx, table, Key::default().text(application.as_str()))?;
    }
    Ok(())
}

/// The endpoint ids that an index has for a member's value.
fn indexed(view: &dyn View, table: Table, parent: Key) -> Result<Vec<String>, StoreError> {
    let skipped = parent.0.len();
    view.scan(table, parent.children())
        .map(|entry| Ok(super::text_of(table, &entry?.0[skipped..])?.to_owned()))
        .collect()
}

impl Record {
    const NO_COHORT: u8 = 0xff;

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.line.len() + 1);
        bytes.push(self.cohort_id.unwrap_or(Self::NO_COHORT));
        bytes.extend(&self.line);
        bytes
    }

    fn decode(table: Table, bytes: &Bytes) -> Result<Self, StoreError> {
        let first = *bytes.first().ok_or(StoreError::Form { table })?;
        Ok(Self {
            cohort_id: (first != Self::NO_COHORT).then_some(first),
            line: bytes.slice(1..),
        })
    }

    /// The endpoint as GetEndpoint answers it.
    fn endpoint(&self) -> Result<EndpointResponse, StoreError> {
        let endpoint: EndpointResponse = super::decode(Table::Endpoints, &self.line)?;
        Ok(EndpointResponse {
            cohort_id: self.cohort_id.map(|cohort_id| cohort_id.to_string()),
            ..endpoint
        })
    }
}

impl Change {
    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Deleted => Vec::new(),
            Self::Replaced(record) => record.encode(),
        }
    }

    fn decode(bytes: &Bytes) -> Result<Self, StoreError> {
        if bytes.is_empty() {
            return Ok(Self::Deleted);
        }
        Record::decode(Table::SyntheticChanges, bytes).map(Self::Replaced)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::super::memory::Tables;
    use super::export_plan::{ExportLine, Selection};
    use super::*;

    fn audience(count: u64) -> Audience {
        let settings = PopulationSettings {
            count,
            seed: Some(1),
        };
        Audience::new(
            &ApplicationId::parse("app").unwrap(),
            settings,
            &Seed::new(0),
        )
    }

    fn endpoint(id: &str, user_id: &str) -> EndpointResponse {
        serde_json::from_value(serde_json::json!({
            "ApplicationId": "app", "Id": id, "CohortId": "7", "User": {"UserId": user_id},
            "Address": format!("{user_id}@example.com"),
        }))
        .unwrap()
    }

    fn lines(audience: &Audience, tables: &Tables, per_piece: u64) -> Vec<ExportLine> {
        let selection = Selection {
            audience: Arc::new(audience.clone()),
            segment: None,
            view: Arc::new(tables.clone()),
        };
        selection.all(per_piece)
    }

    /// The ids of all endpoints, found by an export.
    pub(in crate::store) fn ids(
        audience: &Audience,
        tables: &Tables,
        per_piece: u64,
    ) -> Vec<String> {
        let lines = lines(audience, tables, per_piece).into_iter();
        let ids = lines.map(|line| match line {
            ExportLine::Stored(line) => {
                serde_json::from_slice::<EndpointResponse>(&line)
                    .unwrap()
                    .id
            }
            ExportLine::Synthetic(endpoint) => endpoint.id,
        });
        ids.collect()
    }

    #[test]
    fn a_stored_line_keeps_every_byte() {
        let (audience, mut tables) = (audience(0), Tables::default());
        let line =
            Bytes::from_static(br#"{"Odd":1,"Id":"x","Metrics":{"m":7},"ApplicationId":"app"}"#);
        audience
            .put_line(
                &mut tables,
                &serde_json::from_slice(&line).unwrap(),
                line.clone(),
            )
            .unwrap();
        let lines = lines(&audience, &tables, 10);
        assert!(
            matches!(lines.as_slice(), [ExportLine::Stored(stored)] if *stored == line),
            "{lines:?}"
        );
        let read = audience.find(&tables, "x").unwrap().unwrap().endpoint;
        assert_eq!(
            (read.cohort_id, read.unknown.first()),
            (None, Some(("Odd", "1")))
        );
    }

    proptest! {
        #[test]
        fn exports_hold_what_reads_find(
            count in 0_u64..40,
            steps in prop::collection::vec((0_u64..50, prop::option::of(0_u8..3)), 0..60),
            per_piece in 1_u64..20,
            resized in 0_u64..40,
        ) {
            let mut tables = Tables::default();
            let seed = Seed::new(0);
            let mut application = applications::insert(&mut tables, &seed, applications::NewApplication {
                id: ApplicationId::parse("app"),
                scope: applications::Scope { account: crate::domain::id::AccountId::default(), region: crate::domain::id::Region::default() },
                name: String::new(),
                tags: indexmap::IndexMap::new(),
                created: jiff::Timestamp::UNIX_EPOCH,
                population: PopulationSettings { count, seed: Some(1) },
            }).unwrap();
            // Ids from 45 on are a client's own; those from `count` to 44 may become synthetic.
            let id_of = |audience: &Audience, n: u64| if n < 45 { audience.population.endpoint_id(n) } else { format!("own/{n}") };
            let mut model: std::collections::BTreeMap<String, Option<u8>> =
                (0..count).map(|n| (audience(count).population.endpoint_id(n), None)).collect();
            let audience = Audience::of(&application, &seed);
            for (n, user) in steps {
                let id = id_of(&audience, n);
                let found = audience.find(&tables, &id).unwrap();
                prop_assert_eq!(found.is_some(), model.contains_key(&id));
                if let Some(user) = user {
                    let after = Rendered::new(endpoint(&id, &format!("u{user}")));
                    audience.put(&mut tables, found.as_ref(), &after).unwrap();
                    model.insert(id, Some(user));
                } else if let Some(found) = found {
                    audience.delete(&mut tables, &found).unwrap();
                    model.remove(&id);
                }
            }
            let exported = ids(&audience, &tables, per_piece);
            let unique: BTreeSet<_> = exported.iter().cloned().collect();
            prop_assert_eq!(unique.len(), exported.len());
            prop_assert!(unique.iter().eq(model.keys()));
            for user in 0..3 {
                let found: BTreeSet<_> = audience.of_user(&tables, &format!("u{user}")).unwrap().into_iter().map(|e| e.endpoint.id).collect();
                let expected: BTreeSet<_> = model.iter().filter(|(_, owner)| **owner == Some(user)).map(|(id, _)| id.clone()).collect();
                prop_assert_eq!(&found, &expected);
                let found: BTreeSet<_> = audience.ids_at_address(&tables, &format!("u{user}@example.com")).unwrap().into_iter().collect();
                prop_assert_eq!(found, expected);
            }
            for n in 0..count {
                let id = audience.population.endpoint_id(n);
                let address = audience.population.endpoint(n).address.unwrap();
                let is_synthetic = model.get(&id) == Some(&None);
                prop_assert_eq!(audience.ids_at_address(&tables, &address).unwrap().contains(&id), is_synthetic);
            }

            // Another size of the population keeps what was stored.
            set_population(&mut tables, &seed, &mut application, PopulationSettings { count: resized, seed: Some(1) }).unwrap();
            let resized = Audience::of(&application, &seed);
            let exported: BTreeSet<_> = ids(&resized, &tables, per_piece).into_iter().collect();
            for (id, stored) in &model {
                prop_assert_eq!(resized.find(&tables, id).unwrap().is_some(), exported.contains(id));
                prop_assert!(stored.is_none() || exported.contains(id));
            }
        }
    }
}

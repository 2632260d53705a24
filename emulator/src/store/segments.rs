//! Segments in the store: each with its versions, and imported ones with their members.
//!
//! Versions are numbered from 1 without gaps, and stay as long as their segment. What import jobs do
//! to segments is in `imported`.

pub(crate) mod imported;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Key, Page, StoreError, Table, Transaction, View, jobs, ordinals};
use crate::domain::id::{ApplicationId, SegmentId};
use crate::domain::page::PageRequest;
use crate::domain::segment::Criteria;
use crate::domain::segment::matcher::{ResolvedVersion, VersionId};
use crate::model::segment::SegmentReference;
use crate::seed::Seed;

const TABLE: Table = Table::Segments;
const VERSIONS: Table = Table::SegmentVersions;

/// The number of a version, from 1.
pub(crate) type VersionNumber = u32;

/// One segment: what is the same in all its versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Segment {
    /// Its id.
    pub(crate) id: SegmentId,
    /// Whose endpoints are in it.
    pub(crate) application_id: ApplicationId,
    /// Its tags.
    pub(crate) tags: IndexMap<String, String>,
    /// When it was made.
    pub(crate) created: Timestamp,
    /// The number of the latest version; all from 1 to it are there.
    pub(crate) latest: VersionNumber,
    /// Its place among the segments of its application, by age.
    ordinal: u64,
}

impl Segment {
    /// The name of one of its versions.
    pub(crate) fn version_id(&self, number: VersionNumber) -> VersionId {
        VersionId {
            segment: self.id.clone(),
            number,
        }
    }
}

/// One version of a segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SegmentVersion {
    /// Its number.
    pub(crate) number: VersionNumber,
    /// The segment's name.
    pub(crate) name: Option<String>,
    /// Who is in it.
    pub(crate) criteria: Criteria,
    /// When it was made.
    pub(crate) modified: Timestamp,
}

/// What a new segment is made of.
#[derive(Debug, Clone)]
pub(crate) struct NewSegment {
    /// Its name.
    pub(crate) name: Option<String>,
    /// Who is in it.
    pub(crate) criteria: Criteria,
    /// Its tags.
    pub(crate) tags: IndexMap<String, String>,
    /// When it was made.
    pub(crate) created: Timestamp,
}

/// One segment of an application.
pub(crate) fn get(
    view: &dyn View,
    application: &ApplicationId,
    segment: &SegmentId,
) -> Result<Option<Segment>, StoreError> {
    let record = view.get(TABLE, &key(application, segment.as_str()))?;
    record
        .map(|record| super::decode(TABLE, &record))
        .transpose()
}

/// One version of a segment.
pub(crate) fn version(
    view: &dyn View,
    segment: &Segment,
    number: VersionNumber,
) -> Result<Option<SegmentVersion>, StoreError> {
    let key = version_key(&segment.application_id, &segment.version_id(number));
    let record = view.get(VERSIONS, &key)?;
    record
        .map(|record| super::decode(VERSIONS, &record))
        .transpose()
}

/// The latest version of a segment.
pub(crate) fn latest(view: &dyn View, segment: &Segment) -> Result<SegmentVersion, StoreError> {
    version(view, segment, segment.latest)?.ok_or(StoreError::Form { table: VERSIONS })
}

/// The criteria of a version that is there.
pub(crate) fn criteria(
    view: &dyn View,
    application: &ApplicationId,
    version: &VersionId,
) -> Result<Criteria, StoreError> {
    let record = view.get(VERSIONS, &version_key(application, version))?;
    let record = record.ok_or(StoreError::Form { table: VERSIONS })?;
    let version: SegmentVersion = super::decode(VERSIONS, &record)?;
    Ok(version.criteria)
}

/// A page of an application's segments, each with its latest version, newest first, and the ordinal
/// to go on before.
pub(crate) fn list(
    view: &dyn View,
    application: &ApplicationId,
    page: PageRequest,
) -> Result<Page<(Segment, SegmentVersion)>, StoreError> {
    let parent = Key::default().text(application.as_str());
    super::newest_first(view, Table::SegmentsByAge, parent, page, |view, id| {
        let Some(record) = view.get(TABLE, &key(application, id))? else {
            return Ok(None);
        };
        let segment: Segment = super::decode(TABLE, &record)?;
        let version = latest(view, &segment)?;
        Ok(Some((segment, version)))
    })
}

/// A page of a segment's versions, newest first, and the number to go on before.
pub(crate) fn versions(
    view: &dyn View,
    segment: &Segment,
    page: PageRequest,
) -> Result<Page<SegmentVersion>, StoreError> {
    // Anybody can write a token, so its number may be any.
    let older = page.before.map(|before| before.saturating_sub(1));
    let newest = older.and_then(|older| VersionNumber::try_from(older).ok());
    let newest = newest.map_or(segment.latest, |newest| newest.min(segment.latest));
    let numbers = (1..=newest).rev().take(page.size);
    let versions: Vec<SegmentVersion> = numbers
        .map(|number| version(view, segment, number)?.ok_or(StoreError::Form { table: VERSIONS }))
        .collect::<Result<_, _>>()?;
    let next = versions.last().map(|version| u64::from(version.number));
    Ok((versions, next.filter(|number| *number > 1)))
}

/// Which version a source segment stands for, by default the latest; `None` if it is not there.
pub(crate) fn pin(
    view: &dyn View,
    application: &ApplicationId,
    reference: &SegmentReference,
) -> Result<Option<VersionId>, StoreError> {
    let Some(id) = SegmentId::parse(&reference.id) else {
        return Ok(None);
    };
    let Some(segment) = get(view, application, &id)? else {
        return Ok(None);
    };
    let number = match reference.version {
        None => segment.latest,
        Some(number) => match VersionNumber::try_from(number) {
            Ok(number) => number,
            Err(_) => return Ok(None),
        },
    };
    let version = segment.version_id(number);
    let is_there = view
        .get(VERSIONS, &version_key(application, &version))?
        .is_some();
    Ok(is_there.then_some(version))
}

/// Whether one of the versions is of the segment `own`, or is based on it by any number of steps.
/// Each version is looked at once, however many are based on it, and held no longer.
pub(crate) fn lead_to(
    view: &dyn View,
    application: &ApplicationId,
    versions: impl IntoIterator<Item = VersionId>,
    own: &SegmentId,
) -> Result<bool, StoreError> {
    let mut left: Vec<VersionId> = versions.into_iter().collect();
    let mut seen: BTreeSet<VersionId> = left.iter().cloned().collect();
    while let Some(version) = left.pop() {
        if version.segment == *own {
            return Ok(true);
        }
        for reference in criteria(view, application, &version)?.sources() {
            let source = pin(view, application, reference)?;
            left.extend(source.filter(|source| seen.insert(source.clone())));
        }
    }
    Ok(false)
}

/// A version with all that it is based on, each once, and sources before those that are based on
/// them. What is not pinned by a number is taken in its latest version.
pub(crate) fn resolve(
    view: &dyn View,
    application: &ApplicationId,
    version: VersionId,
) -> Result<Vec<ResolvedVersion>, StoreError> {
    let mut done = Vec::new();
    // `None` as long as a version is open.
    let mut places = BTreeMap::from([(version.clone(), None)]);
    let mut open = vec![Unresolved::find(view, application, version)?];
    while let Some(mut top) = open.pop() {
        let Some(source) = top.sources.get(top.found.sources.len()).cloned() else {
            places.insert(top.found.version.clone(), Some(done.len()));
            done.push(top.found);
            continue;
        };
        let Some(source) = source else {
            top.found.sources.push(None);
            open.push(top);
            continue;
        };
        match places.get(&source) {
            Some(Some(place)) => {
                top.found.sources.push(Some(*place));
                open.push(top);
            }
            // It leads back to itself, which no write lets happen.
            Some(None) => return Err(StoreError::Form { table: VERSIONS }),
            None => {
                places.insert(source.clone(), None);
                open.extend([top, Unresolved::find(view, application, source)?]);
            }
        }
    }
    Ok(done)
}

/// A version of which not all sources have their places yet.
struct Unresolved {
    found: ResolvedVersion,
    /// All its sources; `None` for those that are not there any more.
    sources: Vec<Option<VersionId>>,
}

impl Unresolved {
    fn find(
        view: &dyn View,
        application: &ApplicationId,
        version: VersionId,
    ) -> Result<Self, StoreError> {
        let criteria = criteria(view, application, &version)?;
        let sources = criteria.sources();
        let sources = sources.map(|reference| pin(view, application, reference));
        Ok(Self {
            sources: sources.collect::<Result<_, _>>()?,
            found: ResolvedVersion {
                version,
                criteria,
                sources: Vec::new(),
            },
        })
    }
}

/// Adds a segment with an id of its own, in its first version.
pub(crate) fn insert(
    tx: &mut dyn Transaction,
    seed: &Seed,
    application: &ApplicationId,
    new: NewSegment,
) -> Result<(Segment, SegmentVersion), StoreError> {
    let ordinal = ordinals::next(tx, application.as_str(), "segment")?;
    let id = SegmentId::derive(
        &seed
            .derive("segment")
            .derive(application.as_str())
            .derive_ordinal(ordinal),
    );
    let mut segment = Segment {
        id,
        application_id: application.clone(),
        tags: new.tags,
        created: new.created,
        latest: 0,
        ordinal,
    };
    tx.put(
        Table::SegmentsByAge,
        Key::default().text(application.as_str()).number(ordinal).0,
        segment.id.as_str().as_bytes().to_vec(),
    );
    let version = add_version(tx, &mut segment, new.name, new.criteria, new.created);
    Ok((segment, version))
}

/// Adds a version to a segment, which becomes its latest.
pub(crate) fn add_version(
    tx: &mut dyn Transaction,
    segment: &mut Segment,
    name: Option<String>,
    criteria: Criteria,
    modified: Timestamp,
) -> SegmentVersion {
    segment.latest += 1;
    let version = SegmentVersion {
        number: segment.latest,
        name,
        criteria,
        modified,
    };
    put(tx, segment);
    put_version(tx, segment, &version);
    version
}

/// Replaces a segment's record, for instance because its tags have changed.
pub(crate) fn put(tx: &mut dyn Transaction, segment: &Segment) {
    tx.put(
        TABLE,
        key(&segment.application_id, segment.id.as_str()),
        super::encode(segment),
    );
}

/// Deletes a segment with its versions and its members.
pub(crate) fn delete(tx: &mut dyn Transaction, segment: &Segment) -> Result<(), StoreError> {
    tx.delete(TABLE, &key(&segment.application_id, segment.id.as_str()));
    tx.delete(
        Table::SegmentsByAge,
        &Key::default()
            .text(segment.application_id.as_str())
            .number(segment.ordinal)
            .0,
    );
    jobs::forget_segment(tx, &segment.application_id, &segment.id)?;
    let parent = parent(&segment.application_id, &segment.id);
    for table in [VERSIONS, Table::SegmentMembers, Table::SegmentUsers] {
        super::delete_children(tx, table, parent.clone())?;
    }
    Ok(())
}

/// Deletes all segments of an application.
pub(super) fn delete_all(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
) -> Result<(), StoreError> {
    for table in [
        TABLE,
        Table::SegmentsByAge,
        VERSIONS,
        Table::SegmentMembers,
        Table::SegmentUsers,
    ] {
        super::delete_children(tx, table, Key::default().text(application.as_str()))?;
    }
    Ok(())
}

fn put_version(tx: &mut dyn Transaction, segment: &Segment, version: &SegmentVersion) {
    let id = segment.version_id(version.number);
    tx.put(
        VERSIONS,
        version_key(&segment.application_id, &id),
        super::encode(version),
    );
}

fn key(application: &ApplicationId, segment: &str) -> Vec<u8> {
    Key::default()
        .text(application.as_str())
        .last_text(segment)
        .0
}

/// What the keys of a segment's versions and members begin with.
fn parent(application: &ApplicationId, segment: &SegmentId) -> Key {
    Key::default()
        .text(application.as_str())
        .text(segment.as_str())
}

fn version_key(application: &ApplicationId, version: &VersionId) -> Vec<u8> {
    parent(application, &version.segment)
        .number(version.number.into())
        .0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::memory::Tables;

    fn application() -> ApplicationId {
        ApplicationId::parse("app").unwrap()
    }

    /// A segment based on others, each of which may be named several times.
    fn based_on(tables: &mut Tables, sources: &[SegmentReference]) -> Segment {
        let groups = json!({"Groups": [{"SourceSegments": sources}]});
        let new = NewSegment {
            name: None,
            criteria: Criteria::Groups(serde_json::from_value(groups).unwrap()),
            tags: IndexMap::new(),
            created: Timestamp::UNIX_EPOCH,
        };
        insert(tables, &Seed::new(0), &application(), new)
            .unwrap()
            .0
    }

    fn reference(segment: &Segment, version: Option<i32>) -> SegmentReference {
        SegmentReference {
            id: segment.id.to_string(),
            version,
        }
    }

    #[test]
    fn versions_before_any_number_can_be_asked_for() {
        let mut tables = Tables::default();
        let mut segment = based_on(&mut tables, &[]);
        for _ in 0..2 {
            let criteria = Criteria::Everybody;
            add_version(
                &mut tables,
                &mut segment,
                None,
                criteria,
                Timestamp::UNIX_EPOCH,
            );
        }
        for (before, expected, next) in [
            (None, &[3, 2][..], Some(2)),
            (Some(0), &[], None),
            (Some(1), &[], None),
            (Some(2), &[1], None),
            (Some(3), &[2, 1], None),
            (Some(4), &[3, 2], Some(2)),
            (Some(1 << 32), &[3, 2], Some(2)),
            (Some(u64::MAX), &[3, 2], Some(2)),
        ] {
            let page = PageRequest { size: 2, before };
            let (found, found_next) = versions(&tables, &segment, page).unwrap();
            let found: Vec<_> = found.iter().map(|version| version.number).collect();
            assert_eq!(
                (found.as_slice(), found_next),
                (expected, next),
                "{before:?}"
            );
        }
    }

    #[test]
    fn each_version_is_resolved_once_however_often_it_is_named() {
        let mut tables = Tables::default();
        let mut base = based_on(&mut tables, &[]);
        let criteria = Criteria::Everybody;
        add_version(
            &mut tables,
            &mut base,
            None,
            criteria,
            Timestamp::UNIX_EPOCH,
        );
        let gone = based_on(&mut tables, &[]);
        let middle = based_on(&mut tables, &[reference(&base, Some(1))]);
        let names = [
            reference(&base, None),
            reference(&gone, None),
            reference(&base, Some(2)),
            reference(&middle, None),
            reference(&base, Some(1)),
            reference(&base, Some(3)),
            reference(&base, Some(-1)),
        ];
        let top = based_on(&mut tables, &names);
        delete(&mut tables, &gone).unwrap();
        let resolved = resolve(&tables, &application(), top.version_id(1)).unwrap();
        let found: Vec<_> = resolved.iter().map(|found| found.version.clone()).collect();
        let expected = [
            base.version_id(2),
            base.version_id(1),
            middle.version_id(1),
            top.version_id(1),
        ];
        assert_eq!(found, expected);
        let places = [Some(0), None, Some(0), Some(2), Some(1), None, None];
        assert_eq!(resolved.last().unwrap().sources, places);
        assert_eq!(resolved[2].sources, [Some(1)]);
    }

    #[test]
    fn long_chains_of_segments_that_are_named_many_times_are_walked_once() {
        let mut tables = Tables::default();
        let first = based_on(&mut tables, &[]);
        let mut last = first.clone();
        for _ in 0..2000 {
            let names = vec![reference(&last, None); 3];
            last = based_on(&mut tables, &names);
        }
        let (application, top) = (application(), last.version_id(1));
        let resolved = resolve(&tables, &application, top.clone()).unwrap();
        assert_eq!(resolved.len(), 2001);
        let leads = |own| lead_to(&tables, &application, [top.clone()], own).unwrap();
        assert!(leads(&first.id));
        assert!(!leads(&SegmentId::parse("other").unwrap()));
    }

    #[test]
    fn a_segment_that_leads_back_to_itself_is_not_resolved() {
        let mut tables = Tables::default();
        let mut one = based_on(&mut tables, &[]);
        let other = based_on(&mut tables, &[reference(&one, None)]);
        let groups = json!({"Groups": [{"SourceSegments": [reference(&other, None)]}]});
        let criteria = Criteria::Groups(serde_json::from_value(groups).unwrap());
        add_version(&mut tables, &mut one, None, criteria, Timestamp::UNIX_EPOCH);
        let resolved = resolve(&tables, &application(), one.version_id(2));
        assert!(matches!(resolved, Err(StoreError::Form { .. })));
    }
}

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
    let record = view.get(VERSIONS, &version_key(segment, number))?;
    record
        .map(|record| super::decode(VERSIONS, &record))
        .transpose()
}

/// The latest version of a segment.
pub(crate) fn latest(view: &dyn View, segment: &Segment) -> Result<SegmentVersion, StoreError> {
    version(view, segment, segment.latest)?.ok_or(StoreError::Form { table: VERSIONS })
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
    let newest = match page.before {
        Some(before) => u32::try_from(before).unwrap_or(segment.latest + 1) - 1,
        None => segment.latest,
    };
    let numbers = (1..=newest.min(segment.latest)).rev().take(page.size);
    let versions: Vec<SegmentVersion> = numbers
        .map(|number| version(view, segment, number)?.ok_or(StoreError::Form { table: VERSIONS }))
        .collect::<Result<_, _>>()?;
    let next = versions.last().map(|version| u64::from(version.number));
    Ok((versions, next.filter(|number| *number > 1)))
}

/// The version that a source segment stands for, by default the latest; `None` if it is not there.
pub(crate) fn source(
    view: &dyn View,
    application: &ApplicationId,
    reference: &SegmentReference,
) -> Result<Option<(Segment, SegmentVersion)>, StoreError> {
    let Some(id) = SegmentId::parse(&reference.id) else {
        return Ok(None);
    };
    let Some(segment) = get(view, application, &id)? else {
        return Ok(None);
    };
    let number = match reference.version {
        None => Some(segment.latest),
        Some(number) => VersionNumber::try_from(number).ok(),
    };
    let version = match number {
        Some(number) => version(view, &segment, number)?,
        None => None,
    };
    Ok(version.map(|version| (segment, version)))
}

/// Whether one of the versions is of the segment `own`, or is based on it by any number of steps.
pub(crate) fn lead_to(
    view: &dyn View,
    application: &ApplicationId,
    versions: Vec<(Segment, SegmentVersion)>,
    own: &SegmentId,
) -> Result<bool, StoreError> {
    let mut seen = BTreeSet::new();
    let mut left = versions;
    while let Some((segment, version)) = left.pop() {
        if segment.id == *own {
            return Ok(true);
        }
        if seen.insert((segment.id, version.number)) {
            for reference in version.criteria.sources() {
                left.extend(source(view, application, reference)?);
            }
        }
    }
    Ok(false)
}

/// A version with all that it is based on, sources before those that are based on them. What is not
/// pinned by a number is taken in its latest version.
pub(crate) fn resolve(
    view: &dyn View,
    segment: &Segment,
    version: SegmentVersion,
) -> Result<Vec<ResolvedVersion>, StoreError> {
    let application = &segment.application_id;
    let (mut done, mut places) = (Vec::new(), BTreeMap::new());
    let mut seen = BTreeSet::new();
    let mut open = vec![Unresolved::new(segment, version)];
    while let Some(top) = open.last_mut() {
        let Some(reference) = top.references.get(top.found.sources.len()) else {
            let found = top.found.clone();
            open.pop();
            places.insert(found.version.clone(), done.len());
            done.push(found);
            continue;
        };
        let Some((segment, version)) = source(view, application, reference)? else {
            top.found.sources.push(None);
            continue;
        };
        let next = Unresolved::new(&segment, version);
        if let Some(place) = places.get(&next.found.version) {
            top.found.sources.push(Some(*place));
        } else if seen.insert(next.found.version.clone()) {
            open.push(next);
        } else {
            // It is open already, so it leads back to itself, which no write lets happen.
            return Err(StoreError::Form { table: VERSIONS });
        }
    }
    Ok(done)
}

/// A version of which not all sources are found yet.
struct Unresolved {
    found: ResolvedVersion,
    references: Vec<SegmentReference>,
}

impl Unresolved {
    fn new(segment: &Segment, version: SegmentVersion) -> Self {
        Self {
            references: version.criteria.sources().cloned().collect(),
            found: ResolvedVersion {
                version: VersionId {
                    segment: segment.id.clone(),
                    number: version.number,
                },
                criteria: version.criteria,
                sources: Vec::new(),
            },
        }
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
    tx.put(
        VERSIONS,
        version_key(segment, version.number),
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

fn version_key(segment: &Segment, number: VersionNumber) -> Vec<u8> {
    parent(&segment.application_id, &segment.id)
        .number(number.into())
        .0
}

//! Imported segments: their versions and members.
//!
//! Written by import jobs, which look first, in the same transaction, whether the segment is still
//! there; read by exports. A member carries the version it came with, so that a version holds those
//! that came with it or before.

use std::ops::Bound;

use bytes::Bytes;
use indexmap::IndexMap;
use jiff::Timestamp;

use super::super::{KeyRange, StoreError, Table, Transaction, View, last_number, text};
use super::{
    NewSegment, Segment, SegmentVersion, VERSIONS, VersionNumber, add_version, insert, latest,
    parent, put_version, version,
};
use crate::domain::id::{ApplicationId, SegmentId};
use crate::domain::segment::Criteria;
use crate::domain::segment::matcher::VersionId;
use crate::model::segment::SegmentImportResource;
use crate::seed::Seed;

/// Adds an imported segment. It has no members yet; `definition` has neither size nor counts.
pub(crate) fn insert_imported(
    tx: &mut dyn Transaction,
    seed: &Seed,
    application: &ApplicationId,
    definition: SegmentImportResource,
    name: Option<String>,
    tags: IndexMap<String, String>,
    created: Timestamp,
) -> Result<(Segment, SegmentVersion), StoreError> {
    let criteria = Criteria::Imported(definition);
    insert(
        tx,
        seed,
        application,
        NewSegment {
            name,
            criteria,
            tags,
            created,
        },
    )
}

/// Adds a version to an imported segment, for another import into it. Size and counts go on from
/// those of the latest version; a name left out stays.
///
/// # Errors
/// Besides the store's: none if the segment is of another type, then it answers `None`.
pub(crate) fn new_imported_version(
    tx: &mut dyn Transaction,
    segment: &mut Segment,
    definition: SegmentImportResource,
    name: Option<String>,
    modified: Timestamp,
) -> Result<Option<SegmentVersion>, StoreError> {
    let before = latest(tx, segment)?;
    let Criteria::Imported(imported) = before.criteria else {
        return Ok(None);
    };
    let criteria = Criteria::Imported(SegmentImportResource {
        size: imported.size,
        channel_counts: imported.channel_counts,
        ..definition
    });
    let name = name.or(before.name);
    Ok(Some(add_version(tx, segment, name, criteria, modified)))
}

/// Makes an endpoint a member from a version on. With `copy`, an export line, the segment has this
/// endpoint of its own; without, the member is the application's endpoint of that id.
pub(crate) fn put_member(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
    segment: &SegmentId,
    version: VersionNumber,
    endpoint_id: &str,
    copy: Option<&[u8]>,
) {
    let key = parent(application, segment)
        .text(endpoint_id)
        .number(version.into());
    tx.put(
        Table::SegmentMembers,
        key.0,
        copy.unwrap_or_default().to_vec(),
    );
}

/// Makes all endpoints that a user has members from a version on.
pub(crate) fn put_user_member(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
    segment: &SegmentId,
    version: VersionNumber,
    user_id: &str,
) {
    let key = parent(application, segment)
        .text(user_id)
        .number(version.into());
    tx.put(Table::SegmentUsers, key.0, Vec::new());
}

/// Notes the end of an import: adds what it brought to the size and counts of its version and of
/// those that were made meanwhile, which hold its members too.
pub(crate) fn finish_import(
    tx: &mut dyn Transaction,
    segment: &Segment,
    number: VersionNumber,
    size: u64,
    channel_counts: &IndexMap<String, u64>,
) -> Result<(), StoreError> {
    for number in number..=segment.latest {
        let mut version =
            version(tx, segment, number)?.ok_or(StoreError::Form { table: VERSIONS })?;
        if let Criteria::Imported(definition) = &mut version.criteria {
            definition.size += size;
            let counts = definition.channel_counts.get_or_insert_default();
            for (channel, count) in channel_counts {
                *counts.entry(channel.clone()).or_default() += count;
            }
            put_version(tx, segment, &version);
        }
    }
    Ok(())
}

/// Bytes at the end of a member's key that say with which version it came.
pub(in crate::store) const NUMBER_BYTES: usize = 8;

/// The keys of a segment's members, and of its members that are users.
pub(in crate::store) fn keys(application: &ApplicationId, segment: &SegmentId) -> KeyRange {
    parent(application, segment).children()
}

/// The members of a version in a range of keys: their ids, and their own lines, which are empty for
/// endpoints of the application. Of a member that came with several versions, the last.
pub(in crate::store) fn members<'a>(
    view: &'a dyn View,
    application: &ApplicationId,
    version: &VersionId,
    range: KeyRange,
) -> impl Iterator<Item = Result<(String, Bytes), StoreError>> + use<'a> {
    of_version(view, Table::SegmentMembers, application, version, range)
}

/// The ids of the members of a version that are users.
pub(in crate::store) fn user_members<'a>(
    view: &'a dyn View,
    application: &ApplicationId,
    version: &VersionId,
    range: KeyRange,
) -> impl Iterator<Item = Result<String, StoreError>> + use<'a> {
    of_version(view, Table::SegmentUsers, application, version, range)
        .map(|member| member.map(|(user_id, _)| user_id))
}

/// The own line of an endpoint that is a member of a version, empty for one of the application;
/// `None` if it is no member.
pub(in crate::store) fn member(
    view: &dyn View,
    application: &ApplicationId,
    version: &VersionId,
    endpoint_id: &str,
) -> Result<Option<Bytes>, StoreError> {
    last_until(
        view,
        Table::SegmentMembers,
        application,
        version,
        endpoint_id,
    )
}

/// Whether a user is a member of a version.
pub(in crate::store) fn has_user(
    view: &dyn View,
    application: &ApplicationId,
    version: &VersionId,
    user_id: &str,
) -> Result<bool, StoreError> {
    Ok(last_until(view, Table::SegmentUsers, application, version, user_id)?.is_some())
}

fn of_version<'a>(
    view: &'a dyn View,
    table: Table,
    application: &ApplicationId,
    version: &VersionId,
    range: KeyRange,
) -> impl Iterator<Item = Result<(String, Bytes), StoreError>> + use<'a> {
    let begin = parent(application, &version.segment).0.len();
    let number = u64::from(version.number);
    let mut entries = view.scan(table, range).peekable();
    let came_until = move |key: &[u8]| Ok(last_number(table, key)? <= number);
    std::iter::from_fn(move || {
        loop {
            let (key, line) = match entries.next()? {
                Ok(entry) => entry,
                Err(error) => return Some(Err(error)),
            };
            let end = key.len() - NUMBER_BYTES;
            let is_last = match entries.peek() {
                Some(Ok((next, _))) if next[..next.len() - NUMBER_BYTES] == key[..end] => {
                    came_until(next).map(|came| !came)
                }
                _ => Ok(true),
            };
            match came_until(&key).and_then(|came| Ok(came && is_last?)) {
                Ok(true) => return Some(text(table, &key[begin..end]).map(|id| (id, line))),
                Ok(false) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    })
}

fn last_until(
    view: &dyn View,
    table: Table,
    application: &ApplicationId,
    version: &VersionId,
    id: &str,
) -> Result<Option<Bytes>, StoreError> {
    let member = parent(application, &version.segment).text(id);
    let first = member.clone().number(0).0;
    let last = member.number(version.number.into()).0;
    let mut entries = view.scan(table, (Bound::Included(first), Bound::Included(last)));
    let entry = entries.next_back().transpose()?;
    Ok(entry.map(|(_, line)| line))
}

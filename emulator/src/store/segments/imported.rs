//! Imported segments: their versions and members.
//!
//! Written by import jobs, which look first, in the same transaction, whether the segment is still
//! there. A member carries the version it came with, so that a version holds those that came with it
//! or before.

use indexmap::IndexMap;
use jiff::Timestamp;

use super::super::{StoreError, Table, Transaction};
use super::{
    NewSegment, Segment, SegmentVersion, VERSIONS, VersionNumber, add_version, insert, latest,
    parent, put_version, version,
};
use crate::domain::id::{ApplicationId, SegmentId};
use crate::domain::segment::Criteria;
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

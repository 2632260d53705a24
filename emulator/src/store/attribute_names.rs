//! The names of attributes in use, counted as endpoints come and go, so that a write need not look
//! at all endpoints to know whether its application may have one more.
//!
//! Called by `audience` for every endpoint that is stored or deleted, by `registration` and by
//! RemoveAttributes. Stored endpoints are counted by name. Synthetic ones are not: as long as an
//! application has any, all names that a population can have are in use.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::audience::Audience;
use super::{Key, StoreError, Table, Transaction, View};
use crate::domain::attribute::{self, AttributeKind, Blacklist};
use crate::domain::id::ApplicationId;
use crate::facts::limits::ATTRIBUTE_NAMES_MAX;
use crate::model::endpoint::{EndpointRequest, EndpointResponse};

const TABLE: Table = Table::AttributeNames;

/// What is known of a name. One that no stored endpoint has and nobody removed has no record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Usage {
    /// Stored endpoints that have it.
    endpoints: u64,
    /// Whether RemoveAttributes has taken it out of the application. That lasts.
    removed: bool,
}

/// Counts the names of an endpoint that takes the place of another, or of none; or the other way
/// round. Both are as they are stored.
pub(super) fn recount(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
    before: Option<&EndpointResponse>,
    after: Option<&EndpointResponse>,
) -> Result<(), StoreError> {
    for (kind, name) in lost(after, before) {
        let usage = get(tx, application, kind, name)?.unwrap_or_default();
        let endpoints = usage.endpoints + 1;
        put(tx, application, kind, name, Usage { endpoints, ..usage });
    }
    for (kind, name) in lost(before, after) {
        let usage = get(tx, application, kind, name)?.unwrap_or_default();
        let endpoints = usage.endpoints.saturating_sub(1);
        put(tx, application, kind, name, Usage { endpoints, ..usage });
    }
    Ok(())
}

/// Whether the application may have the names that `after` has and `before` had not.
///
/// A write that brings no name is always welcome: archives may have brought more than the limit.
///
/// # Source
/// Developer Guide, quotas (250 names); documented; case: endpoint-limits/too-many-attribute-names.
/// That a name counts as long as an endpoint has it and nobody removed it, once for each kind:
/// assumed; case: endpoint-limits/names-of-deleted-endpoints-are-free-again
pub(super) fn has_room(
    view: &dyn View,
    audience: &Audience,
    before: Option<&EndpointResponse>,
    after: &EndpointResponse,
) -> Result<bool, StoreError> {
    let application = audience.application_id();
    let mut added = 0;
    for (kind, name) in lost(Some(after), before) {
        let usage = get(view, application, kind, name)?;
        added += u64::from(usage.is_none() && !is_synthetic(audience, kind, name));
    }
    if added == 0 {
        return Ok(true);
    }
    let mut freed = 0;
    for (kind, name) in lost(before, Some(after)) {
        let only_here = Usage {
            endpoints: 1,
            removed: false,
        };
        let usage = get(view, application, kind, name)?;
        freed += u64::from(usage == Some(only_here) && !is_synthetic(audience, kind, name));
    }
    Ok(count(view, audience)? + added - freed <= ATTRIBUTE_NAMES_MAX)
}

/// Takes the names of a kind that are in use and that the blacklist means out of the application, and
/// answers them, sorted. Endpoints keep what they have.
pub(crate) fn remove(
    tx: &mut dyn Transaction,
    audience: &Audience,
    kind: AttributeKind,
    blacklist: &Blacklist,
) -> Result<Vec<String>, StoreError> {
    let application = audience.application_id();
    let mut names = BTreeSet::new();
    let parent = parent(application).text(kind.as_str());
    let skipped = parent.0.len();
    for entry in tx.scan(TABLE, parent.children()) {
        let (key, usage) = entry?;
        let usage: Usage = super::decode(TABLE, &usage)?;
        if !usage.removed {
            names.insert(super::text_of(TABLE, &key[skipped..])?.to_owned());
        }
    }
    for (of_kind, name) in audience.synthetic_attribute_names() {
        if of_kind == kind && get(tx, application, kind, name)?.is_none() {
            names.insert(name.to_owned());
        }
    }
    names.retain(|name| blacklist.means(name));
    for name in &names {
        let usage = get(tx, application, kind, name)?.unwrap_or_default();
        let removed = Usage {
            removed: true,
            ..usage
        };
        put(tx, application, kind, name, removed);
    }
    Ok(names.into_iter().collect())
}

/// Drops from a request what it has for names that were removed.
///
/// # Source
/// API model, RemoveAttributes ("stop capturing new or changed values"); documented;
/// case: attributes/values-of-removed-names-are-dropped. That endpoints which only a segment has lose
/// them likewise: assumed; case: import-jobs/copies-drop-removed-names
pub(crate) fn drop_removed(
    view: &dyn View,
    application: &ApplicationId,
    request: &mut EndpointRequest,
) -> Result<(), StoreError> {
    let kept = |kind, name: &str| -> Result<bool, StoreError> {
        Ok(!get(view, application, kind, name)?.is_some_and(|usage| usage.removed))
    };
    let user = request.user.as_mut();
    let user_attributes = user.and_then(|user| user.user_attributes.as_mut());
    // `retain` cannot stop at an error, so the first one waits until it is through.
    let mut failed = None;
    let mut keep = |kind, name: &str| {
        kept(kind, name).unwrap_or_else(|error| {
            failed.get_or_insert(error);
            true
        })
    };
    if let Some(attributes) = &mut request.attributes {
        attributes.retain(|name, _| keep(AttributeKind::Attribute, name));
    }
    if let Some(metrics) = &mut request.metrics {
        metrics.retain(|name, _| keep(AttributeKind::Metric, name));
    }
    if let Some(attributes) = user_attributes {
        attributes.retain(|name, _| keep(AttributeKind::UserAttribute, name));
    }
    failed.map_or(Ok(()), Err)
}

/// Forgets the names of an application.
pub(super) fn delete_all(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
) -> Result<(), StoreError> {
    super::delete_children(tx, TABLE, parent(application))
}

/// How many names the application has.
fn count(view: &dyn View, audience: &Audience) -> Result<u64, StoreError> {
    let application = audience.application_id();
    let mut count = 0;
    for entry in view.scan(TABLE, parent(application).children()) {
        let usage: Usage = super::decode(TABLE, &entry?.1)?;
        count += u64::from(!usage.removed);
    }
    for (kind, name) in audience.synthetic_attribute_names() {
        count += u64::from(get(view, application, kind, name)?.is_none());
    }
    Ok(count)
}

/// The counts of stored endpoints by name.
#[cfg(test)]
pub(super) fn counted(
    view: &dyn View,
    audience: &Audience,
) -> Result<std::collections::BTreeMap<(AttributeKind, String), u64>, StoreError> {
    let mut counts = std::collections::BTreeMap::new();
    for kind in AttributeKind::ALL {
        let parent = parent(audience.application_id()).text(kind.as_str());
        let skipped = parent.0.len();
        for entry in view.scan(TABLE, parent.children()) {
            let (key, usage) = entry?;
            let usage: Usage = super::decode(TABLE, &usage)?;
            if usage.endpoints > 0 {
                let name = super::text_of(TABLE, &key[skipped..])?;
                counts.insert((kind, name.to_owned()), usage.endpoints);
            }
        }
    }
    Ok(counts)
}

/// The names that `one` has and `other` has not.
fn lost<'a>(
    one: Option<&'a EndpointResponse>,
    other: Option<&'a EndpointResponse>,
) -> impl Iterator<Item = (AttributeKind, &'a str)> {
    one.into_iter()
        .flat_map(attribute::names)
        .filter(move |(kind, name)| {
            !other.is_some_and(|other| attribute::has_name(other, *kind, name))
        })
}

fn is_synthetic(audience: &Audience, kind: AttributeKind, name: &str) -> bool {
    audience
        .synthetic_attribute_names()
        .any(|synthetic| synthetic == (kind, name))
}

fn get(
    view: &dyn View,
    application: &ApplicationId,
    kind: AttributeKind,
    name: &str,
) -> Result<Option<Usage>, StoreError> {
    let usage = view.get(TABLE, &key(application, kind, name))?;
    usage.map(|usage| super::decode(TABLE, &usage)).transpose()
}

fn put(
    tx: &mut dyn Transaction,
    application: &ApplicationId,
    kind: AttributeKind,
    name: &str,
    usage: Usage,
) {
    let key = key(application, kind, name);
    if usage == Usage::default() {
        tx.delete(TABLE, &key);
    } else {
        tx.put(TABLE, key, super::encode(&usage));
    }
}

fn key(application: &ApplicationId, kind: AttributeKind, name: &str) -> Vec<u8> {
    parent(application).text(kind.as_str()).last_text(name).0
}

fn parent(application: &ApplicationId) -> Key {
    Key::default().text(application.as_str())
}

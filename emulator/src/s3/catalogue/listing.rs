//! Pages of objects, of versions and of uploads, all by the one engine in [`roll_up`].

use std::iter::Peekable;
use std::sync::Arc;

use super::versions::newest_older;
use super::{CatalogueView, Found, Row, VersionKind, VersionRecord};
use crate::domain::s3_version::VersionId;
use crate::s3::object_store::{
    Bucket, ListPage, ListQuery, ListedVersion, ListedVersionKind, UploadInfo, UploadPage,
    UploadQuery, VersionPage, VersionQuery,
};
use crate::s3::roll_up::{self, Entry, Start};

pub(crate) fn list_objects(
    view: &impl CatalogueView,
    bucket: &Bucket,
    query: &ListQuery,
) -> Found<ListPage> {
    let found = roll_up::page(
        &query.prefix,
        &query.delimiter,
        &query.start_after,
        query.max_keys,
        |start| view.currents(bucket.number, start),
    )?;
    let mut page = ListPage::default();
    if found.is_truncated {
        page.next = found.entries.last().map(|entry| match entry {
            Entry::Key(text, _) | Entry::CommonPrefix(text) => text.clone(),
        });
    }
    for entry in found.entries {
        match entry {
            Entry::Key(key, version) => {
                if let VersionKind::Object(object) = &version.kind {
                    page.objects.push((key, Arc::clone(&object.info)));
                }
            }
            Entry::CommonPrefix(prefix) => page.common_prefixes.push(prefix),
        }
    }
    Ok(page)
}

pub(crate) fn list_versions(
    view: &impl CatalogueView,
    bucket: &Bucket,
    query: &VersionQuery,
) -> Found<VersionPage> {
    let marker = match &query.version_id_marker {
        Some(id) => Some(sequence_of(view, bucket, &query.key_marker, id)?),
        None => None,
    };
    let found = roll_up::page(
        &query.prefix,
        &query.delimiter,
        &query.key_marker,
        query.max_keys,
        |start| all_versions(view, bucket, start, marker),
    )?;
    let mut page = VersionPage::default();
    if found.is_truncated {
        page.next = found.entries.last().map(|entry| match entry {
            Entry::Key(key, version) => (key.clone(), Some(version.id)),
            Entry::CommonPrefix(prefix) => (prefix.clone(), None),
        });
    }
    for entry in found.entries {
        match entry {
            Entry::Key(key, version) => {
                let before = page.versions.last();
                let is_first = before.is_none_or(|before: &ListedVersion| before.key != key);
                let is_latest = is_first && is_latest(view, bucket, &key, &version)?;
                page.versions.push(ListedVersion {
                    key,
                    id: version.id,
                    is_latest,
                    kind: match &version.kind {
                        VersionKind::Object(object) => {
                            ListedVersionKind::Object(Arc::clone(&object.info))
                        }
                        VersionKind::DeleteMarker { last_modified } => {
                            ListedVersionKind::DeleteMarker(*last_modified)
                        }
                    },
                });
            }
            Entry::CommonPrefix(prefix) => page.common_prefixes.push(prefix),
        }
    }
    Ok(page)
}

/// Where in its key's versions a marker stands. Behind all of them if it is a `null` that is not
/// there.
fn sequence_of(
    view: &impl CatalogueView,
    bucket: &Bucket,
    key: &str,
    id: &VersionId,
) -> Found<u64> {
    match id {
        VersionId::Named(name) => Ok(name.sequence()),
        VersionId::Null => {
            let current = view.current(bucket.number, key)?;
            match current.filter(|version| version.id == VersionId::Null) {
                Some(version) => Ok(version.sequence),
                None => Ok(view.null(bucket.number, key)?.unwrap_or(0)),
            }
        }
    }
}

fn is_latest(
    view: &impl CatalogueView,
    bucket: &Bucket,
    key: &str,
    version: &VersionRecord,
) -> Found<bool> {
    let latest = match view.current(bucket.number, key)? {
        Some(current) => Some(current),
        None => newest_older(view, bucket.number, key)?,
    };
    Ok(latest.is_some_and(|latest| latest.id == version.id))
}

/// Every version from a place on, by key, of each key the latest first. `marker` belongs to the key
/// behind which `start` lies, and lets in those of its versions that are older.
fn all_versions<'v, V: CatalogueView>(
    view: &'v V,
    bucket: &Bucket,
    start: Start,
    marker: Option<u64>,
) -> impl Iterator<Item = Row<'v, VersionRecord>> + use<'v, V> {
    let (key, below) = match &start {
        Start::At(key) => (key.clone(), None),
        Start::After(key) => (key.clone(), Some(marker.unwrap_or(0))),
    };
    let from_key = match marker {
        // The current version is older than a marker that has been deleted since.
        Some(_) => Start::At(key.clone()),
        None => start,
    };
    let olders = view.olders(bucket.number, &key, below);
    let currents = view.currents(bucket.number, from_key).filter(move |row| {
        let Ok((found, version)) = row else {
            return true;
        };
        *found != key || below.is_none_or(|below| version.sequence < below)
    });
    Merged {
        currents: currents.peekable(),
        olders: olders.peekable(),
    }
}

/// Two tables in order of the key; the current version of a key comes before its older ones.
struct Merged<A: Iterator, B: Iterator> {
    currents: Peekable<A>,
    olders: Peekable<B>,
}

impl<'v, A, B> Iterator for Merged<A, B>
where
    A: Iterator<Item = Row<'v, VersionRecord>>,
    B: Iterator<Item = Row<'v, VersionRecord>>,
{
    type Item = Row<'v, VersionRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        match (self.currents.peek(), self.olders.peek()) {
            (Some(Ok((current, _))), Some(Ok((older, _)))) if older < current => self.olders.next(),
            (Some(_), _) => self.currents.next(),
            (None, _) => self.olders.next(),
        }
    }
}

pub(crate) fn list_uploads(
    view: &impl CatalogueView,
    bucket: &Bucket,
    query: &UploadQuery,
) -> Found<UploadPage> {
    let found = roll_up::page(
        &query.prefix,
        &query.delimiter,
        &query.key_marker,
        query.max_uploads,
        |start| uploads_from(view, bucket, start, &query.upload_id_marker),
    )?;
    let mut page = UploadPage::default();
    if found.is_truncated {
        page.next = found.entries.last().map(|entry| match entry {
            Entry::Key(key, info) => (key.clone(), info.upload_id.clone()),
            Entry::CommonPrefix(prefix) => (prefix.clone(), String::new()),
        });
    }
    for entry in found.entries {
        match entry {
            Entry::Key(_, info) => page.uploads.push(UploadInfo::clone(&info)),
            Entry::CommonPrefix(prefix) => page.common_prefixes.push(prefix),
        }
    }
    Ok(page)
}

fn uploads_from<'v, V: CatalogueView>(
    view: &'v V,
    bucket: &Bucket,
    start: Start,
    id_marker: &str,
) -> impl Iterator<Item = Row<'v, UploadInfo>> + use<'v, V> {
    let (key, after_id, behind) = match start {
        Start::At(key) => (key, None, None),
        Start::After(key) if id_marker.is_empty() => (key.clone(), None, Some(key)),
        Start::After(key) => (key, Some(id_marker), None),
    };
    let uploads = view.uploads(bucket.number, &key, after_id);
    uploads.skip_while(move |row| match (row, &behind) {
        (Ok((found, _)), Some(behind)) => found == behind.as_str(),
        _ => false,
    })
}

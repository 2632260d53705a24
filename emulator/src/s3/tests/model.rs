//! The store against a naive model: a list of versions in order of writing, all of which are looked
//! at for every answer.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::domain::id::{AccountId, Region};
use crate::domain::s3_conditions::WriteCondition;
use crate::domain::s3_tags::Tags;
use crate::domain::s3_version::VersionId;
use crate::s3::checksum::ChecksumType;
use crate::s3::object_store::{
    BucketInfo, CompletedPart, Completion, DeleteTarget, Deletion, ListQuery, ListedVersionKind,
    NewObject, ObjectAttributes, ObjectStore, ObjectStoreError, SetVersioning, UploadRef,
    VersionQuery,
};
use crate::s3::store::MemoryObjectStore;
use crate::seed::Seed;

type Model = BTreeMap<String, ModelBucket>;

#[derive(Debug, Default)]
struct ModelBucket {
    versioning: Option<SetVersioning>,
    /// In order of writing.
    versions: Vec<ModelVersion>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ModelVersion {
    key: String,
    id: VersionId,
    /// None: a delete marker.
    body: Option<Vec<u8>>,
    tags: Tags,
}

impl ModelBucket {
    fn is_enabled(&self) -> bool {
        self.versioning == Some(SetVersioning::Enabled)
    }

    fn latest(&self, key: &str) -> Option<&ModelVersion> {
        self.versions.iter().rfind(|version| version.key == key)
    }

    fn remove(&mut self, key: &str, id: VersionId) {
        self.versions
            .retain(|version| version.key != key || version.id != id);
    }

    fn write(&mut self, key: &str, id: VersionId, body: Option<Vec<u8>>) {
        assert_eq!(id != VersionId::Null, self.is_enabled());
        assert!(
            self.versions
                .iter()
                .all(|version| version.id != id || id == VersionId::Null)
        );
        self.remove(key, id);
        self.versions.push(ModelVersion {
            key: key.to_owned(),
            id,
            body,
            tags: Tags::new(),
        });
    }

    /// Keys and bodies that a plain listing shows.
    fn objects(&self) -> BTreeSet<String> {
        let keys = self.versions.iter().map(|version| version.key.clone());
        keys.filter(|key| self.latest(key).is_some_and(|latest| latest.body.is_some()))
            .collect()
    }
}

/// What a write asks of the object that it replaces.
#[derive(Debug, Clone, Copy)]
enum Condition {
    Always,
    IfAbsent,
    /// By its own `ETag`, if it is there.
    IfMatch,
    IfOther,
}

/// Names come from tiny alphabets, so that steps meet each other.
#[derive(Debug, Clone)]
enum Step {
    CreateBucket(String),
    DeleteBucket(String),
    SetVersioning(String, SetVersioning),
    Put {
        bucket: String,
        key: String,
        pieces: Vec<Vec<u8>>,
        condition: Condition,
    },
    PutGivenUp {
        bucket: String,
        key: String,
    },
    Upload {
        bucket: String,
        key: String,
        body: Vec<u8>,
    },
    Delete {
        bucket: String,
        key: String,
    },
    /// Some version that is there, or one that never was.
    DeleteVersion {
        bucket: String,
        version: Index,
    },
    /// Of the latest version, or of some version that is there.
    SetTags {
        bucket: String,
        version: Index,
        is_named: bool,
        tags: Tags,
    },
    Read {
        bucket: String,
        key: String,
        range: (usize, usize),
    },
    ReadVersion {
        bucket: String,
        version: Index,
    },
    List {
        bucket: String,
        query: ListQuery,
    },
    ListVersions {
        bucket: String,
        query: VersionQuery,
        marker: Option<Index>,
    },
    Clear,
}

fn name() -> impl Strategy<Value = String> {
    "[xy]"
}

fn key() -> impl Strategy<Value = String> {
    "[ab/é]{1,3}"
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        4 => Just(Condition::Always),
        1 => Just(Condition::IfAbsent),
        1 => Just(Condition::IfMatch),
        1 => Just(Condition::IfOther),
    ]
}

fn tags() -> impl Strategy<Value = Tags> {
    prop::collection::vec(("[st]", "[0-9]"), 0..3)
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..20);
    let versioning = prop::sample::select(vec![SetVersioning::Enabled, SetVersioning::Suspended]);
    prop_oneof![
        3 => name().prop_map(Step::CreateBucket),
        1 => name().prop_map(Step::DeleteBucket),
        2 => (name(), versioning).prop_map(|(bucket, set)| Step::SetVersioning(bucket, set)),
        8 => (name(), key(), prop::collection::vec(bytes(), 0..4), condition()).prop_map(
            |(bucket, key, pieces, condition)| Step::Put { bucket, key, pieces, condition }
        ),
        1 => (name(), key(), bytes())
            .prop_map(|(bucket, key, body)| Step::Upload { bucket, key, body }),
        1 => (name(), key()).prop_map(|(bucket, key)| Step::PutGivenUp { bucket, key }),
        3 => (name(), key()).prop_map(|(bucket, key)| Step::Delete { bucket, key }),
        3 => (name(), any::<Index>())
            .prop_map(|(bucket, version)| Step::DeleteVersion { bucket, version }),
        3 => (name(), any::<Index>(), any::<bool>(), tags()).prop_map(
            |(bucket, version, is_named, tags)| Step::SetTags { bucket, version, is_named, tags }
        ),
        4 => (name(), key(), (0_usize..70, 0_usize..70))
            .prop_map(|(bucket, key, range)| Step::Read { bucket, key, range }),
        2 => (name(), any::<Index>())
            .prop_map(|(bucket, version)| Step::ReadVersion { bucket, version }),
        4 => (name(), "[ab/]{0,2}", "/?", "[ab/]{0,3}", 0_usize..5).prop_map(
            |(bucket, prefix, delimiter, start_after, max_keys)| Step::List {
                bucket,
                query: ListQuery { prefix, delimiter, start_after, max_keys },
            }
        ),
        4 => (name(), "[ab/]{0,2}", "/?", "[ab/]{0,3}", 0_usize..5, any::<Option<Index>>()).prop_map(
            |(bucket, prefix, delimiter, key_marker, max_keys, marker)| Step::ListVersions {
                bucket,
                query: VersionQuery {
                    prefix,
                    delimiter,
                    key_marker,
                    version_id_marker: None,
                    max_keys,
                },
                marker,
            }
        ),
        1 => Just(Step::Clear),
    ]
}

fn attributes() -> ObjectAttributes {
    ObjectAttributes::new(Timestamp::UNIX_EPOCH)
}

async fn delete(
    store: &dyn ObjectStore,
    bucket: &str,
    key: &str,
    version: Option<VersionId>,
) -> Result<Deletion, ObjectStoreError> {
    let target = DeleteTarget {
        key: key.to_owned(),
        version,
        condition: WriteCondition::Always,
    };
    let now = Timestamp::UNIX_EPOCH;
    let mut deleted = store.delete_objects(bucket, vec![target], now).await?;
    assert_eq!(deleted.len(), 1);
    deleted.remove(0)
}

async fn body(found: &crate::s3::object_store::OpenObject, from: usize, to: usize) -> Vec<u8> {
    let bytes = found.body.read(from as u64..to as u64);
    let bytes: Vec<Bytes> = bytes.try_collect().await.unwrap();
    bytes.concat()
}

/// Does the step to both and compares what they say.
#[expect(clippy::too_many_lines, reason = "one arm per step")]
async fn apply(store: &dyn ObjectStore, model: &mut Model, step: Step) {
    match step {
        Step::CreateBucket(name) => {
            let info = BucketInfo {
                name: name.clone(),
                owner: AccountId::default(),
                region: Region::default(),
                created: Timestamp::UNIX_EPOCH,
            };
            let is_new = !model.contains_key(&name);
            assert_eq!(store.create_bucket(info).await.is_ok(), is_new);
            model.entry(name).or_default();
        }
        Step::DeleteBucket(name) => {
            let is_empty = (model.get(&name)).is_some_and(|bucket| bucket.versions.is_empty());
            assert_eq!(store.delete_bucket(&name).await.is_ok(), is_empty);
            if is_empty {
                model.remove(&name);
            }
        }
        Step::SetVersioning(name, versioning) => {
            let set = store.set_versioning(&name, versioning).await;
            assert_eq!(set.is_ok(), model.contains_key(&name));
            if let Some(bucket) = model.get_mut(&name) {
                bucket.versioning = Some(versioning);
            }
        }
        Step::Put {
            bucket,
            key,
            pieces,
            condition,
        } => {
            let found = store.get_object(&bucket, &key, None).await.ok();
            let etag = found.map(|found| found.info.etag.clone());
            let (condition, holds) = match condition {
                Condition::Always => (WriteCondition::Always, true),
                Condition::IfAbsent => (WriteCondition::IfAbsent, etag.is_none()),
                Condition::IfMatch => (
                    WriteCondition::IfMatch(etag.clone().unwrap_or_default()),
                    etag.is_some(),
                ),
                Condition::IfOther => (WriteCondition::IfMatch("other".to_owned()), false),
            };
            let new = NewObject {
                condition,
                ..attributes().into()
            };
            let writer = store.put_object(&bucket, &key, new).await;
            assert_eq!(writer.is_ok(), model.contains_key(&bucket) && holds);
            let Ok(mut writer) = writer else { return };
            let body = pieces.concat();
            for piece in pieces {
                writer.write(Bytes::from(piece)).await.unwrap();
            }
            let written = writer.commit().await.unwrap();
            assert_eq!(written.info.size, body.len() as u64);
            let id = written.version.unwrap_or(VersionId::Null);
            model.get_mut(&bucket).unwrap().write(&key, id, Some(body));
        }
        Step::PutGivenUp { bucket, key } => {
            let writer = store.put_object(&bucket, &key, attributes().into()).await;
            if let Ok(mut writer) = writer {
                writer
                    .write(Bytes::from_static(b"never seen"))
                    .await
                    .unwrap();
                writer.abort().await;
            }
        }
        Step::Upload { bucket, key, body } => {
            let created =
                store.create_upload(&bucket, &key, attributes().into(), ChecksumType::FullObject);
            let Ok(upload) = created.await else {
                assert!(!model.contains_key(&bucket));
                return;
            };
            let upload = UploadRef {
                bucket: &bucket,
                key: &key,
                upload_id: &upload.upload_id,
            };
            let mut part = store
                .put_part(&upload, 3, Timestamp::UNIX_EPOCH)
                .await
                .unwrap();
            part.write(Bytes::from(body.clone())).await.unwrap();
            let part = part.commit().await.unwrap();
            let completed = CompletedPart {
                part_number: 3,
                etag: part.etag,
                checksum: None,
            };
            let completion = Completion {
                parts: vec![completed],
                ..Completion::default()
            };
            let written = store.complete_upload(&upload, completion).await.unwrap();
            let id = written.version.unwrap_or(VersionId::Null);
            model.get_mut(&bucket).unwrap().write(&key, id, Some(body));
        }
        Step::Delete { bucket, key } => {
            let deletion = delete(store, &bucket, &key, None).await;
            assert_eq!(deletion.is_ok(), model.contains_key(&bucket));
            let (Ok(deletion), Some(bucket)) = (deletion, model.get_mut(&bucket)) else {
                return;
            };
            assert_eq!(deletion.is_delete_marker, bucket.versioning.is_some());
            match deletion.version {
                Some(id) => bucket.write(&key, id, None),
                None => bucket.remove(&key, VersionId::Null),
            }
        }
        Step::DeleteVersion { bucket, version } => {
            let Some((chosen, model)) = choose(model, &bucket, version) else {
                return;
            };
            let deletion = delete(store, &bucket, &chosen.key, Some(chosen.id)).await;
            let deletion = deletion.unwrap();
            assert_eq!(deletion.version, Some(chosen.id));
            assert_eq!(deletion.is_delete_marker, chosen.body.is_none());
            model.remove(&chosen.key, chosen.id);
        }
        Step::SetTags {
            bucket,
            version,
            is_named,
            tags,
        } => {
            let Some((chosen, model)) = choose(model, &bucket, version) else {
                return;
            };
            let id = is_named.then_some(chosen.id);
            let set = store
                .set_tags(&bucket, &chosen.key, id.as_ref(), tags.clone())
                .await;
            let id = id.or_else(|| Some(model.latest(&chosen.key)?.id));
            let mut versions = model.versions.iter_mut();
            let tagged = versions.find(|v| v.key == chosen.key && Some(v.id) == id);
            let tagged = tagged.unwrap();
            assert_eq!(set.is_ok(), tagged.body.is_some());
            if tagged.body.is_some() {
                tagged.tags = tags;
            }
        }
        Step::Read { bucket, key, range } => {
            let found = store.get_object(&bucket, &key, None).await;
            let Some(bucket) = model.get(&bucket) else {
                assert!(matches!(found, Err(ObjectStoreError::NoSuchBucket)));
                return;
            };
            match bucket.latest(&key) {
                None => assert!(
                    matches!(found, Err(ObjectStoreError::NoSuchKey)),
                    "{found:?}"
                ),
                Some(ModelVersion { body: None, id, .. }) => match found {
                    Err(ObjectStoreError::DeleteMarker {
                        version, is_named, ..
                    }) => assert_eq!((version, is_named), (*id, false)),
                    other => panic!("{other:?}"),
                },
                Some(ModelVersion {
                    body: Some(expected),
                    id,
                    tags,
                    ..
                }) => {
                    let found = found.unwrap();
                    assert_eq!(found.tags, *tags);
                    let shown = bucket.versioning.is_some().then_some(*id);
                    assert_eq!(found.version, shown);
                    let from = range.0.min(expected.len());
                    let to = range.1.clamp(from, expected.len());
                    assert_eq!(body(&found, from, to).await, expected[from..to]);
                }
            }
        }
        Step::ReadVersion { bucket, version } => {
            let Some((chosen, model)) = choose(model, &bucket, version) else {
                return;
            };
            let found = store
                .get_object(&bucket, &chosen.key, Some(&chosen.id))
                .await;
            let is_there = model.versions.contains(&chosen);
            match (chosen.body, found) {
                (Some(expected), Ok(found)) => {
                    assert_eq!(found.tags, chosen.tags);
                    assert_eq!(body(&found, 0, expected.len()).await, expected);
                }
                (None, Err(ObjectStoreError::DeleteMarker { is_named, .. })) => assert!(is_named),
                (_, Err(ObjectStoreError::NoSuchVersion)) => assert!(!is_there),
                other => panic!("{other:?}"),
            }
        }
        Step::List { bucket, query } => {
            let found = store.list_objects(&bucket, &query).await.ok();
            let expected = model
                .get(&bucket)
                .map(|bucket| naive_list(&bucket.objects(), &query));
            let found = found.map(|page| {
                let keys = page.objects.iter().map(|(key, _)| key.clone());
                let entries: BTreeSet<String> = keys.chain(page.common_prefixes).collect();
                (entries, page.next)
            });
            assert_eq!(found, expected);
        }
        Step::ListVersions {
            bucket,
            mut query,
            marker,
        } => {
            let marker = marker.and_then(|marker| choose(model, &bucket, marker));
            if let Some((chosen, _)) = marker {
                query.key_marker = chosen.key;
                query.version_id_marker = Some(chosen.id);
            }
            let found = store.list_versions(&bucket, &query).await.ok();
            let expected = (model.get(&bucket)).map(|bucket| naive_versions(bucket, &query));
            let found = found.map(|page| {
                let versions = page.versions.into_iter().map(|version| {
                    let is_object = matches!(version.kind, ListedVersionKind::Object(_));
                    (version.key, version.id, version.is_latest, is_object)
                });
                (versions.collect(), page.common_prefixes, page.next)
            });
            assert_eq!(found, expected, "{query:?}");
        }
        Step::Clear => {
            store.clear().await.unwrap();
            model.clear();
        }
    }
}

/// One of the versions in a bucket, if it has any.
fn choose<'m>(
    model: &'m mut Model,
    bucket: &str,
    version: Index,
) -> Option<(ModelVersion, &'m mut ModelBucket)> {
    let bucket = model.get_mut(bucket)?;
    if bucket.versions.is_empty() {
        return None;
    }
    Some((version.get(&bucket.versions).clone(), bucket))
}

/// The entries of a page, and the last one if there are more.
fn naive_list(objects: &BTreeSet<String>, query: &ListQuery) -> (BTreeSet<String>, Option<String>) {
    let all: BTreeSet<String> = objects
        .iter()
        .filter_map(|key| rolled_up(key, &query.prefix, &query.delimiter))
        .map(|(Rolled::Key(entry) | Rolled::Prefix(entry))| entry)
        .filter(|entry| *entry > query.start_after)
        .collect();
    let page: BTreeSet<String> = all.iter().take(query.max_keys).cloned().collect();
    let has_more = query.max_keys > 0 && page.len() < all.len();
    let next = page.last().cloned().filter(|_| has_more);
    (page, next)
}

enum Rolled {
    Key(String),
    Prefix(String),
}

/// What stands for the key in a listing.
fn rolled_up(key: &str, prefix: &str, delimiter: &str) -> Option<Rolled> {
    let rest = key.strip_prefix(prefix)?;
    let at = Some(delimiter).filter(|delimiter| !delimiter.is_empty());
    Some(match at.and_then(|delimiter| rest.find(delimiter)) {
        Some(at) => Rolled::Prefix(key[..prefix.len() + at + delimiter.len()].to_owned()),
        None => Rolled::Key(key.to_owned()),
    })
}

type Listed = (String, VersionId, bool, bool);
type Next = Option<(String, Option<VersionId>)>;

fn naive_versions(bucket: &ModelBucket, query: &VersionQuery) -> (Vec<Listed>, Vec<String>, Next) {
    let keys: BTreeSet<&String> = bucket.versions.iter().map(|version| &version.key).collect();
    let (mut versions, mut prefixes, mut next) = (Vec::new(), Vec::new(), None);
    for key in keys {
        let entry = rolled_up(key, &query.prefix, &query.delimiter);
        match entry {
            None => {}
            Some(Rolled::Prefix(prefix)) => {
                if prefix <= query.key_marker || prefixes.contains(&prefix) {
                    continue;
                }
                if query.max_keys == versions.len() + prefixes.len() {
                    return (versions, prefixes, next);
                }
                next = Some((prefix.clone(), None));
                prefixes.push(prefix);
            }
            Some(Rolled::Key(_)) => {
                let newest_first = bucket.versions.iter().rev().filter(|v| v.key == *key);
                let mut is_behind = *key > query.key_marker;
                for version in newest_first {
                    if is_behind {
                        if query.max_keys == versions.len() + prefixes.len() {
                            return (versions, prefixes, next);
                        }
                        let is_latest = bucket.latest(key) == Some(version);
                        let is_object = version.body.is_some();
                        next = Some((key.clone(), Some(version.id)));
                        versions.push((key.clone(), version.id, is_latest, is_object));
                    }
                    let is_marker = Some(version.id) == query.version_id_marker;
                    is_behind |= *key == query.key_marker && is_marker;
                }
            }
        }
    }
    (versions, prefixes, None)
}

fn run(steps: Vec<Step>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = MemoryObjectStore::in_memory(&Seed::new(0));
        let mut model = Model::new();
        for step in steps {
            apply(&store, &mut model, step).await;
        }
    });
}

proptest! {
    #[test]
    fn the_store_does_what_the_model_does(steps in prop::collection::vec(step(), 0..80)) {
        run(steps);
    }

    /// Bodies larger than what is gathered, cut at any place, read at any place.
    #[test]
    fn a_body_is_the_same_however_it_is_cut(
        sizes in prop::collection::vec(0_usize..200_000, 0..6),
        from in 0_usize..600_000,
        length in 0_usize..300_000,
    ) {
        let pieces: Vec<Vec<u8>> = (sizes.iter().zip(1_u8..))
            .map(|(size, seed)| (0..=u8::MAX).map(|n| n ^ seed).cycle().take(*size).collect())
            .collect();
        let (bucket, key) = ("x".to_owned(), "k".to_owned());
        run(vec![
            Step::CreateBucket(bucket.clone()),
            Step::Put { bucket: bucket.clone(), key: key.clone(), pieces, condition: Condition::Always },
            Step::Read { bucket, key, range: (from, from + length) },
        ]);
    }
}

/// The condition is judged when the object is to be seen, not only before its first byte.
#[tokio::test]
async fn of_two_writers_that_ask_for_absence_one_commits() {
    let store = MemoryObjectStore::in_memory(&Seed::new(0));
    apply(
        &store,
        &mut Model::new(),
        Step::CreateBucket("x".to_owned()),
    )
    .await;
    let new = NewObject {
        condition: WriteCondition::IfAbsent,
        ..attributes().into()
    };
    let first = store.put_object("x", "k", new.clone()).await.unwrap();
    let second = store.put_object("x", "k", new).await.unwrap();
    second.commit().await.unwrap();
    let refused = first.commit().await;
    let condition = |error| matches!(error, ObjectStoreError::PreconditionFailed { .. });
    assert!(refused.is_err_and(condition));
}

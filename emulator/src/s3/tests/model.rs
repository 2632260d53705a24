//! The store against a naive model: a map of maps, and every key looked at for every listing.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use jiff::Timestamp;
use proptest::prelude::*;

use crate::domain::id::{AccountId, Region};
use crate::s3::checksum::ChecksumType;
use crate::s3::memory::MemoryObjectStore;
use crate::s3::object_store::{
    BucketInfo, CompletedPart, Completion, ListQuery, ObjectAttributes, ObjectStore, UploadRef,
};

type Model = BTreeMap<String, BTreeMap<String, Vec<u8>>>;

/// Names come from tiny alphabets, so that steps meet each other.
#[derive(Debug, Clone)]
enum Step {
    CreateBucket(String),
    DeleteBucket(String),
    Put {
        bucket: String,
        key: String,
        pieces: Vec<Vec<u8>>,
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
    Read {
        bucket: String,
        key: String,
        range: (usize, usize),
    },
    List {
        bucket: String,
        query: ListQuery,
    },
    Clear,
}

fn name() -> impl Strategy<Value = String> {
    "[xy]"
}

fn key() -> impl Strategy<Value = String> {
    "[ab/é]{1,4}"
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..20);
    prop_oneof![
        3 => name().prop_map(Step::CreateBucket),
        1 => name().prop_map(Step::DeleteBucket),
        8 => (name(), key(), prop::collection::vec(bytes(), 0..4))
            .prop_map(|(bucket, key, pieces)| Step::Put { bucket, key, pieces }),
        1 => (name(), key(), bytes())
            .prop_map(|(bucket, key, body)| Step::Upload { bucket, key, body }),
        1 => (name(), key()).prop_map(|(bucket, key)| Step::PutGivenUp { bucket, key }),
        3 => (name(), key()).prop_map(|(bucket, key)| Step::Delete { bucket, key }),
        4 => (name(), key(), (0_usize..70, 0_usize..70))
            .prop_map(|(bucket, key, range)| Step::Read { bucket, key, range }),
        4 => (name(), "[ab/]{0,2}", "/?", "[ab/]{0,3}", 0_usize..5).prop_map(
            |(bucket, prefix, delimiter, start_after, max_keys)| Step::List {
                bucket,
                query: ListQuery { prefix, delimiter, start_after, max_keys },
            }
        ),
        1 => Just(Step::Clear),
    ]
}

fn attributes() -> ObjectAttributes {
    ObjectAttributes::new(Timestamp::UNIX_EPOCH)
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
            let is_empty = model.get(&name).is_some_and(BTreeMap::is_empty);
            assert_eq!(store.delete_bucket(&name).await.is_ok(), is_empty);
            if is_empty {
                model.remove(&name);
            }
        }
        Step::Put {
            bucket,
            key,
            pieces,
        } => {
            let writer = store.put_object(&bucket, &key, attributes()).await;
            assert_eq!(writer.is_ok(), model.contains_key(&bucket));
            let Ok(mut writer) = writer else { return };
            let body = pieces.concat();
            for piece in pieces {
                writer.write(Bytes::from(piece)).await.unwrap();
            }
            let info = writer.commit().await.unwrap();
            assert_eq!(info.size, body.len() as u64);
            model.get_mut(&bucket).unwrap().insert(key, body);
        }
        Step::PutGivenUp { bucket, key } => {
            if let Ok(mut writer) = store.put_object(&bucket, &key, attributes()).await {
                writer
                    .write(Bytes::from_static(b"never seen"))
                    .await
                    .unwrap();
                writer.abort().await;
            }
        }
        Step::Upload { bucket, key, body } => {
            let created =
                store.create_upload(&bucket, &key, attributes(), ChecksumType::FullObject);
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
            store.complete_upload(&upload, &completion).await.unwrap();
            model.get_mut(&bucket).unwrap().insert(key, body);
        }
        Step::Delete { bucket, key } => {
            let deleted = store.delete_object(&bucket, &key).await;
            assert_eq!(deleted.is_ok(), model.contains_key(&bucket));
            model.get_mut(&bucket).map(|objects| objects.remove(&key));
        }
        Step::Read { bucket, key, range } => {
            let expected = model.get(&bucket).and_then(|objects| objects.get(&key));
            let found = store.get_object(&bucket, &key).await.ok();
            assert_eq!(found.is_some(), expected.is_some());
            if let (Some(found), Some(expected)) = (found, expected) {
                let from = range.0.min(expected.len());
                let to = range.1.clamp(from, expected.len());
                let bytes = found.body.read(from as u64..to as u64);
                let bytes: Vec<Bytes> = bytes.try_collect().await.unwrap();
                assert_eq!(bytes.concat(), expected[from..to]);
            }
        }
        Step::List { bucket, query } => {
            let found = store.list_objects(&bucket, &query).await.ok();
            let expected = model
                .get(&bucket)
                .map(|objects| naive_list(objects, &query));
            let found = found.map(|page| {
                let keys = page.objects.iter().map(|(key, _)| key.clone());
                let entries: BTreeSet<String> = keys.chain(page.common_prefixes).collect();
                (entries, page.next)
            });
            assert_eq!(found, expected);
        }
        Step::Clear => {
            store.clear().await.unwrap();
            model.clear();
        }
    }
}

/// The entries of a page, and the last one if there are more.
fn naive_list(
    objects: &BTreeMap<String, Vec<u8>>,
    query: &ListQuery,
) -> (BTreeSet<String>, Option<String>) {
    let all: BTreeSet<String> = objects
        .keys()
        .filter_map(|key| {
            let rest = key.strip_prefix(&query.prefix)?;
            let at = (!query.delimiter.is_empty()).then(|| rest.find(&query.delimiter))?;
            Some(match at {
                Some(at) => key[..query.prefix.len() + at + query.delimiter.len()].to_owned(),
                None => key.clone(),
            })
        })
        .chain(
            objects
                .keys()
                .filter(|key| query.delimiter.is_empty() && key.starts_with(&query.prefix))
                .cloned(),
        )
        .filter(|entry| *entry > query.start_after)
        .collect();
    let page: BTreeSet<String> = all.iter().take(query.max_keys).cloned().collect();
    let has_more = query.max_keys > 0 && page.len() < all.len();
    let next = page.last().cloned().filter(|_| has_more);
    (page, next)
}

proptest! {
    #[test]
    fn the_store_does_what_the_model_does(steps in prop::collection::vec(step(), 0..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = MemoryObjectStore::default();
            let mut model = Model::new();
            for step in steps {
                apply(&store, &mut model, step).await;
            }
        });
    }

    /// Bodies larger than what is gathered, cut at any place, read at any place.
    #[test]
    fn a_body_is_the_same_however_it_is_cut(
        sizes in prop::collection::vec(0_usize..200_000, 0..6),
        from in 0_usize..600_000,
        length in 0_usize..300_000,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = MemoryObjectStore::default();
            let mut model = Model::new();
            apply(&store, &mut model, Step::CreateBucket("x".to_owned())).await;
            let pieces: Vec<Vec<u8>> = (sizes.iter().zip(1_u8..))
                .map(|(size, seed)| (0..=u8::MAX).map(|n| n ^ seed).cycle().take(*size).collect())
                .collect();
            let (bucket, key) = ("x".to_owned(), "k".to_owned());
            let put = Step::Put { bucket: bucket.clone(), key: key.clone(), pieces };
            apply(&store, &mut model, put).await;
            let read = Step::Read { bucket, key, range: (from, from + length) };
            apply(&store, &mut model, read).await;
        });
    }
}

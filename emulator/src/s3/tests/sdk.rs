//! The AWS SDK for Rust as an independent reader of the protocol.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart, Delete,
    MetadataDirective, ObjectIdentifier,
};

use super::fixture::{ALICE, BOB, S3Side};
use crate::domain::checksum::{self, Hasher};
use crate::s3::checksum::Checksum;

const MIB: usize = 1024 * 1024;

async fn client_with_bucket() -> (S3Side, Client) {
    let side = S3Side::new();
    let client = side.client(ALICE).await;
    client
        .create_bucket()
        .bucket("bucket")
        .send()
        .await
        .unwrap();
    (side, client)
}

fn code_of<E: ProvideErrorMetadata>(error: &E) -> &str {
    error.code().unwrap_or("")
}

fn crc64(bytes: &[u8]) -> String {
    let algorithm = checksum::ChecksumAlgorithm::Crc64Nvme;
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    Checksum::of_whole(algorithm, &hasher.finish()).value
}

async fn put(client: &Client, key: &str, body: impl Into<Vec<u8>>) {
    let put = client.put_object().bucket("bucket").key(key);
    put.body(ByteStream::from(body.into()))
        .send()
        .await
        .unwrap();
}

async fn get(client: &Client, key: &str) -> Vec<u8> {
    let answer = client.get_object().bucket("bucket").key(key);
    let answer = answer
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    answer.body.collect().await.unwrap().to_vec()
}

#[tokio::test]
async fn an_object_comes_back_as_it_went() {
    let (_side, client) = client_with_bucket().await;
    let body: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    for algorithm in [
        ChecksumAlgorithm::Crc32,
        ChecksumAlgorithm::Crc32C,
        ChecksumAlgorithm::Crc64Nvme,
        ChecksumAlgorithm::Sha1,
        ChecksumAlgorithm::Sha256,
    ] {
        let put = client
            .put_object()
            .bucket("bucket")
            .key("a b/ü+")
            .metadata("name", "wert");
        let put = put.checksum_algorithm(algorithm.clone());
        let put = put
            .body(ByteStream::from(body.clone()))
            .send()
            .await
            .unwrap();
        let found = client.get_object().bucket("bucket").key("a b/ü+");
        let found = found
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .unwrap();
        assert_eq!(put.e_tag(), found.e_tag());
        assert_eq!(found.checksum_type(), Some(&ChecksumType::FullObject));
        assert_eq!(
            (
                put.checksum_crc32(),
                put.checksum_sha256(),
                put.checksum_crc64_nvme()
            ),
            (
                found.checksum_crc32(),
                found.checksum_sha256(),
                found.checksum_crc64_nvme()
            ),
            "{algorithm}"
        );
        assert_eq!(found.metadata().unwrap()["name"], "wert");
        assert_eq!(
            found.body.collect().await.unwrap().to_vec(),
            body,
            "{algorithm}"
        );
    }
    let range = client
        .get_object()
        .bucket("bucket")
        .key("a b/ü+")
        .range("bytes=70000-70003");
    let range = range.send().await.unwrap().body.collect().await.unwrap();
    assert_eq!(range.to_vec(), 17_500_u32.to_le_bytes());
}

#[tokio::test]
async fn errors_are_typed_for_the_sdk() {
    let (side, client) = client_with_bucket().await;
    let missing = client
        .get_object()
        .bucket("bucket")
        .key("none")
        .send()
        .await
        .unwrap_err();
    assert!(missing.into_service_error().is_no_such_key());
    let missing = client
        .head_object()
        .bucket("bucket")
        .key("none")
        .send()
        .await
        .unwrap_err();
    assert!(missing.into_service_error().is_not_found());
    let missing = client
        .list_objects_v2()
        .bucket("no-bucket")
        .send()
        .await
        .unwrap_err();
    assert!(missing.into_service_error().is_no_such_bucket());
    let bob = side.client(BOB).await;
    let taken = bob
        .create_bucket()
        .bucket("bucket")
        .send()
        .await
        .unwrap_err();
    assert!(taken.into_service_error().is_bucket_already_exists());
    let denied = bob
        .get_object()
        .bucket("bucket")
        .key("none")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code_of(&denied), "AccessDenied");
    assert!(
        bob.list_buckets()
            .send()
            .await
            .unwrap()
            .buckets()
            .is_empty()
    );
}

#[tokio::test]
async fn pages_of_a_listing_join_up() {
    let (_side, client) = client_with_bucket().await;
    let mut keys: Vec<String> = (0..25).map(|n| format!("f{}/k +ü{n:02}", n % 3)).collect();
    for key in &keys {
        put(&client, key, "x").await;
    }
    keys.sort();
    let pages = client
        .list_objects_v2()
        .bucket("bucket")
        .max_keys(4)
        .into_paginator();
    let pages = pages.all_keys().await;
    assert_eq!(pages, keys);

    let folders = client
        .list_objects_v2()
        .bucket("bucket")
        .delimiter("/")
        .send()
        .await
        .unwrap();
    let folders: Vec<_> = folders
        .common_prefixes()
        .iter()
        .map(|p| p.prefix().unwrap())
        .collect();
    assert_eq!(folders, ["f0/", "f1/", "f2/"]);
    let after = client
        .list_objects_v2()
        .bucket("bucket")
        .start_after(&keys[20])
        .send()
        .await;
    assert_eq!(after.unwrap().key_count(), Some(4));
}

/// Collects the keys of all pages.
trait AllKeys {
    async fn all_keys(self) -> Vec<String>;
}

impl AllKeys for aws_sdk_s3::operation::list_objects_v2::paginator::ListObjectsV2Paginator {
    async fn all_keys(self) -> Vec<String> {
        let mut keys = Vec::new();
        let mut pages = self.send();
        while let Some(page) = pages.next().await {
            let page = page.unwrap();
            assert!(page.contents().len() <= 4);
            keys.extend(
                page.contents()
                    .iter()
                    .map(|object| object.key().unwrap().to_owned()),
            );
        }
        keys
    }
}

#[tokio::test]
async fn many_are_deleted_and_then_the_bucket() {
    let (_side, client) = client_with_bucket().await;
    let mut delete = Delete::builder();
    for key in ["a", "b&<>", "c d"] {
        put(&client, key, "x").await;
        delete = delete.objects(ObjectIdentifier::builder().key(key).build().unwrap());
    }
    let refused = client
        .delete_bucket()
        .bucket("bucket")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code_of(&refused), "BucketNotEmpty");
    let deleted = client
        .delete_objects()
        .bucket("bucket")
        .delete(delete.build().unwrap());
    assert_eq!(deleted.send().await.unwrap().deleted().len(), 3);
    client
        .delete_bucket()
        .bucket("bucket")
        .send()
        .await
        .unwrap();
    let gone = client
        .head_bucket()
        .bucket("bucket")
        .send()
        .await
        .unwrap_err();
    assert!(gone.into_service_error().is_not_found());
}

#[tokio::test]
async fn a_copy_takes_what_it_should() {
    let (side, client) = client_with_bucket().await;
    let source = client
        .put_object()
        .bucket("bucket")
        .key("dir/a +ü%")
        .metadata("m", "1");
    let source = source
        .content_type("text/x")
        .body(ByteStream::from_static(b"body"));
    let source = source.send().await.unwrap();
    side.let_pass(60);
    let encoded = "bucket/dir/a%20%2B%C3%BC%25";
    let copy = |to: &str| {
        client
            .copy_object()
            .bucket("bucket")
            .key(to)
            .copy_source(encoded)
    };
    let copied = copy("b").send().await.unwrap();
    assert_eq!(copied.copy_object_result().unwrap().e_tag(), source.e_tag());
    let head = client
        .head_object()
        .bucket("bucket")
        .key("b")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_type(), Some("text/x"));
    assert_eq!(head.metadata().unwrap()["m"], "1");
    assert_eq!(head.last_modified().unwrap().secs(), 1_767_323_105);

    let replaced = copy("c")
        .metadata_directive(MetadataDirective::Replace)
        .metadata("n", "2");
    replaced.send().await.unwrap();
    let head = client
        .head_object()
        .bucket("bucket")
        .key("c")
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_type(), Some("binary/octet-stream"));
    assert_eq!(head.metadata().unwrap().len(), 1);
    assert_eq!(get(&client, "c").await, b"body");

    let itself = copy("dir/a +ü%").send().await.unwrap_err();
    assert_eq!(code_of(&itself), "InvalidRequest");
    let changed = copy("dir/a +ü%").metadata_directive(MetadataDirective::Replace);
    changed.send().await.unwrap();
    let conditional = copy("d")
        .copy_source_if_none_match(source.e_tag().unwrap())
        .send()
        .await;
    assert_eq!(code_of(&conditional.unwrap_err()), "PreconditionFailed");
}

async fn upload_part(
    client: &Client,
    upload_id: &str,
    number: i32,
    body: Vec<u8>,
) -> CompletedPart {
    let part = client
        .upload_part()
        .bucket("bucket")
        .key("big")
        .upload_id(upload_id);
    let part = part
        .part_number(number)
        .body(ByteStream::from(body))
        .send()
        .await
        .unwrap();
    CompletedPart::builder()
        .part_number(number)
        .set_e_tag(part.e_tag)
        .set_checksum_crc32(part.checksum_crc32)
        .build()
}

fn completed(parts: impl IntoIterator<Item = CompletedPart>) -> CompletedMultipartUpload {
    let parts = parts.into_iter().collect();
    CompletedMultipartUpload::builder()
        .set_parts(Some(parts))
        .build()
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "one upload from its beginning to its end"
)]
async fn parts_become_one_object() {
    let (_side, client) = client_with_bucket().await;
    let first = vec![b'a'; 5 * MIB];
    let second: Vec<u8> = (0..6 * MIB)
        .map(|n| u8::try_from(n % 251).unwrap())
        .collect();
    let whole = [&first[..], &second[1000..3000], b"end"].concat();
    put(&client, "source", second).await;

    let create = client.create_multipart_upload().bucket("bucket").key("big");
    let create = create
        .content_type("video/x")
        .checksum_algorithm(ChecksumAlgorithm::Crc32);
    let upload = create.send().await.unwrap();
    let id = upload.upload_id().unwrap();
    let part1 = upload_part(&client, id, 1, first).await;
    let lost = upload_part(&client, id, 2, b"not used".to_vec()).await;
    let copy = client
        .upload_part_copy()
        .bucket("bucket")
        .key("big")
        .upload_id(id)
        .part_number(7);
    let copy = copy
        .copy_source("bucket/source")
        .copy_source_range("bytes=1000-2999");
    let copy = copy.send().await.unwrap().copy_part_result.unwrap();
    let part7 = CompletedPart::builder()
        .part_number(7)
        .set_e_tag(copy.e_tag);
    let part7 = part7.set_checksum_crc32(copy.checksum_crc32).build();
    let part9 = upload_part(&client, id, 9, b"end".to_vec()).await;

    let listed = client
        .list_parts()
        .bucket("bucket")
        .key("big")
        .upload_id(id)
        .max_parts(3);
    let listed = listed.send().await.unwrap();
    let numbers: Vec<_> = listed
        .parts()
        .iter()
        .filter_map(aws_sdk_s3::types::Part::part_number)
        .collect();
    assert_eq!(numbers, [1, 2, 7]);
    assert_eq!(
        (listed.is_truncated(), listed.next_part_number_marker()),
        (Some(true), Some("7"))
    );
    let uploads = client
        .list_multipart_uploads()
        .bucket("bucket")
        .send()
        .await
        .unwrap();
    assert_eq!(uploads.uploads().len(), 1);
    assert_eq!(uploads.uploads()[0].upload_id(), Some(id));
    assert!(
        client
            .head_object()
            .bucket("bucket")
            .key("big")
            .send()
            .await
            .is_err()
    );

    let complete = |parts: Vec<CompletedPart>| {
        let complete = client
            .complete_multipart_upload()
            .bucket("bucket")
            .key("big");
        complete
            .upload_id(id)
            .multipart_upload(completed(parts))
            .send()
    };
    let wrong = CompletedPart::builder()
        .part_number(9)
        .e_tag("\"nope\"")
        .build();
    for (parts, code) in [
        (vec![], "MalformedXML"),
        (vec![part9.clone(), part1.clone()], "InvalidPartOrder"),
        (vec![part1.clone(), part1.clone()], "InvalidPartOrder"),
        (vec![part1.clone(), wrong], "InvalidPart"),
        (vec![lost, part7.clone()], "EntityTooSmall"),
    ] {
        assert_eq!(code_of(&complete(parts).await.unwrap_err()), code);
    }
    // Only two parts, because the middle one is too small to stand inside.
    let small_inside = complete(vec![part1.clone(), part7.clone(), part9.clone()]).await;
    assert_eq!(code_of(&small_inside.unwrap_err()), "EntityTooSmall");
    let done = complete(vec![part1, part7]).await.unwrap();
    assert!(
        done.e_tag().unwrap().ends_with("-2\""),
        "{:?}",
        done.e_tag()
    );
    assert!(done.checksum_crc32().unwrap().ends_with("-2"));
    assert_eq!(done.checksum_type(), Some(&ChecksumType::Composite));

    let found = client.get_object().bucket("bucket").key("big");
    let found = found
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(found.content_type(), Some("video/x"));
    assert_eq!(found.checksum_crc32(), done.checksum_crc32());
    assert_eq!(
        found.body.collect().await.unwrap().to_vec(),
        whole[..whole.len() - 3]
    );
    let part = client
        .get_object()
        .bucket("bucket")
        .key("big")
        .part_number(2)
        .send()
        .await
        .unwrap();
    assert_eq!(part.parts_count(), Some(2));
    assert_eq!(
        part.body.collect().await.unwrap().to_vec(),
        whole[5 * MIB..whole.len() - 3]
    );
    let again = client
        .list_parts()
        .bucket("bucket")
        .key("big")
        .upload_id(id)
        .send()
        .await;
    assert_eq!(code_of(&again.unwrap_err()), "NoSuchUpload");
}

#[tokio::test]
async fn a_full_object_checksum_covers_all_parts() {
    let (_side, client) = client_with_bucket().await;
    let create = client.create_multipart_upload().bucket("bucket").key("big");
    let create = create.checksum_algorithm(ChecksumAlgorithm::Crc64Nvme);
    let upload = create
        .checksum_type(ChecksumType::FullObject)
        .send()
        .await
        .unwrap();
    let id = upload.upload_id().unwrap();
    let mut parts = Vec::new();
    for (number, body) in [(1, vec![7; 5 * MIB]), (2, b"end".to_vec())] {
        let part = client
            .upload_part()
            .bucket("bucket")
            .key("big")
            .upload_id(id);
        let part = part
            .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
            .part_number(number);
        let part = part.body(ByteStream::from(body)).send().await.unwrap();
        parts.push(
            CompletedPart::builder()
                .part_number(number)
                .set_e_tag(part.e_tag)
                .build(),
        );
    }
    let expected = crc64(&[vec![7; 5 * MIB], b"end".to_vec()].concat());
    let complete = |checksum: &str, size: i64| {
        let complete = client
            .complete_multipart_upload()
            .bucket("bucket")
            .key("big");
        let complete = complete
            .upload_id(id)
            .multipart_upload(completed(parts.clone()));
        complete
            .checksum_crc64_nvme(checksum)
            .mpu_object_size(size)
            .send()
    };
    let size = i64::try_from(5 * MIB + 3).unwrap();
    assert_eq!(
        code_of(&complete("AAAAAAAAAAA=", size).await.unwrap_err()),
        "BadDigest"
    );
    assert_eq!(
        code_of(&complete(&expected, 1).await.unwrap_err()),
        "InvalidRequest"
    );
    let done = complete(&expected, size).await.unwrap();
    assert_eq!(done.checksum_crc64_nvme(), Some(&*expected));
    assert_eq!(done.checksum_type(), Some(&ChecksumType::FullObject));
    assert_eq!(get(&client, "big").await.len(), 5 * MIB + 3);
}

#[tokio::test]
async fn an_aborted_upload_is_gone() {
    let (_side, client) = client_with_bucket().await;
    let upload = client
        .create_multipart_upload()
        .bucket("bucket")
        .key("big")
        .send()
        .await
        .unwrap();
    let id = upload.upload_id().unwrap();
    upload_part(&client, id, 1, b"x".to_vec()).await;
    let abort = || {
        client
            .abort_multipart_upload()
            .bucket("bucket")
            .key("big")
            .upload_id(id)
            .send()
    };
    abort().await.unwrap();
    assert_eq!(code_of(&abort().await.unwrap_err()), "NoSuchUpload");
    let uploads = client
        .list_multipart_uploads()
        .bucket("bucket")
        .send()
        .await
        .unwrap();
    assert!(uploads.uploads().is_empty());
}

#[tokio::test]
async fn uploads_are_listed_page_by_page() {
    let (_side, client) = client_with_bucket().await;
    let mut expected = Vec::new();
    for key in ["a", "a", "a", "b", "dir/x", "dir/y"] {
        let upload = client
            .create_multipart_upload()
            .bucket("bucket")
            .key(key)
            .send()
            .await
            .unwrap();
        expected.push((key.to_owned(), upload.upload_id().unwrap().to_owned()));
    }
    expected.sort();
    let mut found = Vec::new();
    let (mut key_marker, mut id_marker) = (None, None);
    loop {
        let page = client
            .list_multipart_uploads()
            .bucket("bucket")
            .max_uploads(2);
        let page = page
            .set_key_marker(key_marker)
            .set_upload_id_marker(id_marker);
        let page = page.send().await.unwrap();
        assert!(page.uploads().len() <= 2);
        found.extend(page.uploads().iter().map(|upload| {
            (
                upload.key().unwrap().to_owned(),
                upload.upload_id().unwrap().to_owned(),
            )
        }));
        if page.is_truncated() != Some(true) {
            break;
        }
        (key_marker, id_marker) = (page.next_key_marker, page.next_upload_id_marker);
    }
    assert_eq!(found, expected);
    let folders = client
        .list_multipart_uploads()
        .bucket("bucket")
        .delimiter("/")
        .send()
        .await;
    let folders = folders.unwrap();
    assert_eq!(
        (folders.uploads().len(), folders.common_prefixes().len()),
        (4, 1)
    );
}

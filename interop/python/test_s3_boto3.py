"""The store through boto3: buckets, objects, listings, parts."""

import hashlib
import io
import os

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MIB = 1024 * 1024

ODD_KEYS = [
    "colon:colon",
    "plus+plus",
    "space space",
    "percent%20percent%",
    "übung/日本語/🎉",
    "e\u0301 decomposed",
    "..",
    ".",
    "a/../b",
    "a/./b",
    "a//b",
    "//",
    "/leading",
    "trailing/",
    "amp&lt<gt>quote\"apos'",
    "q?query=1#fragment",
    "back\\slash",
    "tab\tnewline\ncontrol\x01",
    "=;,$@!*()~^|{}[]`",
    "k" * 1024,
    "é" * 512,
]


def code(refused):
    return refused.value.response["Error"]["Code"]


def status(refused):
    return refused.value.response["ResponseMetadata"]["HTTPStatusCode"]


def put_all(s3, bucket, keys):
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())


def test_bucket_is_created_found_listed_and_deleted(s3, bucket):
    assert s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert bucket in [listed["Name"] for listed in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None

    s3.delete_bucket(Bucket=bucket)

    with pytest.raises(ClientError) as refused:
        s3.head_bucket(Bucket=bucket)
    assert status(refused) == 404


def test_bucket_of_another_region_says_where_it_is(client, bucket):
    name = f"{bucket}-west"
    client("s3", region="eu-west-1").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )

    assert client("s3").get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"


def test_bucket_with_objects_is_not_deleted(s3, bucket):
    put_all(s3, bucket, ["x"])

    with pytest.raises(ClientError) as refused:
        s3.delete_bucket(Bucket=bucket)

    assert code(refused) == "BucketNotEmpty"


@pytest.mark.parametrize("key", ODD_KEYS, ids=ascii)
def test_any_key_is_written_read_listed_copied_and_deleted(s3, bucket, key):
    put_all(s3, bucket, [key])

    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(key.encode())
    for listing in (s3.list_objects, s3.list_objects_v2):
        assert [entry["Key"] for entry in listing(Bucket=bucket)["Contents"]] == [key]
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == key.encode()
    s3.delete_object(Bucket=bucket, Key=key)
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["copy"]


def test_odd_keys_are_deleted_many_at_once(s3, bucket):
    # XML 1.0 has no way to write this one down, for AWS no more than for us.
    keys = [key for key in ODD_KEYS if "\x01" not in key]
    put_all(s3, bucket, keys)

    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in [*keys, "never there"]]})

    assert sorted(entry["Key"] for entry in deleted["Deleted"]) == sorted([*keys, "never there"])
    assert "Errors" not in deleted
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_key_longer_than_1024_bytes_is_refused(s3, bucket):
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="k" * 1025, Body=b"")

    assert (status(refused), code(refused)) == (400, "KeyTooLongError")


def test_keys_are_listed_in_the_order_of_their_bytes(s3, bucket):
    keys = ["Z", "a", "a/", "a-", "a!", "ä", "日", "🎉", "\ufffd", "10", "9"]
    put_all(s3, bucket, keys)

    listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]]

    assert listed == sorted(keys, key=str.encode)


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("paginator", ["list_objects", "list_objects_v2"])
def test_pages_hold_each_key_and_folder_once(s3, bucket, paginator, size):
    keys = ["a/1", "a/2", "b", "c/1", "c/2/3", "d:1", "e f", "g+h"]
    put_all(s3, bucket, keys)
    pages = s3.get_paginator(paginator)

    flat = pages.paginate(Bucket=bucket, PaginationConfig={"PageSize": size})
    assert [entry["Key"] for page in flat for entry in page.get("Contents", [])] == keys
    folded = list(pages.paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": size}))
    assert [entry["Key"] for page in folded for entry in page.get("Contents", [])] == ["b", "d:1", "e f", "g+h"]
    assert [entry["Prefix"] for page in folded for entry in page.get("CommonPrefixes", [])] == ["a/", "c/"]
    assert all(len(page.get("Contents", [])) + len(page.get("CommonPrefixes", [])) <= size for page in folded)


def test_listing_starts_after_and_under_a_prefix(s3, bucket):
    put_all(s3, bucket, ["p/1", "p/2:0", "p/2:5", "p/3", "q"])

    later = s3.list_objects_v2(Bucket=bucket, Prefix="p/", StartAfter="p/2:0")
    assert [entry["Key"] for entry in later["Contents"]] == ["p/2:5", "p/3"]
    assert (later["KeyCount"], later["IsTruncated"], later["StartAfter"]) == (2, False, "p/2:0")
    marked = s3.list_objects(Bucket=bucket, Prefix="p/", Marker="p/2:5")
    assert [entry["Key"] for entry in marked["Contents"]] == ["p/3"]
    assert s3.list_objects_v2(Bucket=bucket, Prefix="nothing/")["KeyCount"] == 0


def test_continuation_token_goes_on_where_the_page_ended(s3, bucket):
    put_all(s3, bucket, ["1", "2", "3"])

    page = s3.list_objects_v2(Bucket=bucket, MaxKeys=2)
    assert page["IsTruncated"]
    rest = s3.list_objects_v2(Bucket=bucket, ContinuationToken=page["NextContinuationToken"])

    assert [entry["Key"] for entry in rest["Contents"]] == ["3"]
    with pytest.raises(ClientError) as refused:
        s3.list_objects_v2(Bucket=bucket, ContinuationToken="made up")
    assert code(refused) == "InvalidArgument"


@pytest.mark.parametrize(
    "asked,first,last",
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=90-", 90, 99),
        ("bytes=-5", 95, 99),
        ("bytes=50-500", 50, 99),
    ],
)
def test_ranges_are_cut_out(s3, bucket, asked, first, last):
    content = bytes(range(100))
    s3.put_object(Bucket=bucket, Key="x", Body=content)

    answer = s3.get_object(Bucket=bucket, Key="x", Range=asked)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert answer["ContentRange"] == f"bytes {first}-{last}/100"
    assert answer["Body"].read() == content[first : last + 1]


def test_range_behind_the_end_is_refused(s3, bucket):
    put_all(s3, bucket, ["x"])

    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=bucket, Key="x", Range="bytes=100-200")

    assert (status(refused), code(refused)) == (416, "InvalidRange")


def test_metadata_and_headers_come_back(s3, bucket):
    headers = {
        "ContentType": "application/x-gzip",
        "CacheControl": "no-cache",
        "ContentDisposition": 'attachment; filename="x.gz"',
        "ContentLanguage": "de",
        "Metadata": {"made-by": "interop", "number": "1"},
    }
    s3.put_object(Bucket=bucket, Key="x", Body=b"x", **headers)

    got, head = s3.get_object(Bucket=bucket, Key="x"), s3.head_object(Bucket=bucket, Key="x")
    copied = s3.copy_object(Bucket=bucket, Key="y", CopySource=f"{bucket}/x")
    copy = s3.head_object(Bucket=bucket, Key="y")

    for answer in (got, head, copy):
        assert {name: answer[name] for name in headers} == headers
        assert answer["ETag"] == f'"{hashlib.md5(b"x").hexdigest()}"'
    assert copied["CopyObjectResult"]["ETag"] == got["ETag"]


def test_copy_may_replace_metadata(s3, bucket):
    s3.put_object(Bucket=bucket, Key="x", Body=b"x", Metadata={"old": "1"})

    s3.copy_object(Bucket=bucket, Key="x", CopySource=f"{bucket}/x", MetadataDirective="REPLACE", Metadata={"new": "2"})

    assert s3.head_object(Bucket=bucket, Key="x")["Metadata"] == {"new": "2"}


def test_conditions_are_judged(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="x", Body=b"x")["ETag"]

    with pytest.raises(ClientError) as unchanged:
        s3.get_object(Bucket=bucket, Key="x", IfNoneMatch=etag)
    assert status(unchanged) == 304
    with pytest.raises(ClientError) as refused:
        s3.get_object(Bucket=bucket, Key="x", IfMatch='"other"')
    assert (status(refused), code(refused)) == (412, "PreconditionFailed")
    assert s3.get_object(Bucket=bucket, Key="x", IfMatch=etag)["ETag"] == etag


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_are_kept_and_checked_by_the_sdk(s3, bucket, algorithm):
    s3.put_object(Bucket=bucket, Key="x", Body=b"checked", ChecksumAlgorithm=algorithm)

    answer = s3.get_object(Bucket=bucket, Key="x", ChecksumMode="ENABLED")

    assert answer["Body"].read() == b"checked"
    assert answer[f"Checksum{algorithm}"]


def test_transfer_manager_sends_and_fetches_parts_with_checksums(s3, bucket):
    content = os.urandom(20 * MIB + 1)
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB, max_concurrency=4)

    s3.upload_fileobj(io.BytesIO(content), bucket, "large:x", Config=config, ExtraArgs={"ChecksumAlgorithm": "SHA256"})
    fetched = io.BytesIO()
    s3.download_fileobj(bucket, "large:x", fetched, Config=config)

    assert fetched.getvalue() == content
    head = s3.head_object(Bucket=bucket, Key="large:x", ChecksumMode="ENABLED")
    assert head["ETag"].endswith('-3"')
    assert head["ChecksumSHA256"].endswith("-3")


def test_upload_is_made_of_parts_and_copied_parts(s3, bucket):
    s3.put_object(Bucket=bucket, Key="source +:", Body=b"s" * (6 * MIB))
    names = {"Bucket": bucket, "Key": "made/of parts"}
    upload = {**names, "UploadId": s3.create_multipart_upload(**names, ContentType="text/x-made")["UploadId"]}

    first = s3.upload_part(**upload, PartNumber=1, Body=b"p" * (5 * MIB))
    second = s3.upload_part_copy(
        **upload,
        PartNumber=2,
        CopySource={"Bucket": bucket, "Key": "source +:"},
        CopySourceRange=f"bytes=0-{5 * MIB - 1}",
    )["CopyPartResult"]
    third = s3.upload_part(**upload, PartNumber=3, Body=b"end")
    parts = [{"PartNumber": number + 1, "ETag": part["ETag"]} for number, part in enumerate((first, second, third))]
    assert [part["PartNumber"] for part in s3.list_parts(**upload)["Parts"]] == [1, 2, 3]
    assert [entry["Key"] for entry in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["made/of parts"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    answer = s3.get_object(**names)
    assert answer["ContentType"] == "text/x-made"
    assert answer["Body"].read() == b"p" * (5 * MIB) + b"s" * (5 * MIB) + b"end"
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_aborted_upload_leaves_nothing(s3, bucket):
    names = {"Bucket": bucket, "Key": "x"}
    upload = {**names, "UploadId": s3.create_multipart_upload(**names)["UploadId"]}
    s3.upload_part(**upload, PartNumber=1, Body=b"p")

    s3.abort_multipart_upload(**upload)

    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    with pytest.raises(ClientError) as refused:
        s3.upload_part(**upload, PartNumber=2, Body=b"p")
    assert code(refused) == "NoSuchUpload"


def test_small_parts_and_wrong_parts_are_refused(s3, bucket):
    names = {"Bucket": bucket, "Key": "x"}
    upload = {**names, "UploadId": s3.create_multipart_upload(**names)["UploadId"]}
    etags = [s3.upload_part(**upload, PartNumber=number, Body=b"p")["ETag"] for number in (1, 2)]
    small = [{"PartNumber": number + 1, "ETag": etag} for number, etag in enumerate(etags)]

    for parts, reason in (
        (small, "EntityTooSmall"),
        (small[::-1], "InvalidPartOrder"),
        ([{"PartNumber": 3, "ETag": etags[0]}], "InvalidPart"),
    ):
        with pytest.raises(ClientError) as refused:
            s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        assert code(refused) == reason


def test_missing_key_and_bucket_are_modelled_exceptions(s3, bucket):
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="x")
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.list_objects_v2(Bucket="no-such-bucket")


def test_name_of_somebody_elses_bucket_is_taken(client, bucket):
    somebody_else = client("s3", key_id="111122223333")

    with pytest.raises(somebody_else.exceptions.BucketAlreadyExists):
        somebody_else.create_bucket(Bucket=bucket)

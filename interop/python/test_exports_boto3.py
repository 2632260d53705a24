"""Export jobs through boto3: their states, their lists, their objects and lines."""

import gzip
import json
import re

import pytest

import exports

STATES = [
    "CREATED",
    "PREPARING_FOR_INITIALIZATION",
    "INITIALIZING",
    "PROCESSING",
    "COMPLETING",
    "COMPLETED",
]


def test_job_goes_through_the_states_in_order(pinpoint, target, bucket):
    created = exports.create(pinpoint, target.application_id, f"s3://{bucket}/x/")

    _, seen = exports.wait(pinpoint, target.application_id, created["Id"])

    assert seen == [state for state in STATES if state in seen]
    assert len(seen) > 2, "a poller sees states between the first and the last"


def test_files_are_there_as_soon_as_the_job_is_completed(pinpoint, s3, target, bucket):
    for number in range(3):
        prefix = f"at-once/{number}/"
        job = exports.run(pinpoint, target.application_id, f"s3://{bucket}/{prefix}")

        keys = exports.keys(s3, bucket, prefix)
        assert sum(key.endswith(".gz") for key in keys) == job["TotalPieces"] == job["CompletedPieces"]
        assert {prefix + "EXPORT_VALIDATED", prefix + "COMPLETED"} < set(keys)
        assert len(exports.lines(s3, bucket, prefix)) == job["TotalProcessed"] == target.endpoint_count


@pytest.mark.parametrize(
    "prefix,listed",
    [
        ("plain/", "plain/"),
        ("no-final-slash", "no-final-slash/"),
        ("exports/2021-05-01T10:15:30", "exports/2021-05-01T10:15:30/"),
        ("exports/app_2023-11-30-17_02:08.045_UTC/", "exports/app_2023-11-30-17_02:08.045_UTC/"),
        ("a b/c+d/é=1&2/", "a b/c+d/é=1&2/"),
        ("a%20b/%2F/", "a%20b/%2F/"),
        ("", ""),
        (None, ""),
    ],
)
def test_any_prefix_is_taken_as_it_is(pinpoint, s3, target, bucket, prefix, listed):
    url = f"s3://{bucket}" if prefix is None else f"s3://{bucket}/{prefix}"

    job = exports.run(pinpoint, target.application_id, url)

    assert job["JobStatus"] == "COMPLETED"
    assert job["Definition"]["S3UrlPrefix"] == url
    found = exports.keys(s3, bucket, "")
    assert all(key.startswith(listed) for key in found)
    endings = sorted(key.removeprefix(listed).rpartition(".")[2] for key in found)
    assert endings == ["COMPLETED", "EXPORT_VALIDATED", "gz"]
    assert len(exports.endpoints(s3, bucket, listed)) == target.endpoint_count


def test_objects_are_what_a_java_program_would_have_gzipped(pinpoint, s3, target, bucket):
    exports.run(pinpoint, target.application_id, f"s3://{bucket}/x/")

    (key,) = [key for key in exports.keys(s3, bucket, "x/") if key.endswith(".gz")]
    answer = s3.get_object(Bucket=bucket, Key=key)
    body = answer["Body"].read()
    assert body[:10] == bytes.fromhex("1f8b0800000000000000")
    assert "ContentEncoding" not in answer
    assert gzip.decompress(body).count(b"\n") == target.endpoint_count
    for marker in ("x/EXPORT_VALIDATED", "x/COMPLETED"):
        assert s3.head_object(Bucket=bucket, Key=marker)["ContentLength"] == 0


def test_line_is_compact_ordered_and_without_what_is_absent(pinpoint, s3, application_id, bucket):
    pinpoint.update_endpoint(
        ApplicationId=application_id,
        EndpointId="a/b+c",
        EndpointRequest={
            "User": {"UserAttributes": {"colour": ["grün"], "none": []}, "UserId": "ann"},
            "Metrics": {"visits": 100, "big": 12345678.9, "tiny": 0.0001},
            "Attributes": {"z": ["1 "], "a": ["2"]},
            "EffectiveDate": "2019-07-01T09:30Z",
            "Demographic": {"Platform": "Android", "Make": "Acme"},
            "Location": {"Country": "FRA", "Region": "ARA", "Longitude": 4.84, "Latitude": 45.76},
            "Address": "ann@example.com",
            "ChannelType": "EMAIL",
        },
    )

    exports.run(pinpoint, application_id, f"s3://{bucket}/x/")

    (line,) = exports.lines(s3, bucket, "x/")
    assert line.decode() == (
        '{"ChannelType":"EMAIL","Address":"ann@example.com","EndpointStatus":"ACTIVE","OptOut":"NONE",'
        '"Location":{"Latitude":45.8,"Longitude":4.8,"Region":"ARA","Country":"FRA"},'
        '"Demographic":{"Make":"Acme","Platform":"android"},'
        '"EffectiveDate":"2019-07-01T09:30Z","Attributes":{"z":["1 "],"a":["2"]},'
        '"Metrics":{"visits":100.0,"big":1.23456789E7,"tiny":1.0E-4},'
        '"User":{"UserId":"ann","UserAttributes":{"colour":["grün"],"none":[]}},'
        f'"ApplicationId":"{application_id}","Id":"a/b+c","CreationDate":"2019-07-01T09:30Z"}}'
    )


def test_lines_agree_with_get_endpoint(pinpoint, s3, target, bucket):
    exports.run(pinpoint, target.application_id, f"s3://{bucket}/x/")

    endpoints = exports.endpoints(s3, bucket, "x/")

    for endpoint_id in sorted(endpoints)[::20]:
        got = pinpoint.get_endpoint(ApplicationId=target.application_id, EndpointId=endpoint_id)["EndpointResponse"]
        got.pop("CohortId", None)
        assert got == endpoints[endpoint_id]


def test_stored_and_deleted_endpoints_change_the_next_export(pinpoint, s3, application_id, bucket):
    names = {"ApplicationId": application_id, "EndpointId": "one"}
    request = {"ChannelType": "EMAIL", "Address": "ann@example.com"}
    counts = []
    for number in range(3):
        if number == 1:
            pinpoint.update_endpoint(**names, EndpointRequest=request)
        if number == 2:
            pinpoint.delete_endpoint(**names)
        job = exports.run(pinpoint, application_id, f"s3://{bucket}/{number}/")
        counts.append((job["TotalProcessed"], job["TotalPieces"], len(exports.lines(s3, bucket, f"{number}/"))))

    assert counts == [(0, 0, 0), (1, 1, 1), (0, 0, 0)]


def test_missing_bucket_fails_the_job_and_says_why(pinpoint, target):
    job = exports.run(pinpoint, target.application_id, "s3://no-such-bucket/x/")

    assert job["JobStatus"] == "FAILED"
    assert any("no-such-bucket" in failure for failure in job["Failures"])
    assert re.fullmatch(r"[0-9T:.-]+Z", job["CompletionDate"])


def test_pages_hold_each_job_once_newest_first(pinpoint, application_id, bucket):
    ids = [exports.create(pinpoint, application_id, f"s3://{bucket}/{number}/")["Id"] for number in range(7)]

    for size in (1, 3, 7, 50):
        listed, token = [], {}
        while token is not None:
            page = pinpoint.get_export_jobs(ApplicationId=application_id, PageSize=str(size), **token)
            page = page["ExportJobsResponse"]
            assert len(page["Item"]) <= size
            listed += [job["Id"] for job in page["Item"]]
            token = {"Token": page["NextToken"]} if page.get("NextToken") else None
        assert listed == ids[::-1]


def test_jobs_under_one_prefix_do_not_overwrite_each_others_files(pinpoint, s3, target, bucket):
    for _ in range(2):
        exports.run(pinpoint, target.application_id, f"s3://{bucket}/shared/")

    files = [key for key in exports.keys(s3, bucket, "shared/") if key.endswith(".gz")]
    assert len(files) == 2
    first, second = (gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in files)
    assert sorted(first.splitlines()) == sorted(second.splitlines())
    assert json.loads(first.splitlines()[0])["ApplicationId"] == target.application_id

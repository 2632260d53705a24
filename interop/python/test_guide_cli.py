"""The AWS CLI, doing what the Developer Guide's page on exporting endpoints does, and reading back what it made."""

import gzip
import json
import os
import re
import subprocess
import time

from exports import PATIENCE_SECONDS, POLL_SECONDS, ROLE_ARN

ID = re.compile(r"[0-9a-f]{32}")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


def create_export_job(aws_json, application_id, s3_url_prefix):
    return aws_json(
        "pinpoint",
        "create-export-job",
        "--application-id",
        application_id,
        "--export-job-request",
        f"S3UrlPrefix={s3_url_prefix},RoleArn={ROLE_ARN}",
    )["ExportJobResponse"]


def wait_until_completed(aws_json, application_id, job_id):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        names = ("--application-id", application_id, "--job-id", job_id)
        job = aws_json("pinpoint", "get-export-job", *names)["ExportJobResponse"]
        if job["JobStatus"] == "COMPLETED":
            return job
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"export job {job_id} is not completed: {job}")


def test_the_guides_steps_end_with_every_endpoint_unpacked(aws, aws_json, target, bucket, tmp_path):
    prefix = f"s3://{bucket}/prefix/"

    created = create_export_job(aws_json, target.application_id, prefix)
    assert set(created) == {"Id", "JobStatus", "CreationDate", "Type", "Definition"}
    assert ID.fullmatch(created["Id"])
    assert INSTANT.fullmatch(created["CreationDate"])
    assert created["JobStatus"] == "CREATED"
    assert created["Type"] == "EXPORT"
    assert created["Definition"] == {"S3UrlPrefix": prefix, "RoleArn": ROLE_ARN}

    job = wait_until_completed(aws_json, target.application_id, created["Id"])
    assert INSTANT.fullmatch(job.pop("CompletionDate"))
    assert job == {
        **created,
        "ApplicationId": target.application_id,
        "JobStatus": "COMPLETED",
        "CompletedPieces": 1,
        "FailedPieces": 0,
        "TotalPieces": 1,
        "TotalFailures": 0,
        "TotalProcessed": target.endpoint_count,
    }

    listed = aws("s3", "ls", prefix)
    assert listed.returncode == 0, listed.stderr
    names = [line.split()[3] for line in listed.stdout.splitlines()]
    assert {"COMPLETED", "EXPORT_VALIDATED"} < set(names)
    (name,) = [name for name in names if name.endswith(".gz")]

    copied = aws("s3", "cp", prefix + name, ".")
    assert copied.returncode == 0, copied.stderr
    subprocess.run(["gunzip", name], cwd=tmp_path, check=True, timeout=60)
    endpoints = [json.loads(line) for line in (tmp_path / name.removesuffix(".gz")).read_bytes().splitlines()]
    assert len(endpoints) == target.endpoint_count
    assert len({endpoint["Id"] for endpoint in endpoints}) == target.endpoint_count
    assert {endpoint["ApplicationId"] for endpoint in endpoints} == {target.application_id}


def test_recursive_copy_brings_markers_and_files(aws, aws_json, target, bucket, tmp_path):
    job = create_export_job(aws_json, target.application_id, f"s3://{bucket}/all/")
    wait_until_completed(aws_json, target.application_id, job["Id"])

    copied = aws("s3", "cp", "--recursive", f"s3://{bucket}/all/", "all")

    assert copied.returncode == 0, copied.stderr
    assert (tmp_path / "all/EXPORT_VALIDATED").read_bytes() == b""
    assert (tmp_path / "all/COMPLETED").read_bytes() == b""
    (file,) = (tmp_path / "all").glob("*.gz")
    assert gzip.decompress(file.read_bytes()).count(b"\n") == target.endpoint_count


def test_jobs_are_listed_newest_first(aws_json, target, bucket):
    earlier = create_export_job(aws_json, target.application_id, f"s3://{bucket}/1/")
    later = create_export_job(aws_json, target.application_id, f"s3://{bucket}/2/")

    page = ("--application-id", target.application_id, "--page-size", "2")
    answer = aws_json("pinpoint", "get-export-jobs", *page)["ExportJobsResponse"]

    assert [job["Id"] for job in answer["Item"]] == [later["Id"], earlier["Id"]]


def test_application_lives_from_create_to_delete(aws, aws_json):
    created = aws_json("pinpoint", "create-app", "--create-application-request", "Name=by the CLI")
    created = created["ApplicationResponse"]
    assert created["Name"] == "by the CLI"
    assert created["Arn"] == f"arn:aws:mobiletargeting:us-east-1:000000000000:apps/{created['Id']}"

    got = aws_json("pinpoint", "get-app", "--application-id", created["Id"])["ApplicationResponse"]
    assert got["Id"] == created["Id"]
    assert created["Id"] in [app["Id"] for app in aws_json("pinpoint", "get-apps")["ApplicationsResponse"]["Item"]]
    deleted = aws_json("pinpoint", "delete-app", "--application-id", created["Id"])["ApplicationResponse"]
    assert deleted["Id"] == created["Id"]

    gone = aws("pinpoint", "get-app", "--application-id", created["Id"])
    assert gone.returncode in (254, 255)
    assert "(NotFoundException) when calling the GetApp operation: Application not found" in gone.stderr


def test_endpoint_is_written_read_and_deleted(aws_json, application_id):
    request = json.dumps(
        {
            "Address": "ann@example.com",
            "ChannelType": "EMAIL",
            "Attributes": {"team": ["red", "blue"]},
            "Metrics": {"visits": 99.5},
            "User": {"UserId": "ann"},
        }
    )
    names = ("--application-id", application_id, "--endpoint-id", "a/b+c=d")

    accepted = aws_json("pinpoint", "update-endpoint", *names, "--endpoint-request", request)
    assert accepted["MessageBody"]["Message"] == "Accepted"
    got = aws_json("pinpoint", "get-endpoint", *names)["EndpointResponse"]
    assert got["Id"] == "a/b+c=d"
    assert got["Attributes"] == {"team": ["red", "blue"]}
    assert got["Metrics"] == {"visits": 99.5}
    user = aws_json("pinpoint", "get-user-endpoints", "--application-id", application_id, "--user-id", "ann")
    assert user["EndpointsResponse"]["Item"] == [got]
    deleted = aws_json("pinpoint", "delete-endpoint", *names)["EndpointResponse"]
    assert deleted == got


def test_unbuilt_operation_names_itself(aws, application_id):
    done = aws("pinpoint", "get-campaigns", "--application-id", application_id)

    assert done.returncode in (254, 255)
    assert "GetCampaigns is not built yet" in done.stderr


def test_presigned_by_the_cli_is_read_by_anybody(aws, s3, bucket):
    s3.put_object(Bucket=bucket, Key="a b+c:d", Body=b"presigned")

    done = aws("s3", "presign", f"s3://{bucket}/a b+c:d")

    assert done.returncode == 0, done.stderr
    read = subprocess.run(
        ["curl", "--silent", "--show-error", "--fail", done.stdout.strip()], capture_output=True, timeout=60, check=True
    )
    assert read.stdout == b"presigned"


def test_large_files_go_up_and_down_in_parts(aws, s3, bucket, tmp_path):
    content = os.urandom(1024) * 20 * 1024
    (tmp_path / "large").write_bytes(content)

    for source, destination in (("large", f"s3://{bucket}/large"), (f"s3://{bucket}/large", "back")):
        done = aws("s3", "cp", source, destination)
        assert done.returncode == 0, done.stderr

    assert (tmp_path / "back").read_bytes() == content
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"].endswith('-3"')


def test_folders_are_synchronized_moved_and_removed(aws, s3, bucket, tmp_path):
    names = {"sub/a:b", "sub/c d", "sub/e+f", "top"}
    for name in names:
        file = tmp_path / "folder" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)

    assert aws("s3", "sync", "folder", f"s3://{bucket}/f").returncode == 0
    assert {entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]} == {f"f/{name}" for name in names}
    assert aws("s3", "mv", f"s3://{bucket}/f/top", f"s3://{bucket}/g").returncode == 0
    assert aws("s3", "sync", f"s3://{bucket}/f", "back").returncode == 0
    assert (tmp_path / "back/sub/e+f").read_text() == "sub/e+f"
    removed = aws("s3", "rb", "--force", f"s3://{bucket}")
    assert removed.returncode == 0, removed.stderr

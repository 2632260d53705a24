"""The Developer Guide's raw HTTP form, by curl with its own signing: bare bodies, no wrapper."""

import json
import re
import subprocess
import time
import uuid

import pytest

from exports import PATIENCE_SECONDS, POLL_SECONDS, ROLE_ARN

ID = re.compile(r"[0-9a-f]{32}")

SIGNED = ("--aws-sigv4", "aws:amz:us-east-1:mobiletargeting", "--user", "test:test")

CREATED_MEMBERS = ["Id", "JobStatus", "CreationDate", "Type", "Definition"]

FINISHED_MEMBERS = [
    "ApplicationId",
    "Id",
    "JobStatus",
    "CompletedPieces",
    "FailedPieces",
    "TotalPieces",
    "CreationDate",
    "CompletionDate",
    "Type",
    "TotalFailures",
    "TotalProcessed",
    "Definition",
]


@pytest.fixture
def curl(target, tmp_path):
    """Sends one request; its status, headers by lower-case name and decoded body."""

    def send(method, path, *options, body=None, signed=True):
        head, content = tmp_path / "head", tmp_path / "content"
        command = ["curl", "--silent", "--show-error", "--max-time", "30", "--noproxy", "*", "--request", method]
        command += ["--dump-header", head, "--output", content, *(SIGNED if signed else ()), *options]
        if body is not None:
            text = body if isinstance(body, str) else json.dumps(body)
            command += ["--header", "Content-Type: application/json", "--data-binary", text]
        subprocess.run([*command, target.endpoint_url + path], check=True, timeout=60)
        status, *lines = head.read_text().strip().splitlines()
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        return int(status.split()[1]), headers, json.loads(content.read_bytes())

    return send


def jobs(target):
    return f"/v1/apps/{target.application_id}/jobs/export"


@pytest.mark.parametrize(
    "extra",
    [
        (),
        ("--header", "cache-control: no-cache"),
        ("--header", "X-Amz-Meta-Extra: 1", "--header", "Cache-Control: no-cache", "--header", "Accept: */*"),
    ],
    ids=["plain", "cache-control", "several"],
)
def test_job_is_created_and_polled_with_bare_bodies(curl, target, bucket, extra):
    definition = {"S3UrlPrefix": f"s3://{bucket}/by-curl/", "RoleArn": ROLE_ARN}

    status, headers, created = curl("POST", jobs(target), *extra, body=definition)
    assert status == 202
    assert headers["content-type"] == "application/json"
    assert uuid.UUID(headers["x-amzn-requestid"])
    assert list(created) == CREATED_MEMBERS
    assert ID.fullmatch(created["Id"])
    assert created["Definition"] == definition

    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        status, _, job = curl("GET", f"{jobs(target)}/{created['Id']}", *extra)
        assert status == 200
        if job["JobStatus"] == "COMPLETED":
            break
        time.sleep(POLL_SECONDS)
    assert list(job) == FINISHED_MEMBERS
    assert job["TotalProcessed"] == target.endpoint_count
    assert job["Definition"] == definition

    status, _, page = curl("GET", f"{jobs(target)}?page-size=1", *extra)
    assert status == 200
    assert page["Item"] == [job]


def test_refusal_has_type_and_id_in_the_head(curl):
    status, headers, body = curl("GET", f"/v1/apps/{'f' * 32}")

    assert status == 404
    assert headers["x-amzn-errortype"] == "NotFoundException"
    assert headers["content-type"] == "application/json"
    assert body == {"Message": "Application not found", "RequestID": headers["x-amzn-requestid"]}


@pytest.mark.parametrize(
    "method,path,status,kind",
    [
        ("GET", "/v1/nothing", 404, "NotFoundException"),
        ("PATCH", "/v1/apps", 405, "MethodNotAllowedException"),
        ("GET", f"/v1/apps/{'f' * 32}/campaigns", 501, "NotImplementedException"),
    ],
)
def test_other_paths_and_methods_are_refused_in_the_same_shape(curl, method, path, status, kind):
    got, headers, body = curl(method, path)

    assert (got, headers["x-amzn-errortype"]) == (status, kind)
    assert body["Message"]


def test_unsigned_request_is_turned_away(curl, target):
    for method, path, body in (("GET", "/v1/apps", None), ("POST", jobs(target), {}), ("GET", jobs(target), None)):
        status, headers, answer = curl(method, path, body=body, signed=False)

        assert status == 403
        assert headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"
        assert uuid.UUID(headers["x-amzn-requestid"])
        assert answer == {"message": "Missing Authentication Token"}


def test_service_that_is_not_emulated_is_named(curl):
    status, _, body = curl("GET", "/", "--aws-sigv4", "aws:amz:us-east-1:sqs", "--user", "test:test", signed=False)

    assert status == 501
    assert "sqs" in body["message"]


def test_percent_encoded_slash_stays_in_its_label(curl, application_id):
    path = f"/v1/apps/{application_id}/endpoints/0f9d1%2Fssx%2Bb%3Dc"

    status, _, answer = curl("PUT", path, body={"ChannelType": "EMAIL", "Address": "ann@example.com"})
    assert (status, answer["Message"]) == (202, "Accepted")
    status, _, endpoint = curl("GET", path)

    assert (status, endpoint["Id"]) == (200, "0f9d1/ssx+b=c")

"""The ways to an object that are not an SDK's ordinary call: presigned URLs, forms, host names; errors on the wire."""

import re
import time
import urllib.parse
import xml.etree.ElementTree as xml

import pytest
import urllib3

from wire import signature

ODD_KEY = "exports/2021-05-01T10:15:30 +é/x=1&2.gz"

VERSIONS = ["s3", "s3v4"]


@pytest.fixture(params=VERSIONS)
def presigner(client, request):
    """A client whose URLs are signed by the legacy or by the current signature version."""
    return client("s3", signature_version=request.param)


def http(method, url, **options):
    return urllib3.request(method, url, redirect=False, retries=False, timeout=30, **options)


def error(answer):
    """The members of an XML error."""
    assert answer.headers["content-type"] == "application/xml"
    root = xml.fromstring(answer.data)
    assert root.tag == "Error"
    return {child.tag: child.text for child in root}


def test_presigned_url_reads(presigner, s3, bucket):
    s3.put_object(Bucket=bucket, Key=ODD_KEY, Body=b"presigned")

    url = presigner.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": ODD_KEY}, ExpiresIn=60)
    answer = http("GET", url)

    assert (answer.status, answer.data) == (200, b"presigned")


def test_presigned_url_writes(presigner, s3, bucket):
    params = {"Bucket": bucket, "Key": ODD_KEY, "ContentType": "text/x-made"}

    url = presigner.generate_presigned_url("put_object", Params=params, ExpiresIn=60)
    answer = http("PUT", url, body=b"written", headers={"content-type": "text/x-made"})

    assert answer.status == 200, answer.data
    got = s3.get_object(Bucket=bucket, Key=ODD_KEY)
    assert (got["Body"].read(), got["ContentType"]) == (b"written", "text/x-made")


def test_presigned_url_may_set_headers_of_the_answer(presigner, s3, bucket):
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    params = {"Bucket": bucket, "Key": "x", "ResponseContentDisposition": 'attachment; filename="y"'}

    answer = http("GET", presigner.generate_presigned_url("get_object", Params=params))

    assert answer.status == 200, answer.data
    assert answer.headers["content-disposition"] == 'attachment; filename="y"'


def test_presigned_url_expires(presigner, s3, bucket):
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")

    url = presigner.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "x"}, ExpiresIn=1)
    # Both versions count whole seconds.
    time.sleep(2.2)
    answer = http("GET", url)

    assert answer.status == 403
    assert error(answer)["Code"] == "AccessDenied"
    assert error(answer)["Message"] == "Request has expired"


def test_unsigned_requests_are_denied(s3, target, bucket):
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")

    for method, path in (("GET", f"{bucket}/x"), ("GET", bucket), ("PUT", f"{bucket}/y"), ("DELETE", f"{bucket}/x")):
        answer = http(method, f"{target.endpoint_url}/{path}")
        assert (answer.status, error(answer)["Code"]) == (403, "AccessDenied"), (method, path)
    assert http("HEAD", f"{target.endpoint_url}/{bucket}/x").status == 403
    assert s3.head_object(Bucket=bucket, Key="x")


def test_form_uploads_with_conditions(s3, bucket):
    form = s3.generate_presigned_post(
        bucket,
        "form/${filename}",
        Fields={"success_action_status": "201", "Content-Type": "text/x-made"},
        Conditions=[["content-length-range", 1, 20], {"success_action_status": "201"}, {"Content-Type": "text/x-made"}],
        ExpiresIn=60,
    )

    done = http("POST", form["url"], fields={**form["fields"], "file": ("a:b.txt", b"by a form")})
    too_large = http("POST", form["url"], fields={**form["fields"], "file": ("c.txt", b"x" * 21)})
    other_type = {**form["fields"], "Content-Type": "text/plain"}
    not_allowed = http("POST", form["url"], fields={**other_type, "file": ("d.txt", b"by a form")})

    assert done.status == 201, done.data
    answered = {child.tag: child.text for child in xml.fromstring(done.data)}
    assert (answered["Bucket"], answered["Key"]) == (bucket, "form/a:b.txt")
    got = s3.get_object(Bucket=bucket, Key="form/a:b.txt")
    assert (got["Body"].read(), got["ContentType"]) == (b"by a form", "text/x-made")
    assert (too_large.status, error(too_large)["Code"]) == (400, "EntityTooLarge")
    assert (not_allowed.status, error(not_allowed)["Code"]) == (403, "AccessDenied")
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["form/a:b.txt"]


@pytest.mark.parametrize("domain", ["s3.localhost", "localhost"])
def test_bucket_may_be_in_the_host_name(s3, target, bucket, domain):
    """The host is set by hand: only some systems know names under `localhost`."""
    s3.put_object(Bucket=bucket, Key=ODD_KEY, Body=b"by host")
    _, port = target.address
    signed = {**signature("s3"), "host": f"{bucket}.{domain}:{port}"}

    got = http("GET", f"{target.endpoint_url}/{urllib.parse.quote(ODD_KEY)}", headers=signed)
    assert (got.status, got.data) == (200, b"by host")
    listed = http("GET", f"{target.endpoint_url}/?list-type=2", headers=signed)
    assert listed.status == 200
    assert b"<Name>" + bucket.encode() + b"</Name>" in listed.data
    written = http("PUT", f"{target.endpoint_url}/new", headers=signed, body=b"new")
    assert written.status == 200
    assert s3.get_object(Bucket=bucket, Key="new")["Body"].read() == b"new"
    missing = error(http("GET", f"{target.endpoint_url}/missing", headers=signed))
    assert (missing["Code"], missing["Key"]) == ("NoSuchKey", "missing")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("domain", ["s3.localhost", "localhost"])
def test_presigned_url_may_have_the_bucket_in_the_host_name(client, s3, target, bucket, version, domain):
    s3.put_object(Bucket=bucket, Key="x", Body=b"by host")
    _, port = target.address
    by_host = client(
        "s3", endpoint_url=f"http://{domain}:{port}", signature_version=version, s3={"addressing_style": "virtual"}
    )

    url = by_host.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "x"})
    parts = urllib.parse.urlsplit(url)
    assert parts.netloc == f"{bucket}.{domain}:{port}"
    answer = http("GET", f"{target.endpoint_url}{parts.path}?{parts.query}", headers={"host": parts.netloc})

    assert (answer.status, answer.data) == (200, b"by host")


@pytest.mark.parametrize(
    "path,status,fields",
    [
        ("{bucket}/a%20b%2Bc:d", 404, {"Code": "NoSuchKey", "Key": "a b+c:d"}),
        ("no-such-bucket/x", 404, {"Code": "NoSuchBucket", "BucketName": "no-such-bucket"}),
        ("{bucket}/x?uploadId=none", 404, {"Code": "NoSuchUpload"}),
    ],
)
def test_error_names_resource_request_and_host(target, bucket, path, status, fields):
    path = path.format(bucket=bucket)

    answer = http("GET", f"{target.endpoint_url}/{path}", headers=signature("s3"))

    got = error(answer)
    assert answer.status == status
    assert {name: got[name] for name in fields} == fields
    assert got["Message"]
    assert got["RequestId"] == answer.headers["x-amz-request-id"]
    assert re.fullmatch("[0-9A-F]{16}", got["RequestId"])
    assert got["HostId"] == answer.headers["x-amz-id-2"]


def test_every_answer_has_ids_of_its_own(s3, target, bucket):
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")

    answers = [http("GET", f"{target.endpoint_url}/{bucket}/x", headers=signature("s3")) for _ in range(3)]

    assert len({answer.headers["x-amz-request-id"] for answer in answers}) == 3
    assert all(answer.headers["x-amz-id-2"] for answer in answers)

"""An emulator that verifies signatures, and the tools that make them: boto3 in both versions, the AWS CLI, curl."""

import datetime
import io
import json
import os
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as xml

import boto3
import botocore.auth
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator_process import EmulatorProcess, run as run_program
from exports import ROLE_ARN

AWS = os.path.join(os.path.dirname(sys.executable), "aws")

ALICE = ("AKIDALICE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCY=", "111122223333")
BOB = ("AKIDBOB", "another/secret", "444455556666")

ODD_KEY = "exports/2021-05-01T10:15:30 +é/x=1&2 (~!*').gz"


@pytest.fixture(scope="module")
def strict():
    """A strict emulator with the pairs of two accounts."""
    pairs = [f"--access-key={':'.join(pair)}:user" for pair in (ALICE, BOB)]
    with EmulatorProcess("--auth", "strict", *pairs, "--account-id", ALICE[2]) as process:
        yield process


@pytest.fixture(scope="module")
def client(strict):
    """Makes clients of a pair, which may be made wrong."""

    def make(service, pair=ALICE, region="us-east-1", secret=None, token=None, **config):
        return boto3.client(
            service,
            endpoint_url=strict.endpoint_url,
            region_name=region,
            aws_access_key_id=pair[0],
            aws_secret_access_key=secret or pair[1],
            aws_session_token=token,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    return make


@pytest.fixture(scope="module")
def bucket(client):
    client("s3").create_bucket(Bucket="strict")
    return "strict"


def http(method, url, **options):
    return urllib3.request(method, url, redirect=False, retries=False, timeout=30, **options)


def error(answer):
    """The members of an XML error."""
    root = xml.fromstring(answer.data)
    assert root.tag == "Error"
    return {child.tag: child.text for child in root}


def refused(call, **arguments):
    """Code, text and status of a refusal."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_boto3_signs_any_path_query_and_body(client):
    pinpoint = client("pinpoint")
    application = pinpoint.create_app(CreateApplicationRequest={"Name": "é, ü & more"})["ApplicationResponse"]
    assert ALICE[2] in application["Arn"]

    for endpoint_id in ("0f9d1/ssx+b=c", "a b~é", "a(b)!*'", "%2F"):
        names = {"ApplicationId": application["Id"], "EndpointId": endpoint_id}
        pinpoint.update_endpoint(**names, EndpointRequest={"ChannelType": "EMAIL", "Address": "ann@example.com"})
        assert pinpoint.get_endpoint(**names)["EndpointResponse"]["Id"] == endpoint_id

    page = pinpoint.get_export_jobs(ApplicationId=application["Id"], PageSize="5")
    assert page["ExportJobsResponse"]["Item"] == []


def test_two_pairs_are_two_accounts(client):
    application = client("pinpoint").create_app(CreateApplicationRequest={"Name": "of alice"})["ApplicationResponse"]

    code, _, status = refused(client("pinpoint", BOB).get_app, ApplicationId=application["Id"])

    assert (code, status) == ("NotFoundException", 404)
    assert client("pinpoint", BOB).get_apps()["ApplicationsResponse"].get("Item", []) == []


def test_wrong_pairs_and_tokens_are_refused_by_both_services(client, bucket):
    wrong = {"secret": "not the secret"}
    code, text, status = refused(client("pinpoint", **wrong).get_apps)
    assert (code, status) == ("InvalidSignatureException", 403)
    assert "The Canonical String for this request should have been\n'GET\n/v1/apps\n" in text
    code, _, status = refused(client("s3", **wrong).list_objects_v2, Bucket=bucket)
    assert (code, status) == ("SignatureDoesNotMatch", 403)

    nobody = ("AKIDNOBODY", "secret")
    code, text, status = refused(client("pinpoint", nobody).get_apps)
    assert (code, status) == ("UnrecognizedClientException", 403)
    assert text == "The security token included in the request is invalid."
    code, _, status = refused(client("s3", nobody).list_objects_v2, Bucket=bucket)
    assert (code, status) == ("InvalidAccessKeyId", 403)

    code, _, status = refused(client("pinpoint", token="token").get_apps)
    assert (code, status) == ("UnrecognizedClientException", 403)
    code, _, status = refused(client("s3", token="token").list_objects_v2, Bucket=bucket)
    assert (code, status) == ("InvalidToken", 400)


@pytest.mark.parametrize("version", ["s3", "s3v4"])
@pytest.mark.parametrize("style", ["path", "virtual"])
def test_objects_are_written_and_read_by_both_versions_and_styles(client, strict, bucket, version, style):
    s3 = client("s3", signature_version=version, s3={"addressing_style": "path"})
    key = f"{version}/{style}/{ODD_KEY}"
    if style == "path":
        s3.put_object(Bucket=bucket, Key=key, Body=b"hello", Metadata={"a": "two  blanks"}, ContentType="text/x-made")
        got = s3.get_object(Bucket=bucket, Key=key)
        assert (got["Body"].read(), got["Metadata"]["a"]) == (b"hello", "two  blanks")
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"{version}/{style}/", Delimiter="+")
        assert listed["CommonPrefixes"][0]["Prefix"].endswith("+")
        upload = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
        part = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"part")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload=parts)
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})
        return
    # Only some systems know names under `localhost`, so the signed request is sent to the address by hand.
    port = strict.endpoint_url.rsplit(":", 1)[1]
    signer = boto3.client(
        "s3",
        endpoint_url=f"http://s3.localhost:{port}",
        region_name="us-east-1",
        aws_access_key_id=ALICE[0],
        aws_secret_access_key=ALICE[1],
        config=Config(signature_version=version, s3={"addressing_style": "virtual"}),
    )
    s3.put_object(Bucket=bucket, Key=key, Body=b"hello")
    url = urllib.parse.urlsplit(signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key}))
    assert url.netloc == f"{bucket}.s3.localhost:{port}"
    answer = http("GET", f"{strict.endpoint_url}{url.path}?{url.query}", headers={"Host": url.netloc})
    assert (answer.status, answer.data) == (200, b"hello"), answer.data


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls_are_good_for_what_was_signed_alone(client, bucket, version):
    presigner, s3 = client("s3", signature_version=version), client("s3")
    key = f"presigned/{version}/{ODD_KEY}"
    params = {"Bucket": bucket, "Key": key, "ContentType": "text/x-made", "Metadata": {"a": "b"}}
    headers = {"content-type": "text/x-made", "x-amz-meta-a": "b"}

    url = presigner.generate_presigned_url("put_object", Params=params, ExpiresIn=60)
    assert http("PUT", url, body=b"written", headers=headers).status == 200
    assert s3.get_object(Bucket=bucket, Key=key)["Metadata"] == {"a": "b"}
    other = http("PUT", url, body=b"other", headers={**headers, "content-type": "text/plain"})
    assert (other.status, error(other)["Code"]) == (403, "SignatureDoesNotMatch")
    assert http("GET", url, headers=headers).status == 403

    params = {"Bucket": bucket, "Key": key, "ResponseContentDisposition": 'attachment; filename="y"'}
    url = presigner.generate_presigned_url("get_object", Params=params, ExpiresIn=60)
    answer = http("GET", url)
    assert (answer.status, answer.data) == (200, b"written")
    assert answer.headers["content-disposition"] == 'attachment; filename="y"'
    answer = http("GET", url.replace("attachment", "inline"))
    assert (answer.status, error(answer)["Code"]) == (403, "SignatureDoesNotMatch")
    assert error(answer)["StringToSign"].startswith("GET\n" if version == "s3" else "AWS4-HMAC-SHA256\n")


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_forms_are_good_with_the_policy_that_was_signed_alone(client, bucket, version):
    presigner, s3 = client("s3", signature_version=version), client("s3")
    key = f"form/{version}"
    form = presigner.generate_presigned_post(bucket, key, ExpiresIn=60)

    done = http("POST", form["url"], fields={**form["fields"], "file": ("f", b"by a form")})
    policy = form["fields"]["policy"]
    other = {**form["fields"], "policy": policy[:8] + ("A" if policy[8] != "A" else "B") + policy[9:]}
    changed = http("POST", form["url"], fields={**other, "file": ("f", b"other")})

    assert done.status == 204, done.data
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"by a form"
    assert (changed.status, error(changed)["Code"]) == (403, "SignatureDoesNotMatch")


def test_streams_are_proved_chunk_by_chunk(client, bucket):
    s3 = client("s3")
    content = bytes(range(256)) * 10_000

    s3.upload_fileobj(io.BytesIO(content), bucket, "streamed")

    assert s3.get_object(Bucket=bucket, Key="streamed")["Body"].read() == content


def test_clock_that_is_wrong_is_told(client, bucket, monkeypatch):
    def twenty_minutes_ago(remove_tzinfo=True):
        now = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=20)
        return now.replace(tzinfo=None) if remove_tzinfo else now

    monkeypatch.setattr(botocore.auth, "get_current_datetime", twenty_minutes_ago)

    code, text, status = refused(client("pinpoint").get_apps)
    assert (code, status) == ("InvalidSignatureException", 403)
    stamp = r"[0-9]{8}T[0-9]{6}Z"
    assert re.fullmatch(rf"Signature expired: {stamp} is now earlier than {stamp} \({stamp} - 5 min\.\)", text)
    code, _, status = refused(client("s3").list_objects_v2, Bucket=bucket)
    assert (code, status) == ("RequestTimeTooSkewed", 403)


def test_region_of_the_bucket_is_found_by_the_sdk(client):
    west = client("s3", region="eu-west-1")
    west.create_bucket(Bucket="strict-west", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    west.put_object(Bucket="strict-west", Key="k", Body=b"west")

    url = client("s3").generate_presigned_url("get_object", Params={"Bucket": "strict-west", "Key": "k"})
    v4 = client("s3", signature_version="s3v4")
    url_v4 = v4.generate_presigned_url("get_object", Params={"Bucket": "strict-west", "Key": "k"})

    assert http("GET", url).data == b"west", "SigV2 names no region"
    answer = http("GET", url_v4)
    assert (answer.status, error(answer)["Code"]) == (400, "AuthorizationQueryParametersError")
    assert error(answer)["Region"] == "eu-west-1"
    # Told the right region, boto3 asks again by itself.
    assert client("s3").get_object(Bucket="strict-west", Key="k")["Body"].read() == b"west"
    assert client("s3").head_bucket(Bucket="strict-west")["BucketRegion"] == "eu-west-1"
    assert client("s3").get_bucket_location(Bucket="strict-west")["LocationConstraint"] == "eu-west-1"


@pytest.fixture
def aws(strict, tmp_path):
    """Runs the CLI as alice, or with another secret; its finished process."""

    def run(*arguments, secret=ALICE[1]):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_ENDPOINT_URL": strict.endpoint_url,
            "AWS_ACCESS_KEY_ID": ALICE[0],
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        }
        return subprocess.run(
            [AWS, *arguments], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def test_cli_exports_copies_and_presigns(aws, tmp_path, bucket):
    created = aws("pinpoint", "create-app", "--create-application-request", "Name=by-cli")
    assert created.returncode == 0, created.stderr
    application_id = json.loads(created.stdout)["ApplicationResponse"]["Id"]
    names = ("--application-id", application_id)
    request = f"S3UrlPrefix=s3://{bucket}/cli/,RoleArn={ROLE_ARN}"
    job = aws("pinpoint", "create-export-job", *names, "--export-job-request", request)
    assert job.returncode == 0, job.stderr

    # Large enough for several parts.
    (tmp_path / "big").write_bytes(b"0123456789abcdef" * 700_000)
    copied = aws("s3", "cp", "big", f"s3://{bucket}/cli/big")
    assert copied.returncode == 0, copied.stderr
    url = aws("s3", "presign", f"s3://{bucket}/cli/big").stdout.strip()
    assert http("GET", url).data == (tmp_path / "big").read_bytes()

    wrong = aws("pinpoint", "get-apps", secret="wrong")
    assert wrong.returncode != 0
    assert "InvalidSignatureException" in wrong.stderr


def test_curl_signs_for_both_services(strict, bucket, tmp_path):
    def curl(path, service, *options, secret=ALICE[1]):
        output = tmp_path / "output"
        command = ["curl", "--silent", "--show-error", "--max-time", "30", "--noproxy", "*", "--output", output]
        command += ["--write-out", "%{http_code}", "--user", f"{ALICE[0]}:{secret}"]
        command += ["--aws-sigv4", f"aws:amz:us-east-1:{service}", *options, strict.endpoint_url + path]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout, output.read_text()

    status, body = curl("/v1/apps?page-size=3", "mobiletargeting")
    assert status == "200", body
    body = json.dumps({"Name": "by curl"})
    json_type = ("--header", "Content-Type: application/json")
    status, answer = curl("/v1/apps", "mobiletargeting", *json_type, "--data-binary", body)
    assert status == "201", answer
    # Older curls do not say the hash of the body, which S3 wants.
    unsigned = ("--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD")
    status, answer = curl(f"/{bucket}?list-type=2", "s3", *unsigned)
    assert status == "200", answer
    status, answer = curl("/v1/apps", "mobiletargeting", secret="wrong")
    assert status == "403"
    assert json.loads(answer)["message"].startswith("The request signature we calculated does not match")


def test_pair_that_is_none_is_one_line_without_its_secret():
    done = run_program("pinpoint-emulator", "--listen", "127.0.0.1:0", "--access-key", "AKID:hidden:123")

    assert done.returncode == 2
    assert "access-key cannot be `AKID:…`: the account of a pair has 12 digits" in done.stderr
    assert "hidden" not in done.stderr + done.stdout

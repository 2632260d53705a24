"""The built client `pinpoint-export` against the built emulator: exit codes, files, interruption."""

import gzip
import json
import os
import signal
import subprocess
import time

import boto3
import pytest

from emulator_process import PATIENCE_SECONDS, EmulatorProcess, binary
from exports import ROLE_ARN

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def command(application_id, bucket, directory, *flags):
    names = ["--application-id", application_id, "--bucket", bucket, "--role-arn", ROLE_ARN]
    return [binary("pinpoint-export"), "run", *names, "--download-dir", str(directory), *flags]


@pytest.fixture
def export(target, tmp_path):
    """Runs the client to its end."""

    def run(application_id=target.application_id, bucket=target.bucket, *flags, endpoint_url=target.endpoint_url):
        return subprocess.run(
            command(application_id, bucket, tmp_path / "files", *flags),
            env={**ENVIRONMENT, "HOME": str(tmp_path), "AWS_ENDPOINT_URL": endpoint_url},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    return run


def endpoints(directory):
    files = sorted(directory.rglob("*.gz"))
    assert files
    return [json.loads(line) for file in files for line in gzip.decompress(file.read_bytes()).splitlines()]


def test_export_ends_with_0_and_every_endpoint_in_files(export, target, tmp_path):
    done = export()

    assert done.returncode == 0, done.stderr
    assert len({endpoint["Id"] for endpoint in endpoints(tmp_path / "files")}) == target.endpoint_count
    assert "COMPLETED" in done.stdout
    assert {file.suffix for file in (tmp_path / "files").rglob("*") if file.is_file()} == {".gz"}


def test_json_report_agrees_with_the_files(export, target, tmp_path):
    done = export(target.application_id, target.bucket, "--json", "--prefix", "by client/12:00+00")

    report = json.loads(done.stdout)
    assert done.returncode == report["exit_code"] == 0
    assert report["outcome"] == "completed"
    assert report["url"].startswith(f"s3://{target.bucket}/by client/12:00+00")
    assert report["endpoints"] == report["job"]["total_processed"] == target.endpoint_count
    assert len(endpoints(tmp_path / "files")) == target.endpoint_count


def test_bucket_is_made_when_asked_for(export, s3, target):
    bucket = f"made-by-client-{os.getpid()}"

    done = export(target.application_id, bucket, "--create-bucket")

    assert done.returncode == 0, done.stderr
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 3


def test_failed_job_ends_with_1_and_its_failures(export, target, tmp_path):
    done = export(target.application_id, "no-such-bucket")

    assert done.returncode == 1
    assert "no-such-bucket" in done.stdout + done.stderr
    assert not list(tmp_path.rglob("*.gz"))


def test_wrong_usage_ends_with_2(export, target):
    assert export(target.application_id, target.bucket, "--no-such-flag").returncode == 2
    verify = subprocess.run([binary("pinpoint-export"), "verify", "x"], capture_output=True, timeout=30, check=False)
    assert verify.returncode == 2


def test_refusal_ends_with_3_and_names_message_and_request_id(export):
    done = export("f" * 32)

    assert done.returncode == 3
    assert "Application not found" in done.stderr
    report = json.loads(export("f" * 32, "bucket", "--json").stdout)
    assert report["error"]["code"] == "NotFoundException"
    assert report["error"]["status"] == 404
    assert report["error"]["request_id"]


def test_nobody_there_ends_with_4(export):
    assert export(endpoint_url="http://127.0.0.1:1").returncode == 4


def test_damaged_object_ends_with_5(export, s3, target, bucket):
    """Something else under the prefix is named like a file and is none."""
    s3.put_object(Bucket=bucket, Key="x/damaged.gz", Body=b"no gzip")

    done = export(target.application_id, bucket, "--prefix", "x/")

    assert done.returncode == 5, done.stderr


def test_time_out_ends_with_6_and_interruption_with_130_and_the_next_run_goes_on(tmp_path):
    flags = ["--pace", "manual", "--application", "app=5", "--bucket", "bucket"]
    with EmulatorProcess(*flags) as emulator:
        options = {
            "env": {**ENVIRONMENT, "HOME": str(tmp_path), "AWS_ENDPOINT_URL": emulator.endpoint_url},
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }
        pinpoint = boto3.client(
            "pinpoint",
            endpoint_url=emulator.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

        def jobs():
            return pinpoint.get_export_jobs(ApplicationId="app")["ExportJobsResponse"]["Item"]

        timed_out = subprocess.run(
            command("app", "bucket", tmp_path / "a", "--timeout", "1s"),
            timeout=PATIENCE_SECONDS,
            check=False,
            **options,
        )
        assert timed_out.returncode == 6, timed_out.stderr

        with subprocess.Popen(command("app", "bucket", tmp_path / "b"), **options) as interrupted:
            deadline = time.monotonic() + PATIENCE_SECONDS
            while len(jobs()) < 2 and time.monotonic() < deadline:
                time.sleep(0.05)
            interrupted.send_signal(signal.SIGINT)
            interrupted.communicate(timeout=PATIENCE_SECONDS)
        assert interrupted.returncode == 130
        assert not list(tmp_path.rglob("*.gz"))

        emulator.control("POST", "clock/advance", millis=1000)
        again = subprocess.run(
            command("app", "bucket", tmp_path / "b"), timeout=PATIENCE_SECONDS, check=False, **options
        )
        assert again.returncode == 0, again.stderr
        assert len(endpoints(tmp_path / "b")) == 5
        assert len(jobs()) == 2, "it continued the job instead of starting another"

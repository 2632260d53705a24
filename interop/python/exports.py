"""What the tests need to do again and again with export jobs and their files."""

import gzip
import json
import time

ROLE_ARN = "arn:aws:iam::000000000000:role/export"

# Jobs of the emulator's `fast` pace take half a second.
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.05


def create(pinpoint, application_id, s3_url_prefix):
    """Creates an export job; the create answer."""
    return pinpoint.create_export_job(
        ApplicationId=application_id, ExportJobRequest={"S3UrlPrefix": s3_url_prefix, "RoleArn": ROLE_ARN}
    )["ExportJobResponse"]


def wait(pinpoint, application_id, job_id):
    """The job once it has ended, and every status seen on the way."""
    seen = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        job = pinpoint.get_export_job(ApplicationId=application_id, JobId=job_id)["ExportJobResponse"]
        if job["JobStatus"] not in seen:
            seen.append(job["JobStatus"])
        if job["JobStatus"] in ("COMPLETED", "FAILED"):
            return job, seen
        time.sleep(POLL_SECONDS)
    raise AssertionError(f"export job {job_id} has not ended, states seen: {seen}")


def run(pinpoint, application_id, s3_url_prefix):
    """Creates a job and waits for its end; the finished job."""
    job, _ = wait(pinpoint, application_id, create(pinpoint, application_id, s3_url_prefix)["Id"])
    return job


def keys(s3, bucket, prefix):
    """All keys under a prefix, over all pages."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def lines(s3, bucket, prefix):
    """The lines of all files under a prefix, as bytes without their line ends."""
    found = []
    for key in keys(s3, bucket, prefix):
        if key.endswith(".gz"):
            text = gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
            assert text.endswith(b"\n")
            found.extend(text[:-1].split(b"\n"))
    return found


def endpoints(s3, bucket, prefix):
    """The endpoints of all files under a prefix, by id."""
    read = [json.loads(line) for line in lines(s3, bucket, prefix)]
    by_id = {endpoint["Id"]: endpoint for endpoint in read}
    assert len(by_id) == len(read), "an id stands in the files twice"
    return by_id

"""Import jobs through boto3: files, rows, segments, and what is refused."""

import json
import time

import pytest
from botocore.exceptions import ClientError

import exports

CSV = """\
ChannelType,Address,Id,Location.Country,Attributes.Team,Attributes.Team,Metrics.Age,User.UserId,User.UserAttributes.Name
EMAIL,ann@example.com,ann,NO,Red,Blue,41,u-ann,"Ann, the ""first\"""
SMS,+12065550100,,US,,,,u-bob,Bob
"""


def create(pinpoint, application_id, url, **settings):
    """Creates an import job; the create answer."""
    request = {"S3Url": url, "RoleArn": exports.ROLE_ARN, "Format": "CSV", **settings}
    return pinpoint.create_import_job(ApplicationId=application_id, ImportJobRequest=request)["ImportJobResponse"]


def wait(pinpoint, application_id, job_id):
    """The job once it has ended."""
    deadline = time.monotonic() + exports.PATIENCE_SECONDS
    while time.monotonic() < deadline:
        job = pinpoint.get_import_job(ApplicationId=application_id, JobId=job_id)["ImportJobResponse"]
        if job["JobStatus"] in ("COMPLETED", "FAILED"):
            return job
        time.sleep(exports.POLL_SECONDS)
    raise AssertionError(f"import job {job_id} has not ended")


def test_csv_becomes_endpoints_and_a_segment(pinpoint, s3, application_id, bucket):
    s3.put_object(Bucket=bucket, Key="list.csv", Body=CSV.encode())

    created = create(
        pinpoint,
        application_id,
        f"s3://{bucket}/list.csv",
        RegisterEndpoints=True,
        DefineSegment=True,
        SegmentName="list",
    )
    job = wait(pinpoint, application_id, created["Id"])

    assert (job["JobStatus"], job["TotalProcessed"], job["TotalFailures"]) == ("COMPLETED", 2, 0)
    ann = pinpoint.get_endpoint(ApplicationId=application_id, EndpointId="ann")["EndpointResponse"]
    assert ann["Attributes"] == {"Team": ["Red", "Blue"]}
    assert ann["Metrics"] == {"Age": 41.0}
    assert ann["User"] == {"UserId": "u-ann", "UserAttributes": {"Name": ['Ann, the "first"']}}
    bob = pinpoint.get_endpoint(ApplicationId=application_id, EndpointId="emwmnwmnzqzey0xxhdbvyh4dqdi")
    assert bob["EndpointResponse"]["Address"] == "+12065550100"
    segment_id = created["Definition"]["SegmentId"]
    segment = pinpoint.get_segment(ApplicationId=application_id, SegmentId=segment_id)["SegmentResponse"]
    assert (segment["SegmentType"], segment["Name"]) == ("IMPORT", "list")
    assert segment["ImportDefinition"]["Size"] == 2
    assert segment["ImportDefinition"]["ChannelCounts"] == {"EMAIL": 1, "SMS": 1}
    jobs = pinpoint.get_segment_import_jobs(ApplicationId=application_id, SegmentId=segment_id)
    assert [item["Id"] for item in jobs["ImportJobsResponse"]["Item"]] == [created["Id"]]


@pytest.mark.parametrize("registered", [True, False])
def test_imported_segment_can_be_exported(pinpoint, s3, application_id, bucket, registered):
    s3.put_object(Bucket=bucket, Key="list.csv", Body=CSV.encode())
    pinpoint.update_endpoint(
        ApplicationId=application_id,
        EndpointId="not-in-the-list",
        EndpointRequest={"ChannelType": "EMAIL", "Address": "carl@example.com"},
    )
    created = create(
        pinpoint, application_id, f"s3://{bucket}/list.csv", RegisterEndpoints=registered, DefineSegment=True
    )
    wait(pinpoint, application_id, created["Id"])

    export = pinpoint.create_export_job(
        ApplicationId=application_id,
        ExportJobRequest={
            "S3UrlPrefix": f"s3://{bucket}/out/",
            "RoleArn": exports.ROLE_ARN,
            "SegmentId": created["Definition"]["SegmentId"],
        },
    )["ExportJobResponse"]
    job, _ = exports.wait(pinpoint, application_id, export["Id"])

    assert (job["JobStatus"], job["TotalProcessed"]) == ("COMPLETED", 2)
    addresses = {json.loads(line)["Address"] for line in exports.lines(s3, bucket, "out/")}
    assert addresses == {"ann@example.com", "+12065550100"}


def test_unpacked_export_can_be_imported(pinpoint, s3, target, application_id, bucket):
    exports.run(pinpoint, target.application_id, f"s3://{bucket}/out/")
    lines = exports.lines(s3, bucket, "out/")
    s3.put_object(Bucket=bucket, Key="in/all.json", Body=b"\n".join(lines))

    created = create(pinpoint, application_id, f"s3://{bucket}/in/", Format="JSON", RegisterEndpoints=True)
    job = wait(pinpoint, application_id, created["Id"])

    assert job.get("Failures") is None
    assert job["TotalProcessed"] == len(lines) == target.endpoint_count
    for line in lines[::97]:
        endpoint = json.loads(line)
        answer = pinpoint.get_endpoint(ApplicationId=application_id, EndpointId=endpoint["Id"])
        imported = answer["EndpointResponse"]
        for member in ("Address", "ChannelType", "OptOut", "Location", "Demographic", "Attributes", "Metrics", "User"):
            assert imported.get(member) == endpoint.get(member), member


def test_bad_rows_are_listed(pinpoint, s3, application_id, bucket):
    s3.put_object(Bucket=bucket, Key="a.csv", Body=b"ChannelType,Address\nEMAIL,a@example.com\nFAX,1\nEMAIL,\n")

    created = create(pinpoint, application_id, f"s3://{bucket}/a.csv", RegisterEndpoints=True)
    job = wait(pinpoint, application_id, created["Id"])

    assert (job["JobStatus"], job["TotalProcessed"], job["TotalFailures"]) == ("COMPLETED", 1, 2)
    assert [failure.split(":")[0] for failure in job["Failures"]] == ["a.csv, line 3", "a.csv, line 4"]


@pytest.mark.parametrize(
    "body,settings",
    [
        (b'{ Id: "x" }', {"Format": "JSON", "RegisterEndpoints": True}),
        (b"ChannelType,Adress\nEMAIL,x\n", {"RegisterEndpoints": True}),
        (b"\x1f\x8b\x08\x00", {"RegisterEndpoints": True}),
        (b"", {"RegisterEndpoints": True}),
        (CSV.encode(), {}),
        (CSV.encode(), {"DefineSegment": False, "RegisterEndpoints": False}),
        (CSV.encode(), {"RegisterEndpoints": True, "Format": "XML"}),
    ],
)
def test_what_cannot_be_imported_is_refused_at_create(pinpoint, s3, application_id, bucket, body, settings):
    s3.put_object(Bucket=bucket, Key="file", Body=body)

    with pytest.raises(ClientError) as refused:
        create(pinpoint, application_id, f"s3://{bucket}/file", **settings)

    assert refused.value.response["Error"]["Code"] == "BadRequestException"
    jobs = pinpoint.get_import_jobs(ApplicationId=application_id)["ImportJobsResponse"]
    assert jobs["Item"] == []

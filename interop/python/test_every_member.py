"""Every written operation called with every member of its request filled, and every member found again.

The requests are made from the API model of the installed botocore. What a member becomes, or that the service never
returns it, is listed with its source in `members.toml`; a listed member that comes back as it was sent is a failure too.
"""

import json
import tomllib
import zlib
from pathlib import Path

import pytest
from botocore import xform_name

import filled_requests as requests

MEMBERS = tomllib.loads((Path(__file__).parent / "members.toml").read_text())["member"]
MODEL = requests.service_model()

ARCHIVE = Path(__file__).parent / "archive.ndjson"


class Caller:
    """Calls operations by their names in the model; keeps what was sent, and holds every raw answer against the model."""

    def __init__(self, client, s3, bucket):
        self.client = client
        self.s3 = s3
        self.bucket = bucket
        self.sent = []
        client.meta.events.register("before-parse.pinpoint", self._check_answer)

    def __call__(self, operation, **parameters):
        """The payload of the answer, or None if the operation has none."""
        self.sent.append((operation, parameters))
        answer = getattr(self.client, xform_name(operation))(**parameters)
        shape = MODEL.operation_model(operation).output_shape
        return answer[shape.serialization["payload"]] if shape and "payload" in shape.serialization else None

    def filled(self, operation, **replaced):
        """The payload of a request, filled."""
        shape = MODEL.operation_model(operation).input_shape
        return requests.filled(shape.members[shape.serialization["payload"]], **replaced)

    def application(self):
        return self("CreateApp", CreateApplicationRequest={"Name": "every member"})["Id"]

    @staticmethod
    def _check_answer(operation_model, response_dict, **_):
        output = operation_model.output_shape
        if response_dict["status_code"] >= 300 or not response_dict["body"]:
            return
        payload = output.members[output.serialization["payload"]]
        answer = json.loads(response_dict["body"])
        unknown = set(requests.sent_paths(_Lenient(payload), answer)) - set(requests.member_paths(payload))
        assert not unknown, f"{operation_model.name} answers members that the model does not have: {unknown}"
        missing = {member for member in payload.required_members if member not in answer}
        listed = {row["member"] for row in MEMBERS if operation_model.name in row["shapes"]}
        assert missing <= listed, f"{operation_model.name} does not answer {missing}, which the model requires"


class _Lenient:
    """A shape that has whatever member it is asked for, so that unknown ones can be told by their paths."""

    def __init__(self, shape):
        self.type_name = shape.type_name
        if shape.type_name == requests.STRUCTURE:
            self.members = _Members(shape.members)
        elif shape.type_name == requests.LIST:
            self.member = _Lenient(shape.member)
        elif shape.type_name == requests.MAP:
            self.value = _Lenient(shape.value)


class _Members:
    def __init__(self, known):
        self._known = known

    def __getitem__(self, name):
        return _Lenient(self._known[name]) if name in self._known else _Scalar


class _Scalar:
    type_name = "string"


@pytest.fixture
def call(client, s3, bucket, request):
    """A caller in a region of the test's own, so that lists of applications hold its own alone."""
    region = f"test-{zlib.crc32(request.node.name.encode())}"
    return Caller(client("pinpoint", region=region), s3, bucket)


# A trip calls its operations with every member at least once in all. It yields what was sent, or answered before, and
# where that must be found, under the name of the shape that was sent; `None` where nothing may differ.


def apps(call):
    body = call.filled("CreateApp")
    created = call("CreateApp", CreateApplicationRequest=body)
    yield "CreateApplicationRequest", body, created
    yield None, created, call("GetApp", ApplicationId=created["Id"])
    others = [call("CreateApp", CreateApplicationRequest={"Name": str(number)}) for number in range(2)]
    yield from pages(call, "GetApps", [created, *others])
    yield None, created, call("DeleteApp", ApplicationId=created["Id"])


def settings(call):
    app = call.application()
    body = call.filled("UpdateApplicationSettings")
    answer = call("UpdateApplicationSettings", ApplicationId=app, WriteApplicationSettingsRequest=body)
    yield "WriteApplicationSettingsRequest", body, answer
    yield None, answer, call("GetApplicationSettings", ApplicationId=app)


def tags(call):
    app = call("CreateApp", CreateApplicationRequest={"Name": "tags"})
    body = call.filled("TagResource")
    call("TagResource", ResourceArn=app["Arn"], TagsModel=body)
    yield "TagsModel", body, call("ListTagsForResource", ResourceArn=app["Arn"])
    yield "TagsModel", body, call("GetApp", ApplicationId=app["Id"])
    call("UntagResource", ResourceArn=app["Arn"], TagKeys=list(body["tags"]))
    yield None, {"tags": {}}, call("ListTagsForResource", ResourceArn=app["Arn"])


def event_stream(call):
    app = call.application()
    body = call.filled("PutEventStream")
    put = call("PutEventStream", ApplicationId=app, WriteEventStream=body)
    yield "WriteEventStream", body, put
    yield None, put, call("GetEventStream", ApplicationId=app)
    yield None, put, call("DeleteEventStream", ApplicationId=app)


def channel(name, request):
    def trip(call):
        app = call.application()
        body = call.filled(f"Update{name}Channel")
        put = call(f"Update{name}Channel", ApplicationId=app, **{request: body})
        yield request, body, put
        yield None, put, call(f"Get{name}Channel", ApplicationId=app)
        summary = {member: put[member] for member in MODEL.shape_for("ChannelResponse").members if member in put}
        yield None, summary, call("GetChannels", ApplicationId=app)["Channels"][name.upper()]
        yield None, put, call(f"Delete{name}Channel", ApplicationId=app)

    return trip


def endpoints(call):
    app = call.application()
    body = call.filled("UpdateEndpoint")
    call("UpdateEndpoint", ApplicationId=app, EndpointId="one/é", EndpointRequest=body)
    read = call("GetEndpoint", ApplicationId=app, EndpointId="one/é")
    yield "EndpointRequest", body, read
    user_id = body["User"]["UserId"]
    yield None, {"Item": [read]}, call("GetUserEndpoints", ApplicationId=app, UserId=user_id)
    yield None, read, call("DeleteEndpoint", ApplicationId=app, EndpointId="one/é")
    call("UpdateEndpoint", ApplicationId=app, EndpointId="two", EndpointRequest=body)
    read = call("GetEndpoint", ApplicationId=app, EndpointId="two")
    yield None, {"Item": [read]}, call("DeleteUserEndpoints", ApplicationId=app, UserId=user_id)


def endpoint_batch(call):
    app = call.application()
    body = call.filled("UpdateEndpointsBatch")
    call("UpdateEndpointsBatch", ApplicationId=app, EndpointBatchRequest=body)
    (item,) = body["Item"]
    yield "EndpointBatchItem", item, call("GetEndpoint", ApplicationId=app, EndpointId=item["Id"])


def events(call):
    app = call.application()
    body = call.filled("PutEvents")
    results = call("PutEvents", ApplicationId=app, EventsRequest=body)["Results"]
    for endpoint_id, item in body["BatchItem"].items():
        read = call("GetEndpoint", ApplicationId=app, EndpointId=endpoint_id)
        yield "PublicEndpoint", item["Endpoint"], read
        for event_id in item["Events"]:
            result = results[endpoint_id]["EventsItemResponse"][event_id]
            yield None, {"StatusCode": 202, "Message": "Accepted"}, result
        # Nothing reads events.
        yield "EventsBatch", {"Events": "sent"}, {}


def attributes(call):
    app = call.application()
    removal = call.filled("RemoveAttributes")
    (name,) = removal["Blacklist"]
    body = call.filled("UpdateEndpoint", Attributes={name: ["1"], "other": ["2"]})
    call("UpdateEndpoint", ApplicationId=app, EndpointId="one", EndpointRequest=body)
    answer = call(
        "RemoveAttributes",
        ApplicationId=app,
        AttributeType="endpoint-custom-attributes",
        UpdateAttributesRequest=removal,
    )
    yield "UpdateAttributesRequest", removal, {"Blacklist": answer["Attributes"]}
    yield None, {"ApplicationId": app, "AttributeType": "endpoint-custom-attributes"}, answer


def segments(call):
    app = call.application()
    source = call("CreateSegment", ApplicationId=app, WriteSegmentRequest={"Name": "source"})
    # Dimensions and groups exclude each other, so two requests hold all members.
    groups = call.filled("CreateSegment", Dimensions=None)
    groups["SegmentGroups"]["Groups"][0]["SourceSegments"] = [{"Id": source["Id"], "Version": 1}]
    bodies = [call.filled("CreateSegment", SegmentGroups=None), groups]

    created = [call("CreateSegment", ApplicationId=app, WriteSegmentRequest=body) for body in bodies]
    for body, answer in zip(bodies, created, strict=True):
        yield "WriteSegmentRequest", body, answer
        yield None, answer, call("GetSegment", ApplicationId=app, SegmentId=answer["Id"])
    yield from pages(call, "GetSegments", [source, *created], ApplicationId=app)

    versions = [created[0]]
    segment = {"ApplicationId": app, "SegmentId": created[0]["Id"]}
    for body in bodies[::-1]:
        updated = call("UpdateSegment", **segment, WriteSegmentRequest={**body, "tags": {"ignored": "yes"}})
        versions.append(updated)
        # Tags of an update are ignored, so those of the creation are still there.
        yield "WriteSegmentRequest", body, updated
        yield None, updated, call("GetSegmentVersion", **segment, Version=str(len(versions)))
    yield from pages(call, "GetSegmentVersions", versions, **segment)
    yield None, versions[-1], call("DeleteSegment", **segment)


def export_jobs(call):
    app = call.application()
    exported = call("CreateSegment", ApplicationId=app, WriteSegmentRequest={"Name": "exported"})
    prefix = f"s3://{call.bucket}/every member é/"
    body = call.filled("CreateExportJob", S3UrlPrefix=prefix, SegmentId=exported["Id"], SegmentVersion=1)
    jobs = []
    for _ in range(3):
        created = call("CreateExportJob", ApplicationId=app, ExportJobRequest=body)
        yield "ExportJobRequest", body, created["Definition"]
        jobs.append(until_ended(call, "GetExportJob", ApplicationId=app, JobId=created["Id"]))
        yield "ExportJobRequest", body, jobs[-1]["Definition"]
    yield from pages(call, "GetExportJobs", jobs, ApplicationId=app)
    yield from pages(call, "GetSegmentExportJobs", jobs, ApplicationId=app, SegmentId=exported["Id"])


def import_jobs(call):
    app = call.application()
    call.s3.upload_file(str(ARCHIVE), call.bucket, "import/archive.json")
    url = f"s3://{call.bucket}/import/archive.json"
    body = call.filled("CreateImportJob", S3Url=url, Format="JSON", SegmentId=None)
    jobs = []
    for _ in range(3):
        created = call("CreateImportJob", ApplicationId=app, ImportJobRequest=body)
        yield "ImportJobRequest", body, created["Definition"]
        jobs.append(until_ended(call, "GetImportJob", ApplicationId=app, JobId=created["Id"]))
        yield "ImportJobRequest", body, jobs[-1]["Definition"]
        # The first job makes the segment that the others update.
        body = {**body, "SegmentId": created["Definition"]["SegmentId"]}
    yield from pages(call, "GetImportJobs", jobs, ApplicationId=app)
    yield from pages(call, "GetSegmentImportJobs", jobs, ApplicationId=app, SegmentId=body["SegmentId"])
    yield None, {"Name": body["SegmentName"]}, call("GetSegment", ApplicationId=app, SegmentId=body["SegmentId"])


def phone_number(call):
    body = call.filled("PhoneNumberValidate")
    answer = call("PhoneNumberValidate", NumberValidateRequest=body)
    original = {"PhoneNumber": answer["OriginalPhoneNumber"], "IsoCountryCode": answer["OriginalCountryCodeIso2"]}
    yield "NumberValidateRequest", body, original


def pages(call, operation, made, **parameters):
    """Follows a list from page to page, one item each: the newest comes first."""
    found, more = [], {"Token": None}
    while more:
        # The first call has no token; that one may be sent is seen on the others.
        page = call(operation, **parameters, PageSize="1", **{name: value for name, value in more.items() if value})
        found += page["Item"]
        more = {"Token": page["NextToken"]} if "NextToken" in page else None
    for expected, item in zip(made[::-1], found, strict=True):
        yield None, expected, item


def until_ended(call, operation, **parameters):
    """Polls a job until it has completed."""
    while (job := call(operation, **parameters))["JobStatus"] != "COMPLETED":
        assert job["JobStatus"] not in ("FAILING", "FAILED"), job
    return job


# The trips, and the operations whose every member each of them sends.
TRIPS = [
    (apps, "CreateApp GetApp GetApps DeleteApp"),
    (settings, "GetApplicationSettings UpdateApplicationSettings"),
    (tags, "TagResource UntagResource ListTagsForResource"),
    (event_stream, "PutEventStream GetEventStream DeleteEventStream"),
    (channel("Email", "EmailChannelRequest"), "UpdateEmailChannel GetEmailChannel DeleteEmailChannel GetChannels"),
    (channel("Sms", "SMSChannelRequest"), "UpdateSmsChannel GetSmsChannel DeleteSmsChannel"),
    (channel("Gcm", "GCMChannelRequest"), "UpdateGcmChannel GetGcmChannel DeleteGcmChannel"),
    (endpoints, "UpdateEndpoint GetEndpoint DeleteEndpoint GetUserEndpoints DeleteUserEndpoints"),
    (endpoint_batch, "UpdateEndpointsBatch"),
    (events, "PutEvents"),
    (attributes, "RemoveAttributes"),
    (
        segments,
        "CreateSegment GetSegment GetSegments UpdateSegment GetSegmentVersion GetSegmentVersions DeleteSegment",
    ),
    (export_jobs, "CreateExportJob GetExportJob GetExportJobs GetSegmentExportJobs"),
    (import_jobs, "CreateImportJob GetImportJob GetImportJobs GetSegmentImportJobs"),
    (phone_number, "PhoneNumberValidate"),
]


def test_every_written_operation_makes_a_trip(control):
    travelled = sorted(operation for _, operations in TRIPS for operation in operations.split())
    assert travelled == control("GET", "info")["operations"]


@pytest.mark.parametrize(("trip", "operations"), TRIPS, ids=[operations.split()[0] for _, operations in TRIPS])
def test_every_member_is_sent_and_found_again(trip, operations, call):
    shapes, differing = set(), set()
    for shape, expected, found in trip(call):
        listed = {row["member"] for row in MEMBERS if shape in row["shapes"]}
        shapes.add(shape)
        for path, value in requests.leaves(expected):
            if requests.at(found, path) != value:
                name = ".".join(step for step in path if isinstance(step, str))
                differing.add((shape, name))
                assert name in listed, f"{shape} {name}: {value!r} became {requests.at(found, path)!r}"

    listed = {(shape, row["member"]) for row in MEMBERS for shape in row["shapes"] if shape in shapes}
    needless = listed - differing
    assert not needless, "members.toml says that these do not come back as they were sent, but they do"
    for operation in operations.split():
        shape = MODEL.operation_model(operation).input_shape
        sent = [requests.sent_paths(shape, parameters) for called, parameters in call.sent if called == operation]
        left_out = set(requests.member_paths(shape)).difference(*sent) if shape else set()
        assert not left_out, f"{operation} was never sent with these"

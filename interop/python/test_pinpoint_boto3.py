"""Applications, endpoints and users through boto3, and refusals as the exceptions of the API's model."""

import uuid

import pytest

UNKNOWN = "f" * 32

STATUSES = {"NotFoundException": 404, "BadRequestException": 400}


def update(pinpoint, application_id, endpoint_id, **request):
    request = {"ChannelType": "EMAIL", "Address": "ann@example.com", **request}
    answer = pinpoint.update_endpoint(ApplicationId=application_id, EndpointId=endpoint_id, EndpointRequest=request)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["MessageBody"]["Message"] == "Accepted"


def get(pinpoint, application_id, endpoint_id):
    return pinpoint.get_endpoint(ApplicationId=application_id, EndpointId=endpoint_id)["EndpointResponse"]


def test_application_is_created_with_arn_and_read_back(pinpoint):
    created = pinpoint.create_app(CreateApplicationRequest={"Name": "émile", "tags": {"team": "blue"}})

    application = created["ApplicationResponse"]
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert application["Name"] == "émile"
    assert application["tags"] == {"team": "blue"}
    assert application["Arn"] == f"arn:aws:mobiletargeting:us-east-1:000000000000:apps/{application['Id']}"
    assert pinpoint.get_app(ApplicationId=application["Id"])["ApplicationResponse"] == application


def test_pages_of_applications_hold_each_of_them_once(client):
    pinpoint = client("pinpoint", region="eu-west-3")
    ids = [
        pinpoint.create_app(CreateApplicationRequest={"Name": str(number)})["ApplicationResponse"]["Id"]
        for number in range(7)
    ]

    listed, token = [], {}
    while token is not None:
        page = pinpoint.get_apps(PageSize="3", **token)["ApplicationsResponse"]
        assert len(page["Item"]) <= 3
        listed += [application["Id"] for application in page["Item"]]
        token = {"Token": page["NextToken"]} if "NextToken" in page else None

    assert listed == ids[::-1]


def test_accounts_and_regions_see_only_their_own_applications(client, pinpoint, application_id):
    elsewhere = client("pinpoint", region="eu-central-1")
    somebody_else = client("pinpoint", key_id="111122223333")

    for other in (elsewhere, somebody_else):
        with pytest.raises(other.exceptions.NotFoundException):
            other.get_app(ApplicationId=application_id)
    assert pinpoint.get_app(ApplicationId=application_id)


@pytest.mark.parametrize(
    "endpoint_id",
    [
        "plain",
        "0f9d1/ssx+b=c",
        "/coypz3vtwi3xp21j9fxu0fpwvm",
        "a b",
        "100%",
        "a%2Fb",
        "übung",
        "a?b#c&d",
        "..",
        "x:y@z",
    ],
)
def test_any_endpoint_id_is_one_label_of_the_path(pinpoint, application_id, endpoint_id):
    update(pinpoint, application_id, endpoint_id)

    assert get(pinpoint, application_id, endpoint_id)["Id"] == endpoint_id
    deleted = pinpoint.delete_endpoint(ApplicationId=application_id, EndpointId=endpoint_id)
    assert deleted["EndpointResponse"]["Id"] == endpoint_id
    with pytest.raises(pinpoint.exceptions.NotFoundException):
        get(pinpoint, application_id, endpoint_id)


def test_endpoint_is_answered_with_all_it_was_given(pinpoint, application_id):
    given = {
        "Attributes": {"team": ["red", "blue"], "none": []},
        "Demographic": {"Make": "Acme", "Model": "One", "Platform": "android", "Timezone": "Europe/Paris"},
        "EffectiveDate": "2019-07-01T09:30Z",
        "Location": {"City": "Lyon", "Country": "FR", "Latitude": 45.8, "Longitude": 4.8},
        "Metrics": {"visits": 100.0, "score": 0.5},
        "OptOut": "ALL",
        "RequestId": str(uuid.uuid4()),
        "User": {"UserId": "ann", "UserAttributes": {"colour": ["green"]}},
    }

    update(pinpoint, application_id, "full", **given)

    got = get(pinpoint, application_id, "full")
    assert 0 <= int(got.pop("CohortId")) < 100
    assert got == {
        **given,
        "Address": "ann@example.com",
        "ApplicationId": application_id,
        "ChannelType": "EMAIL",
        "CreationDate": "2019-07-01T09:30Z",
        "EndpointStatus": "ACTIVE",
        "Id": "full",
    }


def test_update_keeps_what_it_does_not_name(pinpoint, application_id):
    update(pinpoint, application_id, "merged", Attributes={"a": ["1"]}, OptOut="ALL")

    pinpoint.update_endpoint(
        ApplicationId=application_id, EndpointId="merged", EndpointRequest={"Attributes": {"b": ["2"]}}
    )

    got = get(pinpoint, application_id, "merged")
    assert got["Attributes"] == {"a": ["1"], "b": ["2"]}
    assert got["OptOut"] == "ALL"
    assert got["Address"] == "ann@example.com"


def test_batch_writes_a_hundred_endpoints(pinpoint, application_id):
    items = [
        {"Id": f"b/{number}", "ChannelType": "SMS", "Address": f"+1206555{number:04}", "User": {"UserId": f"u{number}"}}
        for number in range(100)
    ]

    answer = pinpoint.update_endpoints_batch(ApplicationId=application_id, EndpointBatchRequest={"Item": items})

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    for item in items[::33]:
        assert get(pinpoint, application_id, item["Id"])["Address"] == item["Address"]


def test_users_endpoints_are_read_and_deleted_together(pinpoint, application_id):
    ids = {"one", "two/2", "three+3"}
    for endpoint_id in ids:
        update(pinpoint, application_id, endpoint_id, User={"UserId": "ann/bo+x"}, Address=f"{endpoint_id}@example.com")
    names = {"ApplicationId": application_id, "UserId": "ann/bo+x"}

    got = pinpoint.get_user_endpoints(**names)["EndpointsResponse"]["Item"]
    assert {endpoint["Id"] for endpoint in got} == ids
    deleted = pinpoint.delete_user_endpoints(**names)
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert deleted["EndpointsResponse"]["Item"] == got
    with pytest.raises(pinpoint.exceptions.NotFoundException):
        pinpoint.get_user_endpoints(**names)


def calls_refused():
    """Calls, the modelled exception that each must become, and the text if one is known."""
    app = {"ApplicationId": UNKNOWN}
    job = {"S3UrlPrefix": "s3://interop-exports/x/", "RoleArn": "arn:aws:iam::000000000000:role/export"}
    yield "get_app", app, "NotFoundException", "Application not found"
    yield "delete_app", app, "NotFoundException", "Application not found"
    yield "get_endpoint", {**app, "EndpointId": "x"}, "NotFoundException", None
    yield "get_user_endpoints", {**app, "UserId": "x"}, "NotFoundException", None
    yield "create_export_job", {**app, "ExportJobRequest": job}, "NotFoundException", "Application not found"
    yield "get_export_job", {**app, "JobId": UNKNOWN}, "NotFoundException", None
    yield "get_export_jobs", app, "NotFoundException", None
    own = {"ApplicationId": None}
    yield "get_endpoint", {**own, "EndpointId": "x"}, "NotFoundException", None
    yield "get_export_job", {**own, "JobId": UNKNOWN}, "NotFoundException", "Resource not found"
    yield "get_segment_export_jobs", {**own, "SegmentId": UNKNOWN}, "NotFoundException", None
    yield "get_export_jobs", {**own, "PageSize": "0"}, "BadRequestException", None
    yield "get_export_jobs", {**own, "PageSize": "1001"}, "BadRequestException", None
    yield "get_export_jobs", {**own, "PageSize": "x"}, "BadRequestException", None
    yield "get_export_jobs", {**own, "Token": "x"}, "BadRequestException", None
    endpoint = {**own, "EndpointId": "x"}
    missing_address = {**endpoint, "EndpointRequest": {"ChannelType": "EMAIL"}}
    yield "update_endpoint", missing_address, "BadRequestException", "Missing Address"
    missing_channel = {**endpoint, "EndpointRequest": {"Address": "ann@example.com"}}
    yield "update_endpoint", missing_channel, "BadRequestException", "Missing ChannelType"
    segment = {**own, "ExportJobRequest": {**job, "SegmentId": UNKNOWN}}
    yield "create_export_job", segment, "NotFoundException", None
    for prefix in ("interop-exports/x/", "s3://", "https://interop-exports/x"):
        request = {**own, "ExportJobRequest": {**job, "S3UrlPrefix": prefix}}
        yield "create_export_job", request, "BadRequestException", None
    role = {**own, "ExportJobRequest": {**job, "RoleArn": "export"}}
    yield "create_export_job", role, "BadRequestException", None
    items = [{"Id": str(number), "ChannelType": "EMAIL", "Address": "a@example.com"} for number in range(101)]
    yield "update_endpoints_batch", {**own, "EndpointBatchRequest": {"Item": items}}, "BadRequestException", None


@pytest.mark.parametrize("call,arguments,exception,text", list(calls_refused()))
def test_refusal_is_a_modelled_exception(pinpoint, application_id, call, arguments, exception, text):
    arguments = {**arguments, "ApplicationId": arguments["ApplicationId"] or application_id}

    with pytest.raises(getattr(pinpoint.exceptions, exception)) as refused:
        getattr(pinpoint, call)(**arguments)

    answer = refused.value.response
    assert answer["Error"]["Code"] == exception
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == STATUSES[exception]
    assert uuid.UUID(answer["ResponseMetadata"]["RequestId"])
    assert answer["Message"]
    if text:
        assert answer["Message"] == text

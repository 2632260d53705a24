"""Every member of a request is found again in its answer and by the call that reads it, or is in never_returned.toml.

For settings, event stream, channels, tags and phone numbers. The values below must name every member that botocore's
model has, so that a member which the model gains fails here before somebody misses it.
"""

import os
import tomllib

import pytest

ROLE = "arn:aws:iam::111122223333:role/pinpoint"

# Request shape: the calls that write and read, and a value for every member.
RESOURCES = {
    "WriteApplicationSettingsRequest": (
        "update_application_settings",
        "get_application_settings",
        {
            "CampaignHook": {"LambdaFunctionName": "hook", "Mode": "FILTER", "WebUrl": "https://example.com"},
            "CloudWatchMetricsEnabled": True,
            "EventTaggingEnabled": True,
            "Limits": {"Daily": 1, "MaximumDuration": 60, "MessagesPerSecond": 2, "Total": 3, "Session": 4},
            "QuietTime": {"End": "06:00", "Start": "22:00"},
            "JourneyLimits": {"DailyCap": 5, "TimeframeCap": {"Cap": 6, "Days": 7}, "TotalCap": 8},
        },
    ),
    "WriteEventStream": (
        "put_event_stream",
        "get_event_stream",
        {"DestinationStreamArn": "arn:aws:kinesis:us-east-1:111122223333:stream/events", "RoleArn": ROLE},
    ),
    "EmailChannelRequest": (
        "update_email_channel",
        "get_email_channel",
        {
            "ConfigurationSet": "set",
            "Enabled": True,
            "FromAddress": "sender@example.com",
            "Identity": "arn:aws:ses:us-east-1:111122223333:identity/example.com",
            "RoleArn": ROLE,
            "OrchestrationSendingRoleArn": ROLE + "/sending",
        },
    ),
    "SMSChannelRequest": (
        "update_sms_channel",
        "get_sms_channel",
        {"Enabled": True, "SenderId": "Sender", "ShortCode": "12345"},
    ),
    "GCMChannelRequest": (
        "update_gcm_channel",
        "get_gcm_channel",
        {"ApiKey": "secret", "DefaultAuthenticationMethod": "TOKEN", "Enabled": True, "ServiceJson": "{}"},
    ),
}


@pytest.fixture(scope="module")
def unreturned():
    """What stands in never_returned.toml, by shape and member."""
    path = os.path.join(os.path.dirname(__file__), "never_returned.toml")
    with open(path, "rb") as file:
        members = tomllib.load(file)["member"]
    by_name = {(member["shape"], member["member"]): member for member in members}
    assert len(by_name) == len(members), "a member stands there twice"
    return by_name


def assert_complete(shape, value):
    """Whether `value` holds every member of a structure of the model, and of those within it."""
    assert value.keys() == shape.members.keys()
    for name, member in shape.members.items():
        if member.type_name == "structure":
            assert_complete(member, value[name])


def only(answer):
    """The payload of an answer."""
    (payload,) = (value for name, value in answer.items() if name != "ResponseMetadata")
    return payload


@pytest.mark.parametrize("shape", RESOURCES)
def test_every_member_comes_back(pinpoint, application_id, unreturned, shape):
    write, read, request = RESOURCES[shape]
    assert_complete(pinpoint.meta.service_model.shape_for(shape), request)

    written = only(getattr(pinpoint, write)(ApplicationId=application_id, **{shape: request}))

    assert only(getattr(pinpoint, read)(ApplicationId=application_id)) == written
    for member, value in request.items():
        listed = unreturned.get((shape, member))
        if listed is None:
            assert written[member] == value, member
            continue
        assert member not in written, f"{member} comes back after all"
        if "shown_as" in listed:
            assert written[listed["shown_as"].split(".")[1]] is True


def test_every_member_of_a_phone_number_comes_back(pinpoint, unreturned):
    request = {"PhoneNumber": "+44-20-7946-0881", "IsoCountryCode": "GB"}
    assert_complete(pinpoint.meta.service_model.shape_for("NumberValidateRequest"), request)

    answer = only(pinpoint.phone_number_validate(NumberValidateRequest=request))

    for member, value in request.items():
        shown_as = unreturned["NumberValidateRequest", member]["shown_as"]
        assert answer[shown_as.split(".")[1]] == value


def test_what_is_never_returned_is_named_by_the_model_and_says_why(pinpoint, unreturned):
    model = pinpoint.meta.service_model
    for (shape, member), listed in unreturned.items():
        assert member in model.shape_for(shape).members, (shape, member)
        assert listed["kind"] in ("never", "transformed")
        assert ("shown_as" in listed) == (listed["kind"] == "transformed"), (shape, member)
        assert listed["reason"] and listed["source"]
        if "shown_as" in listed:
            answer, shown = listed["shown_as"].split(".")
            assert shown in model.shape_for(answer).members, listed["shown_as"]

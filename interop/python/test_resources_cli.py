"""The AWS CLI on settings, tags, event stream, channels and phone numbers, with the commands of its own examples."""

import json

import pytest

UNKNOWN = "f" * 32


@pytest.fixture
def resource(aws_json, application_id):
    """Runs a command of `aws pinpoint` on the test's application."""

    def run(command, *arguments):
        return aws_json("pinpoint", command, "--application-id", application_id, *arguments)

    return run


def test_tags_are_added_listed_and_removed(aws, aws_json, pinpoint, application_id):
    arn = pinpoint.get_app(ApplicationId=application_id)["ApplicationResponse"]["Arn"]

    def listed():
        return aws_json("pinpoint", "list-tags-for-resource", "--resource-arn", arn)["TagsModel"]["tags"]

    tags = "tags={Stack=Production,Year=2019,A=b}"
    added = aws("pinpoint", "tag-resource", "--resource-arn", arn, "--tags-model", tags)
    assert (added.returncode, added.stdout) == (0, ""), added.stderr
    assert listed() == {"Stack": "Production", "Year": "2019", "A": "b"}
    removed = aws("pinpoint", "untag-resource", "--resource-arn", arn, "--tag-keys", "Year", "Stack")
    assert (removed.returncode, removed.stdout) == (0, ""), removed.stderr
    assert listed() == {"A": "b"}


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (f"arn:aws:mobiletargeting:us-east-1:000000000000:apps/{UNKNOWN}", "NotFoundException"),
        ("arn:aws:s3:::bucket", "BadRequestException"),
    ],
)
def test_tags_of_what_is_not_there_are_refused(aws, arn, code):
    done = aws("pinpoint", "list-tags-for-resource", "--resource-arn", arn)

    assert done.returncode in (254, 255)
    assert f"({code}) when calling the ListTagsForResource operation" in done.stderr


def test_settings_are_written_and_read(resource):
    request = "Limits={Daily=3,Total=10,MessagesPerSecond=50},QuietTime={End=08:00,Start=22:00}"
    written = resource("update-application-settings", "--write-application-settings-request", request)

    settings = written["ApplicationSettingsResource"]
    assert settings["Limits"] == {"Daily": 3, "Total": 10, "MessagesPerSecond": 50}
    assert settings["QuietTime"] == {"Start": "22:00", "End": "08:00"}
    assert resource("get-application-settings") == written


def test_event_stream_is_put_read_and_deleted(aws, resource, application_id):
    request = (
        "DestinationStreamArn=arn:aws:kinesis:us-east-1:111122223333:stream/events,"
        "RoleArn=arn:aws:iam::111122223333:role/events"
    )
    put = resource("put-event-stream", "--write-event-stream", request)

    assert put["EventStream"]["DestinationStreamArn"] == "arn:aws:kinesis:us-east-1:111122223333:stream/events"
    assert resource("get-event-stream") == put
    assert resource("delete-event-stream") == put
    gone = aws("pinpoint", "get-event-stream", "--application-id", application_id)
    assert "(NotFoundException) when calling the GetEventStream operation: Resource not found" in gone.stderr


def test_channels_are_made_shown_together_and_deleted(resource):
    assert resource("update-sms-channel", "--sms-channel-request", "Enabled=true")["SMSChannelResponse"]["Version"] == 1
    identity = "arn:aws:ses:us-east-1:111122223333:identity/example.com"
    email = f"FromAddress=sender@example.com,Identity={identity},Enabled=true"
    resource("update-email-channel", "--email-channel-request", email)
    resource("update-gcm-channel", "--gcm-channel-request", json.dumps({"ApiKey": "secret", "Enabled": True}))

    channels = resource("get-channels")["ChannelsResponse"]["Channels"]
    assert list(channels) == ["GCM", "SMS", "EMAIL", "IN_APP"]
    assert channels["IN_APP"] == {"Enabled": True, "IsArchived": False, "Version": 0}
    for name in ("sms", "email", "gcm"):
        got = resource(f"get-{name}-channel")
        (channel,) = got.values()
        assert channel.items() >= channels[name.upper()].items()
        assert resource(f"delete-{name}-channel") == got
    assert list(resource("get-channels")["ChannelsResponse"]["Channels"]) == ["IN_APP"]


def test_phone_number_is_validated(aws_json):
    request = "PhoneNumber=+442079460881,IsoCountryCode=GB"
    answer = aws_json("pinpoint", "phone-number-validate", "--number-validate-request", request)

    assert answer["NumberValidateResponse"] == {
        "CleansedPhoneNumberE164": "+442079460881",
        "CleansedPhoneNumberNational": "2079460881",
        "Country": "United Kingdom",
        "CountryCodeIso2": "GB",
        "CountryCodeNumeric": "44",
        "OriginalCountryCodeIso2": "GB",
        "OriginalPhoneNumber": "+442079460881",
        "PhoneType": "LANDLINE",
        "PhoneTypeCode": 1,
    }

"""What terraform-provider-aws sends for Pinpoint's resources: create, read, update, read without drift, destroy.

Each resource below does with boto3 what the provider's does with its SDK: the same calls with the same members, and of
an answer it keeps the same attributes. It then reads what it wrote, as the provider does, so that an attribute which
comes back different, which Terraform would show as drift, fails the test.
"""

import uuid

import pytest

STREAM = "arn:aws:kinesis:us-east-1:111122223333:stream/events"
DELIVERY_STREAM = "arn:aws:firehose:us-east-1:111122223333:deliverystream/events"
ROLE = "arn:aws:iam::111122223333:role/pinpoint"
IDENTITY = "arn:aws:ses:us-east-1:111122223333:identity/example.com"


def without_none(members):
    return {name: value for name, value in members.items() if value is not None}


class App:
    """aws_pinpoint_app: settings are sent by the block, and only blocks that changed; tags by the tag calls."""

    BLOCKS = {
        "campaign_hook": (
            "CampaignHook",
            {"lambda_function_name": "LambdaFunctionName", "mode": "Mode", "web_url": "WebUrl"},
        ),
        "limits": (
            "Limits",
            {
                "daily": "Daily",
                "maximum_duration": "MaximumDuration",
                "messages_per_second": "MessagesPerSecond",
                "total": "Total",
            },
        ),
        "quiet_time": ("QuietTime", {"end": "End", "start": "Start"}),
    }

    def __init__(self, client):
        self.client = client
        self.state = {}

    def create(self, config):
        request = without_none({"Name": config["name"], "tags": config.get("tags")})
        created = self.client.create_app(CreateApplicationRequest=request)
        self.id = created["ApplicationResponse"]["Id"]
        self.write_settings(config)
        self.state = self.read()
        self.assert_no_drift(config)

    def update(self, config):
        self.write_settings(config)
        self.write_tags(config.get("tags", {}))
        self.state = self.read()
        self.assert_no_drift(config)

    def write_settings(self, config):
        changed = {}
        for block, (member, attributes) in self.BLOCKS.items():
            wanted = config.get(block)
            if wanted is not None and wanted != self.state.get(block):
                # An attribute that the user left out goes out as its type's zero; an empty enum does not.
                zero = "" if block != "limits" else 0
                values = {wire: wanted.get(name, zero) for name, wire in attributes.items()}
                if values.get("Mode") == "":
                    del values["Mode"]
                changed[member] = values
        if changed or not self.state:
            self.client.update_application_settings(ApplicationId=self.id, WriteApplicationSettingsRequest=changed)

    def write_tags(self, wanted):
        known = self.state["tags"]
        removed = [key for key in known if key not in wanted]
        if removed:
            self.client.untag_resource(ResourceArn=self.state["arn"], TagKeys=removed)
        updated = {key: value for key, value in wanted.items() if known.get(key) != value}
        if updated:
            self.client.tag_resource(ResourceArn=self.state["arn"], TagsModel={"tags": updated})

    def read(self):
        application = self.client.get_app(ApplicationId=self.id)["ApplicationResponse"]
        settings = self.client.get_application_settings(ApplicationId=self.id)["ApplicationSettingsResource"]
        tags = self.client.list_tags_for_resource(ResourceArn=application["Arn"])["TagsModel"]["tags"]
        assert application["tags"] == tags
        state = {"id": application["Id"], "name": application["Name"], "arn": application["Arn"], "tags": tags}
        for block, (member, attributes) in self.BLOCKS.items():
            # The provider reads members of the three objects without asking whether the objects are there.
            zero = "" if block != "limits" else 0
            state[block] = {name: settings[member].get(wire, zero) for name, wire in attributes.items()}
        return state

    def assert_no_drift(self, config):
        assert self.state["name"] == config["name"]
        assert self.state["tags"] == config.get("tags", {})
        for block in self.BLOCKS:
            for name, value in config.get(block, {}).items():
                assert self.state[block][name] == value, (block, name)
        assert self.read() == self.state

    def destroy(self):
        self.client.delete_app(ApplicationId=self.id)
        with pytest.raises(self.client.exceptions.NotFoundException):
            self.client.get_app(ApplicationId=self.id)


class Singleton:
    """A resource of which an application has one: written by the same call whether it is new or not."""

    def __init__(self, client, application_id):
        self.client = client
        self.application_id = application_id

    def apply(self, config):
        self.put(config)
        state = self.read()
        for name, value in config.items():
            if name not in self.WRITE_ONLY:
                assert state[name] == value, name
        for name in self.OPTIONAL - config.keys():
            assert not state[name], name
        assert self.read() == state
        return state

    def destroy(self):
        self.delete()
        for gone in (self.read, self.delete):
            with pytest.raises(self.client.exceptions.NotFoundException):
                gone()


class EventStream(Singleton):
    """aws_pinpoint_event_stream"""

    WRITE_ONLY = set()
    OPTIONAL = set()

    def put(self, config):
        self.client.put_event_stream(
            ApplicationId=self.application_id,
            WriteEventStream={
                "DestinationStreamArn": config["destination_stream_arn"],
                "RoleArn": config["role_arn"],
            },
        )

    def read(self):
        stream = self.client.get_event_stream(ApplicationId=self.application_id)["EventStream"]
        assert stream["ApplicationId"] == self.application_id
        return {"destination_stream_arn": stream["DestinationStreamArn"], "role_arn": stream["RoleArn"]}

    def delete(self):
        self.client.delete_event_stream(ApplicationId=self.application_id)


class EmailChannel(Singleton):
    """aws_pinpoint_email_channel"""

    WRITE_ONLY = set()
    OPTIONAL = {"configuration_set", "orchestration_sending_role_arn", "role_arn"}

    def put(self, config):
        self.client.update_email_channel(
            ApplicationId=self.application_id,
            EmailChannelRequest=without_none(
                {
                    "Enabled": config["enabled"],
                    "FromAddress": config["from_address"],
                    "Identity": config["identity"],
                    "OrchestrationSendingRoleArn": config.get("orchestration_sending_role_arn"),
                    "RoleArn": config.get("role_arn"),
                    "ConfigurationSet": config.get("configuration_set"),
                }
            ),
        )

    def read(self):
        channel = self.client.get_email_channel(ApplicationId=self.application_id)["EmailChannelResponse"]
        assert channel["ApplicationId"] == self.application_id
        return {
            "enabled": channel["Enabled"],
            "from_address": channel["FromAddress"],
            "identity": channel["Identity"],
            "orchestration_sending_role_arn": channel.get("OrchestrationSendingRoleArn"),
            "role_arn": channel.get("RoleArn"),
            "configuration_set": channel.get("ConfigurationSet"),
            "messages_per_second": channel["MessagesPerSecond"],
        }

    def delete(self):
        self.client.delete_email_channel(ApplicationId=self.application_id)


class SmsChannel(Singleton):
    """aws_pinpoint_sms_channel"""

    WRITE_ONLY = set()
    OPTIONAL = {"sender_id", "short_code"}

    def put(self, config):
        self.client.update_sms_channel(
            ApplicationId=self.application_id,
            SMSChannelRequest=without_none(
                {
                    "Enabled": config["enabled"],
                    "SenderId": config.get("sender_id"),
                    "ShortCode": config.get("short_code"),
                }
            ),
        )

    def read(self):
        channel = self.client.get_sms_channel(ApplicationId=self.application_id)["SMSChannelResponse"]
        assert channel["ApplicationId"] == self.application_id
        return {
            "enabled": channel["Enabled"],
            "sender_id": channel.get("SenderId"),
            "short_code": channel.get("ShortCode"),
            "promotional_messages_per_second": channel["PromotionalMessagesPerSecond"],
            "transactional_messages_per_second": channel["TransactionalMessagesPerSecond"],
        }

    def delete(self):
        self.client.delete_sms_channel(ApplicationId=self.application_id)


class GcmChannel(Singleton):
    """aws_pinpoint_gcm_channel: the credential of the chosen way of authentication goes out, and neither comes back."""

    WRITE_ONLY = {"api_key", "service_json"}
    OPTIONAL = set()

    def put(self, config):
        method = config["default_authentication_method"]
        credential = {"ApiKey": config.get("api_key")} if method == "KEY" else {"ServiceJson": config["service_json"]}
        self.client.update_gcm_channel(
            ApplicationId=self.application_id,
            GCMChannelRequest={"DefaultAuthenticationMethod": method, "Enabled": config["enabled"], **credential},
        )

    def read(self):
        channel = self.client.get_gcm_channel(ApplicationId=self.application_id)["GCMChannelResponse"]
        assert channel["ApplicationId"] == self.application_id
        assert not {"ApiKey", "ServiceJson", "Credential"} & channel.keys()
        return {
            "default_authentication_method": channel["DefaultAuthenticationMethod"],
            "enabled": channel["Enabled"],
        }

    def delete(self):
        self.client.delete_gcm_channel(ApplicationId=self.application_id)


@pytest.fixture
def name():
    return f"tf-{uuid.uuid4()}"


def test_app_without_settings_reads_as_empty_blocks(pinpoint, name):
    app = App(pinpoint)
    app.create({"name": name})

    assert app.state["tags"] == {}
    assert app.state["limits"] == {"daily": 0, "maximum_duration": 0, "messages_per_second": 0, "total": 0}
    assert app.state["quiet_time"] == {"end": "", "start": ""}
    assert app.state["campaign_hook"] == {"lambda_function_name": "", "mode": "", "web_url": ""}
    app.destroy()


def test_app_with_settings_and_tags_is_created_updated_and_destroyed_without_drift(pinpoint, name):
    app = App(pinpoint)
    config = {
        "name": name,
        "tags": {"key1": "value1"},
        "limits": {"daily": 3, "maximum_duration": 600, "messages_per_second": 1, "total": 100},
        "quiet_time": {"end": "03:00", "start": "00:00"},
        "campaign_hook": {"lambda_function_name": "arn:aws:lambda:us-east-1:111122223333:function:f", "mode": "FILTER"},
    }
    app.create(config)

    # One block changes: the provider sends it alone, and the two others must still be as configured.
    app.update({**config, "limits": {"daily": 5}})
    app.update({**config, "limits": {"daily": 5}, "tags": {"key1": "value1 updated", "key2": "value2"}})
    app.update({**config, "limits": {"daily": 5}, "quiet_time": {"start": "22:00"}, "tags": {"key2": "value2"}})
    app.destroy()


def test_blocks_taken_out_of_the_configuration_stay_as_the_provider_expects(pinpoint, name):
    app = App(pinpoint)
    app.create({"name": name, "limits": {"daily": 3}})
    before = app.state

    app.update({"name": name})

    assert app.state == before
    app.destroy()


def test_event_stream_is_created_replaced_and_destroyed_without_drift(pinpoint, application_id):
    stream = EventStream(pinpoint, application_id)
    stream.apply({"destination_stream_arn": STREAM, "role_arn": ROLE})
    stream.apply({"destination_stream_arn": DELIVERY_STREAM, "role_arn": ROLE})
    stream.destroy()


def test_event_stream_with_a_bad_role_is_refused_in_the_words_the_provider_waits_on(pinpoint, application_id):
    with pytest.raises(pinpoint.exceptions.BadRequestException) as refusal:
        EventStream(pinpoint, application_id).put({"destination_stream_arn": STREAM, "role_arn": "arn:aws:iam::1:x"})

    assert "make sure the IAM Role is configured correctly" in refusal.value.response["Error"]["Message"]


def test_email_channel_is_created_updated_and_destroyed_without_drift(pinpoint, application_id):
    channel = EmailChannel(pinpoint, application_id)
    config = {"enabled": False, "from_address": "one@example.com", "identity": IDENTITY}
    optional = {"role_arn": ROLE, "orchestration_sending_role_arn": ROLE + "/sending", "configuration_set": "set"}

    channel.apply({**config, **optional})
    channel.apply({**config, **optional, "from_address": "two@example.com", "enabled": True})
    channel.apply({**config, "enabled": True})
    channel.destroy()
    channel.apply(config)


def test_sms_channel_is_created_updated_and_destroyed_without_drift(pinpoint, application_id):
    channel = SmsChannel(pinpoint, application_id)

    channel.apply({"enabled": True})
    channel.apply({"enabled": False, "sender_id": "1234", "short_code": "5678"})
    channel.apply({"enabled": False, "sender_id": "1234", "short_code": "7890"})
    channel.apply({"enabled": True})
    channel.destroy()


def test_gcm_channel_is_created_updated_and_destroyed_without_drift(pinpoint, application_id):
    channel = GcmChannel(pinpoint, application_id)

    channel.apply({"default_authentication_method": "KEY", "enabled": True, "api_key": "one"})
    channel.apply({"default_authentication_method": "KEY", "enabled": False, "api_key": "two"})
    channel.apply(
        {"default_authentication_method": "TOKEN", "enabled": True, "service_json": '{"type":"service_account"}'}
    )
    channel.destroy()


def test_destroying_the_app_first_leaves_nothing_for_the_others_to_destroy(pinpoint, application_id):
    channels = [kind(pinpoint, application_id) for kind in (EmailChannel, SmsChannel, GcmChannel, EventStream)]
    SmsChannel(pinpoint, application_id).apply({"enabled": True})
    EventStream(pinpoint, application_id).apply({"destination_stream_arn": STREAM, "role_arn": ROLE})

    pinpoint.delete_app(ApplicationId=application_id)

    for channel in channels:
        with pytest.raises(pinpoint.exceptions.NotFoundException):
            channel.delete()

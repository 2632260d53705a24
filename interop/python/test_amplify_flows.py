"""What the Amplify CLI sends when a project's notifications are added, changed, pulled and removed."""

import pytest

NAMES = {"SMS": "sms", "Email": "email", "FCM": "gcm"}


class Notifications:
    """A project's Pinpoint resource as the CLI keeps it in its metadata: an application and its channels' answers."""

    def __init__(self, client, name):
        self.client = client
        created = client.create_app(CreateApplicationRequest={"Name": name})["ApplicationResponse"]
        self.id = created["Id"]
        self.meta = {}

    def update(self, channel, **request):
        name = NAMES[channel]
        shape = f"{'GCM' if name == 'gcm' else 'SMS' if name == 'sms' else 'Email'}Channel"
        call = getattr(self.client, f"update_{name}_channel")
        self.meta[channel] = call(ApplicationId=self.id, **{f"{shape}Request": request})[f"{shape}Response"]
        return self.meta[channel]

    def pull(self, channel):
        """The channel as the cloud has it; None where it has none, which the CLI takes for 'not set up'."""
        name = NAMES[channel]
        try:
            answer = getattr(self.client, f"get_{name}_channel")(ApplicationId=self.id)
        except self.client.exceptions.NotFoundException as error:
            assert error.response["Error"]["Message"] == "Resource not found"
            return None
        (shape,) = answer.keys() - {"ResponseMetadata"}
        return answer[shape]


@pytest.fixture
def notifications(pinpoint):
    return Notifications(pinpoint, "amplifyproject-dev")


def test_a_new_project_has_no_channels_to_pull(notifications):
    assert {channel: notifications.pull(channel) for channel in NAMES} == dict.fromkeys(NAMES)


def test_sms_is_enabled_disabled_and_enabled_again(notifications):
    assert notifications.update("SMS", Enabled=True)["Enabled"] is True
    assert notifications.update("SMS", Enabled=False)["Enabled"] is False
    enabled = notifications.update("SMS", Enabled=True)

    assert (enabled["Enabled"], enabled["Version"], enabled["Id"], enabled["Platform"]) == (True, 3, "sms", "SMS")
    assert notifications.pull("SMS") == notifications.meta["SMS"]


def test_email_is_disabled_with_what_the_metadata_has_of_it(notifications):
    given = {
        "FromAddress": "sender@example.com",
        "Identity": "arn:aws:ses:us-west-2:111122223333:identity/sender@example.com",
        "RoleArn": "  ",
    }
    enabled = notifications.update("Email", **given, Enabled=True)

    disabled = notifications.update("Email", Enabled=False, **{name: enabled[name] for name in given})

    assert {name: disabled[name] for name in given} == given
    assert (disabled["Enabled"], disabled["Version"]) == (False, 2)
    assert notifications.pull("Email") == disabled


def test_fcm_with_a_server_key_is_enabled_and_disabled_and_the_key_never_comes_back(notifications):
    enabled = notifications.update("FCM", ApiKey="server-key", Enabled=True)
    disabled = notifications.update("FCM", ApiKey="server-key", Enabled=False)

    assert (enabled["HasCredential"], enabled["DefaultAuthenticationMethod"]) == (True, "KEY")
    assert "server-key" not in str(disabled)
    assert notifications.pull("FCM") == disabled


def test_fcm_with_a_service_account_is_enabled_and_disabled(notifications):
    account = {"ServiceJson": '{"type":"service_account"}', "DefaultAuthenticationMethod": "TOKEN"}
    enabled = notifications.update("FCM", **account, Enabled=True)
    disabled = notifications.update("FCM", **account, Enabled=False)

    assert (enabled["HasFcmServiceCredentials"], enabled["DefaultAuthenticationMethod"]) == (True, "TOKEN")
    assert (disabled["Enabled"], disabled["Version"]) == (False, 2)
    assert notifications.pull("FCM") == disabled


def test_removing_the_project_ends_in_the_texts_the_cli_looks_for(notifications, pinpoint):
    notifications.update("SMS", Enabled=True)
    pinpoint.delete_app(ApplicationId=notifications.id)

    with pytest.raises(pinpoint.exceptions.NotFoundException) as gone:
        pinpoint.delete_app(ApplicationId=notifications.id)
    assert gone.value.response["Error"]["Message"] == "Application not found"
    with pytest.raises(pinpoint.exceptions.NotFoundException) as gone:
        notifications.update("SMS", Enabled=False)
    assert gone.value.response["Error"]["Message"] == "Resource not found"

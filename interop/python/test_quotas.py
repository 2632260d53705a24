"""Quotas as boto3 meets them, at the manual pace: what is too much stays too much until time is advanced."""

import boto3
import pytest
from botocore.config import Config

from emulator_process import EmulatorProcess

APPLICATION_ID = "a1b2c3d4e5f60718293a4b5c6d7e8f90"

BATCH = {"Item": [{"Id": "one", "ChannelType": "EMAIL", "Address": "one@example.com"}]}


@pytest.fixture
def emulator():
    with EmulatorProcess("--quotas", "2026", "--pace", "manual", "--application", APPLICATION_ID) as process:
        yield process


def pinpoint(emulator, attempts=1, key_id="test"):
    return boto3.client(
        "pinpoint",
        endpoint_url=emulator.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=key_id,
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": attempts, "mode": "standard"}),
    )


def update(client):
    client.update_endpoints_batch(ApplicationId=APPLICATION_ID, EndpointBatchRequest=BATCH)


def test_third_batch_of_a_second_is_too_many(emulator):
    client = pinpoint(emulator)
    update(client)
    update(client)

    with pytest.raises(client.exceptions.TooManyRequestsException) as refused:
        update(client)

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert refused.value.response["Error"]["Message"] == "Too Many Requests"
    emulator.control("POST", "clock/advance", millis=500)
    update(client)


def test_sdk_takes_it_for_throttling_and_tries_again(emulator):
    client = pinpoint(emulator, attempts=2)
    update(client)
    update(client)

    with pytest.raises(client.exceptions.TooManyRequestsException) as refused:
        update(client)

    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 1


def test_another_account_has_quotas_of_its_own(emulator):
    client, other = pinpoint(emulator), pinpoint(emulator, key_id="111122223333")
    update(client)
    update(client)

    with pytest.raises(other.exceptions.NotFoundException):
        update(other)

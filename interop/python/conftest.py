"""The emulator under test, and clients for it."""

import itertools
import os
from dataclasses import dataclass

import boto3
import pytest
from botocore.config import Config

from emulator_process import setting

_NAMES = itertools.count()


@dataclass(frozen=True)
class Target:
    """The emulator that interop/run has started, and what is in it."""

    endpoint_url: str
    bucket: str
    application_id: str
    endpoint_count: int

    @property
    def host(self):
        return self.endpoint_url.removeprefix("http://")

    @property
    def address(self):
        name, port = self.host.split(":")
        return name, int(port)


@pytest.fixture(scope="session")
def target():
    return Target(
        endpoint_url=setting("INTEROP_ENDPOINT_URL"),
        bucket=setting("INTEROP_BUCKET"),
        application_id=setting("INTEROP_APPLICATION_ID"),
        endpoint_count=int(setting("INTEROP_APPLICATION_ENDPOINTS")),
    )


@pytest.fixture(scope="session")
def client(target):
    """Makes boto3 clients: `client("s3")`, optionally with another endpoint URL and botocore settings."""

    def make(service, endpoint_url=target.endpoint_url, key_id="test", region="us-east-1", **config):
        # Without retries a wrong answer is seen at once, and not hidden by a right one after it.
        return boto3.client(
            service,
            endpoint_url=endpoint_url,
            region_name=region,
            aws_access_key_id=key_id,
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    return make


@pytest.fixture(scope="session")
def pinpoint(client):
    return client("pinpoint")


@pytest.fixture(scope="session")
def s3(client):
    return client("s3")


@pytest.fixture
def application_id(pinpoint):
    """An empty application of the test's own."""
    answer = pinpoint.create_app(CreateApplicationRequest={"Name": "interop"})
    return answer["ApplicationResponse"]["Id"]


@pytest.fixture
def bucket(s3):
    """An empty bucket of the test's own."""
    name = f"interop-{os.getpid()}-{next(_NAMES)}"
    s3.create_bucket(Bucket=name)
    return name


def pytest_collection_modifyitems(config, items):
    """Long tests belong to the long form alone."""
    if os.environ.get("INTEROP_FULL"):
        return
    full = [item for item in items if item.get_closest_marker("full")]
    config.hook.pytest_deselected(items=full)
    items[:] = [item for item in items if item not in full]

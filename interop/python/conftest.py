"""The emulator under test, and clients for it."""

import itertools
import json
import os
import subprocess
import sys
from dataclasses import dataclass

import boto3
import pytest
import urllib3
from botocore.config import Config

from emulator_process import setting

_NAMES = itertools.count()

_AWS = os.path.join(os.path.dirname(sys.executable), "aws")


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
def control(target):
    """One call of the control interface: `control("GET", "info")`; the decoded answer."""

    def ask(method, route):
        answer = urllib3.request(method, f"{target.endpoint_url}/_emulator/{route}")
        assert answer.status == 200, answer.data
        return answer.json()

    return ask


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


@pytest.fixture
def aws(target, tmp_path):
    """Runs the CLI with an endpoint URL and credentials from the environment, as a user would; its finished process."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ENDPOINT_URL": target.endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }

    def run(*arguments):
        return subprocess.run(
            [_AWS, *arguments], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )

    return run


@pytest.fixture
def aws_json(aws):
    """Runs the CLI and decodes what it prints."""

    def run(*arguments):
        done = aws(*arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run

"""The emulator as a program: its one line, its exit codes, archives it loads, runs that repeat themselves."""

import gzip
import json
import re
import signal
import socket
import threading
import time
from pathlib import Path

import boto3
import pytest
import urllib3

import exports
from emulator_process import EmulatorProcess, run

APPLICATION_ID = "a1b2c3d4e5f60718293a4b5c6d7e8f90"

# Of the shape of real exports, with made-up values: members nobody knows, numbers as no JSON library would write them,
# dates verbatim, empty lists, spaces at the end, Unicode plain and escaped, ids with slash and plus, lines in no order.
ARCHIVE = Path(__file__).with_name("archive.ndjson").read_bytes()


def clients(endpoint_url):
    options = {
        "endpoint_url": endpoint_url,
        "region_name": "us-east-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    return boto3.client("pinpoint", **options), boto3.client("s3", **options)


def archived(application_id=APPLICATION_ID):
    """The lines of the archive, as those of any application."""
    return ARCHIVE.replace(APPLICATION_ID.encode(), application_id.encode()).splitlines()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_one_line_on_stdout_then_exit_0_when_told_to_stop(how):
    with EmulatorProcess() as emulator:
        pinpoint, s3 = clients(emulator.endpoint_url)
        pinpoint.create_app(CreateApplicationRequest={"Name": "x"})
        s3.create_bucket(Bucket="bucket")

        assert emulator.stop(how) == (0, "")


def test_seed_is_printed_and_each_run_draws_another():
    seeds = []
    for _ in range(2):
        with EmulatorProcess() as emulator:
            seeds.append(emulator.control("GET", "info")["seed"])
            emulator.stop()
        started = [json.loads(line)["fields"] for line in emulator.errors if "started" in line]
        assert [fields["seed"] for fields in started] == [seeds[-1]]
    assert seeds[0] != seeds[1]


def test_port_that_is_taken_is_one_line_and_exit_2():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = "{}:{}".format(*taken.getsockname())

        done = run("pinpoint-emulator", "--listen", address)

    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert address in line


@pytest.mark.parametrize(
    "flag,value,named",
    [
        ("--data-dir", "x", "--data-dir"),
        ("--s3-endpoint", "http://127.0.0.1:1", "--s3-endpoint"),
        ("--memory-limit", "1", "--memory-limit"),
        ("--tls-listen", "127.0.0.1:0", "--tls-listen"),
        ("--write-ca", "x", "--write-ca"),
    ],
)
def test_flag_that_is_not_built_is_named_and_exit_2(flag, value, named):
    done = run("pinpoint-emulator", "--listen", "127.0.0.1:0", flag, value)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [f"pinpoint-emulator: {named} is not built yet"]


@pytest.mark.parametrize(
    "flags",
    [
        ["--no-such-flag"],
        ["no-such-command"],
        ["--listen", "nowhere"],
        ["--pace", "leisurely"],
        ["--quotas", "2024"],
        ["--seed", "x"],
        ["--application", "x=many"],
        ["--load", "/no/such/file"],
        ["--bucket", "Not A Bucket"],
        ["--application", "not/an/id"],
        ["--gzip-level", "17"],
        ["--endpoints-per-piece", "0"],
        ["--clock-start", "yesterday"],
    ],
    ids=" ".join,
)
def test_flag_that_cannot_work_is_exit_2(flags):
    done = run("pinpoint-emulator", "--listen", "127.0.0.1:0", *flags)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr
    assert "panicked" not in done.stderr


def test_health_tells_a_ready_emulator_from_none():
    with EmulatorProcess() as emulator:
        assert run("pinpoint-emulator", "health", emulator.endpoint_url).returncode == 0
        emulator.stop()
    assert run("pinpoint-emulator", "health", emulator.endpoint_url).returncode == 1


@pytest.mark.parametrize("form", ["plain file", "gzip", "gzip members", "folder"])
def test_loaded_archive_is_exported_byte_for_byte(tmp_path, form):
    lines = archived()
    text = b"".join(line + b"\n" for line in lines)
    match form:
        case "plain file":
            (tmp_path / "x.json").write_bytes(text.removesuffix(b"\n"))
        case "gzip":
            (tmp_path / "x.gz").write_bytes(gzip.compress(text))
        case "gzip members":
            (tmp_path / "x.gz").write_bytes(b"".join(gzip.compress(line + b"\n") for line in lines))
        case "folder":
            (tmp_path / "sub").mkdir()
            (tmp_path / "1.gz").write_bytes(gzip.compress(lines[0] + b"\n"))
            (tmp_path / "sub/2.jsonl").write_bytes(b"\n".join(lines[1:]) + b"\n")
            (tmp_path / "README").write_text("not an archive")
    (path,) = [tmp_path] if form == "folder" else tmp_path.iterdir()

    # Twice, because loading is idempotent by endpoint id.
    with EmulatorProcess("--load", str(path), "--load", str(path), "--bucket", "bucket") as emulator:
        pinpoint, s3 = clients(emulator.endpoint_url)
        job = exports.run(pinpoint, APPLICATION_ID, "s3://bucket/x/")
        assert job["TotalProcessed"] == len(lines)
        assert sorted(exports.lines(s3, "bucket", "x/")) == sorted(lines)


def test_loaded_endpoints_are_read_and_changed_like_others(tmp_path):
    (tmp_path / "x.json").write_bytes(b"\n".join([*archived(), *archived("other")]))

    with EmulatorProcess("--load", str(tmp_path), "--bucket", "bucket") as emulator:
        pinpoint, s3 = clients(emulator.endpoint_url)
        names = {"ApplicationId": APPLICATION_ID, "EndpointId": "h2k/x0qd+b7mzr4vwt9ye1ucnas"}
        assert pinpoint.get_endpoint(**names)["EndpointResponse"]["User"]["UserAttributes"]["name"] == ["Bo "]
        pinpoint.update_endpoint(**names, EndpointRequest={"OptOut": "NONE"})
        exports.run(pinpoint, APPLICATION_ID, "s3://bucket/x/")
        exports.run(pinpoint, "other", "s3://bucket/y/")

        changed = exports.endpoints(s3, "bucket", "x/")[names["EndpointId"]]
        assert (changed["OptOut"], changed["Address"]) == ("NONE", "3035550147")
        assert sorted(exports.lines(s3, "bucket", "y/")) == sorted(archived("other"))


def test_archive_that_is_damaged_is_exit_2_and_names_the_line(tmp_path):
    (tmp_path / "x.json").write_bytes(archived()[0] + b"\n{damaged\n")

    done = run("pinpoint-emulator", "--listen", "127.0.0.1:0", "--load", str(tmp_path))

    assert done.returncode == 2
    assert re.search(r"x\.json, line 2", done.stderr)


def one_seeded_life():
    """The same requests to an emulator that leaves nothing to chance; every id and every byte that came of them."""
    flags = ["--seed", "7", "--clock-start", "2026-01-01T00:00:00Z", "--pace", "manual", "--bucket", "bucket"]
    with EmulatorProcess(*flags, "--application", f"{APPLICATION_ID}=500", "--endpoints-per-piece", "200") as emulator:
        pinpoint, s3 = clients(emulator.endpoint_url)
        own = pinpoint.create_app(CreateApplicationRequest={"Name": "own"})["ApplicationResponse"]["Id"]
        for number in range(5):
            pinpoint.update_endpoint(
                ApplicationId=own,
                EndpointId=f"e/{number}",
                EndpointRequest={"ChannelType": "EMAIL", "Address": f"{number}@example.com"},
            )
        jobs = []
        for application_id in (own, APPLICATION_ID):
            created = exports.create(pinpoint, application_id, f"s3://bucket/{application_id}/")
            # The clock stands still, and so does the job.
            time.sleep(0.3)
            got = pinpoint.get_export_job(ApplicationId=application_id, JobId=created["Id"])["ExportJobResponse"]
            assert got["JobStatus"] == "CREATED"
            for _ in range(6):
                emulator.control("POST", "clock/advance", millis=100)
            job, seen = exports.wait(pinpoint, application_id, created["Id"])
            assert seen == ["COMPLETED"], "whoever advances the clock need not wait"
            jobs.append(job)
        keys = exports.keys(s3, "bucket", "")
        objects = {key: s3.get_object(Bucket="bucket", Key=key)["Body"].read() for key in keys}
        clock = emulator.control("GET", "clock")
        emulator.stop()
    return own, jobs, objects, clock


def test_same_seed_and_requests_make_the_same_ids_and_bytes():
    first, second = one_seeded_life(), one_seeded_life()

    assert first == second
    own, jobs, objects, clock = first
    assert clock == {"now": "2026-01-01T00:00:01.200Z", "pace": "manual"}
    assert [job["TotalPieces"] for job in jobs] == [1, 3]
    assert len(objects) == 2 * 2 + 1 + 3
    assert jobs[0]["CreationDate"] == "2026-01-01T00:00:00.000Z"


def test_advance_crosses_all_states_and_answers_when_all_is_written():
    with EmulatorProcess("--pace", "manual", "--bucket", "bucket", "--application", f"{APPLICATION_ID}=50") as emulator:
        pinpoint, s3 = clients(emulator.endpoint_url)
        job_id = exports.create(pinpoint, APPLICATION_ID, "s3://bucket/x/")["Id"]

        emulator.control("POST", "clock/advance", millis=60_000)

        job = pinpoint.get_export_job(ApplicationId=APPLICATION_ID, JobId=job_id)["ExportJobResponse"]
        assert job["JobStatus"] == "COMPLETED"
        assert len(exports.endpoints(s3, "bucket", "x/")) == 50


def test_reset_brings_back_the_start_and_nothing_else():
    flags = ["--seed", "7", "--bucket", "bucket", "--application", f"{APPLICATION_ID}=10"]
    with EmulatorProcess(*flags) as emulator:
        pinpoint, s3 = clients(emulator.endpoint_url)
        first = pinpoint.create_app(CreateApplicationRequest={"Name": "x"})["ApplicationResponse"]["Id"]
        exports.run(pinpoint, APPLICATION_ID, "s3://bucket/x/")
        s3.create_bucket(Bucket="another")

        emulator.control("POST", "reset")

        assert [app["Id"] for app in pinpoint.get_apps()["ApplicationsResponse"]["Item"]] == [APPLICATION_ID]
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["bucket"]
        assert s3.list_objects_v2(Bucket="bucket")["KeyCount"] == 0
        assert exports.run(pinpoint, APPLICATION_ID, "s3://bucket/x/")["TotalProcessed"] == 10
        again = pinpoint.create_app(CreateApplicationRequest={"Name": "x"})["ApplicationResponse"]["Id"]
        assert again == first


def test_populations_are_given_by_flag_and_by_control_interface():
    with EmulatorProcess("--population", "30", "--bucket", "bucket") as emulator:
        pinpoint, s3 = clients(emulator.endpoint_url)
        created = pinpoint.create_app(CreateApplicationRequest={"Name": "x"})["ApplicationResponse"]["Id"]
        emulator.control("PUT", "applications/chosen", name="y", population={"count": 20, "seed": 1})

        assert exports.run(pinpoint, created, "s3://bucket/x/")["TotalProcessed"] == 30
        assert exports.run(pinpoint, "chosen", "s3://bucket/y/")["TotalProcessed"] == 20
        assert pinpoint.get_app(ApplicationId="chosen")["ApplicationResponse"]["Name"] == "y"


def test_demo_commands_name_what_is_there():
    with EmulatorProcess("--demo") as emulator:
        pinpoint, s3 = clients(emulator.endpoint_url)
        (application,) = pinpoint.get_apps()["ApplicationsResponse"]["Item"]
        (bucket,) = s3.list_buckets()["Buckets"]
        job = exports.run(pinpoint, application["Id"], f"s3://{bucket['Name']}/x/")
        emulator.stop()

    told = "".join(emulator.errors)
    assert job["TotalProcessed"] == 1000
    for word in (emulator.endpoint_url, application["Id"], bucket["Name"]):
        assert word in told


def test_object_keys_follow_their_template():
    template = "{prefix}{created}/{job-id}-{piece}-of-{pieces}.{application-id}.gz"
    flags = ["--object-key", template, "--endpoints-per-piece", "10", "--application", f"{APPLICATION_ID}=25"]
    with EmulatorProcess(*flags, "--bucket", "bucket", "--clock-start", "2026-01-01T00:00:00Z") as emulator:
        pinpoint, s3 = clients(emulator.endpoint_url)
        job = exports.run(pinpoint, APPLICATION_ID, "s3://bucket/x")
        files = [key for key in exports.keys(s3, "bucket", "x/") if key.endswith(".gz")]

    assert len(files) == job["TotalPieces"] == 3
    for key in files:
        assert re.fullmatch(rf"x/20260101T0000[0-9]{{5}}Z/{job['Id']}-0000[0-2]-of-0*3\.{APPLICATION_ID}\.gz", key), key


@pytest.mark.full
def test_realistic_pace_takes_seconds():
    flags = ["--pace", "realistic", "--bucket", "bucket", "--application", f"{APPLICATION_ID}=217"]
    with EmulatorProcess(*flags) as emulator:
        pinpoint, _ = clients(emulator.endpoint_url)
        started = time.monotonic()
        created = exports.create(pinpoint, APPLICATION_ID, "s3://bucket/x/")
        job, seen = exports.wait(pinpoint, APPLICATION_ID, created["Id"])

        assert 3 <= time.monotonic() - started <= 19
        assert seen[0] == "CREATED"
        assert job["JobStatus"] == "COMPLETED"


@pytest.mark.full
def test_half_a_million_endpoints_come_once_each_in_five_pieces():
    count = 500_000
    with EmulatorProcess("--bucket", "bucket", "--application", f"{APPLICATION_ID}={count}") as emulator:
        pinpoint, s3 = clients(emulator.endpoint_url)
        job_id = exports.create(pinpoint, APPLICATION_ID, "s3://bucket/x/")["Id"]
        deadline = time.monotonic() + 600
        while time.monotonic() < deadline:
            job = pinpoint.get_export_job(ApplicationId=APPLICATION_ID, JobId=job_id)["ExportJobResponse"]
            if job["JobStatus"] == "COMPLETED":
                break
            time.sleep(1)

        assert (job["TotalProcessed"], job["TotalPieces"], job["CompletedPieces"]) == (count, 5, 5)
        ids = {json.loads(line)["Id"] for line in exports.lines(s3, "bucket", "x/")}
        assert len(ids) == count


@pytest.mark.full
def test_stop_under_load_finishes_open_requests():
    """A request that is being answered when the signal comes gets its whole answer."""
    with EmulatorProcess("--bucket", "bucket") as emulator:
        _, s3 = clients(emulator.endpoint_url)
        content = bytes(64 * 1024 * 1024)
        s3.put_object(Bucket="bucket", Key="x", Body=content)
        url = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "x"})
        read = []

        def fetch_slowly():
            answer = urllib3.request("GET", url, preload_content=False)
            for chunk in answer.stream(1024 * 1024):
                read.append(len(chunk))
                time.sleep(0.02)

        reader = threading.Thread(target=fetch_slowly)
        reader.start()
        while not read:
            time.sleep(0.01)
        assert emulator.stop() == (0, "")
        reader.join(timeout=30)

    assert sum(read) == len(content)

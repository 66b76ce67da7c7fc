"""What an SDK's reports are read as, and what is dropped: real ones of botocore, and those of anybody else."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import socket
import warnings

import boto3  # noqa: TID253 - the reports are those of the real SDK
import botocore  # noqa: TID253 - as above
import pytest
from botocore.config import Config  # noqa: TID253 - as above
from botocore.exceptions import ClientError, NoCredentialsError  # noqa: TID253 - as above
from hypothesis import given
from hypothesis import strategies as st
from moto.server import ThreadedMotoServer

from iamsim.tools import monitoring
from iamsim.tools.monitoring import Event, Receiver, event, receiving

KEY = "AKIAIOSFODNN7EXAMPLE"
CLIENT = "0123456789abcdef0123456789abcdef"
REPORT = {
    "Version": 1,
    "ClientId": CLIENT,
    "Type": "ApiCallAttempt",
    "Service": "S3",
    "Api": "GetObject",
    "Timestamp": 1795649184202,
    "AttemptLatency": 7,
    "Fqdn": "Reports.s3.eu-west-1.amazonaws.com",
    "AccessKey": KEY,
    "Region": "eu-west-1",
    "SessionToken": "a-session-token",
    "HttpStatusCode": 403,
    "AwsException": "AccessDenied",
    "AwsExceptionMessage": "no",
}


def sent(**changes) -> bytes:
    report = {**REPORT, **changes}
    return json.dumps({name: value for name, value in report.items() if value is not ...}).encode()


@pytest.fixture(scope="module")
def endpoint():
    running = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def reported(endpoint, monkeypatch):
    """Runs a function with a real SDK that reports, and gives the events."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_ENDPOINT_URL": endpoint,
    }.items():
        monkeypatch.setenv(name, value)

    def run(work) -> list[Event]:
        async def listened() -> Receiver:
            async with receiving() as receiver:
                for name, value in receiver.environment.items():
                    monkeypatch.setenv(name, value)
                await asyncio.to_thread(work, boto3.Session())
                await receiver.quiet(0.1, longest=5)
                return receiver

        with warnings.catch_warnings():
            # botocore never closes the socket that it reports on.
            warnings.simplefilter("ignore", ResourceWarning)
            receiver = asyncio.run(listened())
            gc.collect()
        assert receiver.dropped == {}
        return receiver.events

    return run


def test_a_call_of_boto3_is_reported_as_its_request_and_as_a_whole(reported):
    request, call = reported(lambda session: session.client("s3").list_buckets())
    assert (request.kind, call.kind) == ("ApiCallAttempt", "ApiCall")
    assert (request.service, request.api, request.region, request.status) == ("S3", "ListBuckets", "us-east-1", 200)
    assert (request.access_key, request.temporary, request.host.split(":")[0]) == (KEY, False, "127.0.0.1")
    # The report of the whole call does not say who signed it.
    assert (call.access_key, call.attempts, call.status, call.region) == ("", 1, 200, "us-east-1")
    assert call.started <= request.started <= call.started + call.took


def test_a_refusal_is_reported_with_aws_s_code(reported):
    def work(session):
        with contextlib.suppress(ClientError):
            session.client("s3").get_object(Bucket="no-such-bucket-here", Key="k")

    assert [(one.status, one.error) for one in reported(work)] == [(404, "NoSuchBucket")] * 2


def test_a_role_s_request_is_temporary_and_its_token_is_not_kept(reported):
    tokens = []

    def work(session):
        issued = session.client("sts").assume_role(
            RoleArn="arn:aws:iam::111122223333:role/reader", RoleSessionName="tests"
        )["Credentials"]
        tokens.append(issued["SessionToken"])
        keys = issued["AccessKeyId"], issued["SecretAccessKey"], issued["SessionToken"]
        boto3.Session(*keys).client("s3").list_buckets()

    events = reported(work)
    signed = [one for one in events if one.kind == "ApiCallAttempt"]
    assert [(one.service, one.api, one.temporary) for one in signed] == [
        ("STS", "AssumeRole", False),
        ("S3", "ListBuckets", True),
    ]
    assert signed[1].access_key.startswith("ASIA")
    assert tokens[0] not in repr(events)


def test_an_unsigned_request_has_neither_key_nor_region(reported):
    def work(session):
        unsigned = Config(signature_version=botocore.UNSIGNED)
        with contextlib.suppress(ClientError):
            session.client("s3", config=unsigned).list_objects_v2(Bucket="no-such-bucket-here")

    assert [(one.access_key, one.region, one.attempts) for one in reported(work)] == [("", "", 1)] * 2


def test_a_call_without_credentials_is_reported_without_a_request(reported, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    def work(session):
        with pytest.raises(NoCredentialsError):
            session.client("s3").list_buckets()

    (call,) = reported(work)
    assert (call.kind, call.attempts, call.status) == ("ApiCall", 0, 0)


def test_requests_that_are_tried_again_are_counted(reported):
    def work(session):
        tried = Config(retries={"total_max_attempts": 2, "mode": "standard"})
        client = session.client("s3", endpoint_url="http://127.0.0.1:1", config=tried)
        with contextlib.suppress(botocore.exceptions.EndpointConnectionError):
            client.list_buckets()

    *requests, call = reported(work)
    assert [one.error for one in requests] == ["EndpointConnectionError"] * 2
    assert (call.attempts, call.status, call.error) == (2, 0, "EndpointConnectionError")


def test_a_presigned_url_is_not_reported(reported):
    urls = []
    assert (
        reported(
            lambda session: urls.append(
                session.client("s3").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"})
            )
        )
        == []
    )
    assert "Signature=" in urls[0]


def test_every_field_of_a_report_is_read():
    assert event(sent(), CLIENT) == Event(
        "ApiCallAttempt",
        "S3",
        "GetObject",
        1795649184202,
        7,
        "eu-west-1",
        KEY,
        temporary=True,
        host="reports.s3.eu-west-1.amazonaws.com",
        status=403,
        error="AccessDenied",
        attempts=1,
    )


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (sent(ClientId="f" * 32), "of another sender"),
        (sent(ClientId=...), "of another sender"),
        (sent(ClientId=[CLIENT]), "of another sender"),
        (sent(ClientId="", AwsExceptionMessage=CLIENT), "of another sender"),
        (sent(AwsExceptionMessage="x" * 8192), "too large"),
        (b"\xff" + CLIENT.encode(), "not readable"),
        (CLIENT.encode(), "not readable"),
        (f'["{CLIENT}"]'.encode(), "not readable"),
        (b"[" * 5000 + CLIENT.encode(), "not readable"),
        (sent().replace(b'"Version": 1', b'"Type": "ApiCall"'), "not readable"),
        (sent(Type="Other"), "not readable"),
        (sent(Service="S3\x1b[31m"), "not readable"),
        (sent(Service=...), "not readable"),
        (sent(Api="Get Object"), "not readable"),
        (sent(Api=7), "not readable"),
        (sent(Timestamp="1795649184202"), "not readable"),
        (sent(Timestamp=True), "not readable"),
        (sent(Timestamp=-1), "not readable"),
        (sent(Timestamp=10**15), "not readable"),
        (sent(Timestamp=1.5), "not readable"),
        (sent(AccessKey="AKIA\n"), "not readable"),
        (sent(Fqdn="a/b"), "not readable"),
        (sent(Region="eu west"), "not readable"),
        (sent(HttpStatusCode=[]), "not readable"),
    ],
)
def test_what_no_sdk_sends_is_dropped_with_a_reason(data, why):
    assert event(data, CLIENT) == why


def test_an_error_code_that_would_steer_a_terminal_is_made_plain():
    found = event(sent(AwsException="Bad\x1b[31m" + "x" * 500), CLIENT)
    assert isinstance(found, Event)
    assert found.error.isprintable()
    assert len(found.error) == 128


@given(st.binary(max_size=9000))
def test_no_datagram_breaks_the_reader(data):
    assert isinstance(event(data + CLIENT.encode(), CLIENT), str)


_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)


@given(st.dictionaries(st.sampled_from([*REPORT, "AttemptCount", "FinalHttpStatusCode", "Latency"]), _VALUES))
def test_no_value_in_a_report_breaks_the_reader(changes):
    found = event(json.dumps({**REPORT, **changes, "ClientId": CLIENT}).encode(), CLIENT)
    assert isinstance(found, Event) or found in ("not readable", "too large")


def received(*datagrams: tuple[str, bytes]) -> Receiver:
    """A receiver to which these were sent, each to an address; `CLIENT` in them is its client."""

    async def listened() -> Receiver:
        async with receiving() as receiver:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                for address, data in datagrams:
                    with contextlib.suppress(OSError):
                        sender.sendto(data.replace(CLIENT.encode(), receiver.client.encode()), (address, receiver.port))
                    await asyncio.sleep(0)
            await receiver.quiet(0.2, longest=2)
            return receiver

    return asyncio.run(listened())


def test_reports_of_other_processes_are_dropped_and_counted():
    found = received(("127.0.0.1", sent()), ("127.0.0.1", sent(ClientId="stale")), ("127.0.0.1", b"hello"))
    assert [one.api for one in found.events] == ["GetObject"]
    assert found.dropped == {"of another sender": 2}


def test_only_the_one_loopback_address_is_listened_at():
    assert received(("127.0.0.2", sent())).events == []


def test_each_run_has_a_client_of_its_own():
    assert received().client != received().client
    assert len(received().client) == 32


def test_only_so_many_reports_are_kept(monkeypatch):
    monkeypatch.setattr(monitoring, "MOST", 2)
    found = received(*[("127.0.0.1", sent())] * 5)
    assert len(found.events) == 2
    assert found.dropped == {"too many": 3}


def test_waiting_for_quiet_ends_though_it_is_never_quiet():
    async def flooded() -> float:
        async with receiving() as receiver:

            async def flood() -> None:
                while True:
                    receiver.datagram_received(sent(ClientId=receiver.client), None)
                    await asyncio.sleep(0.01)

            flooding = asyncio.create_task(flood())
            begun = asyncio.get_running_loop().time()
            await receiver.quiet(0.2, longest=0.5)
            flooding.cancel()
            return asyncio.get_running_loop().time() - begun

    assert 0.4 < asyncio.run(flooded()) < 2

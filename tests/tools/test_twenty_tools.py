"""The server of 20 tools, run against a stand-in for AWS: what it announces and calls, held against the manifest written by hand."""

# ruff: noqa: TID253 - the test prepares the stand-in and talks to the server with the libraries that iamsim imports late
from __future__ import annotations

import asyncio
import io
import json
import re
import socket
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from mcp import Client, StdioServerParameters, stdio_client
from moto.server import ThreadedMotoServer

from iamsim.catalog import operations
from iamsim.model.tool import Credential, Necessity, Tool
from iamsim.tools.expressions import expression
from iamsim.tools.manifest import Manifest, named

SERVERS = Path(__file__).parents[2] / "fixtures" / "servers"
SERVER_KEY = "AKIAIOSFODNN7EXAMPLE"
KEYS = {"aws_access_key_id": SERVER_KEY, "aws_secret_access_key": "secret", "region_name": "us-east-1"}
CLAIMED, SETTING = (f"arn:aws:iam::123456789012:role/{name}" for name in ("claimed", "of-the-environment"))
SERVICES = {"SecretsManager": "secretsmanager", "CloudWatchLogs": "logs"}
"""The services whose name in an event of botocore is not the SDK's, in capitals."""

ASSUMES = ("sts.AssumeRole", Credential.SERVER)
ASKS_FOR_NOTHING = {"who_am_i": "sts.GetCallerIdentity"}
"""Operations that no policy must allow, so that the manifest has no need for them."""

READER = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}

ROLE, SERVER = Credential.ROLE, Credential.SERVER


@dataclass(frozen=True, slots=True)
class Case:
    """One call of a tool; `tried` are the credentials that it gets to, by default the first of each need."""

    name: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    said: str = ""
    fails: bool = False
    tried: tuple[Credential, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call answered, and the calls of AWS that it made: operations, each with the credential that signed it."""

    failed: bool
    text: str
    calls: frozenset[tuple[str, Credential]]


MINE = {"bucket": "mine", "key": "a.txt"}

CALLER = (
    Case("lists", "objects_list", {"bucket": "mine"}, "a.txt"),
    Case("lists with versions", "objects_list", {"bucket": "mine", "include_versions": True}, "a.txt@"),
    Case("reads", "object_read", MINE, "hello"),
    Case("reads the size", "object_read", {**MINE, "mode": "head"}, "5 bytes"),
    Case("reads with tags", "object_read", {**MINE, "mode": "full"}, "'team': 'x'"),
    Case("copies", "prefix_copy", {"source_bucket": "mine", "prefix": "", "target_prefix": "copied"}, "1"),
    Case("computes", "text_digest", {"text": "hello"}, "2cf24dba5fb0a30e"),
    Case("links to read", "object_link", MINE, "/mine/a.txt?"),
    Case("links to write", "object_link", {**MINE, "upload": True}, "/mine/a.txt?"),
    Case("uploads", "object_upload", {"name": "b.txt", "text": "text"}, "uploads/b.txt"),
    Case("uploads and waits", "object_upload", {"name": "b.txt", "text": "text", "wait": True}, "uploads/b.txt"),
    Case("sends", "queue", {"action": "send", "body": "job"}, "MessageId"),
    Case("counts", "queue", {"action": "depth"}, "ApproximateNumberOfMessages"),
    Case("peeks", "queue", {"action": "peek"}, "job"),
    Case("reads a template", "template_read", {"name": "shared"}, "template"),
    Case(
        "tries both", "template_read", {"name": "none"}, "there is no template none", fails=True, tried=(ROLE, SERVER)
    ),
    Case("searches logs", "logs_search", {"team": "x"}, "started"),
    Case("searches logs for a text", "logs_search", {"team": "x", "text": "started"}, "started"),
    Case("reads a parameter", "parameter_get", {"name": "color"}, "blue"),
    Case("reports on tables", "tables_report", {}, "documents: "),
    Case("lists functions", "functions_list", {}, "archive-index alice"),
    Case("lists roles", "roles_list", {}, "claimed"),
    Case("lists roles with policies", "roles_list", {"with_policies": True}, "policy/reader"),
    Case("names the role of the claim", "who_am_i", {}, "assumed-role/claimed/twenty-alice-"),
    Case("describes a secret", "secret_show", {"secret_id": "s"}, "s"),
    Case("shows a secret", "secret_show", {"secret_id": "s", "reveal": True}, "hidden"),
    Case("encrypts", "key_seal", {"key_id": "KEY", "text": "t"}),
    Case("puts", "document_put", {"id": "1", "owner": "alice"}, "1"),
    Case("imports", "documents_import", {"ids": ["2", "3"], "owner": "bob"}, "2"),
    Case("gets", "document_get", {"id": "1"}, "alice"),
    Case("finds by owner", "documents_find", {"owner": "bob"}, "2\n3"),
    Case("finds all", "documents_find", {}, "1\n2\n3"),
)
OTHER_ROLE = (
    Case("names the role of the environment", "who_am_i", {}, "assumed-role/of-the-environment/twenty-alice-"),
    Case("puts though nobody can be told", "document_put", {"id": "4", "owner": "alice"}, "4"),
)
NO_TOKEN = (
    Case("reads the shared template", "template_read", {"name": "shared"}, "template", tried=(SERVER,)),
    Case("puts and tells nobody", "document_put", {"id": "5", "owner": "alice"}, "5"),
)
CASES = (*CALLER, *OTHER_ROLE, *NO_TOKEN)
REFUSED = Case("is refused", "objects_list", {"bucket": "mine"}, "a bearer token is required", fails=True)


@dataclass(slots=True)
class Runs:
    """The server's runs: what it announced, and the outcome of each case by its name; `topics` by case."""

    endpoint: str
    announced: dict[str, dict[str, Any]] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return named(str(SERVERS / "twenty_tools.expected.toml"))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    folder = tmp_path_factory.mktemp("twenty")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    (folder / "key.pem").write_bytes(key.public_key().public_bytes(*pem))
    claims = {"sub": "alice", "aud": "twenty-tools", "exp": int(time.time()) + 600}
    stand_in = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    stand_in.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as events:
        try:
            host, port = stand_in.get_host_and_port()
            endpoint = f"http://{host}:{port}"
            topic, key_id = prepared(endpoint)
            events.bind(("127.0.0.1", 0))
            events.setblocking(False)
            environment = {
                "AWS_ACCESS_KEY_ID": SERVER_KEY,
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": endpoint,
                "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_CONFIG_FILE": str(folder / "none"),
                "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
                "AWS_CSM_ENABLED": "true",
                "AWS_CSM_PORT": str(events.getsockname()[1]),
                "PYTHONDONTWRITEBYTECODE": "1",
                "TWENTY_JWT_KEY_FILE": str(folder / "key.pem"),
            }
            found = Runs(endpoint)
            for cases, own in (
                (CALLER, {"TWENTY_TOKEN": signed(key, **claims, role_arn=CLAIMED), "TWENTY_TOPIC_ARN": topic}),
                (OTHER_ROLE, {"TWENTY_TOKEN": signed(key, **claims), "TWENTY_TOPIC_ARN": topic + "-gone"}),
                ((*NO_TOKEN, REFUSED), {}),
            ):
                settings = {**environment, "TWENTY_ROLE_ARN": SETTING, **own}
                asyncio.run(run(found, cases, settings, events, key_id))
            yield found
        finally:
            stand_in.stop()


def signed(key: rsa.RSAPrivateKey, **claims: Any) -> str:
    return jwt.encode(claims, key, algorithm="RS256")


async def run(found: Runs, cases: tuple[Case, ...], settings: dict[str, str], events: socket.socket, key: str) -> None:
    """Start the server, call it case by case, and note what happens in `found`; `key` is the id of the key that exists."""
    process = StdioServerParameters(command=sys.executable, args=["-m", "twenty_tools"], env=settings, cwd=SERVERS)
    async with Client(stdio_client(process), read_timeout_seconds=60) as client:
        for tool in (await client.list_tools()).tools:
            found.announced[tool.name] = tool.input_schema
        for case in cases:
            arguments = {name: key if value == "KEY" else value for name, value in case.arguments.items()}
            answer = await client.call_tool(case.tool, arguments)
            text = "\n".join(part.text for part in answer.content)
            # The events of a call are sent before it is answered, and loopback does not delay them.
            found.outcomes[case.name] = Outcome(bool(answer.is_error), text, frozenset(received(events)))
            found.topics[case.name] = settings.get("TWENTY_TOPIC_ARN", "")


def received(events: socket.socket) -> Iterator[tuple[str, Credential]]:
    """The calls of AWS that botocore has reported since the last time."""
    while True:
        try:
            event = json.loads(events.recv(1 << 16))
        except BlockingIOError:
            return
        if event["Type"] == "ApiCallAttempt":
            service = event["Service"].replace(" ", "")
            credential = SERVER if event["AccessKey"] == SERVER_KEY else ROLE
            assert credential is SERVER or "SessionToken" in event
            yield f"{SERVICES.get(service, service.lower())}.{event['Api']}", credential


def prepared(endpoint: str) -> tuple[str, str]:
    """Fill the stand-in with all that the tools ask for; the ARN of the topic and the id of the key."""
    session = boto3.Session(**KEYS)

    def client(service: str) -> Any:
        return session.client(service, endpoint_url=endpoint)

    s3, iam, dynamodb, logs = (client(name) for name in ("s3", "iam", "dynamodb", "logs"))
    for bucket in ("mine", "twenty-archive"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket="mine", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="mine", Key="a.txt", Body=b"hello", Tagging="team=x")
    s3.put_object(Bucket="twenty-archive", Key="templates/shared.txt", Body=b"template")
    dynamodb.create_table(
        TableName="documents",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-owner",
                "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for role in ("claimed", "of-the-environment"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    policy = iam.create_policy(PolicyName="reader", PolicyDocument=json.dumps(READER))
    iam.attach_role_policy(RoleName="claimed", PolicyArn=policy["Policy"]["Arn"])
    client("sqs").create_queue(QueueName="report-jobs")
    client("secretsmanager").create_secret(Name="s", SecretString="hidden")
    client("ssm").put_parameter(Name="/test/color", Value="blue", Type="String")
    logs.create_log_group(logGroupName="/reports/x")
    logs.create_log_stream(logGroupName="/reports/x", logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": "started"}
    logs.put_log_events(logGroupName="/reports/x", logStreamName="s", logEvents=[event])
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", "")
    client("lambda").create_function(
        FunctionName="archive-index",
        Runtime="python3.11",
        Role=CLAIMED,
        Handler="index.handler",
        Code={"ZipFile": code.getvalue()},
        Tags={"owner": "alice"},
    )
    topic = client("sns").create_topic(Name="documents")["TopicArn"]
    return topic, client("kms").create_key()["KeyMetadata"]["KeyId"]


def expected(tool: Tool, case: Case, topic: str) -> set[tuple[str, Credential]]:
    """The calls that the manifest says `case` makes."""
    defaults = {name: parameter.default for name, parameter in tool.parameters.items()}
    given = {
        name: str(value).lower() if value in (True, False) else str(value) for name, value in case.arguments.items()
    }
    values = {**defaults, "TWENTY_TOPIC_ARN": topic, **given}
    found = set()
    for need in tool.requirements:
        made = need.necessity is not Necessity.DEFERRED
        if made and (not need.when or expression(need.when).holds(lambda name: (values[name],))):
            found |= {(need.operation, credential) for credential in case.tried or need.credentials[:1]}
    if tool.name in ASKS_FOR_NOTHING:
        found |= {(ASKS_FOR_NOTHING[tool.name], credential) for credential in tool.credentials}
    if tool.assumes or any(credential is ROLE for _, credential in found):
        found.add(ASSUMES)
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_tool_calls_what_the_manifest_says_with_the_credential_it_says(runs: Runs, manifest: Manifest, case: Case):
    (tool,) = (tool for tool in manifest.tools if tool.name == case.tool)
    outcome = runs.outcomes[case.name]
    assert case.said in outcome.text
    assert outcome.failed is case.fails
    assert outcome.calls == expected(tool, case, runs.topics[case.name])


def test_together_the_cases_make_every_call_of_the_manifest_and_no_other(runs: Runs, manifest: Manifest):
    made = {(case.tool, *call) for case in CASES for call in runs.outcomes[case.name].calls if call != ASSUMES}
    written = {
        (tool.name, need.operation, credential)
        for tool in manifest.tools
        for need in tool.requirements
        for credential in need.credentials
        if need.necessity is not Necessity.DEFERRED
    }
    assert made == written | {("who_am_i", "sts.GetCallerIdentity", credential) for credential in (ROLE, SERVER)}


def test_the_tools_and_their_arguments_are_those_of_the_manifest(runs: Runs, manifest: Manifest):
    def default(value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else value

    announced = {
        name: {
            argument: None if argument in schema.get("required", ()) else default(described["default"])
            for argument, described in schema["properties"].items()
        }
        for name, schema in runs.announced.items()
    }
    assert announced == {
        tool.name: {name: parameter.default for name, parameter in tool.parameters.items()} for tool in manifest.tools
    }
    assert len(announced) == 20


def test_a_caller_without_a_token_is_refused_before_any_call(runs: Runs):
    outcome = runs.outcomes[REFUSED.name]
    assert outcome.failed
    assert REFUSED.said in outcome.text
    assert outcome.calls == frozenset()


@pytest.mark.parametrize(("name", "method"), [("links to read", "GET"), ("links to write", "PUT")])
def test_a_link_carries_the_role_and_does_what_its_deferred_need_says(runs: Runs, name: str, method: str):
    link = runs.outcomes[name].text
    signer = parse_qs(urlsplit(link).query)
    assert signer["X-Amz-Security-Token"]
    assert not signer["X-Amz-Credential"][0].startswith(SERVER_KEY)
    assert link.startswith(runs.endpoint)
    request = urllib.request.Request(link, method=method, data=b"hello" if method == "PUT" else None)  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - the stand-in's own address
        assert answer.read() == (b"hello" if method == "GET" else b"")


def test_the_action_of_each_need_is_one_that_its_operation_asks_for(manifest: Manifest):
    needs = [need for tool in manifest.tools for need in tool.requirements]
    known = {need.operation: operations.actions(*need.operation.split(".")) for need in needs}
    # Operations that the catalog does not map have no actions to hold against the manifest.
    assert [need for need in needs if need.action not in (known[need.operation] or (need.action,))] == []
    assert {operation for operation, actions in known.items() if actions is None} <= {"logs.FilterLogEvents"}


def test_each_need_names_a_place_in_the_source(manifest: Manifest):
    for tool in manifest.tools:
        path, _, name = tool.source.partition(":")
        text = (SERVERS / "twenty_tools" / path).read_text(encoding="utf-8")
        assert re.search(rf"^ *(async )?def {name.rpartition('.')[2]}\(", text, re.MULTILINE), tool.source

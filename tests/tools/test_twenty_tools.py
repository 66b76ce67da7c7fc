"""The server of 20 tools, run against a stand-in for AWS: what it announces and calls, held against the manifest written by hand."""

# ruff: noqa: TID253 - the test talks to the server with the library that iamsim imports late
from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mcp import Client, StdioServerParameters, stdio_client

from iamsim.catalog import operations
from iamsim.model.tool import Credential, Necessity, Tool
from iamsim.tools.expressions import expression
from iamsim.tools.manifest import Manifest, named
from tests.tools.twenty_tools_run import (
    CALLER,
    NO_TOKEN,
    OTHER_ROLE,
    REFUSED,
    ROLE,
    SERVER,
    SERVER_KEY,
    SERVERS,
    Case,
    Stage,
    stage,
)

SERVICES = {"SecretsManager": "secretsmanager", "CloudWatchLogs": "logs"}
"""The services whose name in an event of botocore is not the SDK's, in capitals."""

ASSUMES = ("sts.AssumeRole", Credential.SERVER)
ASKS_FOR_NOTHING = {"who_am_i": "sts.GetCallerIdentity"}
"""Operations that no policy must allow, so that the manifest has no need for them."""

CASES = (*CALLER, *OTHER_ROLE, *NO_TOKEN)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call answered, and the calls of AWS that it made: operations, each with the credential that signed it."""

    failed: bool
    text: str
    calls: frozenset[tuple[str, Credential]]


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
    with (
        stage(tmp_path_factory.mktemp("twenty")) as staged,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as events,
    ):
        events.bind(("127.0.0.1", 0))
        events.setblocking(False)
        reports = {"AWS_CSM_ENABLED": "true", "AWS_CSM_PORT": str(events.getsockname()[1])}
        found = Runs(staged.endpoint)
        for caller in staged.callers:
            settings = {**staged.environment, **reports, **caller.settings}
            asyncio.run(run(found, caller.cases, settings, events, staged))
        yield found


async def run(
    found: Runs, cases: tuple[Case, ...], settings: dict[str, str], events: socket.socket, staged: Stage
) -> None:
    """Start the server, call it case by case, and note what happens in `found`."""
    process = StdioServerParameters(command=sys.executable, args=["-m", "twenty_tools"], env=settings, cwd=SERVERS)
    async with Client(stdio_client(process), read_timeout_seconds=60) as client:
        for tool in (await client.list_tools()).tools:
            found.announced[tool.name] = tool.input_schema
        for case in cases:
            answer = await client.call_tool(case.tool, staged.arguments(case))
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

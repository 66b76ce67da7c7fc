"""The small servers, one for each way to register tools: that what each is expected to call is what it calls."""

# ruff: noqa: TID253 - the servers run with the libraries that iamsim itself imports late
from __future__ import annotations

import ast
import asyncio
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import botocore.client
import fastmcp
import mcp
import pytest

FORMS = Path(__file__).parents[2] / "fixtures" / "servers" / "forms"
EXPECTED = {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in FORMS.glob("*/expected.json")}
RUNNING = sorted(name for name, form in EXPECTED.items() if form["runs"])
TEXTS = sorted(EXPECTED.keys() - set(RUNNING))

SERVER_KEY, ROLE_KEY = "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"
ISSUED = {"Credentials": {"AccessKeyId": ROLE_KEY, "SecretAccessKey": "secret", "SessionToken": "session"}}

Calls = list[list[str]]
"""The calls of AWS: operation and credential."""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    made: Calls = []

    def answer(client: Any, operation: str, _: dict[str, Any]) -> dict[str, Any]:
        signer = {SERVER_KEY: "server", ROLE_KEY: "role"}[client._get_credentials().access_key]  # noqa: SLF001
        made.append([f"{client.meta.service_model.service_name}.{operation}", signer])
        return ISSUED if operation == "AssumeRole" else {}

    for name, value in {
        "AWS_ACCESS_KEY_ID": SERVER_KEY,
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "BUCKETS_ROLE_ARN": "arn:aws:iam::111122223333:role/buckets",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", answer)
    # boto3 keeps its default session, and with it the credentials that it found first.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    return made


@pytest.mark.parametrize("name", RUNNING)
def test_a_server_announces_the_tools_that_are_expected_and_each_makes_the_calls_that_are(name: str, calls: Calls):
    module = loaded(name)
    server = getattr(module, "server", None) or module.mcp
    # A role that is assumed while the server starts is no call of a tool.
    calls.clear()
    assert asyncio.run(called(server, calls)) == EXPECTED[name]["tools"]


@pytest.mark.parametrize("name", TEXTS)
def test_a_server_for_an_sdk_that_is_not_installed_names_each_of_its_operations_in_its_text(name: str):
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((FORMS / name).glob("*.py")))
    ast.parse(text)
    for (operation, _), *more in EXPECTED[name]["tools"].values():
        assert not more
        words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation.partition(".")[2])
        assert f".{words.strip('_')}(" in text


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"form_{name}", FORMS / name / "server.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def called(server: Any, calls: Calls) -> dict[str, Calls]:
    """The calls of each tool of `server`, each called once with a text for every argument that it needs."""
    found = {}
    async with fastmcp.Client(server) if isinstance(server, fastmcp.FastMCP) else mcp.Client(server) as client:
        listed = await client.list_tools()
        for tool in getattr(listed, "tools", listed):
            await client.call_tool(tool.name, dict.fromkeys(tool.input_schema.get("required", ()), "x"))
            found[tool.name] = list(calls)
            calls.clear()
    return found

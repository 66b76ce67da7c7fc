"""The example server, run in process: what it announces and what it really calls, held against its manifest."""

# ruff: noqa: TID253 - the test runs the example server with the libraries that iamsim itself imports late
from __future__ import annotations

import asyncio
import importlib.util
import io
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from mcp import Client
from urllib3 import HTTPResponse

from iamsim.model.server import AssumeTemplate
from iamsim.tools.manifest import Manifest, named

SERVER = Path(__file__).parents[2] / "fixtures" / "servers" / "example_s3_iam_search.py"
ROLE_ARN = "arn:aws:iam::111122223333:role/search-reader"
SERVER_KEY, ROLE_KEY = "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"
SERVER_SECRET = "server-secret"

ISSUED = f"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>{ROLE_KEY}</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-session</SessionToken>
<Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""
ROLE = f"<Path>/</Path><RoleName>r</RoleName><RoleId>i</RoleId><Arn>{ROLE_ARN}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>"
IAM = 'xmlns="https://iam.amazonaws.com/doc/2010-05-08/"'
ROLES = f"<ListRolesResponse {IAM}><ListRolesResult><Roles><member>{ROLE}</member></Roles></ListRolesResult></ListRolesResponse>"
ONE_ROLE = f"<GetRoleResponse {IAM}><GetRoleResult><Role>{ROLE}</Role></GetRoleResult></GetRoleResponse>"
KEYS = "<ListBucketResult><Contents><Key>a.txt</Key></Contents></ListBucketResult>"

CALLS = {
    "s3_objects_list": (
        {"bucket": "reports"},
        KEYS,
        "GET",
        "/?list-type=2&prefix=&max-keys=100&encoding-type=url",
        "a.txt",
    ),
    "s3_object_get": ({"bucket": "reports", "key": "k"}, "hello", "GET", "/k", "hello"),
    "s3_object_put": ({"bucket": "reports", "key": "k", "text": "t"}, "", "PUT", "/k", "s3://reports/k"),
    "iam_roles_list": ({}, ROLES, "POST", "/", ROLE_ARN),
    "iam_role_get": ({"role_name": "r"}, ONE_ROLE, "POST", "/", ROLE_ARN),
    "search_query": ({"index": "i", "query": "q"}, '{"es":1}', "POST", "/i/_search", '{"es":1}'),
    "search_document_get": ({"index": "i", "document_id": "7"}, '{"es":2}', "GET", "/i/_doc/7", '{"es":2}'),
    "collection_query": ({"index": "i", "query": "q"}, '{"aoss":1}', "POST", "/i/_search", '{"aoss":1}'),
}
"""Tool to its arguments, AWS's answer, the method and path it must call, and what the tool must then say."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One request that was sent: the key and the service it was signed with and for, and what it asked."""

    key: str
    service: str
    method: str
    path: str
    form: dict[str, list[str]]


@dataclass(slots=True)
class Example:
    """The running example with a stand-in for AWS at the one place where botocore sends."""

    module: ModuleType
    manifest: Manifest
    key: rsa.RSAPrivateKey
    environment: pytest.MonkeyPatch
    answer: str = ""
    sent: list[Sent] = field(default_factory=list)

    @property
    def words(self) -> dict[str, str]:
        """What the manifest says the server says."""
        assert self.manifest.server.token is not None
        return {**self.manifest.server.token.messages, **self.assume.messages}

    @property
    def assume(self) -> AssumeTemplate:
        """How the manifest says the server assumes the role."""
        assert self.manifest.server.assume is not None
        return self.manifest.server.assume

    def called(self, name: str, arguments: dict[str, str], token: str) -> tuple[bool, str]:
        """Whether the call failed, and what the tool said."""
        self.environment.setenv("EXAMPLE_TOKEN", token)

        async def call() -> tuple[bool, str]:
            async with Client(self.module.server) as client:
                result = await client.call_tool(name, arguments)
                return result.is_error, "\n".join(part.text for part in result.content)

        return asyncio.run(call())

    def token(self, **claims: Any) -> str:
        """A token that the server accepts, but for `claims`; None leaves a claim out."""
        whole = {"sub": "alice", "aud": "example", "role_arn": ROLE_ARN, "exp": int(time.time()) + 60, **claims}
        stated = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(stated, self.key, algorithm="RS256")

    def send(self, request: Any) -> AWSResponse:
        """AWS's answer to `request`, which is noted."""
        assert SERVER_SECRET not in str(request.headers) + request.url
        scope = re.search(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/", _text(request.headers["Authorization"]))
        assert scope is not None
        url = urlsplit(request.url)
        path = url.path + (f"?{url.query}" if url.query else "")
        form = parse_qs(_text(request.body)) if scope[2] in ("sts", "iam") else {}
        self.sent.append(Sent(scope[1], scope[2], request.method, path, form))
        answer = ISSUED if scope[2] == "sts" else self.answer
        raw = HTTPResponse(io.BytesIO(answer.encode()), preload_content=False, status=200)
        return AWSResponse(request.url, 200, {}, raw)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


@pytest.fixture(scope="module")
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_s3_iam_search", SERVER)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def example(module: ModuleType, key: rsa.RSAPrivateKey, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Example:
    public = tmp_path / "key.pem"
    pem = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    public.write_bytes(key.public_key().public_bytes(*pem))
    for name, value in {
        "AWS_ACCESS_KEY_ID": SERVER_KEY,
        "AWS_SECRET_ACCESS_KEY": SERVER_SECRET,
        "AWS_REGION": "us-east-1",
        "EXAMPLE_JWT_KEY_FILE": str(public),
        "EXAMPLE_JWT_AUDIENCE": "example",
        "EXAMPLE_SEARCH_ENDPOINT": "https://search.invalid",
        "EXAMPLE_COLLECTION_ENDPOINT": "https://collection.invalid",
    }.items():
        monkeypatch.setenv(name, value)
    running = Example(module, named("example-s3-iam-search@1"), key, monkeypatch)
    monkeypatch.setattr(URLLib3Session, "send", lambda _, request: running.send(request))
    return running


def test_the_tools_and_their_arguments_are_those_of_the_manifest(example: Example):
    async def listed() -> list[Any]:
        async with Client(example.module.server) as client:
            return (await client.list_tools()).tools

    announced = {
        tool.name: {
            name: None if name in tool.input_schema.get("required", ()) else schema["default"]
            for name, schema in tool.input_schema["properties"].items()
        }
        for tool in asyncio.run(listed())
    }
    assert announced == {
        tool.name: {name: parameter.default for name, parameter in tool.parameters.items()}
        for tool in example.manifest.tools
    }


@pytest.mark.parametrize("name", CALLS)
def test_a_tool_calls_what_the_manifest_says_with_the_role(example: Example, name: str):
    arguments, example.answer, method, path, said = CALLS[name]
    assert example.called(name, arguments, example.token()) == (False, said)
    assume, use = example.sent
    assert (assume.service, assume.key) == ("sts", SERVER_KEY)
    (tool,) = (tool for tool in example.manifest.tools if tool.name == name)
    service, operation = tool.requirements[0].action.split(":")
    assert (use.service, use.key, use.method, use.path) == (service, ROLE_KEY, method, path)
    if service == "iam":
        assert use.form["Action"] == [operation]


def test_every_tool_of_the_manifest_is_tried(example: Example):
    assert [tool.name for tool in example.manifest.tools] == list(CALLS)


def test_the_assume_role_call_is_the_one_of_the_profile(example: Example):
    example.answer = KEYS
    example.called("s3_objects_list", {"bucket": "reports"}, example.token(sub="auth0|alice", external_id="prod-7"))
    form = example.sent[0].form
    name = example.assume.session_name.format(subject="auth0|alice", unix_time="0")
    replaced = re.sub(example.assume.session_name_replace, example.assume.session_name_replacement, name)
    assert re.sub(r"\d+$", "0", form["RoleSessionName"][0]) == replaced == "search-auth0_alice-0"
    assert form["SourceIdentity"] == ["auth0|alice"]
    assert form["DurationSeconds"] == [str(example.assume.duration_default)]
    assert form["RoleArn"] == [ROLE_ARN]
    assert set(form) == {"Action", "Version", "RoleArn", "RoleSessionName", "SourceIdentity", "DurationSeconds"}


def test_tags_are_sent_when_the_token_has_them(example: Example):
    example.answer = KEYS
    claims = {example.assume.tag_claims[0]: {"team": "search"}}
    example.called("s3_objects_list", {"bucket": "reports"}, example.token(**claims))
    form = example.sent[0].form
    assert (form["Tags.member.1.Key"], form["Tags.member.1.Value"]) == (["team"], ["search"])


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": 1}, "expired"),
        ({"aud": "other"}, "invalid_audience"),
        ({"nbf": 1 << 33}, "not_yet_valid"),
        ({"sub": None}, "missing_subject"),
        ({"role_arn": None}, "missing_role"),
    ],
)
def test_a_refused_token_is_answered_in_the_words_of_the_manifest(example: Example, claims: dict[str, Any], code: str):
    failed, said = example.called("s3_objects_list", {"bucket": "reports"}, example.token(**claims))
    assert failed
    assert example.words[code] in said
    assert example.sent == []


@pytest.mark.parametrize(
    ("token", "code"),
    [("no-token", "malformed"), (jwt.encode({"sub": "a"}, "k" * 32, algorithm="HS256"), "algorithm")],
    ids=["no token", "another algorithm"],
)
def test_what_is_no_token_of_this_kind_is_refused_in_the_words_of_the_manifest(example: Example, token: str, code: str):
    failed, said = example.called("s3_objects_list", {"bucket": "reports"}, token)
    assert failed
    assert example.words[code] in said
    assert example.sent == []


def test_a_token_of_another_key_is_refused_in_the_words_of_the_manifest(example: Example):
    example.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    failed, said = example.called("s3_objects_list", {"bucket": "reports"}, example.token())
    assert failed
    assert example.words["invalid_signature"] in said
    assert example.sent == []


def test_a_server_without_credentials_says_so_in_the_words_of_the_manifest(example: Example):
    example.environment.delenv("AWS_ACCESS_KEY_ID")
    failed, said = example.called("s3_objects_list", {"bucket": "reports"}, example.token())
    assert failed
    assert f"{example.words['failed']}: {example.words['no_credentials']}" in said
    assert example.sent == []

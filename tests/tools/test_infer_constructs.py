"""What Python can say, construct by construct: each call is found with its credentials, or it is said that it may be there."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest

from iamsim.model.finding import Confidence
from iamsim.model.tool import Necessity, Requirement, Tool
from iamsim.tools import written
from iamsim.tools.infer import Inferred, infer
from iamsim.tools.manifest import manifest

HEAD = """\
import asyncio, contextlib, functools, importlib, os, re, subprocess
import boto3
from typing import Any, NamedTuple, TypedDict
from dataclasses import dataclass, field
from enum import Enum
from pydantic import BaseModel, Field
from mcp.server.fastmcp import Context, FastMCP

server = FastMCP("constructs")


def issued():
    answer = boto3.client("sts").assume_role(RoleArn=os.environ["ROLE_ARN"], RoleSessionName="mcp")
    return answer["Credentials"]


def keys():
    found = issued()
    return {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }


def session_of_role():
    return boto3.Session(**keys())


"""
"""What stands before each source: the imports, the server, and three ways to the credentials of a role."""

ASSUMING = frozenset({"sts.AssumeRole", "sts.AssumeRoleWithWebIdentity", "sts.AssumeRoleWithSAML"})

Calls = dict[str, set[tuple[str, str]]]
"""The operations of each tool, each with its credential."""


@dataclass(frozen=True, slots=True)
class Case:
    """
    One source, in which the tool `t` makes the `calls`: `OPERATION/CREDENTIAL`, with spaces between (none: `server`).

    `open` is a part of what the tool's `unresolved` say; empty: it has none.
    """

    sentence: str
    source: str
    calls: str
    open: str = ""

    @property
    def expected(self) -> set[tuple[str, str]]:
        return {(one.partition("/")[0], one.partition("/")[2] or "server") for one in self.calls.split()}


# ---------------------------------------------------------------- helpers


@cache
def _read(files: tuple[tuple[str, str], ...]) -> Inferred:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files:
            path = Path(folder) / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        found = infer(Path(folder) / "tree", made="2026-11-25", name="constructs", version="1")
    # Whatever is inferred can be written and read again.
    assert manifest(written.toml(found.manifest), document="inferred.toml").tools == found.manifest.tools
    return found


def read(source: str | Mapping[str, str]) -> Inferred:
    """What is inferred of a source: one text, which goes behind `HEAD`, or whole files by name."""
    if isinstance(source, str):
        return _read((("server.py", HEAD + dedent(source)),))
    return _read(tuple((name, dedent(text)) for name, text in source.items()))


def inferred(source: str | Mapping[str, str]) -> Calls:
    return {tool.name: calls(tool) for tool in read(source).manifest.tools}


def calls(tool: Tool) -> set[tuple[str, str]]:
    return {
        (need.operation or need.action, str(who))
        for need in tool.requirements
        for who in need.credentials
        if need.operation not in ASSUMING
    }


def the(source: str | Mapping[str, str], name: str = "t") -> Tool:
    found = {tool.name: tool for tool in read(source).manifest.tools}
    assert name in found, f"no tool `{name}`, but {sorted(found)}; {read(source).notes}"
    return found[name]


def needs(source: str | Mapping[str, str], operation: str) -> tuple[Requirement, ...]:
    """The needs of an operation, without the KMS and listing permissions that follow from it."""
    prefix = {"logs": "logs", "cloudwatch": "cloudwatch"}.get(operation.partition(".")[0], operation.partition(".")[0])
    found = [need for need in the(source).requirements if need.operation == operation]
    own = [need for need in found if need.action.startswith(f"{prefix}:") and not _implied(need)]
    assert own, f"no need of {operation}, but {sorted(calls(the(source)))}"
    return tuple(own)


def _implied(need: Requirement) -> bool:
    return need.necessity is not Necessity.REQUIRED and ("_asks_" in need.when or "key_missing" in need.when)


def need(source: str | Mapping[str, str], operation: str) -> Requirement:
    (one,) = needs(source, operation)
    return one


def resources(source: str | Mapping[str, str], operation: str) -> set[str]:
    return {resource for one in needs(source, operation) for resource in one.resources}


def unresolved(source: str | Mapping[str, str], name: str = "t") -> list[str]:
    return [f"{one.what}: {one.why}" for one in the(source, name).unresolved]


def ids(case: Case) -> str:
    return case.sentence


# ---------------------------------------------------------------- whose credentials

CREDENTIALS = (
    Case(
        "a client of boto3 has the server's credentials",
        """
        @server.tool()
        def t(): return boto3.client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "the module may be imported under another name",
        """
        import boto3 as aws
        @server.tool()
        def t(): return aws.client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "the function alone may be imported",
        """
        from boto3 import client as make
        @server.tool()
        def t(): return make("s3").list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client with the keys that AssumeRole gave has the role's credentials",
        """
        @server.tool()
        def t(): return boto3.client("s3", **keys()).list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a session with those keys has the role's credentials",
        """
        @server.tool()
        def t(): return session_of_role().client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a session takes the keys at their places",
        """
        @server.tool()
        def t():
            found = issued()
            made = boto3.session.Session(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
            return made.client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a client takes the keys at their places",
        """
        @server.tool()
        def t():
            found = issued()
            made = boto3.client("s3", None, None, True, None, None, found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
            return made.list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "keys from the environment are the server's",
        """
        @server.tool()
        def t():
            return boto3.client("s3", aws_access_key_id=os.environ["KEY"], aws_secret_access_key=os.environ["SECRET"]).list_buckets()
        """,
        "s3.ListBuckets/server",
    ),
    Case(
        "keys that are arguments are brokered",
        """
        @server.tool()
        def t(access_key: str, secret_key: str):
            return boto3.client("s3", aws_access_key_id=access_key, aws_secret_access_key=secret_key).list_buckets()
        """,
        "s3.ListBuckets/brokered",
    ),
    Case(
        "a session that is given a profile is the server's",
        """
        @server.tool()
        def t(profile: str = "default"): return boto3.Session(profile_name=profile).client("s3").list_buckets()
        """,
        "s3.ListBuckets/server",
    ),
    Case(
        "frozen credentials of a session are the session's",
        """
        @server.tool()
        def t():
            frozen = session_of_role().get_credentials().get_frozen_credentials()
            made = boto3.Session(aws_access_key_id=frozen.access_key, aws_secret_access_key=frozen.secret_key, aws_session_token=frozen.token)
            return made.client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a session of botocore gives clients",
        """
        import botocore.session
        @server.tool()
        def t(): return botocore.session.get_session().create_client("s3").list_buckets()
        """,
        "s3.ListBuckets/server",
    ),
    Case(
        "a session may be made around a session of botocore",
        """
        from botocore.session import get_session
        @server.tool()
        def t(): return boto3.Session(botocore_session=get_session()).client("s3").list_buckets()
        """,
        "s3.ListBuckets/server",
    ),
    Case(
        "credentials that are set on a session of botocore are its clients'",
        """
        from botocore.session import Session
        @server.tool()
        def t():
            inner = Session()
            found = issued()
            inner.set_credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
            return boto3.Session(botocore_session=inner).client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "refreshable credentials that are put into a session of botocore are its clients'",
        """
        from botocore.credentials import RefreshableCredentials
        from botocore.session import get_session
        def refresh():
            found = issued()
            return {"access_key": found["AccessKeyId"], "secret_key": found["SecretAccessKey"], "token": found["SessionToken"], "expiry_time": "x"}
        @server.tool()
        def t():
            inner = get_session()
            inner._credentials = RefreshableCredentials.create_from_metadata(metadata=refresh(), refresh_using=refresh, method="sts")
            return boto3.Session(botocore_session=inner).client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a client that signs nothing has no credentials",
        """
        from botocore import UNSIGNED
        from botocore.config import Config
        @server.tool()
        def t(): return boto3.client("s3", config=Config(signature_version=UNSIGNED)).list_objects_v2(Bucket="b")
        """,
        "s3.ListObjectsV2/unsigned",
    ),
    Case(
        "a configuration may be made apart from the client",
        """
        import botocore, botocore.client
        _PUBLIC = botocore.client.Config(signature_version=botocore.UNSIGNED, retries={"max_attempts": 3})
        @server.tool()
        def t(): return boto3.Session().client("s3", config=_PUBLIC).list_objects_v2(Bucket="b")
        """,
        "s3.ListObjectsV2/unsigned",
    ),
    Case(
        "the signing may be switched off by the client's events",
        """
        from botocore.handlers import disable_signing
        @server.tool()
        def t():
            s3 = boto3.resource("s3")
            s3.meta.client.meta.events.register("choose-signer.s3.*", disable_signing)
            return s3.meta.client.list_objects_v2(Bucket="b")
        """,
        "s3.ListObjectsV2",
        "whose credentials a client has",
    ),
    Case(
        "AssumeRoleWithWebIdentity gives a role",
        """
        @server.tool()
        def t():
            found = boto3.client("sts").assume_role_with_web_identity(RoleArn="a", RoleSessionName="b", WebIdentityToken="c")
            made = found["Credentials"]
            return boto3.client("s3", aws_access_key_id=made["AccessKeyId"], aws_secret_access_key=made["SecretAccessKey"], aws_session_token=made["SessionToken"]).list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "an answer that is taken apart with get is still the role's",
        """
        @server.tool()
        def t():
            found = boto3.client("sts").assume_role(RoleArn="a", RoleSessionName="b").get("Credentials", {})
            return boto3.client("s3", aws_access_key_id=found.get("AccessKeyId"), aws_secret_access_key=found.get("SecretAccessKey"), aws_session_token=found.get("SessionToken")).list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "keys that are renamed with a comprehension are still the role's",
        """
        NAMES = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey", "aws_session_token": "SessionToken"}
        @server.tool()
        def t():
            found = issued()
            return boto3.client("s3", **{ours: found[theirs] for ours, theirs in NAMES.items()}).list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "keys pass through a named tuple",
        """
        class Keys(NamedTuple):
            key: str
            secret: str
            token: str
        def made() -> Keys:
            found = issued()
            return Keys(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        @server.tool()
        def t():
            key, secret, token = made()
            return boto3.Session(key, secret, token).client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "keys pass through a dataclass",
        """
        @dataclass
        class Keys:
            access: str
            secret: str
            token: str | None = None
        @server.tool()
        def t():
            found = issued()
            made = Keys(access=found["AccessKeyId"], secret=found["SecretAccessKey"], token=found["SessionToken"])
            return boto3.client("s3", aws_access_key_id=made.access, aws_secret_access_key=made.secret, aws_session_token=made.token).list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "keys pass through a model of pydantic",
        """
        class Keys(BaseModel):
            access: str = Field(...)
            secret: str = Field(...)
        @server.tool()
        def t():
            found = issued()
            made = Keys(access=found["AccessKeyId"], secret=found["SecretAccessKey"])
            return boto3.client("s3", aws_access_key_id=made.access, aws_secret_access_key=made.secret).list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a session passes through a typed dictionary",
        """
        class State(TypedDict):
            session: Any
        def state() -> State:
            return State(session=session_of_role())
        @server.tool()
        def t(): return state()["session"].client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a session passes through a dataclass whose field has a factory",
        """
        @dataclass
        class State:
            session: Any = field(default_factory=session_of_role)
        @server.tool()
        def t(): return State().session.client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a session passes through a closure",
        """
        def bound():
            session = session_of_role()
            def made(service): return session.client(service)
            return made
        @server.tool()
        def t(): return bound()("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a session passes through a global that a function sets",
        """
        _session = None
        def session():
            global _session
            if _session is None:
                _session = session_of_role()
            return _session
        @server.tool()
        def t(): return session().client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a session passes through a cached function",
        """
        @functools.lru_cache(maxsize=None)
        def session(): return session_of_role()
        @server.tool()
        def t(): return session().client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a session passes through a dictionary that caches it",
        """
        CACHE = {}
        def session(name):
            if name not in CACHE:
                CACHE[name] = session_of_role()
            return CACHE[name]
        @server.tool()
        def t(name: str): return session(name).client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a session passes through a dictionary with setdefault",
        """
        CACHE = {}
        @server.tool()
        def t(name: str): return CACHE.setdefault(name, session_of_role()).client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "a client passes through an attribute that another method sets",
        """
        class Holder:
            client = None
            def open(self): self.client = boto3.client("s3", **keys())
            def use(self):
                self.open()
                return self.client.list_buckets()
        @server.tool()
        def t(): return Holder().use()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "one role is assumed with the credentials of another",
        """
        @server.tool()
        def t():
            second = session_of_role().client("sts").assume_role(RoleArn="b", RoleSessionName="c")["Credentials"]
            return boto3.client("s3", aws_access_key_id=second["AccessKeyId"], aws_secret_access_key=second["SecretAccessKey"], aws_session_token=second["SessionToken"]).list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "two clients keep their own credentials",
        """
        @server.tool()
        def t():
            ours, theirs = boto3.client("s3"), session_of_role().client("s3")
            ours.list_buckets()
            return theirs.get_bucket_location(Bucket="b")
        """,
        "s3.ListBuckets/server s3.GetBucketLocation/role",
    ),
    Case(
        "a function that is given either client acts with both",
        """
        def located(client): return client.get_bucket_location(Bucket="b")
        @server.tool()
        def t(mine: bool = False):
            return located(session_of_role().client("s3") if mine else boto3.client("s3"))
        """,
        "s3.GetBucketLocation/role s3.GetBucketLocation/server",
    ),
    Case(
        "the default session may be set up with the role's keys",
        """
        @server.tool()
        def t():
            boto3.setup_default_session(**keys())
            return boto3.client("s3").list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "an asynchronous client of aioboto3 has its session's credentials",
        """
        import aioboto3
        @server.tool()
        async def t():
            async with aioboto3.Session(**keys()).client("s3") as s3:
                return await s3.list_buckets()
        """,
        "s3.ListBuckets/role",
    ),
    Case(
        "an asynchronous client of aiobotocore has the server's credentials",
        """
        from aiobotocore.session import get_session
        @server.tool()
        async def t():
            async with get_session().create_client("s3") as s3:
                return await s3.list_buckets()
        """,
        "s3.ListBuckets/server",
    ),
)

# ---------------------------------------------------------------- what the SDK offers

SDK = (
    Case(
        "a paginator makes its operation",
        """
        @server.tool()
        def t():
            for page in boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket="b"):
                print(page)
        """,
        "s3.ListObjectsV2",
    ),
    Case(
        "a paginator may be searched and built as a whole",
        """
        @server.tool()
        def t():
            pages = boto3.client("iam").get_paginator("list_roles")
            list(pages.paginate().search("Roles[].Arn"))
            return boto3.client("iam").get_paginator("list_users").paginate().build_full_result()
        """,
        "iam.ListRoles iam.ListUsers",
    ),
    Case(
        "a waiter makes the operation it polls",
        """
        @server.tool()
        def t(): boto3.client("s3").get_waiter("bucket_exists").wait(Bucket="b")
        """,
        "s3.HeadBucket",
    ),
    Case(
        "resources, their attributes and their collections make calls",
        """
        @server.tool()
        def t():
            s3 = boto3.resource("s3")
            s3.Object("b", "k").content_length
            return [bucket.name for bucket in s3.buckets.all()]
        """,
        "s3.HeadObject s3.ListBuckets",
    ),
    Case(
        "a collection may be deleted as a whole",
        """
        @server.tool()
        def t(): boto3.resource("s3").Bucket("b").objects.filter(Prefix="p").delete()
        """,
        "s3.ListObjects s3.DeleteObjects",
    ),
    Case(
        "a collection is listed when it is handed to list, sorted, any and a star",
        """
        @server.tool()
        def t():
            return list(boto3.resource("iam").roles.all()), sorted(boto3.resource("iam").users.all()), [*boto3.resource("iam").groups.all()]
        """,
        "iam.ListRoles iam.ListUsers iam.ListGroups",
    ),
    Case(
        "a collection with a limit is listed",
        """
        @server.tool()
        def t(): return [each.key for each in boto3.resource("s3").Bucket("b").objects.limit(5)]
        """,
        "s3.ListObjects",
    ),
    Case(
        "a resource leads to its client",
        """
        @server.tool()
        def t(): return boto3.resource("dynamodb").meta.client.list_tables()
        """,
        "dynamodb.ListTables",
    ),
    Case(
        "a table has its own calls",
        """
        @server.tool()
        def t():
            table = boto3.resource("dynamodb").Table("x")
            table.get_item(Key={})
            return table.item_count
        """,
        "dynamodb.GetItem dynamodb.DescribeTable",
    ),
    Case(
        "a batch writer writes",
        """
        @server.tool()
        def t():
            with boto3.resource("dynamodb").Table("x").batch_writer() as batch:
                batch.put_item(Item={})
        """,
        "dynamodb.BatchWriteItem",
    ),
    Case(
        "a presigned POST puts an object later",
        """
        @server.tool()
        def t(): return boto3.client("s3").generate_presigned_post("b", "k")
        """,
        "s3.PutObject",
    ),
    Case(
        "a file is downloaded with what looks at it first",
        """
        @server.tool()
        def t(): boto3.client("s3").download_fileobj("b", "k", open("f", "wb"))
        """,
        "s3.HeadObject s3.GetObject",
    ),
    Case(
        "an object of the resource layer downloads",
        """
        @server.tool()
        def t(): boto3.resource("s3").Bucket("b").download_file("k", "f")
        """,
        "s3.HeadObject s3.GetObject",
    ),
    Case(
        "an exception of the client is caught by its own name",
        """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            try:
                return s3.get_object(Bucket="b", Key="k")
            except s3.exceptions.NoSuchKey:
                return s3.list_objects_v2(Bucket="b")
        """,
        "s3.GetObject s3.ListObjectsV2",
    ),
    Case(
        "a service may be named by a constant, a member of an enumeration and a text that is put together",
        """
        SERVICE = "s3"
        class Services(str, Enum):
            KEYS = "kms"
        @server.tool()
        def t():
            boto3.client(SERVICE).list_buckets()
            boto3.client(Services.KEYS.value).list_keys()
            return boto3.client("dynamo" + "db").list_tables()
        """,
        "s3.ListBuckets kms.ListKeys dynamodb.ListTables",
    ),
    Case(
        "an identity that is asked for needs no permission",
        """
        @server.tool()
        def t(): return boto3.client("sts").get_caller_identity()
        """,
        "",
    ),
)

# ---------------------------------------------------------------- the order of statements

FLOW = (
    Case(
        "both branches are taken, and what stands behind a return is not",
        """
        @server.tool()
        def t(a: str):
            s3 = boto3.client("s3")
            if a == "x":
                return s3.list_buckets()
            else:
                return s3.get_bucket_location(Bucket=a)
            s3.delete_bucket(Bucket=a)
        """,
        "s3.ListBuckets s3.GetBucketLocation",
    ),
    Case(
        "what is never true is not followed",
        """
        DEBUG = False
        @server.tool()
        def t():
            if DEBUG: boto3.client("s3").delete_bucket(Bucket="b")
            return boto3.client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "an early return for some leaves the rest for others",
        """
        @server.tool()
        def t(name: str = ""):
            s3 = boto3.client("s3")
            if not name: return s3.list_buckets()
            return s3.list_objects_v2(Bucket=name)
        """,
        "s3.ListBuckets s3.ListObjectsV2",
    ),
    Case(
        "a loop without end is left by break, return and an exception",
        """
        @server.tool()
        def t():
            s3, token = boto3.client("s3"), None
            while True:
                page = s3.list_objects_v2(Bucket="b", **({"ContinuationToken": token} if token else {}))
                token = page.get("NextContinuationToken")
                if not token: break
            return s3.list_buckets()
        """,
        "s3.ListObjectsV2 s3.ListBuckets",
    ),
    Case(
        "a loop without end that is left inside of a try goes on",
        """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            while True:
                try:
                    s3.list_buckets()
                    break
                except Exception:
                    continue
            return s3.get_bucket_location(Bucket="b")
        """,
        "s3.ListBuckets s3.GetBucketLocation",
    ),
    Case(
        "a loop without end that is left inside of a match, a with or a nested if goes on",
        """
        @server.tool()
        def t(a: str):
            s3 = boto3.client("s3")
            while 1:
                with contextlib.suppress(ValueError):
                    match a:
                        case "x":
                            break
                        case _:
                            s3.list_buckets()
            return s3.get_bucket_location(Bucket="b")
        """,
        "s3.ListBuckets s3.GetBucketLocation",
    ),
    Case(
        "the else of a loop is followed",
        """
        @server.tool()
        def t(names: list[str]):
            for name in names:
                if name == "x": break
            else:
                return boto3.client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "every part of a try is followed",
        """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            try:
                s3.head_bucket(Bucket="b")
            except ValueError:
                s3.list_buckets()
            else:
                s3.get_bucket_location(Bucket="b")
            finally:
                s3.get_bucket_acl(Bucket="b")
        """,
        "s3.HeadBucket s3.ListBuckets s3.GetBucketLocation s3.GetBucketAcl",
    ),
    Case(
        "what stands in a finally is followed although the try returns",
        """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            try:
                return s3.list_buckets()
            finally:
                s3.get_bucket_acl(Bucket="b")
        """,
        "s3.ListBuckets s3.GetBucketAcl",
    ),
    Case(
        "what stands in a finally is followed although the handlers raise",
        """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            try:
                s3.list_buckets()
            except Exception as error:
                raise RuntimeError from error
            finally:
                s3.get_bucket_acl(Bucket="b")
            return s3.get_bucket_location(Bucket="b")
        """,
        "s3.ListBuckets s3.GetBucketAcl s3.GetBucketLocation",
    ),
    Case(
        "what follows a try whose body always raises is reached by its handler",
        """
        class Missing(Exception): pass
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            try:
                raise Missing
            except Missing:
                s3.list_buckets()
            return s3.get_bucket_location(Bucket="b")
        """,
        "s3.ListBuckets s3.GetBucketLocation",
    ),
    Case(
        "a value that a try sets before it fails is known behind it",
        """
        @server.tool()
        def t():
            client = None
            try:
                client = boto3.client("s3")
                int("x")
            except ValueError:
                pass
            return client.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "an exception that another function raises leads to the handler",
        """
        def raising(): raise KeyError("x")
        @server.tool()
        def t():
            try:
                raising()
            except KeyError:
                return boto3.client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "each case of a match is followed",
        """
        @server.tool()
        def t(what: str, rest: dict):
            s3 = boto3.client("s3")
            match what:
                case "a" | "b": return s3.list_buckets()
                case str() as other if other: return s3.get_bucket_location(Bucket=other)
            match rest:
                case {"bucket": name, **more}: return s3.get_bucket_acl(Bucket=name)
                case [first, *others]: return s3.get_bucket_policy(Bucket=first)
                case _: return s3.get_bucket_cors(Bucket="b")
        """,
        "s3.ListBuckets s3.GetBucketLocation s3.GetBucketAcl s3.GetBucketPolicy s3.GetBucketCors",
    ),
    Case(
        "a walrus gives a name inside of a test, a comprehension and an argument",
        """
        @server.tool()
        def t(names: list[str]):
            if (s3 := boto3.client("s3")) and names: s3.list_buckets()
            [found for name in names if (found := s3.get_bucket_location(Bucket=name))]
            return str(iam := boto3.client("iam")), iam.list_roles()
        """,
        "s3.ListBuckets s3.GetBucketLocation iam.ListRoles",
    ),
    Case(
        "comprehensions of every kind are followed, in their tests too",
        """
        @server.tool()
        def t(names: list[str]):
            s3 = boto3.client("s3")
            {name: s3.get_bucket_acl(Bucket=name) for name in names}
            {s3.get_bucket_cors(Bucket=name)["x"] for name in names if s3.head_bucket(Bucket=name)}
            return sum(len(s3.list_objects_v2(Bucket=name)) for name in names)
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.HeadBucket s3.ListObjectsV2",
    ),
    Case(
        "generators are followed where they are walked",
        """
        def pages(s3):
            yield s3.list_buckets()
            yield from more(s3)
        def more(s3):
            yield s3.get_bucket_location(Bucket="b")
        @server.tool()
        def t():
            for page in pages(boto3.client("s3")): print(page)
        """,
        "s3.ListBuckets s3.GetBucketLocation",
    ),
    Case(
        "chained comparisons, subscripts, slices and stars make calls",
        """
        @server.tool()
        def t(a: int):
            s3 = boto3.client("s3")
            x = 0 < len(s3.get_bucket_acl(Bucket="b")) < len(s3.get_bucket_cors(Bucket="b"))
            y = [1, 2][len(s3.get_bucket_policy(Bucket="b")) :]
            print(*s3.list_buckets()["Buckets"], **s3.get_bucket_tagging(Bucket="b"))
            x += len(s3.get_bucket_website(Bucket="b"))
            lambda_ = (lambda: s3.get_bucket_logging(Bucket="b"))()
            raise ValueError(s3.get_bucket_versioning(Bucket="b"))
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.GetBucketPolicy s3.ListBuckets s3.GetBucketTagging s3.GetBucketWebsite s3.GetBucketLogging s3.GetBucketVersioning",
    ),
    Case(
        "a name that is bound again stands for what it was bound to last",
        """
        @server.tool()
        def t():
            client = boto3.client("s3")
            client.list_buckets()
            client = boto3.client("iam")
            return client.list_roles()
        """,
        "s3.ListBuckets iam.ListRoles",
    ),
    Case(
        "a local name that is deleted uncovers nothing, a module's does not hide the parameter",
        """
        client = boto3.client("s3")
        def use(client): return client.list_roles()
        @server.tool()
        def t():
            iam = boto3.client("iam")
            use(iam)
            del iam
            return client.list_buckets()
        """,
        "iam.ListRoles s3.ListBuckets",
    ),
    Case(
        "a name of an outer function is changed by nonlocal",
        """
        @server.tool()
        def t():
            client = None
            def make():
                nonlocal client
                client = boto3.client("s3")
            make()
            return client.list_objects_v2(Bucket="b")
        """,
        "s3.ListObjectsV2",
    ),
    Case(
        "a name that a nested function uses is the one that it has later",
        """
        @server.tool()
        def t():
            def use(): return client.list_buckets()
            client = boto3.client("s3")
            return use()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client that the first round of a loop sets is used by the second",
        """
        @server.tool()
        def t():
            client = None
            for number in range(3):
                if client is not None: client.list_objects_v2(Bucket="b")
                client = boto3.client("s3")
        """,
        "s3.ListObjectsV2",
    ),
    Case(
        "recursion is followed",
        """
        def walk(s3, name, depth):
            s3.list_objects_v2(Bucket="b", Prefix=name)
            if depth: walk(s3, name + "/", depth - 1)
        @server.tool()
        def t(): walk(boto3.client("s3"), "", 5)
        """,
        "s3.ListObjectsV2",
    ),
    Case(
        "functions that call each other are followed",
        """
        def even(s3, n):
            s3.get_bucket_acl(Bucket="b")
            return odd(s3, n - 1) if n else 0
        def odd(s3, n):
            s3.get_bucket_cors(Bucket="b")
            return even(s3, n - 1) if n else 1
        @server.tool()
        def t(n: int): return even(boto3.client("s3"), n)
        """,
        "s3.GetBucketAcl s3.GetBucketCors",
    ),
)

# ---------------------------------------------------------------- functions and classes

CODE = (
    Case(
        "arguments pass by place, by name, with stars and with defaults",
        """
        def use(client, /, name="b", *more, flag=False, **rest): return client.get_bucket_acl(Bucket=name), more[0].list_roles(), rest["kms"].list_keys()
        @server.tool()
        def t():
            first = (boto3.client("s3"), "x", boto3.client("iam"))
            return use(*first, **{"flag": True, "kms": boto3.client("kms")})
        """,
        "s3.GetBucketAcl iam.ListRoles kms.ListKeys",
    ),
    Case(
        "a function passes everything on",
        """
        def call(function, *args, **kwargs): return function(*args, **kwargs)
        @server.tool()
        def t(): return call(boto3.client("s3").get_bucket_acl, Bucket="b")
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "parameters that are put together in a dictionary are sent",
        """
        @server.tool()
        def t(prefix: str = ""):
            kwargs = dict(Bucket="b")
            if prefix: kwargs["Prefix"] = prefix
            kwargs.update({"MaxKeys": 5})
            return boto3.client("s3").list_objects_v2(**kwargs)
        """,
        "s3.ListObjectsV2",
    ),
    Case(
        "a partial function calls what it was made of",
        """
        @server.tool()
        def t():
            acl = functools.partial(boto3.client("s3").get_bucket_acl, Bucket="b")
            return acl(), functools.partial(boto3.client, "iam")().list_roles()
        """,
        "s3.GetBucketAcl iam.ListRoles",
    ),
    Case(
        "a lambda keeps its default",
        """
        @server.tool()
        def t():
            actions = [lambda c=boto3.client(name): c.get_caller_identity() if False else c for name in ("s3", "iam")]
            return (lambda s3=boto3.client("s3"): s3.list_buckets())()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a decorator of the source with wraps calls the tool",
        """
        def logged(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                boto3.client("cloudwatch").put_metric_data(Namespace="n", MetricData=[])
                return function(*args, **kwargs)
            return wrapper
        @server.tool()
        @logged
        def t(): return boto3.client("s3").list_buckets()
        """,
        "cloudwatch.PutMetricData s3.ListBuckets",
    ),
    Case(
        "a decorator of the source without wraps calls the tool",
        """
        def logged(prefix):
            def decorate(function):
                def wrapper(*args, **kwargs):
                    print(prefix)
                    return function(*args, **kwargs)
                return wrapper
            return decorate
        @server.tool(name="t")
        @logged("x")
        def anything(): return boto3.client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a decorator that is a class calls the tool",
        """
        class Retried:
            def __init__(self, function):
                self.function = function
                functools.update_wrapper(self, function)
            def __call__(self, *args, **kwargs): return self.function(*args, **kwargs)
        @server.tool(name="t")
        @Retried
        def t(): return boto3.client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a decorator of a library leaves the tool as it is",
        """
        from tenacity import retry, stop_after_attempt
        @server.tool()
        @retry(stop=stop_after_attempt(3))
        def t(): return boto3.client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a decorator gives the client as an argument",
        """
        def with_client(service):
            def decorate(function):
                @functools.wraps(function)
                def wrapper(*args, **kwargs): return function(boto3.client(service), *args, **kwargs)
                return wrapper
            return decorate
        @with_client("s3")
        def inner(client, name): return client.get_bucket_acl(Bucket=name)
        @server.tool()
        def t(name: str): return inner(name)
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "methods of a class, of its instances and of neither are followed",
        """
        class Store:
            def __init__(self): self.s3 = boto3.client("s3")
            def acl(self): return self.s3.get_bucket_acl(Bucket="b")
            @classmethod
            def made(cls): return cls()
            @staticmethod
            def cors(s3): return s3.get_bucket_cors(Bucket="b")
            @property
            def policy(self): return self.s3.get_bucket_policy(Bucket="b")
            @functools.cached_property
            def iam(self): return boto3.client("iam")
        @server.tool()
        def t():
            store = Store.made()
            store.acl()
            Store.cors(store.s3)
            return store.policy, store.iam.list_roles()
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.GetBucketPolicy iam.ListRoles",
    ),
    Case(
        "a subclass inherits, overrides and calls super",
        """
        class Base:
            service = "s3"
            def __init__(self, session=None): self.client = (session or boto3.Session()).client(self.service)
            def run(self): return self.first(), self.second()
            def first(self): return self.client.list_buckets()
            def second(self): raise NotImplementedError
        class Mixin:
            def second(self): return self.client.get_bucket_cors(Bucket="b")
        class Own(Mixin, Base):
            def __init__(self): super().__init__(session_of_role())
            def first(self): return super().first(), self.client.get_bucket_acl(Bucket="b")
        @server.tool()
        def t(): return Own().run()
        """,
        "s3.ListBuckets/role s3.GetBucketAcl/role s3.GetBucketCors/role",
    ),
    Case(
        "an abstract method is that of the class which is made",
        """
        from abc import ABC, abstractmethod
        class Base(ABC):
            @abstractmethod
            def ask(self): ...
        class Buckets(Base):
            def ask(self): return boto3.client("s3").list_buckets()
        class Roles(Base):
            def ask(self): return boto3.client("iam").list_roles()
        KINDS = {"buckets": Buckets, "roles": Roles}
        @server.tool()
        def t(kind: str): return KINDS[kind]().ask()
        """,
        "s3.ListBuckets iam.ListRoles",
    ),
    Case(
        "objects that are called, entered, walked, looked up and compared run their own methods",
        """
        class Odd:
            s3 = boto3.client("s3")
            def __call__(self): return self.s3.get_bucket_acl(Bucket="b")
            def __enter__(self):
                self.s3.get_bucket_cors(Bucket="b")
                return self
            def __exit__(self, *_): self.s3.get_bucket_policy(Bucket="b")
            def __iter__(self): yield self.s3.get_bucket_tagging(Bucket="b")
            def __getitem__(self, key): return self.s3.get_bucket_website(Bucket=key)
            def __getattr__(self, name): return lambda: self.s3.get_bucket_logging(Bucket=name)
        @server.tool()
        def t():
            odd = Odd()
            odd()
            with odd as entered:
                for each in entered: print(each)
            odd["b"]
            return odd.anything()
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.GetBucketPolicy s3.GetBucketTagging s3.GetBucketWebsite s3.GetBucketLogging",
    ),
    Case(
        "the setting of a client by its name is seen",
        """
        class Store: pass
        @server.tool()
        def t():
            store = Store()
            for name in ("s3", "iam"): setattr(store, name, boto3.client(name))
            return store.s3.list_buckets(), store.iam.list_roles()
        """,
        "s3.ListBuckets iam.ListRoles",
    ),
    Case(
        "a context manager of a generator gives what it yields and cleans up",
        """
        @contextlib.contextmanager
        def opened(service):
            client = boto3.client(service)
            try:
                yield client
            finally:
                client.get_bucket_acl(Bucket="b")
        @server.tool()
        def t():
            with opened("s3") as s3: return s3.list_buckets()
        """,
        "s3.ListBuckets s3.GetBucketAcl",
    ),
    Case(
        "a stack of contexts gives what it enters",
        """
        @contextlib.contextmanager
        def opened(service): yield boto3.client(service)
        @server.tool()
        def t():
            with contextlib.ExitStack() as stack:
                return stack.enter_context(opened("s3")).list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "classes in classes, classes in functions and types that are made by type are followed",
        """
        class Outer:
            class Inner:
                def ask(self): return boto3.client("s3").get_bucket_acl(Bucket="b")
        @server.tool()
        def t():
            class Local:
                client = boto3.client("s3")
                def ask(self): return self.client.get_bucket_cors(Bucket="b")
            Made = type("Made", (Local,), {})
            return Outer.Inner().ask(), Local().ask(), Made().ask()
        """,
        "s3.GetBucketAcl s3.GetBucketCors",
    ),
    Case(
        "a generic class keeps its client",
        """
        from typing import Generic, TypeVar
        T = TypeVar("T")
        class Store(Generic[T]):
            def __init__(self): self.s3 = boto3.client("s3")
        class Own(Store[int]): pass
        @server.tool()
        def t(): return Own().s3.list_objects_v2(Bucket="b"), Store[str]().s3.list_buckets()
        """,
        "s3.ListObjectsV2 s3.ListBuckets",
    ),
)

# ---------------------------------------------------------------- threads and coroutines

AWAITED = (
    Case(
        "a coroutine is awaited, gathered and made a task",
        """
        async def one(s3): return s3.get_bucket_acl(Bucket="b")
        async def two(s3): return s3.get_bucket_cors(Bucket="b")
        async def three(s3): return s3.get_bucket_policy(Bucket="b")
        @server.tool()
        async def t():
            s3 = boto3.client("s3")
            await one(s3)
            await asyncio.gather(*[two(s3) for _ in range(3)], return_exceptions=True)
            return await asyncio.create_task(three(s3))
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.GetBucketPolicy",
    ),
    Case(
        "a function runs in a thread",
        """
        import anyio
        @server.tool()
        async def t():
            s3 = boto3.client("s3")
            await asyncio.to_thread(s3.get_bucket_acl, Bucket="b")
            await asyncio.to_thread(functools.partial(s3.get_bucket_cors, Bucket="b"))
            return await anyio.to_thread.run_sync(lambda: s3.get_bucket_policy(Bucket="b"))
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.GetBucketPolicy",
    ),
    Case(
        "a function runs in an executor",
        """
        from concurrent.futures import ThreadPoolExecutor, as_completed
        def acl(name): return boto3.client("s3").get_bucket_acl(Bucket=name)
        @server.tool()
        async def t(names: list[str]):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, boto3.client("iam").list_roles)
            with ThreadPoolExecutor() as pool:
                list(pool.map(acl, names))
                futures = {pool.submit(boto3.client("s3").get_bucket_cors, Bucket=name): name for name in names}
                return [future.result() for future in as_completed(futures)]
        """,
        "iam.ListRoles s3.GetBucketAcl s3.GetBucketCors",
    ),
    Case(
        "a task group starts tasks",
        """
        async def one(s3): return s3.get_bucket_acl(Bucket="b")
        @server.tool()
        async def t():
            async with asyncio.TaskGroup() as group:
                group.create_task(one(boto3.client("s3")))
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "a thread runs its target",
        """
        import threading
        def work(s3): s3.get_bucket_acl(Bucket="b")
        @server.tool()
        def t(): threading.Thread(target=work, args=(boto3.client("s3"),)).start()
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "an asynchronous generator, comprehension and context are followed",
        """
        async def names(s3):
            yield s3.list_buckets()
        @contextlib.asynccontextmanager
        async def opened():
            yield boto3.client("s3")
        @server.tool()
        async def t():
            async with opened() as s3:
                async for name in names(s3): print(name)
                return [s3.get_bucket_acl(Bucket=name) async for name in names(s3)]
        """,
        "s3.ListBuckets s3.GetBucketAcl",
    ),
    Case(
        "an asynchronous context of a class is entered and left",
        """
        class Opened:
            async def __aenter__(self):
                self.s3 = boto3.client("s3")
                return self
            async def __aexit__(self, *_): self.s3.get_bucket_acl(Bucket="b")
        @server.tool()
        async def t():
            async with Opened() as opened: return opened.s3.list_buckets()
        """,
        "s3.ListBuckets s3.GetBucketAcl",
    ),
    Case(
        "map, filter, sorted with a key, reduce and any call their functions",
        """
        s3 = boto3.client("s3")
        @server.tool()
        def t(names: list[str]):
            list(map(lambda name: s3.get_bucket_acl(Bucket=name), names))
            list(filter(lambda name: s3.get_bucket_cors(Bucket=name), names))
            sorted(names, key=lambda name: s3.get_bucket_policy(Bucket=name))
            functools.reduce(lambda a, b: s3.get_bucket_tagging(Bucket=b), names)
            return any(s3.get_bucket_website(Bucket=name) for name in names)
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.GetBucketPolicy s3.GetBucketTagging s3.GetBucketWebsite",
    ),
)

# ---------------------------------------------------------------- names that are computed

CHOSEN = (
    Case(
        "an operation is chosen by a literal",
        """
        @server.tool()
        def t(): return getattr(boto3.client("s3"), "list_buckets")()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "an operation is chosen by one of several texts",
        """
        @server.tool()
        def t(kind: str):
            name = "get_bucket_acl" if kind == "acl" else "get_bucket_cors"
            return getattr(boto3.client("s3"), name)(Bucket="b")
        """,
        "s3.GetBucketAcl s3.GetBucketCors",
    ),
    Case(
        "an operation is chosen by a text that is put together of texts",
        """
        @server.tool()
        def t():
            for kind in ("acl", "cors"): getattr(boto3.client("s3"), f"get_bucket_{kind}")(Bucket="b")
        """,
        "s3.GetBucketAcl s3.GetBucketCors",
    ),
    Case(
        "an operation that an argument chooses is said to be open",
        """
        @server.tool()
        def t(operation: str): return getattr(boto3.client("s3"), operation)()
        """,
        "",
        "decided at run time",
    ),
    Case(
        "an operation of which an argument is a part is said to be open",
        """
        @server.tool()
        def t(kind: str): return getattr(boto3.client("s3"), "list_" + kind)()
        """,
        "",
        "decided at run time",
    ),
    Case(
        "an operation that an argument chooses is said to be open although one that is known follows",
        """
        @server.tool()
        def t(operation: str = "list_buckets", arguments: dict | None = None):
            s3 = boto3.client("s3")
            method = getattr(s3, operation, None) or s3.list_buckets
            return method(**(arguments or {}))
        """,
        "s3.ListBuckets",
        "decided at run time",
    ),
    Case(
        "a service that an argument chooses is said to be open",
        """
        @server.tool()
        def t(service: str): return boto3.client(service).describe_instances()
        """,
        "",
        "decided at run time",
    ),
    Case(
        "a service and an operation that arguments choose are said to be open",
        """
        @server.tool()
        def t(service: str, operation: str, arguments: dict):
            return getattr(boto3.client(service), operation)(**arguments)
        """,
        "",
        "decided at run time",
    ),
    Case(
        "an operation of a service that arguments choose is said to be open in helpers too",
        """
        def call(client, operation, **arguments): return getattr(client, operation)(**arguments)
        @server.tool()
        def t(service: str, operation: str): return call(boto3.Session().client(service), operation)
        """,
        "",
        "decided at run time",
    ),
    Case(
        "a paginator that an argument chooses is said to be open",
        """
        @server.tool()
        def t(operation: str): return list(boto3.client("s3").get_paginator(operation).paginate())
        """,
        "",
        "decided at run time",
    ),
    Case(
        "a presigned URL for an operation that an argument chooses is said to be open",
        """
        @server.tool()
        def t(method: str): return boto3.client("s3").generate_presigned_url(method, Params={"Bucket": "b"})
        """,
        "",
        "decided at run time",
    ),
    Case(
        "a method that the SDK does not have is said to be open",
        """
        @server.tool()
        def t(): return boto3.client("s3").list_everything()
        """,
        "",
        "no such method",
    ),
    Case(
        "a service that the SDK does not have is said to be open",
        """
        @server.tool()
        def t(): return boto3.client("not-a-service").list_everything(Name="x")
        """,
        "",
        "list_everything",
    ),
    Case(
        "functions in a dictionary, a list and attributes are called",
        """
        def buckets(): return boto3.client("s3").list_buckets()
        class Actions:
            roles = staticmethod(lambda: boto3.client("iam").list_roles())
        TABLE = {"buckets": buckets, "roles": Actions.roles}
        LIST = [lambda: boto3.client("kms").list_keys()]
        @server.tool()
        def t(what: str):
            if what in TABLE: return TABLE[what]()
            if action := TABLE.get(what): return action()
            return LIST[0]()
        """,
        "s3.ListBuckets iam.ListRoles kms.ListKeys",
    ),
    Case(
        "a method of the source is chosen by name",
        """
        class Actions:
            s3 = boto3.client("s3")
            def do_acl(self): return self.s3.get_bucket_acl(Bucket="b")
            def do_cors(self): return self.s3.get_bucket_cors(Bucket="b")
            def other(self): return self.s3.delete_bucket(Bucket="b")
        @server.tool()
        def t(what: str): return getattr(Actions(), f"do_{what}")()
        """,
        "s3.GetBucketAcl s3.GetBucketCors",
    ),
    Case(
        "functions are registered in a dictionary by a decorator of the source",
        """
        TABLE = {}
        def action(name):
            def decorate(function):
                TABLE[name] = function
                return function
            return decorate
        @action("a")
        def one(): return boto3.client("s3").list_buckets()
        @action("b")
        def two(): return boto3.client("iam").list_roles()
        @server.tool()
        def t(name: str): return TABLE[name]()
        """,
        "s3.ListBuckets iam.ListRoles",
    ),
)

# ---------------------------------------------------------------- requests that are signed by hand, and programs

SIGNED = (
    Case(
        "a request to OpenSearch that is signed by hand",
        """
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        @server.tool()
        def t(index: str):
            session = session_of_role()
            request = AWSRequest(method="POST", url=os.environ["ENDPOINT"] + f"/{index}/_search", data="{}")
            SigV4Auth(session.get_credentials(), "es", "us-east-1").add_auth(request)
        """,
        "es:ESHttpPost/role",
    ),
    Case(
        "a request to another service that is signed by hand is said to be open",
        """
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        @server.tool()
        def t():
            request = AWSRequest(method="GET", url="https://example.com")
            SigV4Auth(boto3.Session().get_credentials(), "execute-api", "us-east-1").add_auth(request)
        """,
        "",
        "execute-api",
    ),
    Case(
        "a client of OpenSearch sends what its methods send",
        """
        from opensearchpy import OpenSearch, RequestsHttpConnection, AWSV4SignerAuth
        @server.tool()
        def t(index: str):
            auth = AWSV4SignerAuth(boto3.Session().get_credentials(), "us-east-1", "es")
            client = OpenSearch(hosts=["h"], http_auth=auth, connection_class=RequestsHttpConnection)
            client.indices.get_mapping(index=index)
            return client.search(index=index, body={})
        """,
        "es:ESHttpGet es:ESHttpPost",
    ),
    Case(
        "a client of OpenSearch with a password asks nothing of IAM",
        """
        from opensearchpy import OpenSearch
        @server.tool()
        def t(): return OpenSearch(hosts=["h"], http_auth=("u", os.environ["P"])).search(index="i")
        """,
        "",
    ),
    Case(
        "requests to a collection that are signed with AWS4Auth",
        """
        from requests_aws4auth import AWS4Auth
        from opensearchpy import OpenSearch
        @server.tool()
        def t():
            found = boto3.Session().get_credentials()
            auth = AWS4Auth(found.access_key, found.secret_key, "us-east-1", "aoss", session_token=found.token)
            return OpenSearch(hosts=["h"], http_auth=auth).search(index="i")
        """,
        "aoss:APIAccessAll",
    ),
    Case(
        "the command line of AWS is said to be open",
        """
        @server.tool()
        def t(): return subprocess.run(["aws", "s3", "ls"], check=True)
        """,
        "",
        "program aws",
    ),
    Case(
        "the command line of AWS is said to be open however it is started",
        """
        import shlex
        @server.tool()
        async def t(command: str):
            made = await asyncio.create_subprocess_exec("/usr/local/bin/aws", *shlex.split(command))
            return await made.communicate()
        """,
        "",
        "program aws",
    ),
    Case(
        "a program that an argument names is said to be open",
        """
        import shlex
        @server.tool()
        def t(command: str): return subprocess.check_output(shlex.split(command))
        """,
        "",
        "another program",
    ),
    Case(
        "a command of a shell is said to be open",
        """
        @server.tool()
        def t(bucket: str): return subprocess.run(f"aws s3 ls s3://{bucket}", shell=True)
        """,
        "",
        "program aws",
    ),
    Case(
        "a library that makes calls of its own is said to be open",
        """
        import awswrangler as wr
        @server.tool()
        def t(): return wr.athena.read_sql_query("select 1", database="d")
        """,
        "",
        "awswrangler",
    ),
)

# ---------------------------------------------------------------- the law: found, or said

LAW = (
    Case(
        "a call of an operation by name is found",
        """
        @server.tool()
        def t(): return boto3.client("s3")._make_api_call("ListBuckets", {})
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a method caller calls its method",
        """
        from operator import attrgetter, methodcaller
        @server.tool()
        def t(): return methodcaller("list_objects_v2", Bucket="b")(boto3.client("s3")), attrgetter("list_buckets")(boto3.client("s3"))()
        """,
        "s3.ListObjectsV2 s3.ListBuckets",
    ),
    Case(
        "requests that are sent by the library requests with AWS4Auth",
        """
        import requests
        from requests_aws4auth import AWS4Auth
        @server.tool()
        def t(index: str):
            found = boto3.Session().get_credentials()
            auth = AWS4Auth(found.access_key, found.secret_key, "us-east-1", "es", session_token=found.token)
            return requests.get(os.environ["ENDPOINT"] + "/" + index, auth=auth).json()
        """,
        "es:ESHttpGet",
    ),
    Case(
        "a session of requests that signs",
        """
        import requests
        from requests_aws4auth import AWS4Auth
        @server.tool()
        def t():
            auth = AWS4Auth(region="us-east-1", service="es", refreshable_credentials=boto3.Session().get_credentials())
            with requests.Session() as session:
                session.auth = auth
                return session.post("https://search.example.com/i/_search", json={}).json()
        """,
        "es:ESHttpPost",
    ),
    Case(
        "what follows a context that swallows what its body raises",
        """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            with contextlib.suppress(KeyError):
                raise KeyError
            return s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "what follows a context of the source that swallows what its body raises",
        """
        class Quiet:
            def __enter__(self): return self
            def __exit__(self, *_): return True
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            with Quiet():
                raise KeyError
            return s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "what follows a context of a generator that swallows what its body raises",
        """
        @contextlib.contextmanager
        def quiet():
            try:
                yield
            except KeyError:
                print("x")
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            with quiet():
                raise KeyError
            return s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "what follows a loop without end that the else of an inner loop leaves",
        """
        @server.tool()
        def t(names: list[str]):
            s3 = boto3.client("s3")
            while True:
                for name in names:
                    if name == "x": break
                else:
                    break
            return s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "what a flag of a module that is not there decides",
        """
        from company.settings import READ_ONLY
        @server.tool()
        def t():
            if READ_ONLY: return boto3.client("s3").list_buckets()
            return boto3.client("s3").delete_bucket(Bucket="b")
        """,
        "s3.ListBuckets s3.DeleteBucket",
    ),
    Case(
        "what an attribute of a module that is not there decides",
        """
        from company.settings import settings
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            if not settings.allow_write: return s3.list_buckets()
            s3.delete_bucket(Bucket="b")
            return s3.get_bucket_acl(Bucket="b") if not settings.quick else None
        """,
        "s3.ListBuckets s3.DeleteBucket s3.GetBucketAcl",
    ),
    Case(
        "what stands behind TYPE_CHECKING",
        """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            s3 = None
        else:
            s3 = boto3.client("s3")
        @server.tool()
        def t(): return s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "what settings that pydantic reads from the environment decide",
        """
        from pydantic_settings import BaseSettings
        class Settings(BaseSettings):
            allow_write: bool = False
            mode: str = "read"
        settings = Settings()
        @server.tool()
        def t():
            if settings.allow_write: boto3.client("s3").delete_bucket(Bucket="b")
            if settings.mode == "write": boto3.client("s3").put_object(Bucket="b", Key="k")
        """,
        "s3.DeleteBucket s3.PutObject",
    ),
    Case(
        "what a dataclass that is filled from a file decides",
        """
        import json
        @dataclass
        class Config:
            allow_write: bool = False
        CONFIG = Config(**json.load(open("config.json")))
        @server.tool()
        def t():
            if CONFIG.allow_write: boto3.client("s3").delete_bucket(Bucket="b")
        """,
        "s3.DeleteBucket",
    ),
    Case(
        "what a model that is filled from an argument decides",
        """
        class Options(BaseModel):
            force: bool = False
        @server.tool()
        def t(options: dict):
            if Options(**options).force: boto3.client("s3").delete_bucket(Bucket="b")
            if Options.model_validate(options).force: boto3.client("s3").delete_object(Bucket="b", Key="k")
        """,
        "s3.DeleteBucket s3.DeleteObject",
    ),
    Case(
        "what an option of click decides",
        """
        import click
        class State:
            allow_write = False
        @click.command()
        @click.option("--allow-write", is_flag=True)
        def main(allow_write):
            State.allow_write = allow_write
            server.run()
        @server.tool()
        def t():
            if State.allow_write: boto3.client("s3").delete_bucket(Bucket="b")
        if __name__ == "__main__": main()
        """,
        "s3.DeleteBucket",
    ),
    Case(
        "what an option of typer decides",
        """
        import typer
        app = typer.Typer()
        WRITE = False
        @app.command()
        def start(write: bool = False):
            global WRITE
            WRITE = write
            server.run()
        @server.tool()
        def t():
            if WRITE: boto3.client("s3").delete_bucket(Bucket="b")
        if __name__ == "__main__": app()
        """,
        "s3.DeleteBucket",
    ),
    Case(
        "what a switch decides that a setter of another name turns on",
        """
        class State:
            enabled = False
            @classmethod
            def turn_on(cls): cls.enabled = True
        STATE = {"enabled": False}
        @server.tool()
        def t():
            if State.enabled: boto3.client("s3").delete_bucket(Bucket="b")
            if STATE["enabled"]: boto3.client("s3").delete_object(Bucket="b", Key="k")
        @server.tool()
        def enable():
            State.turn_on()
            STATE["enabled"] = True
        """,
        "s3.DeleteBucket s3.DeleteObject",
    ),
    Case(
        "what a switch decides that setattr, globals or a test may turn on",
        """
        class State:
            enabled = False
        def turn(name, value): setattr(State, name, value)
        @server.tool()
        def t():
            if State.enabled: boto3.client("s3").delete_bucket(Bucket="b")
        @server.tool()
        def configure(name: str): turn(name, True)
        """,
        "s3.DeleteBucket",
    ),
    Case(
        "what a counter decides that a loop counts up",
        """
        @server.tool()
        def t(names: list[str]):
            count, done = 0, False
            for name in names:
                count += 1
                done = name == "x"
            if count > 3: boto3.client("s3").delete_bucket(Bucket="b")
            if done: boto3.client("s3").list_buckets()
        """,
        "s3.DeleteBucket s3.ListBuckets",
    ),
    Case(
        "what a loop decides in its second round",
        """
        @server.tool()
        def t():
            first, s3 = True, boto3.client("s3")
            while s3:
                if not first: s3.delete_bucket(Bucket="b")
                first = False
        """,
        "s3.DeleteBucket",
    ),
    Case(
        "what a state decides that a loop changes",
        """
        @server.tool()
        def t():
            state, s3 = "start", boto3.client("s3")
            while state != "end":
                if state == "start":
                    s3.list_buckets()
                    state = "middle"
                elif state == "middle":
                    s3.get_bucket_acl(Bucket="b")
                    state = "last"
                elif state == "last":
                    s3.delete_bucket(Bucket="b")
                    state = "end"
        """,
        "s3.ListBuckets s3.GetBucketAcl s3.DeleteBucket",
    ),
    Case(
        "what an inner function decides by a name that it changes outside",
        """
        @server.tool()
        def t(names: list[str]):
            found = False
            def look(name):
                nonlocal found
                found = True
            for name in names: look(name)
            if found: boto3.client("s3").delete_bucket(Bucket="b")
        """,
        "s3.DeleteBucket",
    ),
    Case(
        "what an error decides that was kept",
        """
        @server.tool()
        def t():
            error = None
            try:
                boto3.client("s3").list_buckets()
            except Exception as caught:
                error = caught
            if error is not None: boto3.client("s3").get_bucket_acl(Bucket="b")
        """,
        "s3.ListBuckets s3.GetBucketAcl",
    ),
    Case(
        "what a list decides that another function fills",
        """
        def fill(found, client): found.append(client)
        @server.tool()
        def t():
            found = []
            fill(found, boto3.client("s3"))
            if found: found[0].list_buckets()
            if len(found) == 1: found[-1].get_bucket_acl(Bucket="b")
        """,
        "s3.ListBuckets s3.GetBucketAcl",
    ),
    Case(
        "what a dictionary decides that is empty at first",
        """
        SEEN = {}
        @server.tool()
        def t(name: str):
            if SEEN: boto3.client("s3").list_buckets()
            if name in SEEN: return boto3.client("s3").get_bucket_acl(Bucket=name)
            SEEN[name] = True
        """,
        "s3.ListBuckets s3.GetBucketAcl",
    ),
    Case(
        "what a check of a type decides",
        """
        @server.tool()
        def t(value: str | dict | None = None):
            s3 = boto3.client("s3")
            if isinstance(value, dict): return s3.get_bucket_acl(Bucket="b")
            if isinstance(value, str): return s3.get_bucket_cors(Bucket="b")
            if callable(value): return s3.get_bucket_policy(Bucket="b")
            if hasattr(s3, "list_buckets"): return s3.list_buckets()
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.ListBuckets",
    ),
    Case(
        "what an enumeration decides that an argument chooses",
        """
        class Mode(str, Enum):
            READ = "read"
            WRITE = "write"
        @server.tool()
        def t(mode: Mode = Mode.READ):
            s3 = boto3.client("s3")
            if mode == Mode.WRITE: s3.put_object(Bucket="b", Key="k")
            if mode is Mode.READ: s3.get_object(Bucket="b", Key="k")
            if Mode(mode).value == "write": s3.delete_object(Bucket="b", Key="k")
            match mode:
                case Mode.WRITE: s3.list_buckets()
        """,
        "s3.PutObject s3.GetObject s3.DeleteObject s3.ListBuckets",
    ),
    Case(
        "what the default of an argument decides, which may be given otherwise",
        """
        def helper(s3, mode="read", limit=None):
            if mode == "write": s3.put_object(Bucket="b", Key="k")
            if limit: s3.list_buckets()
        @server.tool()
        def t(arguments: dict): helper(boto3.client("s3"), **arguments)
        """,
        "s3.PutObject s3.ListBuckets",
    ),
    Case(
        "a table that chooses by a default",
        """
        def listed(s3): return s3.list_buckets()
        def located(s3): return s3.get_bucket_location(Bucket="b")
        TABLE = {"list": listed}
        @server.tool()
        def t(name: str): return TABLE.get(name, located)(boto3.client("s3"))
        """,
        "s3.ListBuckets s3.GetBucketLocation",
    ),
    Case(
        "dictionaries that are merged, chained and popped from",
        """
        from collections import ChainMap
        @server.tool()
        def t():
            one, two = {"s3": boto3.client("s3")}, {"iam": boto3.client("iam")}
            both = {**one, **two}
            both["s3"].get_bucket_acl(Bucket="b")
            (one | two)["iam"].list_roles()
            ChainMap(one, two)["s3"].get_bucket_cors(Bucket="b")
            return both.pop("s3").list_buckets()
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.ListBuckets iam.ListRoles",
    ),
    Case(
        "a client in a list of tuples that is sorted, reversed, sliced and unpacked",
        """
        @server.tool()
        def t():
            pairs = [("a", boto3.client("s3")), ("b", boto3.client("s3"))]
            for _, client in sorted(pairs): client.get_bucket_acl(Bucket="b")
            for _, client in reversed(pairs[1:]): client.get_bucket_cors(Bucket="b")
            names, clients = zip(*pairs)
            return dict(pairs)["a"].list_buckets(), clients[0].get_bucket_policy(Bucket="b")
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.ListBuckets s3.GetBucketPolicy",
    ),
    Case(
        "resources and prompts of the server, which are no tools, beside a tool that calls them",
        """
        @server.resource("x://y")
        def shown(): return boto3.client("s3").list_buckets()
        @server.tool()
        def t(): return shown()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a tool that calls another tool",
        """
        @server.tool()
        def other(): return boto3.client("s3").list_buckets()
        @server.tool()
        async def t(): return other(), await server.call_tool("other", {})
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a tool that calls another tool by way of the server alone",
        """
        @server.tool()
        def other(): return boto3.client("s3").list_buckets()
        @server.tool()
        async def t(name: str): return await server.call_tool(name, {})
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a retry of a library around a function that is called later",
        """
        from tenacity import Retrying, retry
        @retry
        def asked(): return boto3.client("s3").list_buckets()
        @server.tool()
        def t():
            for attempt in Retrying():
                with attempt: boto3.client("s3").get_bucket_acl(Bucket="b")
            return asked()
        """,
        "s3.ListBuckets s3.GetBucketAcl",
    ),
    Case(
        "a cache of a library around a method",
        """
        from cachetools import cached, cachedmethod, TTLCache
        import operator
        class Store:
            def __init__(self):
                self.cache = TTLCache(1, 1)
                self.s3 = boto3.client("s3")
            @cachedmethod(operator.attrgetter("cache"))
            def buckets(self): return self.s3.list_buckets()
        @cached(cache={})
        def acl(): return boto3.client("s3").get_bucket_acl(Bucket="b")
        @server.tool()
        def t(): return Store().buckets(), acl()
        """,
        "s3.ListBuckets s3.GetBucketAcl",
    ),
    Case(
        "a client of attrs, of msgspec and of a plain class with slots",
        """
        import attrs
        @attrs.define
        class Store:
            s3: object = attrs.field(factory=lambda: boto3.client("s3"))
        class Other:
            __slots__ = ("s3",)
            def __init__(self, s3): self.s3 = s3
        @server.tool()
        def t(): return Store().s3.list_buckets(), Other(boto3.client("s3")).s3.get_bucket_acl(Bucket="b")
        """,
        "s3.ListBuckets s3.GetBucketAcl",
    ),
    Case(
        "code that is executed",
        """
        @server.tool()
        def t(code: str): exec(code, {"boto3": boto3})
        """,
        "s3.ListBuckets",
    ),
    Case(
        "an expression that is evaluated",
        """
        @server.tool()
        def t(code: str): return eval(code)
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a library that opens a URI of S3",
        """
        import pandas as pd
        @server.tool()
        def t(key: str): return pd.read_csv(f"s3://bucket/{key}").to_dict()
        """,
        "s3.GetObject",
    ),
    Case(
        "a command of a shell that begins with something else",
        """
        @server.tool()
        def t(bucket: str): return subprocess.run(f"cd /tmp && aws s3 ls s3://{bucket}", shell=True)
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a shell that is started as a program",
        """
        @server.tool()
        def t(): return subprocess.Popen(["bash", "-c", "aws s3 ls"])
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a command whose output alone is asked for",
        """
        @server.tool()
        def t(): return subprocess.getoutput("AWS_PROFILE=x aws sts get-caller-identity")
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a module of Python that is started as a program",
        """
        import sys
        @server.tool()
        def t(): return subprocess.run([sys.executable, "-m", "awscli", "s3", "ls"])
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client that a generator yields",
        """
        def clients():
            yield boto3.client("s3")
        @server.tool()
        def t():
            for client in clients(): client.get_bucket_acl(Bucket="b")
            (s3,) = clients()
            return s3.list_buckets()
        """,
        "s3.GetBucketAcl s3.ListBuckets",
    ),
    Case(
        "the targets of assignments, of loops and of contexts",
        """
        @server.tool()
        def t():
            s3, found = boto3.client("s3"), {}
            found[s3.get_bucket_acl(Bucket="b")["x"]] = 1
            s3.get_bucket_cors(Bucket="b")["y"] = 2
            for found[s3.get_bucket_policy(Bucket="b")["z"]] in (1, 2): pass
            with open("f") as found[s3.get_bucket_website(Bucket="b")["w"]]: pass
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.GetBucketPolicy s3.GetBucketWebsite",
    ),
    Case(
        "a default of a function that is defined inside of the tool",
        """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            def inner(a=s3.list_buckets()): return a
            return inner
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a collection that a function of a library walks",
        """
        import itertools
        @server.tool()
        def t(): return sum(1 for each in itertools.islice(boto3.resource("iam").roles.all(), 10))
        """,
        "iam.ListRoles",
    ),
    Case(
        "a request that urllib sends with the headers that were signed",
        """
        import urllib.request
        from company.signing import headers_for
        @server.tool()
        def t():
            key = boto3.Session().get_credentials()
            return urllib.request.urlopen(urllib.request.Request("https://sqs.us-east-1.amazonaws.com/", headers=headers_for(key)))
        """,
        "sqs.ListQueues",
    ),
    Case(
        "a request that is signed by arithmetic over a secret key",
        """
        import hashlib, hmac, requests
        @server.tool()
        def t():
            frozen = boto3.Session().get_credentials().get_frozen_credentials()
            key = hmac.new(b"AWS4" + frozen.secret_key.encode(), b"20260101", hashlib.sha256).digest()
            return requests.get("https://s3.us-east-1.amazonaws.com/", headers={"Authorization": key.hex()}).text
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client that passes through a context variable",
        """
        from contextvars import ContextVar
        current = ContextVar("current", default=None)
        @server.tool()
        def t():
            current.set(boto3.client("s3"))
            return current.get().list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client in an attribute of the context of a request",
        """
        @server.tool()
        def t(ctx: Context): return ctx.request_context.lifespan_context["s3"].list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client of a library's registry",
        """
        from cachetools import TTLCache
        CACHE = TTLCache(10, 60)
        @server.tool()
        def t():
            if "s3" not in CACHE: CACHE["s3"] = boto3.client("s3")
            return CACHE["s3"].list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client in a thread's own storage",
        """
        import threading
        local = threading.local()
        @server.tool()
        def t():
            if not hasattr(local, "s3"): local.s3 = boto3.client("s3")
            return local.s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client in a queue",
        """
        import queue
        pool = queue.Queue()
        pool.put(boto3.client("s3"))
        @server.tool()
        def t():
            s3 = pool.get()
            try:
                return s3.list_buckets()
            finally:
                pool.put(s3)
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client in a namespace, an ordered dictionary, a default dictionary and a deque",
        """
        from collections import OrderedDict, defaultdict, deque
        from types import SimpleNamespace
        space = SimpleNamespace(s3=boto3.client("s3"))
        @server.tool()
        def t():
            ordered, default, many = OrderedDict(), defaultdict(lambda: boto3.client("kms")), deque()
            ordered["iam"] = boto3.client("iam")
            many.append(boto3.client("sqs"))
            return space.s3.list_buckets(), ordered["iam"].list_roles(), default["x"].list_keys(), many.popleft().list_queues()
        """,
        "s3.ListBuckets iam.ListRoles kms.ListKeys sqs.ListQueues",
    ),
    Case(
        "a client in a stack that is appended to and popped from",
        """
        @server.tool()
        def t():
            stack = []
            stack.append(boto3.client("s3"))
            stack.insert(0, boto3.client("iam"))
            stack.extend([boto3.client("kms")])
            while stack:
                client = stack.pop()
                client.list_objects_v2(Bucket="b")
        """,
        "s3.ListObjectsV2",
    ),
    Case(
        "a client that an exception carries",
        """
        class Stop(Exception):
            def __init__(self, s3): self.s3 = s3
        @server.tool()
        def t():
            try:
                raise Stop(boto3.client("s3"))
            except Stop as stop:
                return stop.s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client of a descriptor",
        """
        class Lazy:
            def __get__(self, obj, owner): return boto3.client("s3")
        class Store:
            s3 = Lazy()
        @server.tool()
        def t(): return Store().s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client of a proxy that makes it when it is asked",
        """
        class Proxy:
            def __init__(self, make): self._make = make
            def __getattr__(self, name): return getattr(self._make(), name)
        s3 = Proxy(lambda: boto3.client("s3"))
        @server.tool()
        def t(): return s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client of a class that is made by a metaclass",
        """
        class Single(type):
            _made = {}
            def __call__(cls, *args, **kwargs):
                if cls not in cls._made: cls._made[cls] = super().__call__(*args, **kwargs)
                return cls._made[cls]
        class Store(metaclass=Single):
            def __init__(self): self.s3 = boto3.client("s3")
        @server.tool()
        def t(): return Store().s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client of a class that has a singleton",
        """
        class Store:
            _one = None
            def __new__(cls):
                if cls._one is None:
                    cls._one = super().__new__(cls)
                    cls._one.s3 = boto3.client("s3")
                return cls._one
        @server.tool()
        def t(): return Store().s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client that globals holds",
        """
        def start():
            globals()["s3"] = boto3.client("s3")
        start()
        @server.tool()
        def t(): return s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client that is put into __dict__",
        """
        class Store:
            def __init__(self, **clients): self.__dict__.update(clients)
        @server.tool()
        def t(): return Store(s3=boto3.client("s3")).s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a setter of a property",
        """
        class Tagged:
            @property
            def name(self): return self._name
            @name.setter
            def name(self, value): boto3.client("s3").get_bucket_tagging(Bucket=value)
        @server.tool()
        def t():
            made = Tagged()
            made.name = "b"
        """,
        "s3.GetBucketTagging",
    ),
    Case(
        "__setattr__, __delattr__ and __set__",
        """
        class Odd:
            def __setattr__(self, name, value): boto3.client("s3").get_bucket_tagging(Bucket=value)
        class Descriptor:
            def __set__(self, obj, value): boto3.client("s3").get_bucket_acl(Bucket=value)
        class Has:
            x = Descriptor()
        @server.tool()
        def t():
            Odd().x = "b"
            Has().x = "b"
        """,
        "s3.GetBucketTagging s3.GetBucketAcl",
    ),
    Case(
        "arithmetic and comparison of objects",
        """
        class Odd:
            def __add__(self, other): return boto3.client("s3").get_bucket_tagging(Bucket="b")
            def __eq__(self, other): return boto3.client("s3").get_bucket_website(Bucket="b") == other
            def __truediv__(self, other): return boto3.client("s3").get_bucket_acl(Bucket="b")
        @server.tool()
        def t(): return Odd() + 1, Odd() == 2, Odd() / "x"
        """,
        "s3.GetBucketTagging s3.GetBucketWebsite s3.GetBucketAcl",
    ),
    Case(
        "the truth, the length and the members of objects",
        """
        class Odd:
            def __bool__(self): return bool(boto3.client("s3").get_bucket_logging(Bucket="b"))
            def __len__(self): return len(boto3.client("s3").get_bucket_acl(Bucket="b"))
            def __contains__(self, key): return boto3.client("s3").get_bucket_cors(Bucket=key)
        @server.tool()
        def t():
            if Odd(): pass
            return len(Odd()), "x" in Odd()
        """,
        "s3.GetBucketLogging s3.GetBucketAcl s3.GetBucketCors",
    ),
    Case(
        "the text of objects",
        """
        class Odd:
            def __str__(self): return str(boto3.client("s3").get_bucket_policy(Bucket="b"))
        class Other:
            def __repr__(self): return str(boto3.client("s3").get_bucket_acl(Bucket="b"))
        @server.tool()
        def t(): return f"{Odd()}", repr(Other()), str(Odd())
        """,
        "s3.GetBucketPolicy s3.GetBucketAcl",
    ),
    Case(
        "what is stored into objects and deleted from them",
        """
        class Odd:
            def __setitem__(self, key, value): boto3.client("s3").put_object(Bucket="b", Key=key, Body=value)
            def __delitem__(self, key): boto3.client("s3").delete_object(Bucket="b", Key=key)
        @server.tool()
        def t(key: str):
            store = Odd()
            store[key] = b""
            del store[key]
        """,
        "s3.PutObject s3.DeleteObject",
    ),
    Case(
        "a mapping of the source that has the methods of its base",
        """
        from collections.abc import MutableMapping
        class Store(MutableMapping):
            def __getitem__(self, key): return boto3.client("s3").get_object(Bucket="b", Key=key)
            def __setitem__(self, key, value): boto3.client("s3").put_object(Bucket="b", Key=key, Body=value)
            def __delitem__(self, key): boto3.client("s3").delete_object(Bucket="b", Key=key)
            def __iter__(self): return iter(boto3.client("s3").list_objects_v2(Bucket="b")["Contents"])
            def __len__(self): return 0
        @server.tool()
        def t(key: str):
            Store().pop(key)
            return Store().get(key), list(Store().items())
        """,
        "s3.GetObject s3.DeleteObject s3.ListObjectsV2",
    ),
    Case(
        "what a stack of contexts calls when it is left",
        """
        @server.tool()
        def t():
            with contextlib.ExitStack() as stack:
                stack.callback(boto3.client("s3").get_bucket_acl, Bucket="b")
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "the method run of a thread",
        """
        import threading
        class Worker(threading.Thread):
            def run(self): boto3.client("s3").get_bucket_cors(Bucket="b")
        @server.tool()
        def t(): Worker().start()
        """,
        "s3.GetBucketCors",
    ),
    Case(
        "what a future gives",
        """
        from concurrent.futures import ThreadPoolExecutor
        def made(name): return boto3.client(name)
        @server.tool()
        def t():
            with ThreadPoolExecutor() as pool: return pool.submit(made, "s3").result().list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a callback that is added to a future",
        """
        from concurrent.futures import ThreadPoolExecutor
        def done(future): boto3.client("s3").get_bucket_cors(Bucket="b")
        @server.tool()
        def t():
            with ThreadPoolExecutor() as pool: pool.submit(print, 1).add_done_callback(done)
        """,
        "s3.GetBucketCors",
    ),
    Case(
        "a hook of the interpreter's exit, of a signal, of a timer",
        """
        import atexit, weakref, threading
        def clean(): boto3.client("s3").delete_object(Bucket="b", Key="k")
        @server.tool()
        def t():
            atexit.register(clean)
            threading.Timer(1, lambda: boto3.client("s3").get_bucket_acl(Bucket="b")).start()
        """,
        "s3.DeleteObject s3.GetBucketAcl",
    ),
    Case(
        "a background task of a framework",
        """
        from starlette.background import BackgroundTask
        def later(name): boto3.client("s3").delete_object(Bucket="b", Key=name)
        @server.tool()
        def t(name: str): return BackgroundTask(later, name)
        """,
        "s3.DeleteObject",
    ),
    Case(
        "a bound method that is kept and called later",
        """
        class Store:
            def __init__(self):
                s3 = boto3.client("s3")
                self.acl, self.calls = s3.get_bucket_acl, [s3.get_bucket_cors]
                self.by_name = {"policy": s3.get_bucket_policy}
        @server.tool()
        def t():
            store = Store()
            store.acl(Bucket="b")
            for call in store.calls: call(Bucket="b")
            return store.by_name["policy"](Bucket="b")
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.GetBucketPolicy",
    ),
    Case(
        "a call deeper than anybody follows",
        "\n".join(
            (
                *(f"def f{n}(c):\n    return f{n + 1}(c)" for n in range(80)),
                "def f80(c):\n    return c.list_buckets()",
                "@server.tool()\ndef t():\n    return f0(boto3.client('s3'))",
            )
        ),
        "s3.ListBuckets",
    ),
    Case(
        "a state machine whose functions give each other",
        """
        def a(s3): return b
        def b(s3): return c
        def c(s3):
            s3.get_bucket_acl(Bucket="b")
            return None
        @server.tool()
        def t():
            state, s3 = a, boto3.client("s3")
            while state: state = state(s3)
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "a recursion that comes to another call after five rounds",
        """
        def step(s3, n):
            if n == 0: return s3.list_buckets()
            return step(s3, n - 1)
        @server.tool()
        def t(): return step(boto3.client("s3"), 10)
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a visitor that chooses its method by the name of a class",
        """
        class Node: pass
        class Bucket(Node): pass
        class Visitor:
            def visit(self, node): return getattr(self, "visit_" + type(node).__name__)(node)
            def visit_Bucket(self, node): return boto3.client("s3").get_bucket_acl(Bucket="b")
        @server.tool()
        def t(): return Visitor().visit(Bucket())
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "a generic function by the type of its argument",
        """
        @functools.singledispatch
        def ask(value): return boto3.client("s3").list_buckets()
        @ask.register
        def _(value: int): return boto3.client("iam").list_roles()
        @ask.register(str)
        def of_text(value): return boto3.client("kms").list_keys()
        @server.tool()
        def t(a: int): return ask(a)
        """,
        "s3.ListBuckets iam.ListRoles kms.ListKeys",
    ),
    Case(
        "subclasses that are found by __subclasses__",
        """
        class Base:
            def ask(self): ...
        class Own(Base):
            def ask(self): return boto3.client("s3").get_bucket_acl(Bucket="b")
        @server.tool()
        def t(): return [each().ask() for each in Base.__subclasses__()]
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "subclasses that register themselves by __init_subclass__",
        """
        KINDS = {}
        class Base:
            def __init_subclass__(cls, kind="", **kwargs):
                super().__init_subclass__(**kwargs)
                KINDS[kind] = cls
        class Own(Base, kind="own"):
            def ask(self): return boto3.client("s3").get_bucket_acl(Bucket="b")
        @server.tool()
        def t(kind: str): return KINDS[kind]().ask()
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "a handler of an event of a source's own bus",
        """
        class Bus:
            def __init__(self): self.handlers = {}
            def on(self, name):
                def decorate(function):
                    self.handlers.setdefault(name, []).append(function)
                    return function
                return decorate
            def emit(self, name, *args):
                for handler in self.handlers.get(name, []): handler(*args)
        bus = Bus()
        @bus.on("x")
        def handle(name): boto3.client("s3").get_bucket_acl(Bucket=name)
        @server.tool()
        def t(name: str): bus.emit("x", name)
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "a generator that is sent to and closed",
        """
        def worker():
            s3 = boto3.client("s3")
            while True:
                name = yield
                s3.get_bucket_acl(Bucket=name)
        @server.tool()
        def t(name: str):
            made = worker()
            next(made)
            made.send(name)
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "a client that is annotated only",
        """
        def use(s3: "mypy_boto3_s3.S3Client"): return s3.list_buckets()
        @server.tool()
        def t(): return use(__import__("somewhere").client())
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client of a module that is not there",
        """
        from company.aws import s3, get_client
        @server.tool()
        def t(): return s3.list_buckets(), get_client("iam").list_roles()
        """,
        "s3.ListBuckets iam.ListRoles",
    ),
    Case(
        "a client of a module that is not there, under a name that says nothing",
        """
        from company.storage import store
        @server.tool()
        def t(key: str): return store.get_object(Bucket="b", Key=key), store.connection.list_objects_v2(Bucket="b")
        """,
        "s3.GetObject s3.ListObjectsV2",
    ),
    Case(
        "a wrapper of the SDK from a module that is not there, whose method is named as the API's is",
        """
        from company.aws import AwsHelper
        class Own(AwsHelper):
            def buckets(self): return self.client("s3").list_buckets()
            def roles(self): return self.iam.list_roles()
        @server.tool()
        def t(): return Own().buckets(), Own().roles()
        """,
        "s3.ListBuckets iam.ListRoles",
    ),
    Case(
        "an assignment to a client's attribute by unpacking",
        """
        class Store: pass
        @server.tool()
        def t():
            store = Store()
            (store.s3, store.iam), *rest = [(boto3.client("s3"), boto3.client("iam")), 1]
            return store.s3.list_buckets(), store.iam.list_roles()
        """,
        "s3.ListBuckets iam.ListRoles",
    ),
    Case(
        "clients that a dictionary comprehension makes",
        """
        CLIENTS = {name: boto3.client(name) for name in ["s3", "iam"]}
        s3, iam = (CLIENTS[name] for name in ("s3", "iam"))
        @server.tool()
        def t(): return s3.list_buckets(), CLIENTS["iam"].list_roles()
        """,
        "s3.ListBuckets iam.ListRoles",
    ),
    Case(
        "a client that zip, enumerate, items and values give",
        """
        CLIENTS = {"a": boto3.client("s3")}
        @server.tool()
        def t():
            for number, (name, client) in enumerate(CLIENTS.items()): client.get_bucket_acl(Bucket=name)
            for client, name in zip(CLIENTS.values(), ["x"]): client.get_bucket_cors(Bucket=name)
            return max(CLIENTS.values(), key=str).get_bucket_policy(Bucket="b"), next(iter(CLIENTS.values())).list_buckets()
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.GetBucketPolicy s3.ListBuckets",
    ),
    Case(
        "a client that copy, replace and asdict give",
        """
        import copy, dataclasses
        @dataclass(frozen=True)
        class State:
            s3: Any
            name: str = ""
        @server.tool()
        def t():
            state = dataclasses.replace(State(boto3.client("s3")), name="x")
            state.s3.get_bucket_acl(Bucket="b")
            copy.copy(state).s3.get_bucket_cors(Bucket="b")
            return dataclasses.asdict(state)["s3"].list_buckets()
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.ListBuckets",
    ),
    Case(
        "a client in a model that keeps it privately",
        """
        from pydantic import ConfigDict, PrivateAttr
        class Store(BaseModel):
            model_config = ConfigDict(arbitrary_types_allowed=True)
            region: str = "us-east-1"
            _s3: Any = PrivateAttr(default_factory=lambda: boto3.client("s3"))
            def buckets(self): return self._s3.list_buckets()
        @server.tool()
        def t(): return Store().buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client of a dependency that a framework injects",
        """
        from fastapi import Depends
        def s3(): return boto3.client("s3")
        @server.tool()
        def t(store=Depends(s3)): return store.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client behind a conditional import",
        """
        try:
            import aioboto3 as sdk
        except ImportError:
            import boto3 as sdk
        @server.tool()
        def t(): return sdk.client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a function that is replaced after it was defined",
        """
        def ask(): return None
        def _real(): return boto3.client("s3").list_buckets()
        ask = _real
        class Store:
            def ask(self): return None
        Store.ask = lambda self: boto3.client("iam").list_roles()
        @server.tool()
        def t(): return ask(), Store().ask()
        """,
        "s3.ListBuckets iam.ListRoles",
    ),
    Case(
        "a client whose methods are wrapped one by one",
        """
        def retried(method):
            def again(**kwargs):
                for _ in range(3):
                    try: return method(**kwargs)
                    except Exception: continue
            return again
        @server.tool()
        def t(): return retried(boto3.client("s3").list_buckets)()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "more clients than are kept apart",
        """
        NAMES = ["s3", "iam", "kms", "sqs", "sns", "ssm", "ec2", "ecs", "eks", "rds", "logs", "lambda", "glue", "athena", "events", "kinesis", "route53",
                 "dynamodb", "cloudwatch", "cloudformation", "cloudtrail", "config", "sts", "secretsmanager", "organizations", "acm", "ecr", "efs"]
        @server.tool()
        def t():
            for name in NAMES:
                client = boto3.client(name)
                if name == "s3": client.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "more operations than are kept apart",
        """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            for name in ["acl", "cors", "encryption", "lifecycle_configuration", "location", "logging", "notification_configuration", "ownership_controls",
                         "policy", "policy_status", "replication", "request_payment", "tagging", "versioning", "website", "accelerate_configuration",
                         "lifecycle", "notification", "analytics_configuration", "intelligent_tiering_configuration", "inventory_configuration",
                         "metrics_configuration", "metadata_table_configuration", "metadata_configuration", "abac", "unknown"]:
                getattr(s3, f"get_bucket_{name}")(Bucket="b")
        """,
        "s3.GetBucketAcl s3.GetBucketWebsite",
    ),
    Case(
        "a client behind a text of a type annotation and a forward reference",
        """
        class Holder:
            s3: "Client"
            def __init__(self) -> None: self.reset()
            def reset(self): setattr(self, "s3", boto3.client("s3"))
        @server.tool()
        def t(): return Holder().s3.list_buckets()
        """,
        "s3.ListBuckets",
    ),
    Case(
        "the exception group's handler",
        """
        @server.tool()
        def t():
            try:
                print(1)
            except* ValueError as group:
                boto3.client("s3").get_bucket_acl(Bucket="b")
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "a nested format specification and a debugging expression",
        """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            return f"{1:{len(s3.get_bucket_acl(Bucket='b'))}} {s3.get_bucket_cors(Bucket='b')=}"
        """,
        "s3.GetBucketAcl s3.GetBucketCors",
    ),
    Case(
        "defaults, annotations, decorators and bases that are run when a function or a class is made",
        """
        def base(name):
            boto3.client("s3").get_bucket_policy(Bucket=name)
            return object
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            def inner(a=s3.get_bucket_acl(Bucket="b"), *, b=s3.get_bucket_cors(Bucket="b")): return a, b
            class Made(base("b")): x = s3.get_bucket_tagging(Bucket="b")
            return (lambda c=s3.get_bucket_website(Bucket="b"): 1)
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.GetBucketPolicy s3.GetBucketTagging s3.GetBucketWebsite",
    ),
    Case(
        "the message of an assertion, the cause of an error and the target of a deletion",
        """
        @server.tool()
        def t(a: int):
            s3, found = boto3.client("s3"), {}
            assert a, s3.get_bucket_acl(Bucket="b")
            del found[s3.get_bucket_cors(Bucket="b")["x"]]
            raise ValueError from s3.get_bucket_policy(Bucket="b")
        """,
        "s3.GetBucketAcl s3.GetBucketCors s3.GetBucketPolicy",
    ),
    Case(
        "the elements that an argument's model holds, by a client that it names",
        """
        class Request(BaseModel):
            service: str
            operation: str
        @server.tool()
        def t(request: Request): return getattr(boto3.client(request.service), request.operation)()
        """,
        "s3.GetBucketAcl",
    ),
    Case(
        "a statement that is run by exec and a module that is loaded from a file",
        """
        import runpy
        @server.tool()
        def t():
            runpy.run_path("plugin.py")
            exec("boto3.client('s3').list_buckets()")
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a plugin that the metadata of installed packages name",
        """
        from importlib.metadata import entry_points
        @server.tool()
        def t():
            for each in entry_points(group="plugins"): each.load()(boto3.client("s3"))
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a client that is given to a library",
        """
        from some_library import Uploader
        @server.tool()
        def t(): return Uploader(client=boto3.client("s3")).upload("b", "k")
        """,
        "s3.PutObject",
    ),
    Case(
        "a session that is given to a library",
        """
        from some_library import query
        @server.tool()
        def t(): return query("select 1", boto3_session=session_of_role())
        """,
        "athena.StartQueryExecution",
    ),
    Case(
        "credentials of a role that are given to another program in its environment",
        """
        @server.tool()
        def t():
            found = issued()
            subprocess.run(["tool"], env={"AWS_ACCESS_KEY_ID": found["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"]})
        """,
        "s3.ListBuckets",
    ),
    Case(
        "an operation of a client whose service is computed",
        """
        @server.tool()
        def t(kind: str): return boto3.client(kind.lower().strip()).list_tags_for_resource(ResourceArn="x")
        """,
        "rds.ListTagsForResource",
    ),
    Case(
        "a loop over the operations that a client's model names",
        """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            for name in dir(s3):
                if name.startswith("list_"): getattr(s3, name)()
            for name in s3.meta.service_model.operation_names: s3.meta.method_to_api_mapping
        """,
        "s3.ListBuckets",
    ),
    Case(
        "a call that a hook of the SDK's events makes",
        """
        def before(params, **kwargs): boto3.client("kms").list_keys()
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            s3.meta.events.register("before-call.s3", before)
            return s3.list_buckets()
        """,
        "s3.ListBuckets kms.ListKeys",
    ),
    Case(
        "a resource of a service that an argument names",
        """
        @server.tool()
        def t(kind: str, name: str): return boto3.resource(kind).Table(name).scan()
        """,
        "dynamodb.Scan",
    ),
    Case(
        "a type of resource that an argument names",
        """
        @server.tool()
        def t(kind: str, name: str): return getattr(boto3.resource("ec2"), kind)(name).terminate()
        """,
        "ec2.TerminateInstances",
    ),
    Case(
        "a subresource that leads from one resource to another",
        """
        @server.tool()
        def t(): return boto3.resource("s3").Object("b", "k").Bucket().Acl().grants, boto3.resource("s3").ObjectSummary("b", "k").Object().delete()
        """,
        "s3.GetBucketAcl s3.DeleteObject",
    ),
    Case(
        "a collection that is kept and walked later, by a while and next",
        """
        @server.tool()
        def t():
            rows = iter(boto3.resource("iam").roles.all())
            while True:
                try: print(next(rows))
                except StopIteration: break
        """,
        "iam.ListRoles",
    ),
    Case(
        "pages of a collection",
        """
        @server.tool()
        def t():
            for page in boto3.resource("iam").roles.pages():
                for role in page: role.attached_policies.all()
        """,
        "iam.ListRoles",
    ),
    Case(
        "a collection in a test, a membership, a length and an unpacking",
        """
        @server.tool()
        def t():
            iam = boto3.resource("iam")
            "x" in iam.roles.all()
            first, *rest = iam.users.all()
            return len(list(map(str, iam.groups.all())))
        """,
        "iam.ListRoles iam.ListUsers iam.ListGroups",
    ),
    Case(
        "the body of an answer is walked by a paginator that is kept in an object",
        """
        class Pages:
            def __init__(self, client, operation): self.paginator = client.get_paginator(operation)
            def __iter__(self): yield from self.paginator.paginate()
        @server.tool()
        def t(): return [page for page in Pages(boto3.client("iam"), "list_roles")]
        """,
        "iam.ListRoles",
    ),
)

# ---------------------------------------------------------------- modules

_APP = "from mcp.server.fastmcp import FastMCP\nserver = FastMCP('s')\n"
_ASK = "import boto3\ndef ask(): return boto3.client('s3').list_buckets()\n"

MODULES: Mapping[str, tuple[Mapping[str, str], Calls]] = {
    "relative imports of every depth": (
        {
            "pkg/__init__.py": "",
            "pkg/app.py": _APP,
            "pkg/calls.py": _ASK,
            "pkg/a/__init__.py": "from ..calls import ask\n",
            "pkg/a/b/__init__.py": "",
            "pkg/a/b/c.py": "from ...app import server\nfrom .. import ask as asked\nfrom ... import calls\nfrom . import d\n@server.tool()\ndef t(): return asked(), d.more()\n",
            "pkg/a/b/d.py": "import boto3\ndef more(): return boto3.client('iam').list_roles()\n",
            "pkg/__main__.py": "from .app import server\nfrom .a.b import c\nserver.run()\n",
        },
        {"t": {("s3.ListBuckets", "server"), ("iam.ListRoles", "server")}},
    ),
    "packages without an __init__": (
        {
            "company/aws/calls.py": _ASK,
            "company/server/main.py": _APP
            + "from company.aws.calls import ask\nimport company.aws.calls as calls\n@server.tool()\ndef t(): return ask(), calls.ask()\nif __name__ == '__main__': server.run()\n",
        },
        {"t": {("s3.ListBuckets", "server")}},
    ),
    "a folder src with metadata that name the command": (
        {
            "pyproject.toml": "[project]\nname = 'x'\nversion = '1'\n[project.scripts]\nx = 'x.cli:start'\n",
            "src/x/__init__.py": "",
            "src/x/cli.py": "def start():\n    from x.server import server\n    server.run()\n",
            "src/x/server.py": _APP + "from x.calls import ask\n@server.tool()\ndef t(): return ask()\n",
            "src/x/calls.py": _ASK,
            "tests/test_x.py": _APP + _ASK + "@server.tool()\ndef of_the_tests(): return ask()\n",
        },
        {"t": {("s3.ListBuckets", "server")}},
    ),
    "everything of a module with a star, as its __all__ says": (
        {
            "calls.py": "import boto3\n__all__ = ['ask']\ndef ask(): return boto3.client('s3').list_buckets()\ndef other(): return boto3.client('s3').delete_bucket(Bucket='b')\n",
            "server.py": _APP + "from calls import *\n@server.tool()\ndef t(): return ask()\n",
        },
        {"t": {("s3.ListBuckets", "server")}},
    ),
    "a star that takes the place of a name": (
        {
            "calls.py": _ASK,
            "server.py": _APP + "def ask(): return None\nfrom calls import *\n@server.tool()\ndef t(): return ask()\n",
        },
        {"t": {("s3.ListBuckets", "server")}},
    ),
    "a name that a package takes from its modules": (
        {
            "store/__init__.py": "from .s3 import ask as ask\nfrom . import iam\n",
            "store/s3.py": _ASK,
            "store/iam.py": "import boto3\nclient = boto3.client('iam')\n",
            "server.py": _APP
            + "import store\n@server.tool()\ndef t(): return store.ask(), store.iam.client.list_roles()\n",
        },
        {"t": {("s3.ListBuckets", "server"), ("iam.ListRoles", "server")}},
    ),
    "modules that import each other, inside of functions": (
        {
            "one.py": _APP + "@server.tool()\ndef t():\n    from two import ask\n    return ask()\nimport two\n",
            "two.py": "import boto3\nimport one\ndef ask(): return boto3.client('s3').list_buckets()\n",
        },
        {"t": {("s3.ListBuckets", "server")}},
    ),
    "a package whose modules are imported one by one": (
        {
            "app.py": _APP,
            "tools/__init__.py": "import importlib, pkgutil\nfor _, name, _ in pkgutil.iter_modules(__path__):\n    importlib.import_module(f'{__name__}.{name}')\n",
            "tools/first.py": "import boto3\nfrom app import server\n@server.tool()\ndef first(): return boto3.client('s3').list_buckets()\n",
            "tools/second.py": "import boto3\nfrom app import server\n@server.tool()\ndef second(): return boto3.client('iam').list_roles()\n",
            "main.py": "import tools\nfrom app import server\nif __name__ == '__main__': server.run()\n",
        },
        {"first": {("s3.ListBuckets", "server")}, "second": {("iam.ListRoles", "server")}},
    ),
    "modules that a list of names imports, with a function that registers": (
        {
            "tools/__init__.py": "",
            "tools/first.py": "import boto3\ndef register(server):\n    @server.tool()\n    def first(): return boto3.client('s3').list_buckets()\n",
            "tools/second.py": "import boto3\ndef register(server):\n    server.add_tool(second)\ndef second(): return boto3.client('iam').list_roles()\n",
            "main.py": "from importlib import import_module\n"
            + _APP
            + "for name in ('first', 'second'):\n    getattr(import_module('tools.' + name), 'register')(server)\n",
        },
        {"first": {("s3.ListBuckets", "server")}, "second": {("iam.ListRoles", "server")}},
    ),
    "functions that inspect finds in a module": (
        {
            "calls.py": "import boto3\ndef first(): return boto3.client('s3').list_buckets()\ndef second(): return boto3.client('iam').list_roles()\ndef _third(): return 3\n",
            "server.py": "import inspect\nimport calls\n"
            + _APP
            + "for name, function in inspect.getmembers(calls, inspect.isfunction):\n    if not name.startswith('_'): server.add_tool(function, name=name)\n",
        },
        {"first": {("s3.ListBuckets", "server")}, "second": {("iam.ListRoles", "server")}},
    ),
    "methods of an object that are registered by a loop": (
        {
            "server.py": _APP
            + "import boto3\nclass Tools:\n    def __init__(self, session): self.s3, self.iam = session.client('s3'), session.client('iam')\n"
            "    def first(self, name: str): return self.s3.list_buckets()\n    def second(self): return self.iam.list_roles()\n"
            "tools = Tools(boto3.Session())\nfor each in (tools.first, tools.second): server.tool()(each)\n",
        },
        {"first": {("s3.ListBuckets", "server")}, "second": {("iam.ListRoles", "server")}},
    ),
    "tools with names from a dictionary": (
        {
            "server.py": _APP
            + "import boto3\ndef make(service, method):\n    def run(): return getattr(boto3.client(service), method)()\n    return run\n"
            "for name, (service, method) in {'first': ('s3', 'list_buckets'), 'second': ('iam', 'list_roles')}.items():\n    server.add_tool(make(service, method), name=name)\n",
        },
        {"first": {("s3.ListBuckets", "server")}, "second": {("iam.ListRoles", "server")}},
    ),
    "a server that a function makes": (
        {
            "server.py": "import boto3\nfrom mcp.server.fastmcp import FastMCP\ndef create_server():\n    mcp = FastMCP('s')\n    s3 = boto3.client('s3')\n"
            "    @mcp.tool()\n    def t(): return s3.list_buckets()\n    return mcp\nif __name__ == '__main__': create_server().run()\n",
        },
        {"t": {("s3.ListBuckets", "server")}},
    ),
    "a client that the server's lifespan makes": (
        {
            "server.py": "import boto3\nfrom contextlib import asynccontextmanager\nfrom dataclasses import dataclass\nfrom mcp.server.fastmcp import Context, FastMCP\n"
            "@dataclass\nclass State:\n    s3: object\n@asynccontextmanager\nasync def lifespan(server):\n    yield State(s3=boto3.client('s3'))\n"
            "server = FastMCP('s', lifespan=lifespan)\n@server.tool()\ndef t(ctx: Context): return ctx.request_context.lifespan_context.s3.list_buckets()\n",
        },
        {"t": {("s3.ListBuckets", "server")}},
    ),
    "a client of a module that a function of another one sets": (
        {
            "state.py": "s3 = None\n",
            "server.py": _APP
            + "import boto3, state\ndef start(): state.s3 = boto3.client('s3')\n@server.tool()\ndef t(): return state.s3.list_buckets()\nif __name__ == '__main__':\n    start()\n    server.run()\n",
        },
        {"t": {("s3.ListBuckets", "server")}},
    ),
    "a module that hands out its names by __getattr__": (
        {
            "lazy.py": "import importlib\ndef __getattr__(name): return getattr(importlib.import_module('calls'), name)\n",
            "calls.py": _ASK,
            "server.py": _APP + "import lazy\n@server.tool()\ndef t(): return lazy.ask()\n",
        },
        {"t": {("s3.ListBuckets", "server")}},
    ),
    "an import that is there, before another that would stand in for it": (
        {
            "fast.py": _ASK,
            "server.py": _APP
            + "try:\n    from fast import ask\nexcept ImportError:\n    ask = None\n@server.tool()\ndef t(): return ask() if ask else None\n",
        },
        {"t": {("s3.ListBuckets", "server")}},
    ),
    "the same tool name twice, of which the last counts": (
        {
            "server.py": _APP
            + "import boto3\n@server.tool(name='t')\ndef one(): return boto3.client('s3').delete_bucket(Bucket='b')\n@server.tool(name='t')\ndef two(): return boto3.client('s3').list_buckets()\n",
        },
        {"t": {("s3.ListBuckets", "server")}},
    ),
}
"""Files by name, with the calls of every tool."""


# ---------------------------------------------------------------- ways to register a tool

REGISTERED: Mapping[str, str] = {
    "a decorator without parentheses": """
        @server.tool
        def t(): return boto3.client("s3").list_buckets()
        """,
    "a decorator with a name at its first place": """
        @server.tool("t")
        def any_name(): return boto3.client("s3").list_buckets()
        """,
    "a call of the decorator": """
        def ask(): return boto3.client("s3").list_buckets()
        server.tool(name="t", description="x")(ask)
        """,
    "tools that are given to the constructor": """
        def t(): return boto3.client("s3").list_buckets()
        other = FastMCP("other", tools=[t])
        """,
    "an object that is made from a function": """
        from fastmcp.tools import Tool
        def ask(): return boto3.client("s3").list_buckets()
        server.add_tool(Tool.from_function(ask, name="t"))
        """,
    "a tool by way of the server's inner parts": """
        def ask(): return boto3.client("s3").list_buckets()
        server._tool_manager.add_tool(ask, name="t")
        """,
    "a subclass of the server": """
        class Own(FastMCP):
            def __init__(self):
                super().__init__("own")
                self.add_tool(self.ask, name="t")
            def ask(self): return boto3.client("s3").list_buckets()
        own = Own()
        """,
    "a list that a decorator of the source fills": """
        TOOLS = []
        def collected(function):
            TOOLS.append(function)
            return function
        @collected
        def t(): return boto3.client("s3").list_buckets()
        for each in TOOLS: server.add_tool(each)
        """,
    "a decorator of the source that registers": """
        def registered(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs): return function(*args, **kwargs)
            return server.tool()(wrapper)
        @registered
        def t(): return boto3.client("s3").list_buckets()
        """,
    "a decorator of the source that registers with what it is told": """
        def registered(**options):
            def decorate(function): return server.tool(**options)(function)
            return decorate
        @registered(name="t", description="x")
        def ask(): return boto3.client("s3").list_buckets()
        """,
    "a part of the decorator": """
        tool = functools.partial(server.tool, description="x")
        @tool(name="t")
        def ask(): return boto3.client("s3").list_buckets()
        """,
    "a decorator that only some servers get": """
        writing = server.tool() if os.environ.get("WRITE") else (lambda function: function)
        @writing
        def t(): return boto3.client("s3").list_buckets()
        """,
    "a decorator by its name": """
        @getattr(server, "tool")(name="t")
        def ask(): return boto3.client("s3").list_buckets()
        """,
    "a server that is an argument": """
        def register(mcp: FastMCP, name: str):
            def ask(): return boto3.client("s3").list_buckets()
            mcp.add_tool(ask, name=name)
        register(server, "t")
        """,
    "a server that an object holds": """
        class App:
            def __init__(self):
                self.mcp = FastMCP("app")
                self.s3 = boto3.client("s3")
                self._register()
            def _register(self):
                @self.mcp.tool()
                def t(): return self.s3.list_buckets()
        App().mcp.run()
        """,
    "a server that a function gives": """
        @functools.lru_cache
        def get_server(): return FastMCP("x")
        @get_server().tool()
        def t(): return boto3.client("s3").list_buckets()
        """,
    "a decorated method of a class that registers its marked methods": """
        def marked(function):
            function.is_tool = True
            return function
        class Tools:
            @marked
            def t(self): return boto3.client("s3").list_buckets()
            def other(self): return boto3.client("s3").delete_bucket(Bucket="b")
        made = Tools()
        for name in dir(made):
            function = getattr(made, name)
            if getattr(function, "is_tool", False): server.add_tool(function, name=name)
        """,
    "a mixin of the library that registers marked methods": """
        from fastmcp.contrib.mcp_mixin import MCPMixin, mcp_tool
        class Tools(MCPMixin):
            @mcp_tool(name="t")
            def ask(self): return boto3.client("s3").list_buckets()
        Tools().register_all(server)
        """,
    "a tool that is made from an API's description": """
        import httpx
        from fastmcp import FastMCP as Other
        mcp = Other.from_openapi(openapi_spec={}, client=httpx.AsyncClient())
        """,
    "a tool that is made from an application": """
        from fastapi import FastAPI
        from fastmcp import FastMCP as Other
        app = FastAPI()
        @app.get("/t", operation_id="t")
        def t(): return boto3.client("s3").list_buckets()
        mcp = Other.from_fastapi(app)
        """,
    "a server that stands in for another": """
        from fastmcp import FastMCP as Other
        mcp = Other.as_proxy("https://example.com/mcp")
        """,
    "a name with letters of a loop": """
        def ask(): return boto3.client("s3").list_buckets()
        for letter in "tu": server.add_tool(ask, name=letter)
        """,
}
"""Sources in which `t` is a tool that lists the buckets, or of which a note must say that a tool is not known."""


# ---------------------------------------------------------------- the tests

EXACT = (*CREDENTIALS, *SDK, *FLOW, *CODE, *AWAITED, *CHOSEN, *SIGNED)


@pytest.mark.parametrize("case", EXACT, ids=ids)
def test_a_construct_gives_exactly_its_calls_with_their_credentials(case: Case):
    told = "\n".join(unresolved(case.source))
    assert calls(the(case.source)) == case.expected, told
    assert bool(told) == bool(case.open), told
    assert case.open in told


@pytest.mark.parametrize("case", LAW, ids=ids)
def test_what_is_not_found_is_said(case: Case):
    found = calls(the(case.source))
    assert case.expected <= found or unresolved(case.source) or read(case.source).notes, f"found {sorted(found)}"


@pytest.mark.parametrize("way", REGISTERED)
def test_a_tool_that_is_registered_is_found_or_it_is_said_that_one_may_be_there(way: str):
    found = read(REGISTERED[way])
    told = inferred(REGISTERED[way]).get("t")
    assert told == {("s3.ListBuckets", "server")} or found.notes or unresolved(REGISTERED[way])


@pytest.mark.parametrize("name", MODULES)
def test_a_way_to_divide_a_server_into_modules_is_followed(name: str):
    files, expected = MODULES[name]
    assert inferred(files) == expected
    assert not any(tool.unresolved for tool in read(files).manifest.tools)


def test_there_are_no_two_cases_of_one_name():
    names = [case.sentence for case in (*EXACT, *LAW)]
    assert len(names) == len(set(names)) > 150


# ---------------------------------------------------------------- fallbacks and swallowed errors


def test_a_call_that_is_repeated_with_other_credentials_is_one_need_that_tries_both():
    found = need(
        """
        @server.tool()
        def t():
            try:
                return session_of_role().client("s3").list_buckets()
            except Exception:
                return boto3.client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    )
    assert [str(who) for who in found.credentials] == ["role", "server"]
    assert found.necessity is Necessity.REQUIRED


def test_a_session_that_falls_back_acts_with_either_credential():
    found = needs(
        """
        def session():
            try:
                return session_of_role()
            except Exception:
                return boto3.Session()
        @server.tool()
        def t(): return session().client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    )
    assert {str(who) for one in found for who in one.credentials} == {"role", "server"}


def test_keys_that_may_be_none_act_with_either_credential():
    found = needs(
        """
        def credentials():
            if "ROLE_ARN" not in os.environ: return {}
            return keys()
        @server.tool()
        def t(): return boto3.client("s3", **credentials()).list_buckets()
        """,
        "s3.ListBuckets",
    )
    assert {str(who) for one in found for who in one.credentials} == {"role", "server"}


@pytest.mark.parametrize(
    ("handler", "necessity"),
    [
        ("raise", Necessity.REQUIRED),
        ("raise RuntimeError('x')", Necessity.REQUIRED),
        ("pass", Necessity.OPTIONAL),
        ("print('x')", Necessity.OPTIONAL),
        ("found = None", Necessity.OPTIONAL),
        ("return {'error': str(error)}", Necessity.REQUIRED),
    ],
)
@pytest.mark.parametrize("kind", ["Exception", "ClientError", "(ValueError, BotoCoreError, ClientError)"])
def test_what_a_handler_does_tells_whether_the_tool_goes_on(handler: str, necessity: Necessity, kind: str):
    source = f"""
        from botocore.exceptions import BotoCoreError, ClientError
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            s3.list_buckets()
            try:
                found = s3.get_bucket_acl(Bucket="b")
            except {kind} as error:
                {handler}
            return s3.get_bucket_cors(Bucket="b")
        """
    assert need(source, "s3.GetBucketAcl").necessity is necessity
    assert need(source, "s3.ListBuckets").necessity is Necessity.REQUIRED
    assert need(source, "s3.GetBucketCors").necessity is Necessity.REQUIRED


def test_an_error_of_another_kind_swallows_nothing():
    found = need(
        """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            try:
                s3.get_bucket_acl(Bucket="b")
            except (KeyError, ValueError):
                pass
            return s3.list_buckets()
        """,
        "s3.GetBucketAcl",
    )
    assert found.necessity is Necessity.REQUIRED


def test_a_denial_that_is_looked_for_and_raised_again_otherwise_is_swallowed_only_in_part():
    found = need(
        """
        from botocore.exceptions import ClientError
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            try:
                s3.get_bucket_policy(Bucket="b")
            except ClientError as error:
                if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
                    raise
            return s3.list_buckets()
        """,
        "s3.GetBucketPolicy",
    )
    assert found.necessity is Necessity.REQUIRED


# ---------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("test", "when"),
    [
        ("flag", "flag"),
        ("not flag", "not flag"),
        ("flag is True", "flag"),
        ("flag == False", "not flag"),
        ("name", "set(name)"),
        ("name is not None", "set(name)"),
        ("name == 'x'", "name == 'x'"),
        ("'x' == name", "name == 'x'"),
        ("name != 'x'", "name != 'x'"),
        ("name in ('x', 'y')", "name == 'x' or name == 'y'"),
        ("name in {'x': 1}", "name == 'x'"),
        ("flag and name", "flag and set(name)"),
        ("not (flag or name == 'x')", "not (flag or name == 'x')"),
        ("os.environ.get('MODE') == 'x'", "MODE == 'x'"),
        ("os.getenv('MODE', 'x') == 'x'", "MODE == 'x'"),
        ("os.environ['MODE'] == 'x'", "MODE == 'x'"),
        ("'MODE' in os.environ", "set(MODE)"),
    ],
)
def test_a_test_is_the_condition_of_what_stands_behind_it(test: str, when: str):
    source = f"""
        @server.tool()
        def t(flag: bool = False, name: str = ""):
            if {test}:
                return boto3.client("s3").list_buckets()
        """
    found = need(source, "s3.ListBuckets")
    assert (found.when, found.necessity) == (when, Necessity.CONDITIONAL)


@pytest.mark.parametrize(
    "test",
    [
        "len(name) > 3",
        "name.startswith('x')",
        "re.match('x', name)",
        "name > 'x'",
        "hash(name) % 2",
        "1 < len(name) < 5",
    ],
)
def test_a_test_that_a_manifest_cannot_say_is_told_in_words(test: str):
    source = f"""
        @server.tool()
        def t(name: str):
            if {test}:
                return boto3.client("s3").list_buckets()
        """
    found = need(source, "s3.ListBuckets")
    assert (found.when, found.necessity) == ("", Necessity.CONDITIONAL)
    assert found.condition


def test_what_stands_in_both_branches_is_needed_whatever_holds():
    found = need(
        """
        @server.tool()
        def t(flag: bool = False):
            s3 = boto3.client("s3")
            if flag: s3.list_buckets()
            else: s3.list_buckets()
        """,
        "s3.ListBuckets",
    )
    assert (found.when, found.condition, found.necessity) == ("", "", Necessity.REQUIRED)


def test_a_tool_that_refuses_without_a_flag_needs_what_it_calls_with_it():
    found = need(
        """
        import argparse
        class Settings:
            allow_write = False
        @server.tool()
        def t():
            if not Settings.allow_write:
                raise PermissionError("start the server with --allow-write")
            return boto3.client("s3").delete_bucket(Bucket="b")
        def main():
            parser = argparse.ArgumentParser()
            parser.add_argument("--allow-write", action="store_true")
            Settings.allow_write = parser.parse_args().allow_write
            server.run()
        if __name__ == "__main__": main()
        """,
        "s3.DeleteBucket",
    )
    assert (found.when, found.necessity) == ("allow_write", Necessity.CONDITIONAL)


def test_a_tool_that_is_registered_only_with_a_flag_is_listed():
    tool = the(
        """
        if os.environ.get("ALLOW_WRITE", "").lower() == "true":
            @server.tool()
            def t(): return boto3.client("s3").delete_bucket(Bucket="b")
        """
    )
    assert calls(tool) == {("s3.DeleteBucket", "server")}
    assert any("ALLOW_WRITE" in note for note in tool.notes)


def test_a_condition_of_an_outer_function_holds_for_what_it_calls():
    found = need(
        """
        def inner(s3): return s3.list_buckets()
        @server.tool()
        def t(flag: bool = False):
            s3 = boto3.client("s3")
            if flag: inner(s3)
            return s3.get_bucket_acl(Bucket="b")
        """,
        "s3.ListBuckets",
    )
    assert (found.when, found.necessity) == ("flag", Necessity.CONDITIONAL)


def test_a_condition_on_a_name_that_was_bound_again_is_not_that_of_the_argument():
    found = need(
        """
        @server.tool()
        def t(name: str = "", other: str = ""):
            name = other.strip()
            if name == "x": return boto3.client("s3").list_buckets()
        """,
        "s3.ListBuckets",
    )
    assert "name ==" not in found.when


def test_a_condition_of_one_tool_does_not_reach_another():
    source = """
        def inner(s3, flag=False):
            if flag: return s3.list_buckets()
            return s3.get_bucket_acl(Bucket="b")
        @server.tool()
        def t(): return inner(boto3.client("s3"), True)
        @server.tool()
        def other(flag: bool): return inner(boto3.client("s3"), flag)
        """
    assert calls(the(source)) == {("s3.ListBuckets", "server")}
    assert calls(the(source, "other")) == {("s3.ListBuckets", "server"), ("s3.GetBucketAcl", "server")}
    assert need(source, "s3.ListBuckets").when == ""


# ---------------------------------------------------------------- resources


@pytest.mark.parametrize(
    ("expression", "resource"),
    [
        ("f'{name}/x'", "{name}/x"),
        ("name + '/x'", "{name}/x"),
        ("'%s/%s' % (name, 'x')", "{name}/x"),
        ("'{}/{}'.format(name, 'x')", "{name}/x"),
        ("'{a}/x'.format(a=name)", "{name}/x"),
        ("'/'.join([name, 'x'])", "{name}/x"),
        ("os.path.join(name, 'x')", "{name}/x"),
        ("str(name) + '/x'", "{name}/x"),
        ("f'{name!s}/x'", "{name}/x"),
        ("f'{PREFIX}/{name}'", "reports/{name}"),
        ("f\"{os.environ['STAGE']}/{name}\"", "{STAGE}/{name}"),
        ("f\"{os.getenv('STAGE', 'test')}/{name}\"", "{STAGE}/{name}"),
        ("name", "{name}"),
        ("name or 'x'", "{name}|x"),
        ("'a' if name else 'b'", "a|b"),
        ("hashlib.sha256(name.encode()).hexdigest()", "*"),
        ("f'{uuid.uuid4()}.txt'", "*.txt"),
        ("'%(a)s/x' % {'a': name}", "{name}/x|*"),
        ("string.Template('$a/x').substitute(a=name)", "{name}/x|*"),
    ],
)
def test_a_key_that_is_put_together_is_a_template(expression: str, resource: str):
    source = f"""
        import hashlib, string, uuid
        PREFIX = "reports"
        @server.tool()
        def t(name: str): return boto3.client("s3").get_object(Bucket="b", Key={expression})
        """
    # What stands between bars are ways to say it.
    found = {each.removeprefix("arn:aws:s3:::b/") for each in resources(source, "s3.GetObject")}
    assert found == set(resource.split("|")) or found in [{each} for each in resource.split("|")]


@pytest.mark.parametrize(
    "expression",
    [
        "name[1:]",
        "name[-4:]",
        "name.upper()",
        "name.replace('a', 'b')",
        "name.removeprefix('x/')",
        "name.split('/')[0]",
        "name * 2",
        "f'{name:>10}'",
        "name.title()",
        "re.sub('a', 'b', name)",
    ],
)
def test_a_text_that_was_changed_does_not_certainly_stand_for_the_argument(expression: str):
    source = f"""
        @server.tool()
        def t(name: str): return boto3.client("s3").get_object(Bucket="b", Key={expression})
        """
    found = need(source, "s3.GetObject")
    assert found.resources == ("arn:aws:s3:::b/*",) or found.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    ("expression", "bucket"),
    [
        ("uri.split('/', 3)[2]", "*"),
        ("urlparse(uri).netloc", "{uri.bucket}"),
        ("urlparse(url=uri)[1]", "{uri.bucket}|*"),
    ],
)
def test_a_uri_of_s3_is_taken_apart(expression: str, bucket: str):
    source = f"""
        from urllib.parse import urlparse
        @server.tool()
        def t(uri: str):
            return boto3.client("s3").get_object(Bucket={expression}, Key=urlparse(uri).path.lstrip("/"))
        """
    (found,) = resources(source, "s3.GetObject")
    assert found in {f"arn:aws:s3:::{each}/{{uri.key}}" for each in bucket.split("|")}


def test_an_argument_that_is_called_an_arn_may_be_the_whole_resource():
    source = """
        @server.tool()
        def t(topic_arn: str): return boto3.client("sns").publish(TopicArn=topic_arn, Message="x")
        """
    assert resources(source, "sns.Publish") == {"{topic_arn}"}
    assert read(source).manifest.server.parameters["topic_arn"].kind == "arn"


def test_an_arn_that_is_put_together_keeps_its_parts():
    source = """
        @server.tool()
        def t(account_id: str, name: str):
            return boto3.client("sns").publish(TopicArn=f"arn:aws:sns:us-east-1:{account_id}:{name}", Message="x")
        """
    assert resources(source, "sns.Publish") == {"arn:aws:sns:us-east-1:{account_id}:{name}"}


def test_a_call_on_each_of_a_list_is_a_need_of_each():
    source = """
        @server.tool()
        def t():
            for name in ("a", "b"): boto3.client("s3").list_objects_v2(Bucket=name)
        """
    assert resources(source, "s3.ListObjectsV2") == {"arn:aws:s3:::a", "arn:aws:s3:::b"}


def test_two_sides_of_a_copy_are_apart():
    source = """
        @server.tool()
        def t(a: str, b: str): boto3.client("s3").copy_object(Bucket=b, Key="k", CopySource={"Bucket": a, "Key": "s"})
        """
    found = {(one.action, *one.resources) for one in needs(source, "s3.CopyObject")}
    assert {("s3:GetObject", "arn:aws:s3:::{a}/s"), ("s3:PutObject", "arn:aws:s3:::{b}/k")} <= found


def test_a_source_of_a_copy_as_a_text_is_taken_apart():
    source = """
        @server.tool()
        def t(a: str, b: str): boto3.client("s3").copy_object(Bucket=b, Key="k", CopySource=f"{a}/s")
        """
    assert "arn:aws:s3:::{a}/s" in resources(source, "s3.CopyObject")


def test_a_parameter_that_was_changed_after_it_was_bound_does_not_stand_for_the_argument():
    source = """
        @server.tool()
        def t(bucket: str):
            bucket = boto3.client("ssm").get_parameter(Name=bucket)["Parameter"]["Value"]
            return boto3.client("s3").list_objects_v2(Bucket=bucket)
        """
    assert resources(source, "s3.ListObjectsV2") == {"arn:aws:s3:::*"}


def test_a_name_from_an_answer_is_any_name():
    source = """
        @server.tool()
        def t():
            s3 = boto3.client("s3")
            return [s3.get_bucket_acl(Bucket=each["Name"]) for each in s3.list_buckets()["Buckets"]]
        """
    assert resources(source, "s3.GetBucketAcl") == {"arn:aws:s3:::*"}


def test_a_placeholder_in_a_literal_of_the_source_is_no_parameter():
    source = """
        @server.tool()
        def t(name: str): return boto3.client("s3").get_object(Bucket="b", Key="{name}/*")
        """
    (found,) = resources(source, "s3.GetObject")
    assert "{" not in found


# ---------------------------------------------------------------- confidence


def test_what_is_plain_is_certain():
    assert need(CREDENTIALS[0].source, "s3.ListBuckets").confidence is Confidence.CERTAIN


def test_what_a_library_may_call_is_likely_and_its_note_says_so():
    source = """
        from some_library import schedule
        def job(): return boto3.client("s3").get_bucket_acl(Bucket="b")
        @server.tool()
        def t(): return schedule(job)
        """
    found = need(source, "s3.GetBucketAcl")
    assert found.confidence is Confidence.LIKELY
    assert "not followed" in found.note


def test_a_service_that_a_method_alone_tells_is_likely():
    source = """
        @server.tool()
        def t(service: str): return boto3.client(service).list_buckets()
        """
    assert need(source, "s3.ListBuckets").confidence is Confidence.LIKELY


def test_keys_that_come_from_nowhere_in_sight_are_said_to():
    source = """
        from company import keys_of
        @server.tool()
        def t():
            key, secret = keys_of("x")
            return boto3.client("s3", aws_access_key_id=key, aws_secret_access_key=secret).list_buckets()
        """
    found = need(source, "s3.ListBuckets")
    assert found.confidence is Confidence.LIKELY
    assert found.note


def test_a_tool_whose_function_is_not_in_the_source_is_said_to_be_open():
    found = read(
        """
        from company.tools import ready_made
        server.add_tool(ready_made, name="t")
        """
    )
    told = [one for tool in found.manifest.tools for one in tool.unresolved]
    assert told or found.notes


def test_a_tool_whose_name_is_computed_is_said_to_be_open():
    found = read(
        """
        def ask(): return boto3.client("s3").list_buckets()
        server.add_tool(ask, name=os.environ["TOOL_NAME"])
        """
    )
    assert found.notes


def test_tools_of_a_server_that_is_mounted_from_a_library_are_said_to_be_open():
    found = read(
        """
        from company.server import other
        server.mount("x", other)
        @server.tool()
        def t(): return boto3.client("s3").list_buckets()
        """
    )
    assert [tool.name for tool in found.manifest.tools] == ["t"]
    assert found.notes


# ---------------------------------------------------------------- what real servers taught

_STAYS = {
    "a list that an append fills at times": "bad = []\n            if not name: bad.append('n')\n            if bad: raise ValueError(bad)",
    "a list of those that are missing": "bad = [k for k, v in {'name': name}.items() if not v]\n            if bad: return 'no'",
    "a list from which everything may be taken": "bad = ['x']\n            bad.pop()\n            if bad: return 'no'",
    "a list that is cleared": "bad = ['x']\n            bad.clear()\n            if bad: return 'no'",
    "a list that a loop grows": "bad = []\n            for each in name:\n                bad.append(each)\n            if bad: return 'no'",
    "a list that is filtered": "bad = list(filter(None, [name]))\n            if bad: return 'no'",
    "membership of a list that an append fills": "off = []\n            if name: off.append('x')\n            if 'x' not in off: pass\n            else: return 'no'",
    "membership of a dict that loses a key": "d = {'x': 1}\n            d.pop('x', None)\n            if 'x' in d: return 'no'",
    "an object of a class made from list": "class L(list): pass\n            if L(): return 'no'",
    "a switch of a module that is not there": "from elsewhere import READ_ONLY\n            if READ_ONLY: return 'no'",
    "a loop that takes from a list": "work = ['x']\n            while work: work.pop()",
}


@pytest.mark.parametrize("before", _STAYS.values(), ids=_STAYS)
def test_what_may_be_empty_or_missing_decides_nothing(before: str):
    source = f"""
        @server.tool()
        def t(name: str):
            {before}
            return boto3.client("sqs").list_queues()
        """
    assert calls(the(source)) == {("sqs.ListQueues", "server")}


def test_a_client_of_a_session_that_is_not_there_is_likely_and_whose_it_is_stays_open():
    source = """
        from elsewhere import runtime
        @server.tool()
        def t(): return runtime.client("lambda").invoke(FunctionName="f")
        """
    assert need(source, "lambda.Invoke").confidence is Confidence.LIKELY
    assert any("whose credentials" in each for each in unresolved(source))


def test_an_early_answer_is_told_in_words():
    found = need(
        """
        @server.tool()
        def t(b: str):
            if len(b) < 3: return "short"
            return boto3.client("sqs").list_queues()
        """,
        "sqs.ListQueues",
    )
    assert found.necessity is Necessity.CONDITIONAL
    assert found.condition == "not len(b) < 3"


def test_of_several_classes_each_is_needed_where_the_source_takes_it():
    source = """
        class One:
            def go(self): return boto3.client("sqs").list_queues()
        class Two:
            def go(self): return boto3.client("sns").list_topics()
        def chosen(kind):
            return One() if len(kind) > 3 else Two()
        @server.tool()
        def t(kind: str): return chosen(kind).go()
        """
    assert need(source, "sqs.ListQueues").when == "uses_One"
    assert need(source, "sns.ListTopics").when == "uses_Two"


def test_to_look_at_a_function_is_not_to_call_it():
    source = """
        import inspect
        def ask(bucket): return boto3.client("s3").get_bucket_location(Bucket=bucket)
        @server.tool()
        def t(bucket: str):
            inspect.signature(ask)
            return ask(bucket)
        """
    assert [one.resources for one in needs(source, "s3.GetBucketLocation")] == [("arn:aws:s3:::{bucket}",)]


def test_where_every_error_is_swallowed_one_call_is_enough():
    source = """
        @server.tool()
        def t():
            found = []
            try: found.append(boto3.client("sqs").list_queues())
            except Exception: pass
            try: found.append(boto3.client("sns").list_topics())
            except Exception: pass
            return found
        """
    labels = {(one.any_of, one.option) for name in ("sqs.ListQueues", "sns.ListTopics") for one in needs(source, name)}
    assert {label for label, _ in labels} == {"the errors of all are swallowed"}
    assert {option for _, option in labels} == {"sqs.ListQueues", "sns.ListTopics"}


def besides(source: str, action: str) -> list[Requirement]:
    """The needs of the one tool that ask for an action, whichever operation it comes with."""
    (tool,) = read(source).manifest.tools
    return [need for need in tool.requirements if need.action == action]


@pytest.mark.parametrize("order", [("", "MultiRegion=True"), ("MultiRegion=True", "")])
def test_what_is_asked_besides_is_asked_of_each_call_of_the_operation(order):
    one, other = order
    source = f"""
        @server.tool()
        def t():
            kms = boto3.client("kms")
            kms.create_key({one})
            kms.create_key({other})
        """
    assert [each.necessity for each in besides(source, "iam:CreateServiceLinkedRole")] == [Necessity.CONDITIONAL]


def test_what_is_asked_besides_is_asked_on_the_condition_of_the_calls_it_is_asked_by():
    source = """
        @server.tool()
        def t(wide: bool):
            kms = boto3.client("kms")
            kms.create_key()
            if wide:
                kms.create_key(MultiRegion=True)
        """
    (linked,) = besides(source, "iam:CreateServiceLinkedRole")
    assert linked.when.startswith("wide")


def test_what_is_asked_besides_is_no_more_optional_than_the_call_where_every_error_is_swallowed():
    source = """
        @server.tool()
        def t():
            try: boto3.client("kms").create_key(MultiRegion=True)
            except Exception: pass
        """
    assert [each.necessity for each in besides(source, "kms:CreateKey")] == [Necessity.REQUIRED]
    assert [each.necessity for each in besides(source, "iam:CreateServiceLinkedRole")] == [Necessity.CONDITIONAL]


def test_a_key_of_arguments_passed_on_as_they_came_is_the_argument():
    source = """
        from mcp.server import Server
        low = Server("low")
        def inner(**given): return boto3.client("s3").get_bucket_location(Bucket=given.get("bucket"))
        @low.list_tools()
        async def listed():
            return [types.Tool(name="t", inputSchema={"type": "object", "properties": {"bucket": {"type": "string"}}})]
        @low.call_tool()
        async def called(name, arguments): return inner(**arguments)
        """
    assert [one.resources for one in needs(source, "s3.GetBucketLocation")] == [("arn:aws:s3:::{bucket}",)]


@pytest.mark.parametrize(("length", "kept"), [(100, "x" * 100), (500, "")])
def test_a_long_default_of_a_schema_is_left_out(length, kept):
    source = f"""
        from mcp.server import Server
        low = Server("low")
        SCHEMA = {{"type": "object", "properties": {{"text": {{"type": "string", "default": "{"x" * length}"}}}}}}
        @low.list_tools()
        async def listed(): return [types.Tool(name="t", inputSchema=SCHEMA)]
        @low.call_tool()
        async def called(name, arguments): return boto3.client("sqs").list_queues()
        """
    assert the(source).parameters["text"].default == kept


def test_a_tool_at_the_same_line_of_another_file_hides_no_method():
    found = read({
        "server.py": """
            import boto3
            from mcp.server.fastmcp import FastMCP
            import more
            server = FastMCP("q")
            @server.tool()
            def a(): return boto3.client("sqs").list_queues()
            more.Tools
            """,
        "more.py": """
            import boto3
            class Tools:
                def __init__(self): self.client = boto3.client("sns")

                def add(self, server):
                    @server.tool()
                    def b(): return self.client.list_topics()
            """,
    })  # fmt: skip
    assert {tool.name for tool in found.manifest.tools} == {"a", "b"}


def test_a_factory_that_the_command_imports_is_not_run_by_itself():
    found = read({
        "pyproject.toml": '[project]\nname = "q"\nversion = "1"\n[project.scripts]\nq = "main:main"\n',
        "srv.py": """
            import boto3
            from mcp.server.fastmcp import FastMCP
            def create_server(session):
                server = FastMCP("q")
                @server.tool()
                def t(): return session.client("kms").list_keys()
                return server
            """,
        "main.py": """
            import boto3
            from srv import create_server
            def main(): create_server(boto3.Session()).run()
            """,
    })  # fmt: skip
    (tool,) = found.manifest.tools
    assert calls(tool) == {("kms.ListKeys", "server")}
    assert tool.unresolved == ()


def test_a_source_without_tools_says_so_in_its_manifest():
    found = read("x = 1")
    assert found.manifest.tools == ()
    assert found.manifest.server.provenance is not None
    assert "no tool is registered" in found.manifest.server.provenance.uncertain[0]

"""What is noted because it is not followed: calls that are named as AWS's, clients that are handed on, other libraries."""

from __future__ import annotations

import ast
import sys
from functools import cache
from typing import TYPE_CHECKING

from iamsim.catalog import sdk
from iamsim.tools.infer.choices import options, text
from iamsim.tools.infer.frames import Frame, Given
from iamsim.tools.infer.sdk_values import Client, Collection, Http, Operation, Registry, Resource, Session, Signer
from iamsim.tools.infer.syntax import names_of
from iamsim.tools.infer.values import UNKNOWN, Outside, Text, Value

if TYPE_CHECKING:
    from iamsim.tools.infer.interpreter import Interpreter

_PLAIN_WORDS = frozenset(
    {
        "get",
        "put",
        "query",
        "scan",
        "search",
        "invoke",
        "delete",
        "start",
        "stop",
        "close",
        "open",
        "list",
        "send",
        "update",
        "copy",
    }
)
"""Methods of a single word that a client of anything may have."""

_OTHERS = frozenset(
    {"ctx", "context", "self", "cls", "logger", "log", "server", "mcp", "app", "parser", "path", "session_manager"}
)
"""Names of things that have methods of several words and are no clients."""

_KNOWN_PACKAGES = frozenset({
    "boto3", "botocore", "aioboto3", "aiobotocore", "mcp", "fastmcp", "pydantic", "loguru", "typer", "click", "starlette", "uvicorn", "fastapi",
    "opensearchpy", "requests_aws4auth", "aws_lambda_powertools", "structlog", "rich", "yaml", "jwt", "httpx", "requests", "aiohttp", "anyio",
})  # fmt: skip
"""Packages that are followed where they matter, or make no AWS call."""

_AWS = (Session, Client, Resource, Collection, Http, Signer, Operation)

_HARMLESS = frozenset({
    "print", "isinstance", "issubclass", "hasattr", "len", "bool", "id", "type", "str", "repr", "hash", "debug", "info", "warning", "error",
    "exception", "log", "append", "add", "put", "set", "close", "aclose", "setdefault", "cache_clear", "SimpleNamespace", "Config", "field", "Field",
    "enter_context", "enter_async_context", "push", "namedtuple", "partial", "run", "cast",
})  # fmt: skip
"""Functions that make no call with what they are given."""

_OWN_CALLS = tuple(f"{name}." for name in (
    "amazon_kclpy", "awscrt", "awswrangler", "botocove", "chalice", "cloudpathlib", "daft", "dask", "deltalake", "duckdb", "fsspec", "langchain_aws",
    "mlflow", "pyarrow.dataset", "pyarrow.fs", "pyathena", "pyiceberg", "pynamodb", "quilt3", "redshift_connector", "s3fs", "s3pathlib", "sagemaker",
    "smart_open", "snowflake", "strands", "zarr", "aws_lambda_powertools.utilities.parameters", "opensearchpy.helpers", "opensearchpy.Search",
))  # fmt: skip
"""Libraries that make AWS calls of their own, which are not followed."""


class Suspicions:
    """What may call AWS out of sight, for one walk."""

    def __init__(self, walk: Interpreter) -> None:
        self.walk = walk

    def watched(self, function: Value, node: ast.Call, given: Given, frame: Frame) -> bool:
        """
        Notes a call that is named as one of an SDK client where it is not known what it is called on.

        Where that may be a known client as well, it is not noted, but the answer is true: the call is likely.
        """
        if not isinstance(node.func, ast.Attribute) or UNKNOWN not in options(function):
            return False
        if any(isinstance(option, Operation) for option in options(function)):
            return True
        name = node.func.attr
        written = names_of(node.func.value)
        receiver = written[-1].lower().strip("_") if written else ""
        hints = any(each[:1].isupper() for each in given.keywords) or receiver in sdk.services()
        hints = hints or any(word in receiver for word in ("client", "boto", "aws"))
        several = len(options(function)) > 1
        if name not in _methods(hinted=hints) or (several and not hints) or receiver in _OTHERS:
            return False
        told = text(given.args[0]) if name in ("get_paginator", "get_waiter") and given.args else None
        self.walk.unresolved(
            f"a call of `{told or name}`",
            "it is named as an API call, and it is not known on which client",
            frame,
            node,
        )
        return False

    def own_calls(self, dotted: str, given: Given, frame: Frame, node: ast.AST) -> None:
        """Notes a library that calls AWS by itself, and a part of the server's own project that is not in the source."""
        first = dotted.partition(".")[0]
        if dotted.startswith(_OWN_CALLS):
            self.walk.unresolved(f"calls of {first}", f"{dotted} makes AWS calls of its own", frame, node)
        elif "." in dotted and (first in self.walk.packages or _speaks_of_aws(first, given)):
            self.walk.unresolved(
                f"calls of {dotted.rpartition('.')[0]}", f"{dotted} is not in this source", frame, node
            )
        else:
            for value in given.all():
                if any(_begins(option).startswith("s3://") for option in options(value)):
                    self.walk.unresolved(f"what {dotted} does with an S3 URI", "it is not followed there", frame, node)

    def named_alike(self, dotted: str, frame: Frame, node: ast.AST) -> None:
        """Notes a library's function that is named as an API call."""
        last = dotted.rpartition(".")[2]
        if last in _methods(hinted=False) and dotted.partition(".")[0] not in {
            *sys.stdlib_module_names,
            *_KNOWN_PACKAGES,
        }:
            what = f"a call of `{last}`"
            self.walk.unresolved(what, f"it is named as an API call, and {dotted} is not in this source", frame, node)

    def passed(self, option: Value, frame: Frame, node: ast.AST) -> None:
        """Notes what the value of an argument of code that is not followed lets it do."""
        if isinstance(option, _AWS):
            self._handed_on(frame, node)
        if isinstance(option, Registry) and not isinstance(node, ast.ClassDef):
            site = self.walk.site(node, frame)
            self.walk.unnamed.setdefault(
                site, "a server is handed to code that is not followed, which may register tools"
            )
        if isinstance(option, Outside) and option.name == "botocore.handlers.disable_signing":
            what = "whose credentials a client has"
            self.walk.unresolved(what, "its requests are changed by an event handler", frame, node)

    def _handed_on(self, frame: Frame, node: ast.AST) -> None:
        """A client, a session or keys go to code that is not followed, and that may call with them whatever it likes."""
        written = ".".join(names_of(node.func)) if isinstance(node, ast.Call) else ""
        last = written.rpartition(".")[2]
        if last not in _HARMLESS and not written.startswith(("log", "self.log", "_log", "typing.")):
            what = f"what `{written or 'some code'}` does with an AWS client or credentials"
            self.walk.unresolved(what, "it is not followed there", frame, node)


def _speaks_of_aws(first: str, given: Given) -> bool:
    """Whether a library that nobody knows here has to do with AWS: by its name, or because it is given ARNs."""
    if first in sys.stdlib_module_names or first in _KNOWN_PACKAGES:
        return False
    return "aws" in first.lower() or any(
        name.lower().endswith(("_arn", "_arns")) or name == "arn" for name in given.keywords
    )


def _begins(value: Value) -> str:
    """The text that a value begins with, as far as it is told."""
    if isinstance(value, Text):
        return value.parts[0] if isinstance(value.parts[0], str) else ""
    return text(value) or ""


@cache
def _methods(*, hinted: bool) -> frozenset[str]:
    """The names of methods of SDK clients: those of several words, with a hint that it is one those of a single word too."""
    found = {sdk.method(each) for service in sdk.services() for each in sdk.operations(service)}
    found |= {
        "upload_file",
        "download_file",
        "upload_fileobj",
        "download_fileobj",
        "generate_presigned_url",
        "get_paginator",
        "get_waiter",
    }
    return frozenset(name for name in found if (hinted and name not in _PLAIN_WORDS) or "_" in name)

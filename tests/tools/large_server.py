"""A server as large as a company's: 40 modules of 1,000 lines, 200 tools, the same text every time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

MODULES, LINES, TOOLS = 40, 1_000, 5

CALLS = (
    ("s3", "list_objects_v2", "ListObjectsV2", "Bucket"),
    ("dynamodb", "describe_table", "DescribeTable", "TableName"),
    ("sqs", "get_queue_url", "GetQueueUrl", "QueueName"),
    ("iam", "get_role", "GetRole", "RoleName"),
    ("kms", "describe_key", "DescribeKey", "KeyId"),
    ("secretsmanager", "describe_secret", "DescribeSecret", "SecretId"),
    ("sns", "get_topic_attributes", "GetTopicAttributes", "TopicArn"),
    ("ssm", "get_parameter", "GetParameter", "Name"),
    ("lambda", "get_function", "GetFunction", "FunctionName"),
    ("s3", "get_bucket_location", "GetBucketLocation", "Bucket"),
    ("dynamodb", "describe_continuous_backups", "DescribeContinuousBackups", "TableName"),
    ("iam", "list_attached_user_policies", "ListAttachedUserPolicies", "UserName"),
    ("logs", "describe_log_streams", "DescribeLogStreams", "logGroupName"),
)
"""Service, method, operation and argument of the calls that the tools take in turn."""

_START = '''\
"""Department {n}: what it keeps in AWS."""

import logging
from functools import lru_cache
from typing import Any

import boto3

from .app import server
{imports}
_log = logging.getLogger(__name__)


@lru_cache(maxsize=None)
def client_{n}(service: str) -> Any:
    """The one client of this department for `service`."""
    return boto3.client(service)


class Keeper{n}:
    """What the department keeps, behind one client."""

    service = "{service_1}"

    def __init__(self, session: boto3.Session | None = None) -> None:
        self._session = session or boto3.Session()
        self._client: Any = None

    @property
    def client(self) -> Any:
        if self._client is None:
            self._client = self._session.client(self.service)
        return self._client

    def look(self, name: str) -> Any:
        """Asks AWS for `name`."""
        return self.client.{method_1}({argument_1}=name)


def lookup_{n}(name: str) -> Any:
    """What other departments may ask for."""
    return _through_{n}(name, depth=3)


def _through_{n}(name: str, depth: int) -> Any:
    answer = _asked_{n}(client_{n}("{service_2}"), name)
    return step_{n}_0(answer, depth)


def _asked_{n}(client: Any, name: str) -> Any:
    try:
        return client.{method_2}({argument_2}=name)
    except client.exceptions.ClientError as error:
        _log.warning("%s: %s", name, error)
        raise


@server.tool()
def department_{n}_direct(name: str) -> Any:
    """Asks directly."""
    return step_{n}_1(boto3.client("{service_0}").{method_0}({argument_0}=name), 1)


@server.tool()
def department_{n}_kept(name: str) -> Any:
    """Asks through the keeper."""
    keeper = Keeper{n}()
    return step_{n}_2(keeper.look(name), 2)


@server.tool(name="department_{n}_deep")
def deep_{n}(name: str, depth: int = 3) -> Any:
    """Asks through three functions."""
    return _through_{n}(name, depth)


@server.tool()
def department_{n}_flagged(name: str, detailed: bool = False) -> Any:
    """Asks, and asks again if there is more to know."""
    answer = [client_{n}("{service_3}").{method_3}({argument_3}=name)]
    if detailed:
        answer.append(client_{n}("{service_4}").{method_4}({argument_4}=name))
    return step_{n}_3(answer, 3)


@server.tool()
def department_{n}_neighbor(name: str) -> Any:
    """Asks the department before this one."""
    return step_{n}_4(lookup_{before}(name), 4)
'''

_STEP = '''\


def step_{n}_{k}(value: Any, depth: int) -> Any:
    """Brings `value` into the form that step {next} takes."""
    if depth <= 0 or value is None:
        return value
    if isinstance(value, dict):
        value = {{str(key).lower(): item for key, item in value.items() if key != "ResponseMetadata"}}
    elif isinstance(value, list):
        value = [item for item in value if item is not None]
    else:
        value = str(value)
    found = []
    for item in value:
        found.append((len(found), item))
    if len(found) > LIMIT_{n}_{k}:
        _log.info("step {k} of department {n} leaves out %d", len(found) - LIMIT_{n}_{k})
        found = found[:LIMIT_{n}_{k}]
    return {then}


LIMIT_{n}_{k} = {limit}
'''


def large_server(root: Path) -> Mapping[str, tuple[str, ...]]:
    """
    Write the package `large` into `root`; the operations of each of its tools, by name.

    All calls are made with the server's own credentials.
    """
    package = root / "large"
    package.mkdir()
    names = "".join(f"from . import department_{number}\n" for number in range(MODULES))
    (package / "__init__.py").write_text('"""A large server."""\n', encoding="utf-8")
    (package / "app.py").write_text(
        "from mcp.server.mcpserver import MCPServer\n\nserver = MCPServer('large')\n", encoding="utf-8"
    )
    (package / "__main__.py").write_text(f"{names}from .app import server\n\nserver.run()\n", encoding="utf-8")
    expected: dict[str, tuple[str, ...]] = {}
    for number in range(MODULES):
        (package / f"department_{number}.py").write_text(_module(number), encoding="utf-8")
        first, second, third, fourth, fifth = (_operation(number, nth) for nth in range(TOOLS))
        expected |= {
            f"department_{number}_direct": (first,),
            f"department_{number}_kept": (second,),
            f"department_{number}_deep": (third,),
            f"department_{number}_flagged": (fourth, fifth),
            f"department_{number}_neighbor": (_operation(max(number - 1, 0), 2),),
        }
    return expected


def _operation(module: int, nth: int) -> str:
    service, _, operation, _ = _call(module, nth)
    return f"{service}.{operation}"


def _call(module: int, nth: int) -> tuple[str, str, str, str]:
    return CALLS[(module * TOOLS + nth) % len(CALLS)]


def _module(number: int) -> str:
    values: dict[str, object] = {"n": number, "before": max(number - 1, 0)}
    values["imports"] = f"from .department_{number - 1} import lookup_{number - 1}\n" if number else ""
    for nth in range(TOOLS):
        service, method, _, argument = _call(number, nth)
        values |= {f"service_{nth}": service, f"method_{nth}": method, f"argument_{nth}": argument}
    text = _START.format_map(values)
    step = _STEP.count("\n")
    count = (LINES - text.count("\n")) // step
    for k in range(count):
        # The first steps, at which the tools begin, each lead through a chain of their own.
        then = f"step_{number}_{k + TOOLS}(found, depth - 1)" if k + TOOLS < count else "found"
        text += _STEP.format(n=number, k=k, next=k + TOOLS, then=then, limit=100 + k)
    rest = LINES - text.count("\n")
    return text + "".join(f"CODE_{number}_{line} = {line}\n" for line in range(rest))

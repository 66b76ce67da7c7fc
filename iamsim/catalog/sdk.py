"""What the AWS SDK for Python calls: from a method of boto3 to the API operations behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Literal, NamedTuple

import msgspec

from iamsim.catalog import read


class Value(NamedTuple):
    """
    Where a value comes from.

    `identifier`: of the resource that the method belongs to (`bucket_name`); `argument`: of the method,
    with dots between levels (`CopySource.Bucket`); `constant`: `name` is the value; `attribute`: of the
    resource, which is loaded for it; `answer`: of the call, so that no code tells it.
    """

    kind: Literal["identifier", "argument", "constant", "attribute", "answer"]
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """
    One API operation that a method calls.

    `parameters` maps the API's parameters, with dots between levels and lists passed through, to where
    their values come from, or would come from if the argument were given; `RequestItems:keys` is each
    key of a map. What a method takes under the API's own names is not listed. `when`: the condition in words, empty if the call is always
    made. `deferred`: only signed here; whoever gets the URL or the token makes the call, in the
    signer's name. `optional`: the method passes over a refusal. `action`: in place of an operation,
    where what is signed is for no API operation (`rds-db:connect`).
    """

    operation: str = ""
    parameters: Mapping[str, Value] = field(default_factory=dict)
    when: str = ""
    deferred: bool = False
    optional: bool = False
    action: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", MappingProxyType(self.parameters))


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that something gives, with where its identifiers come from; `many`: a list of them."""

    type: str
    identifiers: Mapping[str, Value] = field(default_factory=dict)
    many: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "identifiers", MappingProxyType(self.identifiers))


@dataclass(frozen=True, slots=True)
class Action:
    """
    What a method calls, and the resource that it gives.

    `arguments` are the names of its arguments in their order; empty for a method that takes the API's
    parameters, by name only. The members of the argument `passed_on` (`ExtraArgs`) are parameters of
    the calls that know them.
    """

    calls: tuple[Call, ...]
    arguments: tuple[str, ...] = ()
    passed_on: str = ""
    gives: Made | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """
    Resources that an operation lists: `bucket.objects`.

    `call` is made, page by page, by iterating and by `all`, `filter`, `limit`, `page_size` and `pages`.
    The methods of `batch` (`bucket.objects.delete()`) make it as well, and then their own call, whose
    identifiers are those of the items.
    """

    call: Call
    gives: Made
    batch: Mapping[str, Action] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "batch", MappingProxyType(self.batch))


@dataclass(frozen=True, slots=True)
class Resource:
    """
    One type of boto3's resources, by the names that Python code uses.

    `identifiers` in the order in which they are given. `load` is called by `load()`, by `reload()` and
    by the first use of one of `attributes`; None if there is nothing to load. `aliases` are attributes
    that are identifiers (`table.table_name`). `actions` are methods. `subresources` are called with the
    identifiers that are arguments, in their order (`s3.Object("b", "k")`); `references` are attributes
    that give a resource and load for it. `waiters` (`wait_until_exists`) poll.
    """

    identifiers: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    load: Call | None = None
    attributes: frozenset[str] = frozenset()
    actions: Mapping[str, Action] = field(default_factory=dict)
    subresources: Mapping[str, Made] = field(default_factory=dict)
    references: Mapping[str, Made] = field(default_factory=dict)
    collections: Mapping[str, Collection] = field(default_factory=dict)
    waiters: Mapping[str, Call] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("aliases", "actions", "subresources", "references", "collections", "waiters"):
            object.__setattr__(self, name, MappingProxyType(getattr(self, name)))


def services() -> frozenset[str]:
    """The names that `boto3.client` takes."""
    return frozenset(_file().services)


def service_by_id(id: str) -> str | None:
    """The SDK's name of the service with this service id (`Secrets Manager`), in any case; None if there is none."""
    return _ids().get(id.lower())


def operations(service: str) -> tuple[str, ...]:
    """The API operations of a service, sorted; empty for a service that the SDK does not have."""
    found = _file().services.get(service)
    return () if found is None else tuple(found.operations.split())


def operation(service: str, method: str) -> str | None:
    """
    The API operation (`ListObjectsV2`) that a client's method (`list_objects_v2`) calls; None if none is.

    The name that `get_paginator` takes is a method's too. Methods that call what their argument names
    (`get_paginator`, `get_waiter`, `generate_presigned_url`) are none; see `transfers` for those that
    call several operations.
    """
    return _methods(service).get(method)


def waiter(service: str, name: str) -> str | None:
    """The operation that the waiter polls that `get_waiter` gives for `name` (`bucket_exists`)."""
    found = _file().services.get(service)
    return None if found is None else found.waiters.get(name)


def transfers(service: str, method: str) -> Action | None:
    """
    What a client's method calls that boto3 adds to those of the API (`upload_file`); None for any other method.

    Sizes are those of boto3's default `TransferConfig`. Source: boto3/s3/inject.py and s3transfer.
    """
    return _file().methods.get(service, {}).get(method)


def resource(service: str, type: str = "") -> Resource | None:
    """A resource type of `boto3.resource(service)`; the service resource itself without `type`; None if there is none."""
    return _file().resources.get(service, {}).get(type)


def prefix(service: str) -> str | None:
    """The IAM prefix (`es`) of the actions of a service (`opensearch`), by the name that it signs under; None if not known."""
    found = _file().services.get(service)
    return (found.prefix or None) if found else None


def source() -> tuple[str, str]:
    """The versions of botocore and of boto3 that all this was read from."""
    return _file().botocore, _file().boto3


def method(name: str) -> str:
    """The SDK's name for an operation's method, but for the exceptions that the data list; for the refresh."""
    name = _PLURAL.sub(lambda found: f"_{found[0].lower()}", name, count=1)
    return _BORDER.sub(r"\1_\2", _WORD.sub(r"\1_\2", name)).lower()


_PLURAL = re.compile("[A-Z]{2,}s$")
_WORD = re.compile("(.)([A-Z][a-z]+)")
_BORDER = re.compile("([a-z0-9])([A-Z])")


class _Service(msgspec.Struct):
    """`operations` has blanks between the names; `methods`: those whose name does not follow from the operation's."""

    id: str
    prefix: str
    operations: str
    methods: dict[str, str] = {}
    waiters: dict[str, str] = {}


class _File(msgspec.Struct):
    botocore: str
    boto3: str
    services: dict[str, _Service]
    methods: dict[str, dict[str, Action]]
    resources: dict[str, dict[str, Resource]]


@cache
def _file() -> _File:
    return msgspec.json.decode(read("sdk.json"), type=_File)


@cache
def _ids() -> Mapping[str, str]:
    return {found.id.lower(): service for service, found in _file().services.items()}


@cache
def _methods(service: str) -> Mapping[str, str]:
    found = _file().services.get(service)
    if found is None:
        return {}
    spelled = {operation: name for name, operation in found.methods.items()}
    return {spelled.get(name) or method(name): name for name in operations(service)}

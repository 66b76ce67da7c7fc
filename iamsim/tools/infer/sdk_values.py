"""What an expression may stand for of the SDKs, those of AWS and of MCP: sessions, clients, answers, servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iamsim.tools.infer.values import Value


@dataclass(frozen=True, slots=True)
class Signed:
    """
    Whose credentials: `server`, `role`, `brokered` or `unsigned`; `why` says in words what is not known of them.

    `call` tells one AssumeRole call from another.
    """

    who: str
    why: str = ""
    call: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """A session, or a bare set of credentials; `key` tells one session from another, 0 for what is no session."""

    signed: Signed
    key: int = 0


@dataclass(frozen=True, slots=True)
class Client:
    """An SDK client; `service` is empty where the source chooses it at run time."""

    service: str
    signed: Signed


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a client, not yet called; `how`: a paginator or a waiter of it."""

    client: Client
    name: str
    how: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """An object of boto3's resource layer: its type (empty: the service itself) and the values of its identifiers."""

    service: str
    type: str
    signed: Signed
    identifiers: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter of the call that lists a collection; `maybe`: it is not sent each time."""

    name: str
    value: Value
    maybe: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of resources, of the resource `of`."""

    of: Resource
    name: str
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API call answered, or with `path` something inside of it; `call` tells one AssumeRole call from another."""

    operation: str
    path: tuple[str, ...] = ()
    call: int = 0


@dataclass(frozen=True, slots=True)
class Signer:
    """Something that signs HTTP requests for a service."""

    service: str
    signed: Signed


@dataclass(frozen=True, slots=True)
class Http:
    """A client of the OpenSearch API, or a part of it such as `indices`."""

    signers: tuple[Value, ...]
    part: str = ""


@dataclass(frozen=True, slots=True)
class Registry:
    """An MCP server object: `key` is the place that made it, `low` whether it is of the low-level SDK."""

    key: int
    low: bool = False


@dataclass(frozen=True, slots=True)
class Registering:
    """What `server.tool(…)` gives: called with a function, it registers that as a tool."""

    registry: Registry
    kind: str
    names: Value
    description: Value


@dataclass(frozen=True, slots=True)
class Ctx:
    """The context that an MCP SDK passes to a tool."""

    registry: Registry | None
    path: str = ""


SERVER = Signed("server")

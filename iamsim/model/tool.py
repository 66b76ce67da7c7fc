"""An MCP tool and the permissions it needs: action, resource, credential, necessity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from iamsim.model.finding import Confidence
from iamsim.model.server import Parameter


class Credential(StrEnum):
    """Whose authority a call carries."""

    ROLE = "role"
    SERVER = "server"
    BROKERED = "brokered"
    BEARER = "bearer"
    UNSIGNED = "unsigned"
    NONE = "none"


class Necessity(StrEnum):
    """What a denial does to the tool."""

    REQUIRED = "required"
    CONDITIONAL = "conditional"
    OPTIONAL = "optional"
    DEFERRED = "deferred"
    DECIDES_RESULT = "decides-result"


@dataclass(frozen=True, slots=True)
class Requirement:
    """
    One permission that a tool needs.

    `resources` are ARN templates with `{parameter}` placeholders, every one of which must be
    allowed; `*` inside stands for any text. `credentials` are tried in order. `when` is an
    expression over parameters (empty: always), `condition` the same in words. `context` are the
    keys the call sends (templates), `absent` those it does not send.

    Of the needs of one tool that share a label under `any_of`, those of one `option` are enough: the
    tool tries the options in the order in which they are written (a need without an option is one
    of its own). `operation` is the API call behind the need, in the SDK's words (`s3.GetObject`).
    `confidence` is how sure whoever wrote the need is that the tool makes the call.
    """

    action: str
    resources: tuple[str, ...]
    credentials: tuple[Credential, ...]
    necessity: Necessity = Necessity.REQUIRED
    when: str = ""
    condition: str = ""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    via: str = ""
    source: str = ""
    note: str = ""
    any_of: str = ""
    option: str = ""
    operation: str = ""
    confidence: Confidence = Confidence.CERTAIN


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Something a tool does of which its manifest cannot tell what it needs: `what`, `why` that is so, and where."""

    what: str
    why: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """
    A call that the tests of the server make, under the name that they have for it.

    `arguments` are None where they are not told, which is not the same as none. `looks_at`: see `Suite`, whose own it
    replaces.
    """

    name: str
    arguments: Mapping[str, Any] | None = None
    looks_at: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """
    One tool of a server.

    `assumes`: the tool refuses to run unless the role can be assumed. `credentials` is whose
    authority it acts with even where no IAM permission is listed (`bearer` for a catalog search,
    `none` for pure computation). `modes` limits it to some of the server's modes (empty: all).
    While something is `unresolved` the needs are not known to be all: such a tool is never allowed
    for sure.

    `errors` is as in `Server`, for a tool that answers otherwise. `lookups` is how often one call looks
    for the server's own credentials when there are none, each time anew; None where that is not told.
    `tests` are the calls of it that the tests of the server make.
    """

    server: str
    name: str
    assumes: bool
    requirements: tuple[Requirement, ...]
    description: str = ""
    credentials: tuple[Credential, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    modes: tuple[str, ...] = ()
    on_failure: str = ""
    notes: tuple[str, ...] = ()
    source: str = ""
    unresolved: tuple[Unresolved, ...] = ()
    errors: str = ""
    lookups: int | None = None
    tests: tuple[Tried, ...] = ()

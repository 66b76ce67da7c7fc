"""What is asked of the generator, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from iamsim.model.policy import Condition, Policy
from iamsim.model.principal import LITERAL_STAR, Principal
from iamsim.model.remedy import Slot
from iamsim.model.server import Server
from iamsim.model.token import Token
from iamsim.model.tool import Tool

STAR = LITERAL_STAR
"""Stands in a parameter's value for the star of a pattern; no input may hold the sign, so that it is nobody's text."""


class Side(StrEnum):
    """Whose policy it is: the role's own, the role's trust in the server, or that of the server's principal."""

    ROLE = "role"
    TRUST = "trust"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Question:
    """
    A server whose policies are to be made, and what is told of it.

    `role_arn` is the role that tools use, whether it exists or not; `caller` the principal of the server's process,
    None where it has no AWS credentials or, without `caller_told`, where nobody says. `settings` are values of parameters, `anything` patterns of
    those that may be whatever matches (none: whatever there is); `STAR` is their wildcard. `any_token`: tokens may
    carry whatever they like. `optional`: what tools can do without counts too. `sides` are those that are asked for.
    """

    server: Server
    tools: tuple[Tool, ...]
    role_arn: str | None
    caller: Principal | None
    at: datetime
    token: Token | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    anything: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    any_token: bool = False
    optional: bool = False
    region: str | None = None
    sides: frozenset[Side] = frozenset(Side)
    caller_told: bool = True


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission to give: `resource` is a pattern as a policy writes it, `tool` the one that needs it."""

    action: str
    resource: str
    tool: str
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """
    One policy: for which side, whose (an ARN), and how it is attached.

    `name` tells it from the others of one answer: that of its side, with a number where there are several.
    """

    side: Side
    name: str
    owner: str
    slot: Slot
    policy: Policy


@dataclass(frozen=True, slots=True)
class Generated:
    """
    The policies that are exactly enough, with what to know of them.

    `open` says what nobody tells, so that more may be needed than the policies allow; `notes` what was taken for
    granted. `held` is how many needs the policies were asked about, and allow.
    """

    policies: tuple[Made, ...]
    open: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    held: int = 0

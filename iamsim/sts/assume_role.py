"""sts:AssumeRole, with tags, source identity, external id, chaining."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from iamsim.engine.simulator import Simulator
from iamsim.model.account import Role
from iamsim.model.principal import Principal, PrincipalKind, Session, role_session
from iamsim.model.request import Request
from iamsim.model.server import Call

ASSUME_ROLE, SET_SOURCE_IDENTITY, TAG_SESSION = "sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"


@dataclass(frozen=True, slots=True)
class Permission:
    """
    One permission that the call needs, with its request.

    `needed` is None where it is not known whether the call needs it (tags that are not told).
    """

    action: str
    needed: bool | None
    request: Request


def permissions(call: Call, caller: Principal, simulator: Simulator) -> tuple[Permission, ...]:
    """
    The requests AWS authorizes before it answers `call` made by `caller`.

    sts:SetSourceIdentity is asked when the call sets one or the caller's session carries one,
    sts:TagSession when it passes tags or the session has transitive ones: each must be allowed on
    the role beside sts:AssumeRole.
    Source: IAM User Guide, "Monitor and control actions taken with assumed roles" and "Pass session
    tags in AWS STS" (STS-006 to 008, STS-030, 031).
    """
    values, absent = context(call, caller)
    inherited = caller.session
    source = call.source_identity is not None or (inherited is not None and inherited.source_identity is not None)
    tagged = (
        True
        if call.tags or (inherited is not None and inherited.transitive_tag_keys)
        else None
        if call.tags is None
        else False
    )
    found = []
    for action, needed in ((ASSUME_ROLE, True), (SET_SOURCE_IDENTITY, source), (TAG_SESSION, tagged)):
        if needed is not False:
            request = simulator.request(caller, action, call.role_arn, values=values, absent=absent)
            found.append(Permission(action, needed, request))
    return tuple(found)


def context(call: Call, caller: Principal) -> tuple[Mapping[str, tuple[str, ...]], frozenset[str]]:
    """
    The condition keys the call brings, and those it does not.

    Source: IAM User Guide, "IAM and AWS STS condition context keys" (KEY-035 to 038, TRUST-019).
    """
    inherited = caller.session.source_identity if caller.session is not None else None
    values: dict[str, tuple[str, ...]] = {"sts:rolesessionname": (call.session_name,)}
    absent = {"sts:durationseconds"}
    for key, value in (("sts:externalid", call.external_id), ("sts:sourceidentity", call.source_identity or inherited)):
        if value is None:
            absent.add(key)
        else:
            values[key] = (value,)
    if call.tags is not None:
        absent |= {"aws:requesttag/"}
        values |= {f"aws:requesttag/{key.lower()}": (value,) for key, value in call.tags.items()}
        _several(values, absent, "aws:tagkeys", tuple(call.tags))
        _several(values, absent, "sts:transitivetagkeys", call.transitive_tag_keys)
    return values, frozenset(absent)


def assumed(call: Call, role: Role | None, at: datetime | None) -> Principal:
    """The session that a successful call gives, with what it carries into every later request."""
    session = Session(
        call.session_name,
        tags=call.tags or {},
        transitive_tag_keys=call.transitive_tag_keys,
        source_identity=call.source_identity,
        issued_at=at,
    )
    return role_session(
        call.role_arn,
        session,
        unique_id=role.unique_id if role is not None else None,
        tags=role.tags if role is not None else None,
    )


def chained(caller: Principal) -> bool:
    """Whether a call by `caller` is role chaining, which caps the session at one hour (STS-037, STS-039)."""
    return caller.kind is PrincipalKind.ROLE_SESSION


def _several(values: dict[str, tuple[str, ...]], absent: set[str], key: str, found: tuple[str, ...]) -> None:
    if found:
        values[key] = found
    else:
        absent.add(key)

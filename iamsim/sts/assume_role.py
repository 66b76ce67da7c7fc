"""sts:AssumeRole, with tags, source identity, external id, chaining."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from iamsim.engine.simulator import Simulator
from iamsim.model.account import Organization, Role
from iamsim.model.policy import Effect, Statement
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


def permissions(
    call: Call, caller: Principal, simulator: Simulator, sent: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[Permission, ...]:
    """
    The requests AWS authorizes before it answers `call` made by `caller`; `sent` are condition keys of every call of it.

    sts:SetSourceIdentity is asked when the call sets one or the caller's session carries one,
    sts:TagSession when it passes tags or the session has transitive ones: each must be allowed on
    the role beside sts:AssumeRole.
    Source: IAM User Guide, "Monitor and control actions taken with assumed roles" and "Pass session
    tags in AWS STS" (STS-006 to 008, STS-030, 031).
    """
    values, absent = context(call, caller)
    values = {**(sent or {}), **values}
    inherited = caller.session
    organization = simulator.organization
    source = _needed(
        call.source_identity is not None or (inherited is not None and inherited.source_identity is not None),
        may_inherit(caller, SET_SOURCE_IDENTITY, organization),
    )
    tagged = _needed(
        bool(call.tags) or (inherited is not None and bool(inherited.transitive_tag_keys)),
        call.tags is None or may_inherit(caller, TAG_SESSION, organization),
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
    absent = set(_NEVER)
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


def assumed(
    call: Call, role: Role | None, at: datetime | None, caller: Principal | None, organization: Organization
) -> Principal:
    """
    The session that a successful call gives, with what it carries, its caller's included, into every later request.

    A call that names a tag of its caller's chain again is refused before there is a session, and
    letters of either case name one tag (STS-023).
    """
    inherited = _inherited(caller)
    session = Session(
        call.session_name,
        tags={**(call.tags or {}), **inherited},
        transitive_tag_keys=(*inherited, *call.transitive_tag_keys),
        source_identity=call.source_identity or (caller.session.source_identity if caller and caller.session else None),
        policies=(call.session_policy,) if call.session_policy is not None else None,
        issued_at=at,
        known=call.tags is not None and not may_inherit(caller, TAG_SESSION, organization),
    )
    return role_session(
        call.role_arn,
        session,
        unique_id=role.unique_id if role is not None else None,
        tags=role.tags if role is not None else None,
    )


def may_inherit(caller: Principal | None, action: str, organization: Organization) -> bool:
    """
    Whether the caller's own session may carry tags or a source identity that are not told.

    A session whose making is not known carries what the trust policy of its role lets its maker
    pass: Pod Identity and identity providers tag, and what is transitive goes on (STS-007, STS-031).
    """
    if caller is None or caller.session is None or caller.session.known or caller.entity is None:
        return False
    role = organization.role(caller.entity)
    statements = role.trust.statements if role is not None and role.trust is not None else ()
    return any(_lets(statement, action) for statement in statements)


def _inherited(caller: Principal | None) -> Mapping[str, str]:
    """The transitive tags of the caller's session; they go on from session to session (STS-023)."""
    if caller is None or caller.session is None:
        return {}
    transitive = {key.lower() for key in caller.session.transitive_tag_keys}
    return {key: value for key, value in caller.session.tags.items() if key.lower() in transitive}


def _lets(statement: Statement, action: str) -> bool:
    named = {value.lower() for value in statement.action.values}
    return statement.effect is Effect.ALLOW and (action.lower() in named or "sts:*" in named or "*" in named)


def _needed(sure: bool, perhaps: bool) -> bool | None:  # noqa: FBT001 - two truth values
    return True if sure else None if perhaps else False


# What STS sends for other operations, and for AssumeRole only with parameters that no profile has (TRUST-019, KEY-038 to 043).
_NEVER = (
    "sts:durationseconds",
    "sts:requestcontext/",
    "sts:requestcontextproviders",
    "sts:taskpolicyarn",
    "sts:roleauthorizedbyidp",
    "sts:identitytokenaudience",
    "sts:signingalgorithm",
    "sts:awsservicename",
)


def chained(caller: Principal) -> bool:
    """Whether a call by `caller` is role chaining, which caps the session at one hour (STS-037, STS-039)."""
    return caller.kind is PrincipalKind.ROLE_SESSION


def _several(values: dict[str, tuple[str, ...]], absent: set[str], key: str, found: tuple[str, ...]) -> None:
    if found:
        values[key] = found
    else:
        absent.add(key)

"""The calls of STS that assume no role: GetFederationToken, GetSessionToken, GetCallerIdentity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from iamsim.engine.context import KeyedSession
from iamsim.engine.simulator import Simulator
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE, Principal, PrincipalKind
from iamsim.model.report import Message
from iamsim.model.request import Request
from iamsim.sts import parameters
from iamsim.sts.assume_role import TAG_SESSION, Permission
from iamsim.sts.messages import shown

GET_FEDERATION_TOKEN, GET_SESSION_TOKEN = "sts:GetFederationToken", "sts:GetSessionToken"
GET_CALLER_IDENTITY = "sts:GetCallerIdentity"


@dataclass(frozen=True, slots=True)
class Federation:
    """
    One GetFederationToken call; `policies` are session policies, None for a call without.

    Source: AWS STS API Reference, GetFederationToken (STS-056).
    """

    name: str
    tags: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[Policy, ...] | None = None
    duration: int = 43_200


def federation_permissions(call: Federation, caller: Principal, simulator: Simulator) -> tuple[Permission, ...]:
    """
    The requests that AWS authorizes before it federates: sts:GetFederationToken on the federated user, sts:TagSession for tags.

    Of which resource sts:TagSession is asked here, AWS's pages do not say: it is left open.
    Source: IAM User Guide, "Pass session tags in AWS STS" (STS-057, STS-058).
    """
    arn = federated_user(caller, call.name)
    values: dict[str, tuple[str, ...]] = {f"aws:requesttag/{key.lower()}": (value,) for key, value in call.tags.items()}
    absent = {"aws:requesttag/", "sts:transitivetagkeys"}
    if call.tags:
        values["aws:tagkeys"] = tuple(call.tags)
    else:
        absent.add("aws:tagkeys")
    found = [
        Permission(
            GET_FEDERATION_TOKEN,
            needed=True,
            request=simulator.request(caller, GET_FEDERATION_TOKEN, arn, values=values, absent=absent),
        )
    ]
    if call.tags:
        somewhere = f"arn:{caller.partition}:sts::{caller.account}:{HOLE}"
        request = simulator.request(
            caller,
            TAG_SESSION,
            somewhere,
            values=values,
            absent=absent,
            unbound=("the resource of sts:TagSession",),
        )
        found.append(Permission(TAG_SESSION, needed=True, request=request))
    return tuple(found)


def federation_errors(call: Federation, caller: Principal) -> tuple[Message, ...]:
    """
    What GetFederationToken is refused for whatever the policies say, in the words of STS.

    Source: AWS STS API Reference, GetFederationToken (STS-056, TRUST-015).
    """
    operation = "GetFederationToken"
    found = [
        *parameters.name_errors(operation, "Name", call.name, 32),
        *parameters.tag_errors(operation, call.tags),
        *duration_errors(operation, call.duration, 900, _LONGEST),
    ]
    if temporary(caller):
        found.insert(
            0,
            refusal(operation, "AccessDenied", "Cannot call GetFederationToken with session credentials", "observed"),
        )
    return tuple(found)


def federated(call: Federation, caller: Principal, at: datetime | None) -> Principal:
    """
    The federated user that a successful call makes: what its user may do, as far as the session policies allow it too.

    Its tags are not transitive, and it can call neither IAM nor any operation of STS but
    GetCallerIdentity (STS-056, STS-058).
    """
    session = KeyedSession(call.name, tags=call.tags, policies=call.policies, issued_at=at)
    return Principal(
        PrincipalKind.FEDERATED_USER,
        federated_user(caller, call.name),
        caller.account,
        caller.partition,
        entity=caller.arn,
        tags=caller.tags,
        session=session,
        federating_user=caller.arn,
    )


def lifetime(caller: Principal, duration: int) -> int:
    """
    How many seconds the credentials of GetFederationToken and GetSessionToken last: an hour at most for the root user, without an error.

    Source: AWS STS API Reference, GetSessionToken, DurationSeconds.
    """
    return min(duration, _HOUR) if caller.kind is PrincipalKind.ROOT else duration


def federated_user(caller: Principal, name: str) -> str:
    """The ARN of the federated user `name` of the caller's account."""
    return f"arn:{caller.partition}:sts::{caller.account}:federated-user/{name}"


# ---------------------------------------------------------------- GetSessionToken


def session_token_errors(caller: Principal, duration: int = 43_200) -> tuple[Message, ...]:
    """
    What GetSessionToken is refused for; no policy is asked.

    Source: AWS STS API Reference, GetSessionToken (STS-059, TRUST-015).
    """
    operation = "GetSessionToken"
    found = list(duration_errors(operation, duration, 900, _LONGEST))
    if temporary(caller):
        found.insert(
            0, refusal(operation, "AccessDenied", "Cannot call GetSessionToken with session credentials", "observed")
        )
    return tuple(found)


def with_session_token(caller: Principal, at: datetime | None, *, mfa: bool) -> Principal:
    """
    The caller with the temporary credentials of GetSessionToken: the same user, and the same permissions.

    With them it can call AssumeRole and GetCallerIdentity of STS, and IAM only with MFA (TRUST-014,
    STS-059). Whether AWS counts an AssumeRole with them as a chain is not documented: see `may_chain`.
    """
    keys: dict[str, tuple[str, ...]] = {"aws:multifactorauthpresent": ("true" if mfa else "false",)}
    open_keys = frozenset({"aws:multifactorauthage"}) if mfa else frozenset[str]()
    session = KeyedSession("", issued_at=at, keys=keys, open_keys=open_keys)
    return Principal(
        caller.kind,
        caller.arn,
        caller.account,
        caller.partition,
        caller.entity,
        caller.unique_id,
        caller.tags,
        session,
    )


def temporary(caller: Principal) -> bool:
    """Whether the caller signs with temporary credentials, those of GetSessionToken among them."""
    return caller.is_session or caller.session is not None


def may_chain(caller: Principal, duration: int) -> str:
    """The doubt about a long AssumeRole with the credentials of GetSessionToken, in words; empty for none (STS-038)."""
    if caller.is_session or caller.session is None or duration <= _HOUR:
        return ""
    return (
        "with credentials of GetSessionToken, STS is said to refuse an AssumeRole of more than an hour as role chaining"
    )


# ---------------------------------------------------------------- GetCallerIdentity


def caller_identity(caller: Principal, simulator: Simulator) -> Request:
    """The request behind GetCallerIdentity: it needs no permission, and no Deny refuses it (STS-060)."""
    return simulator.request(caller, GET_CALLER_IDENTITY, "*")


_HOUR, _LONGEST = 3600, 129_600


def duration_errors(operation: str, seconds: int, least: int, most: int) -> Iterator[Message]:
    """What is wrong with the DurationSeconds that an operation of STS is given."""
    name = "DurationSeconds"
    if seconds < least:
        text = f"Invalid value for parameter {name}, value: {seconds}, valid min value: {least}"
        yield Message(f"Parameter validation failed: {text}", "botocore", "inferred")
    elif seconds > most:
        text = (
            f"1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}"
        )
        yield refusal(operation, "ValidationError", text, "inferred")


def refusal(operation: str, code: str, text: str, basis: str) -> Message:
    """The answer of STS to an operation, as a client shows it."""
    return Message(shown(text, operation=operation, code=code), "AWS", basis)

"""Whom a Principal element names, and how directly."""

from __future__ import annotations

import re
from enum import IntEnum

from iamsim.engine.patterns import literal, matcher
from iamsim.model.policy import PrincipalElement
from iamsim.model.principal import Principal, PrincipalKind


class Grant(IntEnum):
    """
    What an Allow in a resource policy makes up for, from least to most.

    ACCOUNT delegates: an identity policy must allow too. ENTITY (the role, or a user met by a
    federated session of it) stands in for identity policies; boundary and session policy still
    limit. DIRECT (the user, the session, everyone) is limited by no implicit denial of the caller's
    own policies.
    Source: IAM User Guide, "Policy evaluation logic" and "Permissions boundaries for IAM entities"
    (the table of PRIN-016).
    """

    NONE = 0
    ACCOUNT = 1
    ENTITY = 2
    DIRECT = 3


Bounds = tuple[Grant, Grant]
"""What is granted for sure, and what is granted at most, where the inputs leave something open."""

NOTHING: Bounds = (Grant.NONE, Grant.NONE)
ALL: Bounds = (Grant.DIRECT, Grant.DIRECT)
OPEN: Bounds = (Grant.NONE, Grant.DIRECT)

_UNIQUE_ID = re.compile(r"A(?:IDA|ROA)[A-Z0-9]+")
_MEMBERS = (PrincipalKind.ROOT, PrincipalKind.USER, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)
_FEDERATED = (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML)


def granted(element: PrincipalElement, caller: Principal, *, trusts: bool) -> Bounds:
    """
    How directly a Principal element names `caller`; for NotPrincipal in an Allow, everyone it does not list.

    `trusts`: the element stands in a resource policy, where a token caller has to be named by its
    provider; AWS does not say that `{"AWS": "*"}` means it too (PRIN-037).

    AWS's page supports NotPrincipal with Deny only; what a stored Allow does is left open (PRIN-024).
    """
    if element.negated:
        named = _named(element, caller)
        return NOTHING if named[1] > Grant.NONE else OPEN
    if trusts and caller.kind in _FEDERATED and caller.arn not in element.federated:
        return NOTHING
    return _named(element, caller)


def excluded(element: PrincipalElement, caller: Principal, *, bounded: bool | None) -> bool | None:
    """
    Whether a Deny with this element speaks of `caller`; `bounded`: a permissions boundary is attached (None: not seen).

    NotPrincipal exempts a caller whose every level is listed: account and user, or account, role and
    session; one with a boundary it never exempts. A list that names only some levels is left open
    where AWS's page says no more than that it "might" deny.
    Source: IAM User Guide, "IAM JSON policy elements: NotPrincipal" (PRIN-025 to 028).
    """
    if not element.negated:
        low, high = _named(element, caller)
        return True if low > Grant.NONE else None if high > Grant.NONE else False
    if element.anyone:
        return False
    if caller.kind not in _MEMBERS:
        return _named(element, caller)[0] is Grant.NONE
    if bounded:
        return True
    answer = _unlisted(element, caller)
    return None if bounded is None and answer is False else answer


def _unlisted(element: PrincipalElement, caller: Principal) -> bool | None:
    """Whether a NotPrincipal list leaves out a level of the caller's identity."""
    levels = {_level(value, caller) for value in element.aws}
    account, entity, session = (grant in levels for grant in (Grant.ACCOUNT, Grant.ENTITY, Grant.DIRECT))
    match caller.kind:
        case PrincipalKind.ROOT:
            return not account
        case PrincipalKind.ROLE_SESSION:
            if account and entity and session:
                return False
            if account and entity and any(_level(value, caller) is None for value in element.aws):
                return None
            return True if (account and entity) or not (account or session) else None
        case _:
            return False if account and session else None if account or session else True


def _named(element: PrincipalElement, caller: Principal) -> Bounds:
    if element.anyone:
        return ALL
    if caller.kind in _FEDERATED:
        return ALL if caller.arn in element.federated else NOTHING
    if caller.kind is PrincipalKind.SERVICE:
        return ALL if caller.arn in element.service else NOTHING
    if caller.kind is PrincipalKind.ANONYMOUS:
        return NOTHING
    low, high = Grant.NONE, Grant.NONE
    for value in element.aws:
        sure, most = _value(value, caller)
        low, high = max(low, sure), max(high, most)
        if low is Grant.DIRECT:
            return ALL
    # Which account a canonical user id belongs to is not loaded.
    return (low, max(high, Grant.ACCOUNT)) if element.canonical else (low, high)


def _value(value: str, caller: Principal) -> Bounds:
    if _UNIQUE_ID.fullmatch(value):
        return _by_unique_id(value, caller)
    level = _level(value, caller)
    if level is None:
        return (Grant.NONE, Grant.ENTITY) if caller.kind is PrincipalKind.FEDERATED_USER else OPEN
    if level is Grant.DIRECT and caller.kind is PrincipalKind.FEDERATED_USER and value != caller.arn:
        return Grant.ENTITY, Grant.ENTITY
    return level, level


def _level(value: str, caller: Principal) -> Grant | None:
    """At which level `value` names the caller: account, role, or the very caller; None where the session's name is not told."""
    if value in (caller.account, f"arn:{caller.partition}:iam::{caller.account}:root"):
        return Grant.ACCOUNT
    if caller.kind is PrincipalKind.ROLE_SESSION:
        if value == caller.entity:
            return Grant.ENTITY
        same = matcher(literal(value))(caller.arn)
        return Grant.DIRECT if same else None if same is None else Grant.NONE
    if value in (caller.arn, caller.federating_user):
        return Grant.DIRECT
    # Which user federated is not told: it may be this one.
    user = value.startswith(f"arn:{caller.partition}:iam::{caller.account}:user/")
    return (
        None if caller.kind is PrincipalKind.FEDERATED_USER and caller.federating_user is None and user else Grant.NONE
    )


def _by_unique_id(value: str, caller: Principal) -> Bounds:
    """The stored form of a deleted user or role, or of a live one where ids are known (PRIN-012, 013)."""
    if caller.kind not in (PrincipalKind.USER, PrincipalKind.ROLE_SESSION):
        return NOTHING
    most = Grant.DIRECT if caller.kind is PrincipalKind.USER else Grant.ENTITY
    if caller.unique_id is None:
        kind = "AIDA" if caller.kind is PrincipalKind.USER else "AROA"
        return (Grant.NONE, most) if value.startswith(kind) else NOTHING
    return (most, most) if value == caller.unique_id else NOTHING

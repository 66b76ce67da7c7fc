"""Whom a Principal element names, and how directly."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from iamsim.engine.patterns import literal, matcher
from iamsim.engine.walks import may
from iamsim.model.policy import PrincipalElement
from iamsim.model.principal import HOLE, Principal, PrincipalKind


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

UNIQUE_ID = re.compile(r"A(?:IDA|ROA)[A-Z0-9]+")
"""The stored form of a user or role in a Principal element."""
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
        return NOTHING if named[0] > Grant.NONE else OPEN
    if trusts and caller.kind in _FEDERATED:
        return _listed(element.federated, caller.arn)
    return _named(element, caller)


def excluded(element: PrincipalElement, caller: Principal, *, bounded: bool | None) -> bool | None:
    """
    Whether a Deny with this element speaks of `caller`; `bounded`: a permissions boundary is attached (None: not seen).

    NotPrincipal exempts a caller whose every level is listed: account and user, or account, role and
    session; one with a boundary it never exempts. A list that names only some levels is left open
    where AWS's page says no more than that it "might" deny. So is everything that a text decides
    which AWS would not have stored as a principal: a Deny does not vanish with it.
    Source: IAM User Guide, "IAM JSON policy elements: NotPrincipal" (PRIN-025 to 028).
    """
    if not element.negated:
        low, high = _named(element, caller)
        return True if low > Grant.NONE else None if high > Grant.NONE or not storable(element) else False
    if element.anyone:
        return False
    if caller.kind not in _MEMBERS:
        answer: bool | None = _named(element, caller)[0] is Grant.NONE
    elif bounded:
        return True
    else:
        answer = _unlisted(element, caller)
        answer = None if bounded is None and answer is False else answer
    return None if answer and not storable(element) else answer


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
            untold = any(_level(value, caller) is None for value in element.aws)
            if untold and ((account and entity) or not (account or session)):
                return None
            return True if (account and entity) or not (account or session) else None
        case _:
            return False if account and session else None if account or session else True


# What services store as principals. Source: IAM User Guide, "AWS JSON policy elements: Principal" and "IAM identifiers";
# of another service's own accounts (`arn:aws:iam::cloudfront:user/…`) the Amazon CloudFront Developer Guide, "Restrict access".
_STORED = {
    "aws": re.compile(
        r"\d{12}|A(?:IDA|ROA)[A-Z0-9]+"
        r"|arn:[a-z-]+:iam::\d{12}:(?:root|(?:user|role)/[\x21-\x7e]+)"
        r"|arn:[a-z-]+:iam::[a-z]+:user/[\x20-\x7e]+"
        r"|arn:[a-z-]+:sts::\d{12}:(?:assumed-role/[\w+=,.@-]+/[\w+=,.@:-]+|federated-user/[\w+=,.@:-]+)",
        re.ASCII,
    ),
    "service": re.compile(r"[a-z0-9.-]+\.[a-z0-9.-]+"),
    "federated": re.compile(
        r"arn:[a-z-]+:iam::\d{12}:(?:oidc|saml)-provider/[\x21-\x7e]+|[A-Za-z0-9.-]+\.[A-Za-z0-9.-]+"
    ),
    "canonical": re.compile(r"[0-9a-f]{64}"),
}
_WILD = re.compile(r"[*?]|\$\{")


@lru_cache(maxsize=4096)
def storable(element: PrincipalElement) -> bool:
    """Whether AWS could have stored the element: whole names, without wildcards and variables."""
    groups = (
        ("aws", element.aws),
        ("service", element.service),
        ("federated", element.federated),
        ("canonical", element.canonical),
    )
    values = [(_STORED[kind], value) for kind, group in groups for value in group]
    if not values and not element.anyone:
        return False
    return all(form.fullmatch(value) and not _WILD.search(value) for form, value in values)


def _named(element: PrincipalElement, caller: Principal) -> Bounds:
    if element.anyone:
        return ALL
    if caller.kind in _FEDERATED:
        return max(_listed(element.federated, caller.arn), _anyone(element))
    if caller.kind is PrincipalKind.SERVICE:
        return max(_listed(element.service, caller.arn), _anyone(element))
    if caller.kind is PrincipalKind.ANONYMOUS:
        return _anyone(element)
    low, high = Grant.NONE, Grant.NONE
    for value in element.aws:
        sure, most = _value(value, caller)
        low, high = max(low, sure), max(high, most)
        if low is Grant.DIRECT:
            return ALL
    # Which account a canonical user id belongs to is not loaded.
    return (low, max(high, Grant.ACCOUNT)) if element.canonical else (low, high)


def _listed(values: tuple[str, ...], name: str) -> Bounds:
    """Whether a list holds the name of a service or provider; one of its texts may have a hole."""
    if name in values:
        return ALL
    return OPEN if any(HOLE in value and may(literal(value), name) for value in values) else NOTHING


def _anyone(element: PrincipalElement) -> Bounds:
    """Whether a text that is not told may be the star that means everyone."""
    return OPEN if any(value.strip(HOLE) == "" for value in element.aws) else NOTHING


def _value(value: str, caller: Principal) -> Bounds:
    if HOLE in value:
        own = (caller.account, f"arn:{caller.partition}:iam::{caller.account}:root", caller.entity, caller.arn)
        names = (*own, caller.unique_id, caller.federating_user, "*")
        return OPEN if any(name is not None and may(literal(value), name) for name in names) else NOTHING
    if UNIQUE_ID.fullmatch(value):
        return _by_unique_id(value, caller)
    level = _level(value, caller)
    if level is None:
        # A user that may have federated the caller, or the caller's role, whose path is not told.
        by_entity = caller.kind is PrincipalKind.FEDERATED_USER or ":role/" in value
        return (Grant.NONE, Grant.ENTITY) if by_entity else OPEN
    if level is Grant.DIRECT and caller.kind is PrincipalKind.FEDERATED_USER and value != caller.arn:
        return Grant.ENTITY, Grant.ENTITY
    return level, level


def _level(value: str, caller: Principal) -> Grant | None:
    """At which level `value` names the caller: account, role, or the very caller; None where a name or a path is not told."""
    if value in (caller.account, f"arn:{caller.partition}:iam::{caller.account}:root"):
        return Grant.ACCOUNT
    if caller.kind is PrincipalKind.ROLE_SESSION:
        if value == caller.entity:
            return Grant.ENTITY
        if may_be_role(value, caller.entity):
            return None
        same = matcher(literal(value))(caller.arn)
        return Grant.DIRECT if same else None if same is None else Grant.NONE
    if value in (caller.arn, caller.federating_user):
        return Grant.DIRECT
    # Which user federated is not told: it may be this one.
    user = value.startswith(f"arn:{caller.partition}:iam::{caller.account}:user/")
    return (
        None if caller.kind is PrincipalKind.FEDERATED_USER and caller.federating_user is None and user else Grant.NONE
    )


def may_be_role(value: str, entity: str | None) -> bool:
    """Whether the role `value` can be the caller's, whose path has a hole: the same name, on any path that fits."""
    if entity is None or HOLE not in entity:
        return False
    head, _, tail = entity.partition(HOLE)
    # Between the two stands a path or nothing: what is put in for it ends where a name begins.
    return value.startswith(head) and value[len(head) :].endswith(tail) and _is_path(value[len(head) :], tail)


def _is_path(rest: str, tail: str) -> bool:
    filling = rest.removesuffix(tail)
    return tail.startswith("/") or not filling or filling.endswith("/")


def _by_unique_id(value: str, caller: Principal) -> Bounds:
    """The stored form of a deleted user or role, or of a live one where ids are known (PRIN-012, 013)."""
    if caller.kind not in (PrincipalKind.USER, PrincipalKind.ROLE_SESSION):
        return NOTHING
    most = Grant.DIRECT if caller.kind is PrincipalKind.USER else Grant.ENTITY
    if caller.unique_id is None:
        kind = "AIDA" if caller.kind is PrincipalKind.USER else "AROA"
        return (Grant.NONE, most) if value.startswith(kind) else NOTHING
    return (most, most) if value == caller.unique_id else NOTHING

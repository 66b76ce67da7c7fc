"""Whom trust policies and resource policies let in, asked of the engine, and what lints of them share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from iamsim.drafts import Draft, Part
from iamsim.drafts.world import STRANGER_ACCOUNT, World, stranger
from iamsim.engine.conditions import compiled, reading
from iamsim.engine.patterns import matcher
from iamsim.model.account import Organization, Role
from iamsim.model.arn import Arn, is_role
from iamsim.model.policy import Condition, Effect, Policy, PolicyType, PrincipalElement, Statement
from iamsim.model.principal import Principal, PrincipalKind, Session, role_session
from iamsim.model.request import Context, Request
from iamsim.model.verdict import Explanation, StatementVerdict
from iamsim.sts.providers import BUILT_IN

ASSUME, WEB, SAML = "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"

_STRANGE_ORG = "o-stranger0000"
NOT_OURS: Mapping[str, str | tuple[str, ...]] = {
    "aws:principalorgid": _STRANGE_ORG,
    "aws:principalorgpaths": (f"{_STRANGE_ORG}/r-0000/",),
    "aws:principalaccount": STRANGER_ACCOUNT,
    "aws:principalisawsservice": "false",
    "aws:sourceaccount": STRANGER_ACCOUNT,
    "aws:sourceowner": STRANGER_ACCOUNT,
    "kms:calleraccount": STRANGER_ACCOUNT,
    "s3:dataaccesspointaccount": STRANGER_ACCOUNT,
}
"""The keys that say whose a request is, as a stranger's request has them; of all others nothing is told."""

NOT_SENT = (
    "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:principalservicename",
    "aws:principalservicenameslist", "aws:federatedprovider",
)  # fmt: skip
"""Keys of services and of federation, which somebody with plain credentials does not have."""


def role_arn(draft: Draft) -> str:
    """The ARN of the role whose trust policy it is, a made-up one for a policy that stands alone; empty where it is none that can be read."""
    if draft.policy is None or draft.world is None:
        return ""
    if draft.of:
        return draft.of if is_role(draft.of) else ""
    return next((role.arn for role in draft.world.organization.roles()), "")


def role_of(draft: Draft) -> Role | None:
    """The loaded role whose trust policy it is; None for a policy that stands alone."""
    if draft.world is None or draft.world.alone or not is_role(draft.of):
        return None
    return draft.world.organization.role(draft.of)


def sure(explanation: Explanation) -> tuple[StatementVerdict, ...]:
    """The Allow statements of the role's or resource's own policy that let the request in for sure, whatever is on the caller's side."""
    if explanation.denied or any(
        v.statement.effect is Effect.DENY and v.matched is not False for v in explanation.statements
    ):
        return ()
    return _own(explanation, unknown=False)


def possible(explanation: Explanation) -> tuple[StatementVerdict, ...]:
    """Those that let it in, or would if what is not told of the request came out so."""
    return () if explanation.denied else _own(explanation, unknown=True)


def by_condition(explanation: Explanation) -> bool:
    """Whether the one statement of `apart` is out because of its conditions, and so for whatever action the caller asks."""
    return any(
        element.matched is False and element.element.startswith("Condition")
        for verdict in explanation.statements
        if verdict.type is PolicyType.RESOURCE and verdict.statement.effect is Effect.ALLOW
        for element in verdict.elements
    )


def _own(explanation: Explanation, *, unknown: bool) -> tuple[StatementVerdict, ...]:
    return tuple(
        verdict
        for verdict in explanation.statements
        if verdict.type is PolicyType.RESOURCE
        and verdict.statement.effect is Effect.ALLOW
        and not (verdict.statement.principal is not None and verdict.statement.principal.negated)
        and (verdict.matched is True or (unknown and verdict.matched is None))
    )


def apart(world: World, arn: str, statement: Statement) -> World:
    """
    The world in which the policy of the role or resource `arn` has one Allow statement alone, beside all that it denies.

    What `sure` and `possible` tell there is told of that statement, at a cost that does not grow with the others.
    """
    organization = world.organization
    if is_role(arn):
        role = organization.role(arn)
        account = organization.accounts.get(home(arn))
        if role is None or role.trust is None or account is None:
            return world
        changed = replace(account, roles={arn: replace(role, trust=_only(role.trust, statement))})
    else:
        found = organization.owner(arn)
        if found is None or found[1].policy is None:
            return world
        account, resource = found
        changed = replace(
            account, resources={resource.arn: replace(resource, policy=_only(resource.policy, statement))}
        )
    return World(Organization({**organization.accounts, account.id: changed}), world.alone, world.stated)


def _only(policy: Policy | None, statement: Statement) -> Policy | None:
    if policy is None:
        return None
    kept = tuple(each for each in policy.statements if each is statement or each.effect is Effect.DENY)
    return replace(policy, statements=kept)


_PROVIDER = re.compile(r"arn:[a-z-]+:iam::\d{12}:(?:oidc|saml)-provider/[^*?$\s]+")


def federated(statement: Statement) -> tuple[str, ...]:
    """The identity providers that an Allow statement names, as AWS stores them; what is none is another lint's."""
    element = statement.principal
    if element is None or element.negated:
        return ()
    names = {each.name for each in BUILT_IN}
    return tuple(
        value
        for value in dict.fromkeys(element.federated)
        if value in names or (_PROVIDER.fullmatch(value) and "://" not in value)
    )


def allowing(draft: Draft) -> Iterator[tuple[Part, Statement, PrincipalElement]]:
    """The Allow statements that name somebody with Principal."""
    for part in draft.statements():
        read = part.statement
        if (
            read is not None
            and read.effect is Effect.ALLOW
            and read.principal is not None
            and not read.principal.negated
        ):
            yield part, read, read.principal


def named(statement: Statement, action: str) -> bool:
    """Whether the action is among those of the statement."""
    hit = any(matcher(value.lower())(action.lower()) for value in statement.action.values)
    return hit is not statement.action.negated


def provider_name(arn: str) -> str:
    """What stands before the colon in the condition keys of a provider."""
    return arn.partition(":oidc-provider/")[2] or arn


def positive(condition: Condition) -> bool:
    """Whether a condition asks for one of its values: no negation, no IfExists, no ForAllValues, no Null."""
    read = reading(condition.operator)
    return (
        read.operator is not None
        and not read.operator.negated
        and not read.if_exists
        and read.quantifier.value != "ForAllValues"
    )


def wanted(statement: Statement) -> dict[str, str | tuple[str, ...]]:
    """What a request would have to bring for the conditions of a statement: an example for each key that one asks for."""
    return {
        each.key.lower(): each.values[0].partition("/")[0] if "IpAddress" in each.operator else _example(each)
        for each in statement.conditions
        if each.values and positive(each)
    }


def _example(condition: Condition) -> str:
    value = condition.values[0]
    return (
        value.replace("*", "x").replace("?", "x")
        if "Like" in condition.operator or "Arn" in condition.operator
        else value
    )


_SOMEBODY = Principal(PrincipalKind.ANONYMOUS, "anonymous")


def holds_without(condition: Condition) -> bool:
    """Whether a condition holds for a request that has no such key, by the engine."""
    request = Request(_SOMEBODY, ASSUME, "*", Context({}, frozenset({condition.key.lower()}), complete=True), None, ())
    return compiled(condition, variables=False).test(request) is True


def session_of(arn: str) -> Principal:
    """A session of a role that carries nothing."""
    return role_session(arn, Session("session"))


def strangers(statement: Statement) -> Iterator[Principal]:
    """A stranger, and one for each pattern of ARNs that leaves the account open: anybody can make a role of such a name."""
    yield stranger()
    for condition in statement.conditions:
        for value in condition.values if condition.key.lower() == "aws:principalarn" else ():
            fields = value.split(":", 5)
            if len(fields) == 6 and fields[2] == "iam" and fields[4] in ("*", "????????????"):  # noqa: PLR2004 - an ARN has six fields
                made = f"arn:aws:iam::{STRANGER_ACCOUNT}:{fields[5].replace('*', 'x').replace('?', 'x')}"
                if is_role(made):
                    yield session_of(made)


def account_of(value: str) -> str:
    """The account that a value of Principal delegates to; empty for any other."""
    match = re.fullmatch(r"(?:arn:[a-z-]+:iam::)?([0-9]{12})(?::root)?", value)
    return match[1] if match and value.startswith("arn:") == value.endswith(":root") else ""


def ours(world: World, account: str, home: str) -> bool:
    """Whether an account is known to belong to the same owner: the very one, or one of the same organization."""
    if account == home:
        return True
    one, other = world.organization.accounts.get(account), world.organization.accounts.get(home)
    return bool(one and other and one.organization and one.organization == other.organization)


def home(arn: str) -> str:
    """The account in an ARN."""
    return Arn.parse(arn).account

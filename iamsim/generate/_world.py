"""The account that the policies are made for: the role and the server's principal with these policies and no others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError
from iamsim.generate._asked import Question, Side
from iamsim.model.account import Account, Organization, Resource, Role, User
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Effect, Element, Policy, PolicyType, PrincipalElement, Statement
from iamsim.model.principal import HOLE, PrincipalKind
from iamsim.model.report import Status, TokenStep
from iamsim.probes import Setup
from iamsim.tokens import claims

EVERY_TYPE = frozenset(PolicyType) - {PolicyType.SESSION}


def setup(question: Question, policies: Mapping[Side, tuple[Policy, ...]], keys: Iterable[str] = ()) -> Setup:
    """
    The set-up of a check in an account that has `policies` and nothing that forbids.

    A role without a trust policy of its own trusts the server's account. `keys` are ARNs of KMS keys, whose policies let the account's
    own policies decide.
    """
    built = claims.of_server(
        question.server,
        question.token,
        question.claims,
        settings=question.settings,
        at=question.at,
        role_arn=question.role_arn,
    )
    organization = _organization(question, policies, keys)
    token = question.token
    known = {**(token.claims if token is not None else {}), **question.claims}
    status = Status.NOT_APPLICABLE if token is None else Status.ALLOWED
    passed = None
    if question.server.assume is not None and question.server.assume.passes_token and token is not None:
        passed = replace(token, claims=known)
    return Setup(
        Simulator(organization, at=question.at, region=question.region, none_of=EVERY_TYPE),
        question.server,
        question.tools,
        question.caller,
        question.role_arn,
        built,
        TokenStep(status, claims=known),
        {**question.settings, **{name: values for name, values in question.anything.items() if values}},
        question.at,
        question.region,
        claims=passed,
    )


def statement(
    actions: Iterable[str], resources: Iterable[str] | None, principal: PrincipalElement | None = None
) -> Statement:
    """A plain Allow."""
    where = None if resources is None else Element(tuple(resources))
    return Statement(Effect.ALLOW, Element(tuple(actions)), where, principal, (), None, _ORIGIN)


def policy(name: str, statements: Iterable[Statement]) -> Policy:
    """A policy of the statements, as they stand."""
    numbered = tuple(replace(each, index=number) for number, each in enumerate(statements))
    return Policy(name, numbered, "2012-10-17", None, _ORIGIN)


# ---------------------------------------------------------------- helpers


_ORIGIN = Origin("generated")


def _organization(question: Question, policies: Mapping[Side, tuple[Policy, ...]], keys: Iterable[str]) -> Organization:
    accounts: dict[str, Account] = {}

    def account(id: str) -> Account:
        return accounts.setdefault(id, Account(id, seen=EVERY_TYPE, organization=""))

    caller, role_arn = question.caller, question.role_arn
    mine = policies.get(Side.SERVER, ())
    if role_arn is not None:
        own = policies.get(Side.ROLE, ())
        if caller is not None and caller.entity == role_arn:
            own, mine = (*own, *mine), ()
        trust = next(iter(policies.get(Side.TRUST, ())), None)
        if trust is None and caller is not None:
            trust = policy("trust", [statement(_TRUSTING, None, _root(caller.partition, caller.account or ""))])
        found = account(Arn.parse(role_arn).account)
        accounts[found.id] = replace(found, roles={**found.roles, role_arn: Role(role_arn, trust, own)})
    if caller is not None and caller.entity is not None and caller.entity != role_arn:
        found = account(caller.account or "")
        if caller.kind is PrincipalKind.USER:
            found = replace(found, users={**found.users, caller.entity: User(caller.entity, mine)})
        else:
            found = replace(found, roles={**found.roles, caller.entity: Role(caller.entity, None, mine)})
        accounts[found.id] = found
    for key in keys:
        where = _account_of(key)
        if where:
            found = account(where.account)
            accounts[found.id] = replace(found, resources={**found.resources, key: _key(key, where)})
    return Organization(accounts)


_TRUSTING = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")


def _account_of(arn: str) -> Arn | None:
    try:
        found = Arn.parse(arn)
    except InputError:
        return None
    return None if not found.account or HOLE in found.account else found


def _key(arn: str, where: Arn) -> Resource:
    """A key with the policy that AWS gives one by default: the account's own policies decide."""
    allowing = policy("key", [statement(["kms:*"], ["*"], _root(where.partition, where.account))])
    return Resource(arn, allowing, settings={"key_manager": "CUSTOMER"}, grants=())


def _root(partition: str, account: str) -> PrincipalElement:
    return PrincipalElement(aws=(f"arn:{partition}:iam::{account}:root",))

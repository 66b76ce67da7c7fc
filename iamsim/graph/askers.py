"""Who might assume a role: what the Principal elements of its trust policy name, as callers to ask the engine about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from iamsim.engine.principals import UNIQUE_ID
from iamsim.errors import InputError
from iamsim.graph import words
from iamsim.graph.holders import Holder, Holders, names
from iamsim.graph.model import Kind, Node
from iamsim.graph.witness import ASSUME, SAML, WEB
from iamsim.model.account import Role
from iamsim.model.arn import Arn
from iamsim.model.policy import Effect, Statement
from iamsim.model.principal import HOLE, Principal, PrincipalKind, Session, principal, role_session

ANYONE = "*"
_ON_A_ROLE = (ASSUME.lower(), WEB.lower(), SAML.lower())


@dataclass(frozen=True, slots=True)
class Asker:
    """
    One candidate: its node, and the callers that stand for it (the best answer counts).

    No callers: nobody can be this, for the reason that `nobody` gives. `who` says which sessions or
    identities are meant.
    """

    node: Node
    callers: tuple[Principal, ...]
    who: str = ""
    nobody: str = ""


def statements(role: Role) -> tuple[Statement, ...]:
    """The Allow statements of the role's trust policy that may name a way to assume it."""
    found = role.trust.statements if role.trust is not None else ()
    return tuple(s for s in found if s.effect is Effect.ALLOW and names(s, _ON_A_ROLE))


def askers(holders: Holders, role: Role) -> Iterator[Asker]:
    """
    Everybody and every class that the trust policy of `role` names itself, the loaded members of trusted accounts apart.

    One principal may come more than once.
    """
    home = Arn.parse(role.arn).account
    for statement in statements(role):
        element = statement.principal
        if element is None:
            continue
        if element.negated or element.anyone:
            yield _anyone(negated=element.negated)
            yield _account(Arn.parse(role.arn).partition, home)
            continue
        for value in element.aws:
            yield _of_aws(holders, value, Arn.parse(role.arn).partition)
        for value in element.service:
            yield Asker(Node(value, Kind.SERVICE, words.service(value)), (Principal(PrincipalKind.SERVICE, value),))
        for value in element.federated:
            yield _provider(value, statement)
        for value in element.canonical:
            node = Node(f"canonical user {value}", Kind.CLASS, f"the canonical user {value}")
            yield Asker(node, (), nobody="a trust policy takes no canonical user")


def members(holders: Holders, role: Role) -> list[Holder]:
    """The loaded principals of the accounts that the trust policy trusts whose policies may let them assume the role, sorted."""
    home = Arn.parse(role.arn).account
    found: dict[str, Holder] = {}
    for account, everybody in sorted(_trusted(holders, role).items()):
        # In the role's own account a trust in everyone needs no identity policy (TRUST-002).
        some = holders.all.get(account, []) if everybody and account == home else holders.may_assume(account, role.arn)
        found.update({holder.arn: holder for holder in some})
    return [found[name] for name in sorted(found)]


def others(holders: Holders, role: Role) -> int:
    """How many loaded principals of trusted accounts hold no identity policy that names the role, and need one."""
    return sum(len(holders.all.get(account, ())) for account in _trusted(holders, role)) - len(members(holders, role))


def trusts_only_everyone(role: Role) -> bool:
    """
    Whether no caller of the role's own account needs an identity policy: whoever may assume it, may by trust in everyone.

    A source identity needs one on the caller's side too (STS-006): a trust policy that asks for it is none of these.
    """
    found = statements(role)
    keys = {each.key.lower() for statement in found for each in statement.conditions}
    elements = [statement.principal for statement in found]
    return "sts:sourceidentity" not in keys and all(e is not None and e.anyone and not e.negated for e in elements)


def caller(holder: Holder) -> Principal:
    """A loaded principal as it asks: a role by a session of which nothing is told."""
    entity = holder.entity
    if isinstance(entity, Role):
        session = Session(HOLE, known=False)
        return role_session(entity.arn, session, unique_id=entity.unique_id, tags=entity.tags)
    arn = Arn.parse(entity.arn)
    return Principal(
        PrincipalKind.USER, entity.arn, arn.account, arn.partition, entity.arn, entity.unique_id, entity.tags
    )


def loaded(holder: Holder) -> Node:
    """The node of a loaded principal."""
    kind = Kind.ROLE if isinstance(holder.entity, Role) else Kind.USER
    return Node(holder.arn, kind, f"{kind} {Arn.parse(holder.arn).name}", holder.account, loaded=True)


# ---------------------------------------------------------------- helpers


def _trusted(holders: Holders, role: Role) -> dict[str, bool]:
    """The loaded accounts that the trust policy delegates to, and whether it is by trust in everyone."""
    found: dict[str, bool] = {}
    for statement in statements(role):
        element = statement.principal
        if element is None:
            continue
        if element.negated or element.anyone:
            found = dict.fromkeys(holders.organization.accounts, True)
            break
        for value in element.aws:
            account = account_of(value)
            if account is not None and account in holders.organization.accounts:
                found.setdefault(account, False)
    return found


def account_of(value: str) -> str | None:
    """The account that a value of Principal delegates to."""
    if _ACCOUNT.fullmatch(value):
        return value
    match = _ROOT.fullmatch(value)
    return match[2] if match else None


_ACCOUNT = re.compile(r"[0-9]{12}")
_ROOT = re.compile(r"arn:([^:\s]*):iam::([0-9]{12}):root")
_IN_ARN = re.compile(r"arn:[^:\s]*:[^:\s]*:[^:\s]*:([0-9]{12}):.+", re.DOTALL)


def _anyone(*, negated: bool) -> Asker:
    told = "any AWS principal that is not listed (NotPrincipal)" if negated else "any AWS account (Principal *)"
    return Asker(Node(ANYONE, Kind.CLASS, told), _somebody("aws", HOLE))


def _account(partition: str, account: str) -> Asker:
    told = f"any other principal of account {account}"
    node = Node(f"arn:{partition}:iam::{account}:root", Kind.ACCOUNT, told, account)
    return Asker(node, _somebody(partition, account))


def _somebody(partition: str, account: str) -> tuple[Principal, ...]:
    """A role and a user of the account of which nothing is told."""
    arn = f"arn:{partition}:iam::{account}:user/{HOLE}"
    return (
        role_session(f"arn:{partition}:iam::{account}:role/{HOLE}", Session(HOLE, known=False)),
        Principal(PrincipalKind.USER, arn, account, partition, entity=arn),
    )


def _of_aws(holders: Holders, value: str, partition: str) -> Asker:
    account = account_of(value)
    if account is not None:
        match = _ROOT.fullmatch(value)
        return _account(match[1] if match else partition, account)
    holder = holders.by_arn.get(value) or holders.by_unique_id.get(value)
    if holder is not None:
        return Asker(loaded(holder), (caller(holder),))
    if UNIQUE_ID.fullmatch(value):
        node = Node(value, Kind.CLASS, f"the principal whose id is {value}, which is deleted or not loaded")
        kind = PrincipalKind.USER if value.startswith("AIDA") else PrincipalKind.ROLE_SESSION
        session = None if kind is PrincipalKind.USER else Session(HOLE, known=False)
        word = "user" if kind is PrincipalKind.USER else "role"
        arn = f"arn:{partition}:iam::{HOLE}:{word}/{HOLE}"
        return Asker(node, (Principal(kind, arn, HOLE, partition, arn, value, session=session),))
    return _by_arn(holders, value)


def _by_arn(holders: Holders, value: str) -> Asker:
    """A principal that is written as an ARN and is no loaded role or user: a session, somebody not loaded, or nobody."""
    unknown = Node(value, Kind.CLASS, value)
    try:
        found = principal(value)
    except InputError:
        return Asker(unknown, (), nobody="this names nobody who could ask")
    if "*" in value or "?" in value:
        return Asker(
            unknown,
            (),
            nobody="a wildcard in a principal's ARN stands for itself, and no principal has one in its name",
        )
    arn = Arn.parse(value) if value.startswith("arn:") else None
    if arn is None or found.kind is PrincipalKind.SERVICE:
        return Asker(unknown, (), nobody="what stands under AWS is an account or an ARN")
    if ":assumed-role/" in value and found.session is not None:
        name = arn.resource.split("/")[1]
        named = [
            h for h in holders.all.get(arn.account, ()) if isinstance(h.entity, Role) and Arn.parse(h.arn).name == name
        ]
        who = f"its session named {found.session.name}"
        if len(named) == 1:
            entity = named[0].entity
            session = Session(found.session.name, known=False)
            return Asker(
                loaded(named[0]),
                (role_session(entity.arn, session, unique_id=entity.unique_id, tags=entity.tags),),
                who=who,
            )
        role = f"arn:{arn.partition}:iam::{arn.account}:role/{name}"
        return Asker(Node(role, Kind.ROLE, f"role {name}, not loaded", arn.account), (found,), who=who)
    kinds = {PrincipalKind.ROLE_SESSION: Kind.ROLE, PrincipalKind.USER: Kind.USER}
    kind = kinds.get(found.kind, Kind.CLASS)
    told = f"{kind} {arn.name}, not loaded" if kind is not Kind.CLASS else value
    return Asker(Node(value, kind, told, arn.account), (found,))


def _provider(value: str, statement: Statement) -> Asker:
    saml = ":saml-provider/" in value
    match = _IN_ARN.fullmatch(value)
    account = match[1] if match else None
    kind = PrincipalKind.SAML if saml else PrincipalKind.WEB_IDENTITY
    who = words.identities(value, statement)
    return Asker(Node(value, Kind.PROVIDER, value, account), (Principal(kind, value, account),), who=who)

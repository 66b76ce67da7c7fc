"""Who is compared: loaded roles and users, and whom policies name that was not loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from iamsim.diff import plain
from iamsim.diff.model import Presence
from iamsim.engine.applicable import applicable
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError
from iamsim.graph import words
from iamsim.graph.askers import account_of
from iamsim.model.account import Account, Organization, Role, User
from iamsim.model.policy import Policy, PrincipalElement
from iamsim.model.principal import ANONYMOUS, HOLE, Principal, PrincipalKind, Session, principal, role_session


@dataclass(frozen=True, slots=True)
class Who:
    """
    One who is asked about, and in which of the two organizations there is such a principal.

    `changed` is whether something of its own differs: its policies, its limits, what is known of it.
    """

    id: str
    words: str
    caller: Principal
    present: tuple[bool, bool] = (True, True)
    changed: bool = False
    loaded: bool = True

    @property
    def presence(self) -> Presence:
        """On which sides it is."""
        before, after = self.present
        return Presence.BOTH if before and after else Presence.APPEARED if after else Presence.GONE


def loaded(before: Simulator, after: Simulator, accounts: Iterable[str]) -> Iterator[Who]:
    """Every role and user of these accounts, by ARN."""
    old, new = _entities(before.organization), _entities(after.organization)
    wanted = frozenset(accounts)
    # What reaches the resources of an account reaches everybody who asks for one of them, described or not.
    everybody = any(
        account_facts(before.organization.accounts[id_]) != account_facts(after.organization.accounts[id_])
        for id_ in wanted
    )
    reader = plain.Reader()
    for arn in sorted(old.keys() | new.keys()):
        there = old.get(arn) or new.get(arn)
        if there is None or there[0].id not in wanted:
            continue
        present = arn in old, arn in new
        changed = everybody or not all(present) or _facts(before, arn, reader) != _facts(after, arn, reader)
        kind = "role" if isinstance(there[1], Role) else "user"
        yield Who(arn, f"{kind} {arn.rpartition('/')[2]}", principal(arn), present, changed)


def outsiders(policies: Iterable[Policy | None], known: frozenset[str], accounts: Iterable[str]) -> list[Who]:
    """
    Whom the Principal elements of policies name that is not among the `known` ARNs, by what stands for them.

    An account of `accounts` is spoken for by its loaded principals.
    """
    described = {f"account {account}" for account in accounts}
    found: dict[str, Who] = {}
    for policy in policies:
        for statement in policy.statements if policy is not None else ():
            for who in _named(statement.principal) if statement.principal is not None else ():
                if who.id not in known and who.id not in described:
                    found.setdefault(who.id, who)
    return [found[name] for name in sorted(found)]


def comparable(before: Organization, after: Organization) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The accounts that both sides describe, and those that only the first or the second does."""
    old, new = before.accounts.keys(), after.accounts.keys()
    return tuple(sorted(old & new)), tuple(sorted(old - new)), tuple(sorted(new - old))


def account_facts(account: Account) -> object:
    """What of an account reaches its resources, whatever their own policies say."""
    return (
        tuple(frozenset().union(*(plain.of_policy(p) or frozenset() for p in level)) for level in account.rcps),
        account.seen,
        account.organization,
        account.management,
    )


# ---------------------------------------------------------------- helpers


def _entities(organization: Organization) -> dict[str, tuple[Account, Role | User]]:
    found: dict[str, tuple[Account, Role | User]] = {}
    for account in organization.accounts.values():
        found.update({arn: (account, role) for arn, role in account.roles.items()})
        found.update({arn: (account, user) for arn, user in account.users.items()})
    return found


def _facts(side: Simulator, arn: str, reader: plain.Reader) -> object:
    """Everything that decides about a principal besides the policies of resources."""
    caller = principal(arn)
    # S3 is one of the services that resource control policies reach: those of the own account are among the layers.
    found = applicable(side.organization, caller, "s3:listallmybuckets", "*", none_of=side.none_of)
    entity = side.organization.role(arn) if ":role/" in arn else side.organization.user(arn)
    home = side.organization.accounts.get(caller.account or "")
    return (
        frozenset((each.type, each.level, each.said) for each in reader.spoken(found.layers)),
        plain.shape(found.layers),
        entity and plain.plain(entity.tags),
        entity and entity.unique_id,
        plain.of_policy(entity.trust) if isinstance(entity, Role) else None,
        home and (home.organization, home.management, plain.plain(home.endpoints)),
    )


def _named(element: PrincipalElement) -> Iterator[Who]:
    if element.anyone or element.negated:
        yield Who("*", "anybody, without signing the request", ANONYMOUS, loaded=False)
        yield _somebody("any principal of another account", HOLE, "aws", "any other account")
    for value in element.aws:
        account = account_of(value)
        if account is not None:
            partition = value.split(":")[1] if value.startswith("arn:") else "aws"
            yield _somebody(f"any principal of account {account}", account, partition, f"account {account}")
            continue
        try:
            caller = principal(value)
        except InputError:
            continue
        if caller.account is not None and caller.kind is not PrincipalKind.SERVICE and not _is_pattern(value):
            yield Who(value, f"{value}, not loaded", caller, loaded=False)
    for value in element.canonical:
        # An account under another name, of which nothing else is told.
        yield _somebody(f"the canonical user {value}", HOLE, "aws", f"canonical user {value}")
    for value in element.service:
        yield Who(value, words.service(value), Principal(PrincipalKind.SERVICE, value), loaded=False)


def _somebody(told: str, account: str, partition: str, name: str) -> Who:
    """A role of the account of which nothing is told."""
    caller = role_session(f"arn:{partition}:iam::{account}:role/{HOLE}", Session(HOLE, known=False))
    return Who(name, told, caller, loaded=False)


def _is_pattern(value: str) -> bool:
    return "*" in value or "?" in value

"""Which callers the engine is bound to answer alike, so that one of them is asked for all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from functools import lru_cache

from iamsim.engine.principals import UNIQUE_ID
from iamsim.engine.variables import Template, template
from iamsim.graph.holders import Holder, Holders
from iamsim.model.account import Role
from iamsim.model.arn import Arn
from iamsim.model.policy import Effect, Policy, Statement

GROUP_FROM = 8
"""How many alike make a group; fewer are asked one by one."""

# Keys that say nothing of one caller which another of its account and kind does not share.
_SHARED = frozenset(
    {
        "sts:externalid", "sts:sourceidentity", "sts:rolesessionname", "sts:transitivetagkeys", "aws:tagkeys",
        "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:principalaccount", "aws:principalorgid",
        "aws:principalorgpaths", "aws:principaltype", "aws:principalisawsservice", "aws:sourceip", "aws:vpcsourceip",
        "aws:sourcevpc", "aws:sourcevpce", "aws:currenttime", "aws:epochtime", "aws:requestedregion",
        "aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "aws:securetransport", "aws:viaawsservice",
        "aws:useragent",
    }
)  # fmt: skip
_SHARED_FAMILIES = ("aws:requesttag/", "aws:resourcetag/", "iam:resourcetag/")


class Likeness:
    """What the callers of one organization have in common, worked out once."""

    def __init__(self, holders: Holders) -> None:
        accounts = holders.organization.accounts.values()
        levels = [level for account in accounts for level in (*account.scps, *account.rcps)]
        policies = [policy for level in levels for policy in level]
        self._of_any_role = all(_asks_nothing_of_roles(policy.statements) for policy in policies)
        self._impartial = all(_is_shared(policy.statements) and _plain(policy) for policy in policies)
        self._shared: dict[int, bool] = {}

    def alike(self, role: Role, found: list[Holder], *, everyone: bool) -> tuple[list[list[Holder]], list[Holder]]:
        """
        The candidates in groups, and those who are asked one by one; `everyone` is whether callers of the role's account need no policy.

        Law: whoever of a group is asked, but `role` itself, the answer is the same. For they share
        account, kind, limits and every statement that names a call to assume a role; none of the policies in
        play asks for a key that is one caller's own, and no Principal element names one of them. Where
        no identity policy is needed, only those that deny count.
        """
        if len(found) < GROUP_FROM or role.trust is None or not self._impartial or not _names_no_one(role.trust):
            return [], found
        apart = _named(role.trust)
        home = Arn.parse(role.arn).account
        buckets: dict[int, list[Holder]] = defaultdict(list)
        single: list[Holder] = []
        for holder in found:
            own = holder.arn in apart or (apart and Arn.parse(holder.arn).name in apart)
            denials = everyone and holder.account == home
            if own or not self._asks_nothing_of(holder, denials=denials):
                single.append(holder)
            else:
                buckets[holder.denials if denials else holder.likeness].append(holder)
        groups = []
        for bucket in buckets.values():
            if len(bucket) >= GROUP_FROM:
                groups.append(bucket)
            else:
                single += bucket
        return groups, sorted(single, key=lambda holder: holder.arn)

    def trust(self, role: Role) -> Hashable | None:
        """
        What roles have in common that a caller of no policies of its own assumes alike; None for a role like no other.

        Law: of two roles with the same answer here, whoever was not loaded (a service, a provider's identity, somebody
        of an account) may assume both or neither, on the same terms. For they are of one account and trust by
        the same statements, and no policy in play asks which role it is or what tags it has.
        """
        trust = role.trust
        special = ":role/aws-service-role/" in role.arn
        if trust is None or special or not self._of_any_role or not _asks_nothing_of_roles(trust.statements):
            return None
        said = tuple((s.effect, s.action, s.principal, s.conditions) for s in trust.statements)
        return Arn.parse(role.arn).account, trust.has_variables, said

    def _asks_nothing_of(self, holder: Holder, *, denials: bool) -> bool:
        key = holder.denials if denials else holder.likeness
        answer = self._shared.get(key)
        if answer is None:
            boundary = holder.entity.boundary
            limit = boundary.statements if boundary is not None else ()
            own = [s for s in holder.statements if s.effect is Effect.DENY or not denials]
            answer = self._shared[key] = _is_shared((*own, *limit))
        return answer


# ---------------------------------------------------------------- helpers


def _names_no_one(trust: Policy) -> bool:
    """Whether the trust policy asks for nothing that is one caller's own, but for those that it lists by ARN."""
    for statement in trust.statements:
        element = statement.principal
        if element is None or element.negated or any(map(UNIQUE_ID.fullmatch, element.aws)):
            return False
    return _is_shared(trust.statements)


def _asks_nothing_of_roles(statements: Iterable[Statement]) -> bool:
    """Whether the statements speak of every role alike, its tags included."""
    return all(
        (s.resource is None or (s.resource.values == ("*",) and not s.resource.negated))
        and not any("resourcetag/" in key for key in _keys((s,)))
        for s in statements
    )


def _plain(policy: Policy) -> bool:
    """Whether the policy (an RCP) speaks of everyone, or of nobody."""
    return all(s.principal is None or (s.principal.anyone and not s.principal.negated) for s in policy.statements)


def _named(policy: Policy) -> frozenset[str]:
    """The ARNs, and the names of roles whose sessions, a Principal element lists."""
    values = {value for s in policy.statements if s.principal is not None for value in s.principal.aws}
    sessions = {value.split("/")[1] for value in values if ":assumed-role/" in value}
    whole = {value for value in values if value == "*" or value.endswith(":root") or value.isdigit()}
    return frozenset((values - whole) | sessions)


def _is_shared(statements: Iterable[Statement]) -> bool:
    return all(map(_is_shared_key, _keys(statements)))


def _keys(statements: Iterable[Statement]) -> set[str]:
    """The condition keys that the statements ask for, lower case."""
    keys: set[str] = set()
    for statement in statements:
        values = [value for each in statement.conditions for value in each.values]
        values += statement.resource.values if statement.resource else ()
        keys |= {each.key.lower() for each in statement.conditions}
        for written in map(template, values):
            if isinstance(written, Template):
                keys |= set(written.keys)
    return keys


@lru_cache(maxsize=4096)
def _is_shared_key(key: str) -> bool:
    return key in _SHARED or key.startswith(_SHARED_FAMILIES)

"""One organization laid over another: the state after the deploy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from iamsim.model.account import POLICY, Account, Change, Group, Organization, Resource, Role, User
from iamsim.model.policy import Policy, PolicyType

_Holder = TypeVar("_Holder", Role, User, Group)


def overlay(base: Organization, over: Organization) -> Organization:
    """
    `base` with everything in `over` added or put in its place, and without what `over` removes.

    A role, user, group, resource or endpoint that both have is `over`'s, whole: policies of the two
    are never mixed, unless `over` says that it describes a part (`Resource.partial`) or a change
    (`Account.changes`). What `over` does not mention, a deploy leaves alone. A managed policy has one
    text: `over`'s counts wherever the policy is attached. The list of identity providers is one thing: whoever lists
    them last lists them all, unless it says that there may be more (`Account.more_providers`).
    """
    merged = {
        account: _account(base.accounts[account], over.accounts[account])
        for account in base.accounts.keys() & over.accounts.keys()
    }
    accounts = {**base.accounts, **over.accounts, **merged}
    return Organization({id_: _settled(account) for id_, account in accounts.items()})


def _account(base: Account, over: Account) -> Account:
    gone = over.removed
    return replace(
        base,
        roles={**_without(base.roles, gone), **over.roles},
        users={**{arn: _left(user, gone) for arn, user in _without(base.users, gone).items()}, **over.users},
        groups={**_without(base.groups, gone), **over.groups},
        resources={**_without(base.resources, gone), **_resources(base, over)},
        endpoints={**_without(base.endpoints, gone), **over.endpoints},
        policies={**_without(base.policies, gone), **over.policies},
        seen=_seen(base, over),
        scps=_levels(base, over, PolicyType.SCP),
        rcps=_levels(base, over, PolicyType.RCP),
        organization=base.organization if over.organization is None else over.organization,
        # Only a source that knows the organization knows which account manages it.
        management=base.management if over.organization is None else over.management,
        origin=over.origin,
        oidc_providers=_oidc(base, over),
        saml_providers=_saml(base, over),
        more_providers=over.more_providers and (base.more_providers or base.oidc_providers is None)
        if over.oidc_providers is not None or over.saml_providers is not None
        else base.more_providers,
        # Two sources call the same thing by different names: whoever tells last what runs tells it all.
        workloads=over.workloads or base.workloads,
        changes=(*(change for change in base.changes if not _is_described(over, change.of)), *over.changes),
        removed=frozenset(),
    )


_Value = TypeVar("_Value")


def _without(found: Mapping[str, _Value], gone: frozenset[str]) -> Mapping[str, _Value]:
    return {name: value for name, value in found.items() if name not in gone} if gone else found


def _left(user: User, gone: frozenset[str]) -> User:
    """The user without the groups that are gone."""
    if gone.isdisjoint(user.groups):
        return user
    return replace(user, groups=tuple(group for group in user.groups if group not in gone))


def _oidc(base: Account, over: Account) -> Mapping[str, tuple[str, ...]] | None:
    old = None if base.oidc_providers is None else _without(base.oidc_providers, over.removed)
    if over.oidc_providers is None or old is None:
        return old if over.oidc_providers is None else over.oidc_providers
    return {**old, **over.oidc_providers} if over.more_providers else over.oidc_providers


def _saml(base: Account, over: Account) -> frozenset[str] | None:
    old = None if base.saml_providers is None else base.saml_providers - over.removed
    if over.saml_providers is None or old is None:
        return old if over.saml_providers is None else over.saml_providers
    return old | over.saml_providers if over.more_providers else over.saml_providers


def _resources(base: Account, over: Account) -> dict[str, Resource]:
    return {
        arn: _added(base.resources[arn], found) if found.partial and arn in base.resources else found
        for arn, found in over.resources.items()
    }


def _added(base: Resource, part: Resource) -> Resource:
    """A resource with what another source tells of it: its policy where it has one or changes it, and each setting."""
    told = part.policy is not None or bool(part.unread)
    policy = _with_more(base.policy, part.policy) if part.adds else part.policy
    return replace(
        base,
        policy=policy if told else base.policy,
        unread=part.unread or (base.unread if part.adds or not told else ""),
        partial=base.partial and (part.adds or not told),
        adds=base.adds and part.adds,
        tags=base.tags if part.tags is None else part.tags,
        settings={**base.settings, **part.settings},
        grants=base.grants if part.grants is None else part.grants,
        bucket=part.bucket or base.bucket,
        origin=part.origin if told else base.origin,
    )


def _with_more(base: Policy | None, part: Policy | None) -> Policy | None:
    """A policy with further statements, each in the place of the one with its Sid."""
    if base is None or part is None:
        return part or base
    sids = {statement.sid for statement in part.statements if statement.sid}
    kept = [statement for statement in base.statements if statement.sid not in sids]
    statements = (replace(each, index=i) for i, each in enumerate((*kept, *part.statements)))
    return replace(base, statements=tuple(statements))


# ---------------------------------------------------------------- policies that several principals share


def _settled(account: Account) -> Account:
    """The account with its changes made, and every managed policy with the one text that it has; changes of nobody stay."""
    changes: dict[str, list[Change]] = {}
    for change in account.changes:
        changes.setdefault(_named(account, change.of), []).append(change)
    texts = account.policies
    if not changes and not texts:
        return account
    left = [change for of, found in changes.items() if not _is_described(account, of) for change in found]
    return replace(
        account,
        roles={
            arn: _trusting(_with_boundary(_held(each, changes, texts), texts), changes.get(arn, ()))
            for arn, each in account.roles.items()
        },
        users={
            arn: _in_groups(_with_boundary(_held(each, changes, texts), texts), changes.get(arn, ()))
            for arn, each in account.users.items()
        },
        groups={arn: _held(each, changes, texts) for arn, each in account.groups.items()},
        resources={arn: _stripped(each, changes.get(arn, ())) for arn, each in account.resources.items()},
        changes=tuple(left),
    )


def _is_described(account: Account, arn: str) -> bool:
    named = _named(account, arn)
    return any(named in found for found in (account.roles, account.users, account.groups, account.resources))


def _named(account: Account, arn: str) -> str:
    """
    The ARN of the role, user or group that is meant by one whose path may not be told.

    Their names are unique in an account, whatever the path (IAM User Guide, "IAM identifiers").
    """
    head, _, path = arn.partition("/")
    of_kind: Mapping[str, object] = {
        "role": account.roles, "user": account.users, "group": account.groups,
    }.get(head.rpartition(":")[2], {})  # fmt: skip
    if arn in of_kind or not path or "/" in path:
        return arn
    return next(
        (other for other in sorted(of_kind) if other.startswith(f"{head}/") and other.endswith(f"/{path}")), arn
    )


def _stripped(resource: Resource, changes: Iterable[Change]) -> Resource:
    lost = any(POLICY in change.lost for change in changes)
    return replace(resource, policy=None, unread="", partial=False) if lost else resource


def _trusting(role: Role, changes: Iterable[Change]) -> Role:
    """The role with the trust policy that the last of the changes gives it."""
    trusts = [change.trust for change in changes if change.trust is not None]
    return replace(role, trust=trusts[-1]) if trusts else role


def _held(holder: _Holder, changes: Mapping[str, list[Change]], texts: Mapping[str, Policy]) -> _Holder:
    """The principal with what changes for it, and with the texts of the managed policies that are attached to it."""
    policies, unread = _attached(holder.policies, holder.unread, changes.get(holder.arn, ()))
    policies = tuple(texts.get(policy.arn, policy) if policy.arn else policy for policy in policies)
    policies += tuple(texts[name] for name in unread if name in texts)
    left = tuple(name for name in unread if name not in texts)
    same = left == holder.unread and len(policies) == len(holder.policies)
    if same and all(one is other for one, other in zip(policies, holder.policies, strict=True)):
        return holder
    return replace(holder, policies=policies, unread=left)


def _attached(
    policies: tuple[Policy, ...], unread: tuple[str, ...], changes: Iterable[Change]
) -> tuple[tuple[Policy, ...], tuple[str, ...]]:
    """The policies after the changes, and the names of those without a text."""
    for change in changes:
        gone = {*change.lost, *map(_key, change.policies)}
        policies = (*(policy for policy in policies if _key(policy) not in gone), *change.policies)
        unread = tuple(name for name in unread if name not in gone)
        there = {*map(_key, policies), *unread}
        unread = (*unread, *(name for name in change.unread if name not in there))
    return policies, unread


def _key(policy: Policy) -> str:
    """What a policy is detached by: a managed one by its ARN, an inline one by its name."""
    return policy.arn or policy.name


def _in_groups(user: User, changes: Iterable[Change]) -> User:
    groups = list(user.groups)
    for change in changes:
        groups = [*(group for group in groups if group not in (*change.lost, *change.groups)), *change.groups]
    return user if tuple(groups) == user.groups else replace(user, groups=tuple(groups))


_Bounded = TypeVar("_Bounded", Role, User)


def _with_boundary(holder: _Bounded, texts: Mapping[str, Policy]) -> _Bounded:
    text = texts.get(holder.boundary_arn or "")
    return holder if text is None or text is holder.boundary else replace(holder, boundary=text)


# ---------------------------------------------------------------- what hangs on the account


def _seen(base: Account, over: Account) -> frozenset[PolicyType]:
    """
    The policy types that were seen in full, of which there are two kinds.

    Organization, resource and endpoint policies hang on the account: whoever saw them all settles
    it, and what the other adds is there as well. A boundary hangs on each principal, so "no
    boundary here means none" holds only when everybody who brought principals saw boundaries.
    """
    seen = (base.seen | over.seen) - {PolicyType.BOUNDARY}
    for type_, brought, settled in (
        (PolicyType.SCP, over.scps, over.seen),
        (PolicyType.RCP, over.rcps, over.seen),
    ):
        if brought and type_ not in settled:
            # Some levels take the place of all that the base had seen; the rest is open again.
            seen -= {type_}
    bringing = [account for account in (base, over) if account.roles or account.users] or [base, over]
    if all(PolicyType.BOUNDARY in account.seen for account in bringing):
        seen |= {PolicyType.BOUNDARY}
    return frozenset(seen)


def _levels(base: Account, over: Account, kind: PolicyType) -> tuple[tuple[Policy, ...], ...]:
    """Organization policies: all of `over`'s where it knows any or knows that there are none, else all of `base`'s."""
    of_base, of_over = (base.scps, over.scps) if kind is PolicyType.SCP else (base.rcps, over.rcps)
    return of_over if of_over or kind in over.seen else of_base

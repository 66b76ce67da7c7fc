"""One organization laid over another: the state after the deploy."""

from __future__ import annotations

from dataclasses import replace

from iamsim.model.account import Account, Organization
from iamsim.model.policy import Policy, PolicyType


def overlay(base: Organization, over: Organization) -> Organization:
    """
    `base` with everything in `over` added or put in its place.

    A role, user, group, resource or endpoint that both have is `over`'s, whole: policies of the two
    are never mixed. Nothing is removed: what `over` does not mention, a deploy leaves alone. The list
    of OIDC providers is one thing: whoever lists them last lists them all.
    """
    both = base.accounts.keys() & over.accounts.keys()
    merged = {account: _account(base.accounts[account], over.accounts[account]) for account in both}
    return Organization({**base.accounts, **over.accounts, **merged})


def _account(base: Account, over: Account) -> Account:
    return replace(
        base,
        roles={**base.roles, **over.roles},
        users={**base.users, **over.users},
        groups={**base.groups, **over.groups},
        resources={**base.resources, **over.resources},
        endpoints={**base.endpoints, **over.endpoints},
        seen=_seen(base, over),
        scps=_levels(base, over, PolicyType.SCP),
        rcps=_levels(base, over, PolicyType.RCP),
        organization=base.organization if over.organization is None else over.organization,
        # Only a source that knows the organization knows which account manages it.
        management=base.management if over.organization is None else over.management,
        origin=over.origin,
        oidc_providers=base.oidc_providers if over.oidc_providers is None else over.oidc_providers,
    )


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

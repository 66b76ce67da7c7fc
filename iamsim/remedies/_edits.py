"""Policies with statements put in, merged so that they read well."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from iamsim import documents
from iamsim.engine.applicable import carrier_of
from iamsim.model.account import Organization, Resource, Role, User
from iamsim.model.arn import is_aws_managed
from iamsim.model.origin import NOWHERE, Origin
from iamsim.model.policy import Effect, Element, Policy, PrincipalElement, Statement
from iamsim.model.principal import HOLE
from iamsim.model.remedy import Edit, Slot
from iamsim.probes import Case
from iamsim.together import fewest, joined

NEW_POLICY = "iamsim-least-privilege"
"""The name of an inline policy that a remedy adds."""


def edit(owner: Role | User | Resource | str, slot: Slot, before: Policy | None, after: Policy) -> Edit:
    """The replacement of one policy by another, with its diff; `owner` is an ARN where it was not loaded."""
    arn, origin = (owner, NOWHERE) if isinstance(owner, str) else (owner.arn, owner.origin)
    return Edit(arn, slot, before, after, documents.diff(before, after), documents.text(after), origin)


def entity(organization: Organization, arn: str | None) -> Role | User | None:
    """The loaded role or user."""
    return None if arn is None else organization.role(arn) or organization.user(arn)


def allow(
    actions: Iterable[str], resources: Iterable[str] | None, principal: str | None = None, sid: str | None = None
) -> Statement:
    """An Allow statement; `principal` is an ARN, `resources` None in a trust policy."""
    return Statement(
        Effect.ALLOW,
        Element(tuple(sorted(dict.fromkeys(actions)))),
        Element(tuple(sorted(dict.fromkeys(resources)))) if resources is not None else None,
        PrincipalElement(aws=(principal,)) if principal is not None else None,
        (),
        sid,
        Origin("remedy"),
    )


def grouped(needs: Iterable[tuple[str, str]]) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
    """
    (action, resource) pairs as few (actions, resources) groups that allow exactly what those pairs do.

    A resource that a pattern beside it names too is left out. Actions that share a set of resources share a statement; sorted.
    """
    resources: dict[str, set[str]] = {}
    for action, resource in needs:
        resources.setdefault(action, set()).add(resource)
    actions: dict[tuple[str, ...], list[str]] = {}
    for action, found in resources.items():
        actions.setdefault(fewest(found), []).append(action)
    return tuple(sorted((tuple(sorted(names)), where) for where, names in actions.items()))


def with_statements(policy: Policy | None, statements: Iterable[Statement], *, name: str) -> Policy:
    """`policy` with the statements at its end, or a new one; an Allow that is there already and differs in its actions only takes them in."""
    found = policy.statements if policy is not None else ()
    for new in statements:
        found = joined(found, new)
    if policy is not None:
        return replace(policy, statements=found)
    return Policy(name, found, "2012-10-17", None, Origin(f"{name}.json"))


def caller_edits(
    case: Case, arn: str, needs: Iterable[tuple[str, str]], *, boundary: Iterable[tuple[str, str]] = ()
) -> tuple[Edit, ...]:
    """
    The (action, resource) pairs given to a loaded role or user by an inline policy, and let through by its boundary.

    Empty where the entity is not loaded: there is no policy of it to edit then.
    """
    found = entity(case.setup.simulator.organization, arn)
    if found is None:
        return ()
    edits = []
    groups = grouped(needs)
    if groups:
        old = home(found, {action for actions, _ in groups for action in actions})
        after = with_statements(old, (allow(actions, where) for actions, where in groups), name=NEW_POLICY)
        edits.append(edit(found, Slot.INLINE, old, after))
    limits = grouped(boundary)
    if limits and found.boundary is not None and not is_aws_managed(found.boundary.arn or ""):
        after = with_statements(found.boundary, (allow(actions, where) for actions, where in limits), name="boundary")
        edits.append(edit(found, Slot.BOUNDARY, found.boundary, after))
    return tuple(edits)


def home(found: Role | User, actions: Iterable[str]) -> Policy | None:
    """
    The inline policy that new permissions belong into, None for a new one.

    One that a remedy made before, else, for STS, the one that already lets its owner assume roles.
    """
    inline = [policy for policy in found.policies if policy.arn is None]
    ours = next((policy for policy in inline if policy.name == NEW_POLICY), None)
    if ours is not None or not all(action.startswith("sts:") for action in actions):
        return ours
    return next(
        (
            p
            for p in inline
            if any(
                s.effect is Effect.ALLOW and "sts:assumerole" in map(str.lower, s.action.values) for s in p.statements
            )
        ),
        None,
    )


def resource_pattern(resource: str) -> str:
    """A request's resource as a policy names it: text that is not told as a star, a real star or mark as itself."""
    if resource == "*":
        return resource
    written = "".join(f"${{{mark}}}" if mark in "*?$" else mark for mark in resource)
    return written.replace(HOLE, "*")


def carrier(resource: str) -> str:
    """The resource whose policy speaks of `resource`: of an OpenSearch path the domain, else what the engine takes."""
    if resource == "*":
        return resource
    found = carrier_of(resource)
    domain = re.match(r"arn:[^:]*:es:[^:]*:[^:]*:domain/[^/]+", found)
    return domain.group() if domain else found

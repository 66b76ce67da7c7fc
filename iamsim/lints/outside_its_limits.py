"""
A statement allows nothing that the limits of its holder let through.

A permissions boundary and the service control policies of the organization give nothing, and what they do not allow is
denied whatever an identity policy says. A statement none of whose actions is in them is dead. A policy may be meant for
others too, who have wider limits.

Avoid:

    {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from iamsim.catalog import actions as reference
from iamsim.drafts.world import Holder
from iamsim.engine.actions import naming
from iamsim.lints import Family, Lint, Scope, Seen, _covers
from iamsim.lints._saying import quoted
from iamsim.model.arn import is_aws_managed
from iamsim.model.finding import Audience, Severity
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import Effect, Policy, Statement


def check(holder: Holder) -> Iterator[Seen]:
    """One for each statement of a policy that is not AWS's own."""
    limits = tuple(_limits(holder))
    if not limits:
        return
    for policy in holder.policies():
        if policy is holder.entity.boundary or is_aws_managed(policy.arn or ""):
            continue
        for statement in policy.statements:
            by = _lost(statement, policy, limits)
            if by:
                yield Seen(
                    f"{policy.name} {statement.label}",
                    f"{holder.label} gets nothing of {quoted(statement.action.values, 3)}: {by}",
                    places=(statement.origin,) if statement.origin != NOWHERE else (),
                )


Limit = tuple[str, str, tuple[Policy, ...], Callable[[str], bool]]
"""What a limit is called where it does not allow and where it denies, its policies, and the test of what may be allowed."""


def _limits(holder: Holder) -> Iterator[Limit]:
    account = holder.world.organization.accounts[holder.account]
    if holder.entity.boundary is not None:
        boundary = (holder.entity.boundary,)
        yield (
            "its permissions boundary allows none of it",
            "its permissions boundary denies it",
            boundary,
            _allowed(boundary),
        )
    for level in account.scps if not account.management else ():
        if level:
            names = "the service control policies of one level allow none of it"
            yield names, "a service control policy denies it", level, _allowed(level)


def _allowed(policies: Sequence[Policy]) -> Callable[[str], bool]:
    """Whether some Allow names an action, or may."""
    tests = [
        naming(statement.action, deny=False)
        for policy in policies
        for statement in policy.statements
        if statement.effect is Effect.ALLOW
    ]
    return lambda action: any(test(action.lower()) is not False for test in tests)


def _lost(statement: Statement, policy: Policy, limits: Sequence[Limit]) -> str:
    """Why nothing of the statement gets through; empty where something may."""
    if statement.effect is not Effect.ALLOW:
        return ""
    names = (
        [] if statement.action.negated else [n for value in statement.action.values for n in reference.expand(value)]
    )
    bare = replace(statement, principal=None)
    for kept_out, denied, policies, allows in limits:
        if names and not any(allows(name) for name in names):
            return kept_out
        for each in policies:
            for deny in each.statements:
                if (
                    deny.effect is Effect.DENY
                    and policy.has_variables is each.has_variables
                    and (_covers.statement(deny, bare, variables=policy.has_variables, denies=True))
                ):
                    return denied
    return ""


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, Permissions boundaries for IAM entities",
    audience=Audience.REVIEWER,
    scope=Scope.PRINCIPAL,
)

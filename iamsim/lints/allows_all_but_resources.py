"""
It may act on every resource but those that NotResource names.

An Allow with NotResource covers all that is there, in other services and accounts too, and all that is made later.

Avoid:

    {"Effect": "Allow", "Action": "s3:PutObject", "NotResource": "arn:aws:s3:::payroll/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import actions
from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._powers import powers
from iamsim.lints._saying import places
from iamsim.lints._summaries import compressed
from iamsim.model.finding import Severity
from iamsim.model.policy import Statement

_READS = ("Read", "List")
_TRIED, _MOST = 12, 30


def check(holder: Holder) -> Iterator[Seen]:
    """One for each Allow with NotResource that lets an action on a resource which nothing names."""
    asked = powers(holder)
    for statement in [
        statement for statement in asked.allows if statement.resource is not None and statement.resource.negated
    ][:_MOST]:
        for name in _samples(statement):
            answer = asked.anywhere(name)
            found = [v for v in answer.by if v.statement is statement] if answer is not None else []
            if found:
                yield Seen(
                    f"NotResource {statement.label}",
                    f"{holder.label} may {name} on everything but {compressed(statement.resource.values if statement.resource else ())}",
                    places=places(*found),
                    severity=Severity.LOW if _reads(name) else Severity.MEDIUM,
                )
                break


def _samples(statement: Statement) -> tuple[str, ...]:
    """Some of the actions of the statement, those that change something first."""
    if statement.action.negated:
        return ("s3:PutObject", "dynamodb:PutItem", "ec2:TerminateInstances", "iam:PassRole", "s3:GetObject")
    found = [name for value in statement.action.values for name in actions.expand(value)[:_TRIED]]
    return tuple(sorted(dict.fromkeys(found), key=_reads)[:_TRIED])


def _reads(name: str) -> bool:
    known = actions.action(name)
    return known is not None and known.access_level in _READS


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM JSON policy elements: NotResource",
    scope=Scope.PRINCIPAL,
)

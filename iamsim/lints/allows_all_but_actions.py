"""
It may do everything but what NotAction names.

An Allow with NotAction gives all actions of all services besides, those that AWS adds later too. Whoever wants to say
that something is not allowed writes a Deny, or leaves it out of the list of what is.

Avoid:

    {"Effect": "Allow", "NotAction": "ec2:*", "Resource": "*"}

Prefer:

    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import actions
from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._powers import Answer, Powers, powers
from iamsim.lints._saying import places
from iamsim.lints._strength import OF_IAM, OF_SERVICES
from iamsim.lints._summaries import by, compressed
from iamsim.model.finding import Audience, Severity
from iamsim.model.policy import Statement
from iamsim.model.verdict import StatementVerdict

_BEYOND = ("sts:AssumeRole", "organizations:LeaveOrganization", "iam:PassRole")
_TRIED, _MOST = 8, 30


def check(holder: Holder) -> Iterator[Seen]:
    """One for each Allow with NotAction: by samples of what it lets through, on anything or on what it names."""
    asked = powers(holder)
    for statement in [statement for statement in asked.allows if statement.action.negated][:_MOST]:
        but = compressed(statement.action.values)
        found = {name: a for name in (*OF_IAM, *_BEYOND, *OF_SERVICES) if (a := _through(asked, statement, name))}
        if found:
            worst = any(name.startswith("iam:") for name in found)
            yield Seen(
                f"NotAction {statement.label}",
                f"{holder.label} may do everything but {but}: {compressed(found)} as well",
                places=places(*_verdicts(next(iter(found.values())), statement)),
                severity=Severity.HIGH if worst else Severity.MEDIUM,
            )
            continue
        answer = next((a for name in _samples(statement) if (a := _through(asked, statement, name, named=True))), None)
        if answer is not None:
            yield Seen(
                f"NotAction {statement.label}",
                f"{holder.label} may do everything but {but} to the resources that it names",
                places=places(*_verdicts(answer, statement)),
                severity=Severity.LOW,
                audience=Audience.REVIEWER,
            )


def _through(asked: Powers, statement: Statement, name: str, *, named: bool = False) -> Answer | None:
    answer = asked.somewhere(name) if named else asked.anywhere(name)
    return answer if answer is not None and by(asked, (answer,), statement) else None


def _verdicts(answer: Answer, statement: Statement) -> Iterator[StatementVerdict]:
    yield from (v for v in answer.by if v.statement is statement)


def _samples(statement: Statement) -> Iterator[str]:
    """Some actions of the services whose resources the statement names."""
    values = statement.resource.values if statement.resource is not None and not statement.resource.negated else ()
    for service in dict.fromkeys(value.split(":")[2].lower() for value in values if value.count(":") > 2):  # noqa: PLR2004 - the service stands behind two colons
        found = actions.expand(f"{service}:*")
        yield from found[:: max(1, len(found) // _TRIED)]


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: NotAction",
    scope=Scope.PRINCIPAL,
)

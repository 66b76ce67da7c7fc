"""
A condition comes out the same whatever the request says.

A star stands for every text. Together with IfExists, a set operator or a key that every request has, the condition always
holds and keeps nobody out; negated it never holds, and the statement is dead.

Avoid:

    {"StringLikeIfExists": {"aws:PrincipalOrgID": "*"}}

Prefer:

    {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    OF_THE_CALLER,
    lines,
    present,
    wild_answers,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line with a star for every value that answers alike with and without the key, by the engine."""
    for line in lines(draft):
        answers = wild_answers(line)
        if answers is None or answers[0] is not answers[1]:
            continue
        if answers[0]:
            severity = Severity.HIGH if line.part.allows and present(line.key) in OF_THE_CALLER else Severity.MEDIUM
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} holds for every request: it asks for nothing",
                line.test.at,
                code="REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION",
                severity=severity,
            )
        else:
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} holds for no request: the statement {'denies' if line.part.denies else 'allows'} nothing",
                line.test.at,
                code="REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION",
                severity=Severity.HIGH if line.part.denies else Severity.MEDIUM,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM Access Analyzer policy check reference: Redundant key due to wildcard in condition",
    codes=("REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", "REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION"),
)

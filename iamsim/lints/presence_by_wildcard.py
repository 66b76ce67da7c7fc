"""
A star asks only whether the key is in the request.

`"StringLike": {"aws:RequestTag/team": "*"}` holds for every tag of that name. Null says so plainly.

Avoid:

    {"StringLike": {"aws:RequestTag/team": "*"}}

Prefer:

    {"Null": {"aws:RequestTag/team": "false"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    SENSITIVE,
    lines,
    wild_answers,
)
from iamsim.model.finding import Audience, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line with a star for every value; where a star is a danger it is another lint's."""
    for line in lines(draft):
        answers = wild_answers(line)
        if answers is None or answers[0] is answers[1] or line.key in SENSITIVE:
            continue
        there = answers[1]
        yield Seen(
            line.subject,
            f'{line.name} of {line.part.label} asks only whether the key is {"there" if there else "absent"}: write `"Null": {{"{clipped(line.test.key)}": "{"false" if there else "true"}"}}`',
            line.test.at,
            code="EQUIVALENT_TO_NULL_FALSE" if there else "EQUIVALENT_TO_NULL_TRUE",
        )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.INFO,
    "IAM User Guide, IAM Access Analyzer policy check reference: Equivalent to null false",
    audience=Audience.STYLE,
    codes=("EQUIVALENT_TO_NULL_FALSE", "EQUIVALENT_TO_NULL_TRUE"),
)

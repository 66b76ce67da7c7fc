"""
A condition key has no values.

A list without values matches no value. With `ForAnyValue:` the condition never holds; with `ForAllValues:` or IfExists
only where the request does not have the key, which Null says plainly.

Avoid:

    {"StringEqualsIfExists": {"aws:PrincipalTag/team": []}}

Prefer:

    {"Null": {"aws:PrincipalTag/team": "true"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.engine.conditions import Quantifier
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lets_by,
    lines,
)
from iamsim.model.finding import Severity

_MEANS = {
    "EMPTY_ARRAY_CONDITION": "nothing matches it",
    "EMPTY_ARRAY_CONDITION_FORALLVALUES": "it holds only where the request has no such key: write Null",
    "EMPTY_ARRAY_CONDITION_FORANYVALUE": "it never holds",
    "EMPTY_ARRAY_CONDITION_IFEXISTS": "it holds only where the request has no such key: write Null",
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each empty list."""
    for line in lines(draft):
        if line.test.value != []:
            continue
        code = "EMPTY_ARRAY_CONDITION"
        if line.reading.quantifier is Quantifier.ALL:
            code = "EMPTY_ARRAY_CONDITION_FORALLVALUES"
        elif line.reading.quantifier is Quantifier.ANY:
            code = "EMPTY_ARRAY_CONDITION_FORANYVALUE"
        elif line.reading.if_exists:
            code = "EMPTY_ARRAY_CONDITION_IFEXISTS"
        yield Seen(
            line.subject,
            f"{line.name} of {line.part.label} has no values: {_MEANS[code]}",
            line.test.at,
            code=code,
            severity=Severity.HIGH if lets_by(line) else None,
        )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM Access Analyzer policy check reference: Empty array condition",
    codes=tuple(_MEANS),
)

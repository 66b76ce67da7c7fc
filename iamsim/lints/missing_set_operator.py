"""
A key that can have several values is compared as if it had one.

AWS asks for `ForAnyValue:` (one of them matches) or `ForAllValues:` (all of them do). Without, a request with more than
one value does not match.

Avoid:

    {"StringEquals": {"aws:TagKeys": ["team", "cost"]}}

Prefer:

    {"ForAnyValue:StringEquals": {"aws:TagKeys": ["team", "cost"]}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.engine.conditions import Quantifier
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    LONGEST,
    lines,
    multivalued,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such key; Null asks of none."""
    for line in lines(draft):
        if (
            line.operator is not None
            and line.reading.quantifier is Quantifier.ONE
            and len(line.key) <= LONGEST
            and multivalued(line.key)
        ):
            name = line.test.operator
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} can have several values: write `ForAnyValue:{name}` or `ForAllValues:{name}`",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, Set operators for multivalued context keys",
    codes=("MISSING_QUALIFIER",),
)

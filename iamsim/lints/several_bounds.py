"""
A number is compared with several bounds of which one is enough.

Values are alternatives: below 2700 or below 3600 is below 3600. The others say nothing.

Avoid:

    {"NumericLessThan": {"aws:MultiFactorAuthAge": ["2700", "3600"]}}

Prefer:

    {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from iamsim.drafts import Draft
from iamsim.engine.operators import Operator
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    Line,
    family,
    lines,
)
from iamsim.model.finding import Audience, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line with an operator of order and more than one readable number."""
    for line in lines(draft):
        operator = line.operator
        if operator is None or family(operator) != "numeric" or not _orders(operator):
            continue
        readable = [value for value in line.values if operator.readable(value)]
        if len(readable) > 1:
            # Of a lower bound the least holds wherever another does, of an upper the greatest.
            enough = reduce(lambda one, other: one if _covers(line, one, other) else other, readable)
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} has {len(readable)} bounds: `{clipped(enough)}` is enough",
                line.test.at,
            )


def _orders(operator: Operator) -> bool:
    """Whether it asks for more or for less, and not for the same."""
    compare = operator.prepare("0")
    return compare("1") != compare("-1")


def _covers(line: Line, one: str, other: str) -> bool:
    """Whether the bound `one` holds wherever `other` does: `other` itself is within `one`, or they are the same."""
    prepare = line.operator.prepare if line.operator is not None else None
    return prepare is not None and (bool(prepare(one)(other)) or not prepare(other)(one))


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.INFO,
    "IAM User Guide, IAM Access Analyzer policy check reference: Redundant condition value num",
    audience=Audience.STYLE,
    codes=("REDUNDANT_CONDITION_VALUE_NUM",),
)

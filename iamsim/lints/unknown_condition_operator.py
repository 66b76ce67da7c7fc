"""
There is no such condition operator.

AWS refuses the policy. Operators are spelled as AWS spells them, case counts; in front may stand `ForAllValues:` or
`ForAnyValue:`, behind it `IfExists`, and nothing else.

Avoid:

    {"StringMatches": {"s3:prefix": "home/*"}}

Prefer:

    {"StringLike": {"s3:prefix": "home/*"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.engine.operators import operators
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    bare,
    hints,
    is_null,
    lines,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each unknown operator of a statement, however many keys it is asked of."""
    did_you_mean = hints()
    seen = set()
    for line in lines(draft):
        name, at = line.test.operator, line.test.at[:-1]
        if line.operator is None and not line.reading.null and not is_null(name) and at not in seen:
            seen.add(at)
            yield Seen(
                f"{line.part.subject} {name}",
                f"there is no condition operator `{clipped(name)}`: AWS refuses the policy",
                at,
                evidence=did_you_mean(bare(name), (*operators(), "Null")),
            )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Condition operators",
    codes=("INVALID_CONDITION_OPERATOR",),
)

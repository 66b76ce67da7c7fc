"""
Null has IfExists behind it, or a set operator in front of it.

Null asks whether a key is in the request, which IfExists answers already; and with `ForAllValues:` it always holds,
with `ForAnyValue:` never. Null stands alone.

Avoid:

    {"NullIfExists": {"aws:TokenIssueTime": "true"}}

Prefer:

    {"Null": {"aws:TokenIssueTime": "true"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    is_null,
    lines,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each key that is so asked."""
    for line in lines(draft):
        name = line.test.operator
        if line.reading.null or not is_null(name):
            continue
        suffix = name.endswith("IfExists")
        yield Seen(
            line.subject,
            f"`{name}` of {line.part.label} is no test of AWS's: Null stands alone",
            line.test.at,
            evidence=() if suffix else ("with ForAllValues it always holds, with ForAnyValue it never does",),
            code="NULL_WITH_IF_EXISTS" if suffix else "NULL_WITH_QUALIFIER",
        )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM Access Analyzer policy check reference: Null with if exists, Null with qualifier",
    codes=("NULL_WITH_IF_EXISTS", "NULL_WITH_QUALIFIER"),
)

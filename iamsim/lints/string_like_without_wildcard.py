"""
An operator with Like has no wildcard to read.

`StringLike` without `*` or `?` is `StringEquals`, and says less plainly that one value is meant.

Avoid:

    {"StringLike": {"s3:prefix": "home/"}}

Prefer:

    {"StringEquals": {"s3:prefix": "home/"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    Line,
    family,
    is_wild,
    lines,
    reads_wildcards,
)
from iamsim.lints._saying import quoted
from iamsim.model.finding import Audience, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each operator of a statement of whose values none has a wildcard."""
    found: dict[tuple[object, ...], list[Line]] = {}
    for line in lines(draft):
        if line.operator is not None and family(line.operator) == "string" and reads_wildcards(line.operator):
            found.setdefault(line.test.at[:-1], []).append(line)
    for same in found.values():
        if any(line.values for line in same) and not any(is_wild(value) for line in same for value in line.values):
            line = same[0]
            yield Seen(
                f"{line.part.subject} {line.test.operator}",
                f"`{line.test.operator}` in {line.part.label} has no wildcard to read: {quoted(each.test.key for each in same)} compares alike without Like",
                line.test.at[:-1],
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.INFO,
    "IAM User Guide, IAM JSON policy elements: Condition operators, string condition operators",
    audience=Audience.STYLE,
)

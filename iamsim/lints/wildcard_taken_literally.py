"""
A wildcard stands under an operator that reads none.

`StringEquals` and its kin compare text by text: a star matches a star, and no value of AWS's has one. The operator with
Like reads it.

Avoid:

    {"StringEquals": {"s3:prefix": "home/*"}}

Prefer:

    {"StringLike": {"s3:prefix": "home/*"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    family,
    is_wild,
    lets_by,
    lines,
    misses,
    reads_wildcards,
    with_wildcards,
)
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line; every wildcard of it is the same mistake."""
    for line in lines(draft):
        operator = line.operator
        if operator is None or family(operator) != "string" or reads_wildcards(operator):
            continue
        wild = [text for text in line.test.values if is_wild(text.value)]
        if wild:
            like = line.test.operator.replace(operator.name, with_wildcards(operator))
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} takes `{clipped(wild[0].value)}` literally: {misses(line)}",
                wild[0].at,
                evidence=(f"`{like}` reads wildcards",),
                severity=Severity.HIGH if lets_by(line) else None,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM JSON policy elements: Condition operators, string condition operators",
    confidence=Confidence.LIKELY,
    codes=("WILDCARD_WITHOUT_LIKE_OPERATOR",),
)

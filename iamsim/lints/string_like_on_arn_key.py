"""
An ARN is compared with a pattern as if it were any text.

Under `StringLike` a star also runs over colons, from one field of the ARN into the next: `arn:aws:iam::1*:role/app`
matches accounts and paths that nobody thought of. `ArnLike` compares field by field.

Avoid:

    {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/app"}}

Prefer:

    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    LONGEST,
    family,
    is_wild,
    kind,
    lines,
    narrows,
    reads_wildcards,
)
from iamsim.model.finding import Severity

_FIELDS = 5


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line; a star behind the fields does little harm, and neither does one where others are kept out."""
    for line in lines(draft):
        operator = line.operator
        if operator is None or family(operator) != "string" or not reads_wildcards(operator) or len(line.key) > LONGEST:
            continue
        if (kind(line.key) or "").removeprefix("ArrayOf") != "ARN":
            continue
        wild = [text for text in line.test.values if is_wild(text.value) and text.value.strip("*")]
        if not wild:
            continue
        early = any(is_wild(":".join(text.value.split(":")[:_FIELDS])) for text in wild)
        yield Seen(
            line.subject,
            f"{line.name} of {line.part.label} lets a wildcard run over the fields of the ARN: an Arn operator does not",
            wild[0].at,
            severity=Severity.MEDIUM if early and narrows(line) else None,
        )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.LOW,
    "IAM User Guide, IAM JSON policy elements: Condition operators, ARN condition operators",
    codes=("STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS",),
)

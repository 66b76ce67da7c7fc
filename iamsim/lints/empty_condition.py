"""
A Condition block, or an operator in it, says nothing.

An empty block holds for every request. Where a condition was meant, it is missing; where none was, the element can go.

Avoid:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": {}}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.drafts import Draft
from iamsim.jsontext import clipped, written
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity, TextEdit


def check(draft: Draft) -> Iterator[Seen]:
    """One for the block, or for each operator without keys; either can be taken away without a change."""
    for part in draft.statements():
        block = part.value.get("Condition")
        at = (*part.at, "Condition")
        if block == {}:
            yield Seen(
                part.subject,
                f"the Condition of {part.label} is empty: it asks for nothing",
                at,
                fix=(TextEdit(written(at), None),),
            )
        for operator, keys in block.items() if isinstance(block, Mapping) else ():
            if keys == {}:
                yield Seen(
                    f"{part.subject} {operator}",
                    f"`{clipped(operator)}` in {part.label} is asked of no key",
                    (*at, operator),
                    fix=(TextEdit(written((*at, operator)), None),),
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM Access Analyzer policy check reference: Empty object condition",
    codes=("EMPTY_OBJECT_CONDITION",),
)

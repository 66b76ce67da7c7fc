"""
The values of one condition key are of several JSON types.

Texts, numbers and truth values all may stand there, and AWS reads each as a text; in one list it calls their mixture
an error. Write them alike.

Avoid:

    {"NumericEquals": {"s3:max-keys": [10, "20"]}}

Prefer:

    {"NumericEquals": {"s3:max-keys": ["10", "20"]}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import Number
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such list."""
    for line in lines(draft):
        value = line.test.value
        if isinstance(value, list) and len({_type(each) for each in value}) > 1:
            yield Seen(
                line.subject, f"the values of {line.name} in {line.part.label} are of several JSON types", line.test.at
            )


def _type(value: object) -> str:
    if isinstance(value, bool):
        return "truth value"
    return "number" if isinstance(value, Number | int | float) else type(value).__name__


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM Access Analyzer policy check reference: Invalid condition data type",
    codes=("INVALID_CONDITION_DATA_TYPE",),
)

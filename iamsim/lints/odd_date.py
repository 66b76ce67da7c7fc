"""
A date is not written as one reads it.

AWS takes seconds since 1970 too, and takes milliseconds for seconds, which are dates some fifty thousand years away. A
number of four digits may be a year or seconds. Write the date out.

Avoid:

    {"DateLessThan": {"aws:CurrentTime": "1900000000000"}}

Prefer:

    {"DateLessThan": {"aws:CurrentTime": "2030-03-17T17:46:40Z"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    LONGEST,
    family,
    lines,
)
from iamsim.model.finding import Severity

_FIRST_MILLISECOND = 10**11


def check(draft: Draft) -> Iterator[Seen]:
    """One for each number under a date operator."""
    for line in lines(draft):
        if line.operator is None or family(line.operator) != "date" or line.key == "aws:epochtime":
            continue
        for text in line.test.values:
            if text.value.isascii() and text.value.isdigit() and len(text.value) < LONGEST:
                far = int(text.value) >= _FIRST_MILLISECOND
                why = "taken for seconds it is a date thousands of years away" if far else "write YYYY-MM-DDThh:mm:ssZ"
                yield Seen(
                    f"{line.subject} {text.value}",
                    f"the date `{text.value}` in {line.part.label} might not be the one that is meant: {why}",
                    text.at,
                    severity=Severity.MEDIUM if far else None,
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM Access Analyzer policy check reference: Invalid date value",
    codes=("INVALID_DATE_VALUE",),
)

"""
A date is written in no form that AWS takes.

AWS refuses the policy. A date operator takes ISO 8601 (`2030-01-31T12:00:00Z`, or the date alone) and seconds since 1970,
without wildcards.

Avoid:

    {"DateLessThan": {"aws:CurrentTime": "31.01.2030"}}

Prefer:

    {"DateLessThan": {"aws:CurrentTime": "2030-01-31T00:00:00Z"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    family,
    lines,
)
from iamsim.model.finding import Confidence, Severity

# What the validation of IAM was recorded to take: an ISO date of which parts may be left out, or an integer.
_YEARS, _SECONDS = 292278993, 2**63 - 1
_DATE = re.compile(
    r"(?P<year>[+-]?[0-9]{1,9})?(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?)?"
    r"(?:[Tt](?:(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})(?:[.,][0-9]{1,9})?)?)?)?)?"
    r"(?:[Zz]|[+-](?P<zone>[0-9]{2})(?::?(?P<half>[0-9]{2}))?)?"
)
_MOST = {"year": _YEARS, "month": 12, "day": 31, "hour": 23, "minute": 59, "second": 59, "zone": 23, "half": 59}
_LEAST = {"month": 1, "day": 1}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such value of a date operator."""
    for line in lines(draft):
        if line.operator is None or family(line.operator) != "date":
            continue
        for text in line.test.values:
            if "${" not in text.value and not _taken(text.value):
                yield Seen(
                    f"{line.subject} {text.value}",
                    f"`{clipped(text.value)}` in {line.part.label} is no date that AWS takes: it refuses the policy",
                    text.at,
                    evidence=("write it as 2030-01-31T12:00:00Z",),
                )


def _taken(text: str) -> bool:
    if text.isascii() and text.isdigit():
        return len(text) <= len(str(_SECONDS)) and int(text) <= _SECONDS
    found = _DATE.fullmatch(text)
    if found is None or not text:
        return False
    return all(
        _LEAST.get(name, 0) <= abs(int(each)) <= _MOST[name]
        for name, each in found.groupdict().items()
        if each is not None
    )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Condition operators, date condition operators",
    confidence=Confidence.LIKELY,
    codes=("TYPE_MISMATCH_DATE",),
)

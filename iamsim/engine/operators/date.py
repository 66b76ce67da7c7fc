"""
Date operators: instants, written in ISO 8601 or as seconds since 1970, on either side.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", date condition operators.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from fractions import Fraction

from iamsim.engine.operators._ordered import ordered

# The W3C profile of ISO 8601; a date alone is its midnight, no zone is UTC (COND-026).
_ISO = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
    r"(?:[Tt]([0-9]{2})(?::([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)?)?"
    r"([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
# Four digits alone are a year in that profile and seconds as well: AWS does not say which is meant.
_YEAR = re.compile(r"[0-9]{4}")
_USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_EPOCH = re.compile(r"[0-9]{1,19}")
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def instant(text: str) -> int | Fraction | None:
    """Seconds since 1970 of the moment written in `text`, exactly; None for anything else."""
    if _USUAL.fullmatch(text):
        return _usual(text)
    if _YEAR.fullmatch(text):
        return None
    if _EPOCH.fullmatch(text):
        return int(text)
    match = _ISO.fullmatch(text)
    return _moment(match) if match else None


def _usual(text: str) -> int | None:
    """The moment in the form in which AWS sends it."""
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        return None


def _moment(match: re.Match[str]) -> int | Fraction | None:
    year, month, day, hour, minute, second = (
        int(part or standard) for part, standard in zip(match.groups()[:6], (1, 1, 1, 0, 0, 0), strict=True)
    )
    if hour > 23 or minute > 59 or second > 59:  # noqa: PLR2004 - a day's bounds
        return None
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        return None
    fraction = Fraction(int(match[7]), 10 ** len(match[7])) if match[7] else 0
    return days * 86400 + hour * 3600 + minute * 60 + second - _offset(match[8]) + fraction


def _offset(zone: str | None) -> int:
    """Seconds east of UTC."""
    if zone is None or zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60
    return -seconds if zone[0] == "-" else seconds


OPERATORS = ordered("Date", instant)

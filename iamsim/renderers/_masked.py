"""Reports whose account ids are masked, the same id by the same stand-in everywhere."""

from __future__ import annotations

import re
from collections.abc import Callable

from iamsim.model.report import Report
from iamsim.renderers import json

# A digest is no place of an account id, though twelve digits may follow each other in one.
_ID = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])|(?<!\d)(?:\d{12}|\d{4}-\d{4}-\d{4})(?!\d)", re.ASCII)
_FIRST = 100_000_000_001


def masked(*reports: Report) -> tuple[Report, ...]:
    """
    The reports with every account id replaced by `100000000001`, `100000000002` and so on.

    An id is twelve digits, or three times four with dashes between them, wherever they stand: in an ARN, in the name of
    a bucket, in words. The stand-ins follow the order in which the ids first come up in the reports as they are saved,
    and are as long, so that lines and columns stay true.
    """
    known: dict[str, str] = {}
    return tuple(json.read(_ID.sub(_stand_in(known), json.render(each)), document="report") for each in reports)


def _stand_in(known: dict[str, str]) -> Callable[[re.Match[str]], str]:
    def replaced(found: re.Match[str]) -> str:
        digits = found[0].replace("-", "")
        if len(digits) != len(str(_FIRST)):
            return found[0]
        told = known.setdefault(digits, str(_FIRST + len(known)))
        return f"{told[:4]}-{told[4:8]}-{told[8:]}" if "-" in found[0] else told

    return replaced

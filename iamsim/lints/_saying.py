"""What several lints say alike."""

from __future__ import annotations

from collections.abc import Iterable

from iamsim.model.origin import NOWHERE, Origin
from iamsim.model.verdict import Explanation, StatementVerdict


def places(*verdicts: StatementVerdict) -> tuple[Origin, ...]:
    """Where the statements stand, each place once."""
    found = (verdict.statement.origin for verdict in verdicts)
    return tuple(dict.fromkeys(origin for origin in found if origin != NOWHERE))


def allowing(explanation: Explanation) -> tuple[Origin, ...]:
    """Where the statements stand that allow the request, or would if what is open came out so."""
    return places(*(v for v in explanation.decisive if v.statement.effect == "Allow"))


def quoted(values: Iterable[str], most: int = 5) -> str:
    """Names in backticks, the first few of many."""
    found = list(dict.fromkeys(values))
    shown = ", ".join(f"`{value}`" for value in found[:most])
    return shown + (f" and {len(found) - most} more" if len(found) > most else "")

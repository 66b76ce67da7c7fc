"""What a difference makes a pipeline do: its exit code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iamsim.diff.domain import LEVELS
from iamsim.diff.model import Difference, Trend, Verdict
from iamsim.graph.model import State

PASSED, WORSE, UNKNOWN = 0, 1, 4
"""As those of `check`: nothing got worse, something did, something became unknown and nothing is worse for sure."""

LEVEL_WORDS: Mapping[str, str] = {
    "permissions": LEVELS[0], "write": LEVELS[1], "tagging": LEVELS[2], "read": LEVELS[3], "list": LEVELS[4],
}  # fmt: skip
"""The access levels as options name them."""
ANY = "any"

ASSUME_LEVEL = "Write"
"""Source: Service Authorization Reference, AWS STS: sts:AssumeRole is of the access level Write."""


def exit_code(difference: Difference, levels: Iterable[str] = ()) -> int:
    """
    1 where a need got worse, or a principal gains for sure an action of one of `levels`; 4 where that is not told; else 0.

    What could not be compared, and a need that is newly unknown, never pass.
    """
    wanted = frozenset(levels)
    needs = [need for need in difference.needs or () if need.counts]
    gained = list(_gained(difference, wanted)) if wanted else []
    if any(_is_worse(need.verdict, gap=need.gap) for need in needs) or True in gained:
        return WORSE
    unknown = any(need.verdict is Verdict.NEWLY_UNKNOWN or need.after == "unknown" for need in needs)
    return UNKNOWN if unknown or difference.uncompared or gained else PASSED


# ---------------------------------------------------------------- helpers

_RISES = (Trend.GAINS, Trend.MAY_GAIN)


def _is_worse(verdict: Verdict, *, gap: bool) -> bool:
    return verdict in (Verdict.WORSE, Verdict.GONE) or gap


def _gained(difference: Difference, levels: frozenset[str]) -> Iterable[bool]:
    """One truth for each gain of these levels: whether it is for sure. Other terms than before may let more in."""
    for row in difference.rows:
        if row.trend in (*_RISES, Trend.OTHER_TERMS) and any(level.name in levels for level in row.levels):
            yield row.trend is Trend.GAINS
    for each in difference.assumes:
        if ASSUME_LEVEL in levels and each.trend in (*_RISES, Trend.OTHER_TERMS):
            yield each.trend is Trend.GAINS and each.after in (State.ALLOWED, State.CONDITIONAL)

"""What a cause of failures is; one module per cause declares CAUSE."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from iamsim import plugins
from iamsim.diagnosis.scene import Scene
from iamsim.model.diagnosis import Held, JudgedCall, RootCause, Seen
from iamsim.model.finding import Confidence

_SURENESS = tuple(Confidence)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a cause is weighed by: what was read, and what was made of it."""

    scene: Scene
    held: tuple[Held, ...]
    calls: tuple[JudgedCall, ...]

    @property
    def failed(self) -> tuple[Held, ...]:
        """What failed, and what failed inside and counts as passed."""
        return tuple(
            one for one in self.held if one.masked or one.observed in (Seen.FAILED, Seen.TIMED_OUT, Seen.FAILED_INSIDE)
        )

    def fixes(self, *rules: str, steps: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The titles of the check's fixes for findings of these rules, or of these steps."""
        report = self.scene.report
        if report is None:
            return ()
        keys = {each.key for each in report.findings if each.rule in rules or each.step in steps}
        return tuple(dict.fromkeys(each.title for each in report.remedies if keys.intersection(each.findings)))


@dataclass(frozen=True, slots=True)
class Cause:
    """
    One thing that may be behind failures: `weigh` gives it with what speaks for and against it, None where nothing speaks for it.

    The `id` of what it gives is the name of its file, with hyphens, whatever `weigh` writes there.
    """

    weigh: Callable[[Facts], RootCause | None]


def causes() -> Mapping[str, Cause]:
    """Every cause by the name of its file, with hyphens."""
    declared = cast("Mapping[str, Cause]", plugins.table(sys.modules[__name__], "CAUSE"))
    return {name.replace("_", "-"): cause for name, cause in declared.items()}


def ranked(facts: Facts) -> tuple[RootCause, ...]:
    """The causes that something speaks for: what speaks against one puts it back, then how sure it is counts, then how much it explains."""
    found = ((name, cause.weigh(facts)) for name, cause in causes().items())
    known = [replace(cause, id=name) for name, cause in found if cause is not None]
    return tuple(sorted(known, key=_rank))


def next_look(found: tuple[RootCause, ...]) -> str:
    """The one observation that would separate the first two causes that could be behind the same failure; empty where none has to be."""
    rivals = [
        (first, second)
        for number, first in enumerate(found)
        for second in found[number + 1 :]
        if set(first.explains).intersection(second.explains)
    ]
    if rivals:
        first, second = rivals[0]
        return f"{first.would_show}: then {first.title}; or {second.would_show}: then {second.title}"
    open_ = next((cause for cause in found if cause.confidence is not Confidence.CERTAIN and cause.would_show), None)
    return f"{open_.would_show}: then {open_.title}" if open_ is not None else ""


def names(held: Iterable[Held]) -> tuple[str, ...]:
    """The names of results, each once."""
    return tuple(dict.fromkeys(one.name for one in held))


def _rank(cause: RootCause) -> tuple[bool, int, int, str]:
    return bool(cause.evidence_against), _SURENESS.index(cause.confidence), -len(cause.explains), cause.id

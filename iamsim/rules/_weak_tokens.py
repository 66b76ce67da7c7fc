"""Weaknesses of a token as observations of a rule."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iamsim.model.report import Status
from iamsim.probes import Case
from iamsim.rules import Observation
from iamsim.tokens.weaknesses.weakness import Weakness


def has_token(case: Case) -> bool:
    """Whether there is a token: claims that are only stated have no issuer, no key and no end."""
    return case.setup.token.status is not Status.NOT_APPLICABLE


def observed(case: Case, weaknesses: Iterable[Weakness]) -> Iterator[Observation]:
    """One observation per weakness, with why it matters and the way out as evidence."""
    origin = case.setup.token.origin
    for weak in weaknesses:
        yield Observation(
            weak.subject,
            weak.message,
            (origin,) if origin else (),
            (weak.why, f"way out: {weak.way_out} ({weak.cite})"),
            severity=weak.severity,
        )

"""Ways to more, told: one finding for a holder and a family of ways."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Seen
from iamsim.lints._saying import places
from iamsim.lints._ways import Way, ways
from iamsim.model.finding import Audience, Confidence, Severity

_MOST = 12


def seen(holder: Holder, family: str, words: str, severity: Severity = Severity.HIGH) -> Iterator[Seen]:
    """
    What is found: the best way in the message, all in the evidence.

    Ways to no more than what policies name, or to a principal that is stronger in little, are for reviewers.
    """
    found = ways(holder, family)
    if not found:
        return
    best = found[0]
    actions = ", ".join(dict.fromkeys(each.request.action for each in best.answers))
    on = f" ({best.target})" if best.target and best.target != holder.arn else ""
    shown = [str(way) for way in found[:_MOST]]
    if len(found) > _MOST:
        shown.append("and " + ", ".join(way.path.id for way in found[_MOST:]))
    more = f", and in {len(found) - 1} more ways" if len(found) > 1 else ""
    yield Seen(
        family,
        f"{holder.label} {words}{on}: {best.path.id}, by {actions}{more}",
        evidence=tuple(shown),
        places=places(*(v for answer in best.answers for v in answer.allowing)),
        severity=severity if best.broad and not best.path.weak else _LESS[severity],
        confidence=_confidence(holder, best),
        audience=Audience.EVERYONE if best.broad else Audience.REVIEWER,
    )


_LESS = {Severity.HIGH: Severity.MEDIUM, Severity.MEDIUM: Severity.LOW, Severity.LOW: Severity.LOW}


def _confidence(holder: Holder, way: Way) -> Confidence:
    if holder.world.alone:
        # What there is in the account, and who has the policy, is not told.
        return Confidence.LIKELY if way.broad and not way.path.weak else Confidence.UNCERTAIN
    return Confidence.CERTAIN if way.sure else Confidence.LIKELY

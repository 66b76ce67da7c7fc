"""How many results there are, and what they say of the role."""

from __future__ import annotations

from collections.abc import Iterable

from iamsim.diagnosis.scene import Scene
from iamsim.model.diagnosis import Held, Numbers, Relation, Seen, Worth

FAILED = (Seen.FAILED, Seen.TIMED_OUT)


def numbers(scene: Scene, held: tuple[Held, ...]) -> Numbers:
    """The numbers of the results; tools of which no result speaks are not among them."""
    # The results come first in `held`, in the order of the scene's items.
    pairs = tuple(zip(scene.items, held, strict=False))
    ran = tuple(one for _, one in pairs if one.observed not in (Seen.SKIPPED, Seen.NOT_TOLD))
    sensitive = _count(one for item, one in pairs if one.asked and scene.sees(item))
    return Numbers(
        results=_count(one for _, one in pairs) + scene.untold,
        passed=_count(one for one in ran if one.observed not in FAILED) + scene.untold,
        failed=_count(one for one in ran if one.observed in FAILED),
        skipped=_count(one for _, one in pairs) - _count(ran),
        untold=scene.untold,
        asked=_count(one for one in ran if one.asked),
        masked=_count(one for one in ran if one.masked),
        working=_count(one for one in ran if one.worth is Worth.WORKING),
        broken=_count(one for one in ran if one.worth is Worth.BROKEN),
        sensitive=sensitive,
        nothing=_count(one for one in ran if one.worth is Worth.NOTHING and not _unclear(one)),
        unclear=_count(one for one in ran if _unclear(one)) + scene.untold,
        would_pass=None if scene.report is None else _count(one for one in ran if one.would_pass),
        open=0 if scene.report is None else _count(one for one in ran if one.would_pass is None) + scene.untold,
        explained=_count(one for one in ran if one.observed in FAILED and explained(scene, one)),
        inside=_count(one for one in ran if one.observed is Seen.FAILED_INSIDE),
    )


def explained(scene: Scene, one: Held) -> bool:
    """Whether permissions explain why it failed, openly or inside."""
    if one.observed not in (*FAILED, Seen.FAILED_INSIDE):
        return False
    if one.because is Relation.EXPLAINED_BY_IAM:
        return True
    if one.because is not Relation.EXPLAINED_BY_ASSUME or scene.report is None:
        return False
    return any(each.step == "assume" for each in scene.report.findings if each.key in one.findings)


def _unclear(one: Held) -> bool:
    """Whether it is not known that it says nothing of the role: it may have asked for it."""
    return one.worth is Worth.NOTHING and one.asked is None and one.relation is not Relation.PASS_PROVES_NOTHING


def _count(held: Iterable[Held]) -> int:
    return sum(one.count for one in held)

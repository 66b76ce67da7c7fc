"""Every result held against what was predicted, and every tool of which none speaks."""

from __future__ import annotations

from dataclasses import replace

from iamsim.diagnosis.failures import failed
from iamsim.diagnosis.passes import passed
from iamsim.diagnosis.scene import Item, Scene
from iamsim.model.diagnosis import Held, JudgedCall, Relation, Seen
from iamsim.model.observation import Outcome
from iamsim.model.report import Status


def held(scene: Scene, calls: tuple[JudgedCall, ...] = ()) -> tuple[Held, ...]:
    """Every result held against its prediction, in the order of the evidence, then the tools of which no result speaks."""
    found = [_held(scene, item, calls) for item in scene.items]
    seen = {one.tool for one in found}
    for name in scene.tools or scene.checked:
        if name not in seen:
            predicted = scene.status(name)
            found.append(Held(name, name, predicted or "not-checked", Seen.NOT_TOLD, Relation.NOT_OBSERVED, asked=None))
    return tuple(found)


# ---------------------------------------------------------------- one result


def _held(scene: Scene, item: Item, calls: tuple[JudgedCall, ...]) -> Held:
    tool = item.tool.name if item.tool is not None else item.result.tool or item.name
    start = Held(
        tool,
        item.name,
        scene.status(tool) or "not-checked",
        _seen(item),
        Relation.UNKNOWN,
        asked=scene.asks_for_role(item),
        origins=(item.result.origin,) if item.result.origin.document else (),
        count=item.count,
    )
    if item.result.outcome in (Outcome.SKIPPED, Outcome.UNKNOWN):
        return replace(start, relation=Relation.NOT_OBSERVED, asked=False, reasons=("it did not run to an end",))
    found = passed(scene, item, start, calls) if item.passed else failed(scene, item, start, calls)
    return replace(found, would_pass=_would_pass(scene, item, found))


def _seen(item: Item) -> Seen:
    match item.result.outcome:
        case Outcome.PASSED:
            return Seen.FAILED_INSIDE if item.result.told_error else Seen.PASSED
        case Outcome.FAILED:
            return Seen.TIMED_OUT if item.result.timed_out else Seen.FAILED
        case Outcome.SKIPPED:
            return Seen.SKIPPED
        case _:
            return Seen.NOT_TOLD


# ---------------------------------------------------------------- what would be, with what is loaded


def _would_pass(scene: Scene, item: Item, found: Held) -> bool | None:
    """Whether the result passes with what is loaded; None where that cannot be said."""
    if scene.report is None:
        return None
    status, sees = scene.status(found.tool), scene.sees(item)
    if found.relation is Relation.CONTRADICTION and not item.passed and scene.without_credentials is False:
        # It had no credentials, and has some here.
        return _passes(scene, found.tool, sees)
    if not item.passed:
        return (
            None
            if item.tool is None or found.relation in (Relation.UNKNOWN, Relation.UNEXPLAINED, Relation.CONTRADICTION)
            else False
        )
    if item.tool is None or not scene.lacks(item) or status is None:
        return _passes(scene, found.tool, sees) if item.tool is not None else None
    return True


def _passes(scene: Scene, tool: str, sees: bool | None) -> bool | None:  # noqa: FBT001 - one of three values
    if sees is False or scene.status(tool) in (Status.ALLOWED, Status.NOT_IAM, Status.NOT_NEEDED):
        return True
    return False if sees and scene.fails(tool) else None

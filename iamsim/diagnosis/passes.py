"""What a result that counts as passed shows, and what it does not."""

from __future__ import annotations

from dataclasses import replace

from iamsim.diagnosis._saying import (
    CERTAIN,
    LIKELY,
    NO_CREDENTIALS,
    REFUSED,
    UNCERTAIN,
    acts_as,
    gaps,
    in_the_way,
    listed,
    short,
    told,
)
from iamsim.diagnosis.failures import failed
from iamsim.diagnosis.scene import OWN_TESTS, Item, Scene
from iamsim.model.diagnosis import Held, JudgedCall, Relation, Worth
from iamsim.model.finding import Confidence
from iamsim.model.report import Status


def passed(scene: Scene, item: Item, start: Held, calls: tuple[JudgedCall, ...]) -> Held:
    """What it shows: nothing where it would have passed all the same, access where a refusal would have been seen."""
    nothing = Relation.PASS_PROVES_NOTHING
    sure = LIKELY if item.supposed or item.told_by.startswith(OWN_TESTS) else CERTAIN
    refused = scene.lacks(item)
    if refused:
        source = f"the arguments are those of {item.told_by}" if item.told_by else ""
        return told(start, nothing, sure, f"{REFUSED}, and it counts as passed", refused, source)
    if item.tool is None:
        why = "the manifest knows no such tool" if scene.tools else "no manifest says what it calls"
        return told(start, Relation.UNKNOWN, UNCERTAIN, why)
    if item.result.told_error:
        inside = failed(scene, item, start, calls)
        masked = start.asked is True and inside.relation is not Relation.UNEXPLAINED
        first = f"its answer tells of an error, and it counts as passed: {short(item.result.told_error)}"
        if inside.relation is Relation.CONTRADICTION:
            return replace(inside, reasons=(first, *inside.reasons), masked=masked)
        return told(
            start, nothing, CERTAIN, first, *inside.reasons,
            findings=inside.findings, masked=masked, worth=inside.worth, inside=inside.relation,
        )  # fmt: skip
    if not scene.uses_role(item.tool):
        return _without_the_role(scene, item, start, sure)
    if start.asked is False:
        seconds = item.result.seconds or 0
        took = "less than a second" if seconds < 1 else f"{seconds:g} s"
        return told(
            start,
            nothing,
            LIKELY,
            f"it came back after {took}, and looking for credentials takes about {scene.wait(item):g} s in this run: it never asked for the role",
        )
    return _asked(scene, item, start, sure)


def _without_the_role(scene: Scene, item: Item, start: Held, sure: Confidence) -> Held:
    """A pass of a tool that has nothing to do with the role."""
    tool = item.tool
    assert tool is not None  # noqa: S101 - the caller looked
    who = acts_as(scene, tool)
    asks, sees = scene.asks_aws(item), scene.sees(item)
    if asks and sees:
        if scene.fails(tool.name):
            return _passed_against(scene, item, start, tool.name)
        return told(
            start,
            Relation.PASS_PROVES_ACCESS,
            LIKELY,
            f"{who}, and the test looks at more than whether an answer came",
            "it says nothing of the role",
        )
    why = f"{who}: it says nothing of the role"
    # It may prove the access of the server: what the test looks at is not told.
    sure = LIKELY if asks is not False and sees is None else sure
    return told(start, Relation.PASS_PROVES_NOTHING, sure, why)


def _asked(scene: Scene, item: Item, start: Held, sure: Confidence) -> Held:
    """A pass of a tool that asks for the role, or may have."""
    sees, status = scene.sees(item), scene.status(start.tool)
    asks = (
        "it asks for the role"
        if start.asked
        else "whether it asked for the role is not told, since its arguments are not"
    )
    looked = f"the test looks at no more than {listed(item.looked_at)}" if sees is False else ""
    waited = _as_long_as_a_look(scene, item)
    if scene.fails(start.tool):
        why = in_the_way(scene, start.tool)
        if sees:
            return _passed_against(scene, item, start, start.tool)
        masked = start.asked is True
        findings = tuple(finding.key for finding in gaps(scene, start.tool))
        inside = (
            f"{asks}, and by what is loaded it cannot have it: {why}"
            if why
            else f"{asks}, and by what is loaded it fails"
        )
        return told(
            start,
            Relation.PASS_PROVES_NOTHING,
            CERTAIN if start.asked and sees is False and sure is CERTAIN else LIKELY if sees is False else UNCERTAIN,
            f"{inside}; it counts as passed",
            looked or "what the pass rests on is not told",
            NO_CREDENTIALS if scene.no_credentials_seen and not scene.without_credentials else "",
            waited,
            findings=findings,
            masked=masked,
        )
    if sees is False:
        masked = start.asked is True and scene.no_credentials_seen
        inside = NO_CREDENTIALS if masked else ""
        return told(
            start, Relation.PASS_PROVES_NOTHING, LIKELY if inside or sure is not CERTAIN else CERTAIN,
            f"{asks}; {looked}, so that it passes too where the call fails inside", inside, waited, masked=masked,
        )  # fmt: skip
    if sees and start.asked:
        return told(
            start,
            Relation.PASS_PROVES_ACCESS,
            CERTAIN if item.result.answer else LIKELY,
            f"{asks}, and had it been refused the test would have failed",
            "" if status is Status.ALLOWED else "no check says that it must",
            worth=Worth.WORKING,
        )
    relation = Relation.AGREES if status is Status.ALLOWED else Relation.UNKNOWN
    return told(start, relation, UNCERTAIN, asks, "" if sees else "what the pass rests on is not told")


def _passed_against(scene: Scene, item: Item, start: Held, tool: str) -> Held:
    """It passed, and by what is loaded it cannot have."""
    why = in_the_way(scene, tool)
    return told(
        start,
        Relation.CONTRADICTION,
        CERTAIN if item.result.answer else LIKELY,
        f"by what is loaded it is refused ({why or scene.status(tool)}), and it worked",
        "what ran differs from what is loaded: another principal or role, other arguments, or policies that have changed since",
        findings=tuple(finding.key for finding in gaps(scene, tool)),
        worth=Worth.WORKING if start.asked else Worth.NOTHING,
    )


def _as_long_as_a_look(scene: Scene, item: Item) -> str:
    wait, seconds = scene.wait(item), item.result.seconds
    if not wait or seconds is None or not wait <= seconds + 1 <= wait + 2:
        return ""
    return f"it took {seconds:g} s, about what it takes to look for credentials that are not there ({wait:g} s)"

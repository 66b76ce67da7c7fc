"""Two reports on one question: what is newly broken, newly fixed, newly possible."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC

from iamsim.model.finding import Finding, Kind
from iamsim.model.report import WORST_FIRST, Report, Status
from iamsim.renderers._view import TROUBLED, View
from iamsim.renderers._words import KIND, STATUS, count, listed

_COUNTS = (Kind.GAP, Kind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed: what, how, and the anchor on the page of what speaks of it (empty for none)."""

    what: str
    how: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """
    What changed from one report to another.

    `broken`: findings that are new or worse, and tools that come out worse. `fixed`: the other way. `possible`: needs that
    were not allowed and are. `differences` say where the two reports are not about the same.
    """

    sentence: str
    broken: tuple[Change, ...]
    fixed: tuple[Change, ...]
    possible: tuple[Change, ...]
    differences: tuple[str, ...]


def compared(before: Report, after: Report) -> Compared:
    """What changed from `before` to `after`, in the order of the findings and tools; a tool that only one has is named."""
    view = View(after)
    broken, fixed = _findings(before, after, view)
    worse, better = _tools(before, after, view)
    possible = _possible(before, after, view)
    broken, fixed = (*broken, *worse), (*fixed, *better)
    told = f"{before.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    counted = f"{len(broken)} newly broken, {len(fixed)} newly fixed, {len(possible)} newly possible"
    nothing = "" if broken or fixed or possible else " Nothing changed that is told here."
    return Compared(
        f"Against the report judged at {told}: {counted}.{nothing}",
        broken,
        fixed,
        possible,
        tuple(_differences(before, after)),
    )


def _findings(before: Report, after: Report, view: View) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Gaps and unknowns that are new or graver, and those that are gone or less grave."""
    old, new = _counting(before), _counting(after)
    broken: list[Change] = []
    fixed: list[Change] = []
    for key, finding in new.items():
        was = old.get(key)
        word = KIND[finding.kind].word
        if key in before.left:
            broken.append(Change(finding.message, f"a {word} that was accepted", view.anchors[key]))
        elif was is None:
            broken.append(Change(finding.message, f"a new {word}", view.anchors[key]))
        elif _COUNTS.index(finding.kind) < _COUNTS.index(was.kind):
            broken.append(Change(finding.message, f"was {KIND[was.kind].word}, is a gap", view.anchors[key]))
        elif _COUNTS.index(finding.kind) > _COUNTS.index(was.kind):
            fixed.append(Change(finding.message, f"was a gap, is {word}", view.anchors[key]))
    for key, finding in old.items():
        # What was accepted in between is still there, and so not fixed.
        if key not in new and key not in after.left:
            fixed.append(Change(finding.message, f"no {KIND[finding.kind].word} any more"))
    return tuple(broken), tuple(fixed)


def _counting(report: Report) -> Mapping[str, Finding]:
    left = report.left
    return {f.key: f for f in report.findings if f.kind in _COUNTS and f.key not in left}


def _tools(before: Report, after: Report, view: View) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Tools that come out worse, and those that come out better."""
    old = {tool.name: tool.status for tool in before.tools}
    worse: list[Change] = []
    better: list[Change] = []
    for tool in after.tools:
        was = old.get(tool.name)
        if was is None or was is tool.status or not {was, tool.status} & set(TROUBLED):
            continue
        change = Change(
            f"`{tool.name}`", f"{STATUS[was].word} → {STATUS[tool.status].word}", view.tool_anchors[tool.name]
        )
        (worse if WORST_FIRST.index(tool.status) < WORST_FIRST.index(was) else better).append(change)
    return tuple(worse), tuple(better)


def _possible(before: Report, after: Report, view: View) -> tuple[Change, ...]:
    """What is let through now and was not, by action and by the role or user behind the call."""
    was = _let_through(before)
    found: dict[tuple[str, str], tuple[list[str], list[str]]] = {}
    for (tool, action, resource, who), allowed in _let_through(after).items():
        if allowed and was.get((tool, action, resource, who)) is False:
            resources, tools = found.setdefault((action, who), ([], []))
            resources.append(resource)
            tools.append(tool)
    return tuple(
        Change(
            f"`{action}` on {_one(resources)} as `{who}`",
            f"for {listed(dict.fromkeys(tools), limit=4)}",
            view.tool_anchors[tools[0]],
        )
        for (action, who), (resources, tools) in found.items()
    )


def _one(resources: list[str]) -> str:
    several = tuple(dict.fromkeys(resources))
    return f"`{several[0]}`" if len(several) == 1 else f"{len(several)} resources"


def _let_through(report: Report) -> Mapping[tuple[str, str, str, str], bool]:
    """By tool, action, resource and the role or user behind the call, whether it is let through for sure."""
    probes = {probe.id: probe.explanation for probe in report.probes}
    found: dict[tuple[str, str, str, str], bool] = {}
    for tool in report.tools:
        for need in tool.needs:
            for attempt in need.attempts:
                for told in (probes[name] for name in attempt.probes if name in probes):
                    who = told.request.principal.entity or told.request.principal.arn
                    # A need that waits for a role which cannot be assumed lets nothing through, whatever its policies say.
                    through = told.allowed and (need.status is Status.ALLOWED and not _blocked(tool.status))
                    key = (tool.name, told.request.action, told.request.resource, who)
                    found[key] = found.get(key, False) or through
    return found


def _blocked(status: Status) -> bool:
    return status in (Status.BLOCKED, Status.NO_CREDENTIALS, Status.INVALID)


def _differences(before: Report, after: Report) -> Iterator[str]:
    """Where the two are not about the same, so that a change may be of the question and not of the answer."""
    for what, old, new in (
        ("role", before.role_arn or "none", after.role_arn or "none"),
        ("server", f"{before.server.name}@{before.server.version}", f"{after.server.name}@{after.server.version}"),
        ("mode", before.mode or "none", after.mode or "none"),
        ("caller", before.assume.principal or "none", after.assume.principal or "none"),
        ("version of iamsim", before.version, after.version),
    ):
        if old != new:
            yield f"another {what} ({old}, now {new})"
    changed = sorted(
        name for name in {*before.settings, *after.settings} if before.settings.get(name) != after.settings.get(name)
    )
    if changed:
        yield f"other parameters ({listed(changed, limit=6)})"
    names, others = {tool.name for tool in before.tools}, {tool.name for tool in after.tools}
    for words, which in (("added", others - names), ("gone", names - others)):
        if which:
            yield f"{count(len(which), 'tool')} {words} ({listed(sorted(which), limit=6)})"

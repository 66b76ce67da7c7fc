"""A difference as text for a terminal: plus, minus, and why."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.diff import telling
from iamsim.diff.model import Difference, Presence, PrincipalChange, Verdict
from iamsim.diff.telling import Folded
from iamsim.graph.drawing import text

_GROUPS, _WAYS, _NAMES = 60, 60, 4
_SIGNS = {Verdict.BETTER: "+", Verdict.NO_LONGER_UNKNOWN: "+", Verdict.APPEARED: "+", Verdict.NEWLY_UNKNOWN: "?"}
_WELCOME = (Verdict.BETTER, Verdict.NO_LONGER_UNKNOWN)
_MORE = "--format json has all of them"


def render(found: Difference) -> str:
    """The whole as lines, ending in a newline; no secrets, no control characters."""
    return "\n".join(text(line) for line in _lines(found)) + "\n"


# ---------------------------------------------------------------- helpers


def _lines(found: Difference) -> Iterator[str]:
    yield telling.summary(found)
    if found.needs:
        yield from ("", "needs of the server")
        for need, subjects in telling.needs_alike(found.needs):
            names = ", ".join(subjects[:_NAMES]) + (
                f" and {len(subjects) - _NAMES} more" if len(subjects) > _NAMES else ""
            )
            note = "" if need.counts else "   (it stands in no tool's way)"
            yield f"  {_SIGNS.get(need.verdict, '-')} {telling.verdict(need)}: {telling.permission(need)}   {telling.statuses(need)}{note}"
            yield f"      for {names}"
            if need.reason and need.verdict not in _WELCOME:
                yield f"      = {need.reason}"
            yield from (f"      --> {telling.cause(each)}" for each in need.causes)
    if found.principals:
        groups = telling.alike(found.principals)
        yield from ("", "what principals may do")
        for some, rows in groups[:_GROUPS]:
            yield from _principals(some, rows)
        if len(groups) > _GROUPS:
            yield f"  ... and {telling.count(len(groups) - _GROUPS, 'group')} of principals more; {_MORE}"
    if found.assumes:
        yield from ("", "who can assume whom")
        for each in found.assumes[:_WAYS]:
            across = "   (another account)" if each.cross_account else ""
            yield f"  {telling.SIGNS[each.trend]} {telling.asker(each)}: {each.role}{across}"
            yield f"      = {telling.assumed(each)}"
        if len(found.assumes) > _WAYS:
            yield f"  ... and {telling.count(len(found.assumes) - _WAYS, 'way')} more; {_MORE}"
    if found.uncompared:
        yield from ("", "not compared", *(f"  {each}" for each in found.uncompared))
    yield from ("", f"asked: {found.domain}", *telling.read(found), *(f"note: {each}" for each in found.notes))
    yield from ("", f"{telling.outcome(found)} (exit code {found.exit_code})")


def _principals(some: tuple[PrincipalChange, ...], rows: tuple[Folded, ...]) -> Iterator[str]:
    """Principals to which the same happens, and what does."""
    mark = {Presence.GONE: "- ", Presence.APPEARED: "+ "}.get(some[0].presence, "")
    there = {Presence.GONE: "   (is gone, with all that it could do)", Presence.APPEARED: "   (is new)"}
    names = [f"{each.who} ({each.arn})" if each.loaded else each.who for each in some]
    shown = ", ".join(names[:_NAMES]) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")
    yield f"  {mark}{shown}{there.get(some[0].presence, '')}"
    for each in rows:
        row = each.row
        resources, more = telling.where(each.resources, each.also)
        yield f"    {telling.SIGNS[row.trend]} {telling.verb(row)} on {', '.join(resources)}{more}"
        for level in row.levels:
            patterns, left = telling.patterns(level)
            yield f"        {level.name}: {', '.join(patterns)}{left}"
        yield from (f"        = {why}" for why in telling.reasons(row))
        yield from (f"        --> {telling.cause(found)}" for found in row.causes)

"""A difference as Markdown for a pull request: the verdict first, a table, details folded away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from iamsim.diff import telling
from iamsim.diff.domain import LEVELS, UNLISTED
from iamsim.diff.model import Difference, NeedChange, Presence, PrincipalChange, Trend
from iamsim.diff.telling import Folded
from iamsim.graph.drawing import text

MOST = 60_000
"""Characters of the text; GitHub takes comments of up to 65,536."""

_ROWS = 50
_NAMES = 4
_LONGEST = 400
# Letters, digits and what neither Markdown nor HTML reads as its own; everything else becomes a character reference.
# A colon before a slash, and the dot of `www.`, are what links of plain text are known by.
_OTHER = re.compile(r"[^A-Za-z0-9 ,./+=;:()\"'?-]|:(?=/)|(?<=www)\.", re.IGNORECASE)
_MORE = "the rest is in `--format json`"


def render(found: Difference) -> str:
    """The whole as one Markdown text; every name and reason that comes from the inputs stands in `<code>`, as itself."""
    blocks = list(_blocks(found))
    size, kept = 0, []
    for block in blocks:
        size += len(block) + 1
        if size > MOST:
            kept += ["", f"*Too long to be shown whole: {_MORE}.*"]
            break
        kept.append(block)
    return "\n".join(kept) + "\n"


def code(words: str) -> str:
    """Text of the user's as it reads, whatever is in it: no mark-up, no mention, no end of a table cell."""
    plain = text(words)
    shown = plain if len(plain) <= _LONGEST else plain[:_LONGEST] + "..."
    return "<code>" + _OTHER.sub(lambda match: f"&#{ord(match[0])};", shown) + "</code>"


# ---------------------------------------------------------------- helpers


def _blocks(found: Difference) -> Iterator[str]:
    """Lines and whole tables; none is cut in the middle."""
    yield f"**iamsim diff: {telling.outcome(found)}** ({telling.summary(found)})"
    if found.needs:
        yield from (
            "",
            _table(("need", "", "before", "after", "why"), (_need(*each) for each in telling.needs_alike(found.needs))),
        )
    groups = telling.alike(found.principals)
    if groups:
        yield from ("", _table(("principal", "gains", "loses", "otherwise"), (_line(*each) for each in groups)))
    if found.assumes:
        ways = ((code(telling.asker(each)), code(each.role), code(telling.assumed(each))) for each in found.assumes)
        yield from ("", _table(("who", "can assume", ""), ways))
    for each in found.uncompared:
        yield from ("", f"Not compared: {code(each)}")
    for some, rows in groups[:_ROWS]:
        if rows:
            yield _details(some, rows)
    yield "\n".join(
        (
            "",
            "<details><summary>What was asked</summary>",
            "",
            code_whole(found.domain),
            "",
            *(f"- {code_whole(note)}" for note in (*telling.read(found), *found.notes)),
            "",
            "</details>",
        )
    )


def code_whole(words: str) -> str:
    """As `code`, however long."""
    return "<code>" + _OTHER.sub(lambda match: f"&#{ord(match[0])};", text(words)) + "</code>"


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    heads, found = tuple(heads), list(rows)
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}"]
    lines += [f"| {' | '.join(row)} |" for row in found[:_ROWS]]
    if len(found) > _ROWS:
        lines += ["", f"*and {telling.count(len(found) - _ROWS, 'row')} more: {_MORE}*"]
    return "\n".join(lines)


def _need(need: NeedChange, subjects: tuple[str, ...]) -> tuple[str, ...]:
    more = f" and {len(subjects) - _NAMES} more" if len(subjects) > _NAMES else ""
    what = telling.permission(need)
    return (
        (f"{code(what)}<br>for " if what else "") + ", ".join(map(code, subjects[:_NAMES])) + more,
        f"**{telling.verdict(need)}**",
        str(need.before or "none"),
        str(need.after or "none"),
        "<br>".join(code(each) for each in (need.reason, *map(telling.cause, need.causes)) if each),
    )


def _line(some: tuple[PrincipalChange, ...], rows: tuple[Folded, ...]) -> tuple[str, ...]:
    """One row of the table of principals: how many actions, by level."""
    there = {Presence.GONE: " (gone)", Presence.APPEARED: " (new)"}.get(some[0].presence, "")
    return (
        _names(some) + there,
        _counted(rows, (Trend.GAINS, Trend.MAY_GAIN)),
        _counted(rows, (Trend.LOSES, Trend.MAY_LOSE)),
        _counted(rows, (Trend.OTHER_TERMS, Trend.TOLD_LESS, Trend.TOLD_MORE)),
    )


def _names(some: tuple[PrincipalChange, ...]) -> str:
    more = f" and {len(some) - _NAMES} more" if len(some) > _NAMES else ""
    return ", ".join(code(each.who) for each in some[:_NAMES]) + more


def _counted(rows: Iterable[Folded], trends: tuple[Trend, ...]) -> str:
    """`3 Write; may: 14 Read`: the actions of these rows, each once."""
    found: dict[tuple[bool, str], set[str]] = {}
    for each in rows:
        if each.row.trend in trends:
            may = each.row.trend in (Trend.MAY_GAIN, Trend.MAY_LOSE)
            for level in each.row.levels:
                found.setdefault((may, level.name), set()).update(level.actions)
    sure, maybe = (
        ", ".join(f"{len(found[may, name])} {name}" for name in (*LEVELS, UNLISTED) if (may, name) in found)
        for may in (False, True)
    )
    return "; ".join(filter(None, (sure, f"may: {maybe}" if maybe else "")))


def _details(some: tuple[PrincipalChange, ...], rows: tuple[Folded, ...]) -> str:
    lines = ["", f"<details><summary>{_names(some)}</summary>", ""]
    lines += [code(each.arn) for each in some[:_NAMES] if each.loaded]
    lines.append("")
    for each in rows:
        row = each.row
        resources, more = telling.where(each.resources, each.also)
        lines.append(f"- {telling.verb(row)} on {', '.join(map(code, resources))}{more}")
        for level in row.levels:
            patterns, left = telling.patterns(level)
            lines.append(f"  - {level.name}: {', '.join(map(code, patterns))}{left}")
        lines += [f"  - {code(why)}" for why in telling.reasons(row)]
        lines += [f"  - {code(telling.cause(found))}" for found in row.causes]
    return "\n".join((*lines, "", "</details>"))

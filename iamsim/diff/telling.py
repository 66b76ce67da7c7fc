"""The words that text and Markdown share: what went which way, on how many resources, by what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from iamsim.diff.gate import PASSED, UNKNOWN
from iamsim.diff.model import (
    AssumeChange,
    Cause,
    Difference,
    Level,
    NeedChange,
    PrincipalChange,
    Resource,
    Row,
    Standing,
    Trend,
    Verdict,
)
from iamsim.model.report import Status

SIGNS = {
    Trend.GAINS: "+",
    Trend.MAY_GAIN: "+",
    Trend.LOSES: "-",
    Trend.MAY_LOSE: "-",
    Trend.OTHER_TERMS: "~",
    Trend.TOLD_LESS: "?",
    Trend.TOLD_MORE: "?",
}
_WORDS = {
    Trend.GAINS: "gains",
    Trend.MAY_GAIN: "may gain",
    Trend.LOSES: "loses",
    Trend.MAY_LOSE: "may lose",
    Trend.OTHER_TERMS: "has on other terms",
    Trend.TOLD_LESS: "is no longer known for sure to have",
    Trend.TOLD_MORE: "is now known for sure to have",
}
_VERDICTS = {
    Verdict.WORSE: "worse",
    Verdict.BETTER: "better",
    Verdict.NEWLY_UNKNOWN: "newly unknown",
    Verdict.NO_LONGER_UNKNOWN: "no longer unknown",
    Verdict.APPEARED: "appeared",
    Verdict.GONE: "gone",
}
_OF_THE_COMMAND = ("tools", "settings")
_NOWHERE = Resource("", "")
_NAMED, _PATTERNS = 3, 12


@dataclass(frozen=True, slots=True)
class Folded:
    """A row with every resource of which it is true; `also` counts those in play that `*` speaks for."""

    row: Row
    resources: tuple[str, ...]
    also: int = 0


def folded(rows: Iterable[Row]) -> tuple[Folded, ...]:
    """
    The rows with those that differ in their resource alone as one, in the order in which they come.

    What holds for `*` is not said again of a resource for which some of it holds in the same way.
    """
    found = tuple(rows)
    everywhere = {_way(row): frozenset(row.actions) for row in found if row.resource.name == "*"}
    merged: dict[object, tuple[Row, list[str]]] = {}
    also: dict[object, int] = {}
    for row in found:
        star = everywhere.get(_way(row))
        if row.resource.name != "*" and star is not None and star.issuperset(row.actions):
            also[_way(row)] = also.get(_way(row), 0) + 1
            continue
        merged.setdefault((_way(row), row.actions), (row, []))[1].append(row.resource.name)
    return tuple(
        Folded(row, tuple(dict.fromkeys(names)), also.get(_way(row), 0) if names == ["*"] else 0)
        for row, names in merged.values()
    )


def alike(principals: Iterable[PrincipalChange]) -> tuple[tuple[tuple[PrincipalChange, ...], tuple[Folded, ...]], ...]:
    """The principals to which the same happens, with what happens to them."""
    groups: dict[object, list[PrincipalChange]] = {}
    for each in principals:
        groups.setdefault((each.presence, each.loaded, each.rows), []).append(each)
    return tuple((tuple(found), folded(found[0].rows)) for found in groups.values())


def needs_alike(needs: Iterable[NeedChange]) -> tuple[tuple[NeedChange, tuple[str, ...]], ...]:
    """The needs with those that differ in their tool, and in what it makes of them, as one; and the tools or steps that have it."""
    merged: dict[NeedChange, list[NeedChange]] = {}
    for need in needs:
        merged.setdefault(replace(need, subject="", necessity="", gap=False), []).append(need)
    return tuple((found[0], tuple(dict.fromkeys(need.subject for need in found))) for found in merged.values())


def verb(row: Row) -> str:
    """What a principal does with the actions of a row: `gains`, `may lose`."""
    if row.before is Standing.UNKNOWN and row.trend is Trend.GAINS:
        return "gains for sure, and may have had,"
    if row.after is Standing.DENIED and row.trend is Trend.MAY_LOSE:
        return "loses, if it had them,"
    return _WORDS[row.trend]


def verdict(need: NeedChange) -> str:
    """What became of a need, in words."""
    return _VERDICTS[need.verdict]


def permission(need: NeedChange) -> str:
    """`s3:GetObject on arn:aws:s3:::data/a.txt`."""
    on = ", ".join(need.resources)
    return f"{need.action} on {on}" if need.action and on else need.action or on


def statuses(need: NeedChange) -> str:
    """`allowed -> denied`; a side that does not have the need as `none`."""
    return f"{need.before or 'none'} -> {need.after or 'none'}"


def where(names: tuple[str, ...], also: int = 0) -> tuple[tuple[str, ...], str]:
    """The resources to name, and how many more in words."""
    more = len(names) - _NAMED
    told = f" and {more} more" if more > 0 else ""
    beside = f", {count(also, 'resource')} in play among them" if also else ""
    return names[:_NAMED], told + beside


def patterns(level: Level) -> tuple[tuple[str, ...], str]:
    """The patterns of a level to show, each with its count, and how many actions more in words."""
    shown = tuple(
        each.text if each.count == 1 else f"{each.text} ({each.count} actions)" for each in level.patterns[:_PATTERNS]
    )
    left = sum(each.count for each in level.patterns[_PATTERNS:])
    return shown, f" and {count(left, 'action')} more" if left else ""


def cause(found: Cause) -> str:
    """A statement and where it stands: `after: Allow in identity policy own, statement 2 (own.json:4:5)`."""
    at = f" ({found.origin})" if found.origin else ""
    return f"{found.side}: {found.effect} in {found.type} policy {found.policy}, {found.statement}{at}"


def reasons(row: Row) -> tuple[str, ...]:
    """Why a row is as it is: terms, what it depends on, and the engine's reason where those do not tell."""
    told: list[str] = []
    if row.was and row.trend is not Trend.GAINS:
        told += [f"before: {each}" for each in row.was]
    if row.now:
        told += [f"after: {each}" for each in row.now]
    if row.depends:
        told.append(f"depends on {', '.join(row.depends)}")
    if row.unseen:
        told.append(f"not seen: {', '.join(row.unseen)} policies")
    if row.trend in (Trend.LOSES, Trend.MAY_LOSE) and row.after is Standing.DENIED:
        told.append(row.reason)
    return tuple(told)


def asker(found: AssumeChange) -> str:
    """Who assumes, a loaded principal with its ARN."""
    named = found.source.startswith("arn:") and found.source not in found.who and not found.source.endswith(":root")
    return f"{found.who} ({found.source})" if named else found.who


def assumed(found: AssumeChange) -> str:
    """`denied -> conditional`, with what the call has to carry."""
    was, now = "; ".join(found.was), "; ".join(found.now)
    told = f"{found.before}{f' ({was})' if was else ''} -> {found.after}"
    return told + (f" ({now})" if now else "")


def summary(found: Difference) -> str:
    """The whole in one line."""
    parts = []
    for kind in Verdict:
        number = sum(need.verdict is kind for need in found.needs or ())
        parts += [f"{count(number, 'need')} {_VERDICTS[kind]}"] if number else []
    for words, trends in (
        ("gain", (Trend.GAINS,)),
        ("may gain", (Trend.MAY_GAIN,)),
        ("lose", (Trend.LOSES,)),
        ("may lose", (Trend.MAY_LOSE,)),
    ):
        number = sum(any(row.trend in trends for row in each.rows) for each in found.principals)
        one = words if words.startswith("may") else f"{words}s"
        parts += [f"{count(number, 'principal')} {one if number == 1 else words}"] if number else []
    rest = sum(not any(row.trend in _MOVES for row in each.rows) for each in found.principals)
    parts += [f"{count(rest, 'principal')} otherwise changed"] if rest else []
    parts += [f"{count(len(found.assumes), 'way')} to assume a role changed"] if found.assumes else []
    return ", ".join(parts) or "no difference"


def outcome(found: Difference) -> str:
    """What the exit code stands for, in words."""
    needs = [need for need in found.needs or () if need.counts]
    if found.exit_code == PASSED:
        return "nothing got worse"
    if found.exit_code == UNKNOWN:
        open_ = found.uncompared or any(Status.UNKNOWN is need.after for need in needs)
        return "something is unknown" if open_ else "whether a principal gains what it must not is unknown"
    worse = any(need.gap or need.verdict in (Verdict.WORSE, Verdict.GONE) for need in needs)
    return "something got worse" if worse else "a principal gains what it must not"


def read(found: Difference) -> tuple[str, ...]:
    """What was read on each side, what of it could not be, and what was taken for granted."""
    return tuple(
        f"{side}: {each.kind} {each.location}" + (f": {each.detail}" if each.detail else "")
        for side, inputs in (("before", found.before), ("after", found.after))
        for each in inputs
        if each.kind not in _OF_THE_COMMAND
    )


def count(number: int, word: str) -> str:
    """`1 role`, `2 roles`."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


# ---------------------------------------------------------------- helpers

_MOVES = (Trend.GAINS, Trend.MAY_GAIN, Trend.LOSES, Trend.MAY_LOSE)


def _way(row: Row) -> object:
    """Everything about a row but its resource and its actions."""
    return replace(row, resource=_NOWHERE, levels=())

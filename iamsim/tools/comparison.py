"""What differs between two manifests, such as the one inferred from a server's source and the one recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product

from iamsim.model.server import WEB_IDENTITY, AssumeTemplate, Parameter, Server
from iamsim.model.tool import Credential, Requirement, Tool, Unresolved
from iamsim.tools import _explained
from iamsim.tools._explained import UNSAID, Sides
from iamsim.tools.manifest import Manifest


class What(StrEnum):
    """What two manifests say differently."""

    TOOL = "tool"
    ARGUMENT = "argument"
    ASSUMES = "assumes"
    NEED = "need"
    OPERATION = "operation"
    RESOURCE = "resource"
    CREDENTIALS = "credentials"
    NECESSITY = "necessity"
    WHEN = "when"
    ALTERNATIVES = "any_of"
    CONFIDENCE = "confidence"
    CONTEXT = "context"
    UNRESOLVED = "unresolved"
    ASSUME = "server.assume"


PAIRS = 100_000
"""Where one tool asks for one action so often that more pairs than this would be tried, only needs that are alike are paired."""

_KINDS = tuple(What)
_OF_TOOLS = (What.TOOL, What.ARGUMENT, What.ASSUMES)


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One thing that two manifests say differently.

    `tool` is empty for what is said of the server. `subject` is the argument, the action of the need, or the key of
    `server.assume`. `before` and `after` are what each side says, in the manifest's words; empty for a side that has
    no such thing at all. `explained` is the sentence that says why the difference is to be expected, such as a need
    that holds only on a condition; empty where nothing does.
    """

    what: What
    tool: str
    subject: str
    before: str
    after: str
    explained: str = ""

    @property
    def missing(self) -> str:
        """The side that has no such thing: `before` or `after`; empty where both have it."""
        return "before" if not self.before else "after" if not self.after else ""


def compare(before: Manifest, after: Manifest) -> tuple[Difference, ...]:
    """
    Every difference in what tools there are and what they need, sorted by tool, subject and kind.

    Descriptions, sources, notes and the order of things do not count. Needs belong together by action, operation and
    credentials, then by resources: what cannot be paired so is paired by less, action alone with the same resources
    being the least. What a recording saw of the AssumeRole call is the same as what another manifest says of it.
    """
    both = _explained.sides(before, after)
    blind = [one and side.server.assume is None for one, side in zip(both.recorded, (before, after), strict=True)]
    found = list(_servers(before.server, after.server, blind))
    olds, news = ({tool.name: tool for tool in side.tools} for side in (before, after))
    for name in sorted({*olds, *news}):
        old, new = olds.get(name), news.get(name)
        if old is None or new is None:
            found.append(Difference(What.TOOL, name, name, name if old else "", name if new else ""))
        else:
            mine = _assumed(old, new, after.server.assume) if blind[0] else old
            theirs = _assumed(new, old, before.server.assume) if blind[1] else new
            found += _tools(mine, theirs, both)
    return tuple(sorted(found, key=_order))


# ---------------------------------------------------------------- servers and tools


def _order(one: Difference) -> tuple[object, ...]:
    part = 0 if one.what in _OF_TOOLS else 2 if one.what is What.UNRESOLVED else 1
    return one.tool, part, one.subject, _KINDS.index(one.what), one.before, one.after


def _assumed(seen: Tool, said: Tool, assume: AssumeTemplate | None) -> Tool:
    """The tool of a recording, its AssumeRole call in the way in which the other manifest says it."""
    used = {*said.credentials, *(one for need in said.requirements for one in need.credentials)}
    if assume is None or not (said.assumes or Credential.ROLE in used):
        return seen
    operation = f"sts.{assume.operation}"
    if any(need.operation == operation for need in said.requirements):
        return seen
    asked = (Credential.BEARER if assume.operation == WEB_IDENTITY else Credential.SERVER,)
    rest = tuple(need for need in seen.requirements if (need.operation, need.credentials) != (operation, asked))
    if len(rest) == len(seen.requirements):
        return seen
    used |= {one for need in rest for one in need.credentials}
    mine = tuple(one for one in seen.credentials if one not in asked or one in used)
    return replace(seen, requirements=rest, assumes=said.assumes, credentials=mine)


def _servers(old: Server, new: Server, blind: Sequence[bool]) -> Iterator[Difference]:
    if old.assume is None or new.assume is None:
        if old.assume is not new.assume:
            before, after = (side.assume.operation if side.assume else "" for side in (old, new))
            explained = "a recording does not see what is sent with the call" if any(blind) else ""
            yield Difference(What.ASSUME, "", "operation", before, after, explained)
        return
    for key in old.assume.__dataclass_fields__:
        mine, theirs = getattr(old.assume, key), getattr(new.assume, key)
        if key != "source" and mine != theirs:
            yield Difference(What.ASSUME, "", key, _words(mine), _words(theirs))


def _tools(old: Tool, new: Tool, both: Sides) -> Iterator[Difference]:
    for name in {**old.parameters, **new.parameters}:
        mine, theirs = (_argument(side.parameters.get(name)) for side in (old, new))
        if mine != theirs:
            yield Difference(What.ARGUMENT, old.name, name, mine, theirs)
    if old.assumes != new.assumes:
        explained = _explained.assumes(old, new, both)
        yield Difference(What.ASSUMES, old.name, old.name, _words(old.assumes), _words(new.assumes), explained)
    if not old.requirements and not new.requirements and set(old.credentials) != set(new.credentials):
        mine, theirs = _words(old.credentials), _words(new.credentials)
        yield Difference(What.CREDENTIALS, old.name, old.name, mine, theirs, _unsaid(mine, theirs))
    yield from _needs(old, new, both)
    yield from _unresolved(old, new, both)


def _argument(parameter: Parameter | None) -> str:
    if parameter is None:
        return ""
    said = parameter.name if parameter.default is None else f"{parameter.name}={parameter.default}"
    return said if parameter.kind == "text" else f"{said} ({parameter.kind})"


def _unresolved(old: Tool, new: Tool, both: Sides) -> Iterator[Difference]:
    def texts(tool: Tool) -> Mapping[str, Unresolved]:
        return {f"{one.what}: {one.why}": one for one in tool.unresolved}

    mine, theirs = texts(old), texts(new)
    for text, one in mine.items():
        if text not in theirs:
            explained = _explained.unresolved(one, new, seen=both.recorded[0], other_seen=both.recorded[1])
            yield Difference(What.UNRESOLVED, old.name, one.what, text, "", explained)
    for text, one in theirs.items():
        if text not in mine:
            explained = _explained.unresolved(one, old, seen=both.recorded[1], other_seen=both.recorded[0])
            yield Difference(What.UNRESOLVED, old.name, one.what, "", text, explained)


# ---------------------------------------------------------------- needs


def _needs(old: Tool, new: Tool, both: Sides) -> Iterator[Difference]:
    pairs = _paired(old.requirements, new.requirements)
    for mine, theirs in pairs:
        yield from _need(old.name, mine, theirs, both)
    mine_paired, theirs_paired = {id(mine) for mine, _ in pairs}, {id(theirs) for _, theirs in pairs}
    for need in old.requirements:
        if id(need) not in mine_paired:
            explained = _explained.alone(need, new, seen=both.recorded[0], other_seen=both.recorded[1])
            yield Difference(What.NEED, old.name, need.action, _said(need), "", explained)
    for need in new.requirements:
        if id(need) not in theirs_paired:
            explained = _explained.alone(need, old, seen=both.recorded[1], other_seen=both.recorded[0])
            yield Difference(What.NEED, old.name, need.action, "", _said(need), explained)


def _paired(olds: Iterable[Requirement], news: Iterable[Requirement]) -> list[tuple[Requirement, Requirement]]:
    """The needs that belong together, the likest first; each in one pair at most."""
    by_action: dict[str, tuple[list[Requirement], list[Requirement]]] = {}
    for side, needs in enumerate((olds, news)):
        for need in needs:
            by_action.setdefault(need.action.lower(), ([], []))[side].append(need)
    return [pair for mine, theirs in by_action.values() for pair in _of_one_action(mine, theirs)]


def _of_one_action(mine: list[Requirement], theirs: list[Requirement]) -> Iterator[tuple[Requirement, Requirement]]:
    # Most are alike on both sides, and need not be held against every other.
    same: dict[tuple[object, ...], list[Requirement]] = {}
    for need in reversed(theirs):
        same.setdefault(_known_by(need), []).append(need)
    left = []
    for need in mine:
        found = same.get(_known_by(need))
        if found:
            yield need, found.pop()
        else:
            left.append(need)
    kept = {id(need) for needs in same.values() for need in needs}
    right = [need for need in theirs if id(need) in kept]
    if len(left) * len(right) > PAIRS:
        return
    ranked = sorted(
        (rank, i, j)
        for (i, one), (j, other) in product(enumerate(left), enumerate(right))
        if (rank := _rank(one, other)) is not None
    )
    taken: tuple[set[int], set[int]] = (set(), set())
    for _, i, j in ranked:
        if i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            yield left[i], right[j]


def _known_by(need: Requirement) -> tuple[object, ...]:
    return need.operation, need.credentials, need.resources, need.when, need.necessity, need.any_of, need.option


def _rank(one: Requirement, other: Requirement) -> tuple[int, ...] | None:
    """How unlike two needs of one action are, by the weightiest first; None for two that do not belong together."""
    operation = 0 if one.operation == other.operation else 1 if not (one.operation and other.operation) else 2
    resources = 0 if set(one.resources) == set(other.resources) else 1 if _explained.alike(one, other) else 2
    if operation == 2 and resources:  # noqa: PLR2004 - two calls, and not even of one thing
        return None
    return (
        operation,
        set(one.credentials) != set(other.credentials),
        resources,
        one.when != other.when,
        one.necessity is not other.necessity,
        (one.any_of, one.option) != (other.any_of, other.option),
    )


def _need(tool: str, old: Requirement, new: Requirement, both: Sides) -> Iterator[Difference]:
    def differ(what: What, before: str, after: str, explained: str = "") -> Iterator[Difference]:
        if before != after:
            yield Difference(what, tool, old.action, before, after, explained)

    operations = (old.operation, new.operation)
    yield from differ(What.OPERATION, *operations, _unsaid(*operations))
    if set(old.resources) != set(new.resources):
        resources = _words(old.resources), _words(new.resources)
        yield from differ(What.RESOURCE, *resources, _explained.resources(old, new, both))
    signers = _words(old.credentials), _words(new.credentials)
    yield from differ(What.CREDENTIALS, *signers, _explained.credentials(old, new, both))
    necessities = str(old.necessity), str(new.necessity)
    yield from differ(What.NECESSITY, *necessities, _explained.necessity(old, new, both))
    # Without a condition a need always applies, which is something that a manifest says.
    conditions = old.when or "always", new.when or "always"
    yield from differ(What.WHEN, *conditions, _explained.when(old, new, both))
    ways = _alternative(old), _alternative(new)
    yield from differ(What.ALTERNATIVES, *ways, _explained.alternatives(old, new, both))
    sure = str(old.confidence), str(new.confidence)
    yield from differ(What.CONFIDENCE, *sure, _explained.confidence(old, new, both))
    contexts = (_context(old), _context(new))
    yield from differ(What.CONTEXT, *contexts, _unsaid(*contexts))


def _said(need: Requirement) -> str:
    operation = f" ({need.operation})" if need.operation else ""
    return f"{need.action}{operation} on {_words(need.resources)} with {_words(need.credentials) or 'no credentials'}"


def _alternative(need: Requirement) -> str:
    return ": ".join(text for text in (need.any_of, need.option) if text)


def _context(need: Requirement) -> str:
    sent = [f"{key}={_words(values)}" for key, values in sorted(need.context.items())]
    return "; ".join((*sent, *(f"no {key}" for key in sorted(need.absent))))


def _unsaid(before: str, after: str) -> str:
    return "" if before and after else UNSAID


def _words(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case tuple():
            return ", ".join(map(str, value))
        case Mapping():
            return "; ".join(f"{key}: {words}" for key, words in sorted(value.items()))
        case None:
            return ""
        case _:
            return str(value)

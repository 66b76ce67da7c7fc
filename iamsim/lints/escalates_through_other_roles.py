"""
It can become an administrator through roles that it may assume.

Each step is allowed for itself; together they lead from a principal that may do little to one that may do everything,
or to one that can give itself everything. Whether the way is meant is for a review to say; one of several roles is
seldom meant.

Avoid:

    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/*"}

Prefer:

    {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/reader"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.drafts.world import Holder, World
from iamsim.graph.build import graph
from iamsim.graph.model import Edge, State
from iamsim.graph.paths import reach
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._powers import powers
from iamsim.lints._strength import administrator
from iamsim.lints._ways import Way, ways
from iamsim.model.finding import Audience, Confidence, Severity
from iamsim.model.origin import NOWHERE

_FAMILIES = ("editing", "trust", "users", "passing", "existing")


def check(world: World) -> Iterator[Seen]:
    """One for each principal that is no administrator and has no way of its own: the shortest way through roles."""
    by_arn = {holder.arn: holder for holder in world.holders}
    ends = {arn: end for arn, holder in by_arn.items() if (end := _end(holder)) is not None}
    if not ends:
        return
    whole = graph(world.simulator)
    for arn, holder in by_arn.items():
        if arn in ends:
            continue
        edges = reach(whole, arn)
        ways_there = [_way(edges, arn, target) for target in sorted(edges.keys() & ends.keys())]
        if ways_there:
            yield _seen(holder, min(ways_there, key=len), by_arn, ends)


def _end(holder: Holder) -> str | None:
    """What makes a principal as good as an administrator, None where nothing does."""
    if administrator(powers(holder)):
        return "may do everything"
    found: Way | None = next((way for family in _FAMILIES for way in ways(holder, family) if way.broad), None)
    return None if found is None else f"can become as good as an administrator: {found}"


def _way(edges: Mapping[str, Edge], start: str, end: str) -> tuple[Edge, ...]:
    found = [edges[end]]
    while found[-1].source != start:
        found.append(edges[found[-1].source])
    return tuple(reversed(found))


def _seen(holder: Holder, way: tuple[Edge, ...], by_arn: Mapping[str, Holder], ends: Mapping[str, str]) -> Seen:
    end = way[-1].target
    steps = tuple(f"{each.source} can assume {each.target} ({each.state}): {each.answer.why}" for each in way)
    origins = (holder.entity.origin, *(by_arn[each.target].entity.origin for each in way if each.target in by_arn))
    several = len(way) > 1
    return Seen(
        f"{holder.arn} {end}",
        f"{holder.label} can become {by_arn[end].label} by {len(way)} role{'s' if several else ''}, which {ends[end].partition(':')[0]}",
        evidence=(*steps, f"{end} {ends[end]}"),
        places=tuple(origin for origin in dict.fromkeys(origins) if origin != NOWHERE),
        severity=Severity.HIGH if several else Severity.MEDIUM,
        confidence=Confidence.CERTAIN if all(each.state is State.ALLOWED for each in way) else Confidence.LIKELY,
        audience=Audience.EVERYONE if several else Audience.REVIEWER,
    )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.HIGH,
    "IAM User Guide, Roles terms and concepts: role chaining",
    scope=Scope.ORGANIZATION,
)

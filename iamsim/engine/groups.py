"""The statements of one policy type that name one action, arranged so that few of them have to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakValueDictionary

from iamsim.engine.principals import ALL, Bounds, Grant
from iamsim.engine.resources import RequestTest
from iamsim.engine.statements import ACTIONS, CompiledStatement, Named, compiled
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.request import Request

Levels = tuple[tuple[Policy, ...], ...]
Near = tuple[tuple[RequestTest, ...], CompiledStatement]
"""A statement that the resource of a request led to, and the tests that are left."""


NONE, DIRECT = int(Grant.NONE), int(Grant.DIRECT)


class Group(Protocol):
    """
    Statements of one effect that answer together: how directly they grant, or whether one of them denies.

    `settled` is the answer that no request changes, as a plain number; None where there is none.
    """

    @property
    def settled(self) -> int | None:
        """The answer that no request changes."""
        ...

    def answer(self, request: Request, bounded: bool | None) -> Grant | None:  # noqa: FBT001 - asked millions of times
        """
        The answer to a request whose resource has no holes; None where something is open.

        `bounded` is whether the caller has a permissions boundary, None when that was not seen.
        """
        ...

    def bounds(self, request: Request, bounded: bool | None) -> Bounds:  # noqa: FBT001 - as above
        """
        What is answered for sure, and what at most, to any request.

        Law: `answer` is None, or both of these.
        """
        ...


class OneLevel:
    """
    The statements of one level; of several that match the most direct counts.

    They are found by the resource: written out, by what it begins with, or asked one by one. Law: a
    statement that is not found for a resource without holes does not match it.
    """

    __slots__ = ("_always", "_by_arn", "_by_head", "_unsure", "named", "settled")

    def __init__(self, named: Iterable[Named]) -> None:
        self.named = tuple(named)
        self.settled = None if self.named else NONE
        by_arn: dict[str, list[Near]] = {}
        by_head: dict[int, dict[str, list[Near]]] = {}
        always: list[Near] = []
        unsure: list[CompiledStatement] = []
        for statement, sure in self.named:
            if not sure:
                unsure.append(statement)
            elif statement.arns is None:
                always.append((statement.tests, statement))
                if statement.unconditional:
                    self.settled = DIRECT
            else:
                found = statement.behind_resource, statement
                for arn in statement.arns:
                    by_arn.setdefault(arn, []).append(found)
                for head in statement.heads:
                    by_head.setdefault(len(head), {}).setdefault(head, []).append(found)
        self._unsure = tuple(unsure)
        self._always = tuple(always)
        self._by_arn = {arn: tuple(each) for arn, each in by_arn.items()}
        self._by_head = tuple(
            [(length, {head: tuple(each) for head, each in heads.items()}) for length, heads in by_head.items()]
        )

    def answer(self, request: Request, bounded: bool | None) -> Grant | None:  # noqa: FBT001, D102 - see Group
        resource = request.resource
        near = self._by_arn.get(resource, ())
        for length, heads in self._by_head:
            begun = heads.get(resource[:length])
            if begun is not None:
                near += begun
        if self._always:
            near += self._always
        most, undecided = Grant.NONE, False
        for tests, statement in near:
            held: bool | None = True
            for test in tests:
                part = test(request)
                if part is False:
                    break
                if part is None:
                    held = None
            else:
                low, high = statement.fixed or statement.principal(request, bounded=bounded)
                if held is None or low is not high:
                    undecided = undecided or high is not Grant.NONE
                elif low is Grant.DIRECT:
                    return low
                elif low > most:
                    most = low
        for statement in self._unsure:
            undecided = undecided or statement.bounds(request, bounded=bounded)[1] is not Grant.NONE
        return None if undecided else most

    def bounds(self, request: Request, bounded: bool | None) -> Bounds:  # noqa: FBT001, D102 - see Group
        least, most = Grant.NONE, Grant.NONE
        for statement, sure in self.named:
            low, high = statement.bounds(request, bounded=bounded)
            least, most = max(least, low) if sure else least, max(most, high)
            if least is Grant.DIRECT:
                return ALL
        return least, most


NOBODY = OneLevel(())
"""No statement at all."""


def one_level(named: list[Named]) -> OneLevel:
    """The group of these statements."""
    return OneLevel(named) if named else NOBODY


class SeveralLevels:
    """The Allow statements of organization policies: every level has to allow, so the weakest counts."""

    __slots__ = ("_asked", "levels", "settled")

    def __init__(self, levels: tuple[OneLevel, ...]) -> None:
        self.levels = levels
        self._asked = tuple(level for level in levels if level.settled != DIRECT)
        nothing = any(level.settled == NONE for level in levels)
        self.settled = NONE if nothing else None if self._asked else DIRECT

    def answer(self, request: Request, bounded: bool | None) -> Grant | None:  # noqa: FBT001, D102 - see Group
        weakest: Grant | None = Grant.DIRECT
        for level in self._asked:
            found = level.answer(request, bounded)
            if found is None or weakest is None:
                weakest = None
            elif found < weakest:
                weakest = found
        return weakest

    def bounds(self, request: Request, bounded: bool | None) -> Bounds:  # noqa: FBT001, D102 - see Group
        low, high = zip(*(level.bounds(request, bounded) for level in self.levels), strict=True)
        return min(low), min(high)


@dataclass(frozen=True, slots=True)
class About:
    """The statements of a side that name one action: the Deny and the Allow group, and each level's as written."""

    deny: Group
    allow: Group
    named: tuple[tuple[Named, ...], ...]


class Side:
    """The policies of one type, level by level; shared by every set that contains them."""

    __slots__ = ("__weakref__", "_about", "_policies", "levels", "name", "type")

    def __init__(self, type: PolicyType, levels: Levels) -> None:
        self.type = type
        self.name = type.value
        self._policies = tuple(tuple(compiled(policy, type) for policy in level) for level in levels)
        self.levels = tuple(tuple(s for policy in level for s in policy.statements) for level in self._policies)
        self._about: dict[str, About] = {}

    def applying(self, request: Request, bounded: bool | None, *, deny: bool) -> list[tuple[CompiledStatement, int]]:  # noqa: FBT001 - see Group
        """The Deny or the Allow statements that match the request for sure, each with its level, in their order."""
        resource = request.resource
        return [
            (statement, depth)
            for depth, level in enumerate(self.about(request.action.lower()).named)
            for statement, sure in level
            if sure
            and statement.deny is deny
            and (statement.arns is None or resource in statement.arns or resource.startswith(statement.heads))
            and statement.bounds(request, bounded=bounded)[0]
        ]

    def about(self, action: str) -> About:
        """The statements that name the action (lower case), or of which that is open."""
        found = self._about.get(action)
        if found is None:
            if len(self._about) >= ACTIONS:
                self._about.clear()
            named = tuple([tuple([p for policy in level for p in policy.naming(action)]) for level in self._policies])
            deny = one_level([pair for level in named for pair in level if pair[0].deny])
            allows = tuple([one_level([pair for pair in level if not pair[0].deny]) for level in named])
            found = self._about[action] = About(deny, allows[0] if len(allows) == 1 else SeveralLevels(allows), named)
        return found


def side(type: PolicyType, levels: Levels) -> Side:
    """The side of these very policies, compiled once for as long as a set has it."""
    key = type.value, tuple([tuple(map(id, level)) for level in levels])
    found = _sides.get(key)
    if found is None:
        found = _sides[key] = Side(type, levels)
    return found


# By identity: comparing policies would read them whole. A side keeps its policies, so that no id in here is another's.
_sides: WeakValueDictionary[tuple[str, tuple[tuple[int, ...], ...]], Side] = WeakValueDictionary()

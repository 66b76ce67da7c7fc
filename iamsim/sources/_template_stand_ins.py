"""Patterns that may match a name which CloudFormation makes: they must not be judged by the name that stands in for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from iamsim.model.account import Account, Change, Group, Resource, Role, User, VpcEndpoint
from iamsim.model.policy import Condition, Policy, Statement
from iamsim.model.principal import HOLE, LITERAL_MARK
from iamsim.sources._template_names import KINDS
from iamsim.sources._template_stack import Stack

MAX_WORK = 20_000_000
"""Steps that the comparing of patterns and stand-ins may take; beyond, a pattern is left open for everything."""

_Values = tuple[str, ...]
_Member = TypeVar("_Member", Role, User, Group, Resource, VpcEndpoint, Change)


@dataclass(frozen=True, slots=True)
class Shape:
    """
    An ARN under a stand-in, and what is sure of the real one: `shape` has `_PART` for the rest.

    `inside` is what may follow in the ARNs of what lies in it; `word` is in every real one, in small letters.
    """

    arn: str
    shape: str
    word: str
    inside: tuple[str, ...]


def shapes(stacks: list[Stack]) -> tuple[Shape, ...]:
    """The stand-ins of all stacks that no real name was found for; of a role also the ARN that its sessions begin with."""
    found = []
    for stack in stacks:
        of_stack = HOLE if HOLE in stack.deploy.name else stack.deploy.name
        for logical_id, stand_in in stack.stand_ins.items():
            kind = KINDS[stack.resources[logical_id].type]
            if stand_in.real or HOLE in stand_in.arn or not kind.name:
                continue
            # Long names are cut, in ways that are not told.
            whole = len(of_stack) + len(logical_id) <= _UNCUT
            word = logical_id if whole else ""
            name = f"{_PART if HOLE in of_stack or not whole else of_stack}-{word or _PART}-{_PART}"
            name = name.lower() if kind.lower else name
            head, tail = stand_in.arn.rsplit(stand_in.name, 1)
            inside = ("",) if ":iam:" in stand_in.arn else ("", f"/{HOLE}", f":{HOLE}")
            found.append(Shape(stand_in.arn, head + name + tail, word.lower(), inside))
            if stack.resources[logical_id].type == "AWS::IAM::Role":
                sessions = f"arn:{stack.deploy.partition}:sts::{stack.deploy.account}:assumed-role/"
                found.append(Shape(f"{sessions}{stand_in.name}/", f"{sessions}{name}/", word.lower(), (HOLE,)))
    return tuple(found)


def may_be(arn: str, holed: str) -> bool:
    """Whether the ARN of a principal may be one that is not wholly told; a name holds no slash."""
    head, slash, name = holed.rpartition("/")
    return arn.startswith(holed.split(HOLE, 1)[0]) and _reaches(
        arn, head + slash + name.replace(HOLE, _PART), every=False
    )


def guarded(account: Account, found: tuple[Shape, ...]) -> Account:
    """
    The account with its patterns left open where they may match a real name in a way that they do not match its stand-in.

    `arn:aws:iam::*:role/shop-*` may match the role that CloudFormation names shop-ServerRole-1A2B3C: the
    stand-in, with a hole behind it, comes beside it. `role/Server*` may not: it gets a hole itself.
    """
    if not found:
        return account
    guard = _Guard(found)
    return replace(
        account,
        roles=_each(account.roles, lambda role: replace(role, trust=guard.policy(role.trust), boundary=guard.policy(role.boundary), policies=guard.policies(role.policies))),
        users=_each(account.users, lambda user: replace(user, boundary=guard.policy(user.boundary), policies=guard.policies(user.policies))),
        groups=_each(account.groups, lambda group: replace(group, policies=guard.policies(group.policies))),
        resources=_each(account.resources, lambda each: replace(each, policy=guard.policy(each.policy))),
        endpoints=_each(account.endpoints, lambda each: replace(each, policy=guard.policy(each.policy))),
        policies={arn: guard.sure(policy) for arn, policy in account.policies.items()},
        scps=tuple(map(guard.policies, account.scps)),
        rcps=tuple(map(guard.policies, account.rcps)),
        changes=tuple(replace(change, policies=guard.policies(change.policies)) for change in account.changes),
    )  # fmt: skip


_PART = LITERAL_MARK
"""Stands in a shape for a part of a name, which holds neither a slash nor a colon."""

_SPECIAL = ("*", "?", HOLE, _PART)
_PER_PAIR = 100
_WILD = re.compile(rf"[*?{HOLE}]|\$\{{")
_BETWEEN = re.compile(r"[/:]")
_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_UNCUT = 48
"""Longest stack name and logical id, together, that fit a role's name whole: 64 characters, less dashes and chance."""


def _each(found: Mapping[str, _Member], change: Callable[[_Member], _Member]) -> dict[str, _Member]:
    return {key: change(value) for key, value in found.items()}


class _Guard:
    """Rewrites policies, each once."""

    def __init__(self, found: tuple[Shape, ...]) -> None:
        self.shapes = found
        self.work = 0
        self._made: dict[int, tuple[Policy, Policy]] = {}
        self._known: dict[str, _Values] = {}

    def policies(self, policies: tuple[Policy, ...]) -> tuple[Policy, ...]:
        return tuple(map(self.sure, policies))

    def policy(self, policy: Policy | None) -> Policy | None:
        return None if policy is None else self.sure(policy)

    def sure(self, policy: Policy) -> Policy:
        if id(policy) not in self._made:
            # The key is the object's own address: it has to live as long as the key does.
            self._made[id(policy)] = policy, replace(policy, statements=tuple(map(self.statement, policy.statements)))
        return self._made[id(policy)][1]

    def statement(self, statement: Statement) -> Statement:
        resource, principal = statement.resource, statement.principal
        return replace(
            statement,
            resource=None if resource is None else replace(resource, values=self.values(resource.values)),
            principal=None if principal is None else replace(principal, aws=self.values(principal.aws)),
            conditions=tuple(map(self.condition, statement.conditions)),
        )

    def condition(self, condition: Condition) -> Condition:
        return replace(condition, values=self.values(condition.values))

    def values(self, values: _Values) -> _Values:
        if not any(value.startswith(("arn:", "*", HOLE)) for value in values):
            return values
        made = tuple(dict.fromkeys(new for value in values for new in self.value(value)))
        return values if made == values else made

    def value(self, value: str) -> _Values:
        if not value.startswith("arn:"):
            return (value,)
        if value not in self._known:
            self._known[value] = tuple(self.rewritten(value))
        return self._known[value]

    def rewritten(self, value: str) -> Iterator[str]:
        """The value, and what has to stand beside it."""
        pattern = any(mark in value for mark in ("*", "?", HOLE))
        lower = value.lower()
        own, beside = value, []
        for shape in self.shapes:
            # What names the stand-in itself came from a reference to it.
            if value.startswith(shape.arn) or not (pattern or shape.word in lower):
                continue
            self.work += _PER_PAIR
            if _begins_alike(value, shape.shape):
                stars = sum(map(value.count, ("*", HOLE, "${"))) + 2
                self.work += stars * len(shape.shape) * len(shape.inside) + len(value)
            elif self.work <= MAX_WORK:
                continue
            if self.work > MAX_WORK:
                # Whatever is left may match anything.
                own = value if value.endswith(HOLE) else value + HOLE
                beside.append(f"arn:{HOLE}")
                break
            read = _VARIABLE.sub(HOLE, value)
            pairs = [(_matches(read, shape.arn + rest), _matches(read, shape.shape + rest)) for rest in shape.inside]
            differs = [(now, real) for now, real in pairs if now is not real]
            if any(now is not False for now, _ in differs):
                own = value if value.endswith(HOLE) else value + HOLE
            if any(real is not False for _, real in differs):
                beside.append(shape.arn + HOLE)
        yield own
        yield from beside


def _begins_alike(pattern: str, shape: str) -> bool:
    """Whether what stands before the first wildcard of the one and the first hole of the other is no contradiction."""
    one, other = _WILD.split(pattern, maxsplit=1)[0], shape.split(_PART, 1)[0]
    return one.startswith(other) or other.startswith(one)


def _matches(pattern: str, text: str) -> bool | None:
    """
    Whether a pattern matches a text with holes: True where every filling does, None where one may.

    A hole is any text; that of the pattern is met by nothing for sure.
    """
    same = 0
    for one, other in zip(pattern, text, strict=False):
        if one != other or one in _SPECIAL:
            break
        same += 1
    pattern, text = pattern[same:], text[same:]
    if not _reaches(pattern, text, every=False):
        return False
    return True if HOLE not in pattern and _reaches(pattern, text, every=True) else None


def _reaches(pattern: str, text: str, *, every: bool) -> bool:
    """Whether the pattern is at its end with the text, for some filling of the holes, or for `every` one (sound, not complete)."""
    reached = _behind(pattern, {0})
    for character in text:
        after = set()
        if character == HOLE and not every:
            # It may be whatever the pattern asks for from here on.
            after = set(range(min(reached), len(pattern) + 1))
        elif character == _PART and not every:
            for at in reached:
                after |= set(range(at, _end_of_part(pattern, at) + 1))
        for at in reached:
            if at < len(pattern):
                mark = pattern[at]
                if mark in ("*", HOLE):
                    after.add(at)
                elif character not in (HOLE, _PART) and mark in ("?", character):
                    after.add(at + 1)
        reached = _behind(pattern, after)
        if not reached:
            return False
    return len(pattern) in reached


def _end_of_part(pattern: str, at: int) -> int:
    found = _BETWEEN.search(pattern, at)
    return found.start() if found else len(pattern)


def _behind(pattern: str, reached: set[int]) -> set[int]:
    """With the places behind stars, which may stand for nothing."""
    found = set(reached)
    for at in sorted(reached):
        while at < len(pattern) and pattern[at] in ("*", HOLE):
            at += 1  # noqa: PLW2901 - it walks on
            found.add(at)
    return found

"""What policies say, apart from where and in which order they say it; which statements two of them do not share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import NamedTuple

from iamsim.engine.patterns import arn_matcher
from iamsim.engine.variables import Template, template
from iamsim.model.origin import Origin
from iamsim.model.policy import Condition, Effect, Element, Layers, Policy, PolicyType, Statement

Said = tuple[object, ...]
"""What a statement says: equal for two that differ in their place, their Sid and the order of their values alone."""


class Spoken(NamedTuple):
    """One statement of a set of layers: where it stands (policy type, level), and the statement with its policy."""

    type: PolicyType
    level: int
    said: Said
    statement: Statement
    policy: Policy

    @property
    def deny(self) -> bool:
        """Whether it denies."""
        return self.statement.effect is Effect.DENY


def said(statement: Statement, *, variables: bool) -> Said:
    """What the statement says; `variables` is whether `${…}` is a variable in its policy."""
    return (
        statement.effect,
        _element(statement.action, lower=True),
        _element(statement.resource),
        statement.principal and _plain_values(statement.principal),
        frozenset(map(condition, statement.conditions)),
        variables and _has_variables(statement),
    )


def condition(found: Condition) -> Said:
    """What a condition says."""
    return found.operator, found.key.lower(), frozenset(found.values)


def of_policy(policy: Policy | None) -> frozenset[Said] | None:
    """What a policy says: its statements without their order; None for none."""
    if policy is None:
        return None
    return frozenset(said(each, variables=policy.has_variables) for each in policy.statements)


def plain(value: object) -> object:
    """A value of the model without origins, names of policies and order of statements, to be compared with another."""
    if isinstance(value, Policy):
        return of_policy(value)
    if isinstance(value, Origin):
        return None
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(plain(getattr(value, each.name)) for each in fields(value) if each.name != "origin")
    if isinstance(value, Mapping):
        return frozenset((name, plain(item)) for name, item in value.items())
    if isinstance(value, tuple | list):
        return tuple(plain(item) for item in value)
    return value


class Reader:
    """Reads what policies say, each once for as long as the reader lives."""

    def __init__(self) -> None:
        # By identity, with the policy, so that none is freed and its identity reused: comparing policies would read them whole.
        self._known: dict[int, tuple[Policy, tuple[tuple[Said, Statement], ...]]] = {}

    def spoken(self, layers: Layers, resource: str | None = None) -> tuple[Spoken, ...]:
        """Every statement of the layers with its place; of those that may match `resource`, where one is named."""
        placed: list[tuple[PolicyType, int, Policy]] = [(PolicyType.IDENTITY, 0, each) for each in layers.identity]
        for kind, one in (
            (PolicyType.RESOURCE, layers.resource),
            (PolicyType.BOUNDARY, layers.boundary),
            (PolicyType.VPC_ENDPOINT, layers.vpc_endpoint),
        ):
            placed += [(kind, 0, one)] if one is not None else []
        for kind, levels in ((PolicyType.SCP, layers.scps), (PolicyType.RCP, layers.rcps)):
            placed += [(kind, depth, each) for depth, level in enumerate(levels) for each in level]
        return tuple(
            Spoken(kind, level, words, statement, policy)
            for kind, level, policy in placed
            for words, statement in self._of(policy)
            if resource is None or may_concern(statement, resource)
        )

    def size(self, layers: Layers) -> int:
        """How many statements the layers have, none of them read."""
        levels = sum(len(each.statements) for level in (*layers.scps, *layers.rcps) for each in level)
        alone = (layers.resource, layers.boundary, layers.vpc_endpoint, *layers.identity)
        return levels + sum(len(each.statements) for each in alone if each is not None)

    def _of(self, policy: Policy) -> tuple[tuple[Said, Statement], ...]:
        found = self._known.get(id(policy))
        if found is None:
            words = tuple((said(each, variables=policy.has_variables), each) for each in policy.statements)
            found = self._known[id(policy)] = policy, words
        return found[1]


def shape(layers: Layers) -> Said:
    """
    What layers are beside their statements: which types there are, how many levels, what was not seen.

    Law: of two requests that differ in their layers alone, and not in this, only the statements that they
    do not share can make the decisions differ.
    """
    return (
        layers.resource is None,
        layers.boundary is None,
        layers.session is None,
        layers.vpc_endpoint is None,
        len(layers.scps),
        len(layers.rcps),
        layers.unseen,
        tuple(sorted(layers.settings.items())),
        plain(layers.grants),
    )


def unshared(before: Iterable[Spoken], after: Iterable[Spoken]) -> tuple[Spoken, ...]:
    """The statements that one of the two has in a place where the other does not have their like."""
    old = {(each.type, each.level, each.said): each for each in before}
    new = {(each.type, each.level, each.said): each for each in after}
    return tuple(
        [old[key] for key in old.keys() - new.keys()] + [new[key] for key in new.keys() - old.keys()],
    )


def keys(statement: Statement, *, variables: bool) -> frozenset[str]:
    """The condition keys that a statement asks for, its policy variables among them; lower case."""
    values = [value for each in statement.conditions for value in each.values]
    values += statement.resource.values if statement.resource else ()
    found = {each.key.lower() for each in statement.conditions}
    for written in map(template, values if variables else ()):
        if isinstance(written, Template):
            found |= set(written.keys)
    return frozenset(found)


def may_concern(statement: Statement, resource: str) -> bool:
    """Whether the statement could match a request for `resource` by its Resource element; False where it does not, for sure."""
    element = statement.resource
    if element is None:
        return True
    return _may_match(element.values, element.negated, resource)


# ---------------------------------------------------------------- helpers

# What AWS stores as a resource; what it would not have is for the engine to judge.
_STORABLE = re.compile(r"\*+|arn:[^:\s]+:[^\s]\S*", re.DOTALL)


@lru_cache(maxsize=65536)
def _may_match(values: tuple[str, ...], negated: bool, resource: str) -> bool:  # noqa: FBT001 - a key of the cache
    # Variables, texts that AWS would not have stored, and the one ARN that may match `*` (ARN-008) leave the whole open.
    if any("${" in value or not _STORABLE.fullmatch(value) or value == "arn:aws:s3:::*" for value in values):
        return True
    for value in values:
        answer = arn_matcher(value)(resource)
        if negated:
            if answer is True:
                return False
        elif answer is not False:
            return True
    return negated


def _element(element: Element | None, *, lower: bool = False) -> Said | None:
    if element is None:
        return None
    return frozenset(value.lower() if lower else value for value in element.values), element.negated


def _plain_values(principal: object) -> Said:
    """A Principal element: its lists without their order."""
    found: list[object] = []
    for each in fields(principal):  # type: ignore[arg-type]  # a dataclass of the model
        if each.name != "origin":
            value = getattr(principal, each.name)
            found.append(frozenset(value) if isinstance(value, tuple) else value)
    return tuple(found)


def _has_variables(statement: Statement) -> bool:
    values = [value for each in statement.conditions for value in each.values]
    values += statement.resource.values if statement.resource else ()
    return any("${" in value for value in values)

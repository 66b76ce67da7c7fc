"""Permissions as few statements that allow exactly those, each with a Sid that says which tools it is for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from iamsim.generate._asked import Grant
from iamsim.generate._world import statement
from iamsim.lints import _covers
from iamsim.model.policy import Condition, Statement

_LONGEST_NAME = 64
_MOST_COMPARED = 200
"""Of more resources of one action none is looked for among the others."""

Conditions = tuple[Condition, ...]


def statements(grants: Iterable[Grant]) -> tuple[Statement, ...]:
    """
    The grants as statements, sorted; actions that share their resources and conditions share a statement.

    What another grant of the same action allows too is left out: a resource that a pattern names, and a condition
    where there is a grant without one.
    """
    found: dict[tuple[Conditions, tuple[str, ...]], _Shared] = {}
    for (action, conditions), resources in sorted(_needed(grants).items(), key=lambda item: _order(item[0])):
        shared = found.setdefault((conditions, tuple(sorted(resources))), _Shared())
        shared.actions.append(action)
        shared.tools |= {tool for tools in resources.values() for tool in tools}
    ordered = sorted(found.items(), key=lambda item: (item[1].actions, item[0][1], _words(item[0][0])))
    made = (
        (replace(statement(shared.actions, resources), conditions=conditions), shared.tools)
        for (conditions, resources), shared in ordered
    )
    return tuple(with_sids(made))


def with_sids(made: Iterable[tuple[Statement, Iterable[str]]]) -> Iterator[Statement]:
    """The statements, each with a Sid of its own after the names of what it is for."""
    taken: set[str] = set()
    for each, purposes in made:
        wanted = sid(each.action.values[0], purposes)
        name, number = wanted, 1
        while name in taken:
            number += 1
            name = f"{wanted}{number}"
        taken.add(name)
        yield replace(each, sid=name)


def sid(action: str, purposes: Iterable[str]) -> str:
    """
    `S3ForBucketObjectsListAnd2More` for three tools; letters and digits, which is all that a Sid of an identity policy may have.

    Source: IAM User Guide, "IAM JSON policy elements: Sid".
    """
    first, *more = sorted(purposes)
    service = _joined(action.partition(":")[0])
    return f"{service}For{_joined(first)[:_LONGEST_NAME] or 'Tool'}{f'And{len(more)}More' if more else ''}"


# ---------------------------------------------------------------- helpers


@dataclass(slots=True)
class _Shared:
    """The actions of a statement, and the tools that it is for."""

    actions: list[str] = field(default_factory=list)
    tools: set[str] = field(default_factory=set)


def _needed(grants: Iterable[Grant]) -> Mapping[tuple[str, Conditions], dict[str, set[str]]]:
    """By action and conditions, the resources that no other grant of the action covers, each with its tools."""
    found: dict[tuple[str, Conditions], dict[str, set[str]]] = {}
    names: dict[str, str] = {}
    for grant in grants:
        action = names.setdefault(grant.action.lower(), grant.action)
        conditions = tuple(sorted(set(grant.conditions), key=_word))
        found.setdefault((action, conditions), {}).setdefault(grant.resource, set()).add(grant.tool)
    by_action: dict[str, list[Conditions]] = {}
    for action, conditions in found:
        by_action.setdefault(action, []).append(conditions)
    kept = {}
    for (action, conditions), resources in found.items():
        wider = [found[action, other] for other in by_action[action] if set(other) < set(conditions)]
        left = {
            resource: tools
            for resource, tools in resources.items()
            if not _is_covered(resource, resources) and not any(_is_there(resource, others) for others in wider)
        }
        if left:
            kept[action, conditions] = left
    return kept


def _is_covered(resource: str, resources: Mapping[str, object]) -> bool:
    """Whether another of the resources is a pattern for this one; of two that name the same the first stays."""
    return len(resources) <= _MOST_COMPARED and any(
        other != resource and _COVERS(other, resource) and not (_COVERS(resource, other) and resource < other)
        for other in resources
    )


def _is_there(resource: str, resources: Mapping[str, object]) -> bool:
    return resource in resources or (
        len(resources) <= _MOST_COMPARED and any(_COVERS(other, resource) for other in resources)
    )


_COVERS = _covers.resource(variables=True)


def _joined(words: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", words))


def _order(key: tuple[str, Conditions]) -> tuple[str, tuple[tuple[str, str, tuple[str, ...]], ...]]:
    return key[0], _words(key[1])


def _words(conditions: Conditions) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    return tuple(map(_word, conditions))


def _word(condition: Condition) -> tuple[str, str, tuple[str, ...]]:
    return condition.operator, condition.key, condition.values

"""Many actions in few words, and what lists of them a holder may do to anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from iamsim.catalog import actions
from iamsim.lints._escalations import catalogue
from iamsim.lints._powers import Answer, Powers
from iamsim.model.policy import Statement

_SHOWN, _OF_SERVICE = 6, 3
_WHOLE = re.compile(r"([a-z0-9-]+):\*+", re.IGNORECASE | re.ASCII)


def compressed(names: Iterable[str]) -> str:
    """Names of actions, few of each service: `s3:GetObject`, `s3:PutObject` and 4 more."""
    found = list(dict.fromkeys(names))
    shown: list[str] = []
    count: dict[str, int] = {}
    for name in found:
        service = name.split(":")[0]
        count[service] = count.get(service, 0) + 1
        if count[service] <= _OF_SERVICE and len(shown) < _SHOWN:
            shown.append(name)
    more = len(found) - len(shown)
    return ", ".join(f"`{name}`" for name in shown) + (f" and {more} more" if more else "")


def anywhere(
    powers: Powers, names: Iterable[str], sends: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, Answer]:
    """Those of the actions that the holder may do to a resource of any name, with the answers."""
    found = {}
    for name in names:
        answer = powers.anywhere(name, "", (sends or {}).get(name))
        if answer is not None:
            found[name] = answer
    return found


def named(powers: Powers) -> Iterator[tuple[Statement, str]]:
    """The Allow statements with an Action, and each of its values, each value once for the same resources."""
    known = set()
    for statement in powers.allows:
        if not statement.action.negated:
            for value in statement.action.values:
                key = value.lower(), statement.resource, statement.conditions
                if key not in known:
                    known.add(key)
                    yield statement, value


def whole_service(value: str) -> str | None:
    """The service of which a value names every action, else None."""
    found = _WHOLE.fullmatch(value)
    return found[1].lower() if found is not None else None


def of_level(powers: Powers, level: str) -> tuple[str, ...]:
    """The actions of an access level that Allow statements name, but for those that stand for everything."""
    values = dict.fromkeys(value.lower() for _, value in named(powers) if value.strip("*:"))
    return tuple(dict.fromkeys(name for value in values for name in _of_level(value, level)))


@lru_cache(maxsize=4096)
def _of_level(value: str, level: str) -> tuple[str, ...]:
    known = (actions.action(name) for name in actions.expand(value))
    return tuple(str(each) for each in known if each is not None and each.access_level == level)


def takes_resource(names: Iterable[str]) -> bool:
    """Whether one of the actions can be limited to resources, or is not known to AWS's reference."""
    return any(actions.takes_resource(name) is not False for name in names)


def of_ways() -> frozenset[str]:
    """The actions of the paths to more than one's policies say: what is found by those is not found again."""
    return frozenset(action for path in catalogue().paths for step in path.steps for action in step.actions)


def by(powers: Powers, answers: Iterable[Answer], statement: Statement) -> bool:
    """Whether one of the answers comes from the statement."""
    del powers
    return any(v.statement is statement for answer in answers for v in answer.by)

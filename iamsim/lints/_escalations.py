"""The catalogue of escalations: `escalations.toml`, read."""

from __future__ import annotations

import itertools
import pkgutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

FILE = "escalations.toml"


@dataclass(frozen=True, slots=True)
class Step:
    """One of `actions`, on `on`: a word of the catalogue, empty for anything."""

    actions: tuple[str, ...]
    on: str

    @property
    def kind(self) -> str:
        """The resource type on which the action is asked, empty for any that it has."""
        return self.on.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Path:
    """One way to more than one's policies say; the fields are those of the file, which explains them."""

    id: str
    family: str
    steps: tuple[Step, ...]
    cite: str
    service: str = ""
    source_arn: str = ""
    federated: bool = False
    unlimited: bool = False
    needs: str = ""
    weak: str = ""
    caller: str = ""

    @property
    def kinds(self) -> frozenset[str]:
        """What its steps are on."""
        return frozenset(step.on for step in self.steps if step.on)

    def choices(self) -> Iterator[tuple[str, ...]]:
        """Every set of actions that makes it up: one for each step."""
        yield from itertools.product(*(step.actions for step in self.steps))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The paths, what is sent with actions (`{service}` is the path's), and the types that some ask for at once."""

    paths: tuple[Path, ...]
    sends: Mapping[str, Mapping[str, str]]
    lacks: Mapping[str, tuple[str, ...]]
    types: Mapping[str, tuple[tuple[str, ...], ...]]


@cache
def catalogue() -> Catalogue:
    """The whole file."""
    content = pkgutil.get_data(__package__, FILE)
    if content is None:
        raise FileNotFoundError(FILE)
    table = tomllib.loads(content.decode("utf-8"))
    return Catalogue(
        tuple(_path(each) for each in table["path"]),
        {action: {key.lower(): value for key, value in keys.items()} for action, keys in table["sends"].items()},
        {action: tuple(key.lower() for key in keys) for action, keys in table["lacks"].items()},
        {action: tuple(tuple(each.split("|")) for each in found) for action, found in table["types"].items()},
    )


def of_family(family: str) -> tuple[Path, ...]:
    """The paths of one family, as they stand in the file."""
    return tuple(path for path in catalogue().paths if path.family == family)


def _path(table: Mapping[str, Any]) -> Path:
    return Path(**{**table, "steps": tuple(_step(each) for each in table["steps"])})


def _step(text: str) -> Step:
    actions, _, on = text.partition(" @ ")
    return Step(tuple(each.strip() for each in actions.split("|")), on.strip())

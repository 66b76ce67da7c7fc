"""What of a plan's values is told: known, not known before the apply, or sensitive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from iamsim.jsontext import Holed
from iamsim.model.principal import HOLE


@dataclass(frozen=True, slots=True)
class Untold:
    """A value that the plan does not tell, and why."""

    why: str


AFTER_APPLY = Untold("known only after apply")
SENSITIVE = Untold("marked sensitive")


def masked(value: Any, unknown: Any, sensitive: Any) -> Any:  # noqa: ANN401 - JSON is any of six types
    """
    `value` with `Untold` in place of everything that `unknown` or `sensitive` mark.

    Both have the shape of the value, with true where it is not known or must not be shown.
    Source: Terraform, JSON Output Format, "Change Representation".
    """
    if sensitive is True:
        return SENSITIVE
    if unknown is True:
        return AFTER_APPLY
    if isinstance(value, Mapping):
        # What is not known is not there.
        names = {**value, **(unknown if isinstance(unknown, Mapping) else {})}
        return {name: masked(value.get(name), _below(unknown, name), _below(sensitive, name)) for name in names}
    if isinstance(value, list):
        return [masked(item, _at(unknown, i), _at(sensitive, i)) for i, item in enumerate(value)]
    return value


def is_secret(value: object) -> bool:
    """Whether something in a value is marked sensitive."""
    if isinstance(value, Mapping):
        return any(map(is_secret, value.values()))
    return value is SENSITIVE or (isinstance(value, list) and any(map(is_secret, value)))


def text(value: Any) -> Any:  # noqa: ANN401 - what is no text is left to whoever reads it
    """A text of a policy: a hole where it is not told."""
    return Holed(HOLE) if isinstance(value, Untold) else value


def _below(marks: Any, name: str) -> Any:  # noqa: ANN401 - as `masked`
    return marks.get(name) if isinstance(marks, Mapping) else None


def _at(marks: Any, index: int) -> Any:  # noqa: ANN401 - as `masked`
    return marks[index] if isinstance(marks, list) and index < len(marks) else None

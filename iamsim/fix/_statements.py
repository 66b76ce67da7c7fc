"""Where the statements of a policy stand, and which of them an edit changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from iamsim.model.origin import Origin
from iamsim.model.policy import Policy


class Changed(NamedTuple):
    """The statements from `start` to `end` of the old list give way to the `new` ones; all others stay."""

    start: int
    end: int
    new: tuple[Any, ...]


def changed(old: Sequence[Any], new: Sequence[Any]) -> Changed:
    """What is between the statements that both lists begin with and those that both end with."""
    least = min(len(old), len(new))
    start = next((i for i in range(least) if old[i] != new[i]), least)
    same = next((i for i in range(least - start) if old[-1 - i] != new[-1 - i]), least - start)
    return Changed(start, len(old) - same, tuple(new[start : len(new) - same]))


def is_alone(policy: Policy) -> bool:
    """Whether the policy's Statement is written as one object, and not as a list."""
    return len(policy.statements) == 1 and policy.statements[0].origin.pointer == f"{policy.origin.pointer}/Statement"


def stands_in_file(policy: Policy) -> bool:
    """
    Whether pointers into the policy lead through its file.

    They do not where the policy is a text inside a value, all of which has the place of that value, where the place
    is an answer of AWS, and where a function of a template puts the statements together.
    """
    whole = policy.origin
    if whole.line is None:
        return False
    wanted = [f"{whole.pointer}/Statement"] if is_alone(policy) else []
    wanted = wanted or [f"{whole.pointer}/Statement/{index}" for index in range(len(policy.statements))]
    found = [statement.origin for statement in policy.statements]
    return [one.pointer for one in found] == wanted and not any(_same(whole, one) for one in found)


def _same(whole: Origin, part: Origin) -> bool:
    return part.document != whole.document or (part.line, part.column) == (whole.line, whole.column)

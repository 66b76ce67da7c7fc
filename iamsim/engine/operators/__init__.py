"""What a condition operator is; one module per family declares OPERATORS."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from iamsim import plugins
from iamsim.engine.patterns import Test


def _any_text(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Operator:
    """
    One comparison of a request value with a written value.

    `prepare` makes the test of one written value (a pattern, after variables); the test answers None
    where the comparison cannot be made out: a hole in the value, a written value that AWS would not
    have stored. `fuse` makes one test of many, under the law of `patterns.fused`. `readable` tells
    whether the operator can read a request value at all: an unreadable one does not match, and
    leaves a negated operator open. `variables` tells whether `${…}` is put in.
    """

    name: str
    prepare: Callable[[str], Test]
    fuse: Callable[[Iterable[str]], Test] | None = None
    readable: Callable[[str], bool] = _any_text
    variables: bool = False
    negated: bool = False


def negation(operator: Operator, name: str) -> Operator:
    """The operator that holds where `operator` does not; what that means for several values is `conditions`' business."""
    return replace(operator, name=name, negated=True)


@cache
def operators() -> Mapping[str, Operator]:
    """Every operator by its name as AWS spells it, which is case-sensitive (GRAM-027)."""
    found: dict[str, Operator] = {}
    for declared in plugins.table(sys.modules[__name__], "OPERATORS").values():
        for operator in _operators_of(declared):
            found[operator.name] = operator
    return found


def _operators_of(declared: object) -> tuple[Operator, ...]:
    if isinstance(declared, tuple) and all(isinstance(item, Operator) for item in declared):
        return declared
    raise TypeError("OPERATORS is a tuple of Operator")

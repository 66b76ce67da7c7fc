"""Comparison by order, of whatever a family of operators reads: numbers, instants."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction

from iamsim.engine.operators import Operator, negation
from iamsim.engine.patterns import Test
from iamsim.model.principal import HOLE

Number = int | Fraction
Reader = Callable[[str], Number | None]
"""Reads a value as a number, exactly; None for what the operators cannot read."""

_ORDERS = {
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}


def ordered(family: str, read: Reader) -> tuple[Operator, ...]:
    """
    The six operators of a family, such as NumericEquals and NumericLessThan.

    A request value that cannot be read matches none of them; a written one leaves the comparison
    open, since AWS would not have stored it (COND-025, UNK-011).
    """

    def readable(value: str) -> bool:
        return HOLE in value or read(value) is not None

    def comparing(name: str, compare: Callable[[Number, Number], bool]) -> Operator:
        def prepare(written: str) -> Test:
            bound = read(written)

            def test(value: str) -> bool | None:
                if bound is None or HOLE in value:
                    return None
                asked = read(value)
                return asked is not None and compare(asked, bound)

            return test

        return Operator(family + name, prepare, readable=readable)

    equals = comparing("Equals", operator.eq)
    rest = (comparing(name, compare) for name, compare in _ORDERS.items())
    return (equals, negation(equals, f"{family}NotEquals"), *rest)

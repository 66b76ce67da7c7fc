"""
Numeric operators: integers and decimals compared as numbers.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", numeric condition operators.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fractions import Fraction

from iamsim.engine.operators import Operator, negation
from iamsim.engine.patterns import Test
from iamsim.model.principal import HOLE

# Exponents, a leading plus and hexadecimal are not documented, and are not read (COND-025).
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?")


def number(text: str) -> Fraction | None:
    """The number written in `text`, exactly; None for anything else."""
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def _comparison(compare: Callable[[Fraction, Fraction], bool]) -> Callable[[str], Test]:
    def prepare(written: str) -> Test:
        bound = number(written)

        def test(value: str) -> bool | None:
            if bound is None or HOLE in value:
                return None
            asked = number(value)
            return asked is not None and compare(asked, bound)

        return test

    return prepare


def _readable(value: str) -> bool:
    return HOLE in value or number(value) is not None


_EQUALS = Operator("NumericEquals", _comparison(operator.eq), readable=_readable)

OPERATORS = (
    _EQUALS,
    negation(_EQUALS, "NumericNotEquals"),
    Operator("NumericLessThan", _comparison(operator.lt), readable=_readable),
    Operator("NumericLessThanEquals", _comparison(operator.le), readable=_readable),
    Operator("NumericGreaterThan", _comparison(operator.gt), readable=_readable),
    Operator("NumericGreaterThanEquals", _comparison(operator.ge), readable=_readable),
)

"""
The Boolean operator: true or false, in any case.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", Boolean condition operators.
"""

from __future__ import annotations

from iamsim.engine.operators import Operator
from iamsim.engine.patterns import Test
from iamsim.model.principal import HOLE

_WORDS = ("true", "false")


def same(written: str) -> Test:
    """The same truth value; a written value that is neither is left open (COND-028)."""
    word = written.lower()

    def test(value: str) -> bool | None:
        if word not in _WORDS or HOLE in value:
            return None
        return value.lower() == word

    return test


# AWS's pages disagree whether a variable is put in here (VAR-003): `${…}` stays text, is no truth value, and so is left open.
OPERATORS = (Operator("Bool", same),)

"""
Numeric operators: integers and decimals compared as numbers.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", numeric condition operators.
"""

from __future__ import annotations

import re
from fractions import Fraction

from iamsim.engine.operators._ordered import ordered

# Exponents, a leading plus and hexadecimal are not documented, and are not read (COND-025).
_NUMBER = re.compile(r"-?[0-9]{1,400}(\.[0-9]{1,400})?")


def number(text: str) -> Fraction | None:
    """The number written in `text`, exactly; None for anything else."""
    return Fraction(text) if _NUMBER.fullmatch(text) else None


OPERATORS = ordered("Numeric", number)

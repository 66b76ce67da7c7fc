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


def number(text: str) -> int | Fraction | None:
    """The number written in `text`, exactly; None for anything else."""
    if not _NUMBER.fullmatch(text):
        return None
    return Fraction(text) if "." in text else int(text)


OPERATORS = ordered("Numeric", number)

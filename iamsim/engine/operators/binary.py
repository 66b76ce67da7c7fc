"""
The binary operator: bytes, written in base64.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", binary condition operators.
"""

from __future__ import annotations

import binascii
from base64 import b64decode

from iamsim.engine.operators import Operator
from iamsim.engine.patterns import Test
from iamsim.model.principal import HOLE


def same_bytes(written: str) -> Test:
    """The same bytes on both sides; what is not base64 on the written side is left open (COND-031)."""
    wanted = _decoded(written)

    def test(value: str) -> bool | None:
        if wanted is None or HOLE in value:
            return None
        return _decoded(value) == wanted

    return test


def _decoded(text: str) -> bytes | None:
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


OPERATORS = (Operator("BinaryEquals", same_bytes),)

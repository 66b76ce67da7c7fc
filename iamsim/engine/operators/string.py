"""
String operators: exact, without regard to case, with wildcards.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", string condition operators.
"""

from __future__ import annotations

from collections.abc import Iterable

from iamsim.engine.operators import Operator, negation
from iamsim.engine.patterns import Test, fused, literal, matcher
from iamsim.model.principal import HOLE, LITERAL_MARK, LITERAL_STAR


def equals(written: str) -> Test:
    """Exact and case-sensitive; a `*` is a star (COND-015, 017)."""
    return matcher(literal(written))


def equals_any(written: Iterable[str]) -> Test:
    """Exactly one of several texts."""
    return fused(literal(value) for value in written)


def equals_ignoring_case(written: str) -> Test:
    """
    Equal when ASCII letters are folded.

    Texts that only a wider folding makes equal (`straße`, `STRASSE`) are left open: AWS does not
    say which folding it uses (COND-018, UNK-023).
    """
    plain = written.replace(LITERAL_STAR, "*").replace(LITERAL_MARK, "?")
    folded = _ascii_lower(plain)
    test = matcher(literal(folded))

    def compare(value: str) -> bool | None:
        answer = test(_ascii_lower(value))
        if answer is False and HOLE not in value and plain.casefold() == value.casefold():
            return None
        return answer

    return compare


def _ascii_lower(text: str) -> str:
    return text.lower() if text.isascii() else "".join(c.lower() if c.isascii() else c for c in text)


_EQUALS = Operator("StringEquals", equals, fuse=equals_any, variables=True)
_EQUALS_IGNORING_CASE = Operator("StringEqualsIgnoreCase", equals_ignoring_case, variables=True)
_LIKE = Operator("StringLike", matcher, fuse=fused, variables=True)

OPERATORS = (
    _EQUALS,
    negation(_EQUALS, "StringNotEquals"),
    _EQUALS_IGNORING_CASE,
    negation(_EQUALS_IGNORING_CASE, "StringNotEqualsIgnoreCase"),
    _LIKE,
    negation(_LIKE, "StringNotLike"),
)

"""
ARN operators: six fields, each matched on its own; ArnEquals and ArnLike are the same.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", ARN condition operators.
"""

from __future__ import annotations

from iamsim.engine.operators import Operator, negation
from iamsim.engine.patterns import Test, arn_condition_matcher
from iamsim.engine.walks import ARN_FIELDS


def unlike(written: str) -> Test:
    """What the negated operators negate: a pattern of fewer than six fields is left open (COND-041)."""
    if written.count(":") < ARN_FIELDS - 1:
        return lambda _: None
    return arn_condition_matcher(written)


_UNLIKE = Operator("", unlike, variables=True)

OPERATORS = (
    Operator("ArnEquals", arn_condition_matcher, variables=True),
    Operator("ArnLike", arn_condition_matcher, variables=True),
    negation(_UNLIKE, "ArnNotEquals"),
    negation(_UNLIKE, "ArnNotLike"),
)

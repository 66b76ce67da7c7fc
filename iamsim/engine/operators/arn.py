"""
ARN operators: six fields, each matched on its own; ArnEquals and ArnLike are the same.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", ARN condition operators.
"""

from __future__ import annotations

from iamsim.engine.operators import Operator, negation
from iamsim.engine.patterns import arn_condition_matcher

_EQUALS = Operator("ArnEquals", arn_condition_matcher, variables=True)
_LIKE = Operator("ArnLike", arn_condition_matcher, variables=True)

OPERATORS = (_EQUALS, negation(_EQUALS, "ArnNotEquals"), _LIKE, negation(_LIKE, "ArnNotLike"))

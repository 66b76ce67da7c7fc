"""
A Deny names those whom it is about by a key that they need not have.

A positive operator does not hold where the key is absent, and neither does `ForAnyValue:` with a negated one: whoever has
no tag, or sends none, is not denied. Where nobody else may pass, say who may.

Avoid:

    {
      "Effect": "Deny",
      "Action": "ec2:RunInstances",
      "Resource": "*",
      "Condition": {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["team", "cost"]}}
    }

Prefer:

    {
      "Effect": "Deny",
      "Action": "ec2:RunInstances",
      "Resource": "*",
      "Condition": {"StringNotLike": {"aws:RequestTag/team": "?*"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog.condition_keys import Presence
from iamsim.drafts import Draft
from iamsim.engine.conditions import Quantifier
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
    present,
)
from iamsim.model.finding import Audience, Confidence, Severity

_OF_THE_CALLER = (Presence.PRINCIPAL_TAGS, Presence.ORGANIZATION, Presence.SOURCE_IDENTITY)


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such line, unless another Deny of the policy is about those without the key."""
    found = list(lines(draft))
    others = {line.key for line in found if line.part.denies and line.without_key}
    for line in found:
        if not line.part.denies or line.operator is None or line.without_key is not False:
            continue
        by_who = present(line.key) in _OF_THE_CALLER and not line.negated
        some_other = line.negated and line.reading.quantifier is Quantifier.ANY
        if not by_who and not some_other:
            continue
        if line.key not in others:
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} does not hold where there is no such key: who has none is not denied",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM JSON policy elements: Condition operators",
    confidence=Confidence.UNCERTAIN,
    audience=Audience.REVIEWER,
)

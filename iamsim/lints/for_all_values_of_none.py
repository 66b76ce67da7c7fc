"""
An Allow asks of all values, and a request may have none.

`ForAllValues:` holds for a request without the key: who passes no tags at all passes a condition on their keys. Ask with
Null that there are some, or for one tag by name, where a request without them must not pass.

Avoid:

    {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}}

Prefer:

    {"ForAllValues:StringEquals": {"aws:TagKeys": ["team", "cost"]}, "Null": {"aws:TagKeys": "false"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.engine.conditions import Quantifier
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    LONGEST,
    guarded,
    lines,
    multivalued,
    wild_answers,
)
from iamsim.model.finding import Audience, Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such line on a key that can have several values, or of which that is not known."""
    for line in lines(draft):
        if not line.part.allows or line.reading.quantifier is not Quantifier.ALL or line.operator is None:
            continue
        if len(line.key) > LONGEST or multivalued(line.key) is False or line.key.endswith(":aud"):
            continue
        if line.without_key and not guarded(line) and wild_answers(line) is None:
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} also holds where the request has none: ask for some with Null",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, Set operators for multivalued context keys",
    confidence=Confidence.LIKELY,
    audience=Audience.REVIEWER,
)

"""
ForAllValues is asked of a key that has one value.

It holds for every value that a request has, and so for a request that has none: whoever sends no such key passes. For
a key with one value the operator without it says what is meant.

Avoid:

    {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}

Prefer:

    {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog.condition_keys import Presence
from iamsim.drafts import Draft
from iamsim.engine.conditions import Quantifier
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    LONGEST,
    OF_THE_CALLER,
    guarded,
    lines,
    multivalued,
    present,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such key; what an audience is, another lint asks."""
    for line in lines(draft):
        if line.operator is None or line.reading.quantifier is not Quantifier.ALL or line.key.endswith(":aud"):
            continue
        if len(line.key) > LONGEST or multivalued(line.key) is not False:
            continue
        passes = line.part.allows and not guarded(line) and present(line.key) is not Presence.ALWAYS
        then = "who sends none passes" if passes else "it has one value"
        yield Seen(
            line.subject,
            f"{line.name} of {line.part.label} also holds where the request has no such key: {then}",
            line.test.at,
            severity=Severity.HIGH
            if passes and present(line.key) in OF_THE_CALLER
            else None
            if passes
            else Severity.LOW,
        )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, Set operators for multivalued context keys",
    codes=("FORALLVALUES_WITH_SINGLE_VALUED_KEY",),
)

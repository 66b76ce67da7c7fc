"""
A set operator is asked of the audience of a token.

Most providers put one audience into a token, some several. With one, no set operator belongs there: `ForAllValues:` also
holds where the token has none. With several, `ForAnyValue:` is satisfied by a token that was made for others as well.

Avoid:

    {"ForAllValues:StringEquals": {"id.example.com:aud": "sts.amazonaws.com"}}

Prefer:

    {"StringEquals": {"id.example.com:aud": "sts.amazonaws.com"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.engine.conditions import Quantifier
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
)
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such line of a trust policy."""
    for line in lines(draft):
        quantifier = line.reading.quantifier
        if line.operator is None or quantifier is Quantifier.ONE or not line.key.endswith(":aud"):
            continue
        some = quantifier is Quantifier.ANY
        what = "a token that is made for others too passes" if some else "a token without an audience passes"
        yield Seen(
            line.subject,
            f"{line.name} of {line.part.label}: confirm that the provider's tokens have several audiences; {what}",
            line.test.at,
            code="FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE" if some else "CONFIRM_AUDIENCE_CLAIM_TYPE",
        )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM Access Analyzer policy check reference: Confirm audience claim type",
    confidence=Confidence.LIKELY,
    codes=("FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", "CONFIRM_AUDIENCE_CLAIM_TYPE"),
    kinds=frozenset({PolicyKind.TRUST}),
)

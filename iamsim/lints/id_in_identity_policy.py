"""
An identity policy has an Id.

AWS's page says that the element is for policies of resources, not for those of identities. Whether IAM refuses it is not
said; it decides nothing in either.

Avoid:

    {"Version": "2012-10-17", "Id": "documents", "Statement": []}

Prefer:

    {"Version": "2012-10-17", "Statement": []}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import LIKE_IDENTITY, Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import top
from iamsim.model.finding import Audience, Confidence, Severity, TextEdit


def check(draft: Draft) -> Iterator[Seen]:
    """One for the policy."""
    if "Id" in top(draft):
        yield Seen("Id", "an identity policy has no Id", ("Id",), fix=(TextEdit("/Id", None),))


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.INFO,
    "IAM User Guide, IAM JSON policy elements: Id",
    confidence=Confidence.LIKELY,
    audience=Audience.STYLE,
    kinds=LIKE_IDENTITY,
)

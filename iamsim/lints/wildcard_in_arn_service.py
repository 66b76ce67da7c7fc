"""
The service of an ARN has a wildcard.

AWS's page says that a wildcard cannot stand there. Whether such a policy is refused, or matches nothing, is not said.

Avoid:

    {"Effect": "Allow", "Action": "codebuild:*", "Resource": "arn:aws:code*:eu-west-1:111122223333:project/site"}

Prefer:

    {"Effect": "Allow", "Action": "codebuild:*", "Resource": "arn:aws:codebuild:eu-west-1:111122223333:project/site"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._arns import whole, wild
from iamsim.lints._grammar import told
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each ARN."""
    for part, text, arn in whole(draft):
        if wild(arn.service) and told(text.value):
            yield Seen(
                f"{part.subject} {text.value}",
                f"`{clipped(text.value)}` has a wildcard for the service, which AWS does not take for one",
                text.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM JSON policy elements: Resource",
    confidence=Confidence.LIKELY,
    codes=("WILDCARD_IN_SERVICE_NAME",),
)

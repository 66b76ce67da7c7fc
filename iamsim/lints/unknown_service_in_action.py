"""
The service of an action does not exist.

IAM stores the policy, and the statement says nothing for this action. Prefixes are not always the names of services:
Amazon CloudWatch is `cloudwatch`, its logs are `logs`, AWS Step Functions is `states`.

Avoid:

    {"Effect": "Allow", "Action": "s33:GetObject", "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import actions as reference
from iamsim.catalog import sdk
from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._actions import known_service, written
from iamsim.lints._grammar import MOST_GUESSES, nearest
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each action; the SDK's name of a service leads to its prefix."""
    guesses = 0
    for part, text, service, _ in written(draft):
        if known_service(service):
            continue
        guesses += 1
        meant = sdk.prefix(service)
        if meant is None and guesses <= MOST_GUESSES:
            meant = nearest(service, sorted(reference.services()))
        yield Seen(
            f"{part.subject} {text.value}",
            f"AWS lists no service `{clipped(service)}`, so that `{clipped(text.value)}` is no action (as of {reference.date()})",
            text.at,
            (f"`{meant}` may be meant",) if meant else (),
        )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM policy validation check reference",
    confidence=Confidence.LIKELY,
    codes=("INVALID_SERVICE_IN_ACTION",),
)

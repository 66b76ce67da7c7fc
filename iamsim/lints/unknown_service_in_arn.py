"""
The service of an ARN does not exist.

IAM stores the policy, and no resource has such an ARN. The service is written in lower case, and it is not always the
prefix of the actions: the log groups of `logs` are `arn:aws:logs:…`, the portfolios of `servicecatalog` are
`arn:aws:catalog:…`.

Avoid:

    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:S3:::documents"}

Prefer:

    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::documents"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._arns import known_service, services, whole, wild
from iamsim.lints._grammar import MOST_GUESSES, nearest
from iamsim.model.finding import Confidence, Severity

_CASE, _UNKNOWN = "INVALID_ARN_SERVICE_CASE", "INVALID_SERVICE"


def check(draft: Draft) -> Iterator[Seen]:
    """One for each ARN."""
    guesses = 0
    for part, text, arn in whole(draft):
        if wild(arn.service) or known_service(arn.service):
            continue
        case = known_service(arn.service.lower())
        guesses += 1
        guess = nearest(arn.service, services()) if guesses <= MOST_GUESSES and not case else None
        meant = arn.service.lower() if case else guess
        why = "is written in lower case" if case else "does not exist"
        yield Seen(
            f"{part.subject} {text.value}",
            f"the service `{clipped(arn.service)}` of `{clipped(text.value)}` {why}",
            text.at,
            (f"`{meant}` may be meant",) if meant else (),
            _CASE if case else _UNKNOWN,
            confidence=Confidence.CERTAIN if case else Confidence.LIKELY,
        )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM policy validation check reference",
    codes=(_CASE, _UNKNOWN),
)

"""
A condition asks for something that the caller writes itself.

`aws:Referer` and `aws:UserAgent` are headers of the request: whoever sends one can send any. They keep nobody out. Of a
service principal `aws:SourceArn` or `aws:SourceAccount` says for whom it acts.

Avoid:

    {
      "Effect": "Allow",
      "Principal": "*",
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::site/*",
      "Condition": {"StringLike": {"aws:Referer": "https://www.example.com/*"}}
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"Service": "cloudfront.amazonaws.com"},
      "Action": "s3:GetObject",
      "Resource": "arn:aws:s3:::site/*",
      "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:cloudfront::111122223333:distribution/EXAMPLE"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
    only_services,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line on such a key."""
    for line in lines(draft):
        if line.key not in ("aws:referer", "aws:useragent"):
            continue
        of_service = only_services(line.part)
        instead = (
            "ask for `aws:SourceArn` or `aws:SourceAccount`" if of_service else "whoever sends a request writes it"
        )
        yield Seen(
            line.subject,
            f"{line.name} of {line.part.label} keeps nobody out: {instead}",
            line.test.at,
            code="RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL" if of_service else "UNTRUSTWORTHY_CONDITION_KEY",
            severity=Severity.LOW if of_service else None,
        )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, AWS global condition context keys: aws:referer, aws:UserAgent",
    codes=("UNTRUSTWORTHY_CONDITION_KEY", "RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL"),
)

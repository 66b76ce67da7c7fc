"""
A key of VPC endpoints is asked of a service that does not send it.

`aws:SourceVpcArn`, `aws:VpceAccount`, `aws:VpceOrgID` and `aws:VpceOrgPaths` come with requests to some services alone.
With any other they are absent, even through an endpoint: a Deny unless they match then denies everything.

Avoid:

    {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:VpceOrgID": "o-a1b2c3d4e5"}}}

Prefer:

    {
      "Effect": "Deny",
      "Action": "athena:*",
      "Resource": "*",
      "Condition": {"StringNotEquals": {"aws:VpceOrgID": "o-a1b2c3d4e5"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import condition_keys
from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
    never_sent,
)
from iamsim.model.finding import Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line, naming the services."""
    for line in lines(draft):
        known = condition_keys.global_key(line.key)
        if known is None or not known.services or line.reading.null or line.block.too_large:
            continue
        if "NotAction" in line.part.value:
            others = ["what NotAction leaves"]
        else:
            named = {pattern.partition(":")[0].lower() for pattern in line.block.patterns}
            others = [f"`{clipped(service)}`" for service in sorted(named - set(known.services))]
        if others:
            then, severity = never_sent(line)
            yield Seen(
                line.subject,
                f"`{line.test.key}` is not sent with requests to every service that {line.part.label} is about: not with {', '.join(others[:5])}{then}",
                line.test.at,
                severity=severity,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, AWS global condition context keys: aws:SourceVpcArn, aws:VpceAccount, aws:VpceOrgID, aws:VpceOrgPaths",
    confidence=Confidence.LIKELY,
    codes=("USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES",),
)

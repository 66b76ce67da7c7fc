"""
A condition key is not written as `service:name`.

Keys are a prefix, a colon and a name: `aws:SourceIp`, `s3:prefix`, `token.actions.githubusercontent.com:sub`. No
request has any other, so that the condition comes out the same for all of them.

Avoid:

    {"IpAddress": {"SourceIp": "203.0.113.0/24"}}

Prefer:

    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.catalog import condition_keys
from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    hints,
    lines,
    never_sent,
)
from iamsim.model.finding import Severity

_FORM = re.compile(r"[^:\s]+:\S.*", re.DOTALL)


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such key."""
    did_you_mean = hints()
    for line in lines(draft):
        if not _FORM.fullmatch(line.test.key):
            then, severity = never_sent(line)
            yield Seen(
                line.subject,
                f"the condition key `{clipped(line.test.key)}` of {line.part.label} is not of the form service:name{then}",
                line.test.at,
                evidence=did_you_mean(f"aws:{line.test.key}", (key.key for key in condition_keys.global_keys())),
                severity=severity,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM Access Analyzer policy check reference: Invalid condition key format",
    codes=("INVALID_CONDITION_KEY_FORMAT",),
)

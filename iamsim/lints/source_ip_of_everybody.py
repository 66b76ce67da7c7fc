"""
A range of addresses holds every address there is.

`0.0.0.0/0` matches whoever comes from anywhere: the condition asks only that the request did not come through a VPC
endpoint.

Avoid:

    {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}

Prefer:

    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    family,
    lines,
    network,
)
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line with such a range; several that make up the whole are told together."""
    for line in lines(draft):
        if line.operator is None or family(line.operator) != "ip":
            continue
        found = [
            text for text in line.test.values if (range_ := network(text.value)) is not None and range_.prefixlen == 0
        ]
        if found:
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label}: `{found[0].value}` is every address there is",
                found[0].at,
                severity=Severity.HIGH if line.part.allows and not line.negated else None,
            )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM JSON policy elements: Condition operators, IP address condition operators",
)

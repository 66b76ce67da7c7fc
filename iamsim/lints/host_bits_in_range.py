"""
A range of addresses names one address in it.

AWS reads only as many bits as the prefix says: `203.0.113.77/24` is all of `203.0.113.0/24`. Write the one that is meant.

Avoid:

    {"IpAddress": {"aws:SourceIp": "203.0.113.77/24"}}

Prefer:

    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import ip_interface

from iamsim.drafts import Draft
from iamsim.jsontext import written
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    family,
    lines,
    network,
)
from iamsim.model.finding import Audience, Severity, TextEdit


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such range; the one that AWS reads can be put there without a change."""
    for line in lines(draft):
        if line.operator is None or family(line.operator) != "ip":
            continue
        for text in line.test.values:
            range_ = network(text.value)
            if range_ is not None and "/" in text.value and ip_interface(text.value).ip != range_.network_address:
                yield Seen(
                    f"{line.subject} {text.value}",
                    f"`{text.value}` in {line.part.label} is read as `{range_}`",
                    text.at,
                    fix=(TextEdit(written(text.at), json.dumps(str(range_))),),
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM Access Analyzer policy check reference: Improve IP range",
    audience=Audience.STYLE,
    codes=("IMPROVE_IP_RANGE",),
)

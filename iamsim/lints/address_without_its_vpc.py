"""
A private address is asked for, and not the VPC that it is in.

Private ranges are the same in every VPC: anybody can make one with an address that passes. Ask for the VPC or its
endpoint in the same block.

Avoid:

    {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}}

Prefer:

    {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/16"}, "StringEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import EVERY_KIND, Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
    narrows,
)
from iamsim.model.finding import Severity

_BESIDE = {
    "aws:vpcsourceip": ("aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"),
    "aws:ec2instancesourceprivateipv4": ("aws:ec2instancesourcevpc",),
}
_CALLED = {
    "aws:vpcsourceip": "`aws:SourceVpc` or `aws:SourceVpce`",
    "aws:ec2instancesourceprivateipv4": "`aws:Ec2InstanceSourceVpc`",
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line of an Allow; the policy of an endpoint is about one VPC alone."""
    for line in lines(draft):
        beside = _BESIDE.get(line.key)
        if (
            beside
            and line.part.allows
            and narrows(line)
            and not line.reading.null
            and not line.block.keys & set(beside)
        ):
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} is true in anybody's VPC: ask for {_CALLED[line.key]} too",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, AWS global condition context keys: aws:VpcSourceIp",
    codes=("MISSING_PAIRED_CONDITION_KEYS",),
    kinds=EVERY_KIND - {PolicyKind.VPC_ENDPOINT},
)

"""
A condition compares aws:SourceIp with private addresses.

The key holds the public address that a request came from. Whoever comes through a VPC endpoint has `aws:VpcSourceIp`
instead, and no `aws:SourceIp` at all. A private range therefore matches nobody.

Avoid:

    {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}

Prefer:

    {"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}, "StringEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}}
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    family,
    lets_by,
    lines,
    misses,
    network,
)
from iamsim.lints._saying import quoted
from iamsim.model.finding import Severity

# RFC 1918, 6598, 3927, 1122, 4193 and 4291: what no request reaches AWS's public endpoints from.
_PRIVATE = tuple(
    ip_network(each)
    for each in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7",
        "fe80::/10", "::1/128",
    )
)  # fmt: skip
_CODES = {
    (False, True): "PRIVATE_IP_ADDRESS",
    (True, True): "PRIVATE_NOT_IP_ADDRESS",
    (False, False): "PRIVATE_IP_ADDRESS_SUBSET",
    (True, False): "PRIVATE_NOT_IP_ADDRESS_SUBSET",
}
"""AWS's codes by whether the operator is negated, and whether all ranges are private."""


def check(draft: Draft) -> Iterator[Seen]:
    """One for each line with such a range."""
    for line in lines(draft):
        if line.key != "aws:sourceip" or line.operator is None or family(line.operator) != "ip":
            continue
        private = [value for value in line.values if _is_private(value)]
        if not private:
            continue
        every = len(private) == len(line.values)
        severity = (Severity.HIGH if lets_by(line) or line.part.denies else Severity.MEDIUM) if every else None
        yield Seen(
            line.subject,
            f"aws:SourceIp is a public address: {quoted(private)} in {line.part.label} {'match' if len(private) > 1 else 'matches'} nobody"
            + (f", so that {misses(line)}" if every else ""),
            line.test.at,
            evidence=("behind a VPC endpoint aws:VpcSourceIp holds the private address",),
            code=_CODES[line.negated, every],
            severity=severity,
        )


def _is_private(text: str) -> bool:
    range_ = network(text)
    return range_ is not None and any(each.version == range_.version and range_.subnet_of(each) for each in _PRIVATE)  # type: ignore[arg-type]  # of one version


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, IAM Access Analyzer policy check reference: Private IP address",
    codes=tuple(_CODES.values()),
)

"""
IP address operators: an address within a range, compared as numbers.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", IP address condition operators.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from iamsim.engine.operators import Operator, negation
from iamsim.engine.patterns import Test
from iamsim.model.principal import HOLE

_CIDR = re.compile(r"[0-9A-Fa-f:.]+(?:/[0-9]{1,3})?")
_OCTETS = {str(value): value for value in range(256)}
_IPV4_PARTS = 4


def within(written: str) -> Test:
    """
    Inside the range; no prefix means one address, host bits are masked (COND-034 to 038).

    Whether an IPv4-mapped IPv6 address lies in an IPv4 range that holds it is left open: AWS does not say.
    """
    return within_any((written,))


def within_any(written: Iterable[str]) -> Test:
    """Inside one of the ranges; one that cannot be read leaves open what no other settles."""
    networks = [_network(value) for value in written]
    unreadable = None in networks
    ranges = [(int(n.netmask), int(n.network_address)) for n in networks if isinstance(n, IPv4Network)]
    wide = [n for n in networks if isinstance(n, IPv6Network)]
    narrow = [n for n in networks if isinstance(n, IPv4Network)]
    outside = None if unreadable else False

    def test(value: str) -> bool | None:
        number = _ipv4(value)
        if number is not None:
            for mask, network in ranges:
                if number & mask == network:
                    return True
            return outside
        if HOLE in value:
            return None
        address = _ipv6(value)
        if address is None:
            return outside
        if any(address in network for network in wide):
            return True
        mapped = address.ipv4_mapped
        return None if mapped is not None and any(mapped in network for network in narrow) else outside

    return test


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        # Python also reads a netmask behind the slash, AWS the CIDR format alone.
        return ip_network(text, strict=False) if _CIDR.fullmatch(text) else None
    except ValueError:
        return None


def _ipv4(text: str) -> int | None:
    parts = text.split(".")
    if len(parts) != _IPV4_PARTS:
        return None
    try:
        a, b, c, d = (_OCTETS[part] for part in parts)
    except KeyError:
        return None
    return a << 24 | b << 16 | c << 8 | d


def _ipv6(text: str) -> IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address if isinstance(address, IPv6Address) else None


def _readable(value: str) -> bool:
    return HOLE in value or _ipv4(value) is not None or _ipv6(value) is not None


_WITHIN = Operator("IpAddress", within, fuse=within_any, readable=_readable)

OPERATORS = (_WITHIN, negation(_WITHIN, "NotIpAddress"))

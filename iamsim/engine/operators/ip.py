"""
IP address operators: an address within a range, compared as numbers.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators", IP address condition operators.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from iamsim.engine.operators import Operator, negation
from iamsim.engine.patterns import Test
from iamsim.model.principal import HOLE

_CIDR = re.compile(r"[0-9A-Fa-f:.]+(?:/[0-9]{1,3})?")


def within(written: str) -> Test:
    """
    Inside the range; no prefix means one address, host bits are masked (COND-034 to 038).

    Whether an IPv4-mapped IPv6 address lies in an IPv4 range that holds it is left open: AWS does not say.
    """
    try:
        # Python also reads a netmask behind the slash, AWS the CIDR format alone.
        network = ip_network(written, strict=False) if _CIDR.fullmatch(written) else None
    except ValueError:
        network = None
    if network is None:
        return lambda _: None

    def test(value: str) -> bool | None:
        address = None if HOLE in value else _address(value)
        if address is None:
            return None if HOLE in value else False
        if address.version == network.version:
            return address in network
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return None if mapped is not None and mapped in network else False

    return test


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _readable(value: str) -> bool:
    return HOLE in value or _address(value) is not None


_WITHIN = Operator("IpAddress", within, readable=_readable)

OPERATORS = (_WITHIN, negation(_WITHIN, "NotIpAddress"))

"""A line in the form in which programs write them, read without a second look at policies that were read before."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from iamsim import jsontext

_KEY = b'":'


class _Line(Struct, forbid_unknown_fields=True):
    """The members of a line whose types leave nothing open: a number in a context is kept as it was written, elsewhere."""

    id: str
    principal: str
    action: str
    resource: str
    policies: Raw
    context: dict[str, str | bool | list[str]] | UnsetType = UNSET
    resource_account: str | UnsetType = UNSET
    principal_account: str | UnsetType = UNSET
    unknown_context: str | UnsetType = UNSET


class Usual(NamedTuple):
    """The members of a line but its policies, the text of these, and how many keys that text has if none appears twice."""

    members: dict[str, Any]
    policies: bytes
    keys: int


def line(text: bytes) -> Usual | None:
    """
    A line taken apart; None for one that asks for more than one look.

    Law: where the text of the policies, read strictly, has that many `keys`, the line read strictly
    has these members and these policies, and no key in it appears twice.
    """
    if len(text) > jsontext.MAX_CHARACTERS:
        return None
    # Escapes in text, blanks that may stand before a colon, and the first byte of the characters that no input may hold.
    if b"\\" in text or b"\t" in text or b"\r" in text or b"\n" in text or b"\xee" in text or _BLANK(text):
        return None
    try:
        found = _READER.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    value: dict[str, Any] = {
        "id": found.id,
        "principal": found.principal,
        "action": found.action,
        "resource": found.resource,
    }
    beside = 1
    if found.context is not UNSET:
        value["context"] = found.context
        beside += len(found.context)
    if found.resource_account is not UNSET:
        value["resource_account"] = found.resource_account
    if found.principal_account is not UNSET:
        value["principal_account"] = found.principal_account
    if found.unknown_context is not UNSET:
        value["unknown_context"] = found.unknown_context
    return Usual(value, bytes(found.policies), text.count(_KEY) - len(value) - beside)


def keys(policies: bytes) -> int:
    """How many keys the text of policies has, in a line that asks for one look: a quote before a colon ends a key."""
    return policies.count(_KEY)


_READER = msgspec.json.Decoder(_Line)
# Faster than `in`, which stops at each of the many blanks.
_BLANK = re.compile(rb" :").search

"""The three segments of a signed token, read strictly."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from iamsim.errors import InputError
from iamsim.model.arn import is_role
from iamsim.model.origin import Origin
from iamsim.model.principal import RESERVED

MAX_CHARACTERS = 64 * 1024
"""Longest token that is read."""


class NotJsonError(Exception):
    """What is wrong with bytes that are no strict JSON object, to be said after the name of the thing."""


def parts(text: str, origin: Origin) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Header and claims of the JWS in `text`, its signature not looked at.

    Raises `InputError` for everything else; no message holds any of the text, except a role ARN.
    Source: RFC 7515 sections 2, 4 and 7.1; RFC 7519 section 4.
    """
    _refuse_other(text, origin)
    header, claims, signature = text.split(".")
    if not is_base64url(signature):
        raise InputError("the token's signature is not base64url", hint=_ISSUED, origin=origin)
    return _part(header, "header", origin), _part(claims, "claims", origin)


def is_base64url(segment: str) -> bool:
    """Whether `segment` is base64url without padding, in its one canonical writing."""
    if not _BASE64URL.fullmatch(segment) or len(segment) % 4 == 1:
        return False
    return base64.urlsafe_b64encode(_decoded(segment)).rstrip(b"=").decode() == segment


def json_object(content: bytes) -> dict[str, Any]:
    """
    The JSON object in `content`: UTF-8, no key twice, no NaN, not deep, none of the characters that we reserve.

    Raises `NotJsonError`.
    """
    try:
        value = json.loads(content.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise NotJsonError("is not UTF-8") from None
    except RecursionError:
        raise NotJsonError("is nested too deeply") from None
    except ValueError:
        raise NotJsonError("is not JSON") from None
    if not isinstance(value, dict):
        raise NotJsonError("is not a JSON object")
    for depth, words in _strings(value):
        if depth > _MAX_DEPTH:
            raise NotJsonError("is nested too deeply")
        if any(mark in words for mark in RESERVED):
            raise NotJsonError("holds a private-use character (U+E000 to U+E002)")
        if any("\ud800" <= letter <= "\udfff" for letter in words):
            raise NotJsonError("holds half of a surrogate pair")
    return value


SEGMENTS = 3
_MAX_DEPTH = 32
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_ISSUED = "give the token as its issuer made it"


def _refuse_other(text: str, origin: Origin) -> None:
    """Raises for everything that does not have the three segments of a signed JWT."""
    hint = "a token reads header.claims.signature, each part in base64url"
    if not text:
        raise InputError("the token is empty", hint=hint, origin=origin)
    if is_role(text):
        raise InputError(f"`{text}` is a role ARN, not a token", hint="give it with --role-arn", origin=origin)
    if text.startswith("arn:"):
        raise InputError("this is an ARN, not a token", hint=hint, origin=origin)
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"the token has {len(text):,} characters", hint=f"at most {MAX_CHARACTERS:,} are read", origin=origin
        )
    if text[:7].lower() == "bearer ":
        raise InputError("the token begins with `Bearer`", hint="give the token alone", origin=origin)
    if text.startswith("{"):
        raise InputError("this is JSON, not a signed token", hint=f"sign the claims; {hint}", origin=origin)
    segments = text.split(".")
    if len(segments) == 5 and all(map(is_base64url, segments)):  # noqa: PLR2004 - RFC 7516 section 7.1: a JWE has five segments
        raise InputError("this is an encrypted token (JWE)", hint="give the signed token inside it", origin=origin)
    if len(segments) != SEGMENTS or not segments[0] or not segments[1]:
        raise InputError("this is not a token", hint=hint, origin=origin)


def _part(segment: str, name: str, origin: Origin) -> dict[str, Any]:
    if not is_base64url(segment):
        raise InputError(f"the token's {name} is not base64url", hint=_ISSUED, origin=origin)
    try:
        value = json_object(_decoded(segment))
    except NotJsonError as error:
        raise InputError(f"the token's {name} {error}", hint=_ISSUED, origin=origin) from None
    if name == "header" and "alg" not in value:
        raise InputError("the token's header names no `alg`", hint="give a JSON Web Token", origin=origin)
    return value


def _decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _strings(value: Any) -> Iterator[tuple[int, str]]:  # noqa: ANN401 - JSON is any of six types
    """Every key and string in a JSON value, with its depth; the depth of each container, with an empty string."""
    pending = [(1, value)]
    while pending:
        depth, item = pending.pop()
        if isinstance(item, str):
            yield depth, item
        elif isinstance(item, dict):
            yield depth, ""
            pending += ((depth + 1, part) for pair in item.items() for part in pair)
        elif isinstance(item, list):
            yield depth, ""
            pending += ((depth + 1, part) for part in item)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotJsonError("holds a key twice")
    return found


def _no_constant(_: str) -> NoReturn:
    raise NotJsonError("holds a number that JSON does not have")

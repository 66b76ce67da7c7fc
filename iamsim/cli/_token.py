"""The token, the key it is verified with and the claims that are stated, from options, environment and settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from iamsim import redact
from iamsim.cli import _secrets
from iamsim.cli._outputs import warning
from iamsim.cli._values import Options, unreadable
from iamsim.errors import InputError
from iamsim.model.origin import Origin
from iamsim.model.server import TokenProfile
from iamsim.model.token import Token
from iamsim.tokens import compact, jwt
from iamsim.tokens.weaknesses.key import of_signature
from iamsim.tokens.weaknesses.weakness import Weakness

_MAX_BYTES = 1_000_000
_TOKEN, _SECRET = "IAMSIM_TOKEN", "IAMSIM_SECRET"


def token(
    chosen: Options, profile: TokenProfile | None, settings: Mapping[str, tuple[str, ...]], at: datetime
) -> tuple[Token | None, tuple[Weakness, ...]]:
    """
    The token at hand, held against what the server checks, and what is weak about its key; None when there is none.

    An option wins over the environment, and that over the settings file. A key is read, and refused
    when it is none, although there be no token to verify.
    """
    text, origin = token_text(chosen)
    keys = given_keys(chosen)
    if text is None:
        return None, ()
    single = {name: values[0] for name, values in settings.items()}
    found = jwt.read(
        text, origin=origin, keys=keys, profile=profile or TokenProfile(verifies=False), settings=single, at=at
    )
    for name, value in found.claims.items():
        _secrets.remember_in(name, value)
    of_key = tuple(of_signature(text, found.header["alg"], keys))
    for weakness in of_key:
        if weakness.refused:
            warning(weakness.message)
    return found, of_key


def token_text(chosen: Options) -> tuple[str | None, Origin]:
    """The text of the token at hand, kept out of all that is said from now on, and where it comes from; None without one."""
    text, origin = _text(chosen)
    for segment in text.strip().split(".") if text is not None and jwt.is_token(text) else ():
        _secrets.remember(segment)
    return text, origin


def given_keys(chosen: Options) -> jwt.Keys | None:
    """What the server verifies with, as far as it is told; a secret is kept out of all that is said from now on."""
    secret, key = chosen.given.get("secret_file"), chosen.given.get("key_file")
    if secret is None and key is None:
        if _SECRET in os.environ:
            return _shared(os.environ[_SECRET].encode("utf-8", "surrogateescape"))
        secret, key = chosen.settings.secret_file, chosen.settings.key_file
    if secret is not None and key is not None:
        raise InputError(
            "both a secret and a key are given", hint="keep --secret-file for HS algorithms, --key-file for the others"
        )
    if key is not None:
        return jwt.key_file(_content(key, f"the key file `{redact.line(key)[:200]}`"))
    if secret is not None:
        # Not named: whoever takes the option for the secret itself must not see it repeated.
        return _shared(_content(secret, "the file of --secret-file").rstrip(b"\r\n"))
    return None


_JUDGED = ("aud", "exp", "iat", "iss", "nbf")
"""Claims that a token is accepted or refused by (RFC 7519, section 4.1): those of a stated token would be judged by nobody."""


def claims(chosen: Options, found: Token | None) -> dict[str, Any]:
    """
    The claims that are stated, over or instead of those of a token.

    Those of the settings file stand in for a token that is not at hand: what a real one says they
    do not change.
    """
    stated = {} if found is not None else dict(chosen.settings.claim)
    for text in chosen.given.get("claim") or ():
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"`{redact.line(name)[:60]}` states no claim", hint="write --claim sub=alice")
        stated[name] = _value(name, value)
    for name, item in stated.items():
        if name in _JUDGED:
            raise InputError(
                f"the claim `{name}` decides whether the server takes a token, and cannot be stated",
                hint="mint a token that has it, and give it with --token-file",
            )
        _secrets.remember_in(name, item)
    return stated


def _value(name: str, value: str) -> Any:  # noqa: ANN401 - JSON is any of six types
    """An object or a list as JSON, everything else as text."""
    if value[:1] not in ("{", "["):
        return value
    try:
        found = compact.json_object(f'{{"value": {value}}}'.encode())
    except compact.NotJsonError as error:
        raise InputError(
            f"the claim `{redact.line(name)[:60]}` begins like JSON and {error}",
            hint="quote it for the shell, or write plain text",
        ) from None
    if len(found) > 1 or unreadable(value):
        raise InputError(
            f"the claim `{redact.line(name)[:60]}` begins like JSON and goes on behind it", hint="write one value"
        )
    return found["value"]


def _text(chosen: Options) -> tuple[str | None, Origin]:
    path = chosen.given.get("token_file")
    if path is None and _TOKEN in os.environ:
        return os.environ[_TOKEN], Origin(_TOKEN)
    path = path or chosen.settings.token_file
    if path is None:
        return None, Origin(_TOKEN)
    if path == "-":
        if sys.stdin is None:
            raise InputError("standard input is closed", hint="pass the token to it, or name a file")
        return _decoded(sys.stdin.buffer.read(_MAX_BYTES), "standard input"), Origin("standard input")
    if jwt.is_token(path):
        raise InputError(
            "--token-file was given a token, not a file", hint="put the token into a file or into IAMSIM_TOKEN"
        )
    return _decoded(_content(path, f"the token file `{redact.line(path)[:200]}`"), path), Origin(path)


def _shared(secret: bytes) -> jwt.Keys:
    _secrets.remember(secret.decode("utf-8", "replace"))
    return jwt.secret(secret)


def _content(path: str, what: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            found = file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL, which no path has
        reason = (getattr(error, "strerror", None) or "no path").lower()
        raise InputError(f"{what} cannot be read: {reason}", hint="check the path") from None
    if len(found) > _MAX_BYTES:
        raise InputError(f"{what} is larger than {_MAX_BYTES:,} bytes", hint="give the right file")
    return found


def _decoded(content: bytes, what: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InputError("is not text", hint="give a file that holds a token", origin=Origin(what)) from None

"""Every weakness of a token that can be told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from iamsim.model.server import AssumeTemplate, TokenProfile
from iamsim.model.token import Token
from iamsim.tokens.weaknesses import claims as of_claims
from iamsim.tokens.weaknesses import header as of_header
from iamsim.tokens.weaknesses.role import mintable
from iamsim.tokens.weaknesses.weakness import Weakness


def of_token(  # noqa: PLR0913 - each is a fact of its own, given by keyword
    header: Mapping[str, Any],
    claims: Mapping[str, Any],
    *,
    at: datetime,
    profile: TokenProfile | None = None,
    template: AssumeTemplate | None = None,
    of_key: tuple[Weakness, ...] = (),
) -> Iterator[Weakness]:
    """Every weakness that header and claims show at `at` to a server, and before them those of the key (`key.of_signature`)."""
    yield from of_key
    yield from of_header.unsigned(header)
    yield from of_header.confusable(header, profile)
    yield from of_header.key_id(header)
    yield from of_header.brings_key(header)
    yield from of_header.critical(header)
    yield from of_header.unusual(header, profile)
    yield from of_header.nested(header)
    yield from of_header.without_id(header, claims)
    yield from of_claims.bound_to_key(claims)
    yield from of_claims.another_kind(header, claims)
    yield from of_claims.never_expires(claims)
    yield from of_claims.expires_late(claims, at)
    yield from of_claims.for_anybody(claims)
    yield from of_claims.in_url(claims)
    yield from of_claims.issuer_in_clear(claims)
    known = any(weak.subject == "known" for weak in of_key)
    yield from mintable(header, claims, profile, template, known_secret=known)


def reasons(token: Token, weaknesses: Iterable[Weakness]) -> tuple[tuple[str, str], ...]:
    """
    Why a verifier that follows the RFCs refuses a token, as (code, sentence) pairs; nothing where it takes it.

    The refusals of the server that `jwt.read` was told about come first, in its order.
    """
    found = list(token.refusals)
    if token.verified is not True and not found:
        found.append(("invalid_signature", "the signature was not checked"))
    # Two of them are among the refusals already, in the same words.
    said = {sentence for _, sentence in found}
    found += [(one.rule, one.message) for one in weaknesses if one.refused and one.message not in said]
    return tuple(found)

"""What a token's claims say that they should not, or leave out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from iamsim import redact
from iamsim.model.finding import Severity
from iamsim.tokens import jwt
from iamsim.tokens.weaknesses.weakness import Weakness


def bound_to_key(claims: Mapping[str, Any]) -> Iterator[Weakness]:
    """The token is meant for whoever proves to have a key, and is used as a bearer token."""
    if "cnf" in claims:
        yield Weakness(
            "token-bound-to-key",
            Severity.MEDIUM,
            "cnf",
            "the token is bound to a key (`cnf`), and nothing here proves that its bearer has it",
            "a server that does not ask for the proof takes the token from whoever stole it",
            "check the proof of possession (DPoP, mutual TLS), or use a bearer token",
            "RFC 7800, section 3.1",
            refused=True,
        )


def another_kind(header: Mapping[str, Any], claims: Mapping[str, Any]) -> Iterator[Weakness]:
    """The token looks like an ID token, which tells a client who logged in and opens no API."""
    marks = [name for name in ("nonce", "at_hash", "c_hash") if name in claims]
    kind = str(header.get("typ", "")).lower().removeprefix("application/")
    if marks and kind != "at+jwt" and not {"scope", "scp"} & set(claims):
        yield Weakness(
            "token-of-another-kind",
            Severity.MEDIUM,
            "id-token",
            f"the token looks like an ID token (`{marks[0]}`), not like an access token",
            "an ID token is meant for the client that logged the user in, and every such client holds one",
            "send an access token, and have the server check `typ` (at+jwt)",
            "RFC 8725, section 3.12",
        )


def never_expires(claims: Mapping[str, Any]) -> Iterator[Weakness]:
    """No `exp`."""
    if claims.get("exp") is None:
        yield Weakness(
            "token-never-expires",
            Severity.HIGH,
            "exp",
            "the token has no `exp`: it is good for ever",
            "whoever finds it once has what it opens until the key is changed",
            "have the issuer set `exp`, an hour or less ahead, and the server require it",
            "RFC 6750, section 5.3",
        )


def expires_late(claims: Mapping[str, Any], at: datetime) -> Iterator[Weakness]:
    """The token is good for more than a day; counted from `iat`, else from `at`. One hour is what the page asks for."""
    end, begin = jwt.seconds(claims.get("exp")), jwt.seconds(claims.get("iat"))
    if end is None:
        return
    lasts = end - (begin if begin is not None else at.timestamp())
    if lasts > _DAY:
        yield Weakness(
            "token-expires-late",
            Severity.HIGH if lasts > _MONTH else Severity.MEDIUM,
            "exp",
            f"the token is good for {int(lasts // _DAY):,} day{'' if lasts < 2 * _DAY else 's'}",
            "a token cannot be called back: whoever steals it has it for as long",
            "have the issuer make tokens of an hour or less",
            "RFC 6750, section 5.3",
        )


def for_anybody(claims: Mapping[str, Any]) -> Iterator[Weakness]:
    """The token does not say who made it, or for whom, or names several for whom it is good."""
    if not claims.get("aud"):
        yield _loose(
            "aud",
            "the token names no audience (`aud`)",
            "a token made for another service of the issuer is as good here",
            "have the issuer name this server in `aud`, and the server check it",
            "RFC 8725, section 3.9",
        )
    if not claims.get("iss"):
        yield _loose(
            "iss",
            "the token names no issuer (`iss`)",
            "a subject is unique at its issuer only, and keys cannot be held against the issuer that owns them",
            "have the issuer set `iss`, and the server check it",
            "RFC 8725, section 3.8",
        )
    audience = claims.get("aud")
    if isinstance(audience, list) and len(audience) > 1:
        yield _loose(
            "several aud",
            f"the token is for {len(audience)} audiences",
            "each of them can use it at all the others",
            "have the issuer make a token for each, and check `azp` where there is one",
            "RFC 8725, section 3.9",
        )


def in_url(claims: Mapping[str, Any]) -> Iterator[Weakness]:
    """A claim holds a URL that carries a token: it ends in logs, histories and referrers."""
    for name in sorted(claims):
        value = claims[name]
        if isinstance(value, str) and _TOKEN_IN_URL.search(value):
            yield Weakness(
                "token-in-url",
                Severity.MEDIUM,
                f"claim {name}"[:80],
                f"the claim `{redact.line(name)[:60]}` is a URL with a token in it",
                "a URL is written into logs and histories, and passed on",
                "send tokens in the Authorization header",
                "RFC 6750, section 5.3",
            )


def in_settings(settings: Mapping[str, tuple[str, ...]]) -> Iterator[Weakness]:
    """A parameter of the server is a token, or a URL that carries one: it was written on a command line or into a file."""
    for name in sorted(settings):
        if any(jwt.is_token(value) or _TOKEN_IN_URL.search(value) for value in settings[name]):
            yield Weakness(
                "token-in-url",
                Severity.MEDIUM,
                f"setting {name}"[:80],
                f"the setting `{redact.line(name)[:60]}` holds a token",
                "a command line is seen by every process of the machine, and stays in histories; settings are committed",
                "leave the token out of it: only --token-file and IAMSIM_TOKEN take one",
                "RFC 6750, section 5.3",
            )


def issuer_in_clear(claims: Mapping[str, Any]) -> Iterator[Weakness]:
    """The issuer is an http URL: its keys are fetched over a line that anybody on the way can change."""
    issuer = claims.get("iss")
    if isinstance(issuer, str) and _IN_CLEAR.match(issuer):
        yield Weakness(
            "token-issuer-in-clear",
            Severity.MEDIUM,
            "iss",
            f"the issuer is not reached over https: `{redact.line(issuer)[:80]}`",
            "whoever is on the way to it can give a server that looks the keys up there keys of their own",
            "give the issuer an https URL",
            "RFC 8414, section 2",
        )


_DAY, _MONTH = 86_400, 30 * 86_400
_IN_CLEAR = re.compile(r"http://(?!(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$))", re.IGNORECASE)
_TOKEN_IN_URL = re.compile(
    r"^https?://\S*[?&#](?:access_token|id_token|token|jwt|auth_token|bearer)=[^&\s]", re.IGNORECASE
)


def _loose(subject: str, message: str, why: str, way_out: str, cite: str) -> Weakness:
    severity = Severity.LOW if subject.startswith("several") else Severity.MEDIUM
    return Weakness("token-for-anybody", severity, subject, message, why, way_out, cite)

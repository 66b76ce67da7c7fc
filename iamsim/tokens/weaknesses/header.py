"""What a token's header says that it should not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from iamsim import redact
from iamsim.model.finding import Severity
from iamsim.model.server import TokenProfile
from iamsim.tokens.weaknesses.weakness import Weakness


def unsigned(header: Mapping[str, Any]) -> Iterator[Weakness]:
    """`alg` is none, however it is written, or no algorithm at all."""
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm.lower() == "none":
        yield Weakness(
            "token-unsigned",
            Severity.CRITICAL,
            "alg",
            "the token is not signed (`alg` is none)",
            "whoever holds it can write any claim into it, the role included",
            "have the issuer sign, and the server take a fixed list of algorithms without none",
            "RFC 8725, section 3.2",
            refused=True,
        )


def confusable(header: Mapping[str, Any], profile: TokenProfile | None) -> Iterator[Weakness]:
    """An HMAC where the server verifies with public keys, or a server that takes both kinds."""
    accepted = profile.algorithms if profile is not None and profile.verifies else ()
    shared = [name for name in accepted if name.startswith("HS")]
    public = [name for name in accepted if name not in shared]
    way_out = "bind each key to one algorithm, and list those algorithms only"
    if shared and public:
        yield Weakness(
            "token-algorithm-confusion",
            Severity.HIGH,
            "algorithms",
            f"the server takes {', '.join(shared)} beside {', '.join(public)}",
            "a library that picks the algorithm by the token's header verifies an HMAC whose secret is the public key",
            way_out,
            "RFC 8725, section 2.1",
        )
    elif public and str(header.get("alg")).startswith("HS"):
        yield Weakness(
            "token-algorithm-confusion",
            Severity.HIGH,
            "alg",
            f"the token is signed with {header['alg']}, and the server verifies with public keys ({', '.join(public)})",
            "such a token is what an attacker makes who uses the public key as the secret of an HMAC",
            way_out,
            "RFC 8725, section 2.1",
            refused=True,
        )


def key_id(header: Mapping[str, Any]) -> Iterator[Weakness]:
    """A `kid` that is more than a name: a path, a URL, a piece of SQL or of a shell's command."""
    text = header.get("kid")
    if not isinstance(text, str):
        return
    for what, severity, pattern in _TRICKS:
        if pattern.search(text):
            yield Weakness(
                "token-key-id-unsafe",
                severity,
                f"kid {what}",
                f"the header's `kid` holds {what}: `{redact.line(text)[:80]}`",
                "a server that looks its key up by file, query or address lets the token choose what is read",
                "compare `kid` with the ids of the keys that are trusted, and use it for nothing else",
                "RFC 8725, section 3.10",
            )
            return


def brings_key(header: Mapping[str, Any]) -> Iterator[Weakness]:
    """The header brings the key to verify with, or the address of one."""
    for name, what in _BROUGHT.items():
        if name in header:
            yield Weakness(
                "token-brings-key",
                Severity.HIGH,
                name,
                f"the header brings {what} (`{name}`)",
                "a server that trusts it verifies with a key of the attacker's, or fetches what the attacker names",
                f"configure the keys of the issuer at the server, and ignore `{name}`",
                "RFC 8725, section 3.10",
            )


def critical(header: Mapping[str, Any]) -> Iterator[Weakness]:
    """The header marks extensions as critical: none is understood here."""
    if "crit" in header:
        yield Weakness(
            "token-critical-header",
            Severity.MEDIUM,
            "crit",
            "the header demands an extension that is not understood (`crit`)",
            "a server that passes over it reads the token in another way than the issuer meant it",
            "leave `crit` out, and refuse tokens that have it",
            "RFC 7515, section 4.1.11",
            refused=True,
        )


def unusual(header: Mapping[str, Any], profile: TokenProfile | None) -> Iterator[Weakness]:
    """An algorithm that is registered for no signature of a token, or on a curve that few libraries are careful with."""
    accepted = profile.algorithms if profile is not None and profile.verifies else ()
    said = [("algorithms", name) for name in accepted if name not in _REGISTERED][:1]
    algorithm = header.get("alg")
    if isinstance(algorithm, str) and algorithm.lower() != "none" and algorithm not in _REGISTERED:
        said.append(("alg", algorithm))
    for subject, name in said:
        curve = name == "ES256K"
        who = "the server takes" if subject == "algorithms" else "the token is signed with"
        yield Weakness(
            "token-algorithm-unusual",
            Severity.LOW if curve else Severity.MEDIUM,
            subject,
            f"{who} `{redact.line(name)[:40]}`, {'whose curve is made for ledgers' if curve else 'which is registered for no signature'}",
            "what few use, few have looked at: libraries differ in what they do with it, or take it for something else",
            "sign with ES256, EdDSA or RS256, and have the server take a fixed list of those",
            "RFC 8725, section 3.2",
        )


def nested(header: Mapping[str, Any]) -> Iterator[Weakness]:
    """The header says that the token holds another one, or that it is compressed or encrypted."""
    kind = str(header.get("cty", "")).lower().removeprefix("application/")
    if kind == "jwt":
        yield Weakness(
            "token-nested",
            Severity.MEDIUM,
            "cty",
            "the header says that the token holds another token (`cty`)",
            "a server that opens it and does not verify the inner token believes whoever wrote that one",
            "send one signed token, and refuse tokens that have `cty`",
            "RFC 8725, section 3.3",
        )
    for name in ("zip", "enc"):
        if name in header:
            yield Weakness(
                "token-nested",
                Severity.LOW,
                name,
                f"the header has `{name}`, which says nothing in a signed token",
                "a server that decompresses or decrypts what the header asks it to can be made to do endless work",
                f"leave `{name}` out, and refuse signed tokens that have it",
                "RFC 8725, section 3.6",
            )


def without_id(header: Mapping[str, Any], claims: Mapping[str, Any]) -> Iterator[Weakness]:
    """An access token by its `typ` without the `jti` that such a token has to have."""
    kind = str(header.get("typ", "")).lower().removeprefix("application/")
    if kind == "at+jwt" and not claims.get("jti"):
        yield Weakness(
            "token-without-id",
            Severity.LOW,
            "jti",
            "the token says that it is an access token (at+jwt), and has no `jti`",
            "two uses of it cannot be told from two tokens, and it cannot be taken back by name",
            "have the issuer set `jti`, one for each token",
            "RFC 9068, section 2.2",
        )


_REGISTERED = frozenset(
    {
        "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512",
        "EdDSA", "Ed25519", "Ed448", "ML-DSA-44", "ML-DSA-65", "ML-DSA-87",
    }
)  # fmt: skip
"""The algorithms of the registry of JOSE for signatures that are recommended or plain options; ES256K is an option too."""

_BROUGHT = {
    "jku": "the address of keys",
    "x5u": "the address of a certificate",
    "jwk": "a key to verify with",
    "x5c": "a certificate to verify with",
}
# Base64 has `/` and `+`, UUIDs and thumbprints have `-` and `:`, key ARNs have both: none of these is a trick by itself.
_TRICKS = (
    (
        "a path",
        Severity.HIGH,
        re.compile(r"\.\.[\\/]|%2e%2e|^/(?:dev|etc|home|opt|proc|sys|tmp|usr|var)/|^[A-Za-z]:\\|\x00", re.IGNORECASE),
    ),
    ("a URL", Severity.MEDIUM, re.compile(r"^[a-z][a-z0-9+.-]{0,30}://|^file:", re.IGNORECASE)),
    (
        "SQL",
        Severity.HIGH,
        re.compile(r"'|\"|;|--\s|\b(?:or|and)\s+\d+\s*=|\bunion\s+(?:all\s+)?select\b", re.IGNORECASE),
    ),
    ("a command", Severity.HIGH, re.compile(r"[|`<>&]|\$[({]")),
)

"""What makes the key of a token weak: a secret that is short, known or memorable, or that is no secret."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator

from iamsim.model.finding import Severity
from iamsim.tokens.compact import is_base64url
from iamsim.tokens.keys import Keys
from iamsim.tokens.weaknesses.weakness import Weakness


def of_signature(text: str, algorithm: object, keys: Keys | None) -> Iterator[Weakness]:
    """
    What the signature of the token in `text` shows about its key, with `keys` or, tried with what everybody knows, without.

    `text` has been read by `jwt.read`, so that it has three segments. No weakness holds any of it, or of a secret.
    """
    if isinstance(algorithm, str) and algorithm in HASHES:
        secret = _secret(text, algorithm, keys)
        if secret is not None and len(secret) < _least(algorithm):
            yield _weak(
                "short",
                Severity.HIGH,
                f"the JWT secret has {len(secret)} bytes; {algorithm} needs at least {_least(algorithm)}",
                "it can be guessed from one token, without asking the server",
                cite="RFC 7518, section 3.2",
            )
        if _known(text, algorithm, secret):
            yield _weak(
                "known",
                Severity.CRITICAL,
                "the JWT secret is one of the examples that everybody tries first",
                "whoever guesses it can make every token that the server takes",
                cite="RFC 8725, section 3.5",
            )
        elif secret is not None and len(secret) >= _least(algorithm) and _memorable(secret):
            yield _weak(
                "memorable",
                Severity.MEDIUM,
                "the JWT secret reads like words, or repeats itself",
                "its length is not its strength: words are guessed by the list, from one token",
                cite="RFC 8725, section 3.5",
                refused=False,
            )
        if keys is not None and keys.pem is not None and _signed_with_public_key(text, algorithm, keys.pem):
            yield Weakness(
                "token-algorithm-confusion",
                Severity.CRITICAL,
                "public key",
                f"the token is signed by {algorithm} with the text of the public key as the secret",
                "the public key is no secret: this token was made to deceive a server that picks the algorithm by the header",
                "do not trust it; have the server take the algorithms of its key only",
                "RFC 8725, section 2.1",
                refused=True,
            )


HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
"""The HMAC algorithms with their hash functions; a secret has to be as long as the hash."""

KNOWN = (
    "secret", "secretkey", "secret-key", "secret_key", "mysecret", "my-secret", "mysecretkey", "my-secret-key",
    "supersecret", "super-secret", "supersecretkey", "super-secret-key", "topsecret", "jwtsecret", "jwt-secret",
    "jwt_secret", "jwt-secret-key", "test", "testing", "test-secret", "testsecret", "dev-secret", "development",
    "changeme", "change-me", "changeit", "default", "example", "example_key", "key", "password", "passw0rd", "admin",
    "letmein", "qwerty", "token", "shhhh", "shhhhh", "hello", "123456", "12345678", "1234567890", "your-secret",
    "your-secret-key", "your_secret_key", "your-256-bit-secret", "your-384-bit-secret", "your-512-bit-secret",
    "a-string-secret-at-least-256-bits-long", "0123456789abcdef", "0123456789abcdef0123456789abcdef",
    "12345678901234567890123456789012", "00000000000000000000000000000000", "abcdefghijklmnopqrstuvwxyz",
)  # fmt: skip
"""Secrets of examples and tests, in lower case; small on purpose: what is not in it may be known all the same."""

_RULE = "token-secret-weak"
_MEMORABLE = re.compile(r"[A-Za-z]{2,}(?:[ ,._-]{1,2}[A-Za-z]{1,24}){2,40}[ ._-]?[0-9]{0,8}[.!?]?")
_FEW = 8


def _least(algorithm: str) -> int:
    return hashlib.new(HASHES[algorithm]).digest_size


def _weak(  # noqa: PLR0913 - the sentences of one weakness
    subject: str, severity: Severity, message: str, why: str, *, cite: str, refused: bool = True
) -> Weakness:
    way_out = "use random bytes, as many as the hash has, or sign with a private key"
    return Weakness(_RULE, severity, subject, message, why, way_out, cite, refused)


def _secret(text: str, algorithm: str, keys: Keys | None) -> bytes | None:
    """The shared secret among the keys: the one that is given, else the one of a JWKS that the token is signed with."""
    if keys is None or keys.secret is not None:
        return None if keys is None else keys.secret
    for key in keys.jwks or ():
        written = key.get("k") if key["kty"] == "oct" else None
        if isinstance(written, str) and is_base64url(written):
            found = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
            if _holds(text, algorithm, found):
                return found
    return None


def _known(text: str, algorithm: str, secret: bytes | None) -> bool:
    """Whether the secret, or where none is given the one that the token is signed with, is in the list."""
    if secret is not None:
        return secret.decode("utf-8", "replace").strip().lower() in KNOWN
    return any(_holds(text, algorithm, word.encode()) for word in KNOWN)


def _memorable(secret: bytes) -> bool:
    # A heuristic: random bytes written as hex or base64 have no blanks between letters, and more than eight characters.
    words = secret.decode("utf-8", "replace").strip()
    return len(set(words)) <= _FEW or _MEMORABLE.fullmatch(words) is not None


def _signed_with_public_key(text: str, algorithm: str, pem: bytes) -> bool:
    """With the text as the file has it, and as tools may have written it: without the last line break, with one, with CRLF."""
    plain = pem.replace(b"\r\n", b"\n").strip(b"\n")
    written = {pem, plain, plain + b"\n", plain.replace(b"\n", b"\r\n"), plain.replace(b"\n", b"\r\n") + b"\r\n"}
    return any(_holds(text, algorithm, one) for one in written)


def _holds(text: str, algorithm: str, secret: bytes) -> bool:
    signed, _, signature = text.strip().rpartition(".")
    made = hmac.digest(secret, signed.encode(), HASHES[algorithm])
    return hmac.compare_digest(base64.urlsafe_b64encode(made).rstrip(b"=").decode(), signature)

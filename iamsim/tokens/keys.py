"""The keys a token is verified with: which one may verify which algorithm."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iamsim.errors import InputError
from iamsim.tokens.compact import NotJsonError, json_object

MAX_KEYS = 200
"""Most keys of a JWKS that are read; STS itself takes 100 RSA and 100 EC keys."""

MAX_KEY_BYTES = 512 * 1024
"""Largest key file that is read."""

MIN_RSA_BITS = 2048
"""Smallest RSA key that verifies (RFC 7518 section 3.3)."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a signature is verified with: one of a shared secret, a public key in PEM, or the keys of a JWKS."""

    secret: bytes | None = field(default=None, repr=False)
    pem: bytes | None = field(default=None, repr=False)
    jwks: tuple[Mapping[str, Any], ...] | None = field(default=None, repr=False)


def secret(value: bytes) -> Keys:
    """
    A shared secret, for the HS algorithms. Surrounding line breaks of a file are not part of it.

    Raises `InputError` for an empty secret and for a public key, which is no secret.
    """
    value = value.strip(b"\r\n")
    if not value:
        raise InputError("the JWT secret is empty", hint="give the secret that the server verifies tokens with")
    if _PEM.search(value) or (value.lstrip().startswith(b"{") and b'"kty"' in value):
        raise InputError(
            "the JWT secret is a key and not a shared secret",
            hint="give it as a key file; a public key must never serve as the secret of an HS algorithm",
        )
    return Keys(secret=value)


def key_file(content: bytes) -> Keys:
    """
    The key file in `content`: PEM, whose inside is not looked at here, or a JWK or JWKS.

    Raises `InputError` for a private key and for anything else.
    """
    if len(content) > MAX_KEY_BYTES:
        raise InputError(f"the key file has {len(content):,} bytes", hint=f"at most {MAX_KEY_BYTES:,} are read")
    if b"PRIVATE KEY-----" in content:
        raise InputError("the key file holds a private key", hint="verification needs the public key only")
    if _PEM.search(content):
        return Keys(pem=content)
    try:
        document = json_object(content)
    except NotJsonError:
        raise InputError("the key file is neither PEM nor JSON", hint=KEY_HINT) from None
    keys = document.get("keys", [document] if "kty" in document else None)
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) and "kty" in key for key in keys):
        raise InputError("the key file holds no JSON Web Keys", hint=KEY_HINT)
    if len(keys) > MAX_KEYS:
        raise InputError(f"the key file holds {len(keys)} keys", hint=f"at most {MAX_KEYS} are read")
    if any("d" in key for key in keys):
        raise InputError("the key file holds a private key", hint="verification needs the public key only")
    return Keys(jwks=tuple(keys))


def verifying(
    keys: Keys, header: Mapping[str, Any], algorithm: str
) -> tuple[bytes | Mapping[str, Any] | None, Refusal | None]:
    """
    The one key that may verify a token with this header, else the refusal that says why there is none.

    It is bytes for a secret or for PEM, whose kind is yet to be held against the algorithm, and a mapping for a JWK.
    """
    family, _ = FAMILIES[algorithm]
    if keys.secret is not None:
        # RFC 8725 section 3.1: an algorithm is used with keys of its own family only.
        if family != "oct":
            return None, ("algorithm", f"{algorithm} is verified with a public key, and the key given is a secret")
        return keys.secret, None
    if keys.pem is not None:
        if family == "oct":
            return None, ("algorithm", f"{algorithm} is verified with a secret, and the key given is a public key")
        return keys.pem, None
    usable = [key for key in keys.jwks or () if _usable(key, algorithm)]
    if "kid" in header:
        usable = [key for key in usable if key.get("kid") == header["kid"]]
    if len(usable) != 1:
        many = (
            "several keys of the set fit, and the token does not say which"
            if usable
            else "no key of the set fits the token"
        )
        return None, ("invalid_signature", many)
    return usable[0], None


Refusal = tuple[str, str]

KEY_HINT = "give a public key or certificate in PEM, a JWK or a JWKS"
"""What a key file may hold."""

_PEM = re.compile(rb"-----BEGIN [A-Z0-9 ]{1,40}-----|^\s*ssh-[a-z]")

FAMILIES = {
    **dict.fromkeys(("HS256", "HS384", "HS512"), ("oct", "")),
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", "")),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "ES256K": ("EC", "secp256k1"),
    "EdDSA": ("OKP", ""),
}
"""The key type that an algorithm is bound to, and the curve of an elliptic one (RFC 7518 section 3.1, RFC 8037)."""


def _usable(key: Mapping[str, Any], algorithm: str) -> bool:
    """RFC 7517 section 4: type, use, operations and algorithm of a key must all allow this verification."""
    family, curve = FAMILIES[algorithm]
    operations = key.get("key_ops", ["verify"])
    return (
        key["kty"] == family
        and (not curve or key.get("crv") == curve)
        and key.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and key.get("alg", algorithm) == algorithm
    )

"""Tokens made while the tests run, from a header, claims and a key that is named: none is kept as text."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes  # noqa: TID253 - a test may pay for the import
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: TID253 - as above
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature  # noqa: TID253 - as above
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: TID253 - as above

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

SECRETS = {
    "secret": bytes(range(7, 71)),
    "other-secret": bytes(range(100, 164)),
    "short-secret": bytes(range(16)),
    "known-secret": b"a-string-secret-at-least-256-bits-long",
    "memorable-secret": b"correct horse battery staple 123456",
}
_HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
_MAKERS = {
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "other-rsa": lambda: rsa.generate_private_key(65537, 2048),
    "short-rsa": lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505 - the key that is refused
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
}


@cache
def private(name: str) -> PrivateKey:
    """The key pair of this name, one for all tests."""
    return _MAKERS[name]()


def pem(name: str) -> bytes:
    return private(name).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk(name: str, **more: Any) -> dict[str, Any]:
    """The public key of this name as a JWK."""
    numbers = private(name).public_key().public_numbers()
    if isinstance(numbers, rsa.RSAPublicNumbers):
        found = {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
    else:
        size = (private(name).key_size + 7) // 8
        curve = {256: "P-256", 384: "P-384"}[private(name).key_size]
        found = {"kty": "EC", "crv": curve, "x": _number(numbers.x, size), "y": _number(numbers.y, size)}
    return {**found, **more}


def token(header: Mapping[str, Any], claims: Mapping[str, Any], key: str | bytes = "secret") -> str:
    """A token signed as its header says, with a key of this name, with a secret, or by an algorithm that has no key."""
    return signed(json.dumps(dict(header)).encode(), json.dumps(dict(claims)).encode(), str(header.get("alg")), key)


def signed(header: bytes, payload: bytes, algorithm: str, key: str | bytes = "secret", *, der: bool = False) -> str:
    """As `token`, its parts as they stand; `der`: an elliptic signature in the form that JWS does not have."""
    body = f"{base64url(header)}.{base64url(payload)}"
    return f"{body}.{base64url(_signature(body.encode(), algorithm, key, der=der))}"


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _signature(body: bytes, algorithm: str, key: str | bytes, *, der: bool) -> bytes:
    family, size = algorithm[:2], algorithm[2:]
    if size not in _HASHES:
        return b""
    if family == "HS":
        secret = SECRETS[key] if isinstance(key, str) else key
        return hmac.digest(secret, body, getattr(hashlib, f"sha{size}"))
    if family not in ("RS", "PS", "ES"):
        return b""
    assert isinstance(key, str)
    held = private(key)
    if isinstance(held, rsa.RSAPrivateKey):
        filled = (
            padding.PKCS1v15()
            if family == "RS"
            else padding.PSS(padding.MGF1(_HASHES[size]), _HASHES[size].digest_size)
        )
        return held.sign(body, filled, _HASHES[size])
    found = held.sign(body, ec.ECDSA(_HASHES[size]))
    if der:
        return found
    length = (held.key_size + 7) // 8
    return b"".join(part.to_bytes(length, "big") for part in decode_dss_signature(found))


def _number(value: int, size: int = 0) -> str:
    return base64url(value.to_bytes(size or (value.bit_length() + 7) // 8, "big"))

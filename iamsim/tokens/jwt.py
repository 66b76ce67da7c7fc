"""JWT decoding and, given keys, verification."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from iamsim import redact
from iamsim.errors import InputError
from iamsim.model.origin import Origin
from iamsim.model.report import Message
from iamsim.model.server import TokenProfile
from iamsim.model.token import Token
from iamsim.tokens import compact
from iamsim.tokens import keys as key_files
from iamsim.tokens.keys import FAMILIES, KEY_HINT, MIN_RSA_BITS, Keys, Refusal, secret, verifying

__all__ = ["Keys", "is_token", "key_file", "read", "seconds", "secret", "server_words"]


def key_file(content: bytes) -> Keys:
    """
    The public key, certificate, JWK or JWKS in `content`, for the RS, PS, ES and EdDSA algorithms.

    Raises `InputError` for a private key, an RSA key under 2048 bits, and anything else.
    """
    keys = key_files.key_file(content)
    if keys.pem is not None and _public_key(keys.pem) is None:
        raise InputError("the key file holds no readable public key", hint=KEY_HINT)
    return keys


def is_token(text: str) -> bool:
    """Whether `text` has the shape of a JWT, for the places that want something else, such as an ARN."""
    segments = text.strip().split(".")
    return (
        len(segments) == compact.SEGMENTS and segments[0].startswith("ey") and all(map(compact.is_base64url, segments))
    )


def read(  # noqa: PLR0913 - each is a fact of its own, given by keyword
    text: str,
    *,
    origin: Origin,
    keys: Keys | None,
    profile: TokenProfile,
    settings: Mapping[str, str],
    at: datetime,
) -> Token:
    """
    The token in `text`, and every reason for which a server with `profile` would refuse it at `at`.

    `settings` gives the issuer and the audience that the server expects, by parameter name; a blank
    one is not checked, as in the server. The refusals follow the order of PyJWT's checks (header,
    algorithm, signature, required claims, iat, nbf, exp, iss, aud, sub), of which a server meets
    only the first. A server that verifies nothing refuses nothing.

    Raises `InputError` for a text that is no JWT: no message holds any of it, except an ARN.
    Source: RFC 7515 section 7.1, RFC 7519 sections 4.1 and 7.2, RFC 8725.
    """
    text = text.strip()
    header, claims = compact.parts(text, origin)
    verified, failure = _verified(text, header, keys, profile)
    refusals = (*_header(header), *failure, *_claims(claims, profile, settings, at)) if profile.verifies else ()
    return Token(header, claims, verified, refusals, origin)


def server_words(token: Token, profile: TokenProfile) -> tuple[Message, ...]:
    """
    What the server would answer, one message per refusal; the first is the one that it really gives.

    Words of the profile were observed; where it has none, ours are inferred.
    """
    return tuple(
        Message(profile.messages[code], "server", "observed")
        if code in profile.messages
        else Message(f"invalid token: {detail}", "server", "inferred")
        for code, detail in token.refusals
    )


def seconds(value: object) -> float | None:
    """A NumericDate (RFC 7519 section 2) as a number; None for whatever is none, such as true and "1700000000"."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _LAST_SECOND:
        return None
    return float(value)


_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}
_LAST_SECOND = 253_402_300_799  # the end of year 9999, where datetime ends


def _header(header: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "crit" in header or header.get("b64", True) is not True:
        yield "malformed", "the header demands an extension that is not understood (`crit`)"
    if not isinstance(header.get("kid", ""), str):
        yield "malformed", "the header's `kid` is not a string"


def _verified(
    text: str, header: Mapping[str, Any], keys: Keys | None, profile: TokenProfile
) -> tuple[bool | None, tuple[Refusal, ...]]:
    """Whether the signature holds (None without keys), and the refusal that follows from algorithm or signature."""
    algorithm = header["alg"]
    unverified = None if keys is None else False
    if not isinstance(algorithm, str) or algorithm.lower() == "none":
        return unverified, (("algorithm", "the token is not signed (`alg` is none)"),)
    if algorithm not in FAMILIES or (profile.algorithms and algorithm not in profile.algorithms):
        accepted = f"; the server accepts {', '.join(profile.algorithms)}" if profile.algorithms else ""
        return unverified, (("algorithm", f"`{redact.line(algorithm[:40])}` is not allowed{accepted}"),)
    if keys is None:
        unsigned = (("invalid_signature", "the signature is empty"),) if text.endswith(".") else ()
        return None, unsigned
    key, failure = _key(keys, header, algorithm)
    if failure:
        return False, (failure,)
    if not _signature_holds(text, key, algorithm):
        return False, (("invalid_signature", "the signature does not match the key"),)
    return True, ()


def _signature_holds(text: str, key: Any, algorithm: str) -> bool:  # noqa: ANN401 - bytes, or a key of cryptography's
    import jwt

    with warnings.catch_warnings():
        # PyJWT warns of short secrets; `weaknesses.key` says so to the user.
        warnings.simplefilter("ignore")
        try:
            jwt.PyJWS().decode_complete(text, key=key, algorithms=[algorithm])
        except (jwt.PyJWTError, ValueError, TypeError):
            return False
    return True


def _key(keys: Keys, header: Mapping[str, Any], algorithm: str) -> tuple[Any, Refusal | None]:
    """The one key that may verify a token with this header, loaded, else the refusal that says why there is none."""
    key, failure = verifying(keys, header, algorithm)
    if failure or keys.secret is not None:
        return key, failure
    loaded = _public_key(key) if isinstance(key, bytes) else _from_jwk(key or {}, algorithm)
    if FAMILIES[algorithm][0] != "oct" and _family(loaded) != FAMILIES[algorithm]:
        return None, ("algorithm", f"the key given is not of the kind that {algorithm} needs")
    return loaded, None


def _from_jwk(key: Mapping[str, Any], algorithm: str) -> Any:  # noqa: ANN401 - as _public_key, or bytes
    import jwt

    try:
        return _strong(jwt.PyJWK(dict(key), algorithm).key)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None


def _public_key(pem: bytes) -> Any:  # noqa: ANN401 - a key of cryptography's, None when unreadable
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if b"BEGIN CERTIFICATE" in pem:
                key: Any = x509.load_pem_x509_certificate(pem).public_key()
            else:
                key = load_pem_public_key(pem)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            return None
    return _strong(key)


def _strong(key: Any) -> Any:  # noqa: ANN401 - as _public_key
    """The key; raises `InputError` for an RSA key that is too short to prove anything."""
    if _family(key)[0] == "RSA" and key.key_size < MIN_RSA_BITS:
        raise InputError(f"the RSA key has {key.key_size} bits", hint=f"at least {MIN_RSA_BITS} are needed (RFC 7518)")
    return key


def _family(key: Any) -> tuple[str, str]:  # noqa: ANN401 - a key of cryptography's
    """Key type and curve, in the words of `FAMILIES`."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

    match key:
        case rsa.RSAPublicKey():
            return "RSA", ""
        case ec.EllipticCurvePublicKey():
            return "EC", _CURVES.get(key.curve.name, key.curve.name)
        case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
            return "OKP", ""
        case _:
            return "", ""


def _claims(
    claims: Mapping[str, Any], profile: TokenProfile, settings: Mapping[str, str], at: datetime
) -> Iterator[tuple[str, str]]:
    for name in profile.required_claims:
        if claims.get(name) is None:
            yield "missing_claim", f"the token has no `{name}`"
    yield from _times(claims, at)
    issuer = settings.get(profile.issuer, "") if profile.issuer else ""
    if issuer:
        yield from _issuer(claims, issuer)
    audience = settings.get(profile.audience, "") if profile.audience else ""
    if audience:
        yield from _audience(claims, audience)
    for name in ("sub", "jti"):
        if not isinstance(claims.get(name, ""), str):
            yield "malformed", f"`{name}` is not a string"


def _times(claims: Mapping[str, Any], at: datetime) -> Iterator[tuple[str, str]]:
    now = at.timestamp()
    for name in ("iat", "nbf", "exp"):
        if name not in claims:
            continue
        moment = seconds(claims[name])
        if moment is None:
            yield "malformed", f"`{name}` is not a time in seconds since 1970"
        elif name == "exp" and now >= moment:
            # "on or after which": RFC 7519 section 4.1.4
            yield "expired", f"it expired at {_written(moment)} and is judged at {_written(now)}"
        elif name != "exp" and now < moment:
            what = "issued" if name == "iat" else "valid only from"
            yield "not_yet_valid", f"it is {what} {_written(moment)} and is judged at {_written(now)}"


def _issuer(claims: Mapping[str, Any], expected: str) -> Iterator[tuple[str, str]]:
    issuer = claims.get("iss")
    if issuer is None:
        yield "missing_claim", "the token has no `iss`"
    elif issuer != expected:
        yield "invalid_issuer", f"`iss` is {_quoted(issuer)}, and the server expects {_quoted(expected)}"


def _audience(claims: Mapping[str, Any], expected: str) -> Iterator[tuple[str, str]]:
    audience = claims.get("aud")
    if not audience:
        yield "missing_claim", "the token has no `aud`"
        return
    listed: Sequence[Any] = audience if isinstance(audience, list) else (audience,)
    if not all(isinstance(name, str) for name in listed):
        yield "invalid_audience", "`aud` is neither a string nor a list of strings"
    elif expected not in listed:
        yield "invalid_audience", f"`aud` is {_quoted(audience)}, and the server expects {_quoted(expected)}"


def _quoted(value: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    words = value if isinstance(value, str) else json.dumps(redact.value("", value))
    return f"`{redact.line(words)[:120]}`"


def _written(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

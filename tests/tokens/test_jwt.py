"""A token is read strictly, and refused for what its server would refuse it for."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import warnings
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jwt as pyjwt  # noqa: TID253 - a test may pay for the import
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: TID253 - a test may pay for the import
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat  # noqa: TID253 - as above

from iamsim.errors import InputError
from iamsim.model.origin import Origin
from iamsim.model.server import TokenProfile
from iamsim.model.token import Token
from iamsim.tokens import jwt
from iamsim.tokens.weaknesses.key import of_signature

FIXTURES = Path(__file__).parent.parent.parent / "fixtures" / "tokens"
SECRET = b"planted-secret-planted-secret-planted"
AT = datetime(2026, 1, 29, 12, 0, tzinfo=UTC)
NOW = int(AT.timestamp())
CLAIMS = {"sub": "alice", "exp": NOW + 60}
PROFILE = TokenProfile(
    algorithms=("HS256",),
    required_claims=("exp",),
    issuer="MCP_JWT_ISSUER",
    audience="MCP_JWT_AUDIENCE",
    messages={"expired": "Invalid JWT: token_expired"},
)
ANY = TokenProfile(required_claims=("exp",))


def signed(claims: Mapping[str, Any], **header: Any) -> str:
    return pyjwt.encode(dict(claims), SECRET, algorithm="HS256", headers=header or None)


def fixture(name: str) -> dict[str, Any]:
    return json.loads((FIXTURES / f"{name}.json").read_text())


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def raw(header: bytes, payload: bytes, secret: bytes = SECRET) -> str:
    """A token whose parts are written by hand and whose HS256 signature is right."""
    body = f"{base64url(header)}.{base64url(payload)}"
    return f"{body}.{base64url(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"


def read(
    text: str,
    *,
    keys: jwt.Keys | None = jwt.secret(SECRET),  # noqa: B008 - a frozen value
    profile: TokenProfile = PROFILE,
    settings: Mapping[str, str] | None = None,
    at: datetime = AT,
) -> Token:
    return jwt.read(text, origin=Origin("alice.jwt"), keys=keys, profile=profile, settings=settings or {}, at=at)


def codes(token: Token) -> list[str]:
    return [code for code, _ in token.refusals]


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def jwk(kid: str, **more: Any) -> dict[str, Any]:
    found = json.loads(pyjwt.algorithms.RSAAlgorithm.to_jwk(rsa_key().public_key()))
    return {**{name: value for name, value in found.items() if name != "key_ops"}, "kid": kid, **more}


def test_a_sound_token_is_verified_and_its_text_is_not_kept():
    text = signed(fixture("plain"))
    token = read(text + "\n")
    assert token.verified is True
    assert token.refusals == ()
    assert token.claims["role_arn"] == "arn:aws:iam::111122223333:role/QuiltTenantRole"
    assert token.header["alg"] == "HS256"
    assert text not in repr(token)
    assert text.split(".")[2] not in repr(token)


def test_without_a_key_the_token_is_inspected_and_not_verified():
    token = read(signed(CLAIMS), keys=None)
    assert token.verified is None
    assert token.refusals == ()


def test_a_wrong_secret_is_a_refusal_and_no_error():
    token = read(signed(CLAIMS), keys=jwt.secret(b"another-secret-another-secret-another"))
    assert token.verified is False
    assert token.refusals == (("invalid_signature", "the signature does not match the key"),)


def test_an_expired_token_says_when_and_the_server_speaks_in_its_own_words():
    token = read(signed(fixture("expired")))
    assert token.verified is True
    assert token.refusals == (("expired", "it expired at 2026-01-29T09:00:00Z and is judged at 2026-01-29T12:00:00Z"),)
    words = jwt.server_words(token, PROFILE)
    assert [(message.text, message.speaker, message.basis) for message in words] == [
        ("Invalid JWT: token_expired", "server", "observed")
    ]


def test_words_that_the_profile_does_not_have_are_marked_inferred():
    token = read(signed({"sub": "alice"}))
    assert [(message.text, message.basis) for message in jwt.server_words(token, PROFILE)] == [
        ("invalid token: the token has no `exp`", "inferred")
    ]


def test_the_moment_judged_is_an_argument_and_not_the_clock():
    # RFC 7519 section 4.1.4: expired on or after exp (JWT-015).
    text = signed({"exp": 1000, "sub": "alice"})
    assert codes(read(text, at=datetime.fromtimestamp(999, UTC))) == []
    assert codes(read(text, at=datetime.fromtimestamp(1000, UTC))) == ["expired"]


def test_a_token_is_refused_before_its_time():
    assert codes(read(signed({**CLAIMS, "nbf": NOW + 30}))) == ["not_yet_valid"]
    assert codes(read(signed({**CLAIMS, "nbf": NOW}))) == []
    assert codes(read(signed({**CLAIMS, "iat": NOW + 3600}))) == ["not_yet_valid"]


@pytest.mark.parametrize("moment", ["1700000000", True, None, -1, 10**30, [1]])
def test_a_time_that_is_no_number_is_malformed(moment: object):
    token = read(raw(b'{"alg":"HS256"}', json.dumps({"exp": moment}).encode()), profile=TokenProfile())
    assert codes(token) == ["malformed"]
    assert token.verified is True


def test_an_infinite_time_is_malformed():
    assert codes(read(raw(b'{"alg":"HS256"}', b'{"exp":1e400}'))) == ["malformed"]


def test_a_fraction_of_a_second_counts():
    text = signed({"exp": 1000.5, "sub": "alice"})
    assert codes(read(text, at=datetime.fromtimestamp(1000.25, UTC))) == []
    assert codes(read(text, at=datetime.fromtimestamp(1000.5, UTC))) == ["expired"]


def test_the_issuer_is_compared_exactly_and_only_when_the_server_checks_it():
    text = signed({**CLAIMS, "iss": "https://idp.example.com/"})
    assert codes(read(text)) == []
    assert codes(read(text, settings={"MCP_JWT_ISSUER": ""})) == []
    assert codes(read(text, settings={"MCP_JWT_ISSUER": "https://idp.example.com/"})) == []
    token = read(text, settings={"MCP_JWT_ISSUER": "https://idp.example.com"})
    assert token.refusals == (
        ("invalid_issuer", "`iss` is `https://idp.example.com/`, and the server expects `https://idp.example.com`"),
    )
    assert codes(read(signed(CLAIMS), settings={"MCP_JWT_ISSUER": "x"})) == ["missing_claim"]


@pytest.mark.parametrize(
    ("audience", "expected"),
    [
        (["x", "api"], []),
        ("api", []),
        ("api-2", ["invalid_audience"]),
        (["api", 5], ["invalid_audience"]),
        ({"api": 1}, ["invalid_audience"]),
        ([], ["missing_claim"]),
    ],
)
def test_one_of_the_audiences_must_be_the_server(audience: object, expected: list[str]):
    text = raw(b'{"alg":"HS256"}', json.dumps({**CLAIMS, "aud": audience}).encode())
    assert codes(read(text, settings={"MCP_JWT_AUDIENCE": "api"})) == expected
    assert codes(read(text)) == []


def test_a_subject_that_is_no_string_is_malformed():
    assert codes(read(raw(b'{"alg":"HS256"}', json.dumps({**CLAIMS, "sub": 42}).encode()))) == ["malformed"]


def test_refusals_follow_the_order_of_the_checks():
    claims = {"iss": "b", "aud": "b", "nbf": NOW + 9, "iat": NOW + 5, "sub": 1, "exp": NOW - 1}
    token = read(
        raw(b'{"alg":"HS256","crit":["x"]}', json.dumps(claims).encode(), b"wrong" * 9),
        settings={"MCP_JWT_ISSUER": "a", "MCP_JWT_AUDIENCE": "a"},
    )
    assert codes(token) == [
        *("malformed", "invalid_signature", "not_yet_valid", "not_yet_valid", "expired"),
        *("invalid_issuer", "invalid_audience", "malformed"),
    ]


@pytest.mark.parametrize("none", ["none", "None", "nOnE"])
@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_an_unsigned_token_is_refused_whatever_its_case(none: str, signature: str):
    text = f"{base64url(json.dumps({'alg': none}).encode())}.{base64url(json.dumps(CLAIMS).encode())}.{signature}"
    token = read(text, profile=TokenProfile(algorithms=("HS256", "none")))
    assert token.verified is False
    assert token.refusals == (("algorithm", "the token is not signed (`alg` is none)"),)
    assert codes(read(text, keys=None)) == ["algorithm"]


def test_an_empty_signature_is_refused_without_a_key_too():
    text = signed(CLAIMS).rsplit(".", 1)[0] + "."
    assert codes(read(text, keys=None)) == ["invalid_signature"]
    assert codes(read(text)) == ["invalid_signature"]


def test_an_algorithm_that_the_server_does_not_take_is_refused():
    text = pyjwt.encode(CLAIMS, rsa_key(), algorithm="RS256")
    token = read(text, keys=jwt.key_file(public_pem(rsa_key())))
    assert token.refusals == (("algorithm", "`RS256` is not allowed; the server accepts HS256"),)
    assert token.verified is False


def test_a_public_key_never_serves_as_the_secret_of_an_hmac():
    # JWT-003: the token is signed, by HMAC, with the text of the public key.
    pem = public_pem(rsa_key())
    text = raw(b'{"alg":"HS256"}', json.dumps(CLAIMS).encode(), pem)
    for profile in (PROFILE, ANY):
        token = read(text, keys=jwt.key_file(pem), profile=profile)
        assert token.verified is False
        assert codes(token) == ["algorithm"]
    with pytest.raises(InputError, match="is a key and not a shared secret"):
        jwt.secret(pem)
    with pytest.raises(InputError, match="is a key and not a shared secret"):
        jwt.secret(json.dumps(jwk("a")).encode())


def test_a_secret_never_verifies_an_asymmetric_algorithm():
    token = read(pyjwt.encode(CLAIMS, rsa_key(), algorithm="RS256"), profile=ANY)
    assert token.refusals == (("algorithm", "RS256 is verified with a public key, and the key given is a secret"),)


@pytest.mark.parametrize("algorithm", ["RS256", "PS384"])
def test_an_rsa_signature_is_verified_with_a_public_key(algorithm: str):
    text = pyjwt.encode(CLAIMS, rsa_key(), algorithm=algorithm)
    assert read(text, keys=jwt.key_file(public_pem(rsa_key())), profile=ANY).verified is True


def test_an_elliptic_signature_is_bound_to_its_curve():
    text = pyjwt.encode(CLAIMS, ec_key(), algorithm="ES256")
    assert read(text, keys=jwt.key_file(public_pem(ec_key())), profile=ANY).verified is True
    other = ec.generate_private_key(ec.SECP384R1())
    assert codes(read(text, keys=jwt.key_file(public_pem(other)), profile=ANY)) == ["algorithm"]
    assert codes(read(text, keys=jwt.key_file(public_pem(rsa_key())), profile=ANY)) == ["algorithm"]
    zero = text.rsplit(".", 1)[0] + "." + base64url(bytes(64))
    assert codes(read(zero, keys=jwt.key_file(public_pem(ec_key())), profile=ANY)) == ["invalid_signature"]


def test_the_key_id_selects_among_the_keys_of_the_set():
    keys = jwt.key_file(json.dumps({"keys": [jwk("a"), jwk("b")]}).encode())
    for kid, verified in (("a", True), ("c", False), ("../../dev/null", False)):
        token = read(pyjwt.encode(CLAIMS, rsa_key(), algorithm="RS256", headers={"kid": kid}), keys=keys, profile=ANY)
        assert token.verified is verified
        assert codes(token) == ([] if verified else ["invalid_signature"])
    anonymous = read(pyjwt.encode(CLAIMS, rsa_key(), algorithm="RS256"), keys=keys, profile=ANY)
    assert anonymous.refusals == (
        ("invalid_signature", "several keys of the set fit, and the token does not say which"),
    )
    single = jwt.key_file(json.dumps(jwk("a")).encode())
    assert read(pyjwt.encode(CLAIMS, rsa_key(), algorithm="RS256"), keys=single, profile=ANY).verified is True


@pytest.mark.parametrize("unfit", [{"use": "enc"}, {"alg": "RS512"}, {"key_ops": ["sign"]}, {"kty": "EC"}])
def test_a_key_that_is_meant_for_something_else_is_not_used(unfit: dict[str, Any]):
    keys = jwt.key_file(json.dumps({"keys": [jwk("a", **unfit)]}).encode())
    token = read(pyjwt.encode(CLAIMS, rsa_key(), algorithm="RS256", headers={"kid": "a"}), keys=keys, profile=ANY)
    assert token.refusals == (("invalid_signature", "no key of the set fits the token"),)


def test_a_key_that_the_token_brings_along_is_ignored():
    # JWT-013
    attacker = rsa.generate_private_key(65537, 2048)
    own = json.loads(pyjwt.algorithms.RSAAlgorithm.to_jwk(attacker.public_key()))
    text = pyjwt.encode(CLAIMS, attacker, algorithm="RS256", headers={"jwk": own})
    assert codes(read(text, keys=jwt.key_file(public_pem(rsa_key())), profile=ANY)) == ["invalid_signature"]


def test_a_critical_extension_is_refused_even_when_empty():
    for crit in (["b64"], ["exp"], [], "x"):
        text = raw(json.dumps({"alg": "HS256", "crit": crit}).encode(), json.dumps(CLAIMS).encode())
        assert codes(read(text))[0] == "malformed"


def test_a_server_that_verifies_nothing_refuses_nothing():
    token = read(signed(fixture("expired")), keys=None, profile=TokenProfile(verifies=False))
    assert token.refusals == ()


def test_a_short_secret_verifies_with_a_word_about_it_and_without_a_warning():
    text = raw(b'{"alg":"HS256"}', json.dumps(CLAIMS).encode(), b"short")
    keys = jwt.secret(b"short\n")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        token = read(text, keys=keys)
    assert caught == []
    assert token.verified is True
    told = [weak.message for weak in of_signature(text, "HS256", keys)]
    assert told == ["the JWT secret has 5 bytes; HS256 needs at least 32"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the token is empty"),
        ("hello", "this is not a token"),
        ("a.b", "this is not a token"),
        (".b.c", "this is not a token"),
        ("YQ..YQ.YQ.YQ", "this is an encrypted token (JWE)"),
        ("Four stops. In. One. Text. No token", "this is not a token"),
        ('{"sub": "alice"}', "this is JSON, not a signed token"),
        ("arn:aws:s3:::b", "this is an ARN, not a token"),
        ("Bearer abc.def.ghi", "the token begins with `Bearer`"),
        ("a" * 70_000, "the token has 70,000 characters"),
        (f"{base64url(b'[]')}.e30.e30", "the token's header is not a JSON object"),
        (f"{base64url(b'{}')}.e30.e30", "the token's header names no `alg`"),
        (f"{base64url(b'{')}.e30.e30", "the token's header is not JSON"),
    ],
)
def test_a_text_that_is_no_token_is_an_input_error(text: str, message: str):
    with pytest.raises(InputError) as caught:
        read(text)
    assert caught.value.message == message
    assert caught.value.hint
    assert str(caught.value).startswith("alice.jwt: ")
    assert caught.value.exit_code == 2


def test_a_role_arn_in_place_of_a_token_is_called_by_its_name():
    with pytest.raises(InputError) as caught:
        read("arn:aws:iam::111122223333:role/QuiltTenantRole")
    assert caught.value.message == "`arn:aws:iam::111122223333:role/QuiltTenantRole` is a role ARN, not a token"
    assert caught.value.hint == "give it with --role-arn"


def test_a_token_in_place_of_an_arn_is_recognised():
    assert jwt.is_token(signed(CLAIMS))
    assert not jwt.is_token("arn:aws:iam::111122223333:role/QuiltTenantRole")
    assert not jwt.is_token("www.example.com")


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (b'{"sub":"a","sub":"b"}', "holds a key twice"),
        (b'{"exp":NaN}', "holds a number that JSON does not have"),
        (b'{"sub":"\xff"}', "is not UTF-8"),
        (b'{"sub":"\\ue000"}', "holds a private-use character (U+E000 to U+E002)"),
        (b'{"sub":"\\ud800"}', "holds half of a surrogate pair"),
        (b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", "is nested too deeply"),
        (b"[" * 20_000, "is nested too deeply"),
        (b'{"exp":' + b"9" * 5000 + b"}", "is not JSON"),
    ],
)
def test_claims_are_strict_json(payload: bytes, message: str):
    with pytest.raises(InputError) as caught:
        read(raw(b'{"alg":"HS256"}', payload))
    assert caught.value.message == f"the token's claims {message}"


def test_base64url_has_one_writing_only():
    header, claims, signature = signed(CLAIMS).split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # 32 bytes leave two bits of the last character unused.
    loose = signature[:-1] + alphabet[alphabet.index(signature[-1]) + 1]
    for text in (
        f"{header}.{claims}.{signature}=",
        f"{header}.{claims}.{loose}",
        f"{header}.{claims} .{signature}",
        f"{header}.{claims[:4]}\n{claims[4:]}.{signature}",
        f"{header}.{claims}+/.{signature}",
    ):
        with pytest.raises(InputError, match="is not base64url"):
            read(text)


def private_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello", "the key file is neither PEM nor JSON"),
        (b'{"keys": []}', "the key file holds no JSON Web Keys"),
        (b'{"keys": [1]}', "the key file holds no JSON Web Keys"),
        (b'{"sub": "alice"}', "the key file holds no JSON Web Keys"),
        (b'{"kty": "RSA", "d": "AQAB"}', "the key file holds a private key"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "the key file holds no readable public key"),
        (json.dumps({"keys": [{"kty": "RSA"}] * 201}).encode(), "the key file holds 201 keys"),
    ],
)
def test_a_key_file_that_cannot_serve_says_why(content: bytes, message: str):
    with pytest.raises(InputError) as caught:
        jwt.key_file(content)
    assert caught.value.message == message
    assert caught.value.hint


def test_a_private_or_short_key_is_refused():
    with pytest.raises(InputError, match="holds a private key"):
        jwt.key_file(private_pem(rsa_key()))
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - the key that is refused
    with pytest.raises(InputError, match="the RSA key has 1024 bits"):
        jwt.key_file(public_pem(short))


def test_an_empty_secret_is_refused():
    with pytest.raises(InputError, match="the JWT secret is empty"):
        jwt.secret(b"\n")


def test_no_error_and_no_repr_shows_token_or_secret():
    text = signed({**CLAIMS, "catalog_token": signed(CLAIMS)})
    keys = jwt.secret(SECRET)
    assert SECRET.decode() not in repr(keys)
    token = read(text, keys=keys)
    assert text.split(".")[2] not in repr((token, jwt.server_words(token, PROFILE)))
    for broken in (text + "x!", text[:-1] + "=", text.replace(".", ".\n", 1), f"Bearer {text}", text + "." + text):
        with pytest.raises(InputError) as caught:
            read(broken)
        for part in text.split("."):
            assert part not in str(caught.value)


def test_a_secret_in_a_claim_does_not_reach_a_refusal():
    inner = signed(CLAIMS)
    token = read(
        signed({**CLAIMS, "iss": inner, "aud": [inner]}), settings={"MCP_JWT_ISSUER": "a", "MCP_JWT_AUDIENCE": "a"}
    )
    assert codes(token) == ["invalid_issuer", "invalid_audience"]
    assert inner.split(".")[1] not in repr(token.refusals)
    assert "redacted" in token.refusals[0][1]

"""What is weak about a key shows in a signature, and what is weak about a token in its claims."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from iamsim.model.server import TokenProfile
from iamsim.tokens import jwt
from iamsim.tokens.weaknesses import claims, header
from iamsim.tokens.weaknesses.key import KNOWN, of_signature
from tests.tokens import made

CLAIMS = {"sub": "alice"}
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def subjects(text, algorithm, keys):
    return [weak.subject for weak in of_signature(text, algorithm, keys)]


def of_secret(secret: bytes, algorithm: str = "HS256"):
    return subjects(made.token({"alg": algorithm}, CLAIMS, secret), algorithm, jwt.secret(secret))


@pytest.mark.parametrize("word", KNOWN)
def test_every_known_secret_is_known_with_and_without_the_key(word):
    assert "known" in of_secret(word.encode())
    assert subjects(made.token({"alg": "HS256"}, CLAIMS, word.encode()), "HS256", None) == ["known"]


def test_a_known_secret_is_known_in_other_case_too():
    assert "known" in of_secret(b"Your-256-Bit-Secret")


@pytest.mark.parametrize(("algorithm", "size"), [("HS256", 32), ("HS384", 48), ("HS512", 64)])
def test_a_secret_is_as_long_as_the_hash(algorithm, size):
    assert of_secret(made.SECRETS["secret"][:size], algorithm) == []
    assert of_secret(made.SECRETS["secret"][: size - 1], algorithm) == ["short"]


@pytest.mark.parametrize(
    "secret", ["correct horse battery staple 123456", "the-quick-brown-fox-jumps-over-the-dog", "ab" * 20, "x" * 64]
)
def test_words_and_repetitions_are_memorable(secret):
    assert of_secret(secret.encode()) == ["memorable"]


@pytest.mark.parametrize("times", range(5))
def test_random_text_is_not_memorable(times):
    seed = made.SECRETS["secret"][times:] * 2
    for text in (seed.hex(), made.base64url(seed)):
        assert of_secret(text.encode()) == []


def test_the_secret_of_a_key_set_is_measured_like_any_other():
    key = {"kty": "oct", "k": made.base64url(b"short-and-odd"), "kid": "a"}
    keys = jwt.key_file(json.dumps({"keys": [made.jwk("rsa"), key, {"kty": "oct", "k": "!"}]}).encode())
    assert subjects(made.token({"alg": "HS256"}, CLAIMS, b"short-and-odd"), "HS256", keys) == ["short"]
    assert subjects(made.token({"alg": "HS256"}, CLAIMS, "secret"), "HS256", keys) == []


def test_a_signature_of_another_family_says_nothing_of_a_secret():
    text = made.token({"alg": "RS256"}, CLAIMS, "rsa")
    assert subjects(text, "RS256", jwt.key_file(made.pem("rsa"))) == []
    for algorithm in ("none", None, ["HS256"], "hs256"):
        assert subjects(text, algorithm, jwt.secret(b"short")) == []


@pytest.mark.parametrize(
    ("key_id", "what"),
    [
        ("..\\..\\boot.ini", "kid a path"),
        ("%2e%2e/etc", "kid a path"),
        ("/dev/null", "kid a path"),
        ("C:\\keys\\a", "kid a path"),
        ("file:///etc/passwd", "kid a URL"),
        ("http://169.254.169.254/", "kid a URL"),
        ("x' UNION SELECT 'y", "kid SQL"),
        ("1 or 1=1", "kid SQL"),
        ("a; drop table keys", "kid SQL"),
        ("a | id", "kid a command"),
        ("$(id)", "kid a command"),
    ],
)
def test_a_key_id_that_is_more_than_a_name_is_told(key_id, what):
    (weak,) = header.key_id({"kid": key_id})
    assert weak.subject == what


@pytest.mark.parametrize(
    "key_id",
    [
        *("2026-01", "a1b2c3d4-0000-4000-8000-000000000000", "NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg"),
        *(
            "/Ab+c/dE==",
            "arn:aws:kms:us-east-1:111122223333:key/a",
            "AB:CD:EF",
            "did:key:z6Mk",
            "key.v1_2~x",
            "",
            7,
            None,
        ),
    ],
)
def test_a_key_id_that_is_a_name_is_not_told(key_id):
    assert list(header.key_id({"kid": key_id})) == []


def test_a_server_that_takes_one_family_cannot_be_confused():
    for algorithms in (("HS256", "HS512"), ("RS256", "ES256"), ()):
        profile = TokenProfile(algorithms=algorithms)
        assert list(header.confusable({"alg": "RS256"}, profile)) == []
    assert list(header.confusable({"alg": "HS256"}, TokenProfile(algorithms=("RS256",), verifies=False))) == []
    assert list(header.confusable({"alg": "HS256"}, None)) == []


@pytest.mark.parametrize(
    ("lasts", "severity"),
    [(timedelta(days=1), None), (timedelta(days=1, seconds=1), "medium"), (timedelta(days=31), "high")],
)
def test_a_token_is_long_lived_from_a_day_on(lasts, severity):
    issued = int((AT - timedelta(hours=5)).timestamp())
    for given in (
        {"iat": issued, "exp": issued + int(lasts.total_seconds())},
        {"exp": int((AT + lasts).timestamp())},
    ):
        assert [weak.severity for weak in claims.expires_late(given, AT)] == ([severity] if severity else [])


@pytest.mark.parametrize("broken", ["soon", True, None, -1, 1e400, [1]])
def test_a_time_that_is_none_is_left_to_the_refusals(broken):
    assert list(claims.expires_late({"exp": broken}, AT)) == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("https://a.example/?access_token=x", True),
        ("https://a.example/cb#id_token=x", True),
        ("https://a.example/?a=b&jwt=x", True),
        ("https://a.example/token", False),
        ("https://a.example/?access_token=", False),
        ("https://a.example/?page_token_size=3", False),
        ("see access_token=x", False),
        (7, False),
    ],
)
def test_a_url_with_a_token_is_told(value, told):
    assert bool(list(claims.in_url({"next": value}))) is told


def test_a_setting_that_is_a_token_is_told_and_not_shown():
    text = made.token({"alg": "HS256"}, CLAIMS)
    (weak,) = claims.in_settings({"A": (text,), "B": ("https://a.example/token",)})
    assert weak.message == "the setting `A` holds a token"
    assert text not in repr(weak)

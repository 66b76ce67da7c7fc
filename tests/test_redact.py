"""What must never be shown is not shown, and what must be read stays readable."""

from __future__ import annotations

import time

import jwt  # noqa: TID253 - a test may pay for the import
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsim import redact

TOKEN = jwt.encode({"sub": "alice", "note": "n" * 40}, "k" * 32, algorithm="HS256")
KEY_ID = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION_TOKEN = "IQoJb3JpZ2luX2Vj" + "Ab1/" * 40


@pytest.mark.parametrize(
    "words",
    [
        TOKEN,
        f"Authorization: Bearer {TOKEN}",
        f"glued-{TOKEN}.",
        f"x{TOKEN}",
        f"call failed for {KEY_ID}",
        f"aws_secret_access_key = {SECRET_KEY}",
        f'{{"SecretAccessKey": "{SECRET_KEY}"}}',
        f"AWS_SESSION_TOKEN={SESSION_TOKEN}",
        f"the token {SESSION_TOKEN} is long",
        "MCP_JWT_SECRET=correct-horse-battery",
        '"password": "open \\" sesame"',
        "error='password=opensesame'",
        "https://user:opensesame@example.com/x",
        "https://example.com/?access_token=opensesame&x=1",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEopensesame\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIEopensesame and cut off",
        "Authorization: Basic b3BlbnNlc2FtZTpvcGVuc2VzYW1l",
        f"Access key ID,Secret access key\n{KEY_ID},{SECRET_KEY}",
        f"Credentials('{KEY_ID}', '{SECRET_KEY}')",
        f'client("s3", "{SECRET_KEY}")',
        f"credential: {KEY_ID} {SECRET_KEY} (us-east-1)",
        f"logged in with {'gh' + 'p_'}{'opensesame' * 4}",
        f"registry {'gl' + 'pat-'}{'opensesame' * 2}",
        f"key {'s' + 'k-'}proj-{'opensesame' * 4}",
        f"url: https://b.s3.amazonaws.com/x?X-Amz-Security-Token={SESSION_TOKEN[:30]}opensesame&X-Amz-Expires=60",
        r"https://b.s3.amazonaws.com/x?AWSAccessKeyId=opensesame1\u0026Signature=opensesame2%3D\u0026Expires=1",
        "https://b.s3.amazonaws.com/x?AWSAccessKeyId=opensesame&amp;Signature=opensesame&amp;x-amz-security-token=opensesame",
    ],
)
def test_no_credential_survives_in_a_text(words: str):
    shown = redact.text(words)
    for planted in (TOKEN, TOKEN.split(".")[1], TOKEN.split(".")[2], KEY_ID, SECRET_KEY, SESSION_TOKEN):
        assert planted not in shown
    for planted in ("opensesame", "sesame", "correct-horse", "b3BlbnNlc2FtZT"):
        assert planted not in shown
    assert "redacted" in shown


def test_a_presigned_url_keeps_its_object_and_loses_what_signs_it():
    url = (
        f"https://b.s3.amazonaws.com/data/x.csv?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={KEY_ID}%2F20260129"
        f"%2Fus-east-1&X-Amz-Expires=60&X-Amz-Security-Token={SESSION_TOKEN}&X-Amz-Signature=0123456789abcdef"
    )
    assert redact.text(url) == (
        "https://b.s3.amazonaws.com/data/x.csv?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=redacted"
        "&X-Amz-Expires=60&X-Amz-Security-Token=redacted&X-Amz-Signature=redacted"
    )
    old = f"https://b.s3.amazonaws.com/x?AWSAccessKeyId={KEY_ID}&Signature=abc%3D&Expires=1769677200"
    assert (
        redact.text(old) == "https://b.s3.amazonaws.com/x?AWSAccessKeyId=redacted&Signature=redacted&Expires=1769677200"
    )


def test_a_redacted_token_tells_its_length():
    assert redact.text(f"got {TOKEN}, refused") == f"got redacted ({len(TOKEN)} characters), refused"


@pytest.mark.parametrize(
    "words",
    [
        "not set: --set bucket_kms_key=…)",
        "JWT authentication required. Provide Authorization: Bearer header.",
        "Invalid Authorization header. Expected Bearer token.",
        "JWT validation failed (token_expired) request_id=0a1b",
        "token: `arn:aws:iam::111122223333:role/Quilt1` is a role ARN, not a token; give it with --role-arn",
        "the token: it expired at 2026-01-29T12:00:00Z",
        "fixtures/tokens/token: Plain1Plain2Plain3Plain4 is not JSON",
        '"Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-01-29T12:00:00Z"}}',
        '"ForAllValues:StringEquals": {"aws:TagKeys": "team"}',
        "--token-file=alice.jwt",
        'kms_key = "arn:aws:kms:us-east-1:111122223333:key/1a2b"',
        '"credential": "role", "key": "assume.sts:TagSession"',
        (
            "User: arn:aws:sts::111122223333:assumed-role/app/s1 is not authorized to perform: secretsmanager:GetSecretValue "
            "on resource: arn:aws:secretsmanager:us-east-1:111122223333:secret:ProdDatabase1-Ab1Cd2"
        ),
        "role id AROAIOSFODNN7EXAMPLE",
        "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' is forty letters",
        "sk-learn and npm_config are names, pypi-publish too",
        "aws sts assume-role --tags Key=team,Value=genomics",
    ],
)
def test_what_is_no_credential_stays_as_it_was(words: str):
    assert redact.text(words) == words


@pytest.mark.parametrize(
    "name",
    [
        "api_key",
        "accessKeyId",
        "APIKey",
        "X-Api-Key",
        "key",
        "catalog_token",
        "passwordHash",
        "mysecret",
        "credentials",
    ],
)
def test_a_value_whose_name_speaks_of_a_secret_is_redacted(name: str):
    assert redact.value(name, "hunter2") == "redacted (7 characters)"
    assert redact.value(name, 12345) == "redacted (5 characters)"
    assert redact.value("claims", {name: {"deep": ["hunter2"]}}) == {name: {"deep": ["redacted (7 characters)"]}}


@pytest.mark.parametrize(
    "name", ["transitive_tag_keys", "transitiveTagKeys", "TagKeys", "aws:TagKeys", "monkey", "keyboard", "sub"]
)
def test_a_name_that_only_sounds_like_a_secret_is_shown(name: str):
    assert redact.value(name, ["team", "hunter2"]) == ["team", "hunter2"]


def test_a_tag_is_judged_by_its_key():
    tags = [{"Key": "team", "Value": "genomics"}, {"Key": "api_key", "Value": "hunter2"}]
    assert redact.value("session_tags", tags) == [
        {"Key": "team", "Value": "genomics"},
        {"Key": "api_key", "Value": "redacted (7 characters)"},
    ]


def test_a_claim_that_is_itself_a_credential_is_redacted_under_any_name():
    claims = {"note": TOKEN, "owner": KEY_ID, "seed": SECRET_KEY, "sub": "alice", "digest": "0a" * 20}
    shown = redact.value("claims", claims)
    assert shown == {
        "note": f"redacted ({len(TOKEN)} characters)",
        "owner": "redacted (20 characters)",
        "seed": "redacted (40 characters)",
        "sub": "alice",
        "digest": "0a" * 20,
    }
    assert redact.value("claims", {TOKEN: 1}) == {f"redacted ({len(TOKEN)} characters)": 1}


def test_booleans_numbers_and_null_keep_their_type():
    tree = {"exp": 4102444800, "admin": True, "none": None, "share": 0.5}
    assert redact.value("claims", tree) == tree


def test_the_key_of_an_object_is_an_argument_that_is_shown():
    given = {
        "bucket": "b",
        "key": "data/x.csv",
        "s3_keys": ["a", "b"],
        "kms_key_id": "1a2b",
        "copy_source": {"Key": "c"},
    }
    assert redact.arguments(given) == given
    hidden = {"api_key": "hunter2", "secret_key": "hunter2", "key": SECRET_KEY, "auth": {"token": "hunter2"}}
    assert "hunter2" not in str(redact.arguments(hidden))
    assert SECRET_KEY not in str(redact.arguments(hidden))


def test_a_tree_without_end_is_cut():
    tree: object = "hunter2"
    for _ in range(5000):
        tree = [tree]
    assert "nested too deep" in repr(redact.value("claims", tree))


def test_a_line_can_neither_break_nor_steer_the_terminal():
    assert redact.line("a\nb\x1b[2Jc\u202ed") == "a\ufffdb\ufffd[2Jc\ufffdd"


PIECES = [
    *("eyJhbGciOiJIUzI1NiJ9", ".", "=", ":", " ", '"', "'", "\\", "\n", "(", ")", ",", "&", "://", "@", "/"),
    *("token", "secret", "api_key", "Bearer ", "basic ", "Signature", "Credential", "X-Amz-Signature", KEY_ID),
    *(
        "redacted",
        "redacted (12 characters)",
        "-----BEGIN PRIVATE KEY-----",
        SESSION_TOKEN,
        "abc1",
        "é",
        "x" * 20,
        SECRET_KEY,
        ",",
        "sk-",
    ),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_redacting_twice_changes_nothing_more(words: str):
    once = redact.text(words)
    assert redact.text(once) == once
    value = redact.value("note", words)
    assert redact.value("note", value) == value


@given(
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
)
def test_a_token_is_found_whatever_stands_around_it(before: str, after: str):
    assert TOKEN.split(".")[1] not in redact.text(f"{before}{TOKEN}{after}")


@pytest.mark.parametrize(
    "hostile",
    [
        "ey",
        "eyJ",
        "ewoi.",
        "a=",
        "a: ",
        "://a:",
        '"a": "',
        'token="',
        "-----BEGIN ",
        "bearer ",
        "AKIA",
        "IQoJ",
        " ",
        "\\",
        "a.",
        "= ",
        "'",
        "AKIA****,",
        "'" + "aA1" * 13 + "b",
        "sk-",
        "x-",
    ],
)
def test_hostile_text_costs_no_more_than_its_length(hostile: str):
    begin = time.process_time()
    redact.text(hostile * (400_000 // len(hostile)))
    # Linear takes a fraction of a second; quadratic would take hours.
    assert time.process_time() - begin < 10

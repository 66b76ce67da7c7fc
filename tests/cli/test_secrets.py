"""No token, secret or credential is in anything that the command line prints or writes."""

from __future__ import annotations

import html
import json
from pathlib import Path

import jwt  # noqa: TID253 - a test may pay for the import
import pytest

from iamsim import renderers
from iamsim.cli import _gated
from tests.cli.conftest import LATER
from tests.cli.running import ROLE, TASK, Ran, run

HMAC = "horse-battery-staple-of-the-server-1234"
CATALOG = jwt.encode({"catalog": "inner", "note": "n" * 40}, "i" * 32, algorithm="HS256")
ACCESS_KEY, SECRET_KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION = "IQoJb3JpZ2luX2Vj" + "Ab1/" * 40
URL = (
    "https://bucket.s3.amazonaws.com/key?X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20260101%2Fus-east-1%2Fs3"
    "&X-Amz-Signature=deadbeefcafe0123deadbeefcafe0123&X-Amz-Security-Token=opaqueSecurityToken0123"
)
TAGS = {"team": "research", "first": ACCESS_KEY, "second": SECRET_KEY, "third": SESSION, "password": "hunter2-of-a-tag"}
CLAIMS = {
    "sub": "test-user",
    "role_arn": ROLE,
    "exp": LATER,
    "session_tags": TAGS,
    "catalog_token": CATALOG,
    "link": URL,
    "db_password": "swordfish-of-a-claim",
    "nested": {"api_key": "opensesame-of-a-nested-claim"},
}
TOKEN = jwt.encode(CLAIMS, HMAC, algorithm="HS256")
PLANTED = {
    "the token": TOKEN,
    "its claims": TOKEN.split(".")[1],
    "its signature": TOKEN.split(".")[2],
    "the secret of the server": HMAC,
    "the token in a claim": CATALOG,
    "an access key": ACCESS_KEY,
    "another access key": "ASIAIOSFODNN7EXAMPLE",
    "a secret access key": SECRET_KEY,
    "a session token": SESSION[:60],
    "a signature": "deadbeefcafe0123deadbeefcafe0123",
    "a security token": "opaqueSecurityToken0123",
    "a password in a tag": "hunter2-of-a-tag",
    "a password in a claim": "swordfish-of-a-claim",
    "a key in a claim": "opensesame-of-a-nested-claim",
}


def clean(text: str) -> str:
    """The text, with none of the planted secrets in it."""
    found = [name for name, secret in PLANTED.items() if secret in text]
    assert not found, f"{found} in …{text[max(0, text.index(PLANTED[found[0]]) - 200) :][:240]}…"
    return text


def all_of(ran: Ran, *files: Path) -> str:
    """Everything that a run said and wrote."""
    return "".join((ran.out, ran.err, *(path.read_text(encoding="utf-8") for path in files)))


@pytest.fixture
def planted(open_account: Path) -> Path:
    """The account with the token and the secret beside it, and a policy that asks for the tags by name."""
    (open_account.parent / "token").write_text(TOKEN + "\n", encoding="utf-8")
    (open_account.parent / "secret").write_text(HMAC + "\n", encoding="utf-8")
    # Statements that repeat what they compare: a condition on a tag, and a variable put into a resource.
    inline = open_account / "roles" / "quilt-tenant" / "inline" / "tagged.json"
    statements = [
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": f"arn:aws:s3:::quilt-ernest-staging/${{aws:PrincipalTag/{name}}}/*",
            "Condition": {"StringEquals": {f"aws:PrincipalTag/{name}": "somebody else's"}},
        }
        for name in TAGS
    ]
    inline.write_text(json.dumps({"Version": "2012-10-17", "Statement": statements}), encoding="utf-8")
    trust = open_account / "roles" / "quilt-tenant" / "trust.json"
    document = json.loads(trust.read_text(encoding="utf-8"))
    for name in TAGS:
        document["Statement"][0].setdefault("Condition", {}).setdefault("StringNotEquals", {})[
            f"aws:RequestTag/{name}"
        ] = "somebody else's"
    trust.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return open_account


GIVEN = ("--token-file", "../token", "--secret-file", "../secret")


EVERY_FORMAT = ("--format", "terminal", "--format", "json=../report.json", "--format", "html=../report.html")
FILES = ("report.html", "report.json")


@pytest.mark.parametrize("way", ["verified", "read", "standard input", "environment"])
def test_no_secret_is_in_a_report(planted, monkeypatch, way):
    if way == "environment":
        monkeypatch.setenv("IAMSIM_TOKEN", TOKEN)
        monkeypatch.setenv("IAMSIM_SECRET", HMAC)
    arguments = {"verified": GIVEN, "read": GIVEN[:2], "standard input": ("--token-file", "-")}.get(way, ())
    ran = run(planted, "check", *arguments, *EVERY_FORMAT, stdin=TOKEN.encode())
    assert ran.code in (0, 1, 4), ran.err
    assert ran.err == "wrote ../report.json\nwrote ../report.html\n"
    assert sorted(item.name for item in planted.parent.iterdir()) == ["quilt-fixed", *FILES, "secret", "token"]
    for text in (ran.out, *((planted.parent / name).read_text(encoding="utf-8") for name in FILES)):
        assert "research" in clean(text)
        assert "redacted (20 characters)" in text


def test_no_secret_is_in_any_other_format_however_it_escapes_text(planted):
    others = sorted({*renderers.names()} - {"terminal", "json", "html"})
    asked = [part for name in others for part in ("--format", f"{name}=../out/{name}")]
    ran = run(planted, "check", *GIVEN, *asked)
    assert ran.err.splitlines() == [f"wrote ../out/{name}" for name in others]
    for name in others:
        text = (planted.parent / "out" / name).read_text(encoding="utf-8")
        assert text
        clean(text)
        clean(html.unescape(text).replace("%2C", ",").replace("%3A", ":").replace("%25", "%"))


def test_a_claim_or_a_tag_that_is_a_credential_shows_as_redacted_with_its_length(planted):
    report = run(planted, "check", *GIVEN, "--format", "json").report
    claims = report["token"]["claims"]
    assert claims["catalog_token"] == f"redacted ({len(CATALOG)} characters)"
    assert claims["db_password"] == "redacted (20 characters)"
    assert claims["nested"] == {"api_key": "redacted (28 characters)"}
    assert claims["sub"] == "test-user"
    assert claims["link"].startswith("https://bucket.s3.amazonaws.com/key?X-Amz-Credential=redacted")
    assert report["assume"]["call"]["tags"] == {
        "team": "research",
        "first": "redacted (20 characters)",
        "second": "redacted (40 characters)",
        "third": f"redacted ({len(SESSION)} characters)",
        "password": "redacted (16 characters)",
    }
    assert "signature" not in json.dumps(report["token"])


def test_no_secret_is_in_a_page_made_of_a_saved_report_or_of_a_check(planted):
    clean(all_of(run(planted, "check", *GIVEN, "--format", "json=../saved.json"), planted.parent / "saved.json"))
    saved = run(planted, "report", "../saved.json", "-o", "-")
    made = run(planted, "report", *GIVEN, "-o", "-")
    for ran in (saved, made):
        assert ran.out.startswith("<!DOCTYPE html>")
        clean(all_of(ran))


def test_a_saved_report_with_a_secret_written_into_it_is_cleaned_too(planted):
    path = planted.parent / "saved.json"
    run(planted, "check", *GIVEN, "--format", f"json={path}")
    path.write_text(path.read_text(encoding="utf-8").replace('"research"', f'"{ACCESS_KEY}"'), encoding="utf-8")
    clean(run(planted, "report", path, "-o", "-").out)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--claim", f"session_tags={json.dumps(TAGS)}"),
        ("--claim", f"catalog_token={CATALOG}"),
        ("--claim", "db_password=swordfish-of-a-claim"),
        ("--claim", f"link={URL}"),
        ("--context", "aws:RequestTag/password=hunter2-of-a-tag"),
        ("--context", f"aws:SourceIdentity={ACCESS_KEY}"),
        ("--assume", "aws:PrincipalTag/api_key=opensesame-of-a-nested-claim"),
        ("--set", f"item_key={ACCESS_KEY}"),
    ],
)
def test_no_secret_that_an_option_states_is_in_a_report(planted, arguments):
    ran = run(planted, "check", "--role-arn", ROLE, "--claim", "sub=test-user", *arguments, *EVERY_FORMAT)
    assert ran.code in (0, 1, 4), ran.err
    clean(all_of(ran, *(planted.parent / name for name in FILES)))


def test_no_secret_is_in_an_explanation(planted):
    key = "arn:aws:s3:::quilt-ernest-staging/raw/cells.csv"
    arguments = ("--principal", ROLE, "--action", "s3:GetObject", "--resource", key)
    contexts = [word for name, value in TAGS.items() for word in ("--context", f"aws:PrincipalTag/{name}={value}")]
    ran = run(planted, "explain", *arguments, *contexts)
    assert ran.code == 0, ran.err
    assert "redacted (" in clean(all_of(ran))


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--role-arn", TOKEN),
        ("check", "--role-arn", TOKEN[: len(TOKEN) // 2]),
        ("check", "--role-arn", ROLE, "--server-principal", TOKEN),
        ("check", "--token-file", TOKEN),
        ("check", "--token-file", "../token", "--secret-file", HMAC),
        ("check", "--token-file", "../token", "--key-file", "../secret"),
        ("check", "--token-file", "../secret"),
        ("check", "--token-file", "../broken"),
        ("check", "--secret", HMAC),
        ("check", f"--secret={HMAC}"),
        ("check", "--token", TOKEN),
        ("check", TOKEN),
        ("check", "--tools", TOKEN),
        ("check", "--mode", TOKEN),
        ("check", "--policies", TOKEN),
        ("check", "--set", TOKEN),
        ("check", "--set", f"{TOKEN}=x"),
        ("check", "--context", TOKEN),
        ("check", "--context", f"password={ACCESS_KEY}"),
        ("check", "--assume-none", TOKEN),
        ("check", "--at", TOKEN),
        ("check", "--claim", TOKEN),
        ("check", "--claim", f"tags={{{TOKEN}"),
        ("check", "--format", TOKEN),
        ("check", *GIVEN, "--format", f"json=roles/quilt-tenant/trust.json/{ACCESS_KEY}"),
        ("check", "--profile", TOKEN, "--policies", "aws", "--role-arn", ROLE),
        ("check", "--policies", f"aws:{ACCESS_KEY}", "--role-arn", ROLE),
        ("check", "--policies", "aws", "--role-arn", ROLE, "--endpoint-url", f"http://user:{SECRET_KEY}@127.0.0.1:1"),
        ("check", "--policies", "aws", "--role-arn", ROLE, "--endpoint-url", TOKEN),
        ("check", "--policies", "aws", "--role-arn", ROLE, "--region", TOKEN),
        (TOKEN,),
        (f"--{TOKEN}",),
        ("report", TOKEN),
        ("report", "../token"),
        ("report", "../secret"),
        ("explain", "--principal", TOKEN, "--action", "s3:GetObject"),
        ("explain", "--principal", ROLE, "--action", TOKEN),
        ("explain", "--principal", ROLE, "--action", "s3:GetObject", "--resource", TOKEN),
        ("explain", "--principal", ROLE, "--action", "s3:GetObject", "--absent", TOKEN),
    ],
)  # fmt: skip
@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["plain", "debug"])
def test_no_secret_is_in_an_error(planted, monkeypatch, arguments, debug):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", SESSION)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    (planted.parent / "broken").write_text(TOKEN[:-40] + "!!" + TOKEN[-38:], encoding="utf-8")
    ran = run(planted, *debug, *arguments)
    assert ran.code in (2, 5), (ran.code, ran.err)
    clean(all_of(ran))
    assert ran.error
    assert "which is a bug" not in ran.err


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["plain", "debug"])
def test_no_secret_is_in_the_report_of_a_bug(planted, monkeypatch, debug):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)

    whole = (TOKEN, TOKEN.split(".")[2], HMAC, CATALOG, ACCESS_KEY, SECRET_KEY, SESSION, URL, "swordfish-of-a-claim")

    def failing(_: object) -> None:
        cause = ValueError("cause: " + " and ".join(whole))
        raise RuntimeError(f"planted: {TOKEN} {HMAC} {URL} password=hunter2-of-a-tag {CLAIMS}") from cause

    monkeypatch.setattr(_gated, "check", failing)
    ran = run(planted, *debug, "check", *GIVEN)
    assert ran.code == 5
    text = clean(all_of(ran))
    assert "RuntimeError: planted: redacted (" in text
    assert ("Traceback" in text) is bool(debug)
    assert ("ValueError: cause: " in text) is bool(debug)


def test_a_server_principal_that_the_token_is_taken_for_is_not_repeated(planted):
    assert TASK not in run(planted, "check", "--server-principal", TOKEN, "--role-arn", ROLE).err

"""Tokens: read from a file, standard input or the environment, verified, and refused in the server's own words."""

from __future__ import annotations

import pytest

from tests.cli.conftest import SECRET
from tests.cli.running import ROLE, TASK, run


def gaps(folder, *arguments) -> list[dict[str, object]]:
    ran = run(folder, "check", *arguments, "--format", "json")
    assert ran.code == 1
    return [found for found in ran.report["findings"] if found["kind"] == "gap"]


def refusal(folder, *arguments) -> str:
    """The words of the only gap, which is one of the token step, as the terminal and the saved report have them."""
    (gap,) = gaps(folder, *arguments)
    assert (gap["step"], gap["rule"]) == ("token", "token-refused")
    ran = run(folder, "check", *arguments)
    assert ran.code == 1
    assert "The server refuses the token." in ran.words
    assert "mint a token that the server accepts" in ran.words
    assert str(gap["message"]) in ran.words
    return str(gap["message"]).removeprefix("the server refuses the token: ")


def test_a_token_that_the_server_accepts_is_verified(open_account, token_file, secret_file):
    ran = run(open_account, "check", "--token-file", token_file(), "--secret-file", secret_file)
    assert (ran.code, ran.err) == (0, "")
    assert 'token ✓ accepted; sub "test-user"' in ran.words
    found = run(open_account, "check", "--token-file", token_file(), "--secret-file", secret_file, "--format", "json")
    assert (found.report["token"]["status"], found.report["token"]["verified"]) == ("allowed", True)
    assert found.report["role_arn"] == ROLE


def test_a_token_without_a_key_is_read_and_clearly_marked(open_account, token_file):
    ran = run(open_account, "check", "--token-file", token_file())
    assert "token ? not verified" in ran.words
    assert "the token was read and not verified: no key was given" in ran.words.partition("Assumed")[2]
    step = run(open_account, "check", "--token-file", token_file(), "--format", "json").report["token"]
    assert (step["status"], step["verified"]) == ("unknown", None)


def test_a_token_without_the_claim_that_names_the_role_ends_at_the_server_and_not_at_sts(open_account, token_file):
    ran = run(open_account, "check", "--role-arn", ROLE, "--token-file", token_file(role_arn=None))
    assert ran.code == 1
    assert "The server cannot ask for the role" in ran.words
    assert "The AssumeRole call is never made." in ran.words
    assert "JWT claim 'role_arn' is required for role assumption." in ran.words
    assert "STS" not in ran.words.partition("Token →")[0]


def test_an_expired_token_is_a_gap_in_the_servers_own_words(open_account, token_file, secret_file):
    words = refusal(open_account, "--token-file", token_file(exp=1_700_000_000), "--secret-file", secret_file)
    assert words == "HTTP 403 Invalid JWT; the log says: JWT validation failed (token_expired)"


def test_the_moment_judged_says_whether_a_token_has_expired(open_account, token_file, secret_file):
    arguments = ("--token-file", token_file(exp=1_700_000_000), "--secret-file", secret_file)
    assert run(open_account, "check", *arguments, "--at", "2023-11-14T00:00:00Z").code == 0
    assert run(open_account, "check", *arguments, "--at", "2023-11-15T00:00:00Z").code == 1


def test_a_token_signed_with_another_secret_is_a_gap_in_the_servers_own_words(open_account, token_file, secret_file):
    token = token_file(secret="another-secret-that-is-long-enough-too")
    words = refusal(open_account, "--token-file", token, "--secret-file", secret_file)
    assert words == "HTTP 403 Invalid JWT; the log says: JWT validation failed (invalid_signature)"


def test_a_token_of_another_issuer_is_a_gap_in_the_servers_own_words(open_account, token_file, secret_file):
    arguments = ("--token-file", token_file(iss="https://a.example"), "--secret-file", secret_file)
    assert run(open_account, "check", *arguments).code == 0
    assert run(open_account, "check", *arguments, "--set", "MCP_JWT_ISSUER=https://a.example").code == 0
    words = refusal(open_account, *arguments, "--set", "MCP_JWT_ISSUER=https://b.example")
    assert words == "HTTP 403 Invalid JWT; the log says: JWT validation failed (invalid_issuer)"


def test_an_unsigned_token_is_a_gap_in_the_servers_own_words(open_account, token_file, secret_file):
    token = token_file(secret=None, algorithm="none")
    words = refusal(open_account, "--token-file", token, "--secret-file", secret_file)
    assert words == "HTTP 403 Invalid JWT: JWT token could not be verified."
    assert refusal(open_account, "--token-file", token) == words


def test_a_refused_token_has_a_fix(open_account, token_file, secret_file):
    arguments = ("--token-file", token_file(exp=1), "--secret-file", secret_file, "--format", "json")
    report = run(open_account, "check", *arguments).report
    (fix,) = report["remedies"]
    assert fix["kind"] == "instruction"
    assert fix["instruction"]


# ---------------------------------------------------------------- where a token comes from


@pytest.mark.parametrize("way", ["file", "stdin", "environment", "settings"])
def test_a_token_comes_from_a_file_from_standard_input_from_the_environment_or_from_the_settings(
    open_account, token_file, secret_file, monkeypatch, way
):
    token, stdin, arguments = token_file(sub="from-the-token"), b"", ["--secret-file", secret_file]
    if way == "file":
        arguments += ["--token-file", token]
    elif way == "stdin":
        arguments += ["--token-file", "-"]
        stdin = token.read_bytes() + b"\n"
    elif way == "environment":
        monkeypatch.setenv("IAMSIM_TOKEN", token.read_text())
        monkeypatch.setenv("IAMSIM_SECRET", SECRET)
        arguments = []
    else:
        settings = open_account / "iamsim.toml"
        settings.write_text(f'token_file = "{token}"\nsecret_file = "{secret_file}"\n' + settings.read_text())
        arguments = []
    ran = run(open_account, "check", *arguments, stdin=stdin)
    assert (ran.code, ran.err) == (0, "")
    assert 'token ✓ accepted; sub "from-the-token"' in ran.words


def test_an_option_wins_over_the_environment_and_that_over_the_settings(open_account, token_file, monkeypatch):
    settings = open_account / "iamsim.toml"
    (open_account.parent / "settings.jwt").write_bytes(token_file(sub="of-the-settings").read_bytes())
    settings.write_text('token_file = "../settings.jwt"\n' + settings.read_text())
    assert 'sub "of-the-settings"' in run(open_account, "check").words
    monkeypatch.setenv("IAMSIM_TOKEN", token_file(sub="of-the-environment").read_text())
    assert 'sub "of-the-environment"' in run(open_account, "check").words
    assert 'sub "of-the-option"' in run(open_account, "check", "--token-file", token_file(sub="of-the-option")).words


def test_claims_of_the_settings_do_not_change_what_a_token_at_hand_says(fixed, token_file):
    assert "session_tags = {}" in (fixed / "iamsim.toml").read_text()
    token = token_file(session_tags={"team": "research"})
    report = run(fixed, "check", "--token-file", token, "--format", "json").report
    assert report["assume"]["call"]["tags"] == {"team": "research"}
    assert report["token"]["stated"] == []


def test_a_claim_that_is_stated_for_this_run_wins_over_the_token(fixed, token_file):
    report = run(fixed, "check", "--token-file", token_file(), "--claim", "sub=somebody", "--format", "json").report
    assert report["assume"]["call"]["source_identity"] == "somebody"
    assert report["token"]["stated"] == ["sub"]


def test_a_secret_that_is_too_short_for_its_hash_is_warned_of(open_account, token_file, tmp_path):
    (tmp_path / "short").write_text("k" * 8)
    arguments = ("--token-file", token_file(), "--secret-file", tmp_path / "short")
    ran = run(open_account, "check", *arguments)
    assert ran.err == "iamsim: warning: the JWT secret has 8 bytes; HS256 needs at least 32\n"


def test_a_role_from_a_token_that_everybody_can_sign_is_a_hazard(open_account, token_file, tmp_path):
    word = "a-string-secret-at-least-256-bits-long"
    (tmp_path / "known").write_text(word)
    for keys in (("--secret-file", tmp_path / "known"), ()):
        ran = run(open_account, "check", "--token-file", token_file(secret=word), *keys, "--format", "json")
        found = {one["rule"]: one for one in ran.report["findings"] if one["kind"] == "hazard"}
        assert (found["token-mintable"]["severity"], found["token-mintable"]["subject"]) == ("critical", "anybody")
        assert found["token-secret-weak"]["subject"] == "known"
        assert word not in ran.out + ran.err


# ---------------------------------------------------------------- which role


def test_the_role_may_be_left_out_when_the_token_names_one(open_account, token_file):
    report = run(open_account, "check", "--token-file", token_file(), "--format", "json").report
    assert report["role_arn"] == ROLE
    assert report["assume"]["call"]["role_arn"] == ROLE


def test_the_role_may_be_left_out_when_a_stated_claim_names_one(open_account):
    report = run(
        open_account, "check", "--claim", f"role_arn={ROLE}", "--claim", "sub=alice", "--format", "json"
    ).report
    assert report["assume"]["call"]["role_arn"] == ROLE


def test_a_role_that_differs_from_the_tokens_is_a_gap_of_the_token_step(fixed, token_file):
    found = [gap for gap in gaps(fixed, "--token-file", token_file(role_arn=TASK)) if gap["step"] == "token"]
    assert [gap["message"] for gap in found] == [f"the server will assume {TASK}, not {ROLE}"]
    ran = run(fixed, "check", "--token-file", token_file(role_arn=TASK))
    assert f"the server will assume {TASK}, not {ROLE}" in ran.words
    assert "make the token and the role agree" in ran.words


def test_a_role_that_the_token_names_and_that_is_none_is_a_gap_and_no_crash(open_account, token_file):
    for named in ("admin", "arn:aws:iam", "arn:aws:iam::111122223333:user/a"):
        ran = run(open_account, "check", "--token-file", token_file(role_arn=named))
        assert ran.code == 1, ran.err
        assert "before it looks at any policy" in ran.words


def test_without_a_token_the_subject_is_unknown_and_what_is_always_sent_is_still_required(fixed):
    settings = fixed / "iamsim.toml"
    settings.write_text(settings.read_text().replace('[claim]\nsub = "test-user"\nsession_tags = {}\n', ""))
    report = run(fixed, "check", "--format", "json").report
    asked = [probe["explanation"]["request"]["action"] for probe in report["probes"]][:3]
    assert asked == ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    assert report["token"]["status"] == "not-applicable"
    assert report["assume"]["call"]["tags"] is None

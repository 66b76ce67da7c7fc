"""Bad input is one line on standard error that says what, where and the way out, and exit code 2."""

from __future__ import annotations

from pathlib import Path

import jwt  # noqa: TID253 - a test may pay for the import
import pytest

from tests.cli.running import ACCOUNTS, ROLE, TASK, run

TOKEN = jwt.encode({"sub": "test-user", "role_arn": ROLE, "exp": 4102444800}, "k" * 32, algorithm="HS256")


def refused(folder: Path, *arguments: str | Path, stdin: bytes = b"") -> str:
    """The one line that a wrong command is answered with; nothing of a token is in it."""
    ran = run(folder, *arguments, stdin=stdin)
    assert ran.code == 2, (ran.code, ran.err)
    line = ran.error
    assert "; " in line, "no way out"
    assert TOKEN not in line
    assert TOKEN.split(".")[2] not in line
    return line


@pytest.mark.parametrize(
    ("arguments", "what", "way_out"),
    [
        (("--policies", "nowhere"), "`nowhere` does not exist", "give a file or a folder of policies, or `aws`"),
        (("--policies", "README.md"), "`README.md` is not a kind of policies that can be read", "write what it is before it"),
        (("--role-arn", "admin"), "`admin` is not the ARN of a role", "arn:aws:iam::111122223333:role/name"),
        (("--role-arn", "$QUILT_TEST_JWT_TOKEN"), "`$QUILT_TEST_JWT_TOKEN` is not the ARN of a role", "a role ARN reads"),
        (("--role-arn", "arn:aws:iam::111122223333:user/a"), "is not the ARN of a role", "a role ARN reads"),
        (("--role-arn", "arn:aws:iam::111122223333:role/nope"), "role/nope` is not among the policies", f"loaded roles: {TASK}"),
        (("--role-arn", TOKEN), "--role-arn was given a token, not an ARN", "give it with --token-file"),
        (("--token-file", TOKEN), "--token-file was given a token, not a file", "put the token into a file"),
        (("--token-file", "nowhere"), "the token file `nowhere` cannot be read: no such file", "check the path"),
        (("--token-file", "roles"), "the token file `roles` cannot be read: is a directory", "check the path"),
        (("--token-file", "README.md"), "README.md: this is not a token", "header.claims.signature"),
        (("--secret-file", "nowhere"), "the file of --secret-file cannot be read: no such file", "check the path"),
        (("--key-file", "nowhere"), "the key file `nowhere` cannot be read: no such file", "check the path"),
        (("--key-file", "README.md"), "the key file is neither PEM nor JSON", "give a public key"),
        (("--secret-file", "a", "--key-file", "b"), "both a secret and a key are given", "keep --secret-file for HS"),
        (("--tools", "quilt-mcp@9"), "no manifest is called `quilt-mcp@9`", "quilt-mcp@0.21, quilt-mcp@2026-01"),
        (("--tools", "nowhere.toml"), "no file `nowhere.toml`", "`iamsim tools list` shows"),
        (("--tools", "account.toml"), "account.toml", "write schema = 1"),
        (("--mode", "remote"), "`quilt-mcp` has no mode `remote`", "its manifest lists no modes; leave --mode out"),
        (("--set", "bukket=x"), "no tool and no server knows the parameter `bukket`", "did you mean `bucket`?"),
        (("--set", "bucket"), "`bucket` has no value", "write --set bucket=VALUE"),
        (("--context", "nonsense"), "`nonsense` states no condition key", "write --context aws:SourceIp="),
        (("--context", "aws:SourceIp"), "`aws:SourceIp` states no condition key", "write --context"),
        (("--assume", "SourceIp=x"), "`SourceIp=x` states no condition key", "write --assume"),
        (("--assume-none", "scp,rpc"), "`rpc` is no policy type", "did you mean `rcp`?"),
        (("--at", "yesterday"), "`yesterday` is no moment", "write --at 2026-01-31T12:00:00Z"),
        (("--at", "0001-01-01T00:00:00+14:00"), "is no moment", "write --at"),
        (("--claim", "sub"), "`sub` states no claim", "write --claim sub=alice"),
        (("--claim", 'session_tags={"a"'), "the claim `session_tags` begins like JSON and is not JSON", "quote it"),
        (("--claim", "tags=[1], 2"), "the claim `tags` begins like JSON", "quote it"),
        (("--claim", 'tags=[1], "x": 2'), "the claim `tags` begins like JSON and goes on behind it", "write one value"),
        (("--claim", r'session_tags={"a": "\ue000"}'), "private-use character", "quote it"),
        (("--parameter", "Stage"), "`Stage` states no parameter", "write --parameter Environment=production"),
        (("--parameter", "Stage=x"), "no template has a parameter `Stage`", "no template is among the policies"),
        (("--read-as", "reader"), "`reader` is not the ARN of a role", "--read-as takes the ARN of a role"),
        (("--server-principal", "nobody"), "`nobody` names no principal", "none, or auto"),
        (("--server-principal", "NONE"), "`NONE` names no principal", "none, or auto"),
        (("--server-principal", "ecs-tasks.amazonaws.com"), "cannot run a server", "none, or auto"),
        (("--server-principal", TOKEN), "--server-principal was given a token", "give the ARN of the role"),
        (("--server-principal", "arn:aws:iam::111122223333:role/nope"), "is not among the policies", "loaded roles:"),
        (("--server-principal", "arn:aws:iam::111122223333:user/nope"), "is not among the policies", "loaded users: none"),
        (("--format", "pdf"), "`pdf` is no report format", "choose csv, github, gitlab, html, json"),
        (("--format", "html="), "`html=` names no file", "write --format html=FILE"),
        (("--format", "terminal", "--format", "json"), "two formats want standard output", "--format html=report.html"),
        (("--format", "json=a", "--format", "html=a"), "two formats want the file `a`", "give each a file of its own"),
        (("--no-such",), "no option `--no-such`", "see `iamsim check --help`"),
        (("--debug",), "no option `--debug`", "write it before the command"),
        (("--role-ar",), "no option `--role-ar`", "did you mean `--role-arn`?"),
        (("surplus",), "got unexpected extra argument (surplus)", "see `iamsim check --help`"),
    ],
)  # fmt: skip
def test_a_wrong_check_says_what_is_wrong_and_the_way_out(fixed, arguments, what, way_out):
    line = refused(fixed, "check", *arguments)
    assert what in line
    assert way_out in line


@pytest.mark.parametrize(
    "option",
    [
        "--role-arn",
        "--policies",
        "--tools",
        "--mode",
        "--server-principal",
        "--set",
        "--token-file",
        "--secret-file",
        "--key-file",
        "--claim",
        "--context",
        "--assume",
        "--assume-none",
        "--at",
        "--region",
        "--profile",
        "--endpoint-url",
        "--format",
    ],
)
def test_an_option_without_a_value_is_not_taken_for_one_that_was_left_out(fixed, option):
    assert (
        refused(fixed, "check", option, "") == f"{option} is given without a value; write one, or leave the option out"
    )
    assert refused(fixed, "check", option, "\ue000").startswith(
        f"the value of {option} holds a control or a private-use"
    )


def test_a_broken_policy_is_named_with_its_line(fixed):
    path = fixed / "roles" / "quilt-tenant" / "trust.json"
    path.write_text('{\n  "Version": "2012-10-17",\n  "Statement": [,]\n}\n', encoding="utf-8")
    line = refused(fixed, "check")
    assert line.startswith("roles/quilt-tenant/trust.json:3:17: is not JSON")


def test_a_policy_that_iam_would_not_take_is_named_with_its_line(fixed):
    path = fixed / "roles" / "quilt-tenant" / "inline" / "data.json"
    path.write_text(
        '{\n  "Version": "2012-10-17",\n  "Statement": [\n    {"Effect": "allow", "Action": "s3:*", "Resource": "*"}\n  ]\n}\n',
        encoding="utf-8",
    )
    line = refused(fixed, "check")
    assert line.startswith("roles/quilt-tenant/inline/data.json:4:")
    assert "`allow`" in line


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (ROLE, f"`{ROLE}` is a role ARN, not a token; give it with --role-arn"),
        ("hello", "this is not a token; a token reads header.claims.signature"),
        ("", "the token is empty"),
        ("a.b", "this is not a token"),
        ("Bearer " + TOKEN, "the token begins with `Bearer`; give the token alone"),
        ('{"sub": "x"}', "this is JSON, not a signed token"),
        ("!!.??.Zg", "the token's header is not base64url"),
    ],
)
def test_a_text_that_is_no_token_is_told_what_it_is(fixed, content, what):
    (fixed / "token").write_text(content, encoding="utf-8")
    assert refused(fixed, "check", "--token-file", "token").startswith(f"token: {what}")
    assert refused(fixed, "check", "--token-file", "-", stdin=content.encode()).startswith(f"standard input: {what}")


def test_a_token_file_that_is_no_text_is_refused(fixed):
    (fixed / "token").write_bytes(b"\xff\xfe\x00")
    assert refused(fixed, "check", "--token-file", "token") == "token: is not text; give a file that holds a token"


def test_a_token_in_the_environment_is_named_by_its_variable(fixed, monkeypatch):
    monkeypatch.setenv("IAMSIM_TOKEN", "")
    assert refused(fixed, "check").startswith("IAMSIM_TOKEN: the token is empty")
    monkeypatch.setenv("IAMSIM_TOKEN", ROLE)
    assert refused(fixed, "check") == f"IAMSIM_TOKEN: `{ROLE}` is a role ARN, not a token; give it with --role-arn"


def test_an_empty_secret_in_the_environment_does_not_switch_the_verification_off(fixed, monkeypatch):
    monkeypatch.setenv("IAMSIM_TOKEN", TOKEN)
    monkeypatch.setenv("IAMSIM_SECRET", "")
    assert refused(fixed, "check").startswith("the JWT secret is empty")


def test_without_tools_the_way_to_the_choices_is_told(tmp_path):
    line = refused(tmp_path, "check", "--role-arn", ROLE)
    assert line.startswith("no server is named; give --tools ")
    assert "one that `iamsim tools list` shows" in line


def test_without_a_server_principal_the_loaded_roles_are_listed(tmp_path):
    policies = ACCOUNTS / "quilt-fixed"
    line = refused(tmp_path, "check", "--role-arn", ROLE, "--tools", "quilt-mcp@2026-01", "--policies", policies)
    assert line.startswith("whom the server runs as is not told; give --server-principal")
    assert "or none when its process has no AWS credentials" in line
    assert TASK in line
    assert ROLE in line


def test_a_bucket_in_two_accounts_is_refused_since_only_one_can_own_it(fixed, tmp_path):
    other = tmp_path / "other"
    bucket = other / "resources" / "bucket"
    bucket.mkdir(parents=True)
    (other / "account.toml").write_text('id = "444455556666"\n')
    (bucket / "resource.toml").write_text('arn = "arn:aws:s3:::quilt-ernest-staging"\n')
    line = refused(fixed, "check", "--role-arn", ROLE, "--policies", fixed, "--policies", other)
    assert "other/resources/bucket: `arn:aws:s3:::quilt-ernest-staging` is described in two accounts" in line
    assert "111122223333 and 444455556666; it has one owner: take it out of the other (see also " in line


def test_without_a_role_the_ways_to_name_one_are_listed(open_account):
    line = refused(open_account, "check")
    assert line == "no role is named; give --role-arn ARN, a token that names one, or --claim role_arn=ARN"


# ---------------------------------------------------------------- the other commands


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ((), "missing command; see `iamsim --help`"),
        (("chek",), "no command `chek`; did you mean `check`?; see `iamsim --help`"),
        (("--no-such",), "no option `--no-such`; use one of: "),
        (("explain",), "missing option `--principal`; see `iamsim explain --help`"),
        (("explain", "--principal", ROLE), "missing option `--action`"),
        (("explain", "--principal", "x", "--action", "s3:GetObject"), "`x` names no principal"),
        (("explain", "--principal", TOKEN, "--action", "s3:GetObject"), "--principal was given a token, not an ARN"),
        (("explain", "--principal", ROLE, "--action", "GetObject"), "`GetObject` is no action"),
        (("explain", "--principal", ROLE, "--action", "s3:*"), "`s3:*` is no action"),
        (("explain", "--principal", ROLE, "--action", TOKEN), "`redacted (205 characters)` is no action"),
        (("explain", "--principal", ROLE, "--action", "s3:GetObject", "--resource", "b"), "`b` is not an ARN"),
        (("explain", "--principal", ROLE, "--action", "s3:GetObject", "--resource", TOKEN), "--resource was given a token"),
        (("explain", "--principal", ROLE, "--action", "s3:GetObject", "--absent", "x"), "`x` is no condition key"),
        (("explain", "--principal", ROLE + "x", "--action", "s3:GetObject"), "is not among the policies"),
        (("explain", "--principal", ROLE, "--action", "s3:GetObject", "--policies", "nowhere"), "`nowhere` does not exist"),
        (("report", "nowhere.json"), "`nowhere.json` cannot be read: no such file"),
        (("report", "roles"), "`roles` cannot be read: is a directory"),
        (("report", "README.md"), "README.md:1:1: the report is not valid JSON"),
        (("report", "roles/quilt-tenant/trust.json"), "roles/quilt-tenant/trust.json: this is JSON, but no saved report"),
        (("report", TOKEN), "`redacted (205 characters)` cannot be read"),
        (("report", "-o", ""), "--output is given without a value"),
        (("report", "saved.json", "--role-arn", ROLE), "a saved report and the options of a check are given"),
    ],
)  # fmt: skip
def test_a_wrong_command_says_what_is_wrong(fixed, arguments, what):
    assert what in refused(fixed, *arguments)


def test_explain_points_at_an_action_that_aws_does_not_list(fixed):
    ran = run(fixed, "explain", "--principal", ROLE, "--action", "s3:GetObjekt", "--resource", "arn:aws:s3:::a/b")
    assert ran.code == 0
    assert ran.err == "iamsim: warning: AWS lists no action `s3:GetObjekt`; did you mean `s3:GetObject`?\n"


# ---------------------------------------------------------------- no gate fails open


@pytest.mark.parametrize(
    "arguments",
    [
        ("--policies", "nowhere"),
        ("--policies", "../empty"),
        ("--policies", ".", "--policies", "../empty"),
        ("--policies", ""),
        ("--token-file", "nowhere"),
        ("--secret-file", "nowhere"),
        ("--key-file", "nowhere"),
        ("--tools", "nowhere.toml"),
        ("--tools", ""),
        ("--role-arn", ""),
        ("--server-principal", ""),
        ("--assume-none", ""),
        ("--format", "json=roles"),
    ],
)
def test_what_is_missing_never_lets_an_account_pass_that_would_otherwise(fixed, arguments):
    (fixed.parent / "empty").mkdir()
    ran = run(fixed, "check", *arguments)
    assert ran.code in (2, 3, 5)
    assert ran.out == ""
    assert ran.error

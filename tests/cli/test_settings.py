"""Settings are found upwards, options win over them, and what they hold that nobody knows is an error."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.cli.running import ACCOUNTS, ROLE, TASK, run


def test_the_role_alone_is_enough_where_the_rest_comes_from_iamsim_toml(fixed):
    settings = fixed / "iamsim.toml"
    settings.write_text(settings.read_text().replace(f'role_arn = "{ROLE}"\n', ""))
    ran = run(fixed, "check", "--role-arn", ROLE)
    assert (ran.code, ran.err) == (0, "")
    assert "settings: iamsim.toml" in ran.words


def test_the_role_alone_is_enough_where_the_rest_comes_from_pyproject_toml(fixed):
    plain = (fixed / "iamsim.toml").read_text().replace(f'role_arn = "{ROLE}"\n', "")
    tables = plain.replace("[claim]", "[tool.iamsim.claim]").replace("[set]", "[tool.iamsim.set]")
    (fixed.parent / "pyproject.toml").write_text("[tool.iamsim]\n" + tables.replace('["."]', '["quilt-fixed"]'))
    (fixed / "iamsim.toml").unlink()
    ran = run(fixed.parent, "check", "--role-arn", ROLE)
    assert (ran.code, ran.err) == (0, "")
    assert "settings: pyproject.toml" in ran.words


def test_settings_are_found_upwards_and_their_paths_are_theirs(fixed):
    below = fixed / "roles" / "quilt-tenant"
    ran = run(below, "check")
    assert (ran.code, ran.err) == (0, "")
    assert "settings: ../../iamsim.toml" in ran.words
    assert "policies: ../.. (account 111122223333" in ran.words


def test_the_nearest_settings_win(fixed):
    inner = fixed.parent / "quilt-fixed" / "roles"
    (fixed.parent / "iamsim.toml").write_text('tools = "nonsense"\n')
    assert run(inner, "check").code == 0


def test_an_option_wins_over_its_setting(fixed, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(ACCOUNTS / "quilt-task-role", other)
    assert run(fixed, "check").code == 0
    assert run(fixed, "check", "--policies", other).code == 1
    report = run(fixed, "check", "--set", "bucket=elsewhere", "--server-principal", "none", "--format", "json").report
    assert report["settings"]["bucket"] == "elsewhere"
    assert report["settings"]["registry"] == "s3://quilt-ernest-staging"
    assert report["assume"]["status"] == "no-credentials"


def test_formats_of_the_settings_are_written_beside_them(fixed):
    settings = fixed / "iamsim.toml"
    settings.write_text('formats = ["terminal", "html=out/page.html"]\n' + settings.read_text())
    below = fixed / "roles"
    ran = run(below, "check")
    assert ran.code == 0
    assert ran.err == "wrote ../out/page.html\n"
    assert (fixed / "out" / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    shutil.rmtree(fixed / "out")
    assert run(below, "check", "--format", "json").err == ""
    assert not (fixed / "out").exists()


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('role_arm = "x"', "iamsim.toml:1: `role_arm` is no setting; did you mean `role_arn`?"),
        ("tools = 1", "iamsim.toml:1: `tools` is not text; write text in quotes"),
        (
            'at = "yesterday"',
            "iamsim.toml:1: `at` is no moment with an offset; write 2026-01-31T12:00:00Z, without quotes",
        ),
        ("at = 0001-01-01T00:00:00+14:00", "is no moment"),
        (
            'assume_none = ["rpc"]',
            "iamsim.toml:1: `assume_none` names `rpc`, which is no policy type; did you mean `rcp`?",
        ),
        (
            'formats = ["pdf"]',
            "`pdf` is no report format; choose csv, github, gitlab, html, json, junit, markdown, sarif, terminal",
        ),
        ("tools = ", "iamsim.toml:1:9: is not TOML"),
        ("token_file = 'nowhere'", "the token file `nowhere` cannot be read"),
        ("secret_file = 'nowhere'", "the file of --secret-file cannot be read"),
    ],
)
def test_what_settings_cannot_mean_is_one_line(fixed, line, what):
    settings = fixed / "iamsim.toml"
    kept = [known for known in settings.read_text().splitlines() if known.split(" ")[0] != line.split(" ")[0]]
    settings.write_text("\n".join([line, *kept]))
    ran = run(fixed, "check")
    assert ran.code == 2
    assert what in ran.error


def test_a_parameter_in_the_settings_that_the_server_does_not_know_is_named_with_its_place(fixed):
    ran = run(fixed, "check", "--tools", "quilt-mcp@0.21")
    assert ran.code == 2
    assert ran.error.startswith("iamsim.toml#/set: no tool and no server knows the parameter `bucket_versioned`; did you mean")  # fmt: skip


def test_assumptions_are_repeated_in_every_report(fixed):
    arguments = ("--assume", "aws:MultiFactorAuthPresent=true", "--assume-none", "scp, rcp")
    words = run(fixed, "check", *arguments).words
    assert "aws:multifactorauthpresent is true (assumed)" in words
    assert "no scp policies are attached where none were seen (--assume-none)" in words
    assert "aws:multifactorauthpresent is true (assumed)" in run(fixed, "check", *arguments, "--format", "html").words
    told = run(fixed, "check", *arguments, "--format", "json").report["assumptions"]
    assert "aws:multifactorauthpresent is true (assumed)" in told
    assert "no rcp policies are attached where none were seen (--assume-none)" in told


def test_the_moment_judged_is_the_one_that_is_told(fixed):
    report = run(fixed, "check", "--at", "2026-01-30T13:00:00+01:00", "--format", "json").report
    assert report["at"] == "2026-01-30T12:00:00Z"
    assert report["assume"]["call"]["session_name"] == "mcp-test-user-1769774400"


def test_a_later_policies_folder_lies_over_an_earlier_one(tmp_path):
    arguments = (
        "check",
        "--tools",
        "quilt-mcp@2026-01",
        "--role-arn",
        ROLE,
        "--server-principal",
        TASK,
        "--claim",
        "sub=test-user",
    )
    before, after = ACCOUNTS / "quilt-task-role", ACCOUNTS / "quilt-fixed"
    wanted = "AWS would let the server assume the role"
    assert wanted not in run(tmp_path, *arguments, "--policies", before).words
    assert wanted in run(tmp_path, *arguments, "--claim", "session_tags={}", "--policies", before, "--policies", after).words  # fmt: skip


@pytest.mark.parametrize(
    ("stated", "way_out"),
    [
        ("aws:SourceIp=203.0.113.300", "write --context aws:sourceip=203.0.113.7"),
        ("aws:CurrentTime=junk", "write --context aws:currenttime=2026-01-31T12:00:00Z"),
        ("aws:MultiFactorAuthPresent=junk", "write --context aws:multifactorauthpresent=true"),
        ("aws:MultiFactorAuthAge=old", "write --context aws:multifactorauthage=42"),
    ],
)
def test_a_value_that_aws_could_not_send_is_refused_and_not_judged(fixed, stated, way_out):
    ran = run(fixed, "check", "--context", stated)
    key, _, value = stated.partition("=")
    assert (ran.code, ran.error) == (2, f"`{value}` is no value of {key.lower()}; {way_out}")


@pytest.mark.parametrize("name", ["aud", "exp", "iat", "iss", "nbf"])
def test_a_claim_that_a_token_is_accepted_by_cannot_be_stated(fixed, name):
    ran = run(fixed, "check", "--claim", f"{name}=1")
    assert ran.code == 2
    assert ran.error.startswith(f"the claim `{name}` decides whether the server takes a token, and cannot be stated; ")


def test_the_callers_policies_that_nobody_read_are_not_said_to_refuse(fixed):
    ran = run(fixed, "check", "--server-principal", "arn:aws:iam::444455556666:role/foreign")
    assert ran.code == 1
    assert "sts:AssumeRole ? not seen ✗ does not allow" in ran.words
    assert "sts:SetSourceIdentity ? not seen ✗ does not allow" in ran.words


def test_each_bucket_is_let_in_by_its_own_policy(fixed):
    words = run(fixed, "check", "--server-principal", "arn:aws:iam::444455556666:role/foreign").words
    assert "arn:aws:s3:::quilt-ernest-staging must allow s3:ListBucket on arn:aws:s3:::quilt-ernest-staging by" in words
    assert "; the resource policy of arn:aws:s3:::quilt-ernest-athena-results must allow s3:ListBucket on" in words


def test_what_the_server_sends_with_every_call_counts_for_the_assume_call_too(fixed):
    path = fixed / "roles/quilt-tenant/trust.json"
    trust = json.loads(path.read_text(encoding="utf-8"))
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    trust["Statement"].append({"Effect": "Deny", "Principal": "*", "Action": "sts:*", "Condition": condition})
    path.write_text(json.dumps(trust), encoding="utf-8")
    assert run(fixed, "check").code == 0


@pytest.mark.parametrize(
    "condition", [{"StringLike": {"sts:RoleSessionName": "foo-*"}}, {"Null": {"sts:SourceIdentity": "true"}}]
)
def test_no_subject_is_asked_for_where_none_can_fit(fixed, condition):
    path = fixed / "roles/quilt-tenant/trust.json"
    trust = json.loads(path.read_text(encoding="utf-8"))
    for statement in trust["Statement"]:
        statement["Condition"] = condition
    path.write_text(json.dumps(trust), encoding="utf-8")
    ran = run(fixed, "check")
    assert ran.code == 1
    assert "no token makes it fit: change the condition" in ran.words
    assert "change the subject" not in ran.words

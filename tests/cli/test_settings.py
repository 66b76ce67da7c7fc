"""Settings are found upwards, options win over them, and what they hold that nobody knows is an error."""

from __future__ import annotations

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
        ('formats = ["pdf"]', "`pdf` is no report format; choose html, json, terminal"),
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

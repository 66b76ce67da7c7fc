"""Every name that is refused is answered with the one that was probably meant."""

from __future__ import annotations

import pytest

from tests.cli.running import ACCOUNTS, ROLE, copied, run

ASK = ("--principal", ROLE, "--action")
TYPO = ROLE[:-1]
SAID = {
    "a command": (("chekc",), "check"),
    "a command of a group": (("tools", "shw"), "show"),
    "an option": (("check", "--polices", "."), "--policies"),
    "an option of other letters": (("report", "--outptu", "x"), "--output"),
    "an action": (("simulate", *ASK, "s3:GetObjct"), "s3:GetObject"),
    "the service of an action": (("explain", *ASK, "lamda:InvokeFunction"), "lambda:InvokeFunction"),
    "an action of the catalog": (("catalog", "s3:GetObjct"), "s3:GetObject"),
    "a condition key": (("check", "--context", "aws:SourceIpp=203.0.113.7"), "aws:SourceIp"),
    "a condition key of a service": (("check", "--assume", "s3:x-amz-aclx=private"), "s3:x-amz-acl"),
    "a tool": (("tools", "show", "quilt-mcp@2026-01", "athena_query_exec"), "athena_query_execute"),
    "a parameter": (("check", "--set", "buckt=x"), "bucket"),
    "a manifest": (("check", "--tools", "quilt-mpc@2026-01"), "quilt-mcp@2026-01"),
    "a manifest to show": (("tools", "show", "quilt-mpc@2026-01"), "quilt-mcp@2026-01"),
    "a role": (("check", "--role-arn", TYPO), ROLE),
    "a server's role": (("check", "--server-principal", TYPO), ROLE),
    "a role on the way": (("check", "--chain", TYPO), ROLE),
    "who asks": (("simulate", "--principal", TYPO, "--action", "s3:GetObject"), ROLE),
    "a role to trust": (("trust", TYPO), ROLE),
    "a node of the graph": (("graph", "--from", TYPO), ROLE),
    "a format": (("check", "--format", "sarfi"), "sarif"),
    "a format of lint": (("lint", ".", "--format", "sarfi"), "sarif"),
    "a format of diff": (("diff", ".", ".", "--format", "jsn"), "json"),
    "a format of the graph": (("graph", "--format", "mermiad"), "mermaid"),
    "a format in capitals": (("check", "--format", "SARIF"), "sarif"),
    "a rule": (("rules", "show", "passes-any-rol"), "passes-any-role"),
    "a rule to select": (("lint", ".", "--select", "passes-any-rol"), "passes-any-role"),
    "a threshold": (("check", "--fail-on", "hazard:hihg"), "hazard:high"),
    "a threshold of lint": (("lint", ".", "--fail-on", "hihg"), "high"),
    "a level": (("diff", ".", ".", "--fail-on-gain", "writ"), "write"),
    "a policy type": (("check", "--assume-none", "scps"), "scp"),
    "what a server runs on": (("check", "--runs-on", "ecs-tsk"), "ecs-task"),
    "a kind of policies": (("lint", ".", "--kind", "trsut"), "trust"),
    "a kind of source": (("check", "--policies", "terraform-pln:plan.json"), "terraform-plan"),
    "a shell": (("completion", "bsh"), "bash"),
}


@pytest.mark.parametrize(("arguments", "meant"), SAID.values(), ids=SAID)
def test_what_was_meant_is_said_in_the_line_that_refuses(arguments, meant):
    ran = run(ACCOUNTS / "quilt-fixed", *arguments)
    first = ran.err.splitlines()[0]
    assert "did you mean " in first
    assert f"`{meant}`" in first.partition("did you mean ")[2]
    # What AWS does not list is a warning, since it may be newer than the lists.
    assert ran.code == (2 if "warning" not in first else 0)


@pytest.mark.parametrize(
    ("settings", "meant"),
    [
        ('tool = "x"', "tools"),
        ('fail_on = "hihg"', "high"),
        ('assume_none = ["scps"]', "scp"),
        ('formats = ["sarfi"]', "sarif"),
        ('runs_on = "ecs-tsk"', "ecs-task"),
        ('[[waivers]]\nid = "x"\nreson = "y"', "reason"),
        ('[set]\nbuckt = "x"', "bucket"),
    ],
)
def test_so_are_names_in_the_settings(tmp_path, settings, meant):
    kept = "\n".join(
        f'{name} = "{value}"'
        for name, value in (("tools", "quilt-mcp@2026-01"), ("role_arn", ROLE), ("server_principal", ROLE))
    )
    folder = copied("quilt-fixed", tmp_path, settings=f'policies = ["."]\n{kept}\n{settings}\n')
    ran = run(folder, "check")
    assert ran.code == 2
    assert f"did you mean `{meant}`?" in ran.error


@pytest.mark.parametrize(
    ("arguments", "instead"),
    [
        (("zzz",), "the commands are catalog, check"),
        (("check", "--role-arn", ROLE.replace("quilt-tenant", "nobody")), "loaded roles: "),
        (("check", "--format", "zzz"), "choose csv, github"),
        (("lint", ".", "--fail-on", "zzz"), "use one of: critical, high"),
        (("check", "--zzz"), "use one of: --assume"),
    ],
)
def test_where_nothing_is_near_the_choices_are_told(arguments, instead):
    error = run(ACCOUNTS / "quilt-fixed", *arguments).error
    assert "did you mean" not in error
    assert instead in error


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("completion",), "missing argument `SHELL`; use one of: bash, zsh, fish; see `iamsim completion --help`"),
        (("rules", "new", "x"), "missing option `--family`; use one of: refused, ineffective, excessive, trust; see"),
    ],
)
def test_of_what_is_missing_the_choices_are_told(arguments, says):
    assert run(ACCOUNTS / "quilt-fixed", *arguments).error.startswith(says)


def test_a_condition_key_of_the_settings_is_warned_of_once(tmp_path):
    folder = copied("quilt-fixed", tmp_path)
    settings = (folder / "iamsim.toml").read_text(encoding="utf-8")
    (folder / "iamsim.toml").write_text(f'{settings}\n[context]\n"aws:SourceIpp" = "x"\n', encoding="utf-8")
    ran = run(folder, "diff", ".", ".")
    assert ran.err == "iamsim: warning: AWS lists no condition key `aws:sourceipp`; did you mean `aws:SourceIp`?\n"


def test_a_claim_of_an_identity_provider_is_a_key_that_aws_cannot_list():
    ran = run(ACCOUNTS / "quilt-fixed", "simulate", *ASK, "s3:GetObject", "--context", "idp.example.com:sub=x")
    assert ran.err == ""


def test_a_word_of_any_length_is_answered_at_once():
    ran = run(ACCOUNTS / "quilt-fixed", "check", "--format", "s" * 100_000)
    assert ran.code == 2
    assert len(ran.error) < 300

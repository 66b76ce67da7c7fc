"""`iamsim lint` and `iamsim rules`: what is read, what is told, what it ends with, and what --fix does."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from iamsim.lints import lints
from tests.cli import running

ROOT = Path(__file__).parents[2]
ONE = "111122223333"
GOOD = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}],
}
PASSES = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Pass", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}],
}
NO_EFFECT = {"Version": "2012-10-17", "Statement": [{"Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}]}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def write(path: str, value: object) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(value if isinstance(value, str) else json.dumps(value, indent=2) + "\n", encoding="utf-8")


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    ran = running.run(Path(), *arguments)
    return ran.code, ran.out, ran.err


def found(*arguments: str) -> list[tuple[str, str, int | None]]:
    """Rule, document and line of each finding."""
    _, out, _ = run("lint", *arguments, "--format", "json")
    each = json.loads(out)["findings"]
    return [(f["rule"], f["places"][0]["document"], f["places"][0]["line"]) for f in each]


def test_a_policy_without_faults_ends_with_0():
    write("good.json", GOOD)
    assert run("lint", "good.json") == (0, "1 policy: nothing found\n", "")


def test_a_finding_has_its_place_its_rule_and_awss_code():
    write("passes.json", PASSES)
    code, out, _ = run("lint", "passes.json", "--select", "passes-any-role")
    assert code == 1
    assert "passes.json:4:5: the policy may pass any role to any service\n" in out
    assert "  [high] passes-any-role  PASS_ROLE_WITH_STAR_IN_RESOURCE\n" in out
    assert out.endswith("1 policy: 1 finding (1 high); iamsim rules show ID explains a rule\n")


def test_a_folder_is_walked_and_what_is_no_policy_left_alone():
    write("policies/team/passes.json", PASSES)
    write("policies/good.json", GOOD)
    write("policies/package.json", {"name": "x", "version": "1"})
    write("policies/broken-other.json", "{")
    write("policies/broken.json", '{"Statement": [')
    assert found("policies", "--select", "passes-any-role,broken-json") == [
        ("broken-json", "policies/broken.json", 1),
        ("passes-any-role", "policies/team/passes.json", 4),
    ]


def test_nothing_to_lint_ends_with_3():
    write("empty/package.json", {"name": "x"})
    code, out, error = run("lint", "empty")
    assert (code, out) == (3, "")
    assert error == "iamsim: empty holds no policy; name a file, or a folder with policies\n"


def test_an_account_is_judged_as_a_whole():
    write("account/account.toml", f'id = "{ONE}"\nseen = ["scp", "rcp", "boundary", "resource", "vpc-endpoint"]\n')
    write("account/roles/app/trust.json", TRUST)
    write("account/roles/app/inline/pass.json", PASSES)
    assert found("account", "--select", "passes-any-role") == [
        ("passes-any-role", "account/roles/app/inline/pass.json", 4)
    ]
    write("account/roles/app/boundary.json", GOOD)
    assert found("account", "--select", "passes-any-role") == []


def test_a_malformed_file_of_an_account_leaves_the_others_to_be_judged():
    write("account/account.toml", f'id = "{ONE}"\n')
    write("account/roles/app/trust.json", {**TRUST, "Statement": [{**TRUST["Statement"][0], "Effect": "allow"}]})
    write("account/roles/app/inline/none.json", NO_EFFECT)
    code, out, error = run("lint", "account", "--select", "missing-effect")
    assert code == 1
    assert "account/roles/app/inline/none.json:4:5: statement 1 has no Effect" in out
    assert error.startswith("iamsim: warning: the account is not judged as a whole, its files are judged one by one: ")


def test_other_sources_are_linted_too():
    shutil.copytree(ROOT / "fixtures" / "sources" / "one-account", "formats")
    assert run("lint", "formats/snapshot/snapshot.json", "--select", "passes-any-role")[0] == 0
    details = json.loads(Path("formats/authorization-details/details.json").read_text(encoding="utf-8"))
    details["RoleDetailList"][0]["RolePolicyList"].append({"PolicyName": "pass", "PolicyDocument": PASSES})
    write("details.json", details)
    (only,) = found("details.json", "--select", "passes-any-role")
    assert only[:2] == ("passes-any-role", "details.json")
    said = run("lint", "details.json", "--select", "passes-any-role")[1]
    assert "  [high, likely] passes-any-role  PASS_ROLE_WITH_STAR_IN_RESOURCE\n" in said
    assert "  = not every policy was seen that could forbid it\n" in said


def test_severity_decides_what_is_told_and_what_it_ends_with():
    write("passes.json", PASSES)
    chosen = ("passes.json", "--select", "passes-any-role")
    assert run("lint", *chosen, "--fail-on", "critical")[0] == 0
    assert run("lint", *chosen, "--fail-on", "never")[0] == 0
    assert run("lint", *chosen, "--severity", "critical") == (0, "1 policy: nothing found\n", "")


def test_rules_are_chosen_by_id_code_and_family():
    write("passes.json", PASSES)
    assert found("passes.json", "--select", "PASS_ROLE_WITH_STAR_IN_RESOURCE") == found(
        "passes.json", "--select", "passes-any-role"
    )
    assert found("passes.json", "--family", "refused") == []
    assert "passes-any-role" not in {rule for rule, _, _ in found("passes.json", "--ignore", "passes-any-role")}
    assert run("lint", "passes.json", "--select", "passes-any-rol") == (
        2,
        "",
        "iamsim: `passes-any-rol` is no rule; did you mean `passes-any-role`?\n",
    )


def test_the_kind_can_be_said():
    write("p.json", GOOD)
    code, out, _ = run("lint", "p.json", "--kind", "trust", "--format", "json", "--fail-on", "never")
    assert code == 0
    assert json.loads(out)["inputs"][0]["detail"] == "one trust policy"


def test_a_report_of_json_is_whole():
    write("passes.json", PASSES)
    code, out, _ = run("lint", "passes.json", "--select", "passes-any-role", "--format", "json")
    told = json.loads(out)
    assert (told["schema"], told["exit_code"], told["policies"]) == ("iamsim/lint/1", code, 1)
    (finding,) = told["findings"]
    assert finding["key"].startswith("passes-any-role-")
    assert (finding["family"], finding["severity"], finding["confidence"]) == ("excessive", "high", "certain")


def test_two_runs_tell_the_same():
    write("policies/a.json", PASSES)
    write("policies/b.json", NO_EFFECT)
    assert run("lint", "policies") == run("lint", "policies")


def test_rules_are_listed_and_shown():
    code, out, _ = run("rules", "list", "--family", "excessive")
    assert code == 0
    assert "passes-any-role" in out
    assert json.loads(run("rules", "list", "--json")[1])[0].keys() >= {"id", "family", "severity", "codes", "cite"}
    by_code = run("rules", "show", "PASS_ROLE_WITH_STAR_IN_RESOURCE")
    assert by_code == run("rules", "show", "passes-any-role")
    assert "Avoid:" in by_code[1]
    assert "assume-denied   server, critical" in run("rules", "show", "assume-denied")[1]
    assert run("rules", "show", "passes-any")[2].startswith("iamsim: `passes-any` is no rule; did you mean")


def test_a_rule_can_be_begun():
    for folder in ("iamsim/lints", "fixtures/lints"):
        Path(folder).mkdir(parents=True)
    code, _, error = run("rules", "new", "gives-everything", "--family", "excessive")
    assert (code, error) == (0, "wrote iamsim/lints/gives_everything.py\nwrote fixtures/lints/gives-everything.toml\n")
    assert "Family.EXCESSIVE" in Path("iamsim/lints/gives_everything.py").read_text(encoding="utf-8")
    assert run("rules", "new", "gives-everything", "--family", "excessive")[2].startswith(
        "iamsim: `iamsim/lints/gives_everything.py` exists"
    )
    assert "is no id" in run("rules", "new", "Gives_Everything", "--family", "excessive")[2]
    assert "there is a rule" in run("rules", "new", "passes-any-role", "--family", "excessive")[2]


def test_every_rule_can_be_shown():
    for id_ in lints():
        assert run("rules", "show", id_)[0] == 0

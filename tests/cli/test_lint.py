"""`iamsim lint` and `iamsim rules`: what is read, what is told, what it ends with, and what --fix does."""

from __future__ import annotations

import html
import json
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from iamsim import renderers
from iamsim.cli._linted import FORMATS
from iamsim.lints import lints
from tests.cli import running
from tests.renderers.sarif_schema import LOG

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


def test_several_formats_are_written_at_once():
    write("policies/passes.json", PASSES)
    chosen = ("lint", "policies", "--select", "passes-any-role")
    code, out, error = run(
        *chosen, "--format", "sarif=out/lint.sarif", "--format", "github", "--format", "text=lint.txt"
    )
    assert code == 1
    assert out == (
        "::error file=policies/passes.json,line=4,col=5,title=iamsim%3A passes-any-role::"
        "the policy may pass any role to any service\n"
    )
    assert error == "wrote out/lint.sarif\nwrote lint.txt\n"
    assert Path("lint.txt").read_text(encoding="utf-8") == run(*chosen)[1]
    log = json.loads(Path("out/lint.sarif").read_text(encoding="utf-8"))
    Draft202012Validator(LOG).validate(log)
    (result,) = log["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "policies/passes.json"},
        "region": {"startLine": 4, "startColumn": 5},
    }
    (rule,) = log["runs"][0]["tool"]["driver"]["rules"]
    assert "Avoid:" in rule["help"]["text"]
    assert log["runs"][0]["invocations"][0]["exitCode"] == 1


def test_a_merge_request_is_told_of_findings():
    write("passes.json", PASSES)
    chosen = ("lint", "passes.json", "--select", "passes-any-role")
    (issue,) = json.loads(run(*chosen, "--format", "gitlab")[1])
    assert (issue["severity"], issue["location"]) == ("critical", {"path": "passes.json", "lines": {"begin": 4}})
    comment = run(*chosen, "--format", "markdown")[1]
    assert comment.startswith("<!-- iamsim lint -->\n\n### iamsim lint: 1 finding (1 high)\n")
    assert (
        "| high | <code>the policy may pass any role to any service</code> | <code>passes-any-role</code> | "
        "<code>passes.json:4:5</code> |\n"
    ) in comment
    write("good.json", GOOD)
    assert "### iamsim lint: nothing found\n" in run("lint", "good.json", "--format", "markdown")[1]


@pytest.mark.parametrize(("least", "failures"), [("high", "1"), ("critical", "0"), ("never", "0")])
def test_a_test_case_fails_when_the_command_fails_for_it(least, failures):
    write("passes.json", PASSES)
    chosen = ("lint", "passes.json", "--select", "passes-any-role", "--fail-on", least, "--format", "junit")
    code, out, _ = run(*chosen)
    suites = ET.fromstring(out)  # noqa: S314 - our own text
    assert (suites.attrib["tests"], suites.attrib["failures"]) == ("1", failures)
    assert code == int(failures)


def test_nothing_found_is_a_test_case_that_passes():
    write("good.json", GOOD)
    suites = ET.fromstring(run("lint", "good.json", "--format", "junit")[1])  # noqa: S314 - our own text
    assert (suites.attrib["tests"], suites.attrib["failures"]) == ("1", "0")


def test_formats_are_chosen_among_those_of_lint():
    write("good.json", GOOD)
    assert run("lint", "good.json", "--format", "html") == (
        2,
        "",
        "iamsim: `html` is no report format; choose text, json, sarif, markdown, junit, github, gitlab\n",
    )
    assert run("lint", "good.json", "--format", "text", "--format", "sarif")[0] == 2


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in ("text", "json")])
def test_every_format_is_one_that_findings_alone_can_be_told_in(form):
    assert renderers.renderer(form).listing is not None


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_tells_a_secret(form):
    secret = "AKIA" + "ABCDEFGH12345678"
    write(
        "p.json", {"Version": "2012-10-17", "Statement": [{"Sid": secret, "Action": f"s3:{secret}", "Resource": "*"}]}
    )
    _, out, _ = run("lint", "p.json", "--format", form)
    assert out
    assert secret not in out
    assert secret not in html.unescape(out)

"""`iamsim diagnose`: what it reads, what it writes, what it exits with."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator

from iamsim.renderers import _diagnosis_json
from tests.cli.running import ACCOUNTS, ROOT, copied, run

REPORT = ROOT / "fixtures" / "evidence" / "mcp_test_report" / "quilt-2026-01.txt"
TRAIL = ROOT / "fixtures" / "evidence" / "cloudtrail" / "trail.json"
SCHEMA = ROOT / "docs" / "diagnosis.schema.json"
FIXED = ACCOUNTS / "quilt-fixed"
AT = ("--at", "2026-01-30T12:00:00Z")


def test_a_report_alone_is_told_with_what_would_tell_more(tmp_path):
    ran = run(tmp_path, "diagnose", REPORT, "--format", "json")
    assert ran.code == 4
    assert ran.report["numbers"]["unclear"] == 55
    assert ran.report["tells_more"][0].startswith("--tools NAME@VERSION")
    assert ran.report["tells_more"][1].startswith("--policies, --role-arn and --server-principal")


def test_a_report_and_a_manifest_tell_why_without_any_policy(tmp_path):
    ran = run(tmp_path, "diagnose", REPORT, "--tools", "quilt-mcp@2026-01", "--format", "json")
    assert ran.code == 0
    assert ran.report["summary"][0] == "none of the 4 failures is explained by IAM permissions"
    assert {one["predicted"] for one in ran.report["tools"]} == {"not-checked"}
    assert ran.report["numbers"]["would_pass"] is None


def test_no_policies_means_that_no_account_is_asked(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the account was asked")

    monkeypatch.setattr("iamsim.sources.load", refuse)
    given = ("--tools", "quilt-mcp@2026-01", "--role-arn", "arn:aws:iam::111122223333:role/quilt-tenant")
    assert run(tmp_path, "diagnose", REPORT, *given).code == 0


def test_without_the_servers_principal_policies_answer_calls_and_no_check_is_made(tmp_path):
    given = ("--tools", "quilt-mcp@2026-01", "--role-arn", "arn:aws:iam::111122223333:role/quilt-tenant")
    ran = run(tmp_path, "diagnose", REPORT, TRAIL, "--policies", FIXED, *given, "--format", "json", *AT)
    assert ran.code == 1, ran.err
    assert {one["predicted"] for one in ran.report["tools"]} == {"not-checked"}
    assert any(each.startswith("--policies, --role-arn and --server-principal") for each in ran.report["tells_more"])


def test_policies_alone_answer_the_calls_of_a_trail(tmp_path):
    ran = run(tmp_path, "diagnose", TRAIL, "--policies", FIXED, "--format", "json", *AT)
    assert ran.code == 1, ran.err
    assert ran.report["server"] == ""
    answers = {one["answer"] for one in ran.report["calls"]}
    assert "contradiction" in answers


@pytest.mark.parametrize("files", [[REPORT], [TRAIL], [REPORT, TRAIL]], ids=["report", "trail", "both"])
def test_the_json_form_is_of_the_published_schema(files):
    ran = run(FIXED, "diagnose", *files, "--format", "json", *AT)
    Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(ran.report)
    assert ran.report["exit_code"] == ran.code


def test_the_schema_of_the_docs_is_that_of_the_program():
    # python -c 'import json; from iamsim.renderers import _diagnosis_json as s; print(json.dumps(s.schema(), indent=2))' > docs/diagnosis.schema.json
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json.loads(json.dumps(_diagnosis_json.schema()))


def test_quiet_tells_the_answer_and_no_more():
    ran = run(FIXED, "diagnose", "--quiet", REPORT, *AT)
    assert "none of the 4 failures is explained by IAM permissions" in ran.out
    assert "What may be behind it" not in ran.out
    assert (ran.code, ran.err) == (1, "")


def test_verbose_tells_the_steps(tmp_path):
    ran = run(FIXED, "diagnose", "--verbose", REPORT, "--format", f"json={tmp_path / 'd.json'}", *AT)
    assert "judging 53 tools" in ran.err


def test_all_forms_at_once(tmp_path):
    files = {form: tmp_path / f"diagnosis.{form}" for form in ("markdown", "json", "html")}
    ran = run(
        FIXED,
        "diagnose",
        REPORT,
        TRAIL,
        "--format",
        "terminal",
        *(f"--format={form}={file}" for form, file in files.items()),
        *AT,
    )
    assert ran.code == 1
    assert "What may be behind it" in ran.out
    for file in files.values():
        assert "needs a catalog session" in file.read_text(encoding="utf-8")
    assert files["markdown"].read_text(encoding="utf-8").startswith("<!-- iamsim diagnose -->\n")


def test_the_page_is_the_report_with_a_section_more(tmp_path):
    file = tmp_path / "report.html"
    run(ACCOUNTS / "quilt-task-role", "diagnose", REPORT, f"--format=html={file}", *AT)
    page = file.read_text(encoding="utf-8")
    assert page.count("<!DOCTYPE html>") == 1
    assert "<dt>Exit code</dt><dd>1: " in page
    assert '<section id="diagnosis">' in page
    assert '<section id="tools"' in page


def test_without_a_check_the_page_is_the_diagnosis_alone(tmp_path):
    file = tmp_path / "diagnosis.html"
    run(tmp_path, "diagnose", REPORT, "--tools", "quilt-mcp@2026-01", f"--format=html={file}")
    page = file.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "What may be behind it" in page
    assert 'id="tools"' not in page
    assert "<script" not in page


def test_a_check_without_evidence_has_no_such_section(tmp_path):
    file = tmp_path / "report.html"
    run(FIXED, "check", f"--format=html={file}", *AT)
    assert "diagnosis" not in file.read_text(encoding="utf-8")


def test_the_plan_for_mcp_test_names_tools_arguments_and_what_to_look_at(tmp_path):
    file = tmp_path / "plan.yaml"
    run(FIXED, "diagnose", REPORT, "--plan", file, *AT)
    text = file.read_text(encoding="utf-8")
    import yaml  # as in the program: not before it is asked for

    listed = yaml.safe_load(text)["test_tools"]
    assert listed["bucket_objects_list"]["arguments"] == {"bucket": "quilt-ernest-staging"}
    assert listed["bucket_objects_list"]["effect"] == "none"
    assert listed["package_delete"]["effect"] == "update"
    assert "# fill in: athena_query_execute: query" in text.splitlines()
    schema = Draft202012Validator(listed["bucket_objects_list"]["response_schema"])
    assert schema.is_valid({"content": [{"type": "text", "text": '{"objects": []}'}]})
    assert not schema.is_valid({"content": [{"type": "text", "text": '{"error": "Failed to list objects"}'}]})
    assert not schema.is_valid({"content": [{"type": "text", "text": "1 validation error for call"}]})


def test_the_plan_as_mcp_requests_can_be_sent_as_it_is(tmp_path):
    file = tmp_path / "plan.json"
    run(FIXED, "diagnose", REPORT, "--plan", file, *AT)
    requests = json.loads(file.read_text(encoding="utf-8"))
    assert [each["id"] for each in requests] == list(range(1, len(requests) + 1))
    assert {each["method"] for each in requests} == {"tools/call"}
    one = next(each["params"] for each in requests if each["params"]["name"] == "bucket_objects_list")
    assert one["arguments"] == {"bucket": "quilt-ernest-staging"}
    assert any(each.startswith("sts:SetSourceIdentity on ") for each in one["_meta"]["iamsim/proves"])


def test_a_plan_without_a_check_is_empty_and_says_so(tmp_path):
    ran = run(tmp_path, "diagnose", REPORT, "--tools", "quilt-mcp@2026-01", "--plan", tmp_path / "plan.json")
    assert "iamsim: warning: the plan is empty" in ran.err
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8")) == []


def test_a_plan_of_another_form_is_refused_before_anything_is_read(tmp_path):
    ran = run(tmp_path, "diagnose", "nothing-there.txt", "--plan", "plan.txt")
    assert (ran.code, ran.error) == (
        2,
        "`plan.txt` tells no form of a plan; end it in .yaml for mcp-test, in .json for MCP requests",
    )


def test_evidence_on_standard_input(tmp_path):
    ran = run(tmp_path, "diagnose", "-", "--tools", "quilt-mcp@2026-01", "--format", "json", stdin=REPORT.read_bytes())
    assert ran.code == 0
    (source,) = ran.report["sources"]
    assert (source["location"], source["format"]) == ("standard input", "mcp_test_report")
    assert str(tmp_path) not in ran.out


def test_a_format_may_be_named_with_hyphens_or_as_its_file(tmp_path):
    for name in ("mcp-test-report", "mcp_test_report"):
        assert run(tmp_path, "diagnose", f"{name}:{REPORT}", "--tools", "quilt-mcp@2026-01").code == 0


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (["missing.txt"], "`missing.txt`"),
        (
            ["-", "--token-file", "-"],
            "the token and the evidence are both on standard input; give one of them as a file",
        ),
        ([f"junit_xml:{REPORT}"], "quilt-2026-01.txt"),
        ([str(ROOT / "LICENSE")], "is in no format of evidence that is known"),
        ([str(REPORT), str(REPORT)], "is given twice; give each file of evidence once"),
        ([str(REPORT), "--format", "sarif"], "`sarif` is no report format; choose html, json, markdown, terminal"),
        ([str(REPORT), "--tools", "nobody@1"], "nobody@1"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, given, error):
    ran = run(tmp_path, "diagnose", *given)
    assert ran.code == 2
    assert error in ran.error


def test_nothing_observed_exits_with_3(tmp_path):
    config = ROOT / "fixtures" / "evidence" / "mcp_test_config" / "quilt-2026-01.yaml"
    ran = run(tmp_path, "diagnose", config, "--format", "json")
    assert ran.code == 3


def test_no_secret_of_the_evidence_reaches_any_form(tmp_path, monkeypatch):
    token = "eyJhbGciOiJIUzI1NiJ9" + "." + "eyJzdWIiOiJhbGljZSJ9" + "." + "c2lnbmF0dXJlLW9mLXRoaXMtdG9rZW4"
    key, secret = "ASIA" + "Z3XQJ7WMN2PLK5VT", "wJalrXUtnFEMI" + "/K7MDENG/" + "bPxRfiCYzzzzzzzzzz"
    signature = "0f1e2d3c4b5a6978" * 4
    url = f"https://notes.s3.amazonaws.com/a?X-Amz-Credential={key}%2Fx&X-Amz-Security-Token={'FwoGZXIv' * 8}&X-Amz-Signature={signature}"
    report = REPORT.read_text(encoding="utf-8").replace(
        "Expected at least 1 results, got 0",
        f"Expected at least 1 results, got 0 Authorization: Bearer {token} {url} aws_secret_access_key={secret}",
    )
    (tmp_path / "report.txt").write_text(report, encoding="utf-8")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    account = copied("quilt-task-role", tmp_path)
    outputs = [tmp_path / name for name in ("d.json", "d.md", "d.html", "plan.yaml")]
    ran = run(
        account, "diagnose", tmp_path / "report.txt", "--format", "terminal", f"--format=json={outputs[0]}",
        f"--format=markdown={outputs[1]}", f"--format=html={outputs[2]}", "--plan", outputs[3], *AT,
    )  # fmt: skip
    assert ran.code == 1
    told = ran.out + ran.err + "".join(file.read_text(encoding="utf-8") for file in outputs)
    assert "Expected at least 1 results" in told
    for planted in (token, token.split(".")[2], secret, signature, "FwoGZXIv" * 8):
        assert planted not in told


def test_hostile_names_stay_words_in_every_form(tmp_path):
    hostile = "<script>alert(1)</script>`|\x1b[31m"
    report = REPORT.read_text(encoding="utf-8").replace("Expected at least 1 results, got 0", hostile)
    (tmp_path / "report.txt").write_text(report, encoding="utf-8")
    page, comment = tmp_path / "d.html", tmp_path / "d.md"
    ran = run(
        FIXED,
        "diagnose",
        tmp_path / "report.txt",
        "--format",
        "terminal",
        f"--format=html={page}",
        f"--format=markdown={comment}",
        *AT,
    )
    assert "\x1b" not in ran.out
    for text in (page.read_text(encoding="utf-8"), comment.read_text(encoding="utf-8")):
        assert "<script>alert" not in text
        assert "\x1b" not in text


def test_equal_inputs_give_equal_answers():
    first, second = (run(FIXED, "diagnose", REPORT, TRAIL, "--format", "json", *AT).out for _ in range(2))
    assert first == second

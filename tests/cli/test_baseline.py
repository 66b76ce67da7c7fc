"""`--baseline` and `--write-baseline`: what is known does not fail, what is new does, and nothing else gets through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.running import copied, run
from tests.cli.test_lint import PASSES, write

AT = ("--at", "2026-01-30T12:00:00Z")
SECOND = {
    "Version": "2012-10-17",
    "Statement": [{"Sid": "Second", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}],
}


@pytest.fixture
def denied(tmp_path):
    """An account with gaps and nothing unknown once its gaps are known."""
    return copied("quilt-task-role", tmp_path)


def with_baseline(folder: Path) -> Path:
    run(folder, "check", *AT, "--write-baseline", "../base.json")
    return folder.parent / "base.json"


def edited(path: Path, change) -> None:
    held = json.loads(path.read_text(encoding="utf-8"))
    change(held["baselines"][0])
    path.write_text(json.dumps(held), encoding="utf-8")


def kinds(folder: Path) -> set[str]:
    report = run(folder, "check", *AT, "--format", "json").report
    return {finding["kind"] for finding in report["findings"]}


@pytest.mark.parametrize("asked", [("--write-baseline", "base.json"), ("--format", "json=base.json")])
def test_what_is_written_among_the_policies_is_said_to_be_in_the_way_of_the_next_run(denied, asked):
    first = run(denied, "check", *AT, *asked)
    assert first.code == 1
    told = "base.json lies in a folder of --policies, whose JSON files the next run reads: move it beside it"
    assert first.err.count(told) == 1
    assert "base.json: has no place here" in run(denied, "check", *AT).error


def test_what_is_written_beside_the_policies_or_is_no_json_is_in_nobodys_way(denied):
    written = run(denied, "check", *AT, "--write-baseline", "../base.json", "--format", "html=check.html")
    assert "lies in a folder" not in written.err
    assert run(denied, "check", *AT).code == 1


def test_a_second_run_with_the_baseline_does_not_fail_for_what_is_known(denied):
    first = run(denied, "check", *AT, "--write-baseline", "../base.json")
    assert first.code == 1, "writing a baseline does not let the run that writes it pass"
    assert "wrote ../base.json" in first.err
    second = run(denied, "check", *AT, "--baseline", "../base.json")
    assert second.code == (4 if "unknown" in kinds(denied) else 0)
    assert "known: it stands in the baseline" in second.words
    assert "Gaps (" not in second.out


def test_a_gap_that_is_new_fails_and_is_the_only_one_named(denied):
    base = with_baseline(denied)
    taken = []
    edited(base, lambda part: taken.append(part["findings"].pop(_first_gap(part))))
    report = run(denied, "check", *AT, "--baseline", "../base.json", "--format", "json").report
    left = {each["key"] for each in report["accepted"]}
    new = [each["key"] for each in report["findings"] if each["kind"] == "gap" and each["key"] not in left]
    assert report["exit_code"] == 1
    assert new == [taken[0]["key"]]
    assert "Gaps (1)" in run(denied, "check", *AT, "--baseline", "../base.json").out


def _first_gap(part) -> int:
    return next(number for number, each in enumerate(part["findings"]) if each["kind"] == "gap")


def _with_requests(part) -> dict[str, object]:
    return next(each for each in part["findings"] if each["kind"] == "gap" and each["requests"] and each["tools"])


@pytest.mark.parametrize(
    "change",
    [
        lambda part: _with_requests(part).update(requests=[]),
        lambda part: _with_requests(part).update(tools=[]),
        lambda part: _with_requests(part).update(severity="low"),
        lambda part: _with_requests(part).update(kind="hazard"),
        lambda part: _with_requests(part).update(rule="another"),
    ],
    ids=["more requests", "more tools", "more severe", "a gap now", "another rule"],
)
def test_a_finding_that_has_become_worse_is_new(denied, change):
    edited(with_baseline(denied), change)
    assert run(denied, "check", *AT, "--baseline", "../base.json").code == 1


def test_an_unknown_is_no_part_of_a_baseline(tmp_path):
    open_ = copied("quilt-fixed", tmp_path, without=("bucket",))
    assert run(open_, "check", *AT, "--write-baseline", "../base.json").code == 4
    held = json.loads((open_ / "../base.json").read_text(encoding="utf-8"))
    assert {each["kind"] for each in held["baselines"][0]["findings"]} <= {"gap", "hazard"}
    # Not even one that somebody wrote into it.
    unknown = next(f for f in run(open_, "check", *AT, "--format", "json").report["findings"] if f["kind"] == "unknown")
    entry = {name: unknown[name] for name in ("key", "rule", "severity", "tools")} | {"kind": "unknown"}
    edited(open_ / "../base.json", lambda part: part["findings"].append(entry))
    assert run(open_, "check", *AT, "--baseline", "../base.json").code == 4


def test_a_baseline_of_another_role_or_server_knows_nothing(denied):
    edited(with_baseline(denied), lambda part: part["of"].update(role="arn:aws:iam::111122223333:role/other"))
    ran = run(denied, "check", *AT, "--baseline", "../base.json")
    assert ran.code == 1
    assert (
        "warning: ../base.json: knows nothing of command check, role arn:aws:iam::111122223333:role/quilt-tenant"
        in ran.err
    )
    assert "known: it stands in the baseline" not in ran.words


def test_a_file_holds_the_baselines_of_several(denied):
    with_baseline(denied)
    write(str(denied.parent / "extra" / "passes.json"), PASSES)
    run(denied, "lint", "../extra", "--write-baseline", "../base.json")
    held = json.loads((denied / "../base.json").read_text(encoding="utf-8"))
    assert [part["of"]["command"] for part in held["baselines"]] == ["check", "lint"]
    assert run(denied, "check", *AT, "--baseline", "../base.json").code != 1
    assert run(denied, "lint", "../extra", "--baseline", "../base.json").code == 0


def test_the_same_findings_give_the_same_file(denied):
    text = with_baseline(denied).read_bytes()
    assert with_baseline(denied).read_bytes() == text
    part = json.loads(text)["baselines"][0]
    keys = [each["key"] for each in part["findings"]]
    assert keys == sorted(keys)
    assert {"rule", "key", "severity", "place"} <= set(part["findings"][0])
    assert any("trust.json:" in each["place"] for each in part["findings"])


def test_what_is_found_no_longer_is_told(denied):
    edited(
        with_baseline(denied),
        lambda part: part["findings"].append(
            {"key": "assume-denied-gone", "rule": "assume-denied", "kind": "gap", "severity": "high"}
        ),
    )
    ran = run(denied, "check", *AT, "--baseline", "../base.json")
    assert "`assume-denied-gone` is found no longer" in ran.err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: no such file"),
        (b"", "is no baseline: "),
        (b"{}", "is no baseline: "),
        (b"\xff\xfe", "is no baseline: "),
        (b"[" * 100_000, "is no baseline: "),
        (b'{"schema": "iamsim/baseline/2", "baselines": []}', "is no baseline of schema iamsim/baseline/1"),
        (b'{"schema": "iamsim/baseline/1", "baselines": [], "x": 1}', "is no baseline: "),
        (b'{"schema": "iamsim/baseline/1", "baselines": [{"of": {}}]}', "is no baseline: "),
        (
            b'{"schema": "iamsim/baseline/1", "baselines": [{"of": {}, "findings": []}, {"of": {}, "findings": []}]}',
            "two baselines",
        ),
    ],
)
@pytest.mark.parametrize("command", ["check", "lint"])
def test_a_file_that_is_no_baseline_is_an_error_and_not_overwritten(tmp_path, command, content, told):
    folder = copied("quilt-fixed", tmp_path)
    if content is not None:
        (folder.parent / "base.json").write_bytes(content)
    arguments = ("check", *AT) if command == "check" else ("lint", ".")
    ran = run(folder, *arguments, "--baseline", "../base.json")
    assert ran.code == 2
    assert told in ran.error
    if content is not None:
        assert run(folder, *arguments, "--write-baseline", "../base.json").code == 2
        assert (folder.parent / "base.json").read_bytes() == content


def test_a_wrong_input_stays_one_whatever_the_baseline_says(denied):
    with_baseline(denied)
    assert run(denied, "check", *AT, "--baseline", "../base.json", "--policies", "nowhere").code == 2


def test_the_settings_name_a_baseline_and_one_can_be_written_anew(denied):
    text = (denied / "iamsim.toml").read_text(encoding="utf-8")
    (denied / "iamsim.toml").write_text('baseline = "../base.json"\n' + text, encoding="utf-8")
    assert run(denied, "check", *AT).code == 2
    assert run(denied, "check", *AT, "--write-baseline", "../base.json").code == 1
    assert run(denied, "check", *AT).code != 1


def test_a_saved_report_keeps_what_was_accepted(denied):
    with_baseline(denied)
    code = run(denied, "check", *AT, "--baseline", "../base.json", "--format", "json=../saved.json").code
    assert run(denied, "report", "../saved.json", "-o", "../page.html").code == code != 1
    page = (denied.parent / "page.html").read_text(encoding="utf-8")
    assert "Accepted, and still there (" in page
    assert "known: it stands in the baseline" in page


def test_lint_fails_for_what_is_new_and_tells_the_rest(tmp_path):
    write(str(tmp_path / "policies/first.json"), PASSES)
    assert run(tmp_path, "lint", "policies", "--write-baseline", "base.json").code == 1
    ran = run(tmp_path, "lint", "policies", "--baseline", "base.json")
    assert ran.code == 0
    assert "  = known: it stands in the baseline" in ran.out
    write(str(tmp_path / "policies/second.json"), SECOND)
    found = run(tmp_path, "lint", "policies", "--baseline", "base.json", "--format", "json")
    assert found.code == 1
    new = {f["places"][0]["document"] for f in found.report["findings"] if f["accepted"] is None}
    assert new == {"policies/second.json"}


def test_lint_misses_nothing_that_it_did_not_ask_for(tmp_path):
    write(str(tmp_path / "first.json"), PASSES)
    run(tmp_path, "lint", "first.json", "--audience", "style", "--write-baseline", "base.json")
    assert run(tmp_path, "lint", "first.json", "--select", "broken-json", "--baseline", "base.json").err == ""
    assert run(tmp_path, "lint", "first.json", "--baseline", "base.json").err == ""


def test_a_diff_writes_no_baseline(tmp_path):
    write(str(tmp_path / "first.json"), PASSES)
    assert run(tmp_path, "lint", "first.json", "--diff", "--write-baseline", "base.json").code == 2
    assert not (tmp_path / "base.json").exists()

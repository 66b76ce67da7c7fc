"""`iamsim report`: a saved report as a page, with the report's own exit code."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys

import pytest

from iamsim.renderers.json import read, render
from tests.cli.running import ACCOUNTS, ROLE, copied, run

AT = ("--at", "2026-01-30T12:00:00Z")


@pytest.mark.parametrize(("account", "code"), [("quilt-fixed", 0), ("quilt-task-role", 1)])
def test_a_saved_report_becomes_a_page_and_keeps_its_code(tmp_path, account, code):
    saved = tmp_path / "saved.json"
    assert run(ACCOUNTS / account, "check", "--format", f"json={saved}", *AT).code == code
    ran = run(tmp_path, "report", "saved.json", "-o", "page.html")
    assert (ran.code, ran.out, ran.err) == (code, "", "wrote page.html\n")
    direct = run(ACCOUNTS / account, "check", "--format", "html", *AT)
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == direct.out


def test_the_page_has_a_name_of_its_own_and_can_go_to_standard_output(tmp_path):
    saved = tmp_path / "saved.json"
    run(ACCOUNTS / "quilt-fixed", "check", "--format", f"json={saved}", *AT)
    assert run(tmp_path, "report", "saved.json").err == "wrote iamsim-report.html\n"
    assert (tmp_path / "iamsim-report.html").is_file()
    ran = run(tmp_path, "report", "saved.json", "-o", "-")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (tmp_path / "iamsim-report.html").read_text(encoding="utf-8")


def test_without_a_saved_report_the_check_is_run(tmp_path):
    folder = copied("quilt-task-role", tmp_path)
    ran = run(folder, "report", *AT, "-o", "../page.html")
    assert ran.code == 1
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == run(folder, "check", "--format", "html", *AT).out
    assert run(folder, "report", "--policies", "nowhere").code == 2


@pytest.mark.parametrize("edited", [0, 4, 5])
def test_an_edited_exit_code_does_not_change_the_verdict(tmp_path, edited):
    ran = run(ACCOUNTS / "quilt-task-role", "check", "--format", "json", *AT)
    report = ran.report
    assert report["exit_code"] == ran.code == 1
    (tmp_path / "saved.json").write_text(json.dumps({**report, "exit_code": edited}), encoding="utf-8")
    assert run(tmp_path, "report", "saved.json").code == 1
    (tmp_path / "saved.json").write_text(json.dumps({**report, "exit_code": 256}), encoding="utf-8")
    assert run(tmp_path, "report", "saved.json").code == 2


def test_a_report_without_tools_does_not_pass(tmp_path):
    report = run(ACCOUNTS / "quilt-fixed", "check", "--format", "json", *AT).report
    (tmp_path / "saved.json").write_text(json.dumps({**report, "tools": []}), encoding="utf-8")
    assert run(tmp_path, "report", "saved.json").code == 3


def test_a_report_cut_short_is_refused(tmp_path):
    text = run(ACCOUNTS / "quilt-fixed", "check", "--format", "json", *AT).out
    (tmp_path / "saved.json").write_text(text[: len(text) // 2], encoding="utf-8")
    ran = run(tmp_path, "report", "saved.json")
    assert ran.code == 2
    assert "the report is not valid JSON" in ran.error
    assert not (tmp_path / "iamsim-report.html").exists()


def test_a_saved_report_is_the_report_itself():
    ran = run(ACCOUNTS / "quilt-session-tags", "check", "--format", "json", *AT)
    once = read(ran.out, document="saved.json")
    assert once.exit_code == 1
    assert once.role_arn == ROLE
    assert render(once) == ran.out
    assert read(render(once), document="again") == once


def test_the_file_that_stands_there_already_is_replaced_whole(tmp_path):
    page = tmp_path / "page.html"
    page.write_text("old")
    page.chmod(0o600)
    ran = run(ACCOUNTS / "quilt-fixed", "check", "--format", f"html={page}", *AT)
    assert ran.code == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_standard_output_carries_the_result_and_nothing_else(tmp_path):
    ran = run(ACCOUNTS / "quilt-fixed", "check", "--format", "json", "--format", f"html={tmp_path / 'page.html'}", *AT)
    assert json.loads(ran.out)["exit_code"] == 0
    assert ran.err == f"wrote {tmp_path / 'page.html'}\n"


def test_a_report_is_compared_with_an_earlier_one(tmp_path):
    assert run(ACCOUNTS / "quilt-task-role", "check", "--format", f"json={tmp_path / 'old.json'}", *AT).code == 1
    assert run(ACCOUNTS / "quilt-fixed", "check", "--format", f"json={tmp_path / 'new.json'}", *AT).code == 0
    ran = run(tmp_path, "report", "new.json", "--compare", "old.json", "-o", "-")
    assert ran.code == 0
    assert "0 newly broken, 46 newly fixed" in ran.out
    again = run(ACCOUNTS / "quilt-fixed", "check", "--compare", tmp_path / "old.json", *AT)
    assert "0 newly broken, 46 newly fixed" in again.words
    assert "Since the earlier report" not in run(tmp_path, "report", "new.json", "-o", "-").out
    masked = run(tmp_path, "report", "new.json", "--compare", "old.json", "--redact", "-o", "-").out
    assert "0 newly broken, 46 newly fixed" in masked
    assert "111122223333" not in masked


@pytest.mark.parametrize("command", ["check", "report"])
def test_an_earlier_report_that_cannot_be_read_is_refused_before_anything_is_checked(tmp_path, command):
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    assert run(tmp_path, command, "--compare", "old.json").code == 2
    ran = run(tmp_path, command, "--compare", "nowhere.json")
    assert ran.code == 2
    assert "`nowhere.json` cannot be read: no such file or directory" in ran.error


@pytest.mark.parametrize("form", ["terminal", "json", "html", "sarif", "markdown", "junit", "github", "gitlab", "csv"])
def test_account_ids_are_masked_in_every_format_and_nothing_else_changes(form):
    plain = run(ACCOUNTS / "quilt-task-role", "check", "--format", form, *AT)
    masked = run(ACCOUNTS / "quilt-task-role", "check", "--format", form, "--redact", *AT)
    assert masked.code == plain.code == 1
    assert "111122223333" not in masked.out
    if form not in ("gitlab", "sarif", "html"):  # fingerprints and the place of a cell follow the ids
        assert masked.out == plain.out.replace("111122223333", "100000000001")


def test_a_report_tells_the_digests_of_what_it_read_and_the_command_that_makes_it_again(tmp_path):
    folder = copied("quilt-task-role", tmp_path)
    ran = run(folder, "check", "--format", "json", "--claim", "catalog_token=abcdefgh-very-secret", *AT)
    read_ = {each["kind"]: each for each in ran.report["inputs"]}
    assert read_["settings"]["sha256"] == hashlib.sha256((folder / "iamsim.toml").read_bytes()).hexdigest()
    names = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.suffix != ".md"
    )
    lines = "".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names)
    assert read_["policies"]["sha256"] == hashlib.sha256(lines.encode()).hexdigest()
    assert read_["tools"]["sha256"] == ""
    assert ran.report["command"] == (
        "iamsim check --claim 'catalog_token=redacted (20 characters)' --at 2026-01-30T12:00:00Z"
    )
    assert "very-secret" not in ran.out
    policy = next((folder / "roles").rglob("trust.json"))
    policy.write_text(policy.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    (folder / "iamsim-report.html").write_text("a page that an earlier run wrote", encoding="utf-8")
    after = {each["kind"]: each for each in run(folder, "check", "--format", "json", *AT).report["inputs"]}
    assert after["policies"]["sha256"] != read_["policies"]["sha256"]
    policy.write_text(policy.read_text(encoding="utf-8")[:-1], encoding="utf-8")
    after = {each["kind"]: each for each in run(folder, "check", "--format", "json", *AT).report["inputs"]}
    assert after["policies"]["sha256"] == read_["policies"]["sha256"]


def test_a_report_saved_before_there_were_digests_is_still_read(tmp_path):
    report = run(ACCOUNTS / "quilt-fixed", "check", "--format", "json", *AT).report
    for each in report["inputs"]:
        del each["sha256"], each["fetched"]
    del report["command"]
    (tmp_path / "saved.json").write_text(json.dumps(report), encoding="utf-8")
    ran = run(tmp_path, "report", "saved.json", "-o", "-")
    assert ran.code == 0
    assert "SHA-256" not in ran.out
    assert "The same check again" not in ran.out


def test_the_page_is_the_same_in_another_process_with_another_hash_seed_and_time_zone(tmp_path):
    run(ACCOUNTS / "quilt-session-tags", "check", "--format", f"json={tmp_path / 'saved.json'}", *AT)
    here = run(tmp_path, "report", "saved.json", "-o", "-").out
    there = subprocess.run(
        [sys.executable, "-m", "iamsim", "report", "saved.json", "-o", "-"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "PYTHONPATH": str(ACCOUNTS.parents[1])},
        capture_output=True,
        check=False,
    )
    assert there.stdout.decode() == here

"""`iamsim report`: a saved report as a page, with the report's own exit code."""

from __future__ import annotations

import json

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

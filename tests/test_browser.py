"""The browser tests see what a page does: a page that calls out is caught."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import browser as under_test
from tests.browser import NoBrowserError, PageLog, browser_path

LISTENING = """<!doctype html><title>t</title><link rel="icon" href="data:,"><h1 id="said">nothing</h1>
<script>document.getElementById("said").textContent = "ran"</script>"""


def opened(page, tmp_path: Path, html: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(html, encoding="utf-8")
    page.goto(path.as_uri())


def test_a_page_that_asks_for_nothing_runs_and_leaves_an_empty_log(page, page_log, tmp_path):
    opened(page, tmp_path, LISTENING)
    assert page.inner_text("#said") == "ran"
    assert page_log == PageLog(requests=[], errors=[])


@pytest.mark.parametrize(
    ("html", "asked"),
    [
        ('<img src="http://127.0.0.1:9/a.png">', "http://127.0.0.1:9/a.png"),
        ('<script src="https://example.com/a.js"></script>', "https://example.com/a.js"),
        ("<script>fetch('https://example.com/b').catch(() => 0)</script>", "https://example.com/b"),
        ("<script>new WebSocket('ws://127.0.0.1:9/c')</script>", "ws://127.0.0.1:9/c"),
        ('<link rel="stylesheet" href="beside.css">', "beside.css"),
        ('<iframe src="https://example.com/d"></iframe>', "https://example.com/d"),
    ],
)
def test_a_page_that_asks_for_more_than_itself_is_caught(page, page_log, tmp_path, html, asked):
    opened(page, tmp_path, html)
    page.wait_for_timeout(50)
    assert [url for url in page_log.requests if url.endswith(asked)]


def test_a_script_that_fails_is_on_the_log(page, page_log, tmp_path):
    opened(page, tmp_path, "<script>null.x</script>")
    assert any("null" in error for error in page_log.errors)


def test_a_browser_named_in_the_environment_comes_first(monkeypatch, tmp_path):
    mine = tmp_path / "mine"
    mine.write_text("#!/bin/sh\n", encoding="utf-8")
    mine.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(mine))
    assert browser_path() == str(mine)


def test_a_named_browser_that_is_not_there_is_an_error_and_not_replaced(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/no/such/browser")
    with pytest.raises(NoBrowserError, match="CHROMIUM names no program: `/no/such/browser`"):
        browser_path()


def test_without_a_browser_and_without_root_the_failure_names_it(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(under_test.os, "geteuid", lambda: 1000)
    with pytest.raises(NoBrowserError, match="install chromium or google-chrome"):
        browser_path()


def test_root_installs_debians_browser(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    ran = []
    monkeypatch.setattr(under_test.os, "geteuid", lambda: 0)
    monkeypatch.setattr(
        shutil, "which", lambda name: f"/usr/bin/{name}" if name == "apt-get" or (ran and name == "chromium") else None
    )
    monkeypatch.setattr(under_test, "_apt_get", lambda *arguments: ran.append(arguments))
    assert browser_path() == "/usr/bin/chromium"
    assert ran == [("update",), ("install", "--yes", "--no-install-recommends", "chromium")]

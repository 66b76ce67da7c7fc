"""The page of a report of many tools: how long it takes to be written, and in a browser until it can be read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from iamsim.renderers import RenderOptions, renderer
from tests.browser import PageLog, launched, offline_page
from tests.renderers.crowded import crowded

READY = "performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart"
OPENED = 5
"""Times that each page is opened; the shortest counts, since the others tell more of the machine."""


@pytest.mark.parametrize(
    ("tools", "gaps", "seconds"),
    [pytest.param(100, 40, 0.3, id="100 tools"), pytest.param(500, 50, 2.0, id="500 tools")],
)
def test_the_page_can_be_read_in_time(tmp_path: Path, tools: int, gaps: int, seconds: float) -> None:
    report = crowded(tools=tools, actions=20, gaps=gaps)
    start = time.process_time()
    text = renderer("html").render(report, RenderOptions())
    written = time.process_time() - start
    path = tmp_path / "report.html"
    path.write_text(text, encoding="utf-8")
    found: list[float] = []
    with launched() as browser, offline_page(browser, PageLog()) as page:
        for _ in range(OPENED):
            page.goto(path.as_uri())
            found.append(page.evaluate(READY) / 1_000)
        nodes = page.evaluate("document.querySelectorAll('*').length")
    print(
        f"\n{tools} tools with 20 actions each, {gaps} gaps: {len(text) / 1_000:,.0f} kB, {nodes:,} nodes; "
        f"written in {written:.1f} s, ready in {min(found):.2f} s"
    )
    assert written < 2
    assert min(found) < seconds

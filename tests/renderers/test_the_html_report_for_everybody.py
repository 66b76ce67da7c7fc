"""Whether everybody can read the page: with a screen reader, a keyboard, other colours, large letters, on paper."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from iamsim.renderers import RenderOptions, renderer
from tests.renderers import real, reports
from tests.renderers.crowded import crowded

ROOT = Path(__file__).parents[2]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STORIES = {
    "refused": reports.refused,
    "hostile": lambda: replace(reports.hostile(), tools=reports.hostile().tools[:6]),
    "quilt-task-role": lambda: real.real("quilt-task-role"),
    "example-s3-iam-search": lambda: real.real("example-s3-iam-search"),
}


@cache
def html(story):
    against = reports.fixed() if story == "refused" else None
    return renderer("html").render(STORIES[story](), RenderOptions(against=against))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name in STORIES:
        (folder / f"{name}.html").write_text(html(name), encoding="utf-8")
    return folder


@pytest.fixture
def bypassed(browser):
    """A page whose policy lets in the axe that looks at it; every other test leaves the policy alone."""
    context = browser.new_context(bypass_csp=True, offline=True, reduced_motion="reduce")
    try:
        yield context.new_page()
    finally:
        context.close()


def violations(page, *parts):
    """What axe finds, on the whole page or in what `parts` select."""
    if page.evaluate("typeof axe") == "undefined":
        page.add_script_tag(path=AXE_FILE_PATH)
    run = "([within, tags]) => axe.run({include: within.map(each => [each])}, {runOnly: {type: 'tag', values: tags}})"
    found = page.evaluate(run, [list(parts) or ["html"], TAGS])["violations"]
    return {each["id"]: [node["target"] for node in each["nodes"]][:3] for each in found}


@pytest.mark.parametrize(
    ("story", "scheme", "media"),
    [
        ("refused", "light", "screen"),
        ("refused", "dark", "screen"),
        ("example-s3-iam-search", "light", "screen"),
        ("refused", "light", "print"),
    ],
)
def test_axe_finds_nothing_in_light_in_dark_and_in_print(bypassed, files, story, scheme, media):
    bypassed.emulate_media(color_scheme=scheme, media=media)
    bypassed.goto((files / f"{story}.html").as_uri())
    if media == "print":
        bypassed.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert violations(bypassed) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_is_built_on_demand(bypassed, files, scheme):
    bypassed.emulate_media(color_scheme=scheme)
    bypassed.goto((files / "quilt-task-role.html").as_uri())
    for folded in bypassed.locator("details.form > summary").all():
        folded.click()
    assert bypassed.get_by_role("tab").count() > 4
    assert violations(bypassed, ".fix") == {}
    bypassed.locator("#tool-bucket_object_link td[data-a='s3:GetObject']").click()
    bypassed.locator("#evidence .decision").first.wait_for()
    assert violations(bypassed, "#evidence") == {}
    bypassed.keyboard.press("Escape")
    bypassed.keyboard.press("?")
    bypassed.locator("#help").wait_for()
    assert violations(bypassed, "#help") == {}


def test_axe_finds_what_is_there_to_find(bypassed):
    bypassed.set_content("<html><body><img src=x><p style='color:#eee;background:#fff'>pale</p></body></html>")
    assert {"image-alt", "color-contrast", "html-has-lang"} <= set(violations(bypassed))


@pytest.mark.parametrize("story", STORIES)
def test_at_400_percent_zoom_nothing_scrolls_sideways_but_what_may(page, files, story):
    page.set_viewport_size({"width": 320, "height": 256})  # 1280 by 1024 at 400 %
    page.goto((files / f"{story}.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    wide = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1"
        " && getComputedStyle(e).overflowX !== 'visible' && !e.matches('pre, .scroll, .sr')).map(e => e.outerHTML.slice(0, 90))"
    )
    assert wide == []


def test_everything_to_press_is_at_least_24_pixels_or_stands_in_a_sentence(page, files):
    page.goto((files / "quilt-task-role.html").as_uri())
    small = page.evaluate(
        """[...document.querySelectorAll('button, select, input, summary, nav a, .anchor, .matrix a')]
        .filter(e => e.getClientRects().length).map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
        .filter(([, at]) => at.height < 23.5 || at.width < 23.5).map(([what]) => what)"""
    )
    assert small == []


def test_whoever_wants_no_motion_has_none(page, files):
    page.emulate_media(reduced_motion="reduce")
    page.goto((files / "refused.html").as_uri())
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    assert page.evaluate(behaviour) == "auto"
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(behaviour) == "smooth"


def test_with_forced_colours_outcomes_keep_a_border_and_their_words(page, files):
    page.emulate_media(forced_colors="active")
    page.goto((files / "refused.html").as_uri())
    for where in (".tag", ".matrix td[data-a]"):
        first = page.locator(where).first
        assert first.evaluate("node => getComputedStyle(node).borderTopWidth") != "0px"
        assert re.match(r"[✓✗?!·] \w", first.inner_text().replace("\n", " "))


PAPER = {"A4": (794, 1123), "Letter": (816, 1056)}
"""Sizes in CSS pixels."""


@pytest.mark.parametrize("paper", PAPER)
def test_on_paper_everything_is_open_and_nothing_is_cut_off(page, files, paper):
    width, height = PAPER[paper]
    page.set_viewport_size({"width": width - 90, "height": height})  # less the margins
    page.goto((files / "quilt-task-role.html").as_uri())
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open], .form)").count() == 0
    assert not page.locator("nav, .bar, .copy, .skip, dialog").locator("visible=true").count()
    assert page.evaluate("document.documentElement.scrollWidth") <= width - 90
    hidden = page.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => e.getClientRects().length && !e.matches('.sr')"
        " && getComputedStyle(e).overflow !== 'visible' && (e.scrollWidth > e.clientWidth + 2 || e.scrollHeight > e.clientHeight + 2))"
        ".map(e => e.outerHTML.slice(0, 90))"
    )
    assert hidden == []
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#gaps details[open]").count() == 2


def test_the_printed_page_has_the_same_text_a_second_time_and_numbers_its_pages(page, files):
    page.goto((files / "quilt-task-role.html").as_uri())
    first, second = (page.pdf(format="A4", tagged=True) for _ in range(2))
    assert first.startswith(b"%PDF-")
    assert pages(first) == pages(second) > 3
    assert page.evaluate("[...document.styleSheets[0].cssRules].some(r => r.cssText.includes('counter(pages)'))")


def pages(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_a_hundred_tools_with_twenty_actions_and_forty_gaps_keep_the_page_light(page, tmp_path):
    report = crowded(tools=100, actions=20, gaps=40)
    text = renderer("html").render(report, RenderOptions())
    assert len(text.encode()) <= 150_000 + 2_000 * 100
    (tmp_path / "report.html").write_text(text, encoding="utf-8")
    page.goto((tmp_path / "report.html").as_uri())
    assert page.evaluate("document.querySelectorAll('*').length") <= 5_000
    assert page.locator(".matrix td[data-a]").count() == 2_000
    assert page.locator("#gaps article").count() == 40
    page.locator("#tool-tool_number_070 td[data-a='s3:GetThing00']").click()
    assert page.locator("#evidence .need").count() == 1


@pytest.mark.skipif(os.environ.get("CI") != "true", reason="pictures are kept where CI=true")
@pytest.mark.parametrize("story", STORIES)
def test_pictures_of_the_page_are_kept(page, files, story):
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    page.goto((files / f"{story}.html").as_uri())
    for width in (1280, 400):
        for scheme in ("light", "dark"):
            page.set_viewport_size({"width": width, "height": 1000})
            page.emulate_media(color_scheme=scheme)
            path = folder / f"report-{story}-{width}-{scheme}.png"
            page.screenshot(path=path, full_page=True)
            assert path.stat().st_size > 10_000

"""What a person sees and does on the page, in a real Chromium."""

from __future__ import annotations

import json
import re

import pytest

from iamsim import documents
from iamsim.renderers import RenderOptions, _statements, renderer
from tests.renderers import real, reports

VERDICTS = {
    "quilt-task-role": "✗ The server cannot assume the role; 27 gaps",
    "quilt-no-credentials": "✗ The server cannot ask for the role, having no AWS credentials; 6 gaps",
    "quilt-fixed": "✓ Nothing stands in the way; 4 hazards to know of",
}
ROLES = {
    "quilt-task-role": "cannot be assumed",
    "quilt-no-credentials": "call never leaves the server",
    "quilt-fixed": "can be assumed",
}
PLACE = re.compile(r"[\w./-]+\.json:\d+")
IN_SIGHT = "e => { const at = e.getBoundingClientRect(); return at.top < innerHeight && at.bottom > 0 }"


def anchor(finding):
    return "finding-" + re.sub("[^a-z0-9_]+", "-", finding.key.lower())


@pytest.fixture
def opened(page, tmp_path):
    """The page of a report opened from a file; what it asked for and complained of is asserted empty at the end."""
    seen, complaints = [], []
    page.on("request", lambda request: seen.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))

    def open_(report, fragment=""):
        path = tmp_path / "report.html"
        path.write_text(renderer("html").render(report, RenderOptions()), encoding="utf-8")
        page.goto(path.as_uri() + fragment)
        return page

    yield open_
    assert [url for url in seen if not url.startswith(("file:", "data:"))] == []
    assert len([url for url in seen if url.startswith("file:")]) == 1
    assert complaints == []


def test_the_page_shows_verdict_chain_gaps_and_fixes_without_network_or_errors(opened):
    page = opened(reports.refused())
    assert page.locator("h1").inner_text() == "✗ The server cannot assume the role; 2 gaps, 1 unknown"
    assert page.locator(".chain .node h3").all_inner_texts() == ["Token", "Call", "Role", "Tools"]
    assert page.locator(".chain").get_by_text("cannot be assumed").is_visible()
    gaps = page.locator("#gaps article")
    assert gaps.count() == 2
    for at, place in ((0, "accounts/one/roles/mcp/reader/trust.json:8:7"), (1, "mcp/reader/inline/read.json:4:5")):
        assert gaps.nth(at).get_by_text(place).first.is_visible()
        page.goto(page.url.partition("#")[0] + "#" + gaps.nth(at).get_attribute("id"))
        assert gaps.nth(at).get_by_text('"Effect": "Allow"').first.is_visible()
        assert gaps.nth(at).locator(".fix .diff .add").first.is_visible()
        assert gaps.nth(at).locator(".fix").get_by_text("proven").first.is_visible()


@pytest.mark.parametrize("account", ["quilt-task-role", "quilt-no-credentials", "quilt-fixed"])
def test_a_real_report_shows_verdict_chain_and_all_tools(opened, account):
    page = opened(real.real(account))
    assert page.locator("h1").inner_text() == VERDICTS[account]
    assert page.locator(".chain .node h3").all_inner_texts() == ["Token", "Call", "Role", "Tools"]
    arrows = ".chain .arrow:visible svg path"
    assert page.locator(arrows).count() >= 3
    assert page.locator(".chain .node").nth(2).get_by_text(ROLES[account]).is_visible()
    tools = page.locator(".matrix > tbody > tr:first-child > th")
    assert sorted(tools.all_inner_texts()) == sorted(tool.name for tool in real.real(account).tools)
    assert tools.count() == 53
    needs = page.locator(".matrix .inner tbody tr")
    assert needs.count() == sum(len(tool.needs) for tool in real.real(account).tools)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("account", ["quilt-task-role", "quilt-no-credentials", "quilt-external-id"])
def test_every_real_gap_can_be_linked_to_and_shows_its_place_and_its_fix(opened, account):
    report = real.real(account)
    page = opened(report)
    for finding in real.gaps(report):
        card = page.locator("article", has=page.locator(f"#{anchor(finding)}")).or_(
            page.locator(f"article#{anchor(finding)}")
        )
        assert card.count() == 1
        assert card.locator(".fix").first.is_visible()
        for told in (report.probe(probe).explanation for probe in finding.probes):
            assert card.get_by_text(told.request.action, exact=True).first.is_visible()
            assert not _statements.looked_through(told) or card.get_by_text(PLACE).first.is_visible()
        page.goto(page.url.partition("#")[0] + f"#{anchor(finding)}")
        assert page.locator(f"#{anchor(finding)}").evaluate(IN_SIGHT)


def test_the_real_call_can_be_copied(opened):
    page = opened(real.real("quilt-task-role"))
    page.evaluate("navigator.clipboard.writeText = async text => { window.taken = text }")
    page.get_by_role("button", name="Copy the command").click()
    assert page.evaluate("window.taken") == real.real("quilt-task-role").assume.command
    page.get_by_text("new inline policy of", exact=False).first.click()
    page.get_by_role("button", name="Copy the policy").locator("visible=true").first.click()
    taken = json.loads(page.evaluate("window.taken"))
    edits = [edit for remedy in real.real("quilt-task-role").remedies for edit in remedy.edits if edit.before is None]
    assert taken == documents.document(edits[0].after)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("account", ["quilt-task-role", "example-s3-iam-search"])
def test_a_real_page_never_scrolls_sideways(opened, account, width):
    page = opened(real.real(account))
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_print_shows_every_need_and_whole_policies(opened):
    page = opened(real.real("quilt-task-role"))
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".matrix details:not([open])").count() == 0
    cut = "[...document.querySelectorAll('pre')].filter(e => e.scrollHeight > e.clientHeight + 2).length"
    assert page.evaluate(cut) == 0


def test_the_style_is_let_in_by_the_pages_own_policy(opened):
    page = opened(reports.refused())
    assert page.evaluate("getComputedStyle(document.querySelector('.chain')).display") == "grid"


def test_the_filter_leaves_the_tools_that_were_asked_for(opened):
    page = opened(reports.large())
    tools = page.locator(".matrix > tbody:visible > tr:first-child > th")
    assert tools.count() == 53
    page.get_by_label("Filter").fill("putobject kms")
    assert tools.all_inner_texts() == [
        "bucket_objects_put",
        "package_create",
        "package_update",
        "package_create_from_s3",
    ]
    assert page.locator(".tools output").inner_text() == "4 of 53 tools"
    page.locator("select[name=use]").select_option("gate-only")
    assert tools.all_inner_texts() == ["package_create", "package_update"]
    page.get_by_label("Filter").fill("")
    page.locator("select[name=use]").select_option("")
    page.locator("select[name=status]").select_option("not-iam")
    assert tools.count() == 6


def test_the_tools_can_be_sorted_by_keyboard_both_ways(opened):
    page = opened(reports.refused())
    names = page.locator(".matrix > tbody > tr:first-child > th")
    page.get_by_role("button", name="Tool", exact=True).focus()
    page.keyboard.press("Enter")
    assert names.all_inner_texts() == sorted(names.all_inner_texts())
    page.keyboard.press("Enter")
    assert names.all_inner_texts() == sorted(names.all_inner_texts(), reverse=True)
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Tool")


def test_the_copy_button_takes_the_whole_diff(opened):
    page = opened(reports.refused())
    page.evaluate("navigator.clipboard.writeText = async text => { window.taken = text }")
    page.get_by_role("button", name="Copy the diff").first.click()
    assert page.evaluate("window.taken") == reports.refused().remedies[0].edits[0].diff
    page.get_by_role("button", name="Copy the command").click()
    assert page.evaluate("window.taken") == reports.refused().assume.command


def test_a_deep_link_opens_the_tool_it_names(opened):
    page = opened(reports.refused(), "#tool-bucket_objects_put")
    row = page.locator("#tool-bucket_objects_put")
    assert row.get_by_text("s3:PutObject").is_visible()
    row.get_by_role("link", name="denied").click()
    assert page.evaluate("location.hash") == "#finding-missing-permission-s3-putobject"


def test_only_the_first_statement_and_the_first_edit_stand_open(opened):
    report = real.real("quilt-task-role")
    page = opened(report)
    assert page.locator("#gaps .fix > details").count() == sum(len(remedy.edits) for remedy in report.remedies)
    assert page.locator("#gaps .where > details").count() > 1
    assert page.locator("#gaps details[open]").count() == 2
    first = page.locator("#gaps article").first
    assert first.locator(".where > details").first.get_attribute("open") is not None
    assert first.locator(".fix > details").first.get_attribute("open") is not None


def test_a_deep_link_opens_the_edits_of_the_finding_it_names(opened):
    report = real.real("quilt-task-role")
    gap = next(f for f in real.gaps(report) if f.rule == "missing-permission")
    page = opened(report, f"#{anchor(gap)}")
    card = page.locator("article", has=page.locator(f"#{anchor(gap)}"))
    assert card.locator(".fix > details").count() == card.locator(".fix > details[open]").count() == 1
    assert card.get_by_text('"Action": "lambda:InvokeFunction"').is_visible()


def test_hostile_names_run_nothing_and_break_no_layout(opened):
    page = opened(reports.hostile())
    assert page.locator("body > script").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_the_page_never_scrolls_sideways(opened, width):
    page = opened(reports.large())
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_without_scripts_everything_can_be_read(page, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(renderer("html").render(reports.refused(), RenderOptions()), encoding="utf-8")
    context = page.context.browser.new_context(java_script_enabled=False)
    try:
        bare = context.new_page()
        bare.goto(path.as_uri())
        assert bare.locator("h1").inner_text() == "✗ The server cannot assume the role; 2 gaps, 1 unknown"
        assert bare.locator(".matrix > tbody").count() == 22
        assert bare.locator("#gaps .fix .diff").first.is_visible()
        assert not bare.get_by_label("Filter").is_visible()
        assert bare.locator("button").count() == 0
        second = bare.locator("#gaps article").nth(1).locator(".fix > details")
        assert not second.locator(".diff").first.is_visible()
        second.locator("summary").first.click()
        assert second.locator(".diff").first.is_visible()
        needs = bare.locator("#tool-bucket_objects_put")
        needs.locator("summary").click()
        assert needs.get_by_text("s3:PutObject").is_visible()
    finally:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("story", [reports.refused, lambda: real.real("quilt-task-role")])
def test_text_stands_out_from_its_ground_in_both_schemes(opened, scheme, story):
    page = opened(story())
    page.emulate_media(color_scheme=scheme)
    ratios = page.evaluate(CONTRAST)
    assert ratios
    assert min(ratios.values()) >= 4.5, ratios


CONTRAST = """() => {
  const part = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = text => { const [r, g, b] = text.match(/[\\d.]+/g).map(Number); return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b); };
  const ground = node => { for (; node; node = node.parentElement) { const c = getComputedStyle(node).backgroundColor; if (!/, 0\\)$/.test(c)) return c; } return "rgb(255, 255, 255)"; };
  const found = {};
  for (const node of document.querySelectorAll(".tag, .soft, .add, .del, .hunk, a, p, td, th, h1, h2, h3, h4, code, dt, figcaption, summary")) {
    if (!node.getClientRects().length) continue;
    const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x);
    found[`${node.tagName}.${node.className}`] = Math.min(found[`${node.tagName}.${node.className}`] ?? 99, (a + 0.05) / (b + 0.05));
  }
  return found;
}"""

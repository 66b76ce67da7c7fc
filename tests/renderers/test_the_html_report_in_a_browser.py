"""What a person sees and does on the page, in a real Chromium."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from iamsim import documents
from iamsim.fix import cli, cloudformation, terraform
from iamsim.model.report import WORST_FIRST, RoleUse
from iamsim.renderers import RenderOptions, _statements, renderer
from tests.renderers import real, reports
from tests.renderers.crowded import crowded

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
NAMES = ".matrix tbody > tr:not([hidden]) > th"
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
    page.emulate_media(reduced_motion="reduce")
    path = tmp_path / "report.html"

    def open_(report, fragment=""):
        path.write_text(renderer("html").render(report, RenderOptions()), encoding="utf-8")
        page.goto(path.as_uri() + fragment)
        return page

    yield open_
    assert {url.partition("#")[0] for url in seen if not url.startswith("data:")} == {path.as_uri()}
    assert complaints == []


def drawn(page):
    """The words of the drawing that is shown."""
    return " ".join(page.locator(".drawn-wide text:visible").all_text_contents())


def test_the_page_shows_verdict_chain_gaps_and_fixes_without_network_or_errors(opened):
    page = opened(reports.refused())
    assert page.locator("h1").inner_text() == "✗ The server cannot assume the role; 2 gaps, 1 unknown"
    for told in ("subject alice", "cannot be assumed", "no sts:SetSourceIdentity", "with the role"):
        assert told in drawn(page)
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
    assert page.locator(".drawn-wide .node").count() >= 4
    assert page.locator(".drawn-wide .way").count() >= 3
    assert ROLES[account] in drawn(page)
    tools = page.locator(NAMES)
    assert sorted(tools.all_inner_texts()) == sorted(tool.name for tool in real.real(account).tools)
    assert tools.count() == 53
    cells = {(tool.name, need.requirement.action) for tool in real.real(account).tools for need in tool.needs}
    assert page.locator(".matrix td[data-a]").count() == len(cells)
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
    assert page.locator("details:not([open], .form)").count() == 0
    cut = "[...document.querySelectorAll('pre')].filter(e => e.scrollHeight > e.clientHeight + 2).length"
    assert page.evaluate(cut) == 0


def test_the_style_is_let_in_by_the_pages_own_policy(opened):
    page = opened(reports.refused())
    assert page.evaluate("getComputedStyle(document.querySelector('.facts')).display") == "grid"
    assert page.evaluate("getComputedStyle(document.querySelector('.drawn-narrow')).display") == "none"


def test_search_and_filters_leave_the_tools_and_findings_that_were_asked_for(opened):
    page = opened(reports.large())
    tools = page.locator(NAMES)
    assert tools.count() == 53
    page.keyboard.press("/")
    page.keyboard.type("putobject kms")
    assert sorted(tools.all_inner_texts()) == [
        "bucket_objects_put",
        "package_create",
        "package_create_from_s3",
        "package_update",
    ]
    assert page.locator(".bar output").inner_text() == "4 of 53 tools, 0 of 5 finding cards"
    page.locator("select[name=role]").select_option("gate-only")
    assert sorted(tools.all_inner_texts()) == ["package_create", "package_update"]
    page.get_by_role("button", name="Show all").click()
    page.locator("select[name=status]").select_option("not-iam")
    assert tools.count() == 6
    page.locator("select[name=severity]").select_option("critical")
    assert page.locator("article.card:visible").count() == page.locator("article[data-severity=critical]").count() > 0


def test_search_filters_and_order_stand_in_the_address_and_come_back_with_it(opened):
    from playwright.sync_api import expect

    page = opened(reports.large())
    page.get_by_label("Search").fill("putobject kms")
    page.locator("select[name=role]").select_option("gate-only")
    page.get_by_label("Tools in order of").select_option("name")
    assert page.evaluate("location.hash") == "#q=putobject+kms&role=gate-only&sort=name"
    page.reload()
    assert page.locator(NAMES).all_inner_texts() == ["package_create", "package_update"]
    assert page.get_by_label("Search").input_value() == "putobject kms"
    page.get_by_role("button", name="Show all").click()
    expect(page).to_have_url(re.compile(r"report\.html$"))
    assert page.locator(NAMES).count() == 53


def test_an_address_with_a_filter_that_the_page_does_not_have_shows_everything(opened):
    page = opened(reports.large(), "#status=nonsense&sort=%3Cimg%3E&cell=no/such")
    assert page.locator(NAMES).count() == 53
    assert page.get_by_label("Tool's outcome").input_value() == ""


def test_tools_stand_the_worst_first_or_by_name_or_by_what_they_do_with_the_role(opened):
    page = opened(reports.large())
    worst = page.locator(NAMES).all_inner_texts()
    states = page.locator(".matrix tbody tr").evaluate_all("rows => rows.map(row => row.dataset.status)")
    assert states == sorted(states, key=WORST_FIRST.index)
    order = page.get_by_label("Tools in order of")
    order.select_option("name")
    assert page.locator(NAMES).all_inner_texts() == sorted(worst)
    order.select_option("role")
    uses = page.locator(".matrix tbody tr").evaluate_all("rows => rows.map(row => row.dataset.role)")
    assert uses == sorted(uses, key=list(RoleUse).index)
    order.select_option("")
    assert page.locator(NAMES).all_inner_texts() == worst


def test_the_copy_button_takes_the_whole_diff(opened):
    page = opened(reports.refused())
    page.evaluate("navigator.clipboard.writeText = async text => { window.taken = text }")
    page.get_by_role("button", name="Copy the diff").first.click()
    assert page.evaluate("window.taken") == reports.refused().remedies[0].edits[0].diff
    page.get_by_role("button", name="Copy the command").click()
    assert page.evaluate("window.taken") == reports.refused().assume.command


def test_the_forms_of_a_fix_are_tabs_walked_with_arrows_and_copied_whole(opened):
    from playwright.sync_api import expect

    report = real.real("quilt-task-role")
    page = opened(report)
    page.evaluate("navigator.clipboard.writeText = async text => { window.taken = text }")
    fix = page.locator(".fix[data-fix='1']")
    assert fix.get_by_role("tab").count() == 0  # built on demand
    fix.get_by_text("To paste:").click()
    tabs = fix.get_by_role("tab")
    assert tabs.all_inner_texts() == ["JSON", "AWS CLI", "CloudFormation", "Terraform", "JSON patch"]
    tabs.first.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert fix.locator("[role=tab][aria-selected=true]").inner_text() == "Terraform"
    assert fix.get_by_role("tabpanel", name="Terraform").is_visible()
    assert fix.get_by_role("tabpanel").count() == 1
    for name, form in (("Terraform", terraform.FORM), ("CloudFormation", cloudformation.FORM), ("AWS CLI", cli.FORM)):
        tabs.get_by_text(name, exact=True).click()
        panel = fix.get_by_role("tabpanel", name=name)
        for number, block in enumerate(form.write(report.remedies[0].edits)):
            panel.get_by_role("button", name=f"Copy {name}").nth(number).click()
            assert page.evaluate("window.taken") == block.text
            assert panel.get_by_text(block.title).is_visible()
        expect(page.locator("#said")).to_contain_text(f"Copied {name}: ")


def test_what_does_not_fit_the_page_says_where_it_is(opened):
    page = opened(crowded(tools=30, actions=40, gaps=30))
    assert page.get_by_text("To paste: does not fit the page").count() > 0
    page.locator("#tool-tool_number_029 td[data-a='kms:GetThing39']").click()
    assert page.get_by_text(
        "The evidence of this decision does not fit the page: it is in the JSON report."
    ).is_visible()


def test_a_deep_link_opens_the_tool_it_names(opened):
    page = opened(reports.refused(), "#tool-bucket_objects_put")
    sheet = page.get_by_role("dialog", name="bucket_objects_put")
    sheet.get_by_role("link", name="s3:PutObject").click()
    page.get_by_role("dialog", name="bucket_objects_put: s3:PutObject").get_by_role("link", name="The finding").click()
    assert page.evaluate("location.hash") == "#finding-missing-permission-s3-putobject"
    assert page.get_by_role("dialog").count() == 0
    assert page.locator("#finding-missing-permission-s3-putobject").evaluate(IN_SIGHT)


def test_a_cell_opens_its_evidence_has_its_own_address_and_takes_the_focus_back(opened):
    report = real.real("quilt-task-role")
    page = opened(report)
    cell = page.locator("#tool-bucket_object_link td[data-a='s3:GetObject']")
    assert cell.inner_text().split() == ["✗", "denied"]
    cell.click()
    sheet = page.get_by_role("dialog", name="bucket_object_link: s3:GetObject")
    assert page.evaluate("location.hash") == "#cell=bucket_object_link/s3:GetObject"
    for text in (
        "arn:aws:sts::111122223333:assumed-role/quilt-tenant/mcp-test-user-1769774400",  # who asks
        "arn:aws:s3:::quilt-ernest-staging/raw/cells.csv",  # for what
        "aws:sourceidentity",  # with which context
        "no identity-based policy allows it",
        "roles/quilt-tenant/inline/mcp-test.json:7:7",  # where the statement is
        "is not authorized to perform: s3:GetObject",  # and what AWS would say
    ):
        assert sheet.get_by_text(text).first.is_visible(), text
    assert "arn:aws:s3:::test-bucket-*" in sheet.locator("pre mark").first.inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#evidence").is_visible()
    assert page.evaluate("location.hash") == ""
    assert cell.locator("a").evaluate("node => node === document.activeElement")


def test_a_cell_opened_from_its_tool_keeps_the_search_in_the_address(opened):
    page = opened(reports.refused(), "#q=put")
    page.locator("#tool-bucket_objects_put th").click()
    page.get_by_role("dialog").get_by_role("link", name="s3:PutObject").click()
    page.get_by_role("dialog", name="bucket_objects_put: s3:PutObject").wait_for()
    assert page.evaluate("location.hash") == "#q=put&cell=bucket_objects_put/s3:PutObject"
    page.get_by_role("button", name="Close").click()
    assert not page.locator("#evidence").is_visible()
    assert page.evaluate("location.hash") == "#q=put"


def test_the_address_of_a_cell_opens_it(opened):
    page = opened(real.real("quilt-fixed"), "#cell=bucket_objects_list/s3:ListBucket")
    sheet = page.get_by_role("dialog", name="bucket_objects_list: s3:ListBucket")
    assert sheet.get_by_text("allowed").first.is_visible()
    assert sheet.get_by_text(PLACE).first.is_visible()


def test_the_matrix_is_walked_with_arrows_and_has_one_stop_for_the_tab_key(opened):
    page = opened(reports.large())
    stops = page.locator(".matrix tbody [tabindex='0']")
    assert stops.count() == 1
    stops.focus()
    at = "[document.activeElement.closest('tr').id, document.activeElement.closest('td,th').cellIndex]"
    first = page.evaluate(at)
    page.keyboard.press("ArrowRight")
    assert page.evaluate(at) == [first[0], 1]
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    second = page.locator(".matrix tbody tr").nth(1)
    assert page.evaluate(at) == [second.get_attribute("id"), 0]
    assert stops.count() == 1
    page.keyboard.press("Enter")
    assert page.get_by_role("dialog", name=second.locator("th").inner_text()).is_visible()
    page.keyboard.press("Escape")
    assert page.evaluate(at) == [second.get_attribute("id"), 0]
    page.get_by_label("Search").fill("catalog_uri")  # hides the row that the tab key stopped at
    assert stops.count() == 1
    assert page.locator(".matrix tbody tr:not([hidden]) [tabindex='0']").inner_text() == "catalog_uri"


def test_findings_are_walked_with_j_and_k_and_the_address_follows(opened):
    page = opened(reports.refused())
    ids = page.locator("article.card").evaluate_all("cards => cards.map(card => card.id)")
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.id") == ids[at]
        assert page.evaluate("location.hash") == f"#{ids[at]}"
        assert page.locator(f"#{ids[at]}").evaluate(IN_SIGHT)


def test_a_question_mark_tells_the_keys_which_can_be_turned_off(opened):
    page = opened(reports.refused())
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keys")
    assert help_.locator("dt").all_inner_texts()[:2] == ["/", "j, k"]
    help_.get_by_label("Single letters are shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.tagName") != "ARTICLE"


def test_letters_typed_into_the_search_are_text(opened):
    page = opened(reports.refused())
    page.get_by_label("Search").focus()
    page.keyboard.type("jk?t/")
    assert page.get_by_label("Search").input_value() == "jk?t/"
    assert page.get_by_role("dialog").count() == 0


def test_colours_follow_the_system_until_another_choice_is_made(opened):
    from playwright.sync_api import expect

    page = opened(reports.refused())
    ground = "getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(ground)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(ground)
    assert light != dark
    page.get_by_role("button", name="Colours").click()
    page.get_by_role("button", name="Colours: light").click()
    assert page.evaluate(ground) == dark
    page.keyboard.press("t")
    assert page.evaluate(ground) == light  # as the system
    expect(page.locator("#said")).to_have_text("Colours: system")


def test_the_first_stop_of_the_tab_key_skips_to_the_report_and_can_be_seen(opened):
    page = opened(reports.refused())
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the report")
    assert skip.evaluate("node => node === document.activeElement && node.getBoundingClientRect().left >= 0")
    assert skip.evaluate("node => getComputedStyle(node).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_only_the_first_statement_and_the_first_edit_stand_open(opened):
    report = real.real("quilt-task-role")
    page = opened(report)
    assert page.locator("#gaps .fix > details:not(.form)").count() == sum(len(each.edits) for each in report.remedies)
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
    assert card.locator(".fix > details:not(.form)").count() == card.locator(".fix > details[open]").count() == 1
    assert card.get_by_text('"Action": "lambda:InvokeFunction"').is_visible()


def test_hostile_names_run_nothing_and_break_no_layout(opened):
    hostile = reports.hostile()
    page = opened(replace(hostile, tools=hostile.tools[:6]))
    assert page.locator("script").count() == 2
    for name in page.locator(".matrix tbody tr").evaluate_all("rows => rows.map(row => row.id)"):
        page.goto(page.url.partition("#")[0] + f"#{name}")
        page.locator("#evidence").wait_for()
        page.keyboard.press("Escape")
        for cell in page.locator(f"#{name} td[data-a]").all()[:1]:
            cell.click()
            assert page.locator("#evidence .need").first.is_visible()
            page.keyboard.press("Escape")
    assert page.locator("script").count() == 2
    assert page.locator("img, iframe, object, embed, b").count() == page.locator(".brand b").count()
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
        assert bare.locator(".matrix tbody tr").count() == 22
        assert bare.locator("#gaps .fix .diff").first.is_visible()
        assert not bare.get_by_label("Search").is_visible()
        assert bare.locator("button:visible").count() == 0
        second = bare.locator("#gaps article").nth(1).locator(".fix > details")
        assert not second.locator(".diff").first.is_visible()
        second.locator("summary").first.click()
        assert second.locator(".diff").first.is_visible()
        denied = bare.locator("#tool-bucket_objects_put td[data-a='s3:PutObject'] a")
        denied.click()
        assert bare.evaluate("location.hash") == "#finding-missing-permission-s3-putobject"
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

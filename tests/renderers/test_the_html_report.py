from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from msgspec import structs

from iamsim.model.finding import Kind
from iamsim.model.policy import PolicyType
from iamsim.model.remedy import RemedyKind
from iamsim.model.report import Message, Status
from iamsim.renderers import RenderOptions, _evidence, _trail, renderer
from iamsim.renderers._sheet import Sheet
from iamsim.renderers._words import visible
from tests.renderers import golden, real, reports
from tests.renderers.crowded import crowded

VOID = {"meta", "link", "br", "input", "wbr"}
SCRIPT = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


class Page(HTMLParser):
    """Elements with their attributes, the visible text, and what is not closed."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text, self.wrong = [], [], "", []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def html(report):
    return renderer("html").render(report, RenderOptions())


def page(report):
    return Page(html(report))


def data(text):
    """The data of the page's script, every number of a text still a number."""
    return json.loads(SCRIPT.search(text)[1])


def row_of(text, tool):
    return text.partition(f'<tr id="tool-{tool}"')[2].partition("</tr>")[0]


def of(account):
    """A story that the check itself tells."""
    return lambda: real.real(account)


MADE = (reports.refused, reports.no_credentials, reports.fixed, reports.unseen, reports.large, reports.hostile)
STORIES = (*MADE, *(pytest.param(of(account), id=account) for account in real.ACCOUNTS))


@pytest.mark.parametrize("story", STORIES)
def test_the_page_is_well_formed_and_has_no_two_elements_of_one_id(story):
    made = page(story())
    assert made.wrong == []
    assert made.open == []
    ids = [attributes["id"] for _, attributes in made.elements if "id" in attributes]
    assert sorted(set(ids)) == sorted(ids)


@pytest.mark.parametrize("story", STORIES)
def test_every_link_stays_on_the_page_and_has_a_target(story):
    made = page(story())
    ids = {attributes.get("id") for _, attributes in made.elements}
    links = [attributes["href"] for attributes in made.all("a")]
    assert links
    assert [link for link in links if not link.startswith("#") or link[1:] not in ids] == []


@pytest.mark.parametrize("story", STORIES)
def test_nothing_is_loaded_and_nothing_runs_but_our_style_and_script(story):
    text = html(story())
    made = Page(text)
    policy = made.all("meta")[1]["content"]
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert policy.startswith("default-src 'none';")
    for name, content in (("style", style), ("script", script)):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}';" in policy
    for tag, attributes in made.elements:
        assert not [
            name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")
        ]
        assert tag not in ("img", "iframe", "object", "embed", "base")
    assert [attributes.get("type") for attributes in made.all("script")] == ["application/json", None]
    assert len(made.all("style")) == 1


def test_the_verdict_is_the_only_first_heading_and_the_title():
    text = html(reports.refused())
    assert "<title>The server cannot assume the role; 2 gaps, 1 unknown: quilt-mcp, iamsim</title>" in text
    assert len(Page(text).all("h1")) == 1
    assert "AWS would refuse the server&#39;s AssumeRole call: sts:SetSourceIdentity is denied." in text


def test_headings_go_down_by_one_and_tables_name_their_rows_and_columns():
    made = page(reports.refused())
    levels = [int(tag[1]) for tag, _ in made.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all("scope" in attributes for attributes in made.all("th"))
    assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in made.elements}


def test_every_gap_has_its_place_its_statement_its_words_and_its_proven_fix():
    report = reports.refused()
    text = html(report)
    for finding in report.findings:
        if finding.kind is not Kind.GAP:
            continue
        card = Page(text[text.index(f'<article class="card" id="{anchor(finding)}"') :].split("</article>")[0]).text
        assert re.search(re.escape(finding.origins[0].document) + r":\d+:\d+", card)
        assert '"Effect": "Allow"' in card
        assert "is not authorized to perform:" in card
        assert re.search("✓ proven|! proven, widens", card)
        assert "@@ -" in card


def anchor(finding):
    return "finding-" + re.sub("[^a-z0-9_]+", "-", finding.key.lower())


def test_a_fix_for_two_gaps_is_shown_once_and_linked_from_the_second():
    report = reports.refused()
    both = tuple(finding.key for finding in report.findings if finding.kind is Kind.GAP)
    one = replace(report, remedies=(replace(report.remedies[0], findings=both),))
    text = html(one)
    assert text.count("+++ accounts/one/roles/mcp/reader/trust.json") == 1
    assert f'The same edit as <a href="#{anchor(report.findings[0])}">shown above</a>' in text


def test_an_instruction_is_shown_with_its_settings_and_no_proof():
    made = page(reports.no_credentials())
    assert reports.no_credentials().remedies[0].kind is RemedyKind.INSTRUCTION
    assert "· instruction" in made.text
    assert "pass the credentials of the principal that the role's trust policy names" in made.text
    assert "AWS_PROFILE=quilt-mcp" in made.text
    assert "proven" not in made.text


def test_the_assume_step_is_told_on_both_sides_with_the_command_and_its_caveat():
    text = page(reports.refused()).text
    assert re.search(r"sts:SetSourceIdentity\s*✗ does not allow\s*✗ does not allow\s*✗ implicitly denied", text)
    assert reports.refused().assume.command in text
    assert "proves nothing: it asks for sts:AssumeRole alone" in text
    assert "AWS would say (wording inferred)" in text


def test_every_tool_and_every_action_that_it_needs_is_in_the_matrix():
    report = reports.large()
    text = html(report)
    rows = re.findall(r'<tr id="([^"]+)" data-status="([^"]+)" data-role="([^"]+)" data-credential="([^"]*)">', text)
    assert sorted(rows) == sorted(
        (f"tool-{tool.name}", tool.status, tool.role, " ".join(tool.credentials)) for tool in report.tools
    )
    for tool in report.tools:
        cells = re.findall(r'data-a="([^"]+)"', row_of(text, tool.name))
        assert sorted(cells) == sorted({need.requirement.action for need in tool.needs})


@pytest.mark.parametrize("story", STORIES)
def test_the_cells_of_every_row_are_as_many_as_the_columns(story):
    made = page(story())
    spans = [[]]
    for tag, attributes in made.elements[made.elements.index(("table", {"class": "matrix", "id": "matrix"})) :]:
        if tag == "tr":
            spans.append([])
        if tag in ("th", "td"):
            spans[-1].append(int(attributes.get("colspan", 1)))
        if tag == "dl":
            break
    rows = [sum(row) for row in spans[1 : len(story().tools) + 3]]
    assert len(set(rows)) == 1


@pytest.mark.parametrize("account", real.ACCOUNTS)
def test_behind_every_cell_lie_its_needs_and_their_decisions(account):
    report = real.real(account)
    told = data(html(report))
    words = told["texts"]
    assert len(told["tools"]) == len(report.tools)
    for tool in report.tools:
        needs = told["tools"][f"tool-{tool.name}"]["needs"]
        assert [words[need[0]] for need in needs] == [need.requirement.action for need in tool.needs]
        for shown, need in zip(needs, tool.needs, strict=True):
            asked = [report.probe(probe) for attempt in need.attempts for probe in attempt.probes[:12]]
            decisions = [told["probes"][number] for number in shown[3:]]
            assert [words[decision[0]] for decision in decisions] == [one.explanation.request.action for one in asked]
            assert [words[decision[1]] for decision in decisions] == [
                visible(one.explanation.request.resource) for one in asked
            ]
            assert [words[told["parts"][decision[2]][1]] for decision in decisions] == [
                one.explanation.reason for one in asked
            ]


def test_where_the_room_ends_the_evidence_is_kept_that_stands_nowhere_else():
    view = Sheet(crowded(tools=12, gaps=3))
    whole = json.loads(_evidence.script(view, 10**7))
    kept = _evidence.script(view, 10_000)
    told = json.loads(kept)
    assert len(kept.encode()) <= 10_000
    assert 3 < len(told["probes"]) < len(whole["probes"]) == 240
    answers = [whole["texts"][whole["parts"][probe[2]][0][0]] for probe in whole["probes"]]
    assert answers == ["allowed"] * 237 + ["implicitly denied"] * 3


def test_a_denied_need_links_to_the_gap_that_speaks_of_it():
    row = row_of(html(reports.refused()), "bucket_objects_put")
    assert '<a href="#finding-missing-permission-s3-putobject">✗ denied</a>' in row


@pytest.mark.parametrize("story", STORIES)
def test_a_page_stays_small(story):
    assert len(html(story()).encode()) < 150_000 + 2_000 * len(story().tools)


@pytest.mark.parametrize("account", real.ACCOUNTS)
def test_every_real_gap_has_its_own_target_its_place_and_its_fix(account):
    report = real.real(account)
    text = html(report)
    cards = [part.partition("</article>")[0] for part in text.split('<article class="card" ')[1:]]
    for finding in real.gaps(report):
        card = next(card for card in cards if f'id="{anchor(finding)}"' in card)
        assert '<div class="fix' in card
        asked = [report.probe(probe).explanation for probe in finding.probes]
        assert all(f"<code>{told.request.action}</code>" in card for told in asked)
        assert not any(told.decisive for told in asked) or re.search(r'class="(?:at )?mono">[\w./-]+\.json:\d+', card)
        shown = Page(card).text
        assert re.search("✓ proven|! proven, widens|· instruction", shown)


def test_gaps_that_one_fix_closes_share_a_card_and_keep_their_links():
    report = real.real("quilt-task-role")
    text = html(report)
    assert [
        card.count("<tr id=") for card in text.partition('id="gaps"')[2].partition('id="tools"')[0].split("</article>")
    ] == [0, 21, 5, 0]
    denied = re.findall(r'<td class="t-bad"[^>]*><a href="#(finding-missing-permission[^"]+)">', text)
    assert {f"{target}" for target in denied} == {
        anchor(f) for f in real.gaps(report) if f.rule == "missing-permission"
    }


def test_a_new_policy_is_shown_whole_and_once():
    text = Page(html(real.real("quilt-task-role"))).text
    assert text.count('"Action": "lambda:InvokeFunction"') == 1
    assert (
        "new inline policy of arn:aws:iam::111122223333:role/quilt-mcp-task-role: iamsim-least-privilege"
        in " ".join(text.split())
    )


def test_what_is_noted_of_the_tools_stands_open_with_the_names_of_the_tools():
    text = html(real.real("quilt-no-credentials"))
    noted = text.partition('<details id="tool-notes" open>')[2].partition("</details>")[0]
    for note, tool in (
        (
            "the answer is about the server&#39;s principal and never about the role of the token",
            "discover_permissions",
        ),
        ("the instance metadata address 169.254.169.254", "discover_permissions"),
        ("when it fails: without credentials: no answer for 10.2 s", "discover_permissions"),
        ("not decided by IAM: GET {registryUrl}/api/search", "search_catalog"),
    ):
        (entry,) = [part for part in noted.split("<div>") if note in part]
        assert f"<code>{tool}</code>" in entry.partition("</dt>")[2]


def test_claims_inputs_assumptions_and_what_was_not_seen_are_on_the_page():
    text = page(reports.refused()).text
    for wanted in (
        "(redacted, 812 characters)",
        "accounts/one",
        "no VPC endpoint policy applies (--assume-none vpc-endpoint)",
        "service control policies (SCP): 1 decision",
        "Lake Formation grants are not part of IAM",
        "iamsim 0.1.0, report schema 1",
        "2026-01-30 12:00:00 UTC",
    ):
        assert wanted in text


def test_the_tokens_refusal_is_told_in_the_servers_words():
    report = reports.refused()
    refusal = Message("Invalid JWT: JWT token has expired", "the server", "observed")
    text = page(replace(report, token=replace(report.token, status=Status.DENIED, refusals=(refusal,)))).text
    assert "The server refuses the token." in text
    assert "Invalid JWT: JWT token has expired" in text


def test_hostile_names_are_text_and_nothing_else():
    text = html(reports.hostile())
    made = Page(text)
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert not set("\x1b\x07\x9b\u202e\u2066\u200b\r\ud800") & set(text)
    assert r"\u001b[31mred" in text
    assert "{{ 7 * 7 }}" in made.text
    benign = page(reports.refused())
    grouped = page(real.real("quilt-task-role"))
    names = lambda found: {tag for tag, _ in found.elements}  # noqa: E731 - a word for one line
    assert names(made) <= names(benign) | names(grouped)
    attributes = lambda found: {name for _, own in found.elements for name in own}  # noqa: E731 - as above
    assert attributes(made) <= attributes(benign) | attributes(grouped)


def test_findings_and_tools_whose_names_read_alike_keep_their_own_targets():
    report = reports.refused()
    twins = tuple(replace(report.tools[0], name=name) for name in ("a b", "a/b", "A?B"))
    ids = re.findall(r'<tr id="(tool[^"]+)"', html(replace(report, tools=twins)))
    assert sorted(ids) == ["tool-a-b", "tool-a-b-2", "tool-a-b-3"]


def test_the_same_report_gives_the_same_page():
    assert html(reports.large()) == html(reports.large())


def test_the_page_of_the_quilt_account_is_the_one_that_was_looked_at():
    assert golden.page() == golden.PAGE.read_text(encoding="utf-8"), f"look at it, then run `{golden.COMMAND}`"


def test_a_sid_of_a_megabyte_is_cut_and_told_to_be():
    report = reports.refused()
    sid = "S" * 1_000_000
    probe = report.probes[1]
    (verdict, *others) = probe.explanation.decisive
    long = structs.replace(verdict, statement=replace(verdict.statement, sid=sid))
    explanation = replace(probe.explanation, decisive=(long, *others), statements=(long, *others), reason=sid)
    after = replace(
        report.remedies[0].edits[0].after,
        statements=(replace(report.remedies[0].edits[0].after.statements[0], sid=sid),),
    )
    edit = replace(report.remedies[0].edits[0], after=after, diff=sid)
    report = replace(
        report,
        probes=(report.probes[0], replace(probe, explanation=explanation), *report.probes[2:]),
        findings=(replace(report.findings[0], message=sid), *report.findings[1:]),
        remedies=(replace(report.remedies[0], title=sid, edits=(edit,)), *report.remedies[1:]),
        tools=(replace(report.tools[0], name=sid, description=sid), *report.tools[1:]),
        assumptions=(sid,),
    )
    text = html(report)
    assert len(text.encode()) <= 150_000 + 2_000 * len(report.tools)
    assert "998,000 characters more" in text
    assert "1,000,000 characters, which is more than AWS takes: see the JSON report" in text


def test_the_layers_of_a_decision_stand_in_awss_order_whatever_their_order_in_the_report():
    asked = reports.refused().probes[1].explanation
    (verdict, *_) = asked.statements
    types = (PolicyType.SESSION, PolicyType.BOUNDARY, PolicyType.IDENTITY, PolicyType.RESOURCE, PolicyType.SCP)
    statements = tuple(structs.replace(verdict, type=each) for each in types)
    told = _trail.steps(replace(asked, statements=statements, decisive=(), unseen=(PolicyType.RCP,)))
    assert [step.name for step in told] == [
        "resource control policy",
        "service control policy",
        "resource policy",
        "identity policy",
        "permissions boundary",
        "session policy",
    ]


def test_the_verdict_tells_counts_threshold_and_exit_code_before_anything_else():
    text = " ".join(Page(html(replace(reports.refused(), fail_on=("hazard:high", "unknown")))).text.split())
    for told in (
        "Counted2 gaps, 1 unknown; of the tools 12 pass, 9 fail, 1 open",
        "Fails ongaps, hazards of high severity or more and unknowns",
        "Exit code1: gaps",
    ):
        assert 0 < text.index(told) < text.index("Search")


def test_what_all_safe_fixes_do_together_stands_above_the_gaps():
    text = Page(html(real.real("quilt-task-role"))).text
    gaps = " ".join(text.partition("Gaps (27)")[2][:600].split())
    assert re.search(r"All safe fixes together: \d+ edits that close 27 of 27 gaps and allow nothing else", gaps)
    assert "All safe fixes" not in Page(html(real.real("quilt-fixed"))).text

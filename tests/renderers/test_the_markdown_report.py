from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from iamsim.model.report import Report
from iamsim.renderers import RenderOptions, renderer
from iamsim.renderers._marking import MOST, code
from iamsim.renderers._words import line
from tests.renderers import reports
from tests.renderers.real import ACCOUNTS, real

STORIES = (reports.refused, reports.no_credentials, reports.fixed, reports.unseen, reports.large, reports.hostile)
TAGS = {"h3", "p", "code", "pre", "br", "strong", "em", "ul", "li", "details", "summary"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}


class Page(HTMLParser):
    """What a code host makes of the Markdown: its elements, the text inside of code, and the text outside."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.code: list[str] = []
        self.prose: list[str] = []
        self.comments: list[str] = []
        self.cells: list[int] = []
        self.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag == "tr":
            self.cells.append(0)
        if tag in ("td", "th"):
            self.cells[-1] += 1
        if tag in ("code", "pre"):
            self.code.append("")
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if {"code", "pre"} & {*self.open}:
            self.code[-1] += data
        else:
            self.prose.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def shown(report: Report) -> str:
    return renderer("markdown").render(report, RenderOptions())


def test_the_verdict_comes_first_then_the_table_then_the_details():
    text = shown(real("quilt-session-tags"))
    lines = text.splitlines()
    assert lines[0] == "<!-- iamsim check -->"
    assert lines[2] == "### ✗ iamsim check: The server cannot assume the role; 1 gap"
    assert (
        "| ✗ gap | <code>sts:TagSession on arn:aws:iam::111122223333:role/quilt-tenant is denied to "
        "arn:aws:iam::111122223333:role/quilt-mcp-task-role</code> | <code>roles/quilt-tenant/trust.json:8:7</code> | "
        "<code>allow sts:TagSession in the trust policy and in the server's own policy</code> (proven) |\n"
    ) in text
    order = ("| ✗ gap |", "<details><summary>✗ gap: ", '"Sid": "QuiltMcpServer"', "**Fix 1** (proven)", "4 hazards")
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)
    assert '+        "sts:TagSession"' in text
    assert "is not authorized to perform: sts:TagSession on resource" in text


def test_when_nothing_stands_in_the_way_there_is_no_table_of_gaps():
    text = shown(real("quilt-fixed"))
    assert "### ✓ iamsim check: Nothing stands in the way; 4 hazards to know of" in text
    assert "| fix |" not in text


def test_an_unknown_stands_in_the_table():
    assert "| ? unknown | <code>whether service control policies apply was not seen</code> |" in shown(reports.unseen())


@pytest.mark.parametrize("report", [*(story() for story in STORIES), *map(real, ACCOUNTS)])
def test_it_is_markdown_of_which_nothing_acts(report):
    page = Page(shown(report))
    assert page.tags <= TAGS
    assert page.attributes == []
    assert page.comments == [" iamsim check "]
    assert page.open == []
    assert set(page.cells) <= {3, 4}


def test_hostile_text_is_read_as_it_is_and_only_in_code():
    evil = "@octocat #1 a|b `x` <img src=x onerror=alert(1)> [a](javascript:0) **b** ~c~ _d_ https://e.example www.f.example </code></pre>"
    report = reports.hostile()
    report = replace(
        report,
        findings=tuple(replace(each, message=evil, evidence=(evil,)) for each in report.findings),
        remedies=tuple(replace(each, title=evil, instruction=evil) for each in report.remedies),
    )
    page = Page(shown(report))
    assert sum(evil in each for each in page.code) >= 4
    prose = "".join(page.prose)
    assert not any(mark in prose for mark in "@`|<>[~")
    assert "octocat" not in prose
    assert any(line(" ".join(reports.EVIL)) in each for each in page.code)
    assert page.tags <= TAGS


def test_no_link_of_plain_text_is_left():
    assert (
        code("see https://e.example or WWW.e.example") == "<code>see https&#58;//e.example or WWW&#46;e.example</code>"
    )


def test_no_comment_is_too_long_and_none_is_cut_in_the_middle():
    report = reports.refused()
    gap = report.findings[1]
    many = replace(
        report,
        findings=tuple(replace(gap, key=str(n), rule=f"r{n}", message=f"{n} <{'&' * 500}>") for n in range(300)),
        remedies=(),
    )
    text = shown(many)
    assert len(text) <= MOST + 200
    assert text.endswith("*Too long to be shown whole: the rest is in `--format json`.*\n")
    assert Page(text).open == []


def test_equal_reports_give_equal_text():
    assert shown(reports.refused()) == shown(reports.refused())

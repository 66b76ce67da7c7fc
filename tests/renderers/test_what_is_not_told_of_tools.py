"""What a manifest leaves open, and other ways of a tool, in every rendering of a report."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest

from iamsim.model.report import Need, Status, ToolResult
from iamsim.model.tool import Credential, Requirement, Unresolved
from iamsim.renderers import RenderOptions, renderer
from iamsim.renderers.json import read
from tests.cli.running import run
from tests.renderers import reports
from tests.setups import FIXTURES

OPEN = Unresolved("a call chosen at run time", "its name is an argument", "server.py:9")
WAYS = tuple(
    Need(
        Requirement(action, ("*",), (Credential.SERVER,), any_of="how", option=action[:2]),
        ("*",),
        True,
        (),
        status,
        spared=spared,
    )
    for action, status, spared in (
        ("s3:ListAllMyBuckets", Status.DENIED, True),
        ("glue:GetTables", Status.ALLOWED, False),
    )
)


def report(**changes):
    """A report of one tool."""
    found = reports.fixed()
    tool: ToolResult = replace(found.tools[0], name="the_tool", notes=(), **changes)
    return replace(found, tools=(tool,))


def told(format, **changes):
    return renderer(format).render(report(**changes), RenderOptions(width=160))


def test_a_tool_of_which_not_all_is_told_says_so_in_a_few_words():
    row = next(line for line in told("terminal", unresolved=(OPEN,), needs=WAYS).splitlines() if "the_tool" in line)
    assert row.endswith("1 allowed, 1 not told")
    alone = next(line for line in told("terminal", unresolved=(OPEN,), needs=()).splitlines() if "the_tool" in line)
    assert alone.endswith("1 not told")
    assert "not told" not in told("terminal", needs=WAYS)


def test_the_page_says_what_and_why_and_where():
    page = told("html", unresolved=(OPEN,), needs=WAYS)
    assert (
        "<dt>not told what it needs: a call chosen at run time (its name is an argument, at server.py:9)</dt>" in page
    )
    assert "not told what it needs" not in told("html", needs=WAYS)


def test_what_another_way_makes_up_for_is_not_counted_and_is_marked():
    page = told("html", needs=WAYS)
    assert "; 1 allowed</td>" in page
    assert '<td class="t-flat" data-a="s3:ListAllMyBuckets">· spared</td>' in page
    assert "another way that the tool has is enough" in page


def test_a_saved_report_keeps_both():
    whole = report(unresolved=(OPEN,), needs=WAYS)
    assert read(renderer("json").render(whole, RenderOptions()), document="saved.json") == whole


def test_a_report_saved_before_there_was_any_of_this_can_still_be_read():
    whole = report(needs=())
    saved = json.loads(renderer("json").render(whole, RenderOptions()))
    del saved["tools"][0]["unresolved"], saved["server"]["provenance"]
    assert read(json.dumps(saved), document="saved.json") == whole


@pytest.fixture
def folder(tmp_path):
    """A set-up that works, whose manifest can be said to be made in other ways."""
    shutil.copytree(FIXTURES / "rules/needs-unresolved/clean", tmp_path, dirs_exist_ok=True)
    return tmp_path


def warned(folder, provenance):
    path = folder / "server.toml"
    path.write_text(path.read_text() + f"[provenance]\n{provenance}\n")
    ran = run(folder, "check", "--format", "json")
    assert ran.code == 0
    return ran.report["warnings"]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("inferred", "was inferred from the server's source"),
        ("recorded", "holds what was seen of the server's behaviour, and nothing else"),
        ("declared", "holds what the server declares of itself"),
    ],
)
def test_a_manifest_that_was_made_by_program_and_that_nobody_reviewed_is_a_warning(folder, how, said):
    assert warned(folder, f'how = "{how}"') == [f"the manifest of notes@1 {said}; nobody has reviewed it"]


@pytest.mark.parametrize("provenance", ['how = "inferred"\nreviewed = "2026-01-31"', 'how = "written"'])
def test_a_manifest_that_somebody_read_against_the_source_is_none(folder, provenance):
    assert warned(folder, provenance) == []


ROLE_OF_ITS_OWN = Need(
    Requirement("sts:AssumeRole", ("arn:aws:iam::111122223333:role/own",), (Credential.SERVER,), when="ALLOW_WRITE"),
    ("arn:aws:iam::111122223333:role/own",),
    None,
    (),
    Status.ALLOWED,
)


@pytest.mark.parametrize("format", ["terminal", "html"])
def test_a_tool_that_may_assume_a_role_by_itself_is_not_told_as_no_role(format):
    def words(needed, status):
        found = report(needs=(replace(ROLE_OF_ITS_OWN, needed=needed),))
        return renderer(format).render(
            replace(found, assume=replace(found.assume, status=status)), RenderOptions(width=160)
        )

    for needed in (None, True):
        told_ = words(needed, Status.NOT_APPLICABLE)
        assert "assumed by 1 tool, if at all" in told_
        assert "no role is assumed" not in told_.lower().replace("no role is assumed but by tools", "")
    assert "no role is assumed" in words(False, Status.NOT_APPLICABLE)
    assert "if at all" not in words(None, Status.ALLOWED)


def test_the_first_sentence_counts_the_tools_that_may_assume_a_role_by_themselves():
    found = report(needs=(ROLE_OF_ITS_OWN,))
    found = replace(found, assume=replace(found.assume, status=Status.NOT_APPLICABLE))
    one = "The server assumes no role; one of its tools may assume one itself."
    assert one in renderer("html").render(found, RenderOptions()).replace("&#39;", "'")
    two = replace(found, tools=(*found.tools, replace(found.tools[0], name="other")))
    assert "The server assumes no role; 2 of its tools may assume one themselves." in renderer("html").render(
        two, RenderOptions()
    )

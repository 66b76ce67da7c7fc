from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from iamsim.model.report import Report
from iamsim.model.tool import Unresolved
from iamsim.renderers import RenderOptions, renderer
from iamsim.renderers._words import UNKNOWN_TEXT
from tests.renderers import reports
from tests.renderers.real import ACCOUNTS, real

STORIES = (reports.refused, reports.no_credentials, reports.fixed, reports.unseen, reports.large, reports.hostile)


def rows(report: Report) -> list[dict[str, str]]:
    text = renderer("csv").render(report, RenderOptions())
    text.encode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


@pytest.mark.parametrize("report", [*(story() for story in STORIES), *map(real, ACCOUNTS)])
def test_there_is_a_row_for_each_need_and_for_each_tool_without_any(report):
    found = rows(report)
    assert len(found) == sum(max(len(tool.needs) + len(tool.unresolved), 1) for tool in report.tools)
    assert all(len(row) == 15 and None not in row.values() for row in found)


def test_a_row_tells_how_a_need_came_out():
    found = rows(real("quilt-task-role"))
    (row,) = (r for r in found if r["tool"] == "athena_query_execute" and r["action"] == "athena:StartQueryExecution")
    assert row == {
        "tool": "athena_query_execute",
        "role_use": "ignores",
        "tool_status": "denied",
        "action": "athena:StartQueryExecution",
        "resources": row["resources"],
        "necessity": "required",
        "needed": "yes",
        "credential": "server",
        "principal": f"arn:aws:sts::111122223333:assumed-role/quilt-mcp-task-role/{UNKNOWN_TEXT}",
        "status": "denied",
        "gap": "yes",
        "once_assumed": "no",
        "alternative": "",
        "set": "",
        "why_not_told": "",
    }
    assert row["resources"].startswith("arn:aws:athena:us-east-1:111122223333:workgroup/")


def test_what_is_not_told_of_a_tool_has_a_row():
    tool = replace(reports.fixed().tools[0], needs=(), unresolved=(Unresolved("client(name)", "the name is not told"),))
    (row,) = rows(replace(reports.fixed(), tools=(tool,)))
    assert (row["action"], row["why_not_told"]) == ("", "client(name): the name is not told")


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ('a,"b"', 'a,"b"'),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("  @SUM(1)", "'  @SUM(1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("\uff1d1", "'\uff1d1"),
        ("a\r\n=b", "a\\u000d\\u000a=b"),
        ("\t=b", "\\u0009=b"),
        ("a=b", "a=b"),
    ],
)
def test_a_cell_is_one_cell_and_no_formula(name, cell):
    tool = replace(reports.fixed().tools[0], name=name, needs=())
    (row,) = rows(replace(reports.fixed(), tools=(tool,)))
    assert row["tool"] == cell

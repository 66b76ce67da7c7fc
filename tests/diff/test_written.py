"""A difference as JSON and as Markdown: whole, and harmless whatever is in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from iamsim.diff import markdown, saved
from iamsim.diff.model import AssumeChange, Cause, NeedChange, Trend, Verdict
from iamsim.graph.model import State
from iamsim.model.report import Status
from tests.accounts import allow, deny
from tests.diff.made import APP, DATA, READ, compared, organization, role

SCHEMA = Path(__file__).parents[2] / "docs" / "diff.schema.json"
HOSTILE = "x`y|z <script>alert(1)</script> @octocat **b** [l](http://e.example) #1 $a$ ~~s~~ \\ \x1b[31m\n# h"


def changed():
    near = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    before = organization(role(READ, allow("sqs:*")), role(READ, name="old"))
    return compared(before, organization(role(READ, allow("iam:*", Condition=near), deny("sqs:Delete*"))))


def hostile():
    """The same with names that would like to be more than names."""
    found = changed()
    cause = Cause("after", "Deny", "identity", HOSTILE, HOSTILE, HOSTILE)
    need = NeedChange(
        HOSTILE, True, "s3:GetObject", (HOSTILE,), Verdict.WORSE, Status.ALLOWED, Status.DENIED, HOSTILE, (cause,)
    )
    way = AssumeChange(HOSTILE, HOSTILE, APP, Trend.GAINS, State.DENIED, State.CONDITIONAL, now=(HOSTILE,))
    people = tuple(
        replace(
            each,
            who=HOSTILE,
            rows=tuple(replace(row, causes=(cause,), reason=HOSTILE, now=(HOSTILE,)) for row in each.rows),
        )
        for each in found.principals
    )
    return replace(found, needs=(need,), assumes=(way,), principals=people, notes=(HOSTILE,), exit_code=1)


def test_the_schema_of_the_docs_is_that_of_the_program():
    # python -c 'import json; from iamsim.diff import saved; print(json.dumps(saved.schema(), indent=2))' > docs/diff.schema.json
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json.loads(json.dumps(saved.schema()))


def test_json_is_of_the_schema_and_lists_every_action():
    for found in (changed(), hostile()):
        value = json.loads(saved.render(found))
        Draft202012Validator(saved.schema()).validate(value)
    (app, _) = json.loads(saved.render(changed()))["principals"]
    lost = next(row for row in app["rows"] if row["trend"] == "loses" and row["causes"][0]["effect"] == "Deny")
    write = next(level for level in lost["levels"] if level["name"] == "Write")
    assert write["actions"] == ["sqs:DeleteMessage", "sqs:DeleteQueue"]
    assert write["patterns"] == [{"text": "sqs:DeleteMessage", "count": 1}, {"text": "sqs:DeleteQueue", "count": 1}]
    assert lost["resource"] == {"name": "*", "asked": "*"}
    gained = next(row for row in app["rows"] if row["trend"] == "may-gain")
    assert sum(len(level["actions"]) for level in gained["levels"]) > 150
    assert gained["levels"][0]["name"] == "Permissions management"


def test_equal_differences_are_equal_texts():
    assert saved.render(changed()) == saved.render(changed())
    assert markdown.render(changed()) == markdown.render(changed())


def test_what_is_hidden_is_hidden_everywhere():
    found = saved.shown(hostile(), lambda words: words.replace("octocat", "hidden"))
    assert "octocat" not in saved.render(found) + markdown.render(found)
    assert saved.shown(found, str) == found
    # A secret that reads like one of the program's own words takes nothing away but itself.
    assert (
        saved.shown(found, lambda words: words.replace("gains", "").replace("denied", "")).assumes[0].after
        == "conditional"
    )


def test_markdown_says_the_verdict_first_and_folds_the_rest():
    lines = markdown.render(changed()).splitlines()
    assert lines[0].startswith("**iamsim diff: nothing got worse** (1 principal may gain, 1 principal loses")
    assert lines[2:4] == ["| principal | gains | loses | otherwise |", "| --- | --- | --- | --- |"]
    assert lines[4].startswith("| <code>role app</code> | may: 23 Permissions management, ")
    assert "| <code>role old</code> (gone) |  |  |  |" in lines
    assert "<details><summary><code>role app</code></summary>" in lines


def test_nothing_in_markdown_is_more_than_text():
    page = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(markdown.render(hostile()))
    assert "<script" not in page
    assert "<strong>b</strong>" not in page
    assert "<a " not in page
    assert "<del>" not in page
    assert "<h1" not in page
    assert "\x1b" not in page
    raw = markdown.render(hostile())
    assert "@" not in raw
    assert "`" not in raw
    # Every row of every table has as many cells as its head.
    for table in re.findall(r"(?:^\|.*\n)+", raw, re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1
    # A reader sees the name as it is.
    assert "x&#96;y&#124;z" in raw
    assert "x`y|z" in page.replace("&#96;", "`")
    # What a page makes links of by itself.
    assert "://" not in raw


def test_markdown_is_never_longer_than_a_comment_may_be():
    found = changed()
    many = tuple(
        replace(
            found.principals[0],
            arn=f"{APP}-{n}",
            who=f"role {n} " + "x" * 300,
            rows=(*found.principals[0].rows[n % 2 :], *found.principals[0].rows[: n % 2 + n % 3]),
        )
        for n in range(400)
    )
    # All of them differ in their rows, so that none is told beside another.
    many = tuple(
        replace(each, rows=(replace(each.rows[0], reason=str(n)), *each.rows[1:])) for n, each in enumerate(many)
    )
    page = markdown.render(replace(found, principals=many))
    assert len(page) < 65_000
    assert "the rest is in `--format json`" in page
    assert page.count("<details>") == page.count("</details>")


def test_resources_that_fare_alike_are_named_together():
    from iamsim.diff import telling  # noqa: PLC0415 - beside its only use

    row = changed().principals[0].rows[0]
    names = [f"{DATA}{n}" for n in range(5)]
    found = telling.folded(replace(row, resource=replace(row.resource, name=name)) for name in names)
    assert [each.resources for each in found] == [tuple(names)]
    assert telling.where(found[0].resources) == (tuple(names[:3]), " and 2 more")


def test_what_holds_for_everything_is_not_said_again_of_a_resource_and_more_is():
    from iamsim.diff import telling  # noqa: PLC0415 - beside its only use
    from iamsim.diff.model import Level  # noqa: PLC0415 - beside its only use

    row = changed().principals[0].rows[0]

    def of(name, *actions):
        return replace(row, resource=replace(row.resource, name=name), levels=(Level("Read", actions, ()),))

    found = telling.folded(
        [of("*", "s3:GetObject", "s3:GetObjectAcl"), of("a", "s3:GetObject"), of("b", "s3:PutObject")]
    )
    assert [(each.resources, each.also) for each in found] == [(("*",), 1), (("b",), 0)]
    assert telling.where(("*",), 1) == (("*",), ", 1 resource in play among them")

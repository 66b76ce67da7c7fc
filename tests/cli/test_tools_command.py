"""`iamsim tools`: manifests listed, shown, validated and compared."""

from __future__ import annotations

import json

import pytest

from iamsim.tools.manifest import shipped
from tests.cli.running import run

SMALL = """schema = 1
[server]
name = "small"
version = "1"
title = "A small server"
base = "its task role"
[server.token]
algorithms = ["RS256"]
[server.assume]
role_claims = ["role_arn"]
session_name = "mcp-{subject}"
[provenance]
how = "inferred"
subject = "small 1 (PyPI)"
made = "2026-11-25"
uncertain = ["whether it lists"]
[parameters]
bucket = "The bucket"
[[tool]]
name = "get"
description = "Reads an object"
assumes = true
arguments = ["bucket", "key=", "deep=false"]
credentials = ["role"]
source = "server.py:1"
[[tool.needs]]
action = "s3:GetObject"
operation = "s3.GetObject"
resource = "arn:aws:s3:::{bucket}/*"
context = { "s3:versionid" = "1" }
[[tool.needs]]
action = "s3:ListBucket"
resource = "arn:aws:s3:::{bucket}"
necessity = "optional"
when = "deep"
any_of = "how it looks"
option = "list"
confidence = "likely"
[[tool.unresolved]]
what = "a call chosen at run time"
why = "its name is an argument"
source = "server.py:9"
[[tool]]
name = "search"
credentials = ["bearer"]
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "small.toml").write_text(SMALL)
    (tmp_path / "other.toml").write_text(
        SMALL.replace('resource = "arn:aws:s3:::{bucket}/*"', 'resource = "arn:aws:s3:::{bucket}/a"')
        .replace('when = "deep"\n', "")
        .replace('session_name = "mcp-{subject}"', 'session_name = "{subject}"')
        .replace('[[tool]]\nname = "search"\ncredentials = ["bearer"]\n', "")
    )
    return tmp_path


# ---------------------------------------------------------------- list


def test_list_names_the_manifests_that_come_with_the_program(folder):
    ran = run(folder, "tools", "list")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[0] for line in ran.out.splitlines()] == list(shipped())
    assert "quilt-mcp@2026-01 53 tools 187 needs" in ran.words
    found = {one["name"]: one for one in run(folder, "tools", "list", "--json").report}
    assert list(found) == list(shipped())
    assert found["quilt-mcp@2026-01"]["tools"] == 53
    assert set(found["quilt-mcp@2026-01"]) == {"name", "title", "tools", "needs", "how", "subject", "made", "reviewed"}


def test_list_of_a_manifest_names_its_tools_with_whose_authority_and_for_what(folder):
    ran = run(folder, "tools", "list", "small.toml")
    assert ran.out == (
        "get     role:    2 needs  s3:GetObject, s3:ListBucket; 1 thing not told\n"
        "search  bearer:  0 needs\n"
    )  # fmt: skip
    assert run(folder, "tools", "list", "small.toml", "--json").report[1] == {
        "name": "search",
        "assumes": False,
        "credentials": ["bearer"],
        "needs": 0,
        "actions": [],
        "unresolved": 0,
    }


def test_a_long_list_of_actions_is_cut(folder):
    assert "s3:GetBucketAcl and 6 more" in run(folder, "tools", "list", "quilt-mcp@0.21").out


def test_a_manifest_without_tools_is_listed_as_such(folder):
    (folder / "empty.toml").write_text('schema = 1\n[server]\nname = "x"\nversion = "1"\n')
    assert run(folder, "tools", "list", "empty.toml").out == "no tools\n"


# ---------------------------------------------------------------- show


def test_show_says_what_the_server_does_and_how_the_manifest_was_made(folder):
    ran = run(folder, "tools", "show", "small.toml")
    assert ran.code == 0
    for line in (
        "small@1: A small server",
        "own credentials its task role",
        "made inferred from source, 2026-11-25",
        "of small 1 (PyPI)",
        "reviewed by nobody",
        "uncertain: whether it lists",
        "algorithms RS256",
        "the AssumeRole call role_claims role_arn session_name mcp-{subject}",
        "what can be set bucket The bucket",
        "2 tools get role: 2 needs Reads an object search bearer: 0 needs",
    ):
        assert line in ran.words, ran.out


def test_show_of_a_tool_says_every_need(folder):
    assert run(folder, "tools", "show", "small.toml", "get").out == (
        "get: Reads an object\n"
        "  acts with         role\n"
        "  assumes the role  yes, and runs only where it can\n"
        "  source            server.py:1\n"
        "\n"
        "arguments\n"
        "  bucket                         The bucket\n"
        "  key     default ``\n"
        "  deep    flag, default `false`\n"
        "\n"
        "s3:GetObject (s3.GetObject)\n"
        "  on arn:aws:s3:::{bucket}/*\n"
        "  sends  s3:versionid = 1\n"
        "\n"
        "s3:ListBucket\n"
        "  on arn:aws:s3:::{bucket}\n"
        "  needed              optional; when deep\n"
        "  one way of several  how it looks: list\n"
        "  sure                no, but likely\n"
        "\n"
        "not told: a call chosen at run time\n"
        "  why     its name is an argument\n"
        "  source  server.py:9\n"
    )
    assert run(folder, "tools", "show", "small.toml", "search").out.endswith("\nneeds nothing of IAM\n")


def test_show_as_json_holds_the_same(folder):
    tool = run(folder, "tools", "show", "small.toml", "get", "--json").report
    assert [need["action"] for need in tool["needs"]] == ["s3:GetObject", "s3:ListBucket"]
    assert tool["needs"][1]["confidence"] == "likely"
    assert tool["unresolved"][0]["source"] == "server.py:9"
    server = run(folder, "tools", "show", "small.toml", "--json").report
    assert server["provenance"]["uncertain"] == ["whether it lists"]
    assert [one["name"] for one in server["tools"]] == ["get", "search"]
    assert "origin" not in server


@pytest.mark.parametrize("name", shipped())
def test_every_manifest_that_comes_with_the_program_can_be_shown_whole(folder, name):
    ran = run(folder, "tools", "show", name)
    assert (ran.code, ran.err) == (0, "")
    assert "redacted" not in ran.out
    tools = run(folder, "tools", "list", name, "--json").report
    assert run(folder, "tools", "show", name, tools[0]["name"]).code == 0


def test_a_tool_that_is_not_there_is_told_with_the_nearest(folder):
    ran = run(folder, "tools", "show", "small.toml", "serch")
    assert (ran.code, ran.error) == (2, "small@1 has no tool `serch`; did you mean `search`?")


def test_a_manifest_that_is_not_there_is_told_with_the_shipped_ones(folder):
    ran = run(folder, "tools", "show", "nothing@1")
    assert ran.code == 2
    assert ran.error.startswith(
        "no manifest is called `nothing@1`; `iamsim tools list` shows those that come with the program"
    )
    assert run(folder, "tools", "diff", "small.toml", "gone.toml").error.startswith("no file `gone.toml`")


# ---------------------------------------------------------------- validate


def test_validate_says_that_files_are_valid(folder):
    ran = run(folder, "tools", "validate", "small.toml", "other.toml", "example-s3-iam-search@1")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[:3] == [
        "small.toml:30: warning: AWS sends no `s3:versionid` with s3:GetObject",
        "small.toml:36: warning: nothing stands beside this option of `how it looks`",
        "small.toml: valid, 2 warnings",
    ]
    assert lines[5:] == ["other.toml: valid, 2 warnings", "example-s3-iam-search@1.toml: valid"]


def test_warnings_count_where_they_shall(folder):
    assert run(folder, "tools", "validate", "small.toml", "--strict").code == 2
    assert run(folder, "tools", "validate", "example-s3-iam-search@1", "--strict").code == 0


def test_validate_says_all_that_is_wrong_with_the_line_of_each(folder):
    (folder / "bad.toml").write_text(
        SMALL.replace("algorithms", "algorithm").replace('"likely"', '"maybe"').replace("assumes = true", "assumes = 1")
    )
    ran = run(folder, "tools", "validate", "bad.toml", "other.toml")
    assert (ran.code, ran.err) == (2, "")
    assert ran.out.splitlines()[:4] == [
        "bad.toml:8: error: unknown key `algorithm` in [server.token]; did you mean `algorithms`?",
        "bad.toml:22: error: `assumes` is not true or false in tool `get`",
        "bad.toml:38: error: unknown confidence `maybe` in tool `get`, need 2; known are certain, likely",
        "bad.toml: 3 errors",
    ]
    (bad, other) = run(folder, "tools", "validate", "bad.toml", "other.toml", "--json").report
    assert (bad["valid"], other["valid"]) == (False, True)
    assert bad["problems"][2] == {
        "level": "error",
        "line": 38,
        "pointer": "/tool/0/needs/1/confidence",
        "message": "unknown confidence `maybe` in tool `get`, need 2",
        "hint": "known are certain, likely",
    }


def test_a_file_that_cannot_be_read_ends_the_command(folder):
    assert run(folder, "tools", "validate", "small.toml", "gone.toml").error.startswith("no file `gone.toml`")


def test_control_characters_of_a_file_do_not_reach_the_terminal(folder):
    (folder / "bad.toml").write_text(SMALL.replace('"likely"', '"\\u001b[31m"'))
    ran = run(folder, "tools", "validate", "bad.toml")
    assert ran.code == 2
    assert "\x1b" not in ran.out


# ---------------------------------------------------------------- diff


def test_diff_tells_both_sides_of_each_difference(folder):
    ran = run(folder, "tools", "diff", "small.toml", "other.toml")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        "- small.toml\n"
        "+ other.toml\n"
        "\n"
        "the server\n"
        "  - session_name: mcp-{subject}\n"
        "  + session_name: {subject}\n"
        "\n"
        "get\n"
        "  s3:GetObject\n"
        "    - resource: arn:aws:s3:::{bucket}/*\n"
        "    + resource: arn:aws:s3:::{bucket}/a\n"
        "      (what is before stands for what is after)\n"
        "  s3:ListBucket\n"
        "    - when: deep\n"
        "    + when: always\n"
        "\n"
        "search\n"
        "  - has the tool search\n"
        "\n"
        "4 differences, 1 of them to be expected\n"
    )


def test_diff_ends_with_1_only_where_that_is_asked_for_and_something_differs(folder):
    assert run(folder, "tools", "diff", "small.toml", "other.toml", "--exit-code").code == 1
    same = run(folder, "tools", "diff", "small.toml", "small.toml", "--exit-code")
    assert (same.code, same.out) == (0, "small.toml and small.toml say the same\n")


def test_diff_as_json_holds_every_difference(folder):
    found = run(folder, "tools", "diff", "small.toml", "other.toml", "--json").report
    assert found[1] == {
        "tool": "get",
        "what": "resource",
        "subject": "s3:GetObject",
        "before": "arn:aws:s3:::{bucket}/*",
        "after": "arn:aws:s3:::{bucket}/a",
        "explained": "what is before stands for what is after",
    }
    assert found[-1]["after"] is None
    assert json.loads(run(folder, "tools", "diff", "small.toml", "small.toml", "--json").out) == []

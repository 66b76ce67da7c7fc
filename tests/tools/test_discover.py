"""What a server announces and declares, held against a manifest, and the beginning of a manifest made of it."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import pytest

from iamsim.model.server import Server
from iamsim.tools.declarations import KEY, Declaration, declaration
from iamsim.tools.discover import Discovery, compare, skeleton
from iamsim.tools.manifest import Manifest, manifest, named
from iamsim.tools.session import Announced, Argument, Stdio, clean_environment, connected
from iamsim.tools.written import toml
from tests.mcp_servers import HOSTILE, older

NEED = {"action": "s3:GetObject", "resource": "arn:aws:s3:::{bucket}/{key}", "credentials": ["role"]}

WRITTEN = """
schema = 1
[server]
name = "notes"
version = "1"
[parameters]
suffix = "What is put behind a key"
[[tool]]
name = "read"
assumes = true
arguments = ["bucket", "key", "limit=20", "suffix={suffix}"]
[[tool.needs]]
action = "s3:GetObject"
operation = "s3.GetObject"
resource = "arn:aws:s3:::{bucket}/{key}"
credentials = ["role"]
via = "get_object"
[[tool]]
name = "erase"
arguments = ["bucket"]
credentials = ["role"]
"""
"""A manifest to hold servers against."""


def argument(name: str, default: str | None = None, *, required: bool = False, kind: str = "string") -> Argument:
    return Argument(name, required, default, kind)


def announced(name: str, *arguments: Argument, declared: Any = None, description: str = "") -> Announced:
    return Announced(name, description, arguments, {} if declared is None else {KEY: declared})


BUCKET, OBJECT = argument("bucket", required=True), argument("key", required=True)
READ = announced("read", BUCKET, OBJECT, argument("limit", "20", kind="integer"), argument("suffix"))
ERASE = announced("erase", BUCKET)


def notes() -> Manifest:
    return manifest(WRITTEN, document="notes.toml")


def found(*tools: Announced) -> Discovery:
    return compare(tools, notes())


def read(declared: Any, *arguments: Argument) -> Declaration:
    one = declaration(announced("read", *(arguments or (BUCKET, OBJECT)), declared=declared), Server("notes", "1"))
    assert one is not None
    return one


def arguments_of(*arguments: Argument) -> list[tuple[str, str, str]]:
    """What differs in the arguments of `read`: name, the manifest's side, the server's side."""
    return [(one.subject, one.before, one.after) for one in found(announced("read", *arguments), ERASE).arguments]


def needs_of(declared: Any) -> list[tuple[str, str, str, str]]:
    """What differs in the needs of `read`: kind, subject, the manifest's side, the server's side."""
    tool = announced("read", *READ.arguments, declared=declared)
    return [(str(one.what), one.subject, one.before, one.after) for one in found(tool, ERASE).needs]


def begun(*tools: Announced) -> Manifest:
    """The manifest that is read back from the written beginning."""
    text = toml(skeleton(tools, name="notes", version="2", made="2026-01-31"))
    return manifest(text, document="notes.toml")


# ---------------------------------------------------------------- held against a manifest


def test_a_server_that_announces_what_the_manifest_says_does_not_differ():
    assert found(READ, ERASE) == Discovery((), (), (), (), {})
    assert not found(READ, ERASE).differs


def test_a_tool_that_the_manifest_does_not_have_is_without_needs():
    both = found(READ, ERASE, announced("copy"))
    assert both.without_needs == ("copy",)
    assert both.differs


def test_a_tool_that_is_not_announced_leaves_needs_without_a_tool():
    assert found(READ).without_tool == ("erase",)
    assert found(READ).differs


def test_arguments_are_added_removed_and_changed():
    assert arguments_of(BUCKET, argument("key"), argument("limit", "50", kind="integer"), argument("as", "text")) == [
        ("key", "required", "optional"),
        ("limit", "optional, else `20`", "optional, else `50`"),
        ("suffix", "optional, else `{suffix}`", ""),
        ("as", "", "optional, else `text`"),
    ]


@pytest.mark.parametrize(
    "limit",
    [
        argument("limit"),
        argument("limit", "[1, 2]", kind="array"),
        argument("limit", "a\nb"),
        argument("limit", "{20}"),
    ],
)
def test_a_default_that_cannot_be_compared_is_not(limit):
    assert arguments_of(BUCKET, OBJECT, limit, argument("suffix", "x")) == []


def test_an_argument_of_which_no_manifest_can_have_a_parameter_is_not_missed():
    assert arguments_of(*READ.arguments, argument("content-type")) == []


def test_a_tool_that_declares_nothing_is_not_held_against_its_needs():
    assert needs_of(None) == []


def test_declared_needs_that_are_those_of_the_manifest_do_not_differ():
    assert needs_of([NEED]) == []
    assert needs_of({"needs": [{**NEED, "confidence": "likely", "note": "in words"}], "assumes": True}) == []


def test_declared_needs_that_differ_are_told_one_by_one():
    declared = [
        {**NEED, "credentials": ["server"], "necessity": "optional"},
        {"action": "s3:ListBucket", "resource": "arn:aws:s3:::{bucket}", "credentials": ["role"]},
    ]
    assert needs_of({"needs": declared, "assumes": False}) == [
        ("assumes", "read", "true", "false"),
        ("credentials", "s3:GetObject", "role", "server"),
        ("necessity", "s3:GetObject", "required", "optional"),
        ("need", "s3:ListBucket", "", "s3:ListBucket on arn:aws:s3:::{bucket} with role"),
    ]
    assert needs_of([]) == [
        ("need", "s3:GetObject", "s3:GetObject (s3.GetObject) on arn:aws:s3:::{bucket}/{key} with role", "")
    ]


def test_a_declaration_that_cannot_be_read_is_a_problem_and_no_difference_of_needs():
    both = found(announced("read", *READ.arguments, declared=7), ERASE)
    assert both.needs == ()
    assert both.problems == {
        "read": ("the declaration is neither a list of needs nor a table; write a list of tables",)
    }
    assert both.differs


def test_a_declaration_may_name_the_parameters_of_the_manifest():
    declared = [{**NEED, "resource": "arn:aws:s3:::{bucket}/{key}{suffix}"}]
    tool = announced("read", BUCKET, OBJECT, argument("limit", "20"), declared=declared)
    assert compare((tool, ERASE), notes()).problems == {}


def test_a_shipped_manifest_and_the_server_of_aws_say_the_same():
    endpoint = Stdio((str(older() / "awslabs.iam-mcp-server"),), clean_environment((), os.environ))

    async def tools() -> tuple[Announced, ...]:
        async with connected(endpoint, timeout=60) as connection:
            return await connection.tools()

    # The release that runs is the last one on the older library: it has the tools of the one that the manifest is of.
    both = compare(asyncio.run(tools()), named("awslabs.iam-mcp-server@1.1.2"))
    assert both == Discovery((), (), (), (), {})


# ---------------------------------------------------------------- declarations


def test_a_tool_without_the_key_declares_nothing():
    other = Announced("read", "", (), {"fastmcp": {"tags": []}, "needs": [NEED]})
    assert declaration(other, Server("notes", "1")) is None


def test_a_declaration_is_a_list_or_a_table_and_read_as_a_manifest_is():
    plain, whole = read([NEED]), read({"needs": [NEED], "assumes": True})
    assert plain.needs == whole.needs
    assert (plain.assumes, whole.assumes) == (None, True)
    assert plain.needs is not None
    assert [(need.action, need.resources, need.credentials) for need in plain.needs] == [
        ("s3:GetObject", ("arn:aws:s3:::{bucket}/{key}",), ("role",))
    ]


def test_a_declaration_brings_the_parameters_that_its_needs_name():
    table = {
        "action": "dynamodb:GetItem",
        "resource": ["arn:aws:dynamodb:{region}:{account}:table/{table}", "{index_arn}"],
        "credentials": ["server"],
    }
    declared = {"needs": [table], "parameters": {"table": "The table", "index_arn": {"kind": "arn"}, "unused": "No"}}
    parameters = read(declared).parameters
    assert {name: one.kind for name, one in parameters.items()} == {
        "region": "text",
        "account": "text",
        "table": "text",
        "index_arn": "arn",
    }


def test_a_declaration_may_imply_needs():
    implied = read([{**NEED, "implies": ["encrypted"]}])
    assert implied.needs is not None
    assert [need.action for need in implied.needs] == ["s3:GetObject", "kms:Decrypt"]
    assert set(implied.parameters) == {"kms_key", "region"}


def test_a_flag_of_the_tool_is_a_flag_of_its_conditions():
    declared = [{**NEED, "necessity": "conditional", "when": "copy"}]
    assert read(declared, BUCKET, OBJECT, argument("copy", "false", kind="boolean")).problems == ()
    assert read(declared, BUCKET, OBJECT, argument("copy", kind="boolean")).problems == ()
    assert read(declared, BUCKET, OBJECT, argument("copy", "no")).problems == (
        "`copy` is not a flag in tool `read`, need 1; write set(copy) or copy == 'text'",
    )


def declared_by_the_hostile_server() -> dict[str, Declaration]:
    endpoint = Stdio((sys.executable, HOSTILE, "declares"), clean_environment((), os.environ))

    async def tools() -> tuple[Announced, ...]:
        async with connected(endpoint, timeout=20) as connection:
            return await connection.tools()

    each = {tool.name: declaration(tool, Server("hostile", "1")) for tool in asyncio.run(tools())}
    return {name: one for name, one in each.items() if one is not None}


def test_whatever_a_server_declares_is_read_or_ends_in_one_line():
    each = declared_by_the_hostile_server()
    assert len(each) == 20
    assert [name for name, one in each.items() if one.needs is not None] == ["misspelt", "no_service", "fine"]
    lines = {name: "; ".join(one.problems) for name, one in each.items()}
    assert all(line.isprintable() and len(line) < 400 for line in lines.values())
    assert lines == {
        "deep": "the declaration is deeper than 8 levels, or has more than 20,000 values",
        "number": "the declaration is neither a list of needs nor a table; write a list of tables",
        "text": "the declaration is neither a list of needs nor a table; write a list of tables",
        "null": "the declaration is neither a list of needs nor a table; write a list of tables",
        "empty_table": "the declaration has no `needs`; write an empty list where the tool needs nothing",
        "unknown_key": "unknown key `tools` in the declaration; known are assumes, needs, parameters",
        "needs_of_numbers": "`needs` is not a list of tables in tool `needs_of_numbers`",
        "needs_is_text": "`needs` is not a list of tables in tool `needs_is_text`",
        "control": "`note` holds a line break, a control or a private-use character in tool `control`, need 1",
        "long_text": "the declaration holds a text of more than 2,000 characters",
        "many_needs": "more than 200 needs are declared",
        "many_values": "the declaration is deeper than 8 levels, or has more than 20,000 values",
        "no_arn": lines["no_arn"],
        "no_parameter": lines["no_parameter"],
        "condition": "a condition of 601 characters is too long in tool `condition`, need 1; at most 400 are read",
        "assumes_text": "`assumes` is not true or false in tool `assumes_text`",
        "secret": "the declaration holds what looks like a secret",
        "misspelt": "AWS lists no action `s3:GetObjct`; did you mean `s3:GetObject`?",
        "no_service": "AWS lists no action `s4:GetObject`",
        "fine": "",
    }
    assert lines["no_arn"].startswith("the resource of need 1 of tool `no_arn` is `{bucket}`, which is no ARN")
    assert lines["no_parameter"].startswith("unknown parameter `buckt` in tool `no_parameter`, need 1")


# ---------------------------------------------------------------- the beginning of a manifest


def test_the_beginning_of_a_manifest_has_tools_arguments_and_declared_needs():
    made = begun(
        announced("read", *READ.arguments, declared={"needs": [NEED], "assumes": True}, description="Reads\n one.")
    )
    tool = made.tools[0]
    assert (made.server.name, made.server.version) == ("notes", "2")
    assert (tool.name, tool.description, tool.assumes, tool.unresolved) == ("read", "Reads one.", True, ())
    assert {name: one.default for name, one in tool.parameters.items()} == {
        "bucket": None,
        "key": None,
        "limit": "20",
        "suffix": "",
    }
    assert [need.action for need in tool.requirements] == ["s3:GetObject"]
    provenance = made.server.provenance
    assert provenance is not None
    assert (provenance.how, provenance.made, provenance.reviewed) == ("declared", "2026-01-31", "")
    assert provenance.uncertain == (
        "the needs are those that the server declares, and were not held against what it does",
        "how the server assumes the role is nothing that it declares: [server.assume] is missing",
    )


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        (None, "the server does not declare it"),
        (
            7,
            "what the server declares cannot be read: the declaration is neither a list of needs nor a table; write a list of tables",
        ),
        ([{**NEED, "action": "s3:GetObjct"}], "AWS lists no action `s3:GetObjct`; did you mean `s3:GetObject`?"),
    ],
)
def test_a_tool_whose_needs_are_not_declared_whole_stays_unresolved(declared, why):
    tool = begun(announced("read", BUCKET, OBJECT, declared=declared)).tools[0]
    assert [(one.what, one.why) for one in tool.unresolved] == [("what the tool needs", why)]


def test_a_tool_that_declares_an_empty_list_needs_nothing():
    tool = begun(announced("add", declared=[])).tools[0]
    assert (tool.requirements, tool.unresolved) == ((), ())


def test_two_tools_that_declare_one_parameter_in_two_ways_leave_it_unresolved():
    need = {**NEED, "resource": "arn:aws:s3:::{store}"}
    first = announced("one", declared={"needs": [need], "parameters": {"store": "A bucket"}})
    second = announced("two", declared={"needs": [need], "parameters": {"store": "Another bucket"}})
    made = begun(first, second)
    assert made.server.parameters["store"].description == "A bucket"
    assert [[one.why for one in tool.unresolved] for tool in made.tools] == [
        [],
        ["another tool declares another parameter `store`"],
    ]


def test_what_a_manifest_cannot_hold_of_an_argument_is_left_out_and_noted():
    tool = begun(
        announced(
            "odd",
            argument("content-type", required=True),
            argument("template", "Hello {name}"),
            argument("lines", "a\nb"),
            argument("secret", "AKIAIOSFODNN7EXAMPLE"),
            argument("max_tokens", "1000"),
            argument("flag", kind="boolean", required=True),
        )
    ).tools[0]
    assert {name: (one.default, one.kind) for name, one in tool.parameters.items()} == {
        "template": ("", "text"),
        "lines": ("", "text"),
        "secret": ("", "text"),
        "max_tokens": ("1000", "text"),
        "flag": (None, "flag"),
    }
    assert tool.notes == (
        "the argument `content-type` is left out: a parameter has no such name",
        "the default of the argument `template` is left out: a manifest cannot hold it",
        "the default of the argument `lines` is left out: a manifest cannot hold it",
        "the default of the argument `secret` is left out: a manifest cannot hold it",
    )


def test_names_and_descriptions_that_steer_a_terminal_are_made_plain():
    made = skeleton(
        (announced("a\x1b[31m", description="b\u202ec\ue000" + "d" * 500),), name="\x07", version="", made="2026-01-31"
    )
    again = manifest(toml(made), document="made.toml")
    assert (again.server.name, again.server.version) == ("\ufffd", "unknown")
    assert again.tools[0].name == "a\ufffd[31m"
    assert again.tools[0].description == "b\ufffdc " + "d" * 195 + "…"


def test_what_is_begun_does_not_differ_from_the_server_it_was_made_of():
    tools = (
        announced("read", *READ.arguments, declared=[{**NEED, "implies": ["encrypted"]}]),
        announced("write", BUCKET, argument("overwrite", "false", kind="boolean"), argument("note", "")),
    )
    assert compare(tools, begun(*tools)) == Discovery((), (), (), (), {})

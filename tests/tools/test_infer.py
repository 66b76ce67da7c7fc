"""Manifests inferred from the servers in fixtures/, held against what is known of them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from iamsim.model.finding import Confidence
from iamsim.model.origin import NOWHERE
from iamsim.model.server import AssumeTemplate
from iamsim.model.tool import Necessity, Requirement, Tool
from iamsim.tools import written
from iamsim.tools.comparison import What, compare
from iamsim.tools.infer import Inferred, infer
from iamsim.tools.manifest import Manifest, manifest, named

ROOT = Path(__file__).parents[2]
SERVERS = ROOT / "fixtures" / "servers"
FORMS = sorted(path.parent.name for path in (SERVERS / "forms").glob("*/expected.json"))
SOURCES = ("twenty_tools", "example_s3_iam_search.py", *(f"forms/{name}" for name in FORMS))
MADE = "2026-11-25"

MULTIPART = frozenset(
    {"s3.CreateMultipartUpload", "s3.UploadPart", "s3.CompleteMultipartUpload", "s3.AbortMultipartUpload"}
)
"""What `upload_file` calls for a file that is large."""


@cache
def inferred(source: str) -> Inferred:
    return infer(SERVERS / source, made=MADE)


@cache
def twenty() -> tuple[Manifest, Manifest]:
    """What is expected of the twenty tools, and what is inferred."""
    return named(str(SERVERS / "twenty_tools.expected.toml")), inferred("twenty_tools").manifest


TWENTY = sorted(tool.name for tool in twenty()[0].tools)


# ---------------------------------------------------------------- twenty tools


def test_exactly_the_twenty_tools_are_found_and_nothing_of_them_is_left_open():
    expected, found = twenty()
    assert [tool.name for tool in found.tools] == sorted(tool.name for tool in expected.tools)
    assert {tool.name: tool.unresolved for tool in found.tools if tool.unresolved} == {}
    # A module that nothing imports registers tools that no client ever sees.
    assert [note for note in inferred("twenty_tools").notes if "maintenance.py" not in note] == []


@pytest.mark.parametrize("name", TWENTY)
def test_a_tool_of_the_twenty_has_its_arguments_its_credentials_and_its_role(name: str):
    expected, found = (the_tool(side, name) for side in twenty())
    assert set(found.credentials) == set(expected.credentials)
    assert found.assumes == expected.assumes
    assert {one.name: (one.default, one.kind) for one in found.parameters.values()} == {
        one.name: (one.default, one.kind) for one in expected.parameters.values()
    }


@pytest.mark.parametrize("name", TWENTY)
def test_a_tool_of_the_twenty_has_each_of_its_needs(name: str):
    expected, found = (the_tool(side, name) for side in twenty())
    told = [said(need) for need in found.requirements]
    assert [
        said(need) for need in expected.requirements if not any(same(need, one) for one in found.requirements)
    ] == [], f"inferred: {told}"


@pytest.mark.parametrize("name", TWENTY)
def test_a_tool_of_the_twenty_has_no_need_but_its_own_and_those_that_follow_from_them(name: str):
    expected, found = (the_tool(side, name) for side in twenty())
    extra = [need for need in found.requirements if not any(same(one, need) for one in expected.requirements)]
    assert [said(need) for need in extra if not follows(need, found)] == []


@pytest.mark.parametrize("name", TWENTY)
def test_a_need_of_the_twenty_is_likely_only_where_its_note_says_why(name: str):
    tool = the_tool(twenty()[1], name)
    assert [
        said(need) for need in tool.requirements if need.confidence is not Confidence.CERTAIN and not need.note
    ] == []


ASSUMED = (
    "operation",
    "role_claims",
    "role_parameter",
    "subject_claims",
    "session_name",
    "session_name_replace",
    "session_name_replacement",
    "session_name_length",
    "source_identity",
    "tag_claims",
    "transitive_claims",
    "external_id",
    "duration_parameter",
    "duration_default",
    "duration_min",
    "duration_max",
    "session_policy",
)


@pytest.mark.parametrize("source", ["twenty_tools", "example_s3_iam_search.py"])
def test_the_call_that_assumes_the_role_is_built_as_the_source_builds_it(source: str):
    known = twenty()[0] if source == "twenty_tools" else named("example-s3-iam-search@1")
    assert assumed(inferred(source).manifest.server.assume) == assumed(known.server.assume)


# ---------------------------------------------------------------- the forms


@pytest.mark.parametrize("name", FORMS)
def test_each_form_of_registering_tools_gives_the_tools_with_their_calls(name: str):
    expected = json.loads((SERVERS / "forms" / name / "expected.json").read_text(encoding="utf-8"))["tools"]
    found = inferred(f"forms/{name}").manifest
    assert {tool.name: calls(tool) for tool in found.tools} == {
        # sts:GetCallerIdentity asks for no permission: what is told of it is whose credentials it needs.
        tool: sorted((operation, who) for operation, who in made if operation != "sts.GetCallerIdentity")
        for tool, made in expected.items()
    }
    for tool in found.tools:
        assert {who for _, who in expected[tool.name]} == {str(each) for each in tool.credentials}
        assert not tool.unresolved


# ---------------------------------------------------------------- the example


def test_what_differs_from_the_shipped_manifest_of_the_example_is_explained():
    differences = compare(named("example-s3-iam-search@1"), inferred("example_s3_iam_search.py").manifest)
    # A manifest by hand quotes the server's messages, which no analysis of calls finds.
    left = [one for one in differences if not one.explained and (one.what, one.subject) != (What.ASSUME, "messages")]
    assert left == []


def test_the_example_is_inferred_without_a_doubt():
    found = inferred("example_s3_iam_search.py")
    assert found.notes == ()
    assert [tool.name for tool in found.manifest.tools if tool.unresolved] == []
    assert {str(who) for tool in found.manifest.tools for who in tool.credentials} == {"role"}
    assert all(tool.assumes for tool in found.manifest.tools)


# ---------------------------------------------------------------- laws


@pytest.mark.parametrize("source", SOURCES)
def test_an_inferred_manifest_says_the_same_when_it_is_written_and_read_again(source: str):
    found = inferred(source).manifest
    again = manifest(written.toml(found), document="inferred.toml")
    assert placeless(again) == placeless(found)
    assert written.toml(again) == written.toml(found)


@pytest.mark.parametrize("source", SOURCES)
def test_an_inferred_manifest_says_how_it_was_made_and_that_nobody_reviewed_it(source: str):
    told = inferred(source).manifest.server.provenance
    assert told is not None
    assert (told.how, told.made, told.reviewed) == ("inferred", MADE, "")


@pytest.mark.parametrize("source", SOURCES)
def test_two_runs_give_the_same_bytes(source: str):
    assert written.toml(infer(SERVERS / source, made=MADE).manifest) == written.toml(inferred(source).manifest)


@pytest.mark.parametrize("source", ["twenty_tools", "example_s3_iam_search.py", "forms/lowlevel_table"])
def test_the_order_in_which_python_hashes_changes_nothing(source: str):
    code = (
        "import sys\nfrom pathlib import Path\nfrom iamsim.tools import written\nfrom iamsim.tools.infer import infer\n"
        f"sys.stdout.write(written.toml(infer(Path(sys.argv[1]), made={MADE!r}).manifest))\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code, str(SERVERS / source)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout.decode()
        for seed in ("1", "2", "3")
    }
    assert texts == {written.toml(inferred(source).manifest)}


def test_the_order_in_which_a_folder_lists_its_files_changes_nothing(tmp_path: Path):
    expected = written.toml(inferred("twenty_tools").manifest)
    names = sorted(path.relative_to(SERVERS / "twenty_tools") for path in (SERVERS / "twenty_tools").rglob("*.py"))
    root = tmp_path / "twenty_tools"
    for name in reversed(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes((SERVERS / "twenty_tools" / name).read_bytes())
    assert written.toml(infer(root, made=MADE).manifest) == expected


# ---------------------------------------------------------------- helpers


def the_tool(side: Manifest, name: str) -> Tool:
    return next(tool for tool in side.tools if tool.name == name)


def calls(tool: Tool) -> list[tuple[str, str]]:
    """The operations of a tool, each with its credential; without those needs that follow from others."""
    own = (need for need in tool.requirements if not follows(need, tool))
    return sorted({(need.operation, str(who)) for need in own for who in need.credentials})


def said(need: Requirement) -> tuple[object, ...]:
    """A need as a failing test shows it."""
    who = "+".join(need.credentials)
    return (need.action, need.operation, who, str(need.necessity), need.when, need.condition, *need.resources)


def same(expected: Requirement, found: Requirement) -> bool:
    """Whether two needs are the same call: a resource may be wider only where its need says that it is likely."""
    return (
        (expected.action, expected.operation, expected.credentials, expected.necessity, expected.when)
        == (found.action, found.operation, found.credentials, found.necessity, found.when)
        and len(expected.resources) == len(found.resources)
        and all(
            plain(one) == plain(other) or covers(plain(other), plain(one), likely=found.confidence is Confidence.LIKELY)
            for one, other in zip(expected.resources, found.resources, strict=True)
        )
    )


def plain(resource: str) -> str:
    """A resource with what may be empty before a star left out: `{prefix?}*` says no more than `*`."""
    return re.sub(r"\{([^}?]*)\?\}", r"{\1}", re.sub(r"\{[^}]*\?\}\*", "*", resource))


def covers(wide: str, narrow: str, *, likely: bool) -> bool:
    pattern = re.escape(wide).replace(r"\*", ".*")
    return likely and re.fullmatch(pattern, narrow) is not None


def follows(need: Requirement, tool: Tool) -> bool:
    """Whether a need is one that goes with another of the tool by a fact of the account, or with a large upload."""
    others: Iterable[Requirement] = [
        one for one in tool.requirements if one.operation == need.operation and one is not need
    ]
    if need.action.startswith("kms:") and not need.operation.startswith("kms."):
        return need.when.endswith("kms_key)") and bool(others)
    if "_asks_" in need.when:
        # A fact that the parameters of the call do not tell, such as the tags of what is copied.
        return need.necessity is not Necessity.REQUIRED and bool(others)
    if need.action == "s3:ListBucket" and need.operation in ("s3.GetObject", "s3.HeadObject", "s3.CopyObject"):
        return need.necessity is Necessity.OPTIONAL and bool(others)
    if need.operation in MULTIPART:
        puts = any(one.operation == "s3.PutObject" for one in tool.requirements)
        return puts and need.necessity in (Necessity.CONDITIONAL, Necessity.OPTIONAL)
    return False


def assumed(template: AssumeTemplate | None) -> dict[str, object]:
    assert template is not None
    return {name: getattr(template, name) for name in ASSUMED}


def placeless(one: Manifest) -> Manifest:
    """A manifest without the place that it was read from."""
    return replace(one, server=replace(one.server, origin=NOWHERE))

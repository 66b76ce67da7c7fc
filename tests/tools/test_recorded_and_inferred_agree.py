"""What a server does and what its source says, held against each other: they agree, or a condition explains the difference."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import pytest

from iamsim.catalog import operations
from iamsim.model.tool import Credential, Necessity, Requirement, Tool
from iamsim.tools import recorded, written
from iamsim.tools.comparison import Difference, What, compare
from iamsim.tools.expressions import expression
from iamsim.tools.infer import infer
from iamsim.tools.manifest import Manifest, manifest
from iamsim.tools.record import Plan, Recording, Run, record
from iamsim.tools.seen import holder
from iamsim.tools.session import Stdio, clean_environment
from iamsim.tools.tool_calls import ToolCall
from tests.tools.twenty_tools_run import CLAIMED, REFUSED, SERVERS, Stage, signed, stage

EXAMPLE = SERVERS / "example_s3_iam_search.py"
DAY = "2026-11-25"

CONDITION = (
    r"it is needed only when .+",
    "a recording does not see on what a call depends",
    r"one is tried where the one before it fails: .+",
)
OPTIONAL = ("the tool goes on without it",)
LINK = (
    "it is asked for later, when a link is used",
    "the other manifest says what is asked for later, when a link is used",
)
RESOURCE = ("what is before stands for what is after", "the resource was not seen")
REASONS: Mapping[What, tuple[str, ...]] = {
    What.NEED: (*CONDITION, *OPTIONAL, *LINK),
    What.NECESSITY: (*CONDITION, *OPTIONAL),
    What.WHEN: CONDITION,
    What.CREDENTIALS: CONDITION,
    What.UNRESOLVED: LINK,
    What.RESOURCE: RESOURCE,
    # A call that was seen is sure; how far its resource was makes the need likely.
    What.CONFIDENCE: ("a recording does not see the whole resource",),
    What.CONTEXT: ("the other manifest does not say",),
    What.ASSUME: ("a recording does not see what is sent with the call",),
}
"""What may explain a difference, by its kind, with the recording on the side `before`: a tool or an argument must be the same."""

EXAMPLE_CALLS = (
    ToolCall("s3_objects_list", {"bucket": "mine", "prefix": "a"}),
    ToolCall("s3_object_get", {"bucket": "mine", "key": "a.txt"}),
    ToolCall("s3_object_put", {"bucket": "mine", "key": "example.txt", "text": "t"}),
    ToolCall("iam_roles_list", {}),
    ToolCall("iam_role_get", {"role_name": "claimed"}),
)
SEARCHES = {"search_query", "search_document_get", "collection_query"}
"""Tools of the example that are left out: they sign requests to an endpoint of their own, without an SDK that reports."""


@dataclass(frozen=True, slots=True)
class Held:
    """A recording, its manifest as the command writes it, and the manifest of the source; of tools that were called."""

    recording: Recording
    recorded: Manifest
    inferred: Manifest
    settings: Mapping[str, str]

    def with_inferred(self, tool: str, needs: Iterable[Requirement]) -> Held:
        """The same, but for what the source says that `tool` needs."""
        tools = [replace(one, requirements=tuple(needs)) if one.name == tool else one for one in self.inferred.tools]
        return replace(self, inferred=replace(self.inferred, tools=tuple(tools)))


@lru_cache
def inferred(source: Path) -> Manifest:
    """What the source says, as the command writes it."""
    return manifest(written.toml(infer(source, made=DAY).manifest), document="inferred")


def held(
    staged: Stage, command: tuple[str, ...], settings: Mapping[str, str], calls: tuple[ToolCall, ...], source: Path
):
    """`source` run as `command`, and read."""
    named = [f"{name}={value}" for name, value in {**staged.environment, **settings}.items()]
    server = Stdio(command, clean_environment(named, os.environ), str(SERVERS))
    recording = asyncio.run(record(Plan(server, calls, grace=0.02), tell=lambda _: None))
    assert (recording.stopped, recording.dropped, recording.before, recording.apart) == ("", {}, (), ())
    made = manifest(written.toml(recorded.manifest(recording, made=DAY)), document="recorded")

    def called(whole: Manifest) -> Manifest:
        return replace(whole, tools=tuple(tool for tool in whole.tools if tool.name not in recording.not_called))

    return Held(recording, called(made), called(inferred(source)), settings)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Held]:
    """The server of 20 tools with each of three callers, and the example server."""
    with stage(tmp_path_factory.mktemp("agree")) as staged:
        found = {}
        for name, caller in zip(("role of the claim", "role of the setting", "no token"), staged.callers, strict=True):
            cases = [case for case in caller.cases if case is not REFUSED]
            calls = tuple(ToolCall(case.tool, staged.arguments(case)) for case in cases)
            command = sys.executable, "-m", "twenty_tools"
            found[name] = held(staged, command, caller.settings, calls, SERVERS / "twenty_tools")
        claims = {"sub": "alice", "aud": "example", "exp": int(time.time()) + 600, "role_arn": CLAIMED}
        settings = {
            "AWS_REGION": "us-east-1",
            "EXAMPLE_JWT_KEY_FILE": staged.environment["TWENTY_JWT_KEY_FILE"],
            "EXAMPLE_JWT_AUDIENCE": "example",
            "EXAMPLE_TOKEN": signed(staged.key, **claims),
        }
        found["example"] = held(staged, (sys.executable, str(EXAMPLE)), settings, EXAMPLE_CALLS, EXAMPLE)
        return found


@pytest.fixture(scope="module")
def twenty(everything: dict[str, Held]) -> list[Held]:
    return [one for name, one in everything.items() if name != "example"]


HELD = pytest.mark.parametrize("name", ["role of the claim", "role of the setting", "no token", "example"])


def told(one: Difference) -> str:
    return (
        f"{one.tool}: {one.what} of {one.subject}: {one.before!r} -> {one.after!r} ({one.explained or 'unexplained'})"
    )


def unexplained(found: Held) -> list[str]:
    """What nothing explains, or something else than a condition, a link, an optional need or a resource in part."""
    return [
        told(one)
        for one in compare(found.recorded, found.inferred)
        if not any(re.fullmatch(reason, one.explained) for reason in REASONS.get(one.what, ()))
    ]


# ---------------------------------------------------------------- they agree


@HELD
def test_recording_and_inference_agree_or_a_condition_explains_the_difference(everything: dict[str, Held], name: str):
    assert unexplained(everything[name]) == []


@HELD
def test_the_recording_held_against_the_inferred_manifest_shows_nothing_unexpected(
    everything: dict[str, Held], name: str
):
    one = everything[name]
    found = recorded.against(one.recorded, one.inferred, one.recording)
    assert [told(difference) for difference in found if not difference.explained] == []


@HELD
def test_looked_at_from_the_other_side_as_much_is_explained(everything: dict[str, Held], name: str):
    one = everything[name]
    turned = compare(one.inferred, one.recorded)
    assert [told(difference) for difference in turned if not difference.explained] == []
    assert len(turned) == len(compare(one.recorded, one.inferred))


def test_all_tools_of_the_server_were_called_and_of_the_example_all_but_the_searches(everything: dict[str, Held]):
    assert everything["role of the claim"].recording.not_called == ()
    assert len(everything["role of the claim"].recorded.tools) == 20
    assert set(everything["example"].recording.not_called) == SEARCHES


# ---------------------------------------------------------------- and the explanations hold


def is_call(need: Requirement) -> bool:
    """
    Whether the server itself makes the call for which the need is asked, and in its own time.

    That is no need that AWS adds by facts of the account, such as one of the key that encrypts an object.
    """
    service, _, operation = need.operation.partition(".")
    asked = operations.actions(service, operation)
    return service != "sts" and need.necessity is not Necessity.DEFERRED and (asked is None or need.action in asked)


def called(run: Run, recording: Recording) -> set[tuple[str, Credential | None]]:
    """The operations that asked for a permission, each with who signed it; without that of the role itself."""
    asked = [call for call in run.calls if call.service != "sts"]
    signers = [holder(call, recording.holders) for call in asked]
    return {(call.name, who and who.credential) for call, who in zip(asked, signers, strict=True)}


def holds(need: Requirement, tool: Tool, run: Run, one: Held) -> bool:
    """Whether the `when` of the need held in a run."""
    if not need.when:
        return True
    given = {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in run.call.arguments.items()
    }
    defaults = {name: each.default for name, each in {**one.inferred.parameters, **tool.parameters}.items()}
    values = {**defaults, **one.settings, **given}
    return expression(need.when).holds(lambda name: (values[name],)) is True


@HELD
def test_in_each_call_what_was_asked_for_is_what_the_conditions_say(everything: dict[str, Held], name: str):
    one = everything[name]
    tools = {tool.name: tool for tool in one.inferred.tools}
    wrong = []
    for run in one.recording.runs:
        tool = tools[run.call.tool]
        needs = [need for need in tool.requirements if is_call(need) and holds(need, tool, run, one)]
        seen = called(run, one.recording)
        may = {(need.operation, credential) for need in needs for credential in need.credentials}
        # What is conditional without a `when` holds on something that no argument tells.
        must = {need.operation for need in needs if need.when or need.necessity is Necessity.REQUIRED}
        if seen - may or must - {operation for operation, _ in seen}:
            wrong.append((tool.name, dict(run.call.arguments), seen - may, must))
    assert wrong == []


def test_what_no_recording_saw_is_a_file_of_many_parts(twenty: list[Held]):
    seen = {
        (run.call.tool, *call) for one in twenty for run in one.recording.runs for call in called(run, one.recording)
    }
    said = {
        (tool.name, need.operation, credential)
        for tool in twenty[0].inferred.tools
        for need in tool.requirements
        if is_call(need)
        for credential in need.credentials
    }
    assert seen <= said
    parts = ("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload")
    assert said - seen == {("object_upload", f"s3.{operation}", Credential.SERVER) for operation in parts}


# ---------------------------------------------------------------- planted disagreements


def calls_seen(one: Held) -> list[tuple[Tool, Requirement]]:
    """The needs of the inferred manifest of which a call was seen."""
    seen = {(run.call.tool, operation) for run in one.recording.runs for operation, _ in called(run, one.recording)}
    return [
        (tool, need)
        for tool in one.inferred.tools
        for need in tool.requirements
        if is_call(need) and (tool.name, need.operation) in seen
    ]


def planted(one: Held, tool: Tool, need: Requirement, *instead: Requirement) -> list[str]:
    """What compare leaves unexplained where the source is said to need something else."""
    assert need in tool.requirements
    rest = [other for other in tool.requirements if other is not need]
    other = one.with_inferred(tool.name, [*rest, *instead])
    return [told(found) for found in compare(one.recorded, other.inferred) if not found.explained]


@HELD
@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("need", None),
        ("need", {"action": "s3:DeleteObject"}),
        ("need", {"action": "s3:DeleteObject", "necessity": Necessity.OPTIONAL}),
        ("need|credentials", {"credentials": (Credential.BROKERED,)}),
        ("need|credentials", {"credentials": (Credential.BROKERED, Credential.UNSIGNED)}),
    ],
    ids=["a need less", "another action", "another optional action", "another credential", "two other credentials"],
)
def test_a_disagreement_on_any_call_that_was_seen_is_not_explained(
    everything: dict[str, Held], name: str, kind: str, change: dict[str, object] | None
):
    one = everything[name]
    hidden = []
    for tool, need in calls_seen(one):
        found = planted(one, tool, need, *([] if change is None else [replace(need, **change)]))
        if not any(re.match(rf"{tool.name}: ({kind}) of {need.action}", line, re.IGNORECASE) for line in found):
            hidden.append((tool.name, need.action, need.operation, found))
    assert calls_seen(one)
    assert hidden == []


@HELD
def test_a_call_that_is_said_to_be_made_always_and_was_not_seen_is_not_explained(
    everything: dict[str, Held], name: str
):
    one = everything[name]
    more = Requirement("s3:DeleteBucket", ("arn:aws:s3:::{bucket}",), (Credential.ROLE,), operation="s3.DeleteBucket")
    hidden = []
    for tool in one.inferred.tools:
        other = one.with_inferred(tool.name, [*tool.requirements, more])
        found = [told(each) for each in compare(one.recorded, other.inferred) if not each.explained]
        if len(found) != 1 or not found[0].startswith(f"{tool.name}: need of s3:DeleteBucket"):
            hidden.append((tool.name, found))
    assert hidden == []


def test_a_condition_that_is_said_to_hold_always_is_not_explained(everything: dict[str, Held]):
    one = everything["role of the claim"]
    conditional = [
        (tool, need) for tool, need in calls_seen(one) if need.when and need.necessity is Necessity.CONDITIONAL
    ]
    assert len(conditional) == 13
    for tool, need in conditional:
        always = replace(need, when="", condition="", necessity=Necessity.REQUIRED)
        expected = f"{tool.name}: necessity of {need.action}: 'conditional' -> 'required' (unexplained)"
        assert planted(one, tool, need, always) == [expected]


def test_a_role_that_is_said_not_to_be_assumed_is_not_explained(everything: dict[str, Held]):
    one = everything["example"]
    as_server = [
        replace(
            tool,
            assumes=False,
            credentials=(Credential.SERVER,),
            requirements=tuple(replace(need, credentials=(Credential.SERVER,)) for need in tool.requirements),
        )
        for tool in one.inferred.tools
    ]
    found = compare(one.recorded, replace(one.inferred, tools=tuple(as_server)))
    left = {(each.tool, each.what, each.subject) for each in found if not each.explained}
    assert left >= {(tool.name, What.NEED, "sts:AssumeRole") for tool in as_server}
    assert {what for _, what, _ in left} == {What.NEED, What.CREDENTIALS}


def test_a_link_that_the_source_does_not_know_is_not_explained(everything: dict[str, Held]):
    one = everything["role of the claim"]
    (link,) = (tool for tool in one.inferred.tools if tool.name == "object_link")
    others = [need for need in link.requirements if need.necessity is not Necessity.DEFERRED]
    (found,) = unexplained(one.with_inferred("object_link", others))
    assert found.startswith("object_link: unresolved of the use of a signed URL in its answer")

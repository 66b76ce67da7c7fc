"""What two manifests say differently, and which of it is to be expected."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsim.model.finding import Confidence
from iamsim.model.server import AssumeTemplate, Parameter, Server
from iamsim.model.tool import Credential, Necessity, Requirement, Tool, Unresolved
from iamsim.tools.comparison import PAIRS, Difference, What, compare
from iamsim.tools.manifest import Manifest, named, shipped
from tests.tools.test_written import manifests

SERVER = Server(
    "small",
    "1",
    assume=AssumeTemplate(("role_arn",), ("sub",), "mcp-{subject}"),
    parameters={name: Parameter(name) for name in ("bucket", "key", "other")},
)
GET = Requirement("s3:GetObject", ("arn:aws:s3:::{bucket}/{key}",), (Credential.ROLE,), operation="s3.GetObject")
HEAD = replace(GET, operation="s3.HeadObject")
LIST = Requirement("s3:ListBucket", ("arn:aws:s3:::{bucket}",), (Credential.ROLE,))


def of(*needs, **more):
    """A manifest of one tool with these needs."""
    server = more.pop("server", SERVER)
    credentials = more.pop("credentials", tuple(dict.fromkeys(one for need in needs for one in need.credentials)))
    return Manifest(server, (Tool("small", "get", more.pop("assumes", True), needs, credentials=credentials, **more),))


def said(before, after):
    return [(one.what, one.subject, one.before, one.after, one.explained) for one in compare(before, after)]


@pytest.mark.parametrize("name", shipped())
def test_a_manifest_says_what_it_says(name):
    assert compare(named(name), named(name)) == ()


@given(manifests(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_things_does_not_count(one, random):
    tools = [
        replace(tool, requirements=tuple(random.sample(tool.requirements, len(tool.requirements))))
        for tool in one.tools
    ]
    random.shuffle(tools)
    assert compare(one, replace(one, tools=tuple(tools))) == ()


@given(manifests(), manifests())
@settings(max_examples=60, deadline=None)
def test_looked_at_from_the_other_side_it_is_the_same(one, other):
    turned = {replace(d, before=d.after, after=d.before, explained="") for d in compare(other, one)}
    assert {replace(d, explained="") for d in compare(one, other)} == turned


def test_what_is_only_for_whoever_reads_does_not_count():
    told = replace(GET, source="server.py:1", note="a note", via="get_object", condition="always")
    assert compare(of(GET, description="Gets"), of(told, description="Reads", notes=("a note",), source="s.py")) == ()


def test_a_tool_of_one_side_is_one_difference():
    assert compare(of(GET), Manifest(SERVER, ())) == (Difference(What.TOOL, "get", "get", "get", ""),)
    assert compare(Manifest(SERVER, ()), of(GET))[0].missing == "before"


def test_arguments_differ_by_what_they_default_to_and_by_kind():
    old = {"a": Parameter("a"), "b": Parameter("b", default="1"), "c": Parameter("c", default="true", kind="flag")}
    new = {"b": Parameter("b", "told", default="1"), "c": Parameter("c", default="true"), "d": Parameter("d")}
    assert said(of(parameters=old), of(parameters=new)) == [
        (What.ARGUMENT, "a", "a", "", ""),
        (What.ARGUMENT, "c", "c=true (flag)", "c=true", ""),
        (What.ARGUMENT, "d", "", "d", ""),
    ]


def test_the_need_of_one_side_is_told_whole():
    assert said(of(GET, LIST), of(GET)) == [
        (What.NEED, "s3:ListBucket", "s3:ListBucket on arn:aws:s3:::{bucket} with role", "", "")
    ]


@pytest.mark.parametrize(
    ("change", "explained"),
    [
        ({"necessity": Necessity.OPTIONAL}, "the tool goes on without it"),
        ({"necessity": Necessity.DEFERRED}, "it is asked for later, when a link is used"),
        ({"when": "set(key)"}, "it is needed only when set(key)"),
        ({"necessity": Necessity.CONDITIONAL, "condition": "it rains"}, "it is needed only when this holds: it rains"),
        ({"any_of": "how it is listed"}, "it is one of several ways (how it is listed)"),
        ({"confidence": Confidence.LIKELY}, "it is only likely"),
        ({"necessity": Necessity.DECIDES_RESULT}, ""),
    ],
)
def test_the_need_of_one_side_is_explained_by_what_it_says_of_itself(change, explained):
    assert [one.explained for one in compare(of(GET, replace(LIST, **change)), of(GET))] == [explained]


def test_the_need_of_one_side_is_explained_by_what_the_other_leaves_open():
    open_ = (Unresolved("a call chosen at run time", "its name is an argument"),)
    assert said(of(GET, LIST), of(GET, unresolved=open_)) == [
        (
            What.NEED,
            "s3:ListBucket",
            "s3:ListBucket on arn:aws:s3:::{bucket} with role",
            "",
            "the other manifest leaves open: a call chosen at run time",
        ),
        (What.UNRESOLVED, "a call chosen at run time", "", "a call chosen at run time: its name is an argument", ""),
    ]


@pytest.mark.parametrize(
    ("change", "what", "before", "after"),
    [
        ({"credentials": (Credential.SERVER,)}, What.CREDENTIALS, "role", "server"),
        ({"credentials": (Credential.ROLE, Credential.SERVER)}, What.CREDENTIALS, "role", "role, server"),
        ({"necessity": Necessity.OPTIONAL}, What.NECESSITY, "required", "optional"),
        ({"when": "set(key)"}, What.WHEN, "always", "set(key)"),
        ({"any_of": "how", "option": "s3"}, What.ALTERNATIVES, "", "how: s3"),
        ({"confidence": Confidence.LIKELY}, What.CONFIDENCE, "certain", "likely"),
        ({"resources": ("*",)}, What.RESOURCE, "arn:aws:s3:::{bucket}/{key}", "*"),
        ({"resources": ("arn:aws:s3:::{other}/{key}",)}, What.RESOURCE, "arn:aws:s3:::{bucket}/{key}", "arn:aws:s3:::{other}/{key}"),
    ],
)  # fmt: skip
def test_what_both_sides_need_may_be_needed_otherwise(change, what, before, after):
    assert said(of(GET), of(replace(GET, **change))) == [(what, "s3:GetObject", before, after, "")]


@pytest.mark.parametrize(
    ("resource", "explained"),
    [
        ("arn:aws:s3:::{bucket}/*", "what is after stands for what is before"),
        ("arn:aws:s3:::*/{key}/*", "what is before stands for what is after"),
        ("arn:aws:s3:::{bucket?}/{key}", "the same but for how it is written"),
        ("arn:aws:s3:::{pail}/{key}", "the same but for the names of parameters"),
        ("arn:aws:s3:::notes/{key}", "what is before stands for what is after"),
        ("arn:aws:s3:::notes/a.txt", "what is before stands for what is after"),
        ("arn:aws:s3:::{anything}", "what is after stands for what is before"),
        ("arn:aws:s3:::{other}/{key}", ""),
        ("arn:aws:sqs:::{bucket}/{key}", ""),
    ],
)
def test_a_resource_that_stands_for_the_other_is_to_be_expected(resource, explained):
    (found,) = compare(of(GET), of(replace(GET, resources=(resource,))))
    assert (found.what, found.explained) == (What.RESOURCE, explained)


def test_condition_keys_and_operations_that_one_side_does_not_tell_are_to_be_expected():
    sends = replace(GET, context={"s3:versionid": ("{key}",)}, absent=("s3:delimiter",))
    assert said(of(GET), of(sends)) == [
        (What.CONTEXT, "s3:GetObject", "", "s3:versionid={key}; no s3:delimiter", "the other manifest does not say")
    ]
    (found,) = compare(of(sends), of(replace(GET, context={"s3:versionid": ("1",)})))
    assert (found.what, found.explained) == (What.CONTEXT, "")
    assert said(of(GET), of(replace(GET, operation=""))) == [
        (What.OPERATION, "s3:GetObject", "s3.GetObject", "", "the other manifest does not say")
    ]


def test_needs_belong_together_by_operation_and_credentials_first_and_by_resources_then():
    mine = replace(GET, credentials=(Credential.SERVER,))
    elsewhere = replace(GET, resources=("arn:aws:s3:::{other}/*",))
    for needs in permutations((GET, HEAD, mine, elsewhere)):
        assert compare(of(GET, HEAD, mine, elsewhere), of(*needs)) == ()
        changed = [replace(one, necessity=Necessity.OPTIONAL) if one == HEAD else one for one in needs]
        assert said(of(GET, HEAD, mine, elsewhere), of(*changed)) == [
            (What.NECESSITY, "s3:GetObject", "required", "optional", "")
        ]


def test_whose_credentials_are_used_tells_needs_apart_before_what_they_are_of():
    def needs(first, second):
        there = (("arn:aws:s3:::{bucket}/*",), ("arn:aws:s3:::{other}/*",))
        return [
            replace(GET, credentials=(who,), resources=what) for who, what in zip((first, second), there, strict=True)
        ]

    before, after = needs(Credential.ROLE, Credential.SERVER), needs(Credential.SERVER, Credential.ROLE)
    assert {one.what for one in compare(of(*before), of(*after))} == {What.RESOURCE}


def test_two_calls_on_two_things_are_not_the_same_need():
    away = replace(HEAD, resources=("arn:aws:s3:::elsewhere",))
    assert [one.what for one in compare(of(GET), of(away))] == [What.NEED, What.NEED]
    assert [one.what for one in compare(of(GET), of(HEAD))] == [What.OPERATION]


def test_whether_the_role_must_be_assumable_counts_and_so_does_whose_authority_a_tool_without_needs_has():
    assert said(of(GET), of(GET, assumes=False)) == [(What.ASSUMES, "get", "true", "false", "")]
    assert said(of(credentials=(Credential.BEARER,)), of(credentials=(Credential.NONE,))) == [
        (What.CREDENTIALS, "get", "bearer", "none", "")
    ]


def test_the_call_for_the_role_is_compared_part_by_part():
    other = replace(SERVER.assume, session_name="s3-{subject}", source_identity="{subject}", source="server.py")
    assert said(of(), of(server=replace(SERVER, assume=other))) == [
        (What.ASSUME, "session_name", "mcp-{subject}", "s3-{subject}", ""),
        (What.ASSUME, "source_identity", "", "{subject}", ""),
    ]
    assert said(of(), of(server=replace(SERVER, assume=None))) == [(What.ASSUME, "operation", "AssumeRole", "", "")]


def test_a_thousand_needs_of_one_action_are_compared_in_time():
    many = [replace(GET, resources=(f"arn:aws:s3:::{{bucket}}/{n}",)) for n in range(2000)]
    assert compare(of(*many), of(*reversed(many))) == ()
    others = [replace(one, when="set(key)") for one in many]
    assert len(many) ** 2 > PAIRS
    assert len(compare(of(*many), of(*others))) == len(many) * 2


def test_differences_come_server_first_then_tool_by_tool():
    old = Manifest(SERVER, (replace(of(GET).tools[0], name="b"), replace(of(GET).tools[0], name="a")))
    new = Manifest(replace(SERVER, assume=None), (replace(of(LIST).tools[0], name="b"),))
    assert [(one.tool, one.what, one.subject) for one in compare(old, new)] == [
        ("", What.ASSUME, "operation"),
        ("a", What.TOOL, "a"),
        ("b", What.NEED, "s3:GetObject"),
        ("b", What.NEED, "s3:ListBucket"),
    ]

"""What two manifests say differently, and which of it is to be expected."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsim.model.finding import Confidence
from iamsim.model.server import AssumeTemplate, Parameter, Provenance, Server
from iamsim.model.tool import Credential, Necessity, Requirement, Tool, Unresolved
from iamsim.tools._explained import SIGNED
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
RECORDED = replace(SERVER, assume=None, provenance=Provenance("recorded"))
SOMETIMES = {"necessity": Necessity.CONDITIONAL, "condition": "in 1 of 2 recorded calls"}
ASSUME = Requirement(
    "sts:AssumeRole", ("*",), (Credential.SERVER,), operation="sts.AssumeRole", confidence=Confidence.LIKELY
)


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


# ---------------------------------------------------------------- with a recording on one side


def seen(*needs, **more):
    """A manifest of one recorded tool."""
    return of(*needs, server=more.pop("server", RECORDED), assumes=False, **more)


def against(recorded, other):
    """What differs, but for the call for the role of which a recording sees nothing; the same from either side."""
    found, turned = (
        [(one.what, one.subject, one.explained) for one in compare(*sides) if one.what is not What.ASSUME]
        for sides in ((recorded, other), (other, recorded))
    )
    assert sorted(found) == sorted(turned)
    return found


@pytest.mark.parametrize("change", [{}, SOMETIMES, {"confidence": Confidence.LIKELY}])
def test_a_call_that_was_seen_and_that_the_other_side_lacks_is_explained_by_nothing_that_it_says_of_itself(change):
    assert against(seen(ASSUME, GET, replace(LIST, **change)), of(GET)) == [(What.NEED, "s3:ListBucket", "")]


def test_what_a_recording_leaves_open_explains_the_calls_that_it_may_be_and_no_others():
    def open_(what):
        return against(
            seen(ASSUME, GET, unresolved=(Unresolved(what, "why"),)),
            of(GET, replace(LIST, operation="s3.ListObjectsV2")),
        )

    assert open_("what it does where it succeeds") == [
        (What.NEED, "s3:ListBucket", "the other manifest leaves open: what it does where it succeeds"),
        (What.UNRESOLVED, "what it does where it succeeds", "the other manifest says what was not seen"),
    ]
    assert open_("a call of s3.ListObjectsV2")[0][2] == "the other manifest leaves open: a call of s3.ListObjectsV2"
    assert open_("a call of s3.GetBucketAcl") == [
        (What.NEED, "s3:ListBucket", ""),
        (What.UNRESOLVED, "a call of s3.GetBucketAcl", ""),
    ]
    assert open_(SIGNED) == [(What.NEED, "s3:ListBucket", ""), (What.UNRESOLVED, SIGNED, "")]


def test_the_use_of_a_link_that_was_given_out_is_what_the_other_side_defers():
    open_ = (Unresolved(SIGNED, "why"),)
    deferred = replace(GET, necessity=Necessity.DEFERRED)
    assert against(seen(ASSUME, unresolved=open_), of(deferred)) == [
        (What.NEED, "s3:GetObject", "it is asked for later, when a link is used"),
        (What.UNRESOLVED, SIGNED, "the other manifest says what is asked for later, when a link is used"),
    ]


@pytest.mark.parametrize(
    ("recorded", "said", "explained"),
    [
        ({}, {"necessity": Necessity.OPTIONAL}, "the tool goes on without it"),
        ({}, {"necessity": Necessity.DECIDES_RESULT}, "a recording does not see what a denial does"),
        ({}, {"necessity": Necessity.CONDITIONAL, "condition": "it rains"}, "it is needed only when this holds: it rains"),
        ({}, {"necessity": Necessity.DEFERRED}, ""),
        (SOMETIMES, {"necessity": Necessity.OPTIONAL}, "the tool goes on without it"),
        (SOMETIMES, {}, ""),
        (SOMETIMES, {"necessity": Necessity.DECIDES_RESULT}, ""),
    ],
)  # fmt: skip
def test_a_call_that_was_not_always_seen_is_explained_by_what_the_other_side_says_of_it(recorded, said, explained):
    found = against(seen(ASSUME, replace(GET, **recorded)), of(replace(GET, **said)))
    assert found == [(What.NECESSITY, "s3:GetObject", explained)]


def test_the_condition_of_a_call_is_what_a_recording_does_not_see():
    known = replace(GET, necessity=Necessity.CONDITIONAL, when="set(key)")
    blind = "a recording does not see on what a call depends"
    assert against(seen(ASSUME, replace(GET, **SOMETIMES)), of(known)) == [(What.WHEN, "s3:GetObject", blind)]
    edited = replace(GET, necessity=Necessity.CONDITIONAL, when="set(bucket)")
    assert against(seen(ASSUME, edited), of(known)) == [(What.WHEN, "s3:GetObject", "")]


def test_credentials_that_are_tried_in_turn_are_seen_one_by_one():
    tried = replace(GET, credentials=(Credential.ROLE, Credential.SERVER))
    later = replace(GET, credentials=(Credential.SERVER,), **SOMETIMES)
    in_turn = "one is tried where the one before it fails: role, server"
    assert against(seen(ASSUME, GET, later), of(tried)) == [
        (What.NEED, "s3:GetObject", in_turn),
        (What.CREDENTIALS, "s3:GetObject", in_turn),
    ]
    brokered = replace(later, credentials=(Credential.BROKERED,))
    assert against(seen(ASSUME, GET, brokered), of(tried)) == [
        (What.NEED, "s3:GetObject", ""),
        (What.CREDENTIALS, "s3:GetObject", in_turn),
    ]
    assert against(
        seen(ASSUME, GET), of(replace(GET, credentials=(Credential.SERVER,)), credentials=(Credential.ROLE,))
    ) == [(What.CREDENTIALS, "s3:GetObject", "")]


def test_a_resource_that_no_argument_told_was_not_seen():
    blind = replace(GET, resources=("*",), confidence=Confidence.LIKELY)
    assert against(seen(ASSUME, blind), of(GET)) == [
        (What.RESOURCE, "s3:GetObject", "the resource was not seen"),
        (What.CONFIDENCE, "s3:GetObject", "a recording does not see the whole resource"),
    ]
    whole = replace(blind, confidence=Confidence.CERTAIN)
    assert against(seen(ASSUME, whole), of(GET)) == [(What.RESOURCE, "s3:GetObject", "")]


def test_the_call_for_the_role_is_no_need_of_a_tool_that_assumes_it():
    assert against(seen(ASSUME, GET), of(GET)) == []
    (found,) = compare(seen(ASSUME, GET), of(GET))
    assert (found.what, found.explained) == (What.ASSUME, "a recording does not see what is sent with the call")
    assert against(seen(GET), of(GET)) == [(What.ASSUMES, "get", "the role had been assumed before")]
    assert against(seen(credentials=(Credential.SERVER,)), of(GET)) == [
        (What.ASSUMES, "get", ""),
        (What.NEED, "s3:GetObject", ""),
    ]


@pytest.mark.parametrize("credential", [Credential.ROLE, Credential.BROKERED])
def test_a_call_for_the_role_by_somebody_else_is_a_need_like_others(credential):
    chained = replace(ASSUME, credentials=(credential,))
    assert (What.NEED, "sts:AssumeRole", "") in against(seen(chained, GET), of(GET))


def test_a_call_for_a_role_that_the_other_side_does_not_use_is_not_explained():
    own = replace(GET, credentials=(Credential.SERVER,))
    assert against(seen(ASSUME, own), of(own, assumes=False)) == [(What.NEED, "sts:AssumeRole", "")]


def test_whose_authority_is_asked_for_nothing_counts_but_for_whoever_calls_for_the_role():
    both = (Credential.SERVER, Credential.ROLE)
    assert against(seen(ASSUME, credentials=both), of(credentials=(Credential.ROLE,))) == []
    assert against(seen(ASSUME, credentials=both), of(credentials=both)) == []
    assert against(seen(ASSUME, credentials=both), of(credentials=(Credential.BROKERED,), assumes=True)) == [
        (What.CREDENTIALS, "get", "")
    ]


def test_a_recording_that_a_person_has_reviewed_is_compared_as_what_was_written():
    reviewed = replace(RECORDED, provenance=Provenance("recorded", reviewed="2026-11-25"))
    assert against(seen(GET, server=reviewed), of(replace(GET, when="set(key)"), assumes=False)) == [
        (What.WHEN, "s3:GetObject", "")
    ]


def test_two_recordings_may_have_seen_different_calls():
    found = compare(seen(GET, replace(LIST, **SOMETIMES)), seen(GET))
    assert [one.explained for one in found] == ["it is needed only when this holds: in 1 of 2 recorded calls"]
    assert [one.explained for one in compare(seen(GET, LIST), seen(GET))] == [""]

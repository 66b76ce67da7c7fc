"""Requests by the line: every vector is one, its answer is the vector's, and a bad line is answered in its place."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from iamsim import batch, jsontext
from iamsim.batch import usual
from iamsim.engine import context, policyset
from tests import vectors

SCHEMA = json.loads((vectors.ROOT.parent.parent / "docs/batch.schema.json").read_text(encoding="utf-8"))
VECTORS = [
    (f"{vector['rule']}: {case['name']}", case)
    for vector in (json.loads(path.read_text(encoding="utf-8")) for path in vectors.files())
    for case in vector["cases"]
]
OPEN = {"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}]}
SHUT = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}


def valid(value, kind):
    Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": f"#/$defs/{kind}"}]}).validate(value)


def line(number=1, **members):
    return {
        "id": f"line-{number}",
        "principal": "arn:aws:iam::111122223333:user/analyst",
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::notes/a.txt",
        "policies": {"identity": [OPEN]},
    } | members


def ask(*lines, explain=False):
    """The answers as objects, and whether a line failed; a line is an object or raw bytes."""
    stream = batch.Batch(explain=explain)
    raw = [found if isinstance(found, bytes) else json.dumps(found).encode() for found in lines]
    return [json.loads(answer) for answer in stream.answers(raw)], stream.failed


def error(*lines):
    (*_, answer), failed = ask(*lines)
    valid(answer, "failure")
    assert failed
    return answer["error"]["message"], answer["error"]["pointer"]


@pytest.mark.parametrize(("name", "case"), VECTORS, ids=[name for name, _ in VECTORS])
def test_a_vector_is_answered_as_it_says(name, case):
    valid(case["line"], "request")
    (answer,), failed = ask(case["line"], explain=True)
    expect = case["expect"]
    valid(answer, "answer")
    assert not failed
    assert (answer["id"], answer["decision"]) == (case["line"]["id"], expect["decision"]), name
    if "layer" in expect:
        assert answer["reason"]["layer"] == expect["layer"]
    layers, request = vectors.read(case["line"], document="vector")
    direct = policyset.compile(layers).explain(context.derived(request))
    assert answer["possible"] == [str(decision) for decision in direct.possible]
    assert answer["missing_context"] == list(direct.missing_context)
    assert len(answer["statements"]) == len(direct.statements)


def test_answers_come_in_order_and_name_the_deciding_statement_by_its_place():
    answers, failed = ask(line(1), line(2, policies={"identity": [OPEN, SHUT]}), line(3, policies={}))
    assert not failed
    assert [(a["id"], a["decision"], a["reason"]) for a in answers] == [
        (
            "line-1",
            "allowed",
            {"layer": "identity", "statements": [{"policy": "identity[0]", "sid": "All", "index": 0}]},
        ),
        (
            "line-2",
            "explicitDeny",
            {"layer": "identity", "statements": [{"policy": "identity[1]", "sid": None, "index": 0}]},
        ),
        ("line-3", "implicitDeny", {"layer": "identity", "statements": []}),
    ]


def test_a_level_of_the_organization_is_named_with_its_depth():
    answers, _ = ask(line(policies={"identity": [OPEN], "scps": [[OPEN], [OPEN, SHUT]]}))
    assert answers[0]["reason"] == {"layer": "scp", "statements": [{"policy": "scps[1][1]", "sid": None, "index": 0}]}


def test_a_defined_policy_answers_like_one_written_out_and_lines_that_define_have_no_answer():
    defined = {"define": {"open": OPEN, "shut": SHUT}}
    valid(defined, "definition")
    refs = line(policies={"identity": [{"ref": "open"}], "boundary": {"ref": "shut"}})
    valid(refs, "request")
    written = line(policies={"identity": [OPEN], "boundary": SHUT})
    answers, failed = ask(defined, refs, refs, written)
    assert not failed
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["decision"] == "explicitDeny"


def test_facts_beside_policies_are_not_lost_where_compiled_sets_are_kept():
    public = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
    asked = line(principal="anonymous", resource_account="444455556666", policies={"resource": {"ref": "public"}})
    blocked = asked | {"settings": {"s3_block_public_access": True}}
    answers, _ = ask({"define": {"public": public}}, asked, blocked, asked)
    assert [answer["decision"] for answer in answers] == ["allowed", "explicitDeny", "allowed"]


def test_a_key_that_is_not_stated_is_absent_unless_the_line_says_that_it_is_unknown():
    asks = {
        "Statement": [{**OPEN["Statement"][0], "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}]
    }
    asked = line(policies={"identity": [asks]})
    answers, _ = ask(asked, asked | {"unknown_context": "unknown"})
    assert [(a["decision"], a["possible"], a["missing_context"]) for a in answers] == [
        ("implicitDeny", ["implicitDeny"], []),
        ("unknown", ["allowed", "implicitDeny"], ["aws:requestedregion"]),
    ]


def test_a_bad_line_is_answered_in_its_place_and_the_rest_is_done():
    broken = {"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps", "Action": "*", "Resource": "*"}]}
    answers, failed = ask(line(1), line(2, policies={"identity": [broken]}), b"", b"{", line(5))
    assert failed
    assert [answer["id"] for answer in answers] == ["line-1", "line-2", None, "line-5"]
    assert answers[1]["error"]["pointer"] == "/policies/identity/0/Statement/0/Effect"
    assert [answer["error"]["line"] for answer in answers[1:3]] == [2, 4]
    assert [answers[0]["decision"], answers[3]["decision"]] == ["allowed", "allowed"]


@pytest.mark.parametrize(
    ("members", "pointer", "said"),
    [
        ({"id": 7}, "/id", "`id` is a string"),
        ({"principal": None}, "/principal", "`principal` is a string"),
        ({"principal": "arn:aws:s3:::b"}, "/principal", ""),
        ({"action": "GetObject"}, "/action", "is no action"),
        ({"resource": "notes"}, "/resource", ""),
        ({"resource_account": 111122223333}, "/resource_account", "is an account id"),
        ({"principal_account": "me"}, "/principal_account", "is an account id"),
        ({"context": []}, "/context", "`context` is an object"),
        ({"context": {"aws:SourceIp": None}}, "/context/aws:SourceIp", "a value is text"),
        ({"context": {"a:B": "x", "A:b": "y"}}, "/context/A:b", "twice"),
        ({"unknown_context": "maybe"}, "/unknown_context", "`absent` or `unknown`"),
        ({"policies": {"identities": []}}, "/policies/identities", "is no member here"),
        ({"policies": {"identity": OPEN}}, "/policies/identity", "expected a list"),
        ({"policies": {"scps": [OPEN]}}, "/policies/scps/0", "expected a list"),
        ({"policies": {"identity": [{"ref": "none"}]}}, "/policies/identity/0/ref", "no policy is defined"),
        ({"settings": {"mfa": True}}, "/settings/mfa", "is no member here"),
        ({"settings": {"principal_unique_id": 5}}, "/settings/principal_unique_id", "is a string"),
        ({"polices": {}}, "/polices", "is no member here"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place_and_the_way_out(members, pointer, said):
    message, where = error(line(**members))
    assert where == pointer
    assert said in message
    assert "; " in message


def test_a_stream_does_not_change_what_it_defined():
    message, where = error({"define": {"p": OPEN}}, {"define": {"p": SHUT}})
    assert (where, message.partition(";")[0]) == ("/define/p", "the name is defined twice")


def test_text_that_is_not_utf8_and_a_line_past_the_limit_are_refused_and_the_next_is_read():
    long = b'{"id": "' + b"x" * (4 * jsontext.MAX_CHARACTERS + 100) + b'"}'
    stream = io.BytesIO(long + b"\n\xff\xfe\n" + json.dumps(line()).encode() + b"\n")
    found = batch.Batch()
    answers = [json.loads(answer) for answer in found.answers(batch.lines(stream))]
    assert ["error" in answer for answer in answers] == [True, True, False]
    assert answers[1]["error"]["line"] == 2


def test_a_secret_in_a_bad_line_is_not_repeated():
    secret = "AKIA" + "IOSFODNN7EXAMPLE"
    message, _ = error(line(action=secret))
    assert secret not in message


def spoilt(draw):
    """A line, with something in it written twice, in another way, or not as JSON has it."""
    name = draw(st.sampled_from(["a", ":b", "é", "x:"]))
    own = {"Statement": [OPEN["Statement"][0] | {"Sid": name, "Condition": {"StringEquals": {"k:s": draw(VALUE)}}}]}
    asked = line(id=name, context={"k:s": draw(VALUE), "K:t": draw(VALUE)}, policies={"identity": [own]})
    members = list(asked.items())
    again = draw(st.lists(st.sampled_from(members), max_size=1))
    text = ",".join(f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False)}" for key, value in members + again)
    old, new = draw(st.sampled_from(SPOILT))
    at = draw(st.integers(0, text.count(old)))
    return f"{{{text}}}".replace(old, new, at).encode() + draw(st.sampled_from(TAILS)), own


VALUE = st.sampled_from(
    ["a", ":a", "", 5, 10**30, 1.0, True, None, ["a", ":b"], ["a", True], [], {"a": "b"}, 'a"b', "\t"]
)
SPOILT = [
    *[('":', '" :'), ('":', '"\t:'), ('":', '":"x":'), ('"k', '"\\u006b'), ("true", "NaN"), ("{", '{"k:s":"b",')],
    *[("{", '{"id":"z",'), ("{", '{"policies":{},'), ("[", "[null,"), ("a", "\x01"), ("a", "\x7f"), ("a", "\ue000")],
    *[("a", "a"), ('"', "'"), (",", ",,"), ("5", "05")],
]
TAILS = [b"", b"", b"", b" ", b"\r", b"\x0c", b"x", b"{}", b"\xff", b"\xef\xbb\xbf"]


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.data())
def test_a_line_read_at_once_is_answered_as_one_read_strictly(data):
    lines = []
    for _ in range(3):
        text, own = spoilt(data.draw)
        # The policies alone are known before, or after.
        lines += [text, json.dumps(line(policies={"identity": [own]}), separators=(",", ":")).encode(), text]
    at_once = batch.Batch()
    found = list(at_once.answers(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(usual, "line", lambda _: None)
        strictly = batch.Batch()
        assert found == list(strictly.answers(lines))
    assert at_once.failed is strictly.failed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(sorted({*line(), "context", "settings", "unknown_context", "principal_account", "define"})), JSON
)
def test_whatever_stands_in_a_line_there_is_an_answer_or_an_error_in_its_place(member, value):
    answers, failed = ask(line(**{member: value}), line(2))
    assert answers[-1]["decision"] == "allowed"
    assert failed is any("error" in answer for answer in answers)
    for answer in answers:
        valid(answer, "failure" if "error" in answer else "answer")

"""The forms of AWS's words: every rule about them is a vector, and what one writes it reads back."""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from iamsim.errors import InputError
from iamsim.model.policy import PolicyType
from iamsim.sts import messages
from iamsim.sts.messages import (
    CLIENTS,
    FAULTS,
    FRAMES,
    ROLE_TRUST,
    SENTENCES,
    STATUS,
    Denial,
    Fault,
    Form,
    Kind,
    Reply,
    decoded,
    denies,
    fault,
    hints,
    of_credentials,
    parse,
    worded,
    written,
)
from iamsim.sts.messages._fields import FIELDS
from iamsim.sts.messages._forms import LONGEST, _placeholders
from tests.sts import message_table

VECTORS = Path(__file__).parents[2] / "fixtures" / "vectors"
SCHEMA = Draft202012Validator(json.loads((VECTORS / "messages.schema.json").read_text(encoding="utf-8")))
ELSEWHERE = json.loads((VECTORS / "not-a-message.json").read_text(encoding="utf-8"))
FILES = {
    path: tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted((VECTORS / "messages").glob("*.toml"))
}

ALICE = "arn:aws:iam::111122223333:user/alice"


def cases(kind: str, key: str = "text") -> list[Any]:
    """Every case of one kind that tells `key`, named for its rule."""
    return [
        pytest.param(case, id=f"{vector['rule']}: {case.get('name', case.get('code'))}")
        for vector in FILES.values()
        for case in vector.get(kind, ())
        if key in case
    ]


def told(given: Mapping[str, Any]) -> Denial:
    """A denial as a vector tells it."""
    named = dict(given)
    if "kind" in named:
        named["kind"] = Kind(named["kind"])
    if named.get("type") in [*PolicyType]:
        named["type"] = PolicyType(named["type"])
    return Denial(**(named | replied(named)))


def replied(given: Mapping[str, Any]) -> dict[str, Reply]:
    return {"reply": Reply(**given["reply"])} if "reply" in given else {}


# ---------------------------------------------------------------- the vectors


@pytest.mark.parametrize("case", cases("messages", "denial"))
def test_a_message_tells_what_its_vector_says(case):
    found = parse(case["text"])

    assert found == told(case["denial"])
    assert fault(case["text"]) is None


@pytest.mark.parametrize("case", cases("messages", "denial"))
def test_the_denial_is_written_in_the_words_of_the_vector(case):
    text = written(told(case["denial"]))

    assert text == case.get("written", case["text"])


@pytest.mark.parametrize("case", cases("messages", "denial"))
def test_the_other_meanings_of_a_message_are_hinted_at(case):
    found = hints(told(case["denial"]))

    assert bool(found) == ("hints" in case), found
    for part in case.get("hints", ()):
        assert part in " ".join(found)


@pytest.mark.parametrize("case", cases("messages", "nothing"))
def test_a_text_that_is_no_message_tells_nothing(case):
    assert parse(case["text"]) is None
    assert fault(case["text"]) is None


@pytest.mark.parametrize("case", cases("messages", "fault"))
def test_another_error_is_no_denial_and_is_told_with_its_code_and_rule(case):
    expect = case["fault"]
    found = fault(case["text"])

    assert parse(case["text"]) is None
    assert found == Fault(expect["name"], expect.get("told", {}), **replied(expect))
    assert (found.code, found.rule) == (expect["code"], expect.get("rule"))
    assert not denies(found.code)


@pytest.mark.parametrize("case", cases("codes", "code"))
def test_a_code_denies_or_refuses_credentials_or_neither(case):
    assert denies(case["code"]) is case["denies"]
    assert of_credentials(case["code"]) is case["credentials"]
    assert STATUS.get(case["code"]) == case.get("status", STATUS.get(case["code"]))


@pytest.mark.parametrize("case", cases("decoded"))
def test_a_decoded_message_tells_what_its_vector_says(case):
    assert decoded(case["text"]) == (told(case["denial"]) if "denial" in case else None)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_message_vector_follows_the_schema_and_is_named_for_its_rule(path):
    assert list(SCHEMA.iter_errors(FILES[path])) == []
    assert path.stem.startswith(f"{FILES[path]['rule']}-")


def test_every_rule_about_messages_is_a_vector_or_is_told_why_it_is_none():
    rules = [vector["rule"] for vector in FILES.values()] + [row["rule"] for row in ELSEWHERE]

    assert sorted(rules) == [f"ERR-{number:03}" for number in range(1, 33)]
    for row in ELSEWHERE:
        assert row["source"]["url"].startswith("https://docs.aws.amazon.com/")
        assert len(row["because"]) > 20
        assert row["rule"] in (Path(__file__).parents[2] / row["tested"]).read_text(encoding="utf-8")


def test_every_error_and_every_sentence_without_a_caller_has_a_vector():
    shown = [case for vector in FILES.values() for case in vector.get("messages", ())]
    seen = {case["fault"]["name"] for case in shown if "fault" in case}
    forms = {case["denial"].get("form") for case in shown if "denial" in case}

    assert {form.name for form in FAULTS} - seen == set()
    assert {form.says["form"] for form in SENTENCES if "form" in form.says} - forms == set()


# ---------------------------------------------------------------- what AWS could send

WORD = st.text("abcXYZ019-_", min_size=1, max_size=12)
NAME = st.text("abcXYZ019+=,.@_-", min_size=1, max_size=12).filter(lambda name: not name.endswith("."))
ACCOUNT = st.sampled_from(["111122223333", "444455556666"])
PARTITION = st.sampled_from(["aws", "aws-cn", "aws-us-gov"])
IAM_ARN = st.builds(
    "arn:{}:iam::{}:{}/{}".format, PARTITION, ACCOUNT, st.sampled_from(["user", "role", "policy"]), NAME
)
SESSION = st.builds("arn:{}:sts::{}:assumed-role/{}/{}".format, PARTITION, ACCOUNT, NAME, NAME)
# A key of S3 holds anything, the words of a reason and the quotes around it included.
MEAN = st.sampled_from([
    '" because no identity-based policy allows the s3:GetObject action',
    '" with an explicit deny',
    '" with an explicit deny in a session policy: arn:aws:iam::aws:policy/x',
    " Encoded authorization failure message: abc",
    "\\", "<&amp;>", '"', " ", ".", "'",
])  # fmt: skip
KEY = st.lists(st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=6) | MEAN, max_size=4)
OBJECT = KEY.map(lambda parts: "arn:aws:s3:::bucket/" + "".join(parts))
PLACE = IAM_ARN | st.sampled_from(["user alice", "role reader", "arn:aws:ec2:us-east-1:111122223333:instance/*", "*"])
ACTION = st.builds("{}:{}".format, st.sampled_from(["sts", "SNS", "execute-api", "ec2"]), st.sampled_from(["Get", "X*", "AssumeRole"]))  # fmt: skip
TYPES = st.sampled_from([*PolicyType, ROLE_TRUST, "tag policy", "organization guard policy"])
ID = st.uuids().map(str)
NUMBER = st.integers(0, 10**9).map(str)

VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "caller": IAM_ARN | SESSION | st.just("anonymous"),
    "action": ACTION,
    "operation": st.sampled_from(["AssumeRole", "GetSessionToken"]),
    "quoted": OBJECT,
    "resource": PLACE,
    "type": TYPES,
    "denier": TYPES,
    "policy_arn": IAM_ARN,
    "acls": st.sampled_from(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicACLs"]),
    "policies": st.just("BlockPublicPolicy"),
    "because": st.sampled_from(["this bucket has blocked requests (SSE-C). Choose another type", "x"]),
    "bracketed": st.sampled_from(["indices:data/write/bulk", "cluster:monitor/health"]),
    "permission": st.sampled_from(["Select", "create tag", "Create Table"]),
    "encoded": st.text("abcXYZ019_-", min_size=1, max_size=40),
    "details": WORD.map("https://us-east-1.console.aws.amazon.com/iam/home#/authorization-details/{}".format),
    "authorization_id": WORD.filter(lambda word: "_" not in word),
    "code": st.sampled_from(["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]),
    "denying": st.sampled_from(["AccessDenied", "AccessDeniedException", "AuthorizationError"]),
    "service": st.sampled_from(["S3", "Elastic Load Balancing v2", "Sts"]),
    "status": st.sampled_from(["400", "403"]),
    "request_id": ID,
    "host_id": st.text("abcXYZ019+/=", min_size=1, max_size=60),
    "attempts": st.integers(1, 99).map(str),
    "number": NUMBER,
    "word": st.sampled_from([ALICE, "https://issuer.example.com/tenant"]),
    "name": NAME.map(lambda name: name.strip("=,@+-") or "x").filter(lambda name: not name.endswith(".")),
    "phrase": st.sampled_from(["session tags", "session policies and tags"]),
}


@st.composite
def values(draw: st.DrawFn, form: Form) -> dict[str, Any]:
    """Values for everything that a form tells, but what it stands around."""
    drawn = {
        name: draw(VALUES[kind]) for name, kind in _placeholders(form.template) if name not in {"sentence", "message"}
    }
    if "action" in drawn and form.services:
        drawn["action"] = f"{form.services[0]}:GetObject"
    return {**form.says, **drawn}


@st.composite
def denials(draw: st.DrawFn, form: Form) -> Denial:
    """A denial in one form of sentence, with what AWS may add to it and with any client around it."""
    found = draw(values(form))
    for frame in FRAMES:
        if frame.written and "form" not in form.says and draw(st.booleans()):
            found |= draw(values(frame))
    reply = None
    clients = st.sampled_from([client for client in CLIENTS if client.written])
    if not form.bare:
        # Words that anybody may write count beside a code.
        clients = clients.filter(lambda client: "code" in client.names)
    if not form.bare or draw(st.booleans()):
        reply = Reply(**draw(clients.flatmap(values)))
    return Denial(**found, reply=reply)


WRITTEN = [form for form in SENTENCES if form.written]


@pytest.mark.parametrize("form", WRITTEN, ids=lambda form: form.name)
@settings(max_examples=30)
@given(data=st.data())
def test_what_is_written_is_read_back(form: Form, data: st.DataObject):
    denial = data.draw(denials(form))

    assert parse(written(denial)) == denial


@pytest.mark.parametrize("form", WRITTEN, ids=lambda form: form.name)
@settings(max_examples=30)
@given(data=st.data())
def test_a_form_is_chosen_by_what_it_tells(form: Form, data: st.DataObject):
    drawn = data.draw(values(form))

    assert written(Denial(**drawn)) == form.write(drawn)


@pytest.mark.parametrize("form", FAULTS, ids=lambda form: form.name)
@settings(max_examples=30)
@given(data=st.data())
def test_another_error_that_is_written_is_read_back(form: Form, data: st.DataObject):
    # What is shown as `CODE: message` is read for codes that deny.
    clients = [client for client in CLIENTS if client.written and "denying" not in client.template]
    reply = data.draw(st.none() | st.sampled_from(clients).flatmap(values).map(lambda told: Reply(**told)))
    given_ = Fault(form.name, data.draw(values(form)), reply)

    assert fault(worded(given_)) == given_
    assert parse(worded(given_)) is None


def test_values_that_no_form_tells_together_are_not_written():
    with pytest.raises(ValueError, match="no form of words"):
        written(Denial(ALICE, "s3:GetObject", kind=Kind.IMPLICIT, policy_arn="arn:aws:iam::aws:policy/x"))
    with pytest.raises(ValueError, match="details"):
        written(Denial(ALICE, "s3:GetObject", details="https://console.aws.amazon.com/"))


def test_a_value_of_an_unusual_look_is_written_all_the_same():
    denial = Denial("an odd caller", "s3:GetObject", "arn:aws:s3:::b/x\ny", Kind.IMPLICIT, PolicyType.IDENTITY)

    assert written(denial) == (
        'User: an odd caller is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::b/x\ny" '
        "because no identity-based policy allows the s3:GetObject action"
    )


# ---------------------------------------------------------------- any text at all

PIECES = st.sampled_from([
    "User: ", ALICE, " is not authorized to perform: ", "s3:GetObject", " on resource: ", '"', "arn:aws:s3:::b/x",
    " because no session policy allows the s3:GetObject action", " with an explicit deny", " in a session policy",
    ": arn:aws:iam::aws:policy/x", ". Go to https://console.aws.amazon.com/ and", " authorization id: 1",
    " Encoded authorization failure message: x", "An error occurred (AccessDenied) when calling the X operation: ",
    '{"message":"', "\\u00", '"}', "<Error><Code>AccessDenied</Code><Message>", "&#x110000;", "</Message></Error>",
    "\n", ".", " ", "Access Denied",
])  # fmt: skip


@given(st.text() | st.lists(PIECES, max_size=24).map("".join))
def test_no_text_is_too_strange_to_be_read(text: str):
    found = parse(text)
    other = fault(text)

    assert found is None or parse(written(found)) is not None
    assert other is None or fault(worded(other)) is not None


SAID = f"User: {ALICE} is not authorized to perform: s3:GetObject"


@pytest.mark.parametrize(
    "piece",
    [
        "User: ",
        f"{SAID} on resource: x ",
        f'{SAID} on resource: "x because ',
        f"{SAID} on resource: x\n",
        " because no x policy allows the s3:G action",
        '" with an explicit deny in a x policy: arn:',
        ". Encoded authorization failure message: ",
        ". Go to https://a ",
        " (Service: a, Status Code: 403, Request ID: ",
        "An error occurred (A) when calling the X operation: ",
        "operation error S3: A, ",
        "AccessDenied: ",
        '{"message":"',
        "\\u0022",
        "authorized\n",
        "not authorized to perform: User: message Message> when calling permissions for [\n",
        "Packed size of a ",
        ".",
        " ",
        "\n",
        "a",
    ],
)
def test_reading_takes_time_in_proportion_to_the_text(piece: str):
    for start in (
        "",
        f"{SAID} on resource: ",
        f'{SAID} on resource: "',
        "An error occurred (A) when calling the X operation: ",
    ):
        text = start + piece * (LONGEST // len(piece)) + "x"
        before = time.process_time()
        parse(text)
        fault(text)
        # A text of this length takes a quadratic reader minutes.
        assert time.process_time() - before < 3


def test_what_lies_beyond_the_longest_text_is_not_read():
    assert parse("\n" * LONGEST + SAID) is None
    assert parse("\n" * (LONGEST - len(SAID)) + SAID + "\nand more") == Denial(ALICE, "s3:GetObject")


def test_a_form_has_one_value_of_unbounded_length_at_most():
    for form in (*SENTENCES, *FRAMES, *CLIENTS, *FAULTS):
        unbounded = [kind for _, kind in _placeholders(form.template) if FIELDS[kind].open]
        assert len(unbounded) <= 1, form.name


def test_every_form_names_its_source_and_only_values_that_are_told():
    told_by_denials = {field.name for field in fields(Denial)} | {"sentence"}
    told_by_replies = {field.name for field in fields(Reply)} | {"message"}

    assert all(form.source for form in (*SENTENCES, *FRAMES, *CLIENTS, *FAULTS))
    assert all(form.code for form in (*SENTENCES, *FAULTS))
    assert all(form.names <= told_by_denials for form in (*SENTENCES, *FRAMES))
    assert all(form.names <= told_by_replies for form in CLIENTS)


# ---------------------------------------------------------------- the rest


def test_code_and_request_id_are_those_that_the_client_shows():
    found = parse(
        f"operation error S3: GetObject, https response error StatusCode: 403, RequestID: 7RKY, api error AccessDenied: {SAID}"
    )

    assert (found.code, found.request_id) == ("AccessDenied", "7RKY")
    assert (Denial(ALICE, "s3:GetObject").code, Denial(ALICE, "s3:GetObject").request_id) == (None, None)


def test_the_first_line_that_is_a_message_counts():
    second = SAID.replace("GetObject", "PutObject")

    assert parse("a line before\n" * 1000 + f"{SAID}\n{second}\n") == Denial(ALICE, "s3:GetObject")


@pytest.mark.parametrize(
    "text",
    [
        f'{SAID} on resource: "arn:aws:s3:::b/x',
        f"{SAID} on resource: x {SAID}",
        "An error occurred (AccessDenied) when calling the GetObject operation: Sorry, Access Denied",
    ],
)
def test_what_is_half_a_message_or_more_than_one_tells_nothing(text: str):
    assert parse(text) is None


def test_the_full_stop_before_what_aws_adds_may_be_missing():
    text = written(Denial(ALICE, "iam:GetRole", authorization_id="1", details="https://console.aws.amazon.com/"))

    assert parse(text.replace(". Go to", " Go to")) == parse(text)
    assert parse(text).authorization_id == "1"


def test_a_namespace_before_a_code_is_passed_over():
    found = parse(f'{{"__type":"com.amazon.coral.service#AccessDeniedException","message":"{SAID}"}}')

    assert found == Denial(ALICE, "s3:GetObject", reply=Reply("json-type", "AccessDeniedException"))


def test_any_service_may_answer_in_xml():
    text = written(Denial(ALICE, "SNS:Publish", reply=Reply("xml-query", "AuthorizationError", request_id="1")))

    assert parse(text.replace("sts.amazonaws.com/doc/2011-06-15", "sns.amazonaws.com/doc/2010-03-31")) == parse(text)


def test_a_body_of_json_that_is_none_tells_nothing():
    assert parse('{"message":"' + SAID + ' on resource: \\x"}') != Denial(ALICE, "s3:GetObject", "\\x")


@pytest.mark.parametrize("text", ["[]", "{}", '{"explicitDeny": "yes"}', '{"DecodedMessage": "[]"}'])
def test_what_is_no_decoded_message_is_refused(text: str):
    with pytest.raises(InputError, match="no decoded authorization message"):
        decoded(text)


def test_a_decoded_message_of_which_parts_are_missing_tells_the_rest():
    assert decoded('{"explicitDeny": true, "context": {"principal": [], "action": []}}') == Denial(kind=Kind.EXPLICIT)


def test_the_names_of_the_grammar_are_public():
    assert set(messages.__all__) >= {"Denial", "Fault", "Reply", "fault", "parse", "written", "worded", "decoded"}


def test_an_encoded_message_needs_no_code_beside_it():
    text = "You are not authorized to perform this operation. Encoded authorization failure message: abc"

    assert parse(text) == replace(Denial(form="operation"), encoded="abc")


def test_the_page_shows_every_form_as_it_is():
    page = message_table.PAGE.read_text(encoding="utf-8")

    assert page == message_table.rewritten(page), "run `PYTHONPATH=. .venv/bin/python tests/sts/message_table.py`"


def test_the_example_of_the_page_says_what_it_says():
    page = message_table.PAGE.read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    code = page.partition("```python\n")[2].partition("```")[0]
    exec(code, names)  # noqa: S102 - the example of our own page
    found = names["found"]

    for line in code.splitlines():
        field, _, comment = line.partition("# ")
        if line.startswith("found.") and comment.startswith(("'", "Kind", "PolicyType")):
            assert eval(comment, {"Kind": Kind, "PolicyType": PolicyType}) == getattr(found, field.strip()[6:])  # noqa: S307 - as above
    assert (found.request_id, messages.hints(found)) == (None, ())
    assert messages.parse(messages.written(found)) == found

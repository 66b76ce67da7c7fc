from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsim import documents, jsontext
from iamsim.errors import InputError
from iamsim.model.origin import Origin
from iamsim.model.policy import Effect

TRUST = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "McpServer",
      "Effect": "Allow",
      "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
      "Action": "sts:AssumeRole",
      "Condition": {"StringEquals": {"sts:ExternalId": "prod-7"},
                    "NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}
    },
    {"Effect": "Deny", "NotPrincipal": {"AWS": ["111122223333"]}, "NotAction": ["sts:*"]}
  ]
}
"""


def read(text, name="roles/reader/trust.json"):
    return documents.policy(text, document=name)


def refusal(text, **more):
    with pytest.raises(InputError) as caught:
        documents.policy(text, document="p.json", **more)
    return caught.value


def statement(**members):
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", **members}]}
    )


def test_everything_written_is_read_and_knows_its_line():
    policy = read(TRUST)
    first, second = policy.statements
    assert (policy.name, policy.version, first.label, second.label) == (
        "trust",
        "2012-10-17",
        "McpServer",
        "statement 2",
    )
    assert (first.effect, first.principal.aws, first.resource) == (
        Effect.ALLOW,
        ("arn:aws:iam::111122223333:root",),
        None,
    )
    external, age = first.conditions
    assert (external.operator, external.key, external.values) == ("StringEquals", "sts:ExternalId", ("prod-7",))
    assert str(external.origin) == "roles/reader/trust.json:9:38"
    assert age.values == ("3600",)
    assert age.origin.line == 10
    assert (first.origin.line, second.origin.line) == (4, 12)
    assert second.principal.negated
    assert second.action.negated
    assert second.origin.pointer == "/Statement/1"


def test_a_policy_written_back_and_read_again_is_the_same_policy():
    policy = read(TRUST)
    again = read(documents.text(policy))
    assert [documents.statement_document(s) for s in again.statements] == [
        documents.statement_document(s) for s in policy.statements
    ]
    assert json.loads(documents.text(policy)) == documents.document(policy)


def test_a_parsed_value_keeps_pointers_below_its_origin():
    policy = documents.policy_of(
        json.loads(TRUST), origin=Origin("iam:GetRole", "/Role/AssumeRolePolicyDocument"), name="trust"
    )
    assert str(policy.statements[1].origin) == "iam:GetRole#/Role/AssumeRolePolicyDocument/Statement/1"
    assert policy.statements[0].conditions[1].values == ("3600",)


def test_a_single_statement_needs_no_list():
    assert len(read('{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}').statements) == 1


def test_numbers_and_booleans_mean_their_quoted_form_and_stay_as_written():
    policy = read(statement(Condition={"Bool": {"aws:SecureTransport": False}}))
    assert policy.statements[0].conditions[0].values == ("false",)
    text = statement().replace('"Effect"', '"Condition": {"NumericEquals": {"s3:max-keys": [1.0, 10, -2]}}, "Effect"')
    assert read(text).statements[0].conditions[0].values == ("1.0", "10", "-2")


@pytest.mark.parametrize(
    ("text", "points_at", "words"),
    [
        ("[]", "[", "a policy is a JSON object, not a list"),
        ("{}", "{", "at least one statement"),
        ('{"Statement": []}', '"Statement', "at least one statement"),
        ('{"Statement": [3]}', "3", "a statement is a JSON object, not a number"),
        ('{"Version": "2013-10-17", "Statement": []}', '"Version', "`2013-10-17` is no policy version"),
        ('{"statement": []}', '"statement', "a policy has no element `statement`"),
        (statement(effect="Allow"), '"effect', "a statement has no element `effect`"),
        (statement(Effect="allow"), '"Effect', "Effect is `Allow` or `Deny`, not `allow`"),
        (statement(Action=[]), '"Action', "Action is empty"),
        (statement(NotAction="x:y"), '"NotAction', "Action and NotAction exclude each other"),
        (statement(Action=["x:y", ["s3:*"]]), '["s3:*"]', "expected text, found a list"),
        (statement(Resource={"a": "*"}), '"Resource', "expected text, found an object"),
        (statement(Principal={"aws": "111122223333"}), '"aws', "`aws` is no kind of principal"),
        (statement(Principal="alice"), '"Principal', "`alice` is no principal by itself"),
        (statement(Condition=[]), '"Condition', "Condition is an object, not a list"),
        (statement(Condition={"Bool": {"k": {}}}), '"k"', "a condition value is text, a number or a boolean"),
        (
            '{"Statement": {"Effect": "Deny",\n "Effect": "Allow"}}',
            '"Effect": "Allow"',
            "the key `Effect` appears twice",
        ),
    ],
)
def test_what_aws_would_not_store_is_refused_with_its_place(text, points_at, words):
    error = refusal(text)
    assert words in error.message
    lines = text.split("\n")
    assert lines[error.origin.line - 1][error.origin.column - 1 :].startswith(points_at)
    assert error.hint


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "p.json:1:1"),
        ('{"Version": "2012-10-17"', "p.json:1:25"),
        ("{} {}", "p.json:1:4"),
        ("\ufeff{}", "p.json:1:1"),
    ],
)
def test_what_is_not_json_is_refused_with_its_place(text, place):
    error = refusal(text)
    assert "is not JSON" in error.message
    assert str(error.origin) == place


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 200_000, "nested too deeply"),
        ('{"Statement": ' + "[" * 100 + "]" * 100 + "}", "nested too deeply"),
        ('{"Statement": ' + "[" * 99 + "]" * 99 + "}", "a statement is a JSON object, not a list"),
        ("1" * 50_000, "a policy is a JSON object, not a number"),
        ('{"Statement": NaN}', "a number that JSON does not have"),
        ('{"Version": "\ue000"}', "private-use character"),
        (statement(Sid="\ue000"), "private-use character"),
        (statement(Condition={"StringLike": {"\ue001": "x"}}), "private-use character"),
        (statement(Resource="\ud800"), "half of a character"),
        ('{"Version": "\udfff"}', "half of a character"),
        (statement(Condition={"StringLike" * 21: {"k": "x"}}), "longer than any operator"),
        (" " * (jsontext.MAX_CHARACTERS + 1), "more than a policy can have"),
    ],
)
def test_hostile_texts_end_in_one_clear_error_with_its_place(text, words):
    error = refusal(text)
    assert words in error.message
    assert error.origin.line == 1
    assert "\n" not in str(error)
    assert len(str(error)) < 500


@pytest.mark.parametrize(
    "text",
    [
        statement(Sid="\N{GRINNING FACE}"),
        json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Sid": "\N{GRINNING FACE}"}}, ensure_ascii=False),
        # A backslash that is itself escaped begins no escape.
        statement(Sid="\\ue000"),
        statement(Sid="\\\\ud800"),
    ],
)
def test_whole_characters_and_escaped_backslashes_are_read(text):
    assert read(text).statements[0].sid in ("\N{GRINNING FACE}", "\\ue000", "\\\\ud800")


def test_a_place_is_told_by_line_and_pointer_however_deep_the_second_key_stands():
    error = refusal('{"Statement": [{"Effect": "Deny"},\n {"Condition": {"Bool": {"a": 1, "b": [],\n "a": 2}}}]}')
    assert error.origin == Origin("p.json", "/Statement/1/Condition/Bool/a", 3, 2)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_the_place_of_a_number_that_json_does_not_have_is_told(word):
    error = refusal(f'{{"Id": "NaN -Infinity",\n "Statement": [{word}]}}')
    assert (error.origin.line, error.origin.column) == (2, 16)


@pytest.mark.parametrize(
    ("member", "pointer", "words"),
    [
        ({"Effect": None}, "/Statement/Effect", "not null"),
        ({"Effect": ["Deny"]}, "/Statement/Effect", "not a list"),
        ({"Effect": 10**5000}, "/Statement/Effect", "not a number"),
        ({"Condition": {"NumericEquals": {"k": 10**5000}}}, "/Statement/Condition/NumericEquals/k", "too many digits"),
        ({"Condition": {"NumericEquals": {"k": [1, float("nan")]}}}, "/Statement/Condition/NumericEquals/k/1", "a number that JSON"),
        ({"Condition": {"NumericEquals": {7: "1"}}}, "/Statement/Condition/NumericEquals", "a name is text, not a number"),
        ({"Condition": {None: {}}}, "/Statement/Condition", "a name is text, not null"),
        ({"Principal": {1: "*"}}, "/Statement/Principal", "a name is text, not a number"),
        ({2: "*"}, "/Statement", "a name is text, not a number"),
        ({"Resource": "a\ue000"}, "/Statement/Resource", "private-use character"),
        ({"Sid": "\ue001"}, "/Statement/Sid", "private-use character"),
        ({"Principal": {"AWS": ["*", "\udc00"]}}, "/Statement/Principal/AWS/1", "half of a character"),
        ({"Condition": {"StringLike": {"\ue002": "a"}}}, "/Statement/Condition/StringLike", "private-use character"),
    ],
)  # fmt: skip
def test_a_parsed_value_that_no_text_would_give_is_refused_with_its_pointer(member, pointer, words):
    value = {"Statement": {"Effect": "Deny", "Action": "s3:*", **member}}
    with pytest.raises(InputError) as caught:
        documents.policy_of(value, origin=Origin("api", "/Role"), name="n")
    assert words in caught.value.message
    assert caught.value.origin.pointer == "/Role" + pointer


def test_a_number_is_no_id():
    assert refusal('{"Id": 7, "Statement": []}').message == "Id is a string (at `/Id`)"


def test_an_element_that_only_a_simulator_may_keep_is_kept():
    policy = read(statement(Condition={"FooEquals": {"k": "v"}}))
    assert policy.statements[0].conditions[0].operator == "FooEquals"


def test_a_diff_shows_the_lines_that_change():
    before = read(statement())
    after = read(statement(Action="s3:GetObject"))
    assert '-      "Action": "s3:*",\n+      "Action": "s3:GetObject",\n' in documents.diff(before, after)
    assert documents.diff(None, after).startswith("--- /dev/null\n")


characters = st.one_of(
    st.characters(), st.sampled_from(["\ue000", "\ue001", "\ud800", "\udc00", "\x00", "\u2028", '"', "\\"])
)
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.integers().map(lambda n: n**401) | st.text(characters, max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(characters, max_size=4), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
words = st.sampled_from(
    [
        *("Version", "Id", "Statement", "Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"),
        *("Principal", "NotPrincipal", "AWS", "Service", "Condition", "StringLike", "NumericEquals", "aws:username"),
    ]
)
shapes = st.recursive(
    json_values | st.sampled_from(["Allow", "Deny", "*", "2012-10-17", "s3:*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=5),
    max_leaves=12,
)
WHOLE = {
    "Version": "2012-10-17",
    "Id": "i",
    "Statement": [
        {
            "Sid": "s",
            "Effect": "Deny",
            "Principal": {"AWS": ["111122223333"], "Service": "s3.amazonaws.com"},
            "NotAction": ["s3:*", "sts:*"],
            "Resource": "*",
            "Condition": {"StringLike": {"aws:username": ["a*", "${k}"]}, "NumericEquals": {"s3:max-keys": 5}},
        }
    ],
}


def parts(value, at=()):
    """Every place in a JSON value."""
    yield at
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in inside:
        yield from parts(inner, (*at, name))


@st.composite
def spoilt_policies(draw):
    """A policy with all its elements, of which a few are replaced, removed or joined by something else."""
    value = json.loads(json.dumps(WHOLE))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(list(parts(value))))
        if not place:
            continue
        holder = value
        for name in place[:-1]:
            holder = holder[name]
        match draw(st.sampled_from(["put", "drop", "join"])):
            case "put":
                holder[place[-1]] = draw(json_values)
            case "drop":
                del holder[place[-1]]
            case _ if isinstance(holder, dict):
                holder[draw(st.text(characters, max_size=4) | words)] = draw(json_values)
            case _:
                holder.append(draw(json_values))
    return value


def dumped(value):
    """As JSON text, where Python writes it: of more than 4,300 digits it writes none."""
    try:
        return json.dumps(value)
    except ValueError:
        return "1" * 5000


def check(reading):
    """Either a policy that can be written and read again, or an error in one short line, whose place is returned."""
    refused = None
    try:
        policy = reading()
    except InputError as error:
        refused = error
    if refused is None:
        again = documents.policy(documents.text(policy), document="again.json")
        assert documents.document(again) == documents.document(policy)
        documents.text(policy).encode()
        return None
    assert refused.hint
    assert len(refused.message) < 500
    assert not any(character < " " or character in "\x7f\u2028" for character in str(refused))
    return refused.origin


def check_text(text):
    place = check(lambda: documents.policy(text, document="p.json"))
    if place is not None:
        lines = text.split("\n")
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1


@given(st.text(characters, max_size=60) | shapes.map(dumped) | spoilt_policies().map(dumped))
def test_any_text_ends_in_a_policy_or_an_input_error_with_its_line(text):
    check_text(text)


@given(
    (shapes | spoilt_policies()).map(dumped),
    st.integers(0, 300),
    st.text('{}[]",:\\ \n1eE-+.tfnNaIiyud8', max_size=3)
    | st.sampled_from(["NaN", "-Infinity", "\\ud800", "\\ue000", '"a": 1, "a": 1,']),
)
def test_a_damaged_text_ends_in_a_policy_or_an_input_error_with_its_line(text, at, damage):
    check_text(text[:at] + damage + text[at:])


@given(shapes | spoilt_policies())
def test_any_parsed_value_ends_in_a_policy_or_an_input_error_with_its_pointer(value):
    place = check(lambda: documents.policy_of(value, origin=Origin("api", "/Role"), name="n"))
    assert place is None or place.pointer.startswith("/Role")


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ({"RoleName": "r", "PolicyName": "p", "PolicyDocument": {"Statement": []}}, "PolicyDocument (--query PolicyDocument --output json)"),
        ({"UserName": "u", "PolicyName": "p", "PolicyDocument": {"Statement": []}}, "PolicyDocument (--query PolicyDocument --output json)"),
        ({"Role": {"RoleName": "r", "AssumeRolePolicyDocument": {"Statement": []}}}, "AssumeRolePolicyDocument (--query Role.AssumeRolePolicyDocument --output json)"),
        ({"RoleName": "r", "AssumeRolePolicyDocument": {"Statement": []}}, "AssumeRolePolicyDocument (--query AssumeRolePolicyDocument --output json)"),
        ({"PolicyVersion": {"VersionId": "v1", "Document": {"Statement": []}}}, "Document (--query PolicyVersion.Document --output json)"),
        ({"Policy": {"PolicySummary": {}, "Content": '{"Statement": []}'}}, "Content (--query Policy.Content --output text)"),
        ({"Policy": '{"Statement": []}'}, "Policy (--query Policy --output text)"),
    ],
)  # fmt: skip
def test_an_answer_of_the_aws_cli_that_was_saved_whole_is_recognised(answer, kept):
    assert refusal(json.dumps(answer)).hint == f"this is an answer of the AWS CLI; keep what is under {kept}"


@pytest.mark.parametrize("text", ['{"Policy": "none"}', '{"Role": 1}', '{"PolicyDocument": []}'])
def test_what_only_looks_like_an_answer_of_the_aws_cli_is_taken_for_a_policy(text):
    assert refusal(text).hint == "element names are case-sensitive: Version, Id, Statement"

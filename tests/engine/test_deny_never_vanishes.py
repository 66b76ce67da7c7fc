"""A Deny of which a piece cannot be made out never ends in `allowed`, whatever the piece and the policy it stands in."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsim import documents
from iamsim.engine import policyset
from iamsim.errors import InputError
from iamsim.model.policy import Layers, Policy, PolicyType
from iamsim.model.principal import Session, principal, role_session
from iamsim.model.request import Context, Request
from iamsim.model.verdict import Decision

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
OBJECT = "arn:aws:s3:::b/a"
CALLERS = {
    "user": principal(f"arn:aws:iam::{ACCOUNT}:user/a"),
    "session": role_session(ROLE, Session("one"), unique_id="AROAAPP"),
}
KNOWN = {
    "k:address": "10.0.0.1",
    "k:arn": "arn:aws:sns:us-east-1:111122223333:a",
    "k:bool": "true",
    "k:bytes": "YQ==",
    "k:date": "2024-05-01T00:00:00Z",
    "k:number": "10",
    "k:text": "a",
}
TYPES = [PolicyType.IDENTITY, PolicyType.RESOURCE, PolicyType.SCP, PolicyType.RCP, PolicyType.BOUNDARY]
TYPES += [PolicyType.SESSION, PolicyType.VPC_ENDPOINT]
NAMING = (PolicyType.RESOURCE, PolicyType.RCP, PolicyType.VPC_ENDPOINT)


def policy(*statements: dict[str, object], named: bool, version: str = "2012-10-17") -> Policy:
    whole = [{"Principal": "*", **statement} if named else statement for statement in statements]
    kept = [{name: value for name, value in statement.items() if value is not ...} for statement in whole]
    return documents.policy(json.dumps({"Version": version, "Statement": kept}), document="p.json")


def asked(deny: dict[str, object], kind: PolicyType, caller: str = "user", version: str = "2012-10-17") -> set[str]:
    """
    What both doors of the engine answer to a Deny in one type of policy, with an Allow of everything in every other.

    `...` as a value leaves the element out.
    """
    allow: dict[str, object] = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    try:
        written = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": OBJECT, **deny}
        both = policy(allow, written, named=kind in NAMING, version=version)
    except InputError:
        return {"refused"}
    everything = policy(allow, named=False)
    layers = Layers(identity=(everything,), resource=policy(allow, named=True))
    match kind:
        case PolicyType.IDENTITY:
            layers = replace(layers, identity=(both,))
        case PolicyType.RESOURCE:
            layers = replace(layers, resource=both)
        case PolicyType.SCP:
            layers = replace(layers, scps=((both,),))
        case PolicyType.RCP:
            layers = replace(layers, rcps=((replace(both, statements=both.statements[1:]),),))
        case PolicyType.BOUNDARY:
            layers = replace(layers, boundary=both)
        case PolicyType.SESSION:
            layers = replace(layers, session=(both,))
        case PolicyType.VPC_ENDPOINT:
            layers = replace(layers, vpc_endpoint=both)
    if kind is PolicyType.SESSION:
        caller = "session"
    context = Context({key: (value,) for key, value in KNOWN.items()}, complete=True)
    request = Request(CALLERS[caller], "s3:GetObject", OBJECT, context, ACCOUNT)
    policies = policyset.compile(layers)
    return {str(policies.decide(request)), str(policies.explain(request).decision)}


def held(answers: set[str]) -> bool:
    """Whether the Deny was kept: refused by the reader, or not `allowed` by either door."""
    return Decision.ALLOWED.value not in answers


ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
# Of each family: the key, a value for which the Deny applies or would, and what no operator of the family reads.
FAMILIES = {
    "Numeric": ("k:number", ORDERS, ["", "ten", "0x0a", "+10", "1e1", "10.", ".5", "1_0", "\N{ARABIC-INDIC DIGIT ONE}0", " 10", "10 ", "--1", "1,0", "NaN", "${k:number}"]),
    "Date": ("k:date", ORDERS, ["", "today", "2024-13-01", "2024-02-30", "2024-05-01T25:00:00Z", "2024-5-1", "05/01/2024", "2024-05-01 00:00:00", "-1", "202\N{ARABIC-INDIC DIGIT FOUR}-05-01", "${k:date}"]),
    "Bool": ("k:bool", ("",), ["", "yes", "1", "t", "true ", "${k:bool}"]),
    "IpAddress": ("k:address", ("",), ["", "ten", "10.0.0.0/33", "10.0.0", "10.0.0.0/", "10.0.0.0/255.0.0.0", "10.0.0.0/-1", "010.0.0.1", "fe80::1%eth0", "10.*", "${k:address}"]),
    "NotIpAddress": ("k:address", ("",), ["", "ten", "10.0.0.0/33", "10.*", "2001:::/32", "${k:address}"]),
    "BinaryEquals": ("k:bytes", ("",), ["Y", "Y===", "a b", "YQ", "é", "${k:bytes}"]),
    "Arn": ("k:arn", ("Equals", "NotEquals", "Like", "NotLike"), ["${k:arn", "arn:aws:sns:us-east-1:111122223333:${k:text"]),
    "String": ("k:text", ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"), ["${", "${}", "${k:text", "a${k:text", "${${k:text}}", "${k:text}${"]),
}  # fmt: skip
UNREADABLE = [
    pytest.param(prefix + family + name + suffix, key, value, id=f"{prefix}{family}{name}{suffix}-{value}")
    for family, (key, names, values) in FAMILIES.items()
    for name in names
    for prefix in ("", "ForAllValues:", "ForAnyValue:")
    for suffix in ("", "IfExists")
    for value in values
]
NO_OPERATORS = [
    *("", "Foo", "FooEquals", "stringequals", "STRINGEQUALS", "StringEqual", " StringEquals", "StringEquals ", "String"),
    *("StringEqualsIfExist", "StringEqualsIfExistsIfExists", "IfExists", "ForAnyValue:", "ForAllValues:IfExists"),
    *("ForAnyValues:StringEquals", "ForAllValue:StringEquals", "forAllValues:StringEquals", "ForAnyValue:ForAllValues:Bool"),
    *("ForAnyValue: StringEquals", "StringMatches", "NotStringEquals", "NullIfExists", "ForAnyValue:Null", "BinaryNotEquals"),
    *("NumericLike", "IpAddressLike", "BoolEquals", "DateBefore", "ArnMatches", "StringEquals\u200b"),
]  # fmt: skip


@pytest.mark.parametrize("kind", TYPES)
def test_the_deny_applies_as_long_as_it_is_whole(kind):
    assert asked({"Condition": {"StringEquals": {"k:text": "a"}}}, kind) == {"explicitDeny"}
    assert asked({"Condition": {"StringEquals": {"k:text": "b"}}}, kind) == {"allowed"}


@pytest.mark.parametrize("operator", NO_OPERATORS)
@pytest.mark.parametrize("key", sorted(KNOWN))
@pytest.mark.parametrize("written", ["a", [], "*"], ids=str)
def test_an_operator_that_iam_does_not_have_keeps_the_deny(operator, key, written):
    assert held(asked({"Condition": {operator: {key: written}}}, PolicyType.IDENTITY))


@pytest.mark.parametrize(("operator", "key", "value"), UNREADABLE)
def test_a_value_that_the_operator_cannot_read_keeps_the_deny(operator, key, value):
    assert held(asked({"Condition": {operator: {key: value}}}, PolicyType.IDENTITY))
    # A second value that is readable and does not match brings no certainty.
    others = [value, value]
    assert held(asked({"Condition": {operator: {key: others}}}, PolicyType.SCP))


@pytest.mark.parametrize("value", ["", "yes", "1", "TRUE ", "absent", [], ["yes", "no"], "${k:bool}"], ids=str)
@pytest.mark.parametrize("key", ["k:text", "k:none"])
def test_a_null_that_is_neither_true_nor_false_keeps_the_deny(key, value):
    assert held(asked({"Condition": {"Null": {key: value}}}, PolicyType.IDENTITY))


@pytest.mark.parametrize(
    "action",
    ["s3", "GetObject", "s3GetObject", "s3:", ":GetObject", ":", "s3:Get:Object", "s3::GetObject", "", "s3 GetObject", "s3/GetObject", "s?:GetObject", "s*:GetObject", "*:GetObject", "${k:text}", "s3:${k:text}", "arn:aws:s3:GetObject"],
)  # fmt: skip
@pytest.mark.parametrize("word", ["Action", "NotAction"])
@pytest.mark.parametrize("kind", TYPES)
def test_an_action_that_cannot_be_made_out_keeps_the_deny(action, word, kind):
    spoilt = {"Action": ..., word: action}

    assert held(asked(spoilt, kind))


@pytest.mark.parametrize(
    "resource",
    ["", "b", "b/a", "s3:::b/a", "arn", "arn:", "ARN:aws:s3:::b/a", "aws:s3:::b/a", "arn:aws:s3:::b/${", "arn:aws:s3:::b/${}", "arn:aws:s3:::b/a${k:text", "arn:aws:s3:::b/${${k:text}}", "arn:${k:text}:s3:::b/a", "arn:aws:${k:text}:::b/a", "arn:aws:s3:${k:text}::b/a", "${k:text}", " arn:aws:s3:::b/a", "arn:aws:s3:::b/a "],
)  # fmt: skip
@pytest.mark.parametrize("word", ["Resource", "NotResource"])
@pytest.mark.parametrize("kind", TYPES)
def test_a_resource_that_cannot_be_made_out_keeps_the_deny(resource, word, kind):
    spoilt = {"Resource": ..., word: resource}

    assert held(asked(spoilt, kind))


@pytest.mark.parametrize("kind", TYPES)
def test_a_deny_without_a_resource_is_kept(kind):
    assert held(asked({"Resource": ...}, kind))


@pytest.mark.parametrize("kind", NAMING)
def test_a_deny_without_a_principal_is_kept(kind):
    assert held(asked({"Principal": ...}, kind))


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind not in NAMING])
@pytest.mark.parametrize(
    "who", ["*", {"AWS": ACCOUNT}, {"AWS": "444455556666"}, {"Service": "s3.amazonaws.com"}], ids=str
)
@pytest.mark.parametrize("word", ["Principal", "NotPrincipal"])
def test_a_principal_where_none_belongs_keeps_the_deny(kind, who, word):
    assert held(asked({word: who}, kind))


@pytest.mark.parametrize(
    "who",
    ["", "a", "user/a", "11112222333", "1111222233334", f"arn:aws:iam::{ACCOUNT}", f"arn:aws:iam::{ACCOUNT}:", f"arn:aws:iam::{ACCOUNT}:user/*", f"arn:aws:iam::{ACCOUNT}:*", "arn:aws:iam::*:user/a", "arn:aws:iam:::user/a", "arn:aws:iam::*:root", "arn:*:iam::111122223333:user/a", "arn:aws:iam::${k:text}:user/a", f"arn:aws:iam::{ACCOUNT}:user/${{k:text}}", "**", "*a", f"arn:aws:iam::{ACCOUNT}:users/a", f"arn:aws:iam::{ACCOUNT}:group/g", f"ARN:aws:iam::{ACCOUNT}:user/a", f" {ACCOUNT}"],
)  # fmt: skip
@pytest.mark.parametrize("word", ["Principal", "NotPrincipal"])
@pytest.mark.parametrize("caller", sorted(CALLERS))
def test_a_principal_that_cannot_be_made_out_keeps_the_deny(who, word, caller):
    spoilt = {"Principal": ..., word: {"AWS": who}}

    assert held(asked(spoilt, PolicyType.RESOURCE, caller))


@pytest.mark.parametrize(("kind", "unique"), [("user", "AIDASOMEBODY"), ("session", "AROAAPP")])
def test_a_unique_id_that_may_be_the_callers_keeps_the_deny(kind, unique):
    # The user's own id is not known here.
    assert held(asked({"Principal": {"AWS": unique}}, PolicyType.RESOURCE, kind))


operators = st.one_of(
    st.text(max_size=12),
    st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "ForAnyValue:", "ForAllValues:", "For"]),
        st.sampled_from(NO_OPERATORS),
        st.sampled_from(["", "IfExists", "s"]),
    ),
)
variables = st.text(st.sampled_from(list("${}',k:text*?. ")), max_size=12)


@given(operators, st.sampled_from(sorted(KNOWN)), st.sampled_from(TYPES), st.sampled_from(["2012-10-17", "2008-10-17"]))
def test_whatever_stands_in_place_of_an_operator_keeps_the_deny(operator, key, kind, version):
    if operator in documented():
        return
    assert held(asked({"Condition": {operator: {key: KNOWN[key]}}}, kind, version=version))


@given(variables, st.sampled_from(TYPES))
def test_a_variable_that_is_never_closed_keeps_the_deny(text, kind):
    broken = "${" + text.replace("}", "")

    assert held(asked({"Resource": OBJECT[:-1] + broken}, kind))
    assert held(asked({"Condition": {"StringLike": {"k:text": broken}}}, kind))
    assert held(asked({"Condition": {"StringNotLike": {"k:text": broken}}}, kind))


@given(st.text(max_size=6), st.sampled_from(ORDERS), st.sampled_from(["Numeric", "Date"]), st.sampled_from(TYPES))
def test_text_that_is_no_number_and_no_date_keeps_the_deny(text, order, family, kind):
    spoilt = "x" + text

    assert held(asked({"Condition": {family + order: {FAMILIES[family][0]: spoilt}}}, kind))


def documented() -> set[str]:
    """Every operator of IAM with its prefixes and suffixes, as AWS's page lists them."""
    plain = {family + name for family, (_, names, _) in FAMILIES.items() for name in names}
    prefixed = {prefix + name for prefix in ("", "ForAnyValue:", "ForAllValues:") for name in plain}
    return prefixed | {f"{name}IfExists" for name in prefixed} | {"Null"}

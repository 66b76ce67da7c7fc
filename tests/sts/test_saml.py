"""An assertion in, a session out: what STS refuses it for, what the trust policy is asked, what the session carries."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from iamsim.model.principal import HOLE
from iamsim.sts import saml
from iamsim.sts.saml import ENDPOINT, Assertion
from tests.accounts import AT, TENANT, A, B, account, allow, policy, role, simulator

PROVIDER = f"arn:aws:iam::{A}:saml-provider/corp"
HERE = "https://aws.amazon.com/SAML/Attributes/"
OIDS = "urn:oid:1.3.6.1.4.1.5923.1.1.1"
ATTRIBUTES = {f"{HERE}Role": (f"{TENANT},{PROVIDER}",), f"{HERE}RoleSessionName": ("worker",)}
ASSERTION = Assertion(PROVIDER, "https://idp.example.com/saml", "_cbb88", attributes=ATTRIBUTES, issued_at=AT)
SAML, TAG, IDENTIFY = "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"
TAGS = {f"{HERE}PrincipalTag:Project": ("notes",), f"{HERE}TransitiveTagKeys": ("Project",)}


def carrying(**attributes):
    return replace(ASSERTION, attributes={**ATTRIBUTES, **attributes})


def trusting(*actions, **conditions):
    more = {"Condition": conditions} if conditions else {}
    return policy(allow(*(actions or (SAML,)), on=None, Principal={"Federated": PROVIDER}, **more), name="trust")


def decisions(assertion, trusted):
    place = simulator(account(role(TENANT, trust=trusted)))
    found = saml.permissions(assertion, TENANT, place)
    return {permission.action: str(place.explain(permission.request).decision) for permission in found}


def refusals(assertion, *, duration=3600, most=3600, at=AT):
    found = saml.errors(assertion, TENANT, duration=duration, max_session_duration=most, at=at)
    return [message.text.removeprefix("An error occurred ") for message in found]


def test_a_sound_assertion_is_refused_for_nothing_and_let_in_by_its_trust_policy():
    assert refusals(ASSERTION) == []
    assert decisions(ASSERTION, trusting(StringEquals={"SAML:aud": ENDPOINT})) == {SAML: "allowed"}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("saml:iss", "https://idp.example.com/saml", "allowed"),
        ("saml:sub", "_cbb88", "allowed"),
        ("saml:sub", "_other", "implicitDeny"),
        ("saml:sub_type", "persistent", "allowed"),
        ("saml:doc", f"{A}/corp", "allowed"),
        ("saml:namequalifier", "x", "unknown"),
        ("saml:edupersonprimaryaffiliation", "staff", "implicitDeny"),
        ("sts:RoleSessionName", "worker", "allowed"),
        ("sts:ExternalId", "x", "implicitDeny"),
        ("aws:RequestTag/Project", "notes", "implicitDeny"),
    ],
)
def test_conditions_see_what_the_assertion_says(key, value, expected):
    assert decisions(ASSERTION, trusting(StringEquals={key: value}))[SAML] == expected


def test_a_format_without_a_short_name_is_seen_whole():
    form = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    assert decisions(replace(ASSERTION, format=form), trusting(StringEquals={"saml:sub_type": form}))[SAML] == "allowed"


def test_attributes_of_eduperson_become_keys_by_their_object_identifiers():
    assertion = carrying(**{f"{OIDS}.1": ("member", "staff"), f"{OIDS}.5": ("staff",), "groups": ("admins",)})
    anyone = trusting(**{"ForAnyValue:StringEquals": {"saml:edupersonaffiliation": "staff"}})
    assert decisions(assertion, anyone)[SAML] == "allowed"
    assert decisions(assertion, trusting(StringEquals={"saml:edupersonprimaryaffiliation": "staff"}))[SAML] == "allowed"
    assert decisions(assertion, trusting(StringEquals={"saml:groups": "admins"}))[SAML] == "implicitDeny"


def test_an_attribute_that_the_page_gives_two_keys_leaves_both_open():
    name = "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid"
    for key in ("saml:uid", "saml:primaryGroupSID"):
        assert decisions(carrying(**{name: ("S-1",)}), trusting(StringEquals={key: "S-1"}))[SAML] == "unknown"
        assert decisions(ASSERTION, trusting(StringEquals={key: "S-1"}))[SAML] == "implicitDeny"


def test_tags_and_a_source_identity_need_their_permissions():
    assertion = carrying(**TAGS, **{f"{HERE}SourceIdentity": ("worker",)})
    assert decisions(assertion, trusting()) == {SAML: "allowed", IDENTIFY: "implicitDeny", TAG: "implicitDeny"}
    wanted = {"aws:RequestTag/Project": "notes", "sts:TransitiveTagKeys": "Project", "sts:SourceIdentity": "worker"}
    assert set(decisions(assertion, trusting(SAML, TAG, IDENTIFY, StringEquals=wanted)).values()) == {"allowed"}


def test_the_role_attribute_has_to_list_the_role_with_its_provider_in_either_order():
    turned = carrying(**{f"{HERE}Role": (f"{PROVIDER}, {TENANT}",)})
    assert refusals(turned) == []
    for value in (f"{TENANT}2,{PROVIDER}", f"{TENANT},{PROVIDER}2", TENANT, ""):
        (text,) = refusals(carrying(**{f"{HERE}Role": (value,)}))
        assert text.startswith("(AccessDenied) when calling the AssumeRoleWithSAML operation: the assertion's Role")


def test_a_provider_of_another_account_is_refused():
    foreign = PROVIDER.replace(A, B)
    assertion = replace(ASSERTION, provider=foreign, attributes={**ATTRIBUTES, f"{HERE}Role": (f"{TENANT},{foreign}",)})
    (text,) = refusals(assertion)
    assert "in another account than the role" in text


@pytest.mark.parametrize("minutes", [5, 60])
def test_an_assertion_is_good_for_five_minutes(minutes):
    (text,) = refusals(ASSERTION, at=AT + timedelta(minutes=minutes))
    assert text.startswith("(ExpiredTokenException)")
    assert refusals(ASSERTION, at=AT + timedelta(minutes=5, seconds=-1)) == []
    assert refusals(replace(ASSERTION, not_on_or_after=AT)) != []
    assert refusals(ASSERTION, at=None) == []


def test_a_session_name_is_needed_and_held_against_the_rules_of_session_names():
    (text,) = refusals(replace(ASSERTION, attributes={f"{HERE}Role": ATTRIBUTES[f"{HERE}Role"]}))
    assert "no attribute RoleSessionName" in text
    (text,) = refusals(carrying(**{f"{HERE}RoleSessionName": ("John Doe",)}))
    assert "(ValidationError) when calling the AssumeRoleWithSAML operation" in text
    assert "'John Doe' at 'roleSessionName'" in text


def test_a_tag_has_one_value():
    (text,) = refusals(carrying(**{f"{HERE}PrincipalTag:Project": ("a", "b")}))
    assert "several values of PrincipalTag:Project" in text


def test_a_duration_is_held_against_the_role():
    (text,) = refusals(ASSERTION, duration=7200)
    assert "exceeds the MaxSessionDuration" in text
    assert refusals(ASSERTION, duration=43_200, most=43_200) == []


def test_the_session_lasts_as_long_as_the_least_of_what_limits_it():
    assert saml.lifetime(ASSERTION, 3600, AT) == 3600
    assert saml.lifetime(carrying(**{f"{HERE}SessionDuration": ("1800",)}), 3600, AT) == 1800
    assert saml.lifetime(carrying(**{f"{HERE}SessionDuration": ("7200",)}), 3600, AT) == 3600
    ending = replace(ASSERTION, session_not_on_or_after=AT + timedelta(minutes=20))
    assert saml.lifetime(ending, 3600, AT) == 1200
    assert saml.lifetime(ending, 3600, None) is None
    assert saml.lifetime(carrying(**{f"{HERE}SessionDuration": ("long",)}), 3600, AT) is None


def test_the_session_carries_its_tags_its_source_identity_and_its_subject():
    assertion = carrying(**TAGS, **{f"{HERE}SourceIdentity": ("worker",)})
    session = saml.assumed(assertion, None, TENANT, AT)
    assert session.arn == f"arn:aws:sts::{A}:assumed-role/tenant/worker"
    assert session.session.transitive_tag_keys == ("Project",)
    for key, value, expected in (
        ("aws:PrincipalTag/project", "notes", "allowed"),
        ("aws:SourceIdentity", "worker", "allowed"),
        ("saml:sub", "_cbb88", "allowed"),
        ("saml:sub", "_other", "implicitDeny"),
        ("saml:aud", ENDPOINT, "unknown"),
        ("idp.example.com:sub", "_cbb88", "implicitDeny"),
    ):
        own = policy(allow("sqs:SendMessage", Condition={"StringEquals": {key: value}}))
        place = simulator(account(role(TENANT, own, trust=trusting())))
        request = place.request(session, "sqs:SendMessage", f"arn:aws:sqs:us-east-1:{A}:orders")
        assert str(place.decide(request)) == expected, key


def test_a_session_name_that_is_not_told_is_a_hole():
    bare = replace(ASSERTION, attributes={})
    assert saml.call(bare, TENANT).session_name == HOLE

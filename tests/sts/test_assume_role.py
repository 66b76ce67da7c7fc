from __future__ import annotations

from dataclasses import replace

import pytest

from iamsim.model.principal import HOLE, Session, principal, role_session
from iamsim.model.server import Call
from iamsim.model.verdict import Decision, Layer
from iamsim.sts import assume_role
from tests.accounts import AT, SERVER, TENANT, A, account, allow, organization, policy, role, simulator, trust

THREE = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
CALL = Call(
    TENANT, "mcp-alice-1", source_identity="alice", tags={"Team": "red", "Cost": "7"}, transitive_tag_keys=("Team",)
)


def asked(call, trusted, *, own=None, caller=SERVER):
    world = simulator(account(role(SERVER, policy(own or allow(*THREE))), role(TENANT, trust=trusted)))
    found = assume_role.permissions(call, principal(caller), world)
    return {permission.action: (permission.needed, world.explain(permission.request)) for permission in found}


def decisions(*args, **more):
    return {action: str(explanation.decision) for action, (_, explanation) in asked(*args, **more).items()}


def test_a_call_with_source_identity_and_tags_asks_for_three_permissions():
    assert decisions(CALL, trust(*THREE, to=A)) == dict.fromkeys(THREE, "allowed")


def test_a_plain_trust_policy_refuses_the_source_identity_and_the_tags():
    answers = asked(CALL, trust("sts:AssumeRole", to=A))
    assert answers["sts:AssumeRole"][1].decision is Decision.ALLOWED
    assert answers["sts:SetSourceIdentity"][1].failing == (Layer.RESOURCE,)
    assert answers["sts:TagSession"][1].failing == (Layer.RESOURCE,)


def test_a_trust_policy_that_names_the_server_spares_its_own_policy_all_but_the_source_identity():
    answers = asked(CALL, trust(*THREE, to=SERVER), own=allow("s3:GetObject"))
    assert answers["sts:AssumeRole"][1].decision is Decision.ALLOWED
    assert answers["sts:TagSession"][1].decision is Decision.ALLOWED
    assert answers["sts:SetSourceIdentity"][1].failing == (Layer.IDENTITY,)


@pytest.mark.parametrize(
    ("call", "actions"),
    [
        (Call(TENANT, "s"), ["sts:AssumeRole"]),
        (Call(TENANT, "s", source_identity="alice"), ["sts:AssumeRole", "sts:SetSourceIdentity"]),
        (Call(TENANT, "s", tags={"a": "b"}), ["sts:AssumeRole", "sts:TagSession"]),
    ],
)
def test_only_what_the_call_carries_is_asked(call, actions):
    assert list(asked(call, trust(*THREE, to=A))) == actions


def test_tags_that_are_not_told_leave_it_open_whether_the_permission_is_needed():
    needed, explanation = asked(replace(CALL, tags=None), trust(*THREE, to=A))["sts:TagSession"]
    assert needed is None
    assert explanation.decision is Decision.ALLOWED


def test_inherited_source_identity_and_transitive_tags_ask_for_their_permissions_too():
    caller = role_session(
        SERVER, Session("s", source_identity="alice", transitive_tag_keys=("Team",), tags={"Team": "red"})
    )
    world = simulator(account(role(SERVER, policy(allow(*THREE))), role(TENANT, trust=trust(*THREE, to=A))))
    found = assume_role.permissions(Call(TENANT, "s"), caller, world)
    assert [permission.action for permission in found] == list(THREE)
    assert found[0].request.context.values["sts:sourceidentity"] == ("alice",)


@pytest.mark.parametrize(
    ("condition", "decision"),
    [
        ({"StringEquals": {"sts:ExternalId": "x"}}, "implicitDeny"),
        ({"StringEquals": {"aws:RequestTag/team": "red"}}, "allowed"),
        ({"StringEquals": {"aws:RequestTag/other": "red"}}, "implicitDeny"),
        ({"StringLike": {"sts:RoleSessionName": "mcp-*"}}, "allowed"),
        ({"StringLike": {"sts:RoleSessionName": "web-*"}}, "implicitDeny"),
        ({"StringEquals": {"sts:SourceIdentity": "alice"}}, "allowed"),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["Team", "Cost"]}}, "allowed"),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]}}, "implicitDeny"),
        ({"ForAnyValue:StringEquals": {"sts:TransitiveTagKeys": "Team"}}, "allowed"),
        ({"NumericLessThan": {"sts:DurationSeconds": "900"}}, "implicitDeny"),
        ({"StringEquals": {"idp.example.com:sub": "alice"}}, "unknown"),
        ({"ArnEquals": {"aws:PrincipalArn": SERVER}}, "allowed"),
        ({"DateLessThan": {"aws:CurrentTime": "2026-01-31T12:00:01Z"}}, "allowed"),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, "unknown"),
    ],
)
def test_conditions_of_the_trust_policy_see_the_call_as_the_server_makes_it(condition, decision):
    assert decisions(CALL, trust(*THREE, to=A, Condition=condition))["sts:AssumeRole"] == decision


def test_a_subject_that_is_not_told_is_present_all_the_same():
    call = Call(TENANT, f"mcp-{HOLE}", source_identity=HOLE)
    wanted = {"StringLike": {"sts:SourceIdentity": "*", "sts:RoleSessionName": "mcp-*"}}
    assert decisions(call, trust(*THREE, to=A, Condition=wanted))["sts:AssumeRole"] == "allowed"
    exact = asked(call, trust(*THREE, to=A, Condition={"StringEquals": {"sts:SourceIdentity": "bob"}}))[
        "sts:AssumeRole"
    ][1]
    assert exact.decision is Decision.UNKNOWN
    assert exact.missing_context == ("sts:sourceidentity",)


def test_the_session_carries_tags_and_identity_into_later_requests():
    nobody = organization()
    session = assume_role.assumed(
        CALL, role(TENANT, tags={"team": "blue", "env": "prod"}), AT, principal(SERVER), nobody
    )
    mine = policy(allow("s3:GetObject", on="arn:aws:s3:::b/${aws:PrincipalTag/team}/*"))
    world = simulator(account(role(TENANT, mine, tags={"team": "blue", "env": "prod"})))
    values = world.request(session, "s3:GetObject", "arn:aws:s3:::b/red/x").context.values
    assert values["aws:principaltag/team"] == ("red",)
    assert values["aws:principaltag/env"] == ("prod",)
    assert values["aws:sourceidentity"] == ("alice",)
    assert values["aws:principalarn"] == (TENANT,)
    assert session.arn == f"arn:aws:sts::{A}:assumed-role/tenant/mcp-alice-1"
    assert world.explain(world.request(session, "s3:GetObject", "arn:aws:s3:::b/red/x")).decision is Decision.ALLOWED
    assert (
        world.explain(world.request(session, "s3:GetObject", "arn:aws:s3:::b/blue/x")).decision
        is Decision.IMPLICIT_DENY
    )


def test_a_role_session_that_calls_is_chaining_and_a_user_is_not():
    assert assume_role.chained(principal(SERVER))
    assert not assume_role.chained(principal(f"arn:aws:iam::{A}:user/alice"))


def test_the_root_user_cannot_assume_a_role():
    answers = asked(Call(TENANT, "s"), trust("sts:AssumeRole", to=A), caller=f"arn:aws:iam::{A}:root")
    assert answers["sts:AssumeRole"][1].failing == (Layer.SERVICE,)
    assert "root user" in answers["sts:AssumeRole"][1].reason


def test_trust_in_its_own_account_leaves_self_assumption_open():
    answers = asked(Call(SERVER, "s"), None, caller=SERVER)
    assert answers["sts:AssumeRole"][1].decision is Decision.UNKNOWN
    trusting = simulator(account(role(SERVER, policy(allow(*THREE)), trust=trust("sts:AssumeRole", to=A))))
    found = assume_role.permissions(Call(SERVER, "s"), principal(SERVER), trusting)
    assert trusting.explain(found[0].request).decision is Decision.UNKNOWN


CHAINED = Session("s", {"Team": "red", "Cost": "7"}, ("Team",), "alice")


def chained(call, session=CHAINED):
    caller = role_session(SERVER, session)
    world = simulator(account(role(SERVER, policy(allow(*THREE))), role(TENANT, trust=trust(*THREE, to=A))))
    found = assume_role.permissions(call, caller, world)
    answers = {permission.action: world.explain(permission.request) for permission in found}
    made = assume_role.assumed(call, role(TENANT, tags={"team": "blue"}), AT, caller, world.organization)
    return answers, made.session


def test_transitive_tags_go_on_into_the_next_session_and_the_one_after():
    """IAM User Guide, "Pass session tags in AWS STS", Chaining roles with session tags (STS-023)."""
    answers, session = chained(Call(TENANT, "next", tags={"Env": "prod"}, transitive_tag_keys=("Env",)))
    assert {str(answer.decision) for answer in answers.values()} == {"allowed"}
    assert dict(session.tags) == {"Env": "prod", "Team": "red"}
    assert session.transitive_tag_keys == ("Team", "Env")
    assert session.known


def test_an_inherited_tag_is_there_where_the_tags_of_the_call_are_not_told():
    _, session = chained(Call(TENANT, "next", tags=None))
    assert (dict(session.tags), session.known) == ({"Team": "red"}, False)


@pytest.mark.parametrize("tags", [{"Team": "blue"}, {"team": "red"}])
def test_an_inherited_tag_cannot_be_passed_again(tags):
    answer = chained(Call(TENANT, "next", tags=tags))[0]["sts:TagSession"]
    assert answer.failing == (Layer.SERVICE,)
    assert answer.reason == "a tag that the session inherits cannot be passed again"


def test_tags_that_are_not_told_may_be_one_that_is_inherited():
    answers, _ = chained(Call(TENANT, "next", tags=None))
    assert answers["sts:TagSession"].decision is Decision.UNKNOWN
    none = Session("s", {"Team": "red"}, (), "alice")
    assert chained(Call(TENANT, "next", tags=None), none)[0]["sts:TagSession"].decision is Decision.ALLOWED


@pytest.mark.parametrize(
    ("named", "decision"), [(None, "allowed"), ("alice", "allowed"), ("bob", "implicitDeny"), (HOLE, "unknown")]
)
def test_a_source_identity_can_be_named_again_and_not_changed(named, decision):
    """IAM User Guide, "Monitor and control actions taken with assumed roles" (STS-007)."""
    answer = chained(Call(TENANT, "next", source_identity=named, tags={}))[0]["sts:SetSourceIdentity"]
    assert str(answer.decision) == decision

"""A session's ARN drops the path of its role: what that leaves open, and what it does not."""

from __future__ import annotations

import pytest

from iamsim.model.policy import PolicyType
from iamsim.model.principal import principal
from tests.accounts import A, B, account, allow, bucket, deny, policy, role, simulator

SESSION = f"arn:aws:sts::{A}:assumed-role/app/s1"
OBJECT = "arn:aws:s3:::b/x"
READ = "s3:GetObject"
ROLE = f"arn:aws:iam::{A}:role/app"


def answer(*statements, caller=SESSION, roles=(), **more):
    """The answer to a session of account A at a bucket of it with these statements; what is not loaded is not attached."""
    home = account(*roles, resources=[bucket("b", policy(*statements))], **more)
    world = simulator(home, none_of=frozenset({PolicyType.IDENTITY, PolicyType.BOUNDARY}))
    return world.explain(world.request(principal(caller), READ, OBJECT))


NOTHING_GRANTED = "no policy of `arn:aws:s3:::b` was loaded: it is taken to grant nothing"


@pytest.mark.parametrize(
    ("home", "caller", "said"),
    [
        ({"seen": set(PolicyType) - {PolicyType.RESOURCE}}, ROLE, True),
        ({"seen": set(PolicyType) - {PolicyType.RESOURCE}, "resources": [bucket("b")]}, ROLE, False),
        ({"seen": PolicyType}, ROLE, False),
        # Nothing of the bucket's stands in for the missing Allow of an SCP, or across accounts for that of the caller.
        ({"seen": set(PolicyType) - {PolicyType.RESOURCE}, "scps": ((policy(allow("iam:*")),),)}, ROLE, False),
        ({"seen": set(PolicyType) - {PolicyType.RESOURCE}, "resources": [bucket("b")]}, f"arn:aws:iam::{B}:role/app", False),
    ],
)  # fmt: skip
def test_a_denial_that_a_policy_nobody_loaded_could_undo_says_so(home, caller, said):
    other = account(role(f"arn:aws:iam::{B}:role/app"), id=B)
    world = simulator(account(role(ROLE), **home), other)
    found = world.explain(world.request(principal(caller), READ, OBJECT))
    assert str(found.decision) == "implicitDeny"
    assert (NOTHING_GRANTED in found.notes) is said


def test_an_allowed_request_takes_nothing_for_granted_about_the_bucket_policy_in_words():
    world = simulator(account(role(ROLE, policy(allow(READ))), seen=set(PolicyType) - {PolicyType.RESOURCE}))
    found = world.explain(world.request(principal(ROLE), READ, OBJECT))
    assert (str(found.decision), found.unseen) == ("unknown", (PolicyType.RESOURCE,))
    assert NOTHING_GRANTED not in found.notes


def named(*arns, effect=deny):
    return effect(READ, on="arn:aws:s3:::b/*", Principal={"AWS": list(arns)})


def test_a_deny_for_the_role_on_a_path_may_mean_the_session():
    everyone = allow(READ, on="arn:aws:s3:::b/*", Principal="*")
    found = answer(everyone, named(f"arn:aws:iam::{A}:role/team/app"))
    assert str(found.decision) == "unknown"
    assert found.missing_context == ("the role's path",)
    assert any("load `app`" in note for note in found.notes)


@pytest.mark.parametrize("other", ["role/team/other-app", "role/team/app/more", "user/team/app", "role/other"])
def test_a_deny_for_another_role_does_not(other):
    everyone = allow(READ, on="arn:aws:s3:::b/*", Principal="*")
    assert str(answer(everyone, named(f"arn:aws:iam::{A}:{other}")).decision) == "allowed"


def test_an_allow_for_the_role_with_and_without_a_path_is_not_sure():
    for path in ("", "team/"):
        assert str(answer(named(f"arn:aws:iam::{A}:role/{path}app", effect=allow)).decision) == "unknown"
    assert str(answer(named(SESSION, effect=allow)).decision) == "allowed"


def test_a_loaded_role_tells_its_path():
    everyone = allow(READ, on="arn:aws:s3:::b/*", Principal="*")
    here = role(f"arn:aws:iam::{A}:role/team/app")
    assert str(answer(everyone, named(f"arn:aws:iam::{A}:role/team/app"), roles=[here]).decision) == "explicitDeny"
    assert str(answer(everyone, named(f"arn:aws:iam::{A}:role/app"), roles=[here]).decision) == "allowed"


def test_a_role_given_by_its_own_arn_has_the_path_that_stands_there():
    everyone = allow(READ, on="arn:aws:s3:::b/*", Principal="*")
    caller = f"arn:aws:iam::{A}:role/app"
    found = answer(everyone, named(f"arn:aws:iam::{A}:role/team/app"), caller=caller)
    assert str(found.decision) == "allowed"


def test_a_condition_on_the_role_with_a_path_is_not_sure_either():
    guard = deny(READ, Principal="*", Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{A}:role/team/*"}})
    found = answer(allow(READ, Principal="*"), guard)
    assert str(found.decision) == "unknown"
    assert "aws:principalarn" in found.missing_context
    other = deny(READ, Principal="*", Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{B}:role/team/*"}})
    assert str(answer(allow(READ, Principal="*"), other).decision) == "allowed"


def test_the_path_of_a_service_linked_role_is_known_by_its_name():
    """IAM User Guide, "Create a service-linked role": such roles are not restricted by SCPs."""
    linked = f"arn:aws:sts::{A}:assumed-role/AWSServiceRoleForSupport/s"
    scps = ((policy(deny("*")),),)
    assert str(answer(allow(READ, Principal="*"), caller=linked, scps=scps).decision) == "allowed"
    assert str(answer(allow(READ, Principal="*"), scps=scps).decision) == "explicitDeny"


@pytest.mark.parametrize(("region", "decision"), [("", "unknown"), ("eu-west-1/", "unknown"), ("team/", "unknown")])
def test_whether_a_region_stands_in_the_path_of_a_permission_set_is_not_told(region, decision):
    """IAM Identity Center User Guide, "Referencing permission sets in resource policies"."""
    caller = f"arn:aws:sts::{A}:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/me"
    name = f"arn:aws:iam::{A}:role/aws-reserved/sso.amazonaws.com/{region}AWSReservedSSO_Admin_0123456789abcdef"
    assert str(answer(allow(READ, Principal="*"), named(name), caller=caller).decision) == decision
    elsewhere = f"arn:aws:iam::{A}:role/AWSReservedSSO_Admin_0123456789abcdef"
    assert str(answer(allow(READ, Principal="*"), named(elsewhere), caller=caller).decision) == "allowed"


@pytest.mark.parametrize(
    "value",
    [
        f"arn:aws:iam::{A}:role/*",
        f"arn:aws:sts::{A}:assumed-role/app/*",
        f"arn:aws:iam::{A}:group/admins",
        "arn:aws:iam::${aws:PrincipalAccount}:root",
        "app",
        f"arn:aws:IAM::{A}:role/app",
        f"{A}1",
    ],
)
def test_a_deny_for_a_principal_that_aws_would_not_have_stored_does_not_vanish(value):
    """IAM User Guide, "AWS JSON policy elements: Principal": no wildcards in part of a name, no groups."""
    here = role(f"arn:aws:iam::{A}:role/app", policy(allow("*")))
    assert str(answer(named(value), roles=[here]).decision) == "unknown"
    assert str(answer(named(value, f"arn:aws:iam::{A}:role/app"), roles=[here]).decision) == "explicitDeny"


@pytest.mark.parametrize(
    "principals",
    [
        {"AWS": [f"arn:aws:iam::{B}:role/app", B, "AROAEXAMPLEID", "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"]},
        {"Service": "lambda.amazonaws.com"},
        {"Federated": [f"arn:aws:iam::{A}:oidc-provider/idp.example.com/x", "accounts.google.com"]},
        {"CanonicalUser": "0" * 64},
    ],
)  # fmt: skip
def test_a_deny_for_somebody_else_is_no_reason_to_doubt(principals):
    here = role(f"arn:aws:iam::{A}:role/app", policy(allow("*")), unique_id="AROAOTHER")
    elsewhere = deny(READ, on="arn:aws:s3:::b/*", Principal=principals)
    expected = "unknown" if "CanonicalUser" in principals else "allowed"
    assert str(answer(elsewhere, roles=[here]).decision) == expected


def test_a_not_principal_list_that_aws_would_not_have_stored_denies_nobody_for_sure():
    here = role(f"arn:aws:iam::{A}:role/app", policy(allow("*")))
    for values, decision in (([f"arn:aws:iam::{B}:role/*"], "unknown"), ([f"arn:aws:iam::{B}:role/x"], "explicitDeny")):
        guard = deny(READ, on="arn:aws:s3:::b/*", NotPrincipal={"AWS": values})
        assert str(answer(guard, roles=[here]).decision) == decision

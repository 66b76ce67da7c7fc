"""Requests through an S3 access point, whose policy and bucket both have to permit them; and what ACLs leave open."""

from __future__ import annotations

import pytest

from iamsim.model.account import Resource
from iamsim.model.principal import ANONYMOUS, principal
from tests.accounts import A, B, account, allow, bucket, deny, policy, role, simulator

APP, PARTNER = f"arn:aws:iam::{A}:role/app", f"arn:aws:iam::{B}:role/partner"
POINT = f"arn:aws:s3:eu-west-1:{A}:accesspoint/ap"
THROUGH, BEHIND = f"{POINT}/object/x", "arn:aws:s3:::b/x"
READ = "s3:GetObject"
DELEGATES = allow("s3:*", on=["arn:aws:s3:::b", "arn:aws:s3:::b/*"], Principal="*", Condition={"StringEquals": {"s3:DataAccessPointAccount": A}})  # fmt: skip


def answer(at_point=None, at_bucket=None, own=(), *, caller=APP, settings=None, rcps=(), **stated):
    """The answer to a role that reads an object through the access point."""
    point = Resource(POINT, at_point and policy(at_point), settings=settings or {}, bucket="b")
    roles = {A: [], B: []}
    roles[caller.split(":")[4]] = [role(caller, policy(*own)) if own else role(caller)]
    behind = bucket("b", at_bucket and policy(at_bucket), settings={"restrict_public_buckets": "false"})
    keys = {name.replace("__", ":"): (value,) for name, value in stated.items()}
    world = simulator(account(*roles[A], resources=[point, behind], rcps=rcps), account(*roles[B], id=B), stated=keys)
    request = world.request(principal(caller), READ, THROUGH)
    found = world.explain(request)
    assert world.decide(request) == found.decision
    return found


def at_point(to=APP, effect=allow):
    return effect(READ, on=f"{POINT}/object/*", Principal={"AWS": to})


def test_what_the_access_point_grants_counts_where_the_bucket_delegates():
    """Amazon S3 User Guide, "Configuring IAM policies for using access points" (S3-026)."""
    assert str(answer(at_point(), DELEGATES).decision) == "allowed"
    found = answer(at_point(), None)
    assert str(found.decision) == "implicitDeny"
    assert found.request.resource == THROUGH
    assert any("of its bucket, as `arn:aws:s3:::b/x`; the bucket decided" in note for note in found.notes)


def test_the_caller_s_own_policy_may_name_both():
    assert str(answer(own=(allow(READ, on=[f"{POINT}/object/*", "arn:aws:s3:::b/*"]),)).decision) == "allowed"


def test_whether_the_caller_s_own_policy_has_to_name_the_bucket_too_is_not_said():
    found = answer(own=(allow(READ, on=f"{POINT}/object/*"),))
    assert str(found.decision) == "unknown"
    assert "bucket's ARN too" in found.reason


def test_permission_for_the_bucket_is_none_for_the_access_point():
    """ARN-021: through an access point, its own ARN is what is asked for."""
    assert str(answer(own=(allow(READ, on="arn:aws:s3:::b/*"),)).decision) == "implicitDeny"


@pytest.mark.parametrize("side", ["point", "bucket", "rcp"])
def test_a_deny_on_either_side_denies(side):
    everything = (allow("s3:*"),)
    guard = deny(
        "s3:*", on="arn:aws:s3:::b/*", Principal="*", Condition={"StringEquals": {"s3:DataAccessPointArn": POINT}}
    )
    match side:
        case "point":
            found = answer(at_point(effect=deny), None, everything)
        case "bucket":
            found = answer(None, guard, everything)
        case _:
            found = answer(own=everything, rcps=((policy(guard),),))
    assert str(found.decision) == "explicitDeny"


def test_a_deny_of_the_bucket_that_may_apply_does_not_settle_what_else_is_open():
    guard = deny("s3:*", on="arn:aws:s3:::b/*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    found = answer(own=(allow(READ, on=f"{POINT}/object/*"),), at_bucket=guard)
    assert [str(decision) for decision in found.possible] == ["allowed", "implicitDeny", "explicitDeny"]
    assert found.missing_context == ("aws:securetransport",)


def test_another_account_needs_both_policies_and_its_own():
    own = (allow(READ),)
    assert str(answer(at_point(PARTNER), DELEGATES, own, caller=PARTNER, settings={"restrict_public_buckets": "false"}).decision) == "allowed"  # fmt: skip
    assert str(answer(at_point(PARTNER), None, own, caller=PARTNER).decision) == "implicitDeny"
    assert str(answer(None, DELEGATES, own, caller=PARTNER).decision) == "implicitDeny"
    assert str(answer(at_point(PARTNER), DELEGATES, caller=PARTNER).decision) == "implicitDeny"


@pytest.mark.parametrize(
    ("stated", "decision"),
    [({"aws__sourcevpc": "vpc-1"}, "allowed"), ({"aws__sourcevpc": "vpc-2"}, "implicitDeny"), ({"aws__sourceip": "203.0.113.7"}, "implicitDeny"), ({}, "unknown")],
)  # fmt: skip
def test_an_access_point_of_a_vpc_takes_requests_from_it_alone(stated, decision):
    """Amazon S3 User Guide, "Creating access points restricted to a virtual private cloud" (S3-027)."""
    assert str(answer(at_point(), DELEGATES, settings={"vpc": "vpc-1"}, **stated).decision) == decision


def test_the_network_of_an_access_point_is_a_condition_key_of_both_requests():
    guard = deny(
        "s3:*",
        on="arn:aws:s3:::b/*",
        Principal="*",
        Condition={"StringEquals": {"s3:AccessPointNetworkOrigin": "Internet"}},
    )
    assert str(answer(own=(allow("s3:*"),), at_bucket=guard).decision) == "explicitDeny"
    assert str(answer(own=(allow("s3:*"),), at_bucket=guard, settings={"vpc": "v"}, aws__sourcevpc="v").decision) == "allowed"  # fmt: skip


def test_an_access_point_that_is_not_described_may_deny_anything():
    world = simulator(account(role(APP, policy(allow("s3:*"))), resources=[bucket("b")]))
    found = world.explain(world.request(principal(APP), READ, THROUGH))
    assert str(found.decision) == "unknown"
    assert [str(kind) for kind in found.unseen] == ["resource"]


def test_a_request_past_the_access_points_has_none_of_their_keys():
    guard = deny("s3:*", Principal="*", Condition={"Null": {"s3:DataAccessPointArn": "true"}})
    world = simulator(account(role(APP, policy(allow("s3:*"))), resources=[bucket("b", policy(guard))]))
    assert str(world.decide(world.request(principal(APP), READ, BEHIND))) == "explicitDeny"
    assert str(world.decide(world.request(principal(APP), READ, "arn:aws:s3:::ap-x1y2-s3alias/x"))) != "explicitDeny"


# ---------------------------------------------------------------- ACLs


def with_acls(caller, *, own=(), **settings):
    there = bucket("b", policy(allow("s3:ListBucket", Principal={"AWS": B})), settings=settings)
    world = simulator(account(resources=[there]), account(role(PARTNER, *own), id=B))
    found = principal(caller) if caller else ANONYMOUS
    return world.explain(world.request(found, READ, BEHIND))


def test_acls_are_taken_to_be_off_and_the_answer_says_so():
    """Amazon S3 User Guide, "Controlling ownership of objects" (S3-005)."""
    found = with_acls(PARTNER, own=(policy(allow("s3:*")),))
    assert str(found.decision) == "implicitDeny"
    assert any("ACLs are taken to be off" in note for note in found.notes)
    told = with_acls(PARTNER, own=(policy(allow("s3:*")),), object_ownership="BucketOwnerEnforced")
    assert str(told.decision) == "implicitDeny"
    assert told.notes == ()


def test_where_acls_are_on_they_may_grant_to_accounts_and_to_everyone():
    on = {"object_ownership": "ObjectWriter"}
    found = with_acls(PARTNER, own=(policy(allow("s3:*")),), **on)
    assert str(found.decision) == "unknown"
    assert found.missing_context == ("the ACLs",)
    # An ACL names an account: its user still needs a policy of that account (S3-015).
    assert str(with_acls(PARTNER, **on).decision) == "implicitDeny"
    assert str(with_acls(None, **on).decision) == "unknown"
    assert str(with_acls(None, **on, ignore_public_acls="true").decision) == "implicitDeny"

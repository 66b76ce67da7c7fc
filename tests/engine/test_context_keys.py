"""Each condition key is part of the requests where AWS sends it, and of no other."""

from __future__ import annotations

import pytest

from iamsim.catalog.condition_keys import global_keys, sends
from iamsim.model.principal import ANONYMOUS, Principal, PrincipalKind, Session, principal, role_session
from tests.accounts import A, B, account, allow, bucket, deny, policy, role, simulator

APP = f"arn:aws:iam::{A}:role/app"
OBJECT = "arn:aws:s3:::b/x"
KEY = f"arn:aws:kms:eu-west-1:{A}:key/k"
IDP = f"arn:aws:iam::{A}:oidc-provider/idp.example.com"
SERVICE = Principal(PrincipalKind.SERVICE, "cloudtrail.amazonaws.com")
USER = principal(f"arn:aws:iam::{A}:user/alice")
ROOT = principal(f"arn:aws:iam::{A}:root")
MADE = role_session(APP, Session("s1"))
UNKNOWN = role_session(APP, Session("s1", known=False))


def state(
    caller, key, action="s3:GetObject", resource=OBJECT, *, stated=None, values=None, organization="o-exampleorg1"
):
    """The values of the key in the request, `absent`, or `unknown`."""
    asking = policy(deny("*", Principal="*", Condition={"Null": {key: "true"}}))
    rcps, trust = ((asking,),), policy(allow("sts:AssumeRole", on=None, Principal={"Service": "ec2.amazonaws.com"}))
    home = account(
        role(APP, trust=trust), resources=[bucket("b", asking)], rcps=rcps, scps=rcps, organization=organization
    )
    world = simulator(home, account(id=B), stated=stated or {})
    request = world.request(caller, action, resource, values=values)
    found = request.context.values.get(key.lower())
    return found if found is not None else "absent" if request.context.is_absent(key.lower()) else "unknown"


@pytest.mark.parametrize(
    ("caller", "key", "expected"),
    [
        # KEY-001, 003, 009: signed requests, and members of an organization.
        (MADE, "aws:PrincipalArn", (APP,)),
        (ANONYMOUS, "aws:PrincipalArn", "absent"),
        (ANONYMOUS, "aws:PrincipalIsAWSService", "absent"),
        (principal(IDP), "aws:PrincipalOrgID", "absent"),
        (principal(IDP), "aws:PrincipalArn", "absent"),
        (principal(IDP), "aws:PrincipalIsAWSService", "absent"),
        (MADE, "aws:PrincipalOrgID", ("o-exampleorg1",)),
        (MADE, "aws:PrincipalOrgPaths", "unknown"),
        (SERVICE, "aws:PrincipalOrgID", "absent"),
        # KEY-005: the root user, services and unsigned callers have no tags.
        (ROOT, "aws:PrincipalTag/team", "absent"),
        (SERVICE, "aws:PrincipalTag/team", "absent"),
        (ANONYMOUS, "aws:PrincipalTag/team", "absent"),
        (USER, "aws:PrincipalTag/team", "unknown"),
        # KEY-012 to 016: the way the credentials were made.
        (SERVICE, "aws:TokenIssueTime", "absent"),
        (USER, "aws:TokenIssueTime", "unknown"),
        (MADE, "aws:TokenIssueTime", "unknown"),
        (USER, "aws:MultiFactorAuthPresent", "unknown"),
        (MADE, "aws:MultiFactorAuthPresent", "unknown"),
        (SERVICE, "aws:MultiFactorAuthPresent", "absent"),
        (ANONYMOUS, "aws:MultiFactorAuthAge", "absent"),
        (principal(IDP), "aws:MultiFactorAuthPresent", "absent"),
        (ROOT, "aws:AssumedRoot", "unknown"),
        (USER, "aws:AssumedRoot", "absent"),
        (MADE, "aws:AssumedRoot", "absent"),
        # KEY-032 to 034: what compute services and the console put on sessions.
        (USER, "aws:Ec2InstanceSourceVpc", "absent"),
        (MADE, "aws:Ec2InstanceSourceVpc", "absent"),
        (UNKNOWN, "aws:Ec2InstanceSourcePrivateIPv4", "unknown"),
        (UNKNOWN, "ec2:RoleDelivery", "unknown"),
        (MADE, "aws:ChatbotSourceArn", "absent"),
        (ANONYMOUS, "aws:SignInSessionArn", "absent"),
        (USER, "aws:SignInSessionArn", "unknown"),
        # KEY-030: of services that act by themselves.
        (MADE, "aws:SourceAccount", "absent"),
        (SERVICE, "aws:SourceAccount", "unknown"),
    ],
)  # fmt: skip
def test_a_key_of_the_caller_is_sent_by_callers_that_have_it(caller, key, expected):
    """IAM User Guide, "AWS global condition context keys", the availability of each key."""
    assert state(caller, key) == expected


@pytest.mark.parametrize(
    ("action", "resource", "key", "expected"),
    [
        # KEY-019: only requests to the services on AWS's list.
        ("sts:GetAccessKeyInfo", "*", "aws:VpceOrgID", "absent"),
        ("s3:GetObject", OBJECT, "aws:VpceOrgID", "unknown"),
        ("s3:GetObject", OBJECT, "aws:SourceVpc", "unknown"),
        # KEY-020, 021: not of the actions that AWS excepts.
        ("s3:GetObject", OBJECT, "aws:ResourceAccount", (A,)),
        ("ebs:ListSnapshotBlocks", f"arn:aws:ec2:eu-west-1:{A}:snapshot/snap-1", "aws:ResourceAccount", "absent"),
        ("ebs:ListSnapshotBlocks", f"arn:aws:ec2:eu-west-1:{A}:snapshot/snap-1", "aws:ResourceOrgID", "absent"),
        ("s3:GetObject", OBJECT, "aws:ResourceOrgID", ("o-exampleorg1",)),
        # KEY-024: a regional resource is asked where it is.
        ("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{A}:q", "aws:RequestedRegion", ("eu-west-1",)),
        ("s3:GetObject", OBJECT, "aws:RequestedRegion", ("us-east-1",)),
        # KEY-027, 028: a direct call.
        ("s3:GetObject", OBJECT, "aws:CalledVia", "absent"),
        ("s3:GetObject", OBJECT, "aws:ViaAWSService", ("false",)),
        # KEY-049: KMS tells whose caller it is; ViaService only where a service calls for somebody.
        ("kms:Decrypt", KEY, "kms:CallerAccount", (A,)),
        ("kms:Decrypt", KEY, "kms:ViaService", "absent"),
        ("kms:Decrypt", KEY, "kms:EncryptionContext:dept", "unknown"),
    ],
)  # fmt: skip
def test_a_key_of_the_request_is_sent_where_aws_says_so(action, resource, key, expected):
    world = simulator(
        account(
            role(APP, policy(deny("*", Condition={"Null": {key: "true"}}))),
            resources=[bucket("b")],
            organization="o-exampleorg1",
        )
    )
    request = world.request(MADE, action, resource)
    found = request.context.values.get(key.lower())
    assert (found or ("absent" if request.context.is_absent(key.lower()) else "unknown")) == expected


def test_a_public_address_rules_out_every_endpoint_and_the_other_way_round():
    for key in ("aws:SourceVpc", "aws:SourceVpce", "aws:VpceAccount", "aws:SourceVpcArn"):
        assert state(MADE, key, stated={"aws:sourceip": ("203.0.113.7",)}) == "absent"
    assert state(MADE, "aws:SourceIp", stated={"aws:sourcevpce": ("vpce-1",)}) == "absent"


def test_a_key_that_a_service_used_for_the_caller_says_so():
    """KMS asked by S3: the service is told, the call is not direct, and what came before it is not known."""
    asks = {"action": "kms:Decrypt", "resource": KEY, "values": {"kms:viaservice": ("s3.eu-west-1.amazonaws.com",)}}
    assert state(MADE, "aws:ViaAWSService", **asks) == ("true",)
    assert state(MADE, "aws:CalledVia", **asks) == "unknown"


def test_where_a_key_is_never_sent_is_told_by_whole_names():
    """What `condition_keys.sends` takes for granted, so as not to read every service that a pattern could name."""
    never = {pattern for key in global_keys() for pattern in key.never}
    assert all("*" not in pattern or pattern.partition(":")[2] == "*" for pattern in never)
    assert sends("ebs:ListSnapshotBlocks", "aws:ResourceAccount") is False
    assert sends("detective:AcceptInvitation", "aws:ResourceAccount") is False
    assert sends("detective:ListGraphs", "aws:ResourceAccount") is None

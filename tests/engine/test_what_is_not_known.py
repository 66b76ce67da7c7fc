"""What AWS sends, does not send, or may send with a request: never taken for known when it is not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iamsim import documents
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Account, Organization, Resource, Role
from iamsim.model.origin import Origin
from iamsim.model.policy import PolicyType
from iamsim.model.principal import principal

A, B = "111122223333", "444455556666"
APP = f"arn:aws:iam::{A}:role/App"
AT = datetime(2026, 5, 1, tzinfo=UTC)


def policy(*statements):
    return documents.policy_of({"Version": "2012-10-17", "Statement": list(statements)}, origin=Origin("p"), name="p")


def allow(action="*", **members):
    return {"Effect": "Allow", "Action": action, "Resource": "*", **members}


def deny(**condition):
    return {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}


def decided(action, resource, *statements, trusts=None, region="eu-west-1", resources=(), caller=APP):
    """The decision on what a role of account A asks."""
    trust = {"Effect": "Allow", "Principal": trusts or {"AWS": A}, "Action": "sts:AssumeRole"}
    role = Role(APP, trust=policy(trust), policies=(policy(*statements),) if statements else ())
    account = Account(A, roles={APP: role}, resources={r.arn: r for r in resources}, seen=frozenset(PolicyType))
    simulator = Simulator(Organization({A: account}), at=AT, region=region)
    return str(simulator.explain(simulator.request(principal(caller), action, resource)).decision)


@pytest.mark.parametrize(
    ("service", "key"),
    [("ec2.amazonaws.com", "ec2:SourceInstanceARN"), ("lambda.amazonaws.com", "lambda:SourceFunctionArn")],
)
def test_a_role_that_a_service_hands_out_may_carry_what_the_service_puts_on_it(service, key):
    """Lambda Developer Guide, "Using source function ARN to control function access behavior" (KEY-033)."""
    absent = deny(Null={key: "true"})
    given = ("s3:GetObject", "arn:aws:s3:::notes/a", allow(), absent)
    assert decided(*given, trusts={"Service": service}) == "unknown"
    assert decided(*given, trusts={"AWS": A}) == "explicitDeny"


def test_the_tag_of_a_role_that_was_not_loaded_is_not_known():
    """Service Authorization Reference, AWS STS: AssumeRole has iam:ResourceTag."""
    asks = allow("sts:AssumeRole", Condition={"StringEquals": {"iam:ResourceTag/team": "x"}})
    assert decided("sts:AssumeRole", f"arn:aws:iam::{B}:role/T", asks) == "unknown"


@pytest.mark.parametrize(
    ("action", "region"),
    [("support:DescribeCases", "us-east-1"), ("chatbot:ListMicrosoftTeamsConfiguredTeams", "us-west-2")],
)
def test_a_global_service_answers_from_its_one_region(action, region):
    """IAM User Guide, "AWS: Denies access to AWS based on the requested Region"."""
    assert decided(action, "*", allow(), deny(StringNotEquals={"aws:RequestedRegion": region})) == "allowed"
    assert decided(action, "*", allow(), deny(StringNotEquals={"aws:RequestedRegion": "eu-west-1"})) == "explicitDeny"


def test_from_which_region_iam_answers_in_another_partition_is_not_told():
    guard = deny(StringNotEquals={"aws:RequestedRegion": ["us-gov-west-1", "us-gov-east-1"]})
    assert decided("iam:ListRoles", "*", allow(), guard, region="us-gov-west-1") == "unknown"


def test_the_owner_is_not_taken_for_known_where_aws_does_not_send_it():
    """IAM User Guide, "AWS global condition context keys", aws:ResourceAccount (KEY-020)."""
    guard = deny(StringNotEquals={"aws:ResourceAccount": A})
    assert decided("ec2:CopyFpgaImage", "*", allow(), guard) != "allowed"
    assert (
        decided("s3:GetObject", "arn:aws:s3:::notes/a", allow(), guard, resources=(Resource("arn:aws:s3:::notes"),))
        == "allowed"
    )


def test_a_domain_policy_grants_what_another_domain_asks_of_it():
    """Amazon OpenSearch Service Developer Guide, "Cross-cluster replication"."""
    domain = f"arn:aws:es:eu-west-1:{A}:domain/dst"
    grant = policy(allow("es:ESCrossClusterGet", Principal={"AWS": "*"}, Resource=domain))
    assert decided("es:ESCrossClusterGet", domain, resources=(Resource(domain, grant),)) == "allowed"


@pytest.mark.parametrize("operator", ["DateLessThan", "DateGreaterThan"])
def test_four_digits_are_a_year_or_seconds_and_nobody_says_which(operator):
    asks = allow(Condition={operator: {"aws:CurrentTime": "2030"}})
    assert decided("s3:GetObject", "arn:aws:s3:::notes/a", asks) == "unknown"


def test_a_netmask_is_no_range_of_addresses():
    asks = allow(Condition={"NotIpAddress": {"aws:SourceIp": "203.0.113.0/255.255.255.0"}})
    account = Account(
        A,
        roles={
            APP: Role(
                APP,
                policy({"Effect": "Allow", "Principal": {"AWS": A}, "Action": "sts:AssumeRole"}),
                policies=(policy(asks),),
            )
        },
        seen=frozenset(PolicyType),
    )
    simulator = Simulator(Organization({A: account}), at=AT, stated={"aws:sourceip": ("203.0.113.7",)})
    request = simulator.request(principal(APP), "s3:GetObject", "arn:aws:s3:::notes/a")
    assert str(simulator.explain(request).decision) == "unknown"

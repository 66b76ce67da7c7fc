"""Of which kind a policy is, its text tells mostly, and its name the rest."""

from __future__ import annotations

import pytest

from iamsim.drafts import PolicyKind
from iamsim.drafts.recognised import is_policy, kind_of


def policy(**parts: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", **parts}]}


IDENTITY = policy(Resource="*")
TRUST = policy(Action=["sts:AssumeRole", "sts:TagSession"], Principal={"AWS": "111122223333"})
BUCKET = policy(Principal="*", Resource="arn:aws:s3:::documents/*")


@pytest.mark.parametrize(
    ("value", "name", "kind"),
    [
        (IDENTITY, "policies/read.json", PolicyKind.IDENTITY),
        (IDENTITY, "quilt-session-tags/roles/app/inline/athena.json", PolicyKind.IDENTITY),
        (IDENTITY, "boundaries-of-taste/read.json", PolicyKind.IDENTITY),
        (IDENTITY, "organization/scps/00-root/deny-leaving.json", PolicyKind.SCP),
        (IDENTITY, "deny_leaving.scp.json", PolicyKind.SCP),
        (IDENTITY, "developer-boundary.json", PolicyKind.BOUNDARY),
        (IDENTITY, "session-policy.json", PolicyKind.SESSION),
        (TRUST, "trust.json", PolicyKind.TRUST),
        (TRUST, "anything.json", PolicyKind.TRUST),
        (BUCKET, "bucket.json", PolicyKind.RESOURCE),
        (BUCKET, "rcps/perimeter.json", PolicyKind.RCP),
        (BUCKET, "vpc-endpoints/vpce-0123.json", PolicyKind.VPC_ENDPOINT),
        (policy(Principal="*", Action="sts:GetCallerIdentity"), "odd.json", PolicyKind.TRUST),
    ],
)
def test_the_kind(value, name, kind):
    assert kind_of(value, name)[0] is kind


@pytest.mark.parametrize(
    ("value", "service"),
    [
        (BUCKET, "s3"),
        (policy(Principal="*", Action="kms:*", Resource="*"), "kms"),
        (policy(Principal="*", Action="*", Resource="arn:aws:sqs:us-east-1:111122223333:jobs"), "sqs"),
        (policy(Principal="*", Action="*", Resource="*"), ""),
    ],
)
def test_the_service_of_a_resource_policy(value, service):
    assert kind_of(value, "policy.json") == (PolicyKind.RESOURCE, service)


@pytest.mark.parametrize(
    "value", [None, [], "x", {}, {"Statement": [], "Resources": {}}, {"name": "x", "version": "1"}]
)
def test_what_is_meant_to_be_no_policy(value):
    assert not is_policy(value)


@pytest.mark.parametrize("value", [None, [], "x", 7, {"Statement": 7}, {"Statement": [7, {"Action": {"a": 1}}]}])
def test_no_value_stops_it(value):
    assert kind_of(value, "policy.json")[0] in set(PolicyKind)

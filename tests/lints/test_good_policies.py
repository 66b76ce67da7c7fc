"""Plain good policies: no lint has anything to tell everybody about them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from iamsim.lint import Selection, drafts_of, lint
from iamsim.lints import lints
from iamsim.model.finding import Audience
from iamsim.sources import Options, load
from tests.lints.cases import draft

ACCOUNT = "arn:aws:iam::111122223333:"
GITHUB, CLUSTER = (
    "token.actions.githubusercontent.com",
    "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE",
)
QUEUE, TOPIC = "arn:aws:sqs:us-east-1:111122223333:orders", "arn:aws:sns:us-east-1:111122223333:orders"


def statement(principal: object, action: object, condition: object = None, **more: object) -> dict[str, Any]:
    found = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    return {**found, "Condition": condition} if condition else found


def service(name: str) -> list[dict[str, Any]]:
    return [statement({"Service": name}, "sts:AssumeRole")]


def web(provider: str, claims: dict[str, str]) -> list[dict[str, Any]]:
    condition = {"StringEquals": {f"{provider}:{claim}": value for claim, value in claims.items()}}
    return [statement({"Federated": f"{ACCOUNT}oidc-provider/{provider}"}, "sts:AssumeRoleWithWebIdentity", condition)]


GOOD: dict[str, list[dict[str, Any]]] = {
    "a role of AWS Lambda": service("lambda.amazonaws.com"),
    "a role of Amazon EC2": service("ec2.amazonaws.com"),
    "a task role of Amazon ECS": service("ecs-tasks.amazonaws.com"),
    "a task role of Amazon ECS with the account": [
        statement(
            {"Service": "ecs-tasks.amazonaws.com"},
            "sts:AssumeRole",
            {
                "ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:111122223333:*"},
                "StringEquals": {"aws:SourceAccount": "111122223333"},
            },
        )
    ],
    "a trust in one role": [statement({"AWS": f"{ACCOUNT}role/server"}, "sts:AssumeRole")],
    "a trust in one role with tags": [
        statement({"AWS": f"{ACCOUNT}role/server"}, ["sts:AssumeRole", "sts:TagSession"])
    ],
    "a trust in one role of a vendor": [
        statement(
            {"AWS": "arn:aws:iam::444455556666:role/vendor"},
            "sts:AssumeRole",
            {"StringEquals": {"sts:ExternalId": "0c1f8a3e-7b52-4d1c-9a67-2f1f5d3c8e90"}},
        )
    ],
    "a trust in a repository of GitHub, by its ids": web(
        GITHUB,
        {"aud": "sts.amazonaws.com", "sub": "repo:octo-org@123456/octo-repo@456789:ref:refs/heads/main"},
    ),
    "a trust in a service account of Amazon EKS": web(
        CLUSTER, {"aud": "sts.amazonaws.com", "sub": "system:serviceaccount:data:reports"}
    ),
    "a trust in one's own provider": web("login.example.com", {"aud": "reports", "sub": "nightly-job"}),
    "EKS Pod Identity": [statement({"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"])],
    "a role of IAM Identity Center": [
        statement(
            {"Federated": f"{ACCOUNT}saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"},
            ["sts:AssumeRoleWithSAML", "sts:TagSession"],
            {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        )
    ],
    "authenticated identities of a Cognito pool": [
        statement(
            {"Federated": "cognito-identity.amazonaws.com"},
            "sts:AssumeRoleWithWebIdentity",
            {
                "StringEquals": {
                    "cognito-identity.amazonaws.com:aud": "us-east-1:12345678-dcba-dcba-dcba-123456790abc"
                },
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
            },
        )
    ],
    "a bucket that is asked over TLS alone": [
        statement(
            "*",
            "s3:*",
            {"Bool": {"aws:SecureTransport": "false"}},
            Effect="Deny",
            Resource=["arn:aws:s3:::documents", "arn:aws:s3:::documents/*"],
        )
    ],
    "a bucket behind Amazon CloudFront": [
        statement(
            {"Service": "cloudfront.amazonaws.com"},
            "s3:GetObject",
            {"StringEquals": {"AWS:SourceArn": "arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE"}},
            Resource="arn:aws:s3:::documents/*",
        )
    ],
    "a key as AWS KMS makes it": [
        statement({"AWS": f"{ACCOUNT}root"}, "kms:*", Sid="Enable IAM User Permissions", Resource="*")
    ],
    "a queue that a topic sends to": [
        statement(
            {"Service": "sns.amazonaws.com"},
            "sqs:SendMessage",
            {"ArnEquals": {"aws:SourceArn": TOPIC}},
            Resource=QUEUE,
        )
    ],
    "a topic for its own account": [
        statement(
            {"AWS": "*"},
            ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:Subscribe", "SNS:Publish"],
            {"StringEquals": {"aws:PrincipalAccount": "111122223333"}},
            Resource=TOPIC,
        )
    ],
    "a function that a bucket calls": [
        statement(
            {"Service": "s3.amazonaws.com"},
            "lambda:InvokeFunction",
            {
                "StringEquals": {"AWS:SourceAccount": "111122223333"},
                "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::documents"},
            },
            Resource="arn:aws:lambda:us-east-1:111122223333:function:report",
        )
    ],
}


@pytest.mark.parametrize("name", GOOD)
def test_a_plain_good_policy_is_clean(name):
    text = json.dumps({"Version": "2012-10-17", "Statement": GOOD[name]}, indent=2)
    selection = Selection(frozenset(lints()), audience=Audience.EVERYONE)
    assert [(each.rule, each.message) for each in lint((draft({"policy": text}),), (), selection).findings] == []


def test_a_plain_good_account_is_clean(tmp_path):
    """Loaded as an account, the same trust policies have a world to stand in."""
    (tmp_path / "account.toml").write_text(
        'id = "111122223333"\nseen = ["scp", "rcp", "boundary", "resource", "vpc-endpoint"]\n', encoding="utf-8"
    )
    trusts = {name: found for name, found in GOOD.items() if "Resource" not in found[0]}
    for number, found in enumerate([*trusts.values(), service("ecs-tasks.amazonaws.com")]):
        folder = tmp_path / "roles" / ("server" if number == len(trusts) else f"role-{number}")
        folder.mkdir(parents=True)
        text = json.dumps({"Version": "2012-10-17", "Statement": found})
        (folder / "trust.json").write_text(text, encoding="utf-8")
    drafts, world = drafts_of(load(str(tmp_path), Options()).organization)
    selection = Selection(frozenset(lints()), audience=Audience.EVERYONE)
    assert len(drafts) == len(trusts) + 1
    assert [(each.rule, each.message) for each in lint(drafts, (world,), selection).findings] == []

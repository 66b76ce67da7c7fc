"""Conditions, services and identities as a person would say them."""

from __future__ import annotations

import pytest

from iamsim.graph.words import condition, identities, service
from iamsim.model.policy import Condition
from tests.graph.made import by

GITHUB = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
CLUSTER = "oidc.eks.us-east-1.amazonaws.com/id/ABC"


@pytest.mark.parametrize(
    ("operator", "key", "values", "said"),
    [
        ("StringEquals", "sts:ExternalId", ("a", "b"), "sts:ExternalId is `a` or `b`"),
        ("StringNotLikeIfExists", "aws:PrincipalArn", ("x*",), "aws:PrincipalArn is not like `x*`, if it is sent"),
        ("ForAnyValue:StringEquals", "aws:TagKeys", ("t",), "some value of aws:TagKeys is `t`"),
        ("ForAllValues:StringLike", "aws:TagKeys", ("t*",), "every value of aws:TagKeys is like `t*`"),
        ("Null", "sts:SourceIdentity", ("true",), "sts:SourceIdentity is not sent"),
        ("Null", "sts:SourceIdentity", ("false",), "sts:SourceIdentity is sent"),
        ("NumericLessThan", "aws:MultiFactorAuthAge", ("300",), "aws:MultiFactorAuthAge is less than `300`"),
        ("NoSuchOperator", "aws:x", ("1",), "NoSuchOperator of aws:x: `1`"),
        ("StringEquals", "aws:x", tuple("abcdefgh"), "aws:x is `a` or `b` or `c` or `d` or `e` or `f` or 2 more"),
        (
            "StringEquals",
            "aws:PrincipalTag/api_key",
            ("hunter2hunter2",),
            "aws:PrincipalTag/api_key is `redacted (14 characters)`",
        ),
    ],
)
def test_a_condition_is_a_clause(operator, key, values, said):
    assert condition(Condition(operator, key, values)) == said


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("repo:acme/*", "any GitHub repository of the organization acme"),
        ("repo:acme*", "any GitHub repository whose owner begins with acme"),
        ("repo:acme/app:*", "the GitHub repository acme/app"),
        ("repo:acme/app:ref:refs/heads/main", "the GitHub repository acme/app on refs/heads/main"),
        ("repo:acme/app:environment:prod", "the GitHub repository acme/app in the environment prod"),
        ("repo:acme/app:pull_request", "the GitHub repository acme/app in pull requests"),
        ("repo:acme@12/app@34:ref:refs/heads/main", "the GitHub repository acme@12/app@34 on refs/heads/main"),
        ("repo:acme/api-*:*", "any GitHub repository like acme/api-*"),
        ("repo:*", "any GitHub repository"),
        ("*", "any GitHub repository"),
        ("user:1", "GitHub Actions with this subject"),
    ],
)
def test_a_subject_of_github_says_which_repositories(subject, said):
    (found,) = by(
        when={"StringLike": {"token.actions.githubusercontent.com:sub": subject}}, Federated=GITHUB
    ).statements
    assert identities(GITHUB, found) == f"{said} ({subject})"


def test_without_a_condition_on_the_subject_it_is_anybody():
    (found,) = by(Federated=GITHUB).statements
    assert identities(GITHUB, found) == "any GitHub repository"
    assert identities("accounts.google.com", found) == "any identity of accounts.google.com"
    (negative,) = by(
        when={"StringNotLike": {"token.actions.githubusercontent.com:sub": "repo:acme/*"}}, Federated=GITHUB
    ).statements
    assert identities(GITHUB, negative) == "any GitHub repository"


def test_a_cluster_says_which_service_account():
    when = {"StringEquals": {f"{CLUSTER}:sub": "system:serviceaccount:mcp:server"}}
    (found,) = by(when=when, Federated=f"arn:aws:iam::111122223333:oidc-provider/{CLUSTER}").statements
    said = identities(f"arn:aws:iam::111122223333:oidc-provider/{CLUSTER}", found)
    assert said == f"the Kubernetes service account mcp/server of {CLUSTER}"


def test_a_service_that_is_not_known_keeps_its_name():
    assert service("x.amazonaws.com") == "the service x.amazonaws.com"

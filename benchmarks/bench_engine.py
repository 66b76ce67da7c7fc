"""Decisions and explanations per second on one core, each Request built anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from iamsim import documents
from iamsim.engine import policyset
from iamsim.model.policy import Layers
from iamsim.model.principal import Session, role_session
from iamsim.model.request import Context, Request

ROLE = "arn:aws:iam::111122223333:role/app"
CALLER = role_session(ROLE, Session("s"))
SERVICES = ("s3", "sqs", "dynamodb", "lambda", "kms")


def policy(name, statements):
    return documents.policy(json.dumps({"Version": "2012-10-17", "Statement": statements}), document=f"{name}.json")


def small():
    return Layers(
        (
            policy(
                "two",
                [
                    {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::data-1"},
                    {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::data-1/*"},
                ],
            ),
        )
    )


def large(others):
    """One policy of 20 statements about S3, and `others` more about services that nobody asks for."""
    own = [
        {
            "Sid": f"S{i}",
            "Effect": "Deny" if i % 7 > 5 else "Allow",
            "Action": ["s3:GetObject", "s3:Put*"] if i % 2 else "s3:*",
            "Resource": [f"arn:aws:s3:::data-{i}/*", f"arn:aws:s3:::data-{i}/x/${{aws:PrincipalTag/team}}/*"],
            "Condition": {
                "StringLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"},
                "Bool": {"aws:SecureTransport": "true"},
            },
        }
        for i in range(20)
    ]
    rest = [{"Effect": "Allow", "Action": f"{SERVICES[1 + i % 4]}:Get{i}", "Resource": "*"} for i in range(others)]
    return Layers((policy("own", own), *([policy("rest", rest)] if rest else [])))


def request(i):
    context = {
        "aws:principalarn": (ROLE,),
        "aws:principaltag/team": ("data",),
        "aws:securetransport": ("true",),
        "aws:currenttime": (datetime(2026, 1, 2, tzinfo=UTC).isoformat(),),
    }
    return Request(CALLER, "s3:GetObject", f"arn:aws:s3:::data-{i % 20}/raw/k{i}.csv", Context(context), "111122223333")


@pytest.mark.parametrize(
    ("name", "layers"), [("small", small()), ("large", large(0)), ("large, 2000 other statements", large(2000))]
)
def test_decide(name, layers, benchmark):
    compiled = policyset.compile(layers)

    def thousand():
        for i in range(1000):
            compiled.decide(request(i))

    thousand()
    benchmark(thousand)
    print(f"\n{name}: {1000 / benchmark.stats.stats.median:,.0f} decisions per second, requests built anew")


def test_explain(benchmark):
    compiled = policyset.compile(large(0))

    def hundred():
        for i in range(100):
            compiled.explain(request(i))

    benchmark(hundred)
    print(f"\n{100 / benchmark.stats.stats.median:,.0f} explanations per second")

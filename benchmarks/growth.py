"""What a decision costs when there is more of something: statements, roles, requests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import loader, ours, timing
from iamsim import documents
from iamsim.engine import policyset
from iamsim.model.policy import Layers
from iamsim.model.principal import Session, role_session

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SERVICES = ("sqs", "dynamodb", "lambda", "kms")
PER_POLICY = 500
"""Statements of one document."""


def others(size: str, seconds: float) -> dict[str, Any]:
    """Twenty statements about S3, and `size` more that do not name the action."""
    rest = [
        {"Effect": "Allow", "Action": f"{SERVICES[i % 4]}:Get{i}", "Resource": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q{i}"}
        for i in range(int(size))
    ]
    return measured([*map(naming, range(20)), *rest], lambda: iter(["arn:aws:s3:::data-19/raw/k.csv"]), 1, seconds)


def same(size: str, seconds: float) -> dict[str, Any]:
    """`size` statements that all name the action and have conditions; the last one allows."""
    number = int(size)
    last = f"arn:aws:s3:::data-{number - 1}/raw/k.csv"
    return measured(list(map(naming, range(number))), lambda: iter([last]), 1, seconds)


def roles(size: str, seconds: float) -> dict[str, Any]:
    """The first `size` roles of workload c, each asked its 60 requests."""
    work = loader.load("c", callers=int(size))
    speed = timing.speed(lambda n: loader.rows(work, repeats=n), ours.decide_all, work.decisions, seconds=seconds)
    return row(speed, work.compile_seconds)


def requests(size: str, seconds: float) -> dict[str, Any]:
    """
    `size` different requests to one set of twenty statements.

    Their resources are written in the time that is measured and kept nowhere: what a set would keep of each request
    shows as memory.
    """
    return measured(
        [*map(naming, range(20))], lambda: (f"arn:aws:s3:::data-{i % 20}/raw/k{i}.csv" for i in range(int(size))),
        int(size), seconds,
    )  # fmt: skip


PROGRAMS: dict[str, Callable[[str, float], dict[str, Any]]] = {
    "others": others,
    "same": same,
    "roles": roles,
    "requests": requests,
}


def naming(i: int) -> dict[str, Any]:
    """A statement that names s3:GetObject, for a bucket of its own."""
    return {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:Put*"] if i % 2 else "s3:*",
        "Resource": [f"arn:aws:s3:::data-{i}/*", f"arn:aws:s3:::home-{i}/${{aws:PrincipalTag/team}}/*"],
        "Condition": {
            "StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"},
            "Bool": {"aws:SecureTransport": "true"},
        },
    }


def measured(
    statements: list[dict[str, Any]], resources: Callable[[], Iterator[str]], count: int, seconds: float
) -> dict[str, Any]:
    """The speed of one set that is asked for s3:GetObject on each of `count` resources."""
    texts = [
        json.dumps({"Version": "2012-10-17", "Statement": statements[at : at + PER_POLICY]})
        for at in range(0, len(statements), PER_POLICY)
    ]
    start = time.process_time()
    policies = tuple(documents.policy(text, document=f"policy-{i}.json") for i, text in enumerate(texts))
    compiled = policyset.compile(Layers(policies))
    compile_seconds = time.process_time() - start
    caller = role_session(ROLE, Session("bench"))
    values = {"aws:principaltag/team": ("data",), "aws:securetransport": ("true",)}

    def rows(repeats: int) -> list[loader.Row]:
        calls = (
            (compiled, "s3:GetObject", resource, values, ACCOUNT) for _ in range(repeats) for resource in resources()
        )
        return [(caller, (ROLE,), calls)]

    return row(timing.speed(rows, ours.decide_all, count, seconds=seconds), compile_seconds)


def row(speed: timing.Speed, compile_seconds: float) -> dict[str, Any]:
    """What a line of a growth table is made of."""
    return {
        "best": speed.best,
        "median": speed.median,
        "first": speed.first,
        "compile": compile_seconds,
        "memory": timing.peak_megabytes(),
    }

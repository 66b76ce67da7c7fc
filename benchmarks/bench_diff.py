"""Two states of an account of two hundred roles, twenty of them changed, compared over the whole catalog; and a limit put on all."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.timing import peak_megabytes
from iamsim import documents
from iamsim.diff import Asked, Side, diff
from iamsim.diff.model import Difference
from iamsim.model.account import Account, Organization, Resource, Role
from iamsim.model.policy import Policy, PolicyType

ROLES, CHANGED, BUCKETS, SEED = 200, 20, 40, 7
SECONDS, SECONDS_OF_ALL, MEGABYTES = 5, 20, 400
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
_ACCOUNT = "111122223333"
_SERVICES = ("s3", "sqs", "sns", "dynamodb", "ec2", "lambda", "logs", "kms", "iam", "glue", "athena", "ecs")
_LIMIT = {
    "Effect": "Deny",
    "NotAction": ["iam:*", "sts:*", "organizations:*", "route53:*", "support:*"],
    "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["us-east-1", "eu-west-1"]}},
}


def made(*, changed: int = 0, limited: bool = False, seed: int = SEED) -> Organization:
    """
    One account; the first `changed` roles have another policy than without, and with `limited` an SCP more is there.

    Of 20 roles one may do everything, two everything of a service under a permissions boundary, the others what two
    statements let them, one of three on condition. A third of the buckets have a policy.
    """
    chance = random.Random(seed)  # noqa: S311 - the same each time, and no secret
    buckets = [f"arn:aws:s3:::team-{number}" for number in range(BUCKETS)]
    boundary = _policy(*({"Effect": "Allow", "Action": f"{each}:*", "Resource": "*"} for each in _SERVICES[:8]))
    roles = {}
    for number in range(ROLES):
        arn = f"arn:aws:iam::{_ACCOUNT}:role/team-{number % 25}/role-{number}"
        own = _own(chance, number % 20, buckets)
        extra = [{"Effect": "Allow", "Action": ["s3:Put*", "sqs:*", "iam:List*"], "Resource": "*"}]
        extra += [{"Effect": "Deny", "Action": "dynamodb:Delete*", "Resource": "*"}]
        policies = (_policy(*own), *((_policy(*extra),) if number < changed else ()))
        trust = _policy(
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{_ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        )
        role = Role(arn, trust, policies)
        limit = f"arn:aws:iam::{_ACCOUNT}:policy/limit"
        roles[arn] = replace(role, boundary=boundary, boundary_arn=limit) if number % 20 in (1, 2) else role
    resources = {each: Resource(each, _door(each) if n % 3 == 0 else None, {}) for n, each in enumerate(buckets)}
    scps = (_policy({"Effect": "Allow", "Action": "*", "Resource": "*"}), *((_policy(_LIMIT),) if limited else ()))
    account = Account(
        _ACCOUNT, roles, resources=resources, seen=frozenset(PolicyType), scps=(scps,), organization="o-example"
    )
    return Organization({_ACCOUNT: account})


def _own(chance: random.Random, kind: int, buckets: list[str]) -> list[dict[str, object]]:
    if kind == 0:
        return [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    if kind < 3:
        return [{"Effect": "Allow", "Action": f"{chance.choice(_SERVICES)}:*", "Resource": "*"}]
    bucket, service = chance.choice(buckets), chance.choice(_SERVICES)
    found: list[dict[str, object]] = [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"{bucket}/*"},
        {"Effect": "Allow", "Action": [f"{service}:Get*", f"{service}:List*"], "Resource": "*"},
    ]
    if kind % 3 == 0:
        found[0]["Condition"] = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    return found


def _door(bucket: str) -> Policy:
    return _policy(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket, f"{bucket}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )


def _policy(*statements: dict[str, object]) -> Policy:
    return documents.policy(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}), document="generated")


def _timed(before: Organization, after: Organization) -> tuple[float, Difference]:
    start = time.process_time()
    found = diff(Asked(Side(before), Side(after), AT, "us-east-1"))
    return time.process_time() - start, found


def measured() -> str:
    """One line of what it takes, in this process; fails where it is more than it may be."""
    before = made()
    seconds, found = _timed(before, made(changed=CHANGED))
    assert len(found.principals) == CHANGED
    of_all, limited = _timed(before, made(limited=True))
    peak = peak_megabytes()
    assert limited.principals
    assert _timed(before, made())[1].empty
    assert seconds < SECONDS
    assert of_all < SECONDS_OF_ALL
    assert peak < MEGABYTES
    return (
        f"{CHANGED} of {ROLES} roles changed: {seconds:.1f} s, {_asked(found)}; an SCP put on all of them: {of_all:.1f} s, "
        f"{_asked(limited)}; {peak:.0f} MB"
    )


def _asked(found: Difference) -> str:
    """The number of requests, as the difference tells it."""
    return found.domain.rpartition(". ")[2].removesuffix(" were asked.")


def test_two_hundred_roles_are_compared_in_time():
    # A process of its own: what else this one holds is not the comparison's.
    code = "from benchmarks.bench_diff import measured; print(measured())"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False
    )
    print(f"\n{ran.stdout.strip()}")
    assert ran.returncode == 0, ran.stderr

"""The graph of ten thousand roles: how long it takes to make, how much it holds, and how long a way through it takes to find."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.timing import peak_megabytes
from iamsim import documents
from iamsim.engine.simulator import Simulator
from iamsim.graph.build import graph
from iamsim.graph.model import Graph
from iamsim.graph.paths import cycles, paths, reach
from iamsim.model.account import Account, Organization, Role
from iamsim.model.policy import Policy, PolicyType

ROLES, ACCOUNTS, SEED = 10_000, 20, 7
SECONDS, MEGABYTES, MILLISECONDS = 10, 500, 100
_GITHUB = "token.actions.githubusercontent.com"


def made(roles: int = ROLES, accounts: int = ACCOUNTS, seed: int = SEED) -> Organization:
    """
    Roles in accounts of one organization, the same for the same seed.

    Of 20 trust policies seven trust an account (their own, or another), five a role by name, five a
    service, three GitHub, and of a hundred one everyone of the organization; a third of those that trust an
    account ask for an external id. Of 20 roles one may assume every role, four those of a team, six one by name.
    """
    chance = random.Random(seed)  # noqa: S311 - the same each time, and no secret
    ids = [f"{100000000000 + number}" for number in range(accounts)]
    arns = [f"arn:aws:iam::{ids[n % accounts]}:role/team-{n // accounts % 25}/role-{n}" for n in range(roles)]
    scp = _policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    found: dict[str, dict[str, Role]] = {each: {} for each in ids}
    for number, arn in enumerate(arns):
        home = ids[number % accounts]
        trust = _policy(_trust(chance, number % 20, home, ids, arns))
        own = tuple(_policy(each) for each in _own(chance, number // accounts % 20, ids, arns))
        found[home][arn] = Role(arn, trust, own)
    seen = frozenset(PolicyType)
    made_ = (Account(i, roles=found[i], seen=seen, scps=((scp,),), organization="o-example") for i in ids)
    return Organization({account.id: account for account in made_})


def _policy(statement: dict[str, object]) -> Policy:
    import json  # noqa: PLC0415 - beside the only use

    return documents.policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), document="generated")


def _trust(chance: random.Random, kind: int, home: str, ids: list[str], arns: list[str]) -> dict[str, object]:
    allow: dict[str, object] = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    if kind < 7:
        account = home if kind < 5 else chance.choice(ids)
        allow["Principal"] = {"AWS": f"arn:aws:iam::{account}:root"}
        if kind % 3 == 0:
            allow["Condition"] = {"StringEquals": {"sts:ExternalId": f"id-{chance.randrange(1000)}"}}
    elif kind < 12:
        allow["Principal"] = {"AWS": chance.sample(arns, 2)}
    elif kind < 17:
        allow["Principal"] = {"Service": chance.choice(("ecs-tasks", "ec2", "lambda")) + ".amazonaws.com"}
    elif kind < 19 or chance.random() > 0.2:
        allow["Action"] = "sts:AssumeRoleWithWebIdentity"
        allow["Principal"] = {"Federated": f"arn:aws:iam::{home}:oidc-provider/{_GITHUB}"}
        subject = f"repo:acme/app-{chance.randrange(100)}:ref:refs/heads/main"
        allow["Condition"] = {"StringEquals": {f"{_GITHUB}:aud": "sts.amazonaws.com", f"{_GITHUB}:sub": subject}}
    else:
        allow["Principal"] = {"AWS": "*"}
        allow["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": "o-example"}}
    return allow


def _own(chance: random.Random, kind: int, ids: list[str], arns: list[str]) -> list[dict[str, object]]:
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    plain = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
    if kind == 0:
        return [plain, {"Effect": "Allow", "Action": "*", "Resource": "*"}]
    if kind < 5:
        team = f"arn:aws:iam::{chance.choice(ids)}:role/team-{chance.randrange(25)}/*"
        return [plain, {**allow, "Resource": team}]
    if kind < 11:
        return [plain, {**allow, "Resource": chance.sample(arns, 2)}]
    return [plain]


def measured() -> str:
    """One line of what it takes, in this process; fails where it is more than it may be."""
    organization = made()
    # What a command has besides: the policies that it loaded.
    loaded = peak_megabytes()
    start = time.process_time()
    found = graph(Simulator(organization, region="us-east-1"))
    seconds = time.process_time() - start
    asked = [_way(found, seed) for seed in range(20)]
    circles = time.process_time()
    count = len(cycles(found))
    circles = time.process_time() - circles
    peak = peak_megabytes()
    edges = len(found.edges) + sum(len(group.edges) for group in found.groups)
    assert seconds < SECONDS
    assert peak < MEGABYTES
    assert max(asked) * 1000 < MILLISECONDS
    return (
        f"{len(found.nodes):,} nodes, {edges:,} edges, {len(found.groups):,} groups: {seconds:.1f} s, {peak:.0f} MB "
        f"({loaded:.0f} MB of them policies); 3 ways between two: {max(asked) * 1000:.0f} ms at most, "
        f"{sorted(asked)[len(asked) // 2] * 1000:.0f} ms in the median; {count} cycles: {circles:.1f} s"
    )


def _way(found: Graph, seed: int) -> float:
    """The time it takes to find three ways from a principal that can become others to one of those."""
    chance = random.Random(seed)  # noqa: S311 - the same each time, and no secret
    start = chance.choice([name for name in found.nodes if next(found.targets(name), None)])
    end = chance.choice([*reach(found, start)])
    before = time.process_time()
    assert paths(found, start, end)
    return time.process_time() - before


def test_ten_thousand_roles_make_a_graph_in_time():
    # A process of its own: what else this one holds is not the graph's.
    code = "from benchmarks.bench_graph import measured; print(measured())"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False
    )
    print(f"\n{ran.stdout.strip()}")
    assert ran.returncode == 0, ran.stderr

"""Questions about the manifests that are shipped, and accounts that have what was generated, for the tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

from iamsim import documents
from iamsim.generate import Generated, Made, Question, Side, generate
from iamsim.model.account import Account, Organization, Resource, Role
from iamsim.model.policy import Policy, PolicyType
from iamsim.model.principal import HOLE, principal
from iamsim.model.server import Parameter
from iamsim.tools import bindings
from iamsim.tools.manifest import Manifest, named, shipped

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tenant"
SERVER = f"arn:aws:iam::{ACCOUNT}:role/server"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
KEYS = (
    KEY,
    # Those of the ECS server's own repository, of which one has no name that anything tells.
    f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/example-app-name-ecr-kms-key",
    f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{HOLE}",
)
AT = datetime(2026, 1, 30, 12, tzinfo=UTC)
CLAIMS = {"sub": "alice", "session_tags": {"team": "research"}, "principal_tags": {"team": "research"}}
EVERY_TYPE = frozenset(PolicyType) - {PolicyType.SESSION}
OTHERS = tuple(f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("search", "example-app-name-ecr-role"))
"""Roles that servers go on to by themselves."""

# Where a name made up from the parameter's would be no value of it.
VALUES = {
    "AWS_IAM_ARN": OTHERS[0],
    "ResourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:mcp-topic",
    "SourceArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:mcp-dead-letters",
    "TopicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:mcp-topic",
    "bucket_kms_key": KEY.rpartition("/")[2],
    "ecs_resource_arn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/app",
    "execution_role_arn": OTHERS[0],
    "group_attached_policies": f"arn:aws:iam::{ACCOUNT}:policy/shared",
    "infrastructure_role_arn": OTHERS[0],
    "passed_role": OTHERS[0],
    "policy_arn": f"arn:aws:iam::{ACCOUNT}:policy/shared",
    "policy_source_arn": OTHERS[0],
    "regions": "us-east-1",
    "service_arn": f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/app/web",
    "table_bucket_arn": f"arn:aws:s3tables:us-east-1:{ACCOUNT}:bucket/tables",
    "user_attached_policies": f"arn:aws:iam::{ACCOUNT}:policy/shared",
    "warehouse": f"arn:aws:s3tables:us-east-1:{ACCOUNT}:bucket/tables",
}
# Whose default is empty, and that a resource needs all the same.
EMPTY = ("log_group", "log_group_names", "ecs_cluster_name", "package_name", "AWS_IAM_ARN")


def manifests() -> list[tuple[str, str]]:
    """Every shipped manifest in each of its modes."""
    return [(name, mode) for name in shipped() for mode in named(name).server.modes or ("",)]


@cache
def manifest(name: str, mode: str) -> Manifest:
    return named(name).deployed(mode)


def value(parameter: Parameter) -> str:
    """Some value that a parameter of its kind can have."""
    if parameter.name in VALUES:
        return VALUES[parameter.name]
    plain = f"example-{parameter.name.lower().replace('_', '-')}"
    kinds = {"flag": "true", "number": "10", "s3-uri": "s3://example-data/raw/cells.csv", "arn": KEY}
    return kinds.get(parameter.kind, plain[:40])


def settings(found: Manifest) -> dict[str, tuple[str, ...]]:
    """A value for whatever has no default; facts hold."""
    texts = [
        f"{name}={value(each)}"
        for name, each in found.parameters.items()
        if name not in ("account", "region") and (each.default is None or each.kind == "flag" or name in EMPTY)
    ]
    return bindings.settings(texts, found.parameters)


def question(name: str, mode: str = "", **changes: object) -> Question:
    found = manifest(name, mode)
    base = Question(
        found.server,
        found.tools,
        ROLE,
        principal(SERVER),
        AT,
        claims=CLAIMS,
        settings=settings(found),
        region="us-east-1",
        sides=frozenset({Side.ROLE, Side.SERVER}) if passes_token(found) else frozenset(Side),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def passes_token(found: Manifest) -> bool:
    return found.server.assume is not None and found.server.assume.passes_token


@cache
def generated(name: str, mode: str, *, optional: bool = False) -> Generated:
    return generate(question(name, mode, optional=optional))


def read(made: Made, text: str | None = None) -> Policy:
    """The policy as AWS would read it: from its JSON."""
    return documents.policy(text or documents.text(made.policy), document=f"{made.name}.json")


def account(policies: Iterable[tuple[Side, Policy]], *, trusted: str = SERVER) -> Organization:
    """
    The account with these policies; without a trust policy of its own the role trusts `trusted`.

    The KMS keys have the policy that AWS gives a key.
    """
    found: dict[Side, list[Policy]] = {side: [] for side in Side}
    for side, policy in policies:
        found[side].append(policy)
    trust = found[Side.TRUST][0] if found[Side.TRUST] else _trusting(trusted)
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    key = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}],
    }
    roles = {
        ROLE: Role(ROLE, trust, tuple(found[Side.ROLE])),
        SERVER: Role(SERVER, None, tuple(found[Side.SERVER])),
    }
    for arn in OTHERS:
        roles[arn] = Role(arn, _trusting(f"arn:aws:iam::{ACCOUNT}:root"))
    policy = documents.policy(json.dumps(key), document="key.json")
    resources = {arn: Resource(arn, policy, settings={"key_manager": "CUSTOMER"}, grants=()) for arn in KEYS}
    return Organization({ACCOUNT: Account(ACCOUNT, roles, resources=resources, seen=EVERY_TYPE, organization="")})


def _trusting(arn: str) -> Policy:
    actions = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"]
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": actions}
    return documents.policy(json.dumps({"Version": "2012-10-17", "Statement": [statement]}), document="trust.json")

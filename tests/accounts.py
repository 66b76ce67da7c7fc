"""Small organizations for tests, written as JSON-like values."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from iamsim import documents
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Account, Organization, Resource, Role
from iamsim.model.policy import PolicyType

A, B = "111122223333", "444455556666"
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
SERVER, TENANT = f"arn:aws:iam::{A}:role/server", f"arn:aws:iam::{A}:role/tenants/tenant"


def policy(*statements, name="policy"):
    """A policy of the given statements."""
    return documents.policy(
        json.dumps({"Version": "2012-10-17", "Statement": list(statements)}), document=f"{name}.json"
    )


def allow(*actions, on="*", **more):
    """An Allow statement."""
    return {"Effect": "Allow", "Action": list(actions), **({"Resource": on} if on else {}), **more}


def deny(*actions, on="*", **more):
    """A Deny statement."""
    return allow(*actions, on=on, **more) | {"Effect": "Deny"}


def trust(*actions, to, **more):
    """A trust policy of one statement."""
    return policy(allow(*actions, on=None, Principal={"AWS": to}, **more), name="trust")


def role(arn, *policies, **more):
    """A role with inline policies."""
    return Role(arn, more.pop("trust", None), tuple(policies), **more)


def account(*roles, id=A, seen=PolicyType, resources=(), **more):
    """An account that has seen everything unless told otherwise."""
    found = {item.arn: item for item in roles}
    return Account(
        id, found, resources={r.arn: r for r in resources}, seen=frozenset(seen), **{"organization": "", **more}
    )


def organization(*accounts):
    """The accounts together."""
    return Organization({item.id: item for item in accounts})


def bucket(name, found=None, **more):
    """A bucket with or without a policy."""
    return Resource(f"arn:aws:s3:::{name}", found, **more)


def simulator(*accounts, **more):
    """A simulator over the accounts at a fixed moment."""
    return Simulator(organization(*accounts), at=AT, region="us-east-1", **more)

"""Whose a policy is that stands alone: what its own elements tell of it."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.errors import InputError
from iamsim.model.arn import Arn, is_role
from iamsim.model.policy import Policy, Statement
from iamsim.sources import Options

FOLDER = "put it into a folder as docs/policies-folder.md says"
"""The way out for a policy of which nothing tells whose it is."""


def is_identity(policy: Policy) -> bool:
    """Whether no statement names a principal: the policies of principals name none (GRAM-005)."""
    return all(statement.principal is None for statement in policy.statements)


def is_trust(policy: Policy) -> bool:
    """
    Whether it is the trust policy of a role: it names principals and no resource, and speaks of STS alone.

    Source: IAM User Guide, "IAM JSON policy elements: Resource": a trust policy has no such element.
    """
    return all(
        statement.principal is not None and statement.resource is None and _speaks_of(statement, "sts")
        for statement in policy.statements
    )


def is_of_keys(policy: Policy) -> bool:
    """Whether it is a key policy, whose Resource is `*`, "this key" (AWS KMS Developer Guide, "Key policies")."""
    return all(
        statement.principal is not None
        and statement.resource is not None
        and not statement.resource.negated
        and set(statement.resource.values) == {"*"}
        and _speaks_of(statement, "kms")
        for statement in policy.statements
    )


def carrier(policy: Policy) -> str | None:
    """The ARN of the one resource that every statement speaks of, which carries the policy; None where they tell no one."""
    if any(statement.principal is None for statement in policy.statements):
        return None
    found = {name for statement in policy.statements for name in _carriers(statement)}
    return found.pop() if len(found) == 1 and None not in found else None


def principal(kind: str, name: str, options: Options) -> tuple[str | None, str]:
    """
    The ARN of the role, user or group with that name, and what was taken for granted to tell it.

    Answers tell names without path and account. One of that name that is in play is meant; else one without a path,
    in the account that was asked about; None where that is not known.
    """
    played = {
        arn for arn in (options.role, *options.needed) if arn is not None and f":{kind}/" in arn and _name(arn) == name
    }
    if len(played) == 1:
        arn = played.pop()
        return arn, f"that the {kind} `{name}` of the answer is this one"
    role = options.role if options.role is not None and is_role(options.role) else None
    account = options.account or (Arn.parse(role).account if role else None)
    if account is None:
        return None, ""
    partition = Arn.parse(role).partition if role else "aws"
    return f"arn:{partition}:iam::{account}:{kind}/{name}", f"that it is in account {account} and has no path"


def _name(arn: str) -> str:
    try:
        return Arn.parse(arn).name
    except InputError:
        return ""


def _speaks_of(statement: Statement, service: str) -> bool:
    return not statement.action.negated and all(
        value.lower().startswith(f"{service}:") for value in statement.action.values
    )


def _carriers(statement: Statement) -> Iterator[str | None]:
    if statement.resource is None or statement.resource.negated:
        yield None
        return
    for value in statement.resource.values:
        yield _carrier(value)


def _carrier(value: str) -> str | None:
    """The resource whose policy may speak of `value`: an object's bucket, a path's domain, any other itself."""
    try:
        arn = Arn.parse(value)
    except InputError:
        return None
    resource = arn.resource
    if arn.service == "s3":
        # An access point's policy belongs to the point, whose ARN does not tell the bucket behind it.
        resource = arn.bucket
    elif arn.service == "es":
        resource = "/".join(resource.split("/")[:2])
    found = str(Arn(arn.partition, arn.service, arn.region, arn.account, resource or "*"))
    return None if any(mark in found for mark in "*?$") else found

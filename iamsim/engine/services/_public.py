"""
What S3 takes for a public policy: read off its text, and pessimistic.

Source: Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", the meaning of "public" (S3-023, 025).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from iamsim.model.policy import Condition, Effect, Policy, Statement
from iamsim.model.principal import HOLE


def is_public(policy: Policy, *, of_access_point: bool) -> bool | None:
    """
    Whether S3 takes the policy of a bucket, or of an access point, for public; None where its page does not say.

    One public Allow is enough. What a Deny takes away does not count.
    """
    return _some(_grants_to_anyone(statement, of_access_point) for statement in policy.statements)


# ---------------------------------------------------------------- helpers

_KMS_KEY = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_ACCESS_POINT = "s3:dataaccesspointarn"
# The page's list. "An AWS principal, user, role, or service principal" has `aws:PrincipalOrgID` for an example.
_NARROWING = frozenset(
    {
        "aws:principalorgid", "aws:principalaccount", "aws:principalarn", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce",
        "aws:sourceowner", "aws:sourceaccount", "aws:userid", "s3:dataaccesspointaccount", _ACCESS_POINT, _KMS_KEY,
    }
)  # fmt: skip
# Keys that tell something of a principal too: whether they are meant, the page does not say.
_PERHAPS = ("aws:principal", "aws:username", "aws:sourceorg", "aws:sourceidentity", "aws:federatedprovider")
_NARROW_V4, _NARROW_V6 = 8, 32
_ARN_FIELDS, _ACCOUNT = 6, 4


def _grants_to_anyone(statement: Statement, of_access_point: bool) -> bool | None:  # noqa: FBT001 - one fact of the policy
    element = statement.principal
    if statement.effect is not Effect.ALLOW or element is None:
        return False
    # Whom an identity provider lets in, S3 cannot know: `graph.facebook.com` is the page's first public example.
    if not (element.anyone or element.negated or element.federated):
        return None if any(not value.strip(HOLE) for value in element.aws) else False
    narrowed = _some(_narrows(condition, of_access_point) for condition in statement.conditions)
    return None if narrowed is None else not narrowed


def _narrows(condition: Condition, of_access_point: bool) -> bool | None:  # noqa: FBT001 - as above
    """Whether a condition lets fixed values of a listed key pass, and nothing else."""
    key, operator = condition.key.lower(), condition.operator
    if HOLE in key or HOLE in operator:
        return None
    listed = key in _NARROWING or key == "aws:sourceip"
    if not (listed or key.startswith(_PERHAPS)) or not condition.values:
        return False
    if "Not" in operator or operator == "Null":
        # What lets everything pass but what it names fixes no value.
        return False
    if key == "aws:sourceip":
        return _every(map(_is_narrow, condition.values)) if operator == "IpAddress" else None
    fixed = _every(_is_fixed(key, value, of_access_point) for value in condition.values)
    if fixed is False:
        return False
    # StringEquals and StringLike are the operators of the page.
    return fixed if key in _NARROWING and operator in ("StringEquals", "StringLike") else None


def _is_fixed(key: str, value: str, of_access_point: bool) -> bool | None:  # noqa: FBT001 - as above
    """Whether a value has neither a wildcard nor a policy variable, with the page's two exceptions."""
    fixed = not any(mark in value for mark in ("*", "?", "${"))
    if fixed and HOLE in value:
        return None
    if key == "aws:userid" and fixed and value.startswith("AROA"):
        # `AROLEID:*` does not count; whether a single session of the role is of that pattern is not said.
        return None
    if key == _ACCESS_POINT and not fixed and not of_access_point:
        return _in_one_account(value)
    return fixed


def _in_one_account(arn: str) -> bool | None:
    """In a bucket policy the name of an access point may have wildcards while its account is fixed; of the Region nothing is said."""
    fields = arn.split(":", _ARN_FIELDS - 1)
    if len(fields) < _ARN_FIELDS or not fields[_ACCOUNT].isdigit() or "${" in arn:
        return False
    return None if any(mark in field for field in fields[:_ACCOUNT] for mark in ("*", "?")) else True


def _is_narrow(block: str) -> bool | None:
    try:
        network = ip_network(block, strict=False)
    except ValueError:
        return None
    return network.prefixlen >= (_NARROW_V4 if network.version == 4 else _NARROW_V6)  # noqa: PLR2004 - IPv4


def _some(values: Iterable[bool | None]) -> bool | None:
    found = tuple(values)
    return True if True in found else None if None in found else False


def _every(values: Iterable[bool | None]) -> bool | None:
    found = tuple(values)
    return False if False in found else None if None in found else True

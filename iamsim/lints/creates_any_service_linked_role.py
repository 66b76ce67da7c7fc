"""
It may create a service-linked role for any service.

Such a role lets an AWS service act in the account with the permissions that AWS wrote for it. Name the services that
are meant in a condition on iam:AWSServiceName, or the role in Resource.

Avoid:

    {"Effect": "Allow", "Action": "iam:CreateServiceLinkedRole", "Resource": "*"}

Prefer:

    {
      "Effect": "Allow",
      "Action": "iam:CreateServiceLinkedRole",
      "Resource": "arn:aws:iam::*:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
      "Condition": {"StringEquals": {"iam:AWSServiceName": "ecs.amazonaws.com"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._saying import places
from iamsim.model.finding import Audience, Severity

_SERVICE = "any-service.amazonaws.com"
_ROLE = "arn:aws:iam::{account}:role/aws-service-role/" + _SERVICE + "/AWSServiceRoleForAnything"
_CODES = {
    (False, False, False): "CREATE_SLR_WITH_STAR_IN_RESOURCE",
    (False, True, False): "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
    (True, False, False): "CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
    (False, False, True): "CREATE_SLR_WITH_NOT_RESOURCE",
    (False, True, True): "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
    (True, False, True): "CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE",
}
"""AWS's codes by whether the statement has NotAction, a wildcard in its action, and NotResource."""


def check(holder: Holder) -> Iterator[Seen]:
    """One for the statement that allows it, by the engine: boundaries, denials and conditions count."""
    asked = holder.explain(
        "iam:CreateServiceLinkedRole",
        _ROLE.format(account=holder.account),
        values={"iam:awsservicename": _SERVICE},
    )
    if not asked.allowed:
        return
    for verdict in asked.decisive:
        action, resource = verdict.statement.action, verdict.statement.resource
        named = any(value.lower() == "iam:createservicelinkedrole" for value in action.values)
        yield Seen(
            f"iam:CreateServiceLinkedRole {verdict.policy} {verdict.statement.label}",
            f"{holder.label} may create a service-linked role for any service",
            code=_CODES[action.negated, not action.negated and not named, resource is not None and resource.negated],
            places=places(verdict),
        )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.LOW,
    "IAM User Guide, IAM policy validation check reference",
    audience=Audience.REVIEWER,
    codes=tuple(_CODES.values()),
    scope=Scope.PRINCIPAL,
)

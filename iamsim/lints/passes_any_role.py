"""
It may pass any role to any service.

Whoever may call iam:PassRole for every role, and create something that runs with a role, has what the strongest role
of the account has. Name the roles in Resource, or the service in a condition on iam:PassedToService; both is best.

Avoid:

    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}

Prefer:

    {
      "Effect": "Allow",
      "Action": "iam:PassRole",
      "Resource": "arn:aws:iam::111122223333:role/report-task",
      "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._saying import places
from iamsim.model.finding import Severity

_ANY_ROLE, _ANY_SERVICE = "arn:aws:iam::{account}:role/any-role-there-is", "any-service.amazonaws.com"
_CODES = {
    (False, False, False): "PASS_ROLE_WITH_STAR_IN_RESOURCE",
    (False, True, False): "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
    (True, False, False): "PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION",
    (False, False, True): "PASS_ROLE_WITH_NOT_RESOURCE",
    (False, True, True): "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
    (True, False, True): "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
}
"""AWS's codes by whether the statement has NotAction, a wildcard in its action, and NotResource."""


def check(holder: Holder) -> Iterator[Seen]:
    """One for the statement that allows it, by the engine: boundaries, denials and conditions count."""
    if not holder.names("iam:PassRole"):
        return
    asked = holder.explain(
        "iam:PassRole",
        _ANY_ROLE.format(account=holder.account),
        values={"iam:passedtoservice": _ANY_SERVICE},
        absent=("iam:associatedresourcearn",),
    )
    if not asked.allowed:
        return
    for verdict in asked.decisive:
        action, resource = verdict.statement.action, verdict.statement.resource
        wild = not action.negated and not any(value.lower() == "iam:passrole" for value in action.values)
        yield Seen(
            f"iam:PassRole {verdict.policy} {verdict.statement.label}",
            f"{holder.label} may pass any role to any service",
            code=_CODES[action.negated, wild, resource is not None and resource.negated],
            places=places(verdict),
        )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.HIGH,
    "IAM User Guide, Grant a user permissions to pass a role to an AWS service",
    codes=tuple(_CODES.values()),
    scope=Scope.PRINCIPAL,
)

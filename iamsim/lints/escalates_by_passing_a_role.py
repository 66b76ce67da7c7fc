"""
It can start something of its own that runs with a stronger role.

Whoever may pass a role to a service, and have the service run code, has what the role has. A policy that stands alone
is found where it passes any role to the service; where it names the roles, a review has to say whether they are
stronger. Among loaded roles only those count that trust the service and may do what the holder may not.

Avoid:

    [
      {"Effect": "Allow", "Action": ["ec2:RunInstances", "ec2:DescribeInstances"], "Resource": "*"},
      {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}
    ]

Prefer:

    [
      {"Effect": "Allow", "Action": ["ec2:RunInstances", "ec2:DescribeInstances"], "Resource": "*"},
      {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/web-instance"}
    ]
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen
from iamsim.lints._escalating import seen
from iamsim.model.finding import Severity


def check(holder: Holder) -> Iterator[Seen]:
    """One for the holder, with every way that the engine finds open."""
    yield from seen(holder, "passing", "can run what it likes with a stronger role", Severity.HIGH)


LINT = Lint(
    check, Family.EXCESSIVE, Severity.HIGH, "https://pathfinding.cloud, new PassRole paths", scope=Scope.PRINCIPAL
)

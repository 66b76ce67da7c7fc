"""A role, user or group on its way to what it will be after the apply."""

from __future__ import annotations

from dataclasses import dataclass, field

from iamsim.model.account import Change
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.sources._plan_instance import Instance


@dataclass(slots=True)
class Holder:
    """
    A role, user or group on its way to what it will be.

    `instance` is None where the plan does not describe it whole. `inline` and `managed` are its policies by name
    and by ARN. `lost` are names and ARNs of policies, and ARNs of groups, that it loses.
    """

    kind: str
    arn: str
    account: str
    origin: Origin
    instance: Instance | None = None
    inline: dict[str, Policy] = field(default_factory=dict)
    managed: dict[str, Policy | None] = field(default_factory=dict)
    unread: dict[str, None] = field(default_factory=dict)
    groups: dict[str, None] = field(default_factory=dict)
    lost: dict[str, None] = field(default_factory=dict)

    @property
    def new(self) -> bool:
        """Whether it has nothing but what the plan gives it."""
        return self.instance is not None and self.instance.new

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Its policies with a text, inline ones first."""
        return (*self.inline.values(), *(policy for policy in self.managed.values() if policy is not None))

    @property
    def untold(self) -> tuple[str, ...]:
        """Its policies without a text."""
        return (*(arn for arn, policy in self.managed.items() if policy is None), *self.unread)

    def change(self) -> Change | None:
        """What happens to a principal that the plan does not describe; None for nothing."""
        found = Change(
            of=self.arn,
            policies=self.policies,
            unread=self.untold,
            groups=tuple(self.groups),
            lost=tuple(self.lost),
            origin=self.origin,
        )
        return found if found.policies or found.unread or found.groups or found.lost else None

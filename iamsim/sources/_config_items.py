"""A configuration item of AWS Config, and what the items of one account come to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from iamsim.errors import InputError
from iamsim.jsontext import clipped
from iamsim.model.account import Group, Resource, Role, User, VpcEndpoint, Workload
from iamsim.model.arn import Arn
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.model.report import Input
from iamsim.sources._node import Node

GONE = ("ResourceDeleted", "ResourceDeletedNotRecorded")
"""The statuses of what is no more; source: AWS Config API Reference, ConfigurationItem."""


@dataclass(frozen=True, slots=True)
class Item:
    """
    One configuration item.

    `configuration` and `supplementary` are objects, the values of the latter sometimes JSON texts; nothing stands
    there where the item does not tell them. Source: AWS Config API Reference, ConfigurationItem and
    BaseConfigurationItem, which spell `arn` and the account differently than a snapshot does. `whole` is False for
    the answer of a query, which has the members that were selected and no others.
    """

    node: Node
    whole: bool = True

    @property
    def type(self) -> str:
        return self.node.get("resourceType").text() or ""

    @property
    def id(self) -> str:
        return self.node.get("resourceId").text() or ""

    @property
    def arn(self) -> str:
        """Its ARN, empty where it is not told."""
        told = self.node.get("ARN").text() or self.node.get("arn").text() or ""
        if not told and self.type == "AWS::S3::Bucket":
            return f"arn:aws:s3:::{self.id}"
        return told

    @property
    def account(self) -> str | None:
        """The account's id; None where it is not told."""
        told = self.node.get("awsAccountId").text() or self.node.get("accountId").text()
        try:
            return told or Arn.parse(self.arn).account or None
        except InputError:
            return None

    @property
    def deleted(self) -> bool:
        return self.node.get("configurationItemStatus").text() in GONE

    @property
    def origin(self) -> Origin:
        return self.node.origin

    @property
    def configuration(self) -> Node:
        return self.node.get("configuration").opened()

    def supplementary(self, name: str) -> Node:
        return self.node.get("supplementaryConfiguration").opened().get(name).opened()

    def tells(self, name: str) -> bool:
        """Whether the supplementary configuration has that name, whatever stands under it."""
        return self.node.get("supplementaryConfiguration").opened().has(name)


_FEW = 5


@dataclass(slots=True)
class Content:
    """What the items of one account say; `said`, by kind and reason, is of whom that is not all."""

    account: str
    said: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    endpoints: dict[str, VpcEndpoint] = field(default_factory=dict)
    workloads: list[Workload] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    blocked: Node | None = None
    boundaries_told: bool = True

    def unseen(self, subject: str, reason: str) -> None:
        self.said.setdefault(("not seen", reason), []).append(subject)

    def assumed(self, subject: str, what: str) -> None:
        self.said.setdefault(("assumed", what), []).append(subject)

    def inputs(self) -> Iterator[Input]:
        """A line for each of a few of whom the same is said, one line for more."""
        for (kind, reason), subjects in self.said.items():
            if len(subjects) > _FEW:
                yield Input(kind, f"{subjects[0]} and {len(subjects) - 1:,} more", reason)
            else:
                yield from (Input(kind, subject, reason) for subject in subjects)

    def own(self, item: Item) -> str:
        """The item's ARN, which has to be of this account."""
        try:
            arn = Arn.parse(item.arn)
        except InputError:
            item.node.fail(f"`{clipped(item.arn)}` is no ARN of what the item is about", "select `arn` too")
        if arn.account not in ("", self.account):
            item.node.fail(f"`{clipped(arn)}` is not of account {self.account}", "is the file what AWS Config wrote?")
        return str(arn)

    def gone(self, item: Item) -> None:
        """Takes in that the item's resource is no more."""
        name = item.id if item.type == "AWS::EC2::VPCEndpoint" else item.arn
        if name:
            self.removed.add(name)
        else:
            self.unseen(item.id, "it was deleted, and its ARN is not told")

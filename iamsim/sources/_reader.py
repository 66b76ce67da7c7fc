"""Who reads whole accounts of AWS: as whom, in which Regions, of which accounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from iamsim.errors import InputError, OutsideError
from iamsim.model.account import Account, Organization
from iamsim.model.arn import Arn, is_role
from iamsim.model.origin import Origin
from iamsim.model.report import Input
from iamsim.sources import Loaded, Options, _reads, aws
from iamsim.sources._live import Calls, DeniedError, Unseen
from iamsim.sources._live_organization import Member, Membership, members, membership
from iamsim.sources._live_whole import Watch, account

ALL = "all"
"""In the place of Regions: those that the account has enabled."""

Keep = Callable[[Calls, str], Calls]
"""Puts what was read before in front of the calls of an account."""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What is to be read, and as whom.

    `regions` may hold `ALL`; empty is the session's own. `read_as` are the ARNs of the roles that lead to the one
    that reads. With `member_role` every account of the organization is read, each as the role of that name in it.
    """

    profile: str | None = None
    region: str | None = None
    regions: tuple[str, ...] = ()
    endpoint_url: str | None = None
    read_as: tuple[str, ...] = ()
    member_role: str | None = None

    def actions(self) -> tuple[str, ...]:
        """The permissions that the reading takes; sts:GetCallerIdentity takes none."""
        found = _reads.whole(regions=ALL in self.regions, organization=self.member_role is not None)
        return tuple(action for action in found if action != "sts:GetCallerIdentity")

    def check(self) -> None:
        """Raises `InputError` for a Region, role or name that is none."""
        for region in self.regions:
            if region != ALL and not _REGION.fullmatch(region):
                raise InputError(f"`{region[:60]}` is no Region", hint=f"write --regions us-east-1,eu-west-1, or {ALL}")
        for role in self.read_as:
            if not is_role(role):
                raise InputError(
                    f"`{role[:200]}` is not the ARN of a role",
                    hint="--read-as takes role ARNs in the order in which they are assumed",
                )
        if self.member_role is not None and not _ROLE.fullmatch(self.member_role):
            raise InputError(
                f"`{self.member_role[:200]}` is no name of a role",
                hint="--member-role takes a name, with its path if it has one: audit/reader",
            )


class Reader:
    """
    Reads whole accounts.

    It has been let in when it is made: `account` is whose credentials are used, `caller` the ARN they have, `regions`
    those that will be read. Raises `InputError` or `OutsideError`.
    """

    def __init__(self, asked: Asked) -> None:
        asked.check()
        self.asked = asked
        named = [region for region in asked.regions if region != ALL]
        region = asked.region or (named[0] if named and len(named) == len(asked.regions) else None)
        options = Options(profile=asked.profile, region=region, endpoint_url=asked.endpoint_url, read_as=asked.read_as)
        self.calls = aws.connected(options, patient=True)
        if self.calls.region is None:
            raise OutsideError("no AWS region is set", hint="give --regions or set AWS_DEFAULT_REGION")
        caller = self.calls.one("sts:GetCallerIdentity")
        self.caller = str(caller["Arn"])
        self.account = str(caller["Account"])
        self.partition = Arn.parse(self.caller).partition
        self.regions = self._regions()

    def read(self, watch: Watch, keep: Keep = lambda calls, _: calls) -> Loaded:
        """Every account that was asked for; the inputs say as whom, and what could not be read."""
        word = f"profile {self.asked.profile}" if self.asked.profile else "default credentials"
        inputs: list[Input] = []

        def unseen(subject: str, reason: str) -> None:
            inputs.append(Input("not seen", subject, reason))

        try:
            found = self._accounts(watch, keep, unseen)
        except KeyError as error:
            raise OutsideError(f"an answer of AWS holds no {error}", hint="check --endpoint-url") from None
        said = f"whole live account {self.account}, read as {self.caller} ({word}); Regions {', '.join(self.regions)}"
        if self.asked.member_role is not None:
            said += f"; and the {len(found)} accounts of its organization, as {self.asked.member_role}"
        return Loaded(Organization(found), (Input("policies", "aws", said), *inputs))

    def _accounts(self, watch: Watch, keep: Keep, unseen: Unseen) -> dict[str, Account]:
        own = keep(self.calls, self.account)
        watch("organization", 0, 0)
        if self.asked.member_role is None:
            return {self.account: self._whole(own, self.account, membership(own, self.account, unseen), unseen, watch)}
        found: dict[str, Account] = {}
        for member in members(own, unseen):
            calls = own if member.id == self.account else self._of(member, keep, unseen)
            if calls is None:
                found[member.id] = _unread(member)
            else:
                told = unseen if member.id == self.account else _of_account(member.id, unseen)
                found[member.id] = self._whole(calls, member.id, member.place, told, watch)
        return found

    def _whole(self, calls: Calls, of: str, place: Membership, unseen: Unseen, watch: Watch) -> Account:
        return account(
            calls, of, partition=self.partition, regions=self.regions, place=place, unseen=unseen, watch=watch
        )

    def _of(self, member: Member, keep: Keep, unseen: Unseen) -> Calls | None:
        """The calls of a member account; None where nobody is let in."""
        if not member.active:
            unseen(f"account {member.id}", "it is not active")
            return None
        role = f"arn:{self.partition}:iam::{member.id}:role/{self.asked.member_role}"
        try:
            return keep(self.calls.assuming(role), member.id)
        except DeniedError as error:
            unseen(f"account {member.id}", f"{error} on {role}, so nothing of it is known but its place")
            return None

    def _regions(self) -> tuple[str, ...]:
        if ALL not in self.asked.regions:
            return tuple(dict.fromkeys(self.asked.regions)) or (str(self.calls.region),)
        try:
            found = self.calls.one("ec2:DescribeRegions")["Regions"]
        except DeniedError as error:
            raise InputError(
                f"{error}, so which Regions there are is not known", hint="name them: --regions us-east-1,eu-west-1"
            ) from None
        return tuple(sorted(str(item["RegionName"]) for item in found))


def policy(asked: Asked) -> Mapping[str, Any]:
    """The least policy that the reading takes, as JSON."""
    statement = {"Sid": "IamsimSnapshot", "Effect": "Allow", "Action": list(asked.actions()), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _unread(member: Member) -> Account:
    """An account of which nothing is known but where it stands."""
    place = member.place
    return Account(
        id=member.id,
        seen=place.seen,
        scps=place.scps,
        rcps=place.rcps,
        organization=place.organization,
        management=place.management,
        origin=Origin(f"organization {place.organization}"),
    )


def _of_account(name: str, unseen: Unseen) -> Unseen:
    """Subjects of which the ARN does not tell the account get it."""
    return lambda subject, reason: unseen(subject if name in subject else f"{subject} of account {name}", reason)


_REGION = re.compile(r"[a-z]{2,}(-[a-z]+)+-\d{1,2}", re.ASCII)
# IAM API Reference, CreateRole: the patterns of Path and RoleName; a colon would be that of an ARN.
_ROLE = re.compile(r"(?:[\x21-\x39\x3b-\x7e]{1,500}/)?[\w+=,.@-]{1,64}", re.ASCII)

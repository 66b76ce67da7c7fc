"""What differs between two organizations: verdicts of needs, what principals may do, who can assume whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from iamsim.graph.model import State
from iamsim.model.report import Input, Status

SCHEMA = 1
"""The version of the JSON form, described in docs/diff.schema.json."""


class Standing(StrEnum):
    """
    What one principal may do to one resource.

    `unknown`: it depends on something that is not told. `allowed-as-far-as-seen`: it is allowed, unless a policy of a type
    that was not seen is against it.
    """

    DENIED = "denied"
    UNKNOWN = "unknown"
    SEEN = "allowed-as-far-as-seen"
    ALLOWED = "allowed"


STANDINGS = tuple(Standing)
"""Every standing, from least to most."""


class Trend(StrEnum):
    """
    Which way something went.

    `may-gain` and `may-lose`: what it ends in, or what it comes from, is not told for sure. `other-terms`: it depended and
    depends on something, and not on the same. `told-less` and `told-more`: only what was seen of the policies differs.
    """

    GAINS = "gains"
    MAY_GAIN = "may-gain"
    LOSES = "loses"
    MAY_LOSE = "may-lose"
    OTHER_TERMS = "other-terms"
    TOLD_LESS = "told-less"
    TOLD_MORE = "told-more"


class Verdict(StrEnum):
    """What became of one need."""

    WORSE = "worse"
    NEWLY_UNKNOWN = "newly-unknown"
    GONE = "gone"
    APPEARED = "appeared"
    NO_LONGER_UNKNOWN = "no-longer-unknown"
    BETTER = "better"


class Presence(StrEnum):
    """Whether a principal was loaded on both sides."""

    BOTH = "both"
    APPEARED = "appeared"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Cause:
    """
    A statement that decides, on the side that it decides on: `before` or `after`.

    `type` is its policy type, `origin` where it is written (`roles/app/inline/own.json:4:5`).
    """

    side: str
    effect: str
    type: str
    policy: str
    statement: str
    origin: str


@dataclass(frozen=True, slots=True)
class NeedChange:
    """
    A permission whose verdict differs: of a tool, or of a step on the way to the role.

    `subject` is the tool, or the step in words. `before` and `after` are None where the side does not have it. `reason` says why
    the worse of the two came out as it did. `counts` is False for a need that stands in no tool's way (`spared`).
    """

    subject: str
    tool: bool
    action: str
    resources: tuple[str, ...]
    verdict: Verdict
    before: Status | None
    after: Status | None
    reason: str = ""
    causes: tuple[Cause, ...] = ()
    necessity: str = "required"
    gap: bool = False
    counts: bool = True


@dataclass(frozen=True, slots=True)
class Resource:
    """
    A resource that was asked about: `name` as it is written, a pattern perhaps; `asked` the ARN in its place.

    What nobody named in a pattern stands as `iamsim-unnamed` in `asked`, what is not told as `*`.
    """

    name: str
    asked: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """
    Several actions of one access level in short, such as `s3:Put*`, and how many they are; of one its own name.

    It stands for all that it matches of its level among those that can be asked of the resource, and for no other.
    """

    text: str
    count: int


@dataclass(frozen=True, slots=True)
class Level:
    """The actions of one access level, each by its name and all as patterns."""

    name: str
    actions: tuple[str, ...]
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """
    Actions on a resource that a principal stands otherwise to, all in one way and for one reason.

    `levels` are the actions by access level, the most dangerous first. `depends` names what the side that is not sure turns on,
    `unseen` the policy types that were not seen and could be against it,
    `was` and `now` the terms in words where it depends on both sides.
    """

    trend: Trend
    before: Standing
    after: Standing
    resource: Resource
    levels: tuple[Level, ...]
    depends: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    was: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    reason: str = ""
    causes: tuple[Cause, ...] = ()

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action, by level."""
        return tuple(action for level in self.levels for action in level.actions)


@dataclass(frozen=True, slots=True)
class PrincipalChange:
    """
    One principal with what it gains and loses; `rows` by trend, the most dangerous level first.

    `arn` is that of a role or a user, or what a policy calls somebody who was not loaded; `who` is that in words.
    """

    arn: str
    who: str
    loaded: bool
    presence: Presence
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class AssumeChange:
    """
    One who can assume `role` otherwise than before.

    `was` and `now` say what the call has to carry, or on what it depends; `reason` why the side that is denied is.
    """

    source: str
    who: str
    role: str
    trend: Trend
    before: State
    after: State
    was: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    cross_account: bool = False
    presence: Presence = Presence.BOTH


@dataclass(frozen=True, slots=True)
class Difference:
    """
    Everything that differs, and what was asked to find it.

    `needs` is None where no server was named. `domain` says in words which principals, actions and resources were asked about;
    `notes` what could not be compared, and what the answers rest on. `unseen` are the policy types that some answer would need.
    `exit_code` is the gate's verdict.
    """

    schema: int
    version: str
    at: datetime
    before: tuple[Input, ...]
    after: tuple[Input, ...]
    needs: tuple[NeedChange, ...] | None
    principals: tuple[PrincipalChange, ...]
    assumes: tuple[AssumeChange, ...]
    domain: str
    notes: tuple[str, ...] = ()
    uncompared: tuple[str, ...] = ()
    exit_code: int = 0

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row of every principal."""
        return tuple(row for principal in self.principals for row in principal.rows)

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.needs or self.principals or self.assumes)

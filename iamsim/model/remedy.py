"""A remedy: the policy edits, and the proof that they work."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from iamsim.model.origin import NOWHERE, Origin
from iamsim.model.policy import Policy


class RemedyKind(StrEnum):
    """Whether policy edits close the gap, or something else has to change."""

    EDIT = "edit"
    INSTRUCTION = "instruction"


class Disposition(StrEnum):
    """Whether a remedy lets anybody do more than the tools need."""

    SAFE = "safe"
    WIDENS = "widens"


class Slot(StrEnum):
    """Where on its owner a policy sits."""

    TRUST = "trust"
    INLINE = "inline"
    MANAGED = "managed"
    BOUNDARY = "boundary"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True)
class Edit:
    """
    One policy replaced by another.

    `owner` is the ARN of the role, user or resource that carries the policy; `before` is None for a
    new one. `diff` is a unified diff of the two as indented JSON, which is `text` after the edit.
    `origin` is where the owner is written, `NOWHERE` where it was not loaded; where the policy is
    written that goes, `before` tells.
    """

    owner: str
    slot: Slot
    before: Policy | None
    after: Policy
    diff: str = ""
    text: str = ""
    origin: Origin = NOWHERE


@dataclass(frozen=True, slots=True)
class Widening:
    """Something that is newly allowed and that no tool needs: who (or which class of callers), what, where."""

    principal: str
    action: str
    resource: str


@dataclass(frozen=True, slots=True)
class Proof:
    """
    What a second simulation with the edits applied says, by probe id.

    `domain` says in words which principals, actions and resources were asked about for `widened`.
    `too_long` says in words which policy the edits make longer than AWS takes.
    """

    fixed: tuple[str, ...] = ()
    still_denied: tuple[str, ...] = ()
    widened: tuple[Widening, ...] = ()
    domain: str = ""
    too_long: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Remedy:
    """
    How to close gaps.

    `findings` are the keys of the findings it answers. An `instruction` says what to change in the
    server, the token or the deployment, with the exact `settings` (name, value) where there are
    any; an `edit` carries its proof.
    """

    id: str
    proposer: str
    findings: tuple[str, ...]
    kind: RemedyKind
    title: str
    disposition: Disposition = Disposition.SAFE
    edits: tuple[Edit, ...] = ()
    instruction: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    proof: Proof | None = None


class Reason(StrEnum):
    """Why a gap is left open: what its remedies are, or how they fail beside those that were taken."""

    WIDENS = "widens"
    INSTRUCTION = "instruction"
    TOO_LONG = "too-long"
    CLASHES = "clashes"
    NOT_TAKEN = "not-taken"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Left:
    """
    A gap that the edits leave open, by the key of its finding.

    `widens`: an edit closes it, and lets more through than the tools need. `instruction`: no edit closes it, something
    else has to change. `too-long`: AWS would not take the policy. `clashes`: what closes it changes the same as, or
    widens together with, an edit that was taken. `not-taken`: remedies were named, and none that closes it. `nothing`:
    no remedy closes it whole.
    """

    finding: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Together:
    """
    Several remedies as one: one edit for each policy, proven as a whole.

    `remedies` are the ids of those taken, `closed` the keys of the gaps of which every decision is let through then,
    `left` the other gaps. `widens`: one of the remedies does, or takes a limit back.
    """

    remedies: tuple[str, ...]
    edits: tuple[Edit, ...]
    closed: tuple[str, ...]
    left: tuple[Left, ...] = ()
    proof: Proof = Proof()
    widens: bool = False

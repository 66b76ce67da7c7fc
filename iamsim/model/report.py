"""Everything a renderer or a gate may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from iamsim.model.diagnosis import Diagnosis
from iamsim.model.finding import Accepted, Finding, Kind, Severity
from iamsim.model.origin import Origin
from iamsim.model.remedy import Remedy, Together
from iamsim.model.server import Call, Server
from iamsim.model.tool import Credential, Requirement, Unresolved
from iamsim.model.verdict import Explanation

SCHEMA = 1
"""The version of the saved report; a reader refuses another."""

UNKNOWNS, OPTIONAL = "unknown", "optional"
"""Words of `Report.fail_on` beside severities: unknowns fail as gaps do, and needs count that a tool can do without."""

_OPTIONAL_RULE = "optional-permission"
"""The rule that tells of needs that a tool can do without."""


class Status(StrEnum):
    """How a step, a need or a tool came out."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    NO_CREDENTIALS = "no-credentials"
    INVALID = "invalid"
    NOT_IAM = "not-iam"
    NOT_NEEDED = "not-needed"
    NOT_APPLICABLE = "not-applicable"


WORST_FIRST = (
    Status.INVALID,
    Status.NO_CREDENTIALS,
    Status.BLOCKED,
    Status.DENIED,
    Status.UNKNOWN,
    Status.ALLOWED,
    Status.NOT_IAM,
    Status.NOT_NEEDED,
    Status.NOT_APPLICABLE,
)
"""Every status, the one that counts where several come together before the others."""


class RoleUse(StrEnum):
    """What a tool does with the role named by the token."""

    USES = "uses"
    GATE_ONLY = "gate-only"
    IGNORES = "ignores"


@dataclass(frozen=True, slots=True)
class Input:
    """
    Something that was read: what it is, where from, and a word about it.

    `sha256` is the digest of a file, in hexadecimal digits, or of what `sha256sum` prints of the files of a folder;
    empty for what is no file. `fetched` is when a live account was read (`2026-01-30T12:00:00Z`), empty for all else.
    """

    kind: str
    location: str
    detail: str = ""
    sha256: str = ""
    fetched: str = ""


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """
    One part of what AWS publishes about itself, as this program has it.

    `date` is the day it was last seen to change (`2026-10-27`), None where that is not known; `version` that of the
    package it is from; `size` how much there is of it, in words, empty where nobody counted.
    """

    name: str
    source: str
    version: str
    date: str | None
    size: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """
    Words that AWS or the server would answer with.

    `basis` is `documented`, `observed` or `inferred`: how sure the wording is.
    """

    text: str
    speaker: str = "AWS"
    basis: str = "inferred"


@dataclass(frozen=True, slots=True)
class Probe:
    """One request that was asked of the engine, and the answer. `what` says in words why it was asked."""

    id: str
    what: str
    explanation: Explanation
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class TokenStep:
    """
    The token and what the server does with it.

    `claims` are redacted. `status`: allowed (the server accepts it), denied (it refuses, see
    `refusals`), unknown (no key to verify with), not-applicable (no token given).
    """

    status: Status
    verified: bool | None = None
    header: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    role_arn: str | None = None
    refusals: tuple[Message, ...] = ()
    stated: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class AssumeStep:
    """
    The AssumeRole call.

    `principal` is the caller's ARN, None when the process has no credentials. `probes` are one per
    permission the call needs (sts:AssumeRole, sts:SetSourceIdentity, sts:TagSession). `invalid`
    are the server's own refusals to build the call (status `blocked`) and the parameter errors STS
    would answer with before it looks at a policy (status `invalid`). `command` repeats
    the call with the AWS CLI, run as `principal`. `perhaps` are those of `probes` of which it is not
    known whether the call needs them (sts:TagSession where tags are not told).
    """

    status: Status
    role_arn: str | None = None
    principal: str | None = None
    call: Call | None = None
    probes: tuple[str, ...] = ()
    invalid: tuple[Message, ...] = ()
    predicted: tuple[Message, ...] = ()
    command: str = ""
    notes: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One credential a need tries, and how that came out; `probes` has one id per resource."""

    credential: Credential
    status: Status
    principal: str | None = None
    probes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """
    One requirement of a tool, bound to its parameters and answered.

    `needed` is what its `when` says (None: not known). `status` is that of the attempt that
    decides; `gap` whether it stands in the way. `hypothetical` marks a status that holds only once
    the role can be assumed. `unbound` names the parameters to set. `spared` marks a need that does not
    count, however it came out: of those with the same label in `any_of` another option is allowed, or
    is the one that counts. `of_call` marks a permission of the server's AssumeRole call, which its tools
    share; a need that the manifest states is not of that call, whatever it asks for.
    """

    requirement: Requirement
    resources: tuple[str, ...]
    needed: bool | None
    attempts: tuple[Attempt, ...]
    status: Status
    gap: bool = False
    hypothetical: bool = False
    unbound: tuple[str, ...] = ()
    spared: bool = False
    of_call: bool = False


@dataclass(frozen=True, slots=True)
class ToolResult:
    """
    One tool: whose authority it acts with, and how each of its needs came out.

    `credentials` are the ones its needs really use, in order of first use. `status` is the worst
    of its needs: blocked when the token is refused or the role cannot be assumed, denied when a need is
    a gap, and so on. While something is `unresolved` it is unknown at best.
    """

    name: str
    description: str
    role: RoleUse
    credentials: tuple[Credential, ...]
    status: Status
    needs: tuple[Need, ...] = ()
    on_failure: str = ""
    notes: tuple[str, ...] = ()
    source: str = ""
    unresolved: tuple[Unresolved, ...] = ()

    @property
    def own_needs(self) -> tuple[Need, ...]:
        """The needs without those of the server's AssumeRole call."""
        return tuple(need for need in self.needs if not need.of_call)


@dataclass(frozen=True, slots=True)
class Report:
    """
    The outcome of one check, whole: what was read, what was asked, what was found, what would help.

    `at` is the moment judged. `assumptions` are what the user or the server profile stated and
    nothing proved; `caveats` what IAM does not decide. `reference` is the data about AWS that the
    answers rest on, `warnings` what makes them less sure than they read, such as data that are old at
    the moment judged. `identity` is how the server's process came by its own role, where that is
    told; `hops` are the roles that the session goes on to. `policies` is what is wrong with the policies in play
    by themselves, whatever the server does; the gate looks at it where `fail_on` says so. `accepted` are the findings
    that do not count for the gate, `overdue` the waivers that have expired, in words; `fail_on` what fails beside gaps:
    `hazard:high`, `lint:medium`, `unknown`, `optional`. `together` is what the safe edits among the remedies do as one,
    `widened` what those that widen do besides; None where there is no gap, or nothing that widens would close more.
    `exit_code` is the gate's verdict. `command` is the command line that makes the same check again, without secrets;
    empty where nothing tells it. `diagnosis` holds what evidence of a running server shows against it, None
    where there was none.
    """

    schema: int
    version: str
    at: datetime
    role_arn: str | None
    server: Server
    mode: str
    inputs: tuple[Input, ...]
    token: TokenStep
    assume: AssumeStep
    tools: tuple[ToolResult, ...]
    probes: tuple[Probe, ...]
    findings: tuple[Finding, ...]
    remedies: tuple[Remedy, ...]
    assumptions: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    reference: tuple[ReferenceData, ...] = ()
    warnings: tuple[str, ...] = ()
    identity: AssumeStep | None = None
    hops: tuple[AssumeStep, ...] = ()
    policies: tuple[Finding, ...] = ()
    accepted: tuple[Accepted, ...] = ()
    overdue: tuple[str, ...] = ()
    fail_on: tuple[str, ...] = ()
    together: Together | None = None
    widened: Together | None = None
    exit_code: int = 0
    command: str = ""
    diagnosis: Diagnosis | None = None

    @property
    def steps(self) -> tuple[AssumeStep, ...]:
        """Every role on the way to the session that the tools have, the server's own first."""
        return (*((self.identity,) if self.identity else ()), self.assume, *self.hops)

    @property
    def left(self) -> frozenset[str]:
        """The keys of the findings that do not count for the gate."""
        return frozenset(accepted.key for accepted in self.accepted)

    @property
    def failing(self) -> tuple[Finding, ...]:
        """The findings beside gaps that fail it by `fail_on`."""
        return tuple(
            finding
            for which, findings in (("hazard", self.findings), ("lint", self.policies))
            for finding in findings
            if finding.key not in self.left and self._fails(finding, which)
        )

    def optional(self, finding: Finding) -> bool:
        """Whether it tells of a need that a tool can do without, and such needs count."""
        return OPTIONAL in self.fail_on and finding.rule == _OPTIONAL_RULE

    def _fails(self, finding: Finding, which: str) -> bool:
        if finding.kind is Kind.UNKNOWN:
            return UNKNOWNS in self.fail_on
        levels = [Severity(each.partition(":")[2]) for each in self.fail_on if each.startswith(f"{which}:")]
        return self.optional(finding) or (finding.kind is Kind.HAZARD and any(map(finding.severity.reaches, levels)))

    def probe(self, id: str) -> Probe:
        """The probe with this id; `KeyError` for none."""
        for probe in self.probes:
            if probe.id == id:
                return probe
        raise KeyError(id)

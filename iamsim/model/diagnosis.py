"""What predictions and observations say together: relations, what results are worth, causes, and what to try next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from iamsim.model.finding import Confidence
from iamsim.model.origin import NOWHERE, Origin
from iamsim.model.remedy import Remedy

SCHEMA = 1
"""The version of the JSON form, described in docs/diagnosis.schema.json."""


class Relation(StrEnum):
    """
    How what was observed stands to what was predicted.

    `explained-by-iam`: a missing permission. `explained-by-assume`: the token, or the call for the role. `not-iam`: no
    policy has a part in it. `contradiction`: what was loaded says otherwise, so something of it differs from what ran.
    `pass-proves-access`: it asked AWS, and had it failed the test would have seen it. `pass-proves-nothing`: it would have passed
    all the same. `agrees`: nothing speaks against it, and nothing shows it. `unexplained`: it failed, and nothing that
    is known says why. `unknown`: what would tell is not told. `not-observed`: no result speaks of it.
    """

    CONTRADICTION = "contradiction"
    EXPLAINED_BY_IAM = "explained-by-iam"
    EXPLAINED_BY_ASSUME = "explained-by-assume"
    NOT_IAM = "not-iam"
    UNEXPLAINED = "unexplained"
    UNKNOWN = "unknown"
    PASS_PROVES_ACCESS = "pass-proves-access"  # noqa: S105 - what a test does
    PASS_PROVES_NOTHING = "pass-proves-nothing"  # noqa: S105 - as above
    AGREES = "agrees"
    NOT_OBSERVED = "not-observed"


class Seen(StrEnum):
    """
    What the evidence shows of one result.

    `failed-inside`: it counts as passed, and its answer tells of an error.
    """

    PASSED = "passed"
    FAILED_INSIDE = "failed-inside"
    FAILED = "failed"
    TIMED_OUT = "timed-out"
    SKIPPED = "skipped"
    NOT_TOLD = "not-told"


class Worth(StrEnum):
    """What one result says of the role: it shows it working, shows it broken, or says nothing of it."""

    WORKING = "shows-working"
    BROKEN = "shows-broken"
    NOTHING = "says-nothing"


class Answer(StrEnum):
    """
    Whether what is loaded answers a call as AWS did.

    `not-judged`: nothing is loaded to ask, or the call does not say what was asked for.
    """

    CONTRADICTION = "contradiction"
    AGREES = "agrees"
    UNKNOWN = "unknown"
    NOT_JUDGED = "not-judged"


@dataclass(frozen=True, slots=True)
class Held:
    """
    One result held against what was predicted; a tool of which no result speaks has one too.

    `tool` is the tool's name, `name` what the evidence calls the result. `predicted` is the status that the check has for the tool
    (a `Status`), `not-checked` without one. `inside` is what the failure comes from of a result that failed inside. `asked`: whether it asked for the role at all, None where that is not told; `masked`: it
    asked, could not have it, and counts as passed. `would_pass`: whether it passes with what is loaded. `reasons` are sentences, the one that decides first;
    `findings` are keys of the check's findings. `count` is how many results it stands for.
    """

    tool: str
    name: str
    predicted: str
    observed: Seen
    relation: Relation
    confidence: Confidence = Confidence.CERTAIN
    worth: Worth = Worth.NOTHING
    inside: Relation | None = None
    asked: bool | None = False
    masked: bool = False
    would_pass: bool | None = None
    reasons: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()
    count: int = 1

    @property
    def because(self) -> Relation:
        """What it comes from that it failed, openly or inside."""
        return self.inside or self.relation


@dataclass(frozen=True, slots=True)
class JudgedCall:
    """
    One API call of the evidence, asked of what is loaded.

    `refused`: a policy kept it from being done; a `code` alone may say something else (`ExpiredToken`, `NoSuchKey`). `decision` is IAM's word for the answer of what is loaded, empty where it was not asked. `policy_type` and `explicit` are what
    AWS's message says. `reasons` are sentences; `differs` is what of the inputs must be otherwise than what ran, the likeliest
    first. `remedies` are proven like those of a check, where it is denied.
    """

    action: str
    principal: str
    resource: str
    answer: Answer
    decision: str = ""
    refused: bool = False
    code: str = ""
    message: str = ""
    policy_type: str = ""
    explicit: bool | None = None
    operation: str = ""
    tool: str = ""
    reasons: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    origin: Origin = NOWHERE
    count: int = 1


@dataclass(frozen=True, slots=True)
class RootCause:
    """
    What may be behind failures, with what speaks for and against it.

    `id` names the cause's module. `explains` are names of failed results (those that count as passed among them), `would_show` is
    where to look and what stands there if this is the cause. `fixes` are titles of what would remove it.
    """

    id: str
    title: str
    confidence: Confidence
    explains: tuple[str, ...] = ()
    evidence_for: tuple[str, ...] = ()
    evidence_against: tuple[str, ...] = ()
    would_show: str = ""
    fixes: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbers:
    """
    How many results there are, and what they say of the role.

    `untold` are results of which only the number is known, `unclear` those of which it is not known whether they say anything. `asked` asked for the role, `masked` of these failed inside and
    count as passed. `working` and `broken` show it so; `sensitive` would have shown it broken had it been; `nothing` says nothing of it.
    `would_pass` pass with what is loaded, None without a check; `open` of those it cannot be said. `explained` are failures that permissions explain.
    `inside` failed inside and count as passed.
    """

    results: int = 0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    untold: int = 0
    asked: int = 0
    masked: int = 0
    working: int = 0
    broken: int = 0
    sensitive: int = 0
    nothing: int = 0
    unclear: int = 0
    would_pass: int | None = None
    open: int = 0
    explained: int = 0
    inside: int = 0


@dataclass(frozen=True, slots=True)
class Trial:
    """
    One tool call of a probe plan, and the permissions that it would prove.

    `arguments` are as MCP sends them; `to_fill` names those that nothing tells. `writes`: it changes something.
    `sees` says what the answer has to be looked at for.
    """

    tool: str
    arguments: Mapping[str, Any]
    proves: tuple[str, ...]
    to_fill: tuple[str, ...] = ()
    writes: bool = False
    sees: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The fewest tool calls found that prove every needed permission; `unproven` are needs that no call of a tool shows, each with the reason."""

    trials: tuple[Trial, ...] = ()
    needs: int = 0
    unproven: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file of evidence that was read; `holds` says in words what was in it."""

    format: str
    location: str
    sha256: str
    holds: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """
    The outcome of one diagnosis, whole.

    `summary` are the sentences that answer first. `causes` are ranked, `next_look` is the one observation that would separate the
    first two. `tells_more` is what else to give, a sentence each. `exit_code`: 0 no failure that IAM explains and no
    contradiction, 1 one of these, 3 nothing was observed, 4 something is open.
    """

    schema: int
    version: str
    server: str
    role_arn: str
    summary: tuple[str, ...]
    sources: tuple[Source, ...]
    numbers: Numbers
    tools: tuple[Held, ...]
    calls: tuple[JudgedCall, ...] = ()
    causes: tuple[RootCause, ...] = ()
    next_look: str = ""
    plan: Plan = field(default_factory=Plan)
    assumptions: tuple[str, ...] = ()
    tells_more: tuple[str, ...] = ()
    exit_code: int = 0

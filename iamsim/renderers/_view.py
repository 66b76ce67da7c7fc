"""A report put in the order in which it is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

from iamsim.model.finding import Finding, Kind
from iamsim.model.policy import PolicyType
from iamsim.model.remedy import Proof, Remedy, RemedyKind
from iamsim.model.report import Attempt, Need, Probe, Report, RoleUse, Status, ToolResult
from iamsim.model.tool import Credential
from iamsim.renderers import _blocks
from iamsim.renderers._blocks import Block, Told
from iamsim.renderers._words import (
    CREDENTIAL,
    POLICY_TYPE,
    STATUS,
    Label,
    Tone,
    count,
    listed,
)

TROUBLED = (Status.NO_CREDENTIALS, Status.INVALID, Status.BLOCKED, Status.DENIED, Status.UNKNOWN)
"""How tools come out that do not work, or may not."""


class View:
    """What a person wants to know from a report, question by question."""

    def __init__(self, report: Report) -> None:
        self.report = report

    # ------------------------------------------------------------ the verdict

    def of_kind(self, kind: Kind) -> tuple[Finding, ...]:
        """The findings of one kind, in the report's order."""
        return tuple(finding for finding in self.report.findings if finding.kind is kind)

    @property
    def verdict(self) -> Label:
        """The report in one line: what becomes of the role, and how many gaps and unknowns."""
        gaps, unknowns = len(self.of_kind(Kind.GAP)), len(self.of_kind(Kind.UNKNOWN))
        hazards = len(self.of_kind(Kind.HAZARD))
        open_ = f", {count(unknowns, 'unknown')}" if unknowns else ""
        match self.report.exit_code:
            case 0:
                words = "Nothing stands in the way" + (f"; {count(hazards, 'hazard')} to know of" if hazards else "")
                return Label(words, Tone.GOOD)
            case 4:
                return Label(f"{self._outcome()}; no gap{open_}", Tone.OPEN)
            case 3:
                return Label("Nothing to check was found", Tone.OPEN)
            case _:
                outcome = self._outcome()
                but = "; " if outcome != _OUTCOME[Status.ALLOWED] else ", but there " + ("is " if gaps == 1 else "are ")
                return Label(f"{outcome}{but}{count(gaps, 'gap')}{open_}", Tone.BAD)

    def _outcome(self) -> str:
        if self.report.token.status in _REFUSED:
            return "The server refuses the token"
        return _OUTCOME[self.report.assume.status]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a reviewer asks first: is the role assumed, and what becomes of the tools."""
        return tuple(filter(None, (*self._token_sentence(), self._assume_sentence(), *self._tool_sentences())))

    def _token_sentence(self) -> Iterable[str]:
        if self.report.token.status in _REFUSED:
            yield "The server refuses the token."

    def _assume_sentence(self) -> str:
        step = self.report.assume
        denied = [p.explanation.request.action for p in self.assume_probes if p.explanation.denied]
        missing = dict.fromkeys(
            key for p in self.assume_probes for key in (*p.explanation.missing_context, *_types(p.explanation.unseen))
        )
        match step.status:
            case Status.ALLOWED:
                return "AWS would let the server assume the role."
            case Status.DENIED:
                what = f": {listed(dict.fromkeys(denied))} is denied" if len(denied) == 1 else ""
                what = what or (f": {listed(dict.fromkeys(denied))} are denied" if denied else "")
                return f"AWS would refuse the server's AssumeRole call{what}."
            case Status.NO_CREDENTIALS:
                return "The AssumeRole call never leaves the server: its process has no AWS credentials."
            case Status.INVALID:
                return "STS would reject the AssumeRole call as invalid, before it looks at any policy."
            case Status.BLOCKED:
                return "The AssumeRole call is never made."
            case Status.UNKNOWN:
                on = f": it depends on {listed(missing, limit=4)}" if missing else ""
                return f"Whether AWS would let the server assume the role is unknown{on}."
            case _:
                return "The server assumes no role."

    def _tool_sentences(self) -> Iterable[str]:
        tools = self.report.tools
        if not tools:
            return
        uses = Counter(tool.role for tool in tools)
        yield (
            f"Of {count(len(tools), 'tool')}, {uses[RoleUse.USES]} use the role, "
            f"{uses[RoleUse.GATE_ONLY]} need it only to be assumable and {uses[RoleUse.IGNORES]} ignore it."
        )
        yield f"Outcome: {counted(tool.status for tool in tools)}."

    # ------------------------------------------------------------ the assume step

    @cached_property
    def _probes(self) -> Mapping[str, Probe]:
        return {probe.id: probe for probe in self.report.probes}

    def probes(self, ids: Iterable[str]) -> tuple[Probe, ...]:
        """The probes with these ids; an id without one is left out."""
        return tuple(self._probes[name] for name in ids if name in self._probes)

    @property
    def assume_probes(self) -> tuple[Probe, ...]:
        """One probe per permission that the AssumeRole call needs."""
        return self.probes(self.report.assume.probes)

    @property
    def call_lines(self) -> tuple[tuple[str, str], ...]:
        """The parameters of the call, in AWS's names."""
        call = self.report.assume.call
        if call is None:
            return ()
        tags = "not known" if call.tags is None else ", ".join(f"{k}={v}" for k, v in sorted(call.tags.items()))
        return (
            ("RoleArn", call.role_arn),
            ("RoleSessionName", call.session_name),
            ("SourceIdentity", call.source_identity or "not sent"),
            ("Tags", tags or "not sent"),
            ("TransitiveTagKeys", ", ".join(call.transitive_tag_keys) or "not sent"),
            ("ExternalId", call.external_id or "not sent"),
            ("DurationSeconds", str(call.duration)),
        )

    @property
    def bare_form(self) -> str:
        """Why a plain `aws sts assume-role` is no test of the server's call; empty where it is one."""
        extra = [p.explanation.request.action for p in self.assume_probes]
        extra = [action for action in dict.fromkeys(extra) if action != "sts:AssumeRole"]
        if not extra:
            return ""
        return (
            "The bare form (only --role-arn and --role-session-name) proves nothing: it asks for sts:AssumeRole alone, "
            f"while the server's call also needs {listed(extra)}; and run as anybody else it asks other policies."
        )

    # ------------------------------------------------------------ the tools

    def group(self, use: RoleUse) -> tuple[ToolResult, ...]:
        """The tools that do the same with the role, worst first, then by name."""
        tools = (tool for tool in self.report.tools if tool.role is use)
        return tuple(sorted(tools, key=lambda tool: (_WORST.index(tool.status), tool.name)))

    @cached_property
    def tool_notes(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """
        What is noted of the tools that fail, stay open or act where IAM does not look: note and tools, worst first.

        Of tools without credentials everything, of the others the first note.
        """
        found: dict[str, list[str]] = {}
        for tool in sorted(self.report.tools, key=lambda tool: _WORST.index(tool.status)):
            outside = tool.status is Status.NOT_IAM and set(tool.credentials) - {Credential.NONE}
            if outside or tool.status in TROUBLED:
                for note in tool.notes if tool.status is Status.NO_CREDENTIALS else tool.notes[:1]:
                    found.setdefault(note, []).append(tool.name)
        return tuple((note, tuple(names)) for note, names in found.items())

    @cached_property
    def finding_of(self) -> Mapping[str, Finding]:
        """The gap or unknown that speaks of a probe, by probe id."""
        found: dict[str, Finding] = {}
        for finding in (*self.of_kind(Kind.GAP), *self.of_kind(Kind.UNKNOWN)):
            for probe in finding.probes:
                found.setdefault(probe, finding)
        return found

    # ------------------------------------------------------------ findings and fixes

    @cached_property
    def anchors(self) -> Mapping[str, str]:
        """A link target for every finding, stable across runs."""
        return _anchors("finding-", (finding.key for finding in self.report.findings))

    @cached_property
    def tool_anchors(self) -> Mapping[str, str]:
        """A link target for every tool, by its name."""
        return _anchors("tool-", (tool.name for tool in self.report.tools))

    @cached_property
    def remedies(self) -> Mapping[str, tuple[tuple[int, Remedy], ...]]:
        """The remedies by the finding they answer, numbered in the order in which the findings ask for them."""
        found: dict[str, list[Remedy]] = {}
        for remedy in self.report.remedies:
            for key in remedy.findings:
                found.setdefault(key, []).append(remedy)
        asked = dict.fromkeys(r.id for finding in self.report.findings for r in found.get(finding.key, ()))
        numbers = {name: number for number, name in enumerate(asked, 1)}
        return {
            key: tuple((numbers[remedy.id], remedy) for remedy in several)
            for key, several in found.items()
            if several[0].id in numbers
        }

    def blocks(self, kind: Kind) -> tuple[Block, ...]:
        """The findings of one kind, those of one cause together."""
        return _blocks.blocks(
            (Told(finding, _blocks.cases(self.probes(finding.probes))), self.remedies.get(finding.key, ()))
            for finding in self.of_kind(kind)
        )

    # ------------------------------------------------------------ what stays open

    @property
    def unseen(self) -> tuple[str, ...]:
        """The policy types that some decision lacked, with how many decisions."""
        lacking = Counter(t for probe in self.report.probes for t in probe.explanation.unseen)
        return tuple(f"{POLICY_TYPE[t]}: {count(lacking[t], 'decision')}" for t in PolicyType if lacking[t])

    @property
    def caveats(self) -> tuple[str, ...]:
        """What IAM does not decide, of the whole report and of its decisions."""
        inner = (caveat for probe in self.report.probes for caveat in probe.explanation.caveats)
        return tuple(dict.fromkeys((*self.report.caveats, *inner)))


def counted(statuses: Iterable[Status]) -> str:
    """Statuses in words, the worst first: `9 blocked, 3 allowed`."""
    counts = Counter(statuses)
    return ", ".join(f"{counts[status]} {STATUS[status].word}" for status in _WORST if counts[status])


def needs(tool: ToolResult) -> str:
    """How the needs of a tool came out, in words, without those of the AssumeRole call."""
    own = [need for need in tool.needs if need.requirement.via != "sts.assume_role"]
    if not own:
        return "the AssumeRole call" if tool.needs else "no IAM permission"
    words = counted(need.status for need in own if need.status is not Status.NOT_NEEDED) or "none needed"
    return f"once assumed: {words}" if any(need.hypothetical for need in own) else words


def acts_as(tool: ToolResult) -> str:
    """The credentials a tool really uses, in words."""
    return ", then ".join(CREDENTIAL[credential] for credential in tool.credentials) or "no credential"


def attempts(need: Need) -> str:
    """The credentials a need tries, in order, with the outcome of each where there are several."""
    if len(need.attempts) == 1:
        return CREDENTIAL[need.attempts[0].credential]
    return ", then ".join(_attempt(attempt) for attempt in need.attempts)


def necessity_note(need: Need) -> str:
    """When a need counts, in words; empty for one that always does."""
    told = need.requirement.condition or need.requirement.when
    return told if need.needed is not None or not told else f"{told} (not known)"


def standing(remedy: Remedy) -> Label:
    """What stands behind a remedy: a proof, or that it is none to simulate."""
    if remedy.proof is not None:
        return Label("proven", Tone.GOOD)
    if remedy.kind is RemedyKind.INSTRUCTION:
        return Label("instruction", Tone.FLAT)
    return Label("not proven", Tone.OPEN)


def proof(remedy: Remedy) -> str:
    """What the second simulation showed, in words."""
    if remedy.proof is None:
        return "a change outside the policies" if remedy.kind is RemedyKind.INSTRUCTION else "not simulated"
    fixed, still = len(remedy.proof.fixed), len(remedy.proof.still_denied)
    wider = len(remedy.proof.widened)
    widens = f"newly allows {count(wider, 'thing')} that no tool needs" if wider else "allows nothing else"
    return f"fixes {fixed} of {count(fixed + still, 'decision')}, {widens}"


def domain(proof: Proof) -> tuple[str, str]:
    """What was asked to see whether a remedy widens anything: the actions, and of whom and on what."""
    actions, colon, rest = proof.domain.partition(": ")
    return (listed(actions.split(", "), limit=3), rest) if colon else ("", actions)


_REFUSED = (Status.DENIED, Status.INVALID)
_OUTCOME = {
    Status.ALLOWED: "The server can assume the role",
    Status.DENIED: "The server cannot assume the role",
    Status.UNKNOWN: "Whether the server can assume the role is unknown",
    Status.BLOCKED: "The server cannot ask for the role",
    Status.NO_CREDENTIALS: "The server cannot ask for the role, having no AWS credentials",
    Status.INVALID: "STS rejects the server's call for the role as invalid",
    Status.NOT_IAM: "No role is assumed",
    Status.NOT_NEEDED: "No role is assumed",
    Status.NOT_APPLICABLE: "No role is assumed",
}
_WORST = (
    Status.NO_CREDENTIALS,
    Status.INVALID,
    Status.BLOCKED,
    Status.DENIED,
    Status.UNKNOWN,
    Status.ALLOWED,
    Status.NOT_IAM,
    Status.NOT_NEEDED,
    Status.NOT_APPLICABLE,
)


_LONGEST = 160
"""Characters of a fragment; the keys of findings, which end in what tells them apart, are shorter."""


def _anchors(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """A readable fragment for every name; names that read alike get a number."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        slug = prefix + (re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:_LONGEST] or "unnamed")
        anchor, number = slug, 2
        while anchor in taken:
            anchor, number = f"{slug}-{number}", number + 1
        taken.add(anchor)
        found[name] = anchor
    return found


def _types(types: Iterable[PolicyType]) -> tuple[str, ...]:
    return tuple(POLICY_TYPE[one] for one in types)


def _attempt(attempt: Attempt) -> str:
    return f"{CREDENTIAL[attempt.credential]} ({STATUS[attempt.status].word})"

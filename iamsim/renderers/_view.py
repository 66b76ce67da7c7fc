"""A report put in the order in which it is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from iamsim.model.finding import Finding, Kind
from iamsim.model.policy import PolicyType
from iamsim.model.remedy import Remedy, RemedyKind
from iamsim.model.report import Attempt, Need, Probe, Report, RoleUse, Status, ToolResult
from iamsim.model.verdict import Explanation
from iamsim.renderers._words import (
    CREDENTIAL,
    POLICY_TYPE,
    STATUS,
    Label,
    Tone,
    count,
    listed,
)


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
        """The report in one line: how many gaps and unknowns."""
        gaps, unknowns = len(self.of_kind(Kind.GAP)), len(self.of_kind(Kind.UNKNOWN))
        hazards = len(self.of_kind(Kind.HAZARD))
        match self.report.exit_code:
            case 0:
                words = "Nothing stands in the way" + (f"; {count(hazards, 'hazard')} to know of" if hazards else "")
                return Label(words, Tone.GOOD)
            case 4:
                return Label(f"No gap, but {count(unknowns, 'unknown')}", Tone.OPEN)
            case 3:
                return Label("Nothing to check was found", Tone.OPEN)
            case _:
                words = count(gaps, "gap") + (f", {count(unknowns, 'unknown')}" if unknowns else "")
                return Label(words, Tone.BAD)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a reviewer asks first: is the role assumed, and what becomes of the tools."""
        return tuple(filter(None, (*self._token_sentence(), self._assume_sentence(), *self._tool_sentences())))

    def _token_sentence(self) -> Iterable[str]:
        if self.report.token.status in (Status.DENIED, Status.INVALID):
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

    @property
    def predicted(self) -> tuple[Probe, ...]:
        """The probes of the assume step that carry AWS's words."""
        return tuple(probe for probe in self.assume_probes if probe.message is not None)

    # ------------------------------------------------------------ the tools

    def group(self, use: RoleUse) -> tuple[ToolResult, ...]:
        """The tools that do the same with the role, worst first, then by name."""
        tools = (tool for tool in self.report.tools if tool.role is use)
        return tuple(sorted(tools, key=lambda tool: (_WORST.index(tool.status), tool.name)))

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
        """The numbered remedies by the finding they answer."""
        found: dict[str, list[tuple[int, Remedy]]] = {}
        for number, remedy in enumerate(self.report.remedies, 1):
            for key in remedy.findings:
                found.setdefault(key, []).append((number, remedy))
        return {key: tuple(listing) for key, listing in found.items()}

    def cases(self, finding: Finding) -> tuple[Case, ...]:
        """The decisions behind a finding, those with one reason told once."""
        groups: dict[tuple[object, ...], list[Probe]] = {}
        for probe in self.probes(finding.probes):
            asked = probe.explanation
            key = (
                asked.request.principal.arn,
                asked.request.action,
                asked.decision,
                asked.reason,
                tuple((v.policy, v.type, v.statement.origin, v.elements) for v in asked.decisive),
                probe.message is None,
            )
            groups.setdefault(key, []).append(probe)
        return tuple(
            Case(group[0], tuple(dict.fromkeys(p.explanation.request.resource for p in group)))
            for group in groups.values()
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


@dataclass(frozen=True, slots=True)
class Case:
    """One decision, for all the resources on which it comes out the same."""

    probe: Probe
    resources: tuple[str, ...]

    @property
    def explanation(self) -> Explanation:
        """The decision, with everything behind it."""
        return self.probe.explanation


def counted(statuses: Iterable[Status]) -> str:
    """Statuses in words, the worst first: `9 blocked, 3 allowed`."""
    counts = Counter(statuses)
    return ", ".join(f"{counts[status]} {STATUS[status].word}" for status in _WORST if counts[status])


def needs(tool: ToolResult) -> str:
    """How the needs of a tool came out, in words."""
    if not tool.needs:
        return "no IAM permission"
    words = counted(need.status for need in tool.needs)
    return f"once assumed: {words}" if any(need.hypothetical for need in tool.needs) else words


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


def _anchors(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """A readable fragment for every name; names that read alike get a number."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        slug = prefix + (re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")[:80] or "unnamed")
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

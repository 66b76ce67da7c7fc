"""A report put in the order in which it is read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

from iamsim.model.finding import Finding, Kind
from iamsim.model.policy import PolicyType
from iamsim.model.principal import PrincipalKind
from iamsim.model.remedy import Remedy, Together
from iamsim.model.report import WORST_FIRST, AssumeStep, Attempt, Need, Probe, Report, RoleUse, Status, ToolResult
from iamsim.model.tool import Credential
from iamsim.model.verdict import Explanation, Layer
from iamsim.renderers import _blocks, _statements
from iamsim.renderers._blocks import Block, Told
from iamsim.renderers._words import (
    ASSUME_STATUS,
    CREDENTIAL,
    EXITS,
    IDENTITY_STATUS,
    IF_NEEDED,
    POLICY_TYPE,
    STATUS,
    Label,
    Tone,
    accepted,
    count,
    listed,
)

TROUBLED = (Status.NO_CREDENTIALS, Status.INVALID, Status.BLOCKED, Status.DENIED, Status.UNKNOWN)
"""How tools come out that do not work, or may not."""


class Stage(NamedTuple):
    """A role on the way to the session that the tools have, before the server's call or after it."""

    name: str
    label: Label
    step: AssumeStep
    before: bool


class View:
    """What a person wants to know from a report, question by question."""

    def __init__(self, report: Report) -> None:
        self.report = report

    # ------------------------------------------------------------ the verdict

    def of_kind(self, kind: Kind) -> tuple[Finding, ...]:
        """The findings of one kind, in the report's order."""
        return tuple(finding for finding in self.report.findings if finding.kind is kind)

    @cached_property
    def accepted(self) -> Mapping[str, str]:
        """Why findings do not count for the gate, by their keys."""
        return {each.key: accepted(each) for each in self.report.accepted}

    def counting(self, kind: Kind) -> tuple[Finding, ...]:
        """The findings of one kind that count for the gate."""
        return tuple(finding for finding in self.of_kind(kind) if finding.key not in self.accepted)

    @property
    def left(self) -> tuple[tuple[Finding, str], ...]:
        """The findings that do not count for the gate, and why."""
        return tuple(
            (finding, self.accepted[finding.key])
            for finding in (*self.report.findings, *self.report.policies)
            if finding.key in self.accepted
        )

    @property
    def fails_beside_gaps(self) -> tuple[str, ...]:
        """Why the report fails although it may have no gap."""
        return (
            *self.report.overdue,
            *(f"{each.message} ({each.severity}, {each.rule}): fails by --fail-on" for each in self.report.failing),
        )

    @property
    def verdict(self) -> Label:
        """The report in one line: what becomes of the role, and how many gaps and unknowns."""
        gaps, unknowns = len(self.counting(Kind.GAP)), len(self.counting(Kind.UNKNOWN))
        hazards = len(self.of_kind(Kind.HAZARD))
        left = sum(1 for finding, _ in self.left if finding.kind in (Kind.GAP, Kind.UNKNOWN))
        open_ = f", {count(unknowns, 'unknown')}" if unknowns else ""
        also = f"; {left} accepted" if left else ""
        match self.report.exit_code:
            case 0 if left:
                return Label(f"Nothing new stands in the way{also}", Tone.WARN)
            case 0:
                words = "Nothing stands in the way" + (f"; {count(hazards, 'hazard')} to know of" if hazards else "")
                return Label(words, Tone.GOOD)
            case 4:
                return Label(f"{self._outcome()}; no {'new ' if left else ''}gap{open_}{also}", Tone.OPEN)
            case 3:
                return Label("Nothing to check was found", Tone.OPEN)
            case _:
                failing, overdue = len(self.report.failing), len(self.report.overdue)
                beside = [f"{count(failing, 'finding')} by --fail-on"] if failing else []
                beside += [count(overdue, "expired waiver")] if overdue else []
                new = " new" if left and gaps else ""
                counted = [f"{gaps}{new} gap{'' if gaps == 1 else 's'}"] if gaps or not beside else []
                number = gaps or failing or overdue
                outcome = self._outcome()
                but = (
                    "; " if outcome != _OUTCOME[Status.ALLOWED] else ", but there " + ("is " if number == 1 else "are ")
                )
                return Label(f"{outcome}{but}{', '.join([*counted, *beside])}{open_}{also}", Tone.BAD)

    @property
    def exit(self) -> str:
        """What the exit code says."""
        words = EXITS.get(self.report.exit_code, "not known")
        if self.report.exit_code == 0 and any(f.kind in (Kind.GAP, Kind.UNKNOWN) for f, _ in self.left):
            return "nothing that was not accepted stands in the way"
        if self.report.exit_code == 1 and not self.counting(Kind.GAP) and self.fails_beside_gaps:
            return "no gap, and something else that fails"
        return words

    @property
    def refused(self) -> bool:
        """Whether the server refuses the token, so that all the rest is of another one."""
        return self.report.token.status in _REFUSED

    @property
    def open_call(self) -> bool:
        """Whether the policies allow the AssumeRole call, and STS may yet refuse its parameters."""
        open_ = any(finding.rule == "call-unknown" for finding in self.of_kind(Kind.UNKNOWN))
        return open_ and self.report.assume.status is Status.ALLOWED

    @property
    def assuming(self) -> int:
        """Of a server that assumes no role for its tools, how many tools may ask STS for a role themselves."""
        if self.report.assume.status is not Status.NOT_APPLICABLE:
            return 0
        return sum(any(_asks_for_role(need) for need in tool.needs) for tool in self.report.tools)

    @property
    def role_label(self) -> Label:
        """What becomes of the role, in a few words."""
        label = ASSUME_STATUS[self.report.assume.status]
        if self.open_call:
            label = Label("allowed by the policies; whether STS takes the call is open", Tone.OPEN)
        if self.assuming:
            label = Label(f"assumed by {count(self.assuming, 'tool')}, if at all", Tone.FLAT)
        if self.refused and self.report.assume.status is not Status.NOT_APPLICABLE:
            tone = Tone.OPEN if label.tone is Tone.GOOD else label.tone
            return Label(f"once the token is accepted: {label.word}", tone)
        return label

    def _outcome(self) -> str:
        if self.refused:
            return "The server refuses the token"
        if self.report.identity is not None and self.report.identity.status is Status.DENIED:
            return "The server is not handed its own role"
        if self.open_call:
            return "Whether STS takes the server's call for the role is open"
        if self.report.assume.status is Status.ALLOWED and self.stopped is not None:
            return _STOPPED.get(self.stopped.status, "The server can assume the role, but the chain stops behind it")
        return "No role is assumed but by tools" if self.assuming else _OUTCOME[self.report.assume.status]

    @property
    def stopped(self) -> AssumeStep | None:
        """The first hop of the chain that is not sure to be let through."""
        return next((hop for hop in self.report.hops if hop.status is not Status.ALLOWED), None)

    @property
    def way(self) -> tuple[Stage, ...]:
        """The roles beside the one that the server's call asks for: its own before, those of the chain after."""
        found = []
        identity = self.report.identity
        if identity is not None:
            found.append(Stage("own role", IDENTITY_STATUS[identity.status], identity, before=True))
        for number, hop in enumerate(self.report.hops, 1):
            found.append(Stage(f"hop {number}", ASSUME_STATUS[hop.status], hop, before=False))
        return tuple(found)

    def _way_sentences(self) -> Iterable[str]:
        """What becomes of the roles beside the one that the server's call asks for."""
        identity, stopped = self.report.identity, self.stopped
        if identity is not None and identity.status is not Status.ALLOWED:
            can = "cannot" if identity.status is Status.DENIED else "may not be able to"
            yield f"{identity.principal} {can} hand the server its own role."
        if stopped is not None:
            asked = self.probes(stopped.probes)
            denied = dict.fromkeys(p.explanation.request.action for p in asked if p.explanation.denied)
            why = f": {listed(denied)} {'is' if len(denied) == 1 else 'are'} denied" if denied else ""
            can = "is not known to go" if stopped.status is Status.UNKNOWN else "does not go"
            yield f"The session {can} on to {stopped.role_arn}{why}."
        elif self.report.hops:
            yield f"The session goes on to {self.report.hops[-1].role_arn}, in {count(len(self.report.hops), 'hop')}."

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a reviewer asks first: is the role assumed, and what becomes of the tools."""
        assumed = self._assume_sentence()
        if self.refused:
            never = self.report.assume.status in (Status.BLOCKED, Status.NOT_APPLICABLE)
            assumed = assumed if never else f"Once the token is accepted: {assumed}"
            return ("The server refuses the token.", assumed, *self._way_sentences(), *self._tool_sentences())
        return (assumed, *self._way_sentences(), *self._tool_sentences())

    def _assume_sentence(self) -> str:
        step = self.report.assume
        denied: list[str] = []
        perhaps: list[str] = []
        for probe in self.assume_probes:
            if probe.explanation.denied:
                (perhaps if self.answer(probe) is IF_NEEDED else denied).append(probe.explanation.request.action)
        missing = dict.fromkeys(
            key for p in self.assume_probes for key in (*p.explanation.missing_context, *_types(p.explanation.unseen))
        )
        match step.status:
            case Status.ALLOWED if self.open_call:
                return "AWS's policies let the server assume the role; whether STS takes the call is open."
            case Status.ALLOWED:
                return "AWS would let the server assume the role."
            case Status.DENIED:
                what = f": {listed(dict.fromkeys(denied))} is denied" if len(denied) == 1 else ""
                what = what or (f": {listed(dict.fromkeys(denied))} are denied" if denied else "")
                return f"AWS would refuse the server's {self.operation.removeprefix('sts:')} call{what}."
            case Status.NO_CREDENTIALS:
                return "The AssumeRole call never leaves the server: its process has no AWS credentials."
            case Status.INVALID:
                what = self.operation.removeprefix("sts:")
                return f"STS would reject the {what} call as invalid, before it looks at any policy."
            case Status.BLOCKED:
                return "The AssumeRole call is never made."
            case Status.UNKNOWN:
                on = f": it depends on {listed(missing, limit=4)}" if missing else ""
                on = on or (f": {listed(perhaps)} is denied if the call needs it" if perhaps else "")
                return f"Whether AWS would let the server assume the role is unknown{on}."
            case _ if self.assuming:
                one = "one of its tools may assume one itself" if self.assuming == 1 else ""
                return (
                    f"The server assumes no role; {one or f'{self.assuming} of its tools may assume one themselves'}."
                )
            case _:
                return "The server assumes no role."

    def _tool_sentences(self) -> Iterable[str]:
        tools = self.report.tools
        if not tools:
            return
        brokered = sum(tool.role is RoleUse.IGNORES and Credential.BROKERED in tool.credentials for tool in tools)
        uses = Counter(tool.role for tool in tools)
        uses[RoleUse.IGNORES] -= brokered
        parts: list[str] = []
        for use, (one, many, rest) in _USES.items():
            if uses[use]:
                role = "it" if parts else "the role"
                parts.append(f"{uses[use]} {one if uses[use] == 1 else many} {role}{rest}")
        if brokered:
            parts.append(f"{brokered} {'acts' if brokered == 1 else 'act'} with the role that a broker hands out")
        yield f"Of {count(len(tools), 'tool')}, {listed(parts)}."
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
    def operation(self) -> str:
        """The STS operation that the server calls."""
        template = self.report.server.assume
        return f"sts:{template.operation if template is not None else 'AssumeRole'}"

    @property
    def call_lines(self) -> tuple[tuple[str, str], ...]:
        """The parameters of the call, in AWS's names."""
        call = self.report.assume.call
        if call is None:
            return ()
        policy = call.session_policy
        tags = "not known" if call.tags is None else ", ".join(f"{k}={v}" for k, v in sorted(call.tags.items()))
        return (
            ("RoleArn", call.role_arn),
            ("RoleSessionName", call.session_name),
            ("SourceIdentity", call.source_identity or "not sent"),
            ("Tags", tags or "not sent"),
            ("TransitiveTagKeys", ", ".join(call.transitive_tag_keys) or "not sent"),
            ("ExternalId", call.external_id or "not sent"),
            ("DurationSeconds", str(call.duration)),
            *((("Policy", f"a session policy of {count(len(policy.statements), 'statement')}"),) if policy else ()),
        )

    def sides(self, explanation: Explanation) -> tuple[Label, Label]:
        """How the caller's identity policies and the role's trust policy met a request of the AssumeRole call."""
        if explanation.request.principal.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML):
            # Whoever holds a token has no policies of its own.
            own = Label("not asked", Tone.FLAT)
        else:
            own = _statements.side(explanation, PolicyType.IDENTITY, seen=self._was_read(PolicyType.IDENTITY))
        return (
            own,
            _statements.side(explanation, PolicyType.RESOURCE, seen=self._was_read(PolicyType.RESOURCE)),
        )

    def _was_read(self, type: PolicyType) -> bool:
        """
        Whether the caller's or the role's policies were read: a statement of them was met, or they stand in the way.

        A denial that the other side makes certain does not name what was not seen.
        """
        asked = [probe.explanation for probe in self.assume_probes]
        met = any(verdict.type is type for told in asked for verdict in told.statements)
        sure = (told for told in asked if type not in told.unseen)
        return met or any(Layer(type.value) in told.failing for told in sure)

    def answer(self, probe: Probe) -> Label:
        """How a request came out, as far as a finding says that it counts."""
        return _blocks.answer(self.finding_of.get(probe.id), probe)

    @property
    def left_out(self) -> str:
        """What the call by hand lacks that the server's may have; empty for nothing."""
        call = self.report.assume.call
        return "session tags are not known and left out here" if call is not None and call.tags is None else ""

    @property
    def bare_form(self) -> str:
        """Why a plain `aws sts assume-role` is no test of the server's call; empty where it is one."""
        extra = [p.explanation.request.action for p in self.assume_probes]
        extra = [action for action in dict.fromkeys(extra) if action != "sts:AssumeRole"]
        if not extra or not self.report.assume.command:
            return ""
        return (
            "The bare form (only --role-arn and --role-session-name) proves nothing: it asks for sts:AssumeRole alone, "
            f"while the server's call also needs {listed(extra)}; and run as anybody else it asks other policies."
        )

    # ------------------------------------------------------------ the tools

    def group(self, use: RoleUse) -> tuple[ToolResult, ...]:
        """The tools that do the same with the role, worst first, then by name."""
        tools = (tool for tool in self.report.tools if tool.role is use)
        return tuple(sorted(tools, key=lambda tool: (WORST_FIRST.index(tool.status), tool.name)))

    def needs(self, tool: ToolResult) -> str:
        """How the needs of a tool came out, in words, without those of the AssumeRole call."""
        own = tool.own_needs
        more = f"{len(tool.unresolved)} not told" if tool.unresolved else ""
        if not own:
            return more or ("the AssumeRole call" if tool.needs else "no IAM permission")
        counting = (need.status for need in own if need.status is not Status.NOT_NEEDED and not need.spared)
        words = ", ".join(filter(None, (counted(counting) or ("" if more else "none needed"), more)))
        once = self.once(*own)
        return f"{once}: {words}" if once else words

    def once(self, *needs: Need) -> str:
        """What has to happen before the needs' outcomes hold; empty for nothing."""
        assumed = any(need.hypothetical for need in needs)
        if self.refused:
            return "once the token is accepted" + (" and the role assumed" if assumed else "")
        return "once assumed" if assumed else ""

    @cached_property
    def tool_notes(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """
        What is noted of the tools that fail, stay open or act where IAM does not look: note and tools, worst first.

        Of tools without credentials everything, of the others the first note.
        """
        found: dict[str, list[str]] = {}
        for tool in sorted(self.report.tools, key=lambda tool: WORST_FIRST.index(tool.status)):
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

    @property
    def together(self) -> str:
        """What all safe fixes do as one, and what those that widen do besides, in one line; empty where there are none."""
        safe, wider = self.report.together, self.report.widened
        if safe is None:
            return ""
        gaps = len(safe.closed) + len(safe.left)
        told = []
        if safe.edits:
            also = "allows" if len(safe.edits) == 1 else "allow"
            left = ", which leaves accepted gaps as they are" if any(f.kind is Kind.GAP for f, _ in self.left) else ""
            told.append(f"All safe fixes together: {_closing(safe, gaps)} and {also} nothing else (iamsim fix{left})")
        if wider is not None:
            which = "With those that widen" if told else "Fixes that widen, together"
            told.append(f"{which}: {_closing(wider, gaps)} (iamsim fix --widen)")
        return ". ".join(told)

    def blocks(self, kind: Kind) -> tuple[Block, ...]:
        """The findings of one kind, those of one cause together."""
        return _blocks.blocks(
            (
                Told(finding, _blocks.cases(self.probes(finding.probes)), self.accepted.get(finding.key, "")),
                self.remedies.get(finding.key, ()),
            )
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

    @property
    def data_dates(self) -> str:
        """The dates of the data about AWS in a few words, the oldest and the newest; empty for a report without them."""
        dates = sorted(part.date for part in self.report.reference if part.date is not None)
        if not dates:
            return ""
        return f", by data on AWS of {dates[0]}" + (f" to {dates[-1]}" if dates[-1] != dates[0] else "")

    @property
    def reference(self) -> tuple[str, ...]:
        """The data about AWS that the answers rest on: a line for all parts of one source and date."""
        parts: dict[tuple[str, str], list[str]] = {}
        for part in self.report.reference:
            told = f"{part.source} {part.version}".rstrip()
            parts.setdefault((told, str(part.date or "a day not known")), []).append(part.name)
        return tuple(f"{', '.join(names)}: of {date} ({told})" for (told, date), names in parts.items())


def counted(statuses: Iterable[Status]) -> str:
    """Statuses in words, the worst first: `9 blocked, 3 allowed`."""
    counts = Counter(statuses)
    return ", ".join(f"{counts[status]} {STATUS[status].word}" for status in WORST_FIRST if counts[status])


def noted(tool: ToolResult) -> tuple[str, ...]:
    """What there is to say of a tool beside its needs: what is not told of them, its notes, and what it does when it fails."""
    untold = (
        f"not told what it needs: {one.what} ({one.why}{f', at {one.source}' if one.source else ''})"
        for one in tool.unresolved
    )
    failing = (f"when it fails: {tool.on_failure}",) if tool.on_failure and tool.status in TROUBLED else ()
    return (*untold, *tool.notes, *failing)


def acts_as(tool: ToolResult) -> str:
    """The credentials a tool really uses, in words."""
    return ", then ".join(CREDENTIAL[credential] for credential in tool.credentials) or "no credential"


def _closing(done: Together, gaps: int) -> str:
    closes = "closes" if len(done.edits) == 1 else "close"
    return f"{count(len(done.edits), 'edit')} that {closes} {len(done.closed)} of {count(gaps, 'gap')}"


def attempts(need: Need) -> str:
    """The credentials a need tries, in order, with the outcome of each where there are several."""
    if len(need.attempts) == 1:
        return CREDENTIAL[need.attempts[0].credential]
    return ", then ".join(_attempt(attempt) for attempt in need.attempts)


def necessity_note(need: Need) -> str:
    """When a need counts, in words; empty for one that always does."""
    told = need.requirement.condition or need.requirement.when
    if need.spared:
        told = "; ".join(filter(None, (told, "another way is enough")))
    return told if need.needed is not None or not told else f"{told} (not known)"


def _asks_for_role(need: Need) -> bool:
    return need.needed is not False and need.requirement.action.lower().startswith("sts:assumerole")


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
_STOPPED = {
    Status.DENIED: "The server can assume the role, but not the roles behind it",
    Status.UNKNOWN: "The server can assume the role; whether it can assume the roles behind it is unknown",
}
_USES = {
    RoleUse.USES: ("uses", "use", ""),
    RoleUse.GATE_ONLY: ("needs", "need", " only to be assumable"),
    RoleUse.IGNORES: ("ignores", "ignore", ""),
}


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

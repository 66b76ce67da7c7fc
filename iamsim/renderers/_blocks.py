"""Findings that have one cause, told together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from iamsim.model.finding import Finding, Kind
from iamsim.model.remedy import Remedy, Slot
from iamsim.model.report import Message, Probe
from iamsim.model.verdict import Explanation, Layer, StatementVerdict
from iamsim.renderers import _statements
from iamsim.renderers._words import DECISION, IF_NEEDED, KIND, Label, count, listed


@dataclass(frozen=True, slots=True)
class Case:
    """One decision, for all the resources on which it comes out the same."""

    probe: Probe
    resources: tuple[str, ...]

    @property
    def explanation(self) -> Explanation:
        """The decision, with everything behind it."""
        return self.probe.explanation

    @property
    def caller(self) -> str:
        """The ARN of the role or user behind the call, else of whoever makes it."""
        principal = self.explanation.request.principal
        return principal.entity or principal.arn


@dataclass(frozen=True)
class Told:
    """One finding with the decisions behind it."""

    finding: Finding
    cases: tuple[Case, ...]
    accepted: str = ""
    """Why it does not count for the gate, in words; empty for one that counts."""

    @property
    def actions(self) -> tuple[str, ...]:
        """What was asked for."""
        return tuple(dict.fromkeys(case.explanation.request.action for case in self.cases))

    @property
    def resources(self) -> tuple[str, ...]:
        """What it was asked on, without what an ARN of the caller's own account repeats."""
        return tuple(dict.fromkeys(brief(r, case.caller) for case in self.cases for r in case.resources))

    @cached_property
    def statements(self) -> tuple[StatementVerdict, ...]:
        """The statements that decided."""
        return tuple(dict.fromkeys(v for case in self.cases for v in _statements.decisive(case.explanation)))


@dataclass(frozen=True)
class Block:
    """Findings told together: of one rule and one caller, refused for one reason, with the same remedies."""

    members: tuple[Told, ...]
    remedies: tuple[tuple[int, Remedy], ...]

    @property
    def first(self) -> Finding:
        """The finding that speaks for all where they agree."""
        return self.members[0].finding

    @property
    def grouped(self) -> bool:
        """Whether it is several findings."""
        return len(self.members) > 1

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """The decisions behind all its findings."""
        return tuple(case for member in self.members for case in member.cases)

    @property
    def accepted(self) -> str:
        """Why its findings do not count for the gate; empty where they count."""
        return self.members[0].accepted

    @property
    def by_tool(self) -> bool:
        """Whether its findings are of the tools, each of its own; those of the AssumeRole call touch all tools alike."""
        return self.first.step == "tools"

    def answer(self, case: Case) -> Label:
        """How one of its decisions came out, as far as that counts."""
        return answer(self.first, case.probe)

    @property
    def standing(self) -> str:
        """How bad, how sure and how decided, in words."""
        sure = () if self.first.kind is Kind.UNKNOWN else (self.first.confidence,)
        how = sorted({self.answer(case).word for case in self.cases})
        told = [", ".join((f"{self.first.severity} severity", *sure)), *how, f"rule {self.first.rule}"]
        return "; ".join([*told, self.accepted] if self.accepted else told)

    @property
    def title(self) -> str:
        """What is the matter."""
        if not self.grouped:
            return self.first.message
        caller = self.cases[0].caller
        if self.first.kind is Kind.UNKNOWN:
            actions = dict.fromkeys(action for member in self.members for action in member.actions)
            return f"whether {listed(actions)} are allowed to {caller} is not known"
        if not self.by_tool:
            actions = dict.fromkeys(action for member in self.members for action in member.actions)
            on = dict.fromkeys(resource for case in self.cases for resource in case.resources)
            return f"{listed(actions)} on {listed(on)} are denied to {caller}"
        pairs = {(case.explanation.request.action, r) for case in self.cases for r in case.resources}
        return f"{caller.rpartition('/')[2]} lacks {count(len(pairs), 'permission')}"

    @property
    def label(self) -> Label:
        """What it is, and how many of it."""
        kind = KIND[self.first.kind]
        return Label(count(len(self.members), kind.word), kind.tone) if self.grouped else kind

    @cached_property
    def statements(self) -> tuple[StatementVerdict, ...]:
        """The statements that decided, each once: what it did not match is told of the first request."""
        found: dict[object, StatementVerdict] = {}
        for member in self.members:
            for verdict in member.statements:
                found.setdefault((verdict.policy, verdict.type, verdict.statement.origin, _missed(verdict)), verdict)
        return tuple(found.values())

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Why, in the engine's words, and what the decisions note besides; an unknown names itself what it waits for."""
        told = [case.explanation for case in self.cases]
        reasons = [e.reason for e in told if self.first.kind is not Kind.UNKNOWN or self.grouped]
        return tuple(dict.fromkeys(reasons + [note for e in told for note in e.notes]))

    @property
    def missing(self) -> tuple[str, ...]:
        """The condition keys and parameters that would tell."""
        return tuple(dict.fromkeys(key for case in self.cases for key in case.explanation.missing_context))

    @property
    def looked_through(self) -> tuple[str, ...]:
        """The policies that were read in vain, where no statement decided: those of the decision, else those to be changed."""
        if self.statements or not self.cases or not all(case.explanation.denied for case in self.cases):
            return ()
        read = [policy for case in self.cases for policy in _statements.looked_through(case.explanation)]
        failing = {layer for case in self.cases for layer in case.explanation.failing}
        edits = (edit for _, remedy in self.remedies for edit in remedy.edits if _LAYER[edit.slot] in failing)
        edited = [_statements.policy_place(edit.before) for edit in edits if edit.before is not None]
        return tuple(dict.fromkeys(read or edited))

    @property
    def message(self) -> Message | None:
        """The words that AWS would answer the first request with."""
        return next((case.probe.message for case in self.cases if case.probe.message is not None), None)

    @property
    def evidence(self) -> tuple[str, ...]:
        """The sentences that hold for all its findings, without what the statements and reasons say already."""
        shared = [s for s in self.first.evidence if all(s in member.finding.evidence for member in self.members)]
        if self.grouped and self.first.kind is not Kind.UNKNOWN:
            shared.append(self.first.message.partition("; ")[2])
        said = (_unsaid(sentence, self.statements) for sentence in shared if sentence not in self.reasons)
        return tuple(sentence for sentence in dict.fromkeys(said) if sentence)

    @property
    def tools(self) -> tuple[str, ...]:
        """The tools that it touches."""
        return tuple(dict.fromkeys(name for member in self.members for name in member.finding.tools))


def answer(finding: Finding | None, probe: Probe) -> Label:
    """How a request came out; one that only an open finding speaks of is denied for those who need it."""
    if finding is not None and finding.kind is Kind.UNKNOWN and probe.explanation.denied:
        return IF_NEEDED
    return DECISION[probe.explanation.decision]


def blocks(told: Iterable[tuple[Told, tuple[tuple[int, Remedy], ...]]]) -> tuple[Block, ...]:
    """The findings in their order, those of one cause where the first of them stands."""
    found: dict[object, tuple[list[Told], tuple[tuple[int, Remedy], ...]]] = {}
    for member, remedies in told:
        # What counts is never told with what does not.
        key = (_cause(member, remedies) or member.finding.key, member.accepted)
        found.setdefault(key, ([], remedies))[0].append(member)
    return tuple(Block(tuple(members), remedies) for members, remedies in found.values())


def cases(probes: Iterable[Probe]) -> tuple[Case, ...]:
    """The decisions, those with one reason told once."""
    groups: dict[object, list[Probe]] = {}
    for probe in probes:
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
        Case(group[0], tuple(dict.fromkeys(p.explanation.request.resource for p in group))) for group in groups.values()
    )


def brief(resource: str, caller: str) -> str:
    """The last part of an ARN whose other parts are the caller's; any other ARN whole."""
    parts, own = resource.split(":", 5), caller.split(":", 5)
    known = len(parts) == len(own) == _ARN_PARTS and parts[1] == own[1] and parts[4] in ("", own[4])
    return parts[5] if known else resource


_ARN_PARTS = 6
_LAYER = {
    Slot.TRUST: Layer.RESOURCE,
    Slot.RESOURCE: Layer.RESOURCE,
    Slot.INLINE: Layer.IDENTITY,
    Slot.MANAGED: Layer.IDENTITY,
    Slot.BOUNDARY: Layer.BOUNDARY,
}


def _cause(member: Told, remedies: Sequence[tuple[int, Remedy]]) -> object:
    """What findings share that are told together; None for one that is told alone."""
    finding = member.finding
    shared = (
        finding.rule,
        finding.kind,
        tuple(dict.fromkeys(case.caller for case in member.cases)),
        tuple(dict.fromkeys(case.explanation.reason for case in member.cases)),
        tuple(remedy.id for _, remedy in remedies),
    )
    if finding.step == "tools" and finding.kind in (Kind.GAP, Kind.NOTE):
        refused = member.cases and all(case.explanation.denied for case in member.cases)
        return (*shared, finding.message.partition("; ")[2]) if refused else None
    if finding.step == "assume" and finding.kind is Kind.UNKNOWN and member.cases:
        return (*shared, finding.evidence)
    if finding.step == "assume" and finding.kind is Kind.GAP and member.cases:
        # What a statement says of its own action names that action: it is alike in which elements fail.
        return (*shared, tuple((v.policy, v.type, v.statement.origin, _missed(v)) for v in member.statements))
    return None


def _missed(verdict: StatementVerdict) -> tuple[str, ...]:
    return tuple(element.element for element in verdict.elements if element.matched is not True)


def _unsaid(sentence: str, statements: Iterable[StatementVerdict]) -> str:
    """What a sentence of evidence adds to what is shown at the statement it speaks of."""
    for verdict in statements:
        for row in _statements.rows(verdict):
            said = _statements.said_of(verdict) + row.note
            if sentence.startswith(said):
                return sentence.removeprefix(said).removeprefix("; ")
    return sentence

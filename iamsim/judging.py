"""Facts to findings to proven remedies: the one place where these are chained."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from iamsim import together as combined
from iamsim.model.finding import Finding, Kind, Severity
from iamsim.model.remedy import Disposition, Reason, Remedy, RemedyKind, Together
from iamsim.probes import Case
from iamsim.proof import loosens, proof
from iamsim.remedies import Proposal, proposers
from iamsim.rules import Observation, Rule, rules

_STEPS = ("token", "assume", "tools")
_KINDS = tuple(Kind)
_SEVERITIES = tuple(Severity)
_WORDS, _MARK = 110, 8


def findings(case: Case) -> tuple[Finding, ...]:
    """What every rule found, gaps first, then by step, severity and key."""
    found = [_finding(name, rule, seen) for name, rule in sorted(rules().items()) for seen in rule.check(case)]
    return tuple(sorted(found, key=_order))


def remedies(case: Case, found: tuple[Finding, ...]) -> tuple[Remedy, ...]:
    """
    Proven remedies for the gaps among the findings, safe edits first, then those that AWS would not take as they are.

    Their ids number them in the order in which the findings ask for them, as a reader meets them. What no proven edit closes and no instruction answers goes to the proposers of last resort, so
    that no gap is without a way out.
    """
    gaps = tuple(finding for finding in found if finding.kind is Kind.GAP)
    proven = [*_of(case, gaps, last=False)]
    proven += _of(case, tuple(_open(gaps, proven)), last=True)
    proven.sort(key=_rank)
    asked = dict.fromkeys(at for gap in gaps for at, remedy in enumerate(proven) if gap.key in remedy.findings)
    numbers = {at: number for number, at in enumerate(asked, 1)}
    return tuple(replace(remedy, id=f"r{numbers[at]}") for at, remedy in enumerate(proven))


def together(
    case: Case, found: tuple[Finding, ...], proven: tuple[Remedy, ...], named: Collection[str] = ()
) -> tuple[Together | None, Together | None]:
    """
    What the safe ones of the remedies do as one, and what those that widen do besides; of `named` ids, what those do.

    None where there is no gap, and where nothing that widens would close more.
    """
    gaps = tuple(finding for finding in found if finding.kind is Kind.GAP)
    if not gaps:
        return None, None
    if named:
        return combined.together(case, gaps, proven, named=named), None
    safe = combined.together(case, gaps, proven)
    if not any(left.reason is Reason.WIDENS for left in safe.left):
        return safe, None
    wider = combined.together(case, gaps, proven, widening=True)
    return safe, wider if len(wider.closed) > len(safe.closed) else None


# ---------------------------------------------------------------- helpers


def _finding(name: str, rule: Rule, seen: Observation) -> Finding:
    return Finding(
        _key(name, seen.subject),
        name,
        seen.kind or rule.kind,
        seen.severity or rule.severity,
        seen.confidence or rule.confidence,
        rule.step,
        seen.subject,
        seen.message,
        seen.origins,
        seen.evidence,
        seen.probes,
        seen.tools,
    )


def _key(rule: str, subject: str) -> str:
    """Rule and subject as one word for links and baselines; where the subject had to be altered, marked by its hash."""
    plain = re.sub(r"[^a-z0-9]+", "-", subject.lower()).strip("-")
    mark = "" if plain == subject else "-" + hashlib.sha256(subject.encode()).hexdigest()[:_MARK]
    return f"{rule}-{plain[:_WORDS].rstrip('-')}{mark}"


def _order(finding: Finding) -> tuple[int, int, int, str]:
    return _KINDS.index(finding.kind), _STEPS.index(finding.step), _SEVERITIES.index(finding.severity), finding.key


def _rank(remedy: Remedy) -> tuple[bool, bool, bool]:
    too_long = remedy.proof is not None and bool(remedy.proof.too_long)
    return remedy.disposition is Disposition.WIDENS, too_long, remedy.kind is RemedyKind.INSTRUCTION


def _of(case: Case, gaps: tuple[Finding, ...], *, last: bool) -> Iterator[Remedy]:
    for name, proposer in sorted(proposers().items()):
        mine = tuple(finding for finding in gaps if finding.rule in proposer.answers and proposer.last is last)
        for proposal in proposer.propose(mine, case) if mine else ():
            remedy = _proven(case, name, proposal)
            if remedy is not None:
                yield remedy


def _open(gaps: Iterable[Finding], proven: Iterable[Remedy]) -> Iterator[Finding]:
    """The gaps with the probes that no proven edit lets through."""
    fixed = {name for remedy in proven if remedy.proof is not None for name in remedy.proof.fixed}
    for finding in gaps:
        left = tuple(name for name in finding.probes if name not in fixed)
        if left:
            yield replace(finding, probes=left)


def _proven(case: Case, name: str, proposal: Proposal) -> Remedy | None:
    """The proposal with its proof, for the findings that it closes or helps to; None for edits that fix nothing."""
    found = Remedy(
        "",
        name,
        tuple(finding.key for finding in proposal.findings),
        RemedyKind.INSTRUCTION,
        proposal.title,
        instruction=proposal.instruction,
        settings=proposal.settings,
    )
    if proposal.instruction:
        return found
    targets = tuple(dict.fromkeys(probe for finding in proposal.findings for probe in finding.probes))
    shown = proof(case, proposal.edits, targets)
    closed = tuple(finding.key for finding in proposal.findings if set(finding.probes) & set(shown.fixed))
    if not closed:
        return None
    widens = bool(shown.widened) or any(map(loosens, proposal.edits))
    return replace(
        found,
        findings=closed,
        kind=RemedyKind.EDIT,
        disposition=Disposition.WIDENS if widens else Disposition.SAFE,
        edits=proposal.edits,
        proof=shown,
    )

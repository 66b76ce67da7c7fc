"""Facts to findings to proven remedies: the one place where these are chained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from iamsim.model.finding import Finding, Kind
from iamsim.model.remedy import Disposition, Proof, Remedy, RemedyKind
from iamsim.probes import Case
from iamsim.proof import proof
from iamsim.remedies import Proposal, proposers
from iamsim.rules import Observation, Rule, rules

_STEPS = ("token", "assume", "tools")
_KINDS = tuple(Kind)
_SEVERITIES = ("critical", "high", "medium", "low", "info")


def findings(case: Case) -> tuple[Finding, ...]:
    """What every rule found, gaps first, then by step, severity and key."""
    found = [_finding(name, rule, seen) for name, rule in sorted(rules().items()) for seen in rule.check(case)]
    return tuple(sorted(found, key=_order))


def remedies(case: Case, found: tuple[Finding, ...]) -> tuple[Remedy, ...]:
    """Proven remedies for the gaps among the findings, safe edits first."""
    gaps = [finding for finding in found if finding.kind is Kind.GAP]
    proven = [
        remedy for name, proposal in _proposals(case, gaps) if (remedy := _proven(case, name, proposal)) is not None
    ]
    proven.sort(key=lambda r: (r.disposition is Disposition.WIDENS, r.kind is RemedyKind.INSTRUCTION))
    return tuple(replace(remedy, id=f"r{number}") for number, remedy in enumerate(proven, 1))


# ---------------------------------------------------------------- helpers


def _finding(name: str, rule: Rule, seen: Observation) -> Finding:
    key = re.sub(r"[^a-z0-9]+", "-", f"{name}-{seen.subject}".lower()).strip("-")[:120]
    return Finding(
        key,
        name,
        seen.kind or rule.kind,
        seen.severity or rule.severity,
        rule.confidence,
        rule.step,
        seen.subject,
        seen.message,
        seen.origins,
        seen.evidence,
        seen.probes,
        seen.tools,
    )


def _order(finding: Finding) -> tuple[int, int, int, str]:
    return _KINDS.index(finding.kind), _STEPS.index(finding.step), _SEVERITIES.index(finding.severity), finding.key


def _proposals(case: Case, gaps: list[Finding]) -> Iterator[tuple[str, Proposal]]:
    for name, proposer in sorted(proposers().items()):
        mine = tuple(finding for finding in gaps if finding.rule in proposer.answers)
        if mine:
            for proposal in proposer.propose(mine, case):
                yield name, proposal


def _proven(case: Case, name: str, proposal: Proposal) -> Remedy | None:
    """The proposal with its proof; None for edits that fix nothing."""
    keys = tuple(finding.key for finding in proposal.findings)
    if not proposal.edits:
        return Remedy(
            "",
            name,
            keys,
            RemedyKind.INSTRUCTION,
            proposal.title,
            instruction=proposal.instruction,
            settings=proposal.settings,
        )
    targets = tuple(dict.fromkeys(probe for finding in proposal.findings for probe in finding.probes))
    shown: Proof = proof(case, proposal.edits, targets)
    if not set(shown.fixed) & set(targets):
        return None
    disposition = Disposition.WIDENS if proposal.widens or shown.widened else Disposition.SAFE
    return Remedy(
        "",
        name,
        keys,
        RemedyKind.EDIT,
        proposal.title,
        disposition,
        proposal.edits,
        settings=proposal.settings,
        proof=shown,
    )

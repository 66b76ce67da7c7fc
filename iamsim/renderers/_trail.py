"""How a decision came about: the layers in AWS's order, what each says, and which part of a statement settles it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from iamsim.model.policy import PolicyType
from iamsim.model.verdict import Explanation, Layer, StatementVerdict
from iamsim.renderers import _statements
from iamsim.renderers._words import ONE_POLICY, Label, Tone

# Source: IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access"; a VPC endpoint's
# policy is asked where the request passes the endpoint, before it reaches the service.
ORDER = (
    PolicyType.VPC_ENDPOINT,
    PolicyType.RCP,
    PolicyType.SCP,
    PolicyType.RESOURCE,
    PolicyType.IDENTITY,
    PolicyType.BOUNDARY,
    PolicyType.SESSION,
)
"""The policy types in the order in which AWS asks them for an Allow; a Deny in any of them counts before."""


@dataclass(frozen=True, slots=True)
class Step:
    """One layer of a decision: its name, what it says, the statements that settle it, and those that do not."""

    name: str
    label: Label
    decisive: tuple[StatementVerdict, ...]
    others: tuple[StatementVerdict, ...]


def steps(explanation: Explanation) -> tuple[Step, ...]:
    """The layers that have a policy, stand in the way or were not seen; a layer without any is left out."""
    decisive = _statements.decisive(explanation)
    found = [_service(explanation)] if explanation.layer is Layer.SERVICE else []
    for which in ORDER:
        of_type = [verdict for verdict in explanation.statements if verdict.type is which]
        if not of_type and which not in explanation.unseen and Layer(which.value) not in explanation.failing:
            continue
        # What decided may be the same statement as one that is listed: by its place, as a saved report makes two of it.
        deciding = tuple(verdict for verdict in decisive if verdict.type is which)
        matched = tuple(v for v in of_type if v.matched and _key(v) not in set(map(_key, deciding)))
        shown = {_key(verdict) for verdict in (*deciding, *matched)}
        found.append(
            Step(
                _name(which, of_type),
                _statements.side(explanation, which),
                (*deciding, *matched),
                tuple(verdict for verdict in of_type if _key(verdict) not in shown),
            )
        )
    return tuple(found)


def why_not(verdict: StatementVerdict) -> str:
    """In one sentence, what kept a statement from matching."""
    row = _statements.rows(verdict)[0]
    what = f"its {row.name}" if row.name else "it"
    if row.matched is None:
        return f"not known whether {what} matches: {row.note}" if row.note else f"not known whether {what} matches"
    if row.matched:
        return "matches"
    return f"{what} does not match: {row.note}" if row.note else f"{what} does not match"


def marked(verdict: StatementVerdict, *, lines: int = 60) -> tuple[tuple[str, bool], ...]:
    """The statement as indented JSON in pieces, and of each whether it is an element that settles the matter."""
    names = {row.name for row in _statements.rows(verdict) if row.name}
    found: list[tuple[str, bool]] = []
    hit = False
    for line in _statements.statement_text(verdict.statement, lines=lines).split("\n"):
        if line.startswith('  "'):
            hit = line[3:].partition('"')[0] in names
        elif not line.startswith("  "):
            hit = False
        if found and found[-1][1] is hit:
            found[-1] = (f"{found[-1][0]}\n{line}", hit)
        else:
            found.append((line, hit))
    return tuple(found)


def _key(verdict: StatementVerdict) -> object:
    return verdict.policy, verdict.type, verdict.statement.origin, verdict.statement.label, verdict.level


def _name(type: PolicyType, verdicts: Iterable[StatementVerdict]) -> str:
    trust = type is PolicyType.RESOURCE and any(verdict.statement.resource is None for verdict in verdicts)
    return "trust policy" if trust else ONE_POLICY[type]


def _service(explanation: Explanation) -> Step:
    refused = Label("refuses", Tone.BAD) if explanation.denied else Label("decides", Tone.FLAT)
    return Step("the service itself", refused, (), ())

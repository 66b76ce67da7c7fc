"""What each type of policy had to say to one request, for somebody who has never seen IAM's flow chart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from iamsim.model.policy import Effect, PolicyType
from iamsim.model.verdict import Decision, Explanation, StatementVerdict

_TYPES = {
    PolicyType.RCP: ("resource control policies", "the most that anybody may do to resources of the account"),
    PolicyType.SCP: ("service control policies", "the most that callers of the account may do"),
    PolicyType.VPC_ENDPOINT: ("the VPC endpoint's policy", "what passes through the endpoint"),
    PolicyType.RESOURCE: ("the resource's own policy", "whom the resource lets in"),
    PolicyType.IDENTITY: ("the caller's own policies", "what the caller may do"),
    PolicyType.BOUNDARY: ("the permissions boundary", "the most that the caller's own policies can give"),
    PolicyType.SESSION: ("the session's policy", "the most that this session may do"),
}
"""The types of policies in AWS's order of enforcement (EVAL-004): what each is, and what it is for."""


def meaning(explanation: Explanation) -> str:
    """The decision in words that need no knowledge of IAM's."""
    match explanation.decision:
        case Decision.ALLOWED:
            return "AWS would let this through."
        case Decision.EXPLICIT_DENY:
            return "AWS would refuse this: a Deny forbids it, and no Allow outweighs a Deny."
        case Decision.IMPLICIT_DENY:
            return "AWS would refuse this: no Deny forbids it, but what is not allowed is refused."
        case _ if explanation.denied:
            return "AWS would refuse this, whatever it is that the inputs do not tell."
        case _:
            return "AWS may let this through or refuse it: the inputs do not tell."


def lines(explanation: Explanation) -> list[str]:
    """A line for each type of policy that has a statement, was not seen, or stands in the way; none where none does."""
    found = list(_rows(explanation))
    if not found:
        return []
    width = max(len(name) for name, _ in found)
    head = "Who has a say, in AWS's order: one Deny ends it, and whoever has to allow must do so."
    return ["", head, *(f"  {name:<{width}}  {says}" for name, says in found)]


def parted(explanation: Explanation) -> Iterator[tuple[str, Sequence[StatementVerdict]]]:
    """The statements behind the decision and all others, each with a title."""
    decided = {id(each) for each in explanation.decisive}
    parts: tuple[list[StatementVerdict], list[StatementVerdict]] = ([], [])
    for each in explanation.statements:
        parts[id(each) not in decided].append(each)
    behind, others = parts
    if behind:
        yield _TITLES[explanation.decision], behind
    if others:
        yield "The other statements" if behind else "The statements", others


_TITLES = {
    Decision.ALLOWED: "What allows it",
    Decision.EXPLICIT_DENY: "What forbids it",
    Decision.IMPLICIT_DENY: "What came closest to allowing it",
    Decision.UNKNOWN: "What it depends on",
}


def _rows(explanation: Explanation) -> Iterator[tuple[str, str]]:
    failing = {layer.value for layer in explanation.failing}
    for type_, (name, purpose) in _TYPES.items():
        verdicts = [each for each in explanation.statements if each.type is type_]
        unseen = type_ in explanation.unseen
        fails = type_.value in failing
        if verdicts or unseen or fails:
            says = "not seen: may allow, may deny" if unseen else _said(verdicts)
            stands = _stands(type_, verdicts) if fails and explanation.denied else ""
            yield f"{name} ({purpose})", f"{says}{stands}"


def _stands(type_: PolicyType, verdicts: Sequence[StatementVerdict]) -> str:
    """That this is in the way, and why so where an Allow applies and no Deny does."""
    applying = {verdict.statement.effect for verdict in verdicts if verdict.matched}
    short = "" if applying != {Effect.ALLOW} else _LEVELS if type_ is PolicyType.SCP else ", which is not enough"
    return f"{short}  <- stands in the way"


_LEVELS = ", which is not enough: every level of the organization has to allow"


def _said(verdicts: Sequence[StatementVerdict]) -> str:
    """How many statements apply, of each effect, surely or perhaps."""
    counted = Counter(
        (verdict.statement.effect, verdict.matched) for verdict in verdicts if verdict.matched is not False
    )
    told = [
        f"{count} {effect} {'may apply' if matched is None else 'applies' if count == 1 else 'apply'}"
        for effect in (Effect.DENY, Effect.ALLOW)
        for matched in (True, None)
        if (count := counted[effect, matched])
    ]
    of = f"{len(verdicts)} statement{'' if len(verdicts) == 1 else 's'}"
    return f"{' and '.join(told)} (of {of})" if told else f"none of {of} applies" if verdicts else "no statement"

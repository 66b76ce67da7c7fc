"""A path walked: what the sessions on the way carry into the next hop, and what each hop then needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

from iamsim.engine.simulator import Simulator
from iamsim.graph.calls import answer, with_parameters, with_source_identity
from iamsim.graph.model import Answer, Edge, State
from iamsim.graph.paths import Path
from iamsim.graph.witness import SET_SOURCE_IDENTITY, TAG_SESSION
from iamsim.model.arn import is_role
from iamsim.model.principal import HOLE, principal
from iamsim.model.verdict import Explanation

_WORDS = {SET_SOURCE_IDENTITY: "sets a source identity", TAG_SESSION: "passes session tags"}
_VERBS = {State.ALLOWED: "is let in, too", State.DENIED: "is refused", State.UNKNOWN: "may be refused"}


@dataclass(frozen=True, slots=True)
class Beside:
    """What becomes of the call when it sends one thing more: the action that is then asked for, and the answer."""

    action: str
    state: State
    why: str


def in_words(found: tuple[Beside, ...]) -> list[str]:
    """One sentence for all that share an answer: `a call that sets a source identity (sts:SetSourceIdentity) is refused: …`."""
    alike: dict[tuple[State, str], list[str]] = {}
    for each in found:
        alike.setdefault((each.state, each.why), []).append(f"{_WORDS[each.action]} ({each.action})")
    return [
        f"a call that {' or '.join(what)} {_VERBS[state]}" + ("" if state is State.ALLOWED else f": {why}")
        for (state, why), what in alike.items()
    ]


def beside(simulator: Simulator, edge: Edge) -> tuple[Beside, ...]:
    """What the edge is worth to a call that sets a source identity, or passes tags; nothing for callers that are not of AWS."""
    if not _asks(edge.source):
        return ()
    found = with_parameters(simulator, principal(edge.source), edge.answer, edge.target)
    return tuple(Beside(name, _state(each), each.reason) for name, each in found.items())


def explained(simulator: Simulator, edge: Edge) -> Edge:
    """The edge with the engine's reason; as it is for those that do not ask by themselves, and where only some of the sessions are meant."""
    if not _asks(edge.source) or edge.answer.who:
        return edge
    return replace(edge, answer=answer(simulator, principal(edge.source), edge.target))


def walked(simulator: Simulator, path: Path) -> Path:
    """
    The path with what earlier hops leave behind: a source identity goes on into every later session.

    A hop after one that has to set it needs sts:SetSourceIdentity on both sides (STS-007, STS-008); where
    that is denied so is the hop, where it is open the hop is unknown.
    """
    edges: list[Edge] = []
    identity: tuple[str, ...] = ()
    for edge in path.edges:
        found = edge
        if identity and _asks(edge.source):
            found = _carrying(simulator, edge, identity)
        edges.append(found)
        identity = identity or edge.answer.sends.get("sts:sourceidentity", ())
    return Path(tuple(edges))


# ---------------------------------------------------------------- helpers


def _asks(source: str) -> bool:
    return is_role(source) or ":user/" in source


def _carrying(simulator: Simulator, edge: Edge, identity: tuple[str, ...]) -> Edge:
    """
    The edge for a session that carries a source identity.

    Let through with the value that was sent before, it stays; it is denied where it would be with any value.
    """
    sends = {key: value for key, value in edge.answer.sends.items() if key != "sts:sourceidentity"}
    worst: Explanation | None = None
    for value in (identity, (HOLE,)):
        told = with_source_identity(
            simulator, principal(edge.source), edge.target, {**sends, "sts:sourceidentity": value}
        )
        worst = next((each for each in told if each.denied), next((each for each in told if not each.allowed), None))
        if worst is None:
            return edge
    if worst is None:
        return edge
    why = f"the session carries a source identity, which goes on: {worst.request.action}: {worst.reason}"
    told_ = Answer(_state(worst), why, worst.failing, edge.answer.requires, edge.answer.sends, worst.missing_context)
    return replace(edge, answer=told_)


def _state(explanation: Explanation) -> State:
    return State.ALLOWED if explanation.allowed else State.DENIED if explanation.denied else State.UNKNOWN

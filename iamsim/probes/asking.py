"""Each request asked once, and remembered under an id; how statuses of several answers make one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from iamsim.engine.simulator import Simulator
from iamsim.model.report import WORST_FIRST, Probe, Status
from iamsim.model.request import Request
from iamsim.model.verdict import Decision, Explanation
from iamsim.sts import messages


class Asker:
    """Asks each request once and remembers it under an id."""

    def __init__(self, simulator: Simulator) -> None:
        self.probes: dict[str, Probe] = {}
        self._simulator = simulator
        self._known: dict[object, str] = {}

    def ask(self, request: Request, what: str) -> str:
        """The id of the probe that asks this."""
        key = (
            request.principal.arn,
            request.action.lower(),
            request.resource,
            tuple(sorted(request.context.values.items())),
            request.context.absent,
        )
        found = self._known.get(key)
        if found is None:
            explanation = _naming(self._simulator.explain(request))
            trust = request.action.startswith("sts:") and ":role/" in request.resource
            message = messages.denial(explanation, trust=trust) if explanation.denied else None
            found = self._known[key] = f"p{len(self.probes) + 1}"
            self.probes[found] = Probe(found, what, explanation, message)
        return found

    def status(self, id: str) -> Status:
        """What became of the probe with this id."""
        return status_of(self.probes[id].explanation)


def status_of(explanation: Explanation) -> Status:
    """A decision as the status of a step."""
    if explanation.decision is Decision.ALLOWED:
        return Status.ALLOWED
    return Status.DENIED if explanation.denied else Status.UNKNOWN


def worst(statuses: Iterable[Status]) -> Status:
    """The status that counts for all of several; not needed when there are none."""
    found = set(statuses)
    return next((status for status in WORST_FIRST if status in found), Status.NOT_NEEDED)


def best(statuses: list[Status]) -> Status:
    """The status that counts where one of several is enough."""
    return next((status for status in (Status.ALLOWED, Status.UNKNOWN) if status in statuses), Status.DENIED)


# ---------------------------------------------------------------- helpers


def _naming(explanation: Explanation) -> Explanation:
    """The explanation without the statements that speak of other actions and decided nothing: a report holds hundreds of probes."""
    decisive = set(map(id, explanation.decisive))
    kept = (v for v in explanation.statements if v.elements[0].matched is not False or id(v) in decisive)
    return replace(explanation, statements=tuple(kept))

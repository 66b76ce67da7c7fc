"""API calls of the evidence, asked of what is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from iamsim.catalog import actions
from iamsim.diagnosis import differing
from iamsim.diagnosis.scene import Scene
from iamsim.diagnosis.standing import proven
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError
from iamsim.evidence import _answers
from iamsim.model.diagnosis import Answer, JudgedCall
from iamsim.model.observation import Call
from iamsim.model.origin import NOWHERE
from iamsim.model.principal import HOLE, Principal, principal
from iamsim.model.verdict import Explanation
from iamsim.sts import messages

MOST_ASKED = 2_000
"""Calls of different kinds that are asked of what is loaded; of more, those that were refused come first."""

MOST_PROVEN = 50
"""Refused calls for which a fix is proven."""


NOT_LOADED = "are not loaded"
"""How the reason ends for which a caller's calls are not judged."""


@dataclass(frozen=True)
class Asked:
    """One call with the answer of what is loaded; `caller` and `explanation` are None where it could not be asked."""

    call: Call
    judged: JudgedCall
    caller: Principal | None = None
    explanation: Explanation | None = None


def judged(scene: Scene, simulator: Simulator | None) -> tuple[JudgedCall, ...]:
    """Every call of the evidence, the errors of results that tell of one among them, held against what is loaded."""
    calls = sorted(_all(scene), key=lambda call: not _refused(call))
    found = [
        _asked(call, simulator) if number < MOST_ASKED else _not_judged(call, "more calls than are asked")
        for number, call in enumerate(calls)
    ]
    refused = [one for one in found if one.judged.refused and one.explanation is not None and one.explanation.denied]
    fixes = proven(scene, simulator, refused[:MOST_PROVEN]) if simulator is not None else {}
    return tuple(replace(one.judged, remedies=fixes.get(number, ())) for number, one in _numbered(found, refused))


# ---------------------------------------------------------------- which calls there are


def _all(scene: Scene) -> Iterator[Call]:
    told = set()
    for call in scene.calls:
        told.add(call.message)
        yield call
    for item in scene.items:
        for text in (item.result.told_error, item.result.error):
            found = _in(text, item.tool.name if item.tool is not None else item.name) if text else None
            if found is not None and found.message not in told:
                told.add(found.message)
                yield replace(found, origin=item.result.origin, at=item.result.at, count=item.count)
                break


def _in(text: str, tool: str) -> Call | None:
    """The refused call that an error tells of; None where it tells of none."""
    denial = messages.parse(text)
    if denial is None or denial.action is None:
        return None
    return replace(_answers.refused(denial, text), tool=tool)


def _refused(call: Call) -> bool:
    return bool(call.code) and (messages.denies(call.code) or call.denied_by is not None)


def _numbered(found: list[Asked], refused: list[Asked]) -> Iterator[tuple[int, Asked]]:
    """Each with its place among those that were refused, -1 for the others."""
    places: Mapping[int, int] = {id(one): number for number, one in enumerate(refused)}
    for one in found:
        yield places.get(id(one), -1), one


# ---------------------------------------------------------------- one call


def _asked(call: Call, simulator: Simulator | None) -> Asked:
    if messages.of_credentials(call.code):
        return _not_judged(call, "AWS did not take the credentials, so that no policy was looked at")
    if call.code and not _refused(call):
        return _not_judged(call, f"`{call.code}` is no refusal: whether it was let through is not told")
    action = _action(call)
    if action is None:
        return _not_judged(call, "which action it asks for is not told")
    if call.principal is None:
        return _not_judged(call, "who called is not told")
    resource = call.resource or ("*" if actions.takes_resource(action) is False else None)
    if resource is None:
        return _not_judged(call, "what it asked for is not told")
    if simulator is None:
        return _not_judged(call, "no policies are loaded to ask")
    try:
        caller = principal(call.principal)
        values = {name.lower(): value for name, value in call.context.items() if name.lower() not in simulator.stated}
        asked = (
            replace(simulator, at=call.at) if call.at is not None and call.at.tzinfo and call.count == 1 else simulator
        )
        request = asked.request(caller, action, resource, values=values)
        explanation = asked.explain(request)
    except InputError as error:
        return _not_judged(call, f"it cannot be asked: {error.message}")
    if not _loaded(simulator, request.principal):
        return _not_judged(call, f"the policies of {_name(request.principal)} {NOT_LOADED}")
    found = _judged(call, action, resource, explanation)
    return Asked(call, found, request.principal, explanation)


def _action(call: Call) -> str | None:
    if call.action is not None:
        return call.action
    return call.operation if call.operation and actions.exists(call.operation) else None


def _loaded(simulator: Simulator, caller: Principal) -> bool:
    """Whether anything is known of the caller; of a role or user that nobody loaded every answer is open."""
    if caller.entity is None:
        return True
    organization = simulator.organization
    return organization.role(caller.entity) is not None or organization.user(caller.entity) is not None


def _name(caller: Principal) -> str:
    return (caller.arn if HOLE in (caller.entity or HOLE) else caller.entity or caller.arn).replace(HOLE, "…")


def _judged(call: Call, action: str, resource: str, explanation: Explanation) -> JudgedCall:
    start = _start(call, action, resource)
    because = f"what is loaded answers {explanation.decision}: {explanation.reason}"
    refused = _refused(call)
    said = f"AWS refused it{differing.said(call)}" if refused else "AWS let it through"
    start = replace(start, decision=str(explanation.decision))
    if explanation.denied if refused else explanation.allowed:
        differs = differing.in_part(call, explanation) if refused else ()
        return replace(start, answer=Answer.AGREES, reasons=(said, because), differs=differs)
    if explanation.allowed or explanation.denied:
        differs = differing.refused(call, explanation) if refused else differing.let_through(call, explanation)
        return replace(start, answer=Answer.CONTRADICTION, reasons=(said, because), differs=differs)
    missing = ", ".join(explanation.missing_context[:6])
    tells = (f"what would tell: {missing}",) if missing else ()
    return replace(start, answer=Answer.UNKNOWN, reasons=(said, because, *tells))


def _not_judged(call: Call, why: str) -> Asked:
    resource = call.resource or ""
    return Asked(call, replace(_start(call, _action(call) or "", resource), reasons=(why,)))


def _start(call: Call, action: str, resource: str) -> JudgedCall:
    return JudgedCall(
        action,
        call.principal or "",
        resource,
        Answer.NOT_JUDGED,
        "",
        _refused(call),
        call.code,
        call.message,
        call.denied_by or "",
        call.explicit,
        call.operation,
        call.tool or "",
        origin=call.origin if call.origin.document else NOWHERE,
        count=call.count,
    )


def contradicting(calls: Iterable[JudgedCall]) -> tuple[JudgedCall, ...]:
    """Those that what is loaded answers otherwise than AWS did."""
    return tuple(call for call in calls if call.answer is Answer.CONTRADICTION)

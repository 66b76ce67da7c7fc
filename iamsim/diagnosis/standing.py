"""Proven fixes for refused calls that are of no check: each becomes the need of a tool, and is judged like one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from iamsim import judging, probes
from iamsim.diagnosis.scene import Scene
from iamsim.engine.simulator import Simulator
from iamsim.model.principal import HOLE, Principal
from iamsim.model.remedy import Remedy
from iamsim.model.report import Status, TokenStep
from iamsim.model.server import AssumeTemplate, Server
from iamsim.model.server import Call as RoleCall
from iamsim.model.tool import Credential, Requirement, Tool
from iamsim.sts import assume_role
from iamsim.tokens.claims import Built

if TYPE_CHECKING:
    from iamsim.diagnosis.calls import Asked

_OF_ROLES = {assume_role.ASSUME_ROLE, assume_role.SET_SOURCE_IDENTITY, assume_role.TAG_SESSION}


def proven(scene: Scene, simulator: Simulator, refused: Sequence[Asked]) -> Mapping[int, tuple[Remedy, ...]]:
    """The fixes of each refused call, by its place: those of the check where it asked the same, else ones of its own."""
    found: dict[int, tuple[Remedy, ...]] = {}
    rest: dict[str, list[int]] = {}
    for number, one in enumerate(refused):
        same = _of_check(scene, one)
        if same:
            found[number] = same
        elif one.caller is not None and not _like_a_template(one):
            key = one.judged.resource if one.judged.action in _OF_ROLES else ""
            rest.setdefault(f"{one.caller.arn} {key}", []).append(number)
    for numbers in rest.values():
        found |= _of_own(simulator, {number: refused[number] for number in numbers})
    return found


def _of_check(scene: Scene, one: Asked) -> tuple[Remedy, ...]:
    """The fixes of the check that let through what was refused here."""
    report, asked = scene.report, one.explanation
    if report is None or asked is None:
        return ()
    same = {
        probe.id
        for probe in report.probes
        if probe.explanation.denied
        and probe.explanation.request.action.lower() == asked.request.action.lower()
        and probe.explanation.request.resource == asked.request.resource
        and probe.explanation.request.principal.entity == asked.request.principal.entity
    }
    return tuple(
        remedy for remedy in report.remedies if remedy.proof is not None and same.intersection(remedy.proof.fixed)
    )


def _like_a_template(one: Asked) -> bool:
    """Whether what a need has would be read as more than the text that the call has: braces name parameters, a star is any text."""
    texts = (one.judged.resource, *(value for values in one.call.context.values() for value in values))
    return any(mark in text for text in texts for mark in "{}") or (
        "*" in one.judged.resource and one.judged.resource != "*"
    )


def _of_own(simulator: Simulator, calls: Mapping[int, Asked]) -> dict[int, tuple[Remedy, ...]]:
    """The fixes of calls of one caller, as a check has them whose server is that caller."""
    first = next(iter(calls.values()))
    caller = first.caller
    assert caller is not None  # noqa: S101 - only such are grouped
    of_role = first.judged.action in _OF_ROLES
    built = _built(calls) if of_role else None
    server = Server("the caller", "", assume=AssumeTemplate((), (), "") if of_role else None)
    tools = tuple(_tool(number, one, of_role=of_role) for number, one in calls.items())
    case = probes.asked(_setup(simulator, server, tools, caller, built))
    remedies = judging.remedies(case, judging.findings(case))
    found: dict[int, tuple[Remedy, ...]] = {}
    for number, one in calls.items():
        asked = {
            probe.id
            for probe in case.probes.values()
            if probe.explanation.request.action.lower() == one.judged.action.lower()
            and probe.explanation.request.resource == one.judged.resource
        }
        fixes = (each for each in remedies if each.proof is not None and asked.intersection(each.proof.fixed))
        found[number] = tuple(fixes)
    return found


def _setup(
    simulator: Simulator, server: Server, tools: tuple[Tool, ...], caller: Principal, built: Built | None
) -> probes.Setup:
    role = built.call.role_arn if built is not None and built.call is not None else None
    token = TokenStep(Status.NOT_APPLICABLE)
    return probes.Setup(simulator, server, tools, caller, role, built, token, at=simulator.at, region=simulator.region)


def _built(calls: Mapping[int, Asked]) -> Built:
    """The call for the role that asked for what was refused."""
    wanted = {one.judged.action for one in calls.values()}
    role = next(iter(calls.values())).judged.resource
    return Built(
        RoleCall(
            role,
            HOLE,
            HOLE if assume_role.SET_SOURCE_IDENTITY in wanted else None,
            {HOLE: HOLE} if assume_role.TAG_SESSION in wanted else {},
        )
    )


def _tool(number: int, one: Asked, *, of_role: bool) -> Tool:
    need = Requirement(one.judged.action, (one.judged.resource,), (Credential.SERVER,), context=one.call.context)
    return Tool(
        "the caller", f"call {number + 1}", of_role, () if of_role else (need,), credentials=(Credential.SERVER,)
    )

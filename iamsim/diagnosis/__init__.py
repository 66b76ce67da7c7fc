"""What tests, logs and calls show, held against what is predicted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from iamsim import __version__
from iamsim.diagnosis import calls as _calls
from iamsim.diagnosis.causes import Facts, next_look, ranked
from iamsim.diagnosis.gathering import scene
from iamsim.diagnosis.numbers import explained, numbers
from iamsim.diagnosis.plan import plan
from iamsim.diagnosis.relations import held
from iamsim.diagnosis.scene import Scene
from iamsim.diagnosis.summary import summary
from iamsim.engine.simulator import Simulator
from iamsim.model.diagnosis import SCHEMA, Answer, Diagnosis, Held, JudgedCall, Numbers, Relation, Source
from iamsim.model.observation import Evidence, Outcome
from iamsim.model.report import Report, Status
from iamsim.model.server import Server
from iamsim.model.tool import Tool


def diagnose(  # noqa: PLR0913 - as many as the user has
    evidence: Iterable[Evidence],
    *,
    report: Report | None = None,
    simulator: Simulator | None = None,
    server: Server | None = None,
    tools: Iterable[Tool] = (),
    settings: Mapping[str, tuple[str, ...]] | None = None,
) -> Diagnosis:
    """
    What the evidence shows and what it does not, held against whatever else there is.

    `report` is a check of the same server, `simulator` what API calls are asked of; `server` and `tools` are those of the manifest.
    Each may be left out: then less is said, and `tells_more` says what would decide. `settings` are values of parameters, which
    the probe plan calls tools with.
    """
    read = tuple(evidence)
    found = scene(read, report=report, server=server, tools=tools)
    judged = _calls.judged(found, simulator)
    results = held(found, judged)
    causes = ranked(Facts(found, results, judged))
    number = numbers(found, results)
    name = found.server
    return Diagnosis(
        SCHEMA,
        __version__,
        f"{name.name}@{name.version}" if name is not None else "",
        (report.role_arn or "") if report is not None else "",
        summary(found, results, judged, number, causes),
        tuple(_source(file) for file in read),
        number,
        results,
        judged,
        causes,
        next_look(causes),
        plan(found, settings),
        found.assumptions,
        tuple(_tells_more(found, read, judged)),
        _exit_code(found, results, judged, number),
    )


# ---------------------------------------------------------------- helpers


def _source(file: Evidence) -> Source:
    kinds = (
        ("result", sum(one.count for one in file.results)),
        ("call", sum(one.count for one in file.calls)),
        ("line", sum(one.count for one in file.lines)),
        ("test to come", len(file.expected)),
    )
    held_ = [f"{count} {_plural(word, count)}" for word, count in kinds if count]
    if file.malformed:
        held_.append(f"{file.malformed} that could not be read")
    return Source(file.format, file.location, file.sha256, ", ".join(held_) or "nothing", file.notes)


def _plural(word: str, count: int) -> str:
    return word if count == 1 else "tests to come" if word == "test to come" else f"{word}s"


def _tells_more(found: Scene, read: tuple[Evidence, ...], calls: tuple[JudgedCall, ...]) -> Iterator[str]:
    """What to give besides, each with what it would decide."""
    if not found.tools and found.items:
        yield "--tools NAME@VERSION: which credential each tool acts with, and what it needs"
    if found.report is None and found.items:
        yield "--policies, --role-arn and --server-principal: whether permissions explain what failed"
    if found.items and any(item.arguments is None for item in found.items):
        yield "the configuration of the tests (mcp-test.yaml): with which arguments each tool was called, and what a pass rests on"
    if found.items and not any(file.lines for file in read):
        yield "the server's log: whether the role was assumed, and with which error it was not"
    if not calls:
        yield "CloudTrail events of the time: what AWS was asked, by whom, and what it answered"
    for call in calls:
        if call.answer is Answer.NOT_JUDGED and call.refused and call.reasons[0].endswith(_calls.NOT_LOADED):
            yield f"--policies with the account of {call.principal}: whether it may {call.action}"
            break


def _exit_code(found: Scene, results: tuple[Held, ...], calls: tuple[JudgedCall, ...], number: Numbers) -> int:
    """
    1 for a failure that permissions explain and for a contradiction, 3 where nothing was observed, 4 for what is open, else 0.

    A result that counts as passed although the role is refused to it is a failure that permissions explain.
    """
    if not (number.results or calls or found.lines or found.besides):
        return 3
    assume = found.report.assume.status if found.report is not None else None
    if (
        any(explained(found, one) or one.relation is Relation.CONTRADICTION for one in results)
        or (assume is Status.DENIED and any(one.masked for one in results))
        or any(call.answer is Answer.CONTRADICTION or (call.refused and call.answer is Answer.AGREES) for call in calls)
    ):
        return 1
    # What fails for want of credentials is no policy's doing; a refused token, or a call that cannot be made, may be.
    open_ = any(
        one.because in (Relation.UNKNOWN, Relation.UNEXPLAINED, Relation.EXPLAINED_BY_ASSUME)
        or (one.masked and assume in (Status.BLOCKED, Status.INVALID, Status.UNKNOWN))
        for one in results
    )
    undecided = any(
        call.answer is Answer.UNKNOWN or (call.refused and call.answer is Answer.NOT_JUDGED) for call in calls
    )
    besides = any(item.result.outcome is Outcome.FAILED for item in found.besides)
    return 4 if open_ or undecided or besides or number.untold else 0

"""The sentences that answer first."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.diagnosis._saying import NO_CREDENTIALS, in_the_way
from iamsim.diagnosis.calls import contradicting
from iamsim.diagnosis.numbers import FAILED, explained
from iamsim.diagnosis.scene import OWN_TESTS, Scene
from iamsim.model.diagnosis import Answer, Held, JudgedCall, Numbers, Relation, RootCause, Seen
from iamsim.model.observation import Outcome
from iamsim.model.report import Status

_OPEN = (Relation.UNKNOWN, Relation.UNEXPLAINED)
_LISTED = 6


def summary(
    scene: Scene, held: tuple[Held, ...], calls: tuple[JudgedCall, ...], number: Numbers, causes: tuple[RootCause, ...]
) -> tuple[str, ...]:
    """What failed and whether permissions explain it, what the passes are worth, the role, what contradicts, and what would be."""
    return (
        *_failures(held, number),
        *_inside(scene, held, number),
        *_besides(scene),
        *_worth(scene, number),
        *_role(scene, causes),
        *_contradictions(held, calls),
        *_each_failure(scene, held),
        *_would_be(held, number),
        *_calls(calls),
    )


def _failures(held: tuple[Held, ...], number: Numbers) -> Iterator[str]:
    if not number.results:
        return
    if not number.failed:
        yield f"none of the {_results(number.results)} failed" if number.results > 1 else "the one result passed"
        return
    open_ = sum(one.count for one in held if one.observed in FAILED and one.relation in _OPEN)
    one = number.failed == 1
    told = "the one failure" if one else f"of the {number.failed} failures"
    plainly = sum(one.count for one in held if one.observed in FAILED and one.relation is Relation.EXPLAINED_BY_ASSUME)
    if number.explained:
        yield f"IAM permissions explain {told if one else f'{number.explained} {told}'}"
    elif open_ == number.failed:
        yield f"whether IAM permissions explain {told if one else f'any {told}'} is not told"
    elif open_ or plainly:
        rest = f"{open_ or plainly} {'are' if (open_ or plainly) > 1 else 'is'} open"
        yield f"IAM permissions are not shown to explain {told if one else f'any {told}'}; {rest}"
    else:
        yield f"{told} is not explained by IAM permissions" if one else f"none {told} is explained by IAM permissions"


def _inside(scene: Scene, held: tuple[Held, ...], number: Numbers) -> Iterator[str]:
    """What failed inside, and whether permissions explain that."""
    if number.inside:
        those = sum(one.count for one in held if one.observed is Seen.FAILED_INSIDE and explained(scene, one))
        by_iam = (
            f"IAM permissions explain {those} of these" if those else "IAM permissions are not shown to explain any"
        )
        yield f"{_results(number.inside)} failed inside and count{'s' if number.inside == 1 else ''} as passed: {by_iam}"


def _besides(scene: Scene) -> Iterator[str]:
    """What failed and is of no tool."""
    failed = [item for item in scene.besides if item.result.outcome is Outcome.FAILED]
    if failed:
        names = ", ".join(f"`{item.name}`" for item in failed[:_LISTED]) + (", …" if len(failed) > _LISTED else "")
        count = sum(item.count for item in failed)
        yield f"{count} of no tool failed too, and no manifest says what {'it asks' if count == 1 else 'they ask'} for: {names}"


def _worth(scene: Scene, number: Numbers) -> Iterator[str]:
    if not number.results:
        return
    unclear = f"; of {number.unclear} that is not known" if number.unclear else ""
    yield (
        f"{number.passed} of {number.results} passed; of all {number.results}, {number.working} "
        f"{'shows' if number.working == 1 else 'show'} the role working, {number.sensitive} would have shown it broken, and "
        f"{number.nothing} {'says' if number.nothing == 1 else 'say'} nothing of it{unclear}"
    )
    if number.untold:
        yield f"which {number.untold} of them passed is not told, so that nothing is said of what these are worth"
    if number.asked:
        counted = (
            f", and {_they(number.masked, number.asked)} failed and {'counts' if number.masked == 1 else 'count'} as passed"
            if number.masked
            else ""
        )
        by_tests = any(item.told_by.startswith(OWN_TESTS) for item in scene.items)
        source = " (by the arguments that the server's own tests have)" if by_tests else ""
        yield f"{number.asked} of {number.results} results exercised the role{counted}{source}"
    elif number.nothing == number.results:
        yield "no result is known to have exercised the role"


def _role(scene: Scene, causes: tuple[RootCause, ...]) -> Iterator[str]:
    report = scene.report
    if report is None:
        return
    match report.assume.status:
        case Status.NO_CREDENTIALS:
            yield "with what is loaded the call for the role fails: the server's process has no AWS credentials to make it with"
        case Status.ALLOWED:
            yield f"with what is loaded the role can be assumed by {scene.process or 'the server'}"
        case Status.DENIED | Status.INVALID | Status.BLOCKED:
            cause = next((cause for cause in causes if cause.id == "role-not-assumed"), None)
            why = cause.title.partition(": ")[2] if cause is not None else ""
            yield f"with what is loaded the role cannot be assumed{': ' if why else ''}{why}"
        case Status.UNKNOWN:
            yield "whether the role can be assumed is open with what is loaded"


def _contradictions(held: tuple[Held, ...], calls: tuple[JudgedCall, ...]) -> Iterator[str]:
    for one in [one for one in held if one.relation is Relation.CONTRADICTION][:_LISTED]:
        yield f"`{one.name}` contradicts what is loaded: {one.reasons[0] if one.reasons else ''}"
    for call in contradicting(calls)[:_LISTED]:
        how = "refused" if call.refused else "allowed"
        first = f"; {call.differs[0]}" if call.differs else ""
        yield f"AWS {how} {call.action} on {call.resource}, and what is loaded says {call.decision}{first}"


def _each_failure(scene: Scene, held: tuple[Held, ...]) -> Iterator[str]:
    """Each failure by its tool, once, with the reason that decides."""
    told: dict[tuple[str, str], int] = {}
    for one in held:
        if one.observed in FAILED and one.relation is not Relation.CONTRADICTION and one.reasons:
            key = one.tool, one.reasons[0]
            told[key] = told.get(key, 0) + one.count
    for (tool, why), count in list(told.items())[:_LISTED]:
        yield f"`{tool}`{f' ({count} results)' if count > 1 else ''}: {why}"
    if len(told) > _LISTED:
        yield f"{len(told) - _LISTED} more tools failed; each stands below"
    for one in [one for one in held if one.masked][:_LISTED]:
        loaded = in_the_way(scene, one.tool)
        why = f"by what is loaded, {loaded}" if loaded else one.reasons[0] if one.reasons else ""
        if scene.no_credentials_seen and not scene.without_credentials:
            why = f"{NO_CREDENTIALS}{f'; {why}' if loaded else ''}"
        yield f"`{one.name}` asked for the role and counts as passed, although its call fails: {why}"


def _would_be(held: tuple[Held, ...], number: Numbers) -> Iterator[str]:
    if number.would_pass is None or not number.results:
        return
    open_ = f", {number.open} open" if number.open else ""
    still = sorted({one.tool for one in held if one.would_pass is False})
    failing = f"; still failing: {', '.join(f'`{name}`' for name in still[:_LISTED])}" if still else ""
    yield f"with what is loaded {number.would_pass} of {number.results} would pass{open_}{failing}"
    if number.would_pass and not number.working:
        yield "passing so says as little of the role as it does now: tests that look would (see the plan)"


def _calls(calls: tuple[JudgedCall, ...]) -> Iterator[str]:
    if not calls:
        return
    by = {answer: sum(call.count for call in calls if call.answer is answer) for answer in Answer}
    told = [
        f"{by[answer]} {one if by[answer] == 1 else many}" for answer, (one, many) in _ANSWERS.items() if by[answer]
    ]
    total = sum(by.values())
    yield f"of {total} API call{'' if total == 1 else 's'} {', '.join(told)}"


def _results(count: int) -> str:
    return f"{count} result" + ("" if count == 1 else "s")


def _they(masked: int, asked: int) -> str:
    return "it" if masked == asked == 1 else f"{masked} of them"


_ANSWERS = {
    Answer.AGREES: ("came out as what is loaded says",) * 2,
    Answer.CONTRADICTION: ("contradicts it", "contradict it"),
    Answer.UNKNOWN: ("is open", "are open"),
    Answer.NOT_JUDGED: ("was not held against it", "were not held against it"),
}

"""Two reports of one server: which needs of its tools, and of the way to its role, came out otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from iamsim.diff import plain
from iamsim.diff.model import Cause, NeedChange, Verdict
from iamsim.model.report import AssumeStep, Probe, Report, Status
from iamsim.model.verdict import Decision, Explanation, StatementVerdict

_VERDICTS = tuple(Verdict)
_CAUSES = 4
_REFUSED = frozenset({Status.INVALID, Status.NO_CREDENTIALS, Status.BLOCKED, Status.DENIED})


@dataclass(frozen=True, slots=True)
class _Asked:
    """One permission, or one step, as one side answers it; `probes` in the order asked."""

    subject: str
    tool: bool
    action: str
    resources: tuple[str, ...]
    status: Status
    necessity: str
    probes: tuple[Probe, ...] = ()
    gap: bool = False
    counts: bool = True
    why: str = ""


def changes(before: Report | None, after: Report | None, missing: tuple[str, str] = ("", "")) -> tuple[NeedChange, ...]:
    """
    Every need whose verdict differs: the worse first.

    A side without a report is one where the role or the server's principal is not there, for the reason in `missing`: then
    its needs are gone, or appeared.
    """
    old, new = (_asked(report) if report is not None else {} for report in (before, after))
    found = []
    for key in dict.fromkeys((*old, *new)):
        change = _change(old.get(key), new.get(key), after, missing)
        if change is not None:
            found.append(change)
    return tuple(sorted(found, key=lambda each: (_VERDICTS.index(each.verdict), each.tool)))


# ---------------------------------------------------------------- helpers


def _asked(report: Report) -> Mapping[Hashable, _Asked]:
    """Every step and need of a report by what it is, those alike numbered."""
    probes = {probe.id: probe for probe in report.probes}
    found: dict[Hashable, _Asked] = {}
    seen: Counter[Hashable] = Counter()
    for each in (*_of_steps(report, probes), *_of_tools(report, probes)):
        key = each.subject, each.tool, each.action, each.resources
        seen[key] += 1
        found[*key, seen[key]] = each
    return found


def _of_steps(report: Report, probes: Mapping[str, Probe]) -> Iterator[_Asked]:
    steps: list[tuple[str, AssumeStep]] = [("the server's own role", report.identity)] if report.identity else []
    steps.append(("the server's AssumeRole call", report.assume))
    steps += [(f"the role chain, hop {number}", hop) for number, hop in enumerate(report.hops, 1)]
    for name, step in steps:
        if step.status is Status.NOT_APPLICABLE:
            continue
        role = (step.role_arn,) if step.role_arn is not None else ()
        why = "; ".join(message.text for message in step.invalid)
        asked = tuple(probes[id_] for id_ in step.probes)
        if not asked:
            yield _Asked(name, tool=False, action="", resources=role, status=step.status, necessity="required", why=why)
        for probe in asked:
            status = _status(probe.explanation)
            perhaps = probe.id in step.perhaps
            yield _Asked(
                name,
                tool=False,
                action=probe.explanation.request.action,
                resources=role,
                status=Status.UNKNOWN if perhaps and status is Status.DENIED else status,
                necessity="conditional" if perhaps else "required",
                probes=(probe,),
                gap=status is Status.DENIED and not perhaps,
            )
        if asked and step.invalid:
            yield _Asked(name, tool=False, action="", resources=role, status=step.status, necessity="required", why=why)


def _of_tools(report: Report, probes: Mapping[str, Probe]) -> Iterator[_Asked]:
    for tool in report.tools:
        for need in tool.own_needs:
            asked = tuple(probes[id_] for attempt in need.attempts for id_ in attempt.probes)
            yield _Asked(
                tool.name,
                tool=True,
                action=need.requirement.action,
                resources=need.resources,
                status=need.status,
                necessity=need.requirement.necessity,
                probes=asked,
                gap=need.gap,
                counts=not need.spared,
            )
        if tool.status is Status.BLOCKED and not tool.own_needs:
            yield _Asked(tool.name, tool=True, action="", resources=(), status=tool.status, necessity="required")


def _status(explanation: Explanation) -> Status:
    if explanation.allowed:
        return Status.ALLOWED
    return Status.DENIED if explanation.denied else Status.UNKNOWN


def _change(
    old: _Asked | None, new: _Asked | None, after: Report | None, missing: tuple[str, str]
) -> NeedChange | None:
    here = new or old
    verdict = _verdict(old, new)
    if verdict is None or here is None:
        return None
    reason = missing[1] if after is None else _reason(old, new) or missing[0]
    return NeedChange(
        here.subject,
        here.tool,
        here.action,
        here.resources,
        verdict,
        old.status if old is not None else None,
        new.status if new is not None else None,
        reason,
        tuple(_causes(old, new)),
        str(here.necessity),
        new is not None and new.gap and not (old is not None and old.gap),
        # A need that is not asked for any more is no loss, as long as the rest still is.
        here.counts and (verdict is not Verdict.GONE or after is None),
    )


def _verdict(old: _Asked | None, new: _Asked | None) -> Verdict | None:
    if new is None:
        return Verdict.GONE
    if old is None:
        return Verdict.APPEARED
    if old.status is new.status:
        return Verdict.WORSE if new.gap and not old.gap else Verdict.BETTER if old.gap and not new.gap else None
    if new.status is Status.UNKNOWN:
        return Verdict.NEWLY_UNKNOWN
    if new.status in _REFUSED:
        return Verdict.WORSE if old.status not in _REFUSED else None
    if old.status is Status.UNKNOWN:
        return Verdict.NO_LONGER_UNKNOWN
    return Verdict.BETTER if old.status in _REFUSED else None


def _reason(old: _Asked | None, new: _Asked | None) -> str:
    """Why the newer answer is what it is: the engine's words for the probe that decides."""
    probe = _deciding(new)
    if probe is not None:
        return probe.explanation.reason
    return new.why if new is not None and new.why else old.why if old is not None else ""


def _deciding(asked: _Asked | None) -> Probe | None:
    """Of the probes of a need the one that its status comes from: the first that is answered alike, else the last."""
    if asked is None or not asked.probes:
        return None
    return next((p for p in asked.probes if _status(p.explanation) is asked.status), asked.probes[-1])


def _causes(old: _Asked | None, new: _Asked | None) -> Iterable[Cause]:
    """The statements that decide and do not apply on the other side; where there are none, those that decide after."""
    after, before = (_decided(asked) for asked in (new, old))
    found = [*_only("after", after, before), *_only("before", before, after)]
    return found[:_CAUSES] or list(_only("after", after, None))[:_CAUSES]


def _decided(asked: _Asked | None) -> Explanation | None:
    probe = _deciding(asked)
    return probe.explanation if probe is not None else None


def _only(side: str, one: Explanation | None, other: Explanation | None) -> Iterable[Cause]:
    if one is None or one.decision is Decision.IMPLICIT_DENY:
        return
    applying = {_key(verdict) for verdict in other.statements if verdict.matched} if other is not None else set()
    for verdict in one.decisive:
        if verdict.matched is not False and _key(verdict) not in applying:
            statement = verdict.statement
            yield Cause(side, statement.effect, verdict.type, verdict.policy, statement.label, str(statement.origin))


def _key(verdict: StatementVerdict) -> object:
    return verdict.type, plain.said(verdict.statement, variables=True)

"""What one tool was seen to need, call by call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from iamsim import redact
from iamsim.catalog import operations
from iamsim.model.finding import Confidence
from iamsim.model.tool import Credential, Necessity, Requirement, Tool, Unresolved
from iamsim.tools import seen
from iamsim.tools._explained import SIGNED
from iamsim.tools._matched import Values, matched
from iamsim.tools.declarations import left_out, parameters
from iamsim.tools.record import Recording, Run
from iamsim.tools.seen import ApiCall
from iamsim.tools.servers import NAME
from iamsim.tools.session import Announced

UNSEEN = (
    "no API call was reported: the server makes none, or its SDK does not report (those for Python, Ruby, PHP, .NET 3,"
    " Java 1, Go 1 and JavaScript 2 do; that for Go 2 does not, nor may others)"
)
"""What a recording without any report says."""


def tool(announced: Announced, recording: Recording, server: str) -> Tool:
    """
    The tool as it was seen; whatever was not seen of it is `unresolved`.

    A need that one of its calls lacks, and that did not fail before, is conditional: on what, nobody saw.
    """
    runs = [run for run in recording.runs if run.call.tool == announced.name]
    found: dict[tuple[object, ...], _Seen] = {}
    unresolved: dict[Unresolved, None] = {}
    kinds: dict[str, set[str]] = {}
    signers: dict[Credential, None] = {}
    for number, run in enumerate(runs):
        values = Values(_given(run, announced), recording.region)
        for call in run.calls:
            holder = seen.holder(call, recording.holders)
            if holder is not None:
                signers[holder.credential] = None
            for need, notes in _needs(call, recording, values, unresolved, kinds):
                one = found.setdefault((need.action, need.operation, need.credentials, need.resources), _Seen(need))
                one.runs.add(number)
                one.notes.update(dict.fromkeys(notes))
                if run.late(call):
                    one.notes["begun after the tool had answered"] = None
                if call.status and call.status < _ERRORS:
                    one.through = True
                else:
                    one.refusals[call.answer] = None
    unresolved.update(dict.fromkeys(_open(runs, recording)))
    needs = tuple(_need(one, runs) for one in found.values())
    quiet = bool(runs) and not any(run.calls for run in runs) and not unresolved
    return Tool(
        server=server,
        name=printable(announced.name),
        assumes=False,
        requirements=needs,
        description=_line(announced.description),
        credentials=tuple(signers) or ((Credential.NONE,) if quiet else ()),
        parameters={
            one.name: replace(one, kind=next(iter(kinds[one.name]))) if len(kinds.get(one.name, ())) == 1 else one
            for one in parameters(announced)
        },
        notes=(*left_out(announced), *(("no API call was reported while it was recorded",) if quiet else ())),
        unresolved=tuple(unresolved),
    )


def printable(text: str) -> str:
    """The text as a manifest may hold it: without secrets, on one line, each character one that is seen."""
    return "".join(char if char.isprintable() else " " for char in redact.line(text)).strip()


# ---------------------------------------------------------------- helpers

_ERRORS = 400
_LINE = 200


@dataclass(slots=True)
class _Seen:
    """One need while it is put together: the runs it was seen in, and what there is to say of it."""

    need: Requirement
    runs: set[int] = field(default_factory=set)
    notes: dict[str, None] = field(default_factory=dict)
    through: bool = False
    refusals: dict[str, None] = field(default_factory=dict)


def _needs(
    call: ApiCall,
    recording: Recording,
    values: Values,
    unresolved: dict[Unresolved, None],
    kinds: dict[str, set[str]],
) -> Iterator[tuple[Requirement, list[str]]]:
    """The needs of one call with what there is to say of them; what cannot be told goes to `unresolved`."""
    holder = seen.holder(call, recording.holders)
    known = operations.describe(call.service, call.operation)
    if holder is None:
        unresolved[Unresolved(f"the credentials of a call of {call.name}", call.silent)] = None
        return
    sent = (
        [] if known is None else [name for name in (*known.also, *known.instead, *known.choices) if _sent(name, values)]
    )
    actions = operations.actions(call.service, call.operation, sent)
    if actions is None:
        why = "it is not known which action the operation asks for"
        if known is not None:
            why = known.unmapped or "which action it asks for depends on parameters, which are not reported"
        unresolved[Unresolved(f"a call of {call.name}", why)] = None
        return
    for action in actions:
        told = matched(call, action, values)
        for name, kind in told.kinds.items():
            kinds.setdefault(name, set()).add(kind)
        need = Requirement(
            action,
            told.resources,
            (holder.credential,),
            Necessity.REQUIRED,
            operation=call.name,
            confidence=Confidence.CERTAIN if told.sure else Confidence.LIKELY,
        )
        notes = [holder.note] if holder.note else []
        if not told.sure:
            notes.append("no argument tells the whole resource")
        yield need, notes + ([] if known is None else list(_besides(known, action, sent)))


def _besides(known: operations.Operation, action: str, sent: Iterable[str]) -> Iterator[str]:
    """What else the call may ask for, said of the first of its actions."""
    if known.actions is None or action != (*known.actions, action)[0]:
        return
    unsent = [name for name in (*known.also, *known.instead) if name not in sent]
    if unsent:
        yield f"more or else is asked for where it sends {', '.join(dict.fromkeys(unsent))}"
    implied = [action for row in known.implied for action in row.actions]
    if implied:
        yield f"depending on what it meets, it also asks for {', '.join(dict.fromkeys(implied))}"


def _need(one: _Seen, runs: list[Run]) -> Requirement:
    missing = [number for number, run in enumerate(runs) if not run.failed and number not in one.runs]
    notes = list(one.notes)
    if not one.through and one.refusals:
        notes.append(f"what was recorded was answered with {', '.join(one.refusals)}")
    need = replace(one.need, note=printable("; ".join(notes)))
    if not missing:
        return need
    condition = f"in {len(one.runs)} of {len(runs)} recorded calls; on what it depends was not seen"
    return replace(need, necessity=Necessity.CONDITIONAL, condition=condition)


def _open(runs: list[Run], recording: Recording) -> Iterator[Unresolved]:
    """What of a tool was not seen."""
    if not runs:
        yield Unresolved("the whole tool", "it was not called while this was recorded")
        return
    if all(run.failed for run in runs):
        yield Unresolved("what it does where it succeeds", "each of its recorded calls failed")
    if any(run.signs for run in runs):
        yield Unresolved(SIGNED, "whoever has the URL makes the call, unreported")
    if not recording.calls:
        yield Unresolved("all of its API calls", UNSEEN)


def _given(run: Run, announced: Announced) -> Mapping[str, object]:
    """What the call was given, and the defaults of what it was not, and the settings beside them."""
    defaults = {one.name: one.default for one in announced.arguments if one.default and NAME.fullmatch(one.name)}
    given = {name: value for name, value in run.call.arguments.items() if NAME.fullmatch(name)}
    return {**run.call.settings, **defaults, **given}


def _sent(parameter: str, values: Values) -> bool:
    name, _, part = parameter.partition("=")
    return values.named(name, part) is not None


def _line(text: str) -> str:
    """The first line of a text that the server wrote."""
    lines = (line.strip() for line in text.splitlines())
    return printable(next((line for line in lines if line), ""))[:_LINE]

"""What stands behind a remedy, in words: what it fixes, what it lets through besides, what it gives up."""

from __future__ import annotations

import re

from iamsim.model.policy import Effect, Statement
from iamsim.model.remedy import Disposition, Edit, Remedy, RemedyKind, Slot
from iamsim.renderers._words import Label, Tone, count, listed


def standing(remedy: Remedy) -> Label:
    """What stands behind a remedy: a proof, or that it is none to simulate; and whether it lets more through than is needed."""
    widens = remedy.disposition is Disposition.WIDENS
    if remedy.proof is not None:
        but = [word for word, so in (("widens", widens), ("too long", remedy.proof.too_long)) if so]
        return Label(", ".join(("proven", *but)), Tone.WARN if but else Tone.GOOD)
    if remedy.kind is RemedyKind.INSTRUCTION:
        return Label("instruction", Tone.FLAT)
    return Label("not proven, widens", Tone.WARN) if widens else Label("not proven", Tone.OPEN)


def proof(remedy: Remedy) -> str:
    """What the second simulation showed, in words."""
    shown = _shown(remedy)
    return "; ".join((shown, *(f"but it {line}" for line in remedy.proof.too_long))) if remedy.proof else shown


def _shown(remedy: Remedy) -> str:
    if remedy.proof is None:
        return "a change outside the policies" if remedy.kind is RemedyKind.INSTRUCTION else "not simulated"
    fixed, still = len(remedy.proof.fixed), len(remedy.proof.still_denied)
    fixes = f"fixes {fixed} of {count(fixed + still, 'decision')}"
    wider = len(remedy.proof.widened)
    if remedy.disposition is not Disposition.WIDENS and not wider:
        return f"{fixes}, allows nothing else"
    given_up = tuple(dict.fromkeys(limit for edit in remedy.edits for limit in _given_up(edit))) or (
        "takes a limit away",
    )
    if not wider:
        return f"{fixes}; looked for more and found nothing, but it {listed(given_up)}"
    also = f"newly allows {count(wider, 'thing')} that no tool needs"
    loosens = given_up if any(map(_given_up, remedy.edits)) else ()
    return f"{fixes}; {listed((also, *loosens))}"


def looked_for(remedy: Remedy) -> tuple[str, str, str]:
    """To see whether a remedy widens anything: what was asked for, for whom and on what, what came of it; empty for nothing."""
    if remedy.proof is None or not remedy.proof.domain:
        return ("", "", "")
    found = "found:" if remedy.proof.widened else "found nothing"
    actions, colon, rest = remedy.proof.domain.partition(": ")
    if not colon or actions == _NO_ACTION:
        return (f"looked for more: {actions}", "", found)
    named, _, more = actions.partition(" and ")
    names = named.split(", ")
    left = len(names[_ACTIONS:]) + int((re.match(r"\d+", more) or ["0"])[0])
    shown = ", ".join(names[:_ACTIONS]) + (f" and {left} more" if left else "")
    loaded = re.match(r"\d+ loaded principals?", rest)
    who = f"for {loaded[0]} and whoever else the edit names, " if loaded else ""
    how = f"{who}on every resource of this check and made-up ones beside them"
    return (f"looked for more: {shown}", how, found)


_NO_ACTION = "no new action"
_ACTIONS = 3
"""Actions that are named in one sentence."""


def _given_up(edit: Edit) -> tuple[str, ...]:
    """The limits that an edit takes back, in words that follow `it`."""
    found = ["loosens a permissions boundary"] if edit.slot is Slot.BOUNDARY else []
    had = edit.before.statements if edit.before is not None else ()
    has = {_written(statement) for statement in edit.after.statements}
    gone = [statement for statement in had if _written(statement) not in has]
    before = {_written(statement) for statement in had}
    come = [set(statement.conditions) for statement in edit.after.statements if _written(statement) not in before]
    if any(statement.effect is Effect.DENY for statement in gone):
        found.append("changes a Deny")
    if come and any(not any(set(statement.conditions) <= kept for kept in come) for statement in gone):
        found.append("takes a condition away")
    return tuple(found)


def _written(statement: Statement) -> object:
    return statement.effect, statement.action, statement.resource, statement.principal, statement.conditions

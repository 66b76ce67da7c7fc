"""Why two manifests may say different things of one need, though neither is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from iamsim.model.finding import Confidence
from iamsim.model.tool import Credential, Necessity, Requirement, Tool, Unresolved
from iamsim.tools import templates
from iamsim.tools.manifest import Manifest

SIGNED = "the use of a signed URL in its answer"
"""What a recording leaves open of a tool that gives out a link."""

UNSAID = "the other manifest does not say"


@dataclass(frozen=True, slots=True)
class Sides:
    """
    What there is to know of the two manifests.

    `known` are the names of all parameters of either. `recorded` tells of each whether it is what a
    recording saw: such a manifest tells who asked for what, and not on what that depends, nor what a
    denial does, nor more of a resource than the tool's arguments tell.
    """

    known: tuple[frozenset[str], frozenset[str]]
    recorded: tuple[bool, bool]


def sides(before: Manifest, after: Manifest) -> Sides:
    """Those of two manifests."""
    both = (before, after)
    known = [frozenset(one.parameters) for one in both]
    made = [one.server.provenance for one in both]
    # What a person has held against the source says more than was seen.
    seen = [one is not None and one.how == "recorded" and not one.reviewed for one in made]
    return Sides((known[0], known[1]), (seen[0], seen[1]))


def alone(need: Requirement, other: Tool, *, seen: bool, other_seen: bool) -> str:
    """
    Why a need may be in one manifest alone; `seen` and `other_seen` tell whether either is what a recording saw.

    A call that was seen was made, whatever its need says of itself, so that only the other manifest can
    explain why it does not say so.
    """
    if seen and not other_seen:
        tried = [one for one in other.requirements if _same_call(one, need) and _tries(one, need)]
        return _in_turn(tried[0]) if tried else _left_open(need.operation, other)
    return _of_itself(need, deferred=True) or _left_open(need.operation, other)


def assumes(old: Tool, new: Tool, both: Sides) -> str:
    """Said of a role that a tool acts with in a recording that did not see it assumed in the tool's time."""
    if both.recorded[0] == both.recorded[1]:
        return ""
    seen, said = (old, new) if both.recorded[0] else (new, old)
    if said.assumes and any(Credential.ROLE in need.credentials for need in seen.requirements):
        return "the role had been assumed before"
    return _left_open("sts.AssumeRole", seen)


def credentials(old: Requirement, new: Requirement, both: Sides) -> str:
    """A call has one signer, of which a manifest lists those that are tried in turn."""
    seen, said = _roles(old, new, both)
    return _in_turn(said) if seen is not None and said is not None and _tries(said, seen) else ""


def necessity(old: Requirement, new: Requirement, both: Sides) -> str:
    """Said of a need that one side has seen asked for, or left out, and of which the other knows why."""
    seen, said = _roles(old, new, both)
    if seen is None or said is None or seen.when:
        return ""
    always = seen.necessity is Necessity.REQUIRED
    if always and said.necessity is Necessity.DECIDES_RESULT:
        return "a recording does not see what a denial does"
    # What was not asked for in each call is not explained by what the tool could do without: that it asks for.
    found = _of_itself(said, deferred=False)
    return found or (_in_turn(said) if not always and _tries(said, seen) else "")


def when(old: Requirement, new: Requirement, both: Sides) -> str:
    """Said of a condition that one side knows."""
    seen, said = _roles(old, new, both)
    known = seen is not None and said is not None and said.when and not seen.when
    return "a recording does not see on what a call depends" if known else ""


def alternatives(old: Requirement, new: Requirement, both: Sides) -> str:
    """Said of other ways that one side knows."""
    seen, said = _roles(old, new, both)
    known = seen is not None and said is not None and said.any_of and not seen.any_of
    return "a recording does not see which other ways there are" if known else ""


def confidence(old: Requirement, new: Requirement, both: Sides) -> str:
    """Said of a call that was seen: it is sure, and how far the resource is told makes the need certain or likely."""
    seen, said = _roles(old, new, both)
    if seen is None or said is None:
        return ""
    return "it was seen" if seen.confidence is Confidence.CERTAIN else "a recording does not see the whole resource"


def unresolved(one: Unresolved, other: Tool, *, seen: bool, other_seen: bool) -> str:
    """Why one manifest may leave open what the other does not."""
    if not seen or other_seen:
        return ""
    if one.what == SIGNED:
        deferred = any(need.necessity is Necessity.DEFERRED for need in other.requirements)
        return "the other manifest says what is asked for later, when a link is used" if deferred else ""
    operation = _operation(one)
    if operation and not any(need.operation == operation for need in other.requirements):
        return f"the other manifest leaves open: {other.unresolved[0].what}" if other.unresolved else ""
    return "the other manifest says what was not seen"


def resources(old: Requirement, new: Requirement, both: Sides) -> str:
    """Said of resources of which those of one side stand for those of the other."""
    seen, _ = _roles(old, new, both)
    if seen is not None and seen.resources == ("*",) and seen.confidence is Confidence.LIKELY:
        return "the resource was not seen"
    before, after = stand_for(old.resources, new.resources), stand_for(new.resources, old.resources)
    if before and after:
        mine, theirs = ({name for text in need.resources for name in _bases(text)} for need in (old, new))
        here, there = mine - theirs, theirs - mine
        if here and there:
            # Two parameters that both manifests know are two things.
            return "" if here <= both.known[1] and there <= both.known[0] else RENAMED
        # A star and a parameter stand for each other; the star says less.
        before, after = not here, not there
    if before == after:
        return "the same but for how it is written" if before else ""
    return "what is before stands for what is after" if before else "what is after stands for what is before"


RENAMED = "the same but for the names of parameters"


def stand_for(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    """Whether each of the `narrow` templates is what some `wide` one becomes with other text for its placeholders."""
    return all(any(_fits(one, text) for one in wide) for text in narrow)


def alike(one: Requirement, other: Requirement) -> bool:
    """Whether the resources of one stand for those of the other."""
    return stand_for(one.resources, other.resources) or stand_for(other.resources, one.resources)


# ---------------------------------------------------------------- helpers

_OPERATION = re.compile(r"a call of ([a-z0-9-]+\.[A-Za-z0-9]+)$")
_OPEN = ("*",)


def _roles(old: Requirement, new: Requirement, both: Sides) -> tuple[Requirement | None, Requirement | None]:
    """What was seen and what is said of it, where one side is a recording and the other is none."""
    match both.recorded:
        case (True, False):
            return old, new
        case (False, True):
            return new, old
        case _:
            return None, None


def _of_itself(need: Requirement, *, deferred: bool) -> str:
    """Why a need is not there in every case, by what it says of itself; `deferred`: whether that it comes later counts."""
    if need.necessity is Necessity.OPTIONAL:
        return "the tool goes on without it"
    if need.necessity is Necessity.DEFERRED:
        return "it is asked for later, when a link is used" if deferred else ""
    if need.when:
        return f"it is needed only when {need.when}"
    if need.necessity is Necessity.CONDITIONAL:
        return f"it is needed only when this holds: {need.condition}"
    if need.any_of:
        return f"it is one of several ways ({need.any_of})"
    if need.confidence is not Confidence.CERTAIN:
        return f"it is only {need.confidence}"
    return ""


def _left_open(operation: str, other: Tool) -> str:
    """What `other` leaves open that may be a call of `operation`: no link that is used later, and no other operation."""
    for one in other.unresolved:
        named = _operation(one)
        if one.what != SIGNED and (not named or not operation or named == operation):
            return f"the other manifest leaves open: {one.what}"
    return ""


def _operation(one: Unresolved) -> str:
    """The operation that it names; empty where it names none."""
    match = _OPERATION.search(one.what)
    return match[1] if match else ""


def _tries(said: Requirement, seen: Requirement) -> bool:
    return len(said.credentials) > 1 and set(seen.credentials) < set(said.credentials)


def _in_turn(said: Requirement) -> str:
    return f"one is tried where the one before it fails: {', '.join(said.credentials)}"


def _same_call(one: Requirement, other: Requirement) -> bool:
    same = one.action.lower() == other.action.lower() and one.operation == other.operation
    return same and (other.resources == _OPEN or alike(one, other))


def _bases(template: str) -> Iterator[str]:
    return (name.partition(".")[0] for name in templates.names(template))


def _fits(wide: str, text: str) -> bool:
    """
    Whether `text` is `wide` with other text for each placeholder and each `*`; `*` alone stands for nothing but itself.

    Each literal is taken at the first place it fits, so that no template is slow.
    """
    first, *rest = re.split(r"\{[^{}]*\}|\*", wide)
    if not rest or wide == "*":
        return wide == text
    *middle, last = rest
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for literal in middle:
        found = text.find(literal, at, end)
        if found < 0:
            return False
        at = found + len(literal)
    return True

"""Needs that come together: several calls that ask the same, and a tool that goes on whatever fails."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from iamsim.model.finding import Confidence
from iamsim.model.tool import Necessity, Requirement
from iamsim.tools.infer.made import Made
from iamsim.tools.infer.saying import all_of, any_of
from iamsim.tools.infer.wording import LINE, printable

_LONGEST = 240
"""A longer condition is told in words alone: what follows from a need adds to it, and a manifest takes 400 characters."""


@dataclass(slots=True)
class Found:
    """One need while its calls are put together: each with the conditions that it is made on."""

    need: Requirement
    calls: list[tuple[Made, Requirement]] = field(default_factory=list)


def merged(found: Found) -> Requirement:
    """
    One need for all calls that ask the same: on the conditions of any of them.

    Where one of the calls is made whatever happens, so is the need.
    """
    firm = [call for call in found.calls if not call[0].optional and not call[0].after] or found.calls
    best = min(firm, key=lambda call: (call[1].confidence is not Confidence.CERTAIN, len(call[0].conditions)))[1]
    ways: list[tuple[str, tuple[str, ...]]] = []
    exact = True
    for made, _ in firm:
        whens = [each.when for each in made.conditions if each.when]
        words = tuple(dict.fromkeys(printable(each.words) for each in made.conditions if each.words))
        exact = exact and all(each.exact and each.when for each in made.conditions)
        ways.append((_both(whens), words))
    if any(not when and not words for when, words in ways):
        when, words = "", ()
    elif len(ways) == 1:
        when, words = ways[0]
    else:
        told = all(when for when, _ in ways)
        when = _either([when for when, _ in ways]) if told else ""
        if told and exact and not any_of([when for when, _ in ways]):
            ways = [("", ())]
        words = tuple(dict.fromkeys(" and ".join(words) for _, words in ways))
    after = (
        tuple(dict.fromkeys(name for made, _ in firm for name in made.after))
        if all(made.after for made, _ in firm)
        else ()
    )
    joint = " or " if len(ways) > 1 and words else " and "
    condition = joint.join(
        f"({each})" if len(words) > 1 and (" or " if joint == " and " else " and ") in each else each for each in words
    )
    if after:
        others = [name for name in after if name != best.operation] or list(after)
        condition = "; ".join(filter(None, (f"after an error of {', '.join(others)}", condition)))
    necessity = best.necessity
    if necessity is Necessity.REQUIRED and (when or condition):
        necessity = Necessity.CONDITIONAL
    return replace(
        best,
        when=when,
        condition=condition if len(condition) <= LINE else f"{condition[: LINE - 1]}…",
        necessity=necessity,
    )


def enough(needs: Iterable[Requirement], *, several: bool) -> list[Requirement]:
    """
    The needs of a tool that goes on after any error of its calls: one of them must come through, else it has done nothing.

    Whoever swallows the errors of all that a tool does has a tool that does nothing: that is no success. `several`
    tells whether the tool makes more than one call.
    """
    note = "its error is swallowed, and the tool does nothing else"
    found = []
    for need in needs:
        necessity = Necessity.CONDITIONAL if need.when or need.condition else Necessity.REQUIRED
        if not several:
            found.append(replace(need, necessity=necessity, note="; ".join(filter(None, (need.note, note)))))
        else:
            option = need.operation or need.action
            found.append(replace(need, necessity=necessity, any_of="the errors of all are swallowed", option=option))
    return found


def always(made: Made) -> bool:
    """Whether a call is made each time, and its failure is the tool's."""
    return not (
        made.optional or made.after or made.deferred or any(each.when or each.words for each in made.conditions)
    )


def in_order(needs: Iterable[Requirement]) -> list[Requirement]:
    """Needs by their place in the source, those that must hold first."""
    order = {necessity: number for number, necessity in enumerate(Necessity)}
    return sorted(
        needs, key=lambda need: (need.source, order[need.necessity], need.action, need.resources, need.credentials)
    )


def _both(whens: Iterable[str]) -> str:
    """All of the conditions; none of them where that is too long to be read."""
    listed = list(whens)
    text = all_of(listed) if listed else ""
    return text if len(text) <= _LONGEST else ""


def _either(whens: Iterable[str]) -> str:
    """One of the conditions; always, where two of them leave nothing out, or where that is too long to be read."""
    text = any_of(whens)
    return text if len(text) <= _LONGEST else ""

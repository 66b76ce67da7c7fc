"""The server refuses the arguments before it calls anything."""

from __future__ import annotations

from iamsim.diagnosis.causes import Cause, Facts, names
from iamsim.diagnosis.signs import Sign
from iamsim.model.diagnosis import RootCause
from iamsim.model.finding import Confidence


def weigh(facts: Facts) -> RootCause | None:
    """Failures of calls that lack an argument, or whose error says that one does not fit."""
    scene = facts.scene
    lacking = {item.name: scene.lacks(item) for item in scene.items if scene.lacks(item)}
    said = {item.name for item in scene.items if Sign.ARGUMENTS in scene.signs(item)}
    mine = [one for one in facts.failed if one.name in lacking or one.name in said]
    if not mine:
        return None
    speaks = [f"`{one.name}`: {lacking[one.name]}" for one in mine if one.name in lacking]
    speaks += [f"the error of `{one.name}` says so" for one in mine if one.name in said]
    return RootCause(
        "",
        "the calls have arguments that the server refuses",
        Confidence.CERTAIN,
        names(mine),
        tuple(speaks[:8]),
        (),
        "the answer names the argument, and neither the log nor CloudTrail has a call to AWS",
        ("give the tests the arguments that the tools require",),
    )


CAUSE = Cause(weigh)

"""The server refuses the token."""

from __future__ import annotations

from iamsim.diagnosis import signs
from iamsim.diagnosis.causes import Cause, Facts, names
from iamsim.diagnosis.signs import Sign
from iamsim.model.diagnosis import RootCause, Seen
from iamsim.model.finding import Confidence
from iamsim.model.report import Status


def weigh(facts: Facts) -> RootCause | None:
    """Errors that say so, and a check whose token is refused."""
    scene = facts.scene
    said = {item.name for item in scene.items if Sign.TOKEN in scene.signs(item)}
    lines = [line for line in scene.lines if line.means == "token-refused" or Sign.TOKEN in signs.signs((line.text,))]
    step = scene.report.token if scene.report is not None else None
    checked = step is not None and step.status is Status.DENIED
    if not (said or lines or checked):
        return None
    mine = [one for one in facts.failed if one.name in said or (checked and one.masked)]
    speaks = [f"the error of `{name}` says so" for name in sorted(said)[:4]]
    speaks += [f"{line.origin}: {line.text[:200]}" for line in lines[:3]]
    if checked and step is not None:
        speaks += [f"the token that was checked is refused: {message.text}" for message in step.refusals]
    answered = [one.name for one in facts.held if one.observed is Seen.PASSED]
    against = [f"{len(answered)} calls were answered: a token that is refused stops every one"] if answered else []
    if step is not None and step.status is Status.ALLOWED:
        against.append("the token that was checked is accepted")
    sure = Confidence.LIKELY if said or lines else Confidence.UNCERTAIN
    return RootCause(
        "",
        "the server refuses the token",
        Confidence.CERTAIN if (said or lines) and checked and not against else sure,
        names(mine),
        tuple(speaks),
        tuple(against),
        "every call is answered with HTTP 401 or 403, and the server's log names the reason",
        facts.fixes(steps=("token",))
        or ("give a token that the server accepts: iamsim token tells what it would refuse",),
        tuple(line.origin for line in lines[:3]),
    )


CAUSE = Cause(weigh)

"""The server's process has no AWS credentials."""

from __future__ import annotations

from iamsim.diagnosis import signs
from iamsim.diagnosis.causes import Cause, Facts, names
from iamsim.diagnosis.signs import Sign
from iamsim.model.diagnosis import RootCause, Worth
from iamsim.model.finding import Confidence
from iamsim.model.report import Status


def weigh(facts: Facts) -> RootCause | None:
    """What waited for credentials, said that there are none, or was counted as passed in such a run."""
    scene = facts.scene
    waited = {item.name for item in scene.items if scene.waited_for_credentials(item)}
    said = {item.name for item in scene.items if Sign.NO_CREDENTIALS in scene.signs(item)}
    lines = [
        line
        for line in scene.lines
        if line.means == "no-credentials" or Sign.NO_CREDENTIALS in signs.signs((line.text,), scene.server)
    ]
    checked = scene.without_credentials is True
    if not (waited or said or lines or checked):
        return None
    masked = [one for one in facts.failed if one.masked]
    mine = [one for one in facts.failed if one.name in waited | said or one.masked or _blocked(facts, one.tool)]
    speaks = [f"`{name}` waited as long as it looks for credentials that are not there" for name in sorted(waited)]
    speaks += [f"the error of `{name}` says so" for name in sorted(said)]
    speaks += [f"{line.origin}: {line.text[:200]}" for line in lines[:3]]
    if checked:
        speaks.append("what is loaded says that the process has none")
    if masked and waited:
        speaks.append(f"of {len(masked)} that asked for the role and counted as passed none shows it working")
    against = [
        f"{call.origin}: AWS was asked by {call.principal}"
        for call in facts.calls
        if scene.process and _same(call.principal, scene.process)
    ][:2]
    against += [f"`{one.name}` shows the role working" for one in facts.held if one.worth is Worth.WORKING][:2]
    sure = Confidence.CERTAIN if (said or lines) and not against else Confidence.LIKELY
    template = scene.server.assume if scene.server is not None else None
    words = template.messages.get("no_credentials", "") if template is not None else ""
    return RootCause(
        "",
        "the server's process has no AWS credentials",
        sure if waited or said or lines else Confidence.UNCERTAIN,
        names(mine),
        tuple(dict.fromkeys(speaks)),
        tuple(against),
        f"the server's log says `{words or 'Unable to locate credentials'}`, and CloudTrail has no call of the process",
        facts.fixes("no-credentials")
        or ("give the process credentials: a task role, an instance profile, or variables",),
        tuple(line.origin for line in lines[:3]),
    )


def _blocked(facts: Facts, tool: str) -> bool:
    """Whether the check says that the tool fails for lack of credentials."""
    return facts.scene.without_credentials is True and facts.scene.status(tool) in (
        Status.NO_CREDENTIALS,
        Status.BLOCKED,
    )


def _same(arn: str, process: str) -> bool:
    """Whether a caller is a session of the server's own role, or its user."""
    return arn == process or arn.startswith(f"{process}/")


CAUSE = Cause(weigh)

"""The credential is missing, or refused, that a tool has beside AWS's."""

from __future__ import annotations

from iamsim.diagnosis._saying import bearer
from iamsim.diagnosis.causes import Cause, Facts, names
from iamsim.diagnosis.signs import Sign
from iamsim.model.diagnosis import Held, RootCause
from iamsim.model.finding import Confidence
from iamsim.model.tool import Credential


def weigh(facts: Facts) -> RootCause | None:
    """Failures of tools that ask AWS for nothing and act with a session that IAM never sees."""
    scene = facts.scene
    said = {item.name for item in scene.items if Sign.SESSION in scene.signs(item)}
    mine = [one for one in facts.failed if _of_bearer(facts, one)]
    if not mine:
        return None
    tools = sorted({one.tool for one in mine})
    speaks = [
        f"`{tool}` asks AWS for nothing, and its manifest says: {scene.tools[tool].on_failure}"
        for tool in tools
        if scene.tools[tool].on_failure
    ]
    speaks += [f"the error of `{name}` says so" for name in sorted(said)]
    passed = [
        item.name for item in scene.items if item.passed and item.tool is not None and _bearer(item.tool.credentials)
    ]
    sees = [item for item in scene.items if item.name in passed and scene.sees(item) and not scene.lacks(item)]
    against = [f"`{item.name}` acts with it too, and passed a test that looks" for item in sees[:2]]
    return RootCause(
        "",
        f"{' and '.join(f'`{tool}`' for tool in tools)} {'need' if len(tools) > 1 else 'needs'} {bearer(scene.server)}, "
        "and it is missing, or refused",
        Confidence.CERTAIN if said else Confidence.LIKELY,
        names(mine),
        tuple(speaks),
        tuple(against),
        "the whole answer of the tool says that it is not logged in",
        ("log the server in there, or look into its log for what was answered; no policy changes this",),
    )


def _of_bearer(facts: Facts, one: Held) -> bool:
    tool = facts.scene.tools.get(one.tool)
    return tool is not None and not tool.requirements and not tool.assumes and _bearer(tool.credentials)


def _bearer(credentials: tuple[Credential, ...]) -> bool:
    return Credential.BEARER in credentials


CAUSE = Cause(weigh)

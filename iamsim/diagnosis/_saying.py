"""Sentences and parts of them that several readers of results say."""

from __future__ import annotations

from dataclasses import replace

from iamsim.diagnosis.scene import Item, Scene
from iamsim.model.diagnosis import Held, Relation, Worth
from iamsim.model.finding import Confidence, Finding, Kind
from iamsim.model.server import Server
from iamsim.model.tool import Credential, Tool

CERTAIN, LIKELY, UNCERTAIN = Confidence

NO_CREDENTIALS = (
    "others of this run found no credentials to ask with, so that it will have failed inside for the same reason"
)

REFUSED = "its arguments are refused before anything is called"

OF_ROLES = frozenset({"sts:assumerole", "sts:setsourceidentity", "sts:tagsession", "sts:assumerolewithwebidentity"})
"""The actions, in lower case, that a call for a role asks for."""

OF_THE_CALL = ("token", "assume")
"""The steps of a check that are about the token and the call for the role."""


def told(start: Held, relation: Relation, confidence: Confidence, *reasons: str, **more: object) -> Held:
    """One result with its relation, how sure that is, and its reasons; empty ones are left out."""
    kept = tuple(dict.fromkeys(reason for reason in reasons if reason))
    return replace(start, relation=relation, confidence=confidence, reasons=kept, **more)  # type: ignore[arg-type]


def gaps(scene: Scene, tool: str, *steps: str) -> tuple[Finding, ...]:
    """The gaps of the check that touch the tool, of these steps; all of them where no step is named."""
    if scene.report is None:
        return ()
    return tuple(
        finding
        for finding in scene.report.findings
        if finding.kind is Kind.GAP and tool in finding.tools and (not steps or finding.step in steps)
    )


def in_the_way(scene: Scene, tool: str) -> str:
    """What the check found in the way of the tool, in words; empty for nothing."""
    found = gaps(scene, tool, *OF_THE_CALL) or gaps(scene, tool)
    return "; ".join(dict.fromkeys(finding.message for finding in found[:3]))


def acts_as(scene: Scene, tool: Tool) -> str:
    """Whose authority the tool acts with, as a sentence begins."""
    used = set(tool.credentials)
    if used & {Credential.SERVER, Credential.UNSIGNED}:
        who = scene.process
        return f"it acts as the server{f' ({who})' if who else ''} and never asks for the role"
    if Credential.BEARER in used:
        return f"it acts with {bearer(scene.server)}"
    return "it computes, and asks nobody"


def bearer(server: Server | None) -> str:
    """What the credential is that IAM never sees, as short as the manifest has it."""
    told = server.bearer.partition(";")[0].strip() if server is not None else ""
    return told or "a session that IAM never sees"


def broken(start: Held) -> Worth:
    """What a failure says of the role: that of a call that asked for it shows it broken."""
    return Worth.BROKEN if start.asked else Worth.NOTHING


def listed(words: tuple[str, ...]) -> str:
    """Words as they are written, joined."""
    return " and ".join(f"`{word}`" for word in words)


def error(item: Item) -> str:
    """The error that a result tells, as a sentence; empty for none."""
    words = item.result.told_error or item.result.error
    return f"its error: {short(words)}" if words else ""


def short(text: str) -> str:
    """A text on one line, cut where it is long."""
    first = " ".join(text.split())
    return first if len(first) <= 300 else f"{first[:299]}…"  # noqa: PLR2004 - what fits on three lines

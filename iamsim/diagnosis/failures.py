"""Why a result failed, as far as its error, the manifest and what is loaded tell."""

from __future__ import annotations

from iamsim.diagnosis import signs
from iamsim.diagnosis._saying import (
    CERTAIN,
    LIKELY,
    OF_ROLES,
    OF_THE_CALL,
    REFUSED,
    UNCERTAIN,
    bearer,
    broken,
    error,
    gaps,
    in_the_way,
    told,
)
from iamsim.diagnosis.scene import Item, Scene
from iamsim.diagnosis.signs import Sign
from iamsim.model.diagnosis import Answer, Held, JudgedCall, Relation, Worth
from iamsim.model.report import Status
from iamsim.model.tool import Credential


def failed(scene: Scene, item: Item, start: Held, calls: tuple[JudgedCall, ...]) -> Held:
    """The first of the readings that says something, the one that is surest of its ground first."""
    for reader in (
        _by_the_call,
        _by_arguments,
        _by_the_wait,
        _by_credentials,
        _by_the_token,
        _by_the_role,
        _by_the_tool,
        _by_time,
        _by_denial,
    ):
        found = reader(scene, item, start, calls)
        if found is not None:
            return found
    if scene.fails(start.tool):
        return _predicted(scene, start)
    if item.tool is None:
        why = "the manifest knows no such tool" if scene.tools else "no manifest says what it calls"
        return told(start, Relation.UNKNOWN, UNCERTAIN, why, error(item))
    if scene.report is None:
        return told(
            start, Relation.UNKNOWN, UNCERTAIN, "no policies were checked, and the error tells no cause", error(item)
        )
    if scene.status(start.tool) is Status.UNKNOWN:
        return told(start, Relation.UNKNOWN, UNCERTAIN, "whether it has what it needs is unknown", error(item))
    return told(
        start,
        Relation.UNEXPLAINED,
        UNCERTAIN,
        "what is loaded lets it through, and its error says nothing of AWS",
        error(item),
    )


def _by_the_call(scene: Scene, item: Item, start: Held, calls: tuple[JudgedCall, ...]) -> Held | None:
    """A denied API call that the evidence has of the same tool."""
    mine = [call for call in calls if call.refused and call.tool in (start.tool, item.name) and call.tool]
    against = next((call for call in mine if call.answer is Answer.CONTRADICTION), None)
    if against is not None:
        return told(start, Relation.CONTRADICTION, LIKELY, *against.reasons, *against.differs, worth=broken(start))
    agreed = next((call for call in mine if call.answer is Answer.AGREES), None)
    if agreed is None:
        return None
    of_role = agreed.action.lower() in OF_ROLES
    relation = Relation.EXPLAINED_BY_ASSUME if of_role else Relation.EXPLAINED_BY_IAM
    found = gaps(scene, start.tool, *OF_THE_CALL) if of_role else gaps(scene, start.tool)
    findings = tuple(finding.key for finding in found)
    return told(start, relation, CERTAIN, *agreed.reasons, findings=findings, worth=broken(start))


def _by_arguments(scene: Scene, item: Item, start: Held, _: tuple[JudgedCall, ...]) -> Held | None:
    refused = scene.lacks(item)
    if refused:
        return told(start, Relation.NOT_IAM, CERTAIN, REFUSED, refused, asked=False)
    if Sign.ARGUMENTS in scene.signs(item):
        return told(
            start,
            Relation.NOT_IAM,
            LIKELY,
            REFUSED,
            error(item),
            asked=False,
        )
    return None


def _by_the_wait(scene: Scene, item: Item, start: Held, _: tuple[JudgedCall, ...]) -> Held | None:
    if not scene.waited_for_credentials(item):
        return None
    times = item.tool.lookups if item.tool is not None else 0
    wait = scene.wait(item) or 0
    limit = signs.waited(item.result.error)
    waiting = (
        f"one call looks for the server's credentials {times} times, about {signs.LOOKUP:g} s each where there are none and the "
        f"metadata address does not answer: {wait:g} s"
        + (f", and the client waits {limit:g} s" if limit is not None else "")
    )
    if scene.without_credentials is False and scene.report is not None:
        who = scene.process or "the server's principal"
        return told(
            start,
            Relation.CONTRADICTION,
            LIKELY,
            f"it timed out while looking for credentials, and {who} has some: the process that made this had none, so what is loaded is not what ran",
            waiting,
        )
    return told(
        start,
        Relation.NOT_IAM,
        LIKELY,
        "it times out while it looks for credentials that the process does not have; AWS is never asked",
        waiting,
    )


def _by_credentials(scene: Scene, item: Item, start: Held, _: tuple[JudgedCall, ...]) -> Held | None:
    found = scene.signs(item)
    if Sign.NO_CREDENTIALS in found:
        if scene.without_credentials is False and scene.report is not None:
            who = scene.process or "the server's principal"
            return told(
                start, Relation.CONTRADICTION, CERTAIN,
                f"it had no credentials, and by what is loaded the process is {who}: what is loaded is not what ran", error(item),
            )  # fmt: skip
        return told(
            start,
            Relation.NOT_IAM,
            CERTAIN,
            "the process has no AWS credentials: AWS is never asked",
            error(item),
            worth=broken(start),
        )
    if Sign.EXPIRED in found:
        return told(
            start,
            Relation.NOT_IAM,
            LIKELY,
            "AWS takes the credentials for none of its own, or for expired ones; no policy is looked at",
            error(item),
        )
    if Sign.NO_REGION in found:
        return told(
            start, Relation.NOT_IAM, CERTAIN, "no Region is set, so that no call leaves the process", error(item)
        )
    return None


def _by_the_token(scene: Scene, item: Item, start: Held, _: tuple[JudgedCall, ...]) -> Held | None:
    if Sign.TOKEN not in scene.signs(item):
        return None
    status = scene.report.token.status if scene.report is not None else None
    if status is Status.ALLOWED:
        return told(
            start,
            Relation.CONTRADICTION,
            LIKELY,
            "the server refused the token, and the one that was checked is accepted: it is another, or the key or the time differs",
            error(item),
        )
    findings = tuple(finding.key for finding in gaps(scene, start.tool, "token"))
    return told(
        start,
        Relation.EXPLAINED_BY_ASSUME,
        CERTAIN if status is Status.DENIED else LIKELY,
        "the server refused the token",
        error(item),
        findings=findings,
    )


def _by_the_role(scene: Scene, item: Item, start: Held, _: tuple[JudgedCall, ...]) -> Held | None:
    """The server's own words for a call for the role that failed."""
    if Sign.ASSUME not in scene.signs(item):
        return None
    status = scene.report.assume.status if scene.report is not None else None
    match status:
        case Status.NO_CREDENTIALS:
            return told(
                start,
                Relation.NOT_IAM,
                CERTAIN,
                "the call for the role never leaves the server: its process has no AWS credentials",
                error(item),
                worth=Worth.BROKEN,
            )
        case Status.DENIED | Status.BLOCKED | Status.INVALID:
            findings = tuple(finding.key for finding in gaps(scene, start.tool, *OF_THE_CALL))
            why = in_the_way(scene, start.tool)
            return told(
                start,
                Relation.EXPLAINED_BY_ASSUME,
                CERTAIN,
                f"the role cannot be assumed: {why}",
                error(item),
                findings=findings,
                worth=Worth.BROKEN,
            )
        case Status.ALLOWED:
            return told(
                start, Relation.CONTRADICTION, LIKELY,
                "the role could not be assumed, and by what is loaded it can be: the process is another principal, had no credentials, or the trust policy has changed since", error(item), worth=Worth.BROKEN,
            )  # fmt: skip
        case _:
            return told(
                start,
                Relation.EXPLAINED_BY_ASSUME,
                UNCERTAIN,
                "the role could not be assumed; why is not told",
                error(item),
                worth=Worth.BROKEN,
            )


def _by_the_tool(scene: Scene, item: Item, start: Held, _: tuple[JudgedCall, ...]) -> Held | None:
    """A tool that asks AWS for nothing, whatever its error says."""
    tool = item.tool
    if tool is None or tool.assumes or tool.requirements or tool.unresolved or not tool.credentials:
        return None
    if not set(tool.credentials) <= {Credential.BEARER, Credential.NONE}:
        return None
    if Credential.BEARER in tool.credentials:
        return told(
            start, Relation.NOT_IAM, CERTAIN,
            f"it asks AWS for nothing and needs {bearer(scene.server)}: it fails the same way whether the role works or not",
            f"what its manifest says of failures: {tool.on_failure}" if tool.on_failure else "", error(item),
        )  # fmt: skip
    return told(start, Relation.NOT_IAM, CERTAIN, "it computes, and asks nobody", error(item))


def _by_time(scene: Scene, item: Item, start: Held, _: tuple[JudgedCall, ...]) -> Held | None:
    if not item.result.timed_out:
        return None
    looks = "" if scene.wait(item) is not None else "how often it looks for credentials is not told"
    return told(
        start,
        Relation.NOT_IAM,
        LIKELY,
        "no answer came in time: AWS answers a request that it refuses at once, so a refusal looks otherwise",
        looks,
    )


def _by_denial(scene: Scene, item: Item, start: Held, _: tuple[JudgedCall, ...]) -> Held | None:
    """An error that tells of a denial, of which no call could be judged."""
    if Sign.DENIED not in scene.signs(item):
        return None
    if scene.fails(start.tool):
        return _predicted(scene, start, error(item))
    if scene.status(start.tool) is Status.ALLOWED:
        return told(
            start, Relation.CONTRADICTION, LIKELY,
            "AWS denied it, and by what is loaded it is allowed: another principal, a policy that is not loaded, or policies that have changed since",
            error(item), worth=broken(start),
        )  # fmt: skip
    return told(
        start,
        Relation.EXPLAINED_BY_IAM,
        UNCERTAIN,
        "AWS denied it; which policy did is not told",
        error(item),
        worth=broken(start),
    )


def _predicted(scene: Scene, start: Held, *more: str) -> Held:
    """It fails, as what is loaded says that it must."""
    status = scene.status(start.tool)
    why = in_the_way(scene, start.tool)
    sure = CERTAIN if more else LIKELY
    if status is Status.NO_CREDENTIALS or (status is Status.BLOCKED and scene.without_credentials):
        return told(
            start,
            Relation.NOT_IAM,
            sure,
            f"by what is loaded it must fail: {why or 'the process has no AWS credentials'}",
            *more,
            worth=broken(start),
        )
    of_call = gaps(scene, start.tool, *OF_THE_CALL)
    relation = Relation.EXPLAINED_BY_ASSUME if status in (Status.BLOCKED, Status.INVALID) else Relation.EXPLAINED_BY_IAM
    found = of_call if relation is Relation.EXPLAINED_BY_ASSUME else gaps(scene, start.tool)
    return told(
        start,
        relation,
        sure,
        f"by what is loaded it must fail: {why}",
        *more,
        findings=tuple(finding.key for finding in found),
        worth=broken(start),
    )

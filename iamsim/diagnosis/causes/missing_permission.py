"""A principal lacks a permission that a tool needs."""

from __future__ import annotations

from iamsim.diagnosis._saying import OF_ROLES
from iamsim.diagnosis.causes import Cause, Facts, names
from iamsim.model.diagnosis import Answer, Relation, RootCause
from iamsim.model.finding import Confidence


def weigh(facts: Facts) -> RootCause | None:
    """Failures that permissions explain, and refused calls that what is loaded refuses too."""
    mine = [one for one in facts.failed if one.because is Relation.EXPLAINED_BY_IAM]
    refused = [
        call
        for call in facts.calls
        if call.refused and call.answer is Answer.AGREES and call.action.lower() not in OF_ROLES
    ]
    if not mine and not refused:
        return None
    speaks = [f"`{one.name}`: {one.reasons[0]}" for one in mine if one.reasons]
    speaks += [
        f"{call.origin}: AWS refused {call.action} on {call.resource} to {call.principal}, as what is loaded does"
        for call in refused[:5]
    ]
    sure = (
        Confidence.CERTAIN
        if refused or any(one.confidence is Confidence.CERTAIN for one in mine)
        else Confidence.LIKELY
    )
    fixes = [remedy.title for call in refused for remedy in call.remedies]
    fixes += facts.fixes("missing-permission") if mine else ()
    return RootCause(
        "",
        "permissions are missing",
        sure,
        names(mine),
        tuple(dict.fromkeys(speaks)),
        (),
        ""
        if refused
        else "CloudTrail has the call with `AccessDenied`, and its message names the action and the policy type",
        tuple(dict.fromkeys(fixes)),
        tuple(dict.fromkeys(call.origin for call in refused[:5])),
    )


CAUSE = Cause(weigh)

"""What is loaded is not what ran: another principal, other policies, another time."""

from __future__ import annotations

from iamsim.diagnosis.causes import Cause, Facts
from iamsim.model.diagnosis import Answer, Relation, RootCause
from iamsim.model.finding import Confidence


def weigh(facts: Facts) -> RootCause | None:
    """Results and calls that came out otherwise than what is loaded says."""
    mine = [one for one in facts.held if one.relation is Relation.CONTRADICTION]
    calls = [call for call in facts.calls if call.answer is Answer.CONTRADICTION]
    if not mine and not calls:
        return None
    speaks = [f"`{one.name}`: {one.reasons[0]}" for one in mine if one.reasons]
    for call in calls[:5]:
        how = "refused" if call.refused else "allowed"
        speaks.append(
            f"{call.origin}: AWS {how} {call.action} on {call.resource}, and what is loaded says {call.decision}"
        )
        speaks += call.differs[:1]
    agreed = [call for call in facts.calls if call.answer is Answer.AGREES]
    against = [f"{len(agreed)} other calls came out as what is loaded says"] if agreed else []
    process = facts.scene.process
    return RootCause(
        "",
        "what is loaded is not what ran",
        Confidence.CERTAIN if calls or any(one.confidence is Confidence.CERTAIN for one in mine) else Confidence.LIKELY,
        (),
        tuple(dict.fromkeys(speaks)),
        tuple(against),
        f"`aws sts get-caller-identity` within the process names another principal than {process}, or none"
        if process
        else "a fresh snapshot of the account differs from what is loaded",
        (
            "give what really ran: --server-principal none for a process without credentials, else its role, and a fresh snapshot of the account",
        ),
        tuple(dict.fromkeys(call.origin for call in calls[:5])),
    )


CAUSE = Cause(weigh)

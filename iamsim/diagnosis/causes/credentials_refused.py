"""AWS does not take the credentials: expired, or none of its own."""

from __future__ import annotations

from iamsim.diagnosis.causes import Cause, Facts, names
from iamsim.diagnosis.signs import Sign
from iamsim.model.diagnosis import RootCause
from iamsim.model.finding import Confidence
from iamsim.sts import messages


def weigh(facts: Facts) -> RootCause | None:
    """Errors and calls with a code that AWS gives before it looks at any policy."""
    said = {item.name for item in facts.scene.items if Sign.EXPIRED in facts.scene.signs(item)}
    calls = [call for call in facts.calls if call.code and messages.of_credentials(call.code)]
    if not said and not calls:
        return None
    speaks = [f"the error of `{name}` says so" for name in sorted(said)[:4]]
    speaks += [f"{call.origin}: {call.code} for {call.operation or call.action}" for call in calls[:4]]
    return RootCause(
        "",
        "AWS does not take the credentials: they have expired, or are none of its own",
        Confidence.CERTAIN,
        names(one for one in facts.failed if one.name in said),
        tuple(speaks),
        (),
        "`aws sts get-caller-identity` with the same credentials fails with the same code",
        ("give the process credentials that it can renew: a role rather than keys in variables",),
        tuple(call.origin for call in calls[:4]),
    )


CAUSE = Cause(weigh)

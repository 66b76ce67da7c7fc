"""No Region is set."""

from __future__ import annotations

from iamsim.diagnosis import signs
from iamsim.diagnosis.causes import Cause, Facts, names
from iamsim.diagnosis.signs import Sign
from iamsim.model.diagnosis import RootCause
from iamsim.model.finding import Confidence


def weigh(facts: Facts) -> RootCause | None:
    """Errors and lines with botocore's words for it."""
    said = {item.name for item in facts.scene.items if Sign.NO_REGION in facts.scene.signs(item)}
    lines = [
        line for line in facts.scene.lines if line.means == "no-region" or Sign.NO_REGION in signs.signs((line.text,))
    ]
    if not said and not lines:
        return None
    return RootCause(
        "",
        "no Region is set, so that clients are not even made",
        Confidence.CERTAIN,
        names(one for one in facts.failed if one.name in said),
        (
            *(f"the error of `{name}` says so" for name in sorted(said)[:4]),
            *(f"{line.origin}: {line.text[:200]}" for line in lines[:3]),
        ),
        (),
        "the error says `You must specify a region`",
        ("set AWS_DEFAULT_REGION; boto3 does not read AWS_REGION",),
        tuple(line.origin for line in lines[:3]),
    )


CAUSE = Cause(weigh)

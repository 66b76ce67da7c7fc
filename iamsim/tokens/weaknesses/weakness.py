"""One weakness: what it is, why it matters, and the way out."""

from __future__ import annotations

from dataclasses import dataclass

from iamsim.model.finding import Severity


@dataclass(frozen=True, slots=True)
class Weakness:
    """
    One weakness: what it is, why it matters, and the way out.

    `rule` is the id of the rule that tells it in a check, `subject` tells several of one rule apart.
    `refused`: a verifier that follows the page refuses the token for it; servers need not.
    """

    rule: str
    severity: Severity
    subject: str
    message: str
    why: str
    way_out: str
    cite: str
    refused: bool = False

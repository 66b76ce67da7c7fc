"""A finding: which rule, where, how severe, on what evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from iamsim.model.origin import Origin


class Kind(StrEnum):
    """What a finding does to the gate: a gap fails it, an unknown leaves it open, the others inform."""

    GAP = "gap"
    UNKNOWN = "unknown"
    HAZARD = "hazard"
    NOTE = "note"


class Severity(StrEnum):
    """How much harm the finding does if it is true."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    def reaches(self, least: Severity) -> bool:
        """Whether it is as high as `least`, or higher."""
        order = tuple(Severity)
        return order.index(self) <= order.index(least)


class Confidence(StrEnum):
    """How sure the finding is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    UNCERTAIN = "uncertain"


class Audience(StrEnum):
    """Whom a finding is for; whoever reads the later ones reads the earlier too."""

    EVERYONE = "everyone"
    REVIEWER = "reviewer"
    STYLE = "style"


class Ground(StrEnum):
    """Why a finding does not count for the gate."""

    BASELINE = "baseline"
    WAIVER = "waiver"


@dataclass(frozen=True, slots=True)
class Accepted:
    """
    A finding that is told and does not count for the gate, by its key.

    It stood in the baseline, or somebody waived it: for `reason`, as `owner` says, up to and with the day `expires`
    (`2027-01-31`), which is empty where no end was set.
    """

    key: str
    ground: Ground
    reason: str = ""
    owner: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class TextEdit:
    """
    One edit of a JSON document: what stands at `pointer` (RFC 6901) becomes `value`, as JSON; None takes it away.

    In a list, an index of the list's length or `-` adds at its end.
    """

    pointer: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What a rule found.

    `key` is stable across runs (rule and subject). `step` is `token`, `assume`, `tools` or `policies`;
    `subject` names what it is about (an action, a tool, a parameter). `evidence` are sentences;
    `probes` the ids of the decisions behind it; `tools` those it touches. `code` is AWS's own name for it, where
    AWS has one with the same meaning. `fix` are edits of the document of the first origin that put it right and
    change nothing else.
    """

    key: str
    rule: str
    kind: Kind
    severity: Severity
    confidence: Confidence
    step: str
    subject: str
    message: str
    origins: tuple[Origin, ...] = ()
    evidence: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    code: str = ""
    audience: Audience = Audience.EVERYONE
    fix: tuple[TextEdit, ...] = ()

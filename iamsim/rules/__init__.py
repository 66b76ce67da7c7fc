"""What a rule is; one module per rule declares RULE."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from iamsim import plugins
from iamsim.model.finding import Confidence, Kind, Severity
from iamsim.model.origin import Origin
from iamsim.probes import Case


@dataclass(frozen=True, slots=True)
class Observation:
    """
    One thing a rule saw; together with the rule it becomes a finding.

    `subject` tells observations of one rule apart and is stable across runs. `kind`, `severity` and
    `confidence` stand only where they differ from the rule's.
    """

    subject: str
    message: str
    origins: tuple[Origin, ...] = ()
    evidence: tuple[str, ...] = ()
    probes: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    kind: Kind | None = None
    severity: Severity | None = None
    confidence: Confidence | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule: what its observations do to the gate, how much harm they do, and what looks for them.

    `step` is the part of a check it belongs to: `token`, `assume` or `tools`. `cite` names the page
    that taught it.
    """

    check: Callable[[Case], Iterator[Observation]]
    kind: Kind
    severity: Severity
    step: str
    cite: str
    confidence: Confidence = Confidence.CERTAIN


def rules() -> Mapping[str, Rule]:
    """Every rule by its id, which is the name of its file with hyphens."""
    declared = cast("Mapping[str, Rule]", plugins.table(sys.modules[__name__], "RULE"))
    return {name.replace("_", "-"): rule for name, rule in declared.items()}

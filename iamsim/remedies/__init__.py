"""What a remedy proposer is; one module per kind of edit declares REMEDY."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from iamsim import plugins
from iamsim.model.finding import Finding
from iamsim.model.remedy import Edit
from iamsim.probes import Case


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    A way to close findings, not yet proven.

    Either `edits`, or an `instruction` with the exact `settings` to change. `widens` marks an edit
    that is never called safe, whatever the proof finds: one of a Deny, a boundary, or a condition.
    """

    title: str
    findings: tuple[Finding, ...]
    edits: tuple[Edit, ...] = ()
    instruction: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    widens: bool = False


@dataclass(frozen=True, slots=True)
class Proposer:
    """A kind of remedy: the rules whose gaps it answers, and what it proposes for those found."""

    answers: tuple[str, ...]
    propose: Callable[[tuple[Finding, ...], Case], Iterator[Proposal]]


def proposers() -> Mapping[str, Proposer]:
    """Every proposer by the name of its file, with hyphens."""
    declared = cast("Mapping[str, Proposer]", plugins.table(sys.modules[__name__], "REMEDY"))
    return {name.replace("_", "-"): proposer for name, proposer in declared.items()}

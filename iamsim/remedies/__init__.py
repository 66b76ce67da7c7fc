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

    Either `edits`, or an `instruction` with the exact `settings` to change.
    """

    title: str
    findings: tuple[Finding, ...]
    edits: tuple[Edit, ...] = ()
    instruction: str = ""
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Proposer:
    """
    A kind of remedy: the rules whose gaps it answers, and what it proposes for those found.

    `last`: it is asked when the others have been proven, and only about findings that these leave
    open, each with the probes that no edit closes.
    """

    answers: tuple[str, ...]
    propose: Callable[[tuple[Finding, ...], Case], Iterator[Proposal]]
    last: bool = False


def proposers() -> Mapping[str, Proposer]:
    """Every proposer by the name of its file, with hyphens."""
    declared = cast("Mapping[str, Proposer]", plugins.table(sys.modules[__name__], "REMEDY"))
    return {name.replace("_", "-"): proposer for name, proposer in declared.items()}

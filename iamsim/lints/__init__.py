"""What a lint is: a rule that judges policies alone; one module per lint declares LINT."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from iamsim import plugins
from iamsim.drafts import PolicyKind
from iamsim.jsontext import Pointer
from iamsim.model.finding import Audience, Confidence, Severity, TextEdit
from iamsim.model.origin import Origin


class Family(StrEnum):
    """What a lint is about."""

    REFUSED = "refused"
    INEFFECTIVE = "ineffective"
    EXCESSIVE = "excessive"
    TRUST = "trust"


MEANING = {
    Family.REFUSED: "AWS refuses to store the policy",
    Family.INEFFECTIVE: "the policy does nothing, or not what it says",
    Family.EXCESSIVE: "the policy gives too much",
    Family.TRUST: "the wrong ones may assume the role, or the right ones may not",
}


class Scope(StrEnum):
    """What a lint's check is given: a `Draft`, a `Holder`, or a `World` (see those)."""

    POLICY = "policy"
    PRINCIPAL = "principal"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Seen:
    """
    One thing that a lint saw.

    `subject` tells what a lint saw in one policy apart and is stable across runs: names and values, no numbers of
    lines. `at` is the place in the policy; `places` are places elsewhere, and the only ones where the lint is not
    about one policy. `code` is AWS's name, where the lint has several. `fix` puts it right without changing a decision
    that it does not mean to. `severity`, `confidence` and `audience` stand only where they differ from the lint's.
    """

    subject: str
    message: str
    at: Pointer = ()
    evidence: tuple[str, ...] = ()
    code: str = ""
    fix: tuple[TextEdit, ...] = ()
    places: tuple[Origin, ...] = ()
    severity: Severity | None = None
    confidence: Confidence | None = None
    audience: Audience | None = None


EVERY_KIND = frozenset(PolicyKind)

LIKE_HOLDERS = frozenset({PolicyKind.IDENTITY})
"""Kinds of policies that, standing alone, are judged as those of a principal that has nothing else."""


@dataclass(frozen=True, slots=True)
class Lint:
    """
    One rule about policies.

    `check` takes what `scope` says; `kinds` are the kinds of policies that it is asked about. `codes` are AWS's names
    for what it finds (IAM Access Analyzer, "policy check reference"), where the meaning is the same. `cite` names the page
    that taught it. `audience` is whom it is for.
    """

    check: Callable[[Any], Iterator[Seen]]
    family: Family
    severity: Severity
    cite: str
    confidence: Confidence = Confidence.CERTAIN
    audience: Audience = Audience.EVERYONE
    codes: tuple[str, ...] = ()
    kinds: frozenset[PolicyKind] = EVERY_KIND
    scope: Scope = Scope.POLICY


def lints() -> Mapping[str, Lint]:
    """Every lint by its id, which is the name of its file with hyphens."""
    declared = cast("Mapping[str, Lint]", plugins.table(sys.modules[__name__], "LINT"))
    return {name.replace("_", "-"): lint for name, lint in declared.items()}


def chosen(ids: Iterable[str]) -> Mapping[str, Lint]:
    """The lints with these ids, sorted; the modules of no others are imported."""
    return {
        id_: cast("Lint", importlib.import_module(f"{__name__}.{id_.replace('-', '_')}").LINT) for id_ in sorted(ids)
    }


def page(id: str) -> str:
    """The page of documentation of a lint: the docstring of its module."""
    module = importlib.import_module(f"{__name__}.{id.replace('-', '_')}")
    return inspect.getdoc(module) or ""

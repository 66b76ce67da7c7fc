"""What `trust` and `graph` share: the engine over what was loaded, and how an answer is said."""

from __future__ import annotations

from iamsim.cli import _loading, _secrets
from iamsim.cli._outputs import progress
from iamsim.cli._values import Options
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError
from iamsim.graph.drawing import text
from iamsim.graph.model import Answer, State
from iamsim.graph.walk import Beside, in_words

_SHOWN = 8


def simulator(chosen: Options, needed: tuple[str, ...]) -> Simulator:
    """The engine over the loaded policies; `needed` are the ARNs that a live account is read for."""
    locations = chosen("policies") or ("aws",)
    if not needed and all(location.partition(":")[0] == "aws" for location in locations):
        raise InputError(
            "the live account is read by name, and nobody is named",
            hint="give --from or --to, or --policies with a folder that holds the account",
        )
    role = next((arn for arn in needed if ":role/" in arn), None)
    loaded = _loading.organization(chosen, needed, role, progress)
    return _loading.simulator(chosen, loaded.organization)


def details(answer: Answer, beside: tuple[Beside, ...] = ()) -> list[str]:
    """What is to be said of an answer, a line each; `beside` is what becomes of a call that sends more."""
    lines = []
    if answer.requires:
        joined = " and ".join(answer.requires)
        lines.append(f"may, if {joined}" if answer.state is State.UNKNOWN else f"if {joined}")
    lines += [f"or if {' and '.join(way)}" if way else "or by a plain call" for way in answer.alternatives[:_SHOWN]]
    if answer.why and (answer.state is not State.CONDITIONAL or not answer.requires):
        lines.append(answer.why)
    return [*lines, *in_words(beside)]


def said(lines: list[str]) -> str:
    """Lines as they may be shown, what must not be said hidden."""
    return _secrets.hidden("\n".join(text(line) for line in lines))

"""What stands behind every cell of the matrix, as data that the page's script builds from when it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from iamsim.model.origin import NOWHERE
from iamsim.model.report import Need, Probe, ToolResult
from iamsim.model.verdict import StatementVerdict
from iamsim.renderers import _statements, _trail, _words
from iamsim.renderers._matrix import Matrix, label, link
from iamsim.renderers._view import TROUBLED, View, acts_as, attempts, necessity_note
from iamsim.renderers._words import NECESSITY, ROLE_USE, STATUS, Label

LONGEST = 2_000
"""Characters of one text that are shown; a policy's Sid, a tag or a claim may be as long as a file."""

_OTHERS = 12
"""Statements of a layer that did not decide and are named; the others are counted."""


def script(view: View, matrix: Matrix, room: int) -> str:
    """
    JSON in which no `<` stands, so that nothing in it can end the element around it.

    `texts` holds every text once; elsewhere a text is its number. The evidence of decisions fills `room` bytes, that of
    what is denied or unknown first; what does not fit is left out, and the script says where it is. Arrays are used
    instead of names where there are many.
    """
    texts: dict[str, int] = {}

    def text(value: object) -> int:
        return texts.setdefault(clipped(value), len(texts))

    def tag(label: Label) -> list[Any]:
        return [text(label.word), label.tone.value]

    told = _Told(view, text, tag)
    tools = {view.tool_anchors[row.tool.name]: told.tool(row.tool) for row in matrix.rows}
    used = len(_json([tools, list(texts)]).encode())
    probes: dict[str, Any] = {}
    for probe in sorted(told.wanted, key=lambda probe: probe.explanation.allowed):
        before = len(texts)
        one = told.probe(probe)
        used += len(_json([one, list(islice(texts, before, None))]).encode()) + len(probe.id) + 8
        if used > room:
            break
        probes[clipped(probe.id)] = one
    return _json({"tools": tools, "probes": probes, "texts": list(texts)})


def clipped(value: object) -> str:
    """A text as it is shown, and of a very long one the beginning."""
    shown = _words.visible("" if value is None else value)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}… {len(shown) - LONGEST:,} characters more"


class _Told:
    """Tools and decisions as arrays of numbers of texts; `wanted` are the decisions that some cell speaks of."""

    def __init__(self, view: View, text: Any, tag: Any) -> None:  # noqa: ANN401 - two small closures
        self._view, self._text, self._tag = view, text, tag
        self._found: dict[str, Probe] = {}

    @property
    def wanted(self) -> Iterable[Probe]:
        return self._found.values()

    def tool(self, tool: ToolResult) -> dict[str, Any]:
        """One tool with its needs."""
        text = self._text
        notes = [
            f"not told what it needs: {one.what} ({one.why}{f', at {one.source}' if one.source else ''})"
            for one in tool.unresolved
        ]
        notes += tool.notes
        if tool.on_failure and tool.status in TROUBLED:
            notes.append(f"when it fails: {tool.on_failure}")
        return {
            "about": text(tool.description),
            "role": text(ROLE_USE[tool.role]),
            "as": text(acts_as(tool)),
            "outcome": self._tag(STATUS[tool.status]),
            "notes": [text(note) for note in notes],
            "source": text(tool.source),
            "needs": [self._need(need) for need in tool.needs],
        }

    def _need(self, need: Need) -> list[Any]:
        """Action, resources, credentials, outcome, when it counts, decisions, the finding that speaks of it."""
        text, view = self._text, self._view
        for attempt in need.attempts:
            for probe in view.probes(attempt.probes):
                self._found.setdefault(probe.id, probe)
        counts = ": ".join(filter(None, (NECESSITY[need.requirement.necessity], necessity_note(need))))
        once = view.once(need)
        resources = list(need.resources) or ["*"]
        more = [f"set {_words.listed(need.unbound)}"] if need.unbound else []
        return [
            text(need.requirement.action),
            [text(resource) for resource in (*resources[:_OTHERS], *more)],
            text(attempts(need)),
            self._tag(label(view, need)),
            text("; ".join(filter(None, (counts, once)))),
            [clipped(probe) for attempt in need.attempts for probe in attempt.probes[:_OTHERS]],
            link(view, need),
        ]

    def probe(self, probe: Probe) -> dict[str, Any]:
        """One decision with its layers."""
        text, asked = self._text, probe.explanation
        context = sorted(asked.request.context.values.items())
        told: dict[str, Any] = {
            "as": text(asked.request.principal.arn),
            "action": text(asked.request.action),
            "on": text(asked.request.resource),
            "keys": [[text(key), text(", ".join(values))] for key, values in context[:40]],
            "answer": self._tag(self._view.answer(probe)),
            "why": text(asked.reason),
            "layers": [
                [
                    text(step.name),
                    self._tag(step.label),
                    [self._statement(verdict) for verdict in step.decisive],
                    [[text(self._at(v)), text(_trail.why_not(v))] for v in step.others[:_OTHERS]],
                    max(0, len(step.others) - _OTHERS),
                ]
                for step in _trail.steps(asked)
            ],
        }
        more = [*asked.notes, *(f"not known: {key}" for key in asked.missing_context)]
        if more:
            told["notes"] = [text(note) for note in more]
        if probe.message is not None:
            told["said"] = [text(probe.message.text), text(_words.speaker(probe.message)), text(probe.message.basis)]
        return told

    def _statement(self, verdict: StatementVerdict) -> list[Any]:
        """Where, what a person calls it, its elements that settle it, and its text in pieces."""
        text = self._text
        rows = [
            [text(row.name), text(row.value if row.name else ""), text(row.note), row.matched, row.line or 0]
            for row in _statements.rows(verdict)
        ]
        pieces = [[text(piece), hit] for piece, hit in _trail.marked(verdict, lines=30)]
        return [text(self._at(verdict)), text(_statements.place(verdict)), rows, pieces]

    def _at(self, verdict: StatementVerdict) -> str:
        at = _statements.at(verdict)
        return str(at) if at != NOWHERE else _statements.place(verdict)


def _json(value: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    # `<` ends elements and begins comments; the two line separators were no part of strings in older scripts.
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return told.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

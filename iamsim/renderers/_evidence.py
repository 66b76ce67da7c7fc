"""What stands behind every cell of the matrix, as data that the page's script builds from when it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import islice, takewhile
from typing import Any

from iamsim.model.origin import NOWHERE
from iamsim.model.remedy import Remedy
from iamsim.model.report import Need, Probe, ToolResult
from iamsim.model.verdict import StatementVerdict
from iamsim.renderers import _statements, _trail, _words
from iamsim.renderers._matrix import label, link
from iamsim.renderers._sheet import Sheet
from iamsim.renderers._view import acts_as, attempts, necessity_note, noted
from iamsim.renderers._words import NECESSITY, ROLE_USE, STATUS, Label

_FRAME = 80
"""Bytes that the names of the five parts take."""

_OTHERS = 12
"""Statements of a layer that did not decide and are named; the others are counted."""


def script(view: Sheet, room: int) -> str:
    """
    JSON in which no `<` stands, so that nothing in it can end the element around it.

    `texts` holds every text once, and of a text of many lines every line; `parts` every statement, layer and context
    once; elsewhere a number stands for either. The forms of fixes fill a third of `room`, which are bytes, then the
    evidence of decisions what is left, then more forms. Decisions that a finding tells come last, those that are denied
    or unknown first. What does not fit is left out, and the script says where it is. Arrays are used instead of names where there are many.
    """
    told = _Told(view)
    tools = {view.tool_anchors[row.tool.name]: told.tool(row.tool) for row in view.matrix.rows}
    left = room - len(_json([tools, told.texts_since(0), told.parts_since(0)]).encode()) - _FRAME
    told.room = left // 3
    fixes = {number: made for number, remedy in view.numbered if (made := told.fitting(told.forms, remedy))}
    told.room += left - left // 3
    probes = list(takewhile(bool, (told.fitting(told.probe, probe) for probe in told.wanted)))
    for number, remedy in view.numbered:
        if number not in fixes and (made := told.fitting(told.forms, remedy)):
            fixes[number] = made
    return _json(
        {
            "tools": tools,
            "fixes": fixes,
            "probes": probes,
            "parts": told.parts_since(0),
            "texts": told.texts_since(0),
        }
    )


class _Told:
    """
    A report as arrays of numbers.

    `room` is how many bytes are left; `texts` and `parts`, which are JSON, map what has a number to it, in order.
    """

    def __init__(self, view: Sheet) -> None:
        self._view = view
        self.texts: dict[str, int] = {"": 0}
        self.parts: dict[str, int] = {}
        self.wanted = sorted(_asked(view), key=lambda probe: (probe.id in view.finding_of, probe.explanation.allowed))
        self._decisions = {probe.id: number for number, probe in enumerate(self.wanted)}
        self.room = 0

    def fitting(self, write: Callable[[Any], Any], what: object) -> Any:  # noqa: ANN401 - JSON is any of six types
        """What `write` makes of something; None, and nothing of it kept, where it does not fit the room."""
        texts, parts = len(self.texts), len(self.parts)
        made = write(what)
        size = len(_json([made, self.texts_since(texts), self.parts_since(parts)]).encode())
        if size > self.room:
            for found, kept in ((self.texts, texts), (self.parts, parts)):
                while len(found) > kept:
                    found.popitem()
            return None
        self.room -= size
        return made

    def texts_since(self, number: int) -> list[str]:
        """The texts from a number on."""
        return list(islice(self.texts, number, None))

    def parts_since(self, number: int) -> list[Any]:
        """The parts from a number on."""
        return [json.loads(part) for part in islice(self.parts, number, None)]

    def _text(self, value: object) -> int:
        return self.texts.setdefault(_words.clipped(value), len(self.texts))

    def _part(self, made: Any) -> int:  # noqa: ANN401 - JSON is any of six types
        return self.parts.setdefault(_json(made), len(self.parts))

    def _tag(self, label: Label) -> list[Any]:
        return [self._text(label.word), label.tone.value]

    def tool(self, tool: ToolResult) -> dict[str, Any]:
        """One tool with its needs."""
        text = self._text
        return {
            "about": text(tool.description),
            "role": text(ROLE_USE[tool.role]),
            "as": text(acts_as(tool)),
            "outcome": self._tag(STATUS[tool.status]),
            "notes": [text(note) for note in noted(tool)],
            "source": text(tool.source),
            "needs": [self._need(need) for need in tool.needs],
        }

    def _need(self, need: Need) -> list[Any]:
        """Action, what it is and how it comes out, the finding that speaks of it (0 for none), decisions."""
        text, view = self._text, self._view
        counts = ": ".join(filter(None, (NECESSITY[need.requirement.necessity], necessity_note(need))))
        resources = list(need.resources) or ["*"]
        more = [f"set {_words.listed(need.unbound)}"] if need.unbound else []
        counts = "; ".join(filter(None, (counts, view.once(need))))
        return [
            text(need.requirement.action),
            self._part(
                [
                    [text(resource) for resource in (*resources[:_OTHERS], *more)],
                    text(attempts(need)),
                    self._tag(label(view, need)),
                    text(counts),
                ]
            ),
            text(link(view, need)),
            *(
                self._decisions[probe]
                for attempt in need.attempts
                for probe in attempt.probes[:_OTHERS]
                if probe in self._decisions
            ),
        ]

    def probe(self, probe: Probe) -> list[Any]:
        """One decision: action, resource, what else may be the same for many, and what AWS would say."""
        text, asked = self._text, probe.explanation
        context = sorted(asked.request.context.values.items())
        keys = [[text(key), text(", ".join(values))] for key, values in context[:40]]
        notes = [*asked.notes, *(f"not known: {key}" for key in asked.missing_context)]
        alike = [
            self._tag(self._view.answer(probe)),
            text(asked.reason),
            self._part([text(asked.request.principal.arn), keys]),
            [self._part(self._layer(step)) for step in _trail.steps(asked)],
            [text(note) for note in notes],
        ]
        said = probe.message
        words = [text(said.text), text(_words.speaker(said)), text(said.basis)] if said is not None else []
        return [text(asked.request.action), text(asked.request.resource), self._part(alike), *words]

    def _layer(self, step: _trail.Step) -> list[Any]:
        """What a layer says, its name, its statements, those that did not decide with the reason, how many more."""
        text = self._text
        return [
            self._tag(step.label),
            text(step.name),
            [self._part(self._statement(verdict)) for verdict in step.decisive],
            [[text(self._at(v)), text(_trail.why_not(v))] for v in step.others[:_OTHERS]],
            max(0, len(step.others) - _OTHERS),
        ]

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

    def forms(self, remedy: Remedy) -> list[Any]:
        """The forms of a fix: their names, and of each its blocks as title, place, lines and notes."""
        text = self._text
        return [
            [
                text(title),
                [
                    [
                        text(block.title),
                        text(block.place),
                        [text(line) for line in _words.visible(block.text).removesuffix("\n").split("\n")],
                        [text(note) for note in block.notes],
                    ]
                    for block in blocks
                ],
            ]
            for title, blocks in self._view.forms(remedy)
        ]


def _asked(view: Sheet) -> Iterable[Probe]:
    """The decisions that some cell speaks of, each once."""
    found: dict[str, Probe] = {}
    for row in view.matrix.rows:
        for need in row.tool.needs:
            for attempt in need.attempts:
                for probe in view.probes(attempt.probes[:_OTHERS]):
                    found.setdefault(probe.id, probe)
    return found.values()


def _json(value: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    # `<` ends elements and begins comments; the two line separators were no part of strings in older scripts.
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return told.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

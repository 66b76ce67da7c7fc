"""The matrix of tools and the actions that they need: one word for each cell, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from iamsim.model.report import WORST_FIRST, Need, Status, ToolResult
from iamsim.model.verdict import Decision
from iamsim.renderers._view import View
from iamsim.renderers._words import STATUS, Label, Tone

_SHORT = {
    Status.NOT_NEEDED: Label("not needed", Tone.FLAT),
    Status.NO_CREDENTIALS: Label("no creds", Tone.BAD),
    Status.NOT_IAM: Label("not IAM", Tone.FLAT),
    Status.NOT_APPLICABLE: Label("n/a", Tone.FLAT),
}
_SPARED = Label("spared", Tone.FLAT)
_BY_DENY = Label("by Deny", Tone.BAD)
_NO_GAP = Label("denied", Tone.WARN)
_DEPENDS = Label("depends", Tone.OPEN)

LEGEND = (
    (STATUS[Status.ALLOWED], "every request that was asked for it is let through"),
    (STATUS[Status.DENIED], "no statement allows it, and the tool needs it"),
    (_BY_DENY, "an explicit Deny forbids it, and the tool needs it"),
    (_NO_GAP, "denied, and the tool works without it or may do without it"),
    (_DEPENDS, "it depends on a condition key or a parameter that the inputs do not tell"),
    (STATUS[Status.UNKNOWN], "a policy that may apply was not seen, or AWS does not say"),
    (STATUS[Status.BLOCKED], "the call is never made: something before it fails"),
    (_SHORT[Status.NO_CREDENTIALS], "there are no AWS credentials to make the call with"),
    (_SHORT[Status.NOT_NEEDED], "as the server is set up the call is not made"),
    (_SPARED, "another way that the tool has is enough"),
)
"""What the words of the cells mean."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What becomes of one action for one tool; `anchor` is the finding that speaks of it, empty for none."""

    action: str
    label: Label
    anchor: str
    needs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One tool: its cells in the order of the columns, with the number of columns between them that it has nothing in."""

    tool: ToolResult
    cells: tuple[Cell | int, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The columns as services with their actions, and the rows, both the worst first."""

    columns: tuple[tuple[str, tuple[str, ...]], ...]
    rows: tuple[Row, ...]

    @property
    def width(self) -> int:
        """How many columns of actions there are."""
        return sum(len(actions) for _, actions in self.columns)

    @property
    def legend(self) -> tuple[tuple[Label, str], ...]:
        """What the words mean that stand in it."""
        used = {cell.label for row in self.rows for cell in row.cells if isinstance(cell, Cell)}
        return tuple(each for each in LEGEND if each[0] in used)


def matrix(view: View) -> Matrix:
    """The matrix of a report."""
    cells = {tool.name: _cells(view, tool) for tool in view.report.tools}
    columns = _columns(cells.values())
    order = [action for _, actions in columns for action in actions]
    tools = sorted(view.report.tools, key=lambda tool: (*_badness(tool, cells[tool.name]), tool.name))
    return Matrix(columns, tuple(Row(tool, _placed(cells[tool.name], order)) for tool in tools))


def _cells(view: View, tool: ToolResult) -> dict[str, Cell]:
    """The cells of one tool by action, in lower case, as IAM compares them."""
    found: dict[str, list[int]] = {}
    for number, need in enumerate(tool.needs):
        found.setdefault(need.requirement.action.lower(), []).append(number)
    return {action: _cell(view, tool, numbers) for action, numbers in found.items()}


def _cell(view: View, tool: ToolResult, numbers: Sequence[int]) -> Cell:
    needs = [tool.needs[number] for number in numbers]
    counting = [need for need in needs if not need.spared and need.status is not Status.NOT_NEEDED] or needs
    worst = min(counting, key=lambda need: (not need.gap, WORST_FIRST.index(need.status)))
    return Cell(worst.requirement.action, label(view, worst), link(view, worst), tuple(numbers))


def label(view: View, need: Need) -> Label:
    """What becomes of a need, in a word that fits a cell."""
    asked = [p.explanation for attempt in need.attempts for p in view.probes(attempt.probes)]
    if need.spared:
        return _SPARED
    if need.status is Status.DENIED:
        if not need.gap:
            return _NO_GAP
        return _BY_DENY if any(told.decision is Decision.EXPLICIT_DENY for told in asked) else STATUS[need.status]
    if need.status is Status.UNKNOWN and (need.unbound or any(told.missing_context for told in asked)):
        return _DEPENDS
    return _SHORT.get(need.status, STATUS[need.status])


def link(view: View, need: Need) -> str:
    """The anchor of the finding that speaks of a need; empty for none."""
    probes = (probe for attempt in need.attempts for probe in attempt.probes)
    finding = next((view.finding_of[probe] for probe in probes if probe in view.finding_of), None)
    return view.anchors[finding.key] if finding else ""


_TONES = (Tone.BAD, Tone.OPEN, Tone.WARN, Tone.GOOD, Tone.FLAT)


def _columns(rows: Iterable[Mapping[str, Cell]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Services and their actions, those first that are worst for most tools."""
    tones: dict[str, Counter[Tone]] = {}
    names: dict[str, str] = {}
    for row in rows:
        for key, cell in row.items():
            names.setdefault(key, cell.action)
            tones.setdefault(key, Counter())[cell.label.tone] += 1
    services: dict[str, list[str]] = {}
    for key in names:
        services.setdefault(key.partition(":")[0], []).append(key)
    whole = {service: sum((tones[key] for key in keys), Counter()) for service, keys in services.items()}
    return tuple(
        (service, tuple(names[key] for key in sorted(keys, key=lambda key: (*_most(tones[key]), key))))
        for service, keys in sorted(services.items(), key=lambda item: (*_most(whole[item[0]]), item[0]))
    )


def _most(counts: Counter[Tone]) -> tuple[int, ...]:
    return tuple(-counts[tone] for tone in _TONES)


def _badness(tool: ToolResult, cells: Mapping[str, Cell]) -> tuple[int, ...]:
    return WORST_FIRST.index(tool.status), *_most(Counter(cell.label.tone for cell in cells.values()))


def _placed(cells: Mapping[str, Cell], order: Sequence[str]) -> tuple[Cell | int, ...]:
    found: list[Cell | int] = []
    for action in order:
        cell = cells.get(action.lower())
        if cell is not None:
            found.append(cell)
        elif found and isinstance(found[-1], int):
            found[-1] += 1
        else:
            found.append(1)
    return tuple(found)

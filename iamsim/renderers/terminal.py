"""The report for a terminal, or as plain text for a log."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from iamsim.model.finding import Finding, Kind
from iamsim.model.origin import NOWHERE
from iamsim.model.policy import PolicyType
from iamsim.model.remedy import Remedy, RemedyKind
from iamsim.model.report import Message, Report, RoleUse, Status, ToolResult
from iamsim.model.verdict import StatementVerdict
from iamsim.renderers import Renderer, RenderOptions, _statements, _view
from iamsim.renderers._words import (
    ASSUME_STATUS,
    DECISION,
    EXITS,
    KIND,
    ROLE_USE,
    ROLE_USE_MANY,
    STATUS,
    TOKEN_STATUS,
    Label,
    Tone,
    count,
    line,
    listed,
    visible,
)

if TYPE_CHECKING:
    from rich.text import Text


def render(report: Report, options: RenderOptions) -> str:
    """The report as text, verdict first; the same text for equal reports and options."""
    page = _Page(options)
    view = _view.View(report)
    _header(page, view)
    _chain(page, view)
    _assume(page, view)
    _tools(page, view)
    for kind, title in ((Kind.GAP, "Gaps"), (Kind.UNKNOWN, "Unknown")):
        findings = view.of_kind(kind)
        if findings:
            page.section(f"{title} ({len(findings)})")
        for finding in findings:
            _finding(page, view, finding)
    _remedies(page, report.remedies)
    for kind, title in ((Kind.HAZARD, "Hazards, no gaps"), (Kind.NOTE, "Notes")):
        _remarks(page, title, view.of_kind(kind))
    _rest(page, view)
    page.blank()
    page.row(f"exit code {report.exit_code}: ", EXITS.get(report.exit_code, "not known"))
    return page.text()


_STYLE = {
    Tone.GOOD: "green",
    Tone.BAD: "bold red",
    Tone.OPEN: "yellow",
    Tone.WARN: "magenta",
    Tone.FLAT: "bright_black",
}
_DIM = "bright_black"
_DIFF = {"+": "green", "-": "red", "@": "cyan"}
_ASCII = str.maketrans({"✓": "+", "✗": "x", "·": "-", "…": "...", "→": "->", "─": "-", "\u2039": "<", "\u203a": ">"})
_NAME = 34
"""Columns that the name of a tool may take before it wraps."""
_CASES = 6
"""Decisions of one finding that are shown in full; the others are counted."""


class _Page:
    """Lines of text; everything that reaches it is first made harmless, and names are never markup."""

    def __init__(self, options: RenderOptions) -> None:
        from rich.console import Console

        self.options = options
        self.buffer = io.StringIO()
        self.console = Console(
            file=self.buffer,
            width=options.width,
            color_system="standard" if options.color else None,
            force_terminal=options.color,
            no_color=not options.color,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
            force_jupyter=False,
            _environ={},
        )

    def text(self) -> str:
        text = "".join(f"{row.rstrip()}\n" for row in self.buffer.getvalue().split("\n")[:-1])
        return re.sub(r"\n{3,}", "\n\n", text)

    def say(self, text: object, style: str = "", *, block: bool = False) -> Text:
        from rich.text import Text

        shown = visible(text) if block else line(text)
        if not self.options.unicode:
            shown = shown.translate(_ASCII).encode("ascii", "backslashreplace").decode()
        return Text(shown.expandtabs(4), style)

    def blank(self) -> None:
        self.console.print()

    def section(self, title: str) -> None:
        self.blank()
        self.console.print(self.say(title, "bold"))
        self.console.print(self.say("─" * len(title), _DIM))

    def row(self, head: str | Text, text: str | Text, style: str = "", *, indent: int = 0) -> None:
        """One paragraph behind `head`; what wraps stays to the right of it."""
        from rich.table import Table

        first = self.say(" " * indent + head) if isinstance(head, str) else head
        if not first.plain:
            self.console.print(self.say(text, style) if isinstance(text, str) else text)
            return
        grid = Table.grid(padding=0)
        grid.add_column(no_wrap=True, width=first.cell_len)
        grid.add_column(overflow="fold")
        grid.add_row(first, text if not isinstance(text, str) else self.say(text, style))
        self.console.print(grid)

    def facts(self, pairs: Iterable[tuple[str, str | Text]], *, indent: int = 2) -> None:
        """Names and values in two columns."""
        shown = list(pairs)
        wide = max((len(name) for name, _ in shown), default=0)
        for name, value in shown:
            self.row(self.say(" " * indent + name.ljust(wide + 2), _DIM), value)

    def label(self, label: Label, rest: str = "") -> Text:
        return self.say("").append_text(self.say(label, _STYLE[label.tone])).append_text(self.say(rest))

    def verbatim(self, text: str, *, indent: int = 4, diff: bool = False) -> None:
        """Text to be copied: never wrapped, whatever the width."""
        for row in text.rstrip("\n").split("\n"):
            style = _DIFF.get(row[:1], "") if diff and not row.startswith(("+++", "---")) else ""
            self.console.print(self.say(" " * indent + row, style, block=True), soft_wrap=True)


# ---------------------------------------------------------------- the sections, in their order


def _header(page: _Page, view: _view.View) -> None:
    report = view.report
    page.row(page.label(Label("", view.verdict.tone)), page.say(view.verdict.word, f"bold {_STYLE[view.verdict.tone]}"))
    for sentence in view.sentences:
        page.row("  ", sentence)
    page.blank()
    server = " ".join(filter(None, (report.server.name, report.server.version, report.mode and f"mode {report.mode}")))
    page.facts(
        (
            ("role", report.role_arn or "none named"),
            ("server", server),
            *_caller(report),
            *((("its own keys", report.server.base),) if report.server.base else ()),
            ("judged at", report.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")),
        )
    )


def _caller(report: Report) -> Iterable[tuple[str, str]]:
    if report.assume.principal:
        yield "asked by", report.assume.principal
    elif report.assume.status is Status.NO_CREDENTIALS:
        yield "asked by", "nobody: the process has no AWS credentials"


def _chain(page: _Page, view: _view.View) -> None:
    report = view.report
    claims = report.token.claims
    told = [f"{name} {_statements.compact(claims[name])}" for name in ("sub", "iss", "aud") if name in claims]
    page.section("Token → call → role → tools")
    call = report.assume.call
    call_words = f"sts:AssumeRole as session {call.session_name}" if call else "none"
    tools = ", ".join(_tools_that(len(view.group(use)), use) for use in RoleUse if view.group(use))
    page.facts(
        (
            ("token", page.label(TOKEN_STATUS[report.token.status], "; ".join(["", *told]))),
            ("call", call_words),
            ("role", page.label(ASSUME_STATUS[report.assume.status], f"  {report.assume.role_arn or ''}")),
            ("tools", tools or "none"),
        )
    )
    for refusal in report.token.refusals:
        _message(page, refusal, indent=2)
    for name, values in (("stated", report.token.stated), ("sent, not read", report.token.ignored)):
        if values:
            page.facts(((f"claims {name}", listed(values)),))


def _assume(page: _Page, view: _view.View) -> None:
    step = view.report.assume
    page.section("Assuming the role")
    page.facts(view.call_lines)
    probes = view.assume_probes
    if probes:
        page.blank()
    for probe in probes:
        explanation = probe.explanation
        head = page.say(f"  {explanation.request.action.ljust(24)}")
        page.row(head, page.label(DECISION[explanation.decision]))
        sides = ((PolicyType.IDENTITY, "caller's identity policies"), (PolicyType.RESOURCE, "role's trust policy"))
        page.facts(((name, page.label(_statements.side(explanation, kind))) for kind, name in sides), indent=4)
        for layer in _statements.other_layers(explanation):
            page.row(page.say("    also in the way: ", _DIM), layer)
    for message in (*step.invalid, *step.predicted):
        _message(page, message, indent=2)
    if len(step.predicted) > 1:
        page.row("  ", "AWS names one of them; which it checks first is not documented.")
    if step.command:
        page.blank()
        page.row("  ", f"The same call by hand, run as {step.principal or 'the principal of the server'}:")
        page.verbatim(step.command)
    if view.bare_form:
        page.row("  ", view.bare_form)
    for note in step.notes:
        page.row("  note: ", note)


def _tools(page: _Page, view: _view.View) -> None:
    from rich.table import Table

    if not view.report.tools:
        return
    page.section(f"Tools ({len(view.report.tools)})")
    for use in RoleUse:
        tools = view.group(use)
        if not tools:
            continue
        page.row("", f"{_tools_that(len(tools), use)} ({_view.counted(tool.status for tool in tools)})", "bold")
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style=_DIM, expand=False)
        needy = [tool for tool in tools if tool.needs]
        longest = max((len(line(tool.name)) for tool in needy), default=0) + 2
        for title, narrowest, widest in (
            ("  tool", min(longest, _NAME), _NAME),
            ("acts as", 11, 20),
            ("outcome", 9, 18),
            ("needs", None, None),
        ):
            table.add_column(page.say(title), overflow="fold", min_width=narrowest, max_width=widest)
        for tool in needy:
            table.add_row(*_tool_row(page, tool))
        if needy:
            page.console.print(table)
        _needless(page, [tool for tool in tools if not tool.needs])
        page.blank()
    page.row("", "The needs of every tool, one by one, are in the HTML and JSON reports.", _DIM)


def _tools_that(number: int, use: RoleUse) -> str:
    return f"{count(number, 'tool')} {(ROLE_USE if number == 1 else ROLE_USE_MANY)[use]}"


def _tool_row(page: _Page, tool: ToolResult) -> tuple[Text, ...]:
    return (
        page.say(f"  {tool.name}"),
        page.say(_view.acts_as(tool)),
        page.label(STATUS[tool.status]),
        page.say(_view.needs(tool)),
    )


def _needless(page: _Page, tools: Sequence[ToolResult]) -> None:
    """Tools without an IAM need, together by credential and outcome."""
    groups: dict[tuple[str, Label], list[str]] = {}
    for tool in tools:
        groups.setdefault((_view.acts_as(tool), STATUS[tool.status]), []).append(tool.name)
    for (credential, label), names in groups.items():
        page.row(page.say("  with "), page.say(f"{credential}: ").append_text(page.label(label)))
        page.row("    ", ", ".join(names))


def _finding(page: _Page, view: _view.View, finding: Finding) -> None:
    kind = KIND[finding.kind]
    page.row(page.label(kind, "  "), page.say(finding.message, "bold"))
    page.row("   ", f"{finding.severity} severity, {finding.confidence}; rule {finding.rule}", _DIM)
    _cases(page, view.cases(finding), finding)
    for sentence in finding.evidence:
        page.row("   = ", sentence)
    if finding.tools:
        page.row("   = touches ", listed(finding.tools, limit=8))
    for number, remedy in view.remedies.get(finding.key, ()):
        page.row(page.say("   = fix ", "green"), f"{number}: {remedy.title} ({_proof(remedy)})")
    page.blank()


def _cases(page: _Page, cases: Sequence[_view.Case], finding: Finding) -> None:
    """The decisions behind a finding, each statement shown once; without any, where the finding points."""
    shown: set[StatementVerdict] = set()
    for case in cases[:_CASES]:
        explanation = case.explanation
        asked = f"{explanation.request.action} on {listed(case.resources, limit=3)}"
        page.row("   ", page.label(DECISION[explanation.decision], f": {asked}"))
        page.row("   asked by ", explanation.request.principal.arn)
        for verdict in explanation.decisive:
            if verdict not in shown:
                _statement(page, verdict)
            shown.add(verdict)
        page.row("   = ", explanation.reason)
        if explanation.missing_context:
            page.row("   = ", f"not known: {listed(explanation.missing_context)}")
        for note in explanation.notes:
            page.row("   = ", note)
        if case.probe.message:
            _message(page, case.probe.message, indent=3)
    if len(cases) > _CASES:
        page.row("   = ", f"{len(cases) - _CASES} more decisions like these are in the JSON report")
    if not any(case.explanation.decisive for case in cases):
        for origin in (origin for origin in finding.origins if origin != NOWHERE):
            page.row("  --> ", str(origin))


def _statement(page: _Page, verdict: StatementVerdict) -> None:
    """Where the statement is, and the elements that decided, each with its marks below."""
    page.row("  --> ", f"{verdict.statement.origin}   {_statements.place(verdict)}")
    rows = _statements.rows(verdict)
    gutter = max((len(str(row.line)) for row in rows if row.line), default=1)
    for row in rows:
        number = str(row.line or "").rjust(gutter)
        style = _STYLE[{True: Tone.GOOD, False: Tone.BAD, None: Tone.OPEN}[row.matched]]
        carets = "^"
        if row.name:
            written = page.say(f'"{row.name}": {row.value}')
            page.row(page.say(f"  {number} | ", _DIM), written)
            # Marks stand under the value only where it did not wrap.
            if written.cell_len + gutter + len("   | ") <= page.options.width:
                start = len(f'"{row.name}": ')
                carets = " " * start + "^" * (written.cell_len - start)
        head = page.say(f"  {' ' * gutter} | ", _DIM)
        if head.cell_len + len(carets) + 1 + len(row.note) <= page.options.width:
            page.row(head, page.say(f"{carets} {row.note}".rstrip(), style))
        else:
            page.row(head, page.say(carets, style))
            page.row(head.copy(), page.say(row.note, style))


def _message(page: _Page, message: Message, *, indent: int) -> None:
    page.row(" " * indent + "= ", f"{message.speaker} would say (wording {message.basis}):")
    page.row(" " * (indent + 4), message.text)


def _remedies(page: _Page, remedies: Sequence[Remedy]) -> None:
    if not remedies:
        return
    page.section("What to change")
    for number, remedy in enumerate(remedies, 1):
        page.row(page.say(f"fix {number}  ", "bold green"), page.say(remedy.title, "bold"))
        page.row("   = ", _proof(remedy))
        if remedy.proof and remedy.proof.domain:
            page.row("   = asked about ", remedy.proof.domain)
        for widening in remedy.proof.widened[:_CASES] if remedy.proof else ():
            also = f"{widening.principal} could then {widening.action} on {widening.resource}"
            page.row(page.say("   ! ", _STYLE[Tone.WARN]), also)
        if remedy.kind is RemedyKind.INSTRUCTION and remedy.instruction:
            page.row("   ", remedy.instruction)
        for name, value in remedy.settings:
            page.verbatim(f"{name}={value}")
        for edit in remedy.edits:
            page.row("   ", f"{edit.slot} policy of {edit.owner}:")
            page.verbatim(edit.diff, diff=True)
        page.blank()


def _proof(remedy: Remedy) -> str:
    return f"{_view.standing(remedy).word}: {_view.proof(remedy)}"


def _remarks(page: _Page, title: str, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    page.section(f"{title} ({len(findings)})")
    for finding in findings:
        page.row(page.label(KIND[finding.kind], "  "), finding.message)
        for sentence in finding.evidence:
            page.row("   = ", sentence)
        if finding.tools:
            page.row("   = touches ", listed(finding.tools, limit=12))


def _rest(page: _Page, view: _view.View) -> None:
    """What the answer rests on."""
    report = view.report
    inputs = (f"{i.kind}: {i.location}" + (f" ({i.detail})" if i.detail else "") for i in report.inputs)
    settings = (f"{name}={value}" for name, value in sorted(report.settings.items()))
    for title, items in (
        ("Not seen", view.unseen),
        ("Assumed", report.assumptions),
        ("Not decided by IAM", view.caveats),
        ("About the server", report.server.notes),
        ("Read", (*inputs, *settings)),
    ):
        shown = tuple(items)
        if shown:
            page.section(title)
        for item in shown:
            page.row("  ", item)


RENDERER = Renderer("terminal", ".txt", render)

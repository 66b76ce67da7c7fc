"""The report for a terminal, or as plain text for a log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC

from iamsim.model.finding import Finding, Kind
from iamsim.model.origin import NOWHERE
from iamsim.model.remedy import Edit, Remedy
from iamsim.model.report import Message, Report, RoleUse, Status, ToolResult
from iamsim.model.verdict import StatementVerdict
from iamsim.renderers import Renderer, RenderOptions, _fixes, _statements, _view
from iamsim.renderers._blocks import Block, Told
from iamsim.renderers._page import DIM, STYLE, Page, Span, Text, label
from iamsim.renderers._words import (
    ROLE_USE,
    ROLE_USE_MANY,
    STATUS,
    TOKEN_STATUS,
    Label,
    Tone,
    count,
    listed,
    speaker,
    touched,
    unquoted,
    visible,
)


def render(report: Report, options: RenderOptions) -> str:
    """The report as text, verdict first; the same text for equal reports and options."""
    page = new_page(options)
    view = _view.View(report)
    _verdict(page, view)
    if options.brief:
        return page.text()
    _header(page, view)
    if options.against is not None:
        _changed(page, options.against, report)
    _chain(page, view)
    _assume(page, view)
    _tools(page, view)
    told: set[str] = {message.text for message in report.assume.predicted}
    for kind, title in ((Kind.GAP, "Gaps"), (Kind.UNKNOWN, "Unknown")):
        findings = view.counting(kind)
        if findings:
            page.section(f"{title} ({len(findings)})")
        for block in view.blocks(kind):
            if not block.accepted:
                _block(page, block, told)
    for kind, title in ((Kind.HAZARD, "Hazards, no gaps"), (Kind.NOTE, "Notes")):
        _remarks(page, title, view.counting(kind), [block for block in view.blocks(kind) if not block.accepted])
    _policies(page, [finding for finding in report.policies if finding.key not in view.accepted])
    _accepted(page, view)
    _rest(page, view)
    page.blank()
    if view.together:
        page.row("", view.together)
    page.row(f"exit code {report.exit_code}: ", view.exit)
    return page.text()


_DIFF = {"+": "green", "-": "red", "@": "cyan"}
_LONG = 36
"""Lines of a diff from which on only its beginning is shown."""
_SHORT = 12
_ROWS = 8
"""Newly allowed things, settings and the like that are shown; the others are counted."""
_INDENT, _ACTION, _TOOLS = 5, 32, 25
"""Columns before a line of a group, and those that its actions and tools may take; its resources take the rest."""


def new_page(options: RenderOptions) -> Page:
    """An empty page for what `options` describe."""
    # Of rich only this is used: its consoles and tables cost more than the whole check.
    from rich.cells import cell_len
    from rich.color import ColorSystem
    from rich.style import Style

    def cells(text: str) -> int:
        return len(text) if text.isascii() else cell_len(text)

    def paint(text: str, style: str) -> str:
        return Style.parse(style).render(text, color_system=ColorSystem.STANDARD) if options.color else text

    return Page(options, cells, paint)


# ---------------------------------------------------------------- the sections, in their order


def _verdict(page: Page, view: _view.View) -> None:
    verdict = view.verdict
    page.row([(f"{verdict.mark} ", STYLE[verdict.tone])], [(verdict.word, f"bold {STYLE[verdict.tone]}")])


def _header(page: Page, view: _view.View) -> None:
    report = view.report
    for sentence in view.sentences:
        page.row("  ", sentence)
    for warning in report.warnings:
        page.row("  ", [("warning: ", STYLE[Tone.OPEN]), (warning, "")])
    page.blank()
    server = " ".join(filter(None, (report.server.name, report.server.version, report.mode and f"mode {report.mode}")))
    page.facts(
        (
            ("role", report.role_arn or "none named"),
            ("server", server),
            *_caller(report),
            *((("own credentials", report.server.base),) if report.server.base else ()),
            ("judged at", f"{report.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC{view.data_dates}"),
        )
    )


def _changed(page: Page, before: Report, report: Report) -> None:
    from iamsim.renderers import _compared  # noqa: PLC0415 - few reports are compared

    told = _compared.compared(before, report)
    page.section("Since the earlier report")
    page.row("  ", told.sentence)
    for difference in told.differences:
        page.row("  ", [("not the same question: ", STYLE[Tone.OPEN]), (difference, "")])
    for mark, tone, word, changes in (
        ("✗", Tone.BAD, "newly broken", told.broken),
        ("✓", Tone.GOOD, "newly fixed", told.fixed),
        ("!", Tone.WARN, "newly possible", told.possible),
    ):
        for change in changes[:_SHORT]:
            page.row([(f"  {mark} {word}: ", STYLE[tone])], f"{change.what.replace('`', '')}; {change.how}", hang=4)
        if len(changes) > _SHORT:
            page.row("    ", f"{len(changes) - _SHORT} more {word}")


def _caller(report: Report) -> Iterable[tuple[str, str]]:
    if report.assume.principal:
        yield "asked by", report.assume.principal
    elif report.assume.status is Status.NO_CREDENTIALS:
        yield "asked by", "nobody: the process has no AWS credentials"


def _chain(page: Page, view: _view.View) -> None:
    report = view.report
    claims = report.token.claims
    told = [f"{name} {_statements.compact(claims[name])}" for name in ("sub", "iss", "aud") if name in claims]
    page.section("Token → call → role → tools")
    call = report.assume.call
    tools = ", ".join(_tools_that(len(view.group(use)), use) for use in RoleUse if view.group(use))
    page.facts(
        (
            ("token", label(TOKEN_STATUS[report.token.status], "; ".join(["", *told]))),
            *((s.name, label(s.label, f"  {s.step.role_arn}, by {s.step.principal}")) for s in view.way if s.before),
            ("call", f"{view.operation} as session {call.session_name}" if call else "none"),
            ("role", label(view.role_label, f"  {report.assume.role_arn or ''}")),
            *((s.name, label(s.label, f"  {s.step.role_arn}")) for s in view.way if not s.before),
            ("tools", tools or "none"),
        )
    )
    for refusal in report.token.refusals:
        _message(page, refusal, indent=2)
    if report.token.ignored:
        page.row("  ", f"not read by the server: {listed(report.token.ignored)}")


def _assume(page: Page, view: _view.View) -> None:
    step = view.report.assume
    page.section("Assuming the role")
    page.facts(view.call_lines)
    if view.assume_probes:
        page.blank()
        heads: list[Text] = [
            [(head, DIM)] for head in ("the call needs", "caller's policies", "role's trust policy", "")
        ]
        rows: list[Sequence[Text]] = [heads]
        besides: dict[str, list[str]] = {}
        for probe in view.assume_probes:
            told = probe.explanation
            rows.append((told.request.action, *map(label, view.sides(told)), label(view.answer(probe))))
            for layer in _statements.other_layers(told):
                besides.setdefault(layer, []).append(told.request.action)
        page.table(rows)
        for layer, actions in besides.items():
            page.row("  ", f"{listed(actions)}: {layer}", hang=4)
    for message in (*step.invalid, *step.predicted):
        _message(page, message, indent=2)
    if len(step.predicted) > 1:
        page.row("  ", "AWS names one of them; which it checks first is not documented.")
    if step.command:
        page.blank()
        page.row("  ", f"The same call by hand, run as {step.principal or 'the principal of the server'}:")
        page.verbatim(step.command)
        if view.left_out:
            page.row("  ", view.left_out)
    if view.bare_form:
        page.row("  ", view.bare_form)
    for note in step.notes:
        page.row("  note: ", note)


def _tools(page: Page, view: _view.View) -> None:
    if not view.report.tools:
        return
    page.section(f"Tools ({len(view.report.tools)})")
    heads: list[Text] = [[(head, DIM)] for head in ("tool", "acts as", "outcome", "needs")]
    for use in RoleUse:
        tools = view.group(use)
        if not tools:
            continue
        counted = _view.counted(tool.status for tool in tools)
        page.row("", [(f"{_tools_that(len(tools), use)} ({counted})", "bold")])
        needy = [tool for tool in tools if tool.needs or tool.unresolved]
        if needy:
            rows = [_tool_row(view, tool) for tool in needy]
            page.table([heads, *rows] if heads else rows)
            heads = []
        _needless(page, [tool for tool in tools if not tool.needs and not tool.unresolved])
        page.blank()
    for number, (note, names) in enumerate(view.tool_notes):
        if not number:
            page.row("", [("About these tools", "bold")])
        page.row([("  ", ""), (f"{touched(names)}: ", "bold")], note, hang=4)
    page.blank()
    page.row("", [("Every need of every tool, and all that is noted of them, is in the HTML and JSON reports.", DIM)])


def _tools_that(number: int, use: RoleUse) -> str:
    return f"{count(number, 'tool')} {(ROLE_USE if number == 1 else ROLE_USE_MANY)[use]}"


def _tool_row(view: _view.View, tool: ToolResult) -> tuple[Text, ...]:
    return tool.name, _view.acts_as(tool), label(STATUS[tool.status]), view.needs(tool)


def _needless(page: Page, tools: Sequence[ToolResult]) -> None:
    """Tools without an IAM need, together by credential and outcome."""
    groups: dict[tuple[str, Label], list[str]] = {}
    for tool in tools:
        groups.setdefault((_view.acts_as(tool), STATUS[tool.status]), []).append(tool.name)
    for (credential, status), names in groups.items():
        page.row("  with ", [(f"{credential}: ", ""), *label(status)])
        page.row("    ", ", ".join(names))


# ---------------------------------------------------------------- findings and their fixes


def _block(page: Page, block: Block, told: set[str]) -> None:
    """Findings of one cause: what, where, why, and what closes them; words and fixes in `told` are not repeated."""
    first, cases = block.first, block.cases
    page.row(label(block.label, "  "), [(block.title, "bold")])
    page.row("   ", [(block.standing, DIM)])
    if block.grouped and block.by_tool:
        page.row("   ", cases[0].caller)
        _requests(page, block.members)
    elif not block.grouped and (len(cases) > 1 or (cases and first.kind is Kind.UNKNOWN and block.by_tool)):
        page.row("   = asked for ", listed(block.members[0].actions, limit=_ROWS))
    for verdict in block.statements:
        _statement(page, verdict)
    if not block.statements:
        for origin in (origin for origin in first.origins if origin != NOWHERE):
            page.row("  --> ", str(origin))
    for sentence in (*block.reasons, *block.evidence):
        page.row("   = ", sentence)
    if block.looked_through:
        page.row("   = no statement is for it in ", listed(block.looked_through, limit=4), hang=5)
    if block.missing:
        page.row("   = ", f"not known: {listed(block.missing)}")
    if block.message and block.message.text not in told:
        told.add(block.message.text)
        _message(page, block.message, indent=3, of="the first of them" if block.grouped else "")
    if block.tools and not (block.grouped and block.by_tool):
        page.row("   = touches ", touched(block.tools))
    for number, remedy in block.remedies:
        _fix(page, number, remedy, told)
    page.blank()


def _requests(page: Page, members: Sequence[Told]) -> None:
    """One line for every finding: what is denied, on what, and for which tools."""
    actions = [listed(member.actions) for member in members]
    room = page.options.width - _INDENT - min(max(map(len, actions)), _ACTION) - len("  " * 2)
    tools = min(_TOOLS, room // 2)
    page.table(
        (
            (action, _some(page, told.resources, room - tools), _some(page, told.finding.tools, tools))
            for action, told in zip(actions, members, strict=True)
        ),
        indent=_INDENT,
        widest=(_ACTION,),
    )


def _some(page: Page, names: Sequence[str], width: int) -> str:
    """As many of the names as fit, one at least, and how many are left out."""
    shown = len(names)
    while shown > 1 and not page.fits(_and_more(names, shown), width):
        shown -= 1
    text = _and_more(names, shown)
    if page.fits(text, width):
        return text
    left = f", +{len(names) - 1}" if len(names) > 1 else ""
    return visible(names[0])[: width - len(left) - len("…")] + "…" + left


def _and_more(names: Sequence[str], shown: int) -> str:
    return ", ".join(names[:shown]) + (f", +{len(names) - shown}" if shown < len(names) else "")


def _statement(page: Page, verdict: StatementVerdict) -> None:
    """Where the statement is, and the elements that decided, each with its marks below."""
    page.row("  --> ", f"{_statements.at(verdict)}   {_statements.place(verdict)}")
    rows = _statements.rows(verdict)
    gutter = max((len(str(row.line)) for row in rows if row.line), default=1)
    for row in rows:
        number = str(row.line or "").rjust(gutter)
        style = STYLE[{True: Tone.GOOD, False: Tone.BAD, None: Tone.OPEN}[row.matched]]
        room = page.options.width - gutter - len("   | ")
        carets = "^"
        if row.name:
            written = f'"{row.name}": {row.value}'
            page.row([(f"  {number} | ", DIM)], written)
            # Marks stand under the value only where it did not wrap.
            if page.fits(written, room):
                start = len(f'"{row.name}": ')
                carets = " " * start + "^" * (page.size(page.safe(written)) - start)
        head: list[Span] = [(f"  {' ' * gutter} | ", DIM)]
        if page.fits(f"{carets} {row.note}", room):
            page.row(head, [(f"{carets} {row.note}", style)])
        else:
            page.row(head, [(carets, style)])
            page.row(head, [(row.note, style)])


def _message(page: Page, message: Message, *, indent: int, of: str = "") -> None:
    if unquoted(message):
        page.row(" " * indent + "= ", f"{speaker(message)} {unquoted(message)}")
        return
    about = f" of {of}" if of else ""
    page.row(" " * indent + "= ", f"{speaker(message)} would say{about} (wording {message.basis}):")
    page.row(" " * (indent + 4), message.text)


def _fix(page: Page, number: int, remedy: Remedy, told: set[str]) -> None:
    """A remedy where it is first asked for; later its number."""
    if f"fix {number}" in told:
        page.row([("   = ", ""), (f"fix {number}", "green")], f" above: {remedy.title}", hang=5)
        return
    told.add(f"fix {number}")
    page.row([("   = ", ""), (f"fix {number}: ", "bold green")], [(remedy.title, "bold")], hang=5)
    standing(page, remedy, told)
    for edit in remedy.edits:
        _edit(page, edit)


def standing(page: Page, remedy: Remedy, told: set[str]) -> None:
    """What stands behind a remedy and what it widens, and what to do where it is no edit; words in `told` are not repeated."""
    stands = _fixes.standing(remedy)
    style = STYLE[stands.tone] if stands.tone is Tone.WARN else ""
    page.row("     ", [(stands.word, style), (f": {_fixes.proof(remedy)}", "")])
    looked, how, found = _fixes.looked_for(remedy)
    if looked:
        same = how in told
        told.add(how)
        asked = ", ".join(filter(None, (looked, "in the same way" if how and same else how)))
        page.row("     ", [(f"{asked}; {found}", DIM)])
    widened = remedy.proof.widened if remedy.proof else ()
    for widening in widened[:_ROWS]:
        also = f"{widening.principal} could then {widening.action} on {widening.resource}"
        page.row([("     ! ", STYLE[Tone.WARN])], also)
    if len(widened) > _ROWS:
        page.row("     ! ", f"{len(widened) - _ROWS} more are in the JSON report")
    if remedy.instruction:
        page.row("     ", remedy.instruction)
    for name, value in remedy.settings:
        page.verbatim(f"{name}={value}", indent=6)


def _edit(page: Page, edit: Edit) -> None:
    new = "" if edit.before else f", new: {edit.after.name}"
    page.row("     ", f"{edit.slot} policy of {edit.owner}{new}:")
    if edit.before is None:
        rows = _statements.policy_lines(edit.after, page.options.width - len("      "))
    else:
        rows = edit.diff.rstrip("\n").split("\n")
    shown = rows if len(rows) <= _LONG else rows[:_SHORT]
    page.verbatim("\n".join(shown), indent=6, style=diff_style if edit.before else lambda _: "green")
    if len(shown) < len(rows):
        left = f"… {len(rows) - len(shown)} more lines: iamsim fix prints the whole, to be copied"
        page.row("      ", [(left, DIM)])


def diff_style(row: str) -> str:
    """How a line of a unified diff is shown."""
    return "" if row.startswith(("+++", "---")) else _DIFF.get(row[:1], "")


def _remarks(page: Page, title: str, findings: Sequence[Finding], blocks: Sequence[Block]) -> None:
    if not findings:
        return
    page.section(f"{title} ({len(findings)})")
    for block in blocks:
        page.row(label(block.label, "  "), block.title)
        if block.grouped:
            page.row("   = ", ", ".join(dict.fromkeys(action for told in block.members for action in told.actions)))
        for sentence in (*block.reasons, *block.evidence):
            page.row("   = ", sentence)
        if block.tools and not block.grouped:
            page.row("   = touches ", listed(block.tools))


def _policies(page: Page, findings: Sequence[Finding]) -> None:
    """What is wrong with the policies in play by themselves, the worst first."""
    if not findings:
        return
    page.section(f"Policies in play ({len(findings)})")
    for finding in findings[:_ROWS]:
        page.row(f"  {finding.severity:<8}  ", finding.message)
        place = f"{finding.origins[0]}  " if finding.origins else ""
        page.row("  --> ", f"{place}{finding.rule}")
    if len(findings) > _ROWS:
        page.row("  ", f"{len(findings) - _ROWS} more: iamsim lint tells them all")


def _accepted(page: Page, view: _view.View) -> None:
    """What does not count for the gate, and what fails it beside gaps."""
    if view.fails_beside_gaps:
        page.section("Fails too")
    for sentence in view.fails_beside_gaps:
        page.row(label(Label("fails", Tone.BAD), "  "), sentence)
    if view.left:
        page.section(f"Accepted, and still there ({len(view.left)})")
    for finding, why in view.left:
        page.row(f"  {finding.kind}  ", finding.message)
        page.row("   = ", why)


def _rest(page: Page, view: _view.View) -> None:
    """What the answer rests on."""
    report = view.report
    inputs = (f"{i.kind}: {i.location}" + (f" ({i.detail})" if i.detail else "") for i in report.inputs)
    settings = [f"{name}={value}" for name, value in sorted(report.settings.items())]
    if len(settings) > _ROWS:
        settings = [f"{len(settings)} parameters, which the HTML and JSON reports list"]
    for title, items in (
        ("Not seen", view.unseen),
        ("Assumed", report.assumptions),
        ("Not decided by IAM", view.caveats),
        ("About the server", report.server.notes),
        ("Read", (*inputs, *((f"set: {', '.join(settings)}",) if settings else ()))),
    ):
        shown = tuple(items)
        if shown:
            page.section(title)
        for item in shown:
            page.row("  ", item)


RENDERER = Renderer("terminal", ".txt", render)

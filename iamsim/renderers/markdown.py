"""A comment on a pull request: the verdict, a table of what stands in the way, and the details folded away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from iamsim.model.finding import Finding, Kind, Severity
from iamsim.model.remedy import Remedy
from iamsim.model.report import Report
from iamsim.renderers import Renderer, RenderOptions, _fixes, _statements
from iamsim.renderers._blocks import Block
from iamsim.renderers._listing import Listing
from iamsim.renderers._marking import block, code, folded, table, whole
from iamsim.renderers._view import View
from iamsim.renderers._words import count, listed, speaker, touched, unquoted


def render(report: Report, _options: RenderOptions) -> str:
    """The first line is a comment by which a pipeline finds what it wrote before."""
    view = View(report)
    return whole(_parts(view))


def listing(found: Listing, _options: RenderOptions) -> str:
    """Findings about policies in one table, the worst first."""
    counted = Counter(entry.finding.severity for entry in found.entries)
    told = [f"{counted[severity]} {severity}" for severity in Severity if counted[severity]]
    head = f"{count(len(found.entries), 'finding')} ({', '.join(told)})" if told else "nothing found"
    left = [entry for entry in found.entries if entry.accepted is not None]
    new = f"; {len(left)} accepted, {len(found.entries) - len(left)} new" if left else ""
    parts = ["<!-- iamsim lint -->", f"### iamsim lint: {head}{new}", f"Judged: {code(found.about)}"]
    parts += _failing(found.overdue)
    rows = [
        (entry.finding.severity, code(entry.finding.message), code(entry.finding.rule), _place(entry.finding))
        for entry in found.entries
        if entry.accepted is None
    ]
    if rows:
        parts.append(table(("severity", "what", "rule", "where"), rows))
    if left:
        parts.append(_accepted([(entry.finding, entry.why_accepted) for entry in left]))
    return whole(parts)


_STATEMENTS = 3
_DIFF = 80


def _parts(view: View) -> Iterator[str]:
    report = view.report
    yield "<!-- iamsim check -->"
    yield f"### {view.verdict.mark} iamsim check: {view.verdict.word}"
    yield "<br>\n".join(code(sentence) for sentence in view.sentences)
    judged = f"{report.server.name} {report.server.version}"
    yield f"Judged: {code(judged)} with {code(report.role_arn or 'no role')} at {code(f'{report.at:%Y-%m-%d %H:%M:%S %Z}')}"
    yield from _failing(view.fails_beside_gaps)
    found = [each for kind in (Kind.GAP, Kind.UNKNOWN) for each in view.blocks(kind) if not each.accepted]
    if found:
        yield table(("", "what", "where", "fix"), [_row(each) for each in found])
    yield from (_details(each) for each in found)
    for kind in (Kind.HAZARD, Kind.NOTE):
        if others := view.counting(kind):
            yield _others(count(len(others), kind), others)
    if policies := [finding for finding in report.policies if finding.key not in view.accepted]:
        yield _others(f"{count(len(policies), 'finding')} about the policies by themselves", policies)
    if view.left:
        yield _accepted(view.left)
    rests = (*report.assumptions, *view.unseen)
    if rests:
        yield folded("what the answer rests on", ["\n".join(f"- {code(each)}" for each in dict.fromkeys(rests))])


def _others(summary: str, findings: Sequence[Finding]) -> str:
    rows = [(each.severity, code(each.message), _place(each)) for each in findings]
    return folded(summary, [table(("severity", "what", "where"), rows)])


def _accepted(left: Sequence[tuple[Finding, str]]) -> str:
    """What does not count, and why: whoever reviews sees what was let through."""
    rows = [(each.severity, code(each.message), code(why), _place(each)) for each, why in left]
    return folded(f"{len(left)} accepted, and still there", [table(("severity", "what", "why", "where"), rows)])


def _failing(sentences: Sequence[str]) -> list[str]:
    """What it fails for beside gaps."""
    return ["\n".join(f"- {code(each)}" for each in sentences)] if sentences else []


def _row(told: Block) -> tuple[str, ...]:
    fixes = "<br>".join(f"{code(remedy.title)} ({_fixes.standing(remedy).word})" for _, remedy in told.remedies)
    at = next((str(_statements.at(verdict)) for verdict in told.statements), "")
    return f"{told.label.mark} {told.label.word}", code(told.title), code(at) if at else _place(told.first), fixes


def _place(finding: Finding) -> str:
    return code(str(finding.origins[0])) if finding.origins else ""


def _details(told: Block) -> str:
    return folded(f"{told.label.mark} {told.label.word}: {code(told.title)}", _detail(told))


def _detail(told: Block) -> Iterator[str]:
    yield code(told.standing)
    if told.tools:
        yield f"Touches {code(touched(told.tools))}"
    for verdict in told.statements[:_STATEMENTS]:
        yield f"Decided by {code(_statements.place(verdict))} at {code(str(_statements.at(verdict)))}"
        yield block(_statements.statement_text(verdict.statement, lines=40))
        notes = [f"- {code(f'{row.name} {row.note}'.strip())}" for row in _statements.rows(verdict)]
        yield "\n".join(notes)
    if len(told.statements) > _STATEMENTS:
        yield f"and {count(len(told.statements) - _STATEMENTS, 'more statement')}"
    why = [f"- {code(each)}" for each in dict.fromkeys((*told.reasons, *told.evidence))]
    if told.looked_through:
        why.append(f"- no statement allows it; read: {code(listed(told.looked_through, limit=6))}")
    if told.missing:
        why.append(f"- would tell: {code(listed(told.missing, limit=6))}")
    if why:
        yield "\n".join(why)
    message = told.message
    if message is not None:
        instead = unquoted(message)
        yield f"{code(speaker(message))} {code(instead)}" if instead else f"{code(speaker(message))} would say:"
        if not instead:
            yield block(message.text)
    for number, remedy in told.remedies:
        yield from _remedy(number, remedy)


def _remedy(number: int, remedy: Remedy) -> Iterator[str]:
    yield f"**Fix {number}** ({_fixes.standing(remedy).word}): {code(remedy.title)}"
    yield code(_fixes.proof(remedy))
    if remedy.instruction:
        yield code(remedy.instruction)
    if remedy.settings:
        yield block("\n".join(f"{name}={value}" for name, value in remedy.settings))
    for edit in remedy.edits:
        yield f"{edit.slot} policy of {code(edit.owner)}"
        yield block(edit.diff, lines=_DIFF)


RENDERER = Renderer("markdown", ".md", render, listing)

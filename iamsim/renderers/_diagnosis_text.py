"""A diagnosis for a terminal, or as plain text for a log."""

from __future__ import annotations

from iamsim.model.diagnosis import Diagnosis, JudgedCall, RootCause
from iamsim.model.remedy import Edit
from iamsim.renderers import RenderOptions, _diagnosis
from iamsim.renderers._diagnosis import ANSWER, LISTED, RELATION, SEEN, SURE
from iamsim.renderers._page import DIM, Page, label
from iamsim.renderers._words import count, listed
from iamsim.renderers.terminal import new_page

_LONG = 40
"""Lines of an edit that are shown."""


def render(found: Diagnosis, options: RenderOptions) -> str:
    """The diagnosis as text, what answers first at its head; the same text for equal diagnoses and options."""
    page = new_page(options)
    about = f"{found.server or 'no manifest'}   {found.role_arn}".rstrip()
    page.row(label(_diagnosis.verdict(found), "  "), [(about, "bold")])
    page.blank()
    for sentence in found.summary:
        page.row("  - ", sentence)
    if options.brief:
        return page.text()
    _causes(page, found)
    _results(page, found)
    _calls(page, found)
    _plan(page, found)
    for title, sentences in (
        ("What would tell more", found.tells_more),
        ("Assumed", found.assumptions),
        ("Read", [_source(found, number) for number in range(len(found.sources))]),
    ):
        if sentences:
            page.section(title)
        for sentence in sentences:
            page.row("  ", sentence)
    page.blank()
    page.row(f"exit code {found.exit_code}: ", _diagnosis.EXITS.get(found.exit_code, ""))
    return page.text()


def _causes(page: Page, found: Diagnosis) -> None:
    if found.causes:
        page.section(f"What may be behind it ({len(found.causes)})")
    for number, cause in enumerate(found.causes, 1):
        _cause(page, number, cause)
    if found.next_look:
        page.blank()
        page.row([("  look next: ", "bold")], found.next_look, hang=4)


def _cause(page: Page, number: int, cause: RootCause) -> None:
    page.row(f"  {number}. ", [(cause.title, "bold"), (f" ({SURE[cause.confidence]})", DIM)])
    if cause.explains:
        page.row("     = would explain ", listed(cause.explains, limit=LISTED), hang=7)
    for sign, sentences in (("+", cause.evidence_for), ("-", cause.evidence_against)):
        for sentence in sentences[:LISTED]:
            page.row(f"     {sign} ", sentence)
    if cause.would_show:
        page.row("     ? it is so if ", cause.would_show, hang=7)
    for fix in cause.fixes[:LISTED]:
        page.row([("     fix: ", "green")], fix)


def _results(page: Page, found: Diagnosis) -> None:
    groups = _diagnosis.grouped(found)
    if groups:
        page.section(f"Results ({found.numbers.results})")
    for group in groups:
        head = [*label(RELATION[group.relation], "  "), (listed(group.names, limit=LISTED), "bold")]
        page.row("", head, hang=4)
        sure = SURE[group.confidence]
        page.row(
            "    ",
            [(f"predicted {_diagnosis.predicted(group.predicted)}, {SEEN[group.observed].word} ({sure})", DIM)],
        )
        for reason in group.reasons:
            page.row("    = ", reason)
    unseen = _diagnosis.unobserved(found)
    if unseen:
        page.row("  not observed: ", listed(unseen, limit=LISTED), hang=4)


def _calls(page: Page, found: Diagnosis) -> None:
    if found.calls:
        page.section(f"API calls ({sum(call.count for call in found.calls)})")
    shown = _diagnosis.worst_first(found.calls)
    told: set[str] = set()
    for call in shown[:LISTED]:
        _call(page, call, told)
    if len(shown) > LISTED:
        page.row("  ", f"{count(len(shown) - LISTED, 'more kind')} of call in the JSON form")


def _call(page: Page, call: JudgedCall, told: set[str]) -> None:
    """One call; a fix in `told` is named and not shown again."""
    what = f"{call.action or call.operation or 'an unnamed call'} on {call.resource or 'something'}"
    times = f" ({call.count} times)" if call.count > 1 else ""
    page.row(label(ANSWER[call.answer], "  "), [(what, "bold"), (times, DIM)], hang=4)
    if call.principal:
        page.row("    by ", call.principal)
    for reason in call.reasons:
        page.row("    = ", reason)
    for each in call.differs:
        page.row("    ? ", each)
    for remedy in call.remedies:
        page.row([("    fix: ", "green")], f"{remedy.title} ({remedy.disposition})")
        for edit in () if remedy.title in told else remedy.edits:
            _edit(page, edit)
        told.add(remedy.title)
    if call.origin.document:
        page.row("    --> ", str(call.origin))


def _edit(page: Page, edit: Edit) -> None:
    rows = (edit.diff or edit.text).rstrip("\n").split("\n")
    page.verbatim("\n".join(rows[:_LONG]), indent=6)
    if len(rows) > _LONG:
        page.row("      ", f"… {count(len(rows) - _LONG, 'more line')}: --format json has the whole")


def _plan(page: Page, found: Diagnosis) -> None:
    plan = found.plan
    if not plan.trials:
        return
    proven = plan.needs - len(plan.unproven)
    page.section(f"Calls that would prove it ({len(plan.trials)}, for {proven} of {plan.needs} permissions)")
    for trial in plan.trials:
        told = [f"proves {len(trial.proves)}"]
        told += ["changes something"] if trial.writes else []
        told += [f"fill in {listed(trial.to_fill)}"] if trial.to_fill else []
        page.row("  ", [(trial.tool, "bold"), (f"   {', '.join(told)}", DIM)], hang=4)
    page.row("  ", "--plan FILE writes them, for mcp-test (.yaml) or as MCP requests (.json)")


def _source(found: Diagnosis, number: int) -> str:
    source = found.sources[number]
    notes = f" ({'; '.join(source.notes[:4])})" if source.notes else ""
    return f"{source.location}: {source.format.replace('_', '-')}, {source.holds}{notes}"

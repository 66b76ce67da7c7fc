"""A diagnosis as a comment on a pull request or an issue."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.diagnosis import Diagnosis, JudgedCall, RootCause
from iamsim.renderers import RenderOptions, _diagnosis
from iamsim.renderers._diagnosis import ANSWER, LISTED, RELATION, SEEN, SURE
from iamsim.renderers._marking import block, code, folded, table, whole
from iamsim.renderers._words import count, listed


def render(found: Diagnosis, _options: RenderOptions) -> str:
    """The first line is a comment by which a pipeline finds what it wrote before."""
    return whole(_parts(found))


def _parts(found: Diagnosis) -> Iterator[str]:
    label = _diagnosis.verdict(found)
    yield "<!-- iamsim diagnose -->"
    yield f"### {label.mark} iamsim diagnose: {label.word}"
    yield "\n".join(f"- {code(sentence)}" for sentence in found.summary)
    for number, cause in enumerate(found.causes, 1):
        yield _cause(number, cause)
    if found.next_look:
        yield f"**Look next:** {code(found.next_look)}"
    groups = _diagnosis.grouped(found)
    if groups:
        rows = [
            (
                f"{RELATION[group.relation].mark} {RELATION[group.relation].word}",
                code(listed(group.names, limit=LISTED)),
                code(_diagnosis.predicted(group.predicted)),
                SEEN[group.observed].word,
                "<br>".join(code(reason) for reason in group.reasons),
            )
            for group in groups
        ]
        yield table(("relation", "results", "predicted", "observed", "why"), rows)
    for call in _diagnosis.worst_first(found.calls)[:LISTED]:
        yield _call(call)
    if found.plan.trials:
        rows_ = [
            (
                code(trial.tool),
                str(len(trial.proves)),
                "yes" if trial.writes else "",
                code(listed(trial.to_fill)) if trial.to_fill else "",
            )
            for trial in found.plan.trials
        ]
        yield folded(
            f"{count(len(found.plan.trials), 'call')} that would prove the permissions",
            [table(("tool", "proves", "changes something", "fill in"), rows_)],
        )
    rests = (*found.assumptions, *found.tells_more)
    if rests:
        yield folded("what is assumed, and what would tell more", ["\n".join(f"- {code(each)}" for each in rests)])


def _cause(number: int, cause: RootCause) -> str:
    lines = [f"would explain {code(listed(cause.explains, limit=LISTED))}"] if cause.explains else []
    lines += [f"for: {code(each)}" for each in cause.evidence_for[:LISTED]]
    lines += [f"against: {code(each)}" for each in cause.evidence_against[:LISTED]]
    lines += [f"it is so if {code(cause.would_show)}"] if cause.would_show else []
    lines += [f"fix: {code(each)}" for each in cause.fixes[:LISTED]]
    return folded(
        f"{number}. {code(cause.title)} ({SURE[cause.confidence]})", ["\n".join(f"- {line}" for line in lines)]
    )


def _call(call: JudgedCall) -> str:
    label = ANSWER[call.answer]
    what = f"{call.action or call.operation or 'an unnamed call'} on {call.resource or 'something'}"
    lines = [f"by {code(call.principal)}"] if call.principal else []
    lines += [code(each) for each in (*call.reasons, *call.differs)]
    parts = ["\n".join(f"- {line}" for line in lines)] if lines else []
    for remedy in call.remedies:
        parts.append(f"fix: {code(remedy.title)} ({remedy.disposition})")
        parts += [block(edit.diff or edit.text) for edit in remedy.edits]
    return folded(f"{label.mark} {label.word}: {code(what)}", parts)

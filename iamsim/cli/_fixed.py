"""What `iamsim fix` says: what closes each gap, what is left and why, and the blocks to apply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from iamsim import fix
from iamsim.fix import Block
from iamsim.model.finding import Finding, Kind
from iamsim.model.remedy import Disposition, Edit, Reason, Remedy, RemedyKind, Together
from iamsim.model.report import Report
from iamsim.renderers import RenderOptions
from iamsim.renderers._page import DIM, STYLE, Page, label
from iamsim.renderers._view import View
from iamsim.renderers._words import Label, Tone, count
from iamsim.renderers.terminal import diff_style, new_page, standing

_DEFAULT = "diff"
"""The form of edits whose source is written in none of the forms, as a new policy in a folder of JSON files is."""


@dataclass(frozen=True, slots=True)
class Made:
    """A block with the form that it is written in, by its id and its name for people, and the ending of its file."""

    form: str
    title: str
    extension: str
    block: Block


@dataclass(frozen=True, slots=True)
class Fixed:
    """
    What was found and what becomes of it.

    `before` is the report with its gaps, `after` that of a check with the edits of `done` made; both as they may be
    shown. `named` are the ids of remedies that were asked for. `unless` are the policy types that were not seen and
    that alone keep more gaps from being closed for sure, as `--assume-none` takes them; `then` how many would be.
    """

    before: Report
    after: Report
    done: Together
    named: frozenset[str] = frozenset()
    unless: tuple[str, ...] = ()
    then: int = 0


def blocks(edits: tuple[Edit, ...], names: tuple[str, ...]) -> Iterator[Made]:
    """The blocks of the edits in the forms that are named; else each edit in that of its source."""
    if names:
        chosen = dict.fromkeys(names, edits)
    else:
        chosen = {}
        for edit in edits:
            name = next(iter(fix.fitting((edit,))), _DEFAULT)
            chosen[name] = (*chosen.get(name, ()), edit)
    for name, some in chosen.items():
        form = fix.form(name)
        for block in form.write(some):
            # What a form has no words for is shown as the policy itself.
            extension = ".json" if block.language == "json" else form.extension
            yield Made(name.replace("_", "-"), form.title, extension, block)


def text(fixed: Fixed, made: Sequence[Made], options: RenderOptions) -> str:
    """The fixes as text: what they do as one, each gap with what closes it, the blocks."""
    page = new_page(options)
    gaps = _Gaps(page, View(fixed.before), fixed, set())
    gaps.head()
    gaps.closed()
    gaps.left()
    gaps.accepted()
    for number, each in enumerate(made, 1):
        _block(page, number, len(made), each)
    page.blank()
    page.row(f"exit code {fixed.after.exit_code}: ", ending(fixed.after, len(fixed.done.edits)))
    return page.text()


def ending(after: Report, edits: int = 0) -> str:
    """What a check says once as many edits are made, in one line."""
    once = f"once {'it is' if edits == 1 else 'they are'} made: " if edits else ""
    return f"{once}{View(after).verdict.word}"


def summary(done: Together, *, safe: bool = False) -> Label:
    """How many gaps are closed, by how many edits, and whether they allow more; `safe`: others that widen would close some."""
    gaps = _gaps(done)
    if not gaps:
        return Label("There is no gap to close", Tone.GOOD)
    if not done.edits:
        return Label(f"No {'safe ' if safe else ''}edit closes any of {count(gaps, 'gap')}", Tone.BAD)
    one = len(done.edits) == 1
    what = f"{count(len(done.edits), 'edit')} {'closes' if one else 'close'} {len(done.closed)} of {count(gaps, 'gap')}"
    if done.widens:
        return Label(f"{what}, and {'lets' if one else 'let'} more through than the tools need", Tone.WARN)
    return Label(f"{what}, and {'allows' if one else 'allow'} nothing else", Tone.WARN if done.left else Tone.GOOD)


# ---------------------------------------------------------------- the parts of the text

_WHY = {
    Reason.WIDENS: "what closes it lets more through than the tools need; --widen takes it",
    Reason.INSTRUCTION: "no edit of a policy is sure to close it",
    Reason.TOO_LONG: "what closes it makes a policy longer than AWS takes",
    Reason.CLASHES: "what closes it does not go together with the edits that are taken; --remedy takes it alone",
    Reason.NOT_TAKEN: "what closes it was not named",
    Reason.NOTHING: "no fix closes the whole of it",
}


@dataclass(frozen=True, slots=True)
class _Gaps:
    """The gaps with what becomes of them, on a page; words in `told` are not repeated."""

    page: Page
    view: View
    fixed: Fixed
    told: set[str]

    def head(self) -> None:
        done, named = self.fixed.done, self.fixed.named
        words = summary(done, safe=self.fixed.before.widened is not None)
        self.page.row([(f"{words.mark} ", STYLE[words.tone])], [(words.word, f"bold {STYLE[words.tone]}")])
        if done.edits:
            disposition = Disposition.WIDENS if done.widens else Disposition.SAFE
            whole = Remedy("", "", done.closed, RemedyKind.EDIT, "", disposition, done.edits, proof=done.proof)
            standing(self.page, whole, self.told)
        numbered = {number: remedy for several in self.view.remedies.values() for number, remedy in several}
        for number, remedy in sorted(numbered.items()):
            if remedy.id in named - set(done.remedies) and remedy.kind is RemedyKind.EDIT:
                self.page.row("     ", f"fix {number} is not among them: it does not go together with those before it")
        wider = self.fixed.before.widened
        if wider is not None and not done.widens:
            self.page.row("     ", f"with --widen {len(wider.closed)} of {count(_gaps(wider), 'gap')} would be closed")
        if self.fixed.unless:
            where = "where none is attached" if len(self.fixed.unless) == 1 else "where none of them is attached"
            closed = f"{self.fixed.then} of {count(_gaps(done), 'gap')} would be closed"
            self.page.row("     ", f"with --assume-none {','.join(self.fixed.unless)}, {where}, {closed}")

    def closed(self) -> None:
        self.section("Closed", [(key, None) for key in self.fixed.done.closed])

    def left(self) -> None:
        self.section("Left", [(each.finding, each.reason) for each in self.fixed.done.left])

    def accepted(self) -> None:
        left = [(finding, why) for finding, why in self.view.left if finding.kind is Kind.GAP]
        if left:
            self.page.section(f"Accepted, and left as they are ({len(left)})")
        for finding, why in left:
            self.page.row("  gap  ", finding.message)
            self.page.row("   = ", why)

    def section(self, title: str, gaps: Iterable[tuple[str, Reason | None]]) -> None:
        """Gaps with their fixes; those of the same fixes together."""
        findings = {finding.key: finding for finding in self.view.of_kind(Kind.GAP)}
        groups: dict[tuple[Reason | None, tuple[tuple[int, Remedy], ...]], list[Finding]] = {}
        for key, reason in gaps:
            groups.setdefault((reason, self.view.remedies.get(key, ())), []).append(findings[key])
        if groups:
            self.page.section(f"{title} ({sum(map(len, groups.values()))})")
        for (reason, remedies), found in groups.items():
            for finding in found:
                self.page.row(label(Label("gap", Tone.BAD if reason else Tone.GOOD), "  "), finding.message)
            if reason:
                self.page.row("   = ", _WHY[reason])
            self.fixes(remedies)
            self.page.blank()

    def fixes(self, remedies: tuple[tuple[int, Remedy], ...]) -> None:
        """The fixes that are taken in a line each, then what could be done instead."""
        taken = [(number, remedy) for number, remedy in remedies if remedy.id in self.fixed.done.remedies]
        for number, remedy in taken:
            self.page.row([("   = ", ""), (f"by fix {number}: ", STYLE[Tone.GOOD])], remedy.title, hang=5)
        also = "or " if taken else ""
        for number, remedy in remedies:
            if (number, remedy) in taken:
                continue
            head = [("   = ", ""), (f"{also}fix {number}: ", "")]
            also = "or "
            if f"fix {number}" in self.told:
                self.page.row(head, f"{remedy.title} (above)", hang=5)
                continue
            self.told.add(f"fix {number}")
            self.page.row(head, [(remedy.title, "bold")], hang=5)
            standing(self.page, remedy, self.told)


def _gaps(done: Together) -> int:
    return len(done.closed) + len(done.left)


def _block(page: Page, number: int, of: int, made: Made) -> None:
    page.section(f"{made.title}, {number} of {of}: {made.block.title}")
    if made.block.place:
        page.row([("--> ", DIM)], made.block.place)
    for note in made.block.notes:
        page.row([("note: ", STYLE[Tone.OPEN])], note)
    page.blank()
    page.verbatim(made.block.text, indent=0, style=diff_style if made.block.language == "diff" else _plain)


def _plain(_row: str) -> str:
    return ""

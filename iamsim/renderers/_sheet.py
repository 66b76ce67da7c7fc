"""What only the HTML page asks of a report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Any

from iamsim import documents, fix, quotas
from iamsim.errors import IamsimError
from iamsim.fix import Block
from iamsim.model.finding import Finding, Kind, Severity
from iamsim.model.origin import NOWHERE
from iamsim.model.remedy import Edit, Remedy
from iamsim.model.report import OPTIONAL, UNKNOWNS, Report, RoleUse, Status
from iamsim.renderers import _chain, _fixes, _matrix, _statements, _trail, _view, _words
from iamsim.renderers._chain_parts import Chain
from iamsim.renderers._words import CREDENTIAL, ROLE_USE, count, listed

if TYPE_CHECKING:
    from markupsafe import Markup

_OWN = "diff"
"""The form that the page shows without scripts."""

_PATCH = "json_patch"


class Sheet(_view.View):
    """The view, with what only a page needs."""

    kinds = Kind
    uses = RoleUse
    statuses = Status
    nowhere = NOWHERE
    severities = tuple(Severity)
    chain_headings = _chain.HEADINGS
    unneeded_rule = "unneeded-permissions"
    at = staticmethod(_statements.at)
    clipped = staticmethod(_words.clipped)
    looked_for = staticmethod(_fixes.looked_for)
    marked = staticmethod(_trail.marked)
    place = staticmethod(_statements.place)
    rows = staticmethod(_statements.rows)
    steps = staticmethod(_trail.steps)
    why_not = staticmethod(_trail.why_not)
    acts_as = staticmethod(_view.acts_as)
    proof = staticmethod(_fixes.proof)
    standing = staticmethod(_fixes.standing)
    counted = staticmethod(_view.counted)
    policy_text = staticmethod(documents.text)
    other_layers = staticmethod(_statements.other_layers)

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self._told: dict[str, str] = {}
        self._opened: set[str] = set()

    @property
    def moment(self) -> str:
        """The moment judged, in UTC."""
        return self.report.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

    @property
    def counts(self) -> str:
        """How many findings count, how many tools work, and how many of both are open."""
        statuses = Counter(tool.status for tool in self.report.tools)
        bad = sum(statuses[status] for status in _view.TROUBLED) - statuses[Status.UNKNOWN]
        open_ = statuses[Status.UNKNOWN]
        return (
            f"{count(len(self.counting(Kind.GAP)), 'gap')}, {count(len(self.counting(Kind.UNKNOWN)), 'unknown')}; "
            f"of the tools {len(self.report.tools) - bad - open_} pass, {bad} fail, {open_} open"
        )

    @property
    def threshold(self) -> str:
        """What fails the check."""
        whole = {UNKNOWNS: "unknowns", OPTIONAL: "needs that a tool can do without"}
        found = ["gaps"]
        for level in self.report.fail_on:
            which, _, severity = level.partition(":")
            what = "hazards" if which == "hazard" else "lint findings"
            found.append(whole.get(level) or f"{what} of {severity} severity or more")
        return listed(found)

    @cached_property
    def _drawn(self) -> Chain:
        return _chain.chain(self)

    @property
    def drawing(self) -> Markup:
        """The chain from the token to the tools, drawn."""
        from iamsim.renderers import _chain_drawing  # noqa: PLC0415 - with markupsafe, which comes with jinja2

        return _chain_drawing.drawing(self._drawn)

    @property
    def chain_rows(self) -> tuple[_chain.Row, ...]:
        """The chain as rows of a table."""
        return _chain.rows(self._drawn)

    @cached_property
    def matrix(self) -> _matrix.Matrix:
        """Tools and the actions they need."""
        return _matrix.matrix(self)

    @staticmethod
    def short(action: str) -> str:
        """An action without its service, which stands above it."""
        return _words.clipped(action.partition(":")[2] or action)

    @property
    def role_uses(self) -> Mapping[str, str]:
        """The uses of the role that there are, in words."""
        used = {tool.role for tool in self.report.tools}
        return {use.value: ROLE_USE[use] for use in RoleUse if use in used}

    @property
    def credentials(self) -> Mapping[str, str]:
        """The credentials that there are, in words."""
        used = {credential for tool in self.report.tools for credential in tool.credentials}
        return {each.value: word for each, word in CREDENTIAL.items() if each in used}

    @cached_property
    def noted(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What is noted of the tools, with the tools that it is noted of, in the order of the matrix."""
        found: dict[str, list[str]] = {}
        for row in self.matrix.rows:
            tool = row.tool
            for note in _view.noted(tool):
                found.setdefault(note, []).append(tool.name)
        return tuple((note, tuple(names)) for note, names in found.items())

    @property
    def unneeded(self) -> tuple[Finding, ...]:
        """What is granted and needed by no tool."""
        return tuple(finding for finding in self.of_kind(Kind.NOTE) if self.is_unneeded(finding))

    def is_unneeded(self, finding: Finding) -> bool:
        """Whether a finding is about what is granted and needed by no tool."""
        return finding.rule == self.unneeded_rule

    def first_told(self, id: str, finding: Finding) -> str:
        """The anchor where the remedy `id` is told in full: that of the first finding that asks."""
        return self._told.setdefault(id, self.anchors[finding.key])

    def opens(self, what: str) -> bool:
        """Whether this is the first of its sort on the page, which stands open; the others wait for a click."""
        first = what not in self._opened
        self._opened.add(what)
        return first

    def claims(self) -> tuple[tuple[str, str], ...]:
        """The claims of the token, values other than text as JSON."""
        told = sorted(self.report.token.claims.items())
        return tuple((name, value if isinstance(value, str) else _json(value)) for name, value in told)

    # ------------------------------------------------------------ fixes

    @cached_property
    def numbered(self) -> tuple[tuple[int, Remedy], ...]:
        """Every remedy that some finding asks for, with its number, in the order of the numbers."""
        found = {number: remedy for several in self.remedies.values() for number, remedy in several}
        return tuple(sorted(found.items(), key=lambda item: item[0]))

    @cached_property
    def _forms(self) -> Mapping[str, fix.Form]:
        return {name: form for name, form in fix.forms().items() if name != _OWN}

    def forms(self, remedy: Remedy) -> tuple[tuple[str, tuple[Block, ...]], ...]:
        """
        The edits of a remedy as whole policies and in every language there is, that of their source first.

        None for an instruction.
        """
        if not remedy.edits:
            return ()
        found = [("JSON", tuple(map(_whole, remedy.edits)))]
        fitting = set(fix.fitting(remedy.edits)) - {_PATCH}
        for name, form in sorted(self._forms.items(), key=lambda item: (item[0] == _PATCH, item[0])):
            # A patch that makes a new document is that document.
            edits = tuple(edit for edit in remedy.edits if edit.before) if name == _PATCH else remedy.edits
            try:
                blocks = form.write(edits) if edits else ()
            except IamsimError:  # an edit that has no such form has the others
                continue
            if blocks:
                found.insert(0 if name in fitting else len(found), (form.title, blocks))
        return tuple(found)

    @staticmethod
    def size(edit: Edit) -> str:
        """How long a policy is after its edit and how long it may be; empty where AWS's limit is not known."""
        quota = quotas.of(edit)
        if quota is None:
            return ""
        length = quota.length(documents.text(edit.after))
        unit = "bytes" if quota.counted is quotas.Counted.BYTES else "characters"
        of = f"{quota.limit:,} {unit}"
        if quota.together:
            return f"{length:,} of the {of} that all inline policies of its owner may have together"
        return f"{length:,} of {of}{', which AWS raises on request' if quota.raisable else ''}"

    @staticmethod
    def hunks(diff: str) -> tuple[tuple[str, str], ...]:
        """The lines of a diff, those of one sort together: `add`, `del`, `hunk`, or empty for what stays."""
        found: list[tuple[str, str]] = []
        for row in diff.rstrip("\n").split("\n"):
            kind = "hunk" if row.startswith(("+++", "---", "@@")) else {"+": "add", "-": "del"}.get(row[:1], "")
            if found and found[-1][0] == kind:
                found[-1] = (kind, f"{found[-1][1]}\n{row}")
            else:
                found.append((kind, row))
        return tuple(found)


def _whole(edit: Edit) -> Block:
    """The policy after an edit."""
    where = edit.before.origin.document if edit.before else ""
    title = f"the {edit.slot} policy of {edit.owner}{' after the edit' if edit.before else ''}"
    return Block(title, edit.text or documents.text(edit.after), "json", where)


def _json(value: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    return json.dumps(value, ensure_ascii=False, default=str)

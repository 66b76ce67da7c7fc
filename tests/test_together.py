"""After all safe fixes nothing is left that an edit could safely close; merged edits do what each of them did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from iamsim import proof
from iamsim.check import Inputs
from iamsim.model.finding import Kind
from iamsim.model.remedy import Disposition, Reason, RemedyKind, Together
from tests import setups, variants

WORKING = "rules/missing-permission/clean"


def broken(given: Inputs, done: Together, judged: setups.Judged) -> Iterator[str]:
    """Where a second check, on the edited organization, says something else than the first said it would."""
    gaps = {finding.key for finding in judged.report.findings if finding.kind is Kind.GAP}
    if {*done.closed, *(left.finding for left in done.left)} != gaps:
        yield "a gap is neither closed nor left"
    if not done.edits:
        return
    again = setups.judged(replace(given, organization=proof.edited(given.organization, done.edits))).report
    open_ = {finding.key: finding for finding in again.findings if finding.kind is Kind.GAP}
    yield from (f"{key} is said to be closed" for key in done.closed if key in open_)
    for remedy in again.remedies:
        safe = remedy.kind is RemedyKind.EDIT and (done.widens or remedy.disposition is Disposition.SAFE)
        reasons = {left.reason for left in done.left if left.finding in remedy.findings}
        if safe and not reasons & {Reason.CLASHES, Reason.TOO_LONG}:
            yield f"{remedy.title} is left, and safe: {remedy.findings}"


def both(judged: setups.Judged) -> tuple[Together, ...]:
    return tuple(done for done in (judged.report.together, judged.report.widened) if done is not None)


@pytest.mark.parametrize("folder", setups.setups("accounts", "remedies", "rules"), ids=setups.named)
def test_after_all_safe_fixes_a_second_check_finds_no_gap_that_a_safe_edit_closes(folder: Path, monkeypatch):
    given = setups.read(folder, monkeypatch)
    judged = setups.judged(given)
    assert [word for done in both(judged) for word in broken(given, done, judged)] == []


def test_no_pair_of_faults_leaves_a_gap_that_a_safe_edit_closes(monkeypatch):
    base = variants.with_more_tools(setups.read(setups.FIXTURES / WORKING, monkeypatch))
    found, taken = {}, set()
    # Every seventh of the pairs: each fault on the way to the role with some on the way to the data.
    for name, given in islice(variants.variants(base), 0, None, 7):
        judged = setups.judged(given)
        for done in both(judged):
            taken.add(len(done.remedies))
            found |= {name: said} if (said := list(broken(given, done, judged))) else {}
    assert found == {}
    assert taken == {0, 1, 2, 3}

"""From facts to findings to remedies: nothing that stands in the way is left out, and nothing is left without a way on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from iamsim import gate
from iamsim.errors import InputError
from iamsim.model.finding import Finding, Kind
from iamsim.model.remedy import RemedyKind
from iamsim.model.report import Report, Status
from iamsim.model.tool import Necessity
from tests import setups, variants

WORKING = "rules/missing-permission/clean"
OTHERS = (
    "remedies/permission/identity",
    "remedies/permission/two-accounts",
    "remedies/permission/key-policy",
    "accounts/example-s3-iam-search-fixed",
)


def left_open(judged: setups.Judged) -> Iterator[str]:
    """What a reader of the report would not be told."""
    report = judged.report
    yield from (f"two findings are called {key}" for key, n in Counter(f.key for f in report.findings).items() if n > 1)
    yield from (f"no way on from {gap.key}: {gap.message}" for gap in _gaps(report) if not _way_on(report, gap))
    yield from (f"{remedy.title} answers nothing" for remedy in report.remedies if not remedy.findings)
    yield from _untold(report)
    code = gate.exit_code(report)
    if code == gate.PASSED and report.assume.status not in (Status.ALLOWED, Status.NOT_APPLICABLE):
        yield f"passed, and the role is {report.assume.status}"


def _gaps(report: Report) -> tuple[Finding, ...]:
    return tuple(finding for finding in report.findings if finding.kind is Kind.GAP)


def _way_on(report: Report, gap: Finding) -> bool:
    """Whether an instruction answers the gap, or proven edits close every decision behind it."""
    answers = [remedy for remedy in report.remedies if gap.key in remedy.findings]
    fixed = {name for remedy in answers if remedy.proof for name in remedy.proof.fixed}
    told = any(remedy.kind is RemedyKind.INSTRUCTION and remedy.instruction for remedy in answers)
    return told or (bool(gap.probes) and set(gap.probes) <= fixed)


def _untold(report: Report) -> Iterator[str]:
    """Needs that came out badly and no finding speaks of."""
    gaps = [f for f in report.findings if f.kind is Kind.GAP]
    unknown = [f for f in report.findings if f.kind is Kind.UNKNOWN]
    steps = {Status.DENIED: gaps, Status.INVALID: gaps, Status.NO_CREDENTIALS: gaps, Status.UNKNOWN: unknown}
    if report.assume.status in steps and not any(f.step != "tools" for f in steps[report.assume.status]):
        yield f"the role is {report.assume.status}"
    for tool in report.tools:
        for need in tool.needs:
            if need.requirement.necessity is Necessity.OPTIONAL:
                continue
            what = f"{need.requirement.action} of {tool.name} is {need.status}"
            if need.gap and not any(tool.name in f.tools for f in gaps):
                yield what
            if need.status is Status.UNKNOWN and not any(tool.name in f.tools for f in unknown + gaps):
                yield what


@pytest.mark.parametrize("folder", setups.setups("accounts", "rules", "remedies"), ids=setups.named)
def test_no_set_up_leaves_anything_open(folder: Path, monkeypatch):
    assert list(left_open(setups.judged(setups.read(folder, monkeypatch)))) == []


def test_no_pair_of_faults_leaves_anything_open(monkeypatch):
    base = variants.with_more_tools(setups.read(setups.FIXTURES / WORKING, monkeypatch))
    codes = Counter()
    found = {}
    for name, given in variants.variants(base):
        judged = setups.judged(given)
        codes[gate.exit_code(judged.report)] += 1
        found |= {name: said} if (said := list(left_open(judged))) else {}
    assert found == {}
    assert codes[gate.GAPS] > 500


@pytest.mark.parametrize("name", OTHERS)
def test_no_single_fault_leaves_anything_open_elsewhere(name, monkeypatch):
    base = variants.with_more_tools(setups.read(setups.FIXTURES / name, monkeypatch))
    faults = {**variants.ROLE, **variants.DATA}
    found = {fault: list(left_open(setups.judged(change(base)))) for fault, change in faults.items()}
    assert {fault: said for fault, said in found.items() if said} == {}


def test_each_fault_on_the_way_to_the_role_is_noticed(monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    unnoticed = {
        name
        for name, change in variants.ROLE.items()
        if gate.exit_code(setups.judged(change(base)).report) == gate.PASSED
    }
    # This server sends no tags, whatever the token carries, and takes any subject.
    harmless = {
        "the token carries tags",
        "the token carries a tag that is too long",
    }
    assert unnoticed == {"the role can be assumed"} | harmless


def test_findings_come_gaps_first_and_remedies_safe_edits_first(monkeypatch):
    report = setups.judged(setups.read(setups.FIXTURES / "accounts/quilt-external-id", monkeypatch)).report
    kinds = [list(Kind).index(finding.kind) for finding in report.findings]
    assert kinds == sorted(kinds)
    order = [(remedy.disposition == "widens", remedy.kind == "instruction") for remedy in report.remedies]
    assert order == sorted(order)
    assert [remedy.id for remedy in report.remedies] == [f"r{n}" for n in range(1, len(report.remedies) + 1)]


def test_the_key_of_a_finding_does_not_depend_on_what_else_is_found(monkeypatch):
    alone = setups.judged(setups.read(setups.FIXTURES / "rules/missing-permission/flagged", monkeypatch)).report
    base = setups.read(setups.FIXTURES / "rules/missing-permission/flagged", monkeypatch)
    among = setups.judged(variants.with_more_tools(base)).report
    key = next(finding.key for finding in alone.findings if finding.rule == "missing-permission")
    assert key in {finding.key for finding in among.findings}


def test_findings_about_long_names_keep_apart(monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    path = "x" * 200
    moved = variants.caller(f"arn:aws:iam::{variants.OWN}:user/{path}/operator", user=True)(base)
    report = setups.judged(variants.with_more_tools(moved)).report
    keys = [finding.key for finding in report.findings]
    assert len(keys) == len(set(keys))
    assert len([key for key in keys if key.startswith("missing-permission")]) >= 1


def test_tags_that_nobody_told_about_are_unknown_and_no_gap(monkeypatch):
    base = setups.read(setups.FIXTURES / "remedies/assume-statements/session-tags", monkeypatch)
    report = setups.judged(variants.without_claims(base)).report
    found = [finding for finding in report.findings if finding.subject == "sts:TagSession"]
    assert [finding.kind for finding in found] == [Kind.UNKNOWN]
    assert "--claim session_tags={} when it carries none" in found[0].evidence[0]


def test_the_external_id_case_ends_with_an_edit_that_closes_all_of_it(monkeypatch):
    report = setups.judged(setups.read(setups.FIXTURES / "accounts/quilt-external-id", monkeypatch)).report
    gaps = {finding.key for finding in _gaps(report)}
    (edit,) = [remedy for remedy in report.remedies if remedy.kind is RemedyKind.EDIT]
    assert set(edit.findings) == gaps
    assert set(edit.proof.fixed) == {name for finding in _gaps(report) for name in finding.probes}
    assert edit.proof.still_denied == ()


def test_a_role_that_is_none_is_refused_before_anything_is_judged(monkeypatch):
    base = setups.read(setups.FIXTURES / WORKING, monkeypatch)
    with pytest.raises(InputError):
        setups.judged(variants.replace(base, role_arn="nonsense"))

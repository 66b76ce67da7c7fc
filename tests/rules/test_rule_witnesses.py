"""Every rule finds what its flagged set-up holds, where it stands, and nothing in its clean one."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsim.rules import rules
from tests import setups


@pytest.mark.parametrize("folder", setups.setups("rules"), ids=setups.named)
def test_a_rule_finds_what_its_set_up_holds_and_no_more(folder: Path, monkeypatch):
    wanted = setups.expected(folder)
    code, report = setups.reported(folder, monkeypatch)
    rule = folder.parent.name
    found = [finding for finding in report.findings if finding.rule == rule]
    assert code == wanted["exit_code"]
    assert len(found) == len(wanted.get("finding", ()))
    assert bool(found) == (folder.name == "flagged")
    for want in wanted.get("finding", ()):
        assert [f for f in found if _fits(f, want)], f"{want} is not among {found}"


@pytest.mark.parametrize("name", sorted(rules()))
def test_a_rule_has_a_flagged_and_a_clean_set_up(name):
    cases = {path.name for path in (setups.FIXTURES / "rules" / name).iterdir()}
    assert cases == {"flagged", "clean"}


def test_every_set_up_is_for_a_rule_that_exists():
    assert {path.name for path in (setups.FIXTURES / "rules").iterdir() if path.is_dir()} == set(rules())


def test_what_does_not_fail_the_gate_does_not_fail_it(monkeypatch):
    for folder, judged in setups.all_judged(monkeypatch, "rules"):
        rule = rules()[folder.parent.name]
        assert all(
            finding.kind is rule.kind for finding in judged.report.findings if finding.rule == folder.parent.name
        )


def _fits(finding, want):
    return (
        finding.kind == want["kind"]
        and want.get("subject", finding.subject) == finding.subject
        and want.get("message", "") in finding.message
        and any(want.get("evidence", "") in line for line in (*finding.evidence, ""))
        and ("origin" not in want or want["origin"] in map(str, finding.origins))
        and set(want.get("tools", ())) <= set(finding.tools)
    )

"""Every remedy is proposed where its set-up calls for it, in the words, with the edits and with the proof that are expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsim.remedies import proposers
from tests import setups


@pytest.mark.parametrize("folder", setups.setups("remedies"), ids=setups.named)
def test_a_remedy_is_proposed_where_it_helps(folder: Path, monkeypatch):
    wanted = setups.expected(folder)
    code, report = setups.reported(folder, monkeypatch)
    assert code == wanted["exit_code"]
    proposer = folder.parent.name
    found = {remedy.title: remedy for remedy in report.remedies if remedy.proposer == proposer}
    assert sorted(r.title for r in report.remedies if r.proposer == proposer) == sorted(
        want["title"] for want in wanted["remedy"]
    )
    rules = {finding.key: finding.rule for finding in report.findings}
    for want in wanted["remedy"]:
        remedy = found[want["title"]]
        assert remedy.kind == want["kind"]
        assert {rules[key] for key in remedy.findings} == set(want["answers"])
        if remedy.proof is None:
            assert want["instruction"] in remedy.instruction
            assert dict(remedy.settings) == want.get("settings", {})
            continue
        assert remedy.disposition == want["disposition"]
        assert len(remedy.proof.fixed) == want["fixed"]
        assert len(remedy.proof.still_denied) == want.get("still_denied", 0)
        assert [str(widening.action) for widening in remedy.proof.widened] == want.get("widened", [])
        assert [edit.owner for edit in remedy.edits] == want.get("owners", [edit.owner for edit in remedy.edits])
        for diff, edit in zip(want.get("diffs", ()), remedy.edits, strict=False):
            assert diff.strip("\n") in edit.diff


def test_every_set_up_is_for_a_proposer_that_exists_and_every_proposer_has_one():
    assert {path.name for path in (setups.FIXTURES / "remedies").iterdir() if path.is_dir()} == set(proposers())

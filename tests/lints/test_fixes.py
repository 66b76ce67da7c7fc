"""A fix takes its finding away, and leaves a JSON document."""

from __future__ import annotations

import pytest

from iamsim.edits import edited
from tests.lints.cases import cases, findings, judged

FLAGGED = [case for case in cases("flagged") if "policy" in case.table]


@pytest.mark.parametrize("case", FLAGGED, ids=str)
def test_what_a_fix_is_for_is_not_found_again(case, tmp_path):
    found = findings(case, tmp_path)
    for finding in found:
        if finding.fix:
            after = edited(case.table["policy"].strip(), finding.fix, "policy.json")
            left = judged({**case.table, "policy": after}, tmp_path, case.lint)
            assert len(left) < len(found), after


def test_some_lints_have_fixes(tmp_path):
    fixed = {case.lint for case in FLAGGED if any(each.fix for each in findings(case, tmp_path))}
    assert {"unknown-element", "missing-version", "invalid-effect", "duplicate-sid"} <= fixed

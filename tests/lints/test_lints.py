"""Every lint finds what its fixtures plant, where they say, and nothing in what is right or nearly wrong."""

from __future__ import annotations

import pytest

from iamsim import lints as package
from iamsim import plugins
from iamsim.lints import lints, page
from iamsim.model.finding import Finding
from tests import readme_blocks
from tests.lints.cases import FOLDER, Case, cases, findings, judged, patched, table


@pytest.mark.parametrize("case", cases("flagged"), ids=str)
def test_it_finds_what_is_planted(case, tmp_path):
    found = findings(case, tmp_path)
    wanted = case.table["finding"]
    assert [_said(each, case) for each in found] == [
        _wanted(each, one) for each, one in zip(found, wanted, strict=False)
    ]
    assert len(found) == len(wanted), [each.message for each in found]


def _said(finding: Finding, case: Case) -> dict[str, object]:
    first = finding.origins[0] if finding.origins else None
    del case
    return {
        "says": finding.message,
        "at": first.pointer if first else None,
        "code": finding.code,
        "severity": str(finding.severity),
        "confidence": str(finding.confidence),
        "document": first.document if first else None,
    }


def _wanted(finding: Finding, wanted: dict[str, object]) -> dict[str, object]:
    """What was found, with what the fixture says put in its place."""
    said = _said(finding, Case("", "", 0, {}))
    for name, value in wanted.items():
        if name == "says":
            said["says"] = finding.message if str(value) in finding.message else value
        elif name == "evidence":
            assert any(str(value) in each for each in finding.evidence), finding.evidence
        elif name == "document":
            said["document"] = said["document"] if str(said["document"]).endswith(str(value)) else value
        else:
            said[name] = value
    return said


@pytest.mark.parametrize("case", cases("clean", "near_miss"), ids=str)
def test_it_leaves_alone_what_is_right(case, tmp_path):
    assert [each.message for each in findings(case, tmp_path)] == []


@pytest.mark.parametrize("id", tuple(lints()))
def test_a_bug_planted_in_the_clean_policy_is_found(id, tmp_path):
    found = table(id)
    planted = found["planted"]
    case = dict(found["clean"][planted.get("clean", 1) - 1])
    assert judged(case, tmp_path / "before", id) == ()
    if "file" in planted:
        files = dict(case["files"])
        files[planted["file"]] = patched(files[planted["file"]], planted)
        case["files"] = files
    else:
        case["policy"] = patched(case["policy"], planted)
    assert judged(case, tmp_path / "after", id) != ()


@pytest.mark.parametrize("id", tuple(lints()))
def test_it_has_its_fixtures_and_its_page(id):
    found = table(id)
    assert found["flagged"]
    assert found["clean"]
    assert found["near_miss"]
    assert all(each["why"] for group in ("flagged", "clean", "near_miss") for each in found[group])
    text = page(id)
    assert text.count("\nAvoid:\n") == text.count("\nPrefer:\n") == 1
    assert lints()[id].cite
    codes = {each.get("code") for case in found["flagged"] for each in case["finding"]} - {None}
    declared = lints()[id].codes
    assert codes <= set(declared)
    assert len(declared) < 2 or codes == set(declared), "each of several codes has a case"


def test_no_fixture_is_of_no_lint():
    assert {path.stem for path in FOLDER.glob("*.toml")} == set(lints())


def test_every_code_belongs_to_one_lint():
    codes = [code for lint in lints().values() for code in lint.codes]
    assert len(codes) == len(set(codes))


def test_ids_are_file_names():
    assert {name.replace("_", "-") for name in plugins.modules(package)} == set(lints())


def test_a_check_asks_those_of_high_severity():
    assert readme_blocks.SERIOUS.read_text(encoding="utf-8") == readme_blocks.serious()

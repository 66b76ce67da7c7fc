from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from iamsim.catalog import actions, managed_policies, operations, provenance
from iamsim.model.report import ReferenceData

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def part(name, day):
    return ReferenceData(name, "somewhere", "1.0", day)


def test_each_part_tells_its_source_its_version_and_its_date():
    parts = {each.name: each for each in provenance.parts()}
    assert list(parts) == ["actions", "condition keys", "global condition keys", "managed policies", "operations"]
    assert parts["actions"].version == actions.version()
    assert parts["actions"].date == actions.date().isoformat()
    assert parts["managed policies"].date == managed_policies.date().isoformat()
    assert parts["managed policies"].size == f"{len(managed_policies.arns()):,} policies"
    assert parts["operations"].size.endswith(f" of {len(operations.services())} services")
    for each in parts.values():
        assert each.source
        assert each.date is None or date.fromisoformat(each.date)


def test_the_number_of_actions_is_that_of_the_catalog():
    (told,) = (each.size for each in provenance.parts() if each.name == "actions")
    assert told == f"{len(actions.expand('*')):,} actions of {len(actions.services())} services"


def test_what_nobody_counted_is_not_counted(monkeypatch):
    monkeypatch.setattr(actions, "version", lambda: "another")
    parts = {each.name: each for each in provenance.parts.__wrapped__()}
    assert (parts["actions"].version, parts["actions"].size, parts["condition keys"].size) == ("another", "", "")


@pytest.mark.parametrize(("day", "old"), [("2026-08-03", False), ("2026-08-02", True), ("2027-01-01", False)])
def test_data_are_old_after_ninety_days(day, old):
    assert bool(provenance.warnings((part("actions", day),), AT)) is old


def test_the_warning_names_the_parts_their_date_their_age_and_the_way_out():
    data = (part("actions", "2026-01-01"), part("operations", "2026-01-01"), part("managed policies", "2025-12-01"))
    older, newer = provenance.warnings((*data, part("keys", None), part("new", "2026-10-31")), AT)
    assert older == (
        "what is known of managed policies is of 2025-12-01, 335 days before the moment judged: AWS may have changed"
        " since; a newer iamsim knows more (in its sources, `make catalog` brings newer data)"
    )
    assert newer.startswith("what is known of actions, operations is of 2026-01-01, 304 days before")


def test_a_part_without_a_date_has_no_age():
    assert provenance.age(part("keys", None), AT) is None
    assert provenance.age(part("keys", "2026-10-31"), AT) == 1

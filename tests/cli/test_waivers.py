"""Waivers: somebody answers for a finding, at a place, for a reason, until a day."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from iamsim import waivers
from iamsim.errors import InputError
from iamsim.model.finding import Confidence, Finding, Kind, Severity
from iamsim.model.origin import Origin
from tests.cli.running import copied, run
from tests.cli.test_lint import PASSES, write

AT = ("--at", "2026-01-30T12:00:00Z")
SHORT = ("lint", "policies", "--select", "passes-any-role", "--waivers", "w.toml")
TODAY = datetime.now(UTC).date()
LATER = TODAY + timedelta(days=400)


def waiver(**fields: object) -> str:
    told = {"id": "passes-any-role", "reason": "the pipeline passes every role", "expires": LATER, **fields}
    lines = [
        f"{name} = {value.isoformat() if isinstance(value, date) else json.dumps(value)}"
        for name, value in told.items()
        if value is not None
    ]
    return "\n".join(["[[waivers]]", *lines, ""])


@pytest.fixture
def passing(tmp_path):
    write(str(tmp_path / "policies/one.json"), PASSES)
    write(str(tmp_path / "policies/two.json"), PASSES)
    return tmp_path


def linted(folder: Path, text: str, *more: str):
    (folder / "w.toml").write_text(text, encoding="utf-8")
    return run(folder, *SHORT, *more)


def test_a_waived_finding_stays_in_the_report_with_its_reason(passing):
    ran = linted(passing, waiver(owner="platform team"))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count(f"  = waived by platform team until {LATER}: the pipeline passes every role\n") == 2
    assert "2 findings (2 high); 2 accepted, 0 new" in ran.out
    found = linted(passing, waiver(owner="platform team"), "--format", "json").report["findings"]
    assert {json.dumps(each["accepted"], sort_keys=True) for each in found} == {
        json.dumps(
            {
                "expires": str(LATER),
                "ground": "waiver",
                "owner": "platform team",
                "reason": "the pipeline passes every role",
            }
        )
    }


def test_a_waiver_holds_at_its_place_only(passing):
    ran = linted(passing, waiver(place="policies/one.*"), "--format", "json")
    assert ran.code == 1
    assert [f["places"][0]["document"] for f in ran.report["findings"] if f["accepted"] is None] == [
        "policies/two.json"
    ]


def test_a_waiver_may_name_one_finding_by_its_key(passing):
    key = linted(passing, waiver(), "--format", "json").report["findings"][0]["key"]
    ran = linted(passing, waiver(id=key), "--format", "json")
    assert ran.code == 1
    assert [f["key"] for f in ran.report["findings"] if f["accepted"]] == [key]


def test_a_waiver_holds_on_its_last_day_and_fails_on_the_next():
    found = Finding("k", "r", Kind.GAP, Severity.HIGH, Confidence.CERTAIN, "tools", "k", "m")
    one = waivers.Waiver("k", "why", expires=date(2026, 5, 4))
    assert [a.key for a in waivers.waived((one,), (found,), today=date(2026, 5, 4)).accepted] == ["k"]
    late = waivers.waived((one,), (found,), today=date(2026, 5, 5))
    assert (late.accepted, late.overdue) == ((), (one,))


@pytest.mark.parametrize("level", ["medium", "never"])
def test_an_expired_waiver_fails_with_its_own_message(passing, level):
    ran = linted(passing, waiver(expires=date(2020, 1, 31), owner="platform team"), "--fail-on", level)
    assert ran.code == 1
    assert (
        "w.toml:1: the waiver of `passes-any-role` expired on 2020-01-31 (platform team): the pipeline passes every role\n"
    ) in ran.out
    assert "waived" not in ran.out


def test_an_expired_waiver_fails_a_check_that_nothing_else_fails(tmp_path):
    folder = copied("quilt-fixed", tmp_path)
    (tmp_path / "w.toml").write_text(waiver(id="unneeded-permissions", expires=date(2020, 1, 31)), encoding="utf-8")
    # A moment judged that lies before the day brings it back no more.
    ran = run(folder, "check", "--at", "2019-01-30T12:00:00Z", "--waivers", "../w.toml")
    assert ran.code == 1
    assert "the waiver of `unneeded-permissions` expired on 2020-01-31" in ran.words
    assert "1 expired waiver" in ran.out.splitlines()[0]
    assert "no gap, and something else that fails" in ran.words


def test_a_waiver_that_matches_nothing_is_a_warning(passing):
    ran = linted(passing, waiver() + waiver(place="elsewhere/*"))
    assert ran.code == 0
    assert ran.err == (
        "iamsim: warning: w.toml:5: the waiver of `passes-any-role` at `elsewhere/*` matches nothing; take it out\n"
    )
    assert "`passes-any-rol` matches nothing" in linted(passing, waiver(id="passes-any-rol")).err


def test_a_waiver_for_another_command_is_no_warning(passing):
    assert "matches nothing" not in linted(passing, waiver() + waiver(id="assume-denied")).err


def test_a_waiver_without_an_end_is_a_warning(passing):
    ran = linted(passing, waiver(expires=None))
    assert ran.code == 0
    assert "never expires" in ran.err
    assert "waived, without an end: " in ran.out


def test_gaps_of_a_check_are_waived_and_an_unknown_by_its_key_only(tmp_path):
    folder = copied("quilt-task-role", tmp_path)
    report = run(folder, "check", *AT, "--format", "json").report
    gaps = {each["rule"] for each in report["findings"] if each["kind"] == "gap"}
    (tmp_path / "w.toml").write_text("".join(waiver(id=rule) for rule in sorted(gaps)), encoding="utf-8")
    ran = run(folder, "check", *AT, "--waivers", "../w.toml")
    assert ran.code in (0, 4)
    assert "the pipeline passes every role" in ran.words

    open_ = copied("quilt-fixed", tmp_path, without=("bucket",))
    found = run(open_, "check", *AT, "--format", "json").report["findings"]
    unknown = [each for each in found if each["kind"] == "unknown"]
    for name, code in (("rule", 4), ("key", 0)):
        ids = sorted({each[name] for each in unknown})
        (tmp_path / "w.toml").write_text("".join(waiver(id=each) for each in ids), encoding="utf-8")
        assert run(open_, "check", *AT, "--waivers", "../w.toml").code == code


def test_waivers_stand_in_the_settings_too(passing):
    (passing / "iamsim.toml").write_text(waiver(), encoding="utf-8")
    assert run(passing, *SHORT[:4]).code == 0
    (passing / "iamsim.toml").write_text('waivers = "w.toml"\n', encoding="utf-8")
    assert run(passing, *SHORT[:4]).code == 2
    (passing / "w.toml").write_text(waiver(), encoding="utf-8")
    assert run(passing, *SHORT[:4]).code == 0


def test_a_waived_finding_does_not_come_into_the_baseline(passing):
    linted(passing, waiver(place="policies/one.json"), "--write-baseline", "base.json")
    held = json.loads((passing / "base.json").read_text(encoding="utf-8"))
    assert [each["place"] for each in held["baselines"][0]["findings"]] == ["policies/two.json:4:5"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "`w.toml` cannot be read: no such file or directory"),
        ("", "w.toml: holds no waivers"),
        ("waivers = 1\n", "w.toml: holds no waivers"),
        ("waiver = []\n", "`waiver` is no part of a waiver file"),
        ("[[waivers]\n", "is not TOML"),
        (waiver(reason=None), "w.toml:1: the waiver has no reason"),
        (waiver(reason=" "), "w.toml:1: `reason` of the waiver is not text"),
        (waiver(id=None), "w.toml:1: the waiver has no id"),
        (waiver(until="x"), "w.toml:1: `until` is no part of a waiver"),
        (waiver() + waiver(expires="2027-01-31"), "w.toml:5: `expires` of the waiver is no day"),
        (waiver(expires=None) + "expires = 2027-01-31T12:00:00Z\n", "`expires` of the waiver is no day"),
        (waiver(place=""), "`place` of the waiver is not text"),
        (waiver(reason="x" * 3000), "`reason` of the waiver is longer than 2,000 characters"),
    ],
)
def test_a_file_that_holds_no_waivers_is_an_error(passing, text, told):
    if text is not None:
        (passing / "w.toml").write_text(text, encoding="utf-8")
    ran = run(passing, *SHORT)
    assert ran.code == 2
    assert told in ran.error


@pytest.mark.parametrize(
    ("place", "holds"),
    [
        ("plan.json", True),
        ("module.app.aws_iam_role.server[[]0]", False),
        ("module.app.aws_iam_role.server[0]", True),
        ("*server[0]", True),
        ("arn:aws:iam::111122223333:role/app", True),
        ("arn:aws:iam::*:role/a?p", True),
        ("arn:aws:iam::111122223333:role/ap", False),
        ("second.json", False),
    ],
)
def test_a_place_is_a_document_an_address_or_an_arn(place, holds):
    found = Finding(
        "k",
        "r",
        Kind.GAP,
        Severity.HIGH,
        Confidence.CERTAIN,
        "tools",
        "arn:aws:iam::111122223333:role/app s3:GetObject",
        "m",
        (Origin("plan.json", address="module.app.aws_iam_role.server[0]"), Origin("second.json")),
    )
    one = waivers.Waiver("r", "why", place=place)
    assert bool(waivers.waived((one,), (found,), today=TODAY).accepted) == holds


def test_the_words_of_a_waiver_are_shown_as_text(passing):
    ran = linted(passing, waiver(reason="\x1b[31mred\nline", owner="\x07bell"))
    assert ran.code in (0, 2)
    assert "\x1b" not in ran.out + ran.err
    assert "\x07" not in ran.out + ran.err


def test_waivers_without_a_list_are_refused():
    with pytest.raises(InputError, match="holds no waivers"):
        waivers.read([1], document="iamsim.toml")


def test_the_words_of_a_waiver_are_inert_in_the_page(tmp_path):
    folder = copied("quilt-task-role", tmp_path)
    text = waiver(id="assume-denied", reason="<script>alert(1)</script>", owner='"><img src=x onerror=alert(1)>')
    (tmp_path / "w.toml").write_text(text, encoding="utf-8")
    run(folder, "check", *AT, "--waivers", "../w.toml", "--format", "html=../page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page

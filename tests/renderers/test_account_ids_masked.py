"""Reports whose account ids are masked can be passed on, and still be read."""

from __future__ import annotations

import re
from dataclasses import replace

from iamsim.model.report import Input
from iamsim.renderers import RenderOptions, _masked, renderer
from tests.renderers import real, reports

IDS = re.compile(r"(?<!\d)\d{12}(?!\d)", re.ASCII)


def test_the_same_id_has_the_same_stand_in_and_another_id_another():
    texts = (
        "arn:aws:iam::111122223333:role/a",
        "logs-444455556666-eu-west-1 of 111122223333",
        "written 1111-2222-3333, or in a name: x444455556666x",
    )
    (told,) = _masked.masked(replace(reports.fixed(), assumptions=texts))
    mine, other = "100000000001", "100000000002"
    assert told.assumptions == (
        f"arn:aws:iam::{mine}:role/a",
        f"logs-{other}-eu-west-1 of {mine}",
        f"written 1000-0000-0001, or in a name: x{other}x",
    )


def test_two_reports_are_masked_alike_whatever_comes_first_in_each():
    first = replace(reports.fixed(), assumptions=("444455556666", "111122223333"))
    second = replace(reports.fixed(), assumptions=("111122223333", "444455556666"))
    one, two = _masked.masked(first, second)
    assert set(one.assumptions) == set(two.assumptions)
    assert one.assumptions == two.assumptions[::-1]


def test_an_id_that_reads_like_a_stand_in_is_an_id_like_the_others():
    report = replace(reports.fixed(), assumptions=("100000000002", "100000000001"))
    (told,) = _masked.masked(report)
    assert len(set(told.assumptions)) == 2
    assert "111122223333" not in repr(told)


def test_a_digest_a_date_and_a_longer_number_stay():
    digest = "123456789012" + "a" * 52
    report = replace(
        reports.fixed(),
        inputs=(Input("settings", "iamsim.toml", sha256=digest),),
        assumptions=("1234567890123", "2026-01-30"),
    )
    (told,) = _masked.masked(report)
    assert told.inputs[0].sha256 == digest
    assert told.assumptions == report.assumptions
    assert told.at == report.at


def test_a_masked_report_is_a_report_and_says_the_same():
    report = real.real("quilt-task-role")
    (told,) = _masked.masked(report)
    assert not set(IDS.findall(renderer("json").render(told, RenderOptions()))) - {"100000000001"}
    assert told.exit_code == report.exit_code
    assert [finding.kind for finding in told.findings] == [finding.kind for finding in report.findings]
    assert _masked.masked(told) == (told,)

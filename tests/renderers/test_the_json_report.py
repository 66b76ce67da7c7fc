from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from iamsim.errors import InputError
from iamsim.model.report import SCHEMA, Input
from iamsim.renderers import renderer
from iamsim.renderers.json import read, render, schema
from tests.renderers import real, reports

STORIES = (reports.refused, reports.no_credentials, reports.fixed, reports.unseen, reports.large)


@pytest.mark.parametrize("story", STORIES)
def test_a_saved_report_reads_back_equal(story):
    assert read(render(story()), document="report.json") == story()


TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.dictionaries(TEXT, TEXT), TEXT, st.datetimes(timezones=st.just(UTC)), st.sampled_from([0, 1, 4]))
def test_any_text_in_a_report_reads_back_equal(settings, text, at, code):
    report = replace(reports.fixed(), settings=settings, inputs=(Input(text, text, text),), at=at, exit_code=code)
    assert read(render(report), document="report.json") == report


def test_equal_reports_give_the_same_text_whatever_the_order_of_their_mappings():
    one = replace(reports.refused(), settings={"a": "1", "b": "2"})
    other = replace(reports.refused(), settings=MappingProxyType({"b": "2", "a": "1"}))
    assert render(one) == render(other)


def test_the_text_is_indented_and_ends_in_a_newline():
    assert render(reports.fixed()).startswith('{\n  "schema": 1,\n')
    assert render(reports.fixed()).endswith("}\n")


def test_moments_are_written_in_utc(monkeypatch):
    there = timezone(timedelta(hours=5, minutes=30))
    monkeypatch.setattr(reports, "MOMENT", datetime(2026, 1, 30, 17, 30, tzinfo=there))
    report = replace(reports.refused(), at=reports.MOMENT)
    assert '"issued_at": "2026-01-30T12:00:00Z"' in render(report)
    assert '"at": "2026-01-30T12:00:00Z"' in render(report)
    assert "+05:30" not in render(report)


def test_what_is_unknown_stays_apart_from_what_is_absent():
    saved = json.loads(render(reports.no_credentials()))
    assert saved["assume"]["call"]["tags"] is None
    assert json.loads(render(reports.refused()))["assume"]["call"]["tags"] == {}


def test_a_hostile_report_is_saved_as_valid_json_without_control_characters():
    text = render(reports.hostile())
    assert json.loads(text)["server"]["title"].startswith("<script>")
    assert "\x1b" not in text
    assert "\x07" not in text
    assert read(text, document="r.json").exit_code == 1


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("", "the report is not valid JSON", "r.json"),
        ("{\n  broken", "the report is not valid JSON", "r.json:2:3"),
        ('{"schema": 1, "name": "\ud800"}', "the report is not valid JSON", "r.json"),
        ("[]", "this is JSON, but no saved report: expected 'object', got 'array'", "r.json"),
        ("{}", "this is JSON, but no saved report: object missing required field 'schema'", "r.json"),
        ('{"schema": 9}', f"the report has schema 9, and this iamsim reads schema {SCHEMA}", "r.json#/schema"),
        (
            '{"Version": "2012-10-17", "Statement": []}',
            "this is JSON, but no saved report: object missing required field 'schema'",
            "r.json",
        ),
        (
            '{"schema": 1, "version": 3}',
            "this is JSON, but no saved report: expected 'str', got 'int'",
            "r.json#/version",
        ),
    ],
)
def test_what_is_no_saved_report_is_refused_with_its_place(text, message, place):
    with pytest.raises(InputError) as caught:
        read(text, document="r.json")
    assert caught.value.message == message
    assert str(caught.value.origin) == place
    assert caught.value.hint


def test_the_place_of_a_wrong_value_is_its_pointer():
    saved = json.loads(render(reports.refused()))
    saved["assume"]["status"] = "perhaps"
    with pytest.raises(InputError) as caught:
        read(json.dumps(saved), document="r.json")
    assert str(caught.value.origin) == "r.json#/assume/status"


@pytest.mark.parametrize("code", [256, -1, 6])
def test_an_exit_code_that_a_process_would_turn_into_another_is_refused(code):
    saved = json.loads(render(reports.refused())) | {"exit_code": code}
    with pytest.raises(InputError) as caught:
        read(json.dumps(saved), document="r.json")
    assert caught.value.message == f"the report has the exit code {code}, which iamsim never ends with"


def test_a_moment_without_a_time_zone_is_refused():
    saved = json.loads(render(reports.refused())) | {"at": "2026-01-30T12:00:00"}
    with pytest.raises(InputError) as caught:
        read(json.dumps(saved), document="r.json")
    assert caught.value.message == "the moment of the report has no time zone"


def test_a_report_nested_too_deep_is_refused():
    with pytest.raises(InputError):
        read('{"schema":1,"x":' + "[" * 100_000 + "]" * 100_000 + "}", document="r.json")


def test_the_schema_names_itself_and_describes_what_is_saved():
    described = schema()
    assert described["$id"] == "urn:iamsim:report:1"
    assert described["version"] == SCHEMA
    saved = json.loads(render(reports.refused()))
    assert set(saved) == set(described["$defs"]["Report"]["properties"])
    assert set(saved["probes"][0]) == set(described["$defs"]["Probe"]["properties"])


@pytest.mark.parametrize("account", real.ACCOUNTS)
def test_a_real_report_is_what_the_schema_describes_and_reads_back_equal(account):
    text = real.saved(account)
    Draft202012Validator.check_schema(schema())
    found = [error.message for error in Draft202012Validator(schema()).iter_errors(json.loads(text))]
    assert found == []
    assert render(real.real(account)) == text
    assert len(text) < 30_000 * len(real.real(account).tools)


def test_the_schema_refuses_what_is_no_report():
    saved = json.loads(real.saved("quilt-fixed"))
    saved["assume"]["status"] = "perhaps"
    del saved["findings"]
    found = [error.message for error in Draft202012Validator(schema()).iter_errors(saved)]
    assert any("'findings' is a required property" in message for message in found)
    assert any("perhaps" in message for message in found)


def test_the_html_page_of_a_saved_report_is_that_of_the_report():
    report = reports.refused()
    html = renderer("html").render
    options = None
    assert html(read(render(report), document="r.json"), options) == html(report, options)  # type: ignore[arg-type]

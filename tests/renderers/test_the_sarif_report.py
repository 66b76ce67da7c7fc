from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from iamsim.model.finding import Audience, Confidence, Finding, Kind, Severity
from iamsim.model.origin import Origin
from iamsim.model.report import Report
from iamsim.renderers import RenderOptions, renderer
from iamsim.renderers._listing import Level, of_report, page, uri
from tests.renderers import reports
from tests.renderers.real import ACCOUNTS, real
from tests.renderers.sarif_schema import LOG

STORIES = (reports.refused, reports.no_credentials, reports.fixed, reports.unseen, reports.large, reports.hostile)
LINTED = Finding(
    "passes-any-role-1",
    "passes-any-role",
    Kind.HAZARD,
    Severity.HIGH,
    Confidence.CERTAIN,
    "policies",
    "Pass",
    "the policy may pass any role to any service",
    (Origin("roles/app/inline/pass role.json", "/Statement/0", 4, 5, "aws_iam_role.app"),),
    code="PASS_ROLE_WITH_STAR_IN_RESOURCE",
    audience=Audience.EVERYONE,
)


def run(report: Report) -> dict[str, Any]:
    log = json.loads(renderer("sarif").render(report, RenderOptions()))
    Draft202012Validator(LOG).validate(log)
    found: dict[str, Any] = log["runs"][0]
    return found


def results(report: Report) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = run(report)["results"]
    return found


@pytest.mark.parametrize("story", STORIES)
def test_every_story_is_sarif(story):
    report = story()
    found = run(report)
    assert len(found["results"]) == len(report.findings) + len(report.policies)
    rules = found["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in found["results"])


@pytest.mark.parametrize("account", ACCOUNTS)
def test_every_account_is_sarif_and_its_rules_are_explained(account):
    found = run(real(account))
    assert all(
        rule["help"]["text"].startswith(rule["shortDescription"]["text"][:30])
        for rule in found["tool"]["driver"]["rules"]
    )
    assert all("physicalLocation" in result["locations"][0] for result in found["results"])


def test_a_gap_is_an_error_at_its_statement():
    (gap,) = (r for r in results(real("quilt-session-tags")) if r["level"] == "error")
    assert gap["ruleId"] == "assume-denied"
    assert gap["message"]["text"].splitlines()[0] == (
        "sts:TagSession on arn:aws:iam::111122223333:role/quilt-tenant is denied to "
        "arn:aws:iam::111122223333:role/quilt-mcp-task-role"
    )
    assert gap["message"]["text"].endswith(
        "\nfix: allow sts:TagSession in the trust policy and in the server's own policy"
    )
    assert gap["locations"][0] == {
        "physicalLocation": {
            "artifactLocation": {"uri": "roles/quilt-tenant/trust.json"},
            "region": {"startLine": 8, "startColumn": 7},
        },
        "logicalLocations": [
            {"fullyQualifiedName": "arn:aws:iam::111122223333:role/quilt-mcp-task-role", "kind": "resource"},
            {"fullyQualifiedName": "arn:aws:iam::111122223333:role/quilt-tenant", "kind": "resource"},
        ],
    }
    assert [at["physicalLocation"]["artifactLocation"]["uri"] for at in gap["relatedLocations"]] == [
        "roles/quilt-mcp-task-role/inline/assume-tenants.json"
    ]


def test_a_finding_that_is_in_no_file_stands_at_the_settings():
    (gap,) = (r for r in results(real("quilt-no-credentials")) if r["ruleId"] == "no-credentials")
    assert gap["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "iamsim.toml"}}
    assert all(result["locations"] == [] for result in results(reports.no_credentials()))


def test_an_answer_of_aws_is_no_file():
    live = replace(LINTED, origins=(Origin("iam:GetRole arn:aws:iam::111122223333:role/app", "/Statement/0"),))
    (result,) = results(replace(reports.fixed(), findings=(), policies=(live,)))
    assert result["locations"] == [
        {
            "logicalLocations": [
                {"fullyQualifiedName": "iam:GetRole arn:aws:iam::111122223333:role/app", "kind": "resource"}
            ]
        }
    ]


def test_what_is_wrong_with_the_policies_in_play_is_listed_with_its_address_and_its_page():
    found = run(replace(reports.fixed(), findings=(), policies=(LINTED,)))
    (result,), (rule,) = found["results"], found["tool"]["driver"]["rules"]
    assert result["level"] == "error"
    assert result["properties"]["code"] == "PASS_ROLE_WITH_STAR_IN_RESOURCE"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "roles/app/inline/pass%20role.json"
    assert result["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "aws_iam_role.app", "kind": "resource"}
    ]
    assert "Avoid:" in rule["help"]["markdown"]
    assert rule["properties"]["security-severity"] == "8.0"


@pytest.mark.parametrize(
    ("kind", "severity", "step", "level"),
    [
        (Kind.GAP, Severity.LOW, "tools", Level.ERROR),
        (Kind.UNKNOWN, Severity.CRITICAL, "tools", Level.WARNING),
        (Kind.HAZARD, Severity.CRITICAL, "tools", Level.WARNING),
        (Kind.HAZARD, Severity.LOW, "tools", Level.NOTICE),
        (Kind.NOTE, Severity.HIGH, "tools", Level.NOTICE),
        (Kind.HAZARD, Severity.HIGH, "policies", Level.ERROR),
        (Kind.HAZARD, Severity.MEDIUM, "policies", Level.WARNING),
        (Kind.HAZARD, Severity.INFO, "policies", Level.NOTICE),
    ],
)
def test_the_level_says_what_the_gate_makes_of_it(kind, severity, step, level):
    finding = replace(LINTED, kind=kind, severity=severity, step=step)
    assert of_report(replace(reports.fixed(), findings=(finding,))).entries[0].level is level


def test_fingerprints_do_not_change_with_the_line_and_tell_findings_apart():
    moved = replace(LINTED, origins=(replace(LINTED.origins[0], line=40),), message="in other words")
    prints = [
        results(replace(reports.fixed(), findings=(), policies=(each,)))[0]["partialFingerprints"]
        for each in (LINTED, moved, replace(LINTED, key="passes-any-role-2"))
    ]
    assert prints[0] == prints[1]
    assert prints[0]["findingKey/v1"] == "passes-any-role-1"
    assert prints[0].items().isdisjoint(prints[2].items())


def test_hostile_text_acts_on_nobody():
    text = renderer("sarif").render(reports.hostile(), RenderOptions())
    text.encode()
    assert all(character.isprintable() or character == "\n" for character in text)
    evil = replace(LINTED, message="see [the fix](https://example.com) of {0}", rule="../../plugins", key="\ud800")
    (result,) = results(replace(reports.fixed(), findings=(), policies=(evil,)))
    assert result["message"]["text"] == "see [the fix] (https://example.com) of { 0}"


def test_places_that_are_shown_alike_are_told_once():
    alike = tuple(Origin("plan.json", address=address) for address in ("a\x00", "a\\u0000"))
    (result,) = results(replace(reports.fixed(), findings=(), policies=(replace(LINTED, origins=alike),)))
    assert result["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "a\\u0000", "kind": "resource"}]


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        ("roles/a b/trust.json", "roles/a%20b/trust.json"),
        ("./roles/../trust.json", "trust.json"),
        ("../plan.json", "../plan.json"),
        ("/srv/plan.json", "file:///srv/plan.json"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ("a?b#c%d.json", "a%3Fb%23c%25d.json"),
        ("caf\udce9.json", "caf%E9.json"),
        ("x\ud800.json", "x%ED%A0%80.json"),
    ],
)
def test_a_path_is_a_uri(document, shown):
    assert uri(document) == shown


@pytest.mark.parametrize("rule", ["../cli/lint", "__init__", "", "_serious", "no-such-rule", "A", "x" * 200])
def test_only_rules_have_pages(rule):
    assert page(rule) == ""
    assert page("missing-permission")


def test_the_pages_are_read_without_the_engine():

    code = (
        "import sys; from iamsim.renderers import renderer; renderer('sarif'); "
        "from iamsim.renderers._listing import page; assert page('assume-denied') and page('passes-any-role'); "
        "print([m for m in sys.modules if re.match(r'iamsim\\.(engine|rules|lints|sts|sources)', m)])"
    )
    shown = subprocess.run([sys.executable, "-c", f"import re; {code}"], capture_output=True, text=True, check=True)
    assert shown.stdout == "[]\n"


def test_two_renderings_are_one_text():
    text = renderer("sarif").render(real("quilt-task-role"), RenderOptions())
    assert text == renderer("sarif").render(real("quilt-task-role"), RenderOptions(60, color=True, unicode=False))
    assert re.search(r'"version": "2\.1\.0"', text)

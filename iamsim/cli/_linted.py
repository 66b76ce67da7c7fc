"""What lint found, in every format that it is told in."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from iamsim import __version__, redact, renderers
from iamsim.cli import _secrets
from iamsim.lint import Linted
from iamsim.lints import lints
from iamsim.model.finding import Confidence, Finding, Severity
from iamsim.model.origin import Origin
from iamsim.renderers import RenderOptions
from iamsim.renderers._listing import Entry, Listing, stand_in

SCHEMA = "iamsim/lint/1"
FORMATS = ("text", "json", "sarif", "markdown", "junit", "github", "gitlab")
"""Lines to read, all of it for programs, and what the renderers of reports make of findings alone."""
_PLACES = 5


def render(form: str, linted: Linted, exit_code: int, failing: frozenset[str]) -> str:
    """What was found in one of the formats, without secrets; `failing` are the keys of the findings that the command fails for."""
    if form == "text":
        return _secrets.hidden(text(linted)) + "\n"
    if form == "json":
        return _secrets.hidden(as_json(linted, exit_code)) + "\n"
    # What a format escapes is no longer known for a secret: they are taken out before.
    entries = tuple(map(Entry, _secrets.shown(linted.findings)))
    about = f"{linted.policies:,} {'policy' if linted.policies == 1 else 'policies'}"
    listing = Listing(entries, exit_code, about, _secrets.hidden(stand_in(linted.inputs)), failing)
    write = renderers.renderer(form).listing
    if write is None:
        raise AssertionError(form)
    return write(listing, RenderOptions())


def text(linted: Linted) -> str:
    """The findings, the worst first, and what they come to."""
    lines: list[str] = []
    for finding in linted.findings:
        lines += [*_finding(finding), ""]
    return "\n".join([*lines, *_not_seen(linted), summary(linted)])


def summary(linted: Linted) -> str:
    """What was found in how many policies, in one line."""
    policies = f"{linted.policies:,} {'policy' if linted.policies == 1 else 'policies'}"
    if not linted.findings:
        return f"{policies}: nothing found"
    count = Counter(finding.severity for finding in linted.findings)
    by_severity = ", ".join(f"{count[severity]} {severity}" for severity in Severity if count[severity])
    found = f"{len(linted.findings):,} finding{'' if len(linted.findings) == 1 else 's'}"
    fixable = sum(1 for finding in linted.findings if finding.fix)
    way = f"; {fixable} can be put right by --fix (--diff shows how)" if fixable else ""
    return f"{policies}: {found} ({by_severity}){way}; iamsim rules show ID explains a rule"


def as_json(linted: Linted, exit_code: int) -> str:
    """The findings for programs."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "version": __version__,
            "exit_code": exit_code,
            "policies": linted.policies,
            "inputs": [{"kind": each.kind, "location": each.location, "detail": each.detail} for each in linted.inputs],
            "findings": [_data(finding) for finding in linted.findings],
        },
        indent=2,
        ensure_ascii=False,
    )


# ---------------------------------------------------------------- helpers


def _finding(finding: Finding) -> list[str]:
    place = f"{finding.origins[0]}: " if finding.origins else ""
    sure = "" if finding.confidence is Confidence.CERTAIN else f", {finding.confidence}"
    code = f"  {finding.code}" if finding.code else ""
    lines = [f"{place}{finding.message}", f"  [{finding.severity}{sure}] {finding.rule}{code}"]
    lines += [f"  = {each}" for each in finding.evidence]
    lines += [f"  see also {each}" for each in finding.origins[1:_PLACES]]
    if len(finding.origins) > _PLACES:
        lines.append(f"  and {len(finding.origins) - _PLACES} more places")
    return [redact.line(line) for line in lines]


def _not_seen(linted: Linted) -> list[str]:
    return [
        redact.line(f"not seen: {each.location}: {each.detail}") for each in linted.inputs if each.kind == "not seen"
    ]


def _data(finding: Finding) -> dict[str, Any]:
    lint = lints()[finding.rule]
    return {
        "key": finding.key,
        "rule": finding.rule,
        "family": lint.family,
        "code": finding.code or None,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "audience": finding.audience,
        "subject": finding.subject,
        "message": finding.message,
        "evidence": list(finding.evidence),
        "places": [_place(origin) for origin in finding.origins],
        "fix": [{"pointer": edit.pointer, "value": edit.value} for edit in finding.fix],
    }


def _place(origin: Origin) -> dict[str, Any]:
    return {
        "document": origin.document,
        "pointer": origin.pointer,
        "line": origin.line,
        "column": origin.column,
        "address": origin.address or None,
    }

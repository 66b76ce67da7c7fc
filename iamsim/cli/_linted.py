"""What lint found, in every format that it is told in."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from iamsim import __version__, redact, renderers
from iamsim.cli import _secrets
from iamsim.cli._accepted import Judged
from iamsim.lint import Linted
from iamsim.lints import lints
from iamsim.model.finding import Accepted, Confidence, Finding, Severity
from iamsim.model.origin import Origin
from iamsim.renderers import RenderOptions
from iamsim.renderers._listing import Entry, Listing, stand_in
from iamsim.renderers._words import accepted

SCHEMA = "iamsim/lint/1"
FORMATS = ("text", "json", "sarif", "markdown", "junit", "github", "gitlab")
"""Lines to read, all of it for programs, and what the renderers of reports make of findings alone."""
_PLACES = 5
_NOTHING = Judged()


def render(form: str, linted: Linted, exit_code: int, failing: frozenset[str], judged: Judged = _NOTHING) -> str:
    """What was found in one of the formats, without secrets; `failing` are the keys of the findings that the command fails for."""
    if form == "text":
        return _secrets.hidden(text(linted, judged)) + "\n"
    if form == "json":
        return _secrets.hidden(as_json(linted, exit_code, judged)) + "\n"
    # What a format escapes is no longer known for a secret: they are taken out before.
    why = {each.key: each for each in _secrets.shown(judged.accepted)}
    entries = tuple(Entry(each, accepted=why.get(each.key)) for each in _secrets.shown(linted.findings))
    failing = frozenset(map(_secrets.hidden, failing))
    overdue = tuple(map(_secrets.hidden, judged.overdue))
    about = f"{linted.policies:,} {'policy' if linted.policies == 1 else 'policies'}"
    listing = Listing(entries, exit_code, about, _secrets.hidden(stand_in(linted.inputs)), failing, overdue)
    write = renderers.renderer(form).listing
    if write is None:
        raise AssertionError(form)
    return write(listing, RenderOptions())


def brief_text(linted: Linted, judged: Judged = _NOTHING) -> str:
    """What the findings come to, without them."""
    overdue = [redact.line(each) for each in judged.overdue]
    return _secrets.hidden("\n".join([*overdue, summary(linted, len(judged.accepted))])) + "\n"


def text(linted: Linted, judged: Judged = _NOTHING) -> str:
    """The findings, the worst first, those that are accepted after the others, and what they come to."""
    why = {each.key: each for each in judged.accepted}
    lines: list[str] = []
    for finding in sorted(linted.findings, key=lambda each: each.key in why):
        by = [redact.line(f"  = {accepted(why[finding.key])}")] if finding.key in why else []
        lines += [*_finding(finding), *by, ""]
    overdue = [redact.line(each) for each in judged.overdue]
    return "\n".join([*lines, *_not_seen(linted), *overdue, summary(linted, len(why))])


def summary(linted: Linted, left: int = 0) -> str:
    """What was found in how many policies, in one line; `left` of it is accepted."""
    policies = f"{linted.policies:,} {'policy' if linted.policies == 1 else 'policies'}"
    if not linted.findings:
        return f"{policies}: nothing found"
    count = Counter(finding.severity for finding in linted.findings)
    by_severity = ", ".join(f"{count[severity]} {severity}" for severity in Severity if count[severity])
    found = f"{len(linted.findings):,} finding{'' if len(linted.findings) == 1 else 's'}"
    fixable = sum(1 for finding in linted.findings if finding.fix)
    way = f"; {fixable} can be put right by --fix (--diff shows how)" if fixable else ""
    also = f"; {left} accepted, {len(linted.findings) - left} new" if left else ""
    return f"{policies}: {found} ({by_severity}){also}{way}; iamsim rules show ID explains a rule"


def as_json(linted: Linted, exit_code: int, judged: Judged = _NOTHING) -> str:
    """The findings for programs."""
    why = {each.key: each for each in judged.accepted}
    return json.dumps(
        {
            "schema": SCHEMA,
            "version": __version__,
            "exit_code": exit_code,
            "policies": linted.policies,
            "inputs": [{"kind": each.kind, "location": each.location, "detail": each.detail} for each in linted.inputs],
            "overdue": list(judged.overdue),
            "findings": [_data(finding, why.get(finding.key)) for finding in linted.findings],
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


def _data(finding: Finding, by: Accepted | None) -> dict[str, Any]:
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
        "accepted": None
        if by is None
        else {
            "ground": by.ground,
            "reason": by.reason or None,
            "owner": by.owner or None,
            "expires": by.expires or None,
        },
    }


def _place(origin: Origin) -> dict[str, Any]:
    return {
        "document": origin.document,
        "pointer": origin.pointer,
        "line": origin.line,
        "column": origin.column,
        "address": origin.address or None,
    }

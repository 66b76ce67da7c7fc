"""GitLab's code quality report."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from iamsim.model.finding import Kind, Severity
from iamsim.model.report import Report
from iamsim.renderers import Renderer, RenderOptions
from iamsim.renderers._listing import Entry, Listing, of_report, path
from iamsim.renderers._words import line


def render(report: Report, options: RenderOptions) -> str:
    """The findings of a check and those about the policies in play."""
    return listing(of_report(report), options)


def listing(found: Listing, _options: RenderOptions) -> str:
    """A list of issues. GitLab wants a file and a line of each: what is in no file stands in line 1 of a file that was read."""
    issues = [*map(_overdue, found.overdue), *(_issue(found, entry) for entry in found.entries)]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


_SEVERITY = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def _issue(found: Listing, entry: Entry) -> dict[str, Any]:
    finding, at = entry.finding, found.place(entry)
    # What does not count is for information, however severe it would be.
    left = entry.accepted is not None or (finding.kind is Kind.NOTE and not entry.fails)
    severity = "info" if left else _SEVERITY[finding.severity]
    return {
        "description": line(" ".join(entry.sentences)),
        "check_name": line(finding.rule),
        "fingerprint": hashlib.sha256(finding.key.encode("utf-8", "surrogatepass")).hexdigest(),
        "severity": severity,
        "location": {
            "path": line(path(at.document)) if at else NO_FILE,
            "lines": {"begin": max(at.line or 1, 1) if at else 1},
        },
    }


def _overdue(text: str) -> dict[str, Any]:
    return {
        "description": line(text),
        "check_name": "expired-waiver",
        "fingerprint": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        "severity": "major",
        "location": {"path": NO_FILE, "lines": {"begin": 1}},
    }


NO_FILE = "iamsim.toml"
"""The path of what is in no file, where no input is one either: where settings would stand."""

RENDERER = Renderer("gitlab", ".json", render, listing)

"""SARIF 2.1.0, the format in which code hosts and editors take findings."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from iamsim.model.finding import Severity
from iamsim.model.origin import Origin
from iamsim.model.report import Report
from iamsim.renderers import Renderer, RenderOptions
from iamsim.renderers._listing import Entry, Level, Listing, of_report, page, uri, worst
from iamsim.renderers._words import EXITS, line, visible

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(report: Report, options: RenderOptions) -> str:
    """The findings of a check and those about the policies in play."""
    return listing(of_report(report), options)


def listing(found: Listing, _options: RenderOptions) -> str:
    """One run: every rule that found something, with its documentation, and every finding."""
    ids = sorted({entry.finding.rule for entry in found.entries})
    run = {
        "tool": {
            "driver": {
                "name": "iamsim",
                "version": line(found.version),
                "rules": [_rule(each, [e for e in found.entries if e.finding.rule == each]) for each in ids],
            }
        },
        "invocations": [
            {
                "executionSuccessful": True,
                "exitCode": found.exit_code,
                "exitCodeDescription": EXITS.get(found.exit_code, ""),
                **(
                    {"toolConfigurationNotifications": [_notification(each) for each in found.overdue]}
                    if found.overdue
                    else {}
                ),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(found, entry, ids.index(entry.finding.rule)) for entry in found.entries],
        "properties": {name: line(value) for name, value in sorted(found.properties.items())},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


_LEVEL = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTICE: "note"}
_SCORE = {Severity.CRITICAL: "9.5", Severity.HIGH: "8.0", Severity.MEDIUM: "5.5", Severity.LOW: "2.0"}
"""`security-severity`, by which GitHub sorts: above 9.0 critical, from 7.0 high, from 4.0 medium, above 0 low."""
_ARNS = 20


def _rule(id: str, entries: list[Entry]) -> dict[str, Any]:
    text = visible(page(id))
    title = " ".join(text.partition("\n\n")[0].split()) or line(id)
    severity = worst(entries)
    score = {"security-severity": _SCORE[severity]} if severity in _SCORE else {}
    return {
        "id": line(id),
        "shortDescription": {"text": title},
        **({"fullDescription": {"text": text}, "help": {"text": text, "markdown": text}} if text else {}),
        "properties": {"tags": ["iam", "security"], **score},
    }


def _result(found: Listing, entry: Entry, index: int) -> dict[str, Any]:
    finding = entry.finding
    first = found.place(entry)
    physical, logical = _physical(first) if first else None, list(_logical(entry))
    location = {
        **({"physicalLocation": physical} if physical else {}),
        **({"logicalLocations": logical} if logical else {}),
    }
    return {
        "ruleId": line(finding.rule),
        "ruleIndex": index,
        "level": _LEVEL[entry.level],
        "message": {"text": _plain(entry.text)},
        "locations": [location] if location else [],
        **(
            {"relatedLocations": [{"id": number, "physicalLocation": _physical(at)} for number, at in _others(entry)]}
            if len(entry.places) > 1
            else {}
        ),
        "partialFingerprints": {
            "findingKey/v1": line(finding.key),
            # The name under which GitHub looks for one.
            "primaryLocationLineHash": hashlib.sha256(finding.key.encode("utf-8", "surrogatepass")).hexdigest()[:32],
        },
        # Of all results or of none (3.27.23): one without would say that nobody knows.
        "suppressions": [_suppression(entry)] if entry.accepted else [],
        "properties": {
            "kind": finding.kind,
            "severity": finding.severity,
            "confidence": finding.confidence,
            "step": line(finding.step),
            "subject": line(finding.subject),
            "tools": [line(tool) for tool in finding.tools],
            **({"code": line(finding.code)} if finding.code else {}),
        },
    }


def _suppression(entry: Entry) -> dict[str, Any]:
    return {"kind": "external", "status": "accepted", "justification": line(entry.why_accepted)}


def _notification(text: str) -> dict[str, Any]:
    return {"level": "error", "message": {"text": _plain(line(text))}}


def _others(entry: Entry) -> Iterable[tuple[int, Origin]]:
    return enumerate(entry.places[1:], 1)


def _physical(origin: Origin) -> dict[str, Any]:
    region = {} if origin.line is None else {"startLine": max(origin.line, 1)}
    if region and origin.column is not None:
        region["startColumn"] = max(origin.column, 1)
    return {"artifactLocation": {"uri": uri(origin.document)}, **({"region": region} if region else {})}


def _logical(entry: Entry) -> Iterator[dict[str, str]]:
    """What the finding is about in AWS and in the language of its source."""
    told = [origin.address for origin in entry.finding.origins if origin.address]
    told += [origin.document for origin in entry.finding.origins if origin.document and origin not in entry.places]
    # What is shown alike is told once: SARIF wants them to differ.
    for name in dict.fromkeys(map(line, (*told, *entry.arns[:_ARNS]))):
        yield {"fullyQualifiedName": name, "kind": "resource"}


def _plain(text: str) -> str:
    """Text in which SARIF sees neither a link (`[text](target)`) nor a placeholder (`{0}`)."""
    return re.sub(r"\{(?=\d+\})", "{ ", text.replace("](", "] ("))


RENDERER = Renderer("sarif", ".sarif", render, listing)

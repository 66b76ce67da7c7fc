"""Findings as programs list them: how bad, where, of which rule, and what helps."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePath
from urllib.parse import quote

from iamsim import __version__, plugins
from iamsim.model.finding import Accepted, Finding, Kind, Severity
from iamsim.model.origin import Origin
from iamsim.model.remedy import Remedy
from iamsim.model.report import Input, Probe, Report
from iamsim.renderers._words import accepted, visible


class Level(StrEnum):
    """How loud a list says it: as an error, a warning, or a notice."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One finding with what helps against it, the ARNs that it speaks of, and the words AWS would answer with.

    `accepted` says why it does not count, None for one that counts; `fails` marks one that fails the check although it
    is no gap.
    """

    finding: Finding
    remedies: tuple[Remedy, ...] = ()
    arns: tuple[str, ...] = ()
    predicted: str = ""
    accepted: Accepted | None = None
    fails: bool = False

    @property
    def level(self) -> Level:
        """
        How loud to say it.

        What fails the gate is an error, what leaves it open a warning, what it does not count never an error, and what
        is accepted a notice. A finding about a policy goes by its severity.
        """
        if self.accepted is not None:
            return Level.NOTICE
        if self.finding.kind is Kind.GAP or self.fails:
            return Level.ERROR
        if self.finding.kind is Kind.UNKNOWN:
            return Level.WARNING
        if self.finding.kind is Kind.NOTE:
            return Level.NOTICE
        level = _LEVEL[self.finding.severity]
        return Level.WARNING if level is Level.ERROR and self.finding.step != "policies" else level

    @property
    def places(self) -> tuple[Origin, ...]:
        """The places of the finding that are in files."""
        return tuple(origin for origin in self.finding.origins if in_file(origin.document))

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is the matter, why, the titles of what helps, and why it does not count."""
        fixes = (f"fix: {remedy.title}" for remedy in self.remedies)
        told = (self.finding.message, *self.finding.evidence, *fixes, *filter(None, (self.why_accepted,)))
        return tuple(visible(each) for each in told)

    @property
    def why_accepted(self) -> str:
        """Why it does not count, in words; empty for one that counts."""
        return accepted(self.accepted) if self.accepted is not None else ""

    @property
    def text(self) -> str:
        """The sentences, one a line."""
        return "\n".join(self.sentences)


@dataclass(frozen=True, slots=True)
class Listing:
    """
    What was found, in the order in which it is told, and what the command ends with.

    `about` says in a line what was judged. `stand_in` is the file to name for a finding that is in none, where one of
    the inputs is a file. `failing` are the keys of the findings for which the command fails, `overdue` the waivers that
    have expired, in words: it fails for them too.
    """

    entries: tuple[Entry, ...]
    exit_code: int
    about: str = ""
    stand_in: str = ""
    failing: frozenset[str] = frozenset()
    overdue: tuple[str, ...] = ()
    version: str = __version__
    properties: Mapping[str, str] = field(default_factory=dict)

    def place(self, entry: Entry) -> Origin | None:
        """The first place of a finding that is in a file; else the file that stands in for it, if there is one."""
        return next(iter(entry.places), Origin(self.stand_in) if self.stand_in else None)


def of_report(report: Report) -> Listing:
    """The findings of a check, those about the policies in play at the end."""
    probes = {probe.id: probe for probe in report.probes}
    remedies: dict[str, list[Remedy]] = {}
    for remedy in report.remedies:
        for key in remedy.findings:
            remedies.setdefault(key, []).append(remedy)
    left = {each.key: each for each in report.accepted}
    failing = {finding.key for finding in report.failing}
    entries = (
        _entry(finding, remedies.get(finding.key, ()), [probes[each] for each in finding.probes if each in probes])
        for finding in (*report.findings, *report.policies)
    )
    return Listing(
        tuple(
            replace(each, accepted=left.get(each.finding.key), fails=each.finding.key in failing) for each in entries
        ),
        report.exit_code,
        about=f"{report.server.name} {report.server.version}",
        stand_in=stand_in(report.inputs),
        failing=frozenset(
            failing | {each.key for each in report.findings if each.kind is Kind.GAP and each.key not in left}
        ),
        overdue=report.overdue,
        version=report.version,
        properties={"at": report.at.isoformat(), "role": report.role_arn or ""},
    )


def stand_in(inputs: Iterable[Input]) -> str:
    """The first input that is a file, of the kind that it would be looked for in first; empty for none."""
    by_kind = {each.kind: each.location for each in reversed(tuple(inputs)) if _FILES.search(each.location)}
    return next((by_kind[kind] for kind in _STANDS_IN if kind in by_kind), "")


def in_file(document: str) -> bool:
    """Whether a document is a file, and not a call to AWS such as `iam:GetRole arn:…`, nor nothing."""
    return bool(document) and document != "-" and _CALL.match(document) is None


def path(document: str) -> str:
    """The path of a file as code hosts write it: with slashes, and without steps that lead nowhere."""
    return posixpath.normpath(PurePath(document).as_posix())


def uri(document: str) -> str:
    """The path of a file as a URI reference: relative as the path is; an absolute path becomes a `file:` URI."""
    shown = path(document)
    try:
        # Names that are no UTF-8 keep their bytes.
        encoded = shown.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        encoded = shown.encode("utf-8", "surrogatepass")
    return ("file://" if shown.startswith("/") else "") + quote(encoded)


def page(rule: str) -> str:
    """The documentation of a rule or a lint; empty for an id that is neither."""
    name = rule.replace("-", "_")
    return plugins.page("iamsim.rules", name) or plugins.page("iamsim.lints", name)


def worst(entries: Iterable[Entry]) -> Severity:
    """The worst severity of some findings."""
    return min((entry.finding.severity for entry in entries), key=[*Severity].index)


_LEVEL = {
    Severity.CRITICAL: Level.ERROR,
    Severity.HIGH: Level.ERROR,
    Severity.MEDIUM: Level.WARNING,
    Severity.LOW: Level.NOTICE,
    Severity.INFO: Level.NOTICE,
}
_CALL = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]+(?: |\Z)")
_FILES = re.compile(r"\.(?:json|toml|ya?ml|template)\Z", re.IGNORECASE)
_STANDS_IN = ("settings", "tools", "policies")
"""The inputs of which a file may stand in for a finding that is in none, the best first."""


def _entry(finding: Finding, remedies: Iterable[Remedy], probes: Iterable[Probe]) -> Entry:
    probes = tuple(probes)
    requests = [probe.explanation.request for probe in probes]
    named = [name for asked in requests for name in (asked.principal.entity or asked.principal.arn, asked.resource)]
    predicted = next((probe.message.text for probe in probes if probe.message is not None), "")
    arns = dict.fromkeys(name for name in (finding.subject, *named) if name.startswith("arn:") and " " not in name)
    return Entry(finding, tuple(remedies), tuple(arns), predicted)

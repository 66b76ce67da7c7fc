"""The report as JSON: saved, read back, and described by a schema."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import Any

import msgspec
from msgspec import structs

from iamsim import encoding
from iamsim.errors import InputError
from iamsim.model.finding import Severity
from iamsim.model.origin import Origin
from iamsim.model.report import OPTIONAL, SCHEMA, UNKNOWNS, Probe, Report
from iamsim.renderers import Renderer, RenderOptions
from iamsim.renderers._words import EXITS

MAX_CHARACTERS = 64_000_000
"""Longest saved report that is read; the largest of ours stay below a tenth of it."""


def render(report: Report, _options: RenderOptions | None = None) -> str:
    """
    The whole report as indented JSON ending in a newline, the same text for equal reports.

    Keys of mappings and members of sets are sorted, moments are in UTC; `read` gives an equal
    report back. (Lone surrogates, which come from file names that are no UTF-8 and which no UTF-8
    text can hold, are written as their escapes.)
    """
    told = _in_utc(report)
    encoder = msgspec.json.Encoder(enc_hook=encoding.plain, order="deterministic")
    try:
        encoded = encoder.encode(told)
    except UnicodeEncodeError:
        builtins = msgspec.to_builtins(told, enc_hook=encoding.plain, order="deterministic")
        encoded = encoder.encode(encoding.changed(builtins, encoding.whole))
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def read(text: str, *, document: str) -> Report:
    """
    The report that `render` saved in `text`; `document` is what the user calls the text (a path).

    Raises `InputError` with its place for text that is no JSON, for a report of another schema
    version, and for JSON that is something else.
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"the report is longer than {MAX_CHARACTERS:,} characters",
            hint="give a report that `iamsim check --format json` wrote",
            origin=Origin(document),
        )
    try:
        head = msgspec.json.decode(text, type=_Head)
        if head.schema != SCHEMA:
            raise InputError(
                f"the report has schema {head.schema}, and this iamsim reads schema {SCHEMA}",
                hint="run the check again, or use the version of iamsim that wrote it",
                origin=Origin(document, "/schema"),
            )
        report = msgspec.json.decode(text, type=Report)
    except msgspec.ValidationError as error:
        what, pointer = _validation(error)
        raise InputError(
            f"this is JSON, but no saved report: {what}",
            hint="give a report that `iamsim check --format json` wrote",
            origin=Origin(document, pointer),
        ) from error
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise InputError(
            "the report is not valid JSON",
            hint="give a report that `iamsim check --format json` wrote, unedited and whole",
            origin=_place(error, text, document),
        ) from error
    if report.at.tzinfo is None:
        raise InputError(
            "the moment of the report has no time zone",
            hint="write it in UTC, such as 2026-01-30T12:00:00Z",
            origin=Origin(document, "/at"),
        )
    # A process ends with this code modulo 256: an edited 256 would let a gate pass.
    if report.exit_code not in EXITS:
        raise InputError(
            f"the report has the exit code {report.exit_code}, which iamsim never ends with",
            hint="give a report that `iamsim check --format json` wrote, unedited",
            origin=Origin(document, "/exit_code"),
        )
    for each in report.fail_on:
        if each not in _THRESHOLDS:
            raise InputError(
                f"the report has the threshold `{each[:80]}`, which iamsim never writes",
                hint="give a report that `iamsim check --format json` wrote, unedited",
                origin=Origin(document, "/fail_on"),
            )
    return report


_THRESHOLDS = frozenset({*(f"{what}:{level}" for what in ("hazard", "lint") for level in Severity), OPTIONAL, UNKNOWNS})


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a saved report."""
    return encoding.schema(Report, id="report", title="iamsim report", version=SCHEMA)


class _Head(msgspec.Struct):
    """What has to be known before the rest is read."""

    schema: int


def _in_utc(report: Report) -> Report:
    """The report with the moments in it told in UTC."""
    return replace(report, at=report.at.astimezone(UTC), probes=tuple(_probe_in_utc(probe) for probe in report.probes))


def _probe_in_utc(probe: Probe) -> Probe:
    request = probe.explanation.request
    session = request.principal.session
    if session is None or session.issued_at is None:
        return probe
    told = replace(session, issued_at=session.issued_at.astimezone(UTC))
    asked = structs.replace(request, principal=replace(request.principal, session=told))
    return replace(probe, explanation=replace(probe.explanation, request=asked))


def _validation(error: msgspec.ValidationError) -> tuple[str, str]:
    """What msgspec expected, and the JSON pointer that it names (`$.tools[0].name`)."""
    what, _, path = str(error).partition(" - at `")
    steps = path.rstrip("`").removeprefix("$").replace("[...]", "").replace("[", ".").replace("]", "")
    return what[:1].lower() + what[1:].replace("`", "'"), steps.replace(".", "/")


def _place(error: Exception, text: str, document: str) -> Origin:
    """Line and column where msgspec stopped reading, where it says so (`(byte 17)`)."""
    _, found, rest = str(error).partition("(byte ")
    position = rest.partition(")")[0]
    if not found or not position.isdigit():
        return Origin(document)
    before = text.encode("utf-8", "replace")[: int(position)].decode("utf-8", "replace")
    return Origin(document, "", before.count("\n") + 1, len(before) - before.rfind("\n"))


RENDERER = Renderer("json", ".json", render)

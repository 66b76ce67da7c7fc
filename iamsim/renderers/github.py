"""Workflow commands of GitHub Actions, which become annotations on the lines of a pull request."""

from __future__ import annotations

from iamsim.model.report import Report
from iamsim.renderers import Renderer, RenderOptions
from iamsim.renderers._listing import Entry, Level, Listing, of_report, path
from iamsim.renderers._words import visible


def render(report: Report, options: RenderOptions) -> str:
    """The findings of a check and those about the policies in play, one command each."""
    return listing(of_report(report), options)


def listing(found: Listing, _options: RenderOptions) -> str:
    """One command a line. GitHub shows ten of each level for a step, and so the errors stand first."""
    overdue = "".join(f"::error title=iamsim%3A expired waiver::{_data(each)}\n" for each in found.overdue)
    entries = sorted(found.entries, key=lambda entry: [*Level].index(entry.level))
    return overdue + "".join(_command(found, entry) + "\n" for entry in entries)


def _command(found: Listing, entry: Entry) -> str:
    at = found.place(entry)
    values: dict[str, str] = {}
    if at is not None:
        values["file"] = path(at.document)
        if at.line is not None:
            values["line"] = str(at.line)
            if at.column is not None:
                values["col"] = str(at.column)
    values["title"] = f"iamsim: {entry.finding.rule}"
    told = ",".join(f"{name}={_property(value)}" for name, value in values.items())
    return f"::{entry.level} {told}::{_data(entry.text)}"


def _data(text: str) -> str:
    """As the runner's own toolkit escapes a message: nothing ends the line, so that nothing can begin a command of its own."""
    return visible(text, keep="\n").replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


RENDERER = Renderer("github", ".txt", render, listing)

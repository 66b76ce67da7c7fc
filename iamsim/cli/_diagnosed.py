"""From options to a diagnosis: what of a check can be made of them, and what is asked without one."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click

from iamsim import diagnosis, evidence, gate, redact, renderers
from iamsim.check import check
from iamsim.cli import _loading
from iamsim.cli._inputs import inputs, settings_of
from iamsim.cli._outputs import progress, rendering, timed
from iamsim.cli._provenance import digested
from iamsim.cli._values import Options, role_arn
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError
from iamsim.model.diagnosis import Diagnosis
from iamsim.model.observation import Evidence
from iamsim.model.report import Report
from iamsim.tools.manifest import Manifest, named

FORMATS = ("html", "json", "markdown", "terminal")
"""The forms of a diagnosis."""

_MODULES = {"terminal": "text", "html": "page"}
_PIECE, _LONGEST = 1024 * 1024, 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Diagnosed:
    """A diagnosis, and the report of the check that it was held against; None where there was too little for one."""

    found: Diagnosis
    report: Report | None


def diagnosed(chosen: Options, files: tuple[str, ...]) -> Diagnosed:
    """
    What the files of evidence show, held against as much as the options tell.

    A check is made where a server, a role (or a token, or claims that name one) and policies are told; policies alone answer API calls.
    The live account is asked only where `--policies aws` says so.
    """
    if chosen("token_file") == "-" and any(text == "-" or text.endswith(":-") for text in files):
        raise InputError("the token and the evidence are both on standard input", hint="give one of them as a file")
    read = tuple(_read(files))
    manifest = _manifest(chosen)
    if manifest is not None and chosen("policies") and _checkable(chosen, manifest):
        with timed("reading"):
            given = inputs(chosen, progress)
        with timed(f"judging {len(given.tools)} tools"):
            report = check(given)
        report = replace(report, inputs=digested(report.inputs), exit_code=gate.exit_code(report))
        found = diagnosis.diagnose(
            read,
            report=report,
            simulator=given.simulator(),
            server=given.server,
            tools=given.tools,
            settings=given.settings,
        )
        return Diagnosed(found, replace(report, diagnosis=found))
    simulator = _simulator(chosen, read) if chosen("policies") else None
    server, tools = (manifest.server, manifest.tools) if manifest is not None else (None, ())
    known = settings_of(chosen, manifest) if manifest is not None else {}
    return Diagnosed(diagnosis.diagnose(read, simulator=simulator, server=server, tools=tools, settings=known), None)


def written(made: Diagnosed, form: str, file: str | None) -> str:
    """The diagnosis in one of `FORMATS`; the page is that of the whole report where there is one."""
    if form == "html" and made.report is not None:
        return renderers.renderer("html").render(made.report, rendering(file))
    # As with reports: what one form needs is not loaded for another.
    module = importlib.import_module(f"iamsim.renderers._diagnosis_{_MODULES.get(form, form)}")
    text: str = module.render(made.found, rendering(file))
    return text


def _read(files: Iterable[str]) -> Iterator[Evidence]:
    """Each file once; `FORMAT:PATH` names what it is where a format of that name is known."""
    seen = set()
    for text in files:
        head, colon, rest = text.partition(":")
        name = head.replace("-", "_")
        form, path = (name, rest) if colon and name in evidence.names() else (None, text)
        if path in seen:
            raise InputError(f"`{redact.line(path)[:200]}` is given twice", hint="give each file of evidence once")
        seen.add(path)
        if path == "-":
            yield _standard_input(form)
        else:
            yield evidence.read(path, form, progress)


def _standard_input(form: str | None) -> Evidence:
    """What is written or piped in, for as long as it is read in a file that nobody else may read."""
    if sys.stdin.isatty():
        click.echo("paste the message, then end it with Ctrl-D", err=True)
    with tempfile.TemporaryDirectory(prefix="iamsim-") as folder:
        path = Path(folder, "message")
        size = 0
        with path.open("wb") as file:
            while piece := sys.stdin.buffer.read(_PIECE):
                size += len(piece)
                if size > _LONGEST:
                    raise InputError(
                        f"standard input is longer than {_LONGEST // 1024**2} MB", hint="give the evidence as a file"
                    )
                file.write(piece)
        return evidence.read("standard input", form, progress, path=path)


def _manifest(chosen: Options) -> Manifest | None:
    text = chosen("tools")
    return named(text).deployed(chosen("mode") or "") if text is not None else None


def _checkable(chosen: Options, manifest: Manifest) -> bool:
    """Whether a check would know which role it is about, or needs none, and whom the process runs as."""
    if chosen("server_principal") is None:
        return False
    stated = (
        chosen("role_arn")
        or chosen("token_file")
        or os.environ.get("IAMSIM_TOKEN")
        or chosen.given.get("claim")
        or chosen.settings.claim
    )
    return bool(stated) or manifest.server.assume is None


def _simulator(chosen: Options, read: tuple[Evidence, ...]) -> Simulator:
    """The policies alone, for calls that are of no check; a live account is read for whoever called and what they asked for."""
    calls = [call for file in read for call in file.calls]
    needed = tuple(
        dict.fromkeys(
            arn
            for call in calls
            for arn in (call.principal, call.resource)
            if arn is not None and arn.startswith("arn:")
        )
    )
    loaded = _loading.organization(chosen, needed, role_arn(chosen("role_arn")), progress)
    return _loading.simulator(chosen, loaded.organization)

"""The stacks of an app of the AWS CDK, as `cdk synth` leaves them in its folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iamsim import jsontext
from iamsim.errors import InputError
from iamsim.jsontext import Written, clipped
from iamsim.model.origin import Origin
from iamsim.sources._files import Files

MANIFEST = "manifest.json"
STACK, ASSEMBLY = "aws:cloudformation:stack", "cdk:cloud-assembly"
MAX_DEPTH = 8
"""Deepest that assemblies hold each other; a stage within a stage is two."""

_ENVIRONMENT = re.compile(r"aws://(\d{12}|unknown-account)/([a-z0-9-]+|unknown-region)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Artifact:
    """One stack of an app: its template, its name, where it is deployed (None where that is not told), its parameters."""

    template: Path
    name: str
    account: str | None
    region: str | None
    parameters: Mapping[str, str]


def is_assembly(folder: Path) -> bool:
    """Whether a folder is one that `cdk synth` made."""
    try:
        path = folder / MANIFEST
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(1024 * 1024)
    except OSError:
        return False
    return f'"{STACK}"'.encode() in head or f'"{ASSEMBLY}"'.encode() in head


def artifacts(folder: Path) -> Iterator[Artifact]:
    """
    The stacks of the app in `folder`, those of its stages among them.

    Raises `InputError` for a manifest that is none, and for a path that leads out of the folder.
    Source: AWS CDK, cloud assembly schema (manifest, artifact, AwsCloudFormationStackProperties).
    """
    yield from _inside(Files(folder), folder, 0)


def _inside(files: Files, folder: Path, depth: int) -> Iterator[Artifact]:
    path = files.inside(folder / MANIFEST)
    if depth > MAX_DEPTH:
        raise InputError(
            "assemblies hold each other too deeply", hint="synthesize the app anew", origin=Origin(str(path))
        )
    written = jsontext.read(files.text(path), str(path), _MOST)
    value = written.value
    found = value.get("artifacts", {}) if isinstance(value, dict) else None
    if not isinstance(found, dict):
        raise InputError("is no manifest of an app", hint="run `cdk synth` anew", origin=written.origin(()))
    for name, raw in found.items():
        kind = raw.get("type") if isinstance(raw, dict) else None
        if kind == STACK:
            yield _stack(files, folder, written, name, raw)
        elif kind == ASSEMBLY:
            below = _path(files, folder, written, name, "directoryName")
            yield from _inside(files, below, depth + 1)


def _stack(files: Files, folder: Path, written: Written, name: str, raw: Mapping[str, Any]) -> Artifact:
    at = ("artifacts", name)
    match = _ENVIRONMENT.fullmatch(str(raw.get("environment", "aws://unknown-account/unknown-region")))
    if match is None:
        raise InputError(
            f"`{clipped(raw.get('environment'))}` is no environment",
            hint="it reads aws://ACCOUNT/REGION",
            origin=written.origin((*at, "environment")),
        )
    properties = raw.get("properties")
    told = properties if isinstance(properties, dict) else {}
    parameters = told.get("parameters")
    return Artifact(
        _path(files, folder, written, name, "templateFile"),
        told["stackName"] if isinstance(told.get("stackName"), str) else name,
        None if match[1].startswith("unknown") else match[1],
        None if match[2].startswith("unknown") else match[2],
        {key: item for key, item in parameters.items() if isinstance(item, str)}
        if isinstance(parameters, dict)
        else {},
    )


def _path(files: Files, folder: Path, written: Written, name: str, property: str) -> Path:
    """A path that an artifact names, inside the folder."""
    at = ("artifacts", name, "properties", property)
    raw = written.value["artifacts"][name].get("properties")
    found = raw.get(property) if isinstance(raw, dict) else None
    if not isinstance(found, str) or not found or "\0" in found:
        raise InputError(
            f"an artifact names no `{property}`", hint="run `cdk synth` anew", origin=written.origin(at[:2])
        )
    try:
        return files.inside(folder / found)
    except OSError:  # too long for a path
        raise InputError(
            f"`{clipped(found)}` is no path", hint="run `cdk synth` anew", origin=written.origin(at)
        ) from None


_MOST = 1024 * 1024

"""The AWS calls a server's source code makes, tool by tool."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from iamsim.tools.infer.inferred import manifest
from iamsim.tools.infer.tree import tree
from iamsim.tools.infer.walk import walked
from iamsim.tools.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Inferred:
    """
    What a server's source tells.

    `notes` are sentences on what was not read or not understood; `files` counts the files that were read.
    """

    manifest: Manifest
    notes: tuple[str, ...]
    files: int


def infer(
    source: Path, *, made: str, name: str = "", version: str = "", progress: Callable[[str], None] = lambda _: None
) -> Inferred:
    """
    The manifest that follows from a Python server's source; nothing of it is imported or run.

    `source` is a file or a folder, `made` today (ISO 8601). Without `name` and `version` they are those of the project's
    metadata, else the folder's name and `0`. Raises `InputError` where there is no Python source to read.
    """
    read = tree(source)
    told = _metadata(source)
    named = name or told[0] or _plain(source.resolve().name.removesuffix(".py")) or "server"
    numbered = version or told[1] or "0"
    outcome = walked(read, progress)
    found, notes = manifest(outcome, name=named, version=numbered, subject=f"{named} {numbered}, its source", made=made)
    return Inferred(found, notes, len(read.sources))


def _metadata(source: Path) -> tuple[str, str]:
    """The name and version in a project's metadata; empty where there are none."""
    if not source.is_dir():
        return "", ""
    try:
        path = source / "pyproject.toml"
        if path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 20:
            project = tomllib.loads(path.read_text("utf-8")).get("project", {})
            if isinstance(project, dict):
                return _plain(str(project.get("name", ""))), _plain(str(project.get("version", "")))
        for path in sorted(source.glob("*.dist-info/METADATA")):
            if path.is_symlink() or path.stat().st_size > 1 << 20:
                continue
            text = path.read_text("utf-8")
            found = [re.search(rf"(?m)^{key}: *(\S+)$", text) for key in ("Name", "Version")]
            return _plain(found[0][1] if found[0] else ""), _plain(found[1][1] if found[1] else "")
    except (OSError, ValueError, RecursionError):
        pass
    return "", ""


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+-]", "-", text)[:100]

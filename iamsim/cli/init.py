"""`iamsim init`: settings to begin with, from what lies in the folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import click

from iamsim import config, redact, sources
from iamsim.cli._outputs import warning
from iamsim.errors import IamsimError, InputError, OutsideError
from iamsim.sources import json_folder
from iamsim.tools import manifest

_NAME = "iamsim.toml"
_DEPTH, _ENTRIES = 4, 5_000
_LEFT_OUT = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})
_LAST = ("cloudformation", "terraform_plan", "kubernetes")
"""Kinds that tell what will be, which lie over those that tell what is; in their order."""


@click.command("init")
def command() -> None:
    """
    Writes an iamsim.toml for this folder: what is found here, and the settings that are left to say.

    \b
    It looks for policies, plans, templates and manifests up to four folders deep, and asks nobody.
    A file that is there is never overwritten.

    \b
    Example:
      cd my-server && iamsim init && iamsim check
    """  # noqa: D301 - click reads \b as: leave this paragraph as it is
    here = Path()
    if os.path.lexists(_NAME):
        raise InputError(f"`{_NAME}` is there already", hint="edit it, or begin in another folder")
    settings = config.find(here).path
    if settings == "pyproject.toml":
        raise InputError("the settings stand in pyproject.toml", hint="edit [tool.iamsim] there")
    policies, tools = _found(here)
    text = _text(policies, tools)
    try:
        with Path(_NAME).open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise OutsideError(f"`{_NAME}` cannot be written: {reason}", hint="check the folder's permissions") from None
    if settings is not None:
        warning(f"it stands over {redact.line(settings)}, which no longer counts in this folder")
    click.echo(f"wrote {_NAME}", err=True)


COMMAND = command


# ---------------------------------------------------------------- helpers


def _found(here: Path) -> tuple[list[str], list[str]]:
    """The policies, those that lie over others last, and the manifests; each sorted."""
    policies: list[tuple[int, str]] = []
    tools: list[str] = []
    for path in _walked(here):
        name = str(path)
        if path.suffix == ".toml":
            if _is_manifest(path):
                tools.append(name)
            continue
        kind = _kind(path)
        if kind is not None:
            policies.append((_LAST.index(kind) + 1 if kind in _LAST else 0, name))
    return [name for _, name in sorted(policies)], sorted(tools)


def _walked(here: Path) -> Iterator[Path]:
    """Files and folders, none below a folder that is policies itself; no links, nothing hidden, nothing of packages."""
    left, waiting = _ENTRIES, [(here, 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            entries = sorted(folder.iterdir())
        except OSError:
            continue
        for path in entries:
            left -= 1
            if left < 0:
                warning(f"more than {_ENTRIES:,} files and folders: not all of them were looked at")
                return
            # What cannot be shown cannot be written down either.
            if path.name.startswith(".") or path.name in _LEFT_OUT or path.is_symlink() or not path.name.isprintable():
                continue
            yield path
            if path.is_dir() and depth < _DEPTH - 1 and _kind(path) is None:
                waiting.append((path, depth + 1))


def _kind(path: Path) -> str | None:
    """The kind of policies; None for what only somebody who knows it would take for some: one answer, one policy alone."""
    try:
        kind = sources.recognised(path)
    except (IamsimError, OSError, ValueError):
        return None
    if kind == "json_folder":
        return kind if json_folder.is_account(path) else None
    return None if kind == "cli_answer" else kind


def _is_manifest(path: Path) -> bool:
    try:
        return bool(manifest.named(str(path)).tools)
    except (IamsimError, OSError):
        return False


def _text(policies: list[str], tools: list[str]) -> str:
    """The settings as TOML that holds as it is; what is not known stands in comments."""
    lines = ["# Settings of iamsim; `iamsim check` and `iamsim lint` find them from here downwards.", ""]
    lines.append("# Where policies come from; later ones lie over earlier ones. Without any the live account is read.")
    if policies:
        lines += ["policies = [", *(f"    {_quoted(each)}," for each in policies), "]"]
    else:
        lines.append('# policies = ["policies"]')
    lines += ["", "# The server: NAME@VERSION of one that `iamsim tools list` shows, or a manifest of your own."]
    lines += [f"{'' if len(tools) == 1 else '# '}tools = {_quoted(each)}" for each in tools]
    if not tools:
        lines.append('# tools = "NAME@VERSION"')
    lines += ["", *_REST]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A text of printable characters as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)


_REST = (
    "# The role that the server assumes, and whom its process runs as: an ARN, none, or auto.",
    '# role_arn = "arn:aws:iam::111122223333:role/tenant"',
    '# server_principal = "auto"',
    '# region = "us-east-1"',
    "",
    "# What fails beside gaps: hazards and lint findings from this severity on; also `optional` and `unknown`.",
    '# fail_on = ["high"]',
    "# What is known already does not fail: `iamsim check --write-baseline iamsim-baseline.json` writes it.",
    '# baseline = "iamsim-baseline.json"',
    "",
    "# Parameters of the server and its tools.",
    "# [set]",
    '# bucket = "example-documents"',
    "",
    "# What somebody answers for, until a day.",
    "# [[waivers]]",
    '# id = "RULE"',
    '# place = "policies/*.json"',
    '# reason = "why nobody has to put it right"',
    '# owner = "who answers for it"',
    "# expires = 2027-01-31",
)

"""Policies written where the user wants them: as JSON documents, or in the language of a form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from iamsim import documents, fix, redact
from iamsim.cli import _secrets
from iamsim.cli._outputs import put, warning
from iamsim.errors import InputError
from iamsim.generate import Made
from iamsim.remedies._edits import edit


def write(policies: tuple[Made, ...], *, form: str | None, output: str | None) -> None:
    """
    The policies on standard output, in one file, or in a folder with a file for each.

    Several JSON documents on one output are an object, by the names of the policies. Raises `InputError` for texts
    of a form that cannot stand in one file.
    """
    texts = _in_form(policies, form) if form is not None else _as_json(policies, whole=_is_folder(output))
    texts = {name: _secrets.hidden(text) for name, text in texts.items()}
    if output is not None and _is_folder(output):
        for name, text in texts.items():
            put(text, str(Path(output) / name), people=False)
        return
    if len(texts) > 1 and form is not None and output is not None:
        raise InputError(
            f"{len(texts)} texts do not go into one file", hint=f"name a folder: --output {redact.line(output)}/"
        )
    put("\n".join(texts.values()), output, people=False)


# ---------------------------------------------------------------- helpers


def _is_folder(output: str | None) -> bool:
    return output is not None and (output.endswith("/") or Path(output).is_dir())


def _as_json(policies: tuple[Made, ...], *, whole: bool) -> Mapping[str, str]:
    """One text for all policies, or one for each of them."""
    found = {each.name: documents.document(each.policy) for each in policies}
    if whole:
        return {f"{name}.json": _text(document) for name, document in found.items()}
    return {"": _text(next(iter(found.values())) if len(found) == 1 else found)}


def _text(value: object) -> str:
    return f"{json.dumps(value, indent=2)}\n"


def _in_form(policies: tuple[Made, ...], name: str) -> Mapping[str, str]:
    """The texts of a form, by the names of files; what to know of them is said beside."""
    found = fix.form(name)
    blocks = found.write(tuple(edit(made.owner, made.slot, None, made.policy) for made in policies))
    texts: dict[str, str] = {}
    for made, block in zip(policies, blocks, strict=True):
        texts[f"{made.name}{found.extension}"] = block.text
        for note in block.notes:
            warning(f"{block.title}: {note}")
    return texts

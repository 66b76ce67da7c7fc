"""Edits of policies made in the files that hold them, which elsewhere stay as they are written."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iamsim import documents, jsontext, redact, sources
from iamsim.cli import _secrets
from iamsim.edits import edited, parsed
from iamsim.errors import IamsimError, InputError
from iamsim.model.finding import TextEdit
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy
from iamsim.model.remedy import Edit, Slot
from iamsim.sources._files import one_file

_MOST = 4 * 1024 * 1024
"""Largest file that is edited, in bytes."""
_WRITABLE = ("json_folder", "cloudformation")
"""Sources that people write; the others tell what AWS has, or what a program made of what people write."""
_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
"""What IAM calls a policy (IAM API Reference, `policyNameType`)."""


@dataclass(frozen=True, slots=True)
class Change:
    """A file and its text, before (None: there is no such file) and after."""

    path: Path
    before: str | None
    after: str

    def diff(self) -> str:
        """The change as a unified diff."""
        name = redact.line(str(self.path))
        old = [] if self.before is None else self.before.splitlines(keepends=True)
        new = self.after.splitlines(keepends=True)
        return "".join(difflib.unified_diff(old, new, "/dev/null" if self.before is None else name, name, n=3))


@dataclass(frozen=True, slots=True)
class Planned:
    """What would be written, by path, and the edits that have no place in a file, each with why."""

    changes: tuple[Change, ...]
    elsewhere: tuple[tuple[Edit, str], ...]


def planned(edits: Iterable[Edit], locations: tuple[str, ...]) -> Planned:
    """
    The edits as changes of the files at `locations`, those of `--policies`; nothing is written yet.

    A change is planned only where the policy in the file is the one that was judged, and the new text reads as the
    policy that was proven.
    """
    texts: dict[Path, tuple[str | None, str]] = {}
    elsewhere: list[tuple[Edit, str]] = []
    for edit in edits:
        try:
            path, before, after = _changed(edit, locations, {path: new for path, (_, new) in texts.items()})
        except _ElsewhereError as error:
            elsewhere.append((edit, str(error)))
        except IamsimError as error:
            elsewhere.append((edit, error.message))
        else:
            texts[path] = (texts[path][0] if path in texts else before), after
    return Planned(tuple(Change(path, *both) for path, both in sorted(texts.items())), tuple(elsewhere))


class _ElsewhereError(Exception):
    """Why an edit has no place in a file."""


def _changed(edit: Edit, locations: tuple[str, ...], texts: Mapping[Path, str]) -> tuple[Path, str | None, str]:
    _must_be_shown(edit)
    if edit.before is None:
        path = _new(edit, locations)
        if path in texts or path.exists() or path.is_symlink():
            raise _ElsewhereError(f"there is a file {path} already")
        return path, None, edit.text
    path = _of(edit.before.origin, locations)
    text = texts.get(path) or one_file(path, _MOST)
    pointer = edit.before.origin.pointer
    value = _at(jsontext.load(text, str(path), _MOST), pointer)
    _must_read(value, edit.before, "says it in another way than it was judged, by functions or references")
    new = edited(text, _text_edits(text, value, pointer, edit.before, edit.after), str(path), _MOST)
    _must_read(_at(jsontext.load(new, str(path), _MOST), pointer), edit.after, "cannot be edited without changing more")
    return path, text, new


def _must_be_shown(edit: Edit) -> None:
    """Refuses to write what is not shown: it would end up in a repository."""
    old = edit.before.statements if edit.before is not None else ()
    new = [documents.statement_document(s) for s in edit.after.statements if s not in old]
    text = json.dumps(new, ensure_ascii=False)
    if _secrets.hidden(text) != text:
        raise _ElsewhereError("it holds a value that must not be shown")


# ---------------------------------------------------------------- which file


def _new(edit: Edit, locations: tuple[str, ...]) -> Path:
    """Where an account's folder keeps a new policy of the owner (docs/policies-folder.md)."""
    kind = source_of(edit.origin.document, locations)
    if kind != "json_folder" or not Path(edit.origin.document).is_dir():
        what = edit.origin.document if kind is not None else "no file"
        raise _ElsewhereError(f"its owner is described in {what}: take the block that `iamsim fix` prints")
    folder = Path(edit.origin.document)
    match edit.slot:
        case Slot.INLINE | Slot.MANAGED if _NAME.fullmatch(edit.after.name):
            path = folder / edit.slot.value / f"{edit.after.name}.json"
        case Slot.RESOURCE:
            path = folder / "policy.json"
        case _:
            raise _ElsewhereError("its owner has no place for it")
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise _ElsewhereError(f"{path.parent} is a link that leaves the folder")
    return path


def _of(origin: Origin, locations: tuple[str, ...]) -> Path:
    kind = source_of(origin.document, locations)
    if kind not in _WRITABLE:
        what = "the live account" if kind is None else f"{origin.document}, which nobody writes by hand"
        raise _ElsewhereError(f"it comes from {what}")
    if not origin.document.endswith((".json", ".template")) or not Path(origin.document).is_file():
        raise _ElsewhereError(f"{origin.document} is no JSON")
    return Path(origin.document)


def source_of(document: str, locations: tuple[str, ...]) -> str | None:
    """The kind of source that a document is part of, by the last location that holds it; None for none that is a file."""
    if not document:
        return None
    for location in reversed(locations):
        if sources.is_live(location):
            continue
        kind, path = _named(location)
        try:
            held = Path(document).resolve().is_relative_to(path.resolve())
        except (OSError, ValueError, RuntimeError):
            held = False
        if held:
            return kind
    return None


def _named(location: str) -> tuple[str | None, Path]:
    word, colon, rest = location.partition(":")
    if colon and word in sources.names():
        return word.replace("-", "_"), Path(rest)
    return sources.recognised(Path(location)), Path(location)


# ---------------------------------------------------------------- what in it


def _at(value: Any, pointer: str) -> Any:  # noqa: ANN401 - JSON is any of six types
    for part in parsed(pointer):
        if isinstance(value, Mapping) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise _ElsewhereError("the file has changed since it was read")
    return value


def _must_read(value: Any, policy: Policy, otherwise: str) -> None:  # noqa: ANN401 - JSON is any of six types
    try:
        found = documents.policy_of(value, origin=Origin(""), name=policy.name)
    except InputError:
        found = None
    if found is None or documents.document(found) != documents.document(policy):
        raise _ElsewhereError(f"the file {otherwise}")


def _text_edits(text: str, value: Mapping[str, Any], at: str, old: Policy, new: Policy) -> list[TextEdit]:
    """What turns one policy, as it is written in `text`, into the other."""
    indent = _indent(text)
    had = [documents.statement_document(statement) for statement in old.statements]
    has = [documents.statement_document(statement) for statement in new.statements]
    written = value["Statement"]
    if old.version != new.version or len(has) < len(had):
        return [TextEdit(at, _dumped(documents.document(new), indent))]
    if not isinstance(written, list):
        if len(has) > 1:
            return [TextEdit(f"{at}/Statement", _dumped(has, indent))]
        return _of_statement(written, f"{at}/Statement", had[0], has[0], indent)
    found = []
    for index, pair in enumerate(zip(had, has, strict=False)):
        found += _of_statement(written[index], f"{at}/Statement/{index}", *pair, indent)
    return [*found, *(TextEdit(f"{at}/Statement/-", _dumped(statement, indent)) for statement in has[len(had) :])]


def _of_statement(
    written: Mapping[str, Any], at: str, old: Mapping[str, Any], new: Mapping[str, Any], indent: str | None
) -> list[TextEdit]:
    found = []
    for name in (*new, *(name for name in old if name not in new)):
        if name in new and old.get(name) == new[name]:
            continue
        is_, becomes = written.get(name), new.get(name)
        if isinstance(is_, list) and isinstance(becomes, list) and becomes[: len(is_)] == is_:
            found += [TextEdit(f"{at}/{name}/-", _dumped(each, indent)) for each in becomes[len(is_) :]]
        else:
            found.append(TextEdit(f"{at}/{name}", None if name not in new else _dumped(becomes, indent)))
    return found


def _indent(text: str) -> str | None:
    """What one step of the file's indentation is; None for a file that is one line."""
    found = re.search(r"\n([ \t]+)\S", text)
    return found[1] if found else None


def _dumped(value: Any, indent: str | None) -> str:  # noqa: ANN401 - JSON is any of six types
    return json.dumps(value, indent=indent, ensure_ascii=False)

"""RFC 6902 patches, one per policy document: only what changes, wherever the rest stands."""

from __future__ import annotations

from typing import Any

from iamsim.fix import Block, Form, _documents
from iamsim.fix._blocks import block, unknown
from iamsim.fix._statements import changed, is_alone, stands_in_file
from iamsim.model.policy import Policy
from iamsim.model.principal import HOLE
from iamsim.model.remedy import Edit

Operation = dict[str, Any]


def operations(before: Policy | None, after: Policy) -> list[Operation]:
    """
    The patch that makes `after` of `before`, or of an empty document where that is None.

    Its pointers lead through the file of `before` where that holds the policy as an object, else through the policy
    document alone. Where an element of a statement changes, all of it is written; a statement with a Sid is tested for
    it first, so that a patch of another version of the file fails instead of changing another statement.
    """
    new = _documents.value(after)
    if before is None:
        return [{"op": "add", "path": "", "value": new}]
    old = _documents.value(before)
    root = before.origin.pointer if stands_in_file(before) else ""
    found = [*_version(old, new, root)]
    if is_alone(before):
        if len(new["Statement"]) == 1:
            return [*found, *_elements(f"{root}/Statement", old["Statement"][0], new["Statement"][0])]
        whole = [{"op": "replace", "path": f"{root}/Statement", "value": new["Statement"]}]
        return [*found, *_sid(f"{root}/Statement", old["Statement"][0]), *whole]
    return [*found, *_listed(f"{root}/Statement", old["Statement"], new["Statement"])]


def write(edits: tuple[Edit, ...]) -> tuple[Block, ...]:
    """One patch per edit."""
    return tuple(map(_block, edits))


def _block(edit: Edit) -> Block:
    found = operations(edit.before, edit.after)
    text = _documents.numbered(_documents.text(found)) + "\n"
    notes: tuple[str, ...] = ()
    if edit.before is None:
        title, place = f"a new document for {edit.owner}", f"{edit.after.name}.json"
    elif stands_in_file(edit.before):
        title, place = f"patch the {edit.slot} policy of {edit.owner}", edit.before.origin.document
        notes = ("the pointers lead through this file, which may be YAML",) if edit.before.origin.address else ()
    else:
        title, place = f"patch the {edit.slot} policy of {edit.owner}", str(edit.before.origin)
        notes = ("the pointers lead through the policy document alone",)
    return block(title, text, "json", place, (*notes, *unknown(_documents.holes(found), _documents.PLACEHOLDER)))


def _version(old: dict[str, Any], new: dict[str, Any], root: str) -> list[Operation]:
    return _member(f"{root}/Version", old.get("Version"), new.get("Version"))


def _listed(path: str, old: list[Any], new: list[Any]) -> list[Operation]:
    """Changes where statements stay, then removals from behind, then additions: no index moves before it is used."""
    part = changed(old, new)
    both = min(part.end - part.start, len(part.new))
    found = [
        operation
        for at in range(both)
        for operation in _elements(f"{path}/{part.start + at}", old[part.start + at], part.new[at])
    ]
    for at in range(part.end - 1, part.start + both - 1, -1):
        found += [*_sid(f"{path}/{at}", old[at]), {"op": "remove", "path": f"{path}/{at}"}]
    behind = part.end == len(old)
    for at, value in enumerate(part.new[both:], part.start + both):
        found.append({"op": "add", "path": f"{path}/{'-' if behind else at}", "value": value})
    return found


def _elements(path: str, old: dict[str, Any], new: dict[str, Any]) -> list[Operation]:
    """What changes in one statement."""
    found = [
        operation
        for name in dict.fromkeys((*old, *new))
        for operation in _member(f"{path}/{name}", old.get(name), new.get(name))
    ]
    return [*_sid(path, old), *found] if found else []


def _member(path: str, old: object, new: object) -> list[Operation]:
    if old == new:
        return []
    if new is None:
        return [{"op": "remove", "path": path}]
    # `add` also replaces a member that is there, such as an empty Condition, which says nothing.
    return [{"op": "add" if old is None else "replace", "path": path, "value": new}]


def _sid(path: str, statement: dict[str, Any]) -> list[Operation]:
    sid = statement.get("Sid")
    return [] if sid is None or HOLE in sid else [{"op": "test", "path": f"{path}/Sid", "value": sid}]


def _fits(edit: Edit) -> bool:
    return edit.before is not None and stands_in_file(edit.before) and not edit.before.origin.address


FORM = Form("JSON patch", ".json", write, _fits)

"""Unified diffs of the policies as indented JSON, with the lines of the file where the changes belong."""

from __future__ import annotations

import difflib
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from iamsim.fix import Block, Form, _documents
from iamsim.fix._blocks import block, unknown
from iamsim.fix._statements import stands_in_file
from iamsim.jsontext import clipped
from iamsim.model.policy import Policy
from iamsim.model.remedy import Edit


def write(edits: tuple[Edit, ...]) -> tuple[Block, ...]:
    """One diff per edit."""
    return tuple(map(_block, edits))


def _block(edit: Edit) -> Block:
    before, after = edit.before, edit.after
    old, new = _lines(before) if before is not None else [], _lines(after)
    label = clipped(before.origin.document or before.name) if before is not None else "/dev/null"
    target = label if before is not None else clipped(f"{after.name}.json")
    rows = list(difflib.unified_diff(old, new, label, target, n=3))
    text = "".join(_placed(rows, before) if before is not None and stands_in_file(before) else rows)
    notes = unknown(_documents.holes(_documents.value(after)), _documents.PLACEHOLDER)
    if before is not None:
        notes = (_of_lines(before), *notes)
    title = f"the {edit.slot} policy of {edit.owner}" + (", new" if before is None else "")
    return block(title, text, "diff", str(before.origin) if before is not None else target, notes)


def _lines(policy: Policy) -> list[str]:
    text = _documents.numbered(_documents.text(_documents.value(policy))) + "\n"
    return text.splitlines(keepends=True)


def _of_lines(before: Policy) -> str:
    counted = "line numbers count the lines of the policy as indented JSON"
    return f"{counted}; behind @@ stands the line of the file" if stands_in_file(before) else counted


def _placed(rows: list[str], before: Policy) -> Iterator[str]:
    """The rows of a diff, with the place of the first statement that changes behind each `@@`."""
    # Each statement begins where the ones before it end: behind `{`, Version and `"Statement": [`.
    value = _documents.value(before)
    sizes = [_documents.text(statement).count("\n") + 1 for statement in value["Statement"]]
    starts = list(accumulate(sizes, initial=3 + ("Version" in value)))[:-1]
    for number, row in enumerate(rows):
        found = re.match(r"@@ -(\d+)", row)
        if found is None:
            yield row
            continue
        context = next(i for i, each in enumerate(rows[number + 1 :]) if not each.startswith(" "))
        statement = before.statements[max(bisect_right(starts, int(found[1]) + context) - 1, 0)]
        yield f"{row.rstrip()} {clipped(statement.origin.document)}:{statement.origin.line} {clipped(statement.label)}\n"


def _fits(edit: Edit) -> bool:
    return edit.before is not None and stands_in_file(edit.before) and not edit.before.origin.address


FORM = Form("diff", ".diff", write, _fits)

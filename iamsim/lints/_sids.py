"""Sids that stand more than once in a policy."""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, Part
from iamsim.lints._grammar import is_text, told


def again(draft: Draft) -> Iterator[tuple[str, Part]]:
    """The statements whose Sid an earlier one has; the empty one may come again."""
    seen: set[str] = set()
    for part in draft.statements():
        sid = part.value.get("Sid")
        if not is_text(sid) or not told(sid) or not sid:
            continue
        if sid in seen:
            yield str(sid), part
        seen.add(str(sid))

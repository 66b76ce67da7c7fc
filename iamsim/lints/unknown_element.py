"""
The policy has an element that the language does not have.

AWS refuses it. Names of elements are case-sensitive: `effect` is not Effect, and counts as an unknown element.

Avoid:

    {"Effect": "Allow", "action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from iamsim.drafts import Draft
from iamsim.jsontext import Pointer, clipped, written
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import ELEMENTS, TOP, nearest, texts, told, top
from iamsim.model.finding import Severity, TextEdit


def check(draft: Draft) -> Iterator[Seen]:
    """One for each element; a name in wrong case is put right."""
    yield from _unknown("a policy", "", top(draft), (), TOP)
    for part in draft.statements():
        yield from _unknown("a statement", part.subject, part.value, part.at, ELEMENTS)


def _unknown(what: str, subject: str, value: Mapping[str, Any], at: Pointer, names: tuple[str, ...]) -> Iterator[Seen]:
    for key in value:
        if not isinstance(key, str) or key in names or not told(key):
            continue
        meant = nearest(key, names)
        same = meant is not None and meant.lower() == key.lower()
        hint = f"the language is case-sensitive: `{meant}`" if same else f"`{meant}` may be meant" if meant else ""
        yield Seen(
            f"{subject} {key}".strip(),
            f"{what} has no element `{clipped(key)}`: AWS refuses the policy",
            (*at, key),
            (hint,) if hint else (),
            fix=_renamed(value, at, key, str(meant)) if same and meant not in value else (),
        )


def _renamed(value: Mapping[str, Any], at: Pointer, key: str, meant: str) -> tuple[TextEdit, ...]:
    if not all(told(text.value) for text in texts(value[key])):
        return ()
    try:
        body = json.dumps(value[key], ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return ()
    return TextEdit(written((*at, meant)), body), TextEdit(written((*at, key)), None)


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, Grammar of the IAM JSON policy language",
    codes=("INVALID_POLICY_ELEMENT",),
)

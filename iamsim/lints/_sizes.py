"""How long a policy is, as AWS counts."""

from __future__ import annotations

import json
import re
from typing import Any

from iamsim.drafts import Draft, PolicyKind
from iamsim.jsontext import STRING
from iamsim.lints._grammar import texts, told
from iamsim.quotas import QUOTAS, Counted, Quota

_BLANK = re.compile(rf"({STRING})|[ \t\r\n]+", re.DOTALL)
_OF_KIND = {
    PolicyKind.BOUNDARY: "managed",
    PolicyKind.SESSION: "session",
    PolicyKind.TRUST: "trust",
    PolicyKind.SCP: "scp",
    PolicyKind.RCP: "rcp",
    PolicyKind.VPC_ENDPOINT: "vpce",
}


def quota(draft: Draft) -> Quota | None:
    """What AWS takes of a policy like this; None where it is not known here. Inline policies are counted together."""
    if draft.kind is PolicyKind.IDENTITY:
        return QUOTAS["managed"] if draft.managed else None
    if draft.kind is PolicyKind.RESOURCE:
        return QUOTAS.get(draft.service) if draft.service in _SERVICES else None
    return QUOTAS[_OF_KIND[draft.kind]]


def length(draft: Draft, counted: Counted) -> int | None:
    """The length of a draft, never more than AWS's count; None where it is not told in full."""
    if draft.value is None or not all(told(text.value) for text in texts(draft.value)):
        return None
    if draft.text is None or counted is Counted.LETTERS:
        text = _dense(draft.text if draft.text is not None else written(draft.value))
    else:
        text = draft.text.strip()
    return len(text.encode("utf-8", "replace")) if counted is Counted.BYTES else len(text)


def written(value: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    """A JSON value as the shortest text."""
    try:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return ""


def _dense(text: str) -> str:
    """The text without white space between its elements."""
    return _BLANK.sub(lambda match: match[1] or "", text)


_SERVICES = frozenset(QUOTAS) - {
    "role",
    "user",
    "group",
    "managed",
    "trust",
    "session",
    "iam-parameter",
    "scp",
    "rcp",
    "vpce",
}

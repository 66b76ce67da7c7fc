"""Actions as they are written, compared with those that AWS lists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.catalog import actions as reference
from iamsim.catalog import operations, sdk
from iamsim.drafts import Draft, Part, Text
from iamsim.lints._grammar import actions

_PLAIN = re.compile(r"([A-Za-z0-9.-]+):([^:]+)", re.DOTALL)


def written(draft: Draft) -> Iterator[tuple[Part, Text, str, str]]:
    """Each action that is well formed, with its service in lower case and its name."""
    for part in draft.statements():
        for text in actions(part):
            match = _PLAIN.fullmatch(text.value)
            if match is not None:
                yield part, text, match[1].lower(), match[2]


def known_service(service: str) -> bool:
    """Whether AWS lists the service."""
    return service in reference.services()


def wild(name: str) -> bool:
    """Whether the name of an action has a wildcard."""
    return "*" in name or "?" in name


def authorizing(service: str, operation: str) -> tuple[str, ...]:
    """The actions that authorize a call of the API operation, of which no action has the name; empty if it is none."""
    for name in operations.services():
        if sdk.prefix(name) == service or name == service:
            found = operations.actions(name, operation)
            if found:
                return found
    return ()

"""
A role's sessions may last longer than those who may assume it can ask for.

A session of a role that assumes another role gets one hour at most, whatever MaxSessionDuration says: a call that
asks for more is refused.

Avoid:

    "MaxSessionDuration": 43200

Prefer:

    "MaxSessionDuration": 3600
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import allowing, role_of
from iamsim.model.finding import Severity

_HOUR = 3600


def check(draft: Draft) -> Iterator[Seen]:
    """One for a loaded role that names roles alone, and lets sessions last for more than an hour."""
    role, elements = role_of(draft), [element for _, _, element in allowing(draft)]
    if role is None or role.max_session_duration is None or role.max_session_duration <= _HOUR or not elements:
        return
    for element in elements:
        others = element.anyone or element.service or element.federated or element.canonical
        if (
            others
            or not element.aws
            or not all(":role/" in value or ":assumed-role/" in value for value in element.aws)
        ):
            return
    told = f"sessions may last {role.max_session_duration} seconds, and roles, which alone may assume it, get {_HOUR} at most"
    yield Seen("MaxSessionDuration", told)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.LOW,
    "IAM User Guide, IAM roles: Role chaining",
    kinds=frozenset({PolicyKind.TRUST}),
)

"""
An Allow names those who may not, and whoever has no such key may.

A negated operator holds where the key is absent: `StringNotEquals` on a tag lets everybody in who has no such tag. Name
those who may, or ask with Null that the key is there.

Avoid:

    {"StringNotEquals": {"aws:PrincipalTag/team": "contractors"}}

Prefer:

    {"StringEquals": {"aws:PrincipalTag/team": ["backend", "frontend"]}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog.condition_keys import Presence
from iamsim.drafts import WITH_PRINCIPAL, Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    OF_THE_CALLER,
    guarded,
    lines,
    present,
    wild_answers,
)
from iamsim.model.finding import Audience, Severity

_TAGS = (Presence.RESOURCE_TAGS, Presence.REQUEST_TAGS)


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such line on who calls, from where, or on a tag."""
    for line in lines(draft):
        when = present(line.key)
        if not line.part.allows or not line.negated or line.without_key is not True or guarded(line):
            continue
        if wild_answers(line) is not None:
            continue
        claim = draft.kind is PolicyKind.TRUST and "." in line.key.partition(":")[0]
        signed = when is Presence.SIGNED and draft.kind not in WITH_PRINCIPAL
        if claim or (when in (*OF_THE_CALLER, *_TAGS) and not signed):
            yield Seen(
                line.subject,
                f"{line.name} of {line.part.label} also holds where there is no such key: {'who' if when not in _TAGS else 'what'} has none passes",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM JSON policy elements: Condition operators",
    audience=Audience.REVIEWER,
)

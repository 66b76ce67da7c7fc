"""
An Allow asks who calls, or from where, only if the request says so.

With IfExists the condition holds where the key is absent. Callers outside every organization, from outside every VPC,
without the tag, without an external id have no such key: they pass. Of the addresses and the VPC one is always there,
and both may stand together with IfExists.

Avoid:

    {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}

Prefer:

    {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog.condition_keys import Presence
from iamsim.drafts import WITH_PRINCIPAL, Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    OF_THE_CALLER,
    Line,
    guarded,
    lines,
    present,
)
from iamsim.model.finding import Severity

_NETWORK = (Presence.PUBLIC_ENDPOINT, Presence.VPC_ENDPOINT)


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such line; one that holds without the key for another reason is another lint's."""
    for line in lines(draft):
        if not line.part.allows or not line.reading.if_exists or line.negated or line.without_key is not True:
            continue
        if guarded(line) or _both_ways(line) or not _says_who(line, draft.kind):
            continue
        yield Seen(
            line.subject,
            f"{line.name} of {line.part.label} also holds where the request has no such key: strangers pass",
            line.test.at,
            severity=Severity.HIGH if draft.kind in WITH_PRINCIPAL else None,
        )


def _says_who(line: Line, kind: PolicyKind) -> bool:
    """Whether the key says who calls; in a policy of the caller, everybody who can be meant has signed."""
    when = present(line.key)
    if when is Presence.SIGNED:
        return kind in WITH_PRINCIPAL
    prefix = line.key.partition(":")[0]
    claim = kind is PolicyKind.TRUST and "." in prefix
    return when in OF_THE_CALLER or line.key == "sts:externalid" or claim


def _both_ways(line: Line) -> bool:
    """Whether the block asks for the network, whichever way the request came."""
    return present(line.key) in _NETWORK and line.block.presences.issuperset(_NETWORK)


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.MEDIUM,
    "IAM User Guide, IAM JSON policy elements: Condition operators, IfExists",
)

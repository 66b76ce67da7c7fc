"""
Anybody with an AWS account may assume the role.

`{"AWS": "*"}` names every principal of every account. Only a condition that says who is asking keeps them out:
aws:PrincipalArn, aws:PrincipalOrgID, aws:PrincipalAccount. A tag the asker gives itself, an external id (which is no
secret), an address or a session's name do not say who it is.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/server"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.drafts.world import STRANGE, STRANGE_ABSENT
from iamsim.graph import words
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import ASSUME, NOT_OURS, NOT_SENT, allowing, apart, possible, role_arn, strangers, sure
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement that lets a stranger in, by the engine: what is denied, and every condition, counts."""
    role = role_arn(draft)
    if not role or draft.world is None:
        return
    for part, statement, element in allowing(draft):
        if not element.anyone or element.bare:
            continue  # AWS refuses the star by itself, which is another lint's
        world, callers = apart(draft.world, role, statement), tuple(strangers(statement))
        if any(sure(world.outside(each, ASSUME, role, values=STRANGE, absent=STRANGE_ABSENT)) for each in callers):
            yield Seen(part.subject, f"anybody with an AWS account may assume the role ({part.label})", part.at)
        elif any(possible(world.outside(each, ASSUME, role, values=NOT_OURS, absent=NOT_SENT)) for each in callers):
            yield Seen(
                part.subject,
                f"anybody with an AWS account may assume the role that meets conditions which do not say who it is ({part.label})",
                part.at,
                tuple(words.condition(each) for each in statement.conditions),
                severity=Severity.HIGH,
            )


LINT = Lint(
    check,
    Family.TRUST,
    Severity.CRITICAL,
    "IAM User Guide, AWS JSON policy elements: Principal, All principals",
    kinds=frozenset({PolicyKind.TRUST}),
)

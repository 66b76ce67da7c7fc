"""
A role trusts itself.

A session of the role can then make itself another one, again and again, with other tags and a new hour: its end is no
end. Some programs that assume their own role need that.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/server"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._trust import ASSUME, allowing, named, role_of
from iamsim.model.finding import Audience, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement in which a loaded role names itself."""
    role = role_of(draft)
    for part, statement, element in allowing(draft) if role is not None else ():
        if role is not None and role.arn in element.aws and named(statement, ASSUME):
            yield Seen(part.subject, f"the role trusts itself ({part.label})", (*part.at, "Principal"))


LINT = Lint(
    check,
    Family.TRUST,
    Severity.LOW,
    "AWS Security Blog, Announcing an update to IAM role trust policy behavior",
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)

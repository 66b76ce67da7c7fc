"""
A policy names a role or user that its account does not have.

AWS saves no trust and no resource policy that names a principal which does not exist, so that a deploy fails; where
one is deleted later, its ARN becomes an id that nobody has again. Only accounts that were loaded are looked into, and
what was not loaded of one is not seen.

Avoid:

    {"AWS": "arn:aws:iam::111122223333:role/no-such-role"}

Prefer:

    {"AWS": "arn:aws:iam::111122223333:role/server"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.model.account import Account
from iamsim.model.finding import Confidence, Severity

_NAMED = re.compile(r"arn:[a-z-]+:(?:iam::(\d{12}):(role|user)/([^*?$]+)|sts::(\d{12}):assumed-role/([^/*?$]+)/.+)")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value that names nobody of a loaded account."""
    world = draft.world
    if world is None or world.alone:
        return
    for part in draft.statements():
        for kind, text in part.principals():
            match = _NAMED.fullmatch(text.value) if kind == "AWS" else None
            account = world.organization.accounts.get(match[1] or match[4]) if match else None
            if match is None or account is None:
                continue
            word = match[2] or "role"
            if _has(account, text.value, word, match[5]) or (match[3] or match[5]).startswith(
                ("aws-service-role/", "aws-reserved/", "AWSReservedSSO_", "AWSServiceRoleFor")
            ):
                continue
            told = f"account {account.id} has no {word} `{(match[3] or match[5])[:120]}`, as far as it was loaded"
            yield Seen(f"{part.subject} {text.value}", told, text.at, _elsewhere(account, text.value, word))


def _has(account: Account, arn: str, word: str, session_of: str | None) -> bool:
    known = account.users if word == "user" else account.roles
    # An account of which no role, or no user, was loaded tells nothing of them.
    if not known or arn in known:
        return True
    return session_of is not None and any(each.rpartition("/")[2] == session_of for each in known)


def _elsewhere(account: Account, arn: str, word: str) -> tuple[str, ...]:
    known = account.users if word == "user" else account.roles
    name = arn.rpartition("/")[2].lower()
    found = next((each for each in known if each.rpartition("/")[2].lower() == name), None)
    return (f"there is {found}",) if found else ()


LINT = Lint(
    check,
    Family.TRUST,
    Severity.MEDIUM,
    "IAM User Guide, AWS JSON policy elements: Principal, IAM role principals",
    confidence=Confidence.LIKELY,
    kinds=frozenset({PolicyKind.TRUST, PolicyKind.RESOURCE}),
)

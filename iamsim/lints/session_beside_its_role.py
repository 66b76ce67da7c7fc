"""
A trust policy names a role's session beside the role.

Every session of the role is let in by its ARN already.

Avoid:

    {"AWS": ["arn:aws:iam::111122223333:role/server", "arn:aws:sts::111122223333:assumed-role/server/main"]}

Prefer:

    {"AWS": "arn:aws:iam::111122223333:role/server"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Audience, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each session whose role the same Principal names, on whatever path."""
    for part in draft.statements():
        names = [text for kind, text in part.principals() if kind == "AWS"]
        roles = {_of_role(text.value) for text in names} - {None}
        for text in names if part.allows and "Principal" in part.value else ():
            head, _, rest = text.value.partition(":assumed-role/")
            if rest and head.startswith("arn:") and (head.split(":")[-1], rest.split("/")[0]) in roles:
                told = f"`{text.value[:200]}` is let in by its role already"
                yield Seen(f"{part.subject} {text.value}", told, text.at)


def _of_role(value: str) -> tuple[str, str] | None:
    head, _, rest = value.partition(":role/")
    return (head.split(":")[-1], rest.split("/")[-1]) if rest and head.startswith("arn:") else None


LINT = Lint(
    check,
    Family.TRUST,
    Severity.INFO,
    "IAM User Guide, IAM policy validation check reference: Redundant principal in role trust policy",
    audience=Audience.STYLE,
    codes=("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY",),
    kinds=frozenset({PolicyKind.TRUST}),
)

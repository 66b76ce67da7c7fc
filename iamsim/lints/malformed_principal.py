"""
Principal is neither `*` nor an object.

AWS refuses the policy: who is meant stands behind a word for what it is, such as AWS or Service.

Avoid:

    {"Effect": "Allow", "Principal": "arn:aws:iam::111122223333:role/deploy", "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/deploy"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.drafts import WITH_PRINCIPAL, Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import is_text, json_type, told
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each element; an empty one names nobody, and is another's."""
    for part in draft.statements():
        for element in ("Principal", "NotPrincipal"):
            body = part.value.get(element, "*")
            if body in ("*", []) or isinstance(body, Mapping) or not told(body):
                continue
            what = "a name by itself" if is_text(body) else json_type(body)
            yield Seen(
                f"{part.subject} {element}",
                f"{part.label} has {what} as {element}: AWS takes `*` or an object such as `AWS` with an ARN",
                (*part.at, element),
            )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, AWS JSON policy elements: Principal",
    codes=("INVALID_PRINCIPAL_FORMAT",),
    kinds=WITH_PRINCIPAL,
)

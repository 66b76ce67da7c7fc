"""
A policy that hangs on the one who asks names a principal.

AWS refuses it: an identity policy, a boundary, a session policy or an SCP is about whoever has it. Principal belongs
in a trust policy and in the policy of a resource.

Avoid:

    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import LIKE_IDENTITY, Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each element; the policy may as well be one of another kind."""
    scp = draft.kind is PolicyKind.SCP
    what = "a service control policy" if scp else f"a policy of the kind {draft.kind}"
    for part in draft.statements():
        for element in ("Principal", "NotPrincipal"):
            if element in part.value:
                yield Seen(
                    f"{part.subject} {element}",
                    f"{part.label} has {element}, which {what} does not take: AWS refuses it",
                    (*part.at, element),
                    code="SCP_SYNTAX_ERROR_PRINCIPAL" if scp else "UNSUPPORTED_PRINCIPAL",
                )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, AWS JSON policy elements: Principal",
    codes=("UNSUPPORTED_PRINCIPAL", "SCP_SYNTAX_ERROR_PRINCIPAL"),
    kinds=LIKE_IDENTITY | {PolicyKind.SCP},
)

"""
Principal has a kind of principal that there is not.

AWS refuses the policy. The kinds are AWS, Service, Federated and CanonicalUser, in this spelling; the last one is for
policies of Amazon S3, not for the trust of a role.

Avoid:

    {"Effect": "Allow", "Principal": {"Role": "arn:aws:iam::111122223333:role/deploy"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/deploy"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.drafts import WITH_PRINCIPAL, Draft, PolicyKind
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import PRINCIPALS, nearest, told
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each word."""
    known = tuple(kind for kind in PRINCIPALS if kind != "CanonicalUser" or draft.kind is not PolicyKind.TRUST)
    for part in draft.statements():
        for element in ("Principal", "NotPrincipal"):
            body = part.value.get(element)
            for kind in body if isinstance(body, Mapping) else ():
                if isinstance(kind, str) and kind not in known and told(kind):
                    meant = nearest(kind, known)
                    yield Seen(
                        f"{part.subject} {element} {kind}",
                        f"`{clipped(kind)}` is no kind of principal that this policy takes",
                        (*part.at, element, kind),
                        (f"`{meant}` may be meant",) if meant else (),
                    )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, AWS JSON policy elements: Principal",
    codes=("INVALID_PRINCIPAL_KEY",),
    kinds=WITH_PRINCIPAL,
)

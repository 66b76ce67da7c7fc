"""
An action is one that AWS has replaced by finer ones.

The actions of `aws-portal`, and two of `purchase-orders`, reached the end of their support in July 2023: AWS asks for
those of `billing`, `account`, `payments`, `tax` and others instead. An Allow on the old ones lets nobody in where the
finer ones are in effect, and a Deny keeps nobody out.

Avoid:

    {"Effect": "Deny", "Action": "aws-portal:*", "Resource": "*"}

Prefer:

    {"Effect": "Deny", "Action": ["account:*", "billing:*", "payments:*", "tax:*"], "Resource": "*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import actions as reference
from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._actions import written
from iamsim.model.finding import Confidence, Severity

_SERVICE = "aws-portal:"
_ACTIONS = frozenset({"purchase-orders:viewpurchaseorders", "purchase-orders:modifypurchaseorders"})


def check(draft: Draft) -> Iterator[Seen]:
    """One for each text that names retired actions alone, in a policy that has none of the finer ones."""
    for part, text, _, _ in written(draft):
        names = reference.expand(text.value)
        if names and all(_retired(name) for name in names) and not _finer(draft):
            yield Seen(
                f"{part.subject} {text.value}",
                f"`{clipped(text.value)}` in {part.label} is retired: AWS asks for finer actions instead",
                text.at,
                severity=Severity.MEDIUM if part.denies else None,
            )


def _retired(name: str) -> bool:
    return name.startswith(_SERVICE) or name.lower() in _ACTIONS


def _finer(draft: Draft) -> bool:
    """Whether the policy has any of the finer actions too: then it was moved to them, and the old ones were left in."""
    return any(
        service in _FINER and not all(_retired(name) for name in reference.expand(text.value))
        for _, text, service, _ in written(draft)
    )


_FINER = frozenset(
    {
        "account", "billing", "bcm-data-exports", "consolidatedbilling", "cur", "freetier", "invoicing", "payments",
        "purchase-orders", "tax",
    }
)  # fmt: skip


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "AWS Billing User Guide, Mapping fine-grained IAM actions reference",
    confidence=Confidence.LIKELY,
)

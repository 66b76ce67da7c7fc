"""
A policy has an action that cannot be asked of what it hangs on.

AWS refuses it: a trust policy has actions of AWS STS only, the policy of a bucket, queue or topic only those of
its service.

Avoid:

    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "*"}

Prefer:

    {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iamsim.drafts import Draft, PolicyKind, Text
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._actions import written
from iamsim.model.finding import Confidence, Severity

_CHECKED = frozenset({"s3", "sqs", "sns"})
"""Services that check the actions of the policies of their resources when they store them."""


def check(draft: Draft) -> Iterator[Seen]:
    """One for each action of another service; `*` by itself in a trust policy."""
    trust = draft.kind is PolicyKind.TRUST
    own = "sts" if trust else draft.service
    if not trust and own not in _CHECKED:
        return
    for part, text, service, _ in written(draft):
        if service != own:
            found = _seen(part.subject, text, own, trust=trust)
            # Without the resource, the policy may be that of an endpoint, which speaks of several services.
            yield found if trust or draft.of else replace(found, confidence=Confidence.LIKELY)
    for part in draft.statements() if trust else ():
        yield from (_seen(part.subject, text, own, trust=True) for text in part.texts("Action") if text.value == "*")


def _seen(subject: str, text: Text, own: str, *, trust: bool) -> Seen:
    what = "a trust policy" if trust else f"a policy of a resource of {own}"
    return Seen(
        f"{subject} {text.value}",
        f"`{clipped(text.value)}` cannot stand in {what}, which has actions of `{own}` only: AWS refuses it",
        text.at,
    )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM policy validation check reference",
    codes=("UNSUPPORTED_ACTION_IN_POLICY",),
    kinds=frozenset({PolicyKind.TRUST, PolicyKind.RESOURCE}),
)

"""
The policy of a queue has more statements, principals, conditions or actions than Amazon SQS takes.

Amazon SQS refuses it: at most 20 statements, 50 principals, 10 conditions, and 7 actions in a statement.

Avoid:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "111122223333"},
      "Action": [
        "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
        "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListDeadLetterSourceQueues", "sqs:PurgeQueue"
      ],
      "Resource": "arn:aws:sqs:eu-west-1:111122223333:orders"
    }

Prefer:

    {
      "Effect": "Allow",
      "Principal": {"AWS": "111122223333"},
      "Action": ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"],
      "Resource": "arn:aws:sqs:eu-west-1:111122223333:orders"
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Severity

_STATEMENTS, _PRINCIPALS, _CONDITIONS, _ACTIONS = 20, 50, 10, 7


def check(draft: Draft) -> Iterator[Seen]:
    """One for each number that is too large."""
    if draft.service != "sqs":
        return
    parts = list(draft.statements())
    for what, count, most in (
        ("statements", len(parts), _STATEMENTS),
        ("principals", sum(len(part.principals()) for part in parts), _PRINCIPALS),
        ("conditions", sum(len(part.conditions()) for part in parts), _CONDITIONS),
    ):
        if count > most:
            yield Seen(what, f"the policy has {count} {what}: Amazon SQS takes {most}")
    for part in parts:
        count = len(part.actions())
        if count > _ACTIONS:
            yield Seen(
                f"actions {part.subject}",
                f"{part.label} has {count} actions: Amazon SQS takes {_ACTIONS} in a statement",
                part.at,
            )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "Amazon SQS Developer Guide, Amazon SQS policy quotas",
    kinds=frozenset({PolicyKind.RESOURCE}),
)

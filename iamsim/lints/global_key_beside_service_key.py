"""
A global condition key stands beside the service's own key of the same name.

`aws:ResourceTag/team` and `ec2:ResourceTag/team` are the same tag: asked for together they say one thing twice, or
contradict each other. The global key is the one that goes on working with other services.

Avoid:

    {"StringEquals": {"aws:ResourceTag/team": "a", "ec2:ResourceTag/team": "a"}}

Prefer:

    {"StringEquals": {"aws:ResourceTag/team": "a"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import actions, condition_keys
from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    lines,
)
from iamsim.model.finding import Audience, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each key of a service with its global twin in the same block."""
    for line in lines(draft):
        prefix, _, name = line.key.partition(":")
        twin = f"aws:{name}"
        if prefix in actions.services() and twin in line.block.keys and condition_keys.global_key(twin) is not None:
            yield Seen(
                line.subject,
                f"`{clipped(line.test.key)}` of {line.part.label} stands beside `{clipped(twin)}`: they are the same",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "IAM User Guide, AWS global condition context keys; Service Authorization Reference",
    audience=Audience.STYLE,
)

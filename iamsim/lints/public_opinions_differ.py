"""
Whether the policy is public is judged otherwise by another program.

policyuniverse, a library that other scanners go by, judges the same policy. It knows AWS as of 2023 and reads no Deny
statements and few condition keys; where it and the engine differ, the policy deserves a second look. Nothing is wrong
because of it.

Avoid:

    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*", "Condition": {"Null": {"aws:SourceVpce": "false"}}}

Prefer:

    {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*", "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._public import openings, second_opinion
from iamsim.lints._resource import world_of
from iamsim.model.finding import Audience, Confidence, Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for a policy that one finds public, and the other does not."""
    if world_of(draft) is None:
        return
    theirs = second_opinion(draft)
    if theirs is None:
        return
    ours = any(True for _ in openings(draft))
    if ours != theirs:
        one, other = ("policyuniverse", "the engine") if theirs else ("the engine", "policyuniverse")
        yield Seen("public", f"{one} finds the policy open to anybody, {other} does not")


LINT = Lint(
    check,
    Family.TRUST,
    Severity.LOW,
    "policyuniverse, Policy.is_internet_accessible",
    confidence=Confidence.UNCERTAIN,
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.RESOURCE}),
)

"""
AWS lists no such condition key.

A key that AWS does not send is in no request: the condition comes out the same for all of them. Most are misspelt.

Avoid:

    {"StringEquals": {"aws:PrincipleOrgID": "o-a1b2c3d4e5"}}

Prefer:

    {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.catalog import actions, condition_keys
from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    LONGEST,
    hints,
    is_family,
    kind,
    lines,
    never_sent,
)
from iamsim.model.finding import Confidence, Severity

# In AWS's own policies, and on none of its pages.
_UNLISTED = frozenset({"aws:principalorgmasteraccountid"})
_OUTDATED = frozenset({"aws:arn", "aws:sourceowner"})


def check(draft: Draft) -> Iterator[Seen]:
    """One for each key with the prefix of AWS or of a service that is not listed."""
    did_you_mean = hints()
    for line in lines(draft):
        prefix, _, name = line.key.partition(":")
        if not name or line.key in _UNLISTED | _OUTDATED or len(line.key) > LONGEST or is_family(line.key):
            continue
        everywhere = prefix == "aws"
        known = kind(line.key) is not None
        if known or not (everywhere or prefix in actions.services()):
            continue
        meant = did_you_mean(line.test.key, _listed(prefix))
        then, severity = never_sent(line)
        yield Seen(
            line.subject,
            f"AWS lists no condition key `{clipped(line.test.key)}` ({line.part.label}){then}",
            line.test.at,
            evidence=meant,
            code="INVALID_GLOBAL_CONDITION_KEY" if everywhere else "INVALID_SERVICE_CONDITION_KEY",
            severity=severity,
            confidence=Confidence.CERTAIN if meant else Confidence.LIKELY,
        )


def _listed(prefix: str) -> Iterator[str]:
    """The keys with a prefix, as AWS spells them."""
    if prefix == "aws":
        yield from (key.key for key in condition_keys.global_keys())
    else:
        yield from actions.key_names(prefix).values()


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, AWS global condition context keys; Service Authorization Reference",
    confidence=Confidence.LIKELY,
    codes=("INVALID_GLOBAL_CONDITION_KEY", "INVALID_SERVICE_CONDITION_KEY"),
)

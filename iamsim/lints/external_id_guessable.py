"""
The external id is one that others can guess.

An external id has to tell the customers of a vendor apart. A placeholder, an account id, a short word, or a pattern
that every id matches does not. It is no secret, but it has to be one customer's alone.

Avoid:

    {"StringEquals": {"sts:ExternalId": "12345"}}

Prefer:

    {"StringEquals": {"sts:ExternalId": "0c1f8a3e-7b52-4d1c-9a67-2f1f5d3c8e90"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.model.finding import Audience, Confidence, Severity

_PLACEHOLDER = re.compile(r".*(?:example|changeme|change-me|placeholder|external-?id|replace|todo|secret|test|xxx).*")
_SHORT, _MOST = 8, 1224


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value that is easy to come by."""
    for part in draft.statements():
        for test in part.conditions() if part.allows else ():
            if test.key.lower() != "sts:externalid" or "Not" in test.operator or test.operator == "Null":
                continue
            for text in test.values:
                why = _weak(text.value[:_MOST], like="Like" in test.operator, own=draft.of)
                if why:
                    yield Seen(f"{part.subject} {text.value}", f"the external id {why}", text.at)


def _weak(value: str, *, like: bool, own: str) -> str:
    if like and ("*" in value or "?" in value):
        return "is a pattern that many ids match"
    if re.fullmatch(r"\d{12}", value):
        return "is an account id, which is easy to come by"
    if value.isdigit():
        return "is a number, which is easy to try out"
    if _PLACEHOLDER.fullmatch(value.lower()):
        return "looks like a placeholder"
    if value and own.endswith(f"/{value}"):
        return "is the name of the role"
    return f"has fewer than {_SHORT} characters" if len(value) < _SHORT else ""


LINT = Lint(
    check,
    Family.TRUST,
    Severity.LOW,
    "IAM User Guide, Access to AWS accounts owned by third parties: External ID",
    confidence=Confidence.LIKELY,
    audience=Audience.REVIEWER,
    kinds=frozenset({PolicyKind.TRUST}),
)

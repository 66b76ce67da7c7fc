"""
A pattern stands where one account, organization or network must be named.

AWS calls the keys that say whose a request is sensitive: no part of an account's or a VPC's id means anything, so that a
wildcard in it lets strangers in whose id happens to fit. The same holds for a variable that the caller fills, and for
`aws:userid` without the role's own id in front of the star.

Avoid:

    {"StringLike": {"aws:PrincipalAccount": "1111*"}}

Prefer:

    {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.engine.variables import template
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    SENSITIVE,
    is_wild,
    lines,
    narrows,
    reads_wildcards,
)
from iamsim.model.finding import Severity

# What the caller fills with what it likes.
_CHOSEN = (
    "aws:requesttag/",
    "aws:referer",
    "aws:useragent",
    "sts:rolesessionname",
    "sts:externalid",
    "sts:sourceidentity",
)
_LEAST = 6


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value of a line that keeps strangers out, or is meant to."""
    for line in lines(draft):
        user = line.key == "aws:userid"
        if not (user or line.key in SENSITIVE) or line.operator is None or not narrows(line):
            continue
        for text in line.test.values:
            written = template(text.value) if line.variables else text.value
            filled = [] if isinstance(written, str) else [key for key in written.keys if key.startswith(_CHOSEN)]
            wild = reads_wildcards(line.operator) and is_wild(text.value)
            if wild and user:
                wild = len(re.split(r"[*?]", text.value)[0]) < _LEAST
            if wild or filled:
                what = "a wildcard" if wild else f"`${{{filled[0]}}}`, which the caller fills"
                yield Seen(
                    f"{line.subject} {text.value}",
                    f"`{clipped(text.value)}` in {line.part.label} has {what}: {line.name} lets strangers by",
                    text.at,
                    code="WILDCARD_USAGE_TOO_PERMISSIVE" if wild else "VARIABLE_USAGE_TOO_PERMISSIVE",
                )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.HIGH,
    "IAM User Guide, AWS global condition context keys: sensitive condition keys",
    codes=("WILDCARD_USAGE_TOO_PERMISSIVE", "VARIABLE_USAGE_TOO_PERMISSIVE"),
)

"""
Under Service stands no service principal.

AWS refuses the policy ("Invalid principal in policy"). A service is named by a domain, mostly
`service.amazonaws.com`; not by its prefix in actions, and not by an ARN.

Avoid:

    {"Effect": "Allow", "Principal": {"Service": "lambda"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import WITH_PRINCIPAL, Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import named
from iamsim.model.finding import Severity

_DOMAIN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value; which domains are services is AWS's to know, and wildcards are another's."""
    for part in draft.statements():
        for text in named(part, "Service"):
            value = text.value
            if "*" not in value and "?" not in value and not _DOMAIN.fullmatch(value):
                plain = re.fullmatch(r"[a-z0-9-]+", value)
                yield Seen(
                    f"{part.subject} {value}",
                    f"`{clipped(value)}` is no service principal: AWS refuses the policy",
                    text.at,
                    (f"`{clipped(value)}.amazonaws.com` may be meant",) if plain else (),
                )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, AWS JSON policy elements: Principal",
    codes=("INVALID_SERVICE_PRINCIPAL_FORMAT",),
    kinds=WITH_PRINCIPAL,
)

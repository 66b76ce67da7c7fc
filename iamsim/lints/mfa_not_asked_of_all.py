"""
MFA is asked for in a way that some pass without it.

`aws:MultiFactorAuthPresent` is absent from requests that are signed with a user's own keys, and may be false in
others. An Allow must ask with `Bool` (IfExists lets the absent by, Null the false), a Deny with `BoolIfExists` (`Bool`
spares the absent, Null the false).

Avoid:

    {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}

Prefer:

    {
      "Effect": "Deny",
      "Action": "*",
      "Resource": "*",
      "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    keys_of,
    lines_of,
    met,
)
from iamsim.model.finding import Severity

_KEYS = ("aws:multifactorauthpresent", "aws:multifactorauthage")
_LONG_KEYS: Mapping[str, tuple[str, ...]] = {"aws:multifactorauthpresent": (), "aws:multifactorauthage": ()}
_WITHOUT: Mapping[str, tuple[str, ...]] = {"aws:multifactorauthpresent": ("false",), "aws:multifactorauthage": ()}
_WITH: Mapping[str, tuple[str, ...]] = {"aws:multifactorauthpresent": ("true",), "aws:multifactorauthage": ("1",)}
_CALLED = ((_LONG_KEYS, "who signs with a user's own keys"), (_WITHOUT, "who has a session without MFA"))


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement on MFA that some pass without it, by the engine; what one Deny spares another may hit."""
    parts = [part for part in draft.statements() if keys_of(part) & set(_KEYS)]
    spared = [who for each, who in _CALLED if not any(part.denies and met(part, each) is not False for part in parts)]
    for part in parts:
        if part.allows:
            # An Allow with MFA alone, or one for those without it, is not about keeping anybody out.
            by_name = any(line.reading.if_exists for line in lines_of(part) if line.key in _KEYS)
            asks = by_name or any(met(part, each) is False for each, _ in _CALLED)
            past = (
                [who for each, who in _CALLED if met(part, each) is not False]
                if asks and met(part, _WITH) is not False
                else []
            )
        elif part.denies and met(part, _WITH) is False and any(met(part, each) is not False for each, _ in _CALLED):
            past = spared
        else:
            past = []
        if past:
            line = next(line for line in lines_of(part) if line.key in _KEYS)
            yield Seen(
                line.subject,
                f"{line.name} of {part.label} {'lets' if part.allows else 'spares'} {' and '.join(past)}{' in' if part.allows else ''}",
                line.test.at,
            )


LINT = Lint(
    check,
    Family.EXCESSIVE,
    Severity.HIGH,
    "IAM User Guide, AWS global condition context keys: aws:MultiFactorAuthPresent",
)

"""
Effect is neither Allow nor Deny.

AWS refuses the policy. The two words are case-sensitive.

Avoid:

    {"Effect": "allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped, written
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import is_text, told
from iamsim.model.finding import Severity, TextEdit


def check(draft: Draft) -> Iterator[Seen]:
    """One for each statement; a word in wrong case is put right."""
    for part in draft.statements():
        effect = part.value.get("Effect")
        if not is_text(effect) or not told(effect) or effect in ("Allow", "Deny"):
            continue
        place = (*part.at, "Effect")
        meant = str(effect).capitalize()
        yield Seen(
            part.subject,
            f"{part.label} has the Effect `{clipped(effect)}`: AWS takes Allow and Deny only",
            place,
            fix=(TextEdit(written(place), json.dumps(meant)),) if meant in ("Allow", "Deny") else (),
        )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Effect",
    codes=("INVALID_EFFECT",),
)

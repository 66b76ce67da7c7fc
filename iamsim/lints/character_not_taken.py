"""
The policy holds a character that IAM does not take.

IAM and AWS STS take tab, line feed, carriage return and the characters from U+0020 to U+00FF. Everything else, such as
a typographic quotation mark or a letter of another script, is refused before the policy is read.

Avoid:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/報告/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/reports/*"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import IN_IAM
from iamsim.model.finding import Severity

_OTHER = re.compile(r"[^\t\n\r\u0020-\u00ff]")


def check(draft: Draft) -> Iterator[Seen]:
    """One for the first such character of a policy whose very text is known: it may be written escaped."""
    match = _OTHER.search(draft.text) if draft.text is not None and draft.broken is None else None
    if match is not None:
        yield Seen(
            f"U+{ord(match[0]):04X}",
            f"the character U+{ord(match[0]):04X} in line {draft.text.count(chr(10), 0, match.start()) + 1 if draft.text else 1} is none that IAM takes",
        )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "AWS IAM API Reference, PutRolePolicy; AWS STS API Reference, AssumeRole",
    kinds=IN_IAM,
)

"""
A Sid has characters that IAM does not take.

IAM refuses the policy: a Sid has letters A to Z, a to z, and digits. Other services, such as Amazon S3, take spaces and
more in the policies of their resources.

Avoid:

    {"Sid": "Read documents", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}

Prefer:

    {"Sid": "ReadDocuments", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from iamsim.drafts import LIKE_IDENTITY, Draft
from iamsim.jsontext import clipped, written
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import is_text, told
from iamsim.model.finding import Severity, TextEdit

_OTHER = re.compile(r"[^A-Za-z0-9]+")


def check(draft: Draft) -> Iterator[Seen]:
    """One for each; the characters are left out where the rest is a name of its own."""
    parts = list(draft.statements())
    taken = [str(part.value.get("Sid")) for part in parts]
    for part in parts:
        sid = part.value.get("Sid")
        if not is_text(sid) or not told(sid) or not _OTHER.search(str(sid)):
            continue
        place = (*part.at, "Sid")
        plain = "".join(word[:1].upper() + word[1:] for word in _OTHER.split(str(sid)))
        free = plain and plain not in taken
        taken.append(plain)
        yield Seen(
            str(sid),
            f"the Sid `{clipped(sid)}` has other characters than letters and digits: IAM refuses the policy",
            place,
            fix=(TextEdit(written(place), json.dumps(plain)),) if free else (),
        )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Sid",
    codes=("UNSUPPORTED_SID",),
    kinds=LIKE_IDENTITY,
)

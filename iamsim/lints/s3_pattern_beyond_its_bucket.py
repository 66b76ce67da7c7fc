"""
The name of a bucket ends in a wildcard, and so names other buckets too.

`arn:aws:s3:::documents*` is meant as the bucket and its objects, and is documents-of-others as well, whoever owns it:
names of buckets are those of all accounts. The bucket is `arn:aws:s3:::documents`, its objects are
`arn:aws:s3:::documents/*`. A prefix that ends in a hyphen or a dot, `documents*/*` beside it, or a condition on the
account that owns the bucket, shows that several are meant.

Avoid:

    {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": "arn:aws:s3:::documents*"}

Prefer:

    {
      "Effect": "Allow",
      "Action": ["s3:ListBucket", "s3:GetObject"],
      "Resource": ["arn:aws:s3:::documents", "arn:aws:s3:::documents/*"]
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.drafts import Draft, Part
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import told
from iamsim.model.finding import Audience, Confidence, Severity

_OPEN = re.compile(r"arn:[a-z*-]+:s3:::([^/*?$]*[A-Za-z0-9])\*+")
_MOST = 2_048
_OWNERS = frozenset({"aws:resourceaccount", "s3:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"})


def check(draft: Draft) -> Iterator[Seen]:
    """One for each such resource of an Allow that hangs on no bucket."""
    for part in draft.statements():
        if not part.allows or any(test.key.lower() in _OWNERS for test in part.conditions()):
            continue
        others = [text.value for text in part.texts("Resource")]
        for text in part.texts("Resource"):
            match = _OPEN.fullmatch(text.value) if told(text.value) and len(text.value) <= _MOST else None
            if match is None or not _about_s3(part) or any(each.startswith(f"{text.value}/") for each in others):
                continue
            yield Seen(
                f"{part.subject} {text.value}",
                f"`{clipped(text.value)}` in {part.label} names every bucket whose name begins with `{clipped(match[1])}`",
                text.at,
            )


def _about_s3(part: Part) -> bool:
    return "NotAction" in part.value or any(
        text.value.lower().startswith("s3:") or not text.value.strip("*:") for text in part.texts("Action")
    )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.LOW,
    "Amazon S3 User Guide, Policy resources for Amazon S3",
    confidence=Confidence.LIKELY,
    audience=Audience.REVIEWER,
)

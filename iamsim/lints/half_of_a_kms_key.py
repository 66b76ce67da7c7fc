"""
It may use KMS keys for one half of what it does, and not for the other.

Whoever writes to what is encrypted under a KMS key needs kms:GenerateDataKey, and whoever reads it kms:Decrypt; to send
to an encrypted queue takes both. One who may read and write, and use keys for one of the two alone, fails at the other
where the data are under a key. Whether they are is not told here.

Avoid:

    [
      {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::documents/*"},
      {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-1:111122223333:key/*"}
    ]

Prefer:

    [
      {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::documents/*"},
      {
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "arn:aws:kms:us-east-1:111122223333:key/*"
      }
    ]
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts.world import Holder
from iamsim.lints import Family, Lint, Scope, Seen, _needed
from iamsim.model.finding import Audience, Confidence, Severity
from iamsim.model.origin import NOWHERE

_HALVES = ("kms:Decrypt", "kms:GenerateDataKey")


def check(holder: Holder) -> Iterator[Seen]:
    """One for the half that is missing, with the actions that may need it."""
    # Without the policy of the key, the engine leaves open what the holder's own policies allow.
    asked = {half: _needed.somewhere(holder, half) for half in _HALVES}
    stated = {half: _needed.stating(holder, half) if asked[half] is not None else () for half in _HALVES}
    has = next((half for half in _HALVES if stated[half]), None)
    lacks = next((half for half in _HALVES if not stated[half]), None)
    if has is None or lacks is None or ((found := asked[lacks]) is not None and found.allowed):
        return
    needs = _needed.under_a_key()
    wanting = {name: case for name, cases in needs.items() for each, case in cases if each == lacks}
    able = list(_needed.may(holder, wanting))
    if able:
        yield Seen(
            lacks,
            f"{holder.label} may use keys for {has}, and not for {lacks}, which {able[0]} may need",
            evidence=tuple(f"{name} needs it where {wanting[name]}" for name in able[:5]),
            places=tuple(each.origin for each in stated[has] if each.origin != NOWHERE),
        )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.INFO,
    "Amazon S3 User Guide, Using server-side encryption with AWS KMS keys (SSE-KMS)",
    confidence=Confidence.UNCERTAIN,
    audience=Audience.REVIEWER,
    scope=Scope.PRINCIPAL,
)

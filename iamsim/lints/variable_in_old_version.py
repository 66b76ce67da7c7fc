"""
A policy of 2008 has a variable, which is plain text there.

Variables came with version 2012-10-17. In the older one, and in a policy without Version, `${aws:username}` is these
very characters: an Allow matches nothing that anybody meant, and a Deny denies nothing.

Avoid:

    {
      "Version": "2008-10-17",
      "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/${aws:username}/*"}
      ]
    }

Prefer:

    {
      "Version": "2012-10-17",
      "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/${aws:username}/*"}
      ]
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._variables import places
from iamsim.lints._versions import is_old
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for each text; there is no fix, because the newer version would decide otherwise."""
    for part, text in places(draft) if is_old(draft) else ():
        yield Seen(
            f"{part.subject} {text.value}",
            f"`{clipped(text.value)}` holds a variable, which is plain text in version 2008-10-17",
            text.at,
        )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Version",
    codes=("VARIABLE_UNSUPPORTED_IN_VERSION",),
)

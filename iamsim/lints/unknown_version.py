"""
Version is none of the two that the language has.

AWS refuses the policy. Version is not the date or the number of the own revision: it names the language.

Avoid:

    {"Version": "2024-06-01", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}

Prefer:

    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.documents import VERSIONS
from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import is_text, told, top
from iamsim.model.finding import Severity


def check(draft: Draft) -> Iterator[Seen]:
    """One for the text that is no version."""
    version = top(draft).get("Version")
    if is_text(version) and told(version) and version not in VERSIONS:
        yield Seen(
            "Version",
            f"`{clipped(version)}` is no version of the policy language",
            ("Version",),
            ("2012-10-17 is the newer of the two",),
        )


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "IAM User Guide, IAM JSON policy elements: Version",
    codes=("INVALID_VERSION",),
)

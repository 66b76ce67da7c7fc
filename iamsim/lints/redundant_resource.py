"""
A resource is covered by another one of the same list.

Beside `arn:aws:s3:::documents/*`, `arn:aws:s3:::documents/reports/*` changes nothing. Beside `*` no ARN does: a list
that looks like a limit is none.

Avoid:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["arn:aws:s3:::documents/*", "*"]}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.engine.patterns import is_everything
from iamsim.jsontext import clipped, written
from iamsim.lints import Family, Lint, Seen, _covers
from iamsim.model.finding import Audience, Severity, TextEdit


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value of Resource or NotResource."""
    read = draft.policy
    if read is None:
        return
    covers = _covers.needless(variables=read.has_variables)
    for part in draft.statements():
        for name in ("Resource", "NotResource"):
            for text, by in _covers.again(part.texts(name), covers):
                swallowed = is_everything(by.value) and not is_everything(text.value)
                yield Seen(
                    f"{part.subject} {text.value}",
                    f"`{clipped(text.value)}` in {part.label} is covered by `{clipped(by.value)}`"
                    + (": the list limits nothing" if swallowed and name == "Resource" and part.allows else ""),
                    text.at,
                    fix=(TextEdit(written(text.at), None),),
                    severity=Severity.LOW if swallowed else None,
                )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.INFO,
    "IAM Access Analyzer policy check reference, Suggestion: Redundant resource",
    audience=Audience.STYLE,
    codes=("REDUNDANT_RESOURCE",),
)

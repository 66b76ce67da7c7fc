"""
A policy variable is not well formed.

`${` begins the name of a condition key, `}` ends it; a default stands behind a comma and a space, in single quotes. What
AWS makes of anything else is not documented: the statement cannot be relied on.

Avoid:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/${aws:username/*"}

Prefer:

    {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::documents/${aws:username}/*"}
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._variables import places, variables
from iamsim.lints._versions import is_old
from iamsim.model.finding import Severity

_BRACE, _QUOTE = "MISSING_BRACE_IN_VARIABLE", "MISSING_QUOTE_IN_VARIABLE"
_SPACE, _EMPTY = "UNSUPPORTED_SPACE_IN_VARIABLE", "EMPTY_VARIABLE"
_WHY = {
    _BRACE: "has no closing brace",
    _QUOTE: "has a default without quotes",
    _SPACE: "has a space in its name",
    _EMPTY: "names no key",
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each text of a resource or a condition's value, in the version of the language that has them."""
    if is_old(draft):
        return
    for part, text in places(draft):
        for inside in variables(text.value):
            code = _code(inside)
            if code:
                shown = "${" + (inside if inside is not None else text.value.rpartition("${")[2])
                yield Seen(
                    f"{part.subject} {text.value}",
                    f"the variable `{clipped(shown)}` {_WHY[code]}",
                    text.at,
                    code=code,
                )
                break


def _code(inside: str | None) -> str:
    """What is wrong with what stands between the braces; None where the second is missing."""
    if inside is None:
        return _BRACE
    if not inside.strip():
        return _EMPTY
    key, comma, default = inside.partition(",")
    if comma and not (len(default.strip()) > 1 and default.strip().startswith("'") and default.strip().endswith("'")):
        return _QUOTE
    # The key of a tag may hold spaces.
    return _SPACE if " " in key.partition("/")[0] or key != key.strip() else ""


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.HIGH,
    "IAM User Guide, IAM policy elements: Variables and tags",
    codes=(_BRACE, _QUOTE, _SPACE, _EMPTY),
)

"""
A value is written that its key never has.

An account is twelve digits, an organization `o-` and letters, an ARN has six fields, a truth value is true or false. And
`aws:PrincipalArn` of a role's session is the role's ARN, not the session's.

Avoid:

    {"ArnEquals": {"aws:PrincipalArn": "arn:aws:sts::111122223333:assumed-role/app/session"}}

Prefer:

    {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/app"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iamsim.catalog import condition_keys
from iamsim.drafts import Draft
from iamsim.jsontext import clipped
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    LONGEST,
    Line,
    family,
    kind,
    lets_by,
    lines,
)
from iamsim.model.finding import Severity

_ACCOUNT = (re.compile(r"[0-9]{12}"), "an account is twelve digits")
_ORGANIZATION = (re.compile(r"o-[a-z0-9]{10,32}"), "an organization is o- and 10 to 32 letters and digits")
_PATH = (re.compile(r"o-[a-z0-9]{10,32}/.*", re.DOTALL), "a path is o-…/r-…/ou-…/")
_TYPES = (
    re.compile("Account|User|FederatedUser|AssumedRole|Anonymous"),
    "it is Account, User, FederatedUser, AssumedRole or Anonymous",
)
_FORMS = {
    "aws:principalaccount": (re.compile(r"[0-9]{12}|anonymous"), _ACCOUNT[1]),
    **dict.fromkeys(
        ("aws:resourceaccount", "aws:sourceaccount", "aws:vpceaccount", "kms:calleraccount", "s3:resourceaccount"),
        _ACCOUNT,
    ),
    **dict.fromkeys(("aws:principalorgid", "aws:resourceorgid", "aws:sourceorgid", "aws:vpceorgid"), _ORGANIZATION),
    **dict.fromkeys(("aws:principalorgpaths", "aws:resourceorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths"), _PATH),
    "aws:principaltype": _TYPES,
}
_OF_A_KIND = {
    "Bool": (re.compile("true|false", re.IGNORECASE), "it is true or false"),
    "Numeric": (re.compile(r"-?[0-9]+(\.[0-9]+)?"), "it is a number"),
    "ARN": (re.compile(r"([^:]*:){5}.*", re.DOTALL), "an ARN has six fields"),
}
_SESSION = re.compile(r"arn:[^:]*:sts:[^:]*:[^:]*:assumed-role/.*", re.DOTALL)


def check(draft: Draft) -> Iterator[Seen]:
    """One for each value that is text alone: what a pattern or a variable can become is not asked."""
    for line in lines(draft):
        operator = line.operator
        if operator is None or len(line.key) > LONGEST or family(operator) not in ("string", "arn"):
            continue
        form = _form(line)
        for text in line.test.values:
            why = _why(line, text.value, form)
            if why:
                yield Seen(
                    f"{line.subject} {text.value}",
                    f"`{clipped(text.value)}` is no value that `{clipped(line.test.key)}` can have ({line.part.label}): {why}",
                    text.at,
                    severity=Severity.HIGH if lets_by(line) and len(line.values) == 1 else None,
                )


def _form(line: Line) -> tuple[re.Pattern[str], str] | None:
    if line.key in _FORMS:
        return _FORMS[line.key]
    if line.operator is not None and family(line.operator) == "arn":
        return _OF_A_KIND["ARN"]
    known = condition_keys.global_key(line.key)
    if known is not None and len(known.kinds) > 1:
        return None
    listed = (kind(line.key) or "").removeprefix("ArrayOf")
    # Whether a service shows a key by its ARN, its lists do not always say; of the global keys AWS's page does.
    return _OF_A_KIND.get(listed) if known is not None or listed != "ARN" else None


def _why(line: Line, value: str, form: tuple[re.Pattern[str], str] | None) -> str:
    if line.key == "aws:principalarn" and _SESSION.fullmatch(value):
        return "of a role's session it is the ARN of the role"
    plain = value == "" or "${" in value or "*" in value or "?" in value
    if form is None or plain:
        short = (
            form is _OF_A_KIND["ARN"]
            and value.startswith("arn:")
            and "${" not in value
            and not form[0].fullmatch(value)
        )
        return form[1] if short and form is not None else ""
    return "" if form[0].fullmatch(value) else form[1]


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.MEDIUM,
    "IAM User Guide, AWS global condition context keys",
)

"""
A resource control policy says what only other policies may.

AWS Organizations refuses it. An RCP that is not AWS's own denies; its Principal is `*`; it names actions of a service,
never `*` alone, and never by NotAction.

Avoid:

    {"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "NotAction": "s3:*", "Resource": "*"}

Prefer:

    {
      "Effect": "Deny",
      "Principal": "*",
      "Action": "s3:*",
      "Resource": "*",
      "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.drafts import Draft, Part, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._grammar import told
from iamsim.model.finding import Severity

_PRINCIPAL, _ALLOW = "RCP_SYNTAX_ERROR_PRINCIPAL", "RCP_SYNTAX_ERROR_ALLOW"
_NOT_ACTION, _ACTION = "RCP_SYNTAX_ERROR_NOTACTION", "RCP_SYNTAX_ERROR_ACTION"


def check(draft: Draft) -> Iterator[Seen]:
    """One for each element; the policy that AWS attaches by itself allows everything."""
    for part in draft.statements():
        if part.allows and _allows_all(part):
            continue
        if part.allows:
            yield Seen(
                f"{part.subject} Effect", f"{part.label} allows: an RCP denies", (*part.at, "Effect"), code=_ALLOW
            )
        principal = part.value.get("Principal", "*")
        if principal not in ("*", {}, []) and told(principal):
            yield Seen(
                f"{part.subject} Principal",
                f"{part.label} names a Principal: an RCP has `*` there",
                (*part.at, "Principal"),
                code=_PRINCIPAL,
            )
        if "NotPrincipal" in part.value:
            yield Seen(
                f"{part.subject} NotPrincipal",
                f"{part.label} has NotPrincipal, which an RCP does not take",
                (*part.at, "NotPrincipal"),
                code=_PRINCIPAL,
            )
        if "NotAction" in part.value:
            yield Seen(
                f"{part.subject} NotAction",
                f"{part.label} has NotAction, which an RCP does not take",
                (*part.at, "NotAction"),
                code=_NOT_ACTION,
            )
        for text in part.texts("Action"):
            if text.value == "*":
                yield Seen(
                    f"{part.subject} Action",
                    f"{part.label} has the action `*`: an RCP names a service",
                    text.at,
                    code=_ACTION,
                )


def _allows_all(part: Part) -> bool:
    plain = all(part.value.get(name) in ("*", ["*"]) for name in ("Principal", "Action", "Resource"))
    return plain and "Condition" not in part.value


LINT = Lint(
    check,
    Family.REFUSED,
    Severity.HIGH,
    "AWS Organizations User Guide, RCP syntax",
    codes=(_PRINCIPAL, _ALLOW, _NOT_ACTION, _ACTION),
    kinds=frozenset({PolicyKind.RCP}),
)

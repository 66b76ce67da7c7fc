"""
A resource control policy denies callers whom it is not about.

A Deny by the caller's organization also hits AWS services, which are in none; one by the source of a service's call
hits users and roles, which have none; and a service that calls for no resource has no source either. AWS's examples ask
for each with `aws:PrincipalIsAWSService`, and with Null for the source.

Avoid:

    {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}

Prefer:

    {
      "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"},
      "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iamsim.drafts import Draft, PolicyKind
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._conditions import (
    ORDINARY,
    SOURCES,
    Line,
    lines_of,
    met,
)
from iamsim.model.finding import Confidence, Severity

_ORGANIZATION = ("aws:principalorgid", "aws:principalorgpaths")
_SERVICE: Mapping[str, tuple[str, ...]] = {
    "aws:principalisawsservice": ("true",),
    "aws:principalorgid": (),
    "aws:principalorgpaths": (),
}
_WITHOUT_SOURCE: Mapping[str, tuple[str, ...]] = {
    "aws:principalisawsservice": ("true",),
    **dict.fromkeys(sorted(SOURCES), ()),
}
_SAYS = {
    "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY": (
        "AWS services, which are in no organization",
        'add "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}',
    ),
    "RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY": (
        "users and roles, which have no source",
        'add "Bool": {"aws:PrincipalIsAWSService": "true"}',
    ),
    "RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK": (
        "services that call for no resource",
        'add "Null": {"aws:SourceAccount": "false"}',
    ),
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each Deny and kind of caller that it hits, by the engine."""
    for part in draft.statements():
        found = [line for line in lines_of(part) if line.without_key]
        by_organization = [line for line in found if line.key in _ORGANIZATION]
        by_source = [line for line in found if line.key in SOURCES]
        if not part.denies:
            continue
        if by_organization and met(part, _SERVICE) is not False:
            yield _seen(by_organization[0], "RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY")
        if by_source and met(part, ORDINARY) is not False:
            yield _seen(by_source[0], "RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY")
        elif by_source and met(part, _WITHOUT_SOURCE) is not False:
            yield _seen(by_source[0], "RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK")


def _seen(line: Line, code: str) -> Seen:
    whom, add = _SAYS[code]
    return Seen(
        line.subject, f"{line.name} of {line.part.label} also denies {whom}", line.test.at, evidence=(add,), code=code
    )


LINT = Lint(
    check,
    Family.INEFFECTIVE,
    Severity.HIGH,
    "AWS Organizations User Guide, Resource control policy examples",
    confidence=Confidence.LIKELY,
    codes=tuple(_SAYS),
    kinds=frozenset({PolicyKind.RCP}),
)

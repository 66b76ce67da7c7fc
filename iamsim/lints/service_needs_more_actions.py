"""
A service is let in to assume the role, and not to do what it always does with it.

IAM Roles Anywhere sets a source identity and tags on each of its sessions, EKS Pod Identity tags. The trust policy has to allow sts:SetSourceIdentity
and sts:TagSession for them too: without, no session comes about.

Avoid:

    {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from iamsim.drafts import Draft, Part, PolicyKind
from iamsim.jsontext import written
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._saying import quoted
from iamsim.lints._trust import ASSUME, allowing, role_arn, wanted
from iamsim.model.finding import Severity, TextEdit
from iamsim.model.policy import PrincipalElement
from iamsim.model.principal import principal

_CODE = "MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY"
_NEEDS = {
    "rolesanywhere.amazonaws.com": (ASSUME, "sts:TagSession", "sts:SetSourceIdentity"),
    "pods.eks.amazonaws.com": (ASSUME, "sts:TagSession"),
}


def check(draft: Draft) -> Iterator[Seen]:
    """One for each of these services that the policy names and refuses something, by the engine."""
    role, seen = role_arn(draft), set()
    if not role or draft.world is None:
        return
    for part, statement, element in allowing(draft):
        for service in element.service:
            brought = (wanted(statement), _brought(draft, service))
            lacking = [
                action
                for action in _NEEDS.get(service, ())
                if all(draft.world.outside(principal(service), action, role, values=each).denied for each in brought)
            ]
            if lacking and service not in seen:
                seen.add(service)
                code = _CODE if service.startswith("rolesanywhere") else ""
                told = f"{service} needs {quoted(lacking)} too"
                fix = _fix(draft, part, element, lacking)
                yield Seen(f"{part.subject} {service}", told, (*part.at, "Action"), code=code, fix=fix)


def _brought(draft: Draft, service: str) -> dict[str, str | tuple[str, ...]]:
    """What a request has that meets the conditions of all statements for the service."""
    found: dict[str, str | tuple[str, ...]] = {}
    for _, statement, element in allowing(draft):
        found |= wanted(statement) if service in element.service else {}
    return found


def _fix(draft: Draft, part: Part, element: PrincipalElement, lacking: list[str]) -> tuple[TextEdit, ...]:
    """The actions added, where the statement is this service's alone and nothing denies them."""
    others = element.aws or element.federated or element.canonical or element.anyone or len(element.service) > 1
    if others or "Action" not in part.value or any(each.denies for each in draft.statements()):
        return ()
    found = [text.value for text in part.texts("Action")]
    return (TextEdit(written((*part.at, "Action")), json.dumps([*found, *lacking])),)


LINT = Lint(
    check,
    Family.TRUST,
    Severity.HIGH,
    "IAM Roles Anywhere User Guide, Trust model: Role trusting; Amazon EKS User Guide, EKS Pod Identity: create the role",
    codes=(_CODE,),
    kinds=frozenset({PolicyKind.TRUST}),
)

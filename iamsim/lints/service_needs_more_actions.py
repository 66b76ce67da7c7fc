"""
A service is let in to assume the role, and not to do what it always does with it.

IAM Roles Anywhere sets a source identity and tags on each of its sessions, EKS Pod Identity tags. The trust policy
has to allow sts:SetSourceIdentity and sts:TagSession for them too: without, no session comes about.

Avoid:

    {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole"}

Prefer:

    {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from iamsim.drafts import Draft, Part, PolicyKind
from iamsim.drafts.world import World
from iamsim.jsontext import written
from iamsim.lints import Family, Lint, Seen
from iamsim.lints._saying import quoted
from iamsim.lints._trust import ASSUME, allowing, apart, role_arn, wanted
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
    role, found = role_arn(draft), list(allowing(draft))
    if not role or draft.world is None:
        return
    for service, needs in _NEEDS.items():
        own = [each for each in found if service in each[2].service]
        brought: dict[str, str | tuple[str, ...]] = {}
        for _, statement, _ in own:
            brought |= wanted(statement)
        lacking = _lacking(draft.world, role, service, needs, brought)
        # What one statement asks for need not be what another does.
        if (
            not own
            or not lacking
            or any(
                not _lacking(apart(draft.world, role, each), role, service, needs, wanted(each)) for _, each, _ in own
            )
        ):
            continue
        part, _, element = own[0]
        code = _CODE if service.startswith("rolesanywhere") else ""
        fix = _fix(draft, part, element, lacking) if len(own) == 1 else ()
        told = f"{service} needs {quoted(lacking)} too"
        yield Seen(f"{part.subject} {service}", told, (*part.at, "Action"), code=code, fix=fix)


def _lacking(
    world: World, role: str, service: str, needs: tuple[str, ...], values: Mapping[str, str | tuple[str, ...]]
) -> list[str]:
    return [each for each in needs if world.outside(principal(service), each, role, values=values).denied]


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

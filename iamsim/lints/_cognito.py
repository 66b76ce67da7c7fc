"""Which identities of a Cognito pool a trust policy lets in."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from iamsim.drafts import Draft, Part
from iamsim.lints._tokens import strange_token
from iamsim.lints._trust import WEB, allowing, apart, possible, role_arn, wanted
from iamsim.model.principal import Principal, PrincipalKind

_NAME = "cognito-identity.amazonaws.com"


class Guests(Enum):
    """Whether identities that did not sign in get in beside those that did, or alone."""

    TOO = "too"
    ALONE = "alone"


def guests(draft: Draft) -> Iterator[tuple[Part, Guests]]:
    """The statements that let in identities that did not sign in, of a pool that the policy asks for."""
    role = role_arn(draft)
    if not role or draft.world is None:
        return
    caller = Principal(PrincipalKind.WEB_IDENTITY, _NAME, role.split(":")[4])
    strange, _ = strange_token(_NAME)
    for part, statement, element in allowing(draft):
        if _NAME not in element.federated:
            continue
        known = {f"{_NAME}:amr": ("unauthenticated",)}, {f"{_NAME}:amr": ("authenticated", f"{_NAME}:sign-in")}
        world = apart(draft.world, role, statement)
        unknown, guest, member = (
            bool(possible(world.outside(caller, WEB, role, values={**wanted(statement), **values})))
            for values in (strange, *known)
        )
        if guest and not unknown:
            yield part, Guests.TOO if member else Guests.ALONE

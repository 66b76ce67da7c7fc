"""What a source reads of a block: the policies that it gives to somebody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iamsim import documents
from iamsim.model.account import Organization
from iamsim.model.arn import Arn
from iamsim.model.policy import Policy
from iamsim.model.remedy import Slot
from iamsim.sources import Options, load
from tests.fix import corpus


def loaded(kind: str, path: Path) -> Organization:
    return load(f"{kind}:{path}", Options(account=corpus.OWN, region="us-east-1")).organization


def of(organization: Organization, owner: str, slot: Slot) -> list[dict[str, Any]]:
    """The policies that somebody has of the kind, as JSON; a name or ARN tells who, as blocks know no path of a role."""
    return [documents.document(policy) for policy in _of(organization, owner, slot)]


def _of(organization: Organization, owner: str, slot: Slot) -> Iterator[Policy]:
    arn, bare = Arn.parse(owner), _bare(owner)
    for account in organization.accounts.values():
        if slot in (Slot.MANAGED, Slot.BOUNDARY):
            yield from account.policies.values()
        for entity in (*account.roles.values(), *account.users.values(), *account.groups.values()):
            if _bare(entity.arn) == bare and slot is Slot.TRUST:
                yield from filter(None, [getattr(entity, "trust", None)])
            elif _bare(entity.arn) == bare:
                yield from entity.policies
        for change in account.changes:
            # Which account it is is told by the provider of the module that the block is put into.
            if _bare(change.of).rpartition(":")[2] == bare.rpartition(":")[2]:
                yield from change.policies
        found = account.resources.get(str(arn))
        if found is not None and found.policy is not None:
            yield found.policy


def _bare(arn: str) -> str:
    """The ARN without the path of a role, user or group."""
    head, _, rest = arn.partition("/")
    return f"{head}/{rest.rpartition('/')[2]}" if ":iam::" in arn else arn

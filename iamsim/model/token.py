"""What a bearer token claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from iamsim.model.origin import Origin


@dataclass(frozen=True, slots=True)
class Token:
    """
    A decoded JSON Web Token; the signature and the text itself are never kept.

    `verified` is True or False when a key was given to verify with, None for an inspection without
    one. `refusals` are the reasons for which the server that `verify` was told about would refuse
    the token, as (code, detail) pairs in the order it checks.
    """

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    verified: bool | None = None
    refusals: tuple[tuple[str, str], ...] = ()
    origin: Origin = field(default_factory=lambda: Origin("token"))

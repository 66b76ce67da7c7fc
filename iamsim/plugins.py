"""Plug-in tables: every module of a package contributes its declared constant."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType, ModuleType


def modules(package: ModuleType) -> tuple[str, ...]:
    """The names of the plug-in modules of `package`, sorted; a leading underscore hides a helper."""
    found = (info.name for info in pkgutil.iter_modules(package.__path__))
    return tuple(sorted(name for name in found if not name.startswith("_")))


@cache
def table(package: ModuleType, constant: str) -> Mapping[str, object]:
    """
    Module name to the value of `constant`, for every plug-in module of `package`.

    A plug-in that does not declare its constant is a bug of the program, not of the user:
    `AttributeError`.
    """
    return MappingProxyType(
        {name: getattr(importlib.import_module(f"{package.__name__}.{name}"), constant) for name in modules(package)}
    )

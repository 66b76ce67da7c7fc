"""Plug-in tables: every module of a package contributes its declared constant."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
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


@cache
def page(package: str, name: str) -> str:
    """
    The docstring of the plug-in module `name` of `package`, of which nothing is imported; empty where there is no such plug-in.

    So a module may show what a plug-in says of itself without depending on what the plug-in needs.
    """
    home = find_spec(package)
    if home is None or home.submodule_search_locations is None or not _NAME.fullmatch(name):
        return ""
    found = PathFinder.find_spec(f"{package}.{name}", list(home.submodule_search_locations))
    source = getattr(found.loader, "get_source", None) if found else None
    text = source(f"{package}.{name}") if source else None
    return (ast.get_docstring(ast.parse(text)) or "") if text else ""


_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")

"""What a renderer is; one module per format declares RENDERER."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO, cast

from iamsim import config, plugins
from iamsim.errors import InputError
from iamsim.model.report import Report

if TYPE_CHECKING:
    from iamsim.renderers._listing import Listing


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """
    What the place that a report is shown in can do.

    `width` counts columns. Without `color` the text holds no escape codes, without `unicode`
    nothing outside ASCII. `brief` is for people in a hurry: the verdict alone, in the formats that people read.
    `against` is an earlier report: they tell what has changed since.
    """

    width: int = 100
    color: bool = False
    unicode: bool = True
    against: Report | None = None
    brief: bool = False


@dataclass(frozen=True, slots=True)
class Renderer:
    """
    One format: its name, the ending of its files, and the text it makes of a report.

    `listing`, where there is one, makes the same of findings that are of no check, as `iamsim lint` has them.
    """

    name: str
    extension: str
    render: Callable[[Report, RenderOptions], str]
    listing: Callable[[Listing, RenderOptions], str] | None = None


def names() -> tuple[str, ...]:
    """The formats there are, sorted; none of their modules is imported for it."""
    return plugins.modules(sys.modules[__name__])


def renderer(name: str) -> Renderer:
    """The renderer of one format, importing that module alone; raises `InputError` for an unknown one."""
    if name not in names():
        way = config.closest(name, names(), f"choose {', '.join(names())}")
        raise InputError(f"`{name[:120]}` is no report format", hint=way)
    return cast("Renderer", importlib.import_module(f"{__name__}.{name}").RENDERER)


def renderers() -> Mapping[str, Renderer]:
    """Every renderer by the name of its format."""
    return cast("Mapping[str, Renderer]", plugins.table(sys.modules[__name__], "RENDERER"))


def options_for(stream: TextIO, environment: Mapping[str, str]) -> RenderOptions:
    """
    What `stream` can show.

    Colour needs a terminal, `NO_COLOR` empty or unset (https://no-color.org) and a `TERM` other
    than `dumb`. The width is `COLUMNS`, else that of the terminal, else 100; it is kept between 60
    and 160 columns, where the report reads well.
    """
    tty = stream.isatty()
    color = tty and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
    encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "").replace("_", "")
    return RenderOptions(_width(stream, environment, tty=tty), color, encoding.startswith("utf"))


_DEFAULT_WIDTH = RenderOptions().width
_NARROWEST = 60
_WIDEST = 160


def _width(stream: TextIO, environment: Mapping[str, str], *, tty: bool) -> int:
    columns = environment.get("COLUMNS", "")
    width = int(columns) if columns.isascii() and columns.isdigit() and len(columns) < len("10000") else 0
    if not width and tty:
        try:
            width = os.get_terminal_size(stream.fileno()).columns
        except (OSError, ValueError):  # a pseudo-terminal without a size, or a stream without a descriptor
            width = 0
    return min(max(width or _DEFAULT_WIDTH, _NARROWEST), _WIDEST)

"""The report as one HTML page that needs nothing else, neither network nor scripts."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from iamsim.model.report import Report
from iamsim.renderers import Renderer, RenderOptions, _compared, _diagnosis_page, _evidence, _words
from iamsim.renderers._sheet import Sheet

if TYPE_CHECKING:
    from jinja2 import Environment, Template
    from markupsafe import Markup

LIMIT, EACH_TOOL = 150_000, 2_000
"""Bytes that a page may have, and how many more for every tool."""

_LEAST_EVIDENCE = 20_000
_WHOLE = 40_000
"""Characters of a text to be copied; no policy that AWS takes is as long."""


def render(report: Report, options: RenderOptions | None = None) -> str:
    """
    The report as one self-contained page, the same text for equal reports.

    The page's policy (CSP) lets run only its own style and its own script, told by their hashes,
    and lets nothing be loaded. Without scripts verdict, chain, matrix and every finding with its evidence and fix are
    there; scripts add search, sorting, copying and what stands behind each cell of the matrix. That evidence fills the
    page up to `LIMIT` and `EACH_TOOL`.
    """
    view = Sheet(report)
    against = options.against if options is not None else None
    text = _template().render(
        report=report,
        view=view,
        compared=_compared.compared(against, report) if against is not None else None,
        diagnosis=_diagnosed(report),
    )
    room = LIMIT + EACH_TOOL * len(report.tools) - len(text.encode())
    head, _, tail = text.rpartition(_DATA)
    return (head + _evidence.script(view, max(room, _LEAST_EVIDENCE)) + tail).rstrip("\n") + "\n"


@cache
def _template() -> Template:
    """The page with all that is the same for every report."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with jinja2

    environment = _environment()
    style, script = part("report.css") + part("chain.css"), part("report.js")
    environment.globals.update(
        words=_words,
        prose=_prose,
        breakable=_breakable,
        policy=_policy(style, script),
        style=Markup(style),  # noqa: S704 - our own file, in which nothing of a report is put
        script=Markup(script),  # noqa: S704 - as the style
        data=Markup(_DATA),  # noqa: S704 - a mark of ours
    )
    return environment.from_string(part("report.html.jinja"))


def drawn(template: str, **values: object) -> str:
    """The text of one of our templates with these values; it ends in a newline."""
    return _environment().from_string(part(template)).render(values).strip("\n") + "\n"


def part(name: str) -> str:
    """One of the files that pages are made of."""
    return resources.files("iamsim.renderers").joinpath("templates", name).read_text(encoding="utf-8")


def digest(text: str) -> str:
    """A style or script as a page's policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _environment() -> Environment:
    """What templates are rendered in: all text is made visible and escaped, and nothing may be undefined."""
    from jinja2 import Environment, StrictUndefined

    made = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_shown, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["capitalized"] = lambda text: text[:1].upper() + text[1:]
    made.filters["whole"] = _whole
    return made


def _diagnosed(report: Report) -> Markup | None:
    """The section about evidence, where there was some."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with jinja2

    found = report.diagnosis
    return Markup(_diagnosis_page.section(found)) if found is not None else None  # noqa: S704 - of a template of ours


def _shown(value: object) -> object:
    """What a template prints: markup of ours as it is, all other text made visible first, and never endless."""
    return value if hasattr(value, "__html__") else _words.clipped(value)


def _whole(text: str) -> Markup:
    """A text to be copied, uncut, as it may stand between tags: there a quote is no more than a letter."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with jinja2

    told = _words.visible(text)
    if len(told) > _WHOLE:
        told = f"{len(told):,} characters, which is more than AWS takes: see the JSON report"
    return Markup(html.escape(told, quote=False))  # noqa: S704 - just escaped


def _prose(text: str) -> Markup:
    """A sentence, with what stands in backticks as code."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - comes with jinja2

    parts = _words.clipped(text).split("`")
    if len(parts) % 2 == 0:  # an odd backtick belongs to the text
        return escape("`".join(parts))
    return Markup().join(Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts))


def _breakable(text: str) -> Markup:
    """A name such as an ARN, which may wrap after its colons and slashes."""
    from markupsafe import Markup, escape  # noqa: PLC0415 - comes with jinja2

    return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[:/])", _words.clipped(text)))


_DATA = "\ue000data\ue000"
"""Where the data of the script go; `visible` leaves no such character in any text."""


def _policy(style: str, script: str) -> str:
    """The page's Content Security Policy."""
    return (
        f"default-src 'none'; style-src '{digest(style)}'; script-src '{digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


RENDERER = Renderer("html", ".html", render)

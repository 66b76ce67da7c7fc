"""The report as one HTML page that needs nothing else, neither network nor scripts."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from datetime import UTC
from importlib import resources
from typing import Any

from iamsim import documents
from iamsim.model.finding import Finding, Kind
from iamsim.model.origin import NOWHERE
from iamsim.model.report import Need, Report, RoleUse, Status, ToolResult
from iamsim.renderers import Renderer, RenderOptions, _fixes, _statements, _view, _words


def render(report: Report, _options: RenderOptions | None = None) -> str:
    """
    The report as one self-contained page, the same text for equal reports.

    The page's policy (CSP) lets run only its own style and its own script, told by their hashes,
    and lets nothing be loaded. Without scripts everything is there; they add filter, sorting and
    copying.
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup, escape  # noqa: PLC0415 - comes with jinja2

    def shown(value: object) -> object:
        """What a template prints: markup of ours as it is, all other text made visible first."""
        return value if isinstance(value, Markup) else _words.visible("" if value is None else value)

    def prose(text: str) -> Markup:
        """A sentence, with what stands in backticks as code."""
        parts = _words.visible(text).split("`")
        if len(parts) % 2 == 0:  # an odd backtick belongs to the text
            return escape("`".join(parts))
        return Markup().join(Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(parts))

    def breakable(text: str) -> Markup:
        """A name such as an ARN, which may wrap after its colons and slashes."""
        return Markup("<wbr>").join(escape(part) for part in re.split(r"(?<=[:/])", _words.visible(text)))

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=shown, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["capitalized"] = lambda text: text[:1].upper() + text[1:]
    style, script = _part("report.css"), _part("report.js")
    page = environment.from_string(_part("report.html.jinja"))
    text = page.render(
        report=report,
        view=_Page(report),
        words=_words,
        style=Markup(style),  # noqa: S704 - our own file, in which nothing of a report is put
        script=Markup(script),  # noqa: S704 - as the style
        policy=_policy(style, script),
        prose=prose,
        breakable=breakable,
    )
    return text.rstrip("\n") + "\n"


class _Page(_view.View):
    """The view, with what only a page needs."""

    kinds = Kind
    uses = RoleUse
    statuses = Status
    nowhere = NOWHERE
    troubled = _view.TROUBLED
    at = staticmethod(_statements.at)
    looked_for = staticmethod(_fixes.looked_for)
    place = staticmethod(_statements.place)
    rows = staticmethod(_statements.rows)
    statement = staticmethod(_statements.statement_text)
    acts_as = staticmethod(_view.acts_as)
    attempts = staticmethod(_view.attempts)
    necessity_note = staticmethod(_view.necessity_note)
    proof = staticmethod(_fixes.proof)
    standing = staticmethod(_fixes.standing)
    counted = staticmethod(_view.counted)
    policy_text = staticmethod(documents.text)
    other_layers = staticmethod(_statements.other_layers)

    def __init__(self, report: Report) -> None:
        super().__init__(report)
        self._told: dict[str, str] = {}
        self._opened: set[str] = set()

    @property
    def moment(self) -> str:
        """The moment judged, in UTC."""
        return self.report.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")

    def groups(self) -> tuple[ToolResult, ...]:
        """All tools: those that use the role first, and in each group the worst first."""
        return tuple(tool for use in RoleUse for tool in self.group(use))

    def link(self, need: Need) -> str:
        """The anchor of the finding that speaks of a need; empty for none."""
        probes = (probe for attempt in need.attempts for probe in attempt.probes)
        finding = next((self.finding_of[probe] for probe in probes if probe in self.finding_of), None)
        return self.anchors[finding.key] if finding else ""

    def first_told(self, id: str, finding: Finding) -> str:
        """The anchor where the remedy `id` is told in full: that of the first finding that asks."""
        return self._told.setdefault(id, self.anchors[finding.key])

    def opens(self, what: str) -> bool:
        """Whether this is the first of its sort on the page, which stands open; the others wait for a click."""
        first = what not in self._opened
        self._opened.add(what)
        return first

    def claims(self) -> tuple[tuple[str, str], ...]:
        """The claims of the token, values other than text as JSON."""
        told = sorted(self.report.token.claims.items())
        return tuple((name, value if isinstance(value, str) else _json(value)) for name, value in told)


def _json(value: Any) -> str:  # noqa: ANN401 - JSON is any of six types
    return json.dumps(value, ensure_ascii=False, default=str)


def _part(name: str) -> str:
    return resources.files("iamsim.renderers").joinpath("templates", name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """The page's Content Security Policy."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


RENDERER = Renderer("html", ".html", render)

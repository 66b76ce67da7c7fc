"""A diagnosis as a section of the HTML report, or as a page of its own where there is no report."""

from __future__ import annotations

from iamsim.model.diagnosis import Diagnosis
from iamsim.renderers import RenderOptions, _diagnosis

_TEMPLATE = "diagnosis.html.jinja"


def render(found: Diagnosis, _options: RenderOptions | None = None) -> str:
    """One self-contained page without scripts; its policy (CSP) lets in its own style and nothing else."""
    from markupsafe import Markup  # noqa: PLC0415 - comes with jinja2

    from iamsim.renderers.html import digest, drawn, part  # noqa: PLC0415 - the report holds this section

    style = part("report.css")
    policy = f"default-src 'none'; style-src '{digest(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
    # The style is our own file, in which nothing of a diagnosis is put.
    return drawn(_TEMPLATE, d=_diagnosis, found=found, style=Markup(style), policy=policy)  # noqa: S704


def section(found: Diagnosis) -> str:
    """The section alone, as markup, for a page that has the report's style."""
    from iamsim.renderers.html import drawn  # noqa: PLC0415 - as above

    return drawn(_TEMPLATE, d=_diagnosis, found=found, style=None, policy="")

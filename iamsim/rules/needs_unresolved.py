"""
What a tool does is not all known, so neither is all that it needs.

Its manifest says which call it could not tell the permissions of, and why.
"""

from __future__ import annotations

from collections.abc import Iterator

from iamsim.model.finding import Kind, Severity
from iamsim.probes import Case
from iamsim.rules import Observation, Rule
from iamsim.rules._evidence import count


def check(case: Case) -> Iterator[Observation]:
    """One observation per thing that a manifest leaves open, with every tool that does it."""
    found: dict[tuple[str, str], tuple[dict[str, None], dict[str, None]]] = {}
    for tool in case.tools:
        for one in tool.unresolved:
            tools, sources = found.setdefault((one.what, one.why), ({}, {}))
            tools[tool.name] = None
            sources.update({one.source: None} if one.source else {})
    for (what, why), (tools, sources) in sorted(found.items()):
        yield Observation(
            f"{what}: {why}",
            f"more may be needed by {count(len(tools), 'tool')} than the manifest lists: {what}",
            evidence=(why, *(f"at {source}" for source in sources)),
            tools=tuple(tools),
        )


RULE = Rule(check, Kind.UNKNOWN, Severity.MEDIUM, "tools", "IAM User Guide, Policy evaluation logic")

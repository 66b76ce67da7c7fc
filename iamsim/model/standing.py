"""What is left to count of the steps and tools of a report, once what was accepted is taken away."""

from __future__ import annotations

from collections.abc import Sequence

from iamsim.model.finding import Finding, Kind
from iamsim.model.report import OPTIONAL, Need, Probe, Report, Status, ToolResult
from iamsim.model.tool import Necessity

IN_THE_WAY = frozenset({Status.DENIED, Status.INVALID, Status.BLOCKED, Status.NO_CREDENTIALS})
"""The statuses of what does not work."""


class Standing:
    """
    The accepted findings of one report, asked whether they tell of a step or a tool.

    A gap tells of what is in the way and of what is unknown because of it, an unknown only of what is unknown.
    """

    def __init__(self, report: Report) -> None:
        left = [finding for finding in report.findings if finding.key in report.left]
        self._gaps = [finding for finding in left if finding.kind is Kind.GAP]
        self._told = [finding for finding in left if finding.kind in (Kind.GAP, Kind.UNKNOWN)]
        self._optional = OPTIONAL in report.fail_on
        self._asked = {probe.id: _asked(probe) for probe in report.probes}
        self._accepted = {self._asked[id_] for finding in left for id_ in finding.probes if id_ in self._asked}

    def left(self, tool: ToolResult) -> frozenset[Status]:
        """What counts of a tool: how it came out, and its needs that it can do without where those count."""
        found = set() if self._covers_tool(tool) else {tool.status}
        if self._optional:
            found |= {need.status for need in tool.own_needs if not self._covers_optional(tool, need)}
        return frozenset(found)

    def covers_step(self, status: Status, *steps: str) -> bool:
        """Whether a step of this status is told of by what is accepted of the steps named."""
        return any(finding.step in steps for finding in self._among(status))

    def _covers_tool(self, tool: ToolResult) -> bool:
        """Whether what is accepted asks for every need of the tool that is a gap, or is about the call for the role."""
        among = [finding for finding in self._among(tool.status) if tool.name in finding.tools]
        if any(finding.step in ("token", "assume") for finding in among):
            return True
        asked = {probe for finding in among for probe in finding.probes}
        return bool(among) and all(
            asked & {id_ for attempt in need.attempts for id_ in attempt.probes} for need in tool.needs if need.gap
        )

    def _covers_optional(self, tool: ToolResult, need: Need) -> bool:
        """Whether a need counts with its tool, or what was asked for it is accepted: by another need, or of another tool."""
        if need.requirement.necessity is not Necessity.OPTIONAL or need.spared or not need.attempts:
            return True
        asked = {self._asked.get(id_) for id_ in need.attempts[0].probes}
        return asked <= self._accepted if asked else self._covers_tool(tool)

    def _among(self, status: Status) -> Sequence[Finding]:
        return self._gaps if status in IN_THE_WAY else self._told


def _asked(probe: Probe) -> tuple[str, str, str]:
    """Who asks for what and on what, whatever else is known of the request."""
    request = probe.explanation.request
    return request.principal.entity or request.principal.arn, request.action, request.resource

"""What was read: each result with the tool that it is of, its arguments, and what its outcome rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from iamsim.diagnosis import signs
from iamsim.diagnosis.signs import Sign
from iamsim.errors import InputError
from iamsim.model.observation import Call, Line, Outcome, Result
from iamsim.model.principal import HOLE
from iamsim.model.report import Report, Status, ToolResult
from iamsim.model.server import Server
from iamsim.model.tool import Credential, Tool
from iamsim.tools.bindings import Bindings

WEAK = frozenset({"answer-exists", "schema"})
"""What a pass may rest on although the call failed inside."""

OWN_TESTS = "the tests of the server"
"""How `told_by` begins where the manifest's word is taken for what a test does."""

_FAILING = (Status.DENIED, Status.BLOCKED, Status.NO_CREDENTIALS, Status.INVALID)


@dataclass(frozen=True)
class Item:
    """
    One result, or several alike, with what else is known of the call behind it.

    `arguments` may be told by a configuration, or by the tests that the manifest knows: `told_by` says which. `supposed`: only the
    number of such results was told, and their names are those of the server's own tests.
    """

    result: Result
    name: str
    tool: Tool | None = None
    arguments: Mapping[str, Any] | None = None
    told_by: str = ""
    looked_at: tuple[str, ...] = ()
    supposed: bool = False
    count: int = 1

    @property
    def passed(self) -> bool:
        """Whether it counts as passed."""
        return self.result.outcome is Outcome.PASSED

    @cached_property
    def signs(self) -> frozenset[Sign]:
        """What its error, or the error that its answer tells, is a sign of."""
        found = self.result
        return signs.signs((found.error, found.error_type, found.told_error))


@dataclass(frozen=True)
class Scene:
    """
    Everything that was read; `tools` by name, `report` None where nothing was checked.

    `besides` are results that are of no tool: resources, and loops of several calls of which no step is told.
    """

    items: tuple[Item, ...]
    besides: tuple[Item, ...]
    calls: tuple[Call, ...]
    lines: tuple[Line, ...]
    server: Server | None = None
    tools: Mapping[str, Tool] = field(default_factory=dict)
    report: Report | None = None
    untold: int = 0
    assumptions: tuple[str, ...] = ()

    @cached_property
    def checked(self) -> Mapping[str, ToolResult]:
        """The tools of the check, by name."""
        return {tool.name: tool for tool in self.report.tools} if self.report is not None else {}

    @property
    def without_credentials(self) -> bool | None:
        """Whether the process that was checked has no AWS credentials; None where nothing was checked."""
        if self.report is None:
            return None
        assume = self.report.assume
        tried = (attempt for tool in self.report.tools for need in tool.needs for attempt in need.attempts)
        if assume.status is Status.NO_CREDENTIALS or any(each.status is Status.NO_CREDENTIALS for each in tried):
            return True
        by_token = self.report.server.assume is not None and self.report.server.assume.passes_token
        return None if by_token or assume.principal is None else False

    @property
    def process(self) -> str:
        """Whom the process of the server runs as, by what was checked; empty where that is not told, or nobody."""
        principal = self.report.assume.principal if self.report is not None else None
        return (principal or "").removesuffix(f"/{HOLE}").replace(HOLE, "…")

    def signs(self, item: Item) -> frozenset[Sign]:
        """As those of the item, the words of the server counted."""
        found = item.result
        return signs.signs((found.error, found.error_type, found.told_error), self.server)

    def wait(self, item: Item) -> float | None:
        """Seconds that its call looks for credentials where there are none; None where that is not told, 0 for never."""
        if item.tool is None or item.tool.lookups is None:
            return None
        return item.tool.lookups * signs.LOOKUP

    def waited_for_credentials(self, item: Item) -> bool:
        """Whether an answer was waited for in vain about as long as the call looks for credentials that are not there."""
        wait = self.wait(item)
        if not item.result.timed_out or not wait:
            return False
        limit = signs.waited(item.result.error) or item.result.seconds
        return limit is None or wait >= limit

    def sees(self, item: Item) -> bool | None:
        """Whether a failure inside of the tool would have made it fail; None where that is not told."""
        if item.looked_at:
            return not WEAK.issuperset(item.looked_at)
        if item.result.answer:
            return True
        errors = (item.tool.errors if item.tool is not None else "") or (self.server.errors if self.server else "")
        return True if errors == "flagged" else None

    def lacks(self, item: Item) -> str:
        """Why the arguments are refused before anything is called, in words; empty where they are not, or are not told."""
        if item.tool is None or item.arguments is None:
            return ""
        missing = [
            name
            for name, parameter in item.tool.parameters.items()
            if parameter.default is None and name not in item.arguments
        ]
        if missing:
            names = ", ".join(f"`{name}`" for name in missing[:4]) + (", …" if len(missing) > 4 else "")  # noqa: PLR2004
            return f"it is called without {names}, which it must be given"
        for name, parameter in item.tool.parameters.items():
            value = item.arguments.get(name)
            if parameter.begins and isinstance(value, str) and not value.startswith(parameter.begins):
                return f"`{name}` does not begin with `{parameter.begins}`"
        return ""

    def asks_for_role(self, item: Item) -> bool | None:
        """Whether its call asks for the role at all; None where that is not told."""
        tool = item.tool
        if tool is None:
            return None
        if not self.uses_role(tool) or self.lacks(item) or self.came_back_at_once(item):
            return False
        if item.arguments is None and any(each.default is None for each in tool.parameters.values()):
            # A test that sees errors would have seen its arguments refused.
            return True if item.passed and self.sees(item) else None
        return True

    def uses_role(self, tool: Tool) -> bool:
        """Whether the tool has anything to do with the role that is asked about."""
        of_role = (Credential.ROLE, Credential.BROKERED)
        return tool.assumes or any(each in need.credentials for need in tool.requirements for each in of_role)

    def came_back_at_once(self, item: Item) -> bool:
        """Whether it was answered sooner than a call can be that looks for credentials, in a run that had none."""
        wait = self.wait(item)
        seconds = item.result.seconds
        # Stamps are whole seconds: two of them that are equal are less than one second apart.
        return self.no_credentials_seen and bool(wait) and seconds is not None and seconds + 1 < (wait or 0)

    @cached_property
    def no_credentials_seen(self) -> bool:
        """Whether something of the evidence shows a process without AWS credentials."""
        return (
            any(self.waited_for_credentials(item) or Sign.NO_CREDENTIALS in self.signs(item) for item in self.items)
            or any(line.means == "no-credentials" for line in self.lines)
            or any(Sign.NO_CREDENTIALS in signs.signs((line.text,), self.server) for line in self.lines)
        )

    def asks_aws(self, item: Item) -> bool | None:
        """Whether its call asks AWS for anything, with whatever credentials; None where that is not told."""
        tool = item.tool
        if tool is None:
            return None
        if self.lacks(item):
            return False
        if tool.assumes or tool.unresolved:
            return True if tool.assumes else None
        if not tool.requirements:
            return False if set(tool.credentials) <= {Credential.BEARER, Credential.NONE} else None
        if item.arguments is None:
            return None
        given = {name: (_text(value),) for name, value in item.arguments.items()}
        known = self.server.parameters if self.server is not None else {}
        try:
            bound = Bindings(given, {**known, **tool.parameters})
            needed = [bound.needed(requirement) for requirement in tool.requirements]
        except InputError:
            return None
        return True if True in needed else None if None in needed else False

    def status(self, tool: str) -> Status | None:
        """How the check says that the tool comes out; None where it was not checked."""
        found = self.checked.get(tool)
        return found.status if found is not None else None

    def fails(self, tool: str) -> bool:
        """Whether the check says for sure that the tool cannot have what it needs."""
        return self.status(tool) in _FAILING


# ---------------------------------------------------------------- helpers


def _text(value: object) -> str:
    return (
        str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, str | int | float) else "…"
    )

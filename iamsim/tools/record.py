"""A server run under client-side monitoring while its tools are called: which API calls each of them makes."""

from __future__ import annotations

import asyncio
import re
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace

from iamsim import redact
from iamsim.errors import OutsideError
from iamsim.tools import seen, tool_calls
from iamsim.tools._served import served
from iamsim.tools.monitoring import receiving
from iamsim.tools.seen import ApiCall, Holder
from iamsim.tools.session import Announced, Answer, Connection, Http, Stdio, connected
from iamsim.tools.tool_calls import ToolCall


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What to record: the server, and the calls of its tools in their order.

    `server.environment` is the environment of the process without what monitoring adds. `url` is where the
    process listens, empty for one that is spoken to on its standard input and output; `token` goes
    with the requests to it. `timeout` and `grace` are in seconds: how long an answer may take, and how
    long after it an API call still counts to the tool.
    """

    server: Stdio
    calls: tuple[ToolCall, ...]
    url: str = ""
    token: str = field(default="", repr=False)
    timeout: float = 60.0
    grace: float = 0.5


@dataclass(frozen=True, slots=True)
class Run:
    """
    One call of a tool, with the API calls that began between its start and the end of the grace.

    `began` and `answered` are in milliseconds since 1970. `said` is the first line of an answer that is a
    failure. `signs`: the answer holds a URL signed for AWS, which whoever has it can use.
    """

    call: ToolCall
    began: int
    answered: int
    failed: bool
    said: str = ""
    signs: bool = False
    calls: tuple[ApiCall, ...] = ()

    def late(self, call: ApiCall) -> bool:
        """Whether the API call began after the answer."""
        return call.started > self.answered


@dataclass(frozen=True, slots=True)
class Recording:
    """
    Everything that was seen.

    `identity` is what the server calls itself, and its version. `before` are the API calls before the first call of a tool,
    `apart` those that no tool's time explains. `holders` tells whose each access key is. `dropped` counts
    reports that were not read, by reason. `stopped` is why the recording ended before its last call.
    """

    identity: tuple[str, str] = ("", "")
    tools: tuple[Announced, ...] = ()
    runs: tuple[Run, ...] = ()
    before: tuple[ApiCall, ...] = ()
    apart: tuple[ApiCall, ...] = ()
    holders: Mapping[str, Holder] = field(default_factory=dict)
    dropped: Mapping[str, int] = field(default_factory=dict)
    region: str = ""
    stopped: str = ""

    @property
    def calls(self) -> tuple[ApiCall, ...]:
        """All API calls that were seen."""
        return (*self.before, *(call for run in self.runs for call in run.calls), *self.apart)

    @property
    def not_called(self) -> tuple[str, ...]:
        """The tools that the server announces and that were not called, in its order."""
        called = {run.call.tool for run in self.runs}
        return tuple(tool.name for tool in self.tools if tool.name not in called)


async def record(plan: Plan, *, tell: Callable[[str], None]) -> Recording:
    """
    Starts the server, calls its tools one after the other, and ends it with all that it started.

    `tell` is given a line about each step. Raises `InputError` for a command or a call that cannot be
    made, `OutsideError` for a server that does not start; one that fails later ends the recording, with
    the reason in it.
    """
    environment = plan.server.environment
    async with receiving() as receiver:
        server = replace(plan.server, environment={**environment, **receiver.environment})
        found = Recording(region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION", ""))
        runs: list[Run] = []
        tell("starting the server")
        try:
            async with _connection(server, plan) as connection:
                found = replace(found, identity=connection.identity, tools=await connection.tools())
                tool_calls.check(plan.calls, found.tools)
                await receiver.quiet(plan.grace, longest=_LONGEST)
                for number, call in enumerate(plan.calls, 1):
                    tell(f"calling {call.tool} ({number} of {len(plan.calls)})")
                    began = _now()
                    try:
                        answer = await connection.call(call.tool, call.arguments)
                    except OutsideError as error:
                        runs.append(Run(call, began, _now(), failed=True, said=error.message[:_SAID]))
                        raise
                    runs.append(_run(call, began, answer))
                    # Twice the grace, so that what begins after it is not taken for the next tool's.
                    await receiver.quiet(2 * plan.grace, longest=_LONGEST)
        except OutsideError as error:
            if not found.tools:
                raise
            found = replace(found, stopped=str(error))
        await asyncio.sleep(_LAST)
    calls = seen.calls(receiver.events)
    before, done, apart = attributed(calls, runs, plan.grace)
    whose = seen.holders(calls, environment)
    return replace(found, runs=done, before=before, apart=apart, holders=whose, dropped=dict(receiver.dropped))


def attributed(
    calls: Iterable[ApiCall], runs: Iterable[Run], grace: float
) -> tuple[tuple[ApiCall, ...], tuple[Run, ...], tuple[ApiCall, ...]]:
    """The API calls before the first run, the runs with those of their time, and those that remain; `grace` in seconds."""
    found = [(run, list[ApiCall]()) for run in runs]
    starts = [run.began for run, _ in found]
    before: list[ApiCall] = []
    apart: list[ApiCall] = []
    for call in calls:
        # One call follows the other, so the last that began before is the only one in question.
        index = bisect_right(starts, call.started) - 1
        if index < 0:
            before.append(call)
            continue
        run, own = found[index]
        (own if call.started <= run.answered + round(grace * 1000) else apart).append(call)
    return tuple(before), tuple(replace(run, calls=tuple(own)) for run, own in found), tuple(apart)


# ---------------------------------------------------------------- helpers

_LONGEST = 10.0
_LAST = 0.1
_SAID = 200
_SIGNED = re.compile(r"\b(?:X-Amz-Signature|AWSAccessKeyId)=\w")


def _run(call: ToolCall, began: int, answer: Answer) -> Run:
    lines = (line.strip() for line in answer.text.splitlines())
    said = next((redact.line(line)[:_SAID] for line in lines if line), "") if answer.failed else ""
    return Run(call, began, _now(), answer.failed, said, _SIGNED.search(answer.text) is not None)


def _now() -> int:
    return int(time.time() * 1000)


def _connection(server: Stdio, plan: Plan) -> AbstractAsyncContextManager[Connection]:
    if plan.url:
        return served(server, Http(plan.url, plan.token), seconds=plan.timeout)
    return connected(server, timeout=plan.timeout)

"""A connection to an MCP server as a client of it: its tools, and calls of them, all of it bounded."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import iamsim
from iamsim import redact
from iamsim.errors import IamsimError, InputError, OutsideError
from iamsim.tools._environment import clean_environment
from iamsim.tools._groups import run
from iamsim.tools._http import Http, Web
from iamsim.tools._stdio import MAX_MESSAGE, Pipe, Stdio
from iamsim.tools.announced import LONGEST_NAME, MAX_ARGUMENTS, Announced, Argument, announced

if TYPE_CHECKING:
    from mcp.client.session import ClientSession

__all__ = (
    "MAX_ARGUMENTS",
    "MAX_MESSAGE",
    "MAX_TOOLS",
    "Announced",
    "Answer",
    "Argument",
    "Connection",
    "Http",
    "Stdio",
    "clean_environment",
    "connected",
    "run",
)

MAX_TOOLS = 1_000
"""A server with more tools than this is refused."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call of a tool answered: whether the server calls it a failure, and its text, cut to a bounded length."""

    failed: bool
    text: str


class Connection:
    """An open session; each of its methods takes at most the connection's timeout."""

    def __init__(self, session: ClientSession, wire: Pipe | Web, seconds: float) -> None:
        self._session, self._wire, self._seconds = session, wire, seconds

    @property
    def identity(self) -> tuple[str, str]:
        """What the server calls itself, and its version; each empty where it does not say, and on one line."""
        info = self._session.server_info
        return (
            (redact.line(info.name)[:LONGEST_NAME], redact.line(info.version)[:LONGEST_NAME])
            if info is not None
            else ("", "")
        )

    @property
    def server(self) -> str:
        """As `identity`, in one."""
        return " ".join(self.identity).strip()

    @property
    def protocol(self) -> str:
        """The version of MCP that is spoken: a day, such as `2025-11-25`."""
        return self._session.protocol_version or ""

    async def tools(self) -> tuple[Announced, ...]:
        """
        Every tool that the server announces, in its order.

        Raises `OutsideError` where there are more tools, pages or arguments than are read, two tools of
        one name, or an answer that is not one of MCP.
        """
        return await self._bounded(self._tools(), "list its tools")

    async def call(self, name: str, arguments: Mapping[str, object]) -> Answer:
        """
        What the tool answers; a server that refuses the call has answered, with a failure.

        Nothing that the server asks for in between (sampling, elicitation, roots) is granted. Raises
        `OutsideError` where no answer comes.
        """
        return await self._bounded(
            self._call(name, arguments), f"answer the call of `{redact.line(name)[:LONGEST_NAME]}`"
        )

    async def _tools(self) -> tuple[Announced, ...]:
        from mcp_types import PaginatedRequestParams

        found: dict[str, Announced] = {}
        cursor: str | None = None
        for _ in range(_PAGES):
            page = await self._session.list_tools(params=PaginatedRequestParams(cursor=cursor) if cursor else None)
            for tool in page.tools:
                one = announced(tool.name, tool.description or "", tool.input_schema, tool.meta or {})
                if one.name in found:
                    raise OutsideError(f"the server announces two tools called `{redact.line(one.name)}`")
                found[one.name] = one
                if len(found) > MAX_TOOLS:
                    raise OutsideError(f"the server announces more than {MAX_TOOLS:,} tools")
            cursor = page.next_cursor
            if not cursor:
                return tuple(found.values())
        raise OutsideError(f"the server's list of tools has more than {_PAGES} pages")

    async def _call(self, name: str, arguments: Mapping[str, object]) -> Answer:
        from mcp.shared.exceptions import MCPError
        from mcp_types import CallToolRequest, CallToolRequestParams, CallToolResult, InputRequiredResult
        from pydantic import TypeAdapter

        request = CallToolRequest(params=CallToolRequestParams(name=name, arguments=dict(arguments)))
        kinds: TypeAdapter[CallToolResult | InputRequiredResult] = TypeAdapter(CallToolResult | InputRequiredResult)
        try:
            # Not `call_tool`, which holds the answer against a schema of the server's own, patterns and all.
            result = await self._session.send_request(request, kinds)
        except MCPError as error:
            if await self._wire.reason() is not None:
                raise
            return Answer(True, _cut(error.message))
        if isinstance(result, InputRequiredResult):
            return Answer(True, "the tool asks its client for input, which is refused")
        blocks = (getattr(block, "text", None) or f"({block.type})" for block in result.content)
        return Answer(bool(result.is_error), _cut("\n".join(blocks)))

    async def _bounded(self, work: Awaitable[_T], doing: str) -> _T:
        """What `work` gives, in time; every failure as one of our errors."""
        import anyio
        from mcp.shared.exceptions import MCPError
        from pydantic import ValidationError

        try:
            with anyio.fail_after(self._seconds):
                return await work
        except TimeoutError:
            raise self._wire.late(doing, self._seconds) from None
        except MCPError as error:
            reason = await self._wire.reason()
            raise reason or _refused(self._wire.shown, doing, error.message) from None
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise _refused(self._wire.shown, doing, f"{place}: {first['msg']}") from None
        except RuntimeError as error:
            raise _refused(self._wire.shown, doing, str(error)) from None

    async def _greet(self) -> None:
        """
        Agrees on a version of the protocol: by the handshake of those up to 2025-11-25, else without.

        In this order, since there are servers that end where something else than a handshake comes first.
        """
        from mcp.shared.exceptions import MCPError
        from pydantic import ValidationError

        try:
            await self._session.initialize()
        except (MCPError, ValidationError, RuntimeError) as first:
            if isinstance(self._wire, Pipe) and await self._wire.reason() is not None:
                raise
            try:
                await self._session.discover()
            except (MCPError, ValidationError, RuntimeError):
                raise first from None


@asynccontextmanager
async def connected(endpoint: Stdio | Http, *, timeout: float) -> AsyncIterator[Connection]:  # noqa: ASYNC109 - each step has its own
    """
    An open connection; what was started for it has ended when the block does, however it ends.

    `timeout` counts seconds, and holds for the greeting and for each call of its own. Needs the `mcp`
    library, and says so. Raises `InputError` for a command, URL or token that cannot be used,
    `OutsideError` for a server that fails.
    """
    client_info = _client()
    wire = Pipe(endpoint) if isinstance(endpoint, Stdio) else Web(endpoint, timeout)
    held: Exception | None = None
    try:
        with _quiet():
            from mcp.client.session import ClientSession

            async with (
                wire.streams() as (incoming, outgoing),
                ClientSession(incoming, outgoing, client_info=client_info) as session,
            ):
                connection = Connection(session, wire, timeout)
                try:
                    await connection._bounded(connection._greet(), "answer as an MCP server")  # noqa: SLF001 - our own
                    yield connection
                except Exception as error:  # noqa: BLE001 - it is raised again, once all has been closed
                    held = error
    except BaseExceptionGroup as group:
        raise _only(group, wire) from None
    if held is not None:
        raise held


# ---------------------------------------------------------------- helpers

_T = TypeVar("_T")
_PAGES = 100
_ANSWER = 100_000
_LOGGERS = ("mcp", "client", "httpx2", "httpcore2", "asyncio")


def _client() -> Any:  # noqa: ANN401 - a class of the library that may be missing
    """Who we say that we are; raises `InputError` where the library is missing."""
    try:
        from mcp_types import Implementation
    except ImportError:
        raise InputError(
            "the library `mcp` is missing, with which a server is spoken to", hint="pip install 'iamsim[mcp]'"
        ) from None
    return Implementation(name="iamsim", version=iamsim.__version__)


def _cut(text: str) -> str:
    return text if len(text) <= _ANSWER else f"{text[:_ANSWER]}…"


def _refused(shown: str, doing: str, words: str) -> OutsideError:
    return OutsideError(f"`{shown}` did not {doing}: {redact.line(words)[:200]}")


def _only(group: BaseExceptionGroup[BaseException], wire: Pipe | Web) -> BaseException:
    """The one error of a group that says most: one of ours, else what broke the connection."""
    leaves: list[BaseException] = []
    stack: list[BaseException] = [group]
    while stack:
        one = stack.pop()
        if isinstance(one, BaseExceptionGroup):
            stack.extend(one.exceptions)
        else:
            leaves.append(one)
    for leaf in leaves:
        if isinstance(leaf, IamsimError) or not isinstance(leaf, Exception):
            return leaf
    return wire.broken(leaves[0]) if isinstance(wire, Web) else leaves[0]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what libraries log from the terminal: it holds what the server sent, as it came."""
    nothing = logging.NullHandler()
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(nothing)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagate in zip(loggers, before, strict=True):
            logger.removeHandler(nothing)
            logger.propagate = propagate

"""A server that is started here and listens at a URL."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from iamsim import redact
from iamsim.errors import InputError, OutsideError
from iamsim.tools._stdio import Pipe
from iamsim.tools.session import Connection, Http, Stdio, connected


@asynccontextmanager
async def served(server: Stdio, endpoint: Http, *, seconds: float) -> AsyncIterator[Connection]:
    """
    A connection to `endpoint`, where the started `server` listens; the process has ended when the block does.

    Raises `InputError` where something listens there before the server does, `OutsideError` where
    nothing does within `seconds`, or no MCP server.
    """
    host, port = _place(endpoint.url)
    if await _accepts(host, port):
        raise InputError(
            f"something listens at `{redact.line(host)[:200]}` port {port} already",
            hint="give the server a port of its own, and --url with it",
        )
    held: Exception | None = None
    async with _listening(server) as pipe, contextlib.AsyncExitStack() as stack:
        try:
            yield await _reached(pipe, endpoint, seconds, stack)
        except Exception as error:  # noqa: BLE001 - it is raised again, once all has been closed
            held = error
    if held is not None:
        raise held


# ---------------------------------------------------------------- helpers

_RETRY = 0.2
_READY = 5.0
_CONNECTING = 5.0
_PORTS = {"http": 80, "https": 443}


async def _reached(pipe: Pipe, endpoint: Http, seconds: float, stack: contextlib.AsyncExitStack) -> Connection:
    """The connection to the started process, once it answers; raises `OutsideError` where it never does."""
    host, port = _place(endpoint.url)
    begun = time.monotonic()
    while not await _accepts(host, port):
        reason = await pipe.reason() if pipe.process is not None and pipe.process.returncode is not None else None
        if reason is not None:
            raise reason
        if time.monotonic() - begun > seconds:
            raise pipe.late(f"listen at `{redact.line(host)[:200]}` port {port}", seconds)
        await asyncio.sleep(_RETRY)
    begun = time.monotonic()
    while True:
        try:
            return await stack.enter_async_context(connected(endpoint, timeout=seconds))
        except OutsideError:
            # It listens, and may still be getting ready.
            if time.monotonic() - begun > _READY:
                raise
        await asyncio.sleep(_RETRY)


@asynccontextmanager
async def _listening(server: Stdio) -> AsyncIterator[Pipe]:
    """A process that listens elsewhere; what it writes to its standard output is thrown away."""
    pipe = Pipe(server)

    async def ignore(incoming: AsyncIterator[object]) -> None:
        async for _ in incoming:
            pass

    async with pipe.streams() as (incoming, _):
        ignoring = asyncio.create_task(ignore(incoming))
        try:
            yield pipe
        finally:
            ignoring.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ignoring


async def _accepts(host: str, port: int) -> bool:
    """Whether anything takes connections there."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _CONNECTING)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def _place(url: str) -> tuple[str, int]:
    """The host and port of a URL."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if not host or parts.scheme not in _PORTS:
        raise InputError("the URL is not one of a server", hint="write http://127.0.0.1:PORT/mcp")
    return host, port or _PORTS[parts.scheme]

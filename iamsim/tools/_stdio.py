"""An MCP server as a process of our own: what it is given, what it may say, and that it ends."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iamsim import redact
from iamsim.errors import IamsimError, InputError, OutsideError
from iamsim.tools._groups import KILL, TERMINATE, ended_with_us, send

if TYPE_CHECKING:
    from anyio.abc import Process

MAX_MESSAGE = 8_000_000
"""Largest message of a server that is read, in bytes."""


@dataclass(frozen=True, slots=True)
class Stdio:
    """
    A server that is started and spoken to on its standard input and output.

    `environment` is the whole environment of the process; where `directory` is None it starts in the
    current one.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str | None = None


@dataclass(slots=True)
class Pipe:
    """The pipes to one started server, and what is known of why they broke."""

    endpoint: Stdio
    failure: IamsimError | None = None
    process: Process | None = None
    noise: str = ""
    errors: bytearray = field(default_factory=bytearray)

    @property
    def shown(self) -> str:
        """What was started, as it may be said: the arguments may hold a secret, and are left out."""
        return redact.line(self.endpoint.command[0])[:120] if self.endpoint.command else ""

    @asynccontextmanager
    async def streams(self) -> AsyncIterator[tuple[Any, Any]]:
        """
        The streams of messages that `mcp.ClientSession` takes; the process lives as long as they do.

        Raises `InputError` for a command that cannot be started.
        """
        import anyio

        process = await self._started()
        with ended_with_us(process.pid):
            try:
                into, incoming = anyio.create_memory_object_stream[Any](0)
                outgoing, out_of = anyio.create_memory_object_stream[Any](0)
                async with into, incoming, outgoing, out_of, anyio.create_task_group() as tasks:
                    tasks.start_soon(self._read, process, into)
                    tasks.start_soon(self._write, process, out_of)
                    tasks.start_soon(self._listen, process)
                    try:
                        yield incoming, outgoing
                    finally:
                        with anyio.CancelScope(shield=True):
                            await _end(process)
                        tasks.cancel_scope.cancel()
            finally:
                _close(process)

    async def reason(self) -> IamsimError | None:
        """Why the server says no more; None while nothing is wrong with the process."""
        if self.failure is None and self.process is not None:
            # The pipes are at their end a moment before the process is.
            process = self.process
            await _gone(lambda: process.returncode is None, _PATIENCE)
            code = process.returncode
            if code is not None:
                self.failure = OutsideError(f"`{self.shown}` ended {_ending(code)}{self._words()}", hint=_HINT)
        return self.failure

    def late(self, doing: str, seconds: float) -> IamsimError:
        """The error for an answer that did not come."""
        noise = f"; it wrote `{self.noise}` to its standard output, which is no message of MCP" if self.noise else ""
        return OutsideError(
            f"`{self.shown}` did not {doing} within {seconds:g} seconds{noise}{self._words()}",
            hint=f"{_HINT}, or give it more time with --timeout",
        )

    async def _started(self) -> Process:
        import anyio

        command, directory = self.endpoint.command, self.endpoint.directory
        if not command or not command[0]:
            raise InputError("no command is given", hint="name it after --")
        if directory is not None and not Path(directory).is_dir():  # noqa: ASYNC240 - nothing else runs yet
            raise InputError(f"no directory `{redact.line(directory)[:200]}`", hint="name one with --directory")
        try:
            # A session of its own: one group to end it with, and no terminal for it to ask at.
            self.process = await anyio.open_process(
                list(command), env=dict(self.endpoint.environment), cwd=directory, start_new_session=True
            )
        except FileNotFoundError:
            raise InputError(
                f"no command `{self.shown}`", hint="name one that is on the PATH, or give its whole path"
            ) from None
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or "it holds a character that cannot be passed").lower()
            raise InputError(f"`{self.shown}` cannot be started: {reason}") from None
        return self.process

    async def _read(self, process: Process, into: Any) -> None:  # noqa: ANN401 - a stream of the SDK's messages
        """Hands on each line that is a message; the first one that is not is kept to be told."""
        import anyio
        from mcp.shared.message import SessionMessage
        from mcp_types import jsonrpc_message_adapter

        output = process.stdout
        assert output is not None  # noqa: S101 - it was asked for
        rest = bytearray()
        with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            async with into:
                with contextlib.suppress(anyio.EndOfStream):
                    while self.failure is None:
                        chunk = await output.receive(_CHUNK)
                        *lines, end = chunk.split(b"\n")
                        for line in lines:
                            rest += line
                            if len(rest) > MAX_MESSAGE:
                                break
                            try:
                                message = jsonrpc_message_adapter.validate_json(bytes(rest), by_name=False)
                            except ValueError:
                                self._noted(rest)
                            else:
                                await into.send(SessionMessage(message))
                            rest.clear()
                        rest += end
                        if len(rest) > MAX_MESSAGE:
                            self.failure = OutsideError(
                                f"`{self.shown}` sends a message of more than {MAX_MESSAGE:,} bytes", hint=_HINT
                            )
        # What else it writes is thrown away, so that it does not wait for us where it should end.
        with contextlib.suppress(anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            while True:
                await output.receive(_CHUNK)

    def _noted(self, line: bytearray) -> None:
        words = redact.line(bytes(line[:_NOTED]).decode("utf-8", "replace").strip())
        if not words:
            return
        if b'"jsonrpc"' in line:
            # Whoever waits for what was in it would wait in vain.
            self.failure = OutsideError(f"`{self.shown}` sends a message that is not one of MCP: `{words}`", hint=_HINT)
        self.noise = self.noise or words

    async def _write(self, process: Process, out_of: Any) -> None:  # noqa: ANN401 - a stream of the SDK's messages
        import anyio

        assert process.stdin is not None  # noqa: S101 - it was asked for
        with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            async for session_message in out_of:
                text = session_message.message.model_dump_json(by_alias=True, exclude_unset=True)
                await process.stdin.send(text.encode() + b"\n")

    async def _listen(self, process: Process) -> None:
        """Keeps the last that the server writes to its standard error."""
        import anyio

        assert process.stderr is not None  # noqa: S101 - it was asked for
        with contextlib.suppress(anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            while True:
                self.errors += await process.stderr.receive(_CHUNK)
                del self.errors[:-_TAIL]

    def _words(self) -> str:
        """The last line of the standard error, to be put behind a message."""
        # The first line may have lost its beginning, and with it what a credential in it is known by.
        whole = len(self.errors) < _TAIL
        lines = bytes(self.errors).decode("utf-8", "replace").splitlines()[0 if whole else 1 :]
        words = next((shown for line in reversed(lines) if (shown := redact.line(line).strip())), "")
        return f"; its last words are `{words[:_NOTED]}`" if words else ""


# ---------------------------------------------------------------- helpers

_CHUNK = 65_536
_TAIL = 8_192
_NOTED = 300
_POLL = 0.01
_PATIENCE = 0.5
_GRACE = 2.0
_HINT = "see how it starts by running it yourself"


def _ending(code: int) -> str:
    if code >= 0:
        return f"with status {code}"
    try:
        return f"by {signal.Signals(-code).name}"
    except ValueError:
        return f"by signal {-code}"


async def _end(process: Process) -> None:
    """Closes the server's input, as MCP has a client do, then terminates its group, then kills it; bounded at each step."""
    import anyio

    if process.stdin is not None:
        with contextlib.suppress(OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            await process.stdin.aclose()
    await _gone(lambda: process.returncode is None, _GRACE)
    if send(process.pid, TERMINATE):
        await _gone(lambda: send(process.pid, 0), _GRACE)
        send(process.pid, KILL)
    # So that the event loop sees it die, and leaves no zombie.
    await _gone(lambda: process.returncode is None, _GRACE)


async def _gone(there: Callable[[], bool], seconds: float) -> None:
    """Waits until `there` is no longer so, at most so many seconds."""
    for _ in range(round(seconds / _POLL)):
        if not there():
            return
        await asyncio.sleep(_POLL)


def _close(process: Process) -> None:
    """Closes our ends of the pipes, which a process that left the group may still hold open."""
    transport = getattr(getattr(process, "_process", None), "_transport", None)
    if transport is not None:
        with contextlib.suppress(OSError):
            transport.close()

"""The process groups that we have started, and that they end with us, whatever ends us."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Coroutine, Iterator
from types import FrameType
from typing import Any, TypeVar

TERMINATE = signal.SIGTERM
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def send(group: int, number: int) -> bool:
    """Sends a signal to the group of a process, or looks with 0; whether anyone was there to take it."""
    # Doubt: Windows has no groups to signal; there the one process is ended, and what it started is not.
    way = getattr(os, "killpg", os.kill)
    try:
        way(group, number)
    except ProcessLookupError:
        return False
    except OSError:
        return number == 0
    return True


@contextlib.contextmanager
def ended_with_us(group: int) -> Iterator[None]:
    """Kills the group at the end, and where a signal would end us without running another line."""
    held: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        _kill_all()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    _running.add(group)
    try:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)
                if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                    signal.signal(number, end)
                    held.append(number)
        yield
    finally:
        send(group, KILL)
        _running.discard(group)
        for number in held:
            signal.signal(number, signal.SIG_DFL)


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """
    What `work` gives, as `asyncio.run`; raises `KeyboardInterrupt` where it was interrupted.

    A first Ctrl-C cancels the work, which then ends what it started in order; each further one kills
    that at once. None of them is raised inside of the event loop, where it would leave things half done.
    """
    heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    interrupted = False

    async def whole() -> _T:
        task = asyncio.current_task()

        def interrupt() -> None:
            nonlocal interrupted
            if interrupted or task is None:
                _kill_all()
            else:
                interrupted = True
                task.cancel()

        if heard and threading.current_thread() is threading.main_thread():
            with contextlib.suppress(NotImplementedError):  # Windows, where asyncio's own way holds
                asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupt)
        return await work

    try:
        found = asyncio.run(whole())
    except BaseException:
        if interrupted:
            raise KeyboardInterrupt from None
        raise
    if interrupted:
        raise KeyboardInterrupt
    return found


# ---------------------------------------------------------------- helpers

_T = TypeVar("_T")

_running: set[int] = set()
"""The groups that run: more than one where a server is spoken to beside another."""


def _kill_all() -> None:
    for group in tuple(_running):
        send(group, KILL)

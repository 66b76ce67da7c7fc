"""MCP servers that tests speak to: those in fixtures/servers, and those of an environment with older libraries."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVERS = ROOT / "fixtures" / "servers"
FASTMCP, SDK, HOSTILE = (
    str(SERVERS / name) for name in ("declares_with_fastmcp.py", "declares_with_sdk.py", "hostile.py")
)
TOKEN = "a-token-of-the-tests"

_LOCK = ROOT / "requirements" / "servers.txt"
_PLACE = ROOT / "build" / "servers"
_SECONDS = 300
# As it is outside of the tests: whoever needs a proxy for PyPI has it in the environment.
_OUTER = dict(os.environ)


@cache
def older() -> Path:
    """
    Where the programs are of an environment with exactly what requirements/servers.txt names.

    Made in build/servers when it is asked for and not there yet, which takes about 20 seconds.
    """
    _PLACE.mkdir(parents=True, exist_ok=True)
    programs, marker = _PLACE / "venv" / "bin", _PLACE / "locked"
    wanted = f"{sys.version}\n{_LOCK.read_text(encoding='utf-8')}"
    with (_PLACE / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists() or marker.read_text(encoding="utf-8") != wanted:
            marker.unlink(missing_ok=True)
            _run(sys.executable, "-m", "venv", "--clear", str(_PLACE / "venv"))
            # The lock names all that is needed, so nothing is left to be resolved.
            pip = (str(programs / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install")
            _run(*pip, "--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", str(_LOCK))
            marker.write_text(wanted, encoding="utf-8")
    return programs


@contextlib.contextmanager
def over_http(server: str) -> Iterator[str]:
    """The URL at which one of the servers in fixtures/servers listens; it asks for `TOKEN`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "DECLARES_TOKEN": TOKEN}
    command = [sys.executable, server, "--http", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _await(port, process)
            yield f"http://127.0.0.1:{port}/mcp"
        finally:
            process.kill()


def lives(process: int) -> bool:
    """Whether a process of this id runs, and is no zombie that nobody has waited for."""
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    pytest.fail("the server does not listen", pytrace=False)


def _run(*command: str) -> None:
    ran = subprocess.run(command, env=_OUTER, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if ran.returncode:
        pytest.fail(f"{' '.join(command)} failed; it needs PyPI:\n{ran.stderr[-2000:]}", pytrace=False)

"""What AWS's SDKs report of the calls they make (client-side monitoring), received on the loopback address."""

from __future__ import annotations

import asyncio
import re
import secrets
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from iamsim import jsontext, redact
from iamsim.errors import InputError

LARGEST = 8192
"""Bytes in one report at the most. Source: botocore/monitoring.py, which sends no larger one."""

MOST = 50_000
"""How many reports are kept; what comes after is dropped."""


@dataclass(frozen=True, slots=True)
class Event:
    """
    One report: of an API call that has ended (`ApiCall`), or of one request that it took (`ApiCallAttempt`).

    `service` is the service id (`Cost Explorer`), `api` the operation, `started` and `took` are in
    milliseconds, the former since 1970. Only an attempt tells its `access_key` (empty: it was not
    signed), whether a session token went with it (`temporary`), and the `host` it was sent to. `status`
    is 0 where no answer came; `error` is AWS's code, else the name of the SDK's exception. `attempts`
    counts the requests of a call. The session token, which is in the report, is not kept.
    """

    kind: Literal["ApiCall", "ApiCallAttempt"]
    service: str
    api: str
    started: int
    took: int = 0
    region: str = ""
    access_key: str = ""
    temporary: bool = False
    host: str = ""
    status: int = 0
    error: str = ""
    attempts: int = 0


class Receiver(asyncio.DatagramProtocol):
    """
    The reports that came for `client`, in the order in which they came, and how many others were `dropped`, by reason.

    Any local process can send to the port: only who knows `client`, which is made anew for each run, is
    heard.
    """

    def __init__(self, client: str) -> None:
        self.client = client
        self.port = 0
        self.events: list[Event] = []
        self.dropped: Counter[str] = Counter()
        self.last = time.monotonic()

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that make an SDK report here. Source: AWS SDKs and Tools Reference Guide, "SDK metrics"."""
        return {
            "AWS_CSM_ENABLED": "true",
            "AWS_CSM_HOST": _HOST,
            "AWS_CSM_PORT": str(self.port),
            "AWS_CSM_CLIENT_ID": self.client,
        }

    def datagram_received(self, data: bytes, addr: object) -> None:
        """One report."""
        del addr
        found = "too many" if len(self.events) >= MOST else event(data, self.client)
        if isinstance(found, str):
            self.dropped[found] += 1
        else:
            self.events.append(found)
            self.last = time.monotonic()

    def error_received(self, exc: Exception) -> None:
        """Nothing: an error of the socket costs reports, and no more than that."""
        del exc
        self.dropped["not received"] += 1

    async def quiet(self, seconds: float, *, longest: float) -> None:
        """Waits until nothing has come for `seconds`, but not longer than `longest`."""
        begun = time.monotonic()
        # That nothing has come sets no event that one could wait for.
        while (now := time.monotonic()) - max(self.last, begun) < seconds and now - begun < longest:  # noqa: ASYNC110
            await asyncio.sleep(min(_LOOK, seconds))


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port of the loopback address, with a client id that nobody can guess."""
    receiver = Receiver(secrets.token_hex(16))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as open_socket:
        open_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        open_socket.setblocking(False)
        open_socket.bind((_HOST, 0))
        receiver.port = open_socket.getsockname()[1]
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: receiver, sock=open_socket)
        try:
            yield receiver
        finally:
            transport.close()


def event(data: bytes, client: str) -> Event | str:
    """The event that a datagram reports, or in one or two words why it is dropped."""
    if len(data) > LARGEST:
        return "too large"
    # Looked for before anything is read, so that a flood from elsewhere costs little.
    if client.encode() not in data:
        return "of another sender"
    try:
        report = jsontext.load(data.decode(), "a report")
    except (InputError, UnicodeDecodeError):
        return "not readable"
    if not isinstance(report, dict):
        return "not readable"
    if not secrets.compare_digest(str(report.get("ClientId", "")).encode(), client.encode()):
        return "of another sender"
    try:
        return _event(report)
    except ValueError:
        return "not readable"


_HOST = "127.0.0.1"
_BUFFER = 1 << 20
_LOOK = 0.02
_KEPT = 128
_TEXTS: Mapping[str, re.Pattern[str]] = {
    "Service": re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}"),
    # CloudFront's operations carry the version of the API: ListDistributions2020_05_31.
    "Api": re.compile(r"[A-Za-z][A-Za-z0-9]{0,127}(?:_\d\d_\d\d)?", re.ASCII),
    "Region": re.compile(r"[a-z0-9-]{0,40}"),
    "AccessKey": re.compile(r"[A-Za-z0-9_]{0,128}"),
    "Fqdn": re.compile(r"[A-Za-z0-9._:\[\]-]{0,300}"),
}
_NUMBER = re.compile(r"[0-9]{1,15}")


def _event(report: Mapping[str, Any]) -> Event:
    """Raises `ValueError` for a report that no SDK sends."""
    kind = report.get("Type")
    if kind not in ("ApiCall", "ApiCallAttempt"):
        raise ValueError(kind)
    call = kind == "ApiCall"
    final = "Final" if call else ""
    return Event(
        kind,
        _text(report, "Service"),
        _text(report, "Api"),
        _number(report, "Timestamp"),
        _number(report, "Latency" if call else "AttemptLatency", 0),
        _text(report, "Region", ""),
        "" if call else _text(report, "AccessKey", ""),
        not call and "SessionToken" in report,
        "" if call else _text(report, "Fqdn", "").lower(),
        _number(report, f"{final}HttpStatusCode", 0),
        _word(report.get(f"{final}AwsException") or report.get(f"{final}SdkException")),
        _number(report, "AttemptCount", 1) if call else 1,
    )


def _text(report: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = report.get(name, default)
    if not isinstance(value, str) or isinstance(value, jsontext.Number) or not _TEXTS[name].fullmatch(value):
        raise ValueError(name)
    return value


def _number(report: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = report.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, jsontext.Number) or not _NUMBER.fullmatch(value):
        raise ValueError(name)
    return int(value)


def _word(value: object) -> str:
    return redact.line(value)[:_KEPT] if isinstance(value, str) else ""

"""An MCP server at a URL: how far it is trusted with a token, and what its answers may be."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from iamsim import redact
from iamsim.errors import IamsimError, InputError, OutsideError
from iamsim.tools._stdio import MAX_MESSAGE

if TYPE_CHECKING:
    import httpx2


@dataclass(frozen=True, slots=True)
class Http:
    """A server that is spoken to over streamable HTTP; `token` goes with every request as `Authorization: Bearer`."""

    url: str
    token: str = field(default="", repr=False)


@dataclass(slots=True)
class Web:
    """The way to one URL, and what is known of why it is none."""

    endpoint: Http
    seconds: float
    failure: IamsimError | None = None
    status: int = 0
    location: str = ""

    @property
    def shown(self) -> str:
        """The URL without its query, which may hold a secret."""
        return redact.line(self.endpoint.url.partition("?")[0])[:200]

    @asynccontextmanager
    async def streams(self) -> AsyncIterator[tuple[Any, Any]]:
        """
        The streams of messages that `mcp.ClientSession` takes.

        No proxy is used, and no redirect leaves the host and port of the URL. Raises `InputError` for a
        URL or a token that is not sent.
        """
        import httpx2
        from mcp.client.streamable_http import streamable_http_client

        headers = {"User-Agent": "iamsim", "Accept-Encoding": "identity", **_authorization(self.endpoint)}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=self.seconds, transport=_bounded(self)) as client,
            streamable_http_client(self.endpoint.url, http_client=client, max_sse_event_size=MAX_MESSAGE) as streams,
        ):
            yield streams

    async def reason(self) -> IamsimError | None:
        """What is wrong with the answers; None while the server answers as one of MCP."""
        return self.failure or self._refusal()

    def late(self, doing: str, seconds: float) -> IamsimError:
        """The error for an answer that did not come."""
        return self.failure or OutsideError(
            f"`{self.shown}` did not {doing} within {seconds:g} seconds", hint="give it more time with --timeout"
        )

    def broken(self, error: BaseException) -> IamsimError:
        """The error for a connection that failed below HTTP."""
        words = redact.line(str(error))[:200] or type(error).__name__
        return OutsideError(
            f"`{self.shown}` cannot be reached: {words}", hint="check the URL, and that the server runs"
        )

    def _refusal(self) -> IamsimError | None:
        given = bool(self.endpoint.token)
        if self.status in (401, 403):
            asks = "does not accept this token" if given else "asks for a token"
            way = "check that it is not expired and is meant for this server" if given else _TOKEN
            return OutsideError(f"`{self.shown}` {asks} (status {self.status})", hint=way)
        if self.location:
            return OutsideError(
                f"`{self.shown}` redirects to `{self.location}`", hint="give that URL if it is the server"
            )
        if self.status >= _ERRORS:
            return OutsideError(f"no MCP server answers at `{self.shown}`: status {self.status}", hint=_PATH)
        return None


# ---------------------------------------------------------------- helpers

_ERRORS = 400
_REDIRECTS = range(300, 400)
_LONGEST = 2_000
_PLAIN = re.compile(r"[!-~]+")
_OURSELVES = ("localhost", "127.0.0.1", "::1")
_TOKEN = "give one with --token-file or --token-env"  # noqa: S105 - a hint
_PATH = "check the path of the URL, which often ends in /mcp"
_GOODBYE = 2.0


def _authorization(endpoint: Http) -> dict[str, str]:
    """The header that carries the token, once the URL is one that it may be sent to."""
    way_out = "write https://HOST[:PORT]/PATH"
    url, token = endpoint.url, endpoint.token
    if len(url) > _LONGEST or not _PLAIN.fullmatch(url):
        raise InputError("the URL is empty, too long, or holds a blank or a character that is not ASCII", hint=way_out)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InputError("the URL is not a URL", hint=way_out) from None
    if parts.username is not None or parts.password is not None:
        raise InputError("the URL holds a user name", hint=_TOKEN)
    if parts.scheme not in ("http", "https") or not host or port == 0:
        raise InputError(f"`{redact.line(url.partition('?')[0])[:200]}` is no URL of a server", hint=way_out)
    if not token:
        return {}
    if not _PLAIN.fullmatch(token):
        raise InputError("the token holds a blank or a character that is not ASCII", hint="give the token alone")
    if parts.scheme == "http" and host not in _OURSELVES:
        raise InputError(
            f"a token is not sent to `{redact.line(host)[:200]}` over http, where it can be read on the way",
            hint="give the https URL, or reach the server through a tunnel on localhost",
        )
    return {"Authorization": f"Bearer {token}"}


def _bounded(web: Web) -> httpx2.AsyncHTTPTransport:
    """A transport that reads no more than `MAX_MESSAGE` bytes of an answer, and notes in `web` what it sees."""
    import anyio
    import httpx2

    class Counted(httpx2.AsyncByteStream):
        def __init__(self, stream: httpx2.AsyncByteStream) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = MAX_MESSAGE
            async for chunk in self._stream:
                left -= len(chunk)
                if left < 0:
                    web.failure = OutsideError(
                        f"`{web.shown}` sends a message of more than {MAX_MESSAGE:,} bytes", hint=_PATH
                    )
                    raise web.failure
                yield chunk

        async def aclose(self) -> None:
            await self._stream.aclose()

    class Transport(httpx2.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            if request.method == "DELETE":
                return await self._goodbye(request)
            response = await super().handle_async_request(request)
            if request.method == "POST":
                web.status = response.status_code
                moved = response.status_code in _REDIRECTS
                web.location = (
                    redact.line(response.headers.get("location", "").partition("?")[0])[:200] if moved else ""
                )
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                await response.aclose()
                web.failure = OutsideError(f"`{web.shown}` answers in an encoding that was not asked for", hint=_PATH)
                raise web.failure
            assert isinstance(response.stream, httpx2.AsyncByteStream)  # noqa: S101 - an asynchronous transport gives one
            return httpx2.Response(
                response.status_code,
                headers=response.headers,
                stream=Counted(response.stream),
                extensions=response.extensions,
            )

        async def _goodbye(self, request: httpx2.Request) -> httpx2.Response:
            """Tells the server that the session is over; what it has to say to that is not waited for."""
            with anyio.move_on_after(_GOODBYE), contextlib.suppress(httpx2.TransportError):
                response = await super().handle_async_request(request)
                await response.aclose()
            return httpx2.Response(200)

    return Transport()

"""One small document, fetched over https from an address that was looked at before it was connected to."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urljoin, urlsplit

from iamsim import redact
from iamsim.errors import IamsimError, InputError, OutsideError

MAX_BYTES = 1_000_000
"""Largest document that is read."""

SECONDS = 5.0
"""Longest that one document may take, the look-up of its host and its redirects included."""


def document(url: str, *, private: bool = False) -> bytes:
    """
    What a GET of `url` answers with.

    https only, with the certificate checked; no proxy is used. A redirect is followed on the same host
    and port only. An address that is not a public one is refused unless `private`: it is the address
    of the connection itself that is looked at, so that a host that resolves in another way the second
    time leads nowhere else.

    Raises `InputError` for a URL that is not asked, `OutsideError` for an answer that does not come or is none.
    """
    place = _place(url)
    trip = _Trip(private, time.monotonic() + SECONDS)
    found: list[bytes | BaseException] = []

    def go() -> None:
        try:
            found.append(trip.body(place))
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            found.append(error)

    # In a thread, since neither a look-up nor an answer that comes by the byte ends by itself.
    worker = threading.Thread(target=go, daemon=True)
    worker.start()
    worker.join(SECONDS)
    if not found:
        trip.end()
        worker.join(0.5)
        raise OutsideError(f"`{_shown(url)}` did not answer within {SECONDS:g} seconds", hint=_AGAIN)
    if isinstance(found[0], IamsimError):
        raise found[0]
    if isinstance(found[0], BaseException):
        raise OutsideError(f"`{_shown(url)}` cannot be read: {_reason(found[0])}", hint=_way_out(found[0])) from None
    return found[0]


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet's own: no private, loopback, link-local, reserved or multicast one."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        # An IPv6 address may lead to an IPv4 one: by being mapped or by NAT64 nowhere else, by 6to4 and Teredo through another.
        through = found.ipv4_mapped or (IPv4Address(found.packed[-4:]) if found in _NAT64 else None)
        if through is not None:
            return is_public(str(through))
        relayed = found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found.is_site_local or (relayed is not None and not is_public(str(relayed))):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


# ---------------------------------------------------------------- helpers

_REDIRECTS = 3
_LONGEST = 2_000
_MOVED = (301, 302, 303, 307, 308)
_AGAIN = "try again, or save the document and give it with --key-file"
_NAT64 = IPv6Network("64:ff9b::/96")
_PLAIN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a URL leads."""

    url: str
    host: str
    port: int
    path: str


@dataclass(slots=True)
class _Trip:
    """One fetch: what it may connect to, until when, and the connection that it has."""

    private: bool
    deadline: float
    connection: http.client.HTTPSConnection | None = field(default=None)

    def body(self, place: _Place) -> bytes:
        """The document at `place`, or where it redirects to."""
        for _ in range(_REDIRECTS + 1):
            self.connection = _Connection(place, self._connected)
            with contextlib.closing(self.connection) as connection:
                headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "iamsim"}
                connection.request("GET", place.path, headers=headers)
                with connection.getresponse() as answer:
                    if answer.status not in _MOVED:
                        return self._read(answer, place)
                    place = _redirected(place, answer.getheader("Location") or "")
        raise OutsideError(f"`{_shown(place.url)}` redirects too often", hint=_AGAIN)

    def end(self) -> None:
        """Closes the connection under the thread that waits for it."""
        held = self.connection.sock if self.connection is not None else None
        if held is not None:
            with contextlib.suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)

    def _read(self, answer: http.client.HTTPResponse, place: _Place) -> bytes:
        if answer.status != http.client.OK:
            raise OutsideError(f"`{_shown(place.url)}` answers with status {answer.status}", hint="check the URL")
        if answer.getheader("Content-Encoding", "identity").lower() != "identity":
            raise OutsideError(f"`{_shown(place.url)}` answers in an encoding that was not asked for", hint=_AGAIN)
        content = answer.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise OutsideError(f"`{_shown(place.url)}` is larger than {MAX_BYTES:,} bytes", hint="check the URL")
        if answer.length:  # what was announced and did not come
            raise http.client.IncompleteRead(content, answer.length)
        return content

    def _connected(self, place: _Place) -> socket.socket:
        """A connection to an address of the host that may be connected to."""
        failure: OSError = ConnectionError("the host has no address")
        refused = ""
        for family, kind, protocol, _, address in socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM):
            where = str(address[0])
            if not self.private and not is_public(where):
                refused = where
                continue
            held = socket.socket(family, kind, protocol)
            try:
                held.settimeout(max(self.deadline - time.monotonic(), 0.01))
                held.connect(address)
            except OSError as error:
                held.close()
                failure = error
            else:
                return held
        if refused:
            raise InputError(
                f"`{redact.line(place.host)[:200]}` is at {refused}, which is no public address",
                hint="give --allow-private-network if this network is the one that is meant",
            )
        raise failure


class _Connection(http.client.HTTPSConnection):
    """An https connection over a socket that `connected` gives."""

    def __init__(self, place: _Place, connected: Callable[[_Place], socket.socket]) -> None:
        # Its certificate authorities are those of the system, or of SSL_CERT_FILE.
        self._trust = ssl.create_default_context()
        super().__init__(place.host, place.port, timeout=SECONDS, context=self._trust)
        self._place, self._connected = place, connected

    def connect(self) -> None:
        """Connects without a second look-up of the host, and checks the certificate against its name."""
        plain = self._connected(self._place)
        try:
            self.sock = self._trust.wrap_socket(plain, server_hostname=self._place.host)
        except BaseException:
            plain.close()
            raise


def _place(url: str) -> _Place:
    """The parts of a URL that may be asked."""
    way_out = "write https://HOST[:PORT]/PATH"
    if len(url) > _LONGEST or not _PLAIN.fullmatch(url):
        raise InputError("the URL is too long, or holds a blank or a character that is not ASCII", hint=way_out)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InputError("the URL is not a URL", hint=way_out) from None
    if parts.scheme != "https":
        raise InputError(f"`{_shown(url)}` is no https URL", hint=f"keys are fetched over https only: {way_out}")
    if not host or port == 0:
        raise InputError(f"`{_shown(url)}` names no host", hint=way_out)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InputError("the URL holds a user name or a fragment", hint=way_out)
    return _Place(url, host, port or 443, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def _redirected(place: _Place, location: str) -> _Place:
    try:
        there = _place(urljoin(place.url, location))
    except InputError:
        there = None
    if not location or there is None or (there.host, there.port) != (place.host, place.port):
        raise OutsideError(
            f"`{_shown(place.url)}` redirects to another host, or nowhere", hint="give the URL where the document lies"
        )
    return there


def _shown(url: str) -> str:
    return redact.line(url.partition("?")[0])[:200]


def _reason(error: BaseException) -> str:
    match error:
        case socket.gaierror():
            return "its host is not found"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message}"
        case TimeoutError():
            return "it did not answer in time"
        case http.client.IncompleteRead():
            return "the answer ends too early"
        case ssl.SSLError() | http.client.HTTPException():
            return "the answer is none of an https server"
        case OSError() if error.strerror:
            return error.strerror.lower()
        case _:
            return type(error).__name__


def _way_out(error: BaseException) -> str:
    return (
        "name the certificate authority with SSL_CERT_FILE"
        if isinstance(error, ssl.SSLCertVerificationError)
        else _AGAIN
    )

"""A server on this machine that publishes documents over https, with a certificate that its own authority signed."""

from __future__ import annotations

import datetime as dt
import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509  # noqa: TID253 - a test may pay for the import
from cryptography.hazmat.primitives import hashes, serialization  # noqa: TID253 - as above
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: TID253 - as above

Answer = Callable[[http.server.BaseHTTPRequestHandler], None]


class Site:
    """What is published where, and what was asked for."""

    def __init__(self, url: str, authority: Path) -> None:
        self.url, self.authority = url, authority
        self.pages: dict[str, bytes | Answer] = {}
        self.asked: list[str] = []


def says(status: int, **headers: str) -> Answer:
    """An answer of a status and headers, its names written with underscores; without content."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()

    return answer


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    """A site at https://localhost:PORT, whose authority is the file `authority`."""
    authority, served = certificates(folder)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            page = found.pages.get(self.path, says(404))
            if callable(page):
                page(self)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """A caller that hangs up is what some tests are about."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(served)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    found = Site(f"https://localhost:{server.server_address[1]}", authority)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def certificates(folder: Path) -> tuple[Path, Path]:
    """The certificate of an authority, and key and certificate of `localhost` that it signed, in PEM."""
    now = dt.datetime.now(dt.UTC)
    authority, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an authority of the tests")])

    def certificate(subject: x509.Name, key: ec.EllipticCurvePublicKey, *, is_authority: bool) -> x509.Certificate:
        names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
            .sign(authority, hashes.SHA256())
        )

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    trusted, served = folder / "authority.pem", folder / "served.pem"
    trusted.write_bytes(
        certificate(issuer, authority.public_key(), is_authority=True).public_bytes(serialization.Encoding.PEM)
    )
    served.write_bytes(
        own.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate(name, own.public_key(), is_authority=False).public_bytes(serialization.Encoding.PEM)
    )
    return trusted, served

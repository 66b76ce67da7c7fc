"""Keys are fetched over https, from where they may be fetched, and a fetch that fails verifies nothing."""

from __future__ import annotations

import json
import socket
import threading
import time

import pytest

from iamsim.errors import InputError, OutsideError
from iamsim.tokens import fetch, key_sets
from tests.tokens import made
from tests.tokens.published import says, site


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with site(tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture
def published(shared, monkeypatch):
    shared.pages.clear()
    shared.asked.clear()
    monkeypatch.setenv("SSL_CERT_FILE", str(shared.authority))
    return shared


def jwks(*names: str) -> bytes:
    return json.dumps({"keys": [made.jwk(name, kid=name) for name in names]}).encode()


def refused(error, call, *arguments, **named):
    with pytest.raises(error) as caught:
        call(*arguments, **named)
    assert caught.value.hint
    return caught.value.message


# ---------------------------------------------------------------- what is fetched


def test_the_keys_of_a_url_are_read(published):
    published.pages["/keys?v=1"] = jwks("rsa", "p256")
    keys = key_sets.from_url(f"{published.url}/keys?v=1", private=True)
    assert [key["kid"] for key in keys.jwks or ()] == ["rsa", "p256"]
    assert published.asked == ["/keys?v=1"]


def test_the_keys_of_an_issuer_are_found_by_its_discovery_document(published):
    issuer = f"{published.url}/tenant"
    document = {"issuer": issuer, "jwks_uri": f"{published.url}/keys"}
    published.pages["/tenant/.well-known/openid-configuration"] = json.dumps(document).encode()
    published.pages["/keys"] = jwks("rsa")
    assert key_sets.from_issuer(issuer, private=True).jwks is not None
    assert published.asked == ["/tenant/.well-known/openid-configuration", "/keys"]


@pytest.mark.parametrize("named", ["/", "/other", None])
def test_a_discovery_document_of_another_issuer_is_refused_to_the_last_slash(published, named):
    document = {"issuer": named and published.url + named, "jwks_uri": f"{published.url}/keys"}
    published.pages["/.well-known/openid-configuration"] = json.dumps(document).encode()
    published.pages["/keys"] = jwks("rsa")
    message = refused(InputError, key_sets.from_issuer, published.url, private=True)
    assert message.startswith(f"the discovery document of `{published.url}` is that of `")
    assert published.asked == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"<html>", "is not JSON"),
        (b"[]", "is not a JSON object"),
        (b'{"issuer": "%s"}', "names no keys (`jwks_uri`)"),
        (b'{"issuer": "%s", "jwks_uri": "http://127.0.0.1/keys"}', "leads to keys that are not asked for"),
        (b'{"issuer": "%s", "issuer": "%s"}', "holds a key twice"),
    ],
)
def test_a_discovery_document_that_leads_nowhere_ends_the_run(published, document, message):
    published.pages["/.well-known/openid-configuration"] = document.replace(b"%s", published.url.encode())
    assert message in refused(OutsideError, key_sets.from_issuer, published.url, private=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "is neither PEM nor JSON"),
        (b"{}", "holds no JSON Web Keys"),
        (b'{"keys": [{"kty": "oct", "k": "AAAA"}]}', "publishes a shared secret"),
        (b'{"keys": [{"kty": "RSA", "d": "AAAA"}]}', "holds a private key"),
    ],
)
def test_a_document_that_holds_no_public_keys_ends_the_run(published, content, message):
    published.pages["/keys"] = content
    assert message in refused(OutsideError, key_sets.from_url, f"{published.url}/keys", private=True)


# ---------------------------------------------------------------- what is not asked


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://idp.example.com/keys", "is no https URL"),
        ("file:///keys.json", "is no https URL"),
        ("https:///keys", "names no host"),
        ("https://user:planted@idp.example.com/keys", "holds a user name or a fragment"),
        ("https://idp.example.com/keys#a", "holds a user name or a fragment"),
        ("https://idp.example.com:99999/", "the URL is not a URL"),
        ("https://idp.example.com/a\r\nHost: x", "holds a blank"),
        ("https://idp.example.com/" + "a" * 2000, "is too long"),
        ("https://пример.example/", "not ASCII"),
        ("https://[::1", "the URL is not a URL"),
    ],
)
def test_a_url_that_is_not_asked_says_why(url, message, monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", None)
    told = refused(InputError, fetch.document, url, private=True)
    assert message in told
    assert "planted" not in told


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104 - an address that is refused
        *(
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.0.2.1",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fe80::1%eth0",
        ),
        *("fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    ],
)
def test_an_address_that_is_not_of_the_internet_is_known(address):
    assert not fetch.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_of_the_internet_is_known(address):
    assert fetch.is_public(address)


def test_a_private_address_is_not_connected_to_unless_it_is_asked_for(published):
    message = refused(InputError, fetch.document, f"{published.url}/keys")
    assert message in {f"`localhost` is at {where}, which is no public address" for where in ("127.0.0.1", "::1")}
    assert published.asked == []


def test_a_host_is_looked_up_once_so_that_a_second_answer_leads_nowhere(monkeypatch):
    # DNS rebinding: public when it is looked at, private when it is connected to.
    answers = iter(["203.0.113.7", "127.0.0.1"])
    connected: list[tuple[str, int]] = []

    def resolve(_, port, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    class Recorded(socket.socket):
        def connect(self, address):
            connected.append(address)
            raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "socket", Recorded)
    monkeypatch.setattr(fetch, "is_public", lambda address: address == "203.0.113.7")
    message = refused(OutsideError, fetch.document, "https://rebinding.example.com/keys")
    assert message.endswith("connection refused")
    assert connected == [("203.0.113.7", 443)]


def test_of_several_addresses_only_the_public_ones_are_tried(monkeypatch):
    tried: list[str] = []

    class Recorded(socket.socket):
        def connect(self, address):
            tried.append(address[0])
            raise ConnectionRefusedError(111, "Connection refused")

    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("10.0.0.1", "8.8.8.8", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "socket", Recorded)
    message = refused(InputError, fetch.document, "https://several.example.com/keys")
    assert tried == ["8.8.8.8"]
    assert "which is no public address" in message


# ---------------------------------------------------------------- answers


def test_a_certificate_of_an_unknown_authority_is_not_trusted(published, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    published.pages["/keys"] = jwks("rsa")
    message = refused(OutsideError, fetch.document, f"{published.url}/keys", private=True)
    assert "its certificate is not trusted" in message
    assert published.asked == []


def test_a_certificate_for_another_name_is_not_trusted(published, monkeypatch):
    found = socket.getaddrinfo("127.0.0.1", int(published.url.rpartition(":")[2]), type=socket.SOCK_STREAM)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    url = published.url.replace("localhost", "idp.example.com")
    assert "its certificate is not trusted" in refused(OutsideError, fetch.document, url, private=True)


def test_a_redirect_is_followed_on_the_same_host(published):
    published.pages["/old"] = says(302, Location="/new")
    published.pages["/new"] = b"{}"
    assert fetch.document(f"{published.url}/old", private=True) == b"{}"


@pytest.mark.parametrize(
    "location",
    ["https://idp.example.com/keys", "http://localhost/keys", "https://localhost:1/", "//127.0.0.1/keys", ""],
)
def test_a_redirect_to_another_place_is_not_followed(published, location):
    published.pages["/old"] = says(302, Location=location) if location else says(302)
    message = refused(OutsideError, fetch.document, f"{published.url}/old", private=True)
    assert "redirects to another host, or nowhere" in message
    assert published.asked == ["/old"]


def test_redirects_come_to_an_end(published):
    published.pages["/old"] = says(307, Location="/old")
    assert "redirects too often" in refused(OutsideError, fetch.document, f"{published.url}/old", private=True)
    assert len(published.asked) == 4


@pytest.mark.parametrize("announced", [True, False])
def test_a_document_that_is_too_large_is_not_read(published, announced):
    def answer(handler):
        handler.send_response(200)
        if announced:
            handler.send_header("Content-Length", "1000001")
        handler.end_headers()
        handler.wfile.write(b" " * 1_000_001)

    published.pages["/keys"] = answer
    message = refused(OutsideError, fetch.document, f"{published.url}/keys", private=True)
    assert message.endswith("is larger than 1,000,000 bytes")


def test_a_document_that_ends_too_early_is_not_taken_for_whole(published):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b'{"keys": []}')

    published.pages["/keys"] = answer
    assert "the answer ends too early" in refused(OutsideError, fetch.document, f"{published.url}/keys", private=True)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (says(404), "answers with status 404"),
        (says(500), "answers with status 500"),
        (says(204), "answers with status 204"),
        (says(200, Content_Encoding="gzip"), "in an encoding that was not asked for"),
        (lambda handler: handler.wfile.write(b"hello\r\n"), "the answer is none of an https server"),
    ],
)
def test_an_answer_that_is_no_document_ends_the_run(published, answer, message):
    published.pages["/keys"] = answer
    assert message in refused(OutsideError, fetch.document, f"{published.url}/keys", private=True)


def test_what_an_error_shows_of_a_url_ends_before_its_query(published):
    message = refused(OutsideError, fetch.document, f"{published.url}/keys?access=planted", private=True)
    assert message == f"`{published.url}/keys` answers with status 404"


def test_an_answer_that_comes_by_the_byte_ends_with_the_time(published, monkeypatch):
    monkeypatch.setattr(fetch, "SECONDS", 0.4)
    over = threading.Event()

    def answer(handler):
        while not over.wait(0.05):
            handler.wfile.write(b"H")

    published.pages["/keys"] = answer
    begin = time.monotonic()
    message = refused(OutsideError, fetch.document, f"{published.url}/keys", private=True)
    over.set()
    assert message.endswith("did not answer within 0.4 seconds")
    assert time.monotonic() - begin < 20


def test_nobody_at_an_address_ends_the_run():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    message = refused(OutsideError, fetch.document, f"https://127.0.0.1:{port}/", private=True)
    assert message.endswith("cannot be read: connection refused")


def test_a_host_that_is_not_found_ends_the_run(monkeypatch):
    def nowhere(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    assert refused(OutsideError, fetch.document, "https://idp.example.com/").endswith("its host is not found")


def test_a_proxy_of_the_environment_is_not_used(published, monkeypatch):
    # A proxy would look the host up itself, out of our sight.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    published.pages["/keys"] = b"{}"
    assert fetch.document(f"{published.url}/keys", private=True) == b"{}"

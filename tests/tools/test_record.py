"""A real server recorded against a stand-in for AWS: which calls each tool made, with whose key, and what manifest that gives."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import boto3  # noqa: TID253 - fills the stand-in
import pytest
from moto.server import ThreadedMotoServer

from iamsim.catalog import operation_resources
from iamsim.errors import InputError, OutsideError
from iamsim.model.finding import Confidence
from iamsim.model.tool import Credential, Necessity
from iamsim.tools import recorded, written
from iamsim.tools.manifest import manifest
from iamsim.tools.record import Plan, Recording, Run, attributed, record
from iamsim.tools.seen import ApiCall, holders, spoken
from iamsim.tools.session import Announced, Argument, Stdio, clean_environment
from iamsim.tools.tool_calls import ToolCall

SERVER = Path(__file__).parents[2] / "fixtures" / "servers" / "recorded_server.py"
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
ROLE = "arn:aws:iam::111122223333:role/reader"
OBJECT = {"bucket": "recorded", "key": "a.txt"}
CALLS = (
    ToolCall("objects_list", {"bucket": "recorded"}),
    ToolCall("object_get", OBJECT),
    ToolCall("object_get", {**OBJECT, "with_tags": True}),
    ToolCall("object_get_as_role", {**OBJECT, "role_arn": ROLE}),
    ToolCall("object_get_public", OBJECT),
    ToolCall("object_get_uri", {"uri": "s3://recorded/no-such-key"}),
    ToolCall("object_get_as_somebody", OBJECT),
    ToolCall("object_link", OBJECT),
    ToolCall("object_get_without_credentials", OBJECT),
    ToolCall("tables_count_later", {"seconds": 0.1}),
    ToolCall("costs_get"),
    ToolCall("words_count", {"text": "two words"}),
    ToolCall("tables_count_later", {"seconds": 0.6}),
)


@pytest.fixture(scope="module")
def endpoint():
    running = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.Session(KEY, SECRET, region_name="us-east-1").client("s3", endpoint_url=url)
    client.create_bucket(Bucket="recorded")
    for key in ("a.txt", "b.txt", "c.txt"):
        client.put_object(Bucket="recorded", Key=key, Body=b"text", ACL="public-read")
    yield url
    running.stop()


def environment(endpoint, *named):
    given = (
        f"AWS_ACCESS_KEY_ID={KEY}",
        f"AWS_SECRET_ACCESS_KEY={SECRET}",
        "AWS_REGION=us-east-1",
        "AWS_DEFAULT_REGION=us-east-1",
        f"AWS_ENDPOINT_URL={endpoint}",
        "AWS_CONFIG_FILE=/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE=/nonexistent",
    )
    return clean_environment((*given, *named), os.environ)


def planned(endpoint, *calls, named=(), arguments=(), **fields):
    server = Stdio((sys.executable, str(SERVER), *arguments), environment(endpoint, *named))
    return Plan(server, calls, **{"timeout": 30, "grace": 0.4, **fields})


def ran(plan):
    return asyncio.run(record(plan, tell=lambda _: None))


@pytest.fixture(scope="module")
def recording(endpoint):
    return ran(planned(endpoint, *CALLS))


@pytest.fixture(scope="module")
def made(recording):
    """The manifest of the recording, written and read back."""
    whole = recorded.manifest(recording, made="2026-11-25")
    read = manifest(written.toml(whole), document="recorded")
    assert read.tools == whole.tools
    return read


def said(recording, tool, nth=0):
    """Each API call of the nth call of a tool: its name, whose key, the answer."""
    run = [run for run in recording.runs if run.call.tool == tool][nth]
    return [(call.name, spoken(call, recording.holders).partition(" (")[0], call.answer) for call in run.calls]


def named(made, name):
    (found,) = (tool for tool in made.tools if tool.name == name)
    return found


# ---------------------------------------------------------------- what is seen


def test_the_server_and_its_tools_are_told(recording):
    assert recording.identity == ("recorded-server", "1.2")
    assert recording.not_called == ("wait", "stop", "never_called")
    assert (recording.dropped, recording.stopped, recording.region) == ({}, "", "us-east-1")


def test_what_the_server_does_before_any_call_belongs_to_no_tool(recording):
    assert [call.name for call in recording.before] == ["sts.GetCallerIdentity"]


@pytest.mark.parametrize(
    ("tool", "nth", "expected"),
    [
        ("objects_list", 0, [("s3.ListObjectsV2", "server's key", "200")] * 2),
        ("object_get", 0, [("s3.GetObject", "server's key", "200")]),
        (
            "object_get",
            1,
            [("s3.GetObject", "server's key", "200"), ("s3.GetObjectTagging", "server's key", "200")],
        ),
        (
            "object_get_as_role",
            0,
            [("sts.AssumeRole", "server's key", "200"), ("s3.GetObject", "role's key", "200")],
        ),
        ("object_get_public", 0, [("s3.GetObject", "unsigned", "200")]),
        ("object_get_uri", 0, [("s3.GetObject", "server's key", "404 NoSuchKey")]),
        ("object_get_as_somebody", 0, [("s3.GetObject", "other key", "200")]),
        ("object_get_without_credentials", 0, [("s3.GetObject", "not reported", "not sent")]),
        ("tables_count_later", 0, [("dynamodb.ListTables", "server's key", "200")]),
        ("costs_get", 0, [("ce.GetCostAndUsage", "server's key", "200")]),
        ("words_count", 0, []),
        ("object_link", 0, []),
        ("tables_count_later", 1, []),
    ],
)
def test_each_call_of_a_tool_has_its_api_calls_with_the_key_that_signed(recording, tool, nth, expected):
    assert said(recording, tool, nth) == expected


def test_a_call_that_begins_within_the_grace_counts_and_is_called_late(recording):
    (run, _) = (run for run in recording.runs if run.call.tool == "tables_count_later")
    assert [run.late(call) for call in run.calls] == [True]


def test_a_call_that_begins_after_the_grace_is_attributed_to_nobody(recording):
    assert [call.name for call in recording.apart] == ["dynamodb.ListTables"]


def test_answers_that_are_failures_or_hold_signed_urls_are_told_apart(recording):
    failed = {run.call.tool for run in recording.runs if run.failed}
    assert failed == {"object_get_uri", "object_get_without_credentials"}
    assert [run.call.tool for run in recording.runs if run.signs] == ["object_link"]


def test_nothing_secret_is_kept(recording):
    assert SECRET not in repr(recording)
    assert "X-Amz" not in repr(recording)


# ---------------------------------------------------------------- the manifest


def test_the_manifest_says_that_it_was_recorded_and_what_that_leaves_open(made):
    provenance = made.server.provenance
    assert (provenance.how, provenance.subject, provenance.made) == ("recorded", "recorded-server 1.2", "2026-11-25")
    text = " ".join(provenance.uncertain)
    assert "recorded in 13 calls of 11 tools" in text
    assert "describe it under [server.assume]" in text
    assert "before the first call of a tool, and so counted to no tool: sts.GetCallerIdentity" in text
    assert "after every tool's time, and so counted to no tool: dynamodb.ListTables" in text


@pytest.mark.parametrize(
    ("tool", "needs"),
    [
        ("objects_list", [("s3:ListBucket", "arn:aws:s3:::{bucket}", Credential.SERVER)]),
        (
            "object_get_as_role",
            [
                ("sts:AssumeRole", "{role_arn}", Credential.SERVER),
                ("s3:GetObject", "arn:aws:s3:::{bucket}/{key}", Credential.ROLE),
            ],
        ),
        ("object_get_public", [("s3:GetObject", "arn:aws:s3:::{bucket}/{key}", Credential.UNSIGNED)]),
        ("object_get_uri", [("s3:GetObject", "arn:aws:s3:::{uri.bucket}/{uri.key}", Credential.SERVER)]),
        ("object_get_as_somebody", [("s3:GetObject", "arn:aws:s3:::{bucket}/{key}", Credential.BROKERED)]),
        ("costs_get", [("ce:GetCostAndUsage", "*", Credential.SERVER)]),
        ("words_count", []),
    ],
)
def test_a_tool_needs_what_it_was_seen_to_call(made, tool, needs):
    found = named(made, tool).requirements
    assert [(need.action, *need.resources, *need.credentials) for need in found] == needs


def test_what_one_of_two_calls_did_is_conditional(made):
    first, second = named(made, "object_get").requirements
    assert (first.action, first.necessity) == ("s3:GetObject", Necessity.REQUIRED)
    assert (second.action, second.necessity) == ("s3:GetObjectTagging", Necessity.CONDITIONAL)
    assert second.condition.startswith("in 1 of 2 recorded calls")


@pytest.mark.parametrize(
    ("tool", "what"),
    [
        ("never_called", "the whole tool"),
        ("object_link", "the use of a signed URL in its answer"),
        ("object_get_uri", "what it does where it succeeds"),
        ("object_get_without_credentials", "the credentials of a call of s3.GetObject"),
    ],
)
def test_what_was_not_seen_of_a_tool_is_unresolved(made, tool, what):
    assert what in [one.what for one in named(made, tool).unresolved]


def test_a_tool_that_asked_aws_nothing_says_so(made):
    tool = named(made, "words_count")
    assert (tool.credentials, tool.unresolved) == ((Credential.NONE,), ())
    assert tool.notes == ("no API call was reported while it was recorded",)


def test_a_tool_that_asked_for_no_permission_tells_whose_authority_it_has():
    tool = one_call("sts.GetCallerIdentity", {}).tools[0]
    assert (tool.requirements, tool.unresolved, tool.notes) == ((), (), ())
    assert tool.credentials == (Credential.SERVER,)


def test_an_answer_that_was_a_refusal_stands_in_the_note(made):
    (need,) = named(made, "object_get_uri").requirements
    assert "answered with 404 NoSuchKey" in need.note
    assert need.operation == "s3.GetObject"


def test_a_key_of_nobody_knows_where_is_said_in_the_note(made):
    (need,) = named(made, "object_get_as_somebody").requirements
    assert "nothing that was seen gave this key out" in need.note


# ---------------------------------------------------------------- resources


def one_call(operation, arguments, *, announced=(), environment_region="us-east-1", settings=None, **fields):
    """The only need of a tool that made one call."""
    service, _, name = operation.partition(".")
    call = ApiCall(service, name, 10, 5, KEY, status=200, **fields)
    run = Run(ToolCall("t", arguments, settings or {}), 0, 20, failed=False, calls=(call,))
    tool = Announced("t", "", tuple(announced) or tuple(Argument(each, True, None, "string") for each in arguments), {})
    whole = Recording(("s", "1"), (tool,), (run,), holders=holders([call], {"K": KEY}), region=environment_region)
    found = recorded.manifest(whole, made="2026-11-25")
    read = manifest(written.toml(found), document="recorded")
    assert read.tools == found.tools
    return found


def need_of(*given, **fields):
    return one_call(*given, **fields).tools[0].requirements[0]


def test_an_argument_with_the_parameter_s_name_tells_the_resource():
    need = need_of("dynamodb.GetItem", {"table": "orders"}, region="us-east-1")
    assert need.resources == ("arn:aws:dynamodb:{region}:{account}:table/{table}",)


def test_what_no_argument_tells_is_a_star_and_only_likely():
    need = need_of("s3.GetObject", {"bucket": "reports"})
    assert need.resources == ("arn:aws:s3:::{bucket}/*",)
    assert need.confidence is Confidence.LIKELY
    assert "no argument tells the whole resource" in need.note


def test_an_argument_that_was_left_empty_tells_nothing():
    need = need_of("s3.ListObjectsV2", {"bucket": ""})
    assert need.resources == ("arn:aws:s3:::*",)


def test_the_bucket_in_the_host_goes_before_the_name_of_an_argument():
    need = need_of("s3.ListObjectsV2", {"bucket": "other", "source": "reports"}, bucket="reports")
    assert need.resources == ("arn:aws:s3:::{source}",)
    assert need.confidence is Confidence.CERTAIN


def test_a_bucket_that_no_argument_holds_is_written_as_it_was_seen():
    need = need_of("s3.ListObjectsV2", {"bucket": "short"}, bucket="prod-short")
    assert need.resources == ("arn:aws:s3:::prod-short",)


def test_an_s3_uri_of_another_bucket_is_not_taken():
    need = need_of("s3.GetObject", {"uri": "s3://other/k"}, bucket="reports")
    assert need.resources == ("arn:aws:s3:::reports/*",)


def test_an_argument_that_is_an_arn_stands_for_the_whole_resource():
    arn = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
    found = one_call("dynamodb.GetItem", {"table_name": arn})
    assert found.tools[0].requirements[0].resources == ("{table_name}",)
    assert found.tools[0].parameters["table_name"].kind == "arn"


def test_a_setting_tells_a_resource_and_is_declared():
    found = one_call("athena.StartQueryExecution", {"sql": "SELECT 1"}, settings={"work_group": "primary"})
    resources = [resource for need in found.tools[0].requirements for resource in need.resources]
    assert "arn:aws:athena:{region}:{account}:workgroup/{work_group}" in resources
    assert found.server.parameters["work_group"].description == "Set while this was recorded"
    assert {"region", "account"} <= set(found.server.parameters)


def test_another_region_than_the_server_s_is_written_as_it_was_seen():
    need = need_of("dynamodb.GetItem", {"table_name": "orders"}, region="eu-west-1")
    assert need.resources == ("arn:aws:dynamodb:eu-west-1:{account}:table/{table_name}",)


def test_an_argument_that_holds_the_region_tells_it():
    need = need_of("dynamodb.GetItem", {"table_name": "orders", "aws_region": "eu-west-1"}, region="eu-west-1")
    assert need.resources == ("arn:aws:dynamodb:{aws_region}:{account}:table/{table_name}",)


@pytest.mark.parametrize(
    ("operation", "arguments", "resource"),
    [
        # The default workgroup is one choice of two, and which was made is not reported.
        ("athena.GetWorkGroup", {"work_group": "wg"}, "arn:aws:athena:{region}:{account}:workgroup/{work_group}"),
        ("athena.StartQueryExecution", {"sql": "SELECT 1"}, "arn:aws:athena:{region}:{account}:workgroup/*"),
        ("dynamodb.Query", {"table_name": "t"}, "arn:aws:dynamodb:{region}:{account}:table/{table_name}*"),
        (
            "dynamodb.Query",
            {"table_name": "t", "index_name": "i"},
            "arn:aws:dynamodb:{region}:{account}:table/{table_name}/index/{index_name}",
        ),
        ("secretsmanager.GetSecretValue", {"secret_id": "db"}, "arn:aws:secretsmanager:{region}:{account}:secret:{secret_id}-*"),
        ("secretsmanager.GetSecretValue", {"secret_id": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf"}, "{secret_id}"),
        ("sqs.SendMessage", {"queue_url": "https://sqs.eu-west-1.amazonaws.com/111122223333/q"}, "arn:aws:sqs:{region}:{account}:*"),
        ("sts.AssumeRole", {"role_arn": "reader"}, "*"),
        ("sns.Publish", {"topic_arn": "arn:aws:sns:eu-west-1:111122223333:t"}, "{topic_arn}"),
        ("sns.Publish", {"text": "hello"}, "*"),
        ("s3tables.DeleteTable", {"table_bucket_arn": "arn:aws:s3tables:eu-west-1:111122223333:bucket/b"}, "*"),
    ],
)  # fmt: skip
def test_a_resource_says_no_more_than_the_arguments_tell(operation, arguments, resource):
    assert need_of(operation, arguments, region="us-east-1").resources == (resource,)


def test_a_default_of_the_tool_counts_as_given():
    table = Argument("table_name", False, "orders", "string")
    need = need_of("dynamodb.GetItem", {}, announced=[table], region="us-east-1")
    assert need.resources == ("arn:aws:dynamodb:{region}:{account}:table/{table_name}",)


def test_a_given_parameter_that_changes_the_action_is_counted():
    need = need_of("s3.GetObject", {"bucket": "b", "key": "k", "version_id": "v"})
    assert need.action == "s3:GetObjectVersion"


def test_an_operation_that_nobody_has_mapped_is_unresolved():
    tool = one_call("quantum.DoThings", {}).tools[0]
    assert tool.requirements == ()
    assert [(one.what, one.why) for one in tool.unresolved] == [
        ("a call of quantum.DoThings", "it is not known which action the operation asks for")
    ]


def test_an_operation_on_unknown_resources_is_only_likely(monkeypatch):
    monkeypatch.setattr(operation_resources, "resources", lambda *_: None)
    need = need_of("s3.GetObject", {"bucket": "reports"})
    assert (need.resources, need.confidence) == (("*",), Confidence.LIKELY)


def test_a_recording_without_any_report_calls_no_tool_known():
    tool = Announced("t", "", (), {})
    run = Run(ToolCall("t"), 0, 20, failed=False)
    (found,) = recorded.manifest(Recording(("s", "1"), (tool,), (run,)), made="2026-11-25").tools
    assert [one.what for one in found.unresolved] == ["all of its API calls"]
    assert "its SDK does not report" in found.unresolved[0].why


def test_what_a_server_says_of_itself_cannot_break_the_manifest():
    bad = 'a"b\\ \x1b[31m\n{x}'
    announced = Announced("t" + bad, bad, (Argument("a-b", False, None, "string"), Argument("c", False, bad, "x")), {})
    whole = recorded.manifest(Recording((bad, ""), (announced,), ()), made="2026-11-25")
    read = manifest(written.toml(whole), document="recorded")
    assert read.server.version == "unknown"
    assert list(read.tools[0].parameters) == ["c"]


# ---------------------------------------------------------------- held against another manifest


def test_a_recording_differs_in_nothing_from_its_own_manifest(made, recording):
    assert recorded.against(made, made, recording) == ()


def test_a_need_that_the_manifest_lacks_is_told(made, recording):
    poorer = [
        replace(tool, requirements=tool.requirements[:1]) if tool.name == "object_get_as_role" else tool
        for tool in made.tools
    ]
    (found,) = recorded.against(made, replace(made, tools=tuple(poorer)), recording)
    assert (str(found.what), found.tool, found.subject, found.missing) == (
        "need",
        "object_get_as_role",
        "s3:GetObject",
        "before",
    )


def test_a_call_that_was_seen_in_some_runs_is_not_explained_by_that():
    read, tags = (
        ApiCall("s3", name, at, 5, KEY, status=200) for name, at in (("GetObject", 10), ("GetObjectTagging", 15))
    )
    runs = tuple(Run(ToolCall("t", OBJECT), 0, 20, failed=False, calls=calls) for calls in ((read, tags), (read,)))
    tool = Announced("t", "", tuple(Argument(name, True, None, "string") for name in OBJECT), {})
    whole = Recording(("s", "1"), (tool,), runs, holders=holders([read, tags], {"K": KEY}))
    found = recorded.manifest(whole, made="2026-11-25")
    written_ = replace(found.server, provenance=None)
    poorer = replace(
        found, server=written_, tools=(replace(found.tools[0], requirements=found.tools[0].requirements[:1]),)
    )
    (one,) = recorded.against(found, poorer, whole)
    assert (str(one.what), one.subject, one.missing, one.explained) == ("need", "s3:GetObjectTagging", "before", "")


def test_a_seen_call_of_which_nobody_knows_what_it_needs_is_told_where_the_manifest_does_not_know_it():
    call = ApiCall("quantum", "DoThings", 10, 5, KEY, status=200)
    tool = Announced("t", "", (), {})
    whole = Recording(("s", "1"), (tool,), (Run(ToolCall("t"), 0, 20, failed=False, calls=(call,)),))
    whole = replace(whole, holders=holders([call], {"K": KEY}))
    found = recorded.manifest(whole, made="2026-11-25")
    silent = replace(found.tools[0], unresolved=())
    other = replace(found, server=replace(found.server, provenance=None), tools=(silent,))
    (one,) = recorded.against(found, other, whole)
    assert (str(one.what), one.subject, one.explained) == ("unresolved", "a call of quantum.DoThings", "")


def test_other_credentials_than_the_manifest_s_are_told(made, recording):
    def as_server(tool):
        needs = tuple(replace(need, credentials=(Credential.SERVER,)) for need in tool.requirements)
        return replace(tool, requirements=needs)

    other = replace(made, tools=tuple(map(as_server, made.tools)))
    found = {(one.tool, str(one.what), one.after) for one in recorded.against(made, other, recording)}
    assert found == {
        ("object_get_as_role", "credentials", "role"),
        ("object_get_as_somebody", "credentials", "brokered"),
        ("object_get_public", "credentials", "unsigned"),
    }


def test_nothing_is_said_of_a_tool_that_was_not_called(made, recording):
    need = named(made, "object_get").requirements[0]
    other = [replace(tool, requirements=(need,)) if tool.name == "never_called" else tool for tool in made.tools]
    assert recorded.against(made, replace(made, tools=tuple(other)), recording) == ()


# ---------------------------------------------------------------- time


def test_a_call_belongs_to_the_tool_in_whose_time_it_began():
    runs = [Run(ToolCall(name), began, began + 10, failed=False) for name, began in (("a", 100), ("b", 200))]
    calls = [ApiCall("s3", str(at), at, 1, KEY) for at in (99, 100, 110, 115, 116, 199, 200, 300)]
    before, done, apart = attributed(calls, runs, 0.005)
    assert [call.started for call in before] == [99]
    assert [[call.started for call in run.calls] for run in done] == [[100, 110, 115], [200]]
    assert [call.started for call in apart] == [116, 199, 300]


# ---------------------------------------------------------------- servers that fail, and their end


def free_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


def test_a_server_over_http_is_started_and_waited_for(endpoint):
    port = free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    found = ran(planned(endpoint, ToolCall("object_get", OBJECT), url=url, arguments=("--http", str(port))))
    assert said(found, "object_get") == [("s3.GetObject", "server's key", "200")]
    with socket.socket() as asking:
        assert asking.connect_ex(("127.0.0.1", port)) != 0


def test_what_listens_at_the_url_already_is_not_taken_for_the_server(endpoint):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"something listens at `127.0.0.1` port {port} already"):
            ran(planned(endpoint, ToolCall("object_get"), url=f"http://127.0.0.1:{port}/mcp"))


def test_a_server_that_never_listens_ends_the_recording(endpoint):
    plan = planned(endpoint, ToolCall("object_get"), url=f"http://127.0.0.1:{free_port()}/mcp", timeout=0.5)
    with pytest.raises(OutsideError, match="did not listen at"):
        ran(plan)


def test_a_process_that_ends_before_it_listens_is_told_with_its_status(endpoint):
    url = f"http://127.0.0.1:{free_port()}/mcp"
    plan = Plan(Stdio((sys.executable, "-c", "raise SystemExit(7)"), environment(endpoint)), CALLS[:1], url)
    with pytest.raises(OutsideError, match="ended with status 7"):
        ran(plan)


def test_a_url_that_is_none_is_refused(endpoint):
    with pytest.raises(InputError, match="the URL is not one of a server"):
        ran(planned(endpoint, ToolCall("object_get"), url="ftp://127.0.0.1"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (ToolCall("object_gets"), "the server announces no tool `object_gets`"),
        (ToolCall("object_get", {"buckets": "b"}), "`object_get` has no argument `buckets`"),
    ],
)
def test_a_call_that_cannot_be_made_is_refused_before_any_is(endpoint, call, message):
    with pytest.raises(InputError, match=message) as error:
        ran(planned(endpoint, ToolCall("object_get", OBJECT), call))
    assert error.value.hint.startswith("did you mean `")


def processes(path):
    return [int(word) for word in path.read_text().split()]


def alive(process):
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False
    ).stdout
    return state.strip() not in ("", "Z", "Z+", "Zs")


def gone(process):
    deadline = time.monotonic() + 10
    while alive(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not alive(process)


def test_a_server_that_dies_in_a_call_leaves_what_was_seen_before_and_no_process(endpoint, tmp_path):
    children = tmp_path / "children"
    calls = ToolCall("object_get", OBJECT), ToolCall("stop"), ToolCall("costs_get")
    found = ran(planned(endpoint, *calls, named=(f"RECORDED_CHILD={children}",)))
    assert "ended with status 3" in found.stopped
    assert [(run.call.tool, run.failed, len(run.calls)) for run in found.runs] == [
        ("object_get", False, 1),
        ("stop", True, 0),
    ]
    assert "costs_get" in found.not_called
    server, child = processes(children)
    assert gone(server)
    assert gone(child)


def test_a_tool_that_does_not_answer_in_time_ends_the_recording_and_every_process(endpoint, tmp_path):
    children = tmp_path / "children"
    plan = planned(endpoint, ToolCall("wait", {"seconds": 60}), named=(f"RECORDED_CHILD={children}",), timeout=8)
    found = ran(plan)
    assert "did not answer the call of `wait` within 8 seconds" in found.stopped
    assert all(map(gone, processes(children)))


def test_the_server_sees_no_variable_but_those_that_it_is_given(endpoint, monkeypatch):
    monkeypatch.setenv("RECORDED_CHILD", "/nonexistent/folder/file")
    # Were the variable passed on, the server could not write that file and would not start.
    assert ran(planned(endpoint, ToolCall("words_count", {"text": ""}))).runs[0].failed is False

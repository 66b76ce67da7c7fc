"""CloudTrail events are read in each form in which AWS gives them, and say no more than they tell."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import tracemalloc
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsim import evidence
from iamsim.errors import InputError
from iamsim.evidence import _answers, _events, _tally, cloudtrail
from tests.evidence.files import FOLDER, refusal

TRAIL = FOLDER / "cloudtrail" / "trail.json"
EVENTS = json.loads(TRAIL.read_text(encoding="utf-8"))["Records"]
TASK = "arn:aws:sts::111122223333:assumed-role/quilt-mcp-task-role/4f3c2b1a0d9e8f7a6b5c4d3e2f1a0b9c"
TENANT = "arn:aws:iam::111122223333:role/tenant"
ALICE = "arn:aws:sts::111122223333:assumed-role/tenant/mcp-alice-1769688062"


@pytest.fixture(scope="module")
def trail():
    return evidence.read(str(TRAIL))


def calls(found, operation, *, failed):
    return [call for call in found.calls if call.operation == operation and bool(call.code) is failed]


def one(found, operation, *, failed):
    (call,) = calls(found, operation, failed=failed)
    return call


def told(found):
    """What the calls say, without the places in the file."""
    return [
        (each.operation, each.action, each.principal, each.resource, each.code, each.context, each.count, each.at)
        for each in found.calls
    ]


def event(**members):
    """An event that failed, with what is given in place of its own members."""
    plain = {
        "eventVersion": "1.11",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "eventTime": "2026-01-29T12:00:00Z",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333"},
        "requestParameters": {"bucketName": "data", "key": "a"},
    }
    return plain | members


# ---------------------------------------------------------------- what an event says


def test_every_event_of_the_trail_is_counted_and_those_that_failed_come_first(trail):
    assert (trail.format, trail.stated, trail.malformed) == ("cloudtrail", {"events": 17}, 0)
    assert sum(call.count for call in trail.calls) == 16
    failed = [bool(call.code) for call in trail.calls]
    assert failed == sorted(failed, reverse=True)


def test_a_refused_assume_role_names_the_action_that_was_refused_and_how_often(trail):
    call = one(trail, "sts:AssumeRole", failed=True)
    assert (call.action, call.principal, call.resource) == ("sts:SetSourceIdentity", TASK, TENANT)
    assert (call.code, call.denied_by, call.explicit, call.key) == ("AccessDenied", None, None, "ASK1")
    assert (call.count, call.at, call.last) == (
        2,
        datetime(2026, 1, 29, 12, 0, 1, tzinfo=UTC),
        datetime(2026, 1, 29, 12, 0, 31, tzinfo=UTC),
    )
    assert call.origin.pointer == "/Records/1"


def test_an_assume_role_that_succeeded_shows_the_role_working_with_the_tags_it_was_given(trail):
    call = next(each for each in calls(trail, "sts:AssumeRole", failed=False) if each.principal == TASK)
    assert (call.action, call.resource, call.count, call.code) == ("sts:AssumeRole", TENANT, 2, "")
    assert call.context["sts:sourceidentity"] == ("alice",)
    assert call.context["aws:requesttag/team"] == ("genomics",)
    assert (call.context["aws:tagkeys"], call.context["sts:transitivetagkeys"]) == (("team",), ("team",))
    assert call.context["sts:durationseconds"] == ("3600",)


def test_a_key_that_differs_among_calls_that_are_counted_together_is_not_told(trail):
    call = next(each for each in calls(trail, "sts:AssumeRole", failed=False) if each.principal == TASK)
    assert "sts:rolesessionname" not in call.context
    service = next(each for each in calls(trail, "sts:AssumeRole", failed=False) if each.principal is None)
    assert service.context["sts:rolesessionname"] == ("4f3c2b1a0d9e8f7a6b5c4d3e2f1a0b9c",)


def test_a_service_that_assumes_a_role_is_told_by_its_keys_and_has_no_arn(trail):
    call = next(each for each in calls(trail, "sts:AssumeRole", failed=False) if each.principal is None)
    assert call.resource == "arn:aws:iam::111122223333:role/quilt-mcp-task-role"
    assert call.context["aws:principalservicename"] == ("ecs-tasks.amazonaws.com",)
    assert call.context["aws:principalisawsservice"] == ("true",)
    assert not {"aws:sourceip", "aws:principalaccount"} & set(call.context)


def test_a_head_of_an_object_asks_for_get_object_and_a_version_for_another_action(trail):
    head = one(trail, "s3:HeadObject", failed=True)
    assert (head.action, head.resource, head.principal) == ("s3:GetObject", "arn:aws:s3:::data/a/c.txt", ALICE)
    assert (head.code, head.message, head.denied_by, head.explicit) == ("AccessDenied", "Access Denied", None, None)
    got = calls(trail, "s3:GetObject", failed=False)
    assert {(call.action, call.count) for call in got} == {("s3:GetObject", 1), ("s3:GetObjectVersion", 1)}


def test_a_listing_tells_the_keys_that_policies_ask_about(trail):
    call = one(trail, "s3:ListObjects", failed=False)
    assert (call.action, call.resource) == ("s3:ListBucket", "arn:aws:s3:::data")
    assert (call.context["s3:prefix"], call.context["s3:max-keys"]) == (("a/",), ("100",))
    assert call.context["s3:signatureversion"] == ("AWS4-HMAC-SHA256",)
    assert call.context["s3:authtype"] == ("REST-HEADER",)
    assert call.context["aws:sourceidentity"] == ("alice",)
    assert call.context["aws:resourceaccount"] == ("111122223333",)
    assert call.context["aws:useragent"][0].startswith("Boto3/1.40.5 ")


def test_through_a_vpc_endpoint_there_is_no_source_ip(trail):
    context = one(trail, "s3:HeadObject", failed=True).context
    assert context["aws:sourcevpce"] == ("vpce-0a1b2c3d4e5f60718",)
    assert context["aws:vpcsourceip"] == ("10.0.3.9",)
    assert "aws:sourceip" not in context


def test_what_a_service_did_on_behalf_of_the_caller_is_told(trail):
    call = one(trail, "glue:GetTables", failed=True)
    assert (call.denied_by, call.explicit) == ("identity-based", False)
    assert call.resource == "arn:aws:glue:us-east-1:111122223333:database/default"
    assert call.context["aws:viaawsservice"] == ("true",)
    assert call.context["aws:calledvialast"] == ("athena.amazonaws.com",)
    assert "aws:sourceip" not in call.context


def test_a_resource_that_the_message_leaves_out_is_built_from_the_parameters(trail):
    call = one(trail, "athena:StartQueryExecution", failed=True)
    assert call.resource == "arn:aws:athena:us-east-1:111122223333:workgroup/primary"
    assert call.action == "athena:StartQueryExecution"


def test_a_caller_of_another_account_is_named_by_the_message_alone(trail):
    call = one(trail, "s3:GetObject", failed=True)
    assert call.principal == "arn:aws:sts::444455556666:assumed-role/other/session"
    assert (call.denied_by, call.explicit) == ("resource-based", False)
    assert call.context["aws:principalaccount"] == ("444455556666",)


def test_a_token_tells_the_keys_of_its_provider(trail):
    call = one(trail, "sts:AssumeRoleWithWebIdentity", failed=False)
    host = "oidc.eks.us-east-1.amazonaws.com/id/exampled539d4633e53de1b7"
    assert call.principal.endswith(":oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B7")
    assert call.context[f"{host}:sub"] == ("system:serviceaccount:mcp:server",)
    assert call.context[f"{host}:aud"] == ("sts.amazonaws.com",)
    assert "aws:userid" not in call.context


def test_an_encoded_message_is_left_out_and_what_to_do_is_said(trail):
    call = one(trail, "ec2:RunInstances", failed=True)
    assert call.code == "Client.UnauthorizedOperation"
    assert call.message.endswith("Encoded authorization failure message: …")
    assert call.context["aws:username"] == ("alice",)
    assert any("aws sts decode-authorization-message" in note and note.endswith(": 1") for note in trail.notes)


def test_a_network_activity_event_was_refused_by_the_policy_of_the_endpoint(trail):
    call = one(trail, "secretsmanager:GetSecretValue", failed=True)
    assert (call.code, call.denied_by, call.explicit) == ("VpceAccessDenied", "VPC endpoint policy", None)


def test_a_version_behind_the_name_of_an_operation_is_left_out(trail):
    call = one(trail, "lambda:ListFunctions", failed=False)
    assert (call.action, call.resource) == ("lambda:ListFunctions", "*")


def test_what_is_no_api_call_is_noted_and_not_shown(trail):
    assert not [call for call in trail.calls if "ConsoleLogin" in call.operation]
    assert any(note.startswith("events that are no API calls") and note.endswith(": 1") for note in trail.notes)


@pytest.mark.parametrize(
    ("identity", "principal"),
    [
        ({"type": "Root", "arn": "arn:aws:iam::111122223333:root"}, "arn:aws:iam::111122223333:root"),
        ({"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ci"}, "arn:aws:iam::111122223333:user/ci"),
        (
            {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/r"}}},
            "arn:aws:iam::111122223333:role/r",
        ),
        ({"type": "AWSAccount", "accountId": "444455556666"}, None),
        ({"type": "Unknown"}, None),
        ({"arn": "no arn"}, None),
        ({"arn": 7}, None),
        (None, None),
        ([], None),
    ],
)
def test_who_called_is_the_arn_that_the_event_tells(read, identity, principal):
    found = read(json.dumps({"Records": [event(userIdentity=identity)]}), "cloudtrail")
    assert [call.principal for call in found.calls] == [principal]


def test_tags_and_keys_that_the_trail_was_told_to_record_are_read(read):
    context = {
        "requestContext": {"aws:PrincipalOrgId": "o-example1234", "aws:SourceVpc": "vpc-1"},
        "tagContext": {
            "principalTags": {"team": "genomics"},
            "resourceTags": [{"arn": "x", "tags": {"Class": "open"}}],
        },
    }
    (call,) = read(json.dumps([event(eventContext=context)]), "cloudtrail").calls
    assert call.context["aws:principalorgid"] == ("o-example1234",)
    assert call.context["aws:sourcevpc"] == ("vpc-1",)
    assert call.context["aws:principaltag/team"] == ("genomics",)
    assert call.context["aws:resourcetag/class"] == ("open",)


def test_a_failure_that_is_no_refusal_keeps_its_code_and_blames_no_policy(read):
    told = event(errorCode="NoSuchKey", errorMessage="The specified key does not exist.")
    (call,) = read(json.dumps([told]), "cloudtrail").calls
    assert (call.code, call.denied_by, call.explicit) == ("NoSuchKey", None, None)
    assert call.action == "s3:GetObject"


@pytest.mark.parametrize("code", [403, ["AccessDenied"], {}, False, "no code", " "])
def test_what_is_no_code_in_the_place_of_one_is_no_success(read, code):
    assert [call.code for call in read(json.dumps([event(errorCode=code)]), "cloudtrail").calls] == ["Unknown"]


def test_a_message_without_a_code_is_no_success(read):
    (call,) = read(json.dumps([event(errorMessage="Something went wrong")]), "cloudtrail").calls
    assert call.code == "Unknown"


# ---------------------------------------------------------------- the forms in which events come


def lookup(events):
    return json.dumps(
        {"Events": [{"EventId": "1", "Username": "x", "CloudTrailEvent": json.dumps(each)} for each in events]}
    )


def athena(events):
    out = io.StringIO()
    names = list(dict.fromkeys(name for each in events for name in each))
    rows = csv.writer(out, quoting=csv.QUOTE_ALL)
    rows.writerow(name.lower() for name in names)
    for each in events:
        values = (each.get(name) for name in names)
        rows.writerow(
            "" if value is None else value if isinstance(value, str) else json.dumps(value) for value in values
        )
    return out.getvalue()


FORMS = {
    "a file of a trail on one line": json.dumps({"Records": EVENTS}, separators=(",", ":")),
    "lookup-events": lookup(EVENTS),
    "an array": json.dumps(EVENTS, indent=2),
    "one event a line": "\n".join(map(json.dumps, EVENTS)),
    "events one after the other": "".join(json.dumps(each, indent=1) for each in EVENTS),
    "files of a trail one after the other": "\n".join(json.dumps({"Records": [each]}) for each in EVENTS),
    "lines of a log group": "\n".join(f"2026-01-29T12:00:00.000Z {json.dumps(each)}" for each in EVENTS),
    "a table with JSON in its cells": athena(EVENTS),
    "with a byte order mark": "\ufeff" + json.dumps({"Records": EVENTS}),
    "wrapped in CRLF": json.dumps({"Records": EVENTS}, indent=1).replace("\n", "\r\n"),
    "the events of a Lambda function": json.dumps({"events": EVENTS}),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_events_say_the_same_in_every_form(read, trail, form):
    found = read(FORMS[form])
    assert found.format == "cloudtrail"
    assert told(found) == told(trail)
    assert (found.stated, found.notes, found.malformed) == (trail.stated, trail.notes, 0)


def test_a_packed_file_says_the_same(read, trail):
    assert told(read(gzip.compress(TRAIL.read_bytes()), name="111122223333_CloudTrail_us-east-1.json.gz")) == told(
        trail
    )


def test_event_history_tells_the_caller_by_name_only_and_that_is_said():
    found = evidence.read(str(FOLDER / "cloudtrail" / "event-history.csv"))
    refused = one(found, "sts:AssumeRole", failed=True)
    assert (refused.principal, refused.resource, refused.code, refused.key) == (None, None, "AccessDenied", "ASK1")
    assert (refused.action, refused.message) == ("sts:AssumeRole", "")
    assert one(found, "sts:AssumeRole", failed=False).resource == TENANT
    query = one(found, "athena:StartQueryExecution", failed=True)
    assert (query.at, query.origin.line) == (datetime(2026, 1, 29, 12, 2, tzinfo=UTC), 4)
    assert any(
        note.startswith("events that name no ARN of who called") and note.endswith(": 3") for note in found.notes
    )


def test_a_result_of_athena_is_read_with_its_structs():
    found = evidence.read(str(FOLDER / "cloudtrail" / "athena.csv"))
    assumed = one(found, "sts:AssumeRole", failed=False)
    assert (assumed.principal, assumed.resource, assumed.key) == (TASK, TENANT, "ASK1")
    assert assumed.context["sts:sourceidentity"] == ("alice",)
    assert assumed.context["aws:tokenissuetime"] == ("2026-01-29T11:58:02Z",)
    head = one(found, "s3:HeadObject", failed=True)
    assert (head.action, head.resource) == ("s3:GetObject", "arn:aws:s3:::data/a/c.txt")
    assert (head.context["aws:sourcevpce"], head.context["s3:tlsversion"]) == (("vpce-0a1b2c3d4e5f60718",), ("1.3",))
    assert (found.malformed, found.notes) == (0, ())


def test_some_columns_of_a_table_are_enough(read):
    text = "eventname,eventsource,errorcode,arn\nPutObject,s3.amazonaws.com,AccessDenied," + ALICE + "\n"
    (call,) = read(text).calls
    assert (call.operation, call.principal, call.code) == ("s3:PutObject", ALICE, "AccessDenied")


def test_a_table_that_does_not_tell_which_calls_failed_is_refused(read):
    said = refusal(lambda: read("eventname,eventsource,arn\nPutObject,s3.amazonaws.com," + ALICE + "\n"))
    assert "which calls failed is not told" in said


# ---------------------------------------------------------------- what is broken, hostile or large


@pytest.mark.parametrize(
    "broken",
    [
        "null",
        "7",
        '"text"',
        "{}",
        "[]",
        '{"eventSource":7,"eventName":"X"}',
        '{"eventSource":"s3.amazonaws.com"}',
        "tru",
    ],
)
def test_an_entry_that_is_no_event_is_counted_and_the_others_are_read(read, broken):
    good = json.dumps(EVENTS[1])
    found = read(f'{{"Records":[{good},{broken},{good}]}}', "cloudtrail")
    assert (found.malformed, found.stated) == (1, {"events": 2})
    assert [call.count for call in found.calls] == [2]
    assert any(
        note.startswith("entries that are no CloudTrail events") and note.endswith(": 1") for note in found.notes
    )


def test_a_file_that_ends_in_the_middle_of_an_event_says_so(read):
    text = json.dumps({"Records": EVENTS[:4]})
    found = read(text[: text.rindex('"eventName"')], "cloudtrail")
    assert (found.stated, found.malformed) == ({"events": 3}, 1)
    assert any("the file ends in the middle" in note for note in found.notes)


def test_a_file_that_ends_between_two_events_says_so(read):
    text = json.dumps({"Records": EVENTS[:4]})
    assert any("the file ends in the middle" in note for note in read(text[:-2], "cloudtrail").notes)


def test_after_an_event_whose_string_never_ends_the_next_one_is_read(read):
    first, last = (json.dumps(each) for each in (EVENTS[1], EVENTS[3]))
    text = f'{{"Records":[{first},{{"eventVersion":"1.11","eventName":"x,{last}]}}'
    found = read(text, "cloudtrail")
    assert found.malformed >= 1
    assert {call.operation for call in found.calls} == {"sts:AssumeRole"}
    assert any("a piece of it could not be read" in note for note in found.notes)


def test_a_piece_that_is_lost_in_the_middle_is_noted(read):
    first, last = (json.dumps(each) for each in (EVENTS[1], EVENTS[3]))
    lost = '{"eventName":"' + "x" * (3 * 1024 * 1024) + '"}'
    found = read(f"[{first},{lost},{last}]", "cloudtrail")
    assert (found.stated, found.malformed) == ({"events": 2}, 1)
    assert any("a piece of it could not be read" in note for note in found.notes)


def test_what_follows_the_array_of_a_wrapper_is_no_event(read):
    found = read(json.dumps({"Events": [{"CloudTrailEvent": json.dumps(EVENTS[1])}], "NextToken": "x"}), "cloudtrail")
    assert (found.stated, found.malformed) == ({"events": 1}, 0)


def test_an_empty_file_of_a_trail_is_one_and_an_empty_file_is_not(read):
    assert read('{"Records":[]}').stated == {"events": 0}
    assert "is empty" in refusal(lambda: read(" \n", "cloudtrail"))


def test_an_event_that_is_too_long_is_counted_and_not_kept(read):
    huge = json.dumps(event(requestParameters={"key": "k" * (3 * 1024 * 1024)}))
    found = read(f'{{"Records":[{huge},{json.dumps(EVENTS[1])}]}}', "cloudtrail")
    assert (found.malformed, found.stated) == (1, {"events": 1})


def test_memory_grows_with_what_is_told_apart_and_not_with_the_file(read, monkeypatch):
    monkeypatch.setattr(_tally, "OF_A_KIND", 20)
    monkeypatch.setattr(_tally, "MOST", 60)
    events = [
        event(
            eventName=name,
            requestParameters={"bucketName": "data", "key": f"k{number}"},
            errorCode="AccessDenied",
            errorMessage="Access Denied",
        )
        for name in ("GetObject", "PutObject", "DeleteObject", "GetObjectAcl")
        for number in range(30)
    ]
    found = read(json.dumps(events), "cloudtrail")
    assert len(found.calls) == 20 + 1 + 20 + 1 + 18 + 1 + 1
    assert sum(call.count for call in found.calls) == 120
    assert any(note.endswith("counted by operation and error code alone: 62") for note in found.notes)
    rest = {call.operation: call for call in found.calls if call.resource is None}
    assert {name: call.count for name, call in rest.items()} == {
        "s3:GetObject": 10,
        "s3:PutObject": 10,
        "s3:DeleteObject": 12,
        "s3:GetObjectAcl": 30,
    }
    assert {(call.principal, call.action, call.message, call.code) for call in rest.values()} == {
        (None, None, "", "AccessDenied")
    }


def test_a_long_file_is_read_in_little_memory(tmp_path):
    chance = random.Random(1)  # noqa: S311 - only to be hard to pack
    path = tmp_path / "long.json.gz"
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(b'{"Records":[')
        for number in range(2_000):
            one = event(eventTime=f"2026-01-29T12:{number % 60:02}:00Z", requestID=f"{chance.getrandbits(4000):x}")
            out.write(
                (b"," if number else b"") + json.dumps(one | {"padding": f"{chance.getrandbits(12_000):x}"}).encode()
            )
        out.write(b"]}")
    tracemalloc.start()
    try:
        found = evidence.read(str(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [(call.operation, call.count) for call in found.calls] == [("s3:GetObject", 2_000)]
    assert peak < 7 * 1024 * 1024


def test_progress_is_told(monkeypatch):
    monkeypatch.setattr(cloudtrail, "_EVERY", 5)
    said = []
    evidence.read(str(TRAIL), "cloudtrail", said.append)
    assert said == ["5 events", "10 events", "15 events"]


def test_no_planted_secret_of_an_event_is_shown(read):
    key, secret = "ASIA" + "PLANTEDPLANTED12", "wJalrXUtnFEMIK7MDENG" + "bPxRfiCYPLANTEDKEY77"
    token, web = (
        "IQoJb3JpZ2luX2Vj" + "PLANTED" * 20,
        "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJwbGFudGVkIn0." + "c2lnbmF0dXJlc2ln",
    )
    hostile = event(
        userIdentity=EVENTS[1]["userIdentity"] | {"accessKeyId": key},
        userAgent=f"agent Authorization: Bearer {web}",
        errorCode="AccessDenied",
        errorMessage=f"Access Denied for {key} with x-amz-security-token={token} and \x1b[31m{web}",
        requestParameters={
            "bucketName": "data",
            "key": f"a?X-Amz-Security-Token={token}&X-Amz-Signature={secret}",
            "prefix": web,
            "X-Amz-Security-Token": token,
        },
        eventContext={"tagContext": {"principalTags": {"api-key": secret, "password": "hunter2hunter2"}}},
    )
    tagged = event(
        eventSource="sts.amazonaws.com",
        eventName="AssumeRole",
        requestParameters={"roleArn": TENANT, "tags": [{"key": "secret-token", "value": "hunter2hunter2"}]},
    )
    found = read(json.dumps({"Records": [hostile, tagged]}), "cloudtrail")
    assert len(found.calls) == 2
    shown = repr(found)
    for planted in (key, secret, token, web, "hunter2", "PLANTED", "c2lnbmF0dXJl", "\x1b"):
        assert planted not in shown
    assert found.calls[0].key == "ED12"


@pytest.mark.parametrize("member", ["errorCode", "eventName", "userIdentity", "requestParameters"])
def test_no_planted_secret_is_shown_wherever_it_stands_in_an_event(read, member):
    key, web = "ASIA" + "PLANTEDPLANTED12", "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJwbGFudGVkIn0." + "c2lnbmF0dXJlc2ln"
    for planted in (key, web, f"{key} {'wJalrXUtnFEMI' + '/K7MDENG/bPxRfiCY' + 'PLANTEDKEY'}"):
        values = {
            "userIdentity": {
                "type": "IAMUser",
                "arn": f"arn:aws:iam::111122223333:user/{planted}",
                "userName": planted,
            },
            "requestParameters": {"bucketName": planted, "key": planted},
        }
        shown = repr(read(json.dumps([event(**{member: values.get(member, planted)})]), "cloudtrail"))
        assert "PLANTED" not in shown
        assert "c2lnbmF0dXJl" not in shown


def test_a_value_that_is_cut_is_not_cut_within_a_credential(read):
    agent = "a" * 2_040 + " " + "AKIA" + "PLANTEDPLANTED12"
    (call,) = read(json.dumps([event(userAgent=agent)]), "cloudtrail").calls
    assert "PLANTED" not in repr(call)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
MEMBERS = [name for name in _events.Event.__struct_fields__ if name not in ("eventSource", "eventName")]


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.sampled_from([*MEMBERS, "x"]), JSON, max_size=6), st.booleans())
def test_any_json_may_stand_in_an_event(tmp_path_factory, members, refused):
    path = tmp_path_factory.getbasetemp() / "any-event.json"
    path.write_text(json.dumps([event(**members) | ({"errorCode": "AccessDenied"} if refused else {})]), "utf-8")
    found = evidence.read(str(path), "cloudtrail")
    wrapped = isinstance(members.get("Records"), list) or isinstance(members.get("CloudTrailEvent"), str)
    assert found.stated["events"] + found.malformed == 1 or wrapped
    for call in found.calls:
        assert all(isinstance(value, str) for values in call.context.values() for value in values)


@settings(max_examples=120, deadline=None)
@given(
    st.text(max_size=200) | st.text(alphabet='{}[]",:\\ne1 RcordsEvnt', max_size=60),
    st.sampled_from(["", '{"Records":[', "["]),
)
def test_any_text_ends_in_no_call_or_in_one_error(tmp_path_factory, text, before):
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes((before + text).encode("utf-8", "surrogatepass"))
    try:
        calls = evidence.read(str(path), "cloudtrail").calls
    except InputError as error:
        calls = tuple(str(error).splitlines()[1:])
    assert calls == ()


def test_a_time_is_read_in_every_form_that_services_write():
    noon = datetime(2026, 1, 29, 12, tzinfo=UTC)
    for written in (
        "2026-01-29T12:00:00Z",
        "2026-01-29 12:00:00.000+00:00",
        1769688000,
        1769688000000,
        "2026-01-29T13:00:00+0100",
    ):
        assert _answers.moment(written) == noon, written
    for written in (
        "",
        "yesterday",
        None,
        True,
        7,
        1e300,
        10**400,
        -(10**400),
        float("nan"),
        "2026-99-29T12:00:00Z",
        [],
    ):
        assert _answers.moment(written) is None, written

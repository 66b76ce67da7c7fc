"""botocore's debug log tells the requests in order, who signed them and what AWS answered, and shows no secret."""

from __future__ import annotations

import itertools
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsim import evidence
from iamsim.evidence import _botocore
from tests.evidence.files import FOLDER

TASK = "arn:aws:sts::111122223333:assumed-role/quilt-mcp-task-role/task"
TENANT = "arn:aws:iam::111122223333:role/tenant"
ALICE = "arn:aws:sts::111122223333:assumed-role/tenant/alice"
TOKEN = "IQoJb3JpZ2luX2Vj" + "PLANTED" * 20
ATTEMPTS = map("attempt-{}".format, itertools.count())
UNTOLD = "requests whose answer is not in the log, so that how they came out is not told: {}"


@pytest.fixture(scope="module")
def task_role():
    return evidence.read(str(FOLDER / "botocore_debug" / "task-role.log"))


@pytest.fixture(scope="module")
def without():
    return evidence.read(str(FOLDER / "botocore_debug" / "no-credentials.log"))


def log(*records, form="DEBUG:{}:{}"):
    return "\n".join(form.format(*record) for record in records) + "\n"


def made(operation, body="b''", url="https://sts.amazonaws.com/"):
    params = f"'url_path': '/', 'method': 'POST', 'body': {body}, 'url': '{url}', 'context': {{'client_region': 'eu-west-1'}}"
    return "botocore.endpoint", f"Making request for OperationModel(name={operation}) with params: {{{params}}}"


def sent(key="ASIAEXAMPLETASK1", service="sts", attempt=None):
    scope = f"AWS4-HMAC-SHA256 Credential={key}/20260129/eu-west-1/{service}/aws4_request, Signature={'5e' * 32}"
    headers = f"'X-Amz-Security-Token': b'{TOKEN}', 'Authorization': b'{scope}', "
    headers += f"'amz-sdk-invocation-id': b'{attempt or next(ATTEMPTS)}'"
    return "botocore.endpoint", f"Sending http request: <AWSPreparedRequest method=POST, headers={{{headers}}}>"


def answered(status, body="b''", headers="{}"):
    return (
        ("urllib3.connectionpool", f'https://sts.amazonaws.com:443 "POST / HTTP/1.1" {status} 287'),
        ("botocore.parsers", f"Response headers: {headers}"),
        ("botocore.parsers", f"Response body:\n{body}"),
    )


def denied(action="sts:TagSession"):
    message = f"User: {TASK} is not authorized to perform: {action} on resource: {TENANT}"
    return answered(
        403, f"b'<ErrorResponse>\\n<Error>\\n<Code>AccessDenied</Code>\\n<Message>{message}</Message></Error>'"
    )


def exchanged(operation, *answer, body="b''", service="sts", attempt=None):
    return (made(operation, body), sent(service=service, attempt=attempt), *answer)


def test_the_requests_come_in_order_with_their_answers_and_with_who_signed_them(task_role):
    assert task_role.format == "botocore_debug"
    assert [(call.operation, call.action, call.code, call.resource) for call in task_role.calls] == [
        ("sts:GetCallerIdentity", None, "", None),
        ("sts:AssumeRole", "sts:TagSession", "AccessDenied", TENANT),
        ("s3:ListObjectsV2", "s3:ListBucket", "", "arn:aws:s3:::data"),
        ("s3:HeadObject", "s3:GetObject", "403", "arn:aws:s3:::data/a/b.txt"),
        ("glue:GetTables", "glue:GetTables", "AccessDeniedException", "arn:aws:glue:us-east-1:111122223333:catalog"),
    ]
    assert {(call.principal, call.key) for call in task_role.calls} == {(TASK, "ASK1")}
    assert [call.origin.line for call in task_role.calls] == sorted(call.origin.line for call in task_role.calls)


def test_the_parameters_of_a_request_are_condition_keys(task_role):
    _, assumed, listed, _, glue = task_role.calls
    assert assumed.context == {
        "aws:principalaccount": ("111122223333",),
        "aws:requestedregion": ("us-east-1",),
        "aws:requesttag/team": ("x",),
        "aws:tagkeys": ("team",),
        "sts:rolesessionname": ("mcp-alice-1769688000",),
        "sts:sourceidentity": ("alice",),
    }
    assert listed.context["s3:prefix"] == ("a/",)
    assert (glue.denied_by, glue.explicit) == ("identity-based", False)


def test_where_the_credentials_were_found_and_what_did_not_answer_is_told(task_role):
    told = [(line.means, line.about) for line in task_role.lines]
    assert told == [("credentials-found", "env"), ("endpoint-unreachable", "sts.us-east-1.amazonaws.com")]
    assert UNTOLD.format(1) in task_role.notes


def test_a_walk_to_the_end_of_the_chain_means_no_credentials_and_metadata_that_does_not_answer(without):
    assert without.calls == ()
    told = [(line.means, line.about) for line in without.lines]
    assert ("metadata-unreachable", "169.254.169.254") in told
    walk = (
        "env, assume-role, assume-role-with-web-identity, sso, shared-credentials-file, login, custom-process, config-file, "
        "ec2-credentials-file, boto-config, container-role, iam-role"
    )
    assert ("no-credentials", f"looked for via {walk}") in told
    assert not [means for means, _ in told if means == "endpoint-unreachable"]
    assert UNTOLD.format(1) in without.notes


@pytest.mark.parametrize(
    ("lines", "about"),
    [
        (["Looking for credentials via: env", "Found credentials in environment variables."], "env"),
        (
            ["Looking for credentials via: iam-role", "Found credentials from IAM Role: mcp-server"],
            "iam-role mcp-server",
        ),
        (
            ["Found credentials in shared credentials file: ~/.aws/credentials"],
            "shared-credentials-file ~/.aws/credentials",
        ),
        (["Credentials found in config file: ~/.aws/config"], "config-file ~/.aws/config"),
    ],
)
def test_the_provider_that_had_credentials_is_named(read, lines, about):
    found = read(log(*(("botocore.credentials", line) for line in lines)), "botocore_debug")
    assert [(line.means, line.about) for line in found.lines] == [("credentials-found", about)]


@pytest.mark.parametrize("provider", ["assume-role-with-web-identity", "assume-role", "sso", "container-role"])
def test_a_provider_at_which_the_walk_stops_had_credentials(read, provider):
    walk = [("botocore.credentials", f"Looking for credentials via: {name}") for name in ("env", provider)]
    found = read(log(*walk, ("botocore.endpoint", "Setting sts timeout as (60, 60)")), "botocore_debug")
    assert [(line.means, line.about) for line in found.lines] == [("credentials-found", provider)]
    assert read(log(*walk), "botocore_debug").lines == (), "a log that ends during the walk does not tell"


@pytest.mark.parametrize("provider", ["env", "shared-credentials-file", "boto-config", "iam-role"])
def test_a_walk_that_stops_where_credentials_would_have_been_announced_tells_nothing(read, provider):
    walk = ("botocore.credentials", f"Looking for credentials via: {provider}")
    assert read(log(walk, ("botocore.endpoint", "Setting sts timeout as (60, 60)")), "botocore_debug").lines == ()


def test_metadata_that_does_not_answer_before_the_end_of_the_chain_does_not_mean_no_credentials(read):
    walk = ("botocore.credentials", "Looking for credentials via: assume-role")
    region = (
        "botocore.utils",
        "Max number of attempts exceeded (1) when attempting to retrieve data from metadata service.",
    )
    assert [line.means for line in read(log(walk, region), "botocore_debug").lines] == ["metadata-unreachable"]


def test_an_answer_of_metadata_is_not_that_of_the_request(read):
    metadata = ("urllib3.connectionpool", 'http://169.254.169.254:80 "PUT /latest/api/token HTTP/1.1" 200 56')
    found = read(log(made("ListTables"), metadata, *exchanged("AssumeRole", *denied())), "botocore_debug")
    assert [call.operation for call in found.calls] == ["sts:AssumeRole"]
    assert UNTOLD.format(1) in found.notes


def test_a_session_that_was_assumed_is_who_signs_with_its_key(read):
    issued = "<AccessKeyId>ASIAEXAMPLETENA2</AccessKeyId><SecretAccessKey>x</SecretAccessKey>"
    session = f"b'<AssumeRoleResponse><Arn>{ALICE}</Arn>{issued}</AssumeRoleResponse>'"
    found = read(
        log(
            *exchanged("AssumeRole", *answered(200, session)),
            made("ListBuckets", url="https://s3.eu-west-1.amazonaws.com/"),
            sent(key="ASIAEXAMPLETENA2", service="s3"),
            *answered(200, "b'<ListAllMyBucketsResult/>'"),
        ),
        "botocore_debug",
    )
    assumed, listed = found.calls
    assert (assumed.operation, assumed.code, assumed.principal, assumed.key) == ("sts:AssumeRole", "", None, "ASK1")
    assert (listed.operation, listed.action, listed.principal, listed.key) == (
        "s3:ListBuckets",
        "s3:ListAllMyBuckets",
        ALICE,
        "ENA2",
    )
    assert listed.context["aws:requestedregion"] == ("eu-west-1",)


@pytest.mark.parametrize(
    ("status", "body", "headers", "code"),
    [
        (400, 'b\'{"__type":"com.amazonaws#AccessDeniedException","Message":"no"}\'', "{}", "AccessDeniedException"),
        (400, 'b\'{"message":"no"}\'', "{'x-amzn-ErrorType': 'ThrottlingException:http://x'}", "ThrottlingException"),
        (403, "b''", "{}", "403"),
        (404, "b''", "{}", "404"),
        (403, "b'<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'", "{}", "AccessDenied"),
        (400, "b'<Error><Code>ExpiredToken</Code><Message>expired</Message></Error>'", "{}", "ExpiredToken"),
        (503, "not bytes", "{}", "503"),
        (400, "b'{\"__type\":'", "{}", "400"),
        (200, "b'<Error><Code>x</Code></Error>'", "{}", ""),
    ],
)
def test_an_answer_in_each_protocol_tells_its_code(read, status, body, headers, code):
    (call,) = read(
        log(*exchanged("GetSecretValue", *answered(status, body, headers), service="secretsmanager")), "botocore_debug"
    ).calls
    assert (call.operation, call.code) == ("secretsmanager:GetSecretValue", code)


def test_credentials_that_aws_refused_are_a_line_too(read):
    body = "b'<Error><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error>'"
    found = read(log(*exchanged("AssumeRole", *answered(403, body))), "botocore_debug")
    assert [line.means for line in found.lines] == ["credentials-expired"]


def test_of_several_attempts_at_one_request_the_last_answer_counts(read):
    busy = answered(503, "b'<Error><Code>SlowDown</Code><Message>slow</Message></Error>'")
    again = (sent(attempt="a"), *answered(200, "b'<x/>'"))
    (call,) = read(log(*exchanged("AssumeRole", *busy, attempt="a"), *again), "botocore_debug").calls
    assert (call.code, call.count) == ("", 1)


def test_a_request_for_credentials_within_another_keeps_its_own_answer(read):
    inner = exchanged("AssumeRole", *answered(200, "b'<x/>'"), attempt="inner")
    outer = (sent(service="secretsmanager", attempt="outer"), *answered(400, 'b\'{"__type":"AccessDeniedException"}\''))
    found = read(log(made("GetSecretValue"), *inner, *outer), "botocore_debug")
    assert {call.operation: call.code for call in found.calls} == {
        "sts:AssumeRole": "",
        "secretsmanager:GetSecretValue": "AccessDeniedException",
    }


def test_after_a_request_that_failed_without_an_answer_the_next_one_is_read(read):
    failed = ("botocore.endpoint", "Exception received when sending HTTP request.")
    found = read(log(made("ListTables"), sent(), failed, *exchanged("AssumeRole", *denied())), "botocore_debug")
    assert [(call.operation, call.action) for call in found.calls] == [("sts:AssumeRole", "sts:TagSession")]
    assert UNTOLD.format(1) in found.notes


def test_a_request_that_was_never_sent_keeps_the_next_ones_answers_apart(read):
    found = read(log(made("ListTables"), *exchanged("ListBuckets", *answered(403), service="s3")), "botocore_debug")
    assert [(call.operation, call.code) for call in found.calls] == [("s3:ListBuckets", "403")]
    assert UNTOLD.format(1) in found.notes


def test_an_answer_that_may_be_that_of_a_thread_before_is_given_to_no_request(read):
    first, second = answered(403), answered(200)
    found = read(
        log(made("ListTables"), made("ListBuckets"), sent(service="dynamodb"), *first, sent(service="s3"), *second),
        "botocore_debug",
    )
    assert [(call.operation, call.code) for call in found.calls] == [("", "403")]
    assert any("requests of several threads at once" in note and note.endswith(": 2") for note in found.notes)


def threads(form):
    one = [made("AssumeRole"), sent(), *denied()]
    two = [made("GetSecretValue"), sent(service="secretsmanager"), *answered(200, "b'{}'")]
    lines = [(name, record) for pair in zip(one, two, strict=True) for name, record in zip("ab", pair, strict=True)]
    return "\n".join(form.format(name, *record) for name, record in lines)


def test_requests_of_two_threads_are_told_apart_by_the_threads_names(read):
    found = read(threads("2026-01-29 12:00:00,123 - {} - {} - DEBUG - {}"), "botocore_debug")
    assert {call.operation: call.code for call in found.calls} == {
        "sts:AssumeRole": "AccessDenied",
        "secretsmanager:GetSecretValue": "",
    }


def test_requests_of_two_threads_without_names_are_not_given_each_others_answers(read):
    found = read(threads("DEBUG:{1}:{2}"), "botocore_debug")
    assert [(call.operation, call.action, call.code, call.principal) for call in found.calls] == [
        ("", "sts:TagSession", "AccessDenied", TASK)
    ]
    assert any("requests of several threads at once" in note and note.endswith(": 2") for note in found.notes)


def test_an_error_that_the_program_logs_again_is_not_counted_twice(read):
    again = f"An error occurred (AccessDenied) when calling the AssumeRole operation: User: {TASK} is not authorized"
    other = "An error occurred (Throttling) when calling the ListTables operation: Rate exceeded"
    records = [*exchanged("AssumeRole", *denied()), made("ListBuckets"), ("app", again), ("app", other)]
    found = read(log(*records), "botocore_debug")
    assert [(call.operation, call.code, call.count) for call in found.calls] == [
        ("sts:AssumeRole", "AccessDenied", 1),
        ("ListTables", "Throttling", 1),
    ]


def test_a_log_of_json_objects_is_read(read):
    records = (
        log(*exchanged("AssumeRole", *denied()), form="{1}").replace("Response body:\n", "Response body: ").splitlines()
    )
    text = "\n".join(json.dumps({"logger": "botocore.endpoint", "level": "DEBUG", "message": each}) for each in records)
    assert [call.action for call in read(text, "botocore_debug").calls] == ["sts:TagSession"]


def test_no_planted_secret_of_a_debug_log_is_shown(read):
    key, secret = "ASIA" + "PLANTEDPLANTED12", "wJalrXUtnFEMIK7MDENG" + "bPxRfiCYPLANTEDKEY77"
    web = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJwbGFudGVkIn0." + "c2lnbmF0dXJlc2ln"
    body = (
        f"{{'Action': 'AssumeRoleWithWebIdentity', 'RoleArn': '{TENANT}', 'WebIdentityToken': '{web}', 'RoleSessionName': "
        f"'{key}', 'Tags.member.1.Key': 'password', 'Tags.member.1.Value': 'hunter2hunter2'}}"
    )
    session = (
        f"b'<Arn>{ALICE}</Arn><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secret}</SecretAccessKey><SessionToken>{TOKEN}"
        "</SessionToken>'"
    )
    found = read(
        log(
            *exchanged("AssumeRoleWithWebIdentity", *answered(200, session), body=body),
            ("botocore.auth", f"CanonicalRequest:\nPOST\n/\n\nx-amz-security-token:{TOKEN}"),
            (
                "botocore.utils",
                f"Error response received when retrieving credentials: {{'SecretAccessKey': '{secret}'}}",
            ),
            made("GetObject", url=f"https://data.s3.amazonaws.com/a?X-Amz-Security-Token={TOKEN}"),
            sent(key=key, service="s3"),
            *answered(403, f"b'<Code>AccessDenied</Code><Message>{key} {web} {TOKEN}</Message>'"),
            ("app", f'Could not connect to the endpoint URL: "https://{key}.example/?X-Amz-Signature={secret}"'),
        ),
        "botocore_debug",
    )
    assert len(found.calls) == 2
    assert found.calls[1].principal == ALICE
    shown = repr(found)
    for planted in (key, secret, TOKEN, web, "hunter2", "PLANTED", "c2lnbmF0dXJl", "5e5e"):
        assert planted not in shown
    assert found.calls[1].key == "ED12"


@pytest.mark.parametrize(
    "long",
    [
        made("AssumeRole", "{'Action': " + "'a': 'b', " * 300_000)[1],
        made("AssumeRole", "{'Action': '" + "\\" * 3_000_000)[1],
        made("GetTables", "b'" + "\\x" * 1_500_000)[1],
        "Sending http request: " + "Credential=AKIAAAAAAAAAAAAAAAAA" * 130_000,
        "Looking for credentials via: " + "a-" * 2_000_000,
        "Event a." * 500_000,
        'urllib3.connectionpool "GET ' + "a" * 4_000_000,
        "Response headers: " + "'x-amzn-errortype': '" * 190_000,
    ],
    ids=lambda text: text[:40],
)
def test_a_line_of_4_mb_takes_no_time(read, long):
    start = time.process_time()
    found = read(log(("botocore.endpoint", long), *exchanged("AssumeRole", *denied())), "botocore_debug")
    assert time.process_time() - start < 2
    assert "sts:TagSession" in [call.action for call in found.calls]


PIECES = [
    *(record[1] for record in (made("AssumeRole", "{'Action': 'AssumeRole'}"), sent(), *denied(), *answered(200))),
    "Looking for credentials via: iam-role",
    "Exception received when sending HTTP request",
    "DEBUG:botocore.endpoint:",
    "DEBUG:botocore.hooks:Event before-call.sts.AssumeRole: calling handler",
]


@settings(max_examples=120, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=30), max_size=14))
def test_any_records_are_read_and_every_answer_belongs_to_a_request(tmp_path_factory, pieces):
    path = tmp_path_factory.getbasetemp() / "any-debug.log"
    path.write_bytes("\n".join(f"DEBUG:botocore.x:{piece}" for piece in pieces).encode("utf-8", "surrogatepass"))
    found = evidence.read(str(path), "botocore_debug")
    requests = sum("Making request" in piece for piece in pieces)
    assert sum(call.count for call in found.calls if call.operation) <= requests


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        ("b'a\\nb'", "a\nb"),
        ("b'it\\'s'", "it's"),
        ('b"it\'s"', "it's"),
        ("b'\\xc3\\xa9'", "é"),
        ("plain", "plain"),
        ("b'", ""),
    ],
)
def test_a_bytes_literal_is_read_without_being_evaluated(literal, text):
    assert _botocore.unescaped(literal) == text

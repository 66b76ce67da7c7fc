"""The log of a server is read line by line, whatever wrote it, and only what it says is taken from it."""

from __future__ import annotations

import gzip
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsim import evidence
from iamsim.evidence import _log_lines, _tally
from tests.evidence.files import FOLDER

LOG = FOLDER / "server_log" / "quilt.log"
TASK = "arn:aws:sts::111122223333:assumed-role/quilt-mcp-task-role/4f3c2b1a0d9e8f7a6b5c4d3e2f1a0b9c"
TENANT = "arn:aws:iam::111122223333:role/tenant"
DENIED = (
    f"An error occurred (AccessDenied) when calling the AssumeRole operation: User: {TASK} is not authorized to perform: "
    f"sts:TagSession on resource: {TENANT}"
)
NO_PROVIDER = (
    "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: No OpenIDConnect "
    "provider found in your account for https://x.example"
)
NOON = datetime(2026, 1, 29, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def quilt():
    return evidence.read(str(LOG))


def meanings(found):
    return [(line.means, line.about) for line in found.lines]


def test_each_line_of_the_servers_log_says_what_it_means_and_whom_it_names(quilt):
    assert (quilt.format, quilt.stated) == ("server_log", {"lines": 29})
    assert [(line.origin.line, line.means, line.about) for line in quilt.lines] == [
        (4, "role-assumption-failed", TENANT),
        (4, "no-credentials", ""),
        (5, "role-assumption-failed", TENANT),
        (5, "no-credentials", ""),
        (6, "role-assumption-failed", TENANT),
        (7, "role-assumption-completed", "alice@example.com"),
        (8, "token-accepted", TENANT),
        (9, "token-refused", "token_expired"),
        (10, "no-catalog-session", ""),
        (11, "no-catalog-session", ""),
        (13, "default-credentials-used", ""),
        (14, "claim-missing", "sub"),
        (15, "tool-failed", "athena_query_history"),
        (20, "no-region", ""),
        (21, "metadata-unreachable", "169.254.169.254"),
        (22, "metadata-unreachable", "169.254.169.254"),
        (23, "credentials-expired", ""),
        (24, "credentials-refused", ""),
        (25, "credentials-refused", ""),
        (26, "endpoint-unreachable", "athena.eu-wrong-1.amazonaws.com"),
        (27, "timed-out", "sts.amazonaws.com"),
    ]


def test_each_answer_of_aws_in_the_log_is_a_call(quilt):
    assert [(call.operation, call.action, call.code, call.origin.line) for call in quilt.calls] == [
        ("sts:AssumeRole", "sts:TagSession", "AccessDenied", 6),
        ("s3:ListObjectsV2", "s3:ListBucket", "ExpiredToken", 23),
        ("sts:GetCallerIdentity", None, "InvalidClientTokenId", 24),
        ("sts:AssumeRole", "sts:AssumeRole", "SignatureDoesNotMatch", 25),
        ("s3:HeadObject", "s3:GetObject", "403", 28),
        ("s3:ListObjectsV2", "s3:ListBucket", "AccessDenied", 29),
    ]
    assert (quilt.calls[0].principal, quilt.calls[0].resource) == (TASK, TENANT)


def test_the_code_in_a_traceback_says_nothing_and_what_was_raised_does(quilt):
    assert not [call for call in quilt.calls if call.code == "Throttling"]
    (line,) = [line for line in quilt.lines if line.means == "no-region"]
    assert line.text == "botocore.exceptions.NoRegionError: You must specify a region."


def test_what_says_nothing_is_counted(quilt):
    (note,) = quilt.notes
    assert note.startswith("8 of 29 lines say nothing of credentials")


def test_a_role_that_only_the_server_names_is_the_resource_of_the_call(read):
    found = read(
        f"ERROR Role assumption failed for {TENANT}: An error occurred (AccessDenied) when calling the AssumeRole "
        "operation: Access denied\n",
        "server_log",
    )
    assert [(call.resource, call.operation) for call in found.calls] == [(TENANT, "sts:AssumeRole")]


PREFIXES = {
    "plain": "{}",
    "with a time": "2026-01-29 12:00:00,123 - app - ERROR - {}",
    "docker compose": "mcp-server-1  | ERROR:app:{}",
    "containerd": "2026-01-29T12:00:00.123456789Z stderr F ERROR:app:{}",
    "CloudWatch": "2026-01-29T12:00:00.123000+00:00 mcp/server/4f3c2b1a {}",
    "ECS": "2026-01-29T12:00:00.123Z [mcp/server] ERROR {}",
    "systemd": "Jan 29 12:00:00 host mcp[7]: {}",
    "in colours": "\x1b[31mERROR\x1b[0m {}",
}


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_line_is_read_whatever_stands_before_it(read, prefix):
    found = read(
        PREFIXES[prefix].format(DENIED) + "\n" + PREFIXES[prefix].format("Unable to locate credentials"), "server_log"
    )
    (call,) = found.calls
    assert (call.action, call.principal, call.resource) == ("sts:TagSession", TASK, TENANT)
    assert meanings(found) == [("no-credentials", "")]
    if "2026" in PREFIXES[prefix]:
        assert call.at.replace(microsecond=0, tzinfo=UTC) == NOON
        assert (call.at.tzinfo is None) is (prefix == "with a time")


JSON_LOGS = {
    "message": {"level": "error", "time": "2026-01-29T12:00:00Z", "message": DENIED},
    "msg": {"lvl": 50, "ts": 1769688000, "msg": DENIED},
    "docker": {"log": f"ERROR:app:{DENIED}\n", "stream": "stderr", "time": "2026-01-29T12:00:00Z"},
    "a log in a log": {"log": json.dumps({"message": DENIED}), "time": "2026-01-29T12:00:00Z"},
    "an exception": {
        "event": "tool failed",
        "timestamp": "2026-01-29T12:00:00Z",
        "exception": f"Traceback\n  x\nE: {DENIED}",
    },
    "an error": {"message": "failed", "time": 1769688000000, "error": {"name": "AccessDenied", "message": DENIED}},
    "loguru": {"text": "x", "record": {"message": DENIED, "time": {"repr": "2026-01-29 12:00:00"}}},
}


@pytest.mark.parametrize("form", JSON_LOGS)
def test_a_log_of_json_objects_is_read(read, form):
    found = read(json.dumps(JSON_LOGS[form]) + "\n")
    (call,) = found.calls
    assert (call.action, call.principal, call.resource) == ("sts:TagSession", TASK, TENANT)
    assert call.at == NOON or form == "loguru"


def test_the_events_that_the_aws_cli_prints_are_read(read):
    printed = {"events": [{"timestamp": 1769688000000, "message": f"ERROR {DENIED}", "ingestionTime": 1769688000000}]}
    found = read(json.dumps(printed, indent=4), "server_log")
    assert [call.action for call in found.calls] == ["sts:TagSession"]


def test_a_time_that_no_number_of_a_machine_holds_is_no_time(read):
    said = "An error occurred (AccessDenied) when calling the GetObject operation: Access Denied"
    (call,) = read(f'{{"time": 1{"0" * 400}, "message": "{said}"}}\n', "server_log").calls
    assert (call.code, call.at) == ("AccessDenied", None)


def test_a_line_of_json_that_spells_its_letters_as_numbers_is_read(read):
    spelled = "".join(f"\\u{ord(letter):04x}" for letter in "Unable to locate credentials")
    assert meanings(read(f'{{"message": "{spelled}"}}', "server_log")) == [("no-credentials", "")]


def test_after_a_traceback_lines_are_read_again(read):
    frames = "Traceback (most recent call last):\n  File x\n    Unable to locate credentials\nValueError: x\n"
    assert meanings(read(f"{frames}    Region is missing\n", "server_log")) == [("no-region", "")]


def test_lines_that_say_the_same_are_counted_together(read):
    lines = [f"2026-01-29 12:00:{second:02},000 ERROR {DENIED}" for second in range(60)]
    lines += [f"{second}.5 Role assumption failed for {TENANT}: Unable to locate credentials" for second in range(9)]
    found = read("\n".join(lines), "server_log")
    (call,) = found.calls
    noon = NOON.replace(tzinfo=None)
    assert (call.count, call.at, call.last) == (60, noon, noon.replace(second=59))
    assert [(line.means, line.count) for line in found.lines] == [("role-assumption-failed", 9), ("no-credentials", 9)]


def test_times_with_and_without_a_zone_are_not_held_against_each_other(read):
    times = ("2026-01-29 12:00:00", "2026-01-29T11:00:00Z", "2026-01-29 13:00:00")
    (call,) = read("\n".join(f"{time} ERROR {DENIED}" for time in times), "server_log").calls
    assert (call.count, call.at.hour, call.last.hour, call.at.tzinfo) == (3, 12, 13, None)


@pytest.mark.parametrize(
    ("line", "means", "about"),
    [
        ("botocore.exceptions.NoCredentialsError: Unable to locate credentials", "no-credentials", ""),
        (
            "botocore.exceptions.PartialCredentialsError: Partial credentials found in env, missing: x",
            "no-credentials",
            "env",
        ),
        ("CredentialsProviderError: Could not load credentials from any providers", "no-credentials", ""),
        ("failed to refresh cached credentials, no EC2 IMDS role found, operation error", "no-credentials", ""),
        ("no providers in chain provided credentials", "no-credentials", ""),
        ("botocore.exceptions.ProfileNotFound: The config profile (dev) could not be found", "no-profile", "dev"),
        ("NoRegionError: You must specify a region.", "no-region", ""),
        ("Error: Region is missing", "no-region", ""),
        ("Error: connect EHOSTUNREACH 169.254.169.254:80", "metadata-unreachable", "169.254.169.254"),
        ("Error: connect ECONNREFUSED 169.254.170.2:80", "metadata-unreachable", "169.254.170.2"),
        (
            'Connect timeout on endpoint URL: "http://169.254.169.254/latest/api/token"',
            "metadata-unreachable",
            "169.254.169.254",
        ),
        (
            'Connect timeout on endpoint URL: "http://[fd00:ec2::254]/latest/"',
            "metadata-unreachable",
            "[fd00:ec2::254]",
        ),
        ('Connect timeout on endpoint URL: "https://sts.amazonaws.com/"', "endpoint-unreachable", "sts.amazonaws.com"),
        (
            "HTTPConnectionPool(host='localhost', port=8002): Read timed out. (read timeout=10)",
            "timed-out",
            "localhost",
        ),
        ("Token has expired and refresh failed", "credentials-expired", ""),
        (
            "(ExpiredTokenException) An error occurred (ExpiredTokenException) when calling the PutItem operation: e",
            "credentials-expired",
            "",
        ),
        (NO_PROVIDER, "web-identity-refused", ""),
        ("JWT authentication required. Provide Authorization: Bearer header.", "token-refused", "missing_token"),
        ('HTTP 403 {"error": "Invalid JWT: JWT token has expired"}', "token-refused", "JWT token has expired"),
        ("Search catalog requires authentication: No quilt3 session configured", "no-catalog-session", ""),
        ("Error executing tool list_buckets: boom", "tool-failed", "list_buckets"),
    ],
)
def test_a_line_means(read, line, means, about):
    assert (means, about) in meanings(read(line, "server_log"))


@pytest.mark.parametrize(
    "line",
    [
        "GET http://169.254.169.254/latest/meta-data/ 200",
        "this field is required for all users",
        "",
        "INFO all is well",
        '{"message": 7, "error": ["An error occurred ("]}',
        "An error occurred (",
        "User is not authorized to see this page",
        "{" * 5_000,
    ],
)
def test_a_line_that_says_nothing_is_passed_over(read, line):
    found = read(f"INFO x\n{line}\n", "server_log")
    assert (found.calls, found.lines, found.malformed) == ((), (), 0)


def test_a_log_without_anything_is_recognised_and_says_nothing(read):
    found = read("2026-01-29 12:00:00 INFO started\n2026-01-29 12:00:01 INFO ready\n" * 30)
    assert (found.format, found.calls, found.lines, found.stated) == ("server_log", (), (), {"lines": 60})
    assert found.notes == (
        "60 of 60 lines say nothing of credentials, tokens, roles or AWS's answers, and were passed over",
    )


def test_a_packed_log_is_read_as_the_plain_one(read, quilt):
    assert meanings(read(gzip.compress(LOG.read_bytes()))) == meanings(quilt)


def test_an_encoded_message_is_left_out_and_what_to_do_is_said(read):
    encoded = "Qk9ndXM_" * 30
    found = read(
        "ERROR An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not "
        f"authorized to perform this operation. Encoded authorization failure message: {encoded}",
        "server_log",
    )
    assert [(call.operation, call.code) for call in found.calls] == [("ec2:RunInstances", "UnauthorizedOperation")]
    assert any("aws sts decode-authorization-message" in note for note in found.notes)
    assert encoded not in repr(found)


@pytest.mark.parametrize(
    "long",
    [
        "a" * 4_000_000,
        "An error occurred (" * 200_000,
        "User: arn:aws:iam::" * 200_000,
        "Role assumption failed for " + "x" * 4_000_000,
        '{"message":"' + "\\n" * 2_000_000 + '"}',
        "host='" * 600_000,
        "Read timed out host='" * 190_000,
        "\x1b[" * 2_000_000,
        "(" * 4_000_000,
        "2026-01-29T12:00:00" * 200_000,
        "169.254.169.254 EAAAA " * 150_000,
    ],
    ids=lambda text: text[:20],
)
def test_a_line_of_4_mb_takes_no_time(read, long):
    start = time.process_time()
    found = read(f"ERROR {long}\nUnable to locate credentials\n", "server_log")
    assert time.process_time() - start < 2
    assert ("no-credentials", "") in meanings(found)
    assert all(len(line.text) <= _tally.SHOWN for line in found.lines)


def test_a_traceback_that_never_ends_hides_no_more_than_its_bound(read):
    frames = "Traceback (most recent call last):\n" + "  File x\n" * 2_000
    found = read(f"{frames}{frames}  Unable to locate credentials\n", "server_log")
    assert meanings(found) == [("no-credentials", "")]


def test_no_planted_secret_of_a_log_is_shown(read):
    key, secret = "AKIA" + "PLANTEDPLANTED12", "wJalrXUtnFEMIK7MDENG" + "bPxRfiCYPLANTEDKEY77"
    token, web = (
        "IQoJb3JpZ2luX2Vj" + "PLANTED" * 20,
        "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJwbGFudGVkIn0." + "c2lnbmF0dXJlc2ln",
    )
    found = read(
        "\n".join(
            [
                f"Role assumption failed for {TENANT}: aws_secret_access_key={secret} {key}: Unable to locate credentials",
                f"JWT validation failed (x) Authorization: Bearer {web}",
                f"Invalid JWT: {web}",
                f'Could not connect to the endpoint URL: "https://x.example/?X-Amz-Security-Token={token}"',
                json.dumps(
                    {"message": f"An error occurred (AccessDenied) when calling the GetObject operation: {token} {key}"}
                ),
                f"ERROR {DENIED} AWS_SESSION_TOKEN={token} https://user:hunter2hunter2@x.example",
                f"Role assumption failed for {key}: Unable to locate credentials \x1b[31m",
            ]
        ),
        "server_log",
    )
    assert len(found.lines) >= 6
    codes = read(
        f"An error occurred ({key}) when calling the {key} operation: x\nUser: arn:aws:iam::111122223333:user/a is "
        f"not authorized to perform: s3:{key} on resource: arn:aws:s3:::{key}\n",
        "server_log",
    )
    assert len(codes.calls) == 2
    assert "PLANTED" not in repr(codes)
    shown = repr(found)
    for planted in (key, secret, token, web, "hunter2", "PLANTED", "c2lnbmF0dXJl", "\x1b"):
        assert planted not in shown


WORDS = [form.words for form in _log_lines._FORMS]  # noqa: SLF001 - what may be met in a line


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=60) | st.sampled_from([*WORDS, DENIED, "{", "}"]), max_size=8))
def test_any_lines_are_read(tmp_path_factory, pieces):
    path = tmp_path_factory.getbasetemp() / "any.log"
    path.write_bytes(" ".join(pieces).encode("utf-8", "surrogatepass"))
    found = evidence.read(str(path), "server_log")
    assert found.malformed == 0
    assert all(line.means and line.count >= 1 and "\n" not in line.text for line in found.lines)


def test_a_line_of_an_answer_in_xml_names_the_resource_without_the_tag(read):
    (call,) = read(f"<Message>{DENIED.partition(': ')[2]}</Message>", "server_log").calls
    assert (call.action, call.resource) == ("sts:TagSession", TENANT)


def test_the_time_before_an_answer_that_begins_without_words_does_not_tell_it_apart(read):
    answer = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
    found = read("".join(f"2026-01-29T12:00:{second:02}Z {answer}\n" for second in range(9)), "server_log")
    assert [(call.code, call.count) for call in found.calls] == [("AccessDenied", 9)]

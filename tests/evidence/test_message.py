"""One pasted error message becomes the call that it tells of."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsim import evidence
from iamsim.errors import InputError
from iamsim.evidence import message
from tests.evidence.files import FOLDER, refusal

TASK = "arn:aws:sts::111122223333:assumed-role/quilt-mcp-task-role/server"
TENANT = "arn:aws:iam::111122223333:role/tenant"
PLAIN = f"User: {TASK} is not authorized to perform: sts:SetSourceIdentity on resource: {TENANT}"


def call(text):
    """The one call that a text tells of."""
    (found,) = message.read_text(text, "-").calls
    return found


def test_a_message_in_a_file_is_recognised():
    found = evidence.read(str(FOLDER / "message" / "assume-role.txt"))
    (one,) = found.calls
    assert (found.format, one.operation, one.action) == ("message", "sts:AssumeRole", "sts:SetSourceIdentity")
    assert (one.principal, one.resource, one.code) == (TASK, TENANT, "AccessDenied")


def test_an_encoded_message_says_how_to_decode_it():
    found = evidence.read(str(FOLDER / "message" / "encoded.txt"))
    (one,) = found.calls
    assert (found.format, one.operation, one.code) == ("message", "ec2:RunInstances", "UnauthorizedOperation")
    assert one.message.endswith("Encoded authorization failure message: …")
    (note,) = found.notes
    assert "`aws sts decode-authorization-message --encoded-message …`" in note


def test_a_decoded_message_is_read_with_its_condition_keys_and_the_statement_that_matched():
    found = evidence.read(str(FOLDER / "message" / "decoded.json"))
    (one,) = found.calls
    assert (found.format, one.action, one.principal) == ("message", "ec2:RunInstances", TASK)
    assert (one.resource, one.explicit, one.denied_by) == ("arn:aws:ec2:us-east-1:111122223333:instance/*", True, None)
    assert one.context == {"ec2:instancetype": ("t3.micro",), "aws:region": ("us-east-1",)}
    assert one.message == "decoded authorization message; statements that matched: OnlyHere"


def test_the_inner_text_of_a_decoded_message_says_the_same():
    path = FOLDER / "message" / "decoded.json"
    inner = json.loads(path.read_text(encoding="utf-8"))["DecodedMessage"]
    assert call(inner).context == evidence.read(str(path)).calls[0].context


def test_a_decoded_message_of_an_allowed_request_is_no_refusal():
    found = message.read_text('{"allowed": true, "explicitDeny": false, "context": {}}', "-")
    assert (found.calls, found.notes) == ((), ("the decoded message is of a request that was allowed",))


NO_IDENTITY_POLICY = "because no identity-based policy allows the"
TELLS = {
    PLAIN: ("", "sts:SetSourceIdentity", TENANT, "AccessDenied", None, None),
    f'User: {TASK} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::data/a" {NO_IDENTITY_POLICY} '
    "s3:GetObject action": ("", "s3:GetObject", "arn:aws:s3:::data/a", "AccessDenied", "identity-based", False),
    f"An error occurred (AccessDenied) when calling the GetObject operation: User: {TASK} is not authorized to perform: "
    's3:GetObject on resource: "arn:aws:s3:::data/a" with an explicit deny in a service control policy': (
        "s3:GetObject",
        "s3:GetObject",
        "arn:aws:s3:::data/a",
        "AccessDenied",
        "service control policy",
        True,
    ),
    f"An error occurred (AccessDeniedException) when calling the Publish operation: User: {TASK} is not authorized to "
    "perform: SNS:Publish on resource: arn:aws:sns:us-east-1:111122223333:t because no permissions boundary allows the "
    "SNS:Publish action": (
        "sns:Publish",
        "sns:Publish",
        "arn:aws:sns:us-east-1:111122223333:t",
        "AccessDeniedException",
        "permissions boundary",
        False,
    ),
    "An error occurred (AccessDenied) when calling the HeadObject operation: Forbidden": (
        *("s3:HeadObject", "s3:GetObject"),
        *(None, "AccessDenied", None, None),
    ),
    "An error occurred (403) when calling the HeadObject operation: Forbidden": (
        *("s3:HeadObject", "s3:GetObject"),
        *(None, "403", None, None),
    ),
    "An error occurred (404) when calling the HeadObject operation: Not Found": (
        *("s3:HeadObject", "s3:GetObject"),
        *(None, "404", None, None),
    ),
    "Access Denied": ("", None, None, "AccessDenied", None, None),
    "403 Forbidden": ("", None, None, "403", None, None),
    "An error occurred (InvalidIdentityToken) when calling the AssumeRoleWithWebIdentity operation: Incorrect token "
    "audience": (
        *("sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithWebIdentity"),
        *(None, "InvalidIdentityToken", None, None),
    ),
    "An error occurred (ValidationError) when calling the AssumeRole operation: The requested DurationSeconds exceeds the 1 "
    "hour session limit for roles assumed by role chaining": (
        *("sts:AssumeRole", "sts:AssumeRole"),
        *(None, "ValidationError", None, None),
    ),
    f'{{"__type":"com.amazonaws.glue#AccessDeniedException","Message":"User: {TASK} is not authorized to perform: '
    f"glue:GetTables on resource: arn:aws:glue:us-east-1:111122223333:catalog {NO_IDENTITY_POLICY} glue:GetTables "
    'action"}': (
        *("", "glue:GetTables", "arn:aws:glue:us-east-1:111122223333:catalog"),
        *("AccessDeniedException", "identity-based", False),
    ),
    "operation error S3: ListObjectsV2, https response error StatusCode: 403, RequestID: A, HostID: b, api error "
    "AccessDenied: Access Denied": ("s3:ListObjectsV2", "s3:ListBucket", None, "AccessDenied", None, None),
}


@pytest.mark.parametrize("text", TELLS)
def test_a_message_tells(text):
    found = call(text)
    told = (found.operation, found.action, found.resource, found.code, found.denied_by, found.explicit)
    assert told == TELLS[text]


BROKEN = {
    "before a word": PLAIN.replace(" is not", "\nis not"),
    "around the resource": PLAIN.replace(" on resource: ", "\n  on resource:\n  "),
    "inside a name": PLAIN.replace("role/quilt", "role/qu\nilt"),
    "within a quotation": f"the server said:\n\n> {PLAIN}\n",
    "behind the operation": f"An error occurred (AccessDenied) when calling the AssumeRole operation:\n{PLAIN}",
    "in XML": f"""<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>AccessDenied</Code>
    <Message>{PLAIN}</Message>
  </Error>
  <RequestId>00000000-0000-4000-8000-000000000001</RequestId>
</ErrorResponse>""",
}


@pytest.mark.parametrize("where", BROKEN)
def test_a_message_may_be_broken_into_lines(where):
    found = call(BROKEN[where])
    assert (found.action, found.principal, found.resource) == ("sts:SetSourceIdentity", TASK, TENANT)


def test_two_messages_are_two_calls_with_their_lines():
    found = message.read_text(
        f"{PLAIN}\nAn error occurred (403) when calling the HeadObject operation: Forbidden\n", "-"
    )
    assert [(one.code, one.origin.line) for one in found.calls] == [("AccessDenied", 1), ("403", 2)]


def test_a_message_of_an_sdk_about_credentials_is_a_line():
    found = message.read_text("botocore.exceptions.NoCredentialsError: Unable to locate credentials", "-")
    assert ([line.means for line in found.lines], found.calls) == (["no-credentials"], ())


def test_a_few_lines_with_a_message_in_them_are_one_and_a_long_log_is_a_log(read):
    assert read(f"{PLAIN}\n").format == "message"
    assert read(f"2026-01-29 12:00:00 ERROR An error occurred (X) {PLAIN}\n" * 50).format == "server_log"


@pytest.mark.parametrize("text", ["", "hello", "it failed", '{"explicitDeny": 7}', '{"explicitDeny', "{}", "\x00"])
def test_a_text_without_a_message_is_refused(text):
    assert "no error message of AWS or of an SDK" in refusal(lambda: message.read_text(text, "-"))


def test_a_file_that_is_longer_than_a_message_is_refused(read):
    assert "longer than an error message" in refusal(lambda: read(PLAIN + "\n" * 70_000, "message"))


def test_no_planted_secret_of_a_message_is_shown():
    key, token = "ASIA" + "PLANTEDPLANTED12", "IQoJb3JpZ2luX2Vj" + "PLANTED" * 20
    web = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiJwbGFudGVkIn0." + "c2lnbmF0dXJlc2ln"
    context = {"items": [{"key": "aws:PrincipalTag/password", "values": {"items": [{"value": "hunter2hunter2"}]}}]}
    decoded = {"explicitDeny": False, "allowed": False, "context": {"action": "s3:GetObject", "conditions": context}}
    texts = [
        f"{PLAIN} {key} x-amz-security-token={token} Bearer {web}",
        f"An error occurred (AccessDenied) when calling the GetObject operation: {token} {key} {web}",
        json.dumps(decoded),
    ]
    for text in texts:
        shown = repr(message.read_text(text, "-"))
        for planted in (key, token, web, "hunter2", "PLANTED", "c2lnbmF0dXJl"):
            assert planted not in shown
    assert message.read_text(json.dumps(decoded), "-").calls[0].context.keys() == {"aws:principaltag/password"}


PIECES = [
    PLAIN,
    "Access Denied",
    "An error occurred (",
    "(AccessDenied)",
    '"explicitDeny":',
    "{",
    "}",
    "\n",
    "<Code>",
    "x",
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(max_size=30) | st.sampled_from(PIECES), max_size=8))
def test_any_text_is_read_or_refused_in_one_line(pieces):
    try:
        found = message.read_text(" ".join(pieces), "-")
    except InputError as error:
        assert str(error).count("\n") == 0  # noqa: PT017 - either may be
    else:
        assert found.calls or found.lines or found.notes

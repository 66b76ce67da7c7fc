"""What the clients of AWS put around a message."""

from __future__ import annotations

from dataclasses import dataclass

from iamsim.sts.messages._forms import Form


@dataclass(frozen=True, slots=True)
class Reply:
    """
    What a client shows besides AWS's words; None where it does not show it.

    `client` names the form in `CLIENTS`; the answer itself, in XML or JSON, counts as one. `attempts` counts what the client says: retries (botocore) or
    attempts (Java). All values are text, as shown.
    """

    client: str
    code: str | None = None
    operation: str | None = None
    service: str | None = None
    status: str | None = None
    request_id: str | None = None
    host_id: str | None = None
    attempts: str | None = None


_BOTOCORE = "An error occurred ({code}) when calling the {operation} operation"
_RETRIED = "(reached max retries: {attempts})"
_CLI_PAGE = "AWS CLI User Guide, Structured error output in the AWS CLI"
_BOTO_SOURCE = "botocore, exceptions.ClientError"
_GO = "operation error {service}: {operation}, https response error StatusCode: {status}, RequestID: {request_id}"
_JAVA_1 = "Service: {service}; Status Code: {status}; Error Code: {code}; Request ID: {request_id}"
_JAVA_2 = "Service: {service}, Status Code: {status}, Request ID: {request_id}"
_XML = "<Error><Code>{code}</Code><Message>{message:xml}</Message>"
_QUERY = (
    '<ErrorResponse xmlns="{namespace}"> <Error> <Type>Sender</Type> <Code>{{code}}</Code> '
    "<Message>{{message:xml}}</Message> </Error> <RequestId>{{request_id}}</RequestId> </ErrorResponse>"
)
# Services differ in the letter.
_JSON = ('"message":"{message:json}"}', '"Message":"{message:json}"}')
_QUERY_ERRORS = "AWS STS API Reference, Making query requests"
_S3_ERRORS = "Amazon S3 API Reference, Error responses"
_JSON_ERRORS = "Amazon DynamoDB Developer Guide, Error handling with DynamoDB"
_SEEN = "seen in logs of the client; its guide does not print the text"


def _client(name: str, template: str, source: str) -> Form:
    return Form(name, template, source, says={"client": name})


# A form stands above those that would read its text, too, and tell less of it.
CLIENTS: tuple[Form, ...] = (
    _client("aws-cli-retried", f"aws: [ERROR]: {_BOTOCORE} {_RETRIED}: {{message}}", _CLI_PAGE),
    _client("aws-cli", f"aws: [ERROR]: {_BOTOCORE}: {{message}}", _CLI_PAGE),
    _client("botocore-retried", f"{_BOTOCORE} {_RETRIED}: {{message}}", _BOTO_SOURCE),
    _client("botocore", f"{_BOTOCORE}: {{message}}", _BOTO_SOURCE),
    _client("go-s3", f"{_GO}, HostID: {{host_id}}, api error {{code}}: {{message}}", _SEEN),
    _client("go", f"{_GO}, api error {{code}}: {{message}}", _SEEN),
    # A client inside a client, as AWS CodePipeline shows it.
    _client(
        "java-1-twice",
        f"{{message}} ({_JAVA_1}; S3 Extended Request ID: {{host_id}}; Proxy: null) (Service: null; Status Code: 0; "
        "Error Code: null; Request ID: null; S3 Extended Request ID: null; Proxy: null)",
        _SEEN,
    ),
    _client("java-1-s3-proxy", f"{{message}} ({_JAVA_1}; S3 Extended Request ID: {{host_id}}; Proxy: null)", _SEEN),
    _client("java-1-s3", f"{{message}} ({_JAVA_1}; S3 Extended Request ID: {{host_id}})", _SEEN),
    _client("java-1-proxy", f"{{message}} ({_JAVA_1}; Proxy: null)", _SEEN),
    _client("java-1", f"{{message}} ({_JAVA_1})", _SEEN),
    _client(
        "java-s3-attempts",
        f"{{message}} ({_JAVA_2}, Extended Request ID: {{host_id}}) (SDK Attempt Count: {{attempts}})",
        _SEEN,
    ),
    _client("java-attempts", f"{{message}} ({_JAVA_2}) (SDK Attempt Count: {{attempts}})", _SEEN),
    _client("java-s3", f"{{message}} ({_JAVA_2}, Extended Request ID: {{host_id}})", _SEEN),
    _client("java", f"{{message}} ({_JAVA_2})", _SEEN),
    _client(
        "go-1-s3",
        "{code:denying}: {message}\n\tstatus code: {status}, request id: {request_id}, host id: {host_id}",
        _SEEN,
    ),
    _client("go-1", "{code:denying}: {message}\n\tstatus code: {status}, request id: {request_id}", _SEEN),
    # The answers themselves, in each protocol of AWS.
    _client("xml", f"{_XML}</Error>", _S3_ERRORS),
    _client(
        "xml-s3",
        f"{_XML}<RequestId>{{request_id}}</RequestId><HostId>{{host_id}}</HostId></Error>",
        _S3_ERRORS,
    ),
    _client("xml-query", _QUERY.format(namespace="https://sts.amazonaws.com/doc/2011-06-15/"), _QUERY_ERRORS),
    _client("xml-query", _QUERY.format(namespace="{:url}"), _QUERY_ERRORS),
    *(_client("json-type", f'{{"__type":"{{code}}",{message}', _JSON_ERRORS) for message in _JSON),
    *(_client("json-type", f'{{"__type":"{{:namespace}}#{{code}}",{message}', _JSON_ERRORS) for message in _JSON),
    *(_client("json", f"{{{message}", _JSON_ERRORS) for message in _JSON),
    # JavaScript, Ruby and PHP show an error's code and its message.
    _client("code-first", "{code:denying}: {message}", _SEEN),
)
"""Every client's form around `{message}`; the first that matches, and holds a message of AWS, is read."""

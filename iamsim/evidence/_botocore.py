"""What botocore's debug log prints of a request and of its answer: parameters, credential scope, status, error."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from iamsim.evidence._events import Event

_LONGEST = 65_536
_MANY = 60
_SUCCESS = range(200, 300)

_NAMED = re.compile(r"OperationModel\(name=(\w{1,128})\) with (?:verify_ssl=\w{1,5} and )?params: ", re.ASCII)
_PAIR = re.compile(r"'([A-Za-z][\w.-]{0,127})': (?:'((?:[^'\\]|\\.){0,2048})'|(\d{1,18})(?=[,}]))")
_QUERY_BODY = re.compile(r"'body': \{'Action': ")
_JSON_BODY = re.compile(r"'body': b?(?:'((?:[^'\\]|\\.)*+)'|\"((?:[^\"\\]|\\.)*+)\")")
_INPUT = re.compile(r"'(?:input_params|params)': \{'Bucket': ")
_HOST = re.compile(r"'url': '(?:https?://)([\w.-]{1,253})")
_SCOPE = re.compile(r"Credential=([A-Z0-9]{16,128})/\d{8}/([\w-]{1,40})/([\w.-]{1,60})/aws4_request", re.ASCII)
_REGION = re.compile(r"'client_region': '([\w-]{1,40})'")
_ERROR_TYPE = re.compile(r"'x-amzn-errortype': '([\w.#-]{1,200})", re.IGNORECASE)
_CODE = re.compile(r"<(?:Code|code)>([\w.:-]{1,128})</")
_MESSAGE = re.compile(r"<(?:Message|message)>([^<]{0,8192})</")
_CALLER = re.compile(r"<Arn>(arn:[^<\s]{1,2040})</Arn>")
_ISSUED = re.compile(r"<AccessKeyId>([A-Z0-9]{16,128})</AccessKeyId>")
# The end of a dictionary of plain values; a brace inside of a string is passed over.
_END = re.compile(r"(?:[^'}]++|'(?:[^'\\]|\\.)*+')*+\}")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
# What CloudTrail, whose events are read elsewhere, calls the parameters of S3.
_S3 = {
    "Bucket": "bucketName",
    "Key": "key",
    "VersionId": "versionId",
    "Prefix": "prefix",
    "Delimiter": "delimiter",
    "MaxKeys": "max-keys",
    "ACL": "x-amz-acl",
    "CopySource": "x-amz-copy-source",
    "ServerSideEncryption": "x-amz-server-side-encryption",
}
_REASONS = {400: "Bad Request", 403: "Forbidden", 404: "Not Found"}


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What AWS answered: an error code, empty for success, and its message.

    `caller` is the ARN in an answer that names the caller or the session it made, `issued` the key id of that session.
    """

    code: str
    message: str
    caller: str | None = None
    issued: str = ""


def operation(line: str) -> str:
    """The name of the operation in a line that says `Making request for`; empty where there is none."""
    found = _NAMED.search(line)
    return found[1] if found is not None else ""


def host(line: str) -> str:
    """The host that a request goes to."""
    found = _HOST.search(line)
    return found[1] if found is not None else ""


def region(line: str) -> str:
    """The region of the client that makes a request."""
    found = _REGION.search(line)
    return found[1] if found is not None else ""


def scope(line: str) -> tuple[str, str, str]:
    """The key id, the region and the service that a request is signed with; empty where it is not signed so."""
    found = _SCOPE.search(line)
    return (found[1], found[2], found[3]) if found is not None else ("", "", "")


def request(named: str, line: str, where: str, principal: str | None) -> Event:
    """The request as CloudTrail would tell of it, by its parameters as they stand in the line."""
    service, _, name = named.rpartition(":")
    account = principal.split(":")[4] if principal is not None and principal.count(":") >= 5 else None  # noqa: PLR2004 - of an ARN
    return Event(
        eventSource=service,
        eventName=name,
        awsRegion=where or None,
        userIdentity={"accountId": account} if account else None,
        requestParameters=_parameters(service, line),
    )


def answer(status: int, headers: str, body: str) -> Answer:
    """What status, headers and body of an answer say, as botocore reads them."""
    text = unescaped(body)
    if status in _SUCCESS:
        caller, issued = _CALLER.search(text), _ISSUED.search(text)
        return Answer(
            "", "", html.unescape(caller[1]) if caller is not None else None, issued[1] if issued is not None else ""
        )
    told = error(text)
    header = _ERROR_TYPE.search(headers)
    code = told[0] or (header[1] if header is not None else "")
    return Answer(code.rpartition("#")[2] or str(status), told[1] or _REASONS.get(status, "no message"))


def error(text: str) -> tuple[str, str]:
    """The error code and the message in the body of an answer, in XML or JSON; empty where it has none."""
    if text.lstrip()[:1] != "{":
        code, message = _CODE.search(text), _MESSAGE.search(text)
        return (code[1] if code is not None else "", html.unescape(message[1]) if message is not None else "")
    try:
        told = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "", ""
    members = {name.lower(): each for name, each in told.items() if isinstance(each, str)}
    return members.get("__type") or members.get("code", ""), members.get("message") or members.get("errormessage", "")


def unescaped(literal: str) -> str:
    """The text in a bytes literal of Python (`b'…'`); the characters of anything else are kept."""
    literal = literal.strip()[:_LONGEST]
    if literal[:2] in {"b'", 'b"'}:
        literal = literal[2:].removesuffix(literal[1])
    text = _ESCAPE.sub(_escape, literal)
    try:
        return text.encode("latin-1").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return text


# ---------------------------------------------------------------- helpers


def _escape(found: re.Match[str]) -> str:
    told = found[1]
    return chr(int(told[1:], 16)) if len(told) == 3 else _ESCAPES.get(told, told)  # noqa: PLR2004 - `x41`


def _parameters(service: str, line: str) -> dict[str, Any]:
    line = line[:_LONGEST]
    if (found := _QUERY_BODY.search(line)) is not None:
        return _nested(dict(_pairs(line, found.start() + len("'body': "))))
    if service == "s3":
        found = _INPUT.search(line)
        pairs = _pairs(line, found.end() - len("'Bucket': ")) if found is not None else iter(())
        return {_S3[name]: value for name, value in pairs if name in _S3}
    body = _JSON_BODY.search(line)
    if body is None:
        return {}
    try:
        told = msgspec.json.decode(unescaped(body[1] or body[2] or ""))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}
    return {name[:1].lower() + name[1:]: value for name, value in told.items()} if isinstance(told, dict) else {}


def _pairs(line: str, start: int) -> Iterator[tuple[str, str]]:
    """The members of the flat dictionary that begins at `start`."""
    end = _END.match(line, start)
    for count, found in enumerate(_PAIR.finditer(line, start, end.end() if end is not None else len(line))):
        if count >= _MANY:
            return
        yield found[1], _ESCAPE.sub(_escape, found[2]) if found[2] is not None else found[3]


def _nested(pairs: Mapping[str, str]) -> dict[str, Any]:
    """Parameters of AWS's query protocol, with its lists (`Tags.member.1.Key`) as CloudTrail writes them."""
    told: dict[str, Any] = {}
    lists: dict[str, dict[str, Any]] = {}
    for name, value in pairs.items():
        first, _, rest = name.partition(".member.")
        plain = first[:1].lower() + first[1:]
        number, _, member = rest.partition(".")
        if not rest:
            told[plain] = value
        elif member:
            lists.setdefault(plain, {}).setdefault(number, {})[member[:1].lower() + member[1:]] = value
        else:
            lists.setdefault(plain, {})[number] = value
    return told | {name: list(items.values()) for name, items in lists.items()}

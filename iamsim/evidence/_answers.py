"""An answer of AWS as a call: what a text or an error says of the operation, the action, the resource and the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from iamsim import redact
from iamsim.evidence import _operations
from iamsim.model.observation import Call
from iamsim.model.origin import NOWHERE, Origin
from iamsim.model.policy import PolicyType
from iamsim.sts import messages
from iamsim.sts.messages import Denial, DenialType, Kind

LONGEST = 65_536
"""Characters of a text that are read; AWS's own messages are shorter."""
SHOWN = 2_000
"""Characters of a message that are kept."""
DECODE = (
    "an encoded message holds the reason: `aws sts decode-authorization-message --encoded-message …` shows it to who "
    "may call sts:DecodeAuthorizationMessage; give what it prints as evidence too"
)

_ARN = 2_048
_WORDS: Mapping[DenialType, str] = {
    PolicyType.IDENTITY: "identity-based",
    PolicyType.RESOURCE: "resource-based",
    PolicyType.BOUNDARY: "permissions boundary",
    PolicyType.SCP: "service control policy",
    PolicyType.RCP: "resource control policy",
    PolicyType.SESSION: "session policy",
    PolicyType.VPC_ENDPOINT: "VPC endpoint policy",
}
# What refuses beside every IAM policy.
_BESIDE = {"lake-formation": "Lake Formation", "opensearch": "OpenSearch fine-grained access control"}
_CODES = {"operation": "UnauthorizedOperation", "forbidden": "403", "kms-ciphertext": "AccessDeniedException"}
# botocore's ClientError and the AWS CLI's line, for the codes that are no denials.
_CLIENT = re.compile(
    r"An error occurred \((?P<code>[A-Za-z0-9][\w.:-]{1,127})\) when calling the (?P<operation>[A-Z]\w{1,127}) operation"
    r"(?: \(reached max retries: \d{1,4}\))?: ?(?P<message>[^\r\n]*)"
)
_GO = re.compile(
    r"operation error (?P<service>[A-Za-z0-9][A-Za-z0-9 ]{0,79}): (?P<operation>[A-Z]\w{1,127}), "
    r"[^\r\n]{0,600}?api error (?P<code>[A-Za-z][\w.]{1,127}): (?P<message>[^\r\n]*)"
)
_BEGINS = re.compile(r"An error occurred \(|operation error [A-Z]|(?<!\w)User: arn:|You are not authorized to perform")
_ENCODED = re.compile(r"(Encoded authorization failure message: )[A-Za-z0-9_+/=.-]{40,}")
# RFC 3339 and its relatives: Python's logging has a comma before the milliseconds.
_MOMENT = re.compile(
    r"(?<!\d)(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_EPOCH = (946_684_800, 4_102_444_800)


def told(text: str, origin: Origin = NOWHERE, at: datetime | None = None, *, operation: str = "") -> Call | None:
    """
    The call that an error text tells of; None where no answer of AWS stands in it.

    Reads the first 65,536 characters, in linear time. `operation` is what is known of it from elsewhere, as
    `Call.operation` has it.
    """
    text = text[:LONGEST]
    denial = messages.parse(text)
    if denial is not None:
        return refused(denial, text, operation, origin, at)
    found = _CLIENT.search(text) or _GO.search(text)
    if found is not None:
        service = found.groupdict().get("service") or ""
        named = operation or _operations.named(service, found["operation"])
        return Call(named, _operations.action(named), code=found["code"], message=shown(found[0]), at=at, origin=origin)
    fault = messages.fault(text)
    if fault is None:
        return None
    reply = fault.reply
    named = operation or (_operations.named(reply.service or "", reply.operation) if reply and reply.operation else "")
    return Call(named, _operations.action(named), code=fault.code, message=shown(text), at=at, origin=origin)


def refused(
    denial: Denial, text: str, operation: str = "", origin: Origin = NOWHERE, at: datetime | None = None
) -> Call:
    """The call that the text says was refused, `denial` being what `messages.parse` reads in it."""
    reply = denial.reply
    asked = _operations.spelled(denial.action) if denial.action and not denial.form and ":" in denial.action else None
    if not operation and reply is not None and reply.operation:
        service = reply.service or _service(reply.operation, asked)
        operation = _operations.named(service, reply.operation)
    return Call(
        operation,
        asked or _operations.action(operation),
        arn(denial.caller),
        arn(denial.resource),
        denial.code or _CODES.get(denial.form, "AccessDenied"),
        shown(_without_prefix(text)),
        _denied_by(denial),
        None if denial.kind is None else denial.kind is Kind.EXPLICIT,
        at=at,
        origin=origin,
    )


def answered(code: str, message: str, *, operation: str, origin: Origin = NOWHERE, at: datetime | None = None) -> Call:
    """The call of `operation` that failed with an error code and a message that are told apart."""
    name = operation.rpartition(":")[2] or "Unknown"
    found = told(messages.shown(message, operation=name, code=code), origin, at, operation=operation) if code else None
    if found is None:
        found = Call(operation, _operations.action(operation), code=code, at=at, origin=origin)
    return replace(found, operation=operation, code=code, message=shown(message))


def encoded(text: str) -> bool:
    """Whether the text holds an authorization message that only AWS STS can decode."""
    return _ENCODED.search(text) is not None


def shown(text: str) -> str:
    """A text of AWS as it may be shown: without credentials, without what only AWS can decode, and not too long."""
    # The end of what is redacted may be half a credential, so more is redacted than is shown.
    clean = redact.text(_ENCODED.sub(r"\1…", text[: 4 * SHOWN]).strip())
    return clean if len(clean) <= SHOWN else f"{clean[: SHOWN - 1]}…"


def arn(text: str | None) -> str | None:
    """An ARN, or `*`, as it may be shown; None for anything else."""
    if text is None or not (text.startswith("arn:") or text == "*"):
        return None
    # A line of an answer in XML ends in its tag.
    return redact.line(text[: 4 * _ARN].partition("</")[0])[:_ARN]


def moment(text: object) -> datetime | None:
    """
    The time in the first 200 characters of a text, or of a number of seconds or milliseconds since 1970.

    It has a zone where the text tells one, as in `Result.at`.
    """
    if isinstance(text, bool):
        return None
    if isinstance(text, (int, float)):
        # Compared before it is divided: JSON may hold a number that no float holds.
        seconds = text / 1000 if _EPOCH[1] < text < 1000 * _EPOCH[1] else text
        return datetime.fromtimestamp(seconds, UTC) if _EPOCH[0] < seconds < _EPOCH[1] else None
    found = _MOMENT.search(text[:200]) if isinstance(text, str) else None
    if found is None:
        return None
    zone = "+00:00" if found[4] == "Z" else found[4] or ""
    fraction = f".{(found[3] or '0')[:6]:0<6}"
    try:
        return datetime.fromisoformat(f"{found[1]}T{found[2]}{fraction}{zone}")
    except ValueError:
        return None


# ---------------------------------------------------------------- helpers


def _without_prefix(text: str) -> str:
    """A text from where AWS or its client begins to speak, where that is to be seen."""
    found = _BEGINS.search(text)
    return text[found.start() :] if found is not None else text


def _service(operation: str, asked: str | None) -> str:
    """The service of an operation that several have, by the action that the answer names."""
    prefix = (asked or "").partition(":")[0]
    owners = _operations.owners(operation)
    return (
        prefix
        if prefix and any(_operations.named(prefix, operation) == f"{owner}:{operation}" for owner in owners)
        else ""
    )


def _denied_by(denial: Denial) -> str | None:
    if denial.setting is not None:
        return f"S3 Block Public Access ({denial.setting})"
    if denial.type is not None:
        return _WORDS.get(denial.type, str(denial.type))
    return _BESIDE.get(denial.form)

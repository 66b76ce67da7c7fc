"""What sts:DecodeAuthorizationMessage makes of an encoded authorization failure message."""

from __future__ import annotations

from typing import Any

from iamsim import jsontext
from iamsim.errors import InputError
from iamsim.sts.messages._denials import Denial
from iamsim.sts.messages._fields import Kind


def decoded(text: str) -> Denial | None:
    """
    The denial that a decoded message tells of, None where it tells of an allowed request.

    `text` is the value of `DecodedMessage`, or the whole answer that has it, as the AWS CLI prints it. The
    policy type is in neither: `matchedStatements` names statements, `failures` those that did not apply.
    Raises `InputError` for a text that is no such message.
    Source: AWS STS API Reference, "DecodeAuthorizationMessage".
    """
    told = jsontext.load(text, "decoded message")
    if isinstance(told, dict) and isinstance(told.get("DecodedMessage"), str):
        told = jsontext.load(told["DecodedMessage"], "decoded message")
    if not isinstance(told, dict) or not isinstance(told.get("explicitDeny"), bool):
        raise InputError(
            "is no decoded authorization message: it has no `explicitDeny`",
            hint="give the `DecodedMessage` that `aws sts decode-authorization-message` answers with",
        )
    if told.get("allowed") is True:
        return None
    context = _object(told, "context")
    return Denial(
        _text(_object(context, "principal"), "arn"),
        _text(context, "action"),
        _text(context, "resource"),
        Kind.EXPLICIT if told["explicitDeny"] else Kind.IMPLICIT,
    )


def _object(given: dict[str, Any], name: str) -> dict[str, Any]:
    value = given.get(name)
    return value if isinstance(value, dict) else {}


def _text(given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    return value if isinstance(value, str) and value else None

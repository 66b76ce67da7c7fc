"""Denials: what an access-denied text says, read and written by the same forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from iamsim.model.policy import PolicyType
from iamsim.sts.messages import _codes, _reading
from iamsim.sts.messages._clients import CLIENTS, Reply
from iamsim.sts.messages._fields import DenialType, Kind
from iamsim.sts.messages._forms import first
from iamsim.sts.messages._sentences import FRAMES, SENTENCES


@dataclass(frozen=True, slots=True)
class Denial:
    """
    What an access-denied text says; None where it does not say it.

    `action` is as AWS spells it there (`SNS:Publish`), and not always the operation called. `kind` and
    `type` are None where the text gives no reason, or one that no policy type is named in: then
    `because` has AWS's words. `policy_arn` follows explicit denials only. `through_scp` marks a VPC endpoint
    policy that denies by way of an SCP; `setting` names the S3 Block Public Access setting that denied.
    `form` is empty for the sentence that IAM writes, else the name of the sentence in `SENTENCES`.

    `encoded` is for `sts:DecodeAuthorizationMessage`, `authorization_id` and its console link
    `details` for `iam:GetRequestAuthorizationDetails`. `operation_first`: EC2's own sentence stands before
    IAM's. `reply` is what the client showed besides.
    Source: IAM User Guide, "Troubleshoot access denied error messages".
    """

    caller: str | None = None
    action: str | None = None
    resource: str | None = None
    kind: Kind | None = None
    type: DenialType | None = None
    policy_arn: str | None = None
    through_scp: bool = False
    setting: str | None = None
    because: str | None = None
    form: str = ""
    encoded: str | None = None
    authorization_id: str | None = None
    details: str | None = None
    operation_first: bool = False
    reply: Reply | None = None

    @property
    def code(self) -> str | None:
        """The error code that the client showed."""
        return self.reply.code if self.reply is not None else None

    @property
    def request_id(self) -> str | None:
        """The id of the request, as the client showed it."""
        return self.reply.request_id if self.reply is not None else None


def parse(text: str) -> Denial | None:
    """
    The denial that `text` tells of; None when it is no access-denied text of this grammar.

    Reads the first 65,536 characters, in linear time. Where the whole text is no message, its lines are
    read one by one and the first that is one counts. `Access Denied` and the like, which anybody may
    write, count beside an error code that denies. Documented uses that the words do not tell apart are in
    `hints`.
    """
    for candidate in _reading.candidates(text):
        for reply, message in _reading.unwrapped(candidate):
            found = _sentence(reply, message)
            if found is not None:
                return found
    return None


def written(denial: Denial) -> str:
    """
    The words of AWS for a denial, as its client shows them; `parse` reads them back.

    `ValueError` for values that no form of words tells together.
    """
    values = _values(denial)
    reply = values.pop("reply", None)
    around = {name: values.pop(name) for name in _ADDED if name in values}
    service = (denial.action or "").partition(":")[0]
    text = first(SENTENCES, values, service=service).write(values)
    for frame in reversed(FRAMES):
        names = frame.names - {"sentence"}
        if frame.written and names <= around.keys():
            text = frame.write({name: around.pop(name) for name in names} | {"sentence": text})
    if around:
        raise ValueError(f"no form of words tells {sorted(around)} alone")
    return text if reply is None else rewrapped(reply, text)


def rewrapped(reply: Reply, message: str) -> str:
    """A message as the client of `reply` shows it."""
    values = _values(reply) | {"message": message}
    return first(CLIENTS, values).write(values)


def hints(denial: Denial) -> tuple[str, ...]:
    """What the same words can also mean."""
    if denial.form:
        return _HINTS.get(denial.form, ())
    if denial.kind is None and denial.caller is not None and denial.because is None:
        return ("an explicit and an implicit denial read alike here", "either account may have refused")
    if denial.kind is Kind.EXPLICIT and denial.type is PolicyType.SCP:
        return ("older services use these words for an SCP that allows nothing, too",)
    if denial.kind is Kind.EXPLICIT and denial.type is PolicyType.RESOURCE and _of_s3(denial):
        return ("or S3 restricts a bucket whose policy is public (RestrictPublicBuckets)",)
    if denial.kind is Kind.IMPLICIT and denial.type is PolicyType.RESOURCE:
        return ("no statement of the resource policy allows it", "or S3 ignores public ACLs (IgnorePublicAcls)")
    return ()


def _sentence(reply: Reply | None, message: str) -> Denial | None:
    added, sentence = _reading.peeled(message, FRAMES)
    denies = reply is not None and reply.code is not None and _codes.denies(reply.code)
    for form in SENTENCES:
        found = form.read(sentence)
        if found is not None and (form.bare or denies or "encoded" in added):
            return Denial(**found, **added, reply=reply)
    return None


def _values(given: Denial | Reply) -> dict[str, Any]:
    """What is told, by name."""
    named = {field.name: getattr(given, field.name) for field in fields(given)}
    return {name: value for name, value in named.items() if value is not None and value is not False and value != ""}


def _of_s3(denial: Denial) -> bool:
    return (denial.action or "").startswith("s3:")


_ADDED = frozenset().union(*(frame.names for frame in FRAMES)) - {"sentence"}
_HINTS: Mapping[str, tuple[str, ...]] = {
    "access-denied": (
        "S3 gives no reason outside one organization, for directory buckets, and for an object that may not exist",
    ),
    "forbidden": ("an answer without a body gives no reason", "S3 answers so for an object that may not exist"),
    "operation": ("sts:DecodeAuthorizationMessage tells the reason of the encoded message",),
    "kms-ciphertext": ("the key may be missing, be in another Region, or be refused",),
    "lake-formation": ("Lake Formation refused: IAM policies may well allow it",),
    "opensearch": ("the domain's fine-grained access control refused: IAM policies may well allow it",),
    "api-gateway": ("an authorizer of the API refused, or the policy that it gave",),
}

"""The words AWS answers with, written and parsed by one grammar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from iamsim.model.arn import Arn
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.report import Message
from iamsim.model.verdict import Decision, Explanation, Layer


class Kind(StrEnum):
    """Whether a Deny statement matched, or no Allow did."""

    EXPLICIT = "explicit"
    IMPLICIT = "implicit"


ROLE_TRUST = "role trust policy"
"""The type that AWS names where a role's trust policy decided."""

DenialType = PolicyType | str
"""A policy type, or `ROLE_TRUST`."""

STATUS: Mapping[str, int] = {
    "AccessDenied": 403,
    "ValidationError": 400,
    "InvalidParameterValue": 400,
    "MalformedPolicyDocument": 400,
    "PackedPolicyTooLarge": 400,
    "ExpiredTokenException": 400,
    "InvalidIdentityToken": 400,
    "IDPRejectedClaim": 403,
    "IDPCommunicationError": 400,
    "RegionDisabledException": 403,
    "InvalidAuthorizationMessageException": 400,
}
"""The error codes of AWS STS and their HTTP status (AWS STS API Reference, the errors of each action)."""


@dataclass(frozen=True, slots=True)
class Denial:
    """
    What an access-denied text says.

    `caller` is None in the one form without a caller (`Not authorized to perform …`). `kind` and
    `type` are None where the text gives no reason. `policy_arn` only follows explicit denials by an
    identity, boundary, session, SCP or RCP policy. `through_scp` marks a VPC endpoint policy that
    denies by way of an SCP; `setting` names the S3 Block Public Access setting that denied.
    Source: IAM User Guide, "Troubleshoot access denied error messages".
    """

    caller: str | None
    action: str
    resource: str | None = None
    kind: Kind | None = None
    type: DenialType | None = None
    policy_arn: str | None = None
    through_scp: bool = False
    setting: str | None = None


def written(denial: Denial) -> str:
    """The words of AWS for a denial; `parsed` reads them back."""
    if denial.caller is None:
        return f"Not authorized to perform {denial.action}"
    resource = ""
    if denial.resource is not None:
        # S3 quotes the resource, whose key may hold blanks.
        quote = '"' if denial.action.startswith("s3:") or " " in denial.resource else ""
        resource = f" on resource: {quote}{denial.resource}{quote}"
    return f"User: {denial.caller} is not authorized to perform: {denial.action}{resource}{_reason(denial)}"


def parsed(text: str) -> Denial | None:
    """
    The denial that `text` tells of; None when it is no access-denied text of this grammar.

    What a client puts in front, the link to the access troubleshooter, an encoded authorization
    message and a closing full stop are passed over. Documented uses that the words do not tell
    apart are in `hints`.
    """
    text = _TAIL.split(text[:_LONGEST], maxsplit=1)[0].strip()
    bare = _BARE.search(text)
    if bare:
        return Denial(None, bare[1])
    start = _SUBJECT.search(text)
    if start is None:
        return None
    caller, action, rest = start[1], start[2], text[start.end() :]
    reason, rest = _split(rest)
    resource = _resource(rest, ends=not reason)
    if resource is None and rest.strip(" ."):
        return None
    return Denial(caller, action, resource or None, **_read_reason(reason))


def hints(denial: Denial) -> tuple[str, ...]:
    """What the same words can also mean."""
    if denial.kind is None and denial.caller is not None:
        return ("an explicit and an implicit denial read alike here", "either account may have refused")
    if denial.kind is Kind.EXPLICIT and denial.type is PolicyType.SCP:
        return ("older services use these words for an SCP that allows nothing, too",)
    if denial.kind is Kind.IMPLICIT and denial.type is PolicyType.RESOURCE:
        return ("no statement of the resource policy allows it", "or S3 ignores public ACLs (IgnorePublicAcls)")
    return ()


def shown(text: str, *, operation: str = "AssumeRole", code: str = "AccessDenied") -> str:
    """`text` as the AWS CLI and botocore show an error."""
    return f"An error occurred ({code}) when calling the {operation} operation: {text}"


def denial(explanation: Explanation, *, trust: bool, operation: str | None = None) -> Message:
    """
    The words that a refused request is expected to be answered with.

    `trust`: the resource policy is a role's trust policy. `operation` wraps the words as a client
    shows them. AWS names one policy type even where several refuse; this is the one that decided in
    AWS's order of enforcement, and `others` gives the rest.
    """
    text = written(_predicted(explanation, trust=trust))
    return Message(shown(text, operation=operation) if operation else text, "AWS", "inferred")


def others(explanation: Explanation, *, trust: bool) -> tuple[str, ...]:
    """The policy types that refuse as well and that the predicted words do not name."""
    primary = _primary(explanation)
    named = (_WORDS.get(_type(layer, trust=trust) or "") for layer in explanation.failing if layer is not primary)
    return tuple(dict.fromkeys(name for name in named if name))


def _predicted(explanation: Explanation, *, trust: bool) -> Denial:
    request = explanation.request
    caller = request.principal.arn.replace(HOLE, "<session>")
    plain = Denial(caller, request.action, None if request.resource == "*" else request.resource.replace(HOLE, "<…>"))
    kinds = {_KINDS[decision] for decision in explanation.possible if decision in _KINDS}
    layer = _primary(explanation)
    type_ = _type(layer, trust=trust)
    # Outside one organization the caller learns no reason, and so not which account refused.
    if type_ is None or len(kinds) != 1 or not _told(explanation):
        return plain
    kind = kinds.pop()
    policy = None
    if kind is Kind.EXPLICIT and type_ in _WITH_ARN and explanation.decisive:
        name = explanation.decisive[0].policy
        policy = name if name.startswith("arn:") else None
    return Denial(plain.caller, plain.action, plain.resource, kind, type_, policy)


def _primary(explanation: Explanation) -> Layer | None:
    if explanation.layer is not None:
        return explanation.layer
    return explanation.failing[0] if explanation.failing else None


def _type(layer: Layer | None, *, trust: bool) -> DenialType | None:
    if layer is None or layer is Layer.SERVICE:
        return None
    return ROLE_TRUST if trust and layer is Layer.RESOURCE else PolicyType(layer.value)


def _told(explanation: Explanation) -> bool:
    """Whether caller and resource are of one account, or of one organization as far as the request tells."""
    request = explanation.request
    owner = request.resource_account
    if owner is None and request.resource.startswith("arn:"):
        owner = Arn.parse(request.resource).account or None
    if owner is None or owner == request.principal.account:
        return True
    values = request.context.values
    ours, theirs = values.get("aws:principalorgid"), values.get("aws:resourceorgid")
    return ours is not None and ours == theirs


_KINDS = {Decision.EXPLICIT_DENY: Kind.EXPLICIT, Decision.IMPLICIT_DENY: Kind.IMPLICIT}
_WITH_ARN = (PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION, PolicyType.SCP, PolicyType.RCP)
_WORDS: Mapping[DenialType, str] = {
    PolicyType.SCP: "service control policy",
    PolicyType.RCP: "resource control policy",
    PolicyType.VPC_ENDPOINT: "VPC endpoint policy",
    PolicyType.BOUNDARY: "permissions boundary",
    PolicyType.SESSION: "session policy",
    PolicyType.RESOURCE: "resource-based policy",
    PolicyType.IDENTITY: "identity-based policy",
    ROLE_TRUST: ROLE_TRUST,
}
# "sessions policy" stands in one example of AWS's page.
_TYPES = {words: type_ for type_, words in _WORDS.items()} | {"sessions policy": PolicyType.SESSION}
_ARTICLES = {PolicyType.IDENTITY: "an", ROLE_TRUST: "the"}
_THROUGH = "with an explicit deny in a VPC endpoint policy transitively through a service control policy"

_LONGEST = 16_384
_SUBJECT = re.compile(r"\bUser: (\S+) is not authorized to perform:\s{1,8}([A-Za-z0-9-]+:[A-Za-z0-9*]+)")
_BARE = re.compile(r"(?:^|: )Not authorized to perform ([a-z0-9-]+:[A-Za-z0-9*]+)\.?$")
_TAIL = re.compile(r"[. ]*\bGo to https://console\.aws\.amazon\.com/|[. ]*\bEncoded authorization failure message:")
_REASONS = tuple(
    re.compile(pattern)
    for pattern in (
        r" because no (?P<type>[A-Za-z -]{1,40}) allows the \S{1,200} action[ .]*",
        r" because public (?:ACLs|policies) are prevented by the (?P<setting>[A-Za-z]{1,40}) setting in S3 Block Public Access[ .]*",
        rf" (?P<through>{_THROUGH})[ .]*",
        r" with an explicit deny(?: in (?:an?|the) (?P<denied>[A-Za-z -]{1,40})(?:: (?P<policy>arn:\S+))?)?[ .]*",
    )
)


def _reason(denial: Denial) -> str:
    if denial.setting is not None:
        what = "ACLs" if "Acls" in denial.setting else "policies"
        return f" because public {what} are prevented by the {denial.setting} setting in S3 Block Public Access"
    if denial.through_scp:
        return f" {_THROUGH}"
    if denial.kind is None:
        return ""
    if denial.type is None:
        return " with an explicit deny" if denial.kind is Kind.EXPLICIT else ""
    words = _WORDS[denial.type]
    if denial.kind is Kind.IMPLICIT:
        return f" because no {words} allows the {denial.action} action"
    policy = f": {denial.policy_arn}" if denial.policy_arn else ""
    return f" with an explicit deny in {_ARTICLES.get(denial.type, 'a')} {words}{policy}"


def _split(rest: str) -> tuple[re.Match[str] | None, str]:
    """The reason at the end of `rest`, and what comes before it; a resource may hold the words of a reason itself."""
    for mark in (" because ", " with an explicit deny"):
        at = rest.rfind(mark)
        if at >= 0:
            for pattern in _REASONS:
                match = pattern.fullmatch(rest, at)
                if match:
                    return match, rest[:at]
    return None, rest


def _read_reason(match: re.Match[str] | None) -> dict[str, Any]:
    """The fields of a `Denial` that a reason gives."""
    if match is None:
        return {}
    found = match.groupdict()
    if found.get("setting"):
        return {"kind": Kind.EXPLICIT, "setting": found["setting"]}
    if found.get("through"):
        return {"kind": Kind.EXPLICIT, "type": PolicyType.VPC_ENDPOINT, "through_scp": True}
    if found.get("type"):
        return {"kind": Kind.IMPLICIT, "type": _TYPES.get(found["type"])}
    policy = found.get("policy")
    return {
        "kind": Kind.EXPLICIT,
        "type": _TYPES.get(found.get("denied") or ""),
        "policy_arn": policy.rstrip(".") if policy else None,
    }


def _resource(rest: str, *, ends: bool) -> str | None:
    """The resource in what is left of the text; a closing full stop is not part of it where the text `ends`."""
    mark = " on resource: "
    if not rest.startswith(mark):
        return None
    resource = rest[len(mark) :]
    if resource.startswith('"') and resource.rstrip(".").endswith('"'):
        return resource.rstrip(".")[1:-1]
    return resource.rstrip(". ") if ends else resource

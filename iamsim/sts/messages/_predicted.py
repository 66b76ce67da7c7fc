"""The words that a refused request is expected to be answered with."""

from __future__ import annotations

from iamsim.model.arn import Arn
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.report import Message
from iamsim.model.verdict import Decision, Explanation, Layer
from iamsim.sts.messages._clients import Reply
from iamsim.sts.messages._denials import Denial, rewrapped, written
from iamsim.sts.messages._fields import ROLE_TRUST, WORDS, DenialType, Kind


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
    named = (WORDS.get(_type(layer, trust=trust) or "") for layer in explanation.failing if layer is not primary)
    return tuple(dict.fromkeys(name for name in named if name))


def shown(text: str, *, operation: str = "AssumeRole", code: str = "AccessDenied") -> str:
    """`text` as the AWS CLI and botocore show an error."""
    return rewrapped(Reply("botocore", code, operation), text)


def _predicted(explanation: Explanation, *, trust: bool) -> Denial:
    request = explanation.request
    caller = request.principal.arn.replace(HOLE, "<session>")
    plain = Denial(caller, request.action, None if request.resource == "*" else request.resource.replace(HOLE, "<…>"))
    kinds = {_KINDS[decision] for decision in explanation.possible if decision in _KINDS}
    layer = _primary(explanation)
    type_ = _type(layer, trust=trust)
    told = _told(explanation)
    if _is_generic(explanation, layer, told=told):
        return Denial(form="access-denied")
    # Outside one organization the caller learns no reason, and so not which account refused.
    if type_ is None or len(kinds) != 1 or not told:
        return plain
    kind = kinds.pop()
    policy = None
    if kind is Kind.EXPLICIT and type_ in _WITH_ARN and explanation.decisive:
        name = explanation.decisive[0].policy
        policy = name if name.startswith("arn:") else None
    return Denial(plain.caller, plain.action, plain.resource, kind, type_, policy)


def _is_generic(explanation: Explanation, layer: Layer | None, *, told: bool) -> bool:
    """
    Whether S3 says `Access Denied` and no more.

    So it answers to callers of other organizations, for directory buckets, and to another account of the
    organization where a VPC endpoint policy denies.
    Source: Amazon S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors in Amazon S3".
    """
    service = explanation.request.action.partition(":")[0].lower()
    if service == "s3express":
        return True
    return service == "s3" and (not told or (layer is Layer.VPC_ENDPOINT and not _within(explanation)))


def _primary(explanation: Explanation) -> Layer | None:
    if explanation.layer is not None:
        return explanation.layer
    return explanation.failing[0] if explanation.failing else None


def _type(layer: Layer | None, *, trust: bool) -> DenialType | None:
    if layer is None or layer is Layer.SERVICE:
        return None
    return ROLE_TRUST if trust and layer is Layer.RESOURCE else PolicyType(layer.value)


def _within(explanation: Explanation) -> bool:
    """Whether caller and resource are of one account, as far as the request tells."""
    request = explanation.request
    owner = request.resource_account
    if owner is None and request.resource.startswith("arn:"):
        owner = Arn.parse(request.resource).account or None
    return owner is None or owner == request.principal.account


def _told(explanation: Explanation) -> bool:
    """Whether caller and resource are of one account, or of one organization as far as the request tells."""
    values = explanation.request.context.values
    ours, theirs = values.get("aws:principalorgid"), values.get("aws:resourceorgid")
    return _within(explanation) or (ours is not None and ours == theirs)


_KINDS = {Decision.EXPLICIT_DENY: Kind.EXPLICIT, Decision.IMPLICIT_DENY: Kind.IMPLICIT}
_WITH_ARN = (PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION, PolicyType.SCP, PolicyType.RCP)

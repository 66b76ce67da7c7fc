"""What no policy tells and a decision may still depend on: grants of a key, ACLs, the path of a role; in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from iamsim.engine.services import s3, situation
from iamsim.model.arn import Arn
from iamsim.model.policy import Layers, PolicyType
from iamsim.model.principal import HOLE
from iamsim.model.verdict import Decision, Explanation, Layer

GRANTS, ACLS = "the grants of the key", "the ACLs"
"""What stands among `missing_context` beside condition keys; no colon is in it."""


def with_what_is_untold(explanation: Explanation, layers: Layers) -> Explanation:
    """
    The same answer, with what it depends on named where that is no policy, and with what it takes for granted.

    Which ACLs there are is only asked where they were told to be on (S3-005).
    """
    notes = (*explanation.notes, *_notes(explanation, layers))
    untold = tuple(_untold(explanation, layers))
    if not untold:
        return replace(explanation, notes=notes) if len(notes) > len(explanation.notes) else explanation
    missing = (*explanation.missing_context, *untold)
    _, mark, unseen = explanation.reason.partition("; not seen: " if explanation.missing_context else "not seen: ")
    reason = f"it depends on {', '.join(missing)}, which were not all loaded" + (
        f"; not seen: {unseen}" if mark else ""
    )
    return replace(explanation, reason=reason, missing_context=missing, notes=notes)


# ---------------------------------------------------------------- helpers

_OF_THE_ROLE = ("the role's path", "aws:principalarn")
_ACLS_OFF = (
    "ACLs are taken to be off, as they are on buckets made since April 2023 (object_ownership in resource.toml tells)"
)
_LIST_THEM = "a grant may allow it: save what `aws kms list-grants` prints as grants.json beside the key's policy.json"
_OF_ENDPOINTS = (
    "whether {} heeds the policy of a VPC endpoint is not known here, and the one of this endpoint may forbid it"
)
_FOREIGN_OBJECTS = "the bucket has ACLs: what another account owns in it, the bucket policy cannot allow"


def _untold(explanation: Explanation, layers: Layers) -> Iterator[str]:
    """What might still allow it: only where the resource's side or the caller's own policies lack an Allow."""
    if explanation.decision is not Decision.UNKNOWN or explanation.layer not in (Layer.RESOURCE, Layer.IDENTITY):
        return
    if layers.settings.get("grants") == "unknown":
        yield GRANTS
    if s3.acls_are_on(layers) and s3.acls_may_grant(explanation.request):
        yield ACLS


def _notes(explanation: Explanation, layers: Layers) -> Iterator[str]:
    if GRANTS in _untold(explanation, layers):
        yield _LIST_THEM
    entity = explanation.request.principal.entity or ""
    if HOLE in entity and any(key in _OF_THE_ROLE for key in explanation.missing_context):
        name = Arn.parse(entity).name.replace(HOLE, "")
        yield f"a session's ARN drops the path of its role: load `{name}`, or name the role"
    if "endpoint_policy" in layers.settings and PolicyType.VPC_ENDPOINT in explanation.unseen:
        yield _OF_ENDPOINTS.format(explanation.request.action.partition(":")[0])
    if _taken_to_grant_nothing(explanation, layers):
        yield f"no policy of `{_carrier(explanation.request.resource)}` was loaded: it is taken to grant nothing"
    if not s3.acls_may_grant(explanation.request):
        return
    lacks_bucket_policy = explanation.failing == (Layer.RESOURCE,)
    if s3.acls_are_on(layers):
        # S3-004: ACLs decide on objects that the bucket's owner does not own.
        if explanation.allowed and "/" in explanation.request.resource and layers.resource is not None:
            yield _FOREIGN_OBJECTS
    elif (
        explanation.decision is Decision.IMPLICIT_DENY
        and lacks_bucket_policy
        and "object_ownership" not in layers.settings
    ):
        yield _ACLS_OFF


def _taken_to_grant_nothing(explanation: Explanation, layers: Layers) -> bool:
    """
    Whether the request is denied where a resource policy that was not seen could have allowed it.

    In one account it can stand in for whatever the caller's own policies lack (EVAL-005), and for nothing else.
    """
    if explanation.decision is not Decision.IMPLICIT_DENY or PolicyType.RESOURCE not in layers.unseen:
        return False
    facts = situation(explanation.request, layers)
    own = not facts.cross_account and not facts.resource_must_allow and facts.resource_grants
    return own and set(explanation.failing) <= _STOOD_IN_FOR


_STOOD_IN_FOR = {Layer.IDENTITY, Layer.BOUNDARY, Layer.SESSION}


def _carrier(resource: str) -> str:
    """What would carry the policy, as a person reads it: the bucket of an object, text that is not told as a star."""
    arn = Arn.parse(resource)
    return str(replace(arn, resource=arn.bucket) if arn.bucket else arn).replace(HOLE, "*")

"""
AWS KMS: nothing is allowed unless the key policy allows it, directly or by delegating to the account.

A grant is one more Allow of the key's own side.

Source: AWS KMS Developer Guide, "Key policies in AWS KMS", "Grants in AWS KMS" and "Allowing users in
other accounts to use a KMS key".
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from iamsim.engine.evaluation import Situation
from iamsim.engine.principals import Grant, granted
from iamsim.engine.services import Service, changed
from iamsim.model.policy import Layers
from iamsim.model.request import Request

# The only operations that another account can be let do (KMS-006).
_SHAREABLE = frozenset(
    {
        "kms:creategrant",
        "kms:decrypt",
        "kms:derivesharedsecret",
        "kms:describekey",
        "kms:encrypt",
        "kms:generatedatakey",
        "kms:generatedatakeypair",
        "kms:generatedatakeypairwithoutplaintext",
        "kms:generatedatakeywithoutplaintext",
        "kms:generatemac",
        "kms:getkeyrotationstatus",
        "kms:getpublickey",
        "kms:listgrants",
        "kms:reencryptfrom",
        "kms:reencryptto",
        "kms:retiregrant",
        "kms:revokegrant",
        "kms:sign",
        "kms:verify",
        "kms:verifymac",
    }
)


def situation(general: Situation, request: Request, layers: Layers) -> Situation:
    """What becomes of the situation of a request to KMS."""
    if ":key/" not in request.resource:
        return general
    if general.cross_account and request.action.lower() not in _SHAREABLE:
        return changed(general, refused="KMS offers this operation to the key's own account only")
    unlisted = layers.settings.get("grants") == "unknown"
    general = _of_a_key(general, layers.settings.get("key_manager", "CUSTOMER"), unlisted)
    if general.cross_account and (unlisted or _may_be_granted(request, layers)):
        # Whether a grant that another account gave lets its grantee use the key without a policy of its own account,
        # AWS's page says once each way: an identity policy counts as needed in one reading only (KMS-009).
        return changed(
            general, cross_account=False, identity_must_allow=None, boundary_yields=None, session_yields=None
        )
    return general


@lru_cache(maxsize=256)
def _of_a_key(general: Situation, manager: str, unlisted: bool) -> Situation:  # noqa: FBT001 - facts of one situation
    """
    The situation of a call on a key; `manager` is AWS or CUSTOMER, or anything else where nobody told.

    RCPs reach customer managed keys only. No other account can use an AWS managed key, so that there
    the question does not arise.
    Source: AWS KMS Developer Guide, "Resource control policies in AWS KMS"; "AWS KMS keys" (KMS-012).
    """
    rcps_apply = general.rcps_apply
    if manager.upper() == "AWS":
        rcps_apply = False
    elif manager.upper() != "CUSTOMER" and rcps_apply and not general.cross_account:
        rcps_apply = None
    side_grant = Grant.DIRECT if unlisted else Grant.NONE
    return replace(general, resource_must_allow=True, rcps_apply=rcps_apply, side_grant=side_grant)


def _may_be_granted(request: Request, layers: Layers) -> bool:
    """Whether a grant of the key can name the caller and the operation; its constraints are the statement's business."""
    action = request.action.lower()
    return any(
        statement.principal is not None
        and action in (value.lower() for value in statement.action.values)
        and granted(statement.principal, request.principal, trusts=True)[1] > Grant.NONE
        for statement in layers.grants
    )


SERVICE = Service("kms", situation)

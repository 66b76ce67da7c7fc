"""
AWS KMS: nothing is allowed unless the key policy allows it, directly or by delegating to the account.

Source: AWS KMS Developer Guide, "Key policies in AWS KMS" and "Allowing users in other accounts to use a KMS key".
"""

from __future__ import annotations

from iamsim.engine.evaluation import Situation
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


def situation(general: Situation, request: Request, _: Layers) -> Situation:
    """What becomes of the situation of a request to KMS."""
    if ":key/" not in request.resource:
        return general
    if general.cross_account and request.action.lower() not in _SHAREABLE:
        return changed(general, refused="KMS offers this operation to the key's own account only")
    return changed(general, resource_must_allow=True)


SERVICE = Service("kms", situation)

"""
AWS IAM: objects that AWS owns can be read and used, and changed by nobody else.

Source: IAM User Guide, "Managed policies and inline policies" and "Create a service-linked role";
IAM Identity Center User Guide, "Referencing permission sets in resource policies".
"""

from __future__ import annotations

from iamsim.engine.evaluation import Situation
from iamsim.engine.services import Service, changed
from iamsim.model.policy import Layers
from iamsim.model.request import Request

_POLICY_CHANGES = frozenset(
    f"iam:{name}"
    for name in (
        "createpolicy", "createpolicyversion", "deletepolicy", "deletepolicyversion", "setdefaultpolicyversion", "tagpolicy",
        "untagpolicy",
    )
)  # fmt: skip
_ROLE_CHANGES = frozenset(
    f"iam:{name}"
    for name in (
        "attachrolepolicy", "detachrolepolicy", "putrolepolicy", "deleterolepolicy", "updateassumerolepolicy",
        "putrolepermissionsboundary", "deleterolepermissionsboundary", "deleterole",
    )
)  # fmt: skip
_RESERVED = (":role/aws-reserved/", ":role/aws-service-role/")


def situation(general: Situation, request: Request, _: Layers) -> Situation:
    """What becomes of the situation of a request to IAM."""
    action = request.action.lower()
    if action in _POLICY_CHANGES and ":iam::aws:policy/" in request.resource:
        return changed(general, refused="AWS managed policies are changed by AWS alone")
    if action in _ROLE_CHANGES and any(path in request.resource for path in _RESERVED):
        return changed(general, refused="roles under this path are changed by the service that owns them")
    return general


SERVICE = Service("iam", situation)

"""
AWS IAM: objects that AWS owns can be read and used, and changed by nobody else.

Source: IAM User Guide, "Managed policies and inline policies" and "Create a service-linked role";
IAM Identity Center User Guide, "Referencing permission sets in resource policies".
"""

from __future__ import annotations

from iamsim.engine.evaluation import Situation
from iamsim.engine.services import Service, changed
from iamsim.model.arn import is_aws_managed
from iamsim.model.policy import Layers
from iamsim.model.principal import PrincipalKind
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
_RESERVED = ("role/aws-reserved/", "role/aws-service-role/")


def situation(general: Situation, request: Request, _: Layers) -> Situation:
    """What becomes of the situation of a request to IAM."""
    action = request.action.lower()
    caller = request.principal
    if caller.kind is PrincipalKind.FEDERATED_USER:
        # Sessions of the console alone may (STS-056): the calls that are asked about here come from programs.
        return changed(general, refused="a GetFederationToken session can call no IAM operation from a program")
    if caller.kind is PrincipalKind.USER and caller.session is not None and _without_mfa(request):
        return changed(general, refused="a GetSessionToken session without MFA can call no IAM operation")
    if action in _POLICY_CHANGES and is_aws_managed(request.resource):
        return changed(general, refused="AWS managed policies are changed by AWS alone")
    if action in _ROLE_CHANGES and request.resource.split(":", 5)[-1].startswith(_RESERVED):
        return changed(general, refused="roles under this path are changed by the service that owns them")
    return general


def _without_mfa(request: Request) -> bool:
    """
    Whether the temporary credentials of a user were made without MFA.

    Source: AWS STS API Reference, GetFederationToken and GetSessionToken.
    """
    return request.context.values.get("aws:multifactorauthpresent") == ("false",)


SERVICE = Service("iam", situation)

"""
AWS STS: the role trust policy has to allow by itself, and a few calls that no policy touches.

Source: IAM User Guide, "IAM roles", "Pass session tags in AWS STS", "Monitor and control actions
taken with assumed roles"; AWS STS API Reference, GetCallerIdentity and GetSessionToken.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from iamsim.engine.evaluation import Situation
from iamsim.engine.principals import may_be_role
from iamsim.engine.services import Service, changed
from iamsim.model.policy import Layers
from iamsim.model.principal import HOLE, PrincipalKind
from iamsim.model.request import Request

_ON_A_ROLE = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithwebidentity",
        "sts:assumerolewithsaml",
        "sts:tagsession",
        "sts:setsourceidentity",
        "sts:setcontext",
    }
)
# Nothing is asked of policies; an explicit Deny has no effect either (EVAL-023).
_FREE = frozenset({"sts:getcalleridentity", "sts:getsessiontoken"})
# Only an IAM user or the root user, with long-term credentials, can call these (TRUST-015).
_LONG_TERM_ONLY = frozenset({"sts:getfederationtoken", "sts:getsessiontoken"})


def situation(general: Situation, request: Request, _: Layers) -> Situation:
    """What becomes of the situation of a request to STS."""
    action = request.action.lower()
    caller = request.principal
    if action in _LONG_TERM_ONLY and caller.is_session:
        return changed(general, refused="temporary credentials cannot call this operation")
    if action in _FREE:
        return changed(general, open_to_all=True)
    if action not in _ON_A_ROLE or request.resource == "*":
        return general
    if ":role/" not in request.resource and HOLE not in request.resource:
        return changed(general, refused="only a role can be assumed")
    if caller.kind is PrincipalKind.ROOT:
        return changed(general, refused="roles cannot be assumed by the account root user")
    if caller.kind is PrincipalKind.FEDERATED_USER:
        return changed(general, refused="a GetFederationToken session can call no STS operation but GetCallerIdentity")
    federated = caller.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML)
    if federated and general.cross_account:
        return changed(general, refused="an identity provider has to be in the role's own account")
    own = caller.entity == request.resource or may_be_role(request.resource, caller.entity)
    return _trusted(general, own, _identity_must_allow(action, caller.kind))


@lru_cache(maxsize=256)
def _trusted(general: Situation, own: bool, identity_must_allow: bool | None) -> Situation:  # noqa: FBT001 - facts of one situation
    """The situation of a call on a role; `own` is whether the role itself calls, or may."""
    return replace(
        general,
        resource_must_allow=True,
        identity_must_allow=identity_must_allow,
        # Since 2022 a role has to be trusted explicitly to assume itself; whether trust in its account is
        # explicit enough is not said (TRUST-007).
        delegates=None if own else True,
        # The table of what a boundary limits was written for resource policies in general; for trust policies
        # that name the caller AWS gives no example (SESS-009).
        boundary_yields=None,
    )


def _identity_must_allow(action: str, kind: PrincipalKind) -> bool | None:
    """
    Setting a source identity in role chaining needs the permission on both sides.

    For an IAM user of the same account that the trust policy names, the page's "principals must
    have permissions" and the general rule disagree: left open (STS-006).
    """
    if action != "sts:setsourceidentity":
        return False
    return True if kind is PrincipalKind.ROLE_SESSION else None if kind is PrincipalKind.USER else False


SERVICE = Service("sts", situation)

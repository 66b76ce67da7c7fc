"""
AWS STS: the role trust policy has to allow by itself, and a few calls that no policy touches.

Source: IAM User Guide, "IAM roles", "Pass session tags in AWS STS", "Monitor and control actions
taken with assumed roles"; AWS STS API Reference, GetCallerIdentity and GetSessionToken.
"""

from __future__ import annotations

from collections.abc import Mapping
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
# What is left of STS to a user with a session token (TRUST-014).
_WITH_SESSION_TOKEN = frozenset(
    {"sts:assumerole", "sts:tagsession", "sts:setsourceidentity", "sts:setcontext", "sts:getcalleridentity"}
)


def situation(general: Situation, request: Request, _: Layers) -> Situation:
    """What becomes of the situation of a request to STS."""
    action = request.action.lower()
    caller = request.principal
    if action == "sts:assumerole" and caller.kind is PrincipalKind.ROLE_SESSION and ":role/" in request.resource:
        # By far the most frequent: of all that follows only the last lines are about it.
        return _on_a_role(general, request, action)
    if action in _LONG_TERM_ONLY and (caller.is_session or caller.session is not None):
        return changed(general, refused="temporary credentials cannot call this operation")
    if caller.kind is PrincipalKind.FEDERATED_USER and action != "sts:getcalleridentity":
        return changed(general, refused="a GetFederationToken session can call no STS operation but GetCallerIdentity")
    if caller.kind is PrincipalKind.USER and caller.session is not None and action not in _WITH_SESSION_TOKEN:
        return changed(
            general, refused="a GetSessionToken session can call AssumeRole and GetCallerIdentity of STS alone"
        )
    if action == "sts:assumeroot":
        return _of_root(general, request)
    if action in _FREE:
        return changed(general, open_to_all=True)
    if action not in _ON_A_ROLE or request.resource == "*":
        return general
    if action == "sts:tagsession" and ":sts::" in request.resource:
        # Beside GetFederationToken: the user's own policies allow it, and there is no role to trust it (STS-058).
        return general
    if ":role/" not in request.resource and HOLE not in request.resource:
        return changed(general, refused="only a role can be assumed")
    if caller.kind is PrincipalKind.ROOT:
        return changed(general, refused="roles cannot be assumed by the account root user")
    federated = caller.kind in (PrincipalKind.WEB_IDENTITY, PrincipalKind.SAML)
    if federated and general.cross_account:
        return changed(general, refused="an identity provider has to be in the role's own account")
    return _on_a_role(general, request, action)


def _on_a_role(general: Situation, request: Request, action: str) -> Situation:
    caller = request.principal
    own = caller.entity == request.resource or may_be_role(request.resource, caller.entity)
    found = _trusted(general, own, _identity_must_allow(action, caller.kind))
    changes = _changes(action, request)
    return found if changes is False else changed(found, **_REFUSAL_OF_CHANGES[action, changes])


def _of_root(general: Situation, request: Request) -> Situation:
    """
    AssumeRoot: the caller's own policies decide, and no policy of the other account, which has none for its root user.

    Source: IAM User Guide, "Perform a privileged task on an AWS Organizations member account" (STS-061).
    """
    if request.principal.kind is PrincipalKind.ROOT:
        return changed(general, refused="the root user cannot call AssumeRoot")
    if request.resource != "*" and not request.resource.endswith(":root") and HOLE not in request.resource:
        return changed(general, refused="AssumeRoot is for the root user of an account")
    return changed(general, cross_account=False)


_REFUSAL_OF_CHANGES: Mapping[tuple[str, bool | None], Mapping[str, object]] = {
    ("sts:setsourceidentity", True): {"refused": "the source identity of a session goes on, and no other can be set"},
    ("sts:setsourceidentity", None): {"resource_refuses": None},
    ("sts:tagsession", True): {"refused": "a tag that the session inherits cannot be passed again"},
    ("sts:tagsession", None): {"resource_refuses": None},
}


def _changes(action: str, request: Request) -> bool | None:
    """
    Whether a call in a chain changes what its session brings along; STS then refuses it.

    Another source identity (STS-007), or any tag that has the key of a transitive one (STS-023).
    Source: IAM User Guide, "Monitor and control actions taken with assumed roles"; AWS STS API
    Reference, AssumeRole, Tags: "If you pass a session tag with the same key as an inherited tag,
    the operation fails."
    """
    context = request.context
    if action == "sts:setsourceidentity":
        carried, named = (context.values.get(key) for key in ("aws:sourceidentity", "sts:sourceidentity"))
        if not carried or not named:
            return False
        return None if HOLE in carried[0] or HOLE in named[0] else carried != named
    session = request.principal.session
    if action != "sts:tagsession" or session is None:
        return False
    keys = [f"aws:requesttag/{key.lower()}" for key in session.transitive_tag_keys]
    if any(key in context.values for key in keys):
        return True
    return False if all(map(context.is_absent, keys)) else None


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

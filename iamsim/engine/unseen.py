"""What a policy type allows that was not loaded, or of which there is no policy."""

from __future__ import annotations

from iamsim.engine.evaluation import DENY_ORDER, OUTSIDERS, Situation
from iamsim.engine.principals import Grant
from iamsim.model.policy import PolicyType


def without_policy(kind: PolicyType, unseen: frozenset[PolicyType], facts: Situation) -> Grant:
    """
    What a type of which no policy is loaded allows.

    Everything where it only limits, nothing where it grants. A type that was not seen is taken to
    allow where it has to, so that what is denied all the same is denied for sure; that an allowed
    request is not allowed for sure then is the caller's business.
    """
    if kind in (PolicyType.IDENTITY, PolicyType.RESOURCE):
        outsider = facts.kind in OUTSIDERS
        needed = kind is PolicyType.IDENTITY or facts.cross_account or facts.resource_must_allow or outsider
        return Grant.DIRECT if kind in unseen and needed else Grant.NONE
    return Grant.DIRECT


def unseen_that_count(unseen: frozenset[PolicyType], facts: Situation) -> tuple[PolicyType, ...]:
    """Those of the types that were not seen that could turn an allowed request into a denied one."""
    if facts.open_to_all or not unseen:
        return ()
    # Where AWS does not say whether they apply, they may.
    skipped = {
        PolicyType.SCP: facts.scps_apply is False,
        PolicyType.RCP: facts.rcps_apply is False,
        # Its Deny does not count, and its Allow is not needed: S3's one case, in the bucket's own account.
        PolicyType.RESOURCE: not facts.resource_denies,
    }
    return tuple(kind for kind in DENY_ORDER if kind in unseen and not skipped.get(kind))

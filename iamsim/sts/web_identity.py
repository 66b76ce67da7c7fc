"""sts:AssumeRoleWithWebIdentity: a provider's token in, a role session out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from iamsim.engine.context import KeyedSession
from iamsim.engine.simulator import Simulator
from iamsim.model.account import Role
from iamsim.model.principal import Principal, role_session
from iamsim.model.request import Context
from iamsim.model.server import Call
from iamsim.sts.assume_role import SET_SOURCE_IDENTITY, TAG_SESSION, Permission
from iamsim.sts.providers import WEB_IDENTITY, Provider, identity
from iamsim.sts.web_tokens import carried, keys, sent


def permissions(
    call: Call,
    claims: Mapping[str, Any],
    provider: Provider,
    simulator: Simulator,
    stated: Mapping[str, tuple[str, ...]] | None = None,
) -> tuple[Permission, ...]:
    """
    The requests that AWS authorizes before it answers, each asked of the role's trust policy.

    Of `call` the role and the session name count. A token with session tags needs sts:TagSession,
    one with a source identity sts:SetSourceIdentity. `stated` are condition keys of the request besides.
    Source: AWS STS API Reference, AssumeRoleWithWebIdentity (STS-050, OIDC-020, OIDC-021).
    """
    whole = sent(call, claims)
    values, absent, unsure = context(call, claims, provider)
    caller = identity(provider, call.role_arn)
    asked = (
        (WEB_IDENTITY, True),
        (SET_SOURCE_IDENTITY, whole.source_identity is not None),
        (TAG_SESSION, None if whole.tags is None else bool(whole.tags)),
    )
    found = []
    for action, needed in asked:
        if needed is False:
            continue
        request = simulator.request(
            caller, action, call.role_arn, values={**(stated or {}), **values}, absent=absent - set(stated or ())
        )
        known = request.context
        opened = Context(known.values, known.absent - unsure, complete=False)
        found.append(Permission(action, needed, replace(request, context=opened)))
    return tuple(found)


def context(
    call: Call, claims: Mapping[str, Any], provider: Provider
) -> tuple[Mapping[str, tuple[str, ...]], frozenset[str], frozenset[str]]:
    """
    The condition keys that the call brings, those that it does not, and those of which AWS's pages do not tell.

    Source: IAM User Guide, "IAM and AWS STS condition context keys" (STS-052, OIDC-006).
    """
    whole = sent(call, claims)
    values: dict[str, tuple[str, ...]] = {
        "sts:rolesessionname": (call.session_name,),
        "aws:federatedprovider": (provider.arn,),
        **keys(claims, provider),
    }
    absent = {"sts:externalid", "sts:durationseconds", "sts:requestcontext/", "sts:requestcontextproviders"}
    if whole.source_identity is None:
        absent.add("sts:sourceidentity")
    else:
        values["sts:sourceidentity"] = (whole.source_identity,)
    if whole.tags is not None:
        absent.add("aws:requesttag/")
        values |= {f"aws:requesttag/{key.lower()}": (value,) for key, value in whole.tags.items()}
        for name, found in (("aws:tagkeys", tuple(whole.tags)), ("sts:transitivetagkeys", whole.transitive_tag_keys)):
            if found:
                values[name] = found
            else:
                absent.add(name)
    roles = carried(claims).roles
    if roles is not None and call.role_arn in roles:
        values["sts:roleauthorizedbyidp"] = ("true",)
    # Of oaud AWS's page tells for Google alone, and of a token without a roles claim not whether the key is false or absent.
    unsure = {f"{provider.name}:oaud".lower(), "sts:roleauthorizedbyidp"} - set(values)
    return values, frozenset(absent), frozenset(unsure)


# ---------------------------------------------------------------- the session


def assumed(
    call: Call, claims: Mapping[str, Any], provider: Provider, role: Role | None, at: datetime | None
) -> Principal:
    """
    The session that a successful call gives, with what it carries into every later request.

    Its aud, sub and amr stay condition keys, email does not; whether those of single providers stay is
    left open. It is no chain: its own AssumeRole calls are (STS-053, OIDC-008).
    """
    whole = sent(call, claims)
    found = keys(claims, provider)
    stays = {f"{provider.name}:{claim}".lower() for claim in ("aud", "sub", "amr")}
    gone = {f"{provider.name}:email".lower()}
    session = KeyedSession(
        call.session_name,
        tags=whole.tags or {},
        transitive_tag_keys=whole.transitive_tag_keys,
        source_identity=whole.source_identity,
        policies=(call.session_policy,) if call.session_policy is not None else None,
        issued_at=at,
        known=whole.tags is not None,
        keys={
            **{key: value for key, value in found.items() if key in stays},
            "aws:federatedprovider": (provider.arn,),
        },
        open_keys=frozenset(found.keys() - stays - gone),
    )
    return role_session(
        call.role_arn,
        session,
        unique_id=role.unique_id if role is not None else None,
        tags=role.tags if role is not None else None,
    )

"""What STS reads from a provider's token, and what it refuses one for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from iamsim import redact
from iamsim.catalog import condition_keys
from iamsim.model.arn import is_role
from iamsim.model.principal import HOLE
from iamsim.model.report import Message
from iamsim.model.server import Call
from iamsim.model.token import Token
from iamsim.sts import parameters
from iamsim.sts.messages import shown
from iamsim.sts.providers import OAUTH, WEB_IDENTITY, Provider

OPERATION = "AssumeRoleWithWebIdentity"
TAGS, SOURCE_IDENTITY, ROLES = (f"https://aws.amazon.com/{name}" for name in ("tags", "source_identity", "roles"))
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
"""How a token may be signed (AWS STS API Reference, AssumeRoleWithWebIdentity; OIDC-010)."""


@dataclass(frozen=True, slots=True)
class Carried:
    """
    What the claims of a token put on the session.

    `tags` is None where the claim is there in a form that AWS's page does not have: what STS makes
    of it is not known. `roles` is None without such a claim. `odd` names the claims of that kind.
    Source: IAM User Guide, "Pass session tags in AWS STS" (OIDC-020 to 022).
    """

    tags: Mapping[str, str] | None
    transitive_tag_keys: tuple[str, ...]
    source_identity: str | None
    roles: tuple[str, ...] | None
    odd: tuple[str, ...]


def carried(claims: Mapping[str, Any]) -> Carried:
    """Session tags, source identity and roles from a token's claims, nested or flattened."""
    odd: list[str] = []
    tags: dict[str, str] = {}
    nested = claims.get(TAGS)
    given = nested if isinstance(nested, Mapping) else {}
    named = given.get("principal_tags", {})
    pairs = list(named.items()) if isinstance(named, Mapping) else []
    if (nested is not None and not isinstance(nested, Mapping)) or not isinstance(named, Mapping):
        odd.append(TAGS)
    start = f"{TAGS}/principal_tags/"
    pairs += [(claim.removeprefix(start), value) for claim, value in claims.items() if claim.startswith(start)]
    for key, value in pairs:
        one = value[0] if isinstance(value, list) and len(value) == 1 else value
        if isinstance(one, str):
            tags[key] = one
        else:
            odd.append(f"{TAGS} ({key})")
    keys = given.get("transitive_tag_keys", claims.get(f"{TAGS}/transitive_tag_keys", []))
    transitive = _texts(keys)
    if transitive is None:
        odd.append(f"{TAGS} (transitive_tag_keys)")
    source = claims.get(SOURCE_IDENTITY)
    if source is not None and not isinstance(source, str):
        odd.append(SOURCE_IDENTITY)
    roles = _texts(claims.get(ROLES))
    if ROLES in claims and (roles is None or not all(map(_is_one_role, roles))):
        roles = None
        odd.append(ROLES)
    unsure = any(name.startswith(TAGS) for name in odd)
    return Carried(
        None if unsure else tags,
        () if unsure else transitive or (),
        source if isinstance(source, str) else HOLE if source is not None else None,
        roles,
        tuple(odd),
    )


def sent(call: Call, claims: Mapping[str, Any]) -> Call:
    """`call` with what its token brings; external id, tags and source identity are no parameters of this operation (STS-052)."""
    found = carried(claims)
    return replace(
        call,
        source_identity=found.source_identity,
        tags=found.tags,
        transitive_tag_keys=found.transitive_tag_keys,
        external_id=None,
    )


# ---------------------------------------------------------------- what STS refuses before it looks at a policy


def errors(  # noqa: PLR0913 - the facts of one call
    call: Call,
    token: Token,
    provider: Provider | None,
    *,
    max_session_duration: int | None,
    at: datetime | None,
    provider_id: str | None = None,
) -> tuple[Message, ...]:
    """
    What the call is refused for whatever the trust policy says, in the words of STS.

    The token comes first: its form, its issuer, its time, its audience, its roles; then the
    parameters, and the tags and the source identity in it under their rules. `provider` is None
    where the account has none for the issuer. Which of several faults STS names, it does not say.
    Source: AWS STS API Reference, AssumeRoleWithWebIdentity (OIDC-001 to 015, STS-051 to 054).
    """
    of_call = parameters.errors(
        sent(call, token.claims), max_session_duration=max_session_duration, chained=False, operation=OPERATION
    )
    return (*_of_token(token, provider, call.role_arn, at, provider_id), *of_call)


def doubts(
    token: Token, provider: Provider | None, registered: Sequence[Provider] | None, at: datetime | None
) -> tuple[str, ...]:
    """
    What may be refused although the inputs do not tell it for certain, in words.

    As long as there is one, that STS takes the token is not sure: a signature nobody verified, a
    provider or an audience that was not loaded, a claim of a form that AWS's page does not have.
    """
    found: list[str] = []
    claims = token.claims
    if not token.verified:
        words = "was not verified" if token.verified is None else "does not verify with the key given"
        found.append(f"the token's signature {words}; STS fetches the provider's own keys, which it has to reach")
    if at is None and "exp" in claims:
        found.append("at which moment the token is used is not known, and so not whether it has expired by then")
    issued = claims.get("iat")
    if at is not None and issued is not None and _is_number(issued) and at.timestamp() - issued > _OLD.total_seconds():
        found.append("the token was issued more than 24 hours ago; STS is said to take none so old")
    if provider is not None and registered is None and not provider.built_in:
        found.append(f"whether the role's account has a provider for {redact.line(provider.issuer)} was not loaded")
    chosen = audiences(claims)
    if provider is not None and not provider.built_in:
        if provider.client_ids is None:
            found.append("the client ids of the provider were not loaded: the token's audience has to be one of them")
        elif len(chosen) > 1 and any(one in provider.client_ids for one in chosen):
            found.append("the token names several audiences and no azp: which one STS takes, it does not say")
    found += [
        f"the form of the claim {redact.line(name)} is not one that AWS's page has" for name in carried(claims).odd
    ]
    tags = carried(claims).tags
    call = Call("", "", tags=tags or {}, source_identity=carried(claims).source_identity)
    return (*found, *parameters.doubts(call))


def _of_token(
    token: Token, provider: Provider | None, role_arn: str, at: datetime | None, provider_id: str | None
) -> Iterator[Message]:
    claims = token.claims
    if provider_id is not None and provider_id not in OAUTH:
        yield _refused(
            "ValidationError",
            "ProviderId is for the access tokens of www.amazon.com and graph.facebook.com alone",
            "inferred",
        )
    if provider_id in OAUTH:
        # An access token is opaque: the provider itself is asked, and a refusal of it is IDPRejectedClaim.
        return
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer:
        yield _refused("InvalidIdentityToken", "Missing a required claim: iss", "inferred")
    elif provider is None:
        text = f"No OpenIDConnect provider found in your account for {redact.line(issuer)}"
        yield _refused("InvalidIdentityToken", text, "observed")
    algorithm = token.header.get("alg")
    if algorithm not in ALGORITHMS:
        text = f"the token is signed by {redact.line(str(algorithm))[:40]}; AWS STS takes {', '.join(ALGORITHMS)}"
        yield _refused("InvalidIdentityToken", text, "inferred")
    yield from (
        _refused("InvalidIdentityToken", f"Missing a required claim: {name}", "inferred")
        for name in ("sub", "aud", "exp", "iat")
        if name not in claims
    )
    yield from _of_time(claims, at)
    yield from _of_audience(claims, provider)
    roles = carried(claims).roles
    if roles is not None and role_arn not in roles and HOLE not in role_arn:
        text = f"the token's claim {ROLES} does not list the role"
        yield _refused("InvalidIdentityToken", text, "inferred")


def _of_time(claims: Mapping[str, Any], at: datetime | None) -> Iterator[Message]:
    for name in ("exp", "iat", "nbf"):
        if name in claims and not _is_number(claims[name]):
            yield _refused("InvalidIdentityToken", f"the token's claim {name} is no number of seconds", "inferred")
    if at is None:
        return
    now = at.timestamp()
    if _is_number(claims.get("exp")) and claims["exp"] <= now:
        text = (
            f"Token expired: current date/time {int(now)} must be before the expiration date/time {int(claims['exp'])}"
        )
        yield _refused("ExpiredTokenException", text, "inferred")
    for name in ("nbf", "iat"):
        if _is_number(claims.get(name)) and claims[name] > now:
            yield _refused("InvalidIdentityToken", f"the token is not valid before its claim {name}", "inferred")


def _of_audience(claims: Mapping[str, Any], provider: Provider | None) -> Iterator[Message]:
    chosen = audiences(claims)
    if provider is None or provider.built_in or provider.client_ids is None or not chosen:
        return
    if not any(one in provider.client_ids or HOLE in one for one in chosen):
        yield _refused("InvalidIdentityToken", "Incorrect token audience", "observed")


def _is_one_role(text: str) -> bool:
    """Whether a text is the ARN of one role, and no list of them in a form of its own."""
    return is_role(text) and text.count("arn:") == 1 and _BETWEEN.search(text) is None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LATEST


def _refused(code: str, text: str, basis: str) -> Message:
    return Message(shown(text, operation=OPERATION, code=code), "AWS", basis)


# ---------------------------------------------------------------- what the trust policy is asked


def audiences(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """The audiences that STS may take: `azp` where the token has it, else those of `aud` (OIDC-004, 005)."""
    authorized = claims.get("azp")
    if isinstance(authorized, str) and authorized:
        return (authorized,)
    return _texts(claims.get("aud", [])) or ()


def keys(claims: Mapping[str, Any], provider: Provider) -> Mapping[str, tuple[str, ...]]:
    """
    The condition keys that a token's claims become, by lower-case name; all other claims STS ignores.

    Every provider has aud, sub, amr and email; a few have more, as AWS's reference data list them.
    A value that is no text, or one of several audiences, is a `HOLE`.
    Source: IAM User Guide, "IAM and AWS STS condition context keys" (OIDC-002 to 007).
    """
    found: dict[str, tuple[str, ...]] = {}
    name = provider.name
    for claim, value in _flat(claims):
        key = f"{name}:{claim}".lower()
        # Claims tell upper from lower case, their keys do not, and AWS lists them in lower case.
        listed = claim == claim.lower() and condition_keys.sends(WEB_IDENTITY, key) is True
        if claim not in _SPECIAL and (claim in _EVERY or listed):
            texts = _texts(value)
            if texts != ():
                found[key] = (HOLE,) if texts is None or (len(texts) > 1 and claim != "amr") else texts
    chosen = audiences(claims)
    if chosen:
        found[f"{name}:aud".lower()] = chosen if len(chosen) == 1 else (HOLE,)
    original = _texts(claims.get("aud", [])) or ()
    if original and name == "accounts.google.com":
        found[f"{name}:oaud"] = original if len(original) == 1 else (HOLE,)
    return found


# ---------------------------------------------------------------- claims

_EVERY = frozenset({"sub", "amr", "email"})
_SPECIAL = frozenset({"aud", "azp", "oaud", "iss"})
_BETWEEN = re.compile(r"[;\s]")
_OLD = timedelta(hours=24)
_LATEST = 1e12


def _flat(claims: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The claims, and the members of those that are objects by `claim/member`, which is how AWS names them."""
    for claim, value in claims.items():
        if isinstance(value, Mapping):
            yield from ((f"{claim}/{member}", inner) for member, inner in value.items())
        else:
            yield claim, value


def _texts(value: object) -> tuple[str, ...] | None:
    """A text, or a list of texts; None for anything else."""
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or not all(isinstance(one, str) for one in found):
        return None
    return tuple(found)

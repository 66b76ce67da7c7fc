"""From options and settings to the inputs of a check."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from iamsim import overlay, redact, sources
from iamsim.check import Inputs
from iamsim.cli._options import RUNS_ON
from iamsim.cli._token import claims, token
from iamsim.cli._values import Options, endpoint, keys, moment, none_of, not_a_token, role_arn
from iamsim.errors import InputError
from iamsim.model.account import Account, Organization
from iamsim.model.arn import Arn, is_role
from iamsim.model.origin import Origin
from iamsim.model.principal import HOLE, Principal, PrincipalKind, principal
from iamsim.model.report import Input
from iamsim.model.token import Token
from iamsim.tools import bindings
from iamsim.tools.manifest import Manifest, named

_SHOWN = 5


def inputs(chosen: Options, progress: Callable[[str], None]) -> Inputs:
    """
    Everything a check needs, read. `progress` hears one line per step.

    Raises `InputError` for whatever is missing or wrong, with the choices there are.
    """
    role = role_arn(chosen("role_arn"))
    manifest = _manifest(chosen("tools"))
    mode = chosen("mode") or ""
    deployed = manifest.deployed(mode)
    settings = _settings(chosen, manifest)
    at = moment(chosen("at"))
    context, assumed, none = keys(chosen, "context"), keys(chosen, "assume"), none_of(chosen)
    found, of_key = token(chosen, manifest.server.token, settings, at)
    stated = claims(chosen, found)
    named_role = role or _claimed_role(manifest, found, stated)
    if named_role is None and found is None and manifest.server.assume is not None:
        # As `check` says it, before AWS is asked for anything: a wrong command outranks a failure.
        raise InputError(
            "no role is named", hint="give --role-arn ARN, a token that names one, or --claim role_arn=ARN"
        )
    caller = _caller(chosen, named_role, progress)
    chain = _chain(chosen)
    runs_on, service_account = _runs_on(chosen, caller)
    needed = (*_needed(chosen, deployed, settings, caller, named_role), *chain)
    loaded = organization(chosen, needed, named_role, progress)
    must_be_loaded(caller, loaded.organization)
    read = [
        *loaded.inputs,
        Input("tools", str(chosen("tools")), f"{len(deployed.tools)} tool" + ("" if len(deployed.tools) == 1 else "s")),
    ]
    if chosen.settings.path:
        read.append(Input("settings", chosen.settings.path))
    return Inputs(
        loaded.organization,
        deployed.server,
        deployed.tools,
        caller,
        at,
        mode=mode or (manifest.server.modes[0] if manifest.server.modes else ""),
        role_arn=role,
        token=found,
        of_key=of_key,
        claims=stated,
        settings=settings,
        context=context,
        assumed=assumed,
        none_of=none,
        region=chosen("region"),
        chain=chain,
        runs_on=runs_on,
        service_account=service_account,
        inputs=tuple(read),
    )


def organization(
    chosen: Options, needed: tuple[str, ...], role: str | None, progress: Callable[[str], None]
) -> sources.Loaded:
    """The organization of every `--policies`, later ones laid over earlier ones; the live account when there is none."""
    locations = chosen("policies") or ("aws",)
    asked = sources.Options(
        needed=needed,
        account=Arn.parse(role).account if role is not None and is_role(role) else None,
        profile=chosen("profile"),
        region=chosen("region"),
        endpoint_url=endpoint(chosen("endpoint_url")),
        progress=progress,
    )
    found = Organization()
    read: list[Input] = []
    for location in locations:
        loaded = sources.load(location, asked)
        found = overlay.overlay(found, loaded.organization)
        read += loaded.inputs
    _owned_once(found)
    return sources.Loaded(found, tuple(read))


def arn_of(caller: Principal) -> str:
    """What a source looks a caller up by: the role's ARN where no session is named, since a session's drops the path."""
    unnamed = caller.session is not None and caller.session.name == HOLE
    return caller.entity if unnamed and caller.entity is not None else caller.arn


def must_be_loaded(caller: Principal | None, loaded: Organization) -> None:
    """Refuses a role or user that its account, which is loaded, does not have; a session may be of a role on a path."""
    account = loaded.accounts.get(caller.account or "") if caller is not None else None
    if caller is None or account is None or caller.entity is None:
        return
    if caller.kind is PrincipalKind.USER and caller.entity not in account.users:
        names = ", ".join(sorted(account.users)[:_SHOWN]) or "none"
        raise InputError(
            f"user `{caller.entity}` is not among the policies of account {account.id}", hint=f"loaded users: {names}"
        )
    if caller.session is not None and caller.session.name == HOLE and caller.entity not in account.roles:
        names = ", ".join(sorted(account.roles)[:_SHOWN]) or "none"
        raise InputError(
            f"role `{caller.entity}` is not among the policies of account {account.id}", hint=f"loaded roles: {names}"
        )


# ---------------------------------------------------------------- helpers


def _owned_once(loaded: Organization) -> None:
    """Refuses a resource in two accounts: the ARN of a bucket does not tell whose it is, and the two would differ."""
    owners: dict[str, Account] = {}
    for account in loaded.accounts.values():
        for arn, resource in account.resources.items():
            other = owners.setdefault(arn, account)
            if other is not account:
                raise InputError(
                    f"`{arn}` is described in two accounts, {other.id} and {account.id}",
                    hint=f"it has one owner: take it out of the other (see also {other.resources[arn].origin})",
                    origin=resource.origin,
                )


def _manifest(text: str | None) -> Manifest:
    if text is None:
        raise InputError(
            "no server is named", hint="give --tools with a manifest file, or one that `iamsim tools list` shows"
        )
    return named(text)


def _settings(chosen: Options, manifest: Manifest) -> dict[str, tuple[str, ...]]:
    known = manifest.parameters
    try:
        stored = bindings.settings((f"{name}={value}" for name, value in chosen.settings.set.items()), known)
    except InputError as error:
        raise InputError(error.message, hint=error.hint, origin=Origin(str(chosen.settings.path), "/set")) from None
    return {**stored, **bindings.settings(chosen.given.get("set_") or (), known)}


def _claimed_role(manifest: Manifest, token: Token | None, stated: Mapping[str, Any]) -> str | None:
    """The role that the token or a stated claim names."""
    template = manifest.server.assume
    known = {**(token.claims if token is not None else {}), **stated}
    for name in template.role_claims if template is not None else ():
        value = known.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


def _caller(chosen: Options, role: str | None, progress: Callable[[str], None]) -> Principal | None:
    """Whom the server runs as; None for a process without AWS credentials."""
    text = chosen("server_principal")
    if text == "none":
        return None
    if text is None:
        raise InputError(
            "whom the server runs as is not told",
            hint="give --server-principal with the ARN of its task role, or none when its process has no AWS credentials"
            + _choices(chosen, role, progress),
        )
    not_a_token(text, "--server-principal", "give the ARN of the role that the server's process runs as")
    runs = "give the ARN of a role, a role session or a user, or none"
    try:
        found = principal(text)
    except InputError as error:
        raise InputError(error.message, hint=runs) from None
    if found.kind not in (PrincipalKind.ROLE_SESSION, PrincipalKind.USER, PrincipalKind.ROOT):
        raise InputError(f"`{redact.line(text)[:200]}` cannot run a server", hint=runs)
    return found


def _chain(chosen: Options) -> tuple[str, ...]:
    """The roles that the session goes on to."""
    found: tuple[str, ...] = tuple(chosen("chain") or ())
    for arn in found:
        if not is_role(arn):
            raise InputError(
                f"`{redact.line(arn)[:200]}` is not the ARN of a role",
                hint="--chain takes role ARNs in the order of the hops",
            )
    return found


def _runs_on(chosen: Options, caller: Principal | None) -> tuple[str, str | None]:
    """What hands the process its role, and the service account of its pod."""
    kind, account = chosen("runs_on") or "", chosen("service_account")
    if kind and kind not in RUNS_ON:
        raise InputError(f"`{redact.line(kind)[:60]}` runs no server here", hint=f"choose {', '.join(RUNS_ON)}")
    if kind and (caller is None or caller.kind is not PrincipalKind.ROLE_SESSION):
        raise InputError(
            f"{kind} hands out sessions of roles, and the server runs as something else",
            hint="give the role as --server-principal, or leave --runs-on out",
        )
    if account is not None and (kind not in ("irsa", "pod-identity") or not _SERVICE_ACCOUNT.fullmatch(account)):
        raise InputError(
            f"`{redact.line(account)[:60]}` is no service account of a pod that is handed a role",
            hint="write --service-account NAMESPACE/NAME, beside --runs-on irsa or pod-identity",
        )
    return kind, account


_SERVICE_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}/[a-z0-9][a-z0-9.-]{0,252}")


def _choices(chosen: Options, role: str | None, progress: Callable[[str], None]) -> str:
    """The loaded roles, for a hint; the live account is not asked for it."""
    locations = chosen("policies") or ("aws",)
    if any(location == "aws" or location.startswith("aws:") for location in locations):
        return ""
    arns = [found.arn for found in organization(chosen, (), role, progress).organization.roles()]
    return f"; loaded: {', '.join(arns[:_SHOWN])}" if arns else ""


def _needed(
    chosen: Options,
    manifest: Manifest,
    settings: Mapping[str, tuple[str, ...]],
    caller: Principal | None,
    role: str | None,
) -> tuple[str, ...]:
    """The ARNs in play, for a source that could read a whole account and should read those."""
    found = [role] if role is not None and is_role(role) else []
    if caller is not None:
        found.append(arn_of(caller))
    account = Arn.parse(found[0]).account if found else ""
    known = {"account": (account,), "region": (chosen("region") or "",)}
    for tool in manifest.tools:
        bound = bindings.Bindings({**known, **settings}, {**manifest.server.parameters, **tool.parameters})
        for requirement in tool.requirements:
            if bound.needed(requirement) is not False:
                found += [
                    arn
                    for arn in bound.resources(requirement)[0]
                    if arn.startswith("arn:") and HOLE not in arn.split("/")[0]
                ]
    return tuple(
        dict.fromkeys(
            arn.split("/")[0] if arn.startswith("arn:aws:s3:::") else arn
            for arn in found
            if HOLE not in arn.split("/")[0]
        )
    )

"""From options and settings to the inputs of a check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from iamsim import redact
from iamsim.check import Inputs
from iamsim.cli._loading import Loading, arn_of, must_be_loaded
from iamsim.cli._process import runs_as
from iamsim.cli._token import claims, token
from iamsim.cli._values import Options, keys, moment, none_of, role_arn
from iamsim.errors import InputError
from iamsim.model.arn import Arn, is_role
from iamsim.model.origin import Origin
from iamsim.model.principal import HOLE, Principal
from iamsim.model.report import Input
from iamsim.model.token import Token
from iamsim.tools import bindings
from iamsim.tools.manifest import Manifest, named


def inputs(chosen: Options, progress: Callable[[str], None]) -> Inputs:
    """
    Everything a check needs, read. `progress` hears one line per step.

    Raises `InputError` for whatever is missing or wrong, with the choices there are.
    """
    role = role_arn(chosen("role_arn"))
    manifest = manifest_of(chosen)
    mode = chosen("mode") or ""
    deployed = manifest.deployed(mode)
    values = settings_of(chosen, manifest)
    at = moment(chosen("at"))
    context, assumed, none = keys(chosen, "context"), keys(chosen, "assume"), none_of(chosen)
    found, of_key = token(chosen, manifest.server.token, values, at)
    stated = claims(chosen, found)
    named_role = role or claimed_role(manifest, found, stated)
    if named_role is None and found is None and manifest.server.assume is not None:
        # As `check` says it, before AWS is asked for anything: a wrong command outranks a failure.
        raise InputError(
            "no role is named", hint="give --role-arn ARN, a token that names one, or --claim role_arn=ARN"
        )
    loading = Loading(chosen, named_role, progress)
    process = runs_as(chosen, loading)
    caller = process.caller
    chain = _chain(chosen)
    endpoints = {**assumed, **context}.get("aws:sourcevpce", ())
    needed = (*_needed(chosen, deployed, values, caller, named_role), *chain, *endpoints)
    loaded = loading.organization(needed)
    must_be_loaded(caller, loaded.organization)
    read = [
        *loaded.inputs,
        *process.inputs,
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
        settings=values,
        context=context,
        assumed=assumed,
        none_of=none,
        region=chosen("region"),
        chain=chain,
        runs_on=process.runs_on,
        service_account=process.service_account,
        inputs=tuple(read),
    )


def manifest_of(chosen: Options) -> Manifest:
    """The manifest that is named; raises `InputError` without one."""
    text = chosen("tools")
    if text is None:
        raise InputError(
            "no server is named", hint="give --tools with a manifest file, or one that `iamsim tools list` shows"
        )
    return named(text)


def settings_of(chosen: Options, manifest: Manifest) -> dict[str, tuple[str, ...]]:
    """The values of parameters: those of the settings file under those of options, name by name."""
    known = manifest.parameters
    try:
        stored = bindings.settings((f"{name}={value}" for name, value in chosen.settings.set.items()), known)
    except InputError as error:
        raise InputError(error.message, hint=error.hint, origin=Origin(str(chosen.settings.path), "/set")) from None
    return {**stored, **bindings.settings(chosen.given.get("set_") or (), known)}


def claimed_role(manifest: Manifest, token: Token | None, stated: Mapping[str, Any]) -> str | None:
    """The role that the token or a stated claim names."""
    template = manifest.server.assume
    known = {**(token.claims if token is not None else {}), **stated}
    for name in template.role_claims if template is not None else ():
        value = known.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return None


# ---------------------------------------------------------------- helpers


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

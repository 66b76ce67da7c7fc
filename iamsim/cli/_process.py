"""Whom the server's process runs as, and what hands it that role."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from iamsim import config, redact
from iamsim.cli._loading import Loading
from iamsim.cli._options import RUNS_ON
from iamsim.cli._values import Options, not_a_token
from iamsim.errors import InputError
from iamsim.model.account import Workload
from iamsim.model.principal import Principal, PrincipalKind, principal
from iamsim.model.report import Input

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Process:
    """
    The server's process: `caller` is None where it has no AWS credentials.

    `runs_on` is what hands it its role, empty where that is not told; `service_account` the one of its pod.
    `inputs` say in the report where that was found.
    """

    caller: Principal | None
    runs_on: str = ""
    service_account: str | None = None
    inputs: tuple[Input, ...] = ()


def runs_as(chosen: Options, loading: Loading) -> Process:
    """
    The process that the options describe, or with `auto` the one workload among the policies.

    Raises `InputError` where that is not told, with the choices there are.
    """
    text = chosen("server_principal")
    if text is None:
        raise InputError(
            "whom the server runs as is not told",
            hint="give --server-principal with the ARN of its task role, or none when its process has no AWS credentials"
            + _choices(loading),
        )
    if text == "auto":
        return _found(chosen, loading)
    caller = None if text == "none" else _named(text)
    kind, account = _runs_on(chosen, caller)
    return Process(caller, kind, account)


# ---------------------------------------------------------------- helpers


def _named(text: str) -> Principal:
    not_a_token(text, "--server-principal", "give the ARN of the role that the server's process runs as")
    runs = "give the ARN of a role, a role session or a user, none, or auto"
    try:
        found = principal(text)
    except InputError as error:
        raise InputError(error.message, hint=runs) from None
    if found.kind not in (PrincipalKind.ROLE_SESSION, PrincipalKind.USER, PrincipalKind.ROOT):
        raise InputError(f"`{redact.line(text)[:200]}` cannot run a server", hint=runs)
    return found


def _found(chosen: Options, loading: Loading) -> Process:
    """The workload among the policies that the server is; one of several is never picked."""
    kind, account = chosen("runs_on"), chosen("service_account")
    every = loading.workloads()
    found = [
        each
        for each in every
        if (kind is None or each.runs_on == kind) and (account is None or each.service_account == account)
    ]
    if not found:
        of_kind = f" on {kind}" if kind else ""
        raise InputError(
            f"nothing among the policies runs with a role{of_kind}",
            hint="give --server-principal with the ARN of the server's role"
            + (f"; there are {_listed(every)}" if every else "; plans, templates and manifests tell what runs"),
        )
    if len({(each.role, each.runs_on, each.service_account) for each in found}) > 1:
        raise InputError(
            f"{len(found)} things among the policies run with a role: {_listed(found)}",
            hint="name one with --server-principal ARN, or narrow them with --runs-on and --service-account",
        )
    one = found[0]
    if one.role is None:
        raise InputError(
            f"the role of `{redact.line(one.name)[:120]}` is not told",
            hint="give --server-principal with its ARN",
            origin=one.origin,
        )
    caller = _named(one.role) if one.role else None
    what = f"{one.role or 'no role'}, on {one.runs_on}: {one.name} ({one.origin})"
    return Process(
        caller,
        one.runs_on if caller is not None else "",
        one.service_account,
        (Input("server principal", "auto", what),),
    )


def _listed(workloads: Iterable[Workload]) -> str:
    every = [f"{each.name} ({each.role or 'no role told'}, {each.runs_on})" for each in workloads]
    more = f" and {len(every) - _SHOWN:,} more" if len(every) > _SHOWN else ""
    return ", ".join(redact.line(each)[:200] for each in every[:_SHOWN]) + more


def _runs_on(chosen: Options, caller: Principal | None) -> tuple[str, str | None]:
    """What hands the process its role, and the service account of its pod."""
    kind, account = chosen("runs_on") or "", chosen("service_account")
    if kind and kind not in RUNS_ON:
        raise InputError(f"`{redact.line(kind)[:60]}` runs no server here", hint=config.closest(kind, RUNS_ON))
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


def _choices(loading: Loading) -> str:
    """The roles that are told without asking AWS, for a hint."""
    arns = [found.arn for found in loading.offline().roles()]
    return f"; loaded: {', '.join(arns[:_SHOWN])}" if arns else ""

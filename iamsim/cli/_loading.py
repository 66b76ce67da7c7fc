"""The policies that the options name, each source read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from iamsim import config, overlay, redact, sources
from iamsim.cli._values import Options, endpoint, moment, none_of, stated
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError
from iamsim.model.account import Account, Organization, Workload
from iamsim.model.arn import Arn, is_role
from iamsim.model.principal import HOLE, Principal, PrincipalKind
from iamsim.model.report import Input

_SHOWN = 5


class Loading:
    """
    Reads the policies of every `--policies`; the live account when there is none.

    `role` is the one that was asked about, whose account is that of sources which do not tell their own.
    """

    def __init__(self, chosen: Options, role: str | None, progress: Callable[[str], None]) -> None:
        self.locations: tuple[str, ...] = chosen("policies") or ("aws",)
        self._options = sources.Options(
            account=Arn.parse(role).account if role is not None and is_role(role) else None,
            role=role,
            parameters=parameters(chosen),
            profile=chosen("profile"),
            region=chosen("region"),
            endpoint_url=endpoint(chosen("endpoint_url")),
            read_as=_roles(chosen),
            progress=progress,
        )
        self._read: dict[str, sources.Loaded] = {}

    def organization(self, needed: tuple[str, ...]) -> sources.Loaded:
        """
        Later sources laid over earlier ones; `needed` are the ARNs that a live account is read for.

        Raises `InputError` for a resource in two accounts, and for a parameter that nothing takes.
        """
        found = Organization()
        read: list[Input] = []
        taken: frozenset[str] = frozenset()
        for location in self.locations:
            loaded = self._loaded(location, needed, found)
            found = overlay.overlay(found, loaded.organization)
            read += loaded.inputs
            taken |= loaded.parameters
        _owned_once(found)
        for name in self._options.parameters:
            if name not in taken:
                hint = config.closest(name, taken) if taken else "no template is among the policies"
                raise InputError(f"no template has a parameter `{redact.line(name)[:80]}`", hint=hint)
        return sources.Loaded(found, (*read, *_of_nobody(found)), taken)

    def offline(self) -> Organization:
        """What is told without asking AWS."""
        found = Organization()
        for location in self.locations:
            if not sources.is_live(location):
                needed = () if self._options.role is None else (self._options.role,)
                found = overlay.overlay(found, self._loaded(location, needed, found).organization)
        return found

    def workloads(self) -> tuple[Workload, ...]:
        """What runs with a role, by the last source that tells any, without asking AWS."""
        accounts = self.offline().accounts
        return tuple(each for _, account in sorted(accounts.items()) for each in account.workloads)

    def load(self, location: str) -> sources.Loaded:
        """What one location tells, alone; a live account is read for the role that was asked about."""
        return self._loaded(location, () if self._options.role is None else (self._options.role,), Organization())

    def _loaded(self, location: str, needed: tuple[str, ...], below: Organization) -> sources.Loaded:
        """What a location tells; a source that does not tell its account is in the one that all sources `below` it are in."""
        account = self._options.account or (next(iter(below.accounts)) if len(below.accounts) == 1 else None)
        options = replace(self._options, needed=needed, account=account)
        if sources.is_live(location):
            loaded = sources.load(location, options)
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            read = (replace(each, fetched=now) if each.kind == "policies" else each for each in loaded.inputs)
            return replace(loaded, inputs=tuple(read))
        if location not in self._read:
            self._read[location] = sources.load(location, options)
        return self._read[location]


def organization(
    chosen: Options, needed: tuple[str, ...], role: str | None, progress: Callable[[str], None]
) -> sources.Loaded:
    """What every `--policies` tells, for a command that asks once; see `Loading`."""
    return Loading(chosen, role, progress).organization(needed)


def simulator(chosen: Options, loaded: Organization) -> Simulator:
    """The engine over what was loaded, with what the options state."""
    return Simulator(
        loaded, at=moment(chosen("at")), region=chosen("region"), stated=stated(chosen), none_of=none_of(chosen)
    )


def parameters(chosen: Options) -> Mapping[str, str]:
    """The parameters of templates: options add to the settings and win name by name."""
    given = {}
    for text in chosen.given.get("parameter") or ():
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InputError(
                f"`{redact.line(text)[:60]}` states no parameter", hint="write --parameter Environment=production"
            )
        given[name.strip()] = value
    return {**chosen.settings.parameter, **given}


def arn_of(caller: Principal) -> str:
    """What a source looks a caller up by: the role's ARN where no session is named, since a session's drops the path."""
    unnamed = caller.session is not None and caller.session.name == HOLE
    return caller.entity if unnamed and caller.entity is not None else caller.arn


def must_be_loaded(caller: Principal | None, loaded: Organization) -> None:
    """Refuses a role or user that its account, which is loaded, does not have; a session may be of a role on a path."""
    account = loaded.accounts.get(caller.account or "") if caller is not None else None
    if caller is None or account is None or caller.entity is None:
        return
    if not account.roles and not account.users:
        # A manifest of pods, a bucket's policy: what tells no principals at all has not left this one out.
        return
    if caller.kind is PrincipalKind.USER and caller.entity not in account.users:
        names = ", ".join(sorted(account.users)[:_SHOWN]) or "none"
        raise InputError(
            f"user `{caller.entity}` is not among the policies of account {account.id}",
            hint=config.closest(caller.entity, account.users, f"loaded users: {names}"),
        )
    if caller.session is not None and caller.session.name == HOLE and caller.entity not in account.roles:
        names = ", ".join(sorted(account.roles)[:_SHOWN]) or "none"
        raise InputError(
            f"role `{caller.entity}` is not among the policies of account {account.id}",
            hint=config.closest(caller.entity, account.roles, f"loaded roles: {names}"),
        )


# ---------------------------------------------------------------- helpers


def _of_nobody(loaded: Organization) -> tuple[Input, ...]:
    """What changes for principals and resources that no source describes: their other policies are not known."""
    return tuple(
        Input("not seen", change.of, f"{change.origin or 'a source'} changes its policies, and no source describes it")
        for _, account in sorted(loaded.accounts.items())
        for change in account.changes
    )


def _roles(chosen: Options) -> tuple[str, ...]:
    found = tuple(chosen("read_as") or ())
    for arn in found:
        if not is_role(arn):
            raise InputError(
                f"`{redact.line(arn)[:200]}` is not the ARN of a role",
                hint="--read-as takes the ARN of a role that may read the account",
            )
    return found


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

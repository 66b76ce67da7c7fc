"""Every permission that every tool needs, asked with the credentials that it is asked with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from iamsim.model.principal import ANONYMOUS, HOLE, Principal
from iamsim.model.report import AssumeStep, Attempt, Need, RoleUse, Status, ToolResult
from iamsim.model.tool import Credential, Necessity, Requirement, Tool
from iamsim.probes.asking import Asker, status_of, worst
from iamsim.probes.case import Setup
from iamsim.probes.roles import Roles
from iamsim.sts import assume_role, providers
from iamsim.tools.bindings import Bindings


class Needs:
    """The needs of tools, each asked about; `roles` gives the session that the role's credentials are of."""

    def __init__(self, setup: Setup, asker: Asker, roles: Roles) -> None:
        self.setup = setup
        self.asker = asker
        self.roles = roles

    def of(self, tool: Tool, assume: AssumeStep) -> ToolResult:
        """Every need of one tool, those of the assume step first."""
        gates = tool.assumes and assume.status is not Status.NOT_APPLICABLE
        asked = _chosen([self._need(tool, requirement, assume) for requirement in tool.requirements])
        needs = [*(self._of_assume(assume) if gates else ()), *asked]
        uses = any(Credential.ROLE in need.requirement.credentials for need in asked)
        role = RoleUse.USES if uses else RoleUse.GATE_ONLY if tool.assumes else RoleUse.IGNORES
        return ToolResult(
            tool.name,
            tool.description,
            role,
            _credentials(tool, asked),
            Status.BLOCKED
            if self.setup.token.status is Status.DENIED
            else _tool_status(needs, assume, gates=gates, open_=bool(tool.unresolved)),
            tuple(needs),
            tool.on_failure,
            tool.notes,
            tool.source,
            tool.unresolved,
        )

    def _of_assume(self, assume: AssumeStep) -> Iterable[Need]:
        """The permissions of the AssumeRole call as needs of a tool that makes it."""
        template = self.setup.server.assume
        if template is None:
            return
        by_action = {self.asker.probes[name].explanation.request.action: name for name in assume.probes}
        tags = self.roles.call.tags if self.roles.call is not None else None
        rows: tuple[tuple[str, Necessity, bool | None, str], ...] = (
            (assume_role.ASSUME_ROLE, Necessity.REQUIRED, True, ""),
            (assume_role.SET_SOURCE_IDENTITY, Necessity.REQUIRED, template.source_identity is not None, ""),
            (
                assume_role.TAG_SESSION,
                Necessity.CONDITIONAL,
                None if tags is None else bool(tags),
                "the token carries session tags",
            ),
        )
        credential = Credential.SERVER
        if template.passes_token:
            # What a token carries is in the token: each permission that was asked is needed.
            credential = Credential.BEARER
            rows = tuple((action, Necessity.REQUIRED, True, "") for action in by_action or (providers.WEB_IDENTITY,))
        for action, necessity, needed, condition in rows:
            if needed is False and action == assume_role.SET_SOURCE_IDENTITY:
                continue
            requirement = Requirement(
                action, (assume.role_arn or HOLE,), (credential,), necessity,
                condition=condition, via="sts.assume_role", source=template.source,
            )  # fmt: skip
            found = by_action.get(action)
            attempts: tuple[Attempt, ...] = ()
            if needed is False:
                status = Status.NOT_NEEDED
            elif found is None:
                status = assume.status if assume.status in _NEVER_JUDGED else Status.UNKNOWN
                attempts = (Attempt(credential, status, assume.principal),)
            else:
                status = status_of(self.asker.probes[found].explanation)
                attempts = (Attempt(credential, status, assume.principal, (found,)),)
            gap = status is not Status.ALLOWED and needed is True and status is not Status.UNKNOWN
            yield Need(requirement, requirement.resources, needed, attempts, status, gap, of_call=True)

    def _need(self, tool: Tool, requirement: Requirement, assume: AssumeStep) -> Need:
        bindings = self.bindings(tool, requirement)
        needed = bindings.needed(requirement)
        resources, unbound = bindings.resources(requirement)
        if needed is False:
            return Need(requirement, resources, needed, (), Status.NOT_NEEDED)
        attempts: list[Attempt] = []
        for credential in requirement.credentials:
            attempts.append(self._attempt(credential, requirement, bindings, resources, unbound))
            # A call goes on to the next credential after a refusal, to an unsigned request as to any other.
            if attempts[-1].status not in (Status.DENIED, Status.NO_CREDENTIALS) or credential is Credential.BROKERED:
                break
        status = _overall(attempts)
        hypothetical = requirement.credentials[0] is Credential.ROLE and assume.status is not Status.ALLOWED
        missing = (*(bindings.unknown(requirement) if needed is None else ()), *unbound)
        gap = (
            needed is True
            and requirement.necessity is not Necessity.OPTIONAL
            and status in (Status.DENIED, Status.NO_CREDENTIALS)
        )
        if needed is None and status in (Status.DENIED, Status.NO_CREDENTIALS):
            status = Status.UNKNOWN
        return Need(
            requirement,
            resources,
            needed,
            tuple(attempts),
            status,
            gap,
            hypothetical,
            tuple(dict.fromkeys(missing)) if status is Status.UNKNOWN else (),
        )

    def _attempt(
        self,
        credential: Credential,
        requirement: Requirement,
        bindings: Bindings,
        resources: tuple[str, ...],
        unbound: tuple[str, ...],
    ) -> Attempt:
        if credential in (Credential.BEARER, Credential.NONE):
            return Attempt(credential, Status.NOT_IAM)
        principal = self._principal(credential)
        if principal is None:
            missing = Status.NO_CREDENTIALS if credential is Credential.SERVER else Status.UNKNOWN
            return Attempt(credential, missing)
        sent, absent = bindings.context(requirement)
        values = {**self.setup.server.context, **sent}
        ids = []
        for resource in resources:
            request = self.setup.simulator.request(
                principal,
                requirement.action,
                resource,
                values=values,
                absent=absent,
                unbound=unbound if HOLE in resource else (),
            )
            ids.append(self.asker.ask(request, requirement.via or requirement.action))
        status = worst([status_of(self.asker.probes[probe].explanation) for probe in ids])
        return Attempt(credential, status, principal.arn, tuple(ids))

    def _principal(self, credential: Credential) -> Principal | None:
        match credential:
            case Credential.SERVER:
                return self.setup.caller
            case Credential.UNSIGNED:
                return ANONYMOUS
            case _:
                return self.roles.session

    def bindings(self, tool: Tool, requirement: Requirement) -> Bindings:
        """The parameters of one need; `account` is that of whoever acts, unless it is set."""
        first = requirement.credentials[0]
        actor = self._principal(first) or self.setup.caller or self.roles.session
        known: dict[str, tuple[str, ...]] = {}
        if actor is not None and actor.account:
            known["account"] = (actor.account,)
        if self.setup.region:
            known["region"] = (self.setup.region,)
        parameters = {**self.setup.server.parameters, **tool.parameters}
        token = self.setup.token
        whole = token.status is not Status.NOT_APPLICABLE
        return Bindings({**known, **self.setup.settings}, parameters, _claims(token.claims), whole)


# ---------------------------------------------------------------- helpers


def _claims(claims: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """The claims of a token as a condition reads them: texts, several for a list; of an object only that it is there."""

    def texts(value: object) -> tuple[str, ...]:
        if isinstance(value, list):
            return tuple(text for each in value for text in texts(each))
        if isinstance(value, bool):
            return ("true" if value else "false",)
        if isinstance(value, dict):
            return ("an object",) if value else ()
        return () if value is None else (str(value),)

    return {name: texts(value) or ("",) for name, value in claims.items()}


_NEVER_JUDGED = (Status.INVALID, Status.NO_CREDENTIALS, Status.BLOCKED)
"""Of the AssumeRole call: no policy is looked at, because the server or STS stops before."""


def _overall(attempts: list[Attempt]) -> Status:
    """That of the attempt that decides: the first that is let through, else the last one made."""
    return attempts[-1].status if attempts else Status.NOT_NEEDED


def _credentials(tool: Tool, needs: list[Need]) -> tuple[Credential, ...]:
    """Whose authority the tool acts with: the credentials its needs end up with, then those it declares."""
    used = [_used(need) for need in needs]
    return tuple(dict.fromkeys((*used, *tool.credentials)))


def _used(need: Need) -> Credential:
    """The credential that a need is let through with, else the first one it has."""
    through = [attempt.credential for attempt in need.attempts if attempt.status in (Status.ALLOWED, Status.UNKNOWN)]
    had = [attempt.credential for attempt in need.attempts if attempt.status is not Status.NO_CREDENTIALS]
    return (*through, *had, *need.requirement.credentials)[0]


def _chosen(needs: list[Need]) -> list[Need]:
    """
    The needs, those `spared` that do not count since the tool has another way.

    Of needs with the same label in `any_of` the options are tried in the order written. One that is allowed is enough.
    Where none is, one that is not known leaves the tool open, and else the first one's needs are the gaps.
    """
    labels: dict[str, dict[str | int, list[int]]] = {}
    for number, need in enumerate(needs):
        if need.requirement.any_of and need.status is not Status.NOT_NEEDED:
            options = labels.setdefault(need.requirement.any_of, {})
            # What says no option is one of its own.
            options.setdefault(need.requirement.option or number, []).append(number)
    found = list(needs)
    for options in labels.values():
        statuses = [worst(_counted(needs[number]) for number in numbers) for numbers in options.values()]
        through = [status in (Status.ALLOWED, Status.NOT_IAM, Status.NOT_NEEDED) for status in statuses]
        if any(through):
            count = through
        elif Status.UNKNOWN in statuses:
            count = [status is Status.UNKNOWN for status in statuses]
        else:
            count = [number == 0 for number in range(len(statuses))]
        for numbers, counts in zip(options.values(), count, strict=True):
            for number in () if counts else numbers:
                found[number] = replace(needs[number], gap=False, spared=True)
    return found


def _counted(need: Need) -> Status:
    """What a need adds to the status of its tool, or of its option; not needed where it adds nothing."""
    open_ = need.status is Status.UNKNOWN and need.requirement.necessity is not Necessity.OPTIONAL
    counts = need.gap or open_ or need.status in (Status.ALLOWED, Status.NOT_IAM)
    return need.status if counts and not need.spared else Status.NOT_NEEDED


def _tool_status(needs: list[Need], assume: AssumeStep, *, gates: bool, open_: bool) -> Status:
    if gates and assume.status in (Status.DENIED, *_NEVER_JUDGED):
        return Status.BLOCKED
    counted = [Status.UNKNOWN if gates and assume.status is Status.UNKNOWN else Status.NOT_NEEDED]
    # What nobody can say may need anything.
    counted += [Status.UNKNOWN] if open_ else []
    found = worst((*counted, *map(_counted, needs)))
    return Status.NOT_IAM if found is Status.NOT_NEEDED else found

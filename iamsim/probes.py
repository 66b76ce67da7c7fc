"""The requests worth asking: assume the role, then every permission every tool needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from iamsim.engine.simulator import Simulator
from iamsim.model.arn import is_role
from iamsim.model.principal import ANONYMOUS, HOLE, Principal, Session, role_session
from iamsim.model.report import AssumeStep, Attempt, Message, Need, Probe, RoleUse, Status, TokenStep, ToolResult
from iamsim.model.request import Request
from iamsim.model.server import Call, Server
from iamsim.model.tool import Credential, Necessity, Requirement, Tool
from iamsim.model.verdict import Decision, Explanation
from iamsim.sts import assume_role, messages
from iamsim.sts import parameters as sts_parameters
from iamsim.tokens.claims import Built, command
from iamsim.tools.bindings import Bindings

Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Setup:
    """
    What is checked: a server with its tools, the principal its process runs as, and the call it would make.

    `caller` is None for a process without credentials. `role_arn` is the role that the token or the
    user names. `settings` are the parameters' given values; `account` and `region` are filled in
    from the principals where they are not among them.
    """

    simulator: Simulator
    server: Server
    tools: tuple[Tool, ...]
    caller: Principal | None
    role_arn: str | None
    built: Built | None
    token: TokenStep
    settings: Values = field(default_factory=dict)
    at: datetime | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A set-up with everything asked of it; `probes` in the order asked, by id."""

    setup: Setup
    assume: AssumeStep
    tools: tuple[ToolResult, ...]
    probes: Mapping[str, Probe]

    def explanation(self, id: str) -> Explanation:
        """The answer to one probe."""
        return self.probes[id].explanation


def asked(setup: Setup) -> Case:
    """Every request of the set-up, asked once each however many tools need it."""
    prober = _Prober(setup)
    assume = prober.assume()
    tools = tuple(prober.tool(tool, assume) for tool in setup.tools)
    return Case(setup, assume, tools, prober.probes)


def status_of(explanation: Explanation) -> Status:
    """A decision as the status of a step."""
    if explanation.decision is Decision.ALLOWED:
        return Status.ALLOWED
    return Status.DENIED if explanation.denied else Status.UNKNOWN


class _Prober:
    """Asks each request once and remembers it under an id."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.probes: dict[str, Probe] = {}
        self._known: dict[object, str] = {}
        call = setup.built.call if setup.built is not None else None
        self.call: Call | None = call if setup.server.assume is not None else None
        self.session = self._session()

    def ask(self, request: Request, what: str) -> str:
        """The id of the probe that asks this."""
        key = (
            request.principal.arn,
            request.action.lower(),
            request.resource,
            tuple(sorted(request.context.values.items())),
            request.context.absent,
        )
        found = self._known.get(key)
        if found is None:
            explanation = _naming(self.setup.simulator.explain(request))
            trust = request.action.startswith("sts:") and ":role/" in request.resource
            message = messages.denial(explanation, trust=trust) if explanation.denied else None
            found = self._known[key] = f"p{len(self.probes) + 1}"
            self.probes[found] = Probe(found, what, explanation, message)
        return found

    # ------------------------------------------------------------ the assume step

    def assume(self) -> AssumeStep:
        """The AssumeRole call: its parameters, then each permission it needs."""
        setup, template = self.setup, self.setup.server.assume
        if template is None:
            note = f"{setup.server.name}@{setup.server.version} makes no AssumeRole call"
            return AssumeStep(Status.NOT_APPLICABLE, setup.role_arn, _arn(setup.caller), notes=(note,))
        problems = setup.built.problems if setup.built is not None else ()
        if self.call is None:
            return AssumeStep(Status.BLOCKED, None, _arn(setup.caller), invalid=problems)
        role = setup.simulator.organization.role(self.call.role_arn) if _is_arn(self.call.role_arn) else None
        chained = setup.caller is not None and assume_role.chained(setup.caller)
        longest = role.max_session_duration if role is not None else None
        invalid = (*problems, *sts_parameters.errors(self.call, max_session_duration=longest, chained=chained))
        line = command(self.call, region=setup.region)
        notes = (*(setup.built.notes if setup.built is not None else ()), *sts_parameters.doubts(self.call))
        if setup.caller is None:
            words = Message(
                template.messages.get("no_credentials", "Unable to locate credentials"), "server", "observed"
            )
            return AssumeStep(
                Status.NO_CREDENTIALS, self.call.role_arn, None, self.call, (), invalid, (words,), line, notes
            )
        ids, statuses, predicted = [], [], []
        for permission in (
            assume_role.permissions(self.call, setup.caller, setup.simulator, setup.server.context)
            if _is_arn(self.call.role_arn)
            else ()
        ):
            ids.append(self.ask(permission.request, "the server's AssumeRole call"))
            probe = self.probes[ids[-1]]
            status = status_of(probe.explanation)
            statuses.append(Status.UNKNOWN if permission.needed is None and status is Status.DENIED else status)
            if permission.needed and probe.message is not None:  # of a check that may not be made: no promise
                predicted.append(probe.message)
        status = Status.INVALID if invalid else worst(statuses)
        if any(message.speaker == "server" for message in problems):
            status = Status.BLOCKED
        return AssumeStep(
            status, self.call.role_arn, setup.caller.arn, self.call, tuple(ids), invalid, tuple(predicted), line, notes
        )

    def _session(self) -> Principal | None:
        """Whoever acts with the role: the assumed session, or the one that a broker hands out."""
        setup = self.setup
        arn = self.call.role_arn if self.call is not None else setup.role_arn
        if arn is None or not _is_arn(arn):
            return None
        role = setup.simulator.organization.role(arn)
        if self.call is not None:
            return assume_role.assumed(self.call, role, setup.at, setup.caller, setup.simulator.organization)
        return role_session(
            arn,
            Session(HOLE, known=False),
            unique_id=role.unique_id if role else None,
            tags=role.tags if role else None,
        )

    # ------------------------------------------------------------ tools

    def tool(self, tool: Tool, assume: AssumeStep) -> ToolResult:
        """Every need of one tool, those of the assume step first."""
        gates = tool.assumes and assume.status is not Status.NOT_APPLICABLE
        needs = [*(self._of_assume(assume) if gates else ()), *(self._need(tool, r, assume) for r in tool.requirements)]
        own = [need for need in needs if not _is_assume(need.requirement)]
        uses = any(Credential.ROLE in need.requirement.credentials for need in own)
        role = RoleUse.USES if uses else RoleUse.GATE_ONLY if tool.assumes else RoleUse.IGNORES
        return ToolResult(
            tool.name,
            tool.description,
            role,
            _credentials(tool, own),
            Status.BLOCKED if self.setup.token.status is Status.DENIED else _tool_status(needs, assume, gates=gates),
            tuple(needs),
            tool.on_failure,
            tool.notes,
            tool.source,
        )

    def _of_assume(self, assume: AssumeStep) -> Iterable[Need]:
        """The permissions of the AssumeRole call as needs of a tool that makes it."""
        template = self.setup.server.assume
        if template is None:
            return
        by_action = {self.probes[name].explanation.request.action: name for name in assume.probes}
        tags = self.call.tags if self.call is not None else None
        rows = (
            (assume_role.ASSUME_ROLE, Necessity.REQUIRED, True, ""),
            (assume_role.SET_SOURCE_IDENTITY, Necessity.REQUIRED, template.source_identity is not None, ""),
            (
                assume_role.TAG_SESSION,
                Necessity.CONDITIONAL,
                None if tags is None else bool(tags),
                "the token carries session tags",
            ),
        )
        for action, necessity, needed, condition in rows:
            if needed is False and action == assume_role.SET_SOURCE_IDENTITY:
                continue
            requirement = Requirement(
                action, (assume.role_arn or HOLE,), (Credential.SERVER,), necessity,
                condition=condition, via="sts.assume_role", source=template.source,
            )  # fmt: skip
            found = by_action.get(action)
            attempts: tuple[Attempt, ...] = ()
            if needed is False:
                status = Status.NOT_NEEDED
            elif found is None:
                status = assume.status if assume.status in _NEVER_JUDGED else Status.UNKNOWN
                attempts = (Attempt(Credential.SERVER, status, assume.principal),)
            else:
                status = status_of(self.probes[found].explanation)
                attempts = (Attempt(Credential.SERVER, status, assume.principal, (found,)),)
            gap = status is not Status.ALLOWED and needed is True and status is not Status.UNKNOWN
            yield Need(requirement, requirement.resources, needed, attempts, status, gap)

    def _need(self, tool: Tool, requirement: Requirement, assume: AssumeStep) -> Need:
        bindings = self._bindings(tool, requirement)
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
            ids.append(self.ask(request, requirement.via or requirement.action))
        status = worst([status_of(self.probes[probe].explanation) for probe in ids])
        return Attempt(credential, status, principal.arn, tuple(ids))

    def _principal(self, credential: Credential) -> Principal | None:
        match credential:
            case Credential.SERVER:
                return self.setup.caller
            case Credential.UNSIGNED:
                return ANONYMOUS
            case _:
                return self.session

    def _bindings(self, tool: Tool, requirement: Requirement) -> Bindings:
        """The parameters of one need; `account` is that of whoever acts, unless it is set."""
        first = requirement.credentials[0]
        actor = self._principal(first) or self.setup.caller or self.session
        known: dict[str, tuple[str, ...]] = {}
        if actor is not None and actor.account:
            known["account"] = (actor.account,)
        if self.setup.region:
            known["region"] = (self.setup.region,)
        parameters = {**self.setup.server.parameters, **tool.parameters}
        return Bindings({**known, **self.setup.settings}, parameters)


# ---------------------------------------------------------------- helpers

_WORST_FIRST = (
    Status.INVALID,
    Status.NO_CREDENTIALS,
    Status.BLOCKED,
    Status.DENIED,
    Status.UNKNOWN,
    Status.ALLOWED,
    Status.NOT_IAM,
    Status.NOT_NEEDED,
)

_NEVER_JUDGED = (Status.INVALID, Status.NO_CREDENTIALS, Status.BLOCKED)
"""Of the AssumeRole call: no policy is looked at, because the server or STS stops before."""


def worst(statuses: Iterable[Status]) -> Status:
    """The status that counts for all of several; not needed when there are none."""
    found = set(statuses)
    return next((status for status in _WORST_FIRST if status in found), Status.NOT_NEEDED)


def _naming(explanation: Explanation) -> Explanation:
    """The explanation without the statements that speak of other actions and decided nothing: a report holds hundreds of probes."""
    decisive = set(map(id, explanation.decisive))
    kept = (v for v in explanation.statements if v.elements[0].matched is not False or id(v) in decisive)
    return replace(explanation, statements=tuple(kept))


def _overall(attempts: list[Attempt]) -> Status:
    """That of the attempt that decides: the first that is let through, else the last one made."""
    return attempts[-1].status if attempts else Status.NOT_NEEDED


def _is_assume(requirement: Requirement) -> bool:
    return requirement.via == "sts.assume_role"


def _credentials(tool: Tool, needs: list[Need]) -> tuple[Credential, ...]:
    """Whose authority the tool acts with: the credentials its needs end up with, then those it declares."""
    used = [_used(need) for need in needs]
    return tuple(dict.fromkeys((*used, *tool.credentials)))


def _used(need: Need) -> Credential:
    """The credential that a need is let through with, else the first one it has."""
    through = [attempt.credential for attempt in need.attempts if attempt.status in (Status.ALLOWED, Status.UNKNOWN)]
    had = [attempt.credential for attempt in need.attempts if attempt.status is not Status.NO_CREDENTIALS]
    return (*through, *had, *need.requirement.credentials)[0]


def _tool_status(needs: list[Need], assume: AssumeStep, *, gates: bool) -> Status:
    if gates and assume.status in (Status.DENIED, *_NEVER_JUDGED):
        return Status.BLOCKED
    counted = [Status.UNKNOWN if gates and assume.status is Status.UNKNOWN else Status.NOT_NEEDED]
    for need in needs:
        if need.gap:
            counted.append(need.status)
        elif need.status is Status.UNKNOWN and need.requirement.necessity is not Necessity.OPTIONAL:
            counted.append(Status.UNKNOWN)
        elif need.status in (Status.ALLOWED, Status.NOT_IAM):
            counted.append(need.status)
    found = worst(counted)
    return Status.NOT_IAM if found is Status.NOT_NEEDED else found


def _arn(principal: Principal | None) -> str | None:
    return principal.arn if principal is not None else None


def _is_arn(text: str) -> bool:
    return HOLE not in text and is_role(text)

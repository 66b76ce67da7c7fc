"""The roles on the way to the session that tools have: the server's own, the one it asks for, those behind it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from iamsim.model.arn import is_role
from iamsim.model.principal import HOLE, Principal, Session, role_session
from iamsim.model.report import AssumeStep, Message, Status
from iamsim.model.server import Call
from iamsim.probes.asking import Asker, best, status_of, worst
from iamsim.probes.case import Setup
from iamsim.sts import assume_role, first_role, providers, web_identity, web_tokens
from iamsim.sts import parameters as sts_parameters
from iamsim.tokens.claims import command


class Roles:
    """
    The calls that a set-up makes for roles, each asked about.

    `session` is whoever acts with the role: after `hops` the session at the end of the chain.
    """

    def __init__(self, setup: Setup, asker: Asker) -> None:
        self.setup = setup
        self.asker = asker
        call = setup.built.call if setup.built is not None else None
        self.call: Call | None = call if setup.server.assume is not None else None
        self.session = self._session()

    def assume(self) -> AssumeStep:
        """The AssumeRole call: its parameters, then each permission it needs."""
        setup, template = self.setup, self.setup.server.assume
        if template is None:
            note = f"{setup.server.name}@{setup.server.version} makes no AssumeRole call"
            return AssumeStep(Status.NOT_APPLICABLE, setup.role_arn, _arn(setup.caller), notes=(note,))
        problems = setup.built.problems if setup.built is not None else ()
        if self.call is None:
            return AssumeStep(Status.BLOCKED, None, _arn(setup.caller), invalid=problems)
        if template.passes_token:
            return self._by_token(self.call, problems)
        notes = setup.built.notes if setup.built is not None else ()
        if setup.caller is None:
            words = Message(
                template.messages.get("no_credentials", "Unable to locate credentials"), "server", "observed"
            )
            return AssumeStep(
                Status.NO_CREDENTIALS,
                self.call.role_arn,
                None,
                self.call,
                invalid=(*problems, *self._refusals(self.call, None)),
                predicted=(words,),
                command=command(self.call, region=setup.region),
                notes=(*notes, *sts_parameters.doubts(self.call)),
            )
        step = self._step(self.call, setup.caller, "the server's AssumeRole call", problems=problems, notes=notes)
        if any(message.speaker == "server" for message in problems):
            return replace(step, status=Status.BLOCKED)
        return step

    def _by_token(self, call: Call, problems: tuple[Message, ...]) -> AssumeStep:
        """The AssumeRoleWithWebIdentity call: what STS refuses about the token, then what the role's trust policy says of it."""
        setup, token = self.setup, self.setup.claims
        if token is None:
            return AssumeStep(Status.BLOCKED, call.role_arn, None, call, invalid=problems)
        provider = self.provider
        role = setup.simulator.organization.role(call.role_arn)
        longest = role.max_session_duration if role is not None else None
        refused = web_tokens.errors(call, token, provider, max_session_duration=longest, at=setup.at)
        notes = web_tokens.doubts(
            token, provider, providers.loaded(setup.simulator.organization, call.role_arn, token.claims), setup.at
        )
        if provider is None:
            return AssumeStep(Status.INVALID, call.role_arn, None, call, invalid=(*problems, *refused), notes=notes)
        asked = web_identity.permissions(call, token.claims, provider, setup.simulator, setup.server.context)
        return self._answered(
            asked,
            provider.arn,
            call,
            "the server's AssumeRoleWithWebIdentity call",
            invalid=(*problems, *refused),
            notes=notes,
        )

    @property
    def provider(self) -> providers.Provider | None:
        """Who issued the token that goes to STS; None where the role's account is known to have no provider for it."""
        token = self.setup.claims
        if token is None or self.call is None or not _is_arn(self.call.role_arn):
            return None
        role = self.call.role_arn
        return providers.provider(
            token.claims, role, providers.loaded(self.setup.simulator.organization, role, token.claims)
        )

    def hops(self) -> tuple[AssumeStep, ...]:
        """The further roles of the chain, each assumed by the session before it; the last session is the one that tools have."""
        found: list[AssumeStep] = []
        for role in self.setup.chain:
            if self.session is None:
                break
            simulator = self.setup.simulator
            # What the caller passes on is inherited; nothing tells of more.
            call = Call(role, HOLE)
            found.append(self._step(call, self.session, f"the role chain, to {role}"))
            organization = simulator.organization
            self.session = assume_role.assumed(call, organization.role(role), self.setup.at, self.session, organization)
        return tuple(found)

    def identity(self) -> AssumeStep | None:
        """Whether the process is handed its own role by where it runs; None where that is not told, or no role's session."""
        setup, caller = self.setup, self.setup.caller
        compute = first_role.COMPUTES.get(setup.runs_on)
        if compute is None or caller is None or caller.entity is None or not _is_arn(caller.entity):
            return None
        asked = first_role.requests(compute, caller.entity, setup.simulator, service_account=setup.service_account)
        ids = [self.asker.ask(request, f"how {compute.title} hands out the server's role") for request in asked]
        statuses = [status_of(self.asker.probes[name].explanation) for name in ids]
        # Of several clusters' providers one is the server's.
        any_of = not compute.service and len(ids) > 1
        status = best(statuses) if any_of else worst(statuses)
        messages = [self.asker.probes[name].message for name in ids]
        predicted = tuple(message for message in messages if message is not None) if status is Status.DENIED else ()
        return AssumeStep(
            status,
            caller.entity,
            compute.service or asked[0].principal.arn,
            probes=tuple(ids),
            predicted=predicted,
            notes=(compute.source,),
        )

    def _refusals(self, call: Call, caller: Principal | None) -> tuple[Message, ...]:
        """What STS refuses about the call whatever policies say."""
        role = self.setup.simulator.organization.role(call.role_arn) if _is_arn(call.role_arn) else None
        longest = role.max_session_duration if role is not None else None
        chained = caller is not None and assume_role.chained(caller)
        return tuple(sts_parameters.errors(call, max_session_duration=longest, chained=chained))

    def _step(
        self,
        call: Call,
        caller: Principal,
        what: str,
        *,
        problems: tuple[Message, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> AssumeStep:
        """One AssumeRole call by `caller`: what refuses it before any policy, then each permission it needs."""
        setup = self.setup
        known = _is_arn(call.role_arn)
        asked = assume_role.permissions(call, caller, setup.simulator, setup.server.context) if known else ()
        return replace(
            self._answered(
                asked,
                caller.arn,
                call,
                what,
                invalid=(*problems, *self._refusals(call, caller)),
                notes=(*notes, *sts_parameters.doubts(call)),
            ),
            command=command(call, region=setup.region),
        )

    def _answered(  # noqa: PLR0913 - the parts of a step
        self,
        asked: Iterable[assume_role.Permission],
        principal: str,
        call: Call,
        what: str,
        *,
        invalid: tuple[Message, ...],
        notes: tuple[str, ...],
    ) -> AssumeStep:
        ids, statuses, predicted, perhaps = [], [], [], []
        for permission in asked:
            ids.append(self.asker.ask(permission.request, what))
            probe = self.asker.probes[ids[-1]]
            status = status_of(probe.explanation)
            statuses.append(Status.UNKNOWN if permission.needed is None and status is Status.DENIED else status)
            if permission.needed is None:
                perhaps.append(ids[-1])
            elif probe.message is not None:  # of a check that may not be made: no promise
                predicted.append(probe.message)
        return AssumeStep(
            Status.INVALID if invalid else worst(statuses),
            call.role_arn,
            principal,
            call,
            tuple(ids),
            invalid,
            tuple(predicted),
            notes=notes,
            perhaps=tuple(perhaps),
        )

    def _session(self) -> Principal | None:
        """Whoever acts with the role: the assumed session, or the one that a broker hands out."""
        setup = self.setup
        arn = self.call.role_arn if self.call is not None else setup.role_arn
        if arn is None or not _is_arn(arn):
            return None
        role = setup.simulator.organization.role(arn)
        token, provider = setup.claims, self.provider
        if self.call is not None and token is not None and provider is not None:
            return web_identity.assumed(self.call, token.claims, provider, role, setup.at)
        if self.call is not None:
            return assume_role.assumed(self.call, role, setup.at, setup.caller, setup.simulator.organization)
        return role_session(
            arn,
            Session(HOLE, known=False),
            unique_id=role.unique_id if role else None,
            tags=role.tags if role else None,
        )


# ---------------------------------------------------------------- helpers


def _arn(principal: Principal | None) -> str | None:
    return principal.arn if principal is not None else None


def _is_arn(text: str) -> bool:
    return HOLE not in text and is_role(text)

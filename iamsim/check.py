"""The straight line from inputs to report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from iamsim import __version__, config, judging, lint, probes, redact
from iamsim.catalog import actions, provenance
from iamsim.engine.simulator import Simulator
from iamsim.errors import InputError, NothingToCheckError
from iamsim.model.account import Organization
from iamsim.model.arn import Arn, is_role
from iamsim.model.finding import Kind
from iamsim.model.policy import PolicyType
from iamsim.model.principal import Principal
from iamsim.model.report import SCHEMA, AssumeStep, Input, Report, Status, TokenStep
from iamsim.model.server import Call, Server
from iamsim.model.token import Token
from iamsim.model.tool import Tool
from iamsim.tokens import claims, jwt
from iamsim.tokens.claims import Built
from iamsim.tokens.weaknesses.weakness import Weakness

_CAVEATS = (
    "changes to IAM take a moment to be seen everywhere: the state is taken as settled",
    "what IAM does not decide is not judged: networks, S3 Object Lock, OpenSearch fine-grained access control and data access policies, Lake Formation",
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    Everything a check needs, read and parsed.

    `caller` is None for a server process without credentials. `claims` are those that the user
    states, over or instead of a token's. `of_key` is what is weak about the token's key. `settings` are parameter values as `--set` gives them.
    `context` and `assumed` are condition keys (lower case) with their values, the second ones
    assumptions; `none_of` policy types stated to be unattached. `inputs` and `notes` are what the
    report says about where things came from. `chain`, `runs_on` and `service_account`: see `probes.Setup`.
    `spared` are the keys of gaps that remedies taken together leave as they are; `remedies` the ids of those to take
    together, empty for the safe ones.
    """

    organization: Organization
    server: Server
    tools: tuple[Tool, ...]
    caller: Principal | None
    at: datetime
    mode: str = ""
    role_arn: str | None = None
    token: Token | None = None
    of_key: tuple[Weakness, ...] = ()
    claims: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    assumed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    none_of: frozenset[PolicyType] = frozenset()
    region: str | None = None
    chain: tuple[str, ...] = ()
    runs_on: str = ""
    service_account: str | None = None
    inputs: tuple[Input, ...] = ()
    spared: frozenset[str] = frozenset()
    remedies: tuple[str, ...] = ()

    def simulator(self) -> Simulator:
        """The engine over the organization, with what is stated."""
        return Simulator(
            self.organization,
            at=self.at,
            region=self.region,
            stated={**self.assumed, **self.context},
            none_of=self.none_of,
        )


def check(inputs: Inputs) -> Report:
    """
    The report of one check; its exit code is the gate's to set.

    Raises `InputError` for a role that is no role or is not among the loaded ones, and
    `NothingToCheckError` for a server without tools.
    """
    if not inputs.tools:
        raise NothingToCheckError(
            f"`{inputs.server.name}@{inputs.server.version}` has no tools", hint="name a manifest with tools"
        )
    built = claims.of_server(
        inputs.server, inputs.token, inputs.claims, settings=inputs.settings, at=inputs.at, role_arn=inputs.role_arn
    )
    role = _role(inputs, built)
    for hop in inputs.chain:
        _must_be_loaded(inputs.organization, hop)
    simulator = inputs.simulator()
    setup = probes.Setup(
        simulator,
        inputs.server,
        inputs.tools,
        inputs.caller,
        role,
        built,
        _token_step(inputs, built),
        inputs.settings,
        inputs.at,
        inputs.region,
        inputs.chain,
        inputs.runs_on,
        inputs.service_account,
        _passed_on(inputs),
        of_key=inputs.of_key,
    )
    case = probes.asked(setup)
    found = judging.findings(case)
    gaps = tuple(finding for finding in found if finding.kind is Kind.GAP)
    proven = judging.remedies(case, gaps) if gaps else ()
    open_ = tuple(gap for gap in gaps if gap.key not in inputs.spared)
    safe, wider = judging.together(case, open_, proven, inputs.remedies)
    return Report(
        schema=SCHEMA,
        version=__version__,
        at=inputs.at,
        role_arn=role,
        server=inputs.server,
        mode=inputs.mode,
        inputs=inputs.inputs,
        token=setup.token,
        assume=_redacted(case.assume),
        tools=case.tools,
        probes=tuple(case.probes.values()),
        findings=found,
        remedies=proven,
        assumptions=_assumptions(inputs, case),
        caveats=(*_CAVEATS, *_unlisted(case)),
        settings={
            name: ", ".join(redact.setting(name, value) for value in values)
            for name, values in sorted(inputs.settings.items())
        },
        reference=provenance.parts(),
        warnings=(*provenance.warnings(provenance.parts(), inputs.at), *_unreviewed(inputs.server)),
        identity=case.identity,
        hops=case.hops,
        policies=lint.in_play(inputs.organization, _in_play(case), stated=simulator.stated),
        together=safe,
        widened=wider,
    )


# ---------------------------------------------------------------- helpers


def _in_play(case: probes.Case) -> frozenset[str]:
    """The roles on the way, whoever asks for something, and what carries the policies of what is asked for."""
    organization = case.setup.simulator.organization
    found = {step.role_arn for step in (case.assume, *case.hops) if step.role_arn is not None}
    for probe in case.probes.values():
        request = probe.explanation.request
        found.add(request.principal.entity or "")
        carrier = organization.owner(request.resource) if request.resource.startswith("arn:") else None
        if carrier is not None:
            found.add(carrier[1].arn)
    return frozenset(found)


def _is_passed_on(server: Server) -> bool:
    """Whether STS verifies the token, whatever the server does."""
    return server.assume is not None and server.assume.passes_token


def _passed_on(inputs: Inputs) -> Token | None:
    """The token that the server hands to STS, with what the user states of it; None for a server that keeps it to itself."""
    if not _is_passed_on(inputs.server) or (inputs.token is None and not inputs.claims):
        return None
    found = inputs.token or Token({}, {})
    return replace(found, claims={**found.claims, **inputs.claims})


def _role(inputs: Inputs, built: Built | None) -> str | None:
    """The role that was asked about, or that the token names; refused when it cannot be the one meant."""
    named = inputs.role_arn or (built.call.role_arn if built is not None and built.call is not None else None)
    if named is None:
        if inputs.server.assume is not None and inputs.token is None:
            raise InputError(
                "no role is named", hint="give --role-arn ARN, a token that names one, or --claim role_arn=ARN"
            )
        return None
    if inputs.role_arn is not None and not is_role(inputs.role_arn):
        raise InputError(
            f"`{redact.line(named)[:200]}` is not the ARN of a role",
            hint="a role ARN reads arn:aws:iam::111122223333:role/name",
        )
    if is_role(named) and inputs.role_arn is not None:
        _must_be_loaded(inputs.organization, named)
    return named


def _must_be_loaded(organization: Organization, role: str) -> None:
    account = organization.accounts.get(Arn.parse(role).account)
    if account is not None and role not in account.roles:
        names = ", ".join(sorted(account.roles)[:5]) or "none"
        raise InputError(
            f"role `{role}` is not among the policies of account {account.id}",
            hint=config.closest(role, account.roles, f"loaded roles: {names}"),
        )


def _token_step(inputs: Inputs, built: Built | None) -> TokenStep:
    stated = tuple(sorted(inputs.claims))
    role = built.call.role_arn if built is not None and built.call is not None else None
    shown = {
        name: redact.value(name, value)
        for name, value in {**(inputs.token.claims if inputs.token else {}), **inputs.claims}.items()
    }
    ignored = built.ignored if built is not None else tuple(sorted(shown))
    token = inputs.token
    if token is None:
        return TokenStep(Status.NOT_APPLICABLE, None, {}, shown, role, (), stated, ignored)
    profile = inputs.server.token
    refusals = jwt.server_words(token, profile) if profile is not None else ()
    status = (
        Status.DENIED
        if refusals
        else Status.UNKNOWN
        if token.verified is None and profile is not None and (profile.verifies or _is_passed_on(inputs.server))
        else Status.ALLOWED
    )
    header = {name: redact.value(name, value) for name, value in token.header.items()}
    return TokenStep(status, token.verified, header, shown, role, refusals, stated, ignored, token.origin)


def _redacted(step: AssumeStep) -> AssumeStep:
    """The step with tag values that are credentials taken out of the call."""
    call: Call | None = step.call
    if call is None or not call.tags:
        return step
    return replace(
        step, call=replace(call, tags={key: str(redact.value(key, value)) for key, value in call.tags.items()})
    )


def _shown(value: object) -> str:
    """A claim as JSON has it, text as it is."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _unlisted(case: probes.Case) -> tuple[str, ...]:
    """The actions that AWS does not list: misspelt in the manifest, or newer than the catalog."""
    asked = sorted({probe.explanation.request.action for probe in case.probes.values()})
    return tuple(
        f"AWS lists no action `{action}` (as of {actions.date()}): it is misspelt, or newer than that"
        for action in asked
        if not actions.exists(action)
    )


_MADE = {
    "inferred": "was inferred from the server's source",
    "recorded": "holds what was seen of the server's behaviour, and nothing else",
    "declared": "holds what the server declares of itself",
}


def _unreviewed(server: Server) -> tuple[str, ...]:
    """Said of a manifest that was made by program, and that nobody held against the server's source."""
    made = server.provenance
    if made is None or made.how not in _MADE or made.reviewed:
        return ()
    return (f"the manifest of {server.name}@{server.version} {_MADE[made.how]}; nobody has reviewed it",)


def _assumptions(inputs: Inputs, case: probes.Case) -> tuple[str, ...]:
    """What the answer rests on that nothing in the inputs proves."""
    found = [f"{key} is {', '.join(values)} (assumed)" for key, values in sorted(inputs.assumed.items())]
    found += [
        f"no {kind.value} policies are attached where none were seen (--assume-none)" for kind in sorted(inputs.none_of)
    ]
    found += [
        f"{key} is {', '.join(values)} on every call of the server (its profile)"
        for key, values in sorted(inputs.server.context.items())
    ]
    found += [
        f"{name} is {_shown(redact.value(name, value))} (stated)" for name, value in sorted(inputs.claims.items())
    ]
    if inputs.server.broker is not None:
        found.append(f"{inputs.server.broker.name} passes no session policy with the sessions it hands out (assumed)")
    if inputs.token is not None and inputs.token.verified is None:
        found.append("the token was read and not verified: no key was given")
    for probe in case.probes.values():
        found += probe.explanation.notes
    return tuple(dict.fromkeys(found))

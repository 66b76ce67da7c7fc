"""Sentences about a decision, shared by the rules that report one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from iamsim.catalog import condition_keys
from iamsim.engine.reasons import untold
from iamsim.engine.untold import GRANTS
from iamsim.model.arn import is_role
from iamsim.model.origin import Origin
from iamsim.model.policy import PolicyType
from iamsim.model.principal import HOLE, PrincipalKind
from iamsim.model.report import Need, RoleUse, ToolResult
from iamsim.model.tool import Credential
from iamsim.model.verdict import ElementVerdict, Explanation
from iamsim.probes import Case
from iamsim.sts import providers, refused_tokens
from iamsim.tokens.claims import Built

OPTIONS = {
    PolicyType.SCP: "--assume-none scp",
    PolicyType.RCP: "--assume-none rcp",
    PolicyType.BOUNDARY: "--assume-none boundary",
    PolicyType.RESOURCE: "--assume-none resource",
    PolicyType.VPC_ENDPOINT: "--assume-none vpc-endpoint",
}
"""The option that states a policy type to be unattached where it was not seen; identity policies can only be loaded."""


@dataclass
class Refusals:
    """Requests of one caller for one action that are refused alike, and the tools that make them."""

    who: str
    action: str
    how: str
    credential: Credential
    hypothetical: bool
    probes: dict[str, None] = field(default_factory=dict)
    tools: dict[str, None] = field(default_factory=dict)
    why: dict[str, None] = field(default_factory=dict)
    needs: list[tuple[ToolResult, Need]] = field(default_factory=list)

    @property
    def subject(self) -> str:
        """What tells the group apart from others, stable across runs."""
        return f"{self.who} {self.action} {self.how}"

    def resources(self, case: Case) -> tuple[str, ...]:
        """What is asked for, each once."""
        return tuple(dict.fromkeys(shown(case.explanation(name).request.resource) for name in self.probes))

    def where(self, case: Case) -> str:
        """The one resource, or how many."""
        found = self.resources(case)
        return found[0] if len(found) == 1 else f"{len(found)} resources"


def grouped(case: Case, refused: Iterable[tuple[ToolResult, Need, Credential, str]]) -> Iterator[Refusals]:
    """Refused probes as few groups: same caller, same action, by the same layers."""
    groups: dict[tuple[str, str, str], Refusals] = {}
    for tool, need, credential, name in refused:
        explanation = case.explanation(name)
        how = ",".join((explanation.decision, *explanation.failing))
        key = (caller(explanation), explanation.request.action, how)
        group = groups.setdefault(key, Refusals(*key, credential, need.hypothetical))
        group.probes[name] = None
        group.tools[tool.name] = None
        group.why[need.requirement.necessity] = None
        group.needs.append((tool, need))
    yield from groups.values()


def places(explanation: Explanation) -> tuple[Origin, ...]:
    """Where the deciding statements stand: at the element that failed where there is one."""
    found: list[Origin] = []
    for verdict in explanation.decisive:
        failure = next((element for element in verdict.elements if element.matched is not True), None)
        found.append(failure.origin if failure is not None and failure.origin.document else verdict.statement.origin)
    return tuple(dict.fromkeys(found))


def sentences(explanation: Explanation, built: Built | None = None) -> tuple[str, ...]:
    """For each deciding statement what did not match; the reason and AWS's words stand with the probe."""
    found: list[str] = []
    for verdict in explanation.decisive:
        failures = [e for e in verdict.elements if e.matched is not True]
        where = f"{verdict.policy}, {verdict.statement.label}"
        if len(failures) > 1 and verdict.elements[0].matched is False:
            # The closest statement there is, and not close: its place says enough.
            continue
        if not failures:
            found.append(f"{where}: {verdict.statement.effect} applies")
        found += [f"{where}: {failure.detail}{_never(failure, explanation, built)}" for failure in failures]
    return tuple(dict.fromkeys(found))


def settles(explanation: Explanation) -> tuple[str, ...]:
    """What would settle an unknown decision, each with the option that says it; parameters are named by their need."""
    found = [f"{key} (--context {key}=…)" for key in explanation.missing_context if ":" in key]
    # Which resource it is comes first: with that, its policy may have been seen.
    unseen = (k for k in explanation.unseen if k is not PolicyType.RESOURCE or not explanation.request.unbound)
    found += [_unseen(explanation, kind) for kind in unseen]
    resource = explanation.request.resource
    if GRANTS in explanation.missing_context:
        listed = "save what `aws kms list-grants` prints as grants.json beside its policy.json"
        found.append(f"the grants of {shown(resource)} ({listed})")
    pieces = untold(explanation.statements)
    found += [f"what is not told in {policy}" for policy in pieces]
    if not found and HOLE in resource and not explanation.request.unbound:
        found.append(
            f"what the server puts for the `*` of {shown(resource)} (no option tells: allow all of it, or none)"
        )
    return tuple(found)


def stays_open(explanation: Explanation) -> tuple[str, ...]:
    """What would settle an unknown decision, a sentence each."""
    return tuple(f"it stays open until this is known: {line}" for line in settles(explanation))


def assume_tools(case: Case) -> tuple[str, ...]:
    """The tools that need the role to be assumable."""
    return tuple(tool.name for tool in case.tools if tool.role is not RoleUse.IGNORES)


def needed(case: Case, name: str) -> bool:
    """Whether the AssumeRole calls need this permission for sure: sts:TagSession is asked about where tags are not told, too."""
    return not any(name in step.perhaps for step in case.calls)


def claims_wanted(case: Case, explanation: Explanation) -> tuple[str, ...]:
    """
    For a token that a trust policy refuses: statement by statement the claim, what it is, and what it would have to be.

    Empty for any other request.
    """
    token = case.setup.claims
    role = explanation.request.resource
    if token is None or not is_role(role) or explanation.request.principal.kind is not PrincipalKind.WEB_IDENTITY:
        return ()
    found = providers.provider(
        token.claims, role, providers.loaded(case.setup.simulator.organization, role, token.claims)
    )
    if found is None:
        return ()
    lines = []
    for refusal in refused_tokens.why(explanation, token.claims, found):
        unmet = [claim.words for claim in refusal.claims if claim.met is not True]
        if refusal.matched is not True:
            lines.append(f"trust policy, {refusal.label}: " + "; ".join((*refusal.elements, *unmet)))
    return tuple(lines)


def caller(explanation: Explanation) -> str:
    """Who asked, as a person names it: the role or user behind a session."""
    principal = explanation.request.principal
    return principal.entity or principal.arn


def shown(resource: str) -> str:
    """A resource as a person reads it: text that is not told as a star."""
    return resource.replace(HOLE, "*")


def probes(need: Need) -> tuple[str, ...]:
    """The probes of all attempts of a need."""
    return tuple(probe for attempt in need.attempts for probe in attempt.probes)


def alternatives(tool: ToolResult, need: Need) -> str:
    """The options that would do as well as this need's, in words; empty for a need without any."""
    label, own = need.requirement.any_of, need.requirement.option
    options: dict[str | int, dict[str, None]] = {}
    for number, other in enumerate(tool.own_needs if label else ()):
        one = other.requirement
        alike = one.any_of == label and other.needed is not False and other is not need
        if alike and (not own or one.option != own):
            options.setdefault(one.option or number, {})[one.action] = None
    together = {name: " and ".join(actions) for name, actions in options.items()}
    return " or ".join(
        f"{name} ({actions})" if isinstance(name, str) else actions for name, actions in together.items()
    )


def count(number: int, noun: str) -> str:
    """`1 tool`, `2 tools`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


# ---------------------------------------------------------------- helpers


def _never(failure: ElementVerdict, explanation: Explanation, built: Built | None) -> str:
    """Said of a condition on something that the server's call never carries."""
    key = failure.element.rpartition(" ")[2].lower()
    asks = failure.matched is False and failure.element.startswith("Condition") and key.startswith("sts:")
    if asks and built is not None and explanation.request.context.is_absent(key):
        if condition_keys.sends(explanation.request.action, key) is False:
            return "; AWS sends no such key with this call, so the condition can never match"
        return "; the server never sends it, so the condition can never match"
    return ""


def _unseen(explanation: Explanation, kind: PolicyType) -> str:
    """A policy type that was not seen, whose it is, and how to show it or to state that there is none."""
    request = explanation.request
    who, account = caller(explanation), request.principal.account
    owner = request.resource_account or account
    # A role has a trust policy and a key has a key policy: neither can be stated away.
    always = kind is PolicyType.RESOURCE and request.action.partition(":")[0].lower() in ("sts", "kms")
    stated = f", or {OPTIONS[kind]}" if kind in OPTIONS and not always else ""
    match kind:
        case PolicyType.IDENTITY:
            what = f"the policies of {who}"
        case PolicyType.BOUNDARY:
            what = f"the permissions boundary of {who}"
        case PolicyType.RESOURCE:
            what = f"the policy of {shown(request.resource)}"
        case PolicyType.SCP:
            what = f"the service control policies of account {account}"
        case PolicyType.RCP:
            what = f"the resource control policies of account {owner}"
        case _:
            what = "the VPC endpoint policies"
            # Where the account has some, the way of the request decides: that it passes none can be said by its address.
            stated += ", --context aws:SourceVpce=… for the one it passes, or aws:SourceIp=… for none"
    return f"{what}, not seen (load it with --policies{stated})"

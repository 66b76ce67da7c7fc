"""
The role, or the server's own principal, may do what no tool needs.

Whoever takes over a tool, or makes it do what it should not, has these permissions too. By the manifest no tool asks for
the actions named here with that principal's credentials, and its policies allow them. Actions that tools need are named where
they are allowed on other resources than those of this check: another bucket, or any bucket there is.

`iamsim policy generate` writes the policies that are exactly enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from iamsim.model.finding import Confidence, Kind, Severity
from iamsim.model.principal import Principal
from iamsim.model.server import Server
from iamsim.model.tool import Credential
from iamsim.probes import Case
from iamsim.probes.asking import Asker
from iamsim.probes.roles import Roles
from iamsim.rules import Observation, Rule, _beyond
from iamsim.rules._beyond import Beyond, beyond
from iamsim.rules._evidence import count
from iamsim.rules._spare import Spare, by_level, spare, told
from iamsim.sts import assume_role

_MOST_PLACES = 5
_SEVERITY = {
    "Permissions management": Severity.HIGH,
    "Write": Severity.MEDIUM,
    "Tagging": Severity.LOW,
    "Read": Severity.LOW,
    "List": Severity.INFO,
}
_WORDS = {
    "Permissions management": "to manage permissions",
    "Write": "to write",
    "Tagging": "to tag",
    "Read": "to read",
    "List": "to list",
}
_NOT_WHOLE = ("recorded", "declared")
"""How manifests are made that leave needs out (`model.server.Provenance`)."""


@dataclass
class _Used:
    """A principal whose credentials tools can use, and the actions that they, and the server's own calls, need them for."""

    principal: Principal
    server: bool = False
    needed: dict[str, set[str]] = field(default_factory=dict)

    def need(self, action: str, resources: Iterable[str] = ()) -> None:
        self.needed.setdefault(action, set()).update(resources)


def check(case: Case) -> Iterator[Observation]:
    """One observation per principal."""
    for used in _used(case):
        found = spare(case, used.principal, used.needed)
        if found is None:
            continue
        more = beyond(case, used.principal, {name: on for name, on in used.needed.items() if on})
        if found.actions or more.actions:
            yield _observed(case, used, found, more)


def _observed(case: Case, used: _Used, found: Spare, more: Beyond) -> Observation:
    levels = by_level(found.actions)
    # Of so many actions that they are not looked at one by one, none may have a level that tells.
    worst = next(iter(levels), "Write")
    number, total = len(levels.get(worst, ())), len(found.actions)
    who = used.principal.entity or used.principal.arn
    among = "all" if number == total else f"{number} of them"
    places = [s.origin for name in levels.get(worst, found.actions) for s in found.by[name]]
    unresolved = tuple(tool.name for tool in case.tools if tool.unresolved)
    evidence = [*told(found.actions, levels), *_beyond.told(more)]
    if not (found.whole and more.whole):
        evidence.append("there may be more: not every action was asked about")
    if not found.seen:
        evidence.append("not every policy was seen that could forbid it")
    if used.server:
        evidence.append("what the server's process does besides its tools is in no manifest, and may need some of it")
    if unresolved:
        evidence.append(f"not all that {count(len(unresolved), 'tool')} may need is known: it may be some of this")
    elif _is_partial(case.setup.server):
        evidence.append("the manifest holds what was seen of the tools: they may need more")
    message = (
        f"{who} may take {count(total, 'action')} that no tool needs{f', {among} {_WORDS[worst]}' if levels else ''}"
    )
    if not total:
        message = f"{who} may take {count(len(more.actions), 'action')} on more than tools ask for"
    return Observation(
        who,
        message,
        tuple(dict.fromkeys(places))[:_MOST_PLACES],
        tuple(evidence),
        severity=_SEVERITY[worst] if total else Severity.INFO,
        confidence=Confidence.UNCERTAIN
        if unresolved or _is_partial(case.setup.server)
        else Confidence.LIKELY
        if used.server or not found.seen or not total
        else None,
    )


def _is_partial(server: Server) -> bool:
    return server.provenance is not None and server.provenance.how in _NOT_WHOLE


def _used(case: Case) -> Iterator[_Used]:
    setup, template = case.setup, case.setup.server.assume
    roles = Roles(setup, Asker(setup.simulator))
    # To the session at the end of the chain.
    roles.hops()
    found: dict[str, _Used] = {}
    if setup.caller is not None:
        server = found.setdefault(setup.caller.entity or "", _Used(setup.caller, server=True))
        _needs(server, case, Credential.SERVER)
        for name in _OF_CALL if template is not None and not template.passes_token else ():
            server.need(name)
    if roles.session is not None:
        role = found.setdefault(roles.session.entity or "", _Used(roles.session))
        _needs(role, case, Credential.ROLE, Credential.BROKERED)
    yield from found.values()


def _needs(used: _Used, case: Case, *credentials: Credential) -> None:
    """Adds what tools need with one of the credentials, whether their parameters call for it here or not."""
    for need in (need for tool in case.tools for need in tool.own_needs):
        if not set(credentials).isdisjoint(need.requirement.credentials):
            used.need(need.requirement.action, need.resources)


_OF_CALL = frozenset({assume_role.ASSUME_ROLE, assume_role.SET_SOURCE_IDENTITY, assume_role.TAG_SESSION})

RULE = Rule(
    check,
    Kind.NOTE,
    Severity.MEDIUM,
    "tools",
    "IAM User Guide, Security best practices: apply least-privilege permissions",
)

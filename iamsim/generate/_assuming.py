"""What the call for the role takes: the trust policy, and the server's permission to make the call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iamsim.errors import InputError
from iamsim.generate._asked import Grant, Question, Side
from iamsim.generate._statements import with_sids
from iamsim.generate._wanted import written
from iamsim.generate._world import statement
from iamsim.model.policy import Condition, PrincipalElement, Statement
from iamsim.model.principal import HOLE
from iamsim.model.server import Call
from iamsim.model.tool import Credential
from iamsim.probes import Setup
from iamsim.probes.asking import Asker
from iamsim.probes.roles import Roles
from iamsim.sts import assume_role, web_identity, web_tokens

CALL = "assuming the role"
"""What the permissions of the call are for, where a tool's name stands for others."""


@dataclass(slots=True)
class Assuming:
    """
    The statements of the trust policy, and what the server needs.

    `undecided` are the actions of which it is not told whether the call needs them.
    """

    trust: tuple[Statement, ...] = ()
    server: list[Grant] = field(default_factory=list)
    undecided: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def assuming(question: Question, setup: Setup) -> Assuming:
    """What the server's call for the role needs; nothing for a server whose tools make none."""
    template = question.server.assume
    if template is None or not is_called(question):
        return Assuming()
    roles = Roles(setup, Asker(setup.simulator))
    if roles.call is None:
        return Assuming()
    if template.passes_token:
        return _by_token(question, setup, roles)
    if question.caller is None:
        return Assuming()
    asked = assume_role.permissions(roles.call, question.caller, setup.simulator, question.server.context)
    needed, undecided = _told(asked, question)
    principal = PrincipalElement(aws=(question.caller.entity or question.caller.arn,))
    conditions = tuple(_external_id(roles.call))
    made = replace(statement(needed, None, principal), conditions=conditions)
    grants = [Grant(action, written(roles.call.role_arn), CALL) for action in needed]
    return Assuming(tuple(with_sids([(made, {CALL})])), grants, undecided)


def is_called(question: Question) -> bool:
    """Whether any tool waits for the role, or uses it."""
    return any(
        tool.assumes or any(Credential.ROLE in need.credentials for need in tool.requirements)
        for tool in question.tools
    )


# ---------------------------------------------------------------- helpers


def _by_token(question: Question, setup: Setup, roles: Roles) -> Assuming:
    """Trust in the provider of the token, for the audience that the token has."""
    call, provider, token = roles.call, roles.provider, setup.claims
    if Side.TRUST not in question.sides:
        return Assuming()
    if call is None or provider is None or token is None:
        raise InputError(
            "whose tokens the role is to trust is not told",
            hint="give one with --token-file: its issuer and its audience are what the trust policy names",
        )
    asked = web_identity.permissions(call, token.claims, provider, setup.simulator, question.server.context)
    needed, undecided = _told(asked, question)
    made = statement(needed, None, PrincipalElement(federated=(provider.arn,)))
    made = replace(made, conditions=tuple(_audience(web_tokens.keys(token.claims, provider), provider.name)))
    note = f"whoever has a token of {provider.issuer} for this audience may assume the role: add a condition on {provider.name}:sub to narrow that"
    return Assuming(tuple(with_sids([(made, {CALL})])), [], undecided, (note,))


def _told(asked: Iterable[assume_role.Permission], question: Question) -> tuple[list[str], tuple[str, ...]]:
    """The actions that the call needs, and those of which that is not told."""
    permissions = list(asked)
    needed = [each.action for each in permissions if each.needed or (each.needed is None and question.any_token)]
    undecided = tuple(each.action for each in permissions if each.needed is None and not question.any_token)
    return needed, undecided


def _external_id(call: Call) -> Iterator[Condition]:
    if call.external_id is not None and HOLE not in call.external_id:
        yield Condition("StringEquals", "sts:ExternalId", (_plain(call.external_id),))


def _audience(keys: Mapping[str, Any], name: str) -> Iterator[Condition]:
    values = keys.get(f"{name}:aud".lower(), ())
    if not values or any(HOLE in value for value in values):
        raise InputError("the token has no audience that a trust policy could name", hint="give a token with one `aud`")
    yield Condition("StringEquals", f"{name}:aud", tuple(map(_plain, values)))


def _plain(value: str) -> str:
    """A value as text, though it looks like a policy variable."""
    return value.replace("${", "${$}{")
